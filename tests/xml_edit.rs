//! `vireo edit`, as a user runs it: on files, on the test driver, on QEMU.

#[path = "xml/judge.rs"]
mod judge;
mod support;

use std::fs;
use std::io::Read;
use std::os::unix::fs::{PermissionsExt, symlink};
use std::path::PathBuf;
use std::process::{Command, Output, Stdio};

use judge::{Item, read};
use support::Daemon;
use tempfile::TempDir;

const PLAIN: &str = "<?xml version='1.0'?>\n<!-- made by hand -->\n<domain type=\"kvm\" xmlns:qemu='http://libvirt.org/schemas/domain/qemu/1.0'>\r
  <name>web</name>\r
  <uuid>11111111-2222-3333-4444-555555555555</uuid>\r
  <metadata><app:mine xmlns:app='urn:app'><app:x/></app:mine></metadata>\r
  <memory unit=\"GiB\">4</memory>\r
  <currentMemory unit='KiB'>2097152</currentMemory>\r
  <vcpu current='2'>4</vcpu>\r
  <os><type arch='x86_64'>hvm</type><boot dev='hd'/></os>\r
  <devices>\r
    <disk type='file' device='disk'><source file='/img/a &amp; b.qcow2'/><target dev='vda' bus='virtio'/></disk>\r
    <disk type='file' device='cdrom'><target dev='sda' bus='sata'/></disk>\r
    <interface type='network'><mac address='52:54:00:AA:00:01'/><source network='default'/></interface>\r
    <mystery a=\"b\"><![CDATA[<kept>]]></mystery>\r
  </devices>\r
  <qemu:commandline><qemu:arg value='-x'/></qemu:commandline>\r
</domain>\r
";

struct Bench {
    folder: TempDir,
}

impl Bench {
    fn new(text: &str) -> Self {
        let folder = tempfile::tempdir().expect("a directory");
        fs::write(folder.path().join("in.xml"), text).expect("written");
        Self { folder }
    }

    fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    fn run(&self, words: &[&str]) -> Output {
        let (input, output) = (self.path("in.xml"), self.path("out.xml"));
        let mut all = vec![
            "edit",
            "--file",
            input.to_str().expect("text"),
            "--output",
            output.to_str().expect("text"),
        ];
        all.extend(words);
        vireo(&all)
    }

    /// What was written.
    #[track_caller]
    fn edit(&self, words: &[&str]) -> String {
        let output = self.run(words);
        assert!(
            output.status.success(),
            "{words:?}: {}",
            String::from_utf8_lossy(&output.stderr)
        );
        fs::read_to_string(self.path("out.xml")).expect("written")
    }

    /// The reason; requires that nothing was written.
    #[track_caller]
    fn refuse(&self, words: &[&str], code: i32) -> String {
        let output = self.run(words);
        let reason = String::from_utf8_lossy(&output.stderr).into_owned();
        assert_eq!(output.status.code(), Some(code), "{words:?}: {reason}");
        assert!(!self.path("out.xml").exists(), "{words:?} wrote something");
        if code == 1 {
            assert_eq!(reason.trim_end().lines().count(), 1, "{words:?}: {reason}");
        }
        assert!(!reason.trim().is_empty(), "{words:?} was refused without a word");
        reason
    }
}

fn vireo(words: &[&str]) -> Output {
    Command::new(env!("CARGO_BIN_EXE_vireo"))
        .args(words)
        .env_remove("LIBVIRT_DEFAULT_URI")
        .env("LC_ALL", "C.UTF-8")
        .env("XDG_STATE_HOME", concat!(env!("CARGO_TARGET_TMPDIR"), "/state"))
        .stdin(Stdio::null())
        .output()
        .expect("vireo")
}

#[track_caller]
fn succeed(words: &[&str]) -> String {
    let output = vireo(words);
    assert!(
        output.status.success(),
        "{words:?}: {}",
        String::from_utf8_lossy(&output.stderr)
    );
    String::from_utf8_lossy(&output.stdout).into_owned()
}

#[track_caller]
fn refuse(words: &[&str]) -> String {
    let output = vireo(words);
    let reason = String::from_utf8_lossy(&output.stderr).into_owned();
    assert_eq!(output.status.code(), Some(1), "{words:?}: {reason}");
    reason
}

/// Replaces a piece that must be there exactly once.
#[track_caller]
fn with(text: &str, old: &str, new: &str) -> String {
    assert_eq!(text.matches(old).count(), 1, "{old}");
    text.replace(old, new)
}

#[test]
fn each_operation_changes_the_bytes_that_it_names() {
    let gigabyte = "<memory unit=\"GiB\">4</memory>";
    let vcpu = "<vcpu current='2'>4</vcpu>";
    let boot = "<boot dev='hd'/>";
    let app = "<app:mine xmlns:app='urn:app'><app:x/></app:mine>";
    let title = "<uuid>11111111-2222-3333-4444-555555555555</uuid>\r\n";
    for (words, old, new) in [
        (&["noop"][..], "", ""),
        (&["memory", "8388608"], gigabyte, "<memory unit=\"GiB\">8</memory>"),
        (
            &["memory", "4194305"],
            gigabyte,
            "<memory unit=\"KiB\">4194305</memory>",
        ),
        (&["memory", "4194304"], "", ""),
        (&["current-memory", "1024"], ">2097152<", ">1024<"),
        (&["vcpu", "3"], vcpu, "<vcpu current='3'>4</vcpu>"),
        (&["vcpu", "2"], "", ""),
        (&["max-vcpu", "8"], vcpu, "<vcpu current='2'>8</vcpu>"),
        (&["max-vcpu", "1"], vcpu, "<vcpu>1</vcpu>"),
        (&["name", "other"], "<name>web</name>", "<name>other</name>"),
        (
            &["title", "A <b> & \"c\""],
            title,
            &format!("{title}  <title>A &lt;b&gt; &amp; \"c\"</title>\r\n"),
        ),
        (&["title", ""], "", ""),
        (&["boot", "cdrom,hd"], boot, "<boot dev='cdrom'/><boot dev='hd'/>"),
        (&["boot", "hd"], "", ""),
        (
            &["metadata", "app", "urn:app", "<mine/>"],
            app,
            "<app:mine xmlns:app='urn:app'/>",
        ),
        (
            &["metadata", "x", "urn:x", "<a><b/></a>"],
            app,
            &format!("{app}<x:a xmlns:x='urn:x'><x:b/></x:a>"),
        ),
        (
            &["metadata", "app", "urn:app", ""],
            &format!("  <metadata>{app}</metadata>\r\n"),
            "",
        ),
        (
            &["remove-nic", "52-54-00-aa-00-01"],
            "    <interface type='network'><mac address='52:54:00:AA:00:01'/><source network='default'/></interface>\r\n",
            "",
        ),
        (
            &["remove-disk", "sda"],
            "    <disk type='file' device='cdrom'><target dev='sda' bus='sata'/></disk>\r\n",
            "",
        ),
        (
            &["add-disk", "/img/new's.qcow2"],
            "    <interface",
            "    <disk type='file' device='disk'>\r\n      <driver name='qemu' type='qcow2'/>\r\n      \
             <source file='/img/new&apos;s.qcow2'/>\r\n      <target dev='vdb' bus='virtio'/>\r\n    </disk>\r\n    <interface",
        ),
    ] {
        let bench = Bench::new(PLAIN);
        let expected = if old.is_empty() {
            PLAIN.to_owned()
        } else {
            with(PLAIN, old, new)
        };
        // A disk comes behind the disks: the piece to replace stands there.
        assert_eq!(bench.edit(words), expected, "{words:?}");
    }
}

#[test]
fn shrinking_the_memory_takes_the_current_one_along() {
    let after = Bench::new(PLAIN).edit(&["memory", "1048576"]);
    let expected = with(&with(PLAIN, "GiB\">4<", "GiB\">1<"), ">2097152<", ">1048576<");
    assert_eq!(after, expected);
}

#[test]
fn several_operations_are_done_in_order_or_not_at_all() {
    let bench = Bench::new(PLAIN);
    assert!(
        bench
            .refuse(&["title", "new", "add-disk", "/a", "remove-disk", "nothing"], 1)
            .contains("nothing")
    );
    let after = bench.edit(&[
        "max-vcpu",
        "8",
        "vcpu",
        "6",
        "add-disk",
        "/x.raw",
        "remove-disk",
        "vdb",
        "title",
        "t",
    ]);
    assert_eq!(
        after,
        with(
            &with(PLAIN, "<vcpu current='2'>4<", "<vcpu current='6'>8<"),
            "  <metadata>",
            "  <title>t</title>\r\n  <metadata>"
        )
    );
}

#[test]
fn a_new_interface_has_an_address_of_its_own() {
    let after = Bench::new(PLAIN).edit(&["add-nic", "lan<1>", "add-nic", "lan"]);
    let document = roxmltree::Document::parse(&after).expect("well-formed");
    let macs: Vec<_> = document
        .descendants()
        .filter_map(|node| node.has_tag_name("mac").then(|| node.attribute("address"))?)
        .collect();
    assert_eq!(macs.len(), 3);
    assert!(
        macs[1..].iter().all(|mac| mac.starts_with("52:54:00:")) && macs[1] != macs[2],
        "{macs:?}"
    );
    assert!(after.contains("<source network='lan&lt;1&gt;'/>"), "{after}");
}

#[test]
fn the_order_moves_to_the_devices_where_one_is_named() {
    let after = Bench::new(PLAIN).edit(&["boot", "52:54:00:aa:00:01,vda"]);
    assert!(
        !after.contains("<boot dev="),
        "libvirt takes only one of both forms: {after}"
    );
    assert!(after.contains("bus='virtio'/><boot order='2'/></disk>"), "{after}");
    assert!(
        after.contains("<source network='default'/><boot order='1'/></interface>"),
        "{after}"
    );
    // Classes keep to the form that is there.
    let bench = Bench::new(&after);
    let again = bench.edit(&["boot", "hd,cdrom"]);
    assert!(
        again.contains("<boot order='1'/></disk>") && again.contains("bus='sata'/><boot order='2'/>"),
        "{again}"
    );
    assert!(
        !again.contains("<boot dev=") && !again.contains("</source><boot"),
        "{again}"
    );
}

#[test]
fn a_device_is_added_as_it_stands_in_its_file() {
    let bench = Bench::new(PLAIN);
    let file = bench.path("device.xml");
    fs::write(&file, "<?xml version='1.0'?>\n<!-- x --><rng model='virtio'>\n  <backend model='random'>/dev/urandom</backend>\n</rng>\n")
        .expect("written");
    let after = bench.edit(&["add-device", file.to_str().expect("text")]);
    let expected = with(
        PLAIN,
        "    <mystery",
        "    <rng model='virtio'>\r\n      <backend model='random'>/dev/urandom</backend>\r\n    </rng>\r\n    <mystery",
    );
    assert_eq!(after, expected);
    for (wrong, reason) in [
        ("<rng", "line 1"),
        ("<domain/>", "no device"),
        ("<disk><target dev='vda'/></disk>", "vda"),
        ("<disk/>", "target"),
        (
            "<interface type='user'><mac address='52:54:0:aa:0:1'/></interface>",
            "52:54",
        ),
        ("<!DOCTYPE a SYSTEM '/etc/passwd'><rng/>", "document type"),
    ] {
        let bench = Bench::new(PLAIN);
        let file = bench.path("device.xml");
        fs::write(&file, wrong).expect("written");
        let said = bench.refuse(&["add-device", file.to_str().expect("text")], 1);
        assert!(said.contains(reason), "{wrong}: {said}");
    }
    assert!(
        Bench::new(PLAIN)
            .refuse(&["add-device", "/does/not/exist"], 1)
            .contains("/does/not/exist")
    );
}

#[test]
fn what_cannot_be_is_refused_with_its_reason() {
    let numa = with(
        PLAIN,
        "  <os>",
        "  <cpu><topology sockets='1' cores='4' threads='1'/><numa><cell id='0' cpus='0-1' memory='2' unit='GiB'/>\
         <cell id='1' cpus='2-3' memory='2' unit='GiB'/></numa></cpu>\r\n  <os>",
    );
    let limited = with(
        PLAIN,
        "  <memory ",
        "  <maxMemory slots='4' unit='GiB'>5</maxMemory>\r\n  <memory ",
    );
    for (text, words, reason) in [
        (PLAIN, &["memory", "0"][..], "memory"),
        (PLAIN, &["memory", "99999999999999999999"], "too large"),
        (PLAIN, &["memory", "18446744073709551615"], "count"),
        (PLAIN, &["current-memory", "4194305"], "4194304"),
        (PLAIN, &["vcpu", "5"], "4"),
        (PLAIN, &["vcpu", "0"], "virtual CPU"),
        (PLAIN, &["max-vcpu", "0"], "virtual CPU"),
        (PLAIN, &["name", ""], "empty"),
        (PLAIN, &["name", "a/b"], "/"),
        (PLAIN, &["name", ".."], ".."),
        (PLAIN, &["title", "two\nlines"], "line"),
        (PLAIN, &["description", "\u{1}"], "U+0001"),
        (PLAIN, &["remove-disk", "vdz"], "vdz"),
        (PLAIN, &["remove-nic", "52:54:00:00:00:99"], "52:54:00:00:00:99"),
        (PLAIN, &["remove-nic", "vda"], "hardware address"),
        (PLAIN, &["boot", "hd,hd"], "twice"),
        (PLAIN, &["boot", "vdz"], "vdz"),
        (PLAIN, &["add-nic", ""], "name"),
        (PLAIN, &["add-disk", ""], "name"),
        (PLAIN, &["metadata", "1x", "urn:x", "<a/>"], "1x"),
        (PLAIN, &["metadata", "x", "", "<a/>"], "namespace"),
        (PLAIN, &["metadata", "x", "urn:x", "<a>"], "</a>"),
        (PLAIN, &["metadata", "x", "urn:x", "<a xmlns='urn:y'/>"], "urn:y"),
        (PLAIN, &["autostart", "on"], "--connect"),
        (numa.as_str(), &["memory", "1048576"], "2 NUMA cells"),
        (numa.as_str(), &["max-vcpu", "2"], "NUMA cell"),
        (numa.as_str(), &["max-vcpu", "6"], "sockets of 4"),
        (limited.as_str(), &["memory", "5242881"], "5242880"),
        ("<network><name>x</name></network>", &["noop"], "<domain>"),
        ("<domain><name>x</domain>", &["noop"], "line 1"),
        ("", &["noop"], "line 1"),
    ] {
        let said = Bench::new(text).refuse(words, 1);
        assert!(said.contains(reason), "{words:?}: {said}");
    }
    for words in [
        &["explode"][..],
        &[],
        &["memory"],
        &["memory", "many"],
        &["autostart", "perhaps"],
    ] {
        Bench::new(PLAIN).refuse(words, 2);
    }
}

#[test]
fn listed_cpus_are_switched_one_by_one() {
    let listed = with(
        PLAIN,
        "  <os>",
        "  <vcpus>\r\n    <vcpu id='0' enabled='yes' hotpluggable='no' order='1'/>\r\n    \
         <vcpu id='1' enabled='yes' hotpluggable='yes' order='2'/>\r\n    <vcpu id='2' enabled='no' hotpluggable='yes'/>\r\n    \
         <vcpu id='3' enabled='no' hotpluggable='yes'/>\r\n  </vcpus>\r\n  <os>",
    );
    let more = Bench::new(&listed).edit(&["vcpu", "3"]);
    assert!(
        more.contains("<vcpu id='2' enabled='yes' hotpluggable='yes' order='3'/>"),
        "{more}"
    );
    assert!(more.contains("<vcpu current='3'>4</vcpu>"), "{more}");
    let less = Bench::new(&listed).edit(&["vcpu", "1"]);
    assert!(
        less.contains("<vcpu id='1' enabled='no' hotpluggable='yes'/>"),
        "{less}"
    );
    let pinned = listed.replace(
        "id='1' enabled='yes' hotpluggable='yes'",
        "id='1' enabled='yes' hotpluggable='no'",
    );
    Bench::new(&pinned).refuse(&["vcpu", "1"], 1);
}

#[test]
fn a_file_keeps_its_mode_and_a_link_stays_one() {
    let bench = Bench::new(PLAIN);
    let (real, link) = (bench.path("real.xml"), bench.path("out.xml"));
    fs::write(&real, "old").expect("written");
    fs::set_permissions(&real, fs::Permissions::from_mode(0o640)).expect("a mode");
    symlink(&real, &link).expect("a link");
    bench.edit(&["title", "t"]);
    assert!(fs::symlink_metadata(&link).expect("there").is_symlink());
    assert_eq!(fs::metadata(&real).expect("there").permissions().mode() & 0o7777, 0o640);
    assert!(fs::read_to_string(&real).expect("text").contains("<title>t</title>"));
    // A new file is no more open than what it was made from.
    let bench = Bench::new(PLAIN);
    fs::set_permissions(bench.path("in.xml"), fs::Permissions::from_mode(0o600)).expect("a mode");
    bench.edit(&["noop"]);
    assert_eq!(
        fs::metadata(bench.path("out.xml")).expect("there").permissions().mode() & 0o7777,
        0o600
    );
    // In place.
    let path = bench.path("in.xml");
    let path = path.to_str().expect("text");
    succeed(&["edit", "--file", path, "--output", path, "name", "other"]);
    assert!(fs::read_to_string(path).expect("text").contains("<name>other</name>"));
}

#[test]
fn a_write_that_fails_leaves_the_old_file() {
    let bench = Bench::new(PLAIN);
    let said = vireo(&[
        "edit",
        "--file",
        bench.path("in.xml").to_str().expect("text"),
        "--output",
        "/proc/none/out.xml",
        "title",
        "t",
    ]);
    assert_eq!(said.status.code(), Some(1));
    let leftovers: Vec<_> = fs::read_dir(bench.folder.path()).expect("a folder").collect();
    assert_eq!(leftovers.len(), 1, "{leftovers:?}");
}

#[test]
fn bytes_of_other_encodings_survive() {
    let text =
        "<?xml version='1.0' encoding='ISO-8859-1'?>\n<domain><name>k\u{fc}che</name><memory>1024</memory></domain>\n";
    let latin: Vec<u8> = text
        .chars()
        .map(|c| u8::try_from(u32::from(c)).expect("latin"))
        .collect();
    let wide: Vec<u8> = std::iter::once(0xFEFF)
        .chain(text.replace("ISO-8859-1", "UTF-16").encode_utf16())
        .flat_map(u16::to_le_bytes)
        .collect();
    for bytes in [&latin, &wide] {
        let bench = Bench::new("");
        fs::write(bench.path("in.xml"), bytes).expect("written");
        assert!(bench.run(&["noop"]).status.success());
        assert_eq!(&fs::read(bench.path("out.xml")).expect("written"), bytes);
    }
    let bench = Bench::new("");
    fs::write(bench.path("in.xml"), &latin).expect("written");
    assert!(bench.run(&["title", "ä–"]).status.success());
    let written = fs::read(bench.path("out.xml")).expect("written");
    assert!(
        written.windows(20).any(|window| window == b"<title>\xe4&#x2013;</ti"),
        "{}",
        String::from_utf8_lossy(&written)
    );
    for broken in [
        &b"<domain>\xff</domain>"[..],
        b"<?xml version='1.0' encoding='EBCDIC'?><domain/>",
        b"\xff\xfe<\x00d",
    ] {
        fs::write(bench.path("in.xml"), broken).expect("written");
        let _ = fs::remove_file(bench.path("out.xml"));
        bench.refuse(&["noop"], 1);
    }
}

#[test]
fn the_difference_hides_passwords() {
    let secret = with(
        PLAIN,
        "    <mystery",
        "    <graphics type='vnc' passwd='hush'/>\r\n    <mystery",
    );
    let bench = Bench::new(&secret);
    let path = bench.path("in.xml");
    let shown = succeed(&[
        "edit",
        "--file",
        path.to_str().expect("text"),
        "--diff",
        "remove-nic",
        "52:54:00:aa:00:01",
    ]);
    assert!(shown.contains("-    <interface"), "{shown}");
    assert!(shown.starts_with("--- ") && shown.contains("\n@@ "), "{shown}");
    assert!(!shown.contains("hush") && shown.contains("***"), "{shown}");
    assert!(succeed(&["edit", "--file", path.to_str().expect("text"), "--diff", "noop"]).is_empty());
}

/// The persistent definition of a machine, as virsh sees it.
fn definition(daemon: &Daemon, uri: &str, name: &str) -> Item {
    read(&daemon.virsh(uri, &["dumpxml", "--inactive", "--security-info", name]))
}

#[test]
fn a_machine_of_the_test_driver_is_edited() {
    let daemon = Daemon::start();
    let _world = daemon.hold_world();
    let uri = daemon.uri_test();
    succeed(&["edit", "-c", &uri, "test", "noop"]);
    let before = definition(&daemon, &uri, "test");
    succeed(&[
        "edit",
        "-c",
        &uri,
        "test",
        "title",
        "A & b",
        "current-memory",
        "4096",
        "add-disk",
        "/tmp/x.qcow2",
        "metadata",
        "k",
        "urn:k",
        "<a>1</a>",
    ]);
    let mut after = definition(&daemon, &uri, "test");
    assert_ne!(before, after);
    let text = daemon.virsh(&uri, &["dumpxml", "--inactive", "test"]);
    assert!(
        text.contains("<title>A &amp; b</title>") && text.contains("<k:a xmlns:k=\"urn:k\">1</k:a>"),
        "{text}"
    );
    assert!(
        text.contains("<source file='/tmp/x.qcow2'/>") && text.contains(">4096</currentMemory>"),
        "{text}"
    );
    // The reverse brings back what was there.
    succeed(&[
        "edit",
        "-c",
        &uri,
        "test",
        "title",
        "",
        "current-memory",
        "2097152",
        "remove-disk",
        "vdb",
        "metadata",
        "k",
        "urn:k",
        "",
    ]);
    after = definition(&daemon, &uri, "test");
    let plain = |item: &Item| format!("{:?}", item.clone().without_layout());
    assert!(!plain(&after).contains("urn:k") && !plain(&after).contains("x.qcow2"));
    assert_eq!(plain(&after), plain(&before));
}

#[test]
fn a_refused_edit_leaves_the_machine_as_it_was() {
    let daemon = Daemon::start();
    let _world = daemon.hold_world();
    let uri = daemon.uri_test();
    let before = definition(&daemon, &uri, "test");
    let file = daemon.write("odd.xml", "<rng model='no-such-model'><backend model='random'/></rng>");
    let said = refuse(&[
        "edit",
        "-c",
        &uri,
        "test",
        "title",
        "t",
        "add-device",
        file.to_str().expect("text"),
    ]);
    assert!(
        said.contains("schema") && said.contains("devices"),
        "libvirt names what it refuses: {said}"
    );
    assert_eq!(said.trim_end().lines().count(), 1, "{said}");
    refuse(&["edit", "-c", &uri, "test", "name", "other"]);
    refuse(&["edit", "-c", &uri, "test", "--live", "memory", "1024"]);
    refuse(&["edit", "-c", &uri, "nobody", "noop"]);
    succeed(&["edit", "-c", &uri, "test", "--dry-run", "title", "t"]);
    assert_eq!(definition(&daemon, &uri, "test"), before);
}

#[test]
fn a_machine_is_renamed_only_while_it_is_off_and_stays_itself() {
    let daemon = Daemon::start();
    let mut world = daemon.hold_world();
    let uri = daemon.uri_test();
    let uuid = daemon.virsh(&uri, &["domuuid", "test"]);
    assert!(refuse(&["edit", "-c", &uri, "test", "name", "other"]).contains("off"));
    world.run("destroy test");
    succeed(&[
        "edit",
        "-c",
        &uri,
        "test",
        "title",
        "t",
        "name",
        "other",
        "autostart",
        "on",
    ]);
    assert_eq!(daemon.virsh(&uri, &["domuuid", "other"]), uuid);
    assert_eq!(
        daemon.virsh(&uri, &["list", "--all", "--name"]).trim(),
        "other",
        "no twin"
    );
    let info = daemon.virsh(&uri, &["dominfo", "other"]);
    assert!(info.contains("Autostart:      enable"), "{info}");
    assert!(daemon.virsh(&uri, &["dumpxml", "other"]).contains("<title>t</title>"));
    succeed(&["edit", "-c", &uri, "other", "autostart", "off"]);
    assert!(
        daemon
            .virsh(&uri, &["dominfo", "other"])
            .contains("Autostart:      disable")
    );
}

#[test]
fn the_running_machine_is_changed_alone_or_with_its_definition() {
    let daemon = Daemon::start();
    let _world = daemon.hold_world();
    let uri = daemon.uri_test();
    succeed(&["edit", "-c", &uri, "test", "--live", "title", "now"]);
    assert!(daemon.virsh(&uri, &["dumpxml", "test"]).contains("<title>now</title>"));
    assert!(
        !daemon
            .virsh(&uri, &["dumpxml", "--inactive", "test"])
            .contains("<title>")
    );
    succeed(&["edit", "-c", &uri, "test", "--live", "--config", "title", "both"]);
    for flags in [&["dumpxml", "test"][..], &["dumpxml", "--inactive", "test"]] {
        assert!(daemon.virsh(&uri, flags).contains("<title>both</title>"));
    }
}

#[test]
fn a_password_survives_an_edit() {
    let daemon = Daemon::start();
    let uri = daemon.uri_qemu();
    let file = daemon.write(
        "vnc.xml",
        "<domain type='qemu'><name>vnc</name><memory>65536</memory><os><type arch='x86_64'>hvm</type></os>\
         <devices><graphics type='vnc' port='-1' autoport='yes' passwd='hush'/></devices></domain>",
    );
    daemon.virsh(&uri, &["define", file.to_str().expect("text")]);
    let before = definition(&daemon, &uri, "vnc");
    let shown = succeed(&["edit", "-c", &uri, "vnc", "--diff", "title", "t"]);
    assert!(
        shown.contains("+  <title>t</title>") && !shown.contains("hush"),
        "{shown}"
    );
    let after = daemon.virsh(&uri, &["dumpxml", "--inactive", "--security-info", "vnc"]);
    assert!(after.contains("passwd='hush'"), "{after}");
    assert_eq!(
        read(&after.replace("  <title>t</title>\n", "")),
        before,
        "and nothing else has changed"
    );
}

#[test]
fn devices_come_and_go_in_a_definition_of_qemu() {
    let daemon = Daemon::start();
    let uri = daemon.uri_qemu();
    let file = daemon.write(
        "plain.xml",
        "<domain type='qemu'><name>plain</name><memory>65536</memory><vcpu>2</vcpu><os><type arch='x86_64' machine='q35'>hvm</type>\
         </os><devices><disk type='file' device='disk'><source file='/a.img'/><target dev='sda' bus='scsi'/></disk>\
         <interface type='user'><mac address='52:54:00:00:00:01'/><model type='e1000e'/></interface></devices></domain>",
    );
    daemon.virsh(&uri, &["define", file.to_str().expect("text")]);
    let text = || daemon.virsh(&uri, &["dumpxml", "--inactive", "plain"]);
    let before = text();
    succeed(&[
        "edit",
        "-c",
        &uri,
        "plain",
        "add-disk",
        "/b.qcow2",
        "add-nic",
        "default",
        "max-vcpu",
        "4",
        "boot",
        "sda,52:54:00:00:00:01",
    ]);
    let after = text();
    for part in [
        "<target dev='sdb' bus='scsi'/>",
        "<source file='/b.qcow2'/>",
        "type='qcow2'",
        "<source network='default'/>",
        "<vcpu placement='static' current='2'>4</vcpu>",
        "<boot order='1'/>",
        "<boot order='2'/>",
    ] {
        assert!(after.contains(part), "{part} in {after}");
    }
    assert_eq!(after.matches("<model type='e1000e'/>").count(), 2, "{after}");
    assert_eq!(
        after.matches("type='scsi' index").count(),
        1,
        "no second controller: {after}"
    );
    let mac = after
        .lines()
        .filter_map(|line| line.trim().strip_prefix("<mac address='")?.strip_suffix("'/>"))
        .nth(1);
    succeed(&[
        "edit",
        "-c",
        &uri,
        "plain",
        "remove-disk",
        "sdb",
        "remove-nic",
        mac.expect("a second one"),
    ]);
    assert_eq!(before.matches("<disk ").count(), text().matches("<disk ").count());
    assert!(!text().contains("/b.qcow2") && !text().contains("network='default'"));
}

#[test]
fn a_running_guest_gets_a_disk_at_once_and_for_the_next_start() {
    let daemon = Daemon::start();
    let uri = daemon.uri_qemu();
    let guest = daemon.guest("vm").empty().disk_mib(4).start();
    let file = daemon.write("extra.img", &"x".repeat(1 << 20));
    fs::set_permissions(&file, fs::Permissions::from_mode(0o666)).expect("a mode");
    let file = file.to_str().expect("text");
    succeed(&[
        "edit", "-c", &uri, "vm", "--live", "--config", "add-disk", file, "title", "hot",
    ]);
    for flags in [&["dumpxml", "vm"][..], &["dumpxml", "--inactive", "vm"]] {
        let text = daemon.virsh(&uri, flags);
        assert!(
            text.contains(file) && text.contains("<target dev='vdb'") && text.contains("<title>hot</title>"),
            "{text}"
        );
    }
    // What the running machine refuses is taken back from the definition, too.
    let before = definition(&daemon, &uri, "vm");
    let said = refuse(&[
        "edit",
        "-c",
        &uri,
        "vm",
        "--live",
        "--config",
        "title",
        "cold",
        "add-disk",
        "/does/not/exist.img",
    ]);
    assert!(said.contains("/does/not/exist.img"), "{said}");
    assert_eq!(definition(&daemon, &uri, "vm"), before);
    assert!(daemon.virsh(&uri, &["dumpxml", "vm"]).contains("<title>hot</title>"));
    // What can wait only is refused before anything happens.
    assert!(refuse(&["edit", "-c", &uri, "vm", "--live", "title", "x", "max-vcpu", "4"]).contains("next start"));
    assert!(daemon.virsh(&uri, &["dumpxml", "vm"]).contains("<title>hot</title>"));
    succeed(&["edit", "-c", &uri, "vm", "max-vcpu", "4", "memory", "262144"]);
    assert!(
        daemon
            .virsh(&uri, &["dumpxml", "--inactive", "vm"])
            .contains(">262144</memory>")
    );
    assert!(
        !daemon.virsh(&uri, &["dumpxml", "vm"]).contains(">262144</memory>"),
        "not before the next start"
    );
    guest.destroy();
}

#[test]
fn a_transient_machine_has_no_definition_to_edit() {
    let daemon = Daemon::start();
    let mut world = daemon.hold_world();
    let uri = daemon.uri_test();
    world.run("undefine test");
    assert!(refuse(&["edit", "-c", &uri, "test", "title", "t"]).contains("transient"));
    succeed(&["edit", "-c", &uri, "test", "--live", "title", "t"]);
    world.run("destroy test");
}

/// Starts to edit a machine and stops between reading and defining: the difference is more than a pipe holds. Then `other`
/// happens, and the edit goes on to its end.
fn edit_while(uri: &str, description: &str, other: impl FnOnce()) -> Output {
    let mut edit = Command::new(env!("CARGO_BIN_EXE_vireo"))
        .args(["edit", "-c", uri, "test", "--diff", "description", description])
        .env("LC_ALL", "C.UTF-8")
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .expect("vireo");
    let mut shown = edit.stdout.take().expect("its output");
    shown.read_exact(&mut [0]).expect("the beginning of the difference");
    other();
    std::io::copy(&mut shown, &mut std::io::sink()).expect("the rest");
    edit.wait_with_output().expect("its end")
}

#[test]
fn what_another_administrator_changes_meanwhile_is_kept_or_asked_about() {
    let daemon = Daemon::start();
    let mut world = daemon.hold_world();
    let uri = daemon.uri_test();
    let long = "a line of the description\n".repeat(4500);
    let output = edit_while(&uri, &long, || {
        drop(world.run("desc test --config --title --new-desc theirs"))
    });
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    let both = daemon.virsh(&uri, &["dumpxml", "--inactive", "test"]);
    assert!(
        both.contains("<title>theirs</title>") && both.contains("a line of the description"),
        "{both:.2000}"
    );
    // Where both have changed the same, the later one is told and nothing is overwritten.
    let output = edit_while(&uri, &long.replace("line", "word"), || {
        drop(world.run("desc test --config --new-desc theirs"))
    });
    let said = String::from_utf8_lossy(&output.stderr).into_owned();
    assert_eq!(output.status.code(), Some(1), "{said}");
    assert!(said.contains("description"), "{said}");
    let kept = daemon.virsh(&uri, &["dumpxml", "--inactive", "test"]);
    assert!(kept.contains("<description>theirs</description>"), "{kept:.2000}");
}
