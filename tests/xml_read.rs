//! Reading definitions: what a good one says, and what a broken or hostile one must not do.

use std::time::{Duration, Instant};

use vireo::model::xml::read_domain;

const FULL: &str = r#"<?xml version='1.0'?>
<domain type='kvm' id='3' xmlns:qemu='http://libvirt.org/schemas/domain/qemu/1.0'>
  <name>web</name>
  <title>Front &amp; web</title>
  <description><![CDATA[serves <b>pages</b>]]></description>
  <metadata>
    <libosinfo:libosinfo xmlns:libosinfo='http://libosinfo.org/xmlns/libvirt/domain/1.0'>
      <libosinfo:os id='http://debian.org/debian/12'/>
    </libosinfo:libosinfo>
    <vireo:tags xmlns:vireo='https://vireo-vm.github.io/ns/1'><vireo:tag>web</vireo:tag><vireo:tag>prod</vireo:tag></vireo:tags>
  </metadata>
  <memory unit='GiB'>4</memory>
  <currentMemory>2097152</currentMemory>
  <vcpu current='2'>8</vcpu>
  <os firmware='efi'><type arch='x86_64' machine='pc-q35-7.2'>hvm</type></os>
  <devices>
    <disk type='file' device='disk'><source file='/img/web.qcow2'/><backingStore><source file='/img/base'/></backingStore><target dev='vda' bus='virtio'/></disk>
    <disk type='file' device='cdrom'><target dev='sda' bus='sata'/></disk>
    <disk type='volume'><source pool='default' volume='data'/><target dev='vdb'/></disk>
    <interface type='network'><mac address='52:54:00:00:00:01'/><source network='default' bridge='virbr0'/><target dev='vnet3'/><model type='virtio'/></interface>
    <serial type='pty'><target port='0'/><alias name='serial0'/></serial>
    <console type='pty'><target type='serial' port='0'/><alias name='serial0'/></console>
    <serial type='pty'><target port='1'/><alias name='serial1'/></serial>
    <channel type='unix'><target type='virtio' name='org.qemu.guest_agent.0' state='connected'/></channel>
    <graphics type='vnc'/>
    <memballoon model='virtio'/>
    <unheard-of thing='1'><deeper/></unheard-of>
  </devices>
  <qemu:commandline><qemu:arg value='-x'/></qemu:commandline>
</domain>"#;

#[test]
fn a_definition_tells_what_list_and_overview_show() {
    let details = read_domain(FULL).expect("a good definition");
    assert_eq!(details.title.as_deref(), Some("Front & web"));
    assert_eq!(details.description.as_deref(), Some("serves <b>pages</b>"));
    assert_eq!(details.tags, ["web", "prod"]);
    assert_eq!(details.os.as_deref(), Some("debian12"));
    assert_eq!((details.memory_kib, details.current_memory_kib), (4 << 20, 2 << 20));
    assert_eq!((details.vcpus, details.max_vcpus), (2, 8));
    assert_eq!(details.firmware.as_deref(), Some("efi"));
    assert_eq!(details.disks.len(), 3);
    assert_eq!(
        details.disks[0].source.as_deref(),
        Some("/img/web.qcow2"),
        "not the backing file"
    );
    assert_eq!(details.disks[1].source, None);
    assert_eq!(details.disks[2].source.as_deref(), Some("default/data"));
    assert_eq!(details.nics[0].target.as_deref(), Some("vnet3"));
    let consoles: Vec<_> = details
        .consoles
        .iter()
        .map(|console| console.alias.as_deref())
        .collect();
    assert_eq!(
        consoles,
        [Some("serial0"), Some("serial1")],
        "the first console repeats the first serial port"
    );
    assert!(details.has_agent_channel && details.agent_connected && details.has_balloon);
}

#[test]
fn sizes_in_any_unit_become_kib() {
    for (unit, value, kib) in [
        ("", 1024, 1024),
        ("unit='KB'", 1024, 1000),
        ("unit='bytes'", 2048, 2),
        ("unit='MiB'", 3, 3072),
    ] {
        let xml = format!("<domain><memory {unit}>{value}</memory></domain>");
        assert_eq!(read_domain(&xml).expect("well-formed").memory_kib, kib, "{unit}");
    }
}

#[test]
fn malformed_documents_are_refused_with_line_and_column() {
    let error = read_domain("<domain>\n  <name>x</nam>\n</domain>").expect_err("mismatched end");
    assert_eq!(error.line, 2, "{error}");
    let broken = [
        "",
        " ",
        "domain",
        "<domain",
        "<domain>",
        "<domain></domain><domain/>",
        "<domain a='1' a='2'/>",
        "<domain><name>&unknown;</name></domain>",
        "<network/>",
        "<domain>&#xFFFFFF;</domain>",
        "<domain a=1/>",
        "<domain><a></domain></a>",
        "<domain><!-- </domain>",
        "<domain><![CDATA[ </domain>",
    ];
    for xml in broken {
        assert!(read_domain(xml).is_err(), "{xml}");
    }
}

#[test]
fn hostile_documents_end_quickly() {
    let bomb = "<!DOCTYPE d [<!ENTITY a 'x'><!ENTITY b '&a;&a;'>]><domain><name>&b;</name></domain>".to_owned();
    let xxe = "<!DOCTYPE d [<!ENTITY a SYSTEM 'file:///etc/passwd'>]><domain><title>&a;</title></domain>".to_owned();
    let deep = format!("<domain>{}{}</domain>", "<a>".repeat(100_000), "</a>".repeat(100_000));
    let huge = format!("<domain><title>{}</title></domain>", "x".repeat(20 << 20));
    let started = Instant::now();
    for xml in [bomb, xxe, deep, huge] {
        assert!(read_domain(&xml).is_err());
    }
    let many = format!(
        "<domain><devices>{}</devices></domain>",
        "<disk><target dev='vda'/></disk>".repeat(20_000)
    );
    assert_eq!(read_domain(&many).expect("large but sound").disks.len(), 20_000);
    let attributes: String = (0..50_000).map(|n| format!(" a{n}='1'")).collect();
    let _ = read_domain(&format!("<domain{attributes}/>"));
    assert!(started.elapsed() < Duration::from_secs(30), "{:?}", started.elapsed());
}
