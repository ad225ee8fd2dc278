//! What an event in its context knows for printing its parameters.

use cscope_capture::L4Proto;
use cscope_capture::print::Resolve;

use crate::{EventCx, Fd, Role};

impl Fd {
    /// Letter of the transport protocol behind the kind of an internet socket; known once a role is.
    pub fn l4_letter(&self) -> Option<u8> {
        if self.role == Role::None {
            return None;
        }
        match self.l4()? {
            L4Proto::Tcp => Some(b't'),
            L4Proto::Udp => Some(b'u'),
            L4Proto::Icmp => Some(b'i'),
            L4Proto::Raw => Some(b'r'),
            L4Proto::Unknown | L4Proto::Na => None,
        }
    }

    /// Appends kind and name as in `<f>/etc/passwd` or `<4t>1.2.3.4:5->6.7.8.9:80`.
    pub fn describe(&self, out: &mut Vec<u8>) {
        out.push(b'<');
        out.push(self.type_char() as u8);
        if self.is_inet() {
            out.extend(self.l4_letter());
        }
        out.push(b'>');
        out.extend_from_slice(&self.info.name);
    }
}

impl Resolve for EventCx<'_> {
    fn fd(&self, fd: i64, out: &mut Vec<u8>) -> bool {
        let Some(fd) = self.thread.and_then(|t| self.state.fd(t, fd)) else { return false };
        fd.describe(out);
        true
    }

    fn fd_letter(&self, fd: i64) -> Option<u8> {
        Some(self.state.fd(self.thread?, fd)?.type_char() as u8)
    }

    fn comm(&self, tid: i64) -> Option<&[u8]> {
        self.state.thread(tid).filter(|t| !t.placeholder).map(|t| &t.info.comm[..])
    }

    fn user(&self, uid: u32) -> Option<&[u8]> {
        Some(&self.state.users().user(&self.thread?.container_id, uid)?.name)
    }

    fn group(&self, gid: u32) -> Option<&[u8]> {
        Some(&self.state.users().group(&self.thread?.container_id, gid)?.name)
    }

    fn cwd(&self) -> Option<&[u8]> {
        Some(self.state.cwd(self.thread?)).map(|cwd| &cwd[..]).filter(|cwd| !cwd.is_empty())
    }

    fn dirfd_path(&self, fd: i64) -> Option<&[u8]> {
        Some(&self.state.fd(self.thread?, fd)?.info.name)
    }
}
