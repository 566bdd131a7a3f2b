//! The same from the command line: the program itself, its words, and the codes that it ends with.

use std::io::Read;
use std::path::Path;
use std::process::{Child, Command, Output, Stdio};
use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

use serde_json::Value;
use vireo::model::journal::{Entry, Made};
use vireo::model::key::HostId;
use vireo::virt::client::Journal;

use crate::support::{Daemon, wait_for};
use crate::{media, turn_off};

/// A daemon with a pool, and a journal that nobody else writes.
struct Bench {
    daemon: Daemon,
    state: tempfile::TempDir,
}

impl Bench {
    fn new() -> Self {
        let daemon = Daemon::start_prepared("", |folder| {
            std::fs::create_dir_all(folder.join("images")).unwrap();
        });
        let target = daemon.directory().join("images").display().to_string();
        daemon.virsh(
            &daemon.uri_qemu(),
            &["pool-create-as", "images", "dir", "--target", &target],
        );
        let state = tempfile::tempdir().unwrap();
        Self { daemon, state }
    }

    fn virsh(&self, arguments: &[&str]) -> String {
        self.daemon.virsh(&self.daemon.uri_qemu(), arguments)
    }

    fn journal(&self) -> std::path::PathBuf {
        self.state.path().join("vireo/jobs")
    }

    fn entries(&self) -> usize {
        std::fs::read_dir(self.journal()).map_or(0, Iterator::count)
    }

    fn command(&self, arguments: &[&str]) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_vireo"));
        command
            .args(["-c", &self.daemon.uri_qemu()])
            .args(arguments)
            .env("LC_ALL", "C.UTF-8")
            .env("XDG_STATE_HOME", self.state.path())
            .env("XDG_CACHE_HOME", self.state.path());
        command
    }

    fn vireo(&self, arguments: &[&str]) -> Output {
        self.command(arguments).output().expect("vireo")
    }

    #[track_caller]
    fn says(&self, arguments: &[&str]) -> String {
        let output = self.vireo(arguments);
        let words = String::from_utf8_lossy(&output.stderr);
        assert!(output.status.success(), "{arguments:?}: {words}");
        String::from_utf8_lossy(&output.stdout).into_owned()
    }

    #[track_caller]
    fn refuses(&self, arguments: &[&str], code: i32) -> String {
        let output = self.vireo(arguments);
        assert_eq!(output.status.code(), Some(code), "{arguments:?}: {output:?}");
        String::from_utf8_lossy(&output.stderr).into_owned()
    }

    fn is_there(&self, image: &str) -> bool {
        Path::new(&self.daemon.directory().join("images").join(image)).exists()
    }
}

fn json(text: &str) -> Value {
    serde_json::from_str(text).expect("JSON")
}

/// An empty machine without a network.
const EMPTY: &[&str] = &[
    "create",
    "--empty",
    "--name",
    "bare",
    "--virt-type",
    "qemu",
    "--memory",
    "128",
    "--vcpus",
    "1",
    "--pool",
    "images",
    "--size",
    "1MiB",
    "--network",
    "none",
    "--no-start",
];

#[test]
fn a_machine_is_made_by_words() {
    let bench = Bench::new();
    let with = |more: &[&'static str]| -> Vec<&'static str> { EMPTY.iter().chain(more).copied().collect() };

    let told = json(&bench.says(&with(&["--dry-run", "--json"])));
    assert_eq!(told["name"], "bare");
    assert_eq!(told["uuid"], Value::Null);
    assert_eq!(told["files"][0]["kind"], "image");
    assert_eq!(told["files"][0]["name"], "bare.qcow2");
    assert_eq!(told["files"][0]["capacity"], 1 << 20);
    assert!(told["xml"].as_str().unwrap().contains("<name>bare</name>"), "{told}");
    let text = bench.says(&with(&["--dry-run"]));
    assert!(
        text.contains("images/bare.qcow2") && text.contains("<domain type='qemu'>"),
        "{text}"
    );
    assert_eq!(bench.virsh(&["list", "--all", "--name"]).trim(), "", "nothing was made");
    assert!(!bench.is_there("bare.qcow2"));

    let made = json(&bench.says(&with(&["--json"])));
    let uuid = bench.virsh(&["domuuid", "bare"]);
    assert_eq!(made["uuid"].as_str(), Some(uuid.trim()));
    assert!(bench.is_there("bare.qcow2"));
    assert_eq!(bench.virsh(&["domstate", "bare"]).trim(), "shut off");
    assert_eq!(bench.entries(), 0, "the journal is empty");

    // A name that is taken is an error of the host, a wrong line one of whoever wrote it.
    let taken = bench.refuses(&with(&[]), 1);
    assert!(taken.contains("bare"), "{taken}");
    assert_eq!(bench.virsh(&["domuuid", "bare"]), uuid);
    bench.refuses(&["create", "--name", "x"], 2);
    bench.refuses(&["create", "--empty", "--size", "much"], 2);
    bench.refuses(&["create", "--empty", "--network", "nonsense=1"], 2);
    bench.refuses(&["create", "--empty", "--pxe"], 2);
    assert_eq!(bench.virsh(&["list", "--all", "--name"]).trim(), "bare");
}

#[test]
fn leftovers_are_named_and_removed_by_words() {
    let bench = Bench::new();
    assert_eq!(bench.says(&["leftovers"]), "");
    for name in ["half.qcow2", "kept.qcow2"] {
        bench.virsh(&["vol-create-as", "images", name, "1M", "--format", "qcow2"]);
    }
    let dies = |title: &str, image: &str| {
        let entry = Entry {
            title: title.to_owned(),
            host: HostId::new(),
            uri: bench.daemon.uri_qemu(),
            started: 1,
            made: Vec::new(),
        };
        let mut record = Journal::at(bench.journal()).begin(entry).unwrap();
        let made = Made::Volume {
            pool: "images".to_owned(),
            name: image.to_owned(),
        };
        record.will_make(made).unwrap();
    };
    dies("Creating half", "half.qcow2");
    let text = bench.says(&["leftovers"]);
    assert!(
        text.contains("Creating half") && text.contains("images/half.qcow2"),
        "{text}"
    );
    let told = json(&bench.says(&["leftovers", "--json"]));
    assert_eq!(told[0]["title"], "Creating half");
    assert_eq!(told[0]["made"][0]["name"], "half.qcow2");
    assert!(bench.is_there("half.qcow2"), "nothing goes by being named");

    // Another host is not touched, nor forgotten.
    let elsewhere = Command::new(env!("CARGO_BIN_EXE_vireo"))
        .args(["-c", "test:///default", "leftovers", "--remove"])
        .env("XDG_STATE_HOME", bench.state.path())
        .output()
        .expect("vireo");
    assert!(elsewhere.status.success(), "{elsewhere:?}");
    assert!(bench.is_there("half.qcow2") && bench.entries() == 1);

    bench.says(&["leftovers", "--remove"]);
    assert!(!bench.is_there("half.qcow2") && bench.is_there("kept.qcow2"));
    assert_eq!(bench.entries(), 0);

    dies("Creating kept", "kept.qcow2");
    bench.says(&["leftovers", "--forget"]);
    assert!(bench.is_there("kept.qcow2"));
    assert_eq!(bench.says(&["leftovers"]), "");
    bench.refuses(&["leftovers", "--remove", "--forget"], 2);
}

/// The command while it waits for the end of an installation, which has begun.
struct Waiting(Child);

impl Waiting {
    fn begin(bench: &Bench) -> Self {
        let medium = media::bootable(bench.daemon.directory());
        let medium = medium.display().to_string();
        let words = [
            "create",
            "--cdrom",
            &medium,
            "--name",
            "web",
            "--virt-type",
            "qemu",
            "--memory",
            "256",
            "--vcpus",
            "1",
            "--pool",
            "images",
            "--size",
            "64MiB",
            "--network",
            "none",
            "--wait",
        ];
        let mut command = bench.command(&words);
        let child = command.stdout(Stdio::null()).stderr(Stdio::piped()).spawn();
        let waiting = Self(child.expect("vireo"));
        wait_for("the installation", Duration::from_secs(60), || {
            let is_there = bench.virsh(&["list", "--name"]).contains("web");
            (is_there && bench.definition().contains("begun=\"yes\"")).then_some(())
        });
        waiting
    }

    /// Waits for its end; tells its code and what it said.
    fn ended(mut self) -> (Option<i32>, String) {
        let status = wait_for("the end of the command", Duration::from_secs(60), || {
            self.0.try_wait().expect("vireo")
        });
        let mut said = String::new();
        let words = self.0.stderr.as_mut().expect("its words");
        words.read_to_string(&mut said).expect("text");
        (status.code(), said)
    }
}

impl Drop for Waiting {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

impl Bench {
    fn definition(&self) -> String {
        self.virsh(&["dumpxml", "--inactive", "web"])
    }

    /// The guest ends by itself, as libvirt sees it.
    fn guest_ends(&self) {
        turn_off(&self.daemon, "web");
    }

    /// Writes the note about the installation as another client would.
    fn note(&self, change: impl Fn(&str) -> String) {
        let uri = "https://vireo-vm.github.io/ns/installation/1";
        let of = ["metadata", "web", "--uri", uri, "--config"];
        let note = change(&self.virsh(&of));
        self.virsh(&[of.as_slice(), &["--key", "vireo-installation", "--set", &note]].concat());
    }

    /// Neither the medium nor the note is left.
    #[track_caller]
    fn sees_no_installation(&self) {
        let xml = self.definition();
        assert!(
            !xml.contains("guest.iso") && !xml.contains("vireo-installation"),
            "{xml}"
        );
    }
}

#[test]
fn a_command_that_waits_takes_the_medium_out_when_the_guest_has_ended() {
    let bench = Bench::new();
    let waiting = Waiting::begin(&bench);
    bench.guest_ends();
    let (code, said) = waiting.ended();
    assert_eq!(code, Some(0), "{said}");
    bench.sees_no_installation();
}

#[test]
fn a_machine_that_was_forced_off_is_not_installed_for_a_command_that_waits() {
    let bench = Bench::new();
    let waiting = Waiting::begin(&bench);
    bench.virsh(&["destroy", "web"]);
    let (code, said) = waiting.ended();
    assert_eq!(code, Some(1), "{said}");
    assert!(said.contains("turned off"), "{said}");
    let xml = bench.definition();
    assert!(xml.contains("guest.iso") && xml.contains("vireo-installation"), "{xml}");
}

#[test]
fn a_command_that_waits_goes_on_while_a_window_starts_the_installer_again() {
    let bench = Bench::new();
    let mut waiting = Waiting::begin(&bench);
    // A window that was quicker has seen to the installer's going on, and starts the machine now.
    let now = SystemTime::now().duration_since(UNIX_EPOCH).unwrap().as_secs();
    bench.note(|note| note.replace("begun=\"yes\"", &format!("begun=\"no\" seen=\"1\" at=\"{now}\"")));
    bench.guest_ends();
    // Nothing tells that the command has seen that.
    let patience = Instant::now() + Duration::from_secs(2);
    while Instant::now() < patience {
        assert_eq!(waiting.0.try_wait().expect("vireo"), None, "it waits for the end");
        std::thread::sleep(Duration::from_millis(20));
    }
    bench.virsh(&["start", "web"]);
    bench.note(|note| note.replace("begun=\"no\"", "begun=\"yes\""));
    bench.guest_ends();
    let (code, said) = waiting.ended();
    assert_eq!(code, Some(0), "{said}");
    bench.sees_no_installation();
}
