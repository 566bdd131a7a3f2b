//! What is known of a host when it is judged.

use std::path::PathBuf;

use super::Distribution;
use crate::model::error::VirtError;
use crate::model::facts::HostFacts;
use crate::model::uri::Uri;
use crate::model::xml::object::Capabilities;

/// Everything that is known. What was not looked at is `None`, and nothing is said about it.
#[derive(Debug, Clone, Default)]
pub struct Case {
    /// The connection's URI.
    pub uri: String,
    /// How the connection stands.
    pub connected: Connected,
    /// What libvirt tells of the host.
    pub facts: Option<HostFacts>,
    /// This computer, where it is the host.
    pub computer: Option<Computer>,
}

/// How the connection stands.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub enum Connected {
    /// Nobody tried.
    #[default]
    Not,
    /// It is open.
    Open {
        /// Only looking is allowed.
        read_only: bool,
    },
    /// It failed.
    Failed(VirtError),
}

/// What was seen on this computer.
#[derive(Debug, Clone, Default)]
pub struct Computer {
    /// Login name.
    pub user: String,
    /// It is the administrator.
    pub is_root: bool,
    /// Groups that this program has.
    pub groups: Vec<String>,
    /// Groups that the user will have after the next login.
    pub groups_later: Vec<String>,
    /// What it is, by the name of its parts: `x86_64`.
    pub arch: String,
    /// Flag of the processor for virtualisation: `vmx`, `svm`; `None` where there is none, or the kind of processor shows
    /// it elsewhere.
    pub flag: Option<String>,
    /// This computer is a virtual machine itself.
    pub is_guest: bool,
    /// The device that runs guests at full speed.
    pub kvm: KvmDevice,
    /// Guests may have guests; `None` where the kernel doesn't tell.
    pub nested: Option<bool>,
    /// systemd runs here.
    pub has_systemd: bool,
    /// libvirt's units that are installed.
    pub units: Vec<SystemUnit>,
    /// Sockets of libvirt's services.
    pub sockets: Vec<Socket>,
    /// Programs and data that were looked for.
    pub programs: Vec<Program>,
    /// What system it is.
    pub distribution: Distribution,
    /// IOMMU groups that the kernel has made.
    pub iommu_groups: usize,
    /// Folders of pools, with whether the hypervisor gets in.
    pub folders: Vec<Folder>,
    /// Where programs keep what is the user's own; empty where that is not known.
    pub data: PathBuf,
}

/// The device `/dev/kvm`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum KvmDevice {
    /// It isn't there.
    #[default]
    Missing,
    /// It is there, and this user may not use it.
    Denied,
    /// This user may use it.
    Usable,
}

/// A unit of systemd that is installed.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct SystemUnit {
    /// Name: `libvirtd.socket`.
    pub name: String,
    /// It runs, or listens.
    pub active: bool,
    /// It starts with the computer.
    pub enabled: bool,
    /// It must not start.
    pub masked: bool,
}

/// A socket of a service.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Socket {
    /// Path.
    pub path: String,
    /// This user may write to it.
    pub usable: bool,
}

/// A program, or data that programs need.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Program {
    /// QEMU for this computer's own architecture.
    Qemu,
    /// `qemu-img`.
    QemuImg,
    /// UEFI firmware for guests.
    Firmware,
    /// `swtpm`.
    Swtpm,
    /// `virtiofsd`.
    Virtiofsd,
    /// The database of operating systems.
    OsinfoDb,
    /// `dnsmasq`.
    Dnsmasq,
    /// `nft` or `iptables`.
    Firewall,
    /// `virt-v2v`.
    VirtV2v,
}

/// A folder on the way to images.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Folder {
    /// The folder of the pool.
    pub path: String,
    /// It is there.
    pub exists: bool,
    /// The first folder on the way there that the hypervisor's user cannot enter.
    pub closed: Option<String>,
    /// Name of that user.
    pub user: String,
}

impl Case {
    /// This computer is the host, as far as its address tells.
    #[must_use]
    pub fn is_local(&self) -> bool {
        Uri::parse(&self.uri).is_ok_and(|uri| !uri.is_remote())
    }

    /// Driver of the address: `qemu`, `lxc`, `test` …
    #[must_use]
    pub fn driver(&self) -> String {
        let scheme = self.uri.split([':', '+']).next().unwrap_or_default();
        scheme.to_ascii_lowercase()
    }

    /// The user's own service, not that of the system.
    #[must_use]
    pub fn is_session(&self) -> bool {
        let path = self.uri.split('?').next().unwrap_or_default();
        path.ends_with("/session")
    }

    /// The host is this computer, and worth being looked at.
    #[must_use]
    pub fn is_near(&self) -> bool {
        self.is_local() && self.driver() != "test"
    }

    /// Folders of the pools that run or should.
    #[must_use]
    pub fn folders(&self) -> Vec<String> {
        let pools = self
            .facts
            .as_ref()
            .and_then(|facts| facts.pools.as_deref())
            .unwrap_or_default();
        let folders = pools.iter().filter(|pool| match pool.kind.as_str() {
            // What is to be mounted there shows only while the pool is on.
            "dir" => pool.active || pool.autostart || pool.name == "default",
            "fs" | "netfs" => pool.active,
            _ => false,
        });
        folders.filter_map(|pool| pool.path.clone()).collect()
    }

    /// User and group that machines run as, where those are not the user's own.
    #[must_use]
    pub fn hypervisor(&self) -> Option<(u32, u32)> {
        let capabilities = self.facts.as_ref()?.capabilities.as_deref()?;
        if self.is_session() {
            return None;
        }
        hypervisor_ids(capabilities)
    }

    pub(super) fn is_open(&self) -> bool {
        matches!(self.connected, Connected::Open { .. })
    }

    pub(super) fn may_change(&self) -> bool {
        matches!(self.connected, Connected::Open { read_only: false })
    }
}

impl Computer {
    /// Whether something is installed.
    #[must_use]
    pub fn has(&self, program: Program) -> bool {
        self.programs.contains(&program)
    }

    /// A command for the administrator.
    pub(super) fn as_root(&self, command: &str) -> String {
        if self.is_root {
            command.to_owned()
        } else {
            format!("sudo {command}")
        }
    }
}

/// User and group that the hypervisor runs as, as the host's capabilities tell it (`+64055:+105`).
#[must_use]
pub fn hypervisor_ids(capabilities: &Capabilities) -> Option<(u32, u32)> {
    let document = capabilities.document();
    let host = document.child(document.root(), "host")?;
    let model = document.children_named(host, "secmodel").find(|id| {
        let name = document.value(*id, "model");
        name.as_deref() == Some("dac")
    })?;
    let labels = document.children_named(model, "baselabel");
    let text = labels
        .map(|id| document.text(id).trim().to_owned())
        .find(|text| !text.is_empty())?;
    let (user, group) = text.split_once(':')?;
    let number = |text: &str| text.trim_start_matches('+').parse().ok();
    Some((number(user)?, number(group)?))
}
