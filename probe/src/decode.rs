//! From records to events: which plan a record is encoded by, and what is remembered between records.

use cscope_capture::{Beside, EventBuilder};
use rustc_hash::FxHashMap;

use crate::encode::task::credentials;
use crate::encode::{Context, encode, path};
use crate::other;
use crate::plan::{Aside, Plan, Plans};
use crate::raw::{Args, Raw};
use crate::ring::page_size;
use crate::skel::types::{record_abi, record_kind};
use crate::snapshot::Files;

/// Most execs under way whose file names are remembered.
const EXECS: usize = 4096;

/// What a record has become.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Made {
    /// Nothing.
    Nothing,
    /// An event.
    Event,
    /// The event of a call of which more is known.
    Call(Aside),
}

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

    /// What is known beside the [call](Made::Call) of a record, as an event in front of it; false when there is
    /// nothing to say that its parameters do not say.
    #[cold]
    pub(crate) fn beside(&mut self, raw: &Raw<'_>, aside: Aside, b: &mut EventBuilder) -> bool {
        match aside {
            Aside::Opened(name, found) => {
                let found = raw.slot(found);
                if !found.present {
                    return false;
                }
                path(found, &mut self.path);
                if self.path == raw.slot(name).bytes {
                    return false;
                }
                Beside::Path { fd: raw.ret, path: &self.path }.build(b);
            }
            Aside::Became(task) => {
                let task = raw.slot(task);
                if !task.present {
                    return false;
                }
                Beside::Credentials(credentials(task.bytes)).build(b);
            }
        }
        true
    }

    /// Builds the event of a record, if it makes one.
    #[inline]
    pub(crate) fn decode(&mut self, raw: &Raw<'_>, b: &mut EventBuilder) -> Made {
        if raw.is_native() { self.make(raw, b) } else { self.make(&raw.adjusted(), b) }
    }

    fn make(&mut self, raw: &Raw<'_>, b: &mut EventBuilder) -> Made {
        match record_kind(u32::from(raw.kind)) {
            record_kind::RECORD_EXIT => self.call(raw, b, true),
            record_kind::RECORD_ENTER => self.call(raw, b, false),
            record_kind::RECORD_EXEC => {
                if self.execs.len() < EXECS {
                    self.execs.insert(raw.tid, raw.slot(0).bytes.to_vec());
                }
                Made::Nothing
            }
            record_kind::RECORD_PROCEXIT => {
                self.execs.remove(&raw.tid);
                let status = raw.args.at(0);
                let (code, signal, core) = ((status >> 8) & 0xff, status & 0x7f, (status >> 7) & 1);
                let mut raw = *raw;
                raw.args = Args::Made([status, code, signal, core, raw.args.at(1), 0]);
                encode(&self.plans.procexit, &raw, &mut self.context, b);
                Made::Event
            }
            record_kind::RECORD_SWITCH => {
                let mut raw = *raw;
                let mut args = raw.args.all();
                for pages in &mut args[3..] {
                    *pages = pages.saturating_mul(self.context.page_kib);
                }
                raw.args = Args::Made(args);
                encode(&self.plans.switch, &raw, &mut self.context, b);
                Made::Event
            }
            record_kind::RECORD_SIGNAL => {
                encode(&self.plans.signal, raw, &mut self.context, b);
                Made::Event
            }
            record_kind::RECORD_FAULT => {
                encode(&self.plans.fault, raw, &mut self.context, b);
                Made::Event
            }
            record_kind::RECORD_FILE => {
                Beside::Received(self.files.fd(raw)).build(b);
                Made::Event
            }
            _ => Made::Nothing,
        }
    }

    #[inline]
    fn call(&mut self, raw: &Raw<'_>, b: &mut EventBuilder, exit: bool) -> Made {
        let (plans, generic) = if exit {
            (&self.plans.exit, &self.plans.generic_exit)
        } else {
            (&self.plans.enter, &self.plans.generic_enter)
        };
        let nr = raw.native.map_or(usize::MAX, |nr| nr as usize);
        let typed: Option<&Plan> = plans.get(nr).and_then(Option::as_ref);
        // A call whose exit has a type of its own but whose enter has none is seen at its exit only.
        if !exit && typed.is_none() && self.plans.exit.get(nr).is_some_and(Option::is_some) {
            return Made::Nothing;
        }
        let plan = typed.unwrap_or_else(|| {
            self.context.code = match record_abi(u32::from(raw.abi)) {
                record_abi::ABI_NATIVE => self.plans.codes.get(raw.nr as usize).copied().unwrap_or(0),
                _ => other::code(raw, &self.plans.compat_codes, &self.plans.codes),
            };
            generic
        });
        self.context.exec_file.clear();
        if exit
            && !self.execs.is_empty()
            && let Some(file) = self.execs.remove(&raw.tid)
        {
            self.context.exec_file = file;
        }
        encode(plan, raw, &mut self.context, b);
        plan.aside.map_or(Made::Event, Made::Call)
    }
}
