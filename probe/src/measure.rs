//! Records made up as the kernel side writes them, and decoded over and over: what decoding costs is measured without
//! a kernel that is traced.

use std::mem::{offset_of, size_of};

use cscope_capture::{Event, EventBuilder};

use crate::decode::Decoder;
use crate::plan::number;
use crate::raw::Raw;
use crate::skel::types::{record, record_kind, segment, slot_kind};

/// A call that ended.
#[derive(Debug, Clone, Copy)]
pub struct Call<'a> {
    /// Its name in the table of system calls.
    pub name: &'a str,
    /// Its result.
    pub ret: i64,
    /// What was read or written.
    pub data: &'a [u8],
}

/// Calls, one record after the other.
#[derive(Debug)]
pub struct Records {
    bytes: Vec<u8>,
    decoder: Decoder,
    builder: EventBuilder,
}

impl Records {
    /// The records of these calls.
    pub fn of(calls: &[Call<'_>]) -> Self {
        let mut records =
            Self { bytes: Vec::new(), decoder: Decoder::new(false), builder: EventBuilder::new() };
        for (at, call) in (0..).zip(calls) {
            records.add(at, call);
        }
        records
    }

    fn add(&mut self, ts: u64, call: &Call<'_>) {
        let nr = number(call.name);
        let plans = self.decoder.plans();
        let plan = plans.exit.get(nr as usize).and_then(Option::as_ref).unwrap_or(&plans.generic_exit);
        let nargs = plan.descriptor(u16::MAX).args;
        let slot = plan.slots.iter().position(|slot| u32::from(slot.kind) == slot_kind::SLOT_BYTES.0);
        let mut bytes = vec![0; size_of::<record>() + usize::from(nargs) * size_of::<u64>()];
        if let Some(slot) = slot.filter(|_| !call.data.is_empty()) {
            let mut header = [0; size_of::<segment>()];
            put(&mut header, offset_of!(segment, slot), &[slot as u8]);
            put(&mut header, offset_of!(segment, len), &(call.data.len() as u32).to_ne_bytes());
            bytes.extend_from_slice(&header);
            bytes.extend_from_slice(call.data);
            bytes.resize(bytes.len().next_multiple_of(8), 0);
        }
        let size = bytes.len() as u32;
        put(&mut bytes, offset_of!(record, ts), &ts.to_ne_bytes());
        put(&mut bytes, offset_of!(record, size), &size.to_ne_bytes());
        put(&mut bytes, offset_of!(record, tid), &42u32.to_ne_bytes());
        put(&mut bytes, offset_of!(record, ret), &call.ret.to_ne_bytes());
        put(&mut bytes, offset_of!(record, nr), &nr.to_ne_bytes());
        put(&mut bytes, offset_of!(record, kind), &[record_kind::RECORD_EXIT.0 as u8]);
        put(&mut bytes, offset_of!(record, nargs), &[nargs]);
        self.bytes.append(&mut bytes);
    }

    /// Decodes all of them.
    pub fn decode(&mut self, mut each: impl FnMut(&Event<'_>)) {
        let mut rest = self.bytes.as_slice();
        while let Some((bytes, behind)) =
            rest.split_at_checked(Raw::size(rest)).filter(|(b, _)| !b.is_empty())
        {
            let raw = Raw::parse(bytes, 0);
            if self.decoder.decode(&raw, &mut self.builder) {
                each(&self.builder.event(raw.ts, u64::from(raw.tid), raw.cpu));
            }
            rest = behind;
        }
    }
}

fn put(bytes: &mut [u8], at: usize, value: &[u8]) {
    if let Some(to) = bytes.get_mut(at..at + value.len()) {
        to.copy_from_slice(value);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn calls_become_events() {
        let calls =
            [Call { name: "epoll_ctl", ret: 0, data: b"" }, Call { name: "read", ret: 5, data: b"hello" }];
        let mut seen = Vec::new();
        Records::of(&calls).decode(|e| seen.push((e.info().map(|i| i.name), e.param(1).map(<[u8]>::to_vec))));
        let nr = (number("epoll_ctl") as u16).to_le_bytes().to_vec();
        assert_eq!(seen, [(Some("syscall"), Some(nr)), (Some("read"), Some(b"hello".to_vec()))]);
    }
}
