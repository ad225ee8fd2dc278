//! Conditions as a tree that is kept in a list, children in front of their parents: neither walking it nor dropping
//! it depends on the depth of the filter.
//!
//! Negation was pushed down to the comparisons, which is allowed because a comparison is true or false, never
//! unknown (a missing value makes it false). Groups of one kind within one another were made one.

use std::collections::hash_map::Entry;
use std::sync::Arc;

use cscope_capture::EventType;
use rustc_hash::FxHashMap;

use crate::ast::Span;
use crate::comparison::Test;
use crate::leaf::{FieldTest, Leaf};
use crate::operand::Operand;
use crate::order;
use crate::pushdown::Pushdown;
use crate::{FieldFlags, TypeSet, types};

/// One comparison, negated or not.
#[derive(Debug, Clone)]
pub(crate) struct Check {
    pub(crate) leaf: Leaf,
    pub(crate) negated: bool,
    /// For a condition on the type of the event: the types it holds for, asynchronous events aside.
    pub(crate) types: Option<Arc<TypeSet>>,
    /// Where it is written.
    pub(crate) span: Span,
    /// Where the others are that it was made of.
    pub(crate) others: Vec<Span>,
}

#[derive(Debug, Clone)]
pub(crate) enum Node {
    Check(usize),
    All(Vec<usize>),
    Any(Vec<usize>),
    /// Was made part of its parent.
    Gone,
}

/// The conditions of a filter. Groups stand behind the groups they hold.
#[derive(Debug, Clone, Default)]
pub(crate) struct Tree {
    /// The node that is the whole.
    pub(crate) root: usize,
    pub(crate) nodes: Vec<Node>,
    pub(crate) checks: Vec<Check>,
}

impl Tree {
    /// Adds a comparison.
    pub(crate) fn check(&mut self, check: Check) -> usize {
        self.root = self.push_check(check);
        self.root
    }

    /// Adds a group; groups of its kind among the children become part of it.
    pub(crate) fn group(&mut self, all: bool, children: &[usize]) -> usize {
        let mut flat: Vec<usize> = Vec::new();
        for &child in children {
            let same = match &mut self.nodes[child] {
                Node::All(inner) if all => std::mem::take(inner),
                Node::Any(inner) if !all => std::mem::take(inner),
                _ => {
                    flat.push(child);
                    continue;
                }
            };
            self.nodes[child] = Node::Gone;
            // The larger list grows: a chain of groups costs no more than its length.
            if flat.len() < same.len() {
                let before = std::mem::replace(&mut flat, same);
                flat.extend(before);
            } else {
                flat.extend(same);
            }
        }
        self.root = self.push(if all { Node::All(flat) } else { Node::Any(flat) });
        self.root
    }

    fn push(&mut self, node: Node) -> usize {
        self.nodes.push(node);
        self.nodes.len() - 1
    }

    fn push_check(&mut self, check: Check) -> usize {
        self.checks.push(check);
        self.push(Node::Check(self.checks.len() - 1))
    }

    /// What can match.
    pub(crate) fn pushdown(&self) -> Pushdown {
        // Groups of which something is known.
        let mut of: FxHashMap<usize, Pushdown> = FxHashMap::default();
        for (at, node) in self.nodes.iter().enumerate() {
            let mut child = |child: &usize| match self.nodes[*child] {
                Node::Check(check) => self.checks[check].pushdown(),
                _ => of.remove(child),
            };
            let known = match node {
                Node::Gone => continue,
                Node::Check(check) if at == self.root => self.checks[*check].pushdown(),
                Node::Check(_) => continue,
                Node::All(children) => children.iter().filter_map(child).reduce(|mut sum, known| {
                    sum.intersect(known);
                    sum
                }),
                Node::Any(children) => children.iter().try_fold(Pushdown::none(), |mut sum, node| {
                    sum.unite(child(node)?);
                    Some(sum)
                }),
            };
            of.extend(known.map(|known| (at, known)));
        }
        of.remove(&self.root).unwrap_or_else(Pushdown::all)
    }

    /// Makes one of comparisons of the same field where that is the same. `types`: conditions on the type become one
    /// look-up too, which is not right for asynchronous events.
    pub(crate) fn merge(&mut self, types: bool) {
        if types {
            for check in &mut self.checks {
                if let Some(set) = &check.types {
                    check.leaf = Leaf::Types(Arc::clone(set));
                }
            }
        }
        for at in 0..self.nodes.len() {
            let (all, children) = match &mut self.nodes[at] {
                Node::All(children) => (true, std::mem::take(children)),
                Node::Any(children) => (false, std::mem::take(children)),
                _ => continue,
            };
            let mut children = self.merge_equal(all, children);
            if types {
                children = self.merge_types(all, children);
            }
            let only = match children[..] {
                [only] => Some(self.nodes[only].clone()),
                _ => None,
            };
            self.nodes[at] = match only {
                Some(Node::Check(check)) => Node::Check(check),
                _ if all => Node::All(children),
                _ => Node::Any(children),
            };
        }
    }

    /// One look-up for all that the type of the event decides.
    fn merge_types(&mut self, all: bool, children: Vec<usize>) -> Vec<usize> {
        let decided =
            |node: &usize| matches!(self.nodes[*node], Node::Check(c) if self.checks[c].types.is_some());
        if children.iter().filter(|c| decided(c)).nth(1).is_none() {
            return children;
        }
        let mut merged: Option<(TypeSet, Vec<Span>)> = None;
        let mut rest = Vec::with_capacity(children.len());
        for child in children {
            let Node::Check(check) = self.nodes[child] else {
                rest.push(child);
                continue;
            };
            let check = &mut self.checks[check];
            let Some(set) = check.type_set() else {
                rest.push(child);
                continue;
            };
            match &mut merged {
                None => merged = Some((set, check.spans().cloned().collect())),
                Some((sum, spans)) => {
                    if all {
                        sum.intersect(&set);
                    } else {
                        sum.unite(&set);
                    }
                    spans.extend(check.spans().cloned());
                }
            }
        }
        if let Some((set, spans)) = merged {
            let set = Arc::new(set);
            let leaf = Leaf::Types(Arc::clone(&set));
            rest.insert(0, self.push_check(Check::of_several(leaf, false, Some(set), spans)));
        }
        rest
    }

    /// `a = x or a = y` becomes `a in (x, y)`, `a contains x or a contains y` one search for both; the same for
    /// what is excluded one by one.
    fn merge_equal(&mut self, all: bool, children: Vec<usize>) -> Vec<usize> {
        let key = |node: &usize| match self.nodes[*node] {
            Node::Check(check) => self.checks[check].mergeable(all),
            _ => None,
        };
        if children.iter().filter_map(key).nth(1).is_none() {
            return children;
        }
        let mut first: FxHashMap<(usize, u8), usize> = FxHashMap::default();
        // The first of a group, and those that go with it.
        let mut groups: Vec<(usize, Vec<usize>)> = Vec::with_capacity(children.len());
        for child in children {
            let Some(key) = key(&child) else {
                groups.push((child, Vec::new()));
                continue;
            };
            match first.entry(key) {
                Entry::Occupied(group) => groups[*group.get()].1.push(child),
                Entry::Vacant(entry) => {
                    entry.insert(groups.len());
                    groups.push((child, Vec::new()));
                }
            }
        }
        groups.into_iter().map(|(first, rest)| self.merged(first, &rest)).collect()
    }

    fn merged(&mut self, first: usize, rest: &[usize]) -> usize {
        if rest.is_empty() {
            return first;
        }
        let mut tests = Vec::with_capacity(rest.len() + 1);
        let mut spans = Vec::with_capacity(rest.len() + 1);
        for node in std::iter::once(&first).chain(rest) {
            let Node::Check(check) = self.nodes[*node] else { continue };
            let check = &self.checks[check];
            spans.extend(check.spans().cloned());
            if let Leaf::Field(field) = &check.leaf {
                tests.push(field.test.clone());
            }
        }
        let Node::Check(check) = self.nodes[first] else { return first };
        let Check { leaf: Leaf::Field(field), negated, .. } = &self.checks[check] else { return first };
        let (mut field, negated) = (FieldTest::clone(field), *negated);
        field.test = Test::union(tests);
        self.push_check(Check::of_several(Leaf::Field(Arc::new(field)), negated, None, spans))
    }

    /// Puts what decides soonest for the least work in front.
    pub(crate) fn order(&mut self) {
        let mut weights = vec![order::Weight::default(); self.nodes.len()];
        for (weight, node) in weights.iter_mut().zip(&self.nodes) {
            if let Node::Check(check) = node {
                *weight = order::of_check(&self.checks[*check]);
            }
        }
        for at in 0..self.nodes.len() {
            weights[at] = match &mut self.nodes[at] {
                Node::Gone | Node::Check(_) => continue,
                Node::All(children) => order::sort(children, &weights, true),
                Node::Any(children) => order::sort(children, &weights, false),
            };
        }
    }
}

impl Check {
    /// One that was made of several, written at these places.
    fn of_several(leaf: Leaf, negated: bool, types: Option<Arc<TypeSet>>, mut spans: Vec<Span>) -> Self {
        let others = spans.split_off(1.min(spans.len()));
        let span = spans.pop().unwrap_or_default();
        Self { leaf, negated, types, span, others }
    }

    /// All places it is written at.
    pub(crate) fn spans(&self) -> impl Iterator<Item = &Span> {
        std::iter::once(&self.span).chain(&self.others)
    }

    /// What can match; none when nothing is known about it.
    fn pushdown(&self) -> Option<Pushdown> {
        if let Some(mut types) = self.type_set() {
            types.insert(EventType::ASYNCEVENT_E);
            return Some(Pushdown { types, ..Pushdown::all() });
        }
        let (field, types, known) = match &self.leaf {
            Leaf::Field(test) => {
                let known = Pushdown::of_test(test.field, &test.test, self.negated);
                (test.field, test.types.as_deref(), known)
            }
            Leaf::Compare(comparison) => match &comparison.left {
                Operand::Field(field) => (field.field, None, None),
                _ => return None,
            },
            Leaf::Types(_) | Leaf::Shared(..) => return None,
        };
        let on_fds = field.has(FieldFlags::OF_CALLS_ON_FDS).then(types::on_descriptors);
        match types.or(on_fds).filter(|_| !self.negated) {
            // A missing value passes no test.
            Some(types) => Some(Pushdown { types: types.clone(), ..known.unwrap_or_else(Pushdown::all) }),
            None => known,
        }
    }

    /// The types it holds for, when it depends on nothing else.
    fn type_set(&self) -> Option<TypeSet> {
        let types = self.types.as_deref()?;
        Some(if self.negated { types.complement() } else { types.clone() })
    }

    /// Checks with the same key can become one in a group of this kind.
    fn mergeable(&self, all: bool) -> Option<(usize, u8)> {
        let Leaf::Field(field) = &self.leaf else { return None };
        // With `and`, what is excluded can be put together; with `or`, what is allowed.
        let form = field.test.form()?;
        let excludes = self.negated != matches!(field.test, Test::Differs(_));
        if excludes != all || self.negated && matches!(field.test, Test::Differs(_)) {
            return None;
        }
        Some((field.key, form))
    }
}
