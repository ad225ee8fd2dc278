//! From records to events: which plan a record is encoded by, and what is remembered between records.

use cscope_capture::{Beside, EventBuilder};
use rustc_hash::FxHashMap;

use crate::encode::{Context, encode, path};
use crate::other;
use crate::plan::{Plan, Plans};
use crate::raw::Raw;
use crate::ring::page_size;
use crate::skel::types::{record_abi, record_kind};
use crate::snapshot::Files;

/// Most execs under way whose file names are remembered.
const EXECS: usize = 4096;

/// Turns records into events.
#[derive(Debug)]
pub(crate) struct Decoder {
    plans: Plans,
    context: Context,
    /// File names of execs that have not ended yet, by thread.
    execs: FxHashMap<u32, Vec<u8>>,
    files: Files,
    /// Path of the file that was opened last.
    path: Vec<u8>,
}

impl Decoder {
    /// `paths`: the kernel's path of what is opened is wanted.
    pub(crate) fn new(paths: bool) -> Self {
        let page_kib = page_size() as u64 / 1024;
        Self {
            plans: Plans::new(paths),
            context: Context::new(page_kib),
            execs: FxHashMap::default(),
            files: Files::new(),
            path: Vec::new(),
        }
    }

    pub(crate) fn plans(&self) -> &Plans {
        &self.plans
    }

    /// What is known beside the call of a record, as an event in front of it; false when there is nothing to say
    /// that its parameters do not say.
    pub(crate) fn beside(&mut self, raw: &Raw<'_>, b: &mut EventBuilder) -> bool {
        let Some((name, found)) = self.plan(raw).and_then(|plan| plan.opened) else { return false };
        let found = raw.slot(found);
        if !found.present {
            return false;
        }
        path(found, &mut self.path);
        if self.path == raw.slot(name).bytes {
            return false;
        }
        Beside::Path { fd: raw.ret, path: &self.path }.build(b);
        true
    }

    /// The plan of a call that has events of its own type.
    fn plan(&self, raw: &Raw<'_>) -> Option<&Plan> {
        let plans = match record_kind(u32::from(raw.kind)) {
            record_kind::RECORD_EXIT => &self.plans.exit,
            record_kind::RECORD_ENTER => &self.plans.enter,
            _ => return None,
        };
        plans.get(raw.native? as usize)?.as_ref()
    }

    /// Builds the event of a record; false when it makes none.
    pub(crate) fn decode(&mut self, raw: &Raw<'_>, b: &mut EventBuilder) -> bool {
        match record_kind(u32::from(raw.kind)) {
            record_kind::RECORD_EXIT => self.call(raw, b, true),
            record_kind::RECORD_ENTER => self.call(raw, b, false),
            record_kind::RECORD_EXEC => {
                if self.execs.len() < EXECS {
                    self.execs.insert(raw.tid, raw.slot(0).bytes.to_vec());
                }
                false
            }
            record_kind::RECORD_PROCEXIT => {
                self.execs.remove(&raw.tid);
                let status = raw.args[0];
                let (code, signal, core) = ((status >> 8) & 0xff, status & 0x7f, (status >> 7) & 1);
                let mut raw = *raw;
                raw.args = [status, code, signal, core, raw.args[1], 0];
                encode(&self.plans.procexit, &raw, &mut self.context, b);
                true
            }
            record_kind::RECORD_SWITCH => {
                let mut raw = *raw;
                for pages in &mut raw.args[3..] {
                    *pages = pages.saturating_mul(self.context.page_kib);
                }
                encode(&self.plans.switch, &raw, &mut self.context, b);
                true
            }
            record_kind::RECORD_SIGNAL => {
                encode(&self.plans.signal, raw, &mut self.context, b);
                true
            }
            record_kind::RECORD_FAULT => {
                encode(&self.plans.fault, raw, &mut self.context, b);
                true
            }
            record_kind::RECORD_FILE => {
                Beside::Received(self.files.fd(raw)).build(b);
                true
            }
            _ => false,
        }
    }

    fn call(&mut self, raw: &Raw<'_>, b: &mut EventBuilder, exit: bool) -> bool {
        self.context.code = match record_abi(u32::from(raw.abi)) {
            record_abi::ABI_NATIVE => self.plans.codes.get(raw.nr as usize).copied().unwrap_or(0),
            _ => other::code(raw, &self.plans.compat_codes, &self.plans.codes),
        };
        let (plans, generic) = if exit {
            (&self.plans.exit, &self.plans.generic_exit)
        } else {
            (&self.plans.enter, &self.plans.generic_enter)
        };
        let nr = raw.native.map_or(usize::MAX, |nr| nr as usize);
        let typed: Option<&Plan> = plans.get(nr).and_then(Option::as_ref);
        self.context.exec_file.clear();
        if exit
            && !self.execs.is_empty()
            && let Some(file) = self.execs.remove(&raw.tid)
        {
            self.context.exec_file = file;
        }
        // A call whose exit has a type of its own but whose enter has none is seen at its exit only.
        if !exit && typed.is_none() && self.plans.exit.get(nr).is_some_and(Option::is_some) {
            return false;
        }
        encode(typed.unwrap_or(generic), raw, &mut self.context, b);
        true
    }
}
