//! A row of the field table, and how a row is found by name.

use std::sync::{Arc, OnceLock};

use cscope_capture::print::{DataFormat, escape_terminal, write_data};
use cscope_capture::{Event, EventType};
use cscope_enrich::{Change, Changes, EventCx};
use rustc_hash::FxHashMap;

use crate::types::is_generic;
use crate::{Kind, TextOptions, Value, fields};

/// Group of fields, as listed by `-l`.
#[derive(Debug)]
pub struct Class {
    /// First part of the names, for example `evt`.
    pub name: &'static str,
    /// What the fields of the class are about.
    pub doc: &'static str,
    pub(crate) fields: &'static [&'static [Field]],
}

impl Class {
    /// Its fields.
    pub fn fields(&self) -> impl Iterator<Item = &'static Field> + use<> {
        self.fields.iter().copied().flatten()
    }
}

/// Whether a field takes an argument.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ArgRule {
    /// No argument.
    None,
    /// `field` or `field[arg]`.
    Allowed(ArgKind),
    /// `field[arg]` only.
    Required(ArgKind),
}

/// What an argument means.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ArgKind {
    /// A number from 0.
    Index,
    /// How many levels up: 0 the process itself, 1 its parent.
    Level,
    /// Any text.
    Key,
    /// An index when it is a number, else a name.
    IndexOrKey,
    /// Name or index of an event parameter.
    Param,
    /// Name of an event type.
    EventName,
    /// A point in time, ns since the epoch.
    Time,
}

/// Properties of a field, a bit set.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct FieldFlags(u32);

impl FieldFlags {
    /// Cannot be printed.
    pub const FILTER_ONLY: Self = Self(1);
    /// Cannot be used in filters.
    pub const PRINT_ONLY: Self = Self(1 << 1);
    /// Made for tables; left out of short lists.
    pub const TABLE_ONLY: Self = Self(1 << 2);
    /// Not allowed on the right side of a comparison.
    pub const NO_RHS: Self = Self(1 << 3);
    /// Not allowed in transformers.
    pub const NO_TRANSFORMER: Self = Self(1 << 4);
    /// The value is a list.
    pub const LIST: Self = Self(1 << 5);
    /// Has several values at once; `!=` holds only when all differ.
    pub const ENDS: Self = Self(1 << 6);

    /// The text may hold rows of data, whose line feeds and tabs are meant.
    pub(crate) const LAYOUT: Self = Self(1 << 7);
    /// The time of a line, in the style the user chose; in JSON always ns since the epoch.
    pub(crate) const LINE_TIME: Self = Self(1 << 8);
    /// Of an event on a descriptor that is known nothing but that descriptor is read.
    pub(crate) const DESCRIPTOR: Self = Self(1 << 9);
    /// Missing in events of calls that neither work on a descriptor nor make one.
    pub(crate) const OF_CALLS_ON_FDS: Self = Self(1 << 10);

    /// True when all bits of `other` are set.
    pub const fn has(self, other: Self) -> bool {
        self.0 & other.0 == other.0
    }

    pub(crate) const fn or(self, other: Self) -> Self {
        Self(self.0 | other.0)
    }
}

/// Parts of the model a field reads, a bit set.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Needs(u32);

impl Needs {
    /// The latency of calls (enter times).
    pub const LATENCY: Self = Self(1);
    /// Threads and processes.
    pub const THREADS: Self = Self(1 << 1);
    /// Descriptors.
    pub const FDS: Self = Self(1 << 2);
    /// Containers.
    pub const CONTAINERS: Self = Self(1 << 3);
    /// Users and groups.
    pub const USERS: Self = Self(1 << 4);
    /// Context switch events.
    pub const SWITCHES: Self = Self(1 << 5);
    /// Parameters of the event that may have come from the enter event. Calls that open files have theirs
    /// always, and so has every call its result.
    pub const ARGS: Self = Self(1 << 6);
    /// Paths of opened files as the kernel found them ([`Fd::real_path`](cscope_enrich::Fd::real_path)).
    pub const PATHS: Self = Self(1 << 7);
    /// Memory of processes.
    pub const MEMORY: Self = Self(1 << 8);
    /// Directories of processes: a descriptor can become one.
    pub const DIRECTORIES: Self = Self(1 << 9);
    /// Where programs lie: old captures tell it by the directory of who called them.
    pub const PROGRAMS: Self = Self(1 << 10);

    /// The parts in the order and with the names in which they are told to people.
    const NAMES: [(Self, &str); 11] = [
        (Self::ARGS, "arguments"),
        (Self::THREADS, "processes"),
        (Self::PROGRAMS, "programs"),
        (Self::DIRECTORIES, "directories"),
        (Self::FDS, "descriptors"),
        (Self::PATHS, "paths"),
        (Self::MEMORY, "memory"),
        (Self::CONTAINERS, "containers"),
        (Self::USERS, "users"),
        (Self::LATENCY, "latency"),
        (Self::SWITCHES, "switches"),
    ];

    /// What is in the set.
    pub(crate) fn names(self) -> impl Iterator<Item = &'static str> {
        Self::NAMES.into_iter().filter(move |(need, _)| self.has(*need)).map(|(_, name)| name)
    }

    /// Changes of the model that make a difference to what reads these parts of it.
    pub fn changes(self) -> Changes {
        let descriptors = Self::FDS.or(Self::PATHS);
        let directories = Self::DIRECTORIES.or(Self::PROGRAMS);
        let others = Self::CONTAINERS.or(Self::USERS).or(Self::MEMORY);
        let people = Self::THREADS.or(descriptors).or(directories).or(others);
        let mut changes = Changes::NONE;
        if self.intersects(people) {
            changes = changes.with(Change::Identity).with(Change::Thread);
        }
        if self.has(Self::MEMORY) {
            changes = changes.with(Change::Memory);
        }
        if self.intersects(descriptors.or(directories)) {
            changes = changes.with(Change::Descriptors);
        }
        if self.intersects(descriptors) {
            changes = changes.with(Change::Peer);
        }
        changes
    }

    /// True when all bits of `other` are set.
    pub const fn has(self, other: Self) -> bool {
        self.0 & other.0 == other.0
    }

    /// True when a bit of `other` is set.
    pub const fn intersects(self, other: Self) -> bool {
        self.0 & other.0 != 0
    }

    /// This set but for those of `other`.
    #[must_use]
    pub const fn without(self, other: Self) -> Self {
        Self(self.0 & !other.0)
    }

    /// Both sets together.
    #[must_use]
    pub const fn or(self, other: Self) -> Self {
        Self(self.0 | other.0)
    }
}

/// How a number is printed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Print {
    /// Decimal.
    Dec,
    /// Decimal; the number names something and is not for adding up.
    Id,
    /// Hexadecimal without prefix.
    Hex,
    /// Decimal, at least nine digits with zeros in front.
    Padded9,
}

/// One row of the field table.
#[derive(Debug)]
pub struct Field {
    /// Name.
    pub name: &'static str,
    /// Kind of its values.
    pub kind: Kind,
    /// How its numbers are printed.
    pub print: Print,
    /// Whether it takes an argument.
    pub arg: ArgRule,
    /// Properties.
    pub flags: FieldFlags,
    /// Parts of the model it reads.
    pub needs: Needs,
    /// What it is.
    pub doc: &'static str,
    /// A filter that uses it (print-only fields: a format).
    pub example: &'static str,
    /// The values it can have, where these are a few names.
    pub values: &'static [&'static str],
    pub(crate) extract: Extract,
    /// The items of a text that is made of items.
    pub(crate) items: Option<Each>,
    /// The same text as the extractor gives, appended to the output without a stop in between.
    pub(crate) write: Option<Write>,
}

/// Argument of a use of a field.
#[derive(Debug, Clone, Default)]
pub(crate) struct Arg {
    /// As written, without quotes.
    pub(crate) text: Box<str>,
    /// As a number, when it is one.
    pub(crate) number: Option<u64>,
    /// For [`ArgKind::Param`]: index of the parameter by event type, 255 where the type has none.
    pub(crate) params: Arc<[u8]>,
    /// There is one.
    pub(crate) present: bool,
}

/// What an extractor sees.
#[derive(Clone, Copy)]
pub(crate) struct Env<'a> {
    pub(crate) cx: &'a EventCx<'a>,
    pub(crate) text: &'a TextOptions,
}

/// Extractor of a field with one value. The buffer is empty and holds text made on the fly.
pub(crate) type One = for<'a> fn(Env<'a>, &'a Arg, &'a mut Vec<u8>) -> Option<Value<'a>>;
/// Appends the text of a field; false, and nothing appended, when the event has none.
pub(crate) type Write = for<'a> fn(Env<'a>, &'a Arg, &mut Vec<u8>) -> bool;
/// Extractor of a field with several values: hands each to the visitor until that returns true.
pub(crate) type Each = for<'a> fn(Env<'a>, &'a Arg, &mut Vec<u8>, &mut dyn FnMut(Value<'_>) -> bool);

/// The type of an event, and the code of the call for generic events.
#[derive(Clone, Copy)]
pub(crate) struct Typed {
    pub(crate) kind: EventType,
    pub(crate) code: Option<usize>,
}

/// Extractor of a field that follows from the type of the event alone.
pub(crate) type ByType = fn(Typed, &Arg) -> Option<Value<'static>>;

/// How values are taken.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Extract {
    One(One),
    Each(Each),
    /// From the type; the second says what differs for single events of a type (asynchronous ones).
    ByType(ByType, Option<One>),
}

impl Typed {
    #[inline]
    pub(crate) fn of(event: &Event<'_>) -> Self {
        let code = if is_generic(event.kind) {
            event.u64(0).map(|c| usize::try_from(c).unwrap_or(usize::MAX))
        } else {
            None
        };
        Self { kind: event.kind, code }
    }
}

impl Field {
    pub(crate) const fn new(
        name: &'static str,
        kind: Kind,
        doc: &'static str,
        example: &'static str,
        extract: One,
    ) -> Self {
        Self {
            name,
            kind,
            print: Print::Dec,
            arg: ArgRule::None,
            flags: FieldFlags(0),
            needs: Needs::ARGS,
            doc,
            example,
            values: &[],
            extract: Extract::One(extract),
            items: None,
            write: None,
        }
    }

    /// A field whose value follows from the type of the event.
    pub(crate) const fn by_type(
        name: &'static str,
        kind: Kind,
        doc: &'static str,
        example: &'static str,
        extract: ByType,
    ) -> Self {
        let mut field = Self::new(name, kind, doc, example, |_, _, _| None);
        field.extract = Extract::ByType(extract, None);
        field.without_args()
    }

    /// The value does not come from the parameters of the event, see [`Needs::ARGS`].
    pub(crate) const fn without_args(mut self) -> Self {
        self.needs = self.needs.without(Needs::ARGS);
        self
    }

    pub(crate) const fn print(mut self, print: Print) -> Self {
        self.print = print;
        self
    }

    pub(crate) const fn kind(mut self, kind: Kind) -> Self {
        self.kind = kind;
        self
    }

    /// Takes properties away.
    pub(crate) const fn clear(mut self, flags: FieldFlags) -> Self {
        self.flags = FieldFlags(self.flags.0 & !flags.0);
        self
    }

    pub(crate) const fn arg(mut self, arg: ArgRule) -> Self {
        self.arg = arg;
        self
    }

    pub(crate) const fn flags(mut self, flags: FieldFlags) -> Self {
        self.flags = self.flags.or(flags);
        self
    }

    pub(crate) const fn needs(mut self, needs: Needs) -> Self {
        self.needs = self.needs.or(needs);
        self
    }

    /// It has no other values than these.
    pub(crate) const fn values(mut self, values: &'static [&'static str]) -> Self {
        self.values = values;
        self
    }

    /// Several values; `one` stays for output.
    pub(crate) const fn each(mut self, each: Each) -> Self {
        self.extract = Extract::Each(each);
        self
    }

    pub(crate) const fn items(mut self, items: Each) -> Self {
        self.items = Some(items);
        self
    }

    /// Has a way to append its text to the output.
    pub(crate) const fn write(mut self, write: Write) -> Self {
        self.write = Some(write);
        self
    }

    /// What differs for single events of a type.
    pub(crate) const fn except(mut self, one: One) -> Self {
        if let Extract::ByType(by_type, _) = self.extract {
            self.extract = Extract::ByType(by_type, Some(one));
        }
        self
    }

    /// The row with this name.
    pub fn find(name: &str) -> Option<&'static Self> {
        static INDEX: OnceLock<FxHashMap<&'static str, &'static Field>> = OnceLock::new();
        let index = INDEX.get_or_init(|| Self::all().map(|f| (f.name, f)).collect());
        index.get(name).copied()
    }

    /// All rows, class by class.
    pub fn all() -> impl Iterator<Item = &'static Self> {
        fields::CLASSES.iter().flat_map(Class::fields)
    }

    /// True when all of these properties hold.
    pub fn has(&self, flags: FieldFlags) -> bool {
        self.flags.has(flags)
    }
}

impl Arg {
    /// Index of the parameter the argument names, in events of a type.
    #[inline]
    pub(crate) fn param(&self, kind: EventType) -> Option<usize> {
        let index = *self.params.get(usize::from(kind.0))?;
        (index != 255).then_some(usize::from(index))
    }
}

impl Env<'_> {
    /// Appends bytes in the form the user chose.
    pub(crate) fn write_data(&self, bytes: &[u8], out: &mut Vec<u8>) {
        let print = self.text.print();
        write_data(bytes, print.data, print.cut, out);
    }

    /// Appends text, safe for a terminal unless the user wants it raw.
    pub(crate) fn write_text(&self, text: &[u8], out: &mut Vec<u8>) {
        if self.text.raw {
            out.extend_from_slice(text);
        } else {
            escape_terminal(text, out);
        }
    }

    /// Appends text that may hold rows of data, safe for a terminal.
    pub(crate) fn write_layout(&self, text: &[u8], out: &mut Vec<u8>) {
        if self.text.raw || matches!(self.text.data, DataFormat::Dotted | DataFormat::Base64) {
            return self.write_text(text, out);
        }
        for part in text.split_inclusive(|&b| matches!(b, b'\n' | b'\t')) {
            match part.split_last() {
                Some((&end @ (b'\n' | b'\t'), line)) => {
                    escape_terminal(line, out);
                    out.push(end);
                }
                _ => escape_terminal(part, out),
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn everything_a_field_reads_has_a_name() {
        let named = Needs::NAMES.iter().fold(Needs::default(), |all, (need, _)| all.or(*need));
        for field in Field::all() {
            assert!(named.has(field.needs), "{}: {:?}", field.name, field.needs.without(named));
        }
        assert_eq!(
            Needs::DIRECTORIES.or(Needs::ARGS).names().collect::<Vec<_>>(),
            ["arguments", "directories"]
        );
    }
}
