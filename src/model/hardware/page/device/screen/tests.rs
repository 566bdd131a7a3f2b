use super::*;
use crate::model::hardware::page::{PageId, page};
use crate::model::hardware::{Draft, Value};

fn machine(devices: &str) -> Domain {
    Domain::parse(&format!("<domain type='kvm'><devices>{devices}</devices></domain>")).expect("a machine")
}

fn devices_after(domain: Domain, kind: DeviceKind, row: &str, value: &str) -> String {
    let facts = HostFacts::default();
    let node = domain.devices_of(kind).next().expect("there is one");
    let mut draft = Draft::new(domain, None);
    draft
        .set(&facts, PageId::Device(node), row, &Value::of(value))
        .expect("it can be set");
    let text = draft.edited().document().to_string();
    let start = text.find("<devices>").expect("devices") + 9;
    text[start..text.find("</devices>").expect("devices")].to_owned()
}

#[test]
fn the_last_spice_display_takes_what_it_carries_along() {
    let domain = machine(
        "<channel type='spicevmc'><target type='virtio' name='com.redhat.spice.0'/></channel>\
         <channel type='spiceport'><source channel='x'/><target type='virtio' name='x'/></channel>\
         <graphics type='spice' port='5901' tlsPort='5902' autoport='no' passwd='p' new='1'>\
         <listen type='address' address='::1'/><image compression='off'/><unknown/></graphics>\
         <audio id='1' type='spice'/><redirdev bus='usb' type='spicevmc'/>",
    );
    assert_eq!(
        devices_after(domain, DeviceKind::Graphics, "type", "vnc"),
        "<channel type='qemu-vdagent'><source><clipboard copypaste='yes'/></source>\
         <target type='virtio' name='com.redhat.spice.0'/></channel>\
         <graphics type='vnc' port='5901' autoport='no' passwd='p' new='1'>\
         <listen type='address' address='::1'/><unknown/></graphics>\
         <audio id='1' type='none'/>"
    );
}

#[test]
fn a_display_that_listens_nowhere_has_no_port() {
    let domain = machine(
        "<graphics type='vnc' port='5901' autoport='no' listen='::1'><listen type='address' address='::1'/></graphics>",
    );
    assert_eq!(
        devices_after(domain.clone(), DeviceKind::Graphics, "listen", "none"),
        "<graphics type='vnc'><listen type='none'/></graphics>"
    );
    assert_eq!(
        devices_after(domain.clone(), DeviceKind::Graphics, "address", "0.0.0.0"),
        "<graphics type='vnc' port='5901' autoport='no' listen='0.0.0.0'><listen type='address' address='0.0.0.0'/></graphics>"
    );
    assert_eq!(
        devices_after(domain, DeviceKind::Graphics, "autoport", "yes"),
        "<graphics type='vnc' autoport='yes' listen='::1'><listen type='address' address='::1'/></graphics>"
    );
}

#[test]
fn the_3d_switch_sets_card_and_display_together() {
    let vnc = machine("<graphics type='vnc'/><video><model type='virtio'/></video>");
    let on = devices_after(vnc.clone(), DeviceKind::Video, "accel3d", "yes");
    assert_eq!(
        on,
        "<graphics type='vnc'/><graphics type='egl-headless'/><video><model type='virtio'>\
         <acceleration accel3d='yes'/></model></video>"
    );
    let off = devices_after(machine(&on), DeviceKind::Video, "accel3d", "no");
    assert_eq!(
        off,
        "<graphics type='vnc'/><video><model type='virtio'></model></video>"
    );
    let local = machine("<graphics type='spice'><listen type='none'/></graphics><video><model type='virtio'/></video>");
    let on = devices_after(local, DeviceKind::Video, "accel3d", "yes");
    assert_eq!(
        on,
        "<graphics type='spice'><listen type='none'/><gl enable='yes'/></graphics><video><model type='virtio'>\
         <acceleration accel3d='yes'/></model></video>"
    );
    let node = devices_after(machine(&on), DeviceKind::Video, "render-node", "/dev/dri/renderD129");
    assert!(
        node.contains("<gl enable='yes' rendernode='/dev/dri/renderD129'/>"),
        "{node}"
    );
}

#[test]
fn another_model_drops_what_only_the_old_one_had() {
    let domain = machine(
        "<graphics type='egl-headless'/><video><model type='virtio' heads='2' blob='on'><acceleration accel3d='yes'/></model>\
         <address type='pci' bus='0x01'/></video>",
    );
    assert_eq!(
        devices_after(domain, DeviceKind::Video, "model", "vga"),
        "<video><model type='vga'></model></video>"
    );
}

#[test]
fn there_is_one_first_card() {
    let domain = machine("<video><model type='virtio'/></video><video><model type='qxl' primary='yes'/></video>");
    assert_eq!(
        devices_after(domain, DeviceKind::Video, "primary", "yes"),
        "<video><model type='virtio' primary='yes'/></video><video><model type='qxl'/></video>"
    );
}

#[test]
fn a_second_display_is_of_another_kind() {
    let facts = HostFacts::default();
    let domain = machine("<graphics type='vnc'/>");
    let context = Context {
        domain: &domain,
        live: None,
        facts: &facts,
    };
    let all = additions(&context);
    let display = all.iter().find(|addition| addition.id == "graphics").expect("offered");
    let (with, node) = display.try_on(&domain, &facts).expect("possible");
    assert_eq!(with.document().source(node), "<graphics type='spice' autoport='yes'/>");
    let context = Context {
        domain: &with,
        live: None,
        facts: &facts,
    };
    assert!(page(&context, PageId::Device(node)).row("clipboard").is_some());
}
