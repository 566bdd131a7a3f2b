//! The settings of a machine's firmware come along.

use crate::Stand;
use crate::support::on_main;

#[test]
fn the_settings_of_the_firmware_come_along() {
    on_main(|| {
        let stand = Stand::new();
        // The host has a firmware: its user's descriptions say so.
        let (code, vars) = (
            stand.daemon.write("code.fd", "code"),
            stand.daemon.write("vars.fd", "vars"),
        );
        let text = serde_json::json!({
            "description": "for this test", "interface-types": ["uefi"],
            "mapping": { "device": "flash",
                "executable": { "filename": code, "format": "raw" },
                "nvram-template": { "filename": vars, "format": "raw" } },
            "targets": [{ "architecture": "x86_64", "machines": ["pc-q35-*", "pc-i440fx-*"] }],
            "features": [], "tags": [],
        });
        let folder = stand.daemon.directory().join("config/qemu/firmware");
        std::fs::create_dir_all(&folder).unwrap();
        std::fs::write(folder.join("10-test.json"), text.to_string()).unwrap();
        let raw = stand.raw(1);
        std::fs::copy(&raw, stand.image("safe.img")).unwrap();
        let settings: Vec<u8> = (0..131_072_u32).map(|at| u8::try_from(at % 241).unwrap()).collect();
        let nvram = stand.daemon.directory().join("safe_VARS.fd");
        std::fs::write(&nvram, &settings).unwrap();
        for path in [&nvram, &stand.image("safe.img")] {
            std::fs::set_permissions(path, std::os::unix::fs::PermissionsExt::from_mode(0o666)).unwrap();
        }
        stand.virsh(&["pool-refresh", "images"]);
        let xml = format!(
            "<domain type='qemu'><name>safe</name><memory unit='MiB'>64</memory><vcpu>1</vcpu>\
            <os><type arch='x86_64' machine='q35'>hvm</type><loader readonly='yes' type='pflash'>{}</loader>\
            <nvram>{}</nvram></os><features><acpi/></features><devices><disk type='file' device='disk'><driver name='qemu' type='raw'/>\
            <source file='{}'/><target dev='vda' bus='virtio'/></disk></devices></domain>",
            code.display(),
            nvram.display(),
            stand.image("safe.img").display(),
        );
        let file = stand.daemon.write("safe.xml", &xml);
        stand.virsh(&["define", file.to_str().unwrap()]);
        let machines = stand.host.ask(async move |client| client.list().await).unwrap();
        let uuid = machines.iter().find(|one| one.name == "safe").unwrap().key.uuid;
        let plan = stand
            .host
            .ask(async move |client| client.export_plan(uuid).await)
            .unwrap();
        assert_eq!(plan.firmware.as_deref(), nvram.to_str());
        assert_eq!(plan.left_out, Vec::<String>::new());
        let pools = stand.virsh(&["pool-list", "--all", "--name"]);
        assert_eq!(pools.trim(), "images", "the folder is no pool any more");
        let bundle = stand.export(uuid, stand.here.path().join("bundle")).unwrap();
        assert_eq!(std::fs::read(bundle.join("firmware.fd")).unwrap(), settings);
        let second = stand.import(bundle.clone()).unwrap();
        let xml = stand.virsh(&["dumpxml", "--inactive", &second.to_string()]);
        assert!(xml.contains("/images/safe-2_VARS.fd</nvram>"), "{xml}");
        assert_eq!(std::fs::read(stand.image("safe-2_VARS.fd")).unwrap(), settings);

        // Those of another machine are not read for this one when they have gone.
        std::fs::remove_file(&nvram).unwrap();
        let plan = stand
            .host
            .ask(async move |client| client.export_plan(uuid).await)
            .unwrap();
        assert_eq!((plan.firmware, plan.left_out), (None, Vec::new()));
        std::fs::write(bundle.join("firmware.fd"), "others").unwrap();
        assert!(stand.import(bundle).unwrap_err().message.contains("checksum"));
        assert_eq!((stand.everything().2, stand.everything().3), (0, 0));
        stand.host.close();
    });
}
