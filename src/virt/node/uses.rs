//! What this computer uses its devices for: the way to other computers, file systems, the screen. Blocks: files of the kernel.

use std::collections::HashSet;
use std::fs;
use std::os::unix::fs::MetadataExt;
use std::path::{Path, PathBuf};

use crate::model::facts::PciAddress;
use crate::model::node::HostUses;

/// Devices that are made of each other at most: partitions of volumes of arrays of disks.
const DEEPEST: usize = 16;

/// Looks at this computer.
#[must_use]
pub fn uses() -> HostUses {
    seen(Path::new("/"))
}

fn seen(root: &Path) -> HostUses {
    HostUses {
        routes: routes(root),
        disks: disks(root),
        hides_disks: hides_disks(root),
        screens: screens(root),
    }
}

fn entries(folder: &Path) -> Vec<PathBuf> {
    let all = fs::read_dir(folder).into_iter().flatten();
    all.filter_map(|entry| Some(entry.ok()?.path())).collect()
}

fn name(path: &Path) -> String {
    let name = path.file_name().unwrap_or_default();
    name.to_string_lossy().into_owned()
}

/// Interfaces of the default routes, and those that they are made of.
fn routes(root: &Path) -> HashSet<String> {
    let read = |path: &str| fs::read_to_string(root.join(path)).unwrap_or_default();
    let (four, six) = (read("proc/net/route"), read("proc/net/ipv6_route"));
    let four = four.lines().skip(1).filter_map(|line| {
        let words: Vec<&str> = line.split_whitespace().collect();
        let is_default = words.get(1) == Some(&"00000000") && words.get(7) == Some(&"00000000");
        words.first().filter(|_| is_default).map(|name| (*name).to_owned())
    });
    let six = six.lines().filter_map(|line| {
        let words: Vec<&str> = line.split_whitespace().collect();
        let is_default = words.first()?.bytes().all(|byte| byte == b'0') && words.get(1) == Some(&"00");
        // The kernel keeps a route that refuses everything on the loopback interface.
        let name = words.last().filter(|name| is_default && **name != "lo");
        name.map(|name| (*name).to_owned())
    });
    let mut all: HashSet<String> = four.chain(six).collect();
    for _ in 0..DEEPEST {
        let below: Vec<String> = all
            .iter()
            .flat_map(|interface| entries(&root.join("sys/class/net").join(interface)))
            .filter_map(|entry| name(&entry).strip_prefix("lower_").map(str::to_owned))
            .collect();
        let before = all.len();
        all.extend(below);
        if all.len() == before {
            break;
        }
    }
    all
}

/// Disks with mounted file systems or swap.
fn disks(root: &Path) -> HashSet<String> {
    let read = |path: &str| fs::read_to_string(root.join(path)).unwrap_or_default();
    let mut numbers = HashSet::new();
    for line in read("proc/self/mountinfo").lines() {
        let words: Vec<&str> = line.split_whitespace().collect();
        numbers.extend(words.get(2).map(|number| (*number).to_owned()));
        // File systems over several disks have a number of their own, and name one of the disks.
        let source = words
            .iter()
            .position(|word| *word == "-")
            .and_then(|at| words.get(at + 2));
        numbers.extend(source.and_then(|source| number(root, source)));
    }
    let swaps = read("proc/swaps");
    let files = swaps.lines().skip(1).filter_map(|line| line.split_whitespace().next());
    numbers.extend(files.filter_map(|file| number(root, file)));
    let mut disks = HashSet::new();
    // Only those that are mounted are listed, with every disk that they lie on.
    for part in entries(&root.join("sys/fs/btrfs"))
        .iter()
        .flat_map(|system| entries(&system.join("devices")))
    {
        if let Ok(place) = fs::canonicalize(part) {
            whole(&place, &mut disks, 0);
        }
    }
    for number in numbers {
        if let Ok(place) = fs::canonicalize(root.join("sys/dev/block").join(number)) {
            whole(&place, &mut disks, 0);
        }
    }
    disks
}

/// Whether there are pools of ZFS: which disks they lie on only their own programs tell.
fn hides_disks(root: &Path) -> bool {
    let mounts = fs::read_to_string(root.join("proc/self/mountinfo")).unwrap_or_default();
    let mut kinds = mounts.lines().filter_map(|line| {
        let (_, rest) = line.split_once(" - ")?;
        rest.split(' ').next()
    });
    // One may have nothing but volumes, and is not mounted then. Files beside the pools count for all of them.
    kinds.any(|kind| kind == "zfs")
        || entries(&root.join("proc/spl/kstat/zfs"))
            .iter()
            .any(|entry| entry.is_dir())
}

/// The number of a device file as the kernel writes it: `8:1`.
fn number(root: &Path, file: &str) -> Option<String> {
    let path = file.strip_prefix('/').filter(|path| path.starts_with("dev/"))?;
    let device = fs::metadata(root.join(path)).ok()?.rdev();
    (device != 0).then(|| format!("{}:{}", libc::major(device), libc::minor(device)))
}

/// The disks that a device is made of, by their device files.
fn whole(place: &Path, disks: &mut HashSet<String>, depth: usize) {
    if depth > DEEPEST {
        return;
    }
    if place.join("partition").exists()
        && let Some(disk) = place.parent()
    {
        return whole(disk, disks, depth + 1);
    }
    let parts = entries(&place.join("slaves"));
    if parts.is_empty() {
        disks.insert(format!("/dev/{}", name(place).replace('!', "/")));
    }
    for part in parts {
        if let Ok(part) = fs::canonicalize(part) {
            whole(&part, disks, depth + 1);
        }
    }
}

/// Graphics cards that the firmware began with.
fn screens(root: &Path) -> HashSet<PciAddress> {
    let all = entries(&root.join("sys/bus/pci/devices")).into_iter();
    let first = all.filter(|device| {
        let says = fs::read_to_string(device.join("boot_vga")).unwrap_or_default();
        says.trim() == "1"
    });
    first.filter_map(|device| address(&name(&device))).collect()
}

/// Reads `0000:01:00.0`.
fn address(text: &str) -> Option<PciAddress> {
    let (rest, function) = text.split_once('.')?;
    let mut parts = rest.split(':').map(|part| u32::from_str_radix(part, 16).ok());
    Some(PciAddress {
        domain: parts.next()??,
        bus: parts.next()??,
        slot: parts.next()??,
        function: u32::from_str_radix(function, 16).ok()?,
    })
}

#[cfg(test)]
mod tests {
    use std::os::unix::fs::symlink;

    use super::*;

    /// A computer on paper: files, folders, and links from one place to another.
    fn computer(files: &[(&str, &str)], folders: &[&str], links: &[(&str, &str)]) -> tempfile::TempDir {
        let root = tempfile::tempdir().expect("a folder");
        let place = |path: &str| {
            let path = root.path().join(path);
            fs::create_dir_all(path.parent().expect("a parent")).expect("folders");
            path
        };
        for (path, text) in files {
            fs::write(place(path), text).expect("a file");
        }
        for path in folders {
            fs::create_dir_all(place(path)).expect("a folder");
        }
        for (path, to) in links {
            symlink(root.path().join(to), place(path)).expect("a link");
        }
        root
    }

    #[test]
    fn default_route_over_a_bridge_leads_to_the_card_below() {
        let route = "Iface\tDestination\tGateway\tFlags\tRefCnt\tUse\tMetric\tMask\n\
                     br0\t00000000\t0100A8C0\t0003\t0\t0\t0\t00000000\t0\t0\t0\n\
                     eno2\t0000A8C0\t00000000\t0001\t0\t0\t0\t00FFFFFF\t0\t0\t0\n";
        let zero = "0".repeat(32);
        let six = format!("{zero} 00 {zero} 00 {zero} ffffffff 00000001 00000000 00200200       lo\n");
        let root = computer(
            &[("proc/net/route", route), ("proc/net/ipv6_route", &six)],
            &[
                "sys/class/net/br0/lower_bond0",
                "sys/class/net/bond0/lower_eno1",
                "sys/class/net/eno1",
            ],
            &[],
        );
        assert_eq!(
            routes(root.path()),
            HashSet::from(["br0", "bond0", "eno1"].map(String::from))
        );
    }

    #[test]
    fn mounted_volume_of_an_array_leads_to_its_disks() {
        let mounts = "22 1 253:0 / / rw,relatime shared:1 - ext4 /dev/mapper/root rw\n\
                      23 22 0:5 / /proc rw - proc proc rw\n";
        let root = computer(
            &[
                ("proc/self/mountinfo", mounts),
                ("sys/devices/a/sda/sda1/partition", "1\n"),
                ("sys/devices/b/sdb/size", "1\n"),
            ],
            &["sys/devices/virtual/dm-0/slaves", "sys/devices/virtual/md0/slaves"],
            &[
                ("sys/dev/block/253:0", "sys/devices/virtual/dm-0"),
                ("sys/devices/virtual/dm-0/slaves/md0", "sys/devices/virtual/md0"),
                ("sys/devices/virtual/md0/slaves/sda1", "sys/devices/a/sda/sda1"),
                ("sys/devices/virtual/md0/slaves/sdb", "sys/devices/b/sdb"),
            ],
        );
        assert_eq!(
            disks(root.path()),
            HashSet::from(["/dev/sda", "/dev/sdb"].map(String::from))
        );
    }

    #[test]
    fn every_disk_below_a_btrfs_over_several_is_in_use() {
        // The mount names one of them, and has a number that no device has.
        let mounts = "22 1 0:26 /root / rw shared:1 - btrfs /dev/sda1 rw\n";
        let root = computer(
            &[
                ("proc/self/mountinfo", mounts),
                ("sys/devices/a/sda/sda1/partition", "1\n"),
                ("sys/devices/b/sdb/size", "1\n"),
            ],
            &["sys/fs/btrfs/features"],
            &[
                ("sys/fs/btrfs/0f1e/devices/sda1", "sys/devices/a/sda/sda1"),
                ("sys/fs/btrfs/0f1e/devices/sdb", "sys/devices/b/sdb"),
            ],
        );
        let found = seen(root.path());
        assert_eq!(found.disks, HashSet::from(["/dev/sda", "/dev/sdb"].map(String::from)));
        assert!(!found.hides_disks);
    }

    #[test]
    fn pools_of_zfs_do_not_tell_their_disks() {
        let mounted = "22 1 0:26 / / rw shared:1 - zfs rpool/ROOT rw,xattr\n";
        assert!(seen(computer(&[("proc/self/mountinfo", mounted)], &[], &[]).path()).hides_disks);
        let volumes = computer(&[], &["proc/spl/kstat/zfs/tank"], &[]);
        assert!(seen(volumes.path()).hides_disks);
        let idle = computer(&[("proc/spl/kstat/zfs/arcstats", "")], &[], &[]);
        assert!(!seen(idle.path()).hides_disks);
    }

    #[test]
    fn screen_is_the_card_that_the_firmware_began_with() {
        let root = computer(
            &[
                ("sys/bus/pci/devices/0000:01:00.0/boot_vga", "1\n"),
                ("sys/bus/pci/devices/0000:02:00.0/boot_vga", "0\n"),
                ("sys/bus/pci/devices/nonsense/boot_vga", "1\n"),
            ],
            &["sys/bus/pci/devices/0000:03:00.0"],
            &[],
        );
        assert_eq!(
            screens(root.path()),
            HashSet::from([address("0000:01:00.0").expect("an address")])
        );
        assert_eq!(seen(&root.path().join("nowhere")), HostUses::default());
    }

    #[test]
    fn looking_at_this_computer_ends() {
        // What it uses differs from one to the next.
        let uses = uses();
        assert!(uses.disks.iter().all(|disk| disk.starts_with("/dev/")), "{uses:?}");
    }
}
