//! The compiled filter: a list of steps, each a comparison and where to go on when it holds and when it does not.
//! There is nothing to return to, so that the depth of a filter costs neither stack nor time.

use std::sync::Arc;

use rustc_hash::FxHashMap;

use crate::comparison::Test;
use crate::field::Env;
use crate::leaf::{Leaf, Slot};
use crate::pool::Pool;
use crate::tree::{Node, Tree};

/// Most values that are kept for an event.
const MAX_SLOTS: usize = 64;

/// Behind the last step: the event passes.
const PASSES: u32 = u32::MAX;
/// The event does not pass.
const FAILS: u32 = u32::MAX - 1;

/// One step.
#[derive(Debug)]
pub(crate) struct Step {
    leaf: Leaf,
    yes: u32,
    no: u32,
    /// The check of the tree it was made of.
    pub(crate) check: usize,
}

/// Where a step goes on.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Next {
    /// The event passes.
    Passes,
    /// It does not.
    Fails,
    /// The step with this number, from 0.
    Step(u32),
}

impl Step {
    /// Where it goes on when its comparison holds, and when not.
    pub(crate) fn next(&self) -> (Next, Next) {
        let next = |to| match to {
            PASSES => Next::Passes,
            FAILS => Next::Fails,
            step => Next::Step(step),
        };
        (next(self.yes), next(self.no))
    }
}

/// A list of steps.
#[derive(Debug)]
pub(crate) struct Program {
    steps: Box<[Step]>,
    slots: usize,
}

/// What is left to do while the steps are laid out.
enum Task {
    /// Lays out a node; where to go on afterwards, as labels.
    Node(usize, u32, u32),
    /// The next step has this label.
    Label(u32),
}

impl Program {
    /// Lays out a tree.
    pub(crate) fn new(tree: &Tree) -> Self {
        let mut steps: Vec<Step> = Vec::with_capacity(tree.checks.len());
        // Where labels are; the first two are the ends.
        let mut labels: Vec<u32> = vec![PASSES, FAILS];
        let mut tasks = vec![Task::Node(tree.root, 0, 1)];
        while let Some(task) = tasks.pop() {
            let (node, yes, no) = match task {
                Task::Label(label) => {
                    labels[label as usize] = steps.len() as u32;
                    continue;
                }
                Task::Node(node, yes, no) => (node, yes, no),
            };
            let (all, children) = match &tree.nodes[node] {
                Node::Gone => continue,
                Node::Check(check) => {
                    let from = &tree.checks[*check];
                    let (yes, no) = if from.negated { (no, yes) } else { (yes, no) };
                    steps.push(Step { leaf: from.leaf.clone(), yes, no, check: *check });
                    continue;
                }
                Node::All(children) => (true, children),
                Node::Any(children) => (false, children),
            };
            // The last child goes on where the group does, the others to the next one when they decide nothing.
            let first_label = labels.len() as u32;
            let count = children.len() as u32;
            labels.extend((1..count).map(|_| FAILS));
            for (n, child) in (0..count).zip(children).rev() {
                let next = first_label + n;
                let (yes, no) = match (n + 1 == count, all) {
                    (true, _) => (yes, no),
                    (false, true) => (next, no),
                    (false, false) => (yes, next),
                };
                tasks.push(Task::Node(*child, yes, no));
                if n > 0 {
                    // Laid out before its child: tasks are taken from the end.
                    tasks.push(Task::Label(next - 1));
                }
            }
        }
        for step in &mut steps {
            step.yes = labels[step.yes as usize];
            step.no = labels[step.no as usize];
        }
        let slots = share_values(&mut steps);
        Self { steps: steps.into(), slots }
    }

    /// The steps in the order they are laid out.
    pub(crate) fn steps(&self) -> &[Step] {
        &self.steps
    }

    /// True when the event passes.
    #[inline]
    pub(crate) fn holds(&self, env: Env<'_>, pool: &mut Pool) -> bool {
        match self.slots {
            0 => self.run(env, &mut [], pool),
            1..=4 => self.with_slots::<4>(env, pool),
            5..=16 => self.with_slots::<16>(env, pool),
            _ => self.with_slots::<MAX_SLOTS>(env, pool),
        }
    }

    fn with_slots<const N: usize>(&self, env: Env<'_>, pool: &mut Pool) -> bool {
        let mut kept = pool.take_kept(self.slots);
        let mut buffers = kept.iter_mut();
        let mut slots: [Slot<'_>; N] =
            std::array::from_fn(|_| buffers.next().map_or(Slot::Known(None), Slot::Free));
        let holds = self.run(env, &mut slots, pool);
        pool.give_kept(kept);
        holds
    }

    #[inline]
    fn run<'l>(&'l self, env: Env<'l>, slots: &mut [Slot<'l>], pool: &mut Pool) -> bool {
        let mut at = 0;
        while let Some(step) = self.steps.get(at as usize) {
            at = if step.leaf.holds(env, slots, pool) { step.yes } else { step.no };
        }
        // Without steps everything passes.
        at != FAILS
    }
}

/// Gives a place to every value that several steps ask for, and counts them.
fn share_values(steps: &mut [Step]) -> usize {
    let mut uses = FxHashMap::<usize, (usize, Option<usize>)>::default();
    for step in steps.iter() {
        if let Leaf::Field(field) = &step.leaf {
            uses.entry(field.key).or_default().0 += 1;
        }
    }
    let mut slots = 0;
    for step in steps {
        let Leaf::Field(field) = &mut step.leaf else { continue };
        if matches!(field.test, Test::Integer(..)) {
            Arc::make_mut(field).test.quicken();
        }
        let Some((count, slot)) = uses.get_mut(&field.key) else { continue };
        if *count > 1 && slot.is_none() && slots < MAX_SLOTS {
            *slot = Some(slots);
            slots += 1;
        }
        if let Some(slot) = *slot {
            step.leaf = Leaf::Shared(Arc::clone(field), slot);
        }
    }
    slots
}
