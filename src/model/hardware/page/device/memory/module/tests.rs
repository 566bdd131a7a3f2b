use super::*;
use crate::model::facts::HostFacts;
use crate::model::hardware::page::device::memory::addition::add;
use crate::model::hardware::{Draft, PageId};
use crate::model::xml::domain::fields::memory;

const PLAIN: &str = "<domain type='kvm'><memory unit='MiB'>1024</memory><currentMemory unit='MiB'>1024</currentMemory>\
     <vcpu>2</vcpu><devices></devices></domain>";

#[test]
fn a_module_brings_what_it_needs() {
    let mut domain = Domain::parse(PLAIN).expect("a machine");
    let node = add(&mut domain, "dimm").expect("possible");
    let document = domain.document();
    let root = document.root();
    assert_eq!(
        document.get(root, memory::MAX),
        Some(5 << 30),
        "1 GiB and room for four"
    );
    assert_eq!(document.get(root, memory::SLOTS), Some(16));
    assert_eq!(domain.memory_kib(), Some(2 << 20));
    assert_eq!(document.value(root, "memory").as_deref(), Some("2048"));
    assert_eq!(document.value(root, "currentMemory").as_deref(), Some("2048"));
    let numa = document.find(root, "cpu/numa").expect("made");
    assert_eq!(
        document.source(numa),
        "<numa><cell id='0' cpus='0-1' memory='1048576' unit='KiB'/></numa>"
    );
    assert_eq!(document.get(node, module::NODE), Some(0));
    let limit = document.get(root, memory::MAX);
    add(&mut domain, "virtio-mem").expect("possible");
    assert_eq!(
        domain.document().get(domain.document().root(), memory::MAX),
        limit,
        "there is room"
    );
    assert_eq!(domain.memory_kib(), Some(3 << 20));
}

fn set(domain: &Domain, row: &str, value: &str) -> Result<Domain, Refused> {
    let node = domain.devices_of(DeviceKind::Memory).next().expect("there");
    let mut draft = Draft::new(domain.clone(), None);
    draft.set(&HostFacts::default(), PageId::Device(node), row, &Value::of(value))?;
    Ok(draft.edited().clone())
}

#[test]
fn the_machine_s_memory_follows_a_module() {
    let mut domain = Domain::parse(PLAIN).expect("a machine");
    add(&mut domain, "virtio-mem").expect("possible");
    let more = set(&domain, "size", &(8_u64 << 30).to_string()).expect("possible");
    assert_eq!(more.memory_kib(), Some(9 << 20));
    assert_eq!(more.max_memory_kib(), Some(9 << 20), "the limit is raised");
    let less = set(&domain, "size", &(512_u64 << 20).to_string()).expect("possible");
    let node = less.devices_of(DeviceKind::Memory).next().expect("there");
    assert_eq!(less.document().get(node, module::REQUESTED), Some(512 << 20));
    assert!(
        set(&domain, "requested", &(2_u64 << 30).to_string()).is_err(),
        "more than there is"
    );
}

#[test]
fn another_type_has_what_it_needs_and_no_more() {
    let mut domain = Domain::parse(PLAIN).expect("a machine");
    add(&mut domain, "virtio-mem").expect("possible");
    let source = |domain: &Domain| {
        let node = domain.devices_of(DeviceKind::Memory).next().expect("there");
        let text = domain.document().source(node);
        text.split_whitespace().collect::<Vec<_>>().join(" ")
    };
    let pmem = set(&domain, "model", "virtio-pmem").expect("possible");
    assert_eq!(
        source(&pmem),
        "<memory model='virtio-pmem'> <source> <path>/var/lib/libvirt/module.img</path> </source> <target> \
         <size unit='KiB'>1048576</size> </target> </memory>"
    );
    let dimm = set(&pmem, "model", "dimm").expect("possible");
    assert_eq!(
        source(&dimm),
        "<memory model='dimm'> <target> <size unit='KiB'>1048576</size> <node>0</node> </target> </memory>"
    );
}
