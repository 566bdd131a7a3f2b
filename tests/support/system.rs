//! A libvirtd with all rights over a network that nobody else sees.

use std::fs;
use std::os::unix::net::UnixStream;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Output, Stdio};
use std::time::Duration;

use super::{is_root, skipped, wait_for};

/// What the first process in the namespaces does: gives libvirt's folders an empty place each, starts libvirtd, takes in what
/// dnsmasq leaves behind, and ends everything when the test program lets go of its end of the pipe. `$1` is the directory.
const FIRST: &str = r#"
set -e
mount --make-rprivate /
for folder in /run /var/lib/libvirt /var/cache/libvirt /var/log/libvirt /etc/libvirt; do
    mkdir -p $folder
    mount -t tmpfs none $folder
done
# Machines, too: with nothing that has to run beside, and in the namespaces that there are.
mkdir -p /var/log/libvirt/qemu
cp "$1/qemu.conf" /etc/libvirt/qemu.conf
# Beside the older control groups this one is in the way of containers.
umount /sys/fs/cgroup/unified 2>/dev/null || :
ip link set lo up
exec 3<&0
trap 'exit 0' TERM
libvirtd --config "$1/libvirtd.conf" --pid-file "$1/pid" </dev/null >"$1/log" 2>&1 &
(read -r _ <&3 || :; kill -TERM 1) &
set +e
while :; do wait; sleep 0.1; done
"#;

/// A private libvirtd that runs as root in namespaces of its own: its bridges, firewall rules, processes and folders are seen
/// by nobody else, and end with it.
#[derive(Debug)]
pub struct SystemDaemon {
    directory: PathBuf,
    process: Child,
}

impl SystemDaemon {
    /// Starts one and waits until it takes connections; `None`, with a word on it, where that needs rights that we have not.
    ///
    /// # Panics
    /// If it does not come up.
    #[track_caller]
    pub fn start() -> Option<Self> {
        let may = Command::new("unshare").args(["-m", "-n", "-p", "-f", "true"]).status();
        if !is_root() || !may.is_ok_and(|status| status.success()) {
            skipped("needs root and namespaces");
            return None;
        }
        let directory = tempfile::Builder::new()
            .prefix("vireo-system-")
            .tempdir()
            .expect("a temporary directory")
            .keep();
        let configuration = format!(
            "listen_tls = 0\nlisten_tcp = 0\nunix_sock_dir = \"{}\"\nauth_unix_rw = \"none\"\nlog_level = 3\n",
            directory.display()
        );
        fs::write(directory.join("libvirtd.conf"), configuration).expect("a file");
        let machines = "stdio_handler = \"file\"\nsecurity_driver = \"none\"\nuser = \"root\"\ngroup = \"root\"\n\
                        remember_owner = 0\nnamespaces = []\ncgroup_controllers = []\n";
        fs::write(directory.join("qemu.conf"), machines).expect("a file");
        let process = Command::new("unshare")
            .args([
                "-m",
                "-n",
                "-p",
                "-f",
                "--kill-child",
                "--mount-proc",
                "sh",
                "-c",
                FIRST,
                "vireo-test-system",
            ])
            .arg(&directory)
            .env_clear()
            .env("PATH", "/usr/sbin:/usr/bin:/sbin:/bin")
            .env("LC_ALL", "C")
            .stdin(Stdio::piped())
            .stdout(Stdio::null())
            .stderr(Stdio::inherit())
            .spawn()
            .expect("unshare");
        let daemon = Self { directory, process };
        wait_for("libvirtd to listen", Duration::from_secs(30), || {
            UnixStream::connect(daemon.directory.join("libvirt-sock")).ok()
        });
        Some(daemon)
    }

    /// QEMU with all rights.
    pub fn uri(&self) -> String {
        format!("qemu+unix:///system?socket={}/libvirt-sock", self.directory.display())
    }

    /// Its directory; removed in the end.
    pub fn directory(&self) -> &Path {
        &self.directory
    }

    /// Runs virsh, as another administrator would, and returns what it printed.
    ///
    /// # Panics
    /// If it fails.
    #[track_caller]
    pub fn virsh(&self, arguments: &[&str]) -> String {
        let mut command = Command::new("virsh");
        command
            .env("LC_ALL", "C")
            .args(["-q", "-c", &self.uri()])
            .args(arguments);
        said(command.output().expect("virsh"))
    }

    /// Runs virsh on another driver of this daemon: what it printed, or why it failed.
    ///
    /// # Errors
    /// The words of virsh.
    pub fn virsh_at(&self, uri: &str, arguments: &[&str]) -> Result<String, String> {
        let mut command = Command::new("virsh");
        command.env("LC_ALL", "C").args(["-q", "-c", uri]).args(arguments);
        let output = command.output().expect("virsh");
        let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).trim().to_owned();
        if output.status.success() {
            Ok(text(&output.stdout))
        } else {
            Err(text(&output.stderr))
        }
    }

    /// Runs a line of the shell where its bridges and folders are, and returns what it printed.
    ///
    /// # Panics
    /// If it fails.
    #[track_caller]
    pub fn inside(&self, line: &str) -> String {
        let first = fs::read_to_string(format!("/proc/{0}/task/{0}/children", self.process.id()));
        let first = first.expect("the first process in there").trim().to_owned();
        let mut command = Command::new("nsenter");
        command.args(["-m", "-n", "-p", "-t", &first, "sh", "-c", line]);
        said(command.output().expect("nsenter"))
    }
}

#[track_caller]
fn said(output: Output) -> String {
    let words = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{words}");
    String::from_utf8_lossy(&output.stdout).into_owned()
}

impl Drop for SystemDaemon {
    fn drop(&mut self) {
        drop(self.process.stdin.take());
        // The first process in there ends with this one, and all others with that.
        let _ = self.process.kill();
        let _ = self.process.wait();
        let _ = fs::remove_dir_all(&self.directory);
    }
}
