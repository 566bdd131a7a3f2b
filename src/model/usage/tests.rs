use std::collections::HashSet;
use std::sync::Arc;

use uuid::Uuid;

use super::*;
use crate::model::facts::VolumeFact;
use crate::model::xml::domain::Domain;
use crate::model::xml::read_domain;

mod gluster;

/// Devices as short as they can be: `vda=/a.qcow2`, with words behind: `ro`, `share`, `cdrom`, `<-/base.qcow2`.
fn xml(uuid: Uuid, disks: &[&str]) -> String {
    let mut text = format!("<domain type='kvm'><name>n</name><uuid>{uuid}</uuid><devices>");
    for disk in disks {
        let mut words = disk.split(' ');
        let (target, path) = words.next().and_then(|word| word.split_once('=')).unwrap();
        let words: Vec<&str> = words.collect();
        let device = if words.contains(&"cdrom") { "cdrom" } else { "disk" };
        let source = match path.strip_prefix("vol:").and_then(|rest| rest.split_once('/')) {
            Some((pool, volume)) => {
                format!("type='volume' device='{device}'><source pool='{pool}' volume='{volume}'/>")
            }
            None => format!("type='file' device='{device}'><source file='{path}'/>"),
        };
        text += &format!("<disk {source}<target dev='{target}'/>");
        for (word, element) in [("ro", "<readonly/>"), ("share", "<shareable/>")] {
            text += if words.contains(&word) { element } else { "" };
        }
        let bases: Vec<&str> = words.iter().filter_map(|word| word.strip_prefix("<-")).collect();
        for base in &bases {
            text += &format!("<backingStore type='file'><source file='{base}'/>");
        }
        text += &"</backingStore>".repeat(bases.len());
        text += "</disk>";
    }
    text + "</devices></domain>"
}

fn uuid(name: &str) -> Uuid {
    let mut bytes = [7; 16];
    bytes[..name.len().min(16)].copy_from_slice(&name.as_bytes()[..name.len().min(16)]);
    Uuid::from_bytes(bytes)
}

fn machine(name: &str, active: bool, disks: &[&str]) -> Machine {
    let details = read_domain(&xml(uuid(name), disks)).unwrap();
    Machine {
        uuid: uuid(name),
        name: name.into(),
        active,
        locks: true,
        images: Some(details.images),
    }
}

fn usage(machines: Vec<Machine>) -> Usage {
    Usage::new(machines, Arc::default())
}

fn volume(path: &str, backing: Option<&str>) -> VolumeFact {
    VolumeFact {
        name: path.rsplit('/').next().unwrap().to_owned(),
        path: path.to_owned(),
        allocation: Some(4096),
        backing: backing.map(str::to_owned),
        ..VolumeFact::default()
    }
}

#[test]
fn every_pair_of_uses_has_its_rule() {
    use Access::{Base, Read, Share, Write};
    let table = [
        (Read, Read, None),
        (Read, Base, None),
        (Base, Read, None),
        (Base, Base, None),
        (Share, Share, None),
        (Write, Write, Some(Clash::BothWrite)),
        (Write, Share, Some(Clash::BothWrite)),
        (Share, Write, Some(Clash::BothWrite)),
        (Write, Read, Some(Clash::WritesRead)),
        (Share, Read, Some(Clash::WritesRead)),
        (Read, Write, Some(Clash::ReadsWritten)),
        (Read, Share, Some(Clash::ReadsWritten)),
        (Write, Base, Some(Clash::WritesBase)),
        (Share, Base, Some(Clash::WritesBase)),
        (Base, Write, Some(Clash::BaseWritten)),
        (Base, Share, Some(Clash::BaseWritten)),
    ];
    for (first, other, expected) in table {
        assert_eq!(clash(first, other), expected, "{first:?} beside {other:?}");
    }
}

/// What the machine has, what another one has and whether that runs, and the answers to starting: how many conflicts, and
/// whether one of them is final.
type Start = (&'static [&'static str], (&'static [&'static str], bool), Option<bool>);

#[test]
fn start_is_asked_about_what_would_be_damaged() {
    let table: [Start; 13] = [
        (&["vda=/a"], (&["vda=/b"], true), None),
        (&["vda=/a"], (&["vda=/a"], false), None),
        (&["vda=/a"], (&["vdb=/a"], true), Some(true)),
        (&["vda=//a/"], (&["vdb=/./a"], true), Some(true)),
        (&["vda=/a ro"], (&["vda=/a ro"], true), None),
        (&["sda=/a cdrom"], (&["sda=/a cdrom"], true), None),
        (&["sda=/a cdrom"], (&["vda=/a"], true), Some(true)),
        (&["vda=/a share"], (&["vda=/a share"], true), None),
        (&["vda=/a share"], (&["vda=/a"], true), Some(true)),
        // Many build on one base …
        (&["vda=/a <-/base"], (&["vda=/b <-/base"], true), None),
        // … but nobody writes to it, not even while the others are off.
        (&["vda=/base"], (&["vda=/b <-/base"], true), Some(true)),
        (&["vda=/base"], (&["vda=/b <-/mid <-/base"], false), Some(false)),
        (&["vda=/b <-/base"], (&["vda=/base"], true), Some(true)),
    ];
    for (own, (others, active), expected) in table {
        let usage = usage(vec![machine("own", false, own), machine("other", active, others)]);
        let found = usage.check_all(Some(uuid("own")), usage.images(uuid("own")), Purpose::Start);
        let answer = found.iter().map(|conflict| conflict.refused).max();
        assert_eq!(answer, expected, "{own:?} beside {others:?}: {found:?}");
    }
}

#[test]
fn only_what_locks_images_refuses_for_good() {
    let mut holder = machine("other", true, &["vda=/a"]);
    holder.locks = false;
    let usage = usage(vec![machine("own", false, &["vda=/a"]), holder]);
    let found = usage.check_all(Some(uuid("own")), usage.images(uuid("own")), Purpose::Start);
    assert_eq!(found.len(), 1);
    assert!(!found[0].refused);
}

#[test]
fn one_image_twice_in_one_machine_does_not_start() {
    let usage = usage(vec![machine("own", false, &["vda=/a", "vdb=/a"])]);
    let found = usage.check_all(Some(uuid("own")), usage.images(uuid("own")), Purpose::Start);
    assert_eq!(found.len(), 2);
    assert!(found[0].refused);
}

#[test]
fn new_disk_is_told_who_has_it_and_refused_where_both_run() {
    let usage = usage(vec![
        machine("old-mail", true, &["vda=/a"]),
        machine("b", false, &["vda=/b"]),
    ]);
    let new = |path: &str| Image {
        source: Source::path(path),
        role: Role::Disk("vdz".into()),
        access: Access::Write,
        chain: Box::default(),
    };
    let check = |path: &str, running| usage.check(Some(uuid("x")), &new(path), Purpose::Add { running });
    let refused = |found: &[Conflict]| found.iter().map(|conflict| conflict.refused).collect::<Vec<_>>();
    assert_eq!(refused(&check("/a", true)), [true]);
    assert_eq!(refused(&check("/a", false)), [false]);
    assert_eq!(refused(&check("/b", true)), [false]);
    assert_eq!(refused(&check("/c", true)), [false; 0]);
    let found = check("/a", true);
    assert_eq!(found[0].line(), "/a: “old-mail” uses it as vda (running).");
    assert!(consequence(&found).contains("no other one may use it"));
}

#[test]
fn copy_warns_while_somebody_writes() {
    let usage = usage(vec![
        machine("a", true, &["vda=/a"]),
        machine("b", true, &["vda=/b ro"]),
    ]);
    for (name, expected) in [("a", 1), ("b", 0)] {
        let images = usage.images(uuid(name)).to_vec();
        // Of its own running machine, too.
        assert_eq!(usage.check_all(None, &images, Purpose::Copy).len(), expected, "{name}");
    }
}

#[test]
fn volume_and_path_are_one_image() {
    let mut lore = Lore::default();
    lore.learn_pool("default", &[volume("/pool/a.qcow2", Some("/pool/base.qcow2"))]);
    let machines = vec![
        machine("a", true, &["vda=vol:default/a.qcow2"]),
        machine("b", false, &["vda=/pool/a.qcow2"]),
        machine("c", false, &["vda=/pool/base.qcow2"]),
    ];
    let usage = Usage::new(machines, Arc::new(lore));
    let check = |name: &str| usage.check_all(Some(uuid(name)), usage.images(uuid(name)), Purpose::Start);
    assert_eq!(check("b").len(), 1);
    assert_eq!(check("b")[0].source, Source::path("/pool/a.qcow2"));
    let reasons: Vec<Reason> = check("c").iter().map(|conflict| conflict.reason).collect();
    assert_eq!(reasons, [Reason::Clash(Clash::WritesBase); 2]);
    assert_eq!(usage.note("/pool/a.qcow2").as_deref(), Some("used by “a” and 1 other"));
    assert_eq!(usage.note("/pool/none"), None);
}

#[test]
fn chain_that_bites_its_tail_ends() {
    let mut lore = Lore::default();
    lore.learn_pool(
        "p",
        &[
            volume("/a", Some("/b")),
            volume("/b", Some("/c")),
            volume("/c", Some("/b")),
        ],
    );
    assert_eq!(
        lore.chain(&Source::path("/a")),
        [Source::path("/b"), Source::path("/c")]
    );
    assert_eq!(lore.chain(&Source::path("/b")), [Source::path("/c")]);
}

/// What removing `vda` of the machine “own” could delete: path and problem.
fn removal_of(usage: &Usage, disks: &[&str]) -> Vec<(String, Option<String>)> {
    let domain = Domain::parse(&xml(uuid("own"), disks)).unwrap();
    let node = domain.disk("vda").unwrap();
    let files = removal(&domain, node, usage).files.into_iter();
    files.map(|file| (file.path, file.problem)).collect()
}

#[test]
fn nothing_is_deleted_that_others_use() {
    let mut lore = Lore::default();
    lore.learn_pool(
        "p",
        &[
            volume("/a", Some("/base")),
            volume("/base", None),
            volume("/b", None),
            volume("/idle", Some("/b")),
        ],
    );
    let machines = |own: &[&str]| {
        let others = machine("old-mail", true, &["vdb=/b"]);
        Usage::new(
            vec![
                machine("own", false, own),
                others,
                machine("c", false, &["vda=/c <-/base"]),
            ],
            Arc::new(lore.clone()),
        )
    };
    let chain = ["vda=/a"];
    let base_problem = Some("“c” builds on it with vda (off).".to_owned());
    assert_eq!(
        removal_of(&machines(&chain), &chain),
        [("/a".to_owned(), None), ("/base".to_owned(), base_problem)]
    );
    let shared = ["vda=/b"];
    let problem = "“old-mail” uses it as vdb (running). The volume /idle builds on it.".to_owned();
    assert_eq!(
        removal_of(&machines(&shared), &shared),
        [("/b".to_owned(), Some(problem))]
    );
    // In the same machine a second time.
    let twice = ["vda=/idle", "vdb=/idle"];
    let problem = Some("“own” uses it as vdb (off).".to_owned());
    assert_eq!(removal_of(&machines(&twice), &twice)[0], ("/idle".to_owned(), problem));
    let unknown = ["vda=/elsewhere"];
    let files = removal_of(&machines(&unknown), &unknown);
    assert!(files[0].1.as_ref().unwrap().contains("/elsewhere"), "{files:?}");
}

#[test]
fn nothing_is_deleted_while_a_definition_is_unknown() {
    let mut lore = Lore::default();
    lore.learn_pool("p", &[volume("/a", None)]);
    let mut silent = machine("silent", true, &[]);
    silent.images = None;
    let usage = Usage::new(vec![machine("own", false, &["vda=/a"]), silent.clone()], Arc::new(lore));
    let domain = Domain::parse(&xml(uuid("own"), &["vda=/a"])).unwrap();
    let found = removal(&domain, domain.disk("vda").unwrap(), &usage);
    assert!(found.files[0].note.as_ref().unwrap().contains("“silent”"), "{found:?}");
    let usage = Usage::new(vec![silent], Arc::default());
    let kept = usage.may_delete(&Source::path("/a"), &HashSet::new());
    assert_eq!(kept, Err(Kept::Unknown("silent".into())));
}

#[test]
fn edit_is_asked_only_about_what_it_adds() {
    let parse = |disks: &[&str]| Domain::parse(&xml(uuid("own"), disks)).unwrap();
    let before = parse(&["vda=/a", "vdb=/b ro", "sda=/c cdrom"]);
    let edited = parse(&["vda=/a", "vdb=/b", "sda=/d cdrom", "vdc=/e"]);
    let found = additions(&before, &edited);
    let found: Vec<&str> = found.iter().map(|image| image.source.as_str()).collect();
    // Writing now what it could only read counts as new.
    assert_eq!(found, ["/b", "/d", "/e"]);
    assert!(additions(&edited, &edited).is_empty());
}

#[test]
fn medium_is_noted_and_empty_drive_has_no_file() {
    let mut lore = Lore::default();
    lore.learn_pool("p", &[volume("/a.iso", None)]);
    let usage = Usage::new(vec![machine("own", false, &["vda=/a.iso cdrom"])], Arc::new(lore));
    let domain = Domain::parse(&xml(uuid("own"), &["vda=/a.iso cdrom"])).unwrap();
    let found = removal(&domain, domain.disk("vda").unwrap(), &usage);
    assert!(found.is_possible());
    assert_eq!(found.files[0].size, Some(4096));
    assert!(found.files[0].note.is_some());
    let empty =
        Domain::parse("<domain><devices><disk device='cdrom'><target dev='sda'/></disk></devices></domain>").unwrap();
    assert_eq!(removal(&empty, empty.disk("sda").unwrap(), &usage), Removal::default());
}

#[test]
fn sources_of_every_type_are_read() {
    let table = [
        ("type='file'><source file='/a//b/'/>", Some("/a/b")),
        ("type='block'><source dev='/dev/sdb'/>", Some("/dev/sdb")),
        ("type='dir'><source dir='/srv'/>", Some("/srv")),
        ("type='volume'><source pool='p' volume='a/b'/>", Some("volume:p/a/b")),
        (
            "type='network'><source protocol='rbd' name='p/i'><host name='m1'/></source>",
            Some("rbd:p/i"),
        ),
        (
            "type='network'><source protocol='iscsi' name='iqn.a:b/0'><host name='h'/></source>",
            Some("iscsi:iqn.a:b/0"),
        ),
        (
            "type='network'><source protocol='nbd' name='x'><host name='h' port='1'/></source>",
            Some("nbd://h:1/x"),
        ),
        (
            "type='network'><source protocol='nbd'><host transport='unix' socket='/s'/></source>",
            Some("nbd:///s/"),
        ),
        (
            "type='nvme'><source type='pci' managed='yes' namespace='1'><address domain='0x0000' bus='0x01' slot='0x00' function='0x0'/></source>",
            Some("nvme:0000:01:00.0/1"),
        ),
        ("type='vhostuser'><source type='unix' path='/s'/>", None),
        ("type='file'><source startupPolicy='optional'/>", None),
        ("type='file'>", None),
    ];
    for (body, expected) in table {
        let text = format!("<domain><devices><disk {body}<target dev='vda'/></disk></devices></domain>");
        let images = read_domain(&text).unwrap().images;
        assert_eq!(images.first().map(|image| image.source.as_str()), expected, "{body}");
    }
}

#[test]
fn what_a_machine_boots_from_and_leases_count() {
    let text = "<domain><os><loader readonly='yes'>/code</loader><nvram template='/vars'>/nvram</nvram><kernel>/k</kernel>\
        <initrd>/i</initrd></os><devices><disk type='file'><source file='/a'/><mirror type='file'><source file='/copy'/></mirror>\
        <target dev='vda'/></disk><lease><lockspace>s</lockspace><key>k</key></lease><memory model='nvdimm'><source><path>/m</path>\
        </source></memory><filesystem type='file'><source file='/fs'/><target dir='/'/><readonly/></filesystem></devices></domain>";
    let images = read_domain(text).unwrap().images;
    let found: Vec<(&str, String, bool)> = images
        .iter()
        .map(|image| (image.source.as_str(), image.role.label(), image.access.writes()))
        .collect();
    let expected = [
        ("/code", "firmware", false),
        ("/nvram", "firmware settings", true),
        ("/k", "kernel", false),
        ("/i", "initial RAM disk", false),
        ("/a", "vda", true),
        ("/copy", "copy of vda", true),
        ("lease:s/k", "lease", true),
        ("/m", "memory module", true),
        ("/fs", "file system /", false),
    ];
    let expected: Vec<(&str, String, bool)> = expected.map(|(a, b, c)| (a, b.to_owned(), c)).into();
    assert_eq!(found, expected);
}

#[test]
fn two_machines_with_one_lease_cannot_run_together() {
    let lease = |name: &str, active| {
        let text = "<domain type='kvm'><devices><lease><lockspace>s</lockspace><key>k</key></lease></devices></domain>";
        Machine {
            images: Some(read_domain(text).unwrap().images),
            ..machine(name, active, &[])
        }
    };
    let usage = usage(vec![lease("a", true), lease("b", false)]);
    let found = usage.check_all(Some(uuid("b")), usage.images(uuid("b")), Purpose::Start);
    assert_eq!(found[0].line(), "s/k: “a” holds it (running).");
    // Whether a lock manager is there to refuse it is not known here.
    assert!(!found[0].refused);
}

#[test]
fn name_of_a_holder_cannot_turn_the_sentence_around() {
    let usage = usage(vec![machine("a\u{202e}b\n", true, &["vda=/a"])]);
    let holder = &usage.holders(&Source::path("/a"))[0];
    assert_eq!(
        holder.sentence(),
        "“\u{2068}a\u{fffd}b \u{2069}” uses it as vda (running)."
    );
}

#[test]
fn ten_thousand_machines_are_indexed_while_nobody_waits() {
    let images: Vec<Machine> = (0..10_000)
        .map(|number| {
            let (top, base) = (
                format!("vda=/pool/{number} <-/pool/base"),
                format!("sda=/iso/{} cdrom", number % 7),
            );
            machine(&format!("m{number}"), number % 2 == 0, &[&top, &base])
        })
        .collect();
    let began = std::time::Instant::now();
    let usage = usage(images);
    let holders = usage.holders(&Source::path("/pool/base"));
    let took = began.elapsed();
    // 10 ms without optimisation on a slow computer would be much; the bound is for what is quadratic.
    assert!(took.as_millis() < 1000, "{took:?}");
    assert_eq!(holders.len(), 10_000);
}

/// What these machines leave behind: path, problem, and the paths of what builds on it.
fn left_by(names: &[&str], usage: &Usage) -> Vec<(String, Option<String>, Vec<String>)> {
    let machines: Vec<Leaving<'_>> = names
        .iter()
        .map(|name| Leaving {
            uuid: uuid(name),
            images: usage.images(uuid(name)),
        })
        .collect();
    let found = leftovers(&machines, usage);
    let path = |place: &usize| found[*place].file.path.clone();
    let told = found.iter().map(|left| {
        let above = left.above.iter().map(path).collect();
        (left.file.path.clone(), left.file.problem.clone(), above)
    });
    told.collect()
}

#[test]
fn machines_leave_behind_what_nobody_else_needs() {
    let mut lore = Lore::default();
    let known = [
        volume("/a", Some("/base")),
        volume("/b", Some("/base")),
        volume("/base", None),
        volume("/iso", None),
        volume("/shared", None),
        volume("/idle", Some("/c")),
        volume("/c", None),
    ];
    lore.learn_pool("p", &known);
    let usage = Usage::new(
        vec![
            machine("a", true, &["vda=/a", "sda=/iso cdrom", "vdb=/shared share"]),
            machine("b", false, &["vda=/b"]),
            machine("c", false, &["vda=/c", "vdb=/elsewhere"]),
        ],
        Arc::new(lore),
    );
    let paths = |all: &[&str]| all.iter().map(|path| (*path).to_owned()).collect::<Vec<_>>();
    let alone = left_by(&["a"], &usage);
    assert_eq!(alone[0], ("/a".to_owned(), None, Vec::new()));
    assert_eq!(
        alone[1],
        (
            "/base".to_owned(),
            Some("“b” builds on it with vda (off).".to_owned()),
            paths(&["/a"])
        )
    );
    // Media and what is shared are not one machine's own, even where nobody else has them now.
    assert_eq!((alone[2].0.as_str(), alone[2].1.is_some()), ("/iso", true));
    assert_eq!((alone[3].0.as_str(), alone[3].1.is_some()), ("/shared", true));
    // With the other one their base can go, after both.
    let both = left_by(&["a", "b"], &usage);
    let base = both.iter().find(|left| left.0 == "/base");
    assert_eq!(base, Some(&("/base".to_owned(), None, paths(&["/a", "/b"]))));
    assert_eq!(both.iter().filter(|left| left.0 == "/base").count(), 1);
    let third = left_by(&["c"], &usage);
    assert_eq!(third[0].1.as_deref(), Some("The volume /idle builds on it."));
    assert!(
        third[1]
            .1
            .as_ref()
            .is_some_and(|problem| problem.contains("/elsewhere"))
    );
}
