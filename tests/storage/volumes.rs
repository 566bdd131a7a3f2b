//! What is done with volumes.

use std::fs;

use vireo::model::error::Kind;
use vireo::model::storage::{Brought, Encryption, IfUsed, NewVolume, Origin, Reach, Resize, Wipe};
use zeroize::Zeroizing;

use super::*;

#[test]
fn volumes_are_made_as_they_were_asked_for() {
    on_main(|| {
        let here = Storage::start();
        here.make("base.qcow2", "qcow2", 10 * MIB);
        let base = here.folder("images").join("base.qcow2").display().to_string();
        let overlay = NewVolume {
            pool: "images".into(),
            name: "top <1>.qcow2".into(),
            format: Some("qcow2".into()),
            capacity: 20 * MIB,
            backing: Some((base.clone(), "qcow2".into())),
            cluster: Some(MIB),
            compat: Some("1.1".into()),
            lazy_refcounts: true,
            ..NewVolume::default()
        };
        let made = here.done(async move |client, job| client.create_volume(overlay, job).await);
        let made = made.expect("an overlay");
        assert_eq!(
            (made.capacity, made.backing.as_deref()),
            (Some(20 * MIB), Some(base.as_str()))
        );
        let xml = here
            .host
            .ask(async |client| client.volume_xml(at("top <1>.qcow2")).await)
            .expect("it is there");
        assert!(
            xml.contains("<lazy_refcounts/>") && xml.contains("<compat>1.1</compat>"),
            "{xml}"
        );
        assert!(xml.contains("<clusterSize unit='B'>1048576</clusterSize>"), "{xml}");

        let full = NewVolume {
            pool: "images".into(),
            name: "full.img".into(),
            format: Some("raw".into()),
            capacity: 8 * MIB,
            allocation: Some(8 * MIB),
            ..NewVolume::default()
        };
        here.done(async move |client, job| client.create_volume(full, job).await)
            .expect("room");
        assert_eq!(taken(&here.folder("images").join("full.img")), 8 * MIB);
        assert_eq!(here.names("images"), ["base.qcow2", "full.img", "top <1>.qcow2"]);
        let named = vec!["full.img".to_owned(), "gone".to_owned()];
        let told = here
            .host
            .ask(async |client| client.describe_volumes("images".into(), named).await);
        let told = told.expect("the pool runs");
        assert_eq!(told.len(), 1);
        assert_eq!(told[0].format.as_deref(), Some("raw"));
        here.host.close();
    });
}

#[test]
fn encrypted_volume_has_a_secret_and_a_failure_leaves_none() {
    on_main(|| {
        let here = Storage::start();
        let new = |name: &str, format: &str| NewVolume {
            pool: "images".into(),
            name: name.into(),
            format: Some(format.into()),
            capacity: 4 * MIB,
            encryption: Some(Encryption::Passphrase(Zeroizing::new("open sesame".into()))),
            ..NewVolume::default()
        };
        let secrets = || {
            let told = here.daemon.virsh(&here.daemon.uri_qemu(), &["secret-list"]);
            told.lines().filter(|line| line.contains("volume")).count()
        };
        let good = new("luks.qcow2", "qcow2");
        let text = format!("{good:?}");
        assert!(!text.contains("sesame"), "{text}");
        here.done(async move |client, job| client.create_volume(good, job).await)
            .expect("LUKS");
        assert_eq!(secrets(), 1);
        let xml = here
            .host
            .ask(async |client| client.volume_xml(at("luks.qcow2")).await)
            .expect("it is there");
        assert!(xml.contains("<encryption format='luks'"), "{xml}");
        let bad = new("luks.vmdk", "no-such-format");
        assert!(
            here.done(async move |client, job| client.create_volume(bad, job).await)
                .is_err()
        );
        assert_eq!(secrets(), 1);
        here.host.close();
    });
}

#[test]
fn volume_grows_and_becomes_smaller_only_when_that_is_allowed() {
    on_main(|| {
        let here = Storage::start();
        here.make("a.img", "raw", 4 * MIB);
        let resize = |wish: Resize| {
            here.host
                .ask(async move |client| client.resize_volume(at("a.img"), wish).await)
        };
        let to = |mib: u64| Resize {
            capacity: mib * MIB,
            ..Resize::default()
        };
        assert_eq!(resize(to(6)), Ok(()));
        assert_eq!(resize(to(2)).map_err(|error| error.kind), Err(Kind::Invalid));
        let length = || fs::metadata(here.folder("images").join("a.img")).expect("a file").len();
        assert_eq!(length(), 6 * MIB);
        assert_eq!(resize(Resize { shrink: true, ..to(2) }), Ok(()));
        assert_eq!(length(), 2 * MIB);
        here.host.close();
    });
}

#[test]
fn copy_is_the_same_in_another_pool_and_wiping_leaves_zeroes() {
    on_main(|| {
        let here = Storage::start();
        here.make_pool("other");
        here.make("a.img", "raw", 3 * MIB);
        let path = here.folder("images").join("a.img");
        let content = noise(3 * MIB as usize);
        fs::write(&path, &content).expect("what it holds");
        let new = NewVolume {
            pool: "other".into(),
            name: "b.img".into(),
            format: Some("raw".into()),
            ..NewVolume::default()
        };
        let again = new.clone();
        let made = here.done(async move |client, job| client.clone_volume(at("a.img"), new, job).await);
        assert_eq!(made.expect("room").capacity, Some(3 * MIB));
        assert!(fs::read(here.folder("other").join("b.img")).expect("the copy") == content);
        let taken = here.done(async move |client, job| client.clone_volume(at("a.img"), again, job).await);
        assert!(taken.is_err(), "the name is taken");
        assert!(fs::read(here.folder("other").join("b.img")).expect("the copy stays") == content);
        here.done(async |client, _| client.wipe_volume(at("a.img"), Wipe::Zero, IfUsed::Refuse).await)
            .expect("wiped");
        assert!(fs::read(&path).expect("the file").iter().all(|byte| *byte == 0));
        here.host.close();
    });
}

#[test]
fn volume_that_a_machine_or_another_volume_needs_keeps_what_it_holds_unless_insisted() {
    on_main(|| {
        let here = Storage::start();
        here.make("base.img", "raw", 4 * MIB);
        here.make("used.img", "raw", 4 * MIB);
        let path = |name: &str| here.folder("images").join(name);
        let uri = here.daemon.uri_qemu();
        let base = path("base.img").display().to_string();
        let overlay = ["vol-create-as", "images", "over.qcow2", "4M", "--format", "qcow2"];
        let backing = ["--backing-vol", base.as_str(), "--backing-vol-format", "raw"];
        here.daemon.virsh(&uri, &[&overlay[..], &backing].concat());
        let xml = format!(
            "<domain type='qemu'><name>web</name><memory>65536</memory><os><type>hvm</type></os><devices>\
             <disk type='file'><source file='{}'/><target dev='vda'/></disk></devices></domain>",
            path("used.img").display()
        );
        let file = here.daemon.write("web.xml", &xml).display().to_string();
        here.daemon.virsh(&uri, &["define", &file]);
        for name in ["base.img", "used.img"] {
            // libvirt makes nothing smaller than what is written.
            let content = [noise(MIB as usize / 2), vec![0; MIB as usize / 2]].concat();
            fs::write(path(name), &content).expect("what it holds");
            let file = fs::OpenOptions::new().write(true).open(path(name)).expect("a file");
            file.set_len(4 * MIB).expect("its length");
            let all = |if_used: IfUsed| {
                let shrink = Resize {
                    capacity: MIB,
                    shrink: true,
                    allocate: false,
                    if_used,
                };
                let wish = Brought {
                    volume: at(name),
                    origin: Origin::Bytes(noise(10).into()),
                };
                let wiped = here.done(async move |client, _| client.wipe_volume(at(name), Wipe::Zero, if_used).await);
                let resized = here.done(async move |client, _| client.resize_volume(at(name), shrink).await);
                let written = here.done(async move |client, job| {
                    let reach = Reach::default();
                    client.overwrite_volume(wish, reach, if_used, job).await.map(drop)
                });
                [wiped, resized, written]
            };
            for result in all(IfUsed::Refuse) {
                let error = result.expect_err(name);
                assert_eq!(error.kind, Kind::Busy, "{error:?}");
                let user = if name == "used.img" { "web" } else { "over.qcow2" };
                assert!(error.message.contains(user), "{error}");
            }
            let there = fs::read(path(name)).expect("a file");
            assert!(there.len() as u64 == 4 * MIB && there.starts_with(&content), "{name}");
            for result in all(IfUsed::Insist) {
                assert_eq!(result, Ok(()), "{name}");
            }
            assert!(fs::read(path(name)).expect("a file").starts_with(&noise(10)));
        }
        // It grows without a question: nothing is lost.
        let larger = Resize {
            capacity: 8 * MIB,
            ..Resize::default()
        };
        assert_eq!(
            here.host
                .ask(async move |client| client.resize_volume(at("used.img"), larger).await),
            Ok(())
        );
        here.host.close();
    });
}

#[test]
fn volume_that_is_made_when_the_cancel_comes_is_removed() {
    on_main(|| {
        let here = Storage::start();
        let new = NewVolume {
            pool: "images".into(),
            name: "a.img".into(),
            format: Some("raw".into()),
            capacity: MIB,
            ..NewVolume::default()
        };
        let (job, watch) = Job::new();
        watch.cancel();
        let result = here.host.ask(async move |client| client.create_volume(new, job).await);
        assert_eq!(result.map_err(|error| error.kind), Err(Kind::Cancelled));
        assert!(here.names("images").is_empty());
        assert!(journal_is_empty());
        here.host.close();
    });
}
