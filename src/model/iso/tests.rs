use std::io::Cursor;
use std::process::Command;

use proptest::prelude::*;

use super::{File, Medium, TooMuch, image};

const FILES: &[File<'_>] = &[
    File {
        name: "user-data",
        bytes: b"#cloud-config\n",
    },
    File {
        name: "meta-data",
        bytes: b"instance-id: 1\n",
    },
    File {
        name: "network-config",
        bytes: b"",
    },
    File {
        name: "meta-data.more",
        bytes: &[7; 5000],
    },
];

#[test]
fn what_was_written_is_read_back() {
    let bytes = image("cidata", FILES).unwrap();
    let mut source = Cursor::new(&bytes);
    let medium = Medium::read(&mut source).unwrap().unwrap();
    assert_eq!((medium.volume.as_str(), medium.bootable), ("cidata", false));
    assert_eq!(medium.size, bytes.len() as u64);
    for file in FILES {
        let read = medium.file(&mut source, file.name, 10_000).unwrap();
        assert_eq!(read.as_deref(), Some(file.bytes), "{}", file.name);
    }
    assert_eq!(
        medium.file(&mut source, "meta-data.more", 4999).unwrap(),
        None,
        "too large"
    );
    assert_eq!(medium.file(&mut source, "nothing", 10).unwrap(), None);
    assert_eq!(medium.file(&mut source, "", 10).unwrap(), None);
    assert_eq!(medium.file(&mut source, "user-data/x", 10).unwrap(), None);
}

#[test]
fn others_read_all_three_kinds_of_names() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("seed.iso");
    std::fs::write(&path, image("cidata", FILES).unwrap()).unwrap();
    let isoinfo = |arguments: &[&str]| {
        let output = Command::new("isoinfo").args(arguments).arg("-i").arg(&path).output();
        let output = output.expect("isoinfo of genisoimage (scripts/install-deps)");
        assert!(output.status.success(), "{output:?}");
        String::from_utf8(output.stdout).unwrap()
    };
    for names in ["-R", "-J"] {
        let listed = isoinfo(&["-f", names]);
        let mut listed: Vec<&str> = listed.lines().map(|line| line.trim_start_matches('/')).collect();
        listed.sort_unstable();
        assert_eq!(
            listed,
            ["meta-data", "meta-data.more", "network-config", "user-data"],
            "{names}"
        );
        assert_eq!(isoinfo(&[names, "-x", "/user-data"]), "#cloud-config\n");
    }
    assert!(isoinfo(&["-d"]).contains("Volume id: cidata"));
    let plain = isoinfo(&["-f"]);
    assert_eq!(plain.lines().count(), 4, "{plain}");
}

#[test]
fn many_files_take_more_than_one_sector() {
    let names: Vec<String> = (0..200)
        .map(|number| format!("a-file-with-a-long-name.{number}"))
        .collect();
    let files: Vec<File<'_>> = names
        .iter()
        .map(|name| File {
            name,
            bytes: name.as_bytes(),
        })
        .collect();
    let mut source = Cursor::new(image("x", &files).unwrap());
    let medium = Medium::read(&mut source).unwrap().unwrap();
    let mut read = medium.names(&mut source).unwrap();
    read.sort_unstable();
    let mut wanted = names.clone();
    wanted.sort_unstable();
    assert_eq!(read, wanted);
    assert_eq!(
        medium.file(&mut source, &names[150], 100).unwrap().as_deref(),
        Some(names[150].as_bytes())
    );
}

#[test]
fn what_does_not_fit_is_refused() {
    let long = "x".repeat(65);
    let named = |name| image("x", &[File { name, bytes: b"" }]);
    assert_eq!(named(&long), Err(TooMuch));
    assert_eq!(named(""), Err(TooMuch));
    assert_eq!(image("a label that is long", &[]), Err(TooMuch));
}

proptest! {
    #[test]
    fn a_hostile_medium_is_read_without_harm(
        changes in prop::collection::vec((0_usize..64 * 1024, any::<u8>()), 0..200),
        cut in 0_usize..64 * 1024,
    ) {
        let mut bytes = image("cidata", FILES).unwrap();
        for (at, value) in changes {
            if let Some(byte) = bytes.get_mut(16 * 2048 + at % (12 * 2048)) {
                *byte = value;
            }
        }
        bytes.truncate(bytes.len().saturating_sub(cut % 30_000));
        let mut source = Cursor::new(bytes);
        if let Some(medium) = Medium::read(&mut source).unwrap() {
            let read = medium.file(&mut source, "meta-data.more", 10_000).unwrap();
            prop_assert!(read.is_none_or(|read| read.len() <= 10_000));
            medium.names(&mut source).unwrap();
        }
    }
}
