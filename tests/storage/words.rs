//! The same from the command line.

use std::fs;
use std::process::{Command, Output};

use serde_json::Value;

use super::*;

fn run(here: &Storage, arguments: &[&str]) -> Output {
    let mut command = Command::new(env!("CARGO_BIN_EXE_vireo"));
    command.args(["--connect", &here.daemon.uri_qemu(), "--allow-risky-uri"]);
    command.env("XDG_STATE_HOME", private_state()).env("LC_ALL", "C");
    command.args(arguments).output().expect("the program")
}

#[track_caller]
fn well(here: &Storage, arguments: &[&str]) -> String {
    let output = run(here, arguments);
    let error = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{arguments:?}: {error}");
    String::from_utf8_lossy(&output.stdout).into_owned()
}

#[track_caller]
fn json(here: &Storage, arguments: &[&str]) -> Value {
    serde_json::from_str(&well(here, arguments)).expect("JSON")
}

#[test]
fn pools_and_volumes_from_their_definition_to_their_end() {
    on_main(|| {
        let here = Storage::start();
        let target = here.folder("more").display().to_string();
        let define = ["pool", "define", "more", "--target", &target, "--build", "--start"];
        let dry: Vec<&str> = define.into_iter().chain(["--dry-run"]).collect();
        assert!(well(&here, &dry).contains(&format!("<path>{target}</path>")));
        assert!(!here.folder("more").exists(), "a dry run makes nothing");
        let own = well(&here, &["pool", "define", "own", "--dry-run"]);
        assert!(
            own.contains("/libvirt/images/own</path>") && !own.contains("/var/lib"),
            "the machines are those of one user: {own}"
        );
        well(&here, &define);
        let pools = json(&here, &["pool", "list", "--json"]);
        let names: Vec<_> = pools
            .as_array()
            .expect("a list")
            .iter()
            .map(|pool| &pool["name"])
            .collect();
        assert_eq!(names, ["images", "more"]);
        assert_eq!(json(&here, &["pool", "info", "more", "--json"])["state"], "running");

        let create = ["volume", "create", "more", "a.qcow2", "10M", "--format", "qcow2"];
        let dry: Vec<&str> = create.into_iter().chain(["--dry-run"]).collect();
        assert!(well(&here, &dry).contains("<capacity unit='bytes'>10485760</capacity>"));
        assert_eq!(well(&here, &["volume", "list", "more", "--names"]).trim(), "");
        well(&here, &create);
        assert_eq!(
            json(&here, &["volume", "info", "more", "a.qcow2", "--json"])["format"],
            "qcow2"
        );
        well(&here, &["volume", "resize", "more", "a.qcow2", "20M"]);
        well(
            &here,
            &["volume", "clone", "more", "a.qcow2", "b.qcow2", "--to-pool", "images"],
        );
        assert_eq!(
            json(&here, &["volume", "info", "images", "b.qcow2", "--json"])["capacity"],
            20 * MIB
        );

        let file = here.daemon.directory().join("file");
        fs::write(&file, noise(100_000)).expect("a file");
        let back = here.daemon.directory().join("back").display().to_string();
        let file = file.display().to_string();
        well(&here, &["volume", "upload", "images", "c", &file]);
        well(&here, &["volume", "download", "images", "c", &back]);
        assert!(fs::read(&back).expect("a file") == noise(100_000));
        assert!(!run(&here, &["volume", "upload", "images", "c", &file]).status.success());
        assert!(well(&here, &["volume", "delete", "images", "c", "--dry-run"]).contains("delete"));
        well(&here, &["volume", "delete", "images", "c", "b.qcow2"]);
        assert_eq!(well(&here, &["volume", "list", "images", "--names"]).trim(), "");

        assert!(!run(&here, &["pool", "undefine", "more"]).status.success(), "it runs");
        well(&here, &["volume", "delete", "more", "a.qcow2"]);
        well(&here, &["pool", "stop", "more"]);
        well(&here, &["pool", "delete", "more"]);
        well(&here, &["pool", "undefine", "more"]);
        assert_eq!(well(&here, &["pool", "list", "--names"]).trim(), "images");
        here.host.close();
    });
}

#[test]
fn what_a_machine_uses_is_not_wiped_written_over_or_made_smaller_without_force() {
    on_main(|| {
        let here = Storage::start();
        here.make("a.img", "raw", 2 * MIB);
        let path = here.folder("images").join("a.img");
        // libvirt makes nothing smaller than what is written.
        let content = noise(MIB as usize / 2);
        fs::write(&path, &content).expect("what it holds");
        let image = fs::OpenOptions::new().write(true).open(&path).expect("a file");
        image.set_len(2 * MIB).expect("its length");
        let xml = format!(
            "<domain type='qemu'><name>web</name><memory>65536</memory><os><type>hvm</type></os><devices>\
             <disk type='file'><source file='{}'/><target dev='vda'/></disk></devices></domain>",
            path.display()
        );
        let file = here.daemon.write("web.xml", &xml).display().to_string();
        here.daemon.virsh(&here.daemon.uri_qemu(), &["define", &file]);
        let commands: [&[&str]; 3] = [
            &["volume", "resize", "images", "a.img", "1M", "--shrink"],
            &["volume", "upload", "images", "a.img", &file, "--overwrite"],
            &["volume", "wipe", "images", "a.img"],
        ];
        for command in commands {
            let output = run(&here, command);
            let said = String::from_utf8_lossy(&output.stderr);
            assert_eq!(output.status.code(), Some(1), "{command:?}");
            assert!(said.contains("web") && said.contains("--force"), "{said}");
        }
        let there = fs::read(&path).expect("a file");
        assert!(there.len() as u64 == 2 * MIB && there.starts_with(&content));
        for command in commands {
            well(&here, &[command, &["--force"]].concat());
        }
        assert!(fs::read(&path).expect("a file").iter().all(|byte| *byte == 0));
        here.host.close();
    });
}

#[test]
fn password_of_an_address_is_not_printed() {
    on_main(|| {
        let here = Storage::start();
        let url = "http://me:sesame@127.0.0.1:1/a?key=sesame";
        let dry = well(&here, &["volume", "upload", "images", "a", url, "--dry-run"]);
        let mut command = Command::new(env!("CARGO_BIN_EXE_vireo"));
        command.args(["--debug", "--connect", &here.daemon.uri_qemu(), "--allow-risky-uri"]);
        command.env("XDG_STATE_HOME", private_state()).env("LC_ALL", "C");
        let output = command
            .args(["volume", "upload", "images", "a", url])
            .output()
            .expect("the program");
        assert!(!output.status.success(), "nobody listens there");
        let said = [dry.as_bytes(), &output.stdout, &output.stderr].concat();
        let said = String::from_utf8_lossy(&said);
        assert!(said.contains("127.0.0.1") && !said.contains("sesame"), "{said}");
        here.host.close();
    });
}

#[test]
fn copies_are_shown_before_and_made_after() {
    on_main(|| {
        let here = Storage::start();
        here.make("web.qcow2", "qcow2", MIB);
        let path = here.folder("images").join("web.qcow2").display().to_string();
        let xml = format!(
            "<domain type='qemu'><name>web</name><memory>65536</memory><os><type>hvm</type></os><devices>\
             <disk type='file'><driver name='qemu' type='qcow2'/><source file='{path}'/><target dev='vda'/></disk></devices></domain>"
        );
        let file = here.daemon.write("web.xml", &xml).display().to_string();
        here.daemon.virsh(&here.daemon.uri_qemu(), &["define", &file]);
        let clone = ["clone", "web", "--linked", "--count", "2", "--json"];
        let dry: Vec<&str> = clone.into_iter().chain(["--dry-run"]).collect();
        let planned = json(&here, &dry);
        assert_eq!(planned["template"], true);
        assert_eq!(planned["machines"][1]["files"][0]["builds_on"], path.as_str());
        assert_eq!(here.names("images"), ["web.qcow2"]);
        let made = json(&here, &clone);
        assert_eq!((&made[0]["name"], &made[1]["name"]), (&"web-1".into(), &"web-2".into()));
        assert_eq!(here.names("images"), ["web-1.qcow2", "web-2.qcow2", "web.qcow2"]);
        assert!(
            !run(&here, &["clone", "web", "--share", "vdx"]).status.success(),
            "there is no such disk"
        );
        here.host.close();
    });
}
