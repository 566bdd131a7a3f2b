//! A bus and a keyring of our own. Nothing of the user's is touched, and everything ends with the test program.

use std::fs;
use std::io::{BufRead, BufReader, Write};
use std::process::{Command, Stdio};
use std::sync::OnceLock;
use std::time::Duration;

use crate::support::{self, Process, wait_for};

const NAME: &str = "org.freedesktop.secrets";
const LOGIN: &str = "/org/freedesktop/secrets/collection/login";
const MASTER: &str = "the master password";
const LIMIT: Duration = Duration::from_secs(20);

/// A session bus on which nothing starts by itself; the one that this program sees from now on.
pub struct Bus {
    address: String,
}

impl Bus {
    pub fn get() -> Self {
        static STARTED: OnceLock<(String, Process, tempfile::TempDir)> = OnceLock::new();
        let (address, _, _) = STARTED.get_or_init(|| {
            let folder = tempfile::tempdir().expect("a folder");
            let configuration = folder.path().join("bus.conf");
            let text = format!(
                "<busconfig><type>session</type><listen>unix:path={}</listen>\
                 <policy context='default'><allow send_destination='*' eavesdrop='true'/><allow eavesdrop='true'/><allow own='*'/></policy>\
                 </busconfig>",
                folder.path().join("bus").display()
            );
            fs::write(&configuration, text).expect("written");
            let mut child = Command::new("dbus-daemon")
                .args(["--nofork", "--print-address", "--config-file"])
                .arg(&configuration)
                .stdin(Stdio::null())
                .stdout(Stdio::piped())
                .spawn()
                .expect("dbus-daemon");
            let mut address = String::new();
            let output = child.stdout.take().expect("its output");
            BufReader::new(output).read_line(&mut address).expect("an address");
            (address.trim().to_owned(), Process::new(child), folder)
        });
        let bus = Self {
            address: address.clone(),
        };
        bus.show();
        bus
    }

    /// Lets this program see the bus.
    pub fn show(&self) {
        // SAFETY: all tests of this program share one thread, and nothing else is under way between them.
        unsafe { std::env::set_var("DBUS_SESSION_BUS_ADDRESS", &self.address) };
    }

    /// Takes the bus away from this program.
    pub fn hide(&self) {
        // SAFETY: as above.
        unsafe { std::env::set_var("DBUS_SESSION_BUS_ADDRESS", "unix:path=/nonexistent/bus") };
    }

    fn call(&self, path: &str, method: &str, arguments: &[&str]) -> String {
        let output = Command::new("gdbus")
            .args([
                "call",
                "--address",
                &self.address,
                "--dest",
                NAME,
                "--object-path",
                path,
            ])
            .args(["--timeout", "10", "--method", method])
            .args(arguments)
            .output()
            .expect("gdbus");
        String::from_utf8_lossy(&output.stdout).into_owned()
    }

    fn has_service(&self) -> bool {
        let arguments = ["call", "--address", &self.address, "--dest", "org.freedesktop.DBus"];
        let output = Command::new("gdbus")
            .args(arguments)
            .args([
                "--object-path",
                "/",
                "--method",
                "org.freedesktop.DBus.NameHasOwner",
                NAME,
            ])
            .output()
            .expect("gdbus");
        String::from_utf8_lossy(&output.stdout).contains("true")
    }
}

/// gnome-keyring with an unlocked collection that is empty.
pub struct Secrets {
    process: Option<Process>,
    folder: tempfile::TempDir,
}

impl Secrets {
    pub fn start(bus: &Bus) -> Self {
        let folder = tempfile::tempdir().expect("a folder");
        let mut secrets = Self { process: None, folder };
        secrets.unlock(bus);
        secrets
    }

    /// Starts it anew, unlocked: what a user does by logging in.
    pub fn unlock(&mut self, bus: &Bus) {
        drop(self.process.take());
        self.process = Some(launch(bus, &self.folder));
        wait_for("the collection", LIMIT, || {
            bus.call(
                LOGIN,
                "org.freedesktop.DBus.Properties.Get",
                &["org.freedesktop.Secret.Collection", "Locked"],
            )
            .contains("false")
            .then_some(())
        });
    }

    /// Number of secrets in it.
    pub fn items(&self, bus: &Bus) -> usize {
        bus.call(
            LOGIN,
            "org.freedesktop.DBus.Properties.Get",
            &["org.freedesktop.Secret.Collection", "Items"],
        )
        .matches("/collection/login/")
        .count()
    }

    #[track_caller]
    pub fn until_items(&self, bus: &Bus, count: usize) {
        support::iterate_until(&glib::MainContext::default(), "the items", LIMIT, || {
            self.items(bus) == count
        });
    }

    pub fn lock(&self, bus: &Bus) {
        bus.call(
            "/org/freedesktop/secrets",
            "org.freedesktop.Secret.Service.Lock",
            &[&format!("['{LOGIN}']")],
        );
    }

    fn pid(&self) -> u32 {
        self.process.as_ref().expect("a running service").pid()
    }

    /// It takes calls, but never answers.
    pub fn hang(&self) {
        support::signal(self.pid(), "STOP");
    }

    pub fn go_on(&self) {
        support::signal(self.pid(), "CONT");
    }
}

fn launch(bus: &Bus, folder: &tempfile::TempDir) -> Process {
    wait_for("the last service to leave", LIMIT, || {
        (!bus.has_service()).then_some(())
    });
    let mut child = Command::new("gnome-keyring-daemon")
        .args([
            "--foreground",
            "--components=secrets",
            "--unlock",
            "--control-directory",
        ])
        .arg(folder.path().join("control"))
        .env("DBUS_SESSION_BUS_ADDRESS", &bus.address)
        .env("XDG_DATA_HOME", folder.path())
        .env("XDG_RUNTIME_DIR", folder.path())
        .env("HOME", folder.path())
        .stdin(Stdio::piped())
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .spawn()
        .expect("gnome-keyring-daemon (see scripts/install-deps)");
    let mut input = child.stdin.take().expect("its input");
    input.write_all(MASTER.as_bytes()).expect("to write");
    drop(input);
    let process = Process::new(child);
    wait_for("the service", LIMIT, || bus.has_service().then_some(()));
    process
}
