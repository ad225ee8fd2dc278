//! `syslog.*`: messages written to the system log, `<priority>text`.

use super::evt_io::is_syslog;
use super::{facts, text, uint};
use crate::Kind;
use crate::field::{Env, Field, Needs, One};

const fn row(name: &'static str, kind: Kind, doc: &'static str, example: &'static str, one: One) -> Field {
    Field::new(name, kind, doc, example, one).needs(Needs::FDS)
}

const FACILITIES: [&str; 24] = [
    "kern", "user", "mail", "daemon", "auth", "syslog", "lpr", "news", "uucp", "clock", "authpriv", "ftp",
    "ntp", "logaudit", "logalert", "cron", "local0", "local1", "local2", "local3", "local4", "local5",
    "local6", "local7",
];
const SEVERITIES: [&str; 8] = ["emerg", "alert", "crit", "err", "warn", "notice", "info", "debug"];

pub(super) const FIELDS: &[Field] = &[
    row("syslog.facility", Kind::Uint, "Number of the facility.", "syslog.facility = 4", |env, _, _| {
        uint(message(env)?.0 / 8)
    }),
    row(
        "syslog.facility.str",
        Kind::Text,
        "Name of the facility.",
        "syslog.facility.str = auth",
        |env, _, _| text(FACILITIES.get(message(env)?.0 as usize / 8)?.as_bytes()),
    )
    .values(&FACILITIES),
    row("syslog.severity", Kind::Uint, "Number of the severity.", "syslog.severity < 4", |env, _, _| {
        uint(message(env)?.0 % 8)
    }),
    row(
        "syslog.severity.str",
        Kind::Text,
        "Name of the severity.",
        "syslog.severity.str = err",
        |env, _, _| text(SEVERITIES.get(message(env)?.0 as usize % 8)?.as_bytes()),
    )
    .values(&SEVERITIES),
    row("syslog.message", Kind::Text, "The message.", "syslog.message contains failed", |env, _, _| {
        text(message(env)?.1)
    }),
];

/// Priority and text of a message.
fn message<'a>(env: Env<'a>) -> Option<(u64, &'a [u8])> {
    if !is_syslog(env) {
        return None;
    }
    parse(facts::data(&env.cx.event)?)
}

fn parse(data: &[u8]) -> Option<(u64, &[u8])> {
    let rest = data.strip_prefix(b"<")?;
    let end = rest.iter().take(4).position(|&b| b == b'>')?;
    let priority = std::str::from_utf8(&rest[..end]).ok()?.parse().ok()?;
    Some((priority, &rest[end + 1..]))
}

#[cfg(test)]
mod tests {
    use super::parse;

    #[test]
    fn messages() {
        assert_eq!(parse(b"<38>su: x"), Some((38, &b"su: x"[..])));
        assert_eq!(parse(b"<38"), None);
        assert_eq!(parse(b"38>x"), None);
        assert_eq!(parse(b"<12345>x"), None);
        assert_eq!(parse(b"<a>x"), None);
    }
}
