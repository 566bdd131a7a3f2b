//! The words of `vireo create`. Where virt-install has the same, they have its names.

use std::path::{Path, PathBuf};

use clap::{ArgGroup, Args};

use zeroize::Zeroizing;

use crate::cli::Stop;
use crate::model::creation::{
    Account, Container, DiskWish, FirmwareWish, ImageRef, NetworkWish, Order, Seed, Source, Unattended,
};
use crate::model::facts::GuestKind;
use crate::model::hardware::size;

/// What stands behind `vireo create`.
#[derive(Debug, Clone, PartialEq, Eq, Default, Args)]
#[command(group(ArgGroup::new("source").required(true).args([
    "cdrom", "import", "cloud_image", "pxe", "location", "empty", "container", "container_root", "xml",
])))]
pub struct CreateWords {
    /// Name of the machine; without one it is called after its operating system
    #[arg(short, long)]
    pub name: Option<String>,
    /// Title of the machine
    #[arg(long)]
    pub title: Option<String>,
    /// Installs from a medium: a path on the host, a file to upload with --upload, or a URL
    #[arg(long, value_name = "IMAGE")]
    pub cdrom: Option<String>,
    /// Uses a disk image with a system on it as it is
    #[arg(long, value_name = "IMAGE")]
    pub import: Option<String>,
    /// Copies a cloud image and sets it up with cloud-init
    #[arg(long, value_name = "IMAGE")]
    pub cloud_image: Option<String>,
    /// Starts from the network
    #[arg(long)]
    pub pxe: bool,
    /// Installs from a tree: a URL, or a folder of this computer
    #[arg(short, long, value_name = "URL")]
    pub location: Option<String>,
    /// Makes a machine with an empty disk
    #[arg(long)]
    pub empty: bool,
    /// Makes a container that runs this program of the host
    #[arg(long, value_name = "PROGRAM")]
    pub container: Option<String>,
    /// Makes a container of the system in this folder of the host
    #[arg(long, value_name = "FOLDER")]
    pub container_root: Option<String>,
    /// Defines what this file describes; - for standard input
    #[arg(long, value_name = "FILE")]
    pub xml: Option<PathBuf>,
    /// Images are files of this computer, brought to the storage pool
    #[arg(long)]
    pub upload: bool,
    /// Arguments for the kernel of the installer
    #[arg(short = 'x', long, value_name = "ARGUMENTS", requires = "location")]
    pub extra_args: Option<String>,
    /// Operating system by its short identity, such as debian12; without it the medium tells
    #[arg(long, value_name = "ID")]
    pub os: Option<String>,
    /// Memory: 2GiB, or a number of MiB
    #[arg(long, value_name = "SIZE")]
    pub memory: Option<String>,
    /// Number of processors
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u32).range(1..))]
    pub vcpus: Option<u32>,
    /// Size of the new disk: 20GiB, or a number of GiB
    #[arg(long, value_name = "SIZE", conflicts_with_all = ["disk", "no_disk"])]
    pub size: Option<String>,
    /// Storage pool of the new disk and of what is uploaded
    #[arg(long, value_name = "NAME")]
    pub pool: Option<String>,
    /// Format of the new disk
    #[arg(long, value_name = "FORMAT", value_parser = ["qcow2", "raw"])]
    pub format: Option<String>,
    /// Takes the space of the new disk at once
    #[arg(long)]
    pub allocate: bool,
    /// Takes a disk image that is there, instead of a new one
    #[arg(long, value_name = "PATH", conflicts_with = "no_disk")]
    pub disk: Option<String>,
    /// Makes no disk
    #[arg(long)]
    pub no_disk: bool,
    /// network=NAME, bridge=NAME, direct=DEVICE, user or none
    #[arg(short = 'w', long, value_name = "NETWORK")]
    pub network: Option<String>,
    /// Firmware
    #[arg(long, value_name = "FIRMWARE", value_parser = ["bios", "uefi", "secure"])]
    pub boot: Option<String>,
    /// Gives it a TPM, or none
    #[arg(long, value_name = "yes|no", value_parser = ["yes", "no"])]
    pub tpm: Option<String>,
    /// Hypervisor: kvm, qemu, lxc, xen, test
    #[arg(long, value_name = "TYPE")]
    pub virt_type: Option<String>,
    /// Architecture
    #[arg(long, value_name = "ARCH")]
    pub arch: Option<String>,
    /// Machine type
    #[arg(long, value_name = "TYPE")]
    pub machine: Option<String>,
    #[command(flatten)]
    /// What is set up in the guest.
    pub guest: GuestWords,
    /// Defines the machine without starting it
    #[arg(long)]
    pub no_start: bool,
    /// Starts it with the host
    #[arg(long)]
    pub autostart: bool,
    /// Waits until the guest has ended, then takes the media out
    #[arg(long, conflicts_with_all = ["no_start", "dry_run"])]
    pub wait: bool,
    /// Prints what would be made, and makes nothing
    #[arg(long)]
    pub dry_run: bool,
    /// Prints JSON
    #[arg(long)]
    pub json: bool,
}

/// What is set up in the guest, by cloud-init or by an installer's script.
#[derive(Debug, Clone, PartialEq, Eq, Default, Args)]
#[command(next_help_heading = "In the guest")]
pub struct GuestWords {
    /// Installs without questions, by a profile of the database: desktop or jeos
    #[arg(long, value_name = "PROFILE", num_args = 0..=1, default_missing_value = "jeos")]
    pub unattended: Option<String>,
    /// Login name of the user
    #[arg(long, value_name = "NAME")]
    pub user: Option<String>,
    /// File with the password of the user in its first line
    #[arg(long, value_name = "FILE")]
    pub password_file: Option<PathBuf>,
    /// File with SSH keys that may log in; may be given several times
    #[arg(long, value_name = "FILE")]
    pub ssh_key: Vec<PathBuf>,
    /// Package to install; may be given several times
    #[arg(long, value_name = "NAME")]
    pub package: Vec<String>,
    /// Name of the guest in its network
    #[arg(long, value_name = "NAME")]
    pub hostname: Option<String>,
    /// File with user-data for cloud-init, in place of all this
    #[arg(long, value_name = "FILE")]
    pub user_data: Option<PathBuf>,
}

fn read(path: &Path) -> Result<String, Stop> {
    let read = if path == Path::new("-") {
        std::io::read_to_string(std::io::stdin())
    } else {
        std::fs::read_to_string(path)
    };
    read.map_err(|error| Stop::refused(format!("{}: {error}", path.display())))
}

/// A size with a unit, or a number of `unit` bytes.
fn bytes(text: &str, unit: u64) -> Result<u64, Stop> {
    let plain = text
        .trim()
        .parse::<u64>()
        .ok()
        .and_then(|number| number.checked_mul(unit));
    plain
        .or_else(|| size::read(text))
        .filter(|bytes| *bytes > 0)
        .ok_or_else(|| Stop::usage(format!("{text:?} is no size: write 2GiB or 500MiB.")))
}

impl CreateWords {
    /// The order that they make. Reads the files that they name.
    pub(super) fn order(&self) -> Result<Order, Stop> {
        Ok(Order {
            name: self.name.clone().unwrap_or_default(),
            title: self.title.clone().unwrap_or_default(),
            kind: GuestKind {
                hypervisor: self.virt_type.clone().unwrap_or_default(),
                arch: self.arch.clone(),
                machine: self.machine.clone(),
                emulator: None,
            },
            source: self.source()?,
            memory: self.memory.as_deref().map(|text| bytes(text, 1 << 20)).transpose()?,
            cpus: self.vcpus,
            disk: self.disk()?,
            network: self.network()?,
            firmware: match self.boot.as_deref() {
                Some("bios") => FirmwareWish::Bios,
                Some("uefi") => FirmwareWish::Efi,
                Some(_) => FirmwareWish::EfiSecure,
                None => FirmwareWish::Usual,
            },
            tpm: self.tpm.as_deref().map(|word| word == "yes"),
            unattended: self.unattended()?,
            start: !self.no_start,
            autostart: self.autostart,
            ..Order::default()
        })
    }

    fn image(&self, word: &str) -> ImageRef {
        let pool = self.pool.clone().unwrap_or_default();
        if word.starts_with("http://") || word.starts_with("https://") {
            return ImageRef::Download {
                url: word.to_owned(),
                pool,
            };
        }
        let here = std::path::absolute(word).unwrap_or_else(|_| word.into());
        if self.upload {
            return ImageRef::Upload { file: here, pool };
        }
        ImageRef::Path(here.display().to_string())
    }

    fn source(&self) -> Result<Source, Stop> {
        Ok(if let Some(word) = &self.cdrom {
            Source::Media(self.image(word))
        } else if let Some(word) = &self.import {
            Source::Disk(self.image(word))
        } else if let Some(word) = &self.cloud_image {
            Source::Cloud {
                image: self.image(word),
                seed: self.seed()?,
            }
        } else if let Some(url) = &self.location {
            Source::Tree {
                url: url.clone(),
                arguments: self.extra_args.clone().unwrap_or_default(),
            }
        } else if let Some(init) = &self.container {
            Source::Container(Container::Application { init: init.clone() })
        } else if let Some(root) = &self.container_root {
            Source::Container(Container::System { root: root.clone() })
        } else if let Some(file) = &self.xml {
            Source::Xml(read(file)?)
        } else if self.pxe {
            Source::NetworkBoot
        } else {
            Source::Empty
        })
    }

    fn account(&self) -> Result<Account, Stop> {
        let password = match &self.guest.password_file {
            Some(file) => Zeroizing::new(read(file)?)
                .lines()
                .next()
                .unwrap_or_default()
                .to_owned(),
            None => String::new(),
        };
        Ok(Account {
            name: self.guest.user.clone().unwrap_or_default(),
            full_name: String::new(),
            password: password.into(),
        })
    }

    fn seed(&self) -> Result<Seed, Stop> {
        let mut ssh_keys = Vec::new();
        for file in &self.guest.ssh_key {
            let text = read(file)?;
            let keys = text
                .lines()
                .map(str::trim)
                .filter(|line| !line.is_empty() && !line.starts_with('#'));
            ssh_keys.extend(keys.map(str::to_owned));
        }
        Ok(Seed {
            hostname: self.guest.hostname.clone().unwrap_or_default(),
            account: self.account()?,
            ssh_keys,
            packages: self.guest.package.clone(),
            user_data: self.guest.user_data.as_deref().map(read).transpose()?,
            ..Seed::default()
        })
    }

    fn unattended(&self) -> Result<Option<Unattended>, Stop> {
        let Some(profile) = &self.guest.unattended else {
            return Ok(None);
        };
        Ok(Some(Unattended {
            profile: profile.clone(),
            account: self.account()?,
            hostname: self.guest.hostname.clone().unwrap_or_default(),
            ..Unattended::default()
        }))
    }

    fn disk(&self) -> Result<DiskWish, Stop> {
        if let Some(path) = &self.disk {
            return Ok(DiskWish::Existing(self.image(path)));
        }
        let alone =
            self.import.is_some() || self.container.is_some() || self.container_root.is_some() || self.xml.is_some();
        if self.no_disk || (alone && self.size.is_none()) {
            return Ok(DiskWish::None);
        }
        Ok(DiskWish::New {
            pool: self.pool.clone().unwrap_or_default(),
            name: String::new(),
            format: self.format.clone(),
            capacity: self
                .size
                .as_deref()
                .map(|text| bytes(text, 1 << 30))
                .transpose()?
                .unwrap_or(0),
            allocate: self.allocate,
        })
    }

    fn network(&self) -> Result<NetworkWish, Stop> {
        let Some(word) = self.network.as_deref() else {
            return Ok(NetworkWish::Usual);
        };
        Ok(match word.split_once('=') {
            Some(("network", name)) => NetworkWish::Network(name.to_owned()),
            Some(("bridge", name)) => NetworkWish::Bridge(name.to_owned()),
            Some(("direct", name)) => NetworkWish::Direct(name.to_owned()),
            None if word == "user" => NetworkWish::User,
            None if word == "none" => NetworkWish::None,
            None if word == "default" => NetworkWish::Usual,
            _ => {
                return Err(Stop::usage(format!(
                    "{word:?} is no network: write network=NAME, bridge=NAME, direct=DEVICE, user or none."
                )));
            }
        })
    }
}
