//! What a probe knows beyond the parameters of calls: the path the kernel found for a name, the descriptors that
//! came in a message, and who a thread has become. Such facts travel as `asyncevent` events beside the calls, through live
//! captures and native files; other readers of the format step over them.

use crate::reader::lists;
use crate::writer::blocks;
use crate::{Event, EventBuilder, EventType, FdInfo};

/// Name of the event in front of a call that opens a file.
const PATH: &[u8] = b"cscope_path";

/// Name of the events behind a call that received descriptors.
const RECEIVED: &[u8] = b"cscope_fd";

/// Name of the event in front of a call that changes who its thread is.
const CREDENTIALS: &[u8] = b"cscope_cred";

/// A fact beside a call, told by an event of the call's thread.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Beside<'a> {
    /// The call that follows, which has the same time, opens this descriptor; `path` is where the kernel found
    /// the file, symbolic links and mounts resolved, at that moment. ` (deleted)` follows one that is no longer there.
    Path {
        /// Number of the descriptor.
        fd: i64,
        /// Path in the thread's root directory.
        path: &'a [u8],
    },
    /// A descriptor that came in the message of the call before.
    Received(FdInfo),
    /// What the call that follows, which has the same time, makes of its thread.
    Credentials(Credentials),
}

/// On behalf of whom a thread acts, in the numbers of the host whatever user namespace it is in.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Credentials {
    /// Effective user.
    pub uid: u32,
    /// Effective group.
    pub gid: u32,
    /// Inheritable capabilities.
    pub inheritable: u64,
    /// Permitted capabilities.
    pub permitted: u64,
    /// Effective capabilities.
    pub effective: u64,
}

impl Credentials {
    fn parse(data: &[u8]) -> Option<Self> {
        let (ids, capabilities) = data.split_at_checked(8)?;
        let ([uid, gid], []) = ids.as_chunks() else { return None };
        let ([inheritable, permitted, effective], []) = capabilities.as_chunks() else { return None };
        Some(Self {
            uid: u32::from_le_bytes(*uid),
            gid: u32::from_le_bytes(*gid),
            inheritable: u64::from_le_bytes(*inheritable),
            permitted: u64::from_le_bytes(*permitted),
            effective: u64::from_le_bytes(*effective),
        })
    }
}

impl<'a> Beside<'a> {
    /// The fact that `event` tells, when it is such an event.
    pub fn of(event: &Event<'a>) -> Option<Self> {
        if event.kind != EventType::ASYNCEVENT_E {
            return None;
        }
        let name = event.text(1)?;
        let data = event.param(2)?;
        if name == PATH {
            let (fd, path) = data.split_first_chunk::<8>()?;
            return Some(Self::Path { fd: i64::from_le_bytes(*fd), path });
        }
        if name == CREDENTIALS {
            return Credentials::parse(data).map(Self::Credentials);
        }
        (name == RECEIVED).then(|| lists::one_fd(data).map(Self::Received)).flatten()
    }

    /// Begins the event in `builder`.
    pub fn build(&self, builder: &mut EventBuilder) {
        builder.start(EventType::ASYNCEVENT_E).u32(0);
        match self {
            Self::Path { fd, path } => builder.text(PATH).parts(&[&fd.to_le_bytes(), path]),
            Self::Received(info) => builder.text(RECEIVED).bytes(&blocks::one_fd(info)),
            Self::Credentials(c) => builder.text(CREDENTIALS).parts(&[
                &c.uid.to_le_bytes(),
                &c.gid.to_le_bytes(),
                &c.inheritable.to_le_bytes(),
                &c.permitted.to_le_bytes(),
                &c.effective.to_le_bytes(),
            ]),
        };
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{FdType, L4Proto, Tuple};

    #[test]
    fn facts_survive_their_event() {
        let long = vec![b'p'; 4000];
        let file = FdInfo {
            fd: 7,
            kind: FdType::FileV2,
            name: b"/etc/hosts"[..].into(),
            open_flags: 3,
            dev: 9,
            ino: 11,
            ..FdInfo::default()
        };
        let ip = std::net::Ipv4Addr::LOCALHOST.into();
        let tuple = Tuple { sip: ip, dip: ip, sport: 1, dport: 2, l4: L4Proto::Tcp };
        let socket = FdInfo { fd: 8, kind: FdType::Ipv4, tuple: Some(tuple), ..FdInfo::default() };
        let pidfd = FdInfo { fd: 9, kind: FdType::Pidfd, name: b"pidfd:[1]"[..].into(), ..FdInfo::default() };
        for fact in [
            Beside::Path { fd: 3, path: &long },
            Beside::Path { fd: 3, path: b"" },
            Beside::Received(file),
            Beside::Received(socket),
            Beside::Received(pidfd),
            Beside::Credentials(Credentials {
                uid: 1,
                gid: 2,
                inheritable: 3,
                permitted: 4,
                effective: 1 << 40,
            }),
        ] {
            let mut b = EventBuilder::new();
            fact.build(&mut b);
            assert_eq!(Beside::of(&b.event(1, 2, 3)), Some(fact));
        }
    }

    #[test]
    fn other_events_tell_nothing() {
        let mut b = EventBuilder::new();
        b.start(EventType::ASYNCEVENT_E).u32(0).text(b"container").bytes(b"{}");
        assert_eq!(Beside::of(&b.event(1, 2, 3)), None);
        b.start(EventType::ASYNCEVENT_E).u32(0).text(b"cscope_fd").bytes(b"short");
        assert_eq!(Beside::of(&b.event(1, 2, 3)), None);
        for name in [PATH, CREDENTIALS] {
            b.start(EventType::ASYNCEVENT_E).u32(0).text(name).bytes(b"short");
            assert_eq!(Beside::of(&b.event(1, 2, 3)), None);
        }
        b.start(EventType::ASYNCEVENT_E).u32(0).text(CREDENTIALS).bytes(&[0; 39]);
        assert_eq!(Beside::of(&b.event(1, 2, 3)), None);
    }
}
