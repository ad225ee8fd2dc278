//! A real dockerd, private to a test: own directories, own socket, no network. Shared by the tests of this folder and
//! those of enrich.

use std::io::Write;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

/// The daemon and its directories.
pub(crate) struct Docker {
    dir: tempfile::TempDir,
    daemon: Child,
}

impl Docker {
    /// Starts the daemon and makes the image `bb:1`. `None`, after saying why, where that cannot be.
    pub(crate) fn start() -> Option<Self> {
        // Not with a macro: the test harness hides what those print for tests that pass.
        let skip = |why: &str| {
            let line = format!("SKIP: no test with a real dockerd: {why}\n");
            let _ = std::io::stderr().write_all(line.as_bytes());
        };
        let own = std::fs::metadata("/proc/self").expect("there is a /proc");
        if std::os::unix::fs::MetadataExt::uid(&own) != 0 {
            skip("not root");
            return None;
        }
        for program in ["dockerd", "docker", "busybox", "tar"] {
            if !Command::new("sh")
                .args(["-c", &format!("command -v {program}")])
                .output()
                .is_ok_and(|o| o.status.success())
            {
                skip(&format!("{program} is not installed"));
                return None;
            }
        }
        let dir = tempfile::Builder::new().prefix("cscope-docker").tempdir().expect("a directory");
        let at = |name: &str| dir.path().join(name);
        let log = std::fs::File::create(at("log")).expect("a log");
        let daemon = Command::new("dockerd")
            .arg("--data-root")
            .arg(at("data"))
            .arg("--exec-root")
            .arg(at("exec"))
            .arg("--pidfile")
            .arg(at("pid"))
            .arg("--host")
            .arg(format!("unix://{}", at("sock").display()))
            .args(["--bridge=none", "--iptables=false", "--storage-driver=vfs", "--shutdown-timeout=2"])
            .args(["--default-ulimit", "nofile=1024:20000", "--exec-opt", "native.cgroupdriver=cgroupfs"])
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .stderr(log)
            .spawn()
            .expect("was found above");
        let mut docker = Self { dir, daemon };
        let end = Instant::now() + Duration::from_secs(300);
        while docker.run(&["version"]).is_none() {
            if Instant::now() > end || !matches!(docker.daemon.try_wait(), Ok(None)) {
                let log = std::fs::read_to_string(docker.dir.path().join("log")).unwrap_or_default();
                skip(&format!("dockerd does not come up here: {}", log.lines().last().unwrap_or("no log")));
                return None;
            }
            std::thread::sleep(Duration::from_millis(100));
        }
        let socket = docker.socket();
        let script = "set -e; mkdir -p root/bin root/etc; cp \"$(command -v busybox)\" root/bin/busybox
            echo 'app:x:1234:1234::/:/bin/sh' > root/etc/passwd; echo 'app:x:1234:' > root/etc/group
            tar -C root -c . | docker -H \"unix://$0\" import - bb:1";
        let made =
            Command::new("sh").current_dir(docker.dir.path()).args(["-c", script]).arg(socket).output();
        assert!(made.is_ok_and(|o| o.status.success()), "the image was not made");
        // A daemon that comes up may still be denied what a container needs.
        if docker.run_named("trial", &["--rm"], "true").is_none() {
            skip("no container can be started here");
            return None;
        }
        Some(docker)
    }

    /// Its socket.
    pub(crate) fn socket(&self) -> PathBuf {
        self.dir.path().join("sock")
    }

    /// Output of a docker command, when it succeeds.
    pub(crate) fn run(&self, args: &[&str]) -> Option<String> {
        let host = format!("unix://{}", self.socket().display());
        let output = Command::new("docker").arg("-H").arg(host).args(args).output().ok()?;
        output.status.success().then(|| String::from_utf8_lossy(&output.stdout).trim().to_owned())
    }

    /// Output of `docker run` of a command of busybox, when it succeeds. Tried again for a while: dockerd restarts a
    /// containerd that does not answer in time, as on a busy machine.
    fn run_named(&self, name: &str, how: &[&str], command: &str) -> Option<String> {
        let mut args = vec!["run", "--network=none", "--name", name];
        args.extend(how);
        args.extend(["bb:1", "/bin/busybox"]);
        args.extend(command.split(' '));
        (0..5).find_map(|tried| {
            if tried > 0 {
                self.run(&["rm", "-f", name]);
                std::thread::sleep(Duration::from_secs(3));
            }
            self.run(&args)
        })
    }

    /// Starts a container that sleeps. Gives its id and first process.
    pub(crate) fn container(&self, name: &str) -> (String, i64) {
        let id = self.run_named(name, &["-d"], "sleep 3600").expect("the container starts");
        let pid = self.run(&["inspect", "-f", "{{.State.Pid}}", name]).expect("it can be inspected");
        (id, pid.parse().expect("a number"))
    }
}

impl Drop for Docker {
    fn drop(&mut self) {
        if let Some(all) = self.run(&["ps", "-aq"]) {
            for id in all.lines() {
                self.run(&["rm", "-f", id]);
            }
        }
        let pid = self.daemon.id().to_string();
        if Command::new("kill").arg(&pid).status().is_ok() {
            let end = Instant::now() + Duration::from_secs(120);
            while matches!(self.daemon.try_wait(), Ok(None)) && Instant::now() < end {
                std::thread::sleep(Duration::from_millis(50));
            }
        }
        if matches!(self.daemon.try_wait(), Ok(None)) {
            self.daemon.kill().expect("it is ours");
        }
        // What the daemon mounted for itself.
        let mounts = std::fs::read_to_string("/proc/self/mounts").unwrap_or_default();
        let below = |point: &&str| Path::new(point).starts_with(self.dir.path());
        for point in mounts.lines().filter_map(|l| l.split(' ').nth(1)).filter(below) {
            if !Command::new("umount").arg(point).status().is_ok_and(|s| s.success()) {
                eprintln!("cannot unmount {point}");
            }
        }
    }
}
