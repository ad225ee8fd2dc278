//! THE flag table: every flag with its definition, its documentation and what it cannot be combined with.
//!
//! Long names explain themselves; the names sysdig uses are accepted too, and so is any unambiguous beginning
//! of a long name. What clap cannot express (`-cl`, `-c NAME` with its arguments) is done by [`glued`] before
//! clap sees the command line, and the flags of sysdig that have no meaning here are in [`obsolete`].

use std::path::PathBuf;

use clap::{ArgAction, CommandFactory, FromArgMatches, Parser, ValueEnum};

pub(crate) mod glued;
pub(crate) mod obsolete;

/// How a line shows time.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum, Default)]
pub(crate) enum TimeType {
    /// Wall-clock time of day, `HH:MM:SS.nnnnnnnnn`
    #[default]
    #[value(name = "h", alias = "hour")]
    Hour,
    /// Seconds since the epoch
    #[value(name = "a", alias = "absolute", alias = "epoch")]
    Absolute,
    /// Seconds since the first event
    #[value(name = "r", alias = "relative")]
    Relative,
    /// Time between enter and exit of the call
    #[value(name = "d", alias = "duration")]
    Duration,
    /// Time since the event printed before
    #[value(name = "D", alias = "delta")]
    Delta,
}

/// When to colour.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum, Default)]
pub(crate) enum Colour {
    /// On a terminal, unless `NO_COLOR` is set
    #[default]
    Auto,
    /// Always
    Always,
    /// Never
    Never,
}

/// A shell with completion.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum Shell {
    /// GNU bash
    Bash,
    /// Z shell
    Zsh,
    /// fish
    Fish,
}

const INPUT: &str = "Where events come from";
const SELECT: &str = "Which events";
const LINES: &str = "Lines";
const DATA: &str = "Data of reads and writes (choose one)";
const FILES: &str = "Capture files";
const CHISELS: &str = "Chisels";
const LISTS: &str = "Lists and checks";

const USAGE: &str =
    "cscope [OPTIONS] [FILTER]...\n       cscope [OPTIONS] [FILTER]... -- COMMAND [ARGUMENTS]...";

const EXAMPLES: &str = "\
Examples:
  cscope evt.type=open                          files opened, by any process
  cscope -pc container.name=db and evt.type=open
                                                the same in one container, with its name
  cscope -- make test                           what a command and its children do
  cscope -w trace.scap.zst -M 10                keep ten seconds in a capture file
  cscope -r trace.scap.zst proc.name=nginx      read it back
  cscope -c topfiles_bytes                      files by bytes read and written, every second
  cscope -r trace.scap.zst -j -p '%proc.name %fd.name'
                                                the same two fields as JSON

cscope help filter, cscope help format: the filter language and the layout of lines.
Live capture needs root, or CAP_BPF and CAP_PERFMON. Reading files needs nothing.";

impl Args {
    /// More than one capture file may be written.
    pub(crate) fn rotates(&self) -> bool {
        self.file_size.is_some() || self.file_seconds.is_some() || self.file_events.is_some()
    }

    /// Standard output is a capture.
    pub(crate) fn writes_to_stdout(&self) -> bool {
        self.write.as_deref() == Some(std::path::Path::new("-"))
    }

    /// Bytes of events that may wait for a busy disk: live ones cannot come later, and have some more room than the
    /// rings; files can.
    pub(crate) fn backlog(&self) -> Option<usize> {
        self.read.is_empty().then(|| (usize::from(self.ring_size) << 23).min(64 << 20))
    }
}

/// What losses lead to.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, clap::ValueEnum)]
pub(crate) enum OnDrop {
    /// Tell how many, and go on
    #[default]
    Warn,
    /// Tell how many, complete the output, and end with exit status 1
    Stop,
}

/// Sees every system call of a Linux machine, knows which process, container, user and file each belongs to,
/// keeps it in capture files and answers questions about it, live or later
#[derive(Debug, Parser)]
#[command(name = "cscope", version, override_usage = USAGE, after_help = EXAMPLES, infer_long_args = true, max_term_width = 110)]
pub(crate) struct Args {
    /// Read capture files instead of the running machine; repeatable, `-` is standard input
    #[arg(short = 'r', long = "read", alias = "readfile", value_name = "FILE", help_heading = INPUT)]
    pub(crate) read: Vec<PathBuf>,

    /// Bytes kept of the data of each read and write
    #[arg(short = 's', long = "snaplen", value_name = "BYTES", default_value_t = 80, help_heading = INPUT)]
    pub(crate) snaplen: u16,

    /// Size of the ring of each CPU in MiB; a larger one survives longer bursts without loss
    #[arg(long = "ring-size", value_name = "MIB", default_value_t = 8, value_parser = clap::value_parser!(u16).range(1..=256), conflicts_with = "read", help_heading = INPUT)]
    pub(crate) ring_size: u16,

    /// Go on as this user once the probe is loaded; what is written belongs to that user
    #[arg(long = "user", value_name = "NAME", conflicts_with = "read", help_heading = INPUT)]
    pub(crate) user: Option<String>,

    /// What to do when events are lost: tell, or also stop with exit status 1
    #[arg(long = "on-drop", value_name = "WHAT", value_enum, default_value_t, conflicts_with = "read", help_heading = INPUT)]
    pub(crate) on_drop: OnDrop,

    /// At Ctrl-C and at every SIGUSR1, list the calls that have not returned, with their age, on standard error: those
    /// of calls and threads that the filter can match
    #[arg(long = "in-flight", conflicts_with = "read", help_heading = INPUT)]
    pub(crate) in_flight: bool,

    /// Let the kernel report everything, read every frame of a file and keep the whole model, and let the filter decide alone
    #[arg(long = "no-pushdown", help_heading = INPUT)]
    pub(crate) no_pushdown: bool,

    /// Do not keep in a native capture how long each call took: the traced programs are slowed down less
    #[arg(long = "no-latency", conflicts_with = "read", help_heading = INPUT)]
    pub(crate) no_latency: bool,

    /// Ask the kernel's helpers for short data of calls and for who called, and do not look both up in its memory,
    /// which costs less
    #[arg(long = "no-direct", conflicts_with = "read", help_heading = INPUT)]
    pub(crate) no_direct: bool,

    /// Capture context switches too
    #[arg(long = "switches", conflicts_with = "read", help_heading = INPUT)]
    pub(crate) switches: bool,

    /// Capture page faults too
    #[arg(long = "page-faults", conflicts_with = "read", help_heading = INPUT)]
    pub(crate) page_faults: bool,

    /// Show only events this expression is true for; the words of the rest of the line are joined with blanks
    #[arg(value_name = "FILTER", allow_negative_numbers = true, help_heading = SELECT)]
    pub(crate) filter: Vec<String>,

    /// Read macros, lists and conditions from a file; events must pass its conditions too. Repeatable
    #[arg(short = 'f', long = "filter-file", value_name = "FILE", help_heading = SELECT)]
    pub(crate) filter_file: Vec<PathBuf>,

    /// Run this command, show what it and its children do, end with its exit status
    #[arg(last = true, value_name = "COMMAND", conflicts_with = "read", help_heading = INPUT)]
    pub(crate) command: Vec<std::ffi::OsString>,

    /// Stop after this many events that are shown, or written with -w
    #[arg(short = 'n', long = "count", alias = "numevents", value_name = "N", value_parser = clap::value_parser!(u64).range(1..), help_heading = SELECT)]
    pub(crate) count: Option<u64>,

    /// Stop after this many seconds (of the clock live, of the events in a file)
    #[arg(short = 'M', long = "duration", value_name = "SECONDS", value_parser = seconds, help_heading = SELECT)]
    pub(crate) duration: Option<f64>,

    /// Ignore processes with this name; repeatable
    #[arg(short = 'U', long = "suppress-comm", value_name = "NAME", help_heading = SELECT)]
    pub(crate) suppress_comm: Vec<String>,

    /// Apply the filter to the lines only: chisels see all events
    #[arg(short = 'd', long = "display-filter", alias = "displayflt", help_heading = SELECT)]
    pub(crate) display_filter: bool,

    /// Show internal events too (containers, users, process information)
    #[arg(short = 'D', long = "internal-events", alias = "debug", help_heading = SELECT)]
    pub(crate) internal_events: bool,

    /// Show enter and exit of a call as two lines, as they are stored
    #[arg(long = "pairs", help_heading = SELECT)]
    pub(crate) pairs: bool,

    /// Make `evt.type=open` match open only, not openat and openat2 (the same for all families of calls)
    #[arg(long = "exact-types", help_heading = SELECT)]
    pub(crate) exact_types: bool,

    /// Layout of a line, with `%field` items; a leading `*` prints lines with missing items too.
    /// Presets: `c` container, `k` Kubernetes; `p` prints the default format and exits; `@FILE` reads it from a file
    #[arg(short = 'p', long = "format", alias = "print", value_name = "FORMAT", allow_hyphen_values = true, help_heading = LINES)]
    pub(crate) format: Option<String>,

    /// Add fields to the format and take others away, in short `-o +FIELD,-FIELD`
    #[arg(long = "columns", value_name = "CHANGES", allow_hyphen_values = true, help_heading = LINES)]
    pub(crate) columns: Vec<String>,

    /// One JSON object per line; tables of chisels as JSON too
    #[arg(short = 'j', long = "json", aliases = ["js", "jso"], help_heading = LINES)]
    pub(crate) json: bool,

    /// Values separated by commas, names of the fields in the first line
    #[arg(long = "csv", conflicts_with_all = ["json", "tsv", "chisel", "write"], help_heading = LINES)]
    pub(crate) csv: bool,

    /// Values separated by tabs, names of the fields in the first line
    #[arg(long = "tsv", conflicts_with_all = ["json", "chisel", "write"], help_heading = LINES)]
    pub(crate) tsv: bool,

    /// How time is shown
    #[arg(short = 't', long = "time", alias = "timetype", value_name = "FORM", value_enum, default_value_t, help_heading = LINES)]
    pub(crate) time: TimeType,

    /// Do not cut long values; print statistics at the end
    #[arg(short = 'v', long = "verbose", help_heading = LINES)]
    pub(crate) verbose: bool,

    /// Print lines to this file instead of standard output; a value that begins with a sign changes columns
    #[arg(short = 'o', long = "output", value_name = "FILE", help_heading = LINES)]
    pub(crate) output: Option<PathBuf>,

    /// Print no lines
    #[arg(short = 'q', long = "quiet", help_heading = LINES)]
    pub(crate) quiet: bool,

    /// Print a table of event counts at the end
    #[arg(short = 'S', long = "summary", help_heading = LINES)]
    pub(crate) summary: bool,

    /// Do not look up user and group names
    #[arg(short = 'E', long = "no-user-names", alias = "exclude-users", help_heading = LINES)]
    pub(crate) no_user_names: bool,

    /// Show ports by the names of their services
    #[arg(short = 'R', long = "resolve-ports", help_heading = LINES)]
    pub(crate) resolve_ports: bool,

    /// Write each line at once instead of when the buffer is full or nothing happens
    #[arg(long = "unbuffered", help_heading = LINES)]
    pub(crate) unbuffered: bool,

    /// Print names and data as they are, control characters included
    #[arg(long = "raw-output", help_heading = LINES)]
    pub(crate) raw_output: bool,

    /// Colours
    #[arg(long = "color", alias = "colour", value_name = "WHEN", value_enum, default_value_t, help_heading = LINES)]
    pub(crate) colour: Colour,

    /// Hexadecimal
    #[arg(short = 'x', long = "print-hex", conflicts_with_all = ["print_hex_ascii", "print_ascii", "print_base64"], help_heading = DATA)]
    pub(crate) print_hex: bool,

    /// Hexadecimal beside text
    #[arg(short = 'X', long = "print-hex-ascii", conflicts_with_all = ["print_ascii", "print_base64"], help_heading = DATA)]
    pub(crate) print_hex_ascii: bool,

    /// Only the printing characters
    #[arg(short = 'A', long = "print-ascii", conflicts_with = "print_base64", help_heading = DATA)]
    pub(crate) print_ascii: bool,

    /// Base64
    #[arg(short = 'b', long = "print-base64", help_heading = DATA)]
    pub(crate) print_base64: bool,

    /// Write events to a file instead of printing them: `.scap.zst` (native), `.scap.gz`, `.scap`; `-` is
    /// standard output
    #[arg(short = 'w', long = "write", alias = "writefile", value_name = "FILE", help_heading = FILES)]
    pub(crate) write: Option<PathBuf>,

    /// Compress with gzip, unless the name of the file asks for zstd
    #[arg(short = 'z', long = "compress", requires = "write", help_heading = FILES)]
    pub(crate) compress: bool,

    /// Write events that change the state of the machine even when the filter rejects them
    #[arg(short = 'F', long = "fat-file", alias = "fatfile", requires = "write", help_heading = FILES)]
    pub(crate) fat_file: bool,

    /// Begin a new file after this many million bytes
    #[arg(short = 'C', long = "file-size", value_name = "MB", requires = "write", help_heading = FILES)]
    pub(crate) file_size: Option<u64>,

    /// Begin a new file after this many seconds; the name may hold items of strftime
    #[arg(short = 'G', long = "file-seconds", alias = "seconds", value_name = "N", requires = "write", help_heading = FILES)]
    pub(crate) file_seconds: Option<u64>,

    /// Begin a new file after this many events
    #[arg(short = 'e', long = "file-events", alias = "event-limit", value_name = "N", requires = "write", help_heading = FILES)]
    pub(crate) file_events: Option<u64>,

    /// Keep only this many files when beginning new ones (0, as with the three above: no limit)
    #[arg(short = 'W', long = "file-limit", alias = "limit", value_name = "N", requires = "write", help_heading = FILES)]
    pub(crate) file_limit: Option<u32>,

    /// Threads that read a capture and make of events what is shown (default: one for each CPU where it pays, else
    /// one); the output is the same with any number
    #[arg(long = "threads", value_name = "N", value_parser = clap::value_parser!(u16).range(1..=256), help_heading = FILES)]
    pub(crate) threads: Option<u16>,

    /// Show how far reading of a file has come, also when stderr is no terminal
    #[arg(short = 'P', long = "progress", help_heading = FILES)]
    pub(crate) progress: bool,

    /// Take a file that ends in damage, or in the middle of an event, as complete
    #[arg(long = "ignore-truncated", help_heading = FILES)]
    pub(crate) ignore_truncated: bool,

    /// Run a chisel, with its arguments in the words behind its name; repeatable. A word is taken for an
    /// optional argument unless it is a filter
    #[arg(short = 'c', long = "chisel", value_name = "NAME [ARGUMENTS]", help_heading = CHISELS)]
    pub(crate) chisel: Vec<String>,

    /// List the chisels; short form `-cl`
    #[arg(long = "list-chisels", help_heading = CHISELS)]
    pub(crate) list_chisels: bool,

    /// Explain a chisel
    #[arg(short = 'i', long = "chisel-info", value_name = "NAME", help_heading = CHISELS)]
    pub(crate) chisel_info: Option<String>,

    /// List the fields of filters and formats: all, classes (`-l proc fd`), one (`-l fd.name`), or those that
    /// mention a word (`-l net`); with -v also kinds and examples
    #[arg(short = 'l', long = "list-fields", alias = "list", help_heading = LISTS)]
    pub(crate) list_fields: bool,

    /// List the fields as Markdown, all or those of classes
    #[arg(long = "list-markdown", conflicts_with = "list_fields", help_heading = LISTS)]
    pub(crate) list_markdown: bool,

    /// List the events with their parameters, all or those with a word in their names (`-L open`); with -v also
    /// those that only old captures hold
    #[arg(short = 'L', long = "list-events", help_heading = LISTS)]
    pub(crate) list_events: bool,

    /// Check a filter: print nothing and exit 0, or explain what is wrong and exit 1
    #[arg(long = "check", value_name = "FILTER", help_heading = LISTS)]
    pub(crate) check: Option<String>,

    /// Print the completion script of a shell: `source <(cscope --shell-completion bash)`
    #[arg(long = "shell-completion", value_name = "SHELL", value_enum, help_heading = LISTS)]
    pub(crate) shell_completion: Option<Shell>,

    /// Check only that a filter is well formed, whatever its fields are called
    #[arg(long = "check-syntax", value_name = "FILTER", help_heading = LISTS)]
    pub(crate) check_syntax: Option<String>,

    /// Show how a filter is read, the order of its checks, and which events can match at all
    #[arg(long = "explain", value_name = "FILTER", help_heading = LISTS)]
    pub(crate) explain: Option<String>,

    /// Show errors in filters and formats as one JSON object on standard error
    #[arg(long = "json-errors", help_heading = LISTS)]
    pub(crate) json_errors: bool,

    /// Tell whether this machine can capture live, and if not, why
    #[arg(long = "doctor", help_heading = LISTS)]
    pub(crate) doctor: bool,

    /// Hidden half of the completion scripts: `--offer -- LINE [CURRENT]`
    #[arg(long = "offer", hide = true)]
    pub(crate) offer: bool,

    /// Hidden half of `-- COMMAND`: waits for a byte on standard input's stand-in, then becomes the command
    #[arg(long = "exec-when-told", hide = true, action = ArgAction::SetTrue)]
    pub(crate) exec_when_told: bool,
}

fn seconds(text: &str) -> Result<f64, String> {
    match text.parse::<f64>() {
        Ok(s) if s > 0.0 && s.is_finite() => Ok(s),
        _ => Err("not a positive number of seconds".to_owned()),
    }
}

/// A whole command line, understood.
#[derive(Debug)]
pub(crate) struct Parsed {
    /// Flags and filter.
    pub(crate) args: Args,
    /// Chisels in order, with the words taken as their arguments.
    pub(crate) chisels: Vec<glued::ChiselWords>,
    /// One-line notes on flags that were accepted without effect.
    pub(crate) notes: Vec<String>,
}

/// The clap command: the flags above and the obsolete ones, hidden.
pub(crate) fn command() -> clap::Command {
    obsolete::add(Args::command())
}

/// Understands a command line (without the program's name).
///
/// # Errors
/// An unknown or contradictory flag, with clap's rendering; help and version come as errors too.
pub(crate) fn parse(words: Vec<std::ffi::OsString>) -> Result<Parsed, clap::Error> {
    let command = command();
    let glued::Split { words, chisels } = glued::split(words, &command)?;
    let matches = command.try_get_matches_from(std::iter::once("cscope".into()).chain(words))?;
    let notes = obsolete::judge(&matches)?;
    let mut args = Args::from_arg_matches(&matches)?;
    // As with sysdig, 0 is no rule.
    for rule in [&mut args.file_size, &mut args.file_seconds, &mut args.file_events] {
        rule.take_if(|n| *n == 0);
    }
    args.file_limit.take_if(|n| *n == 0);
    Ok(Parsed { args, chisels, notes })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parsed(words: &[&str]) -> Parsed {
        parse(words.iter().map(Into::into).collect()).unwrap_or_else(|e| panic!("{words:?}: {e}"))
    }

    #[test]
    fn the_table_is_consistent() {
        command().debug_assert();
    }

    #[test]
    fn glued_short_forms_are_those_of_sysdig() {
        assert_eq!(parsed(&["-pc"]).args.format.as_deref(), Some("c"));
        assert_eq!(parsed(&["-p", "%evt.num"]).args.format.as_deref(), Some("%evt.num"));
        assert!(parsed(&["-cl"]).args.list_chisels);
        assert!(parsed(&["-jcl"]).args.json);
        let short = parsed(&["-qSn5", "-r/tmp/x", "a.b=1", "or", "c.d=-3"]);
        assert!(short.args.quiet && short.args.summary);
        assert_eq!(short.args.count, Some(5));
        assert_eq!(short.args.filter, ["a.b=1", "or", "c.d=-3"]);
    }

    #[test]
    fn minus_o_is_a_file_or_changes_of_columns() {
        let both =
            parsed(&["-o", "lines.txt", "-o", "-evt.cpu,+fd.name", "-qo+evt.latency", "evt.type=open"]);
        assert_eq!(both.args.output.as_deref(), Some(std::path::Path::new("lines.txt")));
        assert_eq!(both.args.columns, ["-evt.cpu,+fd.name", "+evt.latency"]);
        assert!(both.args.quiet && both.args.filter == ["evt.type=open"]);
        assert_eq!(parsed(&["--columns", "-evt.cpu"]).args.columns, ["-evt.cpu"]);
    }

    #[test]
    fn a_command_stands_behind_two_dashes() {
        let parsed = parsed(&["-j", "evt.type=open", "--", "ls", "-cl", "--", "-p"]);
        assert_eq!(parsed.args.command, ["ls", "-cl", "--", "-p"]);
        assert_eq!(parsed.args.filter, ["evt.type=open"]);
        assert!(parse(vec!["-r".into(), "x".into(), "--".into(), "ls".into()]).is_err());
    }

    #[test]
    fn chisels_take_their_arguments() {
        let chisels = |words: &[&str]| {
            let parsed = parsed(words);
            let chisels = parsed.chisels.into_iter().map(|c| (c.name, c.words)).collect::<Vec<_>>();
            (chisels, parsed.args.filter)
        };
        let none = Vec::<String>::new;
        assert_eq!(chisels(&["-c", "lsof"]), (vec![("lsof", none())], none()));
        let (taken, filter) = chisels(&["-c", "lsof", "fd.type=ipv4", "evt.type=close"]);
        assert_eq!(taken, [("lsof", vec!["fd.type=ipv4".to_owned()])]);
        assert_eq!(filter, ["evt.type=close"]);
        let (taken, filter) = chisels(&["-c", "lsof", "evt.type=close"]);
        assert_eq!((taken, filter.len()), (vec![("lsof", none())], 1));
        let (taken, filter) =
            chisels(&["-c", "fdbytes_by", "fd.name", "-jc", "spy_users", "3", "proc.name", "=", "bash"]);
        assert_eq!(taken, [("fdbytes_by", vec!["fd.name".to_owned()]), ("spy_users", vec!["3".to_owned()])]);
        assert_eq!(filter, ["proc.name", "=", "bash"]);
        let (taken, _) = chisels(&["-c", "spy_users", "3", "disable_colors"]);
        assert_eq!(taken, [("spy_users", vec!["3".to_owned(), "disable_colors".to_owned()])]);
        assert!(parse(vec!["-c".into(), "fdbytes_by".into()]).is_err());
        assert!(parse(vec!["-c".into(), "nosuch".into()]).is_err());
    }

    #[test]
    fn long_names_may_be_those_of_sysdig_and_abbreviated() {
        let parsed = parsed(&["--writefile", "x", "--numevents=3", "--unbuf"]);
        assert_eq!(parsed.args.count, Some(3));
        assert!(parsed.args.unbuffered && parsed.args.write.is_some());
    }
}
