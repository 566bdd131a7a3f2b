use std::sync::Arc;

use super::*;
use crate::model::creation::{NetworkWish, Surroundings, Weight};
use crate::model::facts::{HostFacts, PoolFact};
use crate::model::xml::domain::Domain;

const OVF: &str = r#"<?xml version="1.0"?>
<Envelope xmlns="http://schemas.dmtf.org/ovf/envelope/1" xmlns:o="http://schemas.dmtf.org/ovf/envelope/1"
    xmlns:rasd="http://schemas.dmtf.org/wbem/wscim/1/cim-schema/2/CIM_ResourceAllocationSettingData"
    xmlns:vmw="http://www.vmware.com/schema/ovf">
  <References><File o:href="web-disk1.vmdk" o:id="file1" o:size="1024"/></References>
  <DiskSection><Info/><Disk o:capacity="8" o:capacityAllocationUnits="byte * 2^30" o:diskId="d1" o:fileRef="file1"/></DiskSection>
  <VirtualSystem o:id="web">
    <Name>Web &amp; more</Name>
    <OperatingSystemSection o:id="96" vmw:osType="debian11_64Guest"><Info/><Description>Debian GNU/Linux 11 (64-bit)</Description></OperatingSystemSection>
    <VirtualHardwareSection>
      <Item><rasd:ResourceType>3</rasd:ResourceType><rasd:VirtualQuantity>2</rasd:VirtualQuantity></Item>
      <Item><rasd:AllocationUnits>byte * 2^20</rasd:AllocationUnits><rasd:ResourceType>4</rasd:ResourceType><rasd:VirtualQuantity>2048</rasd:VirtualQuantity></Item>
      <Item><rasd:ResourceType>10</rasd:ResourceType><rasd:ResourceSubType>E1000</rasd:ResourceSubType></Item>
      <Item><rasd:HostResource>ovf:/disk/d1</rasd:HostResource><rasd:ResourceType>17</rasd:ResourceType></Item>
      <vmw:Config o:required="false" vmw:key="firmware" vmw:value="efi"/>
    </VirtualHardwareSection>
  </VirtualSystem>
</Envelope>"#;

#[test]
fn a_description_tells_the_machine() {
    let found = read_ovf(OVF).unwrap();
    assert_eq!(found.name, "Web & more");
    assert_eq!(
        (found.cpus, found.memory, found.efi, found.nics),
        (Some(2), Some(2 << 30), true, Some(1))
    );
    assert_eq!(found.os.as_deref(), Some("Debian GNU/Linux 11 (64-bit)"));
    assert_eq!(found.disks.len(), 1);
    assert_eq!(
        (found.disks[0].file.as_str(), found.disks[0].capacity),
        ("web-disk1.vmdk", Some(8 << 30))
    );
}

#[test]
fn what_is_left_out_of_a_description_is_said() {
    assert_eq!(read_ovf(OVF).unwrap().left_out, Vec::<String>::new());
    let item = |kind: u32, subtype: &str| {
        format!(
            "<Item><rasd:ResourceType>{kind}</rasd:ResourceType><rasd:ResourceSubType>{subtype}</rasd:ResourceSubType></Item>"
        )
    };
    let more: String = [
        (10, "E1000"),
        (1, "vmware.soundcard.hdaudio"),
        (23, "vmware.usb.ehci"),
        (21, ""),
        (15, "vmware.cdrom.remotepassthrough"),
    ]
    .map(|(kind, subtype)| item(kind, subtype))
    .concat();
    let system = "<System><vssd:VirtualSystemType xmlns:vssd='urn:x'>vmx-13</vssd:VirtualSystemType></System>";
    let text = OVF
        .replace("<vmw:Config", &format!("{more}<vmw:Config"))
        .replace("<VirtualHardwareSection>", &format!("<VirtualHardwareSection>{system}"))
        .replace("</VirtualSystem>", "<Machine><Snapshot/></Machine></VirtualSystem>");
    let found = read_ovf(&text).unwrap();
    assert_eq!((found.nics, found.foreign), (Some(2), Some(Foreign::Vmware)));
    for word in ["snapshots", "2 network cards", "sound card", "USB", "serial", "CD"] {
        assert!(
            found.left_out.iter().any(|one| one.contains(word)),
            "{word}: {:?}",
            found.left_out
        );
    }
    assert_eq!(found.left_out.len(), 6);
    let windows = text.replace("Debian GNU/Linux 11 (64-bit)", "Microsoft Windows 10 (64-bit)");
    assert_eq!(read_ovf(&windows).unwrap().foreign, Some(Foreign::Windows));
    for (foreign, is_here) in [(Foreign::Windows, false), (Foreign::Vmware, false)] {
        let said = drivers(foreign, is_here);
        assert!(said.contains("virt-v2v") && said.contains("not installed"), "{said}");
        assert!(!drivers(foreign, true).contains("not installed"));
    }
}

#[test]
fn a_description_that_leads_elsewhere_or_lies_is_refused() {
    for href in [
        "../../etc/shadow",
        "/etc/shadow",
        "https://example.org/x.vmdk",
        "..",
        "-x",
        "a\\b",
        "",
    ] {
        let text = OVF.replace("web-disk1.vmdk", href);
        assert!(read_ovf(&text).is_err(), "{href}");
    }
    for (from, to) in [
        ("o:fileRef=\"file1\"", "o:fileRef=\"file2\""),
        ("ovf:/disk/d1", "ovf:/disk/d2"),
        ("ovf:/disk/d1", "nonsense"),
        ("o:diskId=\"d1\"", "o:diskId=\"d1\" o:parentRef=\"d0\""),
        ("<VirtualSystem ", "<VirtualSystem/><VirtualSystem "),
        (
            "<Envelope ",
            "<!DOCTYPE x [<!ENTITY a \"aaaa\"><!ENTITY b \"&a;&a;&a;\">]><Envelope ",
        ),
        ("Web &amp; more", "&b;"),
    ] {
        let text = OVF.replace(from, to);
        assert_ne!(text, OVF);
        assert!(read_ovf(&text).is_err(), "{to}");
    }
    let huge = OVF
        .replace(">2048<", ">18446744073709551615<")
        .replace(">2<", ">99999999999<");
    let found = read_ovf(&huge).unwrap();
    assert_eq!(
        (found.cpus, found.memory),
        (None, None),
        "numbers beyond reason are not told"
    );
    let disk =
        "<Item><rasd:HostResource>ovf:/disk/d1</rasd:HostResource><rasd:ResourceType>17</rasd:ResourceType></Item>";
    assert!(read_ovf(&OVF.replace(disk, &disk.repeat(100))).is_err());
}

#[test]
fn images_are_known_by_their_first_bytes() {
    let mut vdi = vec![0; 128];
    vdi[64..68].copy_from_slice(&[0x7f, 0x10, 0xda, 0xbe]);
    let cases: [(&[u8], &[u8], ImageFormat); 7] = [
        (b"QFI\xfb\0\0\0\x03", b"", ImageFormat::Qcow2),
        (b"KDMV", b"", ImageFormat::Vmdk),
        (b"# Disk DescriptorFile\n", b"", ImageFormat::Vmdk),
        (b"vhdxfile", b"", ImageFormat::Vhdx),
        (b"\0\0\0\0", b"conectix", ImageFormat::Vhd),
        (&vdi, b"", ImageFormat::Vdi),
        (b"\xeb\x63\x90", b"", ImageFormat::Raw),
    ];
    for (head, tail, format) in cases {
        assert_eq!(ImageFormat::of(head, tail), format);
    }
    assert_eq!(Compression::of(&[0x1f, 0x8b, 8]), Some(Compression::Gzip));
    assert_eq!(Compression::of(b"QFI\xfb"), None);
}

#[test]
fn images_that_name_other_files_are_refused() {
    let qcow2 = |change: &dyn Fn(&mut Vec<u8>)| {
        let mut head = vec![0; 1024];
        head[..8].copy_from_slice(b"QFI\xfb\0\0\0\x03");
        change(&mut head);
        danger(ImageFormat::Qcow2, &head)
    };
    assert_eq!(qcow2(&|_| {}), None);
    assert!(qcow2(&|head| head[15] = 104).is_some(), "a backing file");
    assert!(qcow2(&|head| head[35] = 1).is_some(), "encryption");
    assert!(qcow2(&|head| head[79] = 4).is_some(), "a data file");
    assert!(qcow2(&|head| head[7] = 9).is_some(), "another version");
    assert!(qcow2(&|head| head.truncate(40)).is_some(), "cut");
    let vmdk = |description: &str, capacity: u64| {
        let mut head = vec![0; 4096];
        head[..4].copy_from_slice(b"KDMV");
        head[12..20].copy_from_slice(&capacity.to_le_bytes());
        head[28..36].copy_from_slice(&1_u64.to_le_bytes());
        head[36..44].copy_from_slice(&2_u64.to_le_bytes());
        head[512..512 + description.len()].copy_from_slice(description.as_bytes());
        danger(ImageFormat::Vmdk, &head)
    };
    assert_eq!(vmdk("CID=1\nparentCID=ffffffff\nRW 100 SPARSE \"x.vmdk\"\n", 100), None);
    assert!(vmdk("parentCID=12345678\nparentFileNameHint=\"/etc/shadow\"\n", 100).is_some());
    assert!(
        vmdk("parentCID=ffffffff\nRW 100 FLAT \"/etc/shadow\" 0\n", 0).is_some(),
        "only a description"
    );
    assert!(
        danger(
            ImageFormat::Vmdk,
            b"# Disk DescriptorFile\nRW 1 FLAT \"/etc/shadow\" 0\n"
        )
        .is_some()
    );
    assert!(danger(ImageFormat::Vmdk, b"KDMV").is_some());
}

#[test]
fn a_bundle_is_read_back_and_names_no_other_files() {
    let mut bundle = Bundle::new("web");
    bundle.disks.push(BundleDisk {
        target: "vda".into(),
        file: "vda.qcow2".into(),
        size: 1,
        capacity: 2,
        sha256: "00".into(),
    });
    let text = serde_json::to_string(&bundle).unwrap();
    assert_eq!(Bundle::read(&text).unwrap(), bundle);
    let xml = |target: &str| {
        format!(
            "<domain type='qemu'><name>web</name><memory>1024</memory><devices><disk type='file' device='disk'><target dev='{target}' bus='virtio'/></disk></devices></domain>"
        )
    };
    let found = bundle.appliance(&xml("vda")).unwrap();
    assert_eq!(
        (found.memory, found.disks[0].target.as_deref()),
        (Some(1 << 20), Some("vda"))
    );
    assert!(bundle.appliance(&xml("vdb")).is_err());
    assert!(Bundle::read(&text.replace("vda.qcow2", "../vda.qcow2")).is_err());
    assert!(Bundle::read(&text.replace("\"version\":1", "\"version\":2")).is_err());
    assert!(Bundle::read("{}").is_err());
}

pub(super) fn host(available: Option<u64>) -> HostFacts {
    let mut facts = HostFacts::default();
    let mut pool = PoolFact::default();
    (pool.name, pool.kind, pool.active) = ("default".into(), "dir".into(), true);
    (pool.path, pool.available) = (Some("/pool".into()), available);
    facts.pools = Some(Arc::from([pool]));
    facts
}

#[test]
fn a_pool_that_is_too_small_is_said_before() {
    let disk = ApplianceDisk {
        size: 10 << 20,
        capacity: Some(20 << 30),
        ..ApplianceDisk::default()
    };
    let appliance = Appliance {
        disks: vec![disk],
        ..Appliance::default()
    };
    let weight = |available| {
        let facts = host(available);
        let around = Surroundings::new(&facts);
        let pool = pool(&ImportWish::default(), &around).unwrap();
        room(&appliance, pool).map(|problem| problem.weight)
    };
    assert_eq!(weight(Some(1 << 20)), Some(Weight::Error));
    assert_eq!(weight(Some(1 << 30)), Some(Weight::Warning));
    assert_eq!((weight(Some(1 << 40)), weight(None)), (None, None));
}

#[test]
fn what_is_wanted_of_a_bundle_is_done_or_refused_and_never_ignored() {
    let facts = HostFacts {
        networks: Some(Arc::from([])),
        ..host(None)
    };
    let xml = |inside: &str, devices: &str| {
        format!(
            "<domain type='qemu'><name>web</name><vcpu>1</vcpu>{inside}<os><type>hvm</type></os><devices>{devices}</devices></domain>"
        )
    };
    let nic = "<interface type='network'><mac address='52:54:00:00:00:01'/><source network='default'/></interface>";
    let made = |text: &str, wish: &ImportWish| {
        let appliance = Bundle::new("web").appliance(text).unwrap();
        plan(&appliance, &[], wish, &Surroundings::new(&facts)).map(|plan| plan.xml)
    };
    let wish = ImportWish {
        cpus: Some(3),
        network: NetworkWish::Bridge("br0".into()),
        ..ImportWish::default()
    };
    for devices in [nic, "", "<interface type='bridge'><source bridge='other'/></interface>"] {
        let text = made(&xml("", devices), &wish).unwrap();
        assert!(text.contains(">3</vcpu>"), "{text}");
        assert!(
            text.contains("<source bridge='br0'/>") && !text.contains("other"),
            "{text}"
        );
    }
    let cells = "<cpu><topology sockets='1' cores='2' threads='1'/></cpu>";
    let refused = made(&xml(cells, nic), &wish).unwrap_err();
    assert!(!refused.text.is_empty());
    let missing = ImportWish {
        network: NetworkWish::Network("gone".into()),
        ..ImportWish::default()
    };
    assert!(made(&xml("", nic), &missing).unwrap_err().text.contains("gone"));
    let device = "<hostdev mode='subsystem' type='pci'><source><address domain='0' bus='1' slot='0' function='0'/></source></hostdev>";
    let text = xml("", device);
    assert!(!made(&text, &ImportWish::default()).unwrap().contains("hostdev"));
    assert_eq!(Bundle::new("web").appliance(&text).unwrap().left_out.len(), 1);
}

#[test]
fn a_bundle_keeps_its_disks_and_forgets_the_other_host() {
    let facts = host(None);
    let xml = "<domain type='qemu'><name>web</name><uuid>00000000-0000-0000-0000-000000000001</uuid>\
        <os firmware='efi'><type>hvm</type><loader>/there/code.fd</loader><nvram>/there/web.fd</nvram></os><devices>\
        <disk type='block' device='disk'><driver name='qemu' type='raw'/><source dev='/dev/there'/><target dev='vda' bus='virtio'/></disk>\
        <disk type='file' device='disk'><source file='/there/left-out'/><target dev='vdb' bus='virtio'/></disk>\
        <disk type='file' device='cdrom'><source file='/there/x.iso'/><target dev='sda' bus='sata'/></disk>\
        <interface type='network'><mac address='52:54:00:00:00:01'/><source network='default'/></interface></devices></domain>";
    let mut bundle = Bundle::new("web");
    bundle.disks.push(BundleDisk {
        target: "vda".into(),
        file: "vda.qcow2".into(),
        size: 1,
        capacity: 2,
        sha256: "00".into(),
    });
    let appliance = bundle.appliance(xml).unwrap();
    let around = Surroundings {
        machines: &["web".to_owned()],
        ..Surroundings::new(&facts)
    };
    let made = plan(
        &appliance,
        &["/here/web-2.qcow2".into()],
        &ImportWish::default(),
        &around,
    )
    .unwrap();
    assert_eq!(made.name, "web-2");
    assert!(made.xml.contains("<source file='/pool/web-2.qcow2'/>"), "{}", made.xml);
    assert!(made.xml.contains("type='qcow2'"), "{}", made.xml);
    for gone in ["/there/", "vdb", "52:54:00:00:00:01", "000000000001", "nvram"] {
        assert!(!made.xml.contains(gone), "{gone} in {}", made.xml);
    }
    assert!(made.xml.contains("device='cdrom'"), "the drive stays, empty");
}

#[test]
fn images_of_a_chain_may_name_what_is_brought_with_them_and_nothing_else() {
    let mut head = vec![0; 1024];
    head[..8].copy_from_slice(b"QFI\xfb\0\0\0\x03");
    head[15] = 104;
    assert!(
        danger_above(ImageFormat::Qcow2, &head, false).is_some(),
        "the host hides its base"
    );
    assert_eq!(danger_above(ImageFormat::Qcow2, &head, true), None);
    head[79] = 4;
    assert!(
        danger_above(ImageFormat::Qcow2, &head, true).is_some(),
        "its data is in another file"
    );
    assert!(danger_above(ImageFormat::Qcow2, b"plain sectors of a guest, and more of them", true).is_some());
    let pieces = b"# Disk DescriptorFile\nRW 1 FLAT \"/etc/shadow\" 0\n";
    assert!(danger_above(ImageFormat::Vmdk, pieces, true).is_some());
    for driver in ["nbd", "file", "luks", "vvfat", "ssh", "quorum", "", "RAW"] {
        assert_eq!(ImageFormat::named(driver), None, "{driver}");
    }
    assert_eq!(ImageFormat::named("vpc"), Some(ImageFormat::Vhd));
}

#[test]
fn the_settings_of_a_firmware_come_along_and_become_a_file_of_the_pool() {
    let facts = host(None);
    let xml = "<domain type='qemu'><name>web</name><os firmware='efi'><type>hvm</type><nvram>/there/web.fd</nvram></os><devices/></domain>";
    let mut bundle = Bundle::new("web");
    let left_out = bundle.appliance(xml).unwrap().left_out;
    assert!(left_out.iter().any(|one| one.contains("boot entries")), "{left_out:?}");
    bundle.firmware = Some(BundleFile {
        file: "firmware.fd".into(),
        size: 131_072,
        sha256: "00".into(),
    });
    let text = serde_json::to_string(&bundle).unwrap();
    assert_eq!(Bundle::read(&text).unwrap(), bundle);
    assert!(Bundle::read(&text.replace("firmware.fd", "../firmware.fd")).is_err());
    let appliance = bundle.appliance(xml).unwrap();
    assert_eq!(appliance.left_out, Vec::<String>::new());
    let around = Surroundings::new(&facts);
    let wish = ImportWish::default();
    assert_eq!(volumes(&appliance, &wish, &around).unwrap().1, ["web_VARS.fd"]);
    let made = plan(&appliance, &["/here/web_VARS.fd".into()], &wish, &around).unwrap();
    assert!(made.xml.contains("<nvram>/pool/web_VARS.fd</nvram>"), "{}", made.xml);
    assert_eq!(made.files.len(), 1);
    // A volume group has no files.
    let mut pool = PoolFact::default();
    (pool.name, pool.kind, pool.active) = ("default".into(), "logical".into(), true);
    pool.path = Some("/dev/vg".into());
    assert!(without_settings(&appliance, &pool).is_some());
    let facts = HostFacts {
        pools: Some(Arc::from([pool])),
        ..HostFacts::default()
    };
    let around = Surroundings::new(&facts);
    let made = plan(&appliance, &[], &wish, &around).unwrap();
    assert!(!made.xml.contains("nvram") && made.files.is_empty(), "{}", made.xml);
}

#[test]
fn what_an_export_leaves_out_is_said() {
    let domain = |devices: &str| {
        Domain::parse(&format!(
            "<domain type='qemu'><name>web</name><devices>{devices}</devices></domain>"
        ))
        .unwrap()
    };
    assert_eq!(of_export(&domain(""), false, None), Vec::<String>::new());
    let devices = "<tpm model='tpm-crb'><backend type='emulator'/></tpm><hostdev mode='subsystem' type='usb'/>\
        <filesystem type='mount'/><disk type='file' device='cdrom'><source file='/x.iso'/><target dev='sda'/></disk>\
        <disk type='file' device='cdrom'><target dev='sdb'/></disk>";
    let said = of_export(&domain(devices), true, Some("Permission denied"));
    for word in [
        "saved memory",
        "TPM",
        "Permission denied",
        "devices",
        "folders",
        "media",
    ] {
        assert_eq!(
            said.iter().filter(|one| one.contains(word)).count(),
            1,
            "{word}: {said:?}"
        );
    }
    assert_eq!(said.len(), 6);
}

#[test]
fn a_definition_of_a_newer_host_gets_what_this_one_has() {
    use crate::model::xml::object::Capabilities;

    let text = "<capabilities><host><cpu><arch>x86_64</arch></cpu></host><guest><os_type>hvm</os_type><arch name='x86_64'>\
        <emulator>/usr/bin/qemu-system-x86_64</emulator><machine>pc-q35-7.2</machine><machine canonical='pc-q35-7.2'>q35</machine>\
        <domain type='qemu'/></arch></guest></capabilities>";
    let mut facts = host(None);
    facts.capabilities = Some(Arc::new(Capabilities::parse(text).unwrap()));
    facts.kind.hypervisor = "qemu".into();
    for (there, here) in [("pc-q35-9.1", "machine='q35'"), ("pc-q35-7.2", "machine='pc-q35-7.2'")] {
        let xml = format!(
            "<domain type='kvm'><name>web</name><os><type arch='x86_64' machine='{there}'>hvm</type></os><devices/></domain>"
        );
        let appliance = Bundle::new("web").appliance(&xml).unwrap();
        let made = plan(&appliance, &[], &ImportWish::default(), &Surroundings::new(&facts)).unwrap();
        assert!(
            made.xml.contains(here) && made.xml.contains("type='qemu'"),
            "{}",
            made.xml
        );
    }
}

#[test]
fn no_name_of_a_machine_leads_out_of_the_folder() {
    assert_eq!(folder_name("web"), "web");
    assert_eq!(folder_name("../../etc"), "-..-etc");
    assert_eq!(folder_name(".."), "machine");
    assert_eq!(folder_name("a\nb"), "a-b");
}
