//! `vireo import` and `vireo export` as a user runs them.

use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};
use std::time::Duration;

use crate::support::{on_main, private_state, wait_for};
use crate::{Stand, qemu_img, same};

/// A machine as VMware describes it, with what no import takes along.
const VMWARE: &str = r#"<Envelope xmlns="http://schemas.dmtf.org/ovf/envelope/1" xmlns:ovf="http://schemas.dmtf.org/ovf/envelope/1"
    xmlns:rasd="http://schemas.dmtf.org/wbem/wscim/1/cim-schema/2/CIM_ResourceAllocationSettingData">
  <References><File ovf:href="one.vmdk" ovf:id="f1"/></References>
  <DiskSection><Info/><Disk ovf:capacity="8388608" ovf:diskId="d1" ovf:fileRef="f1"/></DiskSection>
  <VirtualSystem ovf:id="office"><Name>office</Name>
    <OperatingSystemSection ovf:id="1"><Description>Microsoft Windows 10 (64-bit)</Description></OperatingSystemSection>
    <VirtualHardwareSection>
    <Item><rasd:ResourceType>4</rasd:ResourceType><rasd:VirtualQuantity>96</rasd:VirtualQuantity></Item>
    <Item><rasd:ResourceType>10</rasd:ResourceType></Item>
    <Item><rasd:ResourceType>23</rasd:ResourceType></Item>
    <Item><rasd:HostResource>ovf:/disk/d1</rasd:HostResource><rasd:ResourceType>17</rasd:ResourceType></Item>
  </VirtualHardwareSection></VirtualSystem></Envelope>"#;

/// What stands in for virt-v2v: it writes down what it was told and leaves what the real one leaves.
const STAND_IN: &str = r#"#!/bin/sh
printf '%s\n' "$@" > "$0.told"
while [ $# -gt 1 ]; do [ "$1" = -os ] && to=$2; shift; done
echo '[   0.0] Opening the source'
echo '50/100'
QUIRK
qemu-img create -q -f qcow2 "$to/machine-sda" 8M
qemu-io -f qcow2 -c 'write -q -P 9 1M 64k' "$to/machine-sda"
cat > "$to/machine.xml" <<END
<domain type='kvm'><name>machine</name><memory unit='MiB'>96</memory><vcpu>1</vcpu>
<os><type arch='x86_64' machine='pc-q35-99.9'>hvm</type></os><devices>
<disk type='file' device='disk'><driver name='qemu' type='qcow2'/><source file='$to/machine-sda'/><target dev='vda' bus='virtio'/></disk>
<interface type='network'><source network='VM Network'/><model type='virtio'/></interface></devices></domain>
END
"#;

impl Stand {
    fn vireo(&self, arguments: &[&str]) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_vireo"));
        command
            .args(arguments)
            .args(["-c", &self.daemon.uri_qemu()])
            .env_remove("DISPLAY")
            .env_remove("WAYLAND_DISPLAY")
            .env("LC_ALL", "C.UTF-8")
            .env("XDG_STATE_HOME", private_state())
            .env("XDG_CACHE_HOME", private_state().join("cache"))
            .current_dir(self.here.path())
            .stdin(Stdio::null());
        command
    }

    #[track_caller]
    fn succeed(&self, arguments: &[&str]) -> Output {
        let output = self.vireo(arguments).output().unwrap();
        assert!(output.status.success(), "{arguments:?}: {output:?}");
        output
    }

    /// Runs what must fail with code 1, and gives what it says.
    #[track_caller]
    fn refuse(&self, arguments: &[&str]) -> String {
        let output = self.vireo(arguments).output().unwrap();
        let said = String::from_utf8(output.stderr).unwrap();
        assert_eq!(output.status.code(), Some(1), "{arguments:?}: {said}");
        assert!(!said.trim().is_empty(), "{arguments:?} failed without a word");
        said
    }

    fn json(&self, arguments: &[&str]) -> serde_json::Value {
        serde_json::from_slice(&self.succeed(arguments).stdout).expect("JSON")
    }

    /// An archive with one disk.
    fn windows(&self) -> PathBuf {
        let path = self.here.path().join("office.ova");
        let mut archive = tar::Builder::new(std::fs::File::create(&path).unwrap());
        archive.sparse(false);
        let ovf = self.here.path().join("office.ovf");
        std::fs::write(&ovf, VMWARE).unwrap();
        archive.append_path_with_name(&ovf, "office.ovf").unwrap();
        let vmdk = self.here.path().join("one.vmdk");
        let (from, to) = (self.raw(1), vmdk.display().to_string());
        let options = ["convert", "-f", "raw", "-O", "vmdk", "-o", "subformat=streamOptimized"];
        qemu_img(&[&options[..], &[from.to_str().unwrap(), &to]].concat());
        archive.append_path_with_name(&vmdk, "one.vmdk").unwrap();
        archive.finish().unwrap();
        path
    }

    /// A folder with a program named virt-v2v that does `quirk` before it converts.
    fn stand_in(&self, quirk: &str) -> PathBuf {
        let folder = self.here.path().join("programs");
        std::fs::create_dir_all(&folder).unwrap();
        let path = folder.join("virt-v2v");
        std::fs::write(&path, STAND_IN.replace("QUIRK", quirk)).unwrap();
        std::fs::set_permissions(&path, PermissionsExt::from_mode(0o755)).unwrap();
        folder
    }

    fn with_v2v(&self, folder: &Path, arguments: &[&str]) -> Command {
        let mut command = self.vireo(arguments);
        let path = std::env::var("PATH").unwrap();
        command.env("PATH", format!("{}:{path}", folder.display()));
        command
    }
}

#[test]
fn machines_come_and_go_by_command() {
    on_main(|| {
        let stand = Stand::new();
        let ova = stand.ova().display().to_string();
        let before = stand.everything();
        let planned = stand.json(&["import", "--dry-run", "--json", &ova]);
        assert_eq!(planned[0]["name"], "web");
        assert_eq!(planned[0]["uuid"], serde_json::Value::Null);
        assert_eq!(planned[0]["files"][2]["from"], "three.vmdk");
        assert_eq!(planned[0]["files"][2]["volume"], "images/web-2.qcow2");
        assert_eq!(stand.everything(), before, "a plan makes nothing");
        let plain = String::from_utf8(stand.succeed(&["import", "--dry-run", &ova]).stdout).unwrap();
        assert!(
            plain.starts_with("# images/web.qcow2: from one.vmdk (vmdk)\n"),
            "{plain}"
        );

        let made = stand.json(&["import", "--json", "--vcpus", "1", "--memory", "64", &ova]);
        let uuid = made[0]["uuid"].as_str().unwrap().to_owned();
        let xml = stand.virsh(&["dumpxml", "--inactive", "web"]);
        assert!(
            xml.contains(&uuid) && xml.contains("<memory unit='KiB'>65536</memory>"),
            "{xml}"
        );
        assert!(stand.refuse(&["import", "--name", "web", &ova]).contains("web"));

        let out = stand.here.path().join("out:side");
        std::fs::create_dir(&out).unwrap();
        // Relative, with a colon that QEMU would take for the end of a protocol.
        let planned = stand.json(&["export", "web", "--to", "out:side", "--dry-run", "--json"]);
        assert_eq!(planned["disks"][1]["file"], "vdb.qcow2");
        assert_eq!(planned["left_out"], serde_json::json!([]));
        assert_eq!(std::fs::read_dir(&out).unwrap().count(), 0, "a plan makes nothing");
        stand.succeed(&["export", "web", "--to", "out:side"]);
        let names: Vec<_> = std::fs::read_dir(&out)
            .unwrap()
            .map(|entry| entry.unwrap().file_name())
            .collect();
        assert_eq!(names, ["web"], "only the bundle");
        same(&stand.raw(2), &out.join("web/vdb.qcow2"));
        assert!(stand.refuse(&["export", "web", "--to", "out:side"]).contains("already"));
        assert!(
            stand
                .refuse(&["export", "nobody", "--to", "out:side"])
                .contains("nobody")
        );

        let made = stand.json(&[
            "import",
            "--json",
            "--name",
            "again",
            "--network",
            "none",
            "out:side/web",
        ]);
        assert_eq!(made[0]["name"], "again");
        same(&stand.raw(3), &stand.image("again-2.qcow2"));
        let xml = stand.virsh(&["dumpxml", "--inactive", "again"]);
        assert!(!xml.contains("<interface") && !xml.contains(&uuid), "{xml}");
        assert_eq!((stand.everything().2, stand.everything().3), (0, 0));
        stand.host.close();
    });
}

#[test]
fn foreign_disks_are_imported_by_command() {
    on_main(|| {
        let stand = Stand::new();
        let raw = stand.raw(1);
        let mut files = Vec::new();
        for (format, ending) in [("vmdk", "vmdk"), ("vdi", "vdi"), ("vhdx", "vhdx"), ("vpc", "vhd")] {
            let path = stand.here.path().join(format!("old-{ending}.{ending}"));
            let options = ["convert", "-f", "raw", "-O", format];
            qemu_img(&[&options[..], &[raw.to_str().unwrap(), path.to_str().unwrap()]].concat());
            files.push(path.display().to_string());
        }
        let mut words = vec!["import", "--json"];
        words.extend(files.iter().map(String::as_str));
        let made = stand.json(&words);
        let formats: Vec<&str> = (0..4)
            .map(|at| made[at]["files"][0]["format"].as_str().unwrap())
            .collect();
        assert_eq!(formats, ["vmdk", "vdi", "vhdx", "vpc"]);
        for ending in ["vmdk", "vdi", "vhdx"] {
            same(&raw, &stand.image(&format!("old-{ending}.qcow2")));
        }
        stand.host.close();
    });
}

#[test]
fn bad_files_are_refused_by_command_and_leave_nothing() {
    on_main(|| {
        let stand = Stand::new();
        let before = stand.everything();
        let here = stand.here.path();
        let ova = std::fs::read(stand.ova()).unwrap();
        std::fs::write(here.join("cut.ova"), &ova[..ova.len() / 2]).unwrap();
        let mut archive = tar::Builder::new(std::fs::File::create(here.join("out.ova")).unwrap());
        let mut header = tar::Header::new_ustar();
        header.as_mut_bytes()[..14].copy_from_slice(b"../../evil.ovf");
        header.set_size(4);
        header.set_cksum();
        archive.append(&header, &b"evil"[..]).unwrap();
        archive.finish().unwrap();
        let huge = here.join("huge.qcow2").display().to_string();
        qemu_img(&["create", "-q", "-f", "qcow2", "-o", "cluster_size=2M", &huge, "100T"]);
        std::fs::write(here.join("text.ova"), "no archive").unwrap();
        let cases = [
            ("cut.ova", "too early"),
            ("out.ova", "evil.ovf"),
            ("huge.qcow2", "64 TiB"),
            ("text.ova", "damaged"),
            ("missing.ova", "missing.ova"),
        ];
        for (name, words) in cases {
            let said = stand.refuse(&["import", "--json", name]);
            assert!(said.contains(words), "{name}: {said}");
            assert_eq!(stand.everything(), before, "{name}");
        }
        assert!(!here.join("evil.ovf").exists() && !here.parent().unwrap().join("evil.ovf").exists());
        stand.host.close();
    });
}

#[test]
fn virt_v2v_gives_a_guest_its_drivers_where_that_is_wanted() {
    on_main(|| {
        let stand = Stand::new();
        let ova = stand.windows().display().to_string();
        let folder = stand.stand_in("");
        let words = ["import", "--json", "--convert", "virt-v2v", &ova];
        let output = stand.with_v2v(&folder, &words).output().unwrap();
        assert!(output.status.success(), "{output:?}");
        let said = String::from_utf8(output.stderr).unwrap();
        assert!(said.contains("virt-v2v: Opening the source"), "{said}");
        assert!(said.contains("USB controllers"), "what is left out is said: {said}");
        let told = std::fs::read_to_string(folder.join("virt-v2v.told")).unwrap();
        let told: Vec<&str> = told.lines().collect();
        assert_eq!(
            told[..10],
            [
                "--machine-readable",
                "-i",
                "ova",
                "-o",
                "local",
                "-of",
                "qcow2",
                "-on",
                "machine",
                "-os"
            ]
        );
        assert_eq!(told[11..], [ova.as_str()]);
        let xml = stand.virsh(&["dumpxml", "--inactive", "office"]);
        assert!(
            xml.contains("<domain type='qemu'") && xml.contains("/images/office.qcow2'"),
            "{xml}"
        );
        assert!(xml.contains("bus='virtio'") && !xml.contains("VM Network"), "{xml}");
        let image = stand.image("office.qcow2").display().to_string();
        let read = Command::new("qemu-io")
            .args(["-f", "qcow2", "-c", "read -P 9 1M 64k", &image])
            .output();
        let read = String::from_utf8(read.unwrap().stdout).unwrap();
        assert!(read.contains("read 65536/65536") && !read.contains("failed"), "{read}");
        assert_eq!((stand.everything().2, stand.everything().3), (0, 0));

        // Disks alone are told apart by their format.
        let disk = stand.here.path().join("one.vmdk").display().to_string();
        let words = ["import", "--convert", "virt-v2v", "--name", "alone", &disk];
        let output = stand.with_v2v(&folder, &words).output().unwrap();
        assert!(output.status.success(), "{output:?}");
        let told = std::fs::read_to_string(folder.join("virt-v2v.told")).unwrap();
        assert!(told.starts_with("--machine-readable\n-i\ndisk\n-if\nvmdk\n"), "{told}");
        stand.host.close();
    });
}

#[test]
fn virt_v2v_that_fails_is_missing_or_is_cancelled_leaves_nothing() {
    on_main(|| {
        let stand = Stand::new();
        let ova = stand.windows().display().to_string();
        let before = stand.everything();
        let words = ["import", "--convert", "virt-v2v", &ova];
        // Only what a conversion needs is in this one.
        let bare = stand.here.path().join("bare");
        std::fs::create_dir(&bare).unwrap();
        let mut command = stand.vireo(&words);
        let output = command.env("PATH", &bare).output().unwrap();
        assert_eq!(output.status.code(), Some(1), "{output:?}");
        assert!(
            String::from_utf8_lossy(&output.stderr).contains("virt-v2v is not installed"),
            "{output:?}"
        );

        let folder = stand.stand_in("echo 'virt-v2v: error: no root device found' >&2; exit 1");
        let output = stand.with_v2v(&folder, &words).output().unwrap();
        assert_eq!(output.status.code(), Some(1), "{output:?}");
        assert!(
            String::from_utf8_lossy(&output.stderr).contains("no root device found"),
            "{output:?}"
        );
        assert_eq!(stand.everything(), before);

        let folder =
            stand.stand_in("echo $$ > \"$0.pid\"; trap 'rm \"$0.pid\"; exit 1' TERM; while :; do sleep 0.1; done");
        let mut child = stand.with_v2v(&folder, &words).stderr(Stdio::piped()).spawn().unwrap();
        let begun = folder.join("virt-v2v.pid");
        wait_for("virt-v2v to begin", Duration::from_secs(60), || {
            begun.exists().then_some(())
        });
        let pid = rustix::process::Pid::from_child(&child);
        rustix::process::kill_process(pid, rustix::process::Signal::INT).unwrap();
        assert!(!child.wait().unwrap().success());
        assert!(!begun.exists(), "it could clean up");
        assert_eq!(stand.everything(), before);
        stand.host.close();
    });
}
