//! `spy_users`: what users do in their shells.

use chrono::{Local, TimeZone};
use cscope_capture::print::json_string;
use cscope_enrich::{EventCx, State, Thread};
use cscope_filter::{FieldRef, Filter, FilterError, Needs, TextOptions};

use crate::line::safe;
use crate::{ArgKind, Chisel, ChiselArg, ChiselInfo, Error, Flow, Make, Ready, Settings};

pub(crate) const INFO: ChiselInfo = ChiselInfo {
    name: "spy_users",
    category: "Security",
    summary: "Commands and directory changes of users in their shells",
    doc: "Prints each command that is started from a shell and each directory a shell changes to, with the \
          process id of the login shell, the time and the user; commands started by commands are indented. With \
          -pc also with the container.",
    args: &[
        ChiselArg {
            name: "max_depth",
            kind: ArgKind::Int,
            required: false,
            doc: "the deepest level below the login shell to print",
        },
        ChiselArg {
            name: "disable_color",
            kind: ArgKind::Text,
            required: false,
            doc: "'disable_colors' for no colours",
        },
    ],
    make: Make::Own(ready),
};

const EVENTS: &str = "((evt.type=execve and evt.dir=<) or (evt.type=chdir and evt.dir=< and proc.name contains \
                      sh and not proc.name contains sshd)) and evt.failed=false";

/// Blanks per level below the login shell.
const INDENT: usize = 4;
const GREEN: &[u8] = b"\x1b[32m";
const BLUE: &[u8] = b"\x1b[34m";
const PLAIN: &[u8] = b"\x1b[0m";

#[derive(Clone)]
struct SpyUsers {
    fields: Fields,
    text: TextOptions,
    containers: bool,
    colour: bool,
    raw: bool,
    json: bool,
    max_depth: usize,
    scratch: Vec<u8>,
}

#[derive(Clone)]
struct Fields {
    user: FieldRef,
    container: FieldRef,
    exe: FieldRef,
    args: FieldRef,
    path: FieldRef,
}

impl Fields {
    fn new() -> Result<Self, FilterError> {
        Ok(Self {
            user: FieldRef::parse("user.name")?,
            container: FieldRef::parse("container.name")?,
            exe: FieldRef::parse("proc.exe")?,
            args: FieldRef::parse("proc.args")?,
            path: FieldRef::parse("evt.arg.path")?,
        })
    }
}

fn ready(words: &[String], settings: &Settings) -> Result<Ready, Error> {
    let failed = |e| Error::filter(INFO.name, e);
    let max_depth = words.first().and_then(|w| w.parse().ok()).unwrap_or(usize::MAX);
    let chisel = Box::new(SpyUsers {
        fields: Fields::new().map_err(failed)?,
        text: settings.text,
        containers: settings.containers,
        colour: settings.colour && !words.iter().any(|w| w == "disable_colors"),
        raw: settings.raw,
        json: settings.json,
        max_depth,
        scratch: Vec::new(),
    });
    let filter = Filter::parse(EVENTS, &settings.filter).map_err(failed)?;
    let mut needs = filter.pushdown().needs.or(Needs::ARGS).or(Needs::THREADS).or(Needs::USERS);
    if settings.containers || settings.json {
        needs = needs.or(Needs::CONTAINERS);
    }
    Ok(Ready { chisel, filter: Some(filter), refresh: false, once: false, needs })
}

/// The topmost shell among `thread` and what started it, and how far above the thread it is. `own`: the thread
/// itself counts.
fn login_shell<'a>(state: &'a State, thread: &'a Thread, own: bool) -> Option<(&'a Thread, usize)> {
    let ancestry = state.ancestry(thread).enumerate().skip(usize::from(!own));
    ancestry.filter(|(_, t)| t.info.comm.ends_with(b"sh")).last().map(|(depth, t)| (t, depth))
}

impl SpyUsers {
    fn field(&mut self, field: fn(&Fields) -> &FieldRef, cx: &EventCx<'_>, out: &mut Vec<u8>) {
        self.scratch.clear();
        if field(&self.fields).write(cx, &self.text, &mut self.scratch) {
            safe(&self.scratch, self.raw, out);
        }
    }

    /// The same as a line of JSON.
    fn json_line(&self, cx: &EventCx<'_>, shell: &Thread, depth: usize, chdir: bool, out: &mut Vec<u8>) {
        let text = |field: &FieldRef| {
            let mut text = Vec::new();
            field.write(cx, &self.text, &mut text);
            text
        };
        let Fields { user, container, exe, args, path } = &self.fields;
        let mut command = if chdir { b"cd".to_vec() } else { text(exe) };
        let rest = text(if chdir { path } else { args });
        if !rest.is_empty() {
            command.push(b' ');
            command.extend(rest);
        }
        let (ts, pid) = (cx.event.ts, shell.info.pid);
        out.extend_from_slice(format!("{{\"ts\":\"{ts}\",\"shell\":{pid},\"depth\":{depth}").as_bytes());
        for (name, value) in
            [("user.name", text(user)), ("container.name", text(container)), ("command", command)]
        {
            out.extend_from_slice(format!(",\"{name}\":").as_bytes());
            json_string(&value, out);
        }
        out.extend_from_slice(b"}\n");
    }

    fn line(&mut self, cx: &EventCx<'_>, shell: &Thread, depth: usize, chdir: bool, out: &mut Vec<u8>) {
        if self.colour {
            let inside = cx.thread.is_some_and(|t| !t.container_id.is_empty());
            out.extend_from_slice(if inside { BLUE } else { GREEN });
        }
        let seconds = i64::try_from(cx.event.ts / 1_000_000_000).unwrap_or_default();
        let time = Local.timestamp_opt(seconds, 0).single();
        let time = time.map(|t| t.format("%H:%M:%S").to_string()).unwrap_or_default();
        out.extend_from_slice(format!("{} {time} ", shell.info.pid).as_bytes());
        out.resize(out.len() + depth.saturating_sub(1).saturating_mul(INDENT), b' ');
        self.field(|f| &f.user, cx, out);
        if self.containers {
            out.push(b'@');
            self.field(|f| &f.container, cx, out);
        }
        out.extend_from_slice(b") ");
        if chdir {
            out.extend_from_slice(b"cd ");
            self.field(|f| &f.path, cx, out);
        } else {
            self.field(|f| &f.exe, cx, out);
            out.push(b' ');
            self.field(|f| &f.args, cx, out);
        }
        while out.last() == Some(&b' ') {
            out.pop();
        }
        if self.colour {
            out.extend_from_slice(PLAIN);
        }
        out.push(b'\n');
    }
}

impl Chisel for SpyUsers {
    fn on_event(&mut self, cx: &EventCx<'_>, out: &mut Vec<u8>) -> Flow {
        let Some(thread) = cx.thread else { return Flow::Continue };
        let chdir = cx.event.info().is_some_and(|i| i.name == "chdir");
        if let Some((shell, depth)) = login_shell(cx.state, thread, chdir)
            && depth <= self.max_depth
        {
            if self.json {
                self.json_line(cx, shell, depth, chdir, out);
            } else {
                self.line(cx, shell, depth, chdir, out);
            }
        }
        Flow::Continue
    }

    fn on_interval(&mut self, _ts: u64, _state: &State, _out: &mut Vec<u8>) {}

    fn on_end(&mut self, _ts: u64, _state: &State, _out: &mut Vec<u8>) {}

    fn fork(&self) -> Option<Box<dyn Chisel>> {
        Some(Box::new(self.clone()))
    }
}
