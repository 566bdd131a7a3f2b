use super::*;
use crate::model::facts::HostFacts;
use crate::model::hardware::page::{Context, PageId};
use crate::model::hardware::{Addition, Draft};

fn set(device: &str, row: &str, value: &str) -> Result<String, Refused> {
    let text = format!("<domain type='kvm'><devices>{device}<graphics type='spice'/></devices></domain>");
    let domain = Domain::parse(&text).expect("a machine");
    let node = domain.devices().next().expect("there").node;
    let mut draft = Draft::new(domain, None);
    draft.set(&HostFacts::default(), PageId::Device(node), row, &Value::of(value))?;
    Ok(draft.edited().document().source(node))
}

fn after(device: &str, row: &str, value: &str) -> String {
    set(device, row, value).expect("it can be set")
}

#[test]
fn another_end_on_the_host_has_what_it_needs_and_no_more() {
    let serial = "<serial type='tcp'><source mode='connect' host='h' service='1'/><protocol type='telnet'/>\
         <log file='/l'/><target port='0'/></serial>";
    assert_eq!(
        after(serial, "type", "pty"),
        "<serial type='pty'><log file='/l'/><target port='0'/></serial>"
    );
    let pty = "<serial type='pty' tty='/dev/pts/3'><source path='/dev/pts/3'/><target port='0'/></serial>";
    assert_eq!(
        after(pty, "type", "tcp"),
        "<serial type='tcp'><source mode='bind' host='127.0.0.1' service='4555'/><target port='0'/></serial>"
    );
    let both = after(pty, "type", "udp");
    let (bind, connect) = (both.find("'bind'"), both.find("'connect'"));
    assert!(bind.is_some() && bind < connect, "{both}");
    assert_eq!(
        after(&both, "service", "99"),
        both.replace("4556", "99"),
        "the one that is sent to"
    );
}

#[test]
fn a_connection_that_waits_is_not_made_again() {
    let serial = "<serial type='tcp'><source mode='connect' host='h' service='1'/></serial>";
    let again = after(serial, "reconnect", "10");
    assert_eq!(
        again,
        "<serial type='tcp'><source mode='connect' host='h' service='1'><reconnect enabled='yes' timeout='10'/></source></serial>"
    );
    assert_eq!(
        after(&again, "reconnect", ""),
        "<serial type='tcp'><source mode='connect' host='h' service='1'></source></serial>"
    );
    assert_eq!(
        after(&again, "mode", "bind"),
        "<serial type='tcp'><source mode='bind' host='h' service='1'></source></serial>"
    );
}

#[test]
fn another_kind_of_port_forgets_model_and_address() {
    let serial = "<serial type='pty'><target type='isa-serial' port='0'><model name='isa-serial'/></target>\
         <address type='isa' iobase='1'/></serial>";
    assert_eq!(
        after(serial, "target", "usb-serial"),
        "<serial type='pty'><target type='usb-serial' port='0'></target></serial>"
    );
}

#[test]
fn two_channels_have_two_names() {
    let channels = "<channel type='unix'><target type='virtio' name='a'/></channel><channel type='unix'><target type='virtio' name='b'/></channel>";
    assert!(set(channels, "name", "b").is_err());
    assert!(set(channels, "name", "c").is_ok());
}

#[test]
fn the_guest_agent_gets_its_channel_once() {
    let facts = HostFacts::default();
    let domain = Domain::parse("<domain type='kvm'><devices/></domain>").expect("a machine");
    let find = |domain: &Domain| -> Addition {
        let context = Context {
            domain,
            live: None,
            facts: &facts,
        };
        additions(&context)
            .into_iter()
            .find(|addition| addition.id == "channel-agent")
            .expect("offered")
    };
    let (with, node) = find(&domain).try_on(&domain, &facts).expect("possible");
    assert!(
        with.document()
            .source(node)
            .contains("<target type='virtio' name='org.qemu.guest_agent.0'/>")
    );
    assert!(find(&with).problem.is_some());
    let context = Context {
        domain: &domain,
        live: None,
        facts: &facts,
    };
    let spice = additions(&context)
        .into_iter()
        .find(|addition| addition.id == "channel-spice");
    assert!(spice.expect("listed").problem.is_some(), "no SPICE display");
}
