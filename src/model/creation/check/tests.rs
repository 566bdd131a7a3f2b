use super::*;

#[test]
fn a_definition_that_takes_more_than_a_guest_needs_is_told_before_it_is_made() {
    let told = |inside: &str| {
        let text = format!(
            "<domain type='kvm' xmlns:qemu='http://libvirt.org/schemas/domain/qemu/1.0'><name>a</name>\
             <memory>65536</memory><os><type>hvm</type></os>{inside}</domain>"
        );
        check_trust(&text).map(|problem| problem.text)
    };
    let plain = "<devices><emulator>/usr/bin/qemu-system-x86_64</emulator><disk type='file' device='disk'>\
                 <source file='/images/a.img'/><target dev='vda'/></disk></devices>";
    assert_eq!(told(plain), None);
    let rows = [
        (
            "<qemu:commandline><qemu:arg value='-x'/></qemu:commandline>",
            "commandline",
        ),
        ("<devices><emulator>/tmp/evil</emulator></devices>", "emulator"),
        (
            "<devices><filesystem><source dir='/'/></filesystem></devices>",
            "filesystem",
        ),
        ("<devices><hostdev mode='subsystem' type='pci'/></devices>", "hostdev"),
    ];
    for (inside, word) in rows {
        let text = told(inside).unwrap_or_else(|| panic!("{word}"));
        assert!(text.contains(word), "{text}");
    }
}

#[test]
fn what_a_device_has_of_the_host_is_told_as_what_goes_whole() {
    let told = |device: &str| {
        let text = format!(
            "<domain type='kvm'><name>a</name><memory>65536</memory><os><type>hvm</type></os><devices>{device}</devices></domain>"
        );
        check_trust(&text).map_or_else(String::new, |problem| problem.text)
    };
    let rows = [
        (
            "<serial type='file'><source path='~/.bashrc'/></serial>",
            "serial (file)",
        ),
        (
            "<parallel type='dev'><source path='/dev/parport0'/></parallel>",
            "parallel (dev)",
        ),
        ("<console type='tcp'/>", "console (tcp)"),
        (
            "<serial type='pty'><log file='/etc/cron.d/a'/></serial>",
            "serial (log)",
        ),
        (
            "<channel type='unix'><source mode='connect' path='/run/docker.sock'/></channel>",
            "channel (unix)",
        ),
        (
            "<channel type='unix'><source mode='connect' path='/run/libvirt/qemu/channel/1-b/a'/></channel>",
            "channel (unix)",
        ),
        (
            "<channel type='spicevmc'><log file='/etc/cron.d/a'/></channel>",
            "channel (log)",
        ),
        ("<disk type='file' device='disk' rawio='yes'/>", "disk (rawio)"),
        (
            "<disk type='block' device='lun' sgio='unfiltered'/>",
            "disk (lun), disk (sgio)",
        ),
        (
            "<disk type='dir' device='disk'><source dir='/etc'/></disk>",
            "disk (dir)",
        ),
        (
            "<disk type='network'><source protocol='rbd' name='a'><auth username='b'><secret type='ceph' usage='c'/></auth></source></disk>",
            "disk (auth)",
        ),
        ("<graphics type='vnc' socket='/tmp/a'/>", "graphics (socket)"),
        (
            "<graphics type='vnc'><listen type='socket' socket='/tmp/a'/></graphics>",
            "graphics (socket)",
        ),
        ("<graphics type='vnc' listen='0.0.0.0'/>", "graphics (listen)"),
        ("<graphics type='spice'><gl enable='yes'/></graphics>", "graphics (gl)"),
        ("<graphics type='sdl'/>", "graphics (sdl)"),
        (
            "<interface type='network'><source network='a'/><rom file='/etc/shadow'/></interface>",
            "interface (rom)",
        ),
        (
            "<interface type='network'><source network='a'/><script path='/a'/></interface>",
            "interface (script)",
        ),
        ("<interface type='ethernet'/>", "interface (ethernet)"),
        (
            "<memory model='nvdimm'><source><path>/etc/shadow</path></source></memory>",
            "memory (nvdimm)",
        ),
        ("<audio id='1' type='file' path='/a'/>", "audio (file)"),
        (
            "<tpm><backend type='emulator'><encryption secret='a'/></backend></tpm>",
            "tpm (encryption)",
        ),
        (
            "<video><model type='virtio'><acceleration accel3d='yes'/></model></video>",
            "video (acceleration)",
        ),
    ];
    for (device, word) in rows {
        let text = told(device);
        assert!(text.contains(word), "{word}: {text}");
    }
    let harmless = [
        "<serial type='pty'><source path='/dev/pts/3'/></serial><console type='pty' tty='/dev/pts/3'/>",
        "<channel type='unix'><source mode='bind' path='/run/libvirt/qemu/channel/1-a/org.qemu.guest_agent.0'/></channel>",
        "<disk type='file' device='disk' rawio='no'><source file='/a'/><backingStore/></disk>",
        "<graphics type='vnc' listen='127.0.0.1'><listen type='address' address='127.0.0.1'/></graphics>",
        "<graphics type='spice'><listen type='none'/><gl enable='no'/></graphics>",
        "<interface type='direct'><source dev='eth0' mode='bridge'/><rom bar='off'/></interface>",
        "<memory model='dimm'><target><size>1</size></target></memory><hub type='usb'/>",
        "<audio id='1' type='none'/><audio id='2' type='spice'/><sound model='ich9'><audio id='2'/></sound>",
    ];
    for device in harmless {
        assert_eq!(told(device), "", "{device}");
    }
}
