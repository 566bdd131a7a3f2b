//! Real guests: a kernel and a busybox that boot to shells on their serial ports within seconds, without KVM.

use std::fmt::Write as _;
use std::fs;
use std::path::PathBuf;
use std::process::Command;
use std::sync::OnceLock;
use std::time::Duration;

use super::{Daemon, root, signal, wait_for};

/// What a guest prints when its shell is there.
pub const READY: &str = "vireo guest ready";
const BOOT_LIMIT: Duration = Duration::from_secs(120);

/// Kernel and initramfs, made once for all test programs.
fn image() -> &'static PathBuf {
    static IMAGE: OnceLock<PathBuf> = OnceLock::new();
    IMAGE.get_or_init(|| {
        let folder = root().join("target/guest");
        let lock = root().join("target/guest.lock");
        let status = Command::new("flock")
            .arg(lock)
            .arg(root().join("scripts/make-guest"))
            .arg(&folder)
            .status()
            .expect("flock");
        assert!(status.success(), "scripts/make-guest failed");
        folder
    })
}

/// A file of the small guest: `vmlinuz` or `initramfs`.
pub fn guest_file(name: &str) -> PathBuf {
    image().join(name)
}

/// A guest before it is defined.
#[derive(Debug)]
pub struct GuestBuilder<'a> {
    daemon: &'a Daemon,
    name: String,
    memory_mib: u32,
    vcpus: u32,
    devices: String,
    serial_ports: u32,
    extra: String,
    booting: bool,
}

impl<'a> GuestBuilder<'a> {
    pub(super) fn new(daemon: &'a Daemon, name: &str) -> Self {
        Self {
            daemon,
            name: name.to_owned(),
            memory_mib: 128,
            vcpus: 1,
            devices: String::new(),
            serial_ports: 1,
            extra: String::new(),
            booting: true,
        }
    }

    /// Memory in MiB; 128 by default.
    #[must_use]
    pub fn memory_mib(mut self, memory: u32) -> Self {
        self.memory_mib = memory;
        self
    }

    /// Number of virtual CPUs; 1 by default.
    #[must_use]
    pub fn vcpus(mut self, vcpus: u32) -> Self {
        self.vcpus = vcpus;
        self
    }

    /// Number of serial ports, each with a shell; 1 by default.
    #[must_use]
    pub fn serial_ports(mut self, ports: u32) -> Self {
        self.serial_ports = ports;
        self
    }

    /// Adds an empty raw disk `/dev/vda` of that many MiB.
    #[must_use]
    pub fn disk_mib(mut self, size: u64) -> Self {
        let path = self.daemon.directory().join(format!("{}.img", self.name));
        let file = fs::File::create(&path).expect("a disk");
        file.set_len(size << 20).expect("its size");
        self.daemon.give_away(&path);
        let _ = write!(
            self.devices,
            "<disk type='file' device='disk'><driver name='qemu' type='raw'/><source file='{}'/><target dev='vda' bus='virtio'/></disk>",
            path.display()
        );
        self
    }

    /// Adds a network card with user-mode networking.
    #[must_use]
    pub fn nic(mut self) -> Self {
        self.devices
            .push_str("<interface type='user'><model type='virtio'/></interface>");
        self
    }

    /// Adds XML to `<devices>`.
    #[must_use]
    pub fn device(mut self, xml: &str) -> Self {
        self.devices.push_str(xml);
        self
    }

    /// Adds XML to `<domain>`.
    #[must_use]
    pub fn element(mut self, xml: &str) -> Self {
        self.extra.push_str(xml);
        self
    }

    /// A machine without an operating system: its process is real and starts fast, nothing runs in it.
    #[must_use]
    pub fn empty(mut self) -> Self {
        self.booting = false;
        self.memory_mib = self.memory_mib.min(32);
        self
    }

    /// The definition.
    pub fn xml(&self) -> String {
        let boot = if self.booting {
            let folder = self.daemon.directory();
            for name in ["vmlinuz", "initramfs"] {
                let target = folder.join(name);
                if !target.exists() {
                    fs::copy(image().join(name), &target).expect("the guest's files");
                    self.daemon.give_away(&target);
                }
            }
            format!(
                "<kernel>{0}/vmlinuz</kernel><initrd>{0}/initramfs</initrd>\
                 <cmdline>console=ttyS0 quiet panic=-1 tsc=unstable</cmdline>",
                folder.display()
            )
        } else {
            String::new()
        };
        let mut serial = String::new();
        for port in 0..self.serial_ports {
            let _ = write!(
                serial,
                "<serial type='pty'><log file='{}' append='off'/><target port='{port}'/></serial>",
                self.daemon
                    .directory()
                    .join(format!("{}-{port}.log", self.name))
                    .display()
            );
        }
        format!(
            "<domain type='qemu'><name>{name}</name><memory unit='MiB'>{memory}</memory><vcpu>{vcpus}</vcpu>\
             <os><type arch='x86_64' machine='pc'>hvm</type>{boot}</os><features><acpi/></features><cpu mode='maximum'/>\
             <on_reboot>restart</on_reboot><devices>{serial}<memballoon model='virtio'/>{devices}</devices>{extra}</domain>",
            name = self.name,
            memory = self.memory_mib,
            vcpus = self.vcpus,
            devices = self.devices,
            extra = self.extra,
        )
    }

    /// Defines it.
    ///
    /// # Panics
    /// If libvirt refuses.
    #[track_caller]
    pub fn define(self) -> Guest<'a> {
        let file = self.daemon.write(&format!("{}.xml", self.name), &self.xml());
        let uri = self.daemon.uri_qemu();
        self.daemon.virsh(&uri, &["define", &file.to_string_lossy()]);
        let uuid = self.daemon.virsh(&uri, &["domuuid", &self.name]);
        Guest {
            daemon: self.daemon,
            uuid: uuid.trim().parse().expect("a UUID"),
            name: self.name,
        }
    }

    /// Defines and starts it; does not wait for the guest inside.
    #[track_caller]
    pub fn start(self) -> Guest<'a> {
        let guest = self.define();
        guest.start();
        guest
    }
}

/// A defined guest.
#[derive(Debug)]
pub struct Guest<'a> {
    daemon: &'a Daemon,
    /// Name.
    pub name: String,
    /// Identity.
    pub uuid: uuid::Uuid,
}

impl Guest<'_> {
    /// Runs virsh about this guest: `virsh COMMAND NAME REST…`.
    #[track_caller]
    pub fn virsh(&self, command: &str, rest: &[&str]) -> String {
        let mut arguments = vec![command, &self.name];
        arguments.extend_from_slice(rest);
        self.daemon.virsh(&self.daemon.uri_qemu(), &arguments)
    }

    /// Starts it, as another administrator would.
    #[track_caller]
    pub fn start(&self) {
        self.virsh("start", &[]);
    }

    /// Stops it at once, as another administrator would.
    #[track_caller]
    pub fn destroy(&self) {
        self.virsh("destroy", &[]);
    }

    /// What the guest has written on a serial port since its start.
    pub fn serial_log(&self, port: u32) -> String {
        let path = self.daemon.directory().join(format!("{}-{port}.log", self.name));
        String::from_utf8_lossy(&fs::read(path).unwrap_or_default()).into_owned()
    }

    /// Waits until the shell on the first serial port is there.
    #[track_caller]
    pub fn wait_ready(&self) {
        wait_for("the guest to boot", BOOT_LIMIT, || {
            self.serial_log(0).contains(READY).then_some(())
        });
    }

    /// The QEMU process.
    #[track_caller]
    pub fn qemu_pid(&self) -> u32 {
        let file = self
            .daemon
            .directory()
            .join(format!("run/libvirt/qemu/run/{}.pid", self.name));
        wait_for("the guest's process", Duration::from_secs(10), || {
            fs::read_to_string(&file).ok()?.trim().parse().ok()
        })
    }

    /// Sends a signal (`STOP`, `CONT`, `KILL`, `TERM`) to the QEMU process.
    #[track_caller]
    pub fn signal(&self, name: &str) {
        signal(self.qemu_pid(), name);
    }
}
