//! Importing a machine, as the user meets it. Needs a display (`scripts/headless cargo test --test conversion_window`). With
//! `VIREO_PICTURES` a folder, pictures are left in it.

mod support;

use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};

use gtk4 as gtk;
use gtk4::prelude::*;
use libadwaita as adw;
use libadwaita::prelude::*;
use support::Daemon;
use support::core::connected;
use support::widgets::{dialog, entry, row, says, screenshot, until};
use vireo::model::host::HostConfig;
use vireo::ui::conversion;
use vireo::ui::core::Core;
use vireo::virt::client::EventLoop;

const OVF: &str = r#"<Envelope xmlns="http://schemas.dmtf.org/ovf/envelope/1" xmlns:ovf="http://schemas.dmtf.org/ovf/envelope/1"
    xmlns:rasd="http://schemas.dmtf.org/wbem/wscim/1/cim-schema/2/CIM_ResourceAllocationSettingData">
  <References><File ovf:href="one.vmdk" ovf:id="f1"/></References>
  <DiskSection><Info/><Disk ovf:capacity="8388608" ovf:diskId="d1" ovf:fileRef="f1"/></DiskSection>
  <VirtualSystem ovf:id="books"><Name>Books &amp; Co</Name>
    <OperatingSystemSection ovf:id="1"><Description>Microsoft Windows 10 (64-bit)</Description></OperatingSystemSection>
    <VirtualHardwareSection>
    <Item><rasd:ResourceType>3</rasd:ResourceType><rasd:VirtualQuantity>2</rasd:VirtualQuantity></Item>
    <Item><rasd:ResourceType>4</rasd:ResourceType><rasd:VirtualQuantity>2048</rasd:VirtualQuantity></Item>
    <Item><rasd:ResourceType>10</rasd:ResourceType></Item>
    <Item><rasd:ResourceType>23</rasd:ResourceType></Item>
    <Item><rasd:ResourceType>35</rasd:ResourceType></Item>
    <Item><rasd:HostResource>ovf:/disk/d1</rasd:HostResource><rasd:ResourceType>17</rasd:ResourceType></Item>
  </VirtualHardwareSection></VirtualSystem></Envelope>"#;

fn made(folder: &Path, name: &str) -> PathBuf {
    let file = folder.join(name);
    let made = std::process::Command::new("qemu-img")
        .args(["create", "-q", "-f", "vmdk"])
        .arg(&file)
        .arg("8M")
        .status();
    assert!(made.expect("qemu-img").success());
    file
}

/// A machine of Windows in a folder.
fn windows(folder: &Path) -> PathBuf {
    made(folder, "one.vmdk");
    let file = folder.join("books.ovf");
    std::fs::write(&file, OVF).expect("written");
    file
}

/// Puts a program named virt-v2v where programs are found. It is only looked for.
fn install(folder: &Path) {
    let path = folder.join("virt-v2v");
    std::fs::write(&path, "#!/bin/sh\nexit 1\n").expect("written");
    std::fs::set_permissions(&path, PermissionsExt::from_mode(0o755)).expect("a program");
    let path = std::env::var("PATH").expect("programs");
    // SAFETY: called first thing in the only test of this program; GTK reads no such variable on its threads.
    unsafe { std::env::set_var("PATH", format!("{}:{path}", folder.display())) };
}

/// The question about a machine that needs drivers: on a wide and on a narrow screen.
fn asks_for_drivers(core: &Core, host: vireo::model::key::HostId, file: &Path) {
    for (name, width, height) in [("wide", 1300, 860), ("narrow", 360, 720)] {
        let window = gtk::Window::builder()
            .default_width(width)
            .default_height(height)
            .build();
        window.present();
        until("the window", || window.width() == width);
        conversion::import_file(&window, core, Some(host), file);
        until("the question", || {
            dialog().is_some_and(|dialog| dialog.has_response("import") && dialog.is_response_enabled("import"))
        });
        let asked = dialog().expect("the question");
        assert!(
            says(&asked, "USB controllers") && says(&asked, "virt-v2v"),
            "what is left out is said"
        );
        let drivers: adw::ComboRow = row(&asked, "Drivers of the guest").expect("a row");
        assert!(drivers.is_visible() && drivers.selected() == 0);
        screenshot(&format!("import-{name}"));
        drivers.set_selected(1);
        until("the consent", || asked.is_response_enabled("import"));
        if name == "narrow" {
            assert!(asked.width() <= width, "{} pixels", asked.width());
        }
        asked.close();
        until("the question to go", || dialog().is_none());
        window.destroy();
    }
}

#[gtk4::test]
fn a_disk_of_another_program_becomes_a_machine_and_what_is_wrong_is_said_before() {
    let home = tempfile::tempdir().expect("a folder");
    install(home.path());
    EventLoop::install(&glib::MainContext::default()).expect("the event loop");
    adw::init().expect("a display");
    let daemon = Daemon::start_prepared("", |folder| {
        std::fs::create_dir(folder.join("pool")).expect("the pool's folder");
    });
    let uri = daemon.uri_qemu();
    let folder = daemon.directory().join("pool");
    daemon.virsh(
        &uri,
        &[
            "pool-create-as",
            "default",
            "dir",
            "--target",
            &folder.to_string_lossy(),
        ],
    );
    let _taken = daemon.guest("taken").empty().define();
    let file = made(home.path(), "office.vmdk");

    let (core, host) = connected(HostConfig::new("here", uri));
    let window = gtk::Window::new();
    window.present();
    let nothing = home.path().join("empty.ova");
    std::fs::write(&nothing, "no archive").expect("written");
    conversion::import_file(&window, &core, Some(host), &nothing);
    until("the reason", || {
        dialog().is_some_and(|dialog| says(&dialog, "empty.ova"))
    });
    dialog().expect("the reason").close();
    until("the reason to go", || dialog().is_none());

    conversion::import_file(&window, &core, Some(host), &file);
    until("the question", || {
        dialog().is_some_and(|dialog| dialog.has_response("import") && dialog.is_response_enabled("import"))
    });
    let asked = dialog().expect("the question");
    assert_eq!(asked.heading().as_deref(), Some("Import office"));
    assert!(asked.body().starts_with("1 disk"), "{}", asked.body());
    entry(&asked, "Name").set_text("taken");
    until("the problem", || says(&asked, "taken"));
    assert!(!asked.is_response_enabled("import"));
    entry(&asked, "Name").set_text("brought");
    until("the consent", || asked.is_response_enabled("import"));
    asked.response("import");
    asked.close();
    until("the machine", || {
        core.store().domains().any(|domain| domain.name == "brought")
    });
    until("the end of the job", || {
        core.operations().iter().all(|job| !job.is_ongoing())
    });
    assert!(folder.join("brought.qcow2").exists(), "its disk is in the pool");
    assert!(dialog().is_none(), "nothing went wrong");
    window.destroy();
    asks_for_drivers(&core, host, &windows(home.path()));
}
