//! Running the program, finding captures, comparing with what other tools print.

use std::ffi::OsStr;
use std::io::{Read, Write};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Output, Stdio};
use std::time::{Duration, Instant};

/// Time after which what a test waits for does not come: long, as the machine may be busy with anything else.
pub(crate) const PATIENCE: Duration = Duration::from_secs(600);

/// The program under test.
pub(crate) fn cscope() -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_cscope"));
    command.env("TZ", "UTC").env_remove("NO_COLOR").stdin(Stdio::null());
    command
}

/// What a run left behind.
#[derive(Debug)]
pub(crate) struct Ran {
    /// Standard output, as text.
    pub(crate) out: String,
    /// Standard error, as text.
    pub(crate) err: String,
    /// Exit status; `None` when killed by a signal.
    pub(crate) code: Option<i32>,
}

impl Ran {
    /// Lines of standard output.
    pub(crate) fn lines(&self) -> Vec<&str> {
        self.out.lines().collect()
    }

    /// The run, which must have succeeded without a message.
    #[track_caller]
    pub(crate) fn ok(self) -> Self {
        assert_eq!(self.code, Some(0), "exit status; stderr: {}", self.err);
        self
    }
}

impl From<Output> for Ran {
    fn from(output: Output) -> Self {
        Self {
            out: String::from_utf8_lossy(&output.stdout).into_owned(),
            err: String::from_utf8_lossy(&output.stderr).into_owned(),
            code: output.status.code(),
        }
    }
}

/// Runs the program with these words.
#[track_caller]
pub(crate) fn run<S: AsRef<OsStr>>(words: impl IntoIterator<Item = S>) -> Ran {
    finish(cscope().args(words))
}

/// Runs a command to its end; fails when it hangs.
#[track_caller]
pub(crate) fn finish(command: &mut Command) -> Ran {
    let child = command.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn();
    wait(child.expect("the program starts"))
}

/// Waits for a child with pipes for output; fails when it hangs.
#[track_caller]
pub(crate) fn wait(mut child: Child) -> Ran {
    let out = child.stdout.take().map(drain);
    let err = child.stderr.take().map(drain);
    let started = Instant::now();
    let status = loop {
        if let Some(status) = child.try_wait().expect("the program can be waited for") {
            break status;
        }
        if started.elapsed() > PATIENCE {
            child.kill().expect("a stuck program can be killed");
            panic!("the program did not end within {PATIENCE:?}");
        }
        std::thread::sleep(Duration::from_millis(2));
    };
    let text = |reader: Option<std::thread::JoinHandle<Vec<u8>>>| {
        reader.map(|r| r.join().expect("output was read")).unwrap_or_default()
    };
    Ran::from(Output { status, stdout: text(out), stderr: text(err) })
}

/// Waits until this is so; fails when it does not become so.
#[track_caller]
pub(crate) fn await_that(what: &str, mut is_so: impl FnMut() -> bool) {
    let started = Instant::now();
    while !is_so() {
        assert!(started.elapsed() < PATIENCE, "{what}: not within {PATIENCE:?}");
        std::thread::sleep(Duration::from_millis(10));
    }
}

fn drain(mut from: impl Read + Send + 'static) -> std::thread::JoinHandle<Vec<u8>> {
    std::thread::spawn(move || {
        let mut bytes = Vec::new();
        from.read_to_end(&mut bytes).expect("output can be read");
        bytes
    })
}

/// Says on stderr that a test cannot run here.
pub(crate) fn skip(what: &str, why: &str) {
    // Not with a macro: the test harness hides what those print for tests that pass.
    let line = format!("SKIP: {what}: {why}\n");
    let _ = std::io::stderr().write_all(line.as_bytes());
}

/// The foreign captures, or `None` with a loud word about it.
pub(crate) fn captures(test: &str) -> Option<PathBuf> {
    let dir = std::env::var_os("CSCOPE_CAPTURES")
        .map_or_else(|| Path::new(env!("CARGO_MANIFEST_DIR")).join("../../shared/captures"), PathBuf::from);
    if dir.is_dir() {
        return Some(dir);
    }
    skip(test, &format!("no captures at {} (set CSCOPE_CAPTURES)", dir.display()));
    None
}

/// True when a program is installed; else says so.
pub(crate) fn has(test: &str, program: &str) -> bool {
    let found = std::env::var_os("PATH")
        .is_some_and(|path| std::env::split_paths(&path).any(|dir| dir.join(program).is_file()));
    if !found {
        skip(test, &format!("{program} is not installed"));
    }
    found
}

/// The text of an xz-compressed file.
#[track_caller]
pub(crate) fn unxz(path: &Path) -> String {
    let output = Command::new("xz").arg("-dc").arg(path).output().expect("xz runs");
    assert!(output.status.success(), "{}: {}", path.display(), String::from_utf8_lossy(&output.stderr));
    String::from_utf8_lossy(&output.stdout).into_owned()
}

/// A directory that vanishes with the test.
pub(crate) fn scratch() -> tempfile::TempDir {
    tempfile::tempdir().expect("a temporary directory can be made")
}
