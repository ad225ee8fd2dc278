//! A descriptor that a call of the open family made, as its event told it. Most are closed again before anybody looks
//! at them, so that what is known of one is put together at the first look only.

use std::sync::{Arc, OnceLock};

use cscope_capture::{Bytes, Event, EventType, FdInfo, FdType, Params};

use super::Verdict;
use crate::{Fd, path};

/// Bytes of parameters, lengths included, that are kept as they are. Longer ones are put together at once.
const ROOM: usize = 120;

/// Bits of open flags as numbered in events.
pub(crate) mod open_flags {
    pub(crate) const DIRECTORY: u32 = 0x400;
    pub(crate) const CLOEXEC: u32 = 0x1000;
    /// The file is in the upper, or in a lower layer of an overlay.
    pub(super) const UPPER_LAYER: u32 = 0x8000;
    pub(super) const LOWER_LAYER: u32 = 0x1_0000;
    /// What creat stands for: O_CREAT, O_WRONLY, O_TRUNC.
    pub(super) const CREAT: u32 = 0x4 | 0x2 | 0x100;
}

/// Which parameter of an event of the open family holds what; 0 is the result.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Layout {
    pub(crate) dirfd: Option<usize>,
    pub(crate) name: usize,
    /// None for creat.
    flags: Option<usize>,
    /// The inode is the one behind it.
    dev: usize,
}

impl Layout {
    #[inline]
    pub(crate) fn of(kind: EventType) -> Self {
        use EventType as E;
        let (dirfd, name, flags, dev) = match kind {
            E::SYSCALL_OPEN_X => (None, 1, Some(2), 4),
            E::SYSCALL_CREAT_X => (None, 1, None, 3),
            E::SYSCALL_OPENAT_2_X => (Some(1), 2, Some(3), 5),
            E::SYSCALL_OPENAT2_X => (Some(1), 2, Some(3), 6),
            _ => (None, 3, Some(2), 4),
        };
        Self { dirfd, name, flags, dev }
    }
}

/// What of an event is needed to tell what was opened.
#[derive(Clone, Copy)]
pub(crate) struct Told<'a> {
    pub(crate) number: i64,
    pub(crate) kind: EventType,
    pub(crate) params: Params<'a>,
    /// Where a relative name starts from.
    pub(crate) dir: Option<&'a Bytes>,
    /// The path that the kernel found.
    pub(crate) found: Option<&'a Bytes>,
}

impl<'a> Told<'a> {
    /// An event that tells the same.
    fn event(&self) -> Event<'a> {
        let (kind, params) = (self.kind, self.params);
        Event { ts: 0, tid: 0, cpu: 0, kind, flags: 0, latency: None, params }
    }

    /// The descriptor.
    pub(crate) fn build(&self, joined: &mut Vec<u8>) -> Fd {
        let layout = Layout::of(self.kind);
        let event = self.event();
        let flags = match layout.flags {
            Some(at) => event.u64(at).unwrap_or(0) as u32,
            None => open_flags::CREAT,
        };
        let raw = event.text(layout.name).unwrap_or_default();
        path::join(self.dir.map_or(b"", |dir| &dir[..]), raw, joined);
        let name = Bytes::from(&joined[..]);
        let raw_name = raw.get(..path::MAX_PATH).unwrap_or(raw);
        let (upper_layer, lower_layer) = match layout.flags {
            Some(_) => (flags & open_flags::UPPER_LAYER != 0, flags & open_flags::LOWER_LAYER != 0),
            None => {
                let layers = event.u64(5).unwrap_or(0);
                (layers & 1 != 0, layers & 2 != 0)
            }
        };
        let kind = if flags & open_flags::DIRECTORY != 0 { FdType::Directory } else { FdType::FileV2 };
        Fd {
            raw_name: if *raw == *name { name.clone() } else { Bytes::from(raw_name) },
            real_path: self.found.filter(|found| **found != name).cloned().unwrap_or_default(),
            info: FdInfo {
                fd: self.number,
                ino: event.u64(layout.dev + 1).unwrap_or(0),
                kind,
                name,
                open_flags: flags,
                dev: event.u64(layout.dev).unwrap_or(0) as u32,
                tuple: None,
                unix: None,
            },
            cloexec: flags & open_flags::CLOEXEC != 0,
            upper_layer,
            lower_layer,
            role: Default::default(),
            connected: false,
            connecting: false,
            pid: 0,
            verdict: Verdict::default(),
        }
    }
}

/// The event that made a descriptor, and the descriptor once somebody has looked at it.
#[derive(Debug)]
pub(crate) struct Opened {
    number: i64,
    kind: EventType,
    /// Other than the event says.
    cloexec: Option<bool>,
    /// The same as another one, of which this was known.
    refused: bool,
    lengths: u8,
    end: u8,
    bytes: [u8; ROOM],
    dir: Option<Bytes>,
    found: Option<Bytes>,
    fd: OnceLock<Fd>,
}

impl Opened {
    fn empty() -> Self {
        Self {
            number: 0,
            kind: EventType(0),
            cloexec: None,
            refused: false,
            lengths: 0,
            end: 0,
            bytes: [0; ROOM],
            dir: None,
            found: None,
            fd: OnceLock::new(),
        }
    }

    /// Takes over what was told; false when that is too much.
    #[inline]
    fn assign(&mut self, told: &Told<'_>) -> bool {
        let (lengths, data) = (told.params.lengths(), told.params.data());
        let (middle, end) = (lengths.len(), lengths.len() + data.len());
        let Some((head, tail)) = self.bytes.get_mut(..end).and_then(|b| b.split_at_mut_checked(middle))
        else {
            return false;
        };
        head.copy_from_slice(lengths);
        tail.copy_from_slice(data);
        (self.lengths, self.end) = (middle as u8, end as u8);
        (self.number, self.kind) = (told.number, told.kind);
        (self.cloexec, self.refused) = (None, false);
        (self.dir, self.found) = (told.dir.cloned(), told.found.cloned());
        if self.fd.get().is_some() {
            self.fd = OnceLock::new();
        }
        true
    }

    fn told(&self) -> Told<'_> {
        let known = self.bytes.get(..usize::from(self.end)).unwrap_or_default();
        let (lengths, data) = known.split_at_checked(usize::from(self.lengths)).unwrap_or_default();
        let params = Params::new(lengths, data, false);
        let (dir, found) = (self.dir.as_ref(), self.found.as_ref());
        Told { number: self.number, kind: self.kind, params, dir, found }
    }

    /// The descriptor.
    #[inline]
    pub(super) fn fd(&self) -> &Fd {
        self.fd.get_or_init(|| {
            let mut fd = self.told().build(&mut Vec::with_capacity(2 * ROOM));
            fd.cloexec = self.cloexec.unwrap_or(fd.cloexec);
            if self.refused {
                fd.verdict.refuse();
            }
            fd
        })
    }

    #[inline]
    pub(super) fn number(&self) -> i64 {
        self.number
    }

    /// Closed on exec.
    pub(super) fn cloexec(&self) -> bool {
        if let Some(known) = self.cloexec {
            return known;
        }
        let flags = Layout::of(self.kind).flags.and_then(|at| self.told().event().u64(at));
        flags.is_some_and(|flags| flags as u32 & open_flags::CLOEXEC != 0)
    }

    /// Bytes of what is told and of what can be made of it.
    #[inline]
    pub(super) fn size(&self) -> usize {
        let held = |text: &Option<Bytes>| text.as_ref().map_or(0, |text| text.len());
        2 * usize::from(self.end) + held(&self.dir) + held(&self.found)
    }

    /// The same, closed on exec or not; `None` when others have it too.
    pub(super) fn mark_cloexec(self: &mut Arc<Self>, cloexec: bool) -> Option<()> {
        let own = Arc::get_mut(self)?;
        own.cloexec = Some(cloexec);
        if let Some(fd) = own.fd.get_mut() {
            fd.cloexec = cloexec;
        }
        Some(())
    }

    #[inline]
    pub(super) fn is_refused(&self) -> bool {
        self.refused || self.fd.get().is_some_and(|fd| fd.verdict.is_refused())
    }
}

/// Places for opened descriptors that are in use no more, for the next ones. A copy of the model begins without.
#[derive(Debug, Default)]
pub(crate) struct Spare {
    places: Vec<Arc<Opened>>,
    /// So many are put together at once.
    at_once: u8,
    /// How many come next, when one is looked at again.
    next: u8,
}

impl Clone for Spare {
    fn clone(&self) -> Self {
        Self { places: Vec::new(), ..*self }
    }
}

impl Spare {
    /// Places kept.
    const MOST: usize = 16;
    /// Descriptors put together at once at most behind those that somebody had looked at: likely they will be, too.
    const AT_ONCE: u8 = 63;

    /// What was told, kept in a place; `None` when that is too much or of no use. At a descriptor that is `refused`
    /// nobody will look.
    #[inline]
    pub(crate) fn keep(&mut self, told: &Told<'_>, refused: bool) -> Option<Arc<Opened>> {
        if self.at_once > 0 && !refused {
            self.at_once -= 1;
            return None;
        }
        self.fill(|place| {
            let kept = !told.params.is_wide() && place.assign(told);
            place.refused = refused;
            kept
        })
    }

    /// Descriptor `number` that works on what `opened` works on.
    #[inline]
    pub(crate) fn copy(&mut self, opened: &Opened, number: i64, cloexec: bool) -> Option<Arc<Opened>> {
        self.fill(|place| {
            let kept = place.assign(&Told { number, ..opened.told() });
            (place.cloexec, place.refused) = (Some(cloexec), opened.is_refused());
            kept
        })
    }

    #[inline]
    fn fill(&mut self, fill: impl FnOnce(&mut Opened) -> bool) -> Option<Arc<Opened>> {
        let mut place = self.places.pop().unwrap_or_else(|| Arc::new(Opened::empty()));
        // Others can have a place still.
        if Arc::get_mut(&mut place).is_none() {
            place = Arc::new(Opened::empty());
        }
        if fill(Arc::get_mut(&mut place)?) { Some(place) } else { None }
    }

    /// Takes back a place.
    #[inline]
    pub(crate) fn give(&mut self, place: Arc<Opened>) {
        self.next = if place.fd.get().is_some() { Self::AT_ONCE.min(2 * self.next + 1) } else { 0 };
        self.at_once = self.next;
        if self.places.len() < Self::MOST {
            self.places.push(place);
        }
    }
}
