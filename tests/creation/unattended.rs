//! An installation without questions, as far as it can run without a network of packages: libosinfo's script in the memory disk
//! of Debian's installer, on a machine that really started with it.

use std::path::Path;
use std::time::{Duration, Instant};

use vireo::model::creation::unattended::Setting;
use vireo::model::creation::{Account, Order, Source, Surroundings, Unattended, plan};
use vireo::virt::client::osinfo;

use super::{BOOT, LIMIT, Stand, block_on, new_disk, on_main, order, skipped, until};

const TREE: &str = "/usr/lib/debian-installer/images/12/amd64/text";

#[test]
fn an_installer_finds_its_answers_in_the_memory_disk_it_was_started_with() {
    on_main(|| {
        if !Path::new(TREE).exists() {
            skipped("needs the package debian-installer-12-netboot-amd64");
            return;
        }
        let wanted = Unattended {
            profile: "jeos".to_owned(),
            account: Account {
                name: "anna".to_owned(),
                full_name: "Anna A".to_owned(),
                password: String::from("geheim").into(),
            },
            timezone: Some("Europe/Berlin".to_owned()),
            ..Unattended::default()
        };
        let stand = Stand::new();
        let order = Order {
            memory: Some(1 << 30),
            disk: new_disk(),
            unattended: Some(wanted.clone()),
            // A shell in the place of the installer: it shows what that would find.
            ..order(
                "auto",
                Source::Tree {
                    url: TREE.to_owned(),
                    arguments: "console=ttyS0 rdinit=/bin/sh".to_owned(),
                },
            )
        };
        let setting = Setting {
            machine: "auto".to_owned(),
            os: "http://debian.org/debian/11".to_owned(),
            arch: "x86_64".to_owned(),
            disk: "/dev/vda".to_owned(),
            tree: Some("http://deb.debian.org/debian/dists/bullseye/main/installer-amd64/".to_owned()),
            medium: None,
        };
        let prepared = block_on("a script", LIMIT, osinfo::unattended(wanted, setting)).unwrap();
        let asked = order.clone();
        let facts = stand
            .host
            .ask(async move |client| client.creation_facts(asked, None).await)
            .unwrap();
        let around = Surroundings {
            prepared: Some(&prepared),
            ..Surroundings::new(&facts)
        };
        let mut plan = plan(&order, &around).unwrap_or_else(|problem| panic!("{}", problem.text));
        stand.log_console(&mut plan);
        let first = plan.install_xml.as_ref().expect("a kernel of its own");
        assert!(first.contains(&prepared.arguments), "{first}");
        let uuid = stand.create(plan).unwrap();
        let console = stand
            .host
            .ask(async move |client| client.open_console(uuid, None, true).await)
            .unwrap();
        // The shell has no prompt that can be told from the kernel's lines: it answers as soon as it is there. The beginning of a
        // line that was typed before is lost, and what is left of this one says nothing.
        let mut asked = Instant::now();
        until("the shell of the memory disk", BOOT.as_secs(), || {
            if asked.elapsed() > Duration::from_secs(5) {
                asked = Instant::now();
                assert!(console.write(b"\necho $(cat /preseed.cfg) th\\e end\n"));
            }
            let said = std::fs::read(stand.log()).unwrap_or_default();
            String::from_utf8_lossy(&said).contains("the end").then_some(())
        });
        let said = std::fs::read(stand.log()).unwrap();
        let said = String::from_utf8_lossy(&said);
        for answer in [
            "passwd/username",
            "anna",
            "Europe/Berlin",
            "/dev/vda",
            "get_hostname string auto",
        ] {
            assert!(said.contains(answer), "{answer}: {said}");
        }
        stand.end();
    });
}
