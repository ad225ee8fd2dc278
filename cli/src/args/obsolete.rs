//! Flags of sysdig that mean nothing here: each is accepted with a note or refused with the reason.

use clap::{Arg, ArgAction, ArgMatches, Command, error::ErrorKind};

/// What becomes of a flag.
enum Verdict {
    /// Accepted; the note says why it has no effect.
    Ignored(&'static str),
    /// Refused; the text says why and what to do instead.
    Refused(&'static str),
}

/// Whether a flag takes a value.
#[derive(PartialEq)]
enum Value {
    None,
    Optional,
    Required,
}

struct Obsolete {
    short: Option<char>,
    long: &'static str,
    value: Value,
    verdict: Verdict,
}

const fn flag(short: Option<char>, long: &'static str, value: Value, verdict: Verdict) -> Obsolete {
    Obsolete { short, long, value, verdict }
}

use Value::{None as No, Optional, Required};
use Verdict::{Ignored, Refused};

const OWN_PROBE: &str = "cscope always uses its own BPF probe";
const NO_ORCHESTRATOR: &str = "names come from the container runtime; no orchestrator is asked";
const NO_PLUGINS: &str = "cscope has no plugins; it reads the running machine or capture files (-r)";
const NO_GVISOR: &str = "cscope does not receive events from gVisor";

const OBSOLETE: &[Obsolete] = &[
    flag(Some('B'), "bpf", Optional, Ignored(OWN_PROBE)),
    flag(None, "modern-bpf", No, Ignored(OWN_PROBE)),
    flag(None, "cpus-for-each-buffer", Required, Ignored("cscope has one ring per CPU")),
    flag(
        Some('u'),
        "udig",
        No,
        Refused("there is no ptrace capture; run `cscope --doctor` to see what live capture needs"),
    ),
    flag(Some('T'), "force-tracers-capture", No, Ignored("all data is captured up to the snaplen (-s)")),
    flag(None, "large-environment", No, Ignored("environments are captured as far as the kernel gives them")),
    flag(Some('k'), "k8s-api", Required, Ignored(NO_ORCHESTRATOR)),
    flag(Some('K'), "k8s-api-cert", Required, Ignored(NO_ORCHESTRATOR)),
    flag(None, "node-name", Required, Ignored(NO_ORCHESTRATOR)),
    flag(Some('m'), "mesos-api", Required, Ignored(NO_ORCHESTRATOR)),
    flag(
        None,
        "cri",
        Required,
        Ignored("the sockets of Docker and Podman are found without help, those of others are not asked"),
    ),
    flag(
        None,
        "cri-timeout",
        Required,
        Ignored("a runtime never holds up events, whatever it takes to answer"),
    ),
    flag(None, "log-level", Required, Ignored("cscope keeps no log")),
    flag(Some('H'), "plugin", Required, Refused(NO_PLUGINS)),
    flag(Some('I'), "input", Required, Refused(NO_PLUGINS)),
    flag(None, "plugin-config-file", Required, Refused(NO_PLUGINS)),
    flag(None, "plugin-info", Required, Refused(NO_PLUGINS)),
    flag(Some('g'), "gvisor-config", Required, Refused(NO_GVISOR)),
    flag(None, "gvisor-generate-config", Optional, Refused(NO_GVISOR)),
    flag(None, "gvisor-root", Required, Refused(NO_GVISOR)),
    flag(None, "libs-version", No, Refused("cscope does not use the libs; see --version")),
    flag(
        None,
        "filter-proclist",
        No,
        Refused("the process list of a capture is always written whole, so that any later filter works"),
    ),
];

impl Obsolete {
    fn name(&self) -> String {
        match self.short {
            Some(short) => format!("-{short} (--{})", self.long),
            None => format!("--{}", self.long),
        }
    }
}

/// Adds the flags, hidden, to the command.
pub(crate) fn add(mut command: Command) -> Command {
    for old in OBSOLETE {
        let mut arg = Arg::new(old.long).long(old.long).hide(true);
        if let Some(short) = old.short {
            arg = arg.short(short);
        }
        arg = match old.value {
            Value::None => arg.action(ArgAction::SetTrue),
            Value::Optional => arg.num_args(0..=1).require_equals(true).default_missing_value(""),
            Value::Required => arg.action(ArgAction::Append).allow_hyphen_values(true),
        };
        command = command.arg(arg);
    }
    command
}

/// Notes on the accepted flags among `matches`.
///
/// # Errors
/// The first refused flag.
pub(crate) fn judge(matches: &ArgMatches) -> Result<Vec<String>, clap::Error> {
    let mut notes = Vec::new();
    for old in OBSOLETE {
        if matches.value_source(old.long) != Some(clap::parser::ValueSource::CommandLine) {
            continue;
        }
        match old.verdict {
            Ignored(why) => notes.push(format!("{} has no effect: {why}", old.name())),
            Refused(why) => {
                let text = format!("{} is not supported: {why}\n", old.name());
                return Err(clap::Error::raw(ErrorKind::UnknownArgument, text));
            }
        }
    }
    Ok(notes)
}
