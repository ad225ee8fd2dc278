//! `evt.*`: times and latencies.

use cscope_capture::table::Flags;

use super::{facts, text, thread, uint};
use crate::field::{Env, Field, FieldFlags, Needs, One};
use crate::{Kind, Print, TimeStyle, Value, time};

const SECOND: u64 = 1_000_000_000;

const fn latency(
    name: &'static str,
    kind: Kind,
    doc: &'static str,
    example: &'static str,
    one: One,
) -> Field {
    Field::new(name, kind, doc, example, one).without_args().needs(Needs::LATENCY)
}

pub(super) const FIELDS: &[Field] = &[
    Field::new(
        "evt.time",
        Kind::Text,
        "Local time of day with nanoseconds: 17:35:48.514632619.",
        "evt.time startswith 17",
        |env, _, buffer| {
            time::write_clock(env.cx.event.ts, buffer);
            text(buffer)
        },
    )
    .without_args(),
    Field::new(
        "evt.time.s",
        Kind::Text,
        "Local time of day in whole seconds: 17:35:48.",
        "evt.time.s = 17:35:48",
        |env, _, buffer| {
            time::write_clock(env.cx.event.ts, buffer);
            text(buffer.get(..8)?)
        },
    )
    .without_args(),
    Field::new(
        "evt.time.iso8601",
        Kind::Text,
        "Time in UTC: 2018-08-17T17:35:48.514632619+0000.",
        "evt.time.iso8601 startswith 2018-08-17",
        |env, _, buffer| {
            time::write_iso8601(env.cx.event.ts, buffer);
            text(buffer)
        },
    )
    .without_args(),
    Field::new(
        "evt.datetime",
        Kind::Text,
        "Local date and time with nanoseconds: 2018-08-17 17:35:48.514632619.",
        "evt.datetime startswith 2018-08",
        |env, _, buffer| {
            time::write_local(env.cx.event.ts, buffer);
            text(buffer)
        },
    )
    .without_args(),
    Field::new(
        "evt.datetime.s",
        Kind::Text,
        "Local date and time in whole seconds: 2018-08-17 17:35:48.",
        "evt.datetime.s = '2018-08-17 17:35:48'",
        |env, _, buffer| {
            time::write_local(env.cx.event.ts, buffer);
            text(buffer.get(..buffer.len().saturating_sub(10))?)
        },
    )
    .without_args(),
    Field::new(
        "evt.rawtime",
        Kind::AbsTime,
        "Time in ns since the epoch.",
        "evt.rawtime > 1534527348514632619",
        |env, _, _| uint(env.cx.event.ts),
    )
    .without_args(),
    Field::new(
        "evt.rawtime.s",
        Kind::AbsTime,
        "Time in whole seconds since the epoch.",
        "evt.rawtime.s = 1534527348",
        |env, _, _| uint(env.cx.event.ts / SECOND),
    )
    .without_args(),
    Field::new(
        "evt.rawtime.ns",
        Kind::AbsTime,
        "Nanoseconds within the second.",
        "evt.rawtime.ns < 500000000",
        |env, _, _| uint(env.cx.event.ts % SECOND),
    )
    .without_args()
    .print(Print::Padded9),
    Field::new(
        "evt.reltime",
        Kind::RelTime,
        "Time in ns since the first event.",
        "evt.reltime > 2s",
        |env, _, _| uint(since_first(env)),
    )
    .without_args()
    .print(Print::Padded9),
    Field::new(
        "evt.reltime.s",
        Kind::RelTime,
        "Time in whole seconds since the first event.",
        "evt.reltime.s < 10",
        |env, _, _| uint(since_first(env) / SECOND),
    )
    .without_args(),
    Field::new(
        "evt.reltime.ns",
        Kind::RelTime,
        "Nanoseconds within the second since the first event.",
        "evt.reltime.ns < 500000000",
        |env, _, _| uint(since_first(env) % SECOND),
    )
    .without_args()
    .print(Print::Padded9),
    Field::new(
        "evt.deltatime",
        Kind::RelTime,
        "Time in ns since the event before this one.",
        "evt.deltatime > 1ms",
        |env, _, _| uint(since_previous(env)),
    )
    .without_args(),
    Field::new(
        "evt.deltatime.s",
        Kind::RelTime,
        "Time in whole seconds since the event before this one.",
        "evt.deltatime.s > 1",
        |env, _, _| uint(since_previous(env) / SECOND),
    )
    .without_args(),
    Field::new(
        "evt.deltatime.ns",
        Kind::RelTime,
        "Nanoseconds within the second since the event before this one.",
        "evt.deltatime.ns > 1000",
        |env, _, _| uint(since_previous(env) % SECOND),
    )
    .without_args()
    .print(Print::Padded9),
    Field::new(
        "evt.outputtime",
        Kind::Text,
        "Time in the form chosen with -t: h local time of day, a seconds since the epoch, r seconds since the \
         first event, d latency of the call, D seconds since the line before.",
        "*%evt.outputtime",
        |env, _, buffer| {
            write_line_time(env, env.cx.prev_ts, buffer);
            text(buffer)
        },
    )
    .without_args()
    .flags(FieldFlags::PRINT_ONLY.or(FieldFlags::LINE_TIME)),
    latency(
        "evt.latency",
        Kind::RelTime,
        "Time in ns between start and end of the call; missing when the start was not seen.",
        "evt.latency > 1ms",
        |env, _, _| uint(env.cx.latency?),
    ),
    latency(
        "evt.latency.s",
        Kind::RelTime,
        "Latency in whole seconds.",
        "evt.latency.s >= 1",
        |env, _, _| uint(env.cx.latency? / SECOND),
    ),
    latency(
        "evt.latency.ns",
        Kind::RelTime,
        "Nanoseconds of the latency within the second.",
        "evt.latency.ns > 1000000",
        |env, _, _| uint(env.cx.latency? % SECOND),
    )
    .print(Print::Padded9),
    latency(
        "evt.latency.human",
        Kind::Text,
        "Latency with a unit: 10.3ms.",
        "evt.latency.human endswith ms",
        |env, _, buffer| {
            time::write_human(env.cx.latency?, buffer);
            text(buffer)
        },
    ),
    latency(
        "evt.latency.quantized",
        Kind::Uint,
        "Ten times the decimal logarithm of the latency in ns: equal steps on a logarithmic scale.",
        "evt.latency.quantized > 60",
        |env, _, _| uint(((env.cx.latency?.max(1) as f64).log10() * 10.0) as u64),
    )
    .flags(FieldFlags::TABLE_ONLY),
    latency(
        "evt.wait_latency",
        Kind::RelTime,
        "Latency in ns of calls that wait by their nature (poll, sleep, wait ...).",
        "evt.wait_latency > 1s",
        |env, _, _| {
            if facts::flagged(env.cx.event.kind, Flags::WAITS) { uint(env.cx.latency?) } else { None }
        },
    ),
    latency(
        "evt.wait",
        Kind::RelTime,
        "The part of the latency of a call in ns that its thread was off the CPU: waiting, or pushed away by others. \
         Needs switch events.",
        "evt.wait > 1ms",
        |env, _, _| {
            let call = env.cx.latency.filter(|_| env.cx.state.sees_switches())?;
            let ts = env.cx.event.ts;
            uint(thread(env)?.waits.between(ts.saturating_sub(call), ts))
        },
    )
    .needs(Needs::SWITCHES.or(Needs::THREADS)),
    Field::new(
        "evt.around",
        Kind::Uint,
        "evt.around[TIME] = MS: events at most MS milliseconds before or after TIME (ns since the epoch).",
        "evt.around[1534527348514632619] = 50",
        |env, arg, _| Some(Value::Uint(env.cx.event.ts.abs_diff(arg.number?))),
    )
    .without_args()
    .arg(crate::ArgRule::Required(crate::ArgKind::Time))
    .flags(FieldFlags::FILTER_ONLY.or(FieldFlags::NO_RHS).or(FieldFlags::NO_TRANSFORMER)),
];

fn since_first(env: Env<'_>) -> u64 {
    env.cx.event.ts.saturating_sub(env.cx.first_ts)
}

fn since_previous(env: Env<'_>) -> u64 {
    env.cx.event.ts.saturating_sub(env.cx.prev_ts)
}

/// Appends the time of a line in the style of the user; `previous` is the time of the line before.
pub(crate) fn write_line_time(env: Env<'_>, previous: u64, out: &mut Vec<u8>) {
    let ts = env.cx.event.ts;
    match env.text.time {
        TimeStyle::Clock => time::write_clock(ts, out),
        TimeStyle::Absolute => time::write_seconds(ts, out),
        TimeStyle::Relative => time::write_seconds(since_first(env), out),
        TimeStyle::Latency => time::write_seconds(env.cx.latency.unwrap_or(0), out),
        TimeStyle::Delta => time::write_seconds(ts.saturating_sub(previous), out),
    }
}
