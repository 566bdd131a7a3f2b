//! The definitions of pools of every kind: what is written, and that libvirt's schema takes it. Most of them need hardware or
//! servers that nobody has at hand.

use std::fs;
use std::process::Command;

use vireo::model::storage::{AdapterWish, AuthWish, Field, NewPool, SecretWish, pool_kinds};
use zeroize::Zeroizing;

const SCHEMA: &str = "/usr/share/libvirt/schemas/storagepool.rng";

fn texts(list: &[&str]) -> Vec<String> {
    list.iter().map(|text| (*text).to_owned()).collect()
}

/// A pool of a kind with everything that the kind knows.
fn full(kind: &str) -> NewPool {
    let iscsi = kind.starts_with("iscsi");
    NewPool {
        name: "a & b".into(),
        kind: kind.into(),
        target: if kind == "mpath" || kind == "scsi" {
            String::new()
        } else {
            "/srv/<pool>".into()
        },
        hosts: match kind {
            "rbd" => texts(&["mon1", "mon2:6789", "[::1]:6789"]),
            _ => texts(&["nas.example"]),
        },
        directory: "/export/images".into(),
        devices: match kind {
            _ if iscsi => texts(&["iqn.2013-06.com.example:target"]),
            "logical" => texts(&["/dev/sdb1", "/dev/sdc1"]),
            _ => texts(&["/dev/sdb"]),
        },
        source_name: "source".into(),
        format: String::new(),
        adapter: Some(AdapterWish::Host("scsi_host2".into())),
        initiator: "iqn.2013-06.com.example:us".into(),
        auth: Some(AuthWish {
            user: "admin".into(),
            secret: SecretWish::Usage("the password".into()),
        }),
        protocol: "4".into(),
        is_session: false,
    }
}

/// What each kind is written as, without the lines that all have.
const SOURCES: &[(&str, &str)] = &[
    ("dir", ""),
    ("fs", "<device path='/dev/sdb'/><format type='auto'/>"),
    (
        "netfs",
        "<host name='nas.example'/><dir path='/export/images'/><format type='auto'/><protocol ver='4'/>",
    ),
    (
        "logical",
        "<device path='/dev/sdb1'/><device path='/dev/sdc1'/><name>source</name><format type='lvm2'/>",
    ),
    ("disk", "<device path='/dev/sdb'/><format type='gpt'/>"),
    (
        "iscsi",
        "<host name='nas.example'/><device path='iqn.2013-06.com.example:target'/><initiator>\
         <iqn name='iqn.2013-06.com.example:us'/></initiator><auth type='chap' username='admin'>\
         <secret usage='the password'/></auth>",
    ),
    (
        "iscsi-direct",
        "<host name='nas.example'/><device path='iqn.2013-06.com.example:target'/><initiator>\
         <iqn name='iqn.2013-06.com.example:us'/></initiator><auth type='chap' username='admin'>\
         <secret usage='the password'/></auth>",
    ),
    ("scsi", "<adapter type='scsi_host' name='scsi_host2'/>"),
    ("mpath", ""),
    (
        "rbd",
        "<host name='mon1'/><host name='mon2' port='6789'/><host name='::1' port='6789'/><name>source</name>\
         <auth type='ceph' username='admin'><secret usage='the password'/></auth>",
    ),
    (
        "gluster",
        "<host name='nas.example'/><dir path='/export/images'/><name>source</name>",
    ),
    // The schema of libvirt 9.0 takes one device only.
    ("zfs", "<device path='/dev/sdb'/><name>source</name>"),
    ("vstorage", "<name>source</name>"),
];

fn plain(xml: &str) -> String {
    xml.lines().map(str::trim).collect()
}

/// What the schema says against a document.
fn refused(xml: &str) -> Option<String> {
    let file = tempfile::NamedTempFile::new().expect("a file");
    fs::write(file.path(), xml).expect("written");
    let mut command = Command::new("xmllint");
    let output = command.args(["--noout", "--relaxng", SCHEMA]).arg(file.path()).output();
    let output = output.expect("xmllint (see scripts/install-deps)");
    (!output.status.success()).then(|| String::from_utf8_lossy(&output.stderr).into_owned())
}

#[test]
fn every_kind_is_written_as_libvirt_reads_it() {
    let known: Vec<&str> = pool_kinds().iter().map(|kind| kind.name).collect();
    assert_eq!(known, SOURCES.iter().map(|(kind, _)| *kind).collect::<Vec<_>>());
    for (kind, source) in SOURCES {
        let wish = full(kind);
        assert!(wish.problems(&[]).is_empty(), "{kind}: {:?}", wish.problems(&[]));
        let xml = wish.xml(None);
        let text = plain(&xml);
        assert!(
            text.starts_with(&format!("<pool type='{kind}'><name>a &amp; b</name>")),
            "{text}"
        );
        match *source {
            "" => assert!(!text.contains("<source>"), "{kind}: {text}"),
            source => assert!(text.contains(&format!("<source>{source}</source>")), "{kind}: {text}"),
        }
        if let Some(reason) = refused(&xml) {
            panic!("{kind}: {reason}\n{xml}");
        }
    }
}

#[test]
fn every_kind_says_what_is_missing_and_is_enough_with_what_it_needs() {
    for kind in pool_kinds() {
        let bare = NewPool {
            name: "pool".into(),
            kind: kind.name.into(),
            ..NewPool::default()
        };
        // A folder has a usual place.
        let needed = kind.needs.iter().filter(|field| **field != Field::Target).count();
        assert_eq!(bare.problems(&[]).len(), needed, "{}", kind.name);
        let all = full(kind.name);
        let has = |field| kind.needs.contains(&field);
        let least = NewPool {
            hosts: if has(Field::Hosts) { all.hosts } else { Vec::new() },
            devices: if has(Field::Devices) { all.devices } else { Vec::new() },
            directory: if has(Field::Directory) {
                all.directory
            } else {
                String::new()
            },
            source_name: if has(Field::Name) {
                all.source_name
            } else {
                String::new()
            },
            initiator: if has(Field::Initiator) {
                all.initiator
            } else {
                String::new()
            },
            adapter: all.adapter.filter(|_| has(Field::Adapter)),
            ..bare
        };
        assert!(least.problems(&["other"]).is_empty(), "{}", kind.name);
        assert_eq!(least.problems(&["pool"]).len(), 1, "the name is taken");
        if let Some(reason) = refused(&least.xml(None)) {
            panic!("{}: {reason}\n{}", kind.name, least.xml(None));
        }
    }
}

#[test]
fn passwords_are_in_no_definition_and_in_no_log() {
    let mut wish = full("iscsi");
    wish.auth = Some(AuthWish {
        user: "admin".into(),
        secret: SecretWish::Password {
            usage: "target".into(),
            password: Zeroizing::new("open sesame".into()),
        },
    });
    let uuid = "7a3cd2fe-16a5-4a5c-9e31-2f5d4bb0ac3e";
    let text = format!("{}{wish:?}", wish.xml(Some(uuid)));
    assert!(!text.contains("sesame"), "{text}");
    assert!(text.contains(&format!("<secret uuid='{uuid}'/>")), "{text}");
}
