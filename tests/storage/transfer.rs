//! Bytes to volumes and from there.

use std::fs;
use std::io::{Seek, SeekFrom, Write};
use std::path::PathBuf;
use std::sync::Arc;

use sha2::{Digest, Sha256};
use support::Proxy;
use vireo::model::creation::{ImageRef, NetworkWish, Order, Source, Surroundings, plan};
use vireo::model::error::Kind;
use vireo::model::facts::GuestKind;
use vireo::model::journal::Made;
use vireo::model::storage::{Brought, Checksum, IfUsed, Origin, Reach};

use super::server::{Manner, Server};
use super::*;

fn brought(name: &str, origin: Origin) -> Brought {
    Brought {
        volume: at(name),
        origin,
    }
}

fn from_url(url: String, checksum: Option<Checksum>) -> Origin {
    Origin::Url { url, checksum }
}

/// A file with holes at its beginning, in its middle and at its end.
fn sparse_file(folder: &Path) -> PathBuf {
    let path = folder.join("sparse.img");
    let mut file = fs::File::create(&path).expect("a file");
    file.set_len(200 * MIB).expect("its length");
    for (place, count) in [(20 * MIB, 3 * MIB), (150 * MIB, MIB / 2 + 17)] {
        file.seek(SeekFrom::Start(place)).expect("a place in it");
        file.write_all(&noise(count as usize)).expect("what it holds");
    }
    path
}

/// Compares two files, without keeping the main loop waiting as a sum of ours would in a build for tests.
fn same(one: &Path, other: &Path) -> bool {
    let compared = std::process::Command::new("cmp").arg("-s").args([one, other]).status();
    compared.expect("cmp").success()
}

#[test]
fn file_that_goes_to_a_pool_and_comes_back_is_the_same_with_its_holes() {
    on_main(|| {
        let here = Storage::start();
        let file = sparse_file(here.daemon.directory());
        let wish = brought("a.img", Origin::File(file.clone()));
        let made = here
            .done(async move |client, job| client.bring(wish, job).await)
            .expect("room");
        assert_eq!((made.format.as_deref(), made.capacity), (Some("raw"), Some(200 * MIB)));
        let volume = here.folder("images").join("a.img");
        assert!(same(&volume, &file));
        assert!(taken(&volume) < 5 * MIB, "{} bytes are taken", taken(&volume));
        let back = here.daemon.directory().join("back.img");
        let into = back.clone();
        let got =
            here.done(async move |client, job| client.download_volume(at("a.img"), into, Reach::default(), job).await);
        assert_eq!(got, Ok(200 * MIB));
        assert!(same(&back, &file));
        assert!(taken(&back) < 5 * MIB, "{} bytes are taken", taken(&back));
        assert!(journal_is_empty());
        here.host.close();
    });
}

#[test]
fn image_that_is_brought_has_its_format_and_a_name_is_never_taken_twice() {
    on_main(|| {
        let here = Storage::start();
        here.make("base.qcow2", "qcow2", 8 * MIB);
        let image: Arc<[u8]> = fs::read(here.folder("images").join("base.qcow2"))
            .expect("an image")
            .into();
        let wish = brought("copy", Origin::Bytes(Arc::clone(&image)));
        let again = wish.clone();
        let made = here
            .done(async move |client, job| client.bring(wish, job).await)
            .expect("room");
        assert_eq!((made.format.as_deref(), made.capacity), (Some("qcow2"), Some(8 * MIB)));
        let refused = here.done(async move |client, job| client.bring(again, job).await);
        assert_eq!(refused.map_err(|error| error.kind), Err(Kind::Invalid));
        assert_eq!(fs::read(here.folder("images").join("copy")).expect("it stays"), *image);
        here.host.close();
    });
}

#[test]
fn what_a_volume_had_does_not_show_through_the_holes_of_what_is_written_over_it() {
    on_main(|| {
        let here = Storage::start();
        let old = brought("a.img", Origin::Bytes(noise(30 * MIB as usize).into()));
        here.done(async move |client, job| client.bring(old, job).await)
            .expect("room");
        let file = sparse_file(here.daemon.directory());
        let wish = brought("a.img", Origin::File(file.clone()));
        let written = here.done(async move |client, job| {
            client
                .overwrite_volume(wish, Reach::default(), IfUsed::Refuse, job)
                .await
        });
        assert_eq!(written, Ok(200 * MIB));
        assert!(same(&here.folder("images").join("a.img"), &file));
        here.host.close();
    });
}

#[test]
fn cancel_in_the_middle_leaves_nothing() {
    on_main(|| {
        let here = Storage::start();
        let server = Server::start(noise(8 * MIB as usize), Manner::Stalls(2 * MIB as usize));
        let wish = brought("a.img", from_url(server.url("/image"), None));
        let (answer, watch) = here.job(async move |client, job| client.bring(wish, job).await);
        progressed(&watch, 1);
        watch.cancel();
        let result = until("the end", 60, || answer.borrow_mut().take());
        assert_eq!(result.map_err(|error| error.kind), Err(Kind::Cancelled));
        assert!(here.names("images").is_empty());
        assert!(journal_is_empty());

        let proxy = Proxy::start(here.daemon.address());
        let slow = Host::connect(&here.daemon.uri_qemu_tcp(proxy.port()));
        let whole = brought("b.img", Origin::Bytes(noise(64 * MIB as usize).into()));
        here.done(async move |client, job| client.bring(whole, job).await)
            .expect("room");
        let folder = here.daemon.directory().join("downloads");
        fs::create_dir(&folder).expect("a folder");
        let (job, watch) = Job::new();
        let into = folder.join("b.img");
        let answer =
            slow.call(async move |client| client.download_volume(at("b.img"), into, Reach::default(), job).await);
        progressed(&watch, 1);
        watch.cancel();
        let result = until("the end", 60, || answer.borrow_mut().take());
        assert_eq!(result.map_err(|error| error.kind), Err(Kind::Cancelled));
        assert_eq!(fs::read_dir(&folder).expect("the folder").count(), 0);
        slow.close();
        here.host.close();
    });
}

#[test]
fn many_transfers_at_once_wait_their_turn_and_all_get_it() {
    on_main(|| {
        const ALL: usize = 10;
        const AT_ONCE: usize = 4;
        let here = Storage::start();
        let servers: Vec<Server> = (0..ALL)
            .map(|_| Server::start(noise(3 * MIB as usize), Manner::Stalls(2 * MIB as usize)))
            .collect();
        let jobs: Vec<_> = servers
            .iter()
            .enumerate()
            .map(|(number, server)| {
                let wish = brought(&format!("{number}.img"), from_url(server.url("/image"), None));
                here.job(async move |client, job| client.bring(wish, job).await)
            })
            .collect();
        for (_, watch) in &jobs[..AT_ONCE] {
            progressed(watch, 1);
        }
        for (_, watch) in &jobs[AT_ONCE..] {
            until("the word that it waits", 60, || {
                matches!(watch.steps.try_recv(), Ok(Step::Stage(_))).then_some(())
            });
        }
        assert_eq!(servers.iter().map(Server::asked).sum::<usize>(), AT_ONCE);
        let (answer, watch) = &jobs[ALL - 1];
        watch.cancel();
        let result = until("the end", 60, || answer.borrow_mut().take());
        assert_eq!(result.map_err(|error| error.kind), Err(Kind::Cancelled));
        for server in &servers {
            server.go_on();
        }
        for (answer, _) in &jobs[..ALL - 1] {
            let made = until("its turn and its end", 120, || answer.borrow_mut().take()).expect("room");
            assert_eq!(made.capacity, Some(3 * MIB));
        }
        assert_eq!(here.names("images").len(), ALL - 1);
        assert!(journal_is_empty());
        here.host.close();
    });
}

#[test]
fn cancel_ends_a_transfer_although_the_host_is_stalled() {
    on_main(|| {
        let here = Storage::start();
        let end = |answer: &Answer<Result<(), VirtError>>| {
            let begin = std::time::Instant::now();
            let result = until("the end", 30, || answer.borrow_mut().take());
            assert!(begin.elapsed().as_secs() < 15, "it took {:?}", begin.elapsed());
            result.expect_err("it was cancelled")
        };
        let server = Server::start(noise(64 * MIB as usize), Manner::Stalls(2 * MIB as usize));
        let wish = brought("a.img", from_url(server.url("/image"), None));
        let (answer, watch) = here.job(async move |client, job| client.bring(wish, job).await.map(drop));
        progressed(&watch, 1);
        here.daemon.stop();
        server.go_on();
        watch.cancel();
        let error = end(&answer);
        // Nobody can remove it now: that is said, and the journal knows.
        assert_eq!(error.kind, Kind::Unreachable, "{error:?}");
        assert!(error.message.contains("a.img"), "{error}");
        let left = Journal::of_user().leftovers().expect("the journal");
        assert_eq!(left.len(), 1);
        left.into_iter().for_each(vireo::virt::client::Leftover::forget);

        // One that has not even begun.
        let into = here.daemon.directory().join("back.img");
        let (answer, watch) = here.job(async move |client, job| {
            let download = client.download_volume(at("a.img"), into, Reach::default(), job);
            download.await.map(drop)
        });
        watch.cancel();
        assert_eq!(end(&answer).kind, Kind::Cancelled);
        assert!(!here.daemon.directory().join("back.img").exists());
        here.daemon.cont();
        here.host.close();
    });
}

#[test]
fn cancel_ends_a_new_machine_although_the_host_is_stalled() {
    on_main(|| {
        let here = Storage::start();
        let server = Server::start(noise(64 * MIB as usize), Manner::Stalls(2 * MIB as usize));
        let image = ImageRef::Download {
            url: server.url("/image"),
            pool: "images".into(),
        };
        let order = Order {
            name: "web".into(),
            source: Source::Disk(image),
            kind: GuestKind {
                hypervisor: "qemu".into(),
                ..GuestKind::default()
            },
            network: NetworkWish::None,
            ..Order::default()
        };
        let asked = order.clone();
        let facts = here
            .host
            .ask(async move |client| client.creation_facts(asked, None).await);
        let plan = plan(&order, &Surroundings::new(&facts.expect("facts"))).expect("a plan");
        let made: Vec<Made> = plan.files[0]
            .volumes()
            .into_iter()
            .map(|(pool, name)| Made::of(&VolumeRef::new(pool, name)))
            .collect();
        let (answer, watch) = here.job(async move |client, job| client.create_machine(plan, job).await);
        progressed(&watch, 1);
        here.daemon.stop();
        server.go_on();
        watch.cancel();
        let begin = std::time::Instant::now();
        let result = until("the end", 60, || answer.borrow_mut().take());
        // Keepalive would need half a minute.
        assert!(begin.elapsed().as_secs() < 15, "it took {:?}", begin.elapsed());
        let error = result.expect_err("it was cancelled");
        assert!(error.message.contains("images"), "{error}");
        let left = Journal::of_user().leftovers().expect("the journal");
        assert_eq!(left.len(), 1);
        assert_eq!(left[0].entry.made, made);
        left.into_iter().for_each(vireo::virt::client::Leftover::forget);
        here.daemon.cont();
        here.host.close();
    });
}

#[test]
fn volume_that_becomes_shorter_while_it_is_read_is_an_error() {
    on_main(|| {
        let here = Storage::start();
        let proxy = Proxy::start(here.daemon.address());
        let far = Host::connect(&here.daemon.uri_qemu_tcp(proxy.port()));
        let path = here.folder("images").join("a.img");
        let back = here.daemon.directory().join("back.img");
        here.make("a.img", "raw", MIB);
        // On a busy machine everything may have come before it is shorter: that try proves nothing.
        for _ in 0..10 {
            proxy.thaw();
            fs::write(&path, noise(192 * MIB as usize)).expect("room");
            let (job, watch) = Job::new();
            let into = back.clone();
            let answer = far.call(async move |client| {
                let download = client.download_volume(at("a.img"), into, Reach::default(), job);
                download.await
            });
            progressed(&watch, 1);
            proxy.freeze();
            let file = fs::OpenOptions::new().write(true).open(&path).expect("a file");
            file.set_len(MIB).expect("shorter");
            proxy.thaw();
            if let Err(error) = until("the end", 60, || answer.borrow_mut().take()) {
                assert_eq!(error.kind, Kind::Other, "{error:?}");
                assert!(!back.exists(), "half of it is there");
                far.close();
                here.host.close();
                return;
            }
            fs::remove_file(&back).expect("it is whole");
        }
        panic!("it was always quicker");
    });
}

#[test]
fn line_that_is_cut_is_named_and_the_journal_knows_what_is_left() {
    on_main(|| {
        let here = Storage::start();
        let proxy = Proxy::start(here.daemon.address());
        let far = Host::connect(&here.daemon.uri_qemu_tcp(proxy.port()));
        let server = Server::start(noise(8 * MIB as usize), Manner::Stalls(2 * MIB as usize));
        let wish = brought("a.img", from_url(server.url("/image"), None));
        let (job, watch) = Job::new();
        let answer = far.call(async move |client| client.bring(wish, job).await);
        progressed(&watch, 1);
        proxy.cut();
        server.go_on();
        let error = until("the end", 60, || answer.borrow_mut().take()).expect_err("there is no line");
        assert_eq!(error.kind, Kind::Unreachable, "{error:?}");
        assert!(
            error.message.contains("a.img") && error.message.contains("images"),
            "{error}"
        );
        let left = Journal::of_user().leftovers().expect("the journal");
        assert_eq!(left.len(), 1);
        assert_eq!(left[0].entry.made, [vireo::model::journal::Made::of(&at("a.img"))]);
        left.into_iter().for_each(vireo::virt::client::Leftover::forget);
        far.close();
        here.host.close();
    });
}

#[test]
fn something_from_the_network_goes_straight_to_the_pool() {
    on_main(|| {
        let here = Storage::start();
        let content = noise(5 * MIB as usize + 3);
        let digits: String = Sha256::digest(&content)
            .iter()
            .map(|byte| format!("{byte:02x}"))
            .collect();
        for (name, manner, path) in [
            ("proper", Manner::Proper, "/image"),
            ("moved", Manner::Proper, "/moved"),
            ("vague", Manner::Vague, "/image"),
            ("broken", Manner::Breaks(MIB as usize), "/image"),
        ] {
            let server = Server::start(content.clone(), manner);
            let origin = from_url(server.url(path), Checksum::read(&digits));
            let wish = brought(name, origin);
            let made = here.done(async move |client, job| client.bring(wish, job).await);
            assert_eq!(
                made.map(|volume| volume.capacity),
                Ok(Some(content.len() as u64)),
                "{name}"
            );
            let got = fs::read(here.folder("images").join(name)).expect("a volume");
            assert!(got == content, "{name}: another content");
            if name == "broken" {
                assert_eq!((server.asked(), server.ranges()), (2, vec![format!("{MIB}-")]));
            }
        }
        here.host.close();
    });
}

#[test]
fn what_the_network_refuses_leaves_nothing() {
    on_main(|| {
        let here = Storage::start();
        let server = Server::start(noise(MIB as usize), Manner::Proper);
        let wrong = Checksum::read(&"0".repeat(64));
        for (url, checksum) in [
            (server.url("/nothing"), None),
            (server.url("/circle"), None),
            (server.url("/image"), wrong),
            ("ftp://127.0.0.1/image".to_owned(), None),
            ("http://127.0.0.1:1/image".to_owned(), None),
            ("nonsense".to_owned(), None),
        ] {
            let wish = brought("a.img", from_url(url.clone(), checksum));
            let refused = here.done(async move |client, job| client.bring(wish, job).await);
            assert!(refused.is_err_and(|error| !error.message.is_empty()), "{url}");
            assert!(here.names("images").is_empty(), "{url}");
        }
        assert!(journal_is_empty());
        here.host.close();
    });
}
