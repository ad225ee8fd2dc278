//! Completion of command lines in shells.
//!
//! The script of a shell hands over its line up to the cursor (`--offer LINE`); flags and paths are completed by
//! clap's engine from the flag table, words of filters by the filter crate, and names of processes and containers are
//! those of the running machine, or those at the beginning of the capture that the line reads.

mod names;
mod words;

use std::ffi::OsString;

use clap::builder::OsStr;
use clap_complete::engine::{ArgValueCompleter, CompletionCandidate};
use cscope_filter::Candidate;

use crate::args::{self, Args, Shell, glued};
use words::Line;

/// What the engine answers where a filter is wanted.
const FILTER: &str = "\u{1}filter";

/// The script that makes a shell ask.
pub(crate) fn script(shell: Shell) -> &'static str {
    match shell {
        Shell::Bash => include_str!("complete/cscope.bash"),
        Shell::Zsh => include_str!("complete/cscope.zsh"),
        Shell::Fish => include_str!("complete/cscope.fish"),
    }
}

/// Answers `--offer LINE [CURRENT]`: a line for each candidate, with a tab and its help behind it. `CURRENT` is what the
/// shell is going to replace, where that is less than the last word of the line.
pub(crate) fn offer(asked: &[OsString]) -> String {
    let text = |index: usize| asked.get(index).map(|w| w.to_string_lossy().into_owned());
    let line = Line::split(&text(0).unwrap_or_default());
    let bash = text(1);
    let mut answer = String::new();
    for (start, candidate) in candidates(&line) {
        let typed = line.current.get(start..).unwrap_or_default();
        // A shell that breaks words itself replaces the end of the word, maybe less than was typed.
        let replaced = bash.as_deref().unwrap_or(&line.current);
        let reply = match replaced.len().checked_sub(typed.len()).and_then(|kept| replaced.get(..kept)) {
            Some(kept) => format!("{kept}{}", candidate.text),
            None => candidate.text.get(typed.len() - replaced.len()..).unwrap_or_default().to_owned(),
        };
        let special = |c: char| " ()<>&|;*?!'\"$`\\[]{}~#".contains(c);
        if bash.is_some() && !line.quoted && candidate.text.contains(special) {
            // Outside quotes the shell itself would take the character.
            continue;
        }
        let help = candidate.help.lines().next().unwrap_or_default();
        answer.push_str(&format!("{reply}\t{help}\n"));
    }
    answer
}

/// What can stand at the end of the line, each with the byte of the last word it begins at.
fn candidates(line: &Line) -> Vec<(usize, Candidate)> {
    let mut words: Vec<OsString> = vec!["cscope".into()];
    words.extend(line.before.iter().map(OsString::from));
    words.push((&line.current).into());
    let index = words.len() - 1;
    let Ok(found) = clap_complete::engine::complete(&mut command(), words, index, None) else {
        return Vec::new();
    };
    let filter = found.iter().any(|c| c.get_value() == FILTER);
    if filter && !line.current.starts_with('-') {
        return in_filter(line);
    }
    let shown = |c: &&CompletionCandidate| c.get_value() != FILTER && !c.is_hide_set();
    let plain = |c: &CompletionCandidate| {
        let help = c.get_help().map(ToString::to_string).unwrap_or_default();
        (0, Candidate { text: c.get_value().to_string_lossy().into_owned(), help })
    };
    found.iter().filter(shown).map(plain).collect()
}

/// The command with what is known of its values.
fn command() -> clap::Command {
    let chisels = |prefix: &std::ffi::OsStr| -> Vec<CompletionCandidate> {
        let prefix = prefix.to_string_lossy();
        let suits = cscope_chisels::all().filter(|c| c.name.starts_with(&*prefix));
        suits.map(|c| CompletionCandidate::new(c.name).help(Some(c.doc.into()))).collect()
    };
    let filter = |_: &std::ffi::OsStr| vec![CompletionCandidate::new(OsStr::from(FILTER))];
    args::command()
        .mut_arg("filter", |arg| arg.add(ArgValueCompleter::new(filter)))
        // A changed argument goes behind all others, and this one must stay behind the filter.
        .mut_arg("command", |arg| arg)
        .mut_arg("check", |arg| arg.add(ArgValueCompleter::new(filter)))
        .mut_arg("chisel", |arg| arg.add(ArgValueCompleter::new(chisels)))
        .mut_arg("chisel_info", |arg| arg.add(ArgValueCompleter::new(chisels)))
}

/// Words of the filter that the line ends in.
fn in_filter(line: &Line) -> Vec<(usize, Candidate)> {
    let args = arguments(&line.before);
    let mut text = args.as_ref().map(|a| a.filter.join(" ")).unwrap_or_default();
    if !text.is_empty() {
        text.push(' ');
    }
    let before = text.len();
    text.push_str(&line.current);
    let completion = cscope_filter::complete(&text);
    // A word that goes on from the one before would begin before this word: the shell cannot do that.
    let Some(start) = completion.start.checked_sub(before) else { return Vec::new() };
    let typed = line.current.get(start..).unwrap_or_default();
    let more = completion.field.map(|field| names::of(field, args.as_ref())).unwrap_or_default();
    let more = more.into_iter().filter(|name| name.starts_with(typed) && !name.chars().any(char::is_control));
    let more = more.map(|text| Candidate { text, help: String::new() });
    completion.candidates.into_iter().chain(more).map(|c| (start, c)).collect()
}

/// What is known of the line already.
fn arguments(words: &[String]) -> Option<Args> {
    let command = args::command().ignore_errors(true);
    let split = glued::split(words.iter().map(OsString::from).collect(), &command).ok()?;
    let matches = command.try_get_matches_from(std::iter::once("cscope".into()).chain(split.words)).ok()?;
    <Args as clap::FromArgMatches>::from_arg_matches(&matches).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn offered(line: &str, current: Option<&str>) -> Vec<String> {
        let asked: Vec<OsString> = [Some(line), current].into_iter().flatten().map(OsString::from).collect();
        offer(&asked).lines().map(|l| l.split('\t').next().unwrap_or_default().to_owned()).collect()
    }

    #[track_caller]
    fn has(line: &str, current: Option<&str>, wanted: &str) {
        let found = offered(line, current);
        assert!(found.iter().any(|f| f == wanted), "{line:?}: no {wanted} among {found:?}");
    }

    #[test]
    fn flags_and_their_values() {
        has("cscope --wri", None, "--write");
        has("cscope -t ", None, "D");
        has("cscope -c topf", None, "topfiles_bytes");
        has("cscope -i spy", None, "spy_users");
        assert!(!offered("cscope --e", None).contains(&"--exec-when-told".to_owned()), "hidden");
    }

    #[test]
    fn words_of_filters() {
        has("cscope proc.na", None, "proc.name");
        has("cscope -pc evt.type=op", None, "evt.type=openat");
        has("cscope evt.type = op", None, "open");
        has("cscope -n 3 'container.name=db and evt.ty", None, "container.name=db and evt.type");
        has("cscope -c topfiles_bytes evt.type=op", None, "evt.type=open");
        has("cscope -w x.scap.zst proc.name=sh a", None, "and");
        has("cscope --check 'evt.fa", None, "evt.failed");
    }

    #[test]
    fn a_shell_that_breaks_words_gets_what_it_replaces() {
        has("cscope evt.type=op", Some("op"), "open");
        has("cscope evt.type=", Some(""), "openat");
        has(
            "cscope 'container.name=db and evt.ty",
            Some("container.name=db and evt.ty"),
            "container.name=db and evt.type",
        );
        assert!(offered("cscope tolow", Some("tolow")).is_empty(), "a bracket outside quotes");
        has("cscope 'tolow", Some("tolow"), "tolower(");
    }

    #[test]
    fn names_of_processes() {
        let comm = std::fs::read_to_string("/proc/self/comm").expect("procfs");
        has("cscope proc.name=", None, &format!("proc.name={}", comm.trim_end()));
    }
}
