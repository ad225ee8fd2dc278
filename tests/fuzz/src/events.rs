//! Decoding and printing single events.

use cscope_capture::print::{
    DataFormat, PrintOptions, Style, Unresolved, print_args, print_param, print_raw_param,
};
use cscope_capture::table::EVENTS;
use cscope_capture::{Event, EventType, Joiner, Params};

use super::bytes::Bytes;

/// One event whose lengths need not fit its data, joined with another of the same thread, printed in all ways.
///
/// ```text
/// options u8, then twice: type u16, number of lengths u8, lengths u16 (or u32), size of data u16, data
/// ```
pub fn events(data: &[u8]) {
    let mut input = Bytes(data);
    let options = input.u8();
    let data = match options & 7 {
        0 | 1 => DataFormat::Dotted,
        2 => DataFormat::Hex,
        3 => DataFormat::HexAscii,
        4 => DataFormat::Base64,
        5 => DataFormat::Ascii,
        _ => DataFormat::Dotted,
    };
    let cut = (options & 8 != 0).then_some(PrintOptions::TERMINAL_CUT);
    let style = if options & 16 != 0 { Style::Pairs } else { Style::Merged };
    let options = PrintOptions { data, cut, style };
    let mut joiner = Joiner::new();
    let mut out = Vec::new();
    for n in 0..2 {
        let kind = EventType(input.u16() % (EVENTS.len() as u16 + 2));
        let count = input.u8();
        let wide = count & 0x80 != 0;
        let lengths = input.take(usize::from(count & 0x7F) * if wide { 4 } else { 2 });
        let size = usize::from(input.u16());
        let event = Event {
            ts: 1_700_000_000_000_000_000 + n,
            tid: 5,
            cpu: 0,
            kind,
            flags: 0,
            latency: None,
            params: Params::new(lengths, input.take(size), wide),
        };
        print(&event, &options, &mut out);
        print(&joiner.join(&event).event, &options, &mut out);
    }
}

fn print(event: &Event<'_>, options: &PrintOptions, out: &mut Vec<u8>) {
    out.clear();
    print_args(event, &Unresolved, options, out);
    for index in 0..event.params.len().min(64) {
        out.clear();
        let there = print_param(event, index, &Unresolved, options, out);
        assert!(there || out.is_empty(), "nothing is printed of what is not there");
        print_raw_param(event, index, options, out);
    }
}
