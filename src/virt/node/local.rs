//! What can be seen of this computer, for the doctor. Blocks: files, folders and a few programs that answer at once.

mod access;

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use crate::model::doctor::{Computer, Distribution, Folder, KvmDevice, Program, Socket, SystemUnit};

/// Where programs are besides the folders of `PATH`, which of a user often lacks these.
const FOLDERS: [&str; 6] = [
    "/usr/bin",
    "/usr/sbin",
    "/sbin",
    "/usr/libexec",
    "/usr/lib/qemu",
    "/usr/lib",
];
/// Units of libvirt that may be installed.
const UNITS: [&str; 12] = [
    "libvirtd.service",
    "libvirtd.socket",
    "virtqemud.service",
    "virtqemud.socket",
    "virtnetworkd.socket",
    "virtstoraged.socket",
    "virtnodedevd.socket",
    "virtsecretd.socket",
    "virtlxcd.socket",
    "virtlogd.socket",
    "virtlockd.socket",
    "virtproxyd.socket",
];
const SOCKETS: [&str; 2] = ["/run/libvirt/virtqemud-sock", "/run/libvirt/libvirt-sock"];

/// Looks at this computer: `folders` are those of pools, `hypervisor` user and group that machines run as, where that is
/// somebody else.
#[must_use]
pub fn look(folders: &[String], hypervisor: Option<(u32, u32)>) -> Computer {
    let words = |text: Option<String>| -> Vec<String> {
        let text = text.unwrap_or_default();
        text.split_whitespace().map(str::to_owned).collect()
    };
    let user = answer("id", &["-un"]).unwrap_or_default().trim().to_owned();
    let cpu = fs::read_to_string("/proc/cpuinfo").unwrap_or_default();
    let flags = flags(&cpu);
    let arch = std::env::consts::ARCH.to_owned();
    let has_systemd = Path::new("/run/systemd/system").exists();
    Computer {
        is_root: answer("id", &["-u"]).is_some_and(|id| id.trim() == "0"),
        groups: words(answer("id", &["-Gn"])),
        groups_later: words(answer("id", &["-Gn", &user])),
        flag: ["vmx", "svm"]
            .into_iter()
            .find(|name| flags.contains(name))
            .map(str::to_owned),
        is_guest: flags.contains(&"hypervisor"),
        kvm: kvm(),
        nested: nested(),
        has_systemd,
        units: if has_systemd { units() } else { Vec::new() },
        sockets: sockets(),
        programs: programs(&arch),
        distribution: Distribution::read(&fs::read_to_string("/etc/os-release").unwrap_or_default()),
        iommu_groups: fs::read_dir("/sys/kernel/iommu_groups").map_or(0, Iterator::count),
        folders: hypervisor.map_or_else(|| there(folders, &user), |ids| reach(folders, ids)),
        data: glib::user_data_dir(),
        user,
        arch,
    }
}

/// What a program answers within a few seconds; `None` where it is missing or fails.
fn answer(program: &str, arguments: &[&str]) -> Option<String> {
    let output = Command::new("timeout")
        .arg("5")
        .arg(program)
        .args(arguments)
        .env("LC_ALL", "C")
        .stdin(Stdio::null())
        .stderr(Stdio::null())
        .output()
        .ok()?;
    let text = String::from_utf8_lossy(&output.stdout).into_owned();
    output.status.success().then_some(text)
}

fn flags(cpuinfo: &str) -> Vec<&str> {
    let lines = cpuinfo.lines().filter_map(|line| line.split_once(':'));
    let mut flags = lines.filter(|(name, _)| name.trim() == "flags");
    let first = flags.next().map_or("", |(_, flags)| flags);
    first.split_whitespace().collect()
}

fn kvm() -> KvmDevice {
    let path = Path::new("/dev/kvm");
    if !path.exists() {
        KvmDevice::Missing
    } else if access::writable(path) {
        KvmDevice::Usable
    } else {
        KvmDevice::Denied
    }
}

fn nested() -> Option<bool> {
    let modules = ["kvm_intel", "kvm_amd"].into_iter();
    let mut texts =
        modules.filter_map(|module| fs::read_to_string(format!("/sys/module/{module}/parameters/nested")).ok());
    let text = texts.next()?;
    Some(matches!(text.trim(), "Y" | "y" | "1"))
}

/// The units that are installed, by `systemctl show`: blocks of lines with an empty one between.
fn units() -> Vec<SystemUnit> {
    let mut arguments = vec!["show", "--property=Id,LoadState,ActiveState,UnitFileState"];
    arguments.extend(UNITS);
    let text = answer("systemctl", &arguments).unwrap_or_default();
    read_units(&text)
}

fn read_units(text: &str) -> Vec<SystemUnit> {
    let units = text.split("\n\n").filter_map(|block| {
        let value = |key: &str| {
            let mut lines = block.lines();
            lines
                .find_map(|line| line.strip_prefix(key)?.strip_prefix('='))
                .unwrap_or_default()
        };
        let load = value("LoadState");
        matches!(load, "loaded" | "masked").then(|| SystemUnit {
            name: value("Id").to_owned(),
            active: value("ActiveState") == "active",
            enabled: value("UnitFileState").starts_with("enabled"),
            masked: load == "masked",
        })
    });
    units.collect()
}

fn sockets() -> Vec<Socket> {
    let there = SOCKETS.into_iter().filter(|path| Path::new(path).exists());
    let sockets = there.map(|path| Socket {
        path: path.to_owned(),
        usable: access::writable(Path::new(path)),
    });
    sockets.collect()
}

fn find(name: &str) -> bool {
    let path = std::env::var_os("PATH").unwrap_or_default();
    let mut folders = std::env::split_paths(&path).chain(FOLDERS.iter().map(PathBuf::from));
    folders.any(|folder| folder.join(name).is_file())
}

fn programs(arch: &str) -> Vec<Program> {
    let emulator = match arch {
        "powerpc64" => "ppc64".to_owned(),
        other => other.to_owned(),
    };
    let any = |names: &[&str]| names.iter().any(|name| find(name));
    let there = [
        (Program::Qemu, any(&[&format!("qemu-system-{emulator}"), "qemu-kvm"])),
        (Program::QemuImg, any(&["qemu-img"])),
        (Program::Firmware, has_firmware(arch)),
        (Program::Swtpm, any(&["swtpm"])),
        (Program::Virtiofsd, any(&["virtiofsd"])),
        (Program::OsinfoDb, Path::new("/usr/share/osinfo/os").is_dir()),
        (Program::Dnsmasq, any(&["dnsmasq"])),
        (Program::Firewall, any(&["nft", "iptables"])),
        (Program::VirtV2v, any(&["virt-v2v"])),
    ];
    let there = there.into_iter().filter(|(_, there)| *there);
    there.map(|(program, _)| program).collect()
}

/// Firmware describes itself to libvirt in small files of JSON; one for this architecture that says UEFI is enough.
fn has_firmware(arch: &str) -> bool {
    let folders = ["/usr/share/qemu/firmware", "/etc/qemu/firmware"];
    let files = folders
        .into_iter()
        .filter_map(|folder| fs::read_dir(folder).ok())
        .flatten();
    let mut texts = files.filter_map(|file| fs::read_to_string(file.ok()?.path()).ok());
    texts.any(|text| {
        let read: Option<serde_json::Value> = serde_json::from_str(&text).ok();
        let Some(read) = read else { return false };
        let list = |value: &serde_json::Value| value.as_array().cloned().unwrap_or_default();
        let is_uefi = list(&read["interface-types"]).iter().any(|kind| kind == "uefi");
        is_uefi
            && list(&read["targets"])
                .iter()
                .any(|target| target["architecture"] == arch)
    })
}

/// Whether these folders are there, for machines that run as a user who gets everywhere they have to.
fn there(folders: &[String], user: &str) -> Vec<Folder> {
    let found = folders.iter().filter(|path| path.starts_with('/')).map(|path| Folder {
        path: path.clone(),
        exists: is_there(Path::new(path)),
        closed: None,
        user: user.to_owned(),
    });
    found.collect()
}

/// Whether a folder is there, or may be: one that this user may not look for is not missing.
fn is_there(folder: &Path) -> bool {
    folder.try_exists().unwrap_or(true)
}

/// Whether the hypervisor's user gets into each of these folders.
fn reach(folders: &[String], (user, group): (u32, u32)) -> Vec<Folder> {
    if user == 0 {
        return there(folders, "root");
    }
    let number = user.to_string();
    let name = answer("id", &["-un", &number]).map(|text| text.trim().to_owned());
    let groups = answer("id", &["-G", &number]).unwrap_or_default();
    let mut groups: Vec<u32> = groups.split_whitespace().filter_map(|text| text.parse().ok()).collect();
    groups.push(group);
    let found = folders.iter().filter(|path| path.starts_with('/')).map(|path| {
        let folder = Path::new(path);
        Folder {
            path: path.clone(),
            exists: is_there(folder),
            closed: access::closed(folder, user, &groups).map(|path| path.to_string_lossy().into_owned()),
            user: name.clone().unwrap_or_else(|| number.clone()),
        }
    });
    found.collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn units_that_are_not_installed_are_none() {
        let text = "Id=libvirtd.service\nLoadState=loaded\nActiveState=active\nUnitFileState=enabled\n\n\
                    Id=virtqemud.socket\nLoadState=not-found\nActiveState=inactive\nUnitFileState=\n\n\
                    Id=libvirtd.socket\nLoadState=masked\nActiveState=inactive\nUnitFileState=masked\n";
        let units = read_units(text);
        assert_eq!(units.len(), 2);
        assert!(units[0].active && units[0].enabled && !units[0].masked);
        assert!(units[1].masked && !units[1].active && !units[1].enabled);
    }

    #[test]
    fn flags_are_those_of_the_first_processor() {
        let text = "processor\t: 0\nmodel name\t: X\nflags\t\t: fpu vmx hypervisor\n\nprocessor: 1\nflags: svm\n";
        assert_eq!(flags(text), ["fpu", "vmx", "hypervisor"]);
        assert!(flags("Features : fp asimd").is_empty());
    }

    #[test]
    fn a_folder_that_nobody_may_look_for_is_not_missing() {
        let place = tempfile::tempdir().expect("a folder");
        let (one, other) = (place.path().join("one"), place.path().join("other"));
        std::os::unix::fs::symlink(&other, &one).expect("a link");
        // Links that lead to each other: what cannot be looked for even by root.
        std::os::unix::fs::symlink(&one, &other).expect("a link");
        assert!(is_there(&one.join("images")));
        assert!(is_there(place.path()) && !is_there(&place.path().join("images")));
    }

    #[test]
    fn looking_at_this_computer_ends_and_knows_its_user() {
        let computer = look(&["/".to_owned(), "/no/such/folder".to_owned()], Some((65534, 65534)));
        assert!(!computer.user.is_empty());
        assert_eq!(computer.folders.len(), 2);
        assert!(computer.folders[0].exists && computer.folders[0].closed.is_none());
        assert!(!computer.folders[1].exists);
    }
}
