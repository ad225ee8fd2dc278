//! Names of containers, asked of their runtimes: docker and podman, over the unix sockets of their API.
//!
//! Everything happens on one thread of its own. The event path only looks into a channel: it never waits for a
//! runtime. Each socket has a task that lists what there is, follows the runtime's own events (so that the name of
//! a new container is known before its first system call) and inspects the ids it is asked for. Each call has a
//! deadline; a daemon that is gone, hangs or restarts is tried again, less and less often.
//!
//! ```text
//! Inspector --ask(id, tid)--> [tokio thread: one Connection per socket] --Answer--> Inspector
//! ```

mod connection;
mod convert;
mod passwd;

use std::path::PathBuf;
use std::thread::JoinHandle;
use std::time::{Duration, Instant};

use crossbeam_channel::{Receiver, Sender};
use cscope_capture::{EventBuilder, EventType, GroupEntry, OwnedEvent, UserEntry};
use tokio::sync::{mpsc, oneshot};

use crate::Container;
use connection::Connection;
pub(crate) use passwd::read as read_file;

/// Answers that wait to be fetched, at most; a runtime that says more has to wait.
const ANSWERS: usize = 16_384;

/// Where runtimes are looked for and how long they may take.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RuntimeOptions {
    /// Sockets to connect to.
    pub sockets: Vec<PathBuf>,
    /// Deadline of each call.
    pub timeout: Duration,
}

impl Default for RuntimeOptions {
    /// The socket of `DOCKER_HOST` when that is a unix socket, else docker's own, and those of podman.
    fn default() -> Self {
        let docker = std::env::var("DOCKER_HOST")
            .ok()
            .and_then(|host| host.strip_prefix("unix://").map(PathBuf::from));
        let mut sockets = vec![docker.unwrap_or_else(|| PathBuf::from("/var/run/docker.sock"))];
        sockets.push(PathBuf::from("/run/podman/podman.sock"));
        if let Some(dir) = std::env::var_os("XDG_RUNTIME_DIR") {
            sockets.push(PathBuf::from(dir).join("podman/podman.sock"));
        }
        Self { sockets, timeout: Duration::from_secs(1) }
    }
}

/// What came back.
#[derive(Debug, Clone)]
pub(crate) enum Answer {
    /// What a runtime says of a container.
    Container(Box<Container>),
    /// The user tables inside a container.
    Users { container: Vec<u8>, users: Vec<UserEntry>, groups: Vec<GroupEntry> },
}

/// A container to ask for: its whole id where known, and a thread in it.
#[derive(Debug, Clone)]
struct Question {
    full_id: String,
    short_id: Vec<u8>,
    tid: i64,
}

/// The thread that talks to container runtimes. Ends when dropped.
#[derive(Debug)]
pub struct RuntimeLookup {
    questions: mpsc::UnboundedSender<Question>,
    answers: Receiver<Answer>,
    ready: Receiver<()>,
    sockets: usize,
    stop: Option<oneshot::Sender<()>>,
    thread: Option<JoinHandle<()>>,
}

impl RuntimeLookup {
    /// Starts the thread, on which `limit` is called first: the place to give up rights that reaching sockets does not
    /// take. Nobody is asked when it says false. Gives `None` when the system refuses a thread.
    pub fn start(options: &RuntimeOptions, limit: fn() -> bool) -> Option<Self> {
        let (questions, asked) = mpsc::unbounded_channel();
        let (answer, answers) = crossbeam_channel::bounded(ANSWERS);
        let (listed, ready) = crossbeam_channel::unbounded();
        let (stop, stopped) = oneshot::channel();
        let sockets = options.sockets.len();
        let options = options.clone();
        let thread = std::thread::Builder::new()
            .name("cscope-runtime".to_owned())
            .spawn(move || {
                if limit() {
                    run(options, asked, answer, listed, stopped);
                }
            })
            .ok()?;
        Some(Self { questions, answers, ready, sockets, stop: Some(stop), thread: Some(thread) })
    }

    /// Waits until each runtime has listed its containers or failed, at most this long.
    pub fn wait(&mut self, at_most: Duration) {
        let deadline = Instant::now() + at_most;
        while self.sockets > 0 && self.ready.recv_deadline(deadline).is_ok() {
            self.sockets -= 1;
        }
    }

    /// The containers that have been told of so far, for somebody who wants no more than their list.
    pub fn listed(&self) -> Vec<Container> {
        let containers = std::iter::from_fn(|| self.poll()).filter_map(|answer| match answer {
            Answer::Container(container) => Some(*container),
            Answer::Users { .. } => None,
        });
        containers.collect()
    }

    /// Asks for a container, by its whole id where that is known, and for the users of thread `tid` in it.
    pub(crate) fn ask(&self, container: &Container, tid: i64) {
        let question = Question {
            full_id: String::from_utf8_lossy(&container.full_id).into_owned(),
            short_id: container.id.to_vec(),
            tid,
        };
        // The other end only goes away when this one does.
        let _ = self.questions.send(question);
    }

    /// The next answer, when there is one.
    pub(crate) fn poll(&self) -> Option<Answer> {
        self.answers.try_recv().ok()
    }
}

impl Drop for RuntimeLookup {
    fn drop(&mut self) {
        drop(self.stop.take());
        // Unblocks a sender that waits for room.
        while self.poll().is_some() {}
        if let Some(thread) = self.thread.take() {
            // A panic there has been reported there.
            let _ = thread.join();
        }
    }
}

impl Answer {
    /// The answer as events of a capture.
    pub(crate) fn events(&self, ts: u64, mut deliver: impl FnMut(OwnedEvent)) {
        let mut b = EventBuilder::new();
        match self {
            Self::Container(container) => {
                b.start(EventType::CONTAINER_JSON_2_E).text(&container.to_json());
                deliver(b.owned(ts, u64::MAX, 0));
            }
            Self::Users { container, users, groups } => {
                for user in users {
                    b.start(EventType::USER_ADDED_E).u32(user.uid).u32(user.gid);
                    b.text(&user.name).text(&user.home).text(&user.shell).text(container);
                    deliver(b.owned(ts, u64::MAX, 0));
                }
                for group in groups {
                    b.start(EventType::GROUP_ADDED_E).u32(group.gid).text(&group.name).text(container);
                    deliver(b.owned(ts, u64::MAX, 0));
                }
            }
        }
    }
}

/// The thread: all connections, until told to stop.
fn run(
    options: RuntimeOptions,
    mut asked: mpsc::UnboundedReceiver<Question>,
    answer: Sender<Answer>,
    listed: Sender<()>,
    stopped: oneshot::Receiver<()>,
) {
    let Ok(runtime) = tokio::runtime::Builder::new_current_thread().enable_io().enable_time().build() else {
        return;
    };
    runtime.block_on(async move {
        let mut connections = Vec::new();
        for socket in &options.sockets {
            let (send, receive) = mpsc::unbounded_channel();
            let connection =
                Connection::new(socket, options.timeout, receive, answer.clone(), listed.clone());
            tokio::spawn(connection.run());
            connections.push(send);
        }
        let forward = async {
            while let Some(question) = asked.recv().await {
                for connection in &connections {
                    // A connection only ends with the thread.
                    let _ = connection.send(question.full_id.clone());
                }
                tokio::spawn(passwd::load(question.short_id, question.tid, answer.clone()));
            }
        };
        tokio::select! {
            () = forward => {}
            _ = stopped => {}
        }
    });
    // Reading of files that hangs must not hold up the end.
    runtime.shutdown_background();
}
