use std::path::Path;

use super::*;

const HOSTILE: &str = "<domain type='kvm' xmlns:qemu='http://libvirt.org/schemas/domain/qemu/1.0' xmlns:x='urn:x'><name>x</name>\
    <memory>1024</memory><memoryBacking><hugepages/></memoryBacking><seclabel type='none'/>\
    <metadata><i:installation xmlns:i='https://vireo-vm.github.io/ns/installation/1' begun='yes'>\
    <i:volume pool='default' name='prod.qcow2'/></i:installation>\
    <i:installation xmlns:i='https://vireo-vm.github.io/ns/installation/1'><i:volume name='prod.qcow2'/></i:installation></metadata>\
    <metadata><i:installation xmlns:i='https://vireo-vm.github.io/ns/installation/1'><i:volume name='prod.qcow2'/></i:installation></metadata>\
    <os><type>hvm</type><loader type='pflash'>/evil.fd</loader><kernel>/etc/shadow</kernel></os>\
    <os><nvram>/evil</nvram><initrd>/etc/shadow</initrd></os>\
    <sysinfo type='smbios'><bios><entry name='vendor'>kept</entry></bios></sysinfo>\
    <sysinfo type='fwcfg'><entry name='a' file='/etc/shadow'/></sysinfo>\
    <iothreads>1</iothreads><iothreadids><iothread id='7'/></iothreadids><defaultiothread thread_pool_min='1'/>\
    <devices><emulator>/tmp/evil</emulator>\
    <disk type='file' device='disk' rawio='yes' x:sgio='unfiltered'><driver name='qemu' iothread='7'/>\
    <source file='/a'><reservations managed='no'><source type='unix' path='/run/x'/></reservations></source>\
    <source file='/etc/shadow'/><x:source file='/etc/shadow'/>\
    <backingStore type='file'><source file='/etc/shadow'/></backingStore><target dev='vda'/><rom file='/etc/shadow'/></disk>\
    <interface type='ethernet'><script path='/tmp/evil'/><target dev='evil' managed='no'/></interface>\
    <interface type='network'><source network='default'/><source bridge='evil'/><script path='/tmp/evil'/><x:script path='/tmp/evil'/>\
    <rom bar='off' file='/etc/shadow'/></interface>\
    <interface type='user'><backend type='passt' logFile='/tmp/evil'/><portForward proto='tcp'/></interface>\
    <filesystem type='mount'><source dir='/'/><target dir='x'/></filesystem>\
    <hostdev mode='subsystem' type='usb'><rom file='/etc/shadow'/></hostdev>\
    <memory model='nvdimm'><source><path>/etc/shadow</path></source></memory>\
    <serial type='file'><source path='/etc/passwd'/><log file='/etc/passwd'/></serial>\
    <channel type='unix'><source mode='bind' path='/run/evil'/><target type='virtio' name='org.qemu.guest_agent.0'/></channel>\
    <channel type='pipe'><source path='/etc/passwd'/></channel>\
    <rng model='virtio'><backend model='random'>/etc/shadow</backend></rng>\
    <rng model='virtio'><backend model='builtin'/><backend model='random'>/etc/shadow</backend></rng>\
    <tpm model='tpm-crb'><backend type='emulator'/><backend type='passthrough'><device path='/dev/tpm0'/></backend></tpm>\
    <sound model='ich9'><audio id='3'/></sound><audio id='3' type='file' path='/etc/evil'/>\
    <video><driver name='vhostuser'/><model type='virtio'/><model><acceleration rendernode='/run/evil'/></model></video>\
    <graphics type='vnc' socket='/tmp/evil'/></devices>\
    <devices><emulator>/tmp/evil</emulator><hostdev mode='subsystem' type='usb'/><filesystem><source dir='/etc/'/></filesystem></devices>\
    <qemu:commandline><qemu:arg value='-evil'/></qemu:commandline></domain>";

fn sifted(text: &str) -> (String, Sifted) {
    let mut domain = Domain::parse(text).unwrap();
    let sifted = sift(&mut domain).unwrap();
    (domain.into_document().to_string(), sifted)
}

#[test]
fn a_definition_from_elsewhere_brings_no_programs_files_or_devices_of_the_host() {
    let (text, sifted) = sifted(HOSTILE);
    for word in [
        "evil",
        "/etc/",
        "/dev/tpm",
        "/run/",
        "prod",
        "seclabel",
        "hostdev",
        "rawio",
        "sgio",
        "hugepages",
        "portForward",
        "nvdimm",
    ] {
        assert!(!text.contains(word), "{word}: {text}");
    }
    for word in [
        "firmware=\"efi\"",
        "guest_agent",
        "network='default'",
        "kept",
        "<rom bar='off'/>",
        "iothread='7'",
        "<iothread id='7'/>",
        "defaultiothread",
        "<sound model='ich9'></sound>",
    ] {
        assert!(
            text.replace("firmware='efi'", "firmware=\"efi\"").contains(word),
            "{word}: {text}"
        );
    }
    for name in [
        "filesystem",
        "commandline",
        "devices",
        "os",
        "script",
        "disk (rawio)",
        "interface (rom)",
        "interface (backend)",
        "serial (file)",
        "serial (log)",
        "audio (file)",
        "tpm (passthrough)",
        "memory (nvdimm)",
        "video (vhostuser)",
    ] {
        assert!(sifted.gone.iter().any(|gone| gone == name), "{name}: {:?}", sifted.gone);
    }
}

#[test]
fn what_was_sifted_stands_as_it_is() {
    let (text, _) = sifted(HOSTILE);
    assert_eq!(sifted(&text), (text, Sifted::default()));
}

#[test]
fn network_cards_of_another_kind_stay_without_what_they_were_connected_to() {
    for (kind, inside) in [
        (
            "direct",
            "<source dev='eth7' mode='bridge'/><virtualport type='802.1Qbh'/><vlan><tag id='42'/></vlan>",
        ),
        ("ethernet", "<target dev='eth7' managed='no'/>"),
        (
            "hostdev",
            "<source><address type='pci' domain='0' bus='7' slot='0' function='0'/></source><driver name='vfio'/>",
        ),
        ("mcast", "<source address='230.0.0.1' port='5558'/>"),
        ("vhostuser", "<source type='unix' path='/run/eth7' mode='client'/>"),
    ] {
        let text = format!(
            "<domain type='kvm'><devices><interface type='{kind}' managed='yes'><mac address='52:54:00:00:00:01'/>{inside}\
             <model type='e1000e'/></interface></devices></domain>"
        );
        let (text, sifted) = sifted(&text);
        assert_eq!(
            text,
            "<domain type='kvm'><devices><interface type='network'><mac address='52:54:00:00:00:01'/>\
             <model type='e1000e'/></interface></devices></domain>",
            "{kind}"
        );
        assert_eq!((sifted.gone, sifted.cards), (Vec::new(), vec![kind.to_owned()]));
    }
}

#[test]
fn what_libvirt_writes_of_a_plain_machine_is_nothing_of_the_host() {
    // Both came out of libvirt 11.3: one that has UEFI, and one while it runs.
    for text in [include_str!("uefi-spice.xml"), include_str!("spice-live.xml")] {
        assert_eq!(outside(&Domain::parse(text).unwrap()), Vec::<String>::new(), "{text}");
    }
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/corpus");
    for name in [
        "libvirt/qemu-windows.xml",
        "libvirt/qemu-arch-x86_64-q35.xml",
        "libvirt/qemu-boot-orders.xml",
        "libvirt/qemu-disk-many.xml",
        "libvirt/qemu-metadata.xml",
        "libvirt/qemu-nic-bridge.xml",
        "libvirt/qemu-nic-direct.xml",
        "libvirt/qemu-numa.xml",
        "libvirt/test-arch-aarch64-virt.xml",
        "libvirt/test-arch-ppc64le-pseries.xml",
        "creation/q35-linux.xml",
        "creation/q35-win11.xml",
        "creation/source-cloud.xml",
        "creation/source-disk.xml",
    ] {
        let text = std::fs::read_to_string(folder.join(name)).unwrap();
        assert_eq!(outside(&Domain::parse(&text).unwrap()), Vec::<String>::new(), "{name}");
    }
}

#[test]
fn programs_firmware_and_labels_are_told_unless_the_host_has_them_itself() {
    let told = |inside: &str| {
        let text = format!("<domain type='kvm'><name>x</name>{inside}</domain>");
        outside(&Domain::parse(&text).unwrap()).join(", ")
    };
    let nvram = |rest: &str| told(&format!("<os><nvram{rest}</nvram></os>"));
    for own in [
        ">/var/lib/libvirt/qemu/nvram/x_VARS.fd",
        ">/home/me/.config/libvirt/qemu/nvram/x_VARS.fd",
        " template='/usr/share/OVMF/VARS.fd'>/var/lib/libvirt/qemu/nvram/x_VARS.fd",
        ">",
    ] {
        assert_eq!(nvram(own), "", "{own}");
    }
    for other in [
        ">/etc/shadow",
        ">/var/lib/libvirt/qemu/nvram/../../../../../etc/shadow",
        " template='/etc/shadow'>/var/lib/libvirt/qemu/nvram/x_VARS.fd",
        " template='/usr/../etc/shadow'>",
        " type='block'><source dev='/dev/sda'/>",
        ">/var/lib/libvirt/qemu/nvram/x_VARS.fd</nvram><nvram>/etc/shadow",
    ] {
        assert_eq!(nvram(other), "nvram", "{other}");
    }
    for (inside, word) in [
        ("<os><loader type='pflash'>/usr/share/OVMF/CODE.fd</loader></os>", ""),
        ("<os><loader type='pflash'>/etc/shadow</loader></os>", "loader"),
        (
            "<devices><emulator>/run/libvirt/nix-emulators/qemu-kvm</emulator></devices>",
            "",
        ),
        ("<devices><emulator>/usr/../tmp/evil</emulator></devices>", "emulator"),
        (
            "<devices/><devices><emulator>/tmp/evil</emulator></devices>",
            "devices, emulator",
        ),
        ("<seclabel type='dynamic' model='dac' relabel='yes'/>", ""),
        (
            "<seclabel type='dynamic' model='dac'/><seclabel type='none' model='selinux'/>",
            "seclabel",
        ),
        (
            "<seclabel type='static' model='dac'><label>+0:+0</label></seclabel>",
            "seclabel",
        ),
        (
            "<cputune><shares>7</shares></cputune><memoryBacking><hugepages/></memoryBacking>",
            "",
        ),
    ] {
        assert_eq!(told(inside), word, "{inside}");
    }
}
