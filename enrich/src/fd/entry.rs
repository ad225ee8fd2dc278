//! What a table of descriptors holds of one.

use std::sync::Arc;

use super::Verdict;
use super::opened::{Opened, Spare};
use crate::Fd;

/// Place of a descriptor in a table.
#[derive(Debug, Clone)]
pub(crate) enum Entry {
    /// Put together.
    Made(Arc<Fd>),
    /// As the event told that opened it, until somebody looks at it.
    Opened(Arc<Opened>),
}

impl Entry {
    #[inline]
    pub(crate) fn fd(&self) -> &Fd {
        match self {
            Self::Made(fd) => fd,
            Self::Opened(opened) => opened.fd(),
        }
    }

    #[inline]
    pub(crate) fn number(&self) -> i64 {
        match self {
            Self::Made(fd) => fd.info.fd,
            Self::Opened(opened) => opened.number(),
        }
    }

    /// Closed on exec.
    pub(crate) fn cloexec(&self) -> bool {
        match self {
            Self::Made(fd) => fd.cloexec,
            Self::Opened(opened) => opened.cloexec(),
        }
    }

    /// Events on it are of no interest, as far as that was found out.
    #[inline]
    pub(crate) fn is_refused(&self) -> bool {
        match self {
            Self::Made(fd) => fd.verdict.is_refused(),
            Self::Opened(opened) => opened.is_refused(),
        }
    }

    /// The same under another number.
    #[inline]
    pub(crate) fn copy(&self, number: i64, cloexec: bool, spare: &mut Spare) -> Self {
        if let Self::Opened(opened) = self
            && let Some(copy) = spare.copy(opened, number, cloexec)
        {
            return Self::Opened(copy);
        }
        let fd = self.fd();
        let mut copy = Fd { cloexec, verdict: fd.verdict.same(), ..Fd::clone(fd) };
        copy.info.fd = number;
        Self::Made(Arc::new(copy))
    }

    /// Bytes of its texts.
    #[inline]
    pub(crate) fn size(&self) -> usize {
        match self {
            Self::Made(fd) => fd.size(),
            Self::Opened(opened) => opened.size(),
        }
    }

    /// Where it lies, for all that share it.
    pub(crate) fn place(&self) -> *const () {
        match self {
            Self::Made(fd) => Arc::as_ptr(fd).cast(),
            Self::Opened(opened) => Arc::as_ptr(opened).cast(),
        }
    }

    /// The descriptor, to be changed: what was found out of it holds no more.
    pub(super) fn fd_mut(&mut self) -> Option<&mut Fd> {
        if let Self::Opened(opened) = self {
            *self = Self::Made(Arc::new(opened.fd().clone()));
        }
        let Self::Made(fd) = self else { return None };
        let fd = Arc::make_mut(fd);
        fd.verdict = Verdict::default();
        Some(fd)
    }

    pub(super) fn set_cloexec(&mut self, cloexec: bool) {
        if let Self::Opened(opened) = self {
            if opened.mark_cloexec(cloexec).is_some() {
                return;
            }
            *self = Self::Made(Arc::new(Fd { verdict: opened.fd().verdict.same(), ..opened.fd().clone() }));
        }
        if let Self::Made(fd) = self {
            let verdict = fd.verdict.same();
            let fd = Arc::make_mut(fd);
            (fd.cloexec, fd.verdict) = (cloexec, verdict);
        }
    }
}
