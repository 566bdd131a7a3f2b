//! A libvirtd of our own.

use std::cell::RefCell;
use std::fs;
use std::io::{BufRead, BufReader, Write};
use std::net::{Ipv4Addr, SocketAddr, TcpListener, TcpStream};
use std::os::unix::fs::PermissionsExt;
use std::os::unix::net::UnixStream;
use std::os::unix::process::CommandExt;
use std::path::{Path, PathBuf};
use std::process::{Child, ChildStdin, ChildStdout, Command, Stdio};
use std::thread;
use std::time::{Duration, Instant};

use super::{GuestBuilder, capabilities, signal, wait_for};

const START_LIMIT: Duration = Duration::from_secs(30);
/// Ports for displays that a daemon may give away.
const DISPLAYS: u32 = 20;

/// Ends everything of a daemon when the test program lets go of its end of the pipe, which a killed program does, too.
/// `$1` is the daemon's directory, removed at the end. Among what it started are programs that are asked what QEMU can.
const GUARD: &str = r#"
trap '' HUP INT TERM
read -r _
for file in "$1"/pid "$1"/run/libvirt/qemu/run/*.pid "$1"/config/libvirt/qemu/lib/qmp-*/qmp.pid; do
    [ -f "$file" ] && kill -KILL "$(cat "$file")" 2>/dev/null
done
i=0
while ! rm -rf "$1" 2>/dev/null && [ $i -lt 50 ]; do i=$((i + 1)); sleep 0.1; done
"#;

/// A private libvirtd in session mode: the test driver and QEMU under TCG, on a Unix socket and on a TCP port of
/// 127.0.0.1, with all its directories in one temporary place. Started by root it runs as `nobody`, so that it behaves the
/// same everywhere and can't reach anything of the machine.
#[derive(Debug)]
pub struct Daemon {
    directory: PathBuf,
    port: u16,
    process: RefCell<Option<Child>>,
    guard: Child,
}

impl Daemon {
    /// Starts one and waits until it takes connections.
    #[track_caller]
    pub fn start() -> Self {
        Self::start_with("")
    }

    /// Starts one with further lines in its `libvirtd.conf`.
    ///
    /// # Panics
    /// If it does not come up.
    #[track_caller]
    pub fn start_with(configuration: &str) -> Self {
        Self::start_prepared(configuration, |_| ())
    }

    /// The same, after `prepare` has put files into its directory.
    ///
    /// # Panics
    /// If it does not come up.
    #[track_caller]
    pub fn start_prepared(configuration: &str, prepare: impl FnOnce(&Path)) -> Self {
        let directory = tempfile::Builder::new()
            .prefix("vireo-")
            .permissions(fs::Permissions::from_mode(0o711))
            .tempdir()
            .expect("a temporary directory")
            .keep();
        let guard = Command::new("sh")
            .args(["-c", GUARD, "vireo-test-guard"])
            .arg(&directory)
            .stdin(Stdio::piped())
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .process_group(0)
            .spawn()
            .expect("sh");
        let port = free_port();
        for folder in ["run", "config/libvirt", "cache", "data", "home"] {
            fs::create_dir_all(directory.join(folder)).expect("a directory");
        }
        capabilities::give(&directory.join("cache"));
        let daemon = Self {
            port,
            process: RefCell::new(None),
            guard,
            directory,
        };
        let given = |name: &str| configuration.contains(name);
        let open = if given("auth_tcp") { "" } else { "auth_tcp = \"none\"\n" };
        let plain = if given("listen_tls") { "" } else { "listen_tls = 0\n" };
        daemon.write(
            "libvirtd.conf",
            &format!(
                "{plain}listen_tcp = 1\nlisten_addr = \"127.0.0.1\"\ntcp_port = \"{port}\"\n{open}\
             log_level = 3\nlog_outputs = \"3:stderr\"\n{configuration}\n"
            ),
        );
        // Daemons of other programs give ports to displays at the same time.
        let first = 20_000 + u32::from(port) % 500 * DISPLAYS;
        daemon.write(
            "config/libvirt/qemu.conf",
            &format!(
                "stdio_handler = \"file\"\nsecurity_driver = \"none\"\n\
                 remote_display_port_min = {first}\nremote_display_port_max = {}\n",
                first + DISPLAYS - 1
            ),
        );
        prepare(&daemon.directory);
        daemon.give_away(&daemon.directory);
        daemon.launch();
        daemon
    }

    /// Its directory; removed in the end.
    pub fn directory(&self) -> &Path {
        &self.directory
    }

    /// The Unix socket.
    pub fn socket(&self) -> PathBuf {
        self.directory.join("run/libvirt/libvirt-sock")
    }

    /// Where it listens with TCP.
    pub fn address(&self) -> SocketAddr {
        SocketAddr::from((Ipv4Addr::LOCALHOST, self.port))
    }

    /// The test driver's default world, over the Unix socket. Shared by all clients; gone with the last one.
    pub fn uri_test(&self) -> String {
        format!("test+unix:///default?socket={}", self.socket().display())
    }

    /// The test driver on a file: a private world for each connection.
    pub fn uri_test_file(&self, file: &Path) -> String {
        let copy = self.take(file);
        format!("test+unix://{}?socket={}", copy.display(), self.socket().display())
    }

    /// The same over TCP, at this port of 127.0.0.1 (ours, or a proxy's).
    pub fn uri_test_file_tcp(&self, file: &Path, port: u16) -> String {
        format!("test+tcp://127.0.0.1:{port}{}", self.take(file).display())
    }

    fn take(&self, file: &Path) -> PathBuf {
        let copy = self.directory.join(file.file_name().expect("a file name"));
        fs::copy(file, &copy).expect("the world's file");
        self.give_away(&copy);
        copy
    }

    /// The test driver's default world over TCP, at this port of 127.0.0.1 (ours, or a proxy's).
    pub fn uri_test_tcp(&self, port: u16) -> String {
        format!("test+tcp://127.0.0.1:{port}/default")
    }

    /// QEMU, over the Unix socket.
    pub fn uri_qemu(&self) -> String {
        format!("qemu+unix:///session?socket={}", self.socket().display())
    }

    /// QEMU over TCP, at this port of 127.0.0.1 (ours, or a proxy's).
    pub fn uri_qemu_tcp(&self, port: u16) -> String {
        format!("qemu+tcp://127.0.0.1:{port}/session")
    }

    /// The running process.
    pub fn pid(&self) -> u32 {
        self.process.borrow().as_ref().expect("a running daemon").id()
    }

    /// Kills it without warning; guests live on.
    pub fn kill9(&self) {
        let mut process = self.process.borrow_mut().take().expect("a running daemon");
        process.kill().expect("kill");
        process.wait().expect("its end");
    }

    /// Asks it to end (SIGTERM) and waits for that. Now and then a libvirtd waits 30 s for a thread of its own, deaf by then
    /// to its clients: after some seconds it is killed.
    pub fn terminate(&self) {
        let mut process = self.process.borrow_mut().take().expect("a running daemon");
        signal(process.id(), "TERM");
        let late = Instant::now() + Duration::from_secs(5);
        while process.try_wait().expect("its state").is_none() {
            if Instant::now() > late {
                process.kill().expect("kill");
            }
            thread::sleep(Duration::from_millis(10));
        }
    }

    /// Freezes it (SIGSTOP).
    pub fn stop(&self) {
        signal(self.pid(), "STOP");
    }

    /// Lets it run again (SIGCONT).
    pub fn cont(&self) {
        signal(self.pid(), "CONT");
    }

    /// Starts it again after [`Daemon::kill9`] or [`Daemon::terminate`], or ends and starts it: same sockets, same guests.
    pub fn restart(&self) {
        if self.process.borrow().is_some() {
            self.terminate();
        }
        self.launch();
    }

    /// Runs virsh, as another administrator would, and returns what it printed.
    ///
    /// # Panics
    /// If it fails.
    #[track_caller]
    pub fn virsh(&self, uri: &str, arguments: &[&str]) -> String {
        let output = self.virsh_command(uri).args(arguments).output().expect("virsh");
        assert!(
            output.status.success(),
            "virsh {arguments:?}: {}",
            String::from_utf8_lossy(&output.stderr)
        );
        String::from_utf8_lossy(&output.stdout).into_owned()
    }

    /// A virsh that is not started yet.
    pub fn virsh_command(&self, uri: &str) -> Command {
        let mut command = Command::new("virsh");
        command.env("LC_ALL", "C").args(["-q", "-c", uri]);
        command
    }

    /// Keeps the default world of the test driver alive while clients come and go, and changes it fast.
    #[track_caller]
    pub fn hold_world(&self) -> World {
        World::start(&self.uri_test())
    }

    /// A guest to define.
    pub fn guest(&self, name: &str) -> GuestBuilder<'_> {
        GuestBuilder::new(self, name)
    }

    /// What the daemon wrote so far.
    pub fn log(&self) -> String {
        fs::read_to_string(self.directory.join("libvirtd.log")).unwrap_or_default()
    }

    /// Writes a file into its directory and returns the path.
    pub fn write(&self, name: &str, text: &str) -> PathBuf {
        let path = self.directory.join(name);
        let mut file = fs::File::create(&path).expect("a file");
        file.write_all(text.as_bytes()).expect("to write");
        path
    }

    /// Makes a file or directory the daemon's own.
    pub(super) fn give_away(&self, path: &Path) {
        if is_root() {
            let status = Command::new("chown").args(["-R", "nobody"]).arg(path).status();
            assert!(status.is_ok_and(|status| status.success()), "chown {}", path.display());
        }
    }

    /// Variables that a test has put into the file `environment`, one a line.
    fn environment(&self) -> Vec<(String, String)> {
        let text = fs::read_to_string(self.directory.join("environment")).unwrap_or_default();
        let pairs = text.lines().filter_map(|line| line.split_once('='));
        pairs.map(|(name, value)| (name.to_owned(), value.to_owned())).collect()
    }

    #[track_caller]
    fn launch(&self) {
        let log = fs::OpenOptions::new()
            .create(true)
            .append(true)
            .open(self.directory.join("libvirtd.log"))
            .expect("its log");
        let mut command = if is_root() {
            let mut command = Command::new("setpriv");
            command.args(["--reuid=nobody", "--regid=nogroup", "--clear-groups", "libvirtd"]);
            command
        } else {
            Command::new("libvirtd")
        };
        command
            .arg("--listen")
            .arg("--config")
            .arg(self.directory.join("libvirtd.conf"))
            .arg("--pid-file")
            .arg(self.directory.join("pid"))
            .env_clear()
            .env("PATH", "/usr/sbin:/usr/bin:/sbin:/bin")
            .env("LC_ALL", "C")
            .env("HOME", self.directory.join("home"))
            .env("XDG_RUNTIME_DIR", self.directory.join("run"))
            .env("XDG_CONFIG_HOME", self.directory.join("config"))
            .env("XDG_CACHE_HOME", self.directory.join("cache"))
            .env("XDG_DATA_HOME", self.directory.join("data"))
            .env("SASL_CONF_PATH", self.directory.join("config"))
            .envs(self.environment())
            .current_dir(&self.directory)
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .stderr(log)
            .process_group(0);
        *self.process.borrow_mut() = Some(command.spawn().expect("libvirtd (see scripts/install-deps)"));
        wait_for("libvirtd to listen", START_LIMIT, || {
            if let Some(status) = self
                .process
                .borrow_mut()
                .as_mut()
                .and_then(|process| process.try_wait().ok()?)
            {
                panic!("libvirtd ended with {status}: {}", self.log());
            }
            UnixStream::connect(self.socket()).ok()?;
            TcpStream::connect(self.address()).ok()
        });
    }
}

impl Drop for Daemon {
    fn drop(&mut self) {
        if let Some(mut process) = self.process.borrow_mut().take() {
            let _ = process.kill();
            let _ = process.wait();
            let _ = fs::remove_file(self.directory.join("pid"));
        }
        if thread::panicking() {
            // Reasons that libvirt does not pass on are in there.
            eprintln!("libvirtd of the failed test wrote: {}", self.log());
        } else {
            capabilities::keep(&self.directory.join("cache"));
        }
        drop(self.guard.stdin.take());
        let _ = self.guard.wait();
    }
}

/// A virsh that stays connected; see [`Daemon::hold_world`].
#[derive(Debug)]
pub struct World {
    process: Child,
    input: ChildStdin,
    output: BufReader<ChildStdout>,
}

impl World {
    fn start(uri: &str) -> Self {
        let mut process = Command::new("stdbuf")
            .args(["-oL", "virsh", "-q", "-c", uri])
            .env("LC_ALL", "C")
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()
            .expect("virsh");
        let mut world = Self {
            input: process.stdin.take().expect("its input"),
            output: BufReader::new(process.stdout.take().expect("its output")),
            process,
        };
        world.run("hostname");
        world
    }

    /// Runs a command of virsh (several with `;`) and returns what it printed; errors are not seen. Much faster than
    /// [`Daemon::virsh`], which is for the jobs that virsh watches for keys (`save`, `managedsave`, `dump`): those would read
    /// what is written next.
    pub fn run(&mut self, command: &str) -> String {
        const PROMPT: &str = "virsh # ";
        const END: &str = "vireo-end-of-answer";
        // virsh repeats what it reads after a prompt, and its echo ends no line: the empty one after it does.
        writeln!(self.input, "{command}\necho {END}\necho").expect("virsh to listen");
        let mut answer = String::new();
        loop {
            let mut line = String::new();
            let count = self.output.read_line(&mut line).expect("virsh to answer");
            if count == 0 || line.starts_with(END) {
                return answer;
            }
            if !line.starts_with(PROMPT) {
                answer.push_str(&line);
            }
        }
    }
}

impl Drop for World {
    fn drop(&mut self) {
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}

/// Whether these tests run as root.
pub fn is_root() -> bool {
    fs::metadata("/proc/self").is_ok_and(|metadata| std::os::unix::fs::MetadataExt::uid(&metadata) == 0)
}

/// A TCP port that nobody listens on at the moment.
fn free_port() -> u16 {
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).expect("a port");
    listener.local_addr().expect("its number").port()
}
