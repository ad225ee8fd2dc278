//! A daemon with docker's API, as far as it is used here.

use std::collections::BTreeMap;
use std::io::{BufRead, BufReader, Write};
use std::os::unix::net::{UnixListener, UnixStream};
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use serde_json::{Value, json};

/// What the daemon does with calls.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Mood {
    /// Answers.
    Serve,
    /// Takes the call and never answers.
    Hang,
    /// Closes the connection.
    Close,
}

#[derive(Debug)]
struct Shared {
    mood: Mutex<Mood>,
    /// Name and whether it runs, by id.
    containers: Mutex<BTreeMap<String, (String, bool)>>,
    /// Connections that follow events.
    followers: Mutex<Vec<UnixStream>>,
    calls: AtomicUsize,
    over: AtomicBool,
}

pub(crate) struct Daemon {
    socket: PathBuf,
    shared: Arc<Shared>,
    _dir: Option<tempfile::TempDir>,
}

impl Daemon {
    pub(crate) fn start(mood: Mood) -> Self {
        let dir = tempfile::tempdir().expect("a directory");
        let mut daemon = Self::at(dir.path().join("docker.sock"), mood);
        daemon._dir = Some(dir);
        daemon
    }

    pub(crate) fn at(socket: PathBuf, mood: Mood) -> Self {
        let listener = UnixListener::bind(&socket).expect("a socket");
        let shared = Arc::new(Shared {
            mood: Mutex::new(mood),
            containers: Mutex::default(),
            followers: Mutex::default(),
            calls: AtomicUsize::new(0),
            over: AtomicBool::new(false),
        });
        let state = shared.clone();
        std::thread::spawn(move || {
            for stream in listener.incoming().flatten() {
                if state.over.load(Ordering::Relaxed) {
                    return;
                }
                let state = state.clone();
                std::thread::spawn(move || serve(stream, &state));
            }
        });
        Self { socket, shared, _dir: None }
    }

    pub(crate) fn socket(&self) -> &Path {
        &self.socket
    }

    pub(crate) fn set(&self, mood: Mood) {
        *self.shared.mood.lock().expect("not poisoned") = mood;
    }

    pub(crate) fn calls(&self) -> usize {
        self.shared.calls.load(Ordering::Relaxed)
    }

    pub(crate) fn add(&self, id: &str, name: &str, running: bool) {
        self.shared
            .containers
            .lock()
            .expect("not poisoned")
            .insert(id.to_owned(), (name.to_owned(), running));
    }

    /// Sends an event to all that follow.
    pub(crate) fn announce(&self, action: &str, id: &str, name: &str) {
        if let Some(entry) = self.shared.containers.lock().expect("not poisoned").get_mut(id) {
            entry.0 = name.to_owned();
        }
        let attributes = json!({"name": name, "image": "busybox:1"});
        let event =
            json!({"Type": "container", "Action": action, "Actor": {"ID": id, "Attributes": attributes}});
        let text = format!("{event}\n");
        let chunk = format!("{:x}\r\n{text}\r\n", text.len());
        let deadline = Instant::now() + crate::PATIENCE;
        let mut followers = self.shared.followers.lock().expect("not poisoned");
        while followers.is_empty() {
            drop(followers);
            assert!(Instant::now() < deadline, "nobody follows the events");
            std::thread::sleep(Duration::from_millis(2));
            followers = self.shared.followers.lock().expect("not poisoned");
        }
        followers.retain_mut(|f| f.write_all(chunk.as_bytes()).is_ok());
    }

    /// Ends all event streams.
    pub(crate) fn break_events(&self) {
        for follower in self.shared.followers.lock().expect("not poisoned").drain(..) {
            follower.shutdown(std::net::Shutdown::Both).expect("open");
        }
    }
}

impl Drop for Daemon {
    fn drop(&mut self) {
        self.shared.over.store(true, Ordering::Relaxed);
        // Wakes the listener; when that fails it is gone already.
        drop(UnixStream::connect(&self.socket));
    }
}

fn serve(stream: UnixStream, shared: &Shared) {
    let mut reader = BufReader::new(stream.try_clone().expect("a descriptor"));
    let mut stream = stream;
    loop {
        let mut request = String::new();
        if !matches!(reader.read_line(&mut request), Ok(1..)) {
            return;
        }
        let mut header = String::new();
        while matches!(reader.read_line(&mut header), Ok(n) if n > 2) {
            header.clear();
        }
        shared.calls.fetch_add(1, Ordering::Relaxed);
        let mood = *shared.mood.lock().expect("not poisoned");
        match mood {
            Mood::Close => return,
            Mood::Hang => {
                while !shared.over.load(Ordering::Relaxed) {
                    std::thread::sleep(Duration::from_millis(20));
                }
                return;
            }
            Mood::Serve => {}
        }
        let path = request.split(' ').nth(1).unwrap_or("").split('?').next().unwrap_or("");
        let path = path.strip_prefix("/v1.41").unwrap_or(path);
        if path == "/events" {
            let head =
                "HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nTransfer-Encoding: chunked\r\n\r\n";
            if stream.write_all(head.as_bytes()).is_ok() {
                shared.followers.lock().expect("not poisoned").push(stream);
            }
            return;
        }
        let (status, body) = answer(path, shared);
        let body = body.to_string();
        let length = body.len();
        let head = format!(
            "HTTP/1.1 {status}\r\nContent-Type: application/json\r\nContent-Length: {length}\r\n\r\n"
        );
        if stream.write_all(format!("{head}{body}").as_bytes()).is_err() {
            return;
        }
    }
}

fn answer(path: &str, shared: &Shared) -> (&'static str, Value) {
    let containers = shared.containers.lock().expect("not poisoned");
    match path {
        "/version" => {
            ("200 OK", json!({"Version": "20.10.24", "ApiVersion": "1.41", "MinAPIVersion": "1.12"}))
        }
        "/containers/json" => {
            let list = containers.iter().map(|(id, (name, running))| {
                json!({
                    "Id": id, "Names": [format!("/{name}")], "Image": "busybox:1", "Created": 5, "Ports": [],
                    "State": if *running { "running" } else { "exited" },
                })
            });
            ("200 OK", list.collect())
        }
        path => {
            let id = path.strip_prefix("/containers/").and_then(|p| p.strip_suffix("/json"));
            match id.and_then(|id| containers.get_key_value(id)) {
                Some((id, (name, _))) => ("200 OK", inspected(id, name)),
                None => ("404 Not Found", json!({"message": "no such container"})),
            }
        }
    }
}

fn inspected(id: &str, name: &str) -> Value {
    json!({
        "Id": id, "Name": format!("/{name}"), "Image": "sha256:11", "Created": "2026-11-22T18:14:53.1Z",
        "HostConfig": {"Privileged": true, "PidMode": "host", "NetworkMode": "bridge", "IpcMode": ""},
        "Config": {
            "Image": "busybox:1", "Labels": {"tier": "back"}, "Env": ["SECRET=1", "MESOS_TASK_ID=t1"],
            "Healthcheck": {"Test": ["CMD-SHELL", "test -e /ok"]},
        },
        "NetworkSettings": {
            "Ports": {"80/tcp": [{"HostIp": "0.0.0.0", "HostPort": "8080"}]},
            "Networks": {"bridge": {"IPAddress": "172.17.0.2"}},
        },
        "Mounts": [{"Type": "bind", "Source": "/srv", "Destination": "/data", "Mode": "", "RW": true, "Propagation": "rprivate"}],
    })
}
