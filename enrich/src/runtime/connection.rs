//! One socket of a runtime's API: connect, list, follow, inspect; and again from the start when it breaks.

use std::collections::{HashMap, VecDeque};
use std::future::Future;
use std::path::{Path, PathBuf};
use std::time::Duration;

use bollard::models::EventMessage;
use bollard::query_parameters::{EventsOptionsBuilder, ListContainersOptionsBuilder};
use bollard::{API_DEFAULT_VERSION, Docker};
use crossbeam_channel::{Sender, TrySendError};
use futures_util::StreamExt;
use tokio::sync::mpsc;
use tokio::task::JoinSet;

use super::{Answer, convert};
use crate::{Container, ContainerEngine};

/// Questions under way at the same time.
const PARALLEL: usize = 8;

/// Questions that wait while the runtime does not answer.
const WAITING: usize = 4096;

/// Pause before the second try, doubled with each further one up to the last.
const FIRST_PAUSE: Duration = Duration::from_millis(100);
const LAST_PAUSE: Duration = Duration::from_secs(5);

/// A call failed, or took too long: the connection starts again.
struct Broken;

/// Ends a task: nobody wants answers any more.
struct Over;

pub(super) struct Connection {
    socket: PathBuf,
    timeout: Duration,
    questions: mpsc::UnboundedReceiver<String>,
    answers: Sender<Answer>,
    /// Told once: the containers were listed, or cannot be.
    listed: Option<Sender<()>>,
    waiting: VecDeque<String>,
}

impl Connection {
    pub(super) fn new(
        socket: &Path,
        timeout: Duration,
        questions: mpsc::UnboundedReceiver<String>,
        answers: Sender<Answer>,
        listed: Sender<()>,
    ) -> Self {
        let socket = socket.to_owned();
        Self { socket, timeout, questions, answers, listed: Some(listed), waiting: VecDeque::new() }
    }

    pub(super) async fn run(mut self) {
        let mut pause = FIRST_PAUSE;
        loop {
            match self.session().await {
                Ok(Over) => return,
                // It worked for a while: a restart, most likely.
                Err((Broken, true)) => pause = FIRST_PAUSE,
                Err((Broken, false)) => {}
            }
            self.tell_listed();
            if self.rest(pause).await.is_none() {
                return;
            }
            pause = (pause * 2).min(LAST_PAUSE);
        }
    }

    fn tell_listed(&mut self) {
        if let Some(listed) = self.listed.take() {
            // Nobody may be waiting.
            let _ = listed.send(());
        }
    }

    /// Waits, and keeps the questions of that time. `None` when it is over.
    async fn rest(&mut self, pause: Duration) -> Option<()> {
        let end = tokio::time::sleep(pause);
        tokio::pin!(end);
        loop {
            tokio::select! {
                () = &mut end => return Some(()),
                question = self.questions.recv() => self.keep(question?),
            }
        }
    }

    fn keep(&mut self, id: String) {
        if self.waiting.len() >= WAITING {
            self.waiting.pop_front();
        }
        self.waiting.push_back(id);
    }

    /// One connection for as long as it lasts. The error tells whether it ever worked.
    async fn session(&mut self) -> Result<Over, (Broken, bool)> {
        let (docker, engine) = self.connect().await.map_err(|e| (e, false))?;
        let filters = HashMap::from([("type", vec!["container"])]);
        // Events from a moment ago on: what happens between list and subscription is not lost.
        let now = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH).unwrap_or_default();
        let since = now.as_secs().saturating_sub(1).to_string();
        let options = EventsOptionsBuilder::new().since(&since).filters(&filters).build();
        let mut events = std::pin::pin!(docker.events(Some(options)));
        self.list(&docker, engine).await.map_err(|e| (e, false))?;
        self.tell_listed();
        let mut inspections = JoinSet::new();
        loop {
            while inspections.len() < PARALLEL
                && let Some(id) = self.waiting.pop_front()
            {
                inspections.spawn(inspect(docker.clone(), id, engine, self.timeout));
            }
            tokio::select! {
                event = events.next() => match event {
                    Some(Ok(event)) => self.follow(&event, engine),
                    // An event of a form that is not known; the stream goes on.
                    Some(Err(bollard::errors::Error::JsonDataError { .. })) => {}
                    Some(Err(_)) | None => return Err((Broken, true)),
                },
                question = self.questions.recv() => match question {
                    Some(id) => self.keep(id),
                    None => return Ok(Over),
                },
                Some(done) = inspections.join_next() => match done {
                    Ok(Ok(Some(container))) => self.answer(container),
                    // Not a container of this runtime.
                    Ok(Ok(None)) => {}
                    Ok(Err(Broken)) | Err(_) => return Err((Broken, true)),
                },
            }
        }
    }

    async fn connect(&self) -> Result<(Docker, ContainerEngine), Broken> {
        let path = self.socket.to_str().ok_or(Broken)?;
        // The library's own timeout also ends idle event streams; deadlines are kept here.
        let docker =
            Docker::connect_with_unix(path, u64::from(u32::MAX), API_DEFAULT_VERSION).map_err(|_| Broken)?;
        let docker = deadline(self.timeout, docker.negotiate_version()).await?;
        let version = deadline(self.timeout, docker.version()).await?;
        let podman = version.components.iter().flatten().any(|c| c.name.contains("Podman"));
        Ok((docker, if podman { ContainerEngine::Podman } else { ContainerEngine::Docker }))
    }

    /// All containers: names at once, the rest by questions for those that run.
    async fn list(&mut self, docker: &Docker, engine: ContainerEngine) -> Result<(), Broken> {
        let options = ListContainersOptionsBuilder::default().all(true).build();
        let list = deadline(self.timeout, docker.list_containers(Some(options))).await?;
        for summary in &list {
            let Some(container) = convert::summary(summary, engine) else { continue };
            let running = summary.state.is_some_and(|s| s.to_string() == "running");
            if let Some(id) = summary.id.clone().filter(|_| running) {
                self.keep(id);
            }
            self.answer(container);
        }
        Ok(())
    }

    /// An event of the runtime: a new name is told at once, the rest is asked for.
    fn follow(&mut self, event: &EventMessage, engine: ContainerEngine) {
        let Some(actor) = &event.actor else { return };
        match event.action.as_deref() {
            Some("create" | "rename") => {
                if let Some(container) = convert::announced(actor, engine) {
                    self.answer(container);
                }
            }
            Some("start" | "update" | "restart") => {}
            _ => return,
        }
        if let Some(id) = &actor.id {
            self.keep(id.clone());
        }
    }

    fn answer(&self, container: Container) {
        // A full channel means that nobody fetches; an older answer is as good then.
        match self.answers.try_send(Answer::Container(Box::new(container))) {
            Ok(()) | Err(TrySendError::Full(_) | TrySendError::Disconnected(_)) => {}
        }
    }
}

/// Asks for one container. `None`: the runtime does not know it.
async fn inspect(
    docker: Docker,
    id: String,
    engine: ContainerEngine,
    timeout: Duration,
) -> Result<Option<Container>, Broken> {
    use bollard::errors::Error;
    match tokio::time::timeout(timeout, docker.inspect_container(&id, None)).await {
        Ok(Ok(answer)) => Ok(convert::inspected(&answer, engine)),
        Ok(Err(Error::DockerResponseServerError { .. } | Error::JsonDataError { .. })) => Ok(None),
        Ok(Err(_)) | Err(_) => Err(Broken),
    }
}

/// The result of a call, when it comes in time and is not an error.
async fn deadline<T>(
    timeout: Duration,
    call: impl Future<Output = Result<T, bollard::errors::Error>>,
) -> Result<T, Broken> {
    tokio::time::timeout(timeout, call).await.map_err(|_| Broken)?.map_err(|_| Broken)
}
