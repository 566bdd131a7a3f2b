//! A real sshd on the loopback interface with keys and a password of its own, and the client's side.

use std::fs;
use std::net::{Ipv4Addr, TcpListener, TcpStream};
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::OnceLock;
use std::time::Duration;

use async_channel::Receiver;
use vireo::model::credential::CredentialQuestion;
use vireo::virt::client::askpass::{self, Askpass};

use crate::support::{Daemon, skipped, wait_for};

/// The password of the account on a server with passwords.
pub const PASSWORD: &str = "sesame, open";

/// A server of ours with its keys, and the client's side: a known_hosts file of its own.
pub struct Ssh {
    directory: tempfile::TempDir,
    port: u16,
    passwords: bool,
    /// Further lines of its configuration.
    pub more: String,
    pub server: Option<Child>,
}

/// Runs a program that must succeed.
#[track_caller]
pub fn run(program: &str, arguments: &[&str]) {
    let output = Command::new(program).args(arguments).output().unwrap();
    assert!(
        output.status.success(),
        "{program}: {}",
        String::from_utf8_lossy(&output.stderr)
    );
}

fn script(path: &Path, text: &str) {
    fs::write(path, text).unwrap();
    fs::set_permissions(path, fs::Permissions::from_mode(0o755)).unwrap();
}

impl Ssh {
    /// A server that takes keys only.
    pub fn start() -> Self {
        Self::begin(false)
    }

    /// A server that takes [`PASSWORD`] only, for the account that the tests run as. Its users' database is a copy that
    /// nobody else sees, which only root can arrange: `None` for everybody else.
    #[track_caller]
    pub fn start_with_password() -> Option<Self> {
        if fs::read("/etc/shadow").is_ok() && account() == "root" {
            return Some(Self::begin(true));
        }
        skipped("needs root, for a server with passwords");
        None
    }

    fn begin(passwords: bool) -> Self {
        let directory = tempfile::Builder::new().prefix("vireo-ssh-").tempdir().unwrap();
        let port = TcpListener::bind((Ipv4Addr::LOCALHOST, 0))
            .unwrap()
            .local_addr()
            .unwrap()
            .port();
        let mut ssh = Self {
            directory,
            port,
            passwords,
            more: String::new(),
            server: None,
        };
        ssh.key("host", "");
        ssh.key("user", "");
        ssh.key("locked", "open sesame");
        let keys = ["user.pub", "locked.pub"].map(|name| fs::read_to_string(ssh.path(name)).unwrap());
        fs::write(ssh.path("authorized"), keys.concat()).unwrap();
        // Everything that a user's own configuration could add is left out.
        let client = format!(
            "#!/bin/sh\nexec {} -F none -o UserKnownHostsFile={} -o GlobalKnownHostsFile=/dev/null -o IdentitiesOnly=yes \"$@\"\n",
            real_ssh().display(),
            ssh.text("known")
        );
        script(&ssh.path("ssh"), &client);
        script(&ssh.path("relay"), RELAY);
        if passwords {
            ssh.copy_users();
        }
        ssh.serve();
        ssh
    }

    /// The users' database with a password of ours.
    fn copy_users(&self) {
        let output = Command::new("openssl")
            .args(["passwd", "-6", PASSWORD])
            .output()
            .unwrap();
        let hash = String::from_utf8(output.stdout).unwrap();
        let users = fs::read_to_string("/etc/shadow").unwrap();
        let lines = users.lines().map(|line| match line.split(':').next() {
            Some("root") => format!("root:{}:20000:0:99999:7:::\n", hash.trim()),
            _ => format!("{line}\n"),
        });
        fs::write(self.path("shadow"), lines.collect::<String>()).unwrap();
        fs::set_permissions(self.path("shadow"), fs::Permissions::from_mode(0o600)).unwrap();
    }

    pub fn path(&self, name: &str) -> PathBuf {
        self.directory.path().join(name)
    }

    pub fn text(&self, name: &str) -> String {
        self.path(name).display().to_string()
    }

    pub fn key(&self, name: &str, passphrase: &str) {
        let _ = fs::remove_file(self.path(name));
        run(
            "ssh-keygen",
            &["-q", "-t", "ed25519", "-N", passphrase, "-f", &self.text(name)],
        );
    }

    /// Starts the server, with whatever host key is there now.
    pub fn serve(&mut self) {
        self.end();
        // The server of a root insists on it.
        let _ = fs::create_dir_all("/run/sshd");
        let lines = [
            format!("Port {}\nListenAddress 127.0.0.1", self.port),
            format!(
                "HostKey {}\nAuthorizedKeysFile {}",
                self.text("host"),
                self.text("authorized")
            ),
            format!("PidFile {}\nStrictModes no\nUsePAM no", self.text("pid")),
            "KbdInteractiveAuthentication no\nPermitRootLogin yes\nLogLevel VERBOSE".to_owned(),
            match self.passwords {
                true => "PasswordAuthentication yes\nPubkeyAuthentication no\n".to_owned(),
                false => "PasswordAuthentication no\n".to_owned(),
            },
            self.more.clone(),
        ];
        fs::write(self.path("conf"), lines.join("\n")).unwrap();
        let log = fs::File::create(self.path("log")).unwrap();
        let mut command = if self.passwords {
            let start = r#"mount --bind "$1" /etc/shadow && exec /usr/sbin/sshd -D -e -f "$2""#;
            let mut command = Command::new("unshare");
            command.args(["--mount", "--propagation", "private", "sh", "-c", start, "sh"]);
            command.args([self.path("shadow"), self.path("conf")]);
            command
        } else {
            let mut command = Command::new("/usr/sbin/sshd");
            command.args(["-D", "-e", "-f", &self.text("conf")]);
            command
        };
        command.stdin(Stdio::null()).stdout(Stdio::null()).stderr(log);
        self.server = Some(command.spawn().unwrap());
        wait_for("sshd", Duration::from_secs(10), || {
            TcpStream::connect((Ipv4Addr::LOCALHOST, self.port)).ok()
        });
    }

    pub fn end(&mut self) {
        if let Some(mut server) = self.server.take() {
            let _ = server.kill();
            let _ = server.wait();
        }
    }

    /// Remembers the host's key as if it had been accepted before.
    pub fn trust(&self) {
        let key = fs::read_to_string(self.path("host.pub")).unwrap();
        fs::write(self.path("known"), format!("[127.0.0.1]:{} {key}", self.port)).unwrap();
    }

    /// What the server wrote so far.
    pub fn log(&self) -> String {
        fs::read_to_string(self.path("log")).unwrap_or_default()
    }

    /// By one of the SSH clients inside libvirt (`libssh`, `libssh2`), logging in by `way`: `privkey` with a key, or
    /// `password`.
    pub fn uri_builtin(&self, daemon: &Daemon, transport: &str, way: &str, key: &str) -> String {
        format!(
            "test+{transport}://{}@127.0.0.1:{}/default?sshauth={way}&keyfile={}&known_hosts={}\
             &known_hosts_verify=normal&proxy=netcat&netcat={}&socket={}",
            account(),
            self.port,
            self.text(key),
            self.text("known"),
            self.text("relay"),
            daemon.socket().display()
        )
    }

    /// QEMU by whatever `ssh` is in the path: see [`Ssh::become_usual`].
    pub fn uri_shared(&self, daemon: &Daemon, key: &str) -> String {
        format!(
            "qemu+ssh://127.0.0.1:{}/session?keyfile={}&proxy=netcat&netcat={}&socket={}",
            self.port,
            self.text(key),
            self.text("relay"),
            daemon.socket().display()
        )
    }

    /// Makes the client of this server the `ssh` that is found in the path, with these options of the user's own.
    pub fn become_usual(&self, options: &[&str]) {
        let usual = usual_ssh();
        let _ = fs::remove_file(&usual);
        let options: String = options.iter().map(|option| format!(" -o {option}")).collect();
        let text = format!("#!/bin/sh\nexec {}{options} \"$@\"\n", self.text("ssh"));
        script(&usual, &text);
    }

    /// How often somebody has logged in.
    pub fn logins(&self) -> usize {
        let log = self.log();
        ["publickey", "password"]
            .iter()
            .map(|way| log.matches(&format!("Accepted {way} for")).count())
            .sum()
    }

    /// Processes of clients of this server, and their masters.
    pub fn clients(&self) -> Vec<(u32, String)> {
        let private = usual_private().display().to_string();
        let port = format!("-p {}", self.port);
        let processes = fs::read_dir("/proc").unwrap().flatten();
        let mut clients: Vec<_> = processes
            .filter_map(|entry| {
                let pid = entry.file_name().to_str()?.parse().ok()?;
                let line = fs::read(entry.path().join("cmdline")).ok()?;
                let line = String::from_utf8_lossy(&line).replace('\0', " ");
                let is_master = line.starts_with("ssh: ") && line.contains(&private);
                (is_master || line.contains("ssh ") && line.contains(&port)).then_some((pid, line))
            })
            .collect();
        clients.sort();
        clients
    }

    /// By the ssh program.
    pub fn uri(&self, daemon: &Daemon, key: &str) -> String {
        format!(
            "test+ssh://127.0.0.1:{}/default?keyfile={}&command={}&proxy=netcat&netcat={}&socket={}",
            self.port,
            self.text(key),
            self.text("ssh"),
            self.text("relay"),
            daemon.socket().display()
        )
    }
}

impl Drop for Ssh {
    fn drop(&mut self) {
        self.end();
    }
}

/// The account that the tests run as.
fn account() -> String {
    let output = Command::new("id").arg("-un").output().unwrap();
    String::from_utf8(output.stdout).unwrap().trim().to_owned()
}

/// The ssh of the system, whatever stands in the path before it.
fn real_ssh() -> &'static PathBuf {
    static REAL: OnceLock<PathBuf> = OnceLock::new();
    REAL.get_or_init(|| {
        let path = std::env::var_os("PATH").unwrap();
        std::env::split_paths(&path)
            .map(|folder| folder.join("ssh"))
            .find(|file| file.is_file())
            .unwrap()
    })
}

/// Where the `ssh` of [`Ssh::become_usual`] is: first in the path.
fn usual_ssh() -> PathBuf {
    static USUAL: OnceLock<tempfile::TempDir> = OnceLock::new();
    let folder = USUAL.get_or_init(|| {
        real_ssh();
        let folder = tempfile::tempdir().unwrap();
        let path = std::env::var("PATH").unwrap();
        // SAFETY: the test thread is the only one that reads or writes the environment.
        unsafe { std::env::set_var("PATH", format!("{}:{path}", folder.path().display())) };
        folder
    });
    folder.path().join("ssh")
}

/// What netcat does with `-U PATH` or an address and a port; it is not installed everywhere.
const RELAY: &str = r#"#!/usr/bin/env python3
import os, select, socket, sys
if "-U" in sys.argv:
    line = socket.socket(socket.AF_UNIX)
    line.connect(sys.argv[-1])
elif len(sys.argv) == 3:
    line = socket.create_connection((sys.argv[1], int(sys.argv[2])))
else:
    sys.exit(1)
while True:
    for ready in select.select([0, line], [], [])[0]:
        data = os.read(0, 65536) if ready == 0 else line.recv(65536)
        if not data:
            sys.exit(0)
        if ready == 0:
            line.sendall(data)
        else:
            while data:
                data = data[os.write(1, data):]
"#;

/// Lets ssh ask this process; the helper that ssh starts is the real program. Gives the questions that belong to no
/// attempt to connect, of which there should be none.
pub fn install_askpass() -> Receiver<CredentialQuestion> {
    installed().1.clone()
}

/// The directory of what helps ssh.
pub fn usual_private() -> PathBuf {
    installed().0.socket().parent().unwrap().to_owned()
}

fn installed() -> &'static (Askpass, Receiver<CredentialQuestion>) {
    static INSTALLED: OnceLock<(Askpass, Receiver<CredentialQuestion>)> = OnceLock::new();
    INSTALLED.get_or_init(|| {
        let (sender, questions) = async_channel::unbounded();
        let askpass = askpass::listen(sender, PathBuf::from(env!("CARGO_BIN_EXE_vireo"))).unwrap();
        // SAFETY: the test thread is the only one that reads or writes the environment.
        unsafe {
            std::env::set_var("SSH_ASKPASS", askpass.socket().with_file_name("vireo-askpass"));
            std::env::set_var("SSH_ASKPASS_REQUIRE", "force");
        }
        (askpass, questions)
    })
}
