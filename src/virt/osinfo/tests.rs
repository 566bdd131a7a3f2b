use std::path::Path;
use std::process::Command;

use super::*;
use crate::model::creation::Account;
use crate::model::os::catalogue;

/// Waits for an answer of another thread.
fn wait<T>(future: impl Future<Output = T>) -> T {
    glib::MainContext::new().block_on(future)
}

fn database() -> Arc<[Os]> {
    wait(all()).expect("osinfo-db (scripts/install-deps)")
}

/// A medium as a distribution makes it.
fn iso(folder: &Path, name: &str, label: &str, more: &[&str]) -> PathBuf {
    let content = folder.join("content");
    std::fs::create_dir_all(content.join("install.amd")).unwrap();
    std::fs::write(content.join("install.amd/vmlinuz"), b"kernel").unwrap();
    let path = folder.join(name);
    let status = Command::new("genisoimage")
        .args(["-quiet", "-R", "-J", "-V", label, "-o"])
        .arg(&path)
        .args(more)
        .arg(&content)
        .status()
        .expect("genisoimage (scripts/install-deps)");
    assert!(status.success());
    path
}

#[test]
fn the_database_becomes_values() {
    let all = database();
    assert!(all.len() > 300, "{}", all.len());
    let debian = catalogue::find(&all, "debian11").unwrap();
    assert_eq!(debian.id, "http://debian.org/debian/11");
    assert_eq!((debian.family.as_str(), debian.distro.as_str()), ("linux", "debian"));
    assert_eq!(debian.released.as_deref(), Some("2021-08-14"));
    assert!(debian.recommended("x86_64").memory.unwrap() >= 1 << 30);
    assert!(debian.supports("http://pcisig.com/pci/1af4/1001") || debian.supports("http://pcisig.com/pci/1af4/1042"));
    assert!(!debian.trees.is_empty() && !debian.media.is_empty());
    assert!(debian.has_scripts());
    let windows = catalogue::find(&all, "win11").unwrap();
    assert!(windows.is_windows());
    let ten = catalogue::find(&all, "win10").unwrap();
    assert!(ten.scripts.iter().any(|script| script.needs_key), "{:?}", ten.scripts);
    assert!(
        windows
            .firmware
            .iter()
            .any(|firmware| firmware.kind == "bios" && !firmware.supported),
        "{:?}",
        windows.firmware
    );
    let ids: std::collections::HashSet<&str> = all.iter().map(|os| os.id.as_str()).collect();
    assert_eq!(ids.len(), all.len());
}

#[test]
fn the_short_list_has_what_people_install() {
    let all = database();
    let short = catalogue::recent(&all, "2022-12-01");
    let names: Vec<&str> = short.iter().map(|os| os.short_id.as_str()).collect();
    for wanted in ["debian11", "ubuntu22.04", "fedora37", "win11", "freebsd13.1"] {
        assert!(names.contains(&wanted), "{wanted} in {names:?}");
    }
    assert!(
        !names
            .iter()
            .any(|name| matches!(*name, "debian7" | "winxp" | "debiantesting")),
        "{names:?}"
    );
    assert!(names.iter().any(|name| name.starts_with("linux20")), "{names:?}");
    assert!(names.len() < 50, "{names:?}");
}

#[test]
fn searching_finds_by_words_and_hides_what_has_ended() {
    let all = database();
    let ids = |words: &str, ended| -> Vec<String> {
        let found = catalogue::search(&all, words, "2022-12-01", ended);
        found.iter().map(|os| os.short_id.clone()).collect()
    };
    assert_eq!(ids("debian 11", false).first().map(String::as_str), Some("debian11"));
    assert!(!ids("debian", false).contains(&"debian7".into()));
    assert!(ids("debian", true).contains(&"debian7".into()));
    assert_eq!(ids("debian7", false), ["debian7"], "named exactly");
    assert_eq!(ids("server 2022 windows", false), ["win2k22"]);
}

#[test]
fn a_medium_is_recognised_by_what_stands_in_it() {
    let folder = tempfile::tempdir().unwrap();
    let path = iso(folder.path(), "x.iso", "Debian 11.5.0 amd64 n", &[]);
    let found = wait(recognise(path)).unwrap();
    assert_eq!(found.os, "http://debian.org/debian/11");
    assert_eq!(found.arch.as_deref(), Some("x86_64"));
    assert_eq!(found.kernel.as_deref(), Some("install.amd/vmlinuz"));
    assert_eq!(found.label.as_deref(), Some("Debian 11.5.0 amd64 n"));
    assert!(!found.guess && !found.live && found.scripted);
    assert_eq!(found.restarts, 0);
}

#[test]
fn the_head_of_a_medium_is_enough() {
    let folder = tempfile::tempdir().unwrap();
    let path = iso(folder.path(), "x.iso", "Fedora-WS-Live-37-1-7", &["-sysid", "LINUX"]);
    let whole = wait(recognise(path.clone())).unwrap();
    let head: Vec<u8> = std::fs::read(path).unwrap().into_iter().take(location::HEAD).collect();
    let found = wait(recognise_head(head, "/pool/x.iso".into())).unwrap();
    assert_eq!(found, whole);
    assert_eq!(found.os, "http://fedoraproject.org/fedora/37");
    assert!(found.live);
}

#[test]
fn windows_stays_in_its_drive_for_one_restart() {
    let folder = tempfile::tempdir().unwrap();
    let path = iso(
        folder.path(),
        "x.iso",
        "CCCOMA_X64FRE_EN-US_DV9",
        &[
            "-publisher",
            "MICROSOFT CORPORATION",
            "-A",
            "CDIMAGE 2.56 (01/01/2005 TM)",
        ],
    );
    let found = wait(recognise(path)).unwrap();
    assert!(found.os.contains("microsoft.com/win/1"), "{found:?}");
    assert_eq!(found.label.as_deref(), Some("CCCOMA_X64FRE_EN-US_DV9"));
}

#[test]
fn what_the_database_does_not_know_is_guessed_and_said_so() {
    let folder = tempfile::tempdir().unwrap();
    let path = iso(folder.path(), "x.iso", "Debian 99.1 amd64", &[]);
    assert_eq!(wait(recognise(path)), None, "too far from what is known");
    let disk = folder.path().join("debian-11-genericcloud-amd64.qcow2");
    std::fs::write(&disk, b"QFI\xfb").unwrap();
    let found = wait(recognise(disk)).unwrap();
    assert!(found.guess);
    assert_eq!(
        (found.os.as_str(), found.arch.as_deref()),
        ("http://debian.org/debian/11", Some("x86_64"))
    );
    assert_eq!(wait(recognise(folder.path().into())), None);
    assert_eq!(wait(recognise(folder.path().join("nothing"))), None);
    let pipe = folder.path().join("pipe");
    assert!(Command::new("mkfifo").arg(&pipe).status().unwrap().success());
    assert_eq!(wait(recognise(pipe)), None, "a pipe is not waited for");
}

#[test]
fn a_tree_is_recognised_from_its_treeinfo_or_its_address() {
    let folder = tempfile::tempdir().unwrap();
    let treeinfo = "[general]\nname = Fedora 37\nfamily = Fedora\nversion = 37\narch = x86_64\nvariant = Server\n\
                    [images-x86_64]\nkernel = images/pxeboot/vmlinuz\ninitrd = images/pxeboot/initrd.img\n";
    std::fs::write(folder.path().join(".treeinfo"), treeinfo).unwrap();
    let found = wait(recognise_tree(format!("file://{}/", folder.path().display()))).unwrap();
    assert_eq!(found.os, "http://fedoraproject.org/fedora/37");
    assert_eq!(found.kernel.as_deref(), Some("images/pxeboot/vmlinuz"));
    assert_eq!(found.initrd.as_deref(), Some("images/pxeboot/initrd.img"));
    assert_eq!(found.arch.as_deref(), Some("x86_64"));
    assert!(!found.guess && found.scripted);
    let address = "file:///nowhere/debian/dists/bullseye/main/installer-amd64/";
    let found = wait(recognise_tree(address.into())).unwrap();
    assert_eq!((found.os.as_str(), found.guess), ("http://debian.org/debian/11", true));
    assert!(found.kernel.is_some());
    assert_eq!(wait(recognise_tree("file:///nowhere".into())), None);
}

fn wanted() -> Unattended {
    Unattended {
        profile: "jeos".into(),
        account: Account {
            name: "anna".into(),
            full_name: "Anna A".into(),
            password: String::from("geheim").into(),
        },
        locale: Some("de_DE.UTF-8".into()),
        timezone: Some("Europe/Berlin".into()),
        ..Unattended::default()
    }
}

fn setting(os: &str) -> Setting {
    Setting {
        machine: "Web Server".into(),
        os: catalogue::find(&database(), os).unwrap().id.clone(),
        arch: "x86_64".into(),
        disk: "/dev/vda".into(),
        ..Setting::default()
    }
}

#[test]
fn a_debian_medium_installs_with_its_answers_in_the_memory_disk() {
    let folder = tempfile::tempdir().unwrap();
    let content = folder.path().join("content/install.amd");
    std::fs::create_dir_all(&content).unwrap();
    std::fs::write(content.join("initrd.gz"), b"initrd").unwrap();
    let path = iso(folder.path(), "x.iso", "Debian 11.5.0 amd64 n", &[]);
    let setting = Setting {
        medium: Some(path),
        ..setting("debian11")
    };
    let made = wait(unattended(wanted(), setting)).unwrap();
    assert_eq!((made.way, made.image.is_some()), (Way::Initrd, false));
    let (name, text) = &made.scripts[0];
    assert_eq!(name, "preseed.cfg");
    for part in [
        "passwd/username anna",
        "get_hostname string web-server",
        "Europe/Berlin",
        "/dev/vda",
        "de_DE",
    ] {
        assert!(text.contains(part), "{part} in {text}");
    }
    assert!(made.arguments.contains("priority=critical"), "{}", made.arguments);
    let (kernel, initrd) = made.kernel.unwrap();
    assert_eq!(&*kernel, b"kernel");
    assert!(initrd.starts_with(b"initrd\x00\x00070701"), "aligned");
    assert_eq!(&initrd[8..], &*made.appendix.unwrap());
}

#[test]
fn what_cannot_be_reached_or_is_missing_is_said() {
    let far = wait(unattended(wanted(), setting("debian11"))).unwrap_err();
    assert_eq!(far.kind, Kind::Unsupported);
    assert!(far.message.contains("file on this computer"), "{}", far.message);
    let mut nobody = wanted();
    nobody.account.password.clear();
    let tree = Setting {
        tree: Some("http://example.org/debian".into()),
        ..setting("debian11")
    };
    let missing = wait(unattended(nobody, tree)).unwrap_err();
    assert_eq!(
        (missing.kind, missing.message.as_str()),
        (Kind::Invalid, "This installer needs a password.")
    );
    let none = wait(unattended(wanted(), setting("win11"))).unwrap_err();
    assert_eq!(none.kind, Kind::Unsupported);
    let mut evil = wanted();
    evil.account.full_name = "a\nd-i preseed/late_command".into();
    let tree = Setting {
        tree: Some("http://example.org/debian".into()),
        ..setting("debian11")
    };
    assert_eq!(wait(unattended(evil, tree)).unwrap_err().kind, Kind::Invalid);
}

#[test]
fn fedora_and_windows_find_their_answers_on_a_cd() {
    for (os, file, parts) in [
        ("fedora37", "ks.cfg", ["anna", "Europe/Berlin"]),
        ("win10", "autounattend.xml", ["anna", "AAAAA-BBBBB"]),
    ] {
        let mut wanted = wanted();
        wanted.product_key = Some("AAAAA-BBBBB-CCCCC-DDDDD-EEEEE".into());
        let disk = if os == "win10" { "C" } else { "vda" };
        let setting = Setting {
            disk: disk.into(),
            ..setting(os)
        };
        let made = wait(unattended(wanted, setting)).unwrap();
        assert_eq!((made.way, made.arguments.as_str()), (Way::Cdrom, ""), "{os}");
        let image = made.image.unwrap();
        let mut source = std::io::Cursor::new(&image[..]);
        let medium = Medium::read(&mut source).unwrap().unwrap();
        assert_eq!(medium.volume, "OEMDRV");
        let text = medium.file(&mut source, file, 1 << 20).unwrap().unwrap();
        let text = String::from_utf8(text).unwrap();
        for part in parts {
            assert!(text.contains(part), "{part} in {text}");
        }
    }
}

#[test]
fn a_tree_is_told_to_the_installer() {
    let setting = Setting {
        tree: Some("http://example.org/fedora/37/".into()),
        disk: "vda".into(),
        ..setting("fedora37")
    };
    let made = wait(unattended(wanted(), setting)).unwrap();
    assert_eq!(made.way, Way::Initrd);
    assert!(made.arguments.contains("inst.ks=file:/fedora.ks"), "{}", made.arguments);
    assert!(
        made.arguments.contains("inst.repo=http://example.org/fedora/37/"),
        "{}",
        made.arguments
    );
    assert!(made.kernel.is_none() && made.appendix.is_some());
}
