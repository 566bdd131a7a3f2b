use std::sync::Arc;

use super::super::*;
use super::*;
use crate::model::xml::object::{Capabilities, DomainCapabilities};

fn corpus(path: &str) -> String {
    let path = format!("{}/tests/corpus/{path}", env!("CARGO_MANIFEST_DIR"));
    std::fs::read_to_string(path).expect("the corpus can be read")
}

/// A QEMU host without KVM, with what it says about one machine type.
fn host(machine: &str) -> HostFacts {
    let domain = DomainCapabilities::parse(&corpus(&format!("domaincaps/qemu-{machine}.xml"))).expect("capabilities");
    let host = Capabilities::parse(&corpus("capabilities/qemu.xml")).expect("capabilities");
    let mut node = NodeFact::default();
    node.learn(&host);
    HostFacts {
        kind: GuestKind {
            hypervisor: "qemu".into(),
            arch: Some("x86_64".into()),
            machine: domain.get(domain_capabilities::MACHINE),
            emulator: None,
        },
        capabilities: Some(Arc::new(host)),
        domain_capabilities: Some(Arc::new(domain)),
        node: Some(Arc::new(node)),
        ..HostFacts::default()
    }
}

/// A host that tells nothing.
fn silent(hypervisor: &str, machine: &str) -> HostFacts {
    HostFacts {
        kind: GuestKind {
            hypervisor: hypervisor.into(),
            arch: Some("x86_64".into()),
            machine: Some(machine.into()),
            emulator: None,
        },
        ..HostFacts::default()
    }
}

/// `virtio sata -ide`: a minus before what can't be used.
fn shown(choices: &[Choice]) -> String {
    let words: Vec<String> = choices
        .iter()
        .map(|choice| format!("{}{}", if choice.is_usable() { "" } else { "-" }, choice.value))
        .collect();
    words.join(" ")
}

type Ask = fn(&HostFacts) -> Vec<Choice>;

#[test]
fn what_a_board_offers_comes_first_and_the_rest_is_there_with_a_reason() {
    let cases: &[(&str, Ask, &str)] = &[
        ("q35", |f| f.disk_buses("disk"), "virtio scsi sata usb -ide -sd"),
        ("pc", |f| f.disk_buses("disk"), "virtio scsi sata usb ide -sd"),
        ("isapc", |f| f.disk_buses("disk"), "-virtio -scsi -sata -usb -ide -sd"),
        ("q35", |f| f.disk_buses("cdrom"), "sata scsi usb -ide"),
        ("pc", |f| f.disk_buses("floppy"), "fdc"),
        ("q35", |f| f.disk_buses("lun"), "scsi -virtio"),
        ("q35", HostFacts::disk_devices, "disk cdrom floppy lun"),
        ("q35", HostFacts::graphics_types, "vnc dbus egl-headless sdl -spice"),
        (
            "q35",
            HostFacts::video_models,
            "virtio vga bochs vmvga cirrus ramfb none -qxl",
        ),
        (
            "q35",
            HostFacts::cpu_modes,
            "host-model custom maximum -host-passthrough",
        ),
        ("q35", HostFacts::tpm_models, "tpm-crb tpm-tis"),
        ("q35", HostFacts::tpm_backends, "passthrough -emulator -external"),
        ("q35", HostFacts::tpm_versions, "2.0 1.2"),
        ("q35", HostFacts::rng_backends, "random builtin egd"),
        ("q35", HostFacts::filesystem_drivers, "virtiofs path -mtp"),
        ("q35", HostFacts::hostdev_types, "usb pci scsi -scsi_host -mdev"),
        (
            "q35",
            HostFacts::channel_types,
            "unix pty -spicevmc -qemu-vdagent -dbus -spiceport",
        ),
        ("q35", HostFacts::crypto_backends, "builtin -lkcf"),
        ("q35", HostFacts::nic_backends, "default passt"),
        ("q35", HostFacts::panic_models, "isa pvpanic hyperv"),
        ("q35", HostFacts::watchdog_models, "itco i6300esb -ib700"),
        ("pc", HostFacts::watchdog_models, "i6300esb ib700 -itco"),
        ("q35", HostFacts::iommu_models, "intel virtio"),
        ("pc", HostFacts::iommu_models, "-virtio -intel"),
        ("q35", HostFacts::memory_sources, "anonymous memfd file"),
        ("q35", HostFacts::firmwares, "bios -efi"),
        ("q35", HostFacts::loader_types, "pflash rom"),
        ("q35", HostFacts::launch_security, "-sev -sev-snp -tdx"),
        ("q35", HostFacts::huge_pages, "-2048 -1048576"),
        ("q35", HostFacts::hypervisors, "qemu -kvm"),
        ("microvm", |f| f.input_buses("keyboard"), "-ps2 -usb -virtio"),
    ];
    for (machine, ask, expected) in cases {
        assert_eq!(shown(&ask(&host(machine))), *expected, "{machine}");
    }
}

#[test]
fn reasons_name_what_is_missing() {
    let q35 = host("q35");
    let reason = |choices: Vec<Choice>, value: &str| {
        let choice = choices.into_iter().find(|choice| choice.value == value);
        choice.and_then(|choice| choice.problem).unwrap_or_default()
    };
    for (choices, value, expected) in [
        (
            q35.disk_buses("disk"),
            "ide",
            "Machines of type q35 have SATA instead of IDE.",
        ),
        (
            q35.tpm_backends(),
            "emulator",
            "The program swtpm is not installed on the host.",
        ),
        (q35.graphics_types(), "spice", "The host's QEMU is built without SPICE."),
        (q35.cpu_modes(), "host-passthrough", "Needs KVM."),
        (q35.firmwares(), "efi", "No UEFI firmware is installed on the host."),
        (
            q35.hostdev_types(),
            "mdev",
            "This host does not offer it to machines of type pc-q35-10.0.",
        ),
        (
            q35.cpu_models(),
            "Broadwell",
            "The host's processor lacks hle, invpcid, pcid, rtm, tsc-deadline.",
        ),
        (
            q35.cpu_models(),
            "Broadwell-IBRS",
            "The host's processor lacks hle, invpcid, pcid, rtm, spec-ctrl and 1 more feature.",
        ),
        (q35.huge_pages(), "2048", "The host has set no such pages apart."),
    ] {
        assert_eq!(reason(choices, value), expected, "{value}");
    }
    assert_eq!(
        q35.secure_boot_problem().as_deref(),
        Some("No UEFI firmware is installed on the host.")
    );
    assert_eq!(
        host("pc").secure_boot_problem().as_deref(),
        Some("Secure Boot needs a machine of type q35.")
    );
}

#[test]
fn host_that_tells_nothing_forbids_nothing_but_what_no_such_board_has() {
    let cases: &[(&str, &str, Ask, &str)] = &[
        (
            "kvm",
            "pc-q35-9.2",
            |f| f.disk_buses("disk"),
            "virtio scsi sata usb sd -ide",
        ),
        (
            "kvm",
            "pc-i440fx-9.2",
            |f| f.disk_buses("disk"),
            "virtio scsi sata usb ide -sd",
        ),
        (
            "kvm",
            "q35",
            HostFacts::graphics_types,
            "vnc spice dbus egl-headless sdl",
        ),
        ("kvm", "q35", HostFacts::tpm_backends, "emulator passthrough external"),
        (
            "kvm",
            "q35",
            HostFacts::cpu_modes,
            "host-passthrough host-model custom maximum",
        ),
        ("kvm", "q35", HostFacts::cpu_models, ""),
        ("xen", "xenfv", |f| f.disk_buses("disk"), "scsi ide xen"),
        ("xen", "xenpv", HostFacts::nic_models, "netfront e1000 rtl8139 virtio"),
        ("lxc", "", HostFacts::video_models, ""),
        ("lxc", "", HostFacts::hostdev_modes, "capabilities"),
        ("bhyve", "", |f| f.disk_buses("disk"), "virtio sata"),
        (
            "vmware",
            "",
            |f| f.controller_models("scsi"),
            "vmpvscsi lsisas1068 lsilogic buslogic",
        ),
        ("kvm", "s390-ccw-virtio-9.2", HostFacts::nic_models, "virtio"),
        ("kvm", "s390-ccw-virtio-9.2", HostFacts::watchdog_models, "diag288"),
        (
            "kvm",
            "pseries-9.2",
            HostFacts::nic_models,
            "virtio spapr-vlan e1000 rtl8139",
        ),
        ("kvm", "pseries-9.2", HostFacts::tpm_models, "tpm-spapr spapr-tpm-proxy"),
    ];
    for (hypervisor, machine, ask, expected) in cases {
        assert_eq!(
            shown(&ask(&silent(hypervisor, machine))),
            *expected,
            "{hypervisor} {machine}"
        );
    }
}

#[test]
fn cpu_models_that_run_come_first() {
    let models = host("q35").cpu_models();
    let first_broken = models
        .iter()
        .position(|model| !model.is_usable())
        .expect("one that does not run");
    assert!(first_broken > 10);
    assert!(models[first_broken..].iter().all(|model| !model.is_usable()));
    assert!(host("q35").cpu_features().contains(&"avx512f".to_owned()));
    assert_eq!(host("q35").host_model().as_deref(), Some("EPYC"));
}

#[test]
fn machine_types_begin_with_what_people_want_and_end_with_what_is_outdated() {
    let machines = host("q35").machines(None);
    let names: Vec<&str> = machines.iter().map(|machine| machine.value.as_str()).collect();
    assert_eq!(names[..2], ["q35", "pc"]);
    assert_eq!(machines[0].label, "q35 (pc-q35-10.0)");
    let place = |name| names.iter().position(|other| *other == name).expect(name);
    assert!(place("pc-q35-10.0") < place("pc-q35-9.1") && place("pc-q35-9.1") < place("pc-q35-5.2"));
    let outdated = machines
        .iter()
        .position(|machine| machine.note.is_some())
        .expect("an outdated one");
    assert!(machines[outdated..].iter().all(|machine| machine.note.is_some()));
}

#[test]
fn what_a_machine_has_already_stays_in_the_list() {
    let list = with_current(host("q35").disk_buses("disk"), Some("uml"));
    assert!(
        list.last()
            .is_some_and(|choice| choice.value == "uml" && choice.is_usable())
    );
    assert_eq!(with_current(Vec::new(), None), []);
}

#[test]
fn architectures_that_people_use_come_first_and_a_pc_of_32_bits_is_no_choice_beside_one_of_64() {
    let mut facts = host("q35");
    let guest = |arch: &str| {
        format!(
            "<guest><os_type>hvm</os_type><arch name='{arch}'><machine>m</machine><domain type='qemu'/></arch></guest>"
        )
    };
    let mut offer = |own: &str, archs: &[&str]| {
        let guests: String = archs.iter().map(|arch| guest(arch)).collect();
        let text = format!("<capabilities><host><cpu><arch>{own}</arch></cpu></host>{guests}</capabilities>");
        facts.capabilities = Some(Arc::new(Capabilities::parse(&text).expect("capabilities")));
        shown(&facts.architectures())
    };
    let many = ["alpha", "i686", "s390x", "aarch64", "x86_64", "m68k", "riscv64"];
    assert_eq!(offer("x86_64", &many), "x86_64 aarch64 riscv64 s390x alpha m68k");
    assert_eq!(offer("aarch64", &many), "aarch64 x86_64 riscv64 s390x alpha m68k");
    assert_eq!(offer("i686", &["i686"]), "i686");
}

fn devices() -> HostFacts {
    let names = [
        "pci-gpu",
        "pci-sriov",
        "usb",
        "drm",
        "mdev",
        "net",
        "storage",
        "scsi-host",
        "ccw",
    ];
    let read = |name: &&str| HostDevice::read(&corpus(&format!("nodedev/{name}.xml"))).expect("a device");
    HostFacts {
        devices: Some(names.iter().map(read).collect()),
        ..host("q35")
    }
}

#[test]
fn devices_have_names_and_numbers() {
    let facts = devices();
    let pci = facts.pci_choices();
    let gpu = pci
        .iter()
        .find(|choice| choice.value == "0000:01:00.0")
        .expect("the card");
    assert_eq!(gpu.label, "0000:01:00.0 NVIDIA Corporation GP104 [GeForce & co]");
    assert_eq!(gpu.note.as_deref(), Some("vfio-pci"));
    // The host of the corpus has no IOMMU, but this card is in a group.
    assert!(gpu.is_usable());
    let function = pci
        .iter()
        .find(|choice| choice.value == "0000:02:10.7")
        .expect("the function");
    assert!(
        function
            .problem
            .as_deref()
            .is_some_and(|problem| problem.contains("IOMMU"))
    );
    let gpu = facts.devices().find_map(HostDevice::pci).expect("the card");
    assert_eq!(
        (gpu.iommu_group, gpu.group.len(), gpu.class),
        (Some(12), 2, Some(0x03_0000))
    );
    assert_eq!(gpu.mediated[0].available, Some(16));
    let labels = |choices: Vec<Choice>| choices.into_iter().map(|choice| choice.label).collect::<Vec<_>>();
    assert_eq!(labels(facts.usb_choices()), ["001:006 Alcor Card Reader"]);
    assert_eq!(labels(facts.render_nodes()), ["/dev/dri/renderD129"]);
    assert_eq!(labels(facts.host_disks()), ["/dev/sda QEMU"]);
    assert_eq!(labels(facts.host_cards()), ["eth0"]);
    assert_eq!(labels(facts.mediated_types()), ["GRID M60-0B"]);
    assert_eq!(
        labels(facts.mediated_choices()),
        ["nvidia-35 3627463d-b7f0-4fea-b468-f1da537d301b"]
    );
}

#[test]
fn networks_and_bridges_are_told_apart() {
    let read = |name: &str| NetworkFact::read(&corpus(&format!("network/{name}.xml")), true, false).expect("a network");
    let names = ["nat", "host-bridge", "isolated", "ovs"];
    let facts = HostFacts {
        networks: Some(names.iter().map(|name| read(name)).collect()),
        ..HostFacts::default()
    };
    let bridges: Vec<String> = facts.bridges().into_iter().map(|choice| choice.value).collect();
    let over = facts.networks.iter().flat_map(|all| all.iter());
    let over: Vec<String> = over
        .filter(|network| network.forward.as_deref() == Some("bridge"))
        .filter_map(|network| network.bridge.clone())
        .collect();
    assert!(
        !over.is_empty() && over.iter().all(|bridge| bridges.contains(bridge)),
        "{bridges:?}"
    );
    assert!(!bridges.iter().any(|bridge| bridge.starts_with("virbr")), "{bridges:?}");
    assert_eq!(facts.network_choices().len(), names.len());
    let none = HostFacts {
        networks: Some(std::sync::Arc::from([])),
        ..silent("kvm", "q35")
    };
    assert!(
        none.nic_sources()
            .iter()
            .any(|choice| choice.value == "network" && !choice.is_usable())
    );
    assert!(silent("kvm", "q35").nic_sources().iter().all(Choice::is_usable));
}

#[test]
fn every_document_of_the_corpus_is_read() {
    let folder = |name: &str| {
        let path = format!("{}/tests/corpus/{name}", env!("CARGO_MANIFEST_DIR"));
        let files = std::fs::read_dir(path).expect("the corpus");
        files.map(|file| std::fs::read_to_string(file.expect("a file").path()).expect("a text"))
    };
    for text in folder("nodedev") {
        assert!(
            HostDevice::read(&text).is_ok_and(|device| !device.name.is_empty()),
            "{text}"
        );
    }
    for text in folder("network") {
        assert!(
            NetworkFact::read(&text, true, true).is_ok_and(|network| !network.name.is_empty()),
            "{text}"
        );
    }
    for text in folder("pool") {
        assert!(
            PoolFact::read(&text, true, true).is_ok_and(|pool| !pool.kind.is_empty()),
            "{text}"
        );
    }
    for text in folder("volume") {
        assert!(
            VolumeFact::read(&text).is_ok_and(|volume| !volume.name.is_empty()),
            "{text}"
        );
    }
    for text in folder("secret") {
        assert!(SecretFact::read(&text).is_ok(), "{text}");
    }
}

#[test]
fn ports_of_spice_are_there_where_its_agent_is_though_no_capability_names_them() {
    let mut host = host("q35");
    let without = corpus("domaincaps/qemu-q35.xml");
    let (before, channel) = without.split_once("<channel").expect("channels");
    let with = channel.replacen("<value>unix</value>", "<value>unix</value><value>spicevmc</value>", 1);
    let with = DomainCapabilities::parse(&format!("{before}<channel{with}")).expect("capabilities");
    host.domain_capabilities = Some(Arc::new(with));
    let channels = shown(&host.channel_types());
    assert!(
        channels.contains(" spicevmc") && channels.contains(" spiceport"),
        "{channels}"
    );
}
