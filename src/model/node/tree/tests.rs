//! Trees of made-up hosts.

use super::*;

fn device(name: &str, parent: &str, capability: &str) -> NodeDeviceFact {
    NodeDeviceFact::read(&format!(
        "<device><name>{name}</name><parent>{parent}</parent>{capability}</device>"
    ))
    .expect("a device")
}

fn pci(name: &str, slot: u32, group: Option<u32>, product: &str) -> NodeDeviceFact {
    let group = group.map_or_else(String::new, |group| format!("<iommuGroup number='{group}'/>"));
    device(
        name,
        "computer",
        &format!(
            "<capability type='pci'><domain>0</domain><bus>0</bus><slot>{slot}</slot><function>0</function>\
             <product id='0x1'>{product}</product>{group}</capability>"
        ),
    )
}

fn net(name: &str, parent: &str, interface: &str) -> NodeDeviceFact {
    let capability = format!("<capability type='net'><interface>{interface}</interface></capability>");
    device(name, parent, &capability)
}

fn world() -> Vec<NodeDeviceFact> {
    vec![
        net("net_eth10", "pci_3", "eth10"),
        net("net_eth9", "pci_3", "eth9"),
        pci("pci_3", 3, Some(7), "Network Card"),
        pci("pci_2", 2, Some(7), "Sound"),
        pci("pci_1", 1, None, "Graphics"),
        device("computer", "", "<capability type='system'/>"),
    ]
}

/// The tree as lines, indented.
fn draw(devices: &[NodeDeviceFact], branches: &[Branch], depth: usize, out: &mut Vec<String>) {
    for branch in branches {
        let text = match &branch.line {
            Line::Category(category) => format!("{category:?} {}", branch.devices()),
            Line::Group(group) => format!("group {group}"),
            Line::Device(at) => devices[*at].device.name.clone(),
        };
        out.push(format!("{}{text}", " ".repeat(depth)));
        draw(devices, &branch.children, depth + 1, out);
    }
}

fn drawn(devices: &[NodeDeviceFact], arrangement: Arrangement, search: &str) -> Vec<String> {
    let mut out = Vec::new();
    draw(devices, &arrange(devices, arrangement, search), 0, &mut out);
    out
}

#[test]
fn kinds_have_pci_by_group_and_numbers_in_their_order() {
    assert_eq!(
        drawn(&world(), Arrangement::Kind, ""),
        [
            "Pci 3",
            " group 7",
            "  pci_2",
            "  pci_3",
            " pci_1",
            "Net 2",
            " net_eth9",
            " net_eth10",
        ],
        "the host itself is no device of its own"
    );
}

#[test]
fn connections_hang_on_each_other() {
    assert_eq!(
        drawn(&world(), Arrangement::Connection, ""),
        ["computer", " pci_1", " pci_2", " pci_3", "  net_eth9", "  net_eth10"]
    );
}

#[test]
fn search_shows_what_is_found_and_what_it_hangs_on() {
    assert_eq!(
        drawn(&world(), Arrangement::Connection, "ETH9"),
        ["computer", " pci_3", "  net_eth9"]
    );
    assert_eq!(
        drawn(&world(), Arrangement::Kind, "network card"),
        ["Pci 1", " group 7", "  pci_3"]
    );
    assert!(drawn(&world(), Arrangement::Kind, "network nothing").is_empty());
}

#[test]
fn devices_in_a_ring_or_without_a_parent_are_shown_once() {
    let ring = [
        device("a", "b", ""),
        device("b", "a", ""),
        device("c", "c", ""),
        device("d", "gone", ""),
    ];
    let mut lines = drawn(&ring, Arrangement::Connection, "");
    lines.iter_mut().for_each(|line| *line = line.trim().to_owned());
    lines.sort();
    assert_eq!(lines, ["a", "b", "c", "d"]);
}

#[test]
fn a_chain_of_ten_thousand_devices_does_not_end_the_program() {
    let chain: Vec<NodeDeviceFact> = (0..10_000u32)
        .map(|at| device(&format!("d{at}"), &format!("d{}", at.wrapping_sub(1)), ""))
        .collect();
    let tree = arrange(&chain, Arrangement::Connection, "");
    let shown: usize = tree.iter().map(Branch::devices).sum();
    assert_eq!(shown, chain.len());
}

#[test]
fn device_alone_in_its_group_has_no_line_above_it() {
    let devices = [
        pci("pci_1", 1, Some(4), "Graphics"),
        pci("pci_2", 2, Some(5), "Sound"),
        pci("pci_3", 3, Some(5), "Network Card"),
    ];
    assert_eq!(
        drawn(&devices, Arrangement::Kind, ""),
        ["Pci 3", " pci_1", " group 5", "  pci_2", "  pci_3"]
    );
    assert_eq!(
        drawn(&devices, Arrangement::Kind, "sound"),
        ["Pci 1", " group 5", "  pci_2"]
    );
}
