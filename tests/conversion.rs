//! Machines that come from elsewhere and go there, on a private daemon: what is imported has the same bytes, an export comes
//! back, and a failure or a cancel leaves nothing.

mod support;

#[path = "conversion/firmware.rs"]
mod firmware;
#[path = "conversion/programs.rs"]
mod programs;

use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::Duration;

use support::{Daemon, Host, block_on, on_main, private_state};
use uuid::Uuid;
use vireo::model::conversion::ImportWish;
use vireo::model::error::{Kind, VirtError};
use vireo::model::job::{Job, Step};
use vireo::virt::client::{HostClient, inspect_appliance};

const LIMIT: Duration = Duration::from_secs(120);

const OVF: &str = r#"<Envelope xmlns="http://schemas.dmtf.org/ovf/envelope/1" xmlns:ovf="http://schemas.dmtf.org/ovf/envelope/1"
    xmlns:rasd="http://schemas.dmtf.org/wbem/wscim/1/cim-schema/2/CIM_ResourceAllocationSettingData">
  <References><File ovf:href="one.vmdk" ovf:id="f1"/><File ovf:href="two.vmdk" ovf:id="f2"/><File ovf:href="three.vmdk" ovf:id="f3"/></References>
  <DiskSection><Info/><Disk ovf:capacity="8388608" ovf:diskId="d1" ovf:fileRef="f1"/><Disk ovf:capacity="8388608" ovf:diskId="d2" ovf:fileRef="f2"/>
    <Disk ovf:capacity="8388608" ovf:diskId="d3" ovf:fileRef="f3"/></DiskSection>
  <VirtualSystem ovf:id="web"><Name>web</Name>
    <OperatingSystemSection ovf:id="96"><Description>Debian GNU/Linux 11 (64-bit)</Description></OperatingSystemSection>
    <VirtualHardwareSection>
    <Item><rasd:ResourceType>3</rasd:ResourceType><rasd:VirtualQuantity>2</rasd:VirtualQuantity></Item>
    <Item><rasd:ResourceType>4</rasd:ResourceType><rasd:VirtualQuantity>96</rasd:VirtualQuantity></Item>
    <Item><rasd:HostResource>ovf:/disk/d1</rasd:HostResource><rasd:ResourceType>17</rasd:ResourceType></Item>
    <Item><rasd:HostResource>ovf:/disk/d2</rasd:HostResource><rasd:ResourceType>17</rasd:ResourceType></Item>
    <Item><rasd:HostResource>ovf:/disk/d3</rasd:HostResource><rasd:ResourceType>17</rasd:ResourceType></Item>
  </VirtualHardwareSection></VirtualSystem></Envelope>"#;

/// A daemon with a pool in a folder of its own, and a folder for what comes and goes.
struct Stand {
    daemon: Daemon,
    host: Host,
    here: tempfile::TempDir,
}

impl Stand {
    fn new() -> Self {
        let daemon = Daemon::start_prepared("", |folder| {
            std::fs::create_dir_all(folder.join("images")).unwrap();
        });
        let uri = daemon.uri_qemu();
        let target = daemon.directory().join("images").display().to_string();
        daemon.virsh(&uri, &["pool-create-as", "images", "dir", "--target", &target]);
        let host = Host::connect(&uri);
        let here = tempfile::tempdir().unwrap();
        Self { daemon, host, here }
    }

    fn virsh(&self, arguments: &[&str]) -> String {
        self.daemon.virsh(&self.daemon.uri_qemu(), arguments)
    }

    fn job<T: 'static>(
        &self,
        work: impl AsyncFnOnce(HostClient, Job) -> Result<T, VirtError> + 'static,
    ) -> Result<T, VirtError> {
        let client = self.host.client.clone();
        let (job, _watch) = Job::new();
        block_on("a job", LIMIT, work(client, job))
    }

    fn import(&self, file: PathBuf) -> Result<Uuid, VirtError> {
        self.job(async move |client, job| {
            let appliance = inspect_appliance(file.clone()).await?;
            client.import_machine(file, appliance, ImportWish::default(), job).await
        })
    }

    fn export(&self, uuid: Uuid, to: PathBuf) -> Result<PathBuf, VirtError> {
        self.job(async move |client, job| client.export_machine(uuid, to, job).await)
    }

    /// Machines, volumes, open entries of the journal, and folders of conversions.
    fn everything(&self) -> (String, String, usize, usize) {
        let count = |path: &str| std::fs::read_dir(private_state().join(path)).map_or(0, Iterator::count);
        self.virsh(&["pool-refresh", "images"]);
        (
            self.virsh(&["list", "--all", "--name"]),
            self.virsh(&["vol-list", "images"]),
            count("vireo/jobs"),
            count("cache/vireo"),
        )
    }

    fn image(&self, name: &str) -> PathBuf {
        self.daemon.directory().join("images").join(name)
    }

    /// A disk of 8 MiB that differs by its number.
    fn raw(&self, number: u8) -> PathBuf {
        let path = self.here.path().join(format!("raw{number}.img"));
        let mut bytes = vec![0; 8 << 20];
        for (at, byte) in bytes.iter_mut().enumerate().skip(1 << 20).take(100_000) {
            *byte = u8::try_from(at % 200).unwrap() + number;
        }
        std::fs::write(&path, bytes).unwrap();
        path
    }

    /// An OVA with three disks.
    fn ova(&self) -> PathBuf {
        let path = self.here.path().join("web.ova");
        let mut archive = tar::Builder::new(std::fs::File::create(&path).unwrap());
        archive.sparse(false);
        let ovf = self.here.path().join("web.ovf");
        std::fs::write(&ovf, OVF).unwrap();
        archive.append_path_with_name(&ovf, "web.ovf").unwrap();
        for (number, name) in [(1, "one.vmdk"), (2, "two.vmdk"), (3, "three.vmdk")] {
            let vmdk = self.here.path().join(name);
            let (from, to) = (self.raw(number), vmdk.display().to_string());
            let options = ["convert", "-f", "raw", "-O", "vmdk", "-o", "subformat=streamOptimized"];
            qemu_img(&[&options[..], &[from.to_str().unwrap(), &to]].concat());
            archive.append_path_with_name(&vmdk, name).unwrap();
        }
        archive.finish().unwrap();
        path
    }
}

fn qemu_img(arguments: &[&str]) {
    let output = Command::new("qemu-img").args(arguments).output().unwrap();
    assert!(output.status.success(), "{output:?}");
}

#[track_caller]
fn same(one: &Path, other: &Path) {
    qemu_img(&[
        "compare",
        "-f",
        "raw",
        "-F",
        "qcow2",
        one.to_str().unwrap(),
        other.to_str().unwrap(),
    ]);
}

#[test]
fn an_ova_becomes_a_machine_and_an_export_of_it_another() {
    on_main(|| {
        let stand = Stand::new();
        let uuid = stand.import(stand.ova()).unwrap();
        let xml = stand.virsh(&["dumpxml", "--inactive", "web"]);
        assert!(
            xml.contains("<memory unit='KiB'>98304</memory>") && xml.contains("<vcpu placement='static'>2</vcpu>"),
            "{xml}"
        );
        assert!(xml.contains("http://debian.org/debian/11"), "{xml}");
        for (number, name) in [(1, "web.qcow2"), (2, "web-1.qcow2"), (3, "web-2.qcow2")] {
            assert!(xml.contains(&format!("/images/{name}'")), "{name} in {xml}");
            same(&stand.raw(number), &stand.image(name));
        }
        let (machines, _, open, folders) = stand.everything();
        assert_eq!((machines.trim(), open, folders), ("web", 0, 0));

        // A disk that builds on another is brought whole.
        let (top, base) = (stand.image("top.qcow2"), stand.image("web-1.qcow2"));
        qemu_img(&[
            "create",
            "-f",
            "qcow2",
            "-F",
            "qcow2",
            "-b",
            base.to_str().unwrap(),
            top.to_str().unwrap(),
        ]);
        std::fs::set_permissions(&top, std::os::unix::fs::PermissionsExt::from_mode(0o666)).unwrap();
        stand.virsh(&["pool-refresh", "images"]);
        let edited = stand
            .daemon
            .write("web.xml", &xml.replace("/web-1.qcow2", "/top.qcow2"));
        stand.virsh(&["define", edited.to_str().unwrap()]);
        let bundle = stand.export(uuid, stand.here.path().join("bundle")).unwrap();
        let mut names: Vec<String> = std::fs::read_dir(&bundle)
            .unwrap()
            .map(|entry| entry.unwrap().file_name().into_string().unwrap())
            .collect();
        names.sort();
        assert_eq!(
            names,
            ["machine.json", "machine.xml", "vda.qcow2", "vdb.qcow2", "vdc.qcow2"]
        );
        same(&stand.raw(2), &bundle.join("vdb.qcow2"));

        let second = stand.import(bundle.clone()).unwrap();
        assert_ne!(second, uuid);
        let xml = stand.virsh(&["dumpxml", "--inactive", "web-2"]);
        assert!(
            xml.contains(&second.to_string()) && xml.contains("web-2-1.qcow2"),
            "{xml}"
        );
        let mac = |text: &str| text.split("<mac address='").nth(1).map(|rest| rest[..17].to_owned());
        let first = stand.virsh(&["dumpxml", "--inactive", "web"]);
        assert!(
            mac(&xml).is_none() || mac(&xml) != mac(&first),
            "hardware addresses differ"
        );
        let again = stand.export(uuid, bundle).unwrap_err();
        assert_eq!(again.kind, Kind::Invalid, "nothing is overwritten");
        assert_eq!((stand.everything().2, stand.everything().3), (0, 0));
        stand.host.close();
    });
}

#[test]
fn packed_and_foreign_images_become_machines() {
    on_main(|| {
        let stand = Stand::new();
        let raw = stand.raw(1);
        for (format, ending) in [("vdi", "vdi"), ("vhdx", "vhdx"), ("qcow2", "qcow2")] {
            let path = stand.here.path().join(format!("old-{ending}.{ending}"));
            qemu_img(&[
                "convert",
                "-f",
                "raw",
                "-O",
                format,
                raw.to_str().unwrap(),
                path.to_str().unwrap(),
            ]);
            let packed = format == "qcow2";
            if packed {
                assert!(Command::new("gzip").arg(&path).status().unwrap().success());
            }
            let file = if packed {
                stand.here.path().join("old-qcow2.qcow2.gz")
            } else {
                path
            };
            stand.import(file).unwrap();
            same(&raw, &stand.image(&format!("old-{ending}.qcow2")));
        }
        stand.host.close();
    });
}

#[test]
fn a_cancel_at_any_stage_leaves_nothing() {
    on_main(|| {
        let stand = Stand::new();
        let ova = stand.ova();
        let before = stand.everything();
        // One cancel at the begin of each stage that an import has.
        let mut stages = 0;
        loop {
            let (job, watch) = Job::new();
            let (client, file) = (stand.host.client.clone(), ova.clone());
            let reached = std::rc::Rc::new(std::cell::Cell::new(0));
            let counted = reached.clone();
            let stop = watch.clone();
            glib::MainContext::default().spawn_local(async move {
                while let Ok(step) = watch.steps.recv().await {
                    if matches!(step, Step::Stage(_)) {
                        if counted.get() == stages {
                            stop.cancel();
                        }
                        counted.set(counted.get() + 1);
                    }
                }
            });
            let result = block_on("an import", LIMIT, async move {
                let appliance = inspect_appliance(file.clone()).await?;
                client.import_machine(file, appliance, ImportWish::default(), job).await
            });
            match result {
                Err(error) => {
                    assert_eq!(error.kind, Kind::Cancelled, "{}", error.message);
                    assert_eq!(stand.everything(), before, "after stage {stages}");
                }
                // The cancel came after the end, or there was no stage left.
                Ok(_) => break,
            }
            stages += 1;
        }
        assert!(stages >= 3, "{stages} stages");
        stand.host.close();
    });
}

#[test]
fn what_cannot_be_is_said_before_anything_is_made() {
    on_main(|| {
        let stand = Stand::new();
        let raw = stand.raw(1);
        let before = stand.everything();
        let wish = ImportWish {
            pool: "elsewhere".to_owned(),
            ..ImportWish::default()
        };
        let error = stand.job(async move |client, job| {
            let appliance = inspect_appliance(raw.clone()).await?;
            client.import_machine(raw, appliance, wish, job).await
        });
        let error = error.unwrap_err();
        assert_eq!(error.kind, Kind::Invalid);
        assert!(error.message.contains("elsewhere"), "{}", error.message);
        assert_eq!(stand.everything(), before);
        stand.host.close();
    });
}

#[test]
fn a_machine_that_runs_is_not_exported() {
    on_main(|| {
        let stand = Stand::new();
        let guest = stand.daemon.guest("busy").start();
        let machines = stand.host.ask(async move |client| client.list().await).unwrap();
        let uuid = machines.iter().find(|one| one.name == "busy").unwrap().key.uuid;
        let to = stand.here.path().join("bundle");
        let error = stand.export(uuid, to.clone()).unwrap_err();
        assert_eq!(error.kind, Kind::Invalid);
        assert!(error.message.contains("busy") && !to.exists(), "{}", error.message);
        guest.destroy();
        stand.host.close();
    });
}
