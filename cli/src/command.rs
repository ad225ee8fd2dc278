//! `cscope -- COMMAND`: the command is started stopped, captured, released and waited for.
//!
//! It is started through this very program (`--exec-when-told`), which stops itself and becomes the command
//! once it is told to go on: so the probe sees the command's first call, and no code runs between fork and exec.

use std::ffi::{OsStr, OsString};
use std::io::ErrorKind;
use std::os::unix::fs::PermissionsExt;
use std::os::unix::process::{CommandExt, ExitStatusExt};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, ExitCode, ExitStatus, Stdio};
use std::time::Duration;

use anyhow::{Context, bail};
use rustix::process::{self, Pid, Signal, WaitOptions};

use crate::signals::Signals;

/// Exit status when the command does not exist, and when it cannot be run: those of the shell.
const NOT_FOUND: u8 = 127;
const NOT_RUNNABLE: u8 = 126;
/// Time between two looks at a command that goes on after the capture.
const WAIT_LOOK: Duration = Duration::from_millis(10);

/// A command that cannot be run, with the exit status that says so.
#[derive(Debug, thiserror::Error)]
#[error("{command}: {reason}")]
pub(crate) struct Unrunnable {
    command: String,
    reason: String,
    /// Exit status.
    pub(crate) status: u8,
}

impl Unrunnable {
    fn new(command: &OsStr, reason: &str, status: u8) -> Self {
        Self { command: command.display().to_string(), reason: reason.to_owned(), status }
    }
}

/// A command we started.
#[derive(Debug)]
pub(crate) struct Running {
    child: Child,
    pid: Pid,
    released: bool,
    ended: Option<ExitStatus>,
}

impl Running {
    /// Starts `words` up to the moment before it becomes the command. With `aside` its standard output is our standard
    /// error, as ours is a capture.
    ///
    /// # Errors
    /// [`Unrunnable`] when there is no such command; else what the system says.
    pub(crate) fn start(words: &[OsString], aside: bool) -> anyhow::Result<Self> {
        let Some((name, args)) = words.split_first() else { bail!("no command after --") };
        let path = find(name)?;
        let stdout = if aside { Stdio::from(std::io::stderr()) } else { Stdio::inherit() };
        let child = Command::new("/proc/self/exe")
            .stdout(stdout)
            .arg0(name)
            .arg("--exec-when-told")
            .arg("--")
            .arg(path)
            .arg(name)
            .args(args)
            .spawn()
            .context("cannot start another process")?;
        let pid =
            i32::try_from(child.id()).ok().and_then(Pid::from_raw).context("process id out of range")?;
        let stopped =
            process::waitpid(Some(pid), WaitOptions::UNTRACED).context("cannot wait for the command")?;
        if !stopped.is_some_and(|(_, status)| status.stopped()) {
            bail!("the process for the command ended before it began");
        }
        Ok(Self { child, pid, released: false, ended: None })
    }

    /// Process id.
    pub(crate) fn id(&self) -> u32 {
        self.child.id()
    }

    /// Lets it become the command; until then it ends with us.
    pub(crate) fn release(&mut self) -> anyhow::Result<()> {
        if !self.released {
            process::kill_process(self.pid, Signal::CONT).context("cannot let the command go on")?;
            self.released = true;
        }
        Ok(())
    }

    /// True when it is the command, or was: then it goes on without us.
    pub(crate) fn is_released(&self) -> bool {
        self.released
    }

    /// True when it ended.
    pub(crate) fn has_ended(&mut self) -> anyhow::Result<bool> {
        if self.ended.is_none() {
            self.ended = self.child.try_wait().context("cannot wait for the command")?;
        }
        Ok(self.ended.is_some())
    }

    /// Hands a signal on to it. SIGINT and SIGHUP typed at our terminal have reached it already.
    pub(crate) fn pass_on(&self, signal: i32) {
        let typed = signal == signal_hook::consts::SIGINT && in_foreground();
        if !typed && let Some(signal) = Signal::from_named_raw(signal) {
            // The only failure is that it just ended, which the next look will tell.
            let _ = process::kill_process(self.pid, signal);
        }
    }

    /// Waits for its end; its exit status, or 128 plus the number of the signal that killed it.
    pub(crate) fn exit_code(&mut self, signals: &Signals) -> anyhow::Result<ExitCode> {
        let status = loop {
            if let Some(signal) = signals.take() {
                self.pass_on(signal);
            }
            if self.has_ended()?
                && let Some(status) = self.ended
            {
                break status;
            }
            std::thread::sleep(WAIT_LOOK);
        };
        let code = status.code().or_else(|| status.signal().map(|s| s + 128)).unwrap_or(1);
        Ok(ExitCode::from(u8::try_from(code & 0xff).unwrap_or(1)))
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        if !self.released {
            let _ = self.child.kill();
            let _ = self.child.wait();
        }
    }
}

/// True when what is typed at the terminal reaches us, and so the command.
fn in_foreground() -> bool {
    let Ok(terminal) = std::fs::File::open("/dev/tty") else { return false };
    rustix::termios::tcgetpgrp(terminal).is_ok_and(|group| group == process::getpgrp())
}

/// The program a name stands for, searched as the shell does.
fn find(name: &OsStr) -> anyhow::Result<PathBuf> {
    if name.as_encoded_bytes().contains(&b'/') {
        let path = PathBuf::from(name);
        return match std::fs::metadata(&path) {
            Ok(meta) if meta.is_file() && meta.permissions().mode() & 0o111 != 0 => Ok(path),
            Ok(meta) if meta.is_dir() => Err(Unrunnable::new(name, "is a directory", NOT_RUNNABLE).into()),
            Ok(_) => Err(Unrunnable::new(name, "is not executable", NOT_RUNNABLE).into()),
            Err(e) => Err(Unrunnable::new(name, &e.to_string(), NOT_FOUND).into()),
        };
    }
    let path = std::env::var_os("PATH").unwrap_or_else(|| "/usr/bin:/bin".into());
    std::env::split_paths(&path)
        .map(|dir| dir.join(name))
        .find(|file| runnable(file))
        .ok_or_else(|| Unrunnable::new(name, "command not found", NOT_FOUND).into())
}

fn runnable(file: &Path) -> bool {
    std::fs::metadata(file).is_ok_and(|m| m.is_file() && m.permissions().mode() & 0o111 != 0)
}

/// The other half: stops, and when told to go on becomes `words[0]` called `words[1]` with the rest as arguments.
/// Returns only when that fails.
pub(crate) fn exec_when_told(words: &[OsString]) -> anyhow::Result<ExitCode> {
    let [path, name, args @ ..] = words else { bail!("no command") };
    // Should the capturing half die while we are stopped, we go with it.
    process::set_parent_process_death_signal(Some(Signal::KILL)).context("parent death signal")?;
    process::kill_process(process::getpid(), Signal::STOP).context("cannot stop")?;
    process::set_parent_process_death_signal(None).context("parent death signal")?;
    let error = Command::new(path).arg0(name).args(args).exec();
    let status = if error.kind() == ErrorKind::NotFound { NOT_FOUND } else { NOT_RUNNABLE };
    Err(Unrunnable::new(name, &error.to_string(), status).into())
}
