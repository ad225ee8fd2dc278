//! `cscope help TOPIC`: short texts about what the list of flags cannot explain.

use anyhow::bail;

/// Topics with their texts. The tests run each line of them that begins with four blanks and `cscope`.
const TOPICS: &[(&str, &str)] =
    &[("filter", include_str!("help/filter.txt")), ("format", include_str!("help/format.txt"))];

/// What `cscope help` is followed by, when the command line asks for help in this way.
pub(crate) fn asked(words: &[std::ffi::OsString]) -> Option<&[std::ffi::OsString]> {
    match words.split_first() {
        Some((word, rest)) if word == "help" => Some(rest),
        _ => None,
    }
}

/// The text about a topic, or the topics.
///
/// # Errors
/// There is no such topic.
pub(crate) fn text(words: &[std::ffi::OsString]) -> anyhow::Result<String> {
    let names = TOPICS.iter().map(|(name, _)| *name).collect::<Vec<_>>().join(", ");
    let [topic] = words else {
        return Ok(format!("Topics: {names}. `cscope --help` explains the flags.\n"));
    };
    match TOPICS.iter().find(|(name, _)| topic == name) {
        Some((_, text)) => Ok((*text).to_owned()),
        None => bail!("there is no help on `{}`; topics are {names}", topic.to_string_lossy()),
    }
}
