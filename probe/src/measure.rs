//! Records made up as the kernel side writes them, and decoded over and over: what decoding costs is measured without
//! a kernel that is traced.

use std::mem::{offset_of, size_of};

use cscope_capture::Batch;

use crate::decode::{Decoder, Made};
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
}

impl Records {
    /// The records of these calls.
    pub fn of(calls: &[Call<'_>]) -> Self {
        let mut records = Self { bytes: Vec::new(), decoder: Decoder::new(false) };
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

    /// Decodes all of them into a batch, as far as it has room.
    pub fn decode(&mut self, batch: &mut Batch) {
        let mut rest = self.bytes.as_slice();
        while !batch.is_full()
            && let Some((bytes, behind)) =
                rest.split_at_checked(Raw::size(rest)).filter(|(b, _)| !b.is_empty())
        {
            let raw = Raw::parse(bytes, 0);
            if self.decoder.decode(&raw, batch.builder()) != Made::Nothing {
                let latency = (raw.latency != 0).then_some(raw.latency);
                batch.keep(raw.ts, u64::from(raw.tid), raw.cpu, latency);
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
    use std::io::{Cursor, Write};
    use std::sync::{Arc, Mutex};

    use cscope_capture::{EventSource, FileSource, FileWriter, Format, Snapshot, Step, WriterOptions};

    use super::*;

    /// What is written.
    #[derive(Clone, Default)]
    struct Out(Arc<Mutex<Vec<u8>>>);

    impl Write for Out {
        fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
            self.0.lock().expect("nobody panics with it").write(bytes)
        }

        fn flush(&mut self) -> std::io::Result<()> {
            Ok(())
        }
    }

    #[test]
    fn calls_become_events() {
        let calls =
            [Call { name: "epoll_ctl", ret: 0, data: b"" }, Call { name: "read", ret: 5, data: b"hello" }];
        let out = Out::default();
        let options = WriterOptions::default();
        let mut writer =
            FileWriter::to_writer(Box::new(out.clone()), Format::Scap, &Snapshot::default(), &options)
                .expect("a writer");
        Records::of(&calls).decode(writer.batch());
        writer.kept().and_then(|()| writer.finish()).expect("memory");
        let bytes = std::mem::take(&mut *out.0.lock().expect("nobody panics with it"));
        let mut file = FileSource::from_reader(Box::new(Cursor::new(bytes))).expect("a capture");
        let mut seen = Vec::new();
        while let Ok(step) = file.step() {
            match step {
                Step::Event(e) => seen.push((e.info().map(|i| i.name), e.param(1).map(<[u8]>::to_vec))),
                Step::End => break,
                _ => {}
            }
        }
        let nr = (number("epoll_ctl") as u16).to_le_bytes().to_vec();
        assert_eq!(seen, [(Some("syscall"), Some(nr)), (Some("read"), Some(b"hello".to_vec()))]);
    }
}
