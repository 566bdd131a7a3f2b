//! What is done with pools.

use std::fs;
use std::path::{Path, PathBuf};

use vireo::model::error::Kind;
use vireo::model::storage::NewPool;

use super::*;

#[test]
fn pool_in_a_folder_lives_from_its_definition_to_its_end() {
    on_main(|| {
        let here = Storage::start();
        let pool = || here.host.ask(async |client| client.pool("images".into()).await);
        let ask = |what: &'static str| {
            here.host.ask(async move |client| {
                let name = "images".to_owned();
                match what {
                    "stop" => client.stop_pool(name).await,
                    "refresh" => client.refresh_pool(name).await,
                    "autostart" => client.set_pool_autostart(name, true).await,
                    "undefine" => client.undefine_pool(name).await,
                    _ => client.delete_pool(name, false).await,
                }
            })
        };
        let there = pool().expect("it is there");
        assert!(there.active && !there.autostart && there.capacity.is_some_and(|bytes| bytes > 0));
        ask("autostart").expect("it can");
        assert!(pool().expect("it is there").autostart);
        fs::write(here.folder("images").join("new"), b"new").expect("a file");
        assert!(here.names("images").is_empty(), "nobody has looked");
        ask("refresh").expect("it runs");
        assert_eq!(here.names("images"), ["new"]);

        let renamed = here
            .host
            .ask(async |client| client.rename_pool("images".into(), "b & c".into()).await);
        assert_eq!(
            renamed.map(drop).map_err(|error| error.kind),
            Err(Kind::Invalid),
            "it runs"
        );
        ask("stop").expect("it runs");
        let before = here
            .host
            .ask(async |client| client.pool_xml("images".into(), true).await)
            .expect("XML");
        let renamed = here
            .host
            .ask(async |client| client.rename_pool("images".into(), "b & c".into()).await);
        assert!(renamed.expect("it is off").autostart);
        let after = here
            .host
            .ask(async |client| client.pool_xml("b & c".into(), true).await)
            .expect("XML");
        // Sizes are those of when libvirt looked the last time.
        let rest = |xml: &str| xml.split_once("<source>").map(|(_, rest)| rest.to_owned());
        assert_eq!(rest(&after), rest(&before));
        let uuid = |xml: &str| xml.split("uuid>").nth(1).map(str::to_owned);
        assert!(uuid(&after).is_some() && uuid(&after) == uuid(&before));
        let id: uuid::Uuid = uuid(&after)
            .and_then(|text| text.trim_end_matches("</").parse().ok())
            .expect("a UUID");
        let kept = vireo::virt::client::Archive::of_user().list(id).expect("a folder");
        assert_eq!(fs::read_to_string(&kept[0]).expect("it can be read"), before);
        let refused = here
            .host
            .ask(async |client| client.rename_pool("b & c".into(), "b/c".into()).await);
        assert!(refused.is_err(), "libvirt takes no slash");
        let back = here.host.ask(async |client| client.pool("b & c".into()).await);
        assert!(back.expect("the old definition is back").autostart);
        let again = here
            .host
            .ask(async |client| client.rename_pool("b & c".into(), "images".into()).await);
        assert!(again.expect("back").autostart);

        assert!(ask("delete").is_err(), "a folder with something in it stays");
        fs::remove_file(here.folder("images").join("new")).expect("it is ours");
        ask("delete").expect("it is empty");
        assert!(!here.folder("images").exists());
        ask("undefine").expect("it is off");
        assert_eq!(pool().map(drop).map_err(|error| error.kind), Err(Kind::Gone));
        here.host.close();
    });
}

#[test]
fn a_pool_that_the_schema_refuses_is_not_lost_when_it_cannot_be_renamed() {
    on_main(|| {
        let here = Storage::start();
        // libvirt defines it, and its own schema does not allow it.
        let uri = here.daemon.uri_qemu();
        here.daemon
            .virsh(&uri, &["pool-define-as", "whole", "dir", "--target", "/"]);
        let before = here.daemon.virsh(&uri, &["pool-dumpxml", "--inactive", "whole"]);
        let renamed = here
            .host
            .ask(async |client| client.rename_pool("whole".into(), "other".into()).await);
        let error = renamed.expect_err("the schema refuses it");
        assert!(!error.message.contains("could not be put back"), "{error}");
        assert_eq!(
            here.daemon.virsh(&uri, &["pool-dumpxml", "--inactive", "whole"]),
            before
        );
        here.host.close();
    });
}

#[test]
fn a_pool_whose_definition_cannot_be_kept_is_not_touched() {
    on_main(|| {
        let here = Storage::start();
        let uri = here.daemon.uri_qemu();
        here.daemon.virsh(&uri, &["pool-destroy", "images"]);
        let before = here.daemon.virsh(&uri, &["pool-dumpxml", "--inactive", "images"]);
        let uuid = here.daemon.virsh(&uri, &["pool-uuid", "images"]);
        let folder = private_state().join("vireo/definitions");
        fs::create_dir_all(&folder).expect("a folder");
        fs::write(folder.join(uuid.trim()), "in the way").expect("a file");
        let renamed = here
            .host
            .ask(async |client| client.rename_pool("images".into(), "other".into()).await);
        let error = renamed.expect_err("it cannot be kept");
        assert!(error.message.contains("kept"), "{error}");
        let edited = before.replace("0711", "0755");
        let base = before.clone();
        let redefined = here
            .host
            .ask(async move |client| client.redefine_pool("images".into(), base, edited).await);
        let error = redefined.expect_err("it cannot be kept");
        assert!(error.message.contains("kept"), "{error}");
        assert_eq!(error.op, "define pool");
        assert_eq!(
            here.daemon.virsh(&uri, &["pool-dumpxml", "--inactive", "images"]),
            before
        );
        here.host.close();
    });
}

#[test]
fn pool_is_edited_as_text_and_nothing_of_others_is_lost() {
    on_main(|| {
        let here = Storage::start();
        let read = || {
            here.host
                .ask(async |client| client.pool_xml("images".into(), true).await)
                .expect("XML")
        };
        let base = read();
        let mode = |xml: &str, mode: &str| xml.replace("<mode>0711</mode>", &format!("<mode>{mode}</mode>"));
        assert!(base.contains("<mode>0711</mode>"), "{base}");
        let redefine = |base: String, edited: String| {
            here.host
                .ask(async move |client| client.redefine_pool("images".into(), base, edited).await)
        };
        redefine(base.clone(), mode(&base, "0755")).expect("another mode");
        // What it was before is kept on this computer.
        let uuid = base.split("<uuid>").nth(1).and_then(|rest| rest.split('<').next());
        let kept = private_state()
            .join("vireo/definitions")
            .join(uuid.expect("its identity"));
        let kept = fs::read_dir(kept).expect("what is kept").flatten().next().expect("one");
        assert!(fs::read_to_string(kept.path()).is_ok_and(|kept| kept.contains("<mode>0711</mode>")));
        assert!(read().contains("<mode>0755</mode>"));
        let clash = redefine(base.clone(), mode(&base, "0700"));
        assert_eq!(
            clash.map_err(|error| error.kind),
            Err(Kind::Invalid),
            "somebody was faster"
        );
        let other = base.replace("<path>", "<path>/tmp");
        redefine(base.clone(), other).expect("another place");
        let now = read();
        assert!(
            now.contains("<mode>0755</mode>") && now.contains("<path>/tmp/"),
            "{now}"
        );
        let foreign = now.replace(['a', '0'], "1");
        assert!(redefine(now.clone(), foreign).is_err());
        assert_eq!(read(), now);
        here.host.close();
    });
}

#[test]
fn definition_of_a_pool_that_is_there_is_refused() {
    on_main(|| {
        let here = Storage::start();
        let new = NewPool {
            name: "images".into(),
            kind: "dir".into(),
            target: "/tmp".into(),
            ..NewPool::default()
        };
        let taken = here.host.ask(async move |client| client.define_pool(new).await);
        assert_eq!(taken.map_err(|error| error.kind), Err(Kind::Invalid));
        let xml = here
            .host
            .ask(async |client| client.pool_xml("images".into(), true).await)
            .expect("XML");
        assert!(!xml.contains("<path>/tmp</path>"), "{xml}");
        let nonsense = "<pool type='dir'><name>x</name><nonsense/><target><path>/tmp</path></target></pool>";
        let refused = here
            .host
            .ask(async move |client| client.define_pool_xml(nonsense.into()).await);
        assert!(refused.is_err(), "it does not fit the schema");
        here.host.close();
    });
}

#[test]
fn a_pool_that_cannot_be_set_up_is_not_left_behind() {
    on_main(|| {
        let here = Storage::start();
        let set_up = |name: &'static str, target: PathBuf, autostart: bool| {
            let new = NewPool {
                name: name.into(),
                kind: "dir".into(),
                target: target.display().to_string(),
                ..NewPool::default()
            };
            here.host.ask(async move |client| {
                client.define_pool(new).await?;
                client.set_up_pool(name, Some(PoolBuild::Plain), true, autostart).await
            })
        };
        let is_there = |name: &'static str| {
            let found = here.host.ask(async move |client| client.pool(name.into()).await);
            found.map(|pool| pool.active).map_err(|error| error.kind)
        };
        // It cannot be built: a file is in the way.
        fs::write(here.folder("file"), b"").expect("a file");
        assert!(set_up("wrong", here.folder("file").join("pool"), true).is_err());
        assert_eq!(is_there("wrong"), Err(Kind::Gone));
        // It runs already when it turns out that it cannot start with the host.
        for folder in folders_with(here.daemon.directory(), "images.xml") {
            fs::write(folder.join("autostart"), b"").expect("a file where libvirt wants a folder");
        }
        assert!(set_up("half", here.folder("half"), true).is_err());
        assert_eq!(is_there("half"), Err(Kind::Gone));
        set_up("whole", here.folder("whole"), false).expect("nothing is in the way");
        assert_eq!(is_there("whole"), Ok(true));
    });
}

/// The folders below another one that have a file of this name: the daemon keeps definitions and states apart.
fn folders_with(folder: &Path, name: &str) -> Vec<PathBuf> {
    let (mut found, mut folders) = (Vec::new(), vec![folder.to_owned()]);
    while let Some(folder) = folders.pop() {
        let entries = fs::read_dir(&folder).into_iter().flatten().flatten();
        folders.extend(
            entries
                .map(|entry| entry.path())
                .filter(|path| path.is_dir() && !path.is_symlink()),
        );
        if folder.join(name).is_file() {
            found.push(folder);
        }
    }
    assert!(!found.is_empty(), "there is no {name}");
    found
}
