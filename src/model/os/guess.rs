//! What an image or a tree may hold, concluded from its name: a disk image tells nothing else without being opened by a guest's
//! tools.

use crate::model::os::{Os, Recognised};

/// Other names of distributions, as files have them.
const ALIASES: &[(&str, &str)] = &[
    ("alpine", "alpinelinux"),
    ("arch", "archlinux"),
    ("alma", "almalinux"),
    ("rockylinux", "rocky"),
    ("windows", "win"),
    ("leap", "opensuse"),
    ("sles", "sle"),
    ("oracle", "ol"),
];

/// Points of a system that is the nearest older one, and of one whose version the name has with more behind it.
const NEAR: u32 = 200;
const WITHIN: u32 = 400;

/// Architectures as files name them.
const ARCHITECTURES: &[(&str, &str)] = &[
    ("x86_64", "x86_64"),
    ("x86-64", "x86_64"),
    ("amd64", "x86_64"),
    ("x64", "x86_64"),
    ("aarch64", "aarch64"),
    ("arm64", "aarch64"),
    ("ppc64le", "ppc64le"),
    ("ppc64el", "ppc64le"),
    ("riscv64", "riscv64"),
    ("s390x", "s390x"),
    ("armhf", "armv7l"),
    ("i386", "i686"),
    ("i686", "i686"),
];

/// The operating system that the name of a disk image or medium suggests: `debian-12-genericcloud-amd64.qcow2`. Of several the
/// one whose name is told most exactly; where the database does not know the version yet, the newest that is older. `None`
/// where nothing is told.
#[must_use]
pub fn by_name(all: &[Os], file: &str) -> Option<Recognised> {
    by_text(all, file.rsplit('/').next().unwrap_or(file))
}

/// As [`by_name`], for what another program says of a system: `Debian GNU/Linux 11 (64-bit)`.
#[must_use]
pub fn by_text(all: &[Os], text: &str) -> Option<Recognised> {
    let text = text.to_lowercase();
    let words = words(&text);
    let scored = all.iter().filter_map(|os| Some((score(os, &words)?, os)));
    let (points, os) =
        scored.max_by(|(a, one), (b, other)| a.cmp(b).then_with(|| other.id.len().cmp(&one.id.len())))?;
    Some(Recognised {
        os: os.id.clone(),
        arch: architecture(&text),
        guess: true,
        newer: (NEAR..WITHIN).contains(&points),
        ..Recognised::default()
    })
}

/// The architecture that a name tells.
#[must_use]
pub fn architecture(name: &str) -> Option<String> {
    let name = name.to_lowercase();
    let found = ARCHITECTURES.iter().find(|(written, _)| name.contains(written));
    found.map(|(_, arch)| (*arch).to_owned())
}

/// The tree of the database that an address stands for, on whatever mirror: the end of its path is the same.
#[must_use]
pub fn by_address(all: &[Os], url: &str) -> Option<Recognised> {
    let asked = path(url);
    let mut best: Option<(usize, Recognised)> = None;
    for os in all {
        for tree in &os.trees {
            let known = path(&tree.url);
            let Some(same) = common(&asked, &known) else { continue };
            if best.as_ref().is_some_and(|(most, _)| *most >= same) {
                continue;
            }
            let recognised = Recognised {
                os: os.id.clone(),
                arch: (!tree.arch.is_empty()).then(|| tree.arch.clone()),
                kernel: tree.kernel.clone(),
                initrd: tree.initrd.clone(),
                scripted: os.has_scripts(),
                guess: true,
                ..Recognised::default()
            };
            best = Some((same, recognised));
        }
    }
    best.map(|(_, recognised)| recognised)
}

/// Parts of the path of an address.
fn path(url: &str) -> Vec<&str> {
    let rest = url.split_once("://").map_or(url, |(_, rest)| rest);
    rest.split('/').skip(1).filter(|part| !part.is_empty()).collect()
}

/// How many parts at the end agree: at least three, and all but the first two of the known one, where mirrors differ.
fn common(asked: &[&str], known: &[&str]) -> Option<usize> {
    let same = asked
        .iter()
        .rev()
        .zip(known.iter().rev())
        .take_while(|(a, b)| a == b)
        .count();
    (same >= 3 && same + 2 >= known.len()).then_some(same)
}

/// Words and numbers of a name: `win11` is two, `3.19.0` one.
fn words(name: &str) -> Vec<String> {
    let mut words: Vec<String> = Vec::new();
    let mut last = None;
    let mut letters = name.chars().peekable();
    while let Some(letter) = letters.next() {
        let kind = match letter {
            '.' if last == Some(1) && letters.peek().is_some_and(char::is_ascii_digit) => Some(1),
            '0'..='9' => Some(1),
            letter if letter.is_alphabetic() => Some(2),
            _ => None,
        };
        match (kind, words.last_mut()) {
            (None, _) => {}
            (Some(_), Some(word)) if kind == last => word.push(letter),
            _ => words.push(letter.to_string()),
        }
        last = kind;
    }
    for word in &mut words {
        if let Some((_, distro)) = ALIASES.iter().find(|(alias, _)| alias == word) {
            *word = (*distro).to_owned();
        }
    }
    words
}

/// How well a name fits; `None` where it does not.
fn score(os: &Os, file: &[String]) -> Option<u32> {
    let has = |word: &str| file.iter().any(|one| one == word);
    let name = words(&os.name.to_lowercase());
    let told: u32 = name.iter().map(|word| if has(word) { 2 } else { 0 }).sum();
    // What is said in the name of a system and not in that of the file is rather another one: Silverblue.
    let missing: u32 = name.iter().map(|word| u32::from(!has(word))).sum();
    let fine = (told + 20).saturating_sub(missing);
    if os.is_windows() {
        let needed = name.iter().filter(|word| *word != "microsoft");
        return needed.clone().all(|word| has(word)).then_some(500 + fine);
    }
    let first = os.codename.as_deref().and_then(|name| name.split_whitespace().next());
    if first.is_some_and(|name| name.len() > 3 && has(&name.to_lowercase())) {
        return Some(600 + fine);
    }
    let distro = words(&os.distro.to_lowercase());
    if distro.is_empty() || !distro.iter().all(|word| has(word)) {
        return None;
    }
    let next = file.iter().skip_while(|word| **word != distro[distro.len() - 1]).nth(1);
    match os
        .version
        .as_deref()
        .filter(|version| version.starts_with(|first: char| first.is_ascii_digit()))
    {
        // One that has no versions: a number after its name would be that of another.
        None => next.is_none_or(|word| !is_version(word)).then_some(100 + fine),
        Some(version) if has(version) => Some(500 + fine),
        Some(version) => {
            let inside = |word: &String| word.strip_prefix(version).is_some_and(|rest| rest.starts_with('.'));
            if file.iter().any(inside) {
                return Some(WITHIN + fine);
            }
            let after = file
                .iter()
                .skip_while(|word| **word != distro[0])
                .find(|word| is_version(word))?;
            let (known, asked) = (parts(version), parts(after));
            // Dates and numbers of builds are no versions.
            let near = known < asked && asked[0] <= known[0] + 2;
            near.then(|| NEAR + fine + 10 * (2 - (asked[0] - known[0])))
        }
    }
}

fn is_version(word: &str) -> bool {
    word.starts_with(|letter: char| letter.is_ascii_digit()) && word.len() <= 6
}

fn parts(version: &str) -> [u32; 2] {
    let mut parts = version.split('.').map(|part| part.parse().unwrap_or(0));
    [parts.next().unwrap_or(0), parts.next().unwrap_or(0)]
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::os::Offer;

    fn os(short: &str, name: &str, distro: &str, version: Option<&str>, codename: Option<&str>) -> Os {
        Os {
            id: short.into(),
            short_id: short.into(),
            name: name.into(),
            distro: distro.into(),
            family: if distro == "win" { "winnt" } else { "linux" }.into(),
            version: version.map(Into::into),
            codename: codename.map(Into::into),
            ..Os::default()
        }
    }

    fn all() -> Vec<Os> {
        let mut bullseye = os("debian11", "Debian 11", "debian", Some("11"), Some("Bullseye"));
        bullseye.trees.push(Offer {
            url: "http://ftp.debian.org/debian/dists/bullseye/main/installer-amd64/".into(),
            arch: "x86_64".into(),
            kernel: Some("current/images/netboot/linux".into()),
            ..Offer::default()
        });
        vec![
            os("debian1.1", "Debian 1.1", "debian", Some("1.1"), Some("Buzz")),
            os("debian10", "Debian 10", "debian", Some("10"), Some("Buster")),
            bullseye,
            os(
                "ubuntu22.04",
                "Ubuntu 22.04 LTS",
                "ubuntu",
                Some("22.04"),
                Some("Jammy Jellyfish"),
            ),
            os("fedora37", "Fedora Linux 37", "fedora", Some("37"), None),
            os("silverblue37", "Fedora Silverblue 37", "fedora", Some("37"), None),
            os("win10", "Microsoft Windows 10", "win", Some("10.0"), None),
            os("win11", "Microsoft Windows 11", "win", Some("11.0"), None),
            os("win2k22", "Microsoft Windows Server 2022", "win", Some("10.0"), None),
            os("centos7", "CentOS 7", "centos", Some("7"), None),
            os("centos-stream9", "CentOS Stream 9", "centos", Some("9"), None),
            os("rocky9", "Rocky Linux 9", "rocky", Some("9"), None),
            os(
                "alpinelinux3.17",
                "Alpine Linux 3.17",
                "alpinelinux",
                Some("3.17"),
                None,
            ),
            os("archlinux", "Arch Linux", "archlinux", None, None),
            os("opensuse15.4", "openSUSE Leap 15.4", "opensuse", Some("15.4"), None),
            os("freebsd13.1", "FreeBSD 13.1", "freebsd", Some("13.1"), None),
        ]
    }

    #[test]
    fn names_of_images_tell_their_system() {
        let all = all();
        let cases = [
            ("debian-11-genericcloud-amd64.qcow2", Some("debian11")),
            ("debian-12.2.0-amd64-netinst.iso", Some("debian11")),
            ("debian-11.5.0-amd64-netinst.iso", Some("debian11")),
            ("debian11.qcow2", Some("debian11")),
            ("jammy-server-cloudimg-amd64.img", Some("ubuntu22.04")),
            ("ubuntu-22.04.3-live-server-amd64.iso", Some("ubuntu22.04")),
            ("Fedora-Cloud-Base-37-1.7.x86_64.qcow2", Some("fedora37")),
            ("Fedora-Silverblue-ostree-x86_64-37-1.7.iso", Some("silverblue37")),
            ("Win11_22H2_English_x64.iso", Some("win11")),
            ("windows-server-2022.iso", Some("win2k22")),
            (
                "CentOS-Stream-GenericCloud-9-20230123.x86_64.qcow2",
                Some("centos-stream9"),
            ),
            ("CentOS-7-x86_64-GenericCloud.qcow2", Some("centos7")),
            ("Rocky-9-GenericCloud-Base.latest.x86_64.qcow2", Some("rocky9")),
            ("nocloud_alpine-3.17.0-x86_64-bios-r0.qcow2", Some("alpinelinux3.17")),
            ("archlinux-2023.01.01-x86_64.iso", Some("archlinux")),
            ("openSUSE-Leap-15.4-Minimal-VM.x86_64-Cloud.qcow2", Some("opensuse15.4")),
            ("FreeBSD-13.1-RELEASE-amd64.qcow2", Some("freebsd13.1")),
            ("disk.qcow2", None),
            ("my-debian-backup.img", None),
            ("11.iso", None),
        ];
        for (file, wanted) in cases {
            let found = by_name(&all, file);
            assert_eq!(found.as_ref().map(|found| found.os.as_str()), wanted, "{file}");
            assert!(found.is_none_or(|found| found.guess), "{file}");
        }
    }

    #[test]
    fn a_version_that_is_too_new_is_told_apart() {
        let newer = |name: &str| by_name(&all(), name).map(|found| (found.os, found.newer));
        let cases = [
            ("debian-12-genericcloud-amd64.qcow2", "debian11", true),
            ("debian-11.5.0-amd64-netinst.iso", "debian11", false),
            ("debian-11-genericcloud-amd64.qcow2", "debian11", false),
            ("Fedora-Cloud-Base-38-1.6.x86_64.qcow2", "fedora37", true),
            ("archlinux-2023.01.01-x86_64.iso", "archlinux", false),
            ("Win11_22H2_English_x64.iso", "win11", false),
        ];
        for (name, os, is_newer) in cases {
            assert_eq!(newer(name), Some((os.to_owned(), is_newer)), "{name}");
        }
    }

    #[test]
    fn a_stroke_in_a_text_is_no_folder() {
        let found = by_text(&all(), "Debian GNU/Linux 11 (64-bit)").unwrap();
        assert_eq!(found.os, "debian11");
        let found = by_text(&all(), "Microsoft Windows 10 (64-bit)").unwrap();
        assert_eq!(found.os, "win10");
    }

    #[test]
    fn names_tell_the_architecture() {
        for (name, arch) in [
            ("a-amd64.iso", Some("x86_64")),
            ("a.aarch64.raw", Some("aarch64")),
            ("ARM64.img", Some("aarch64")),
            ("b.img", None),
        ] {
            assert_eq!(architecture(name).as_deref(), arch);
        }
    }

    #[test]
    fn a_tree_is_known_on_every_mirror() {
        let all = all();
        for url in [
            "https://deb.debian.org/debian/dists/bullseye/main/installer-amd64/",
            "http://mirror.example/pub/linux/debian/dists/bullseye/main/installer-amd64",
        ] {
            let found = by_address(&all, url).unwrap();
            assert_eq!((found.os.as_str(), found.guess), ("debian11", true));
            assert_eq!(found.kernel.as_deref(), Some("current/images/netboot/linux"));
        }
        assert_eq!(
            by_address(&all, "http://mirror.example/debian/dists/bookworm/main/installer-amd64"),
            None
        );
        assert_eq!(by_address(&all, "http://mirror.example/"), None);
    }
}
