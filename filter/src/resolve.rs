//! What parameters of events mean, as far as the user wants it resolved.

use cscope_capture::print::Resolve;

use crate::field::Env;
use crate::{services, time};

/// An event in its context, seen through the options of the user.
pub(crate) struct Resolver<'a>(pub(crate) Env<'a>);

impl Resolve for Resolver<'_> {
    fn fd(&self, fd: i64, out: &mut Vec<u8>) -> bool {
        self.0.cx.fd(fd, out)
    }

    fn fd_letter(&self, fd: i64) -> Option<u8> {
        self.0.cx.fd_letter(fd)
    }

    fn comm(&self, tid: i64) -> Option<&[u8]> {
        self.0.cx.comm(tid)
    }

    fn user(&self, uid: u32) -> Option<&[u8]> {
        if self.0.text.resolve_users { self.0.cx.user(uid) } else { None }
    }

    fn group(&self, gid: u32) -> Option<&[u8]> {
        if self.0.text.resolve_users { self.0.cx.group(gid) } else { None }
    }

    fn cwd(&self) -> Option<&[u8]> {
        self.0.cx.cwd()
    }

    fn dirfd_path(&self, fd: i64) -> Option<&[u8]> {
        self.0.cx.dirfd_path(fd)
    }

    fn service(&self, port: u16) -> Option<&[u8]> {
        if !self.0.text.resolve_ports {
            return None;
        }
        services::name_of(port, false).map(str::as_bytes)
    }

    fn local_time(&self, ns: u64, out: &mut Vec<u8>) {
        time::write_local(ns, out);
    }
}
