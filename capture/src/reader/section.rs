//! The front of a section: its header and the metadata blocks, which become the snapshot.

use super::block::{self, Kind};
use super::lists::{self, Stop};
use super::{FileSource, Phase};
use crate::{Error, ErrorKind, Snapshot};

impl FileSource {
    /// Reads the section header at the current position and forgets the state of the section before.
    pub(super) fn section_header(&mut self) -> Result<(), Error> {
        self.snapshot = Snapshot::default();
        self.room = lists::ROOM;
        self.texts = lists::Texts::default();
        let offset = self.offset();
        self.section_at = offset;
        self.section_read = false;
        self.section_start = self.number;
        self.phase = Phase::Over;
        let Some((Kind::Section, total)) = self.block()? else {
            return Err(Error::new(ErrorKind::NotACapture, "no section header where one belongs").at(offset));
        };
        let Ok((_, (body, true))) = block::body(self.rest(), total) else {
            return Err(Error::new(ErrorKind::Corrupt, "damaged section header").at(offset));
        };
        let unsupported = match block::section(body) {
            Ok((_, header)) if header.magic == block::SECTION_MAGIC.swap_bytes() => {
                "the capture was written on a machine of other byte order, which is not supported".to_owned()
            }
            Ok((_, header)) if header.magic != block::SECTION_MAGIC => {
                return Err(
                    Error::new(ErrorKind::Corrupt, "invalid magic number in the section header").at(offset)
                );
            }
            Ok((_, header)) if header.major != 1 => {
                format!("the capture has format version {}, this program reads version 1", header.major)
            }
            Ok(_) => {
                self.at += total;
                self.phase = Phase::Metadata;
                return Ok(());
            }
            Err(_) => return Err(Error::new(ErrorKind::Corrupt, "damaged section header").at(offset)),
        };
        Err(Error::new(ErrorKind::Unsupported, unsupported).at(offset))
    }

    /// Reads the metadata blocks up to the first event, the next section or the end.
    pub(super) fn metadata(&mut self) -> Result<Phase, Error> {
        let mut next = Phase::Over;
        while let Some((kind, total)) = self.block()? {
            match kind {
                Kind::Event(_) => {
                    next = Phase::Events;
                    break;
                }
                Kind::Section => {
                    next = Phase::Header;
                    break;
                }
                Kind::Unknown => {
                    if self.is_network_capture() {
                        let message = "the file is a network capture (pcapng), not one of system calls";
                        return Err(Error::new(ErrorKind::NotACapture, message));
                    }
                }
                _ => self.metadata_block(kind, total)?,
            }
            self.at += total;
        }
        self.section_read = true;
        self.texts = lists::Texts::default();
        Ok(next)
    }

    /// True when the block at the current position is one that network captures have behind their section
    /// header, which looks like ours.
    fn is_network_capture(&self) -> bool {
        block::header(self.rest()).is_ok_and(|(_, (number, _))| (1..=6).contains(&number))
    }

    /// Reads one metadata block into the snapshot. Damage inside it is kept for the end.
    fn metadata_block(&mut self, kind: Kind, total: usize) -> Result<(), Error> {
        let offset = self.offset();
        let rest = self.chunk.buffer.get(self.at..self.chunk.end).unwrap_or_default();
        let Ok((_, (body, true))) = block::body(rest, total) else {
            let message = "the lengths in front of and behind a metadata block differ";
            return Err(Error::new(ErrorKind::Corrupt, message).at(offset));
        };
        let (snapshot, room, texts) = (&mut self.snapshot, &mut self.room, &mut self.texts);
        let (what, result) = match kind {
            Kind::Machine => match lists::machine(body) {
                Ok((_, machine)) => {
                    snapshot.machine = Some(machine);
                    return Ok(());
                }
                Err(_) => ("machine info", Err(Stop::Damaged(0))),
            },
            Kind::Threads(version) => {
                ("process list", lists::threads(body, version, room, texts, &mut snapshot.threads))
            }
            Kind::Fds(version) => ("descriptor list", lists::fds(body, version, room, &mut snapshot.fds)),
            Kind::Interfaces(version) => {
                ("interface list", lists::interfaces(body, version, room, &mut snapshot.interfaces))
            }
            Kind::Users(version) => ("user list", lists::users(body, version, room, snapshot)),
            Kind::Section | Kind::Event(_) | Kind::Unknown => return Ok(()),
        };
        if let Err(stop) = result
            && self.deferred.is_none()
        {
            let (at, message) = match stop {
                Stop::Damaged(at) => (at, format!("damaged entry in the {what}")),
                Stop::Full(at) => (at, format!("the {what} is larger than what is kept of it from here on")),
            };
            let error = Error::new(ErrorKind::Corrupt, message);
            self.deferred = Some(error.at(offset + (block::HEADER + at) as u64));
        }
        Ok(())
    }
}
