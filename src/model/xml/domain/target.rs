//! Names of disks in the guest: which are free, and which prefix goes with which bus.

use std::collections::HashSet;

/// The prefix of target names on a bus.
#[must_use]
pub fn prefix(bus: &str) -> &'static str {
    match bus {
        "virtio" => "vd",
        "ide" => "hd",
        "fdc" => "fd",
        "xen" => "xvd",
        "uml" => "ubd",
        "nvme" => "nvme",
        // scsi, sata, usb, sd
        _ => "sd",
    }
}

/// How many disks a bus takes at most; `None` where that depends on its controllers.
fn limit(bus: &str) -> Option<usize> {
    match bus {
        "ide" => Some(4),
        "fdc" => Some(2),
        _ => None,
    }
}

/// Letters of the disk at a place: 0 is `a`, 25 `z`, 26 `aa`.
fn letters(mut place: usize) -> String {
    let mut out = Vec::new();
    loop {
        out.push(b'a' + u8::try_from(place % 26).unwrap_or(0));
        match (place / 26).checked_sub(1) {
            Some(rest) => place = rest,
            None => break,
        }
    }
    out.iter().rev().map(|letter| char::from(*letter)).collect()
}

/// The first target name on a bus that is not in `used`; `None` where the bus is full.
#[must_use]
pub fn free_target(bus: &str, used: &HashSet<String>) -> Option<String> {
    let name = |place: usize| match bus {
        "nvme" => format!("nvme{place}n1"),
        _ => format!("{}{}", prefix(bus), letters(place)),
    };
    // Among one more name than are used, one is free.
    (0..limit(bus).unwrap_or(used.len() + 1))
        .map(name)
        .find(|name| !used.contains(name))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn free(bus: &str, used: &[&str]) -> Option<String> {
        free_target(bus, &used.iter().map(|name| (*name).to_owned()).collect())
    }

    #[test]
    fn the_first_free_name_is_taken() {
        assert_eq!(free("virtio", &[]).as_deref(), Some("vda"));
        assert_eq!(free("virtio", &["vda", "vdc", "sda"]).as_deref(), Some("vdb"));
        assert_eq!(free("scsi", &["sda", "sdb"]).as_deref(), Some("sdc"));
        assert_eq!(
            free("ide", &["hda", "hdb", "hdc", "hdd"]),
            None,
            "an IDE controller has four places"
        );
        assert_eq!(free("fdc", &["fda"]).as_deref(), Some("fdb"));
    }

    #[test]
    fn after_z_comes_aa() {
        let names: Vec<_> = [0, 25, 26, 51, 52, 701, 702].map(letters).into();
        assert_eq!(names, ["a", "z", "aa", "az", "ba", "zz", "aaa"]);
    }
}
