use super::*;

const PAGE: PageId = PageId::Overview;
const PC: &str = "<os><type arch='x86_64' machine='pc-i440fx-9.2'>hvm</type></os>";
const Q35: &str = "<os><type arch='x86_64' machine='q35'>hvm</type></os>";

#[test]
fn another_chipset_keeps_the_devices_and_forgets_their_places() {
    check(
        PAGE,
        &[
            (
                &[
                    PC,
                    "<devices>",
                    "<disk type='file' device='disk'><source file='/a'/><target dev='hda' bus='ide'/><address type='drive' controller='0' bus='0' target='0' unit='0'/></disk>",
                    "<disk type='file' device='disk'><source file='/b'/><target dev='vda' bus='virtio'/><address type='pci' slot='0x05'/></disk>",
                    "<controller type='ide' index='0'><address type='pci' slot='0x01' function='0x1'/></controller>",
                    "<controller type='pci' index='0' model='pci-root'/>",
                    "<controller type='usb' index='0' model='qemu-xhci'><address type='pci' slot='0x02'/></controller>",
                    "<hostdev mode='subsystem' type='pci'><source><address domain='0' bus='1' slot='0' function='0'/></source><address type='pci' slot='0x06'/></hostdev>",
                    "<input type='tablet' bus='usb'><address type='usb' bus='0' port='1'/></input>",
                    "</devices>",
                ],
                "chipset",
                "q35",
                &[
                    Q35,
                    "<devices>",
                    "<disk type='file' device='disk'><source file='/a'/><target dev='sda' bus='sata'/></disk>",
                    "<disk type='file' device='disk'><source file='/b'/><target dev='vda' bus='virtio'/></disk>",
                    "<controller type='usb' index='0' model='qemu-xhci'></controller>",
                    "<hostdev mode='subsystem' type='pci'><source><address domain='0' bus='1' slot='0' function='0'/></source></hostdev>",
                    "<input type='tablet' bus='usb'><address type='usb' bus='0' port='1'/></input>",
                    "</devices>",
                ],
            ),
            // The watchdog that is part of one board goes with it.
            (
                &[
                    Q35,
                    "<devices><watchdog model='itco' action='reset'/><watchdog model='i6300esb' action='reset'/></devices>",
                ],
                "chipset",
                "pc",
                &[
                    "<os><type arch='x86_64' machine='pc'>hvm</type></os>",
                    "<devices><watchdog model='i6300esb' action='reset'/></devices>",
                ],
            ),
            // Another version of the same board changes nothing else.
            (
                &[
                    PC,
                    "<devices><rng model='virtio'><backend model='random'>/dev/urandom</backend><address type='pci' slot='0x05'/></rng></devices>",
                ],
                "machine",
                "pc-i440fx-10.0",
                &[
                    "<os><type arch='x86_64' machine='pc-i440fx-10.0'>hvm</type></os>",
                    "<devices><rng model='virtio'><backend model='random'>/dev/urandom</backend><address type='pci' slot='0x05'/></rng></devices>",
                ],
            ),
        ],
    );
    check_refused(
        PAGE,
        &[
            (
                &[
                    "<os firmware='efi'><type arch='x86_64' machine='q35'>hvm</type><firmware><feature enabled='yes' name='secure-boot'/></firmware></os>",
                ],
                "chipset",
                "pc",
                "Secure Boot",
            ),
            (
                &[Q35, "<devices><iommu model='intel'/></devices>"],
                "chipset",
                "pc",
                "IOMMU",
            ),
        ],
    );
}

#[test]
fn the_board_is_fixed_while_the_machine_runs() {
    let domain = machine(&[PC]);
    let facts = HostFacts::default();
    let context = Context {
        domain: &domain,
        live: Some(&domain),
        facts: &facts,
    };
    for id in ["chipset", "machine", "rename"] {
        let row = page(&context, PAGE).row(id).cloned().expect(id);
        assert!(row.locked.is_some(), "{id}");
    }
}

#[test]
fn firmware_takes_the_files_of_another_one_away() {
    const LOADER: &str = "<loader readonly='yes' type='pflash'>/usr/share/OVMF/OVMF_CODE.fd</loader>";
    const NVRAM: &str = "<nvram template='/t'>/v</nvram>";
    let with = |inside: &str| format!("<os><type arch='x86_64' machine='q35'>hvm</type>{inside}<boot dev='hd'/></os>");
    let files = with(&format!("{LOADER}{NVRAM}"));
    let plain = with("");
    let secure =
        with("<firmware><feature enabled='yes' name='secure-boot'/></firmware>").replace("<os>", "<os firmware='efi'>");
    check(
        PAGE,
        &[
            (&[&files], "firmware", "bios", &[&plain]),
            (
                &[&files],
                "firmware",
                "efi",
                &[&plain.replace("<os>", "<os firmware='efi'>")],
            ),
            (&[&secure], "firmware", "bios", &[&plain]),
            (&[&plain], "firmware", "/usr/share/OVMF/OVMF_CODE.fd", &[&with(LOADER)]),
            (
                &[&plain],
                "firmware",
                "/usr/share/OVMF/OVMF_CODE.secboot.fd",
                &[
                    &with(
                        "<loader readonly='yes' type='pflash' secure='yes'>/usr/share/OVMF/OVMF_CODE.secboot.fd</loader>",
                    ),
                    "<features><smm state='on'/></features>",
                ],
            ),
            // There is no ACPI without UEFI on ARM.
            (
                &[
                    "<os firmware='efi'><type arch='aarch64' machine='virt'>hvm</type></os>",
                    "<features><acpi/><gic version='3'/></features>",
                ],
                "firmware",
                "",
                &[
                    "<os><type arch='aarch64' machine='virt'>hvm</type></os>",
                    "<features><gic version='3'/></features>",
                ],
            ),
        ],
    );
}

#[test]
fn secure_boot_wants_other_files_and_protected_memory() {
    let with = |inside: &str| format!("<os firmware='efi'><type arch='x86_64' machine='q35'>hvm</type>{inside}</os>");
    let feature = |name: &str, on: &str| format!("<feature name='{name}' enabled='{on}'/>");
    let firmware = |features: &str| with(&format!("<firmware>{features}</firmware>"));
    check(
        PAGE,
        &[
            (
                &[
                    &with("<loader type='pflash'>/f</loader><nvram>/v</nvram>"),
                    "<features><smm state='off'/></features>",
                ],
                "secure-boot",
                "yes",
                &[
                    &firmware(&feature("secure-boot", "yes")),
                    "<features><smm state='on'/></features>",
                ],
            ),
            (
                &[&firmware(
                    &(feature("secure-boot", "yes") + &feature("enrolled-keys", "yes")),
                )],
                "secure-boot",
                "no",
                &[&firmware(
                    &(feature("secure-boot", "no") + &feature("enrolled-keys", "no")),
                )],
            ),
            (
                &[&firmware(&feature("secure-boot", "yes"))],
                "enrolled-keys",
                "yes",
                &[&firmware(
                    &(feature("secure-boot", "yes") + &feature("enrolled-keys", "yes")),
                )],
            ),
        ],
    );
    let domain = machine(&[&with("").replace("q35", "pc")]);
    let facts = HostFacts {
        kind: GuestKind::of(&domain),
        ..HostFacts::default()
    };
    let row = row(&domain, &facts, PAGE, "secure-boot").expect("a row");
    assert!(row.locked.is_some_and(|reason| reason.contains("q35")));
}

#[test]
fn emulation_has_no_processor_to_pass_through() {
    let domain = machine(&[Q35, "<cpu mode='host-passthrough' migratable='on'/>"]);
    let facts = host(&domain, "q35");
    let written = set(&domain, &facts, PAGE, "hypervisor", &Value::of("qemu")).expect("set");
    assert!(written.contains("<domain type='qemu'>"), "{written}");
    assert!(written.contains("<cpu mode='maximum' migratable='on'/>"), "{written}");
}

#[test]
fn a_generation_id_is_made_by_libvirt() {
    check(
        PAGE,
        &[
            (
                &["<name>a</name>", Q35],
                "genid",
                "yes",
                &["<name>a</name>", "<genid/>", Q35],
            ),
            (
                &[
                    "<name>a</name>",
                    "<genid>43dc0cf8-809b-4adb-9bea-a9abb5f3d90e</genid>",
                    Q35,
                ],
                "genid",
                "no",
                &["<name>a</name>", Q35],
            ),
        ],
    );
}

#[test]
fn the_system_is_named_where_libosinfo_looks() {
    const OPEN: &str = "<libosinfo:libosinfo xmlns:libosinfo='http://libosinfo.org/xmlns/libvirt/domain/1.0'>";
    let of = |id: &str| format!("<metadata>{OPEN}<libosinfo:os id='{id}'/></libosinfo:libosinfo></metadata>");
    let debian = "http://debian.org/debian/12";
    let row = "os";
    check(
        PageId::System,
        &[
            (&[], row, debian, &[&of(debian)]),
            (&[&of("http://debian.org/debian/11")], row, debian, &[&of(debian)]),
            (&[&of(debian)], row, "", &[]),
            (
                &[&format!(
                    "<metadata><a xmlns='u'/>{OPEN}<libosinfo:mine/></libosinfo:libosinfo></metadata>"
                )],
                row,
                debian,
                &[&format!(
                    "<metadata><a xmlns='u'/>{OPEN}<libosinfo:mine/><libosinfo:os id='{debian}'/></libosinfo:libosinfo></metadata>"
                )],
            ),
        ],
    );
}
