use crate::model::facts::{GuestKind, HostFacts};
use crate::model::hardware::{Draft, PageId, Value, additions, page::Context};
use crate::model::xml::domain::Domain;

fn after(devices: &str, row: &str, value: &str) -> String {
    let domain =
        Domain::parse(&format!("<domain type='kvm'><devices>{devices}</devices></domain>")).expect("a machine");
    let node = domain.devices().next().expect("there").node;
    let mut draft = Draft::new(domain, None);
    draft
        .set(&HostFacts::default(), PageId::Device(node), row, &Value::of(value))
        .expect("it can be set");
    let text = draft.edited().document().to_string();
    text["<domain type='kvm'>".len()..text.len() - "</domain>".len()].to_owned()
}

#[test]
fn remapped_interrupts_set_the_io_apic() {
    let intel = "<iommu model='intel'/>";
    assert_eq!(
        after(intel, "eim", "yes"),
        "<features><ioapic driver='qemu'/></features><devices><iommu model='intel'><driver eim='on' intremap='on'/></iommu></devices>"
    );
    assert_eq!(
        after(
            "<iommu model='intel'><driver intremap='on' eim='on' iotlb='on'/></iommu>",
            "interrupts",
            "no"
        ),
        "<devices><iommu model='intel'><driver intremap='off' iotlb='on'/></iommu></devices>"
    );
}

#[test]
fn another_source_of_random_numbers_takes_the_old_one_s_place() {
    let rng = "<rng model='virtio'><rate bytes='1'/><backend model='random'>/dev/random</backend><address type='pci' bus='1'/></rng>";
    assert_eq!(
        after(rng, "backend", "builtin"),
        "<devices><rng model='virtio'><rate bytes='1'/><backend model='builtin'/><address type='pci' bus='1'/></rng></devices>"
    );
    assert_eq!(
        after(rng, "rate", ""),
        format!("<devices>{}</devices>", rng.replace("<rate bytes='1'/>", ""))
    );
    assert!(
        after(rng, "backend", "egd")
            .contains("<backend model='egd' type='unix'><source mode='connect' path='/run/egd.sock'/></backend>")
    );
}

#[test]
fn all_watchdogs_do_the_same() {
    let both = "<watchdog model='itco' action='reset'/><watchdog model='i6300esb' action='reset'/>";
    assert_eq!(
        after(both, "action", "poweroff"),
        format!("<devices>{}</devices>", both.replace("reset", "poweroff"))
    );
}

#[test]
fn a_second_watchdog_is_of_another_model() {
    let text = "<domain type='kvm'><os><type arch='x86_64' machine='q35'>hvm</type></os><devices><watchdog model='itco'/><pstore backend='acpi-erst'>\
         <size>8</size></pstore></devices></domain>";
    let domain = Domain::parse(text).expect("a machine");
    let facts = HostFacts {
        kind: GuestKind::of(&domain),
        ..HostFacts::default()
    };
    let context = Context {
        domain: &domain,
        live: None,
        facts: &facts,
    };
    let all = additions(&context);
    let find = |id| all.iter().find(|addition| addition.id == id).expect("offered");
    let (with, node) = find("watchdog").try_on(&domain, &facts).expect("possible");
    assert_eq!(
        with.document().source(node),
        "<watchdog model='i6300esb' action='reset'/>"
    );
    assert!(find("pstore").try_on(&domain, &facts).is_err(), "there is one already");
    let (with, node) = find("iommu").try_on(&domain, &facts).expect("possible");
    assert_eq!(with.document().source(node), "<iommu model='intel'/>");
}
