//! Hosts in all states of health.

use std::sync::Arc;

use super::*;
use crate::model::error::{Kind, VirtError};
use crate::model::facts::{HostFacts, NetworkFact, NodeFact, PoolFact};
use crate::model::xml::object::Capabilities;

fn capabilities(hypervisors: &[&str]) -> Capabilities {
    let domains: String = hypervisors
        .iter()
        .map(|name| format!("<domain type='{name}'/>"))
        .collect();
    Capabilities::parse(&format!(
        "<capabilities><host><secmodel><model>apparmor</model></secmodel><secmodel><model>dac</model>\
         <baselabel type='kvm'>+64055:+105</baselabel></secmodel></host>\
         <guest><os_type>hvm</os_type><arch name='x86_64'>{domains}</arch></guest></capabilities>"
    ))
    .expect("capabilities")
}

fn network(name: &str, active: bool, autostart: bool) -> NetworkFact {
    NetworkFact {
        name: name.into(),
        active,
        autostart,
        forward: Some("nat".into()),
        ..NetworkFact::default()
    }
}

fn pool(name: &str, active: bool, available: u64) -> PoolFact {
    PoolFact {
        name: name.into(),
        kind: "dir".into(),
        active,
        autostart: true,
        capacity: active.then_some(1 << 40),
        available: active.then_some(available),
        remote: None,
        ..PoolFact::default()
    }
}

fn unit(name: &str, active: bool) -> SystemUnit {
    SystemUnit {
        name: name.into(),
        active,
        enabled: active,
        masked: false,
    }
}

/// A host where all is well.
fn healthy() -> Case {
    use Program::*;
    let facts = HostFacts {
        capabilities: Some(Arc::new(capabilities(&["qemu", "kvm"]))),
        networks: Some(vec![network("default", true, true)].into()),
        pools: Some(vec![pool("default", true, 1 << 39)].into()),
        devices: Some(Vec::new().into()),
        node: Some(Arc::new(NodeFact {
            iommu: Some(true),
            ..NodeFact::default()
        })),
        ..HostFacts::default()
    };
    let programs = [
        Qemu, QemuImg, Firmware, Swtpm, Virtiofsd, OsinfoDb, Dnsmasq, Firewall, VirtV2v,
    ];
    let computer = Computer {
        user: "anna".into(),
        groups: vec!["anna".into(), "libvirt".into()],
        groups_later: vec!["anna".into(), "libvirt".into()],
        arch: "x86_64".into(),
        flag: Some("vmx".into()),
        kvm: KvmDevice::Usable,
        nested: Some(true),
        has_systemd: true,
        units: vec![unit("libvirtd.service", true), unit("libvirtd.socket", true)],
        sockets: vec![Socket {
            path: "/run/libvirt/libvirt-sock".into(),
            usable: true,
        }],
        programs: programs.into(),
        distribution: Distribution::Debian,
        ..Computer::default()
    };
    Case {
        uri: "qemu:///system".into(),
        connected: Connected::Open { read_only: false },
        facts: Some(facts),
        computer: Some(computer),
    }
}

fn gone(path: &str) -> Folder {
    Folder {
        path: path.into(),
        user: "libvirt-qemu".into(),
        ..Folder::default()
    }
}

fn computer(case: &mut Case) -> &mut Computer {
    case.computer.as_mut().expect("a computer")
}

fn facts(case: &mut Case) -> &mut HostFacts {
    case.facts.as_mut().expect("facts")
}

fn fail(case: &mut Case) {
    let error = VirtError::own(Kind::Unreachable, "connect", "refused");
    case.connected = Connected::Failed(error);
    case.facts = None;
}

/// What is not well, with what helps, the first command or remedy.
fn ills(case: &Case) -> Vec<(&'static str, Verdict, Option<Fix>)> {
    let all = examine(case)
        .into_iter()
        .filter(|finding| finding.verdict != Verdict::Fine);
    all.map(|finding| (finding.id, finding.verdict, finding.fixes.first().cloned()))
        .collect()
}

fn run(command: &str) -> Option<Fix> {
    Some(Fix::Run(command.into()))
}

fn act(remedy: Remedy) -> Option<Fix> {
    Some(Fix::Do(remedy))
}

#[test]
fn healthy_host_has_only_good_findings_in_every_area() {
    let findings = examine(&healthy());
    assert_eq!(worst(&findings), Verdict::Fine, "{findings:#?}");
    let areas: Vec<Area> = findings.iter().map(|finding| finding.area).collect();
    assert!(areas.is_sorted());
    assert!(Area::ALL.iter().all(|area| areas.contains(area)));
}

#[test]
fn each_illness_has_its_remedy() {
    type Break = fn(&mut Case);
    type Ill = (&'static str, Verdict, Option<Fix>);
    use Verdict::{Note, Problem, Warning};
    let table: Vec<(&str, Break, Vec<Ill>)> = vec![
        (
            "the service is off",
            |case| {
                fail(case);
                computer(case).units.iter_mut().for_each(|unit| unit.active = false);
            },
            vec![
                ("connection", Problem, act(Remedy::Reconnect)),
                ("service", Problem, run("sudo systemctl enable --now libvirtd.socket")),
            ],
        ),
        (
            "the service is not installed",
            |case| {
                fail(case);
                computer(case).units.clear();
            },
            vec![
                ("connection", Problem, act(Remedy::Reconnect)),
                ("service", Problem, run("sudo apt install libvirt-daemon-system")),
            ],
        ),
        (
            "the user is not in the group",
            |case| {
                fail(case);
                computer(case).sockets[0].usable = false;
                computer(case).groups.pop();
                computer(case).groups_later.pop();
            },
            vec![
                ("connection", Problem, act(Remedy::Reconnect)),
                ("permission", Problem, run("sudo usermod -aG libvirt anna")),
            ],
        ),
        (
            "the user has to log in again",
            |case| {
                fail(case);
                computer(case).sockets[0].usable = false;
                computer(case).groups.pop();
            },
            vec![
                ("connection", Problem, act(Remedy::Reconnect)),
                ("permission", Problem, None),
            ],
        ),
        (
            "a service beside is off",
            |case| {
                computer(case).units = vec![unit("virtqemud.socket", true), unit("virtnetworkd.socket", false)];
            },
            vec![(
                "services",
                Warning,
                run("sudo systemctl enable --now virtnetworkd.socket"),
            )],
        ),
        (
            "virtualisation is off in the firmware",
            |case| {
                facts(case).capabilities = Some(Arc::new(capabilities(&["qemu"])));
                computer(case).flag = None;
                computer(case).kvm = KvmDevice::Missing;
            },
            vec![("kvm", Warning, None)],
        ),
        (
            "the module is not loaded",
            |case| {
                facts(case).capabilities = Some(Arc::new(capabilities(&["qemu"])));
                computer(case).kvm = KvmDevice::Missing;
            },
            vec![("kvm", Warning, run("sudo modprobe kvm_intel"))],
        ),
        (
            "the user may not use KVM in the own service",
            |case| {
                case.uri = "qemu:///session".into();
                facts(case).capabilities = Some(Arc::new(capabilities(&["qemu"])));
                computer(case).kvm = KvmDevice::Denied;
            },
            vec![("kvm", Warning, run("sudo usermod -aG kvm anna"))],
        ),
        (
            "libvirt looked before",
            |case| facts(case).capabilities = Some(Arc::new(capabilities(&["qemu"]))),
            vec![("kvm", Warning, run("sudo systemctl restart libvirtd.service"))],
        ),
        (
            "a distant host has no KVM",
            |case| {
                case.uri = "qemu+ssh://host/system".into();
                case.computer = None;
                facts(case).capabilities = Some(Arc::new(capabilities(&["qemu"])));
            },
            vec![("kvm", Warning, None)],
        ),
        (
            "nested virtualisation is off",
            |case| computer(case).nested = Some(false),
            vec![(
                "nested",
                Note,
                run("sudo sh -c 'echo options kvm_intel nested=1 > /etc/modprobe.d/kvm-nested.conf'"),
            )],
        ),
        (
            "the network is off",
            |case| facts(case).networks = Some(vec![network("default", false, false)].into()),
            vec![
                ("network", Warning, act(Remedy::StartNetwork("default".into()))),
                (
                    "network-autostart",
                    Note,
                    act(Remedy::NetworkAutostart("default".into())),
                ),
            ],
        ),
        (
            "there is no network",
            |case| facts(case).networks = Some(Vec::new().into()),
            vec![("network", Warning, act(Remedy::DefineNetwork))],
        ),
        (
            "another network that should run does not",
            |case| {
                facts(case).networks = Some(
                    vec![
                        network("default", true, true),
                        network("lab", false, true),
                        network("old", false, false),
                    ]
                    .into(),
                );
            },
            vec![("network", Warning, act(Remedy::StartNetwork("lab".into())))],
        ),
        (
            "dnsmasq is missing",
            |case| computer(case).programs.retain(|program| *program != Program::Dnsmasq),
            vec![("dnsmasq", Problem, run("sudo apt install dnsmasq-base"))],
        ),
        (
            "there is no pool",
            |case| facts(case).pools = Some(Vec::new().into()),
            vec![(
                "pool",
                Warning,
                act(Remedy::DefinePool("/var/lib/libvirt/images".into())),
            )],
        ),
        (
            "the pool is off",
            |case| facts(case).pools = Some(vec![pool("default", false, 0)].into()),
            vec![("pool", Warning, act(Remedy::StartPool("default".into())))],
        ),
        (
            "the folder of a pool that is off is missing",
            |case| {
                let mut images = pool("images", false, 0);
                images.path = Some("/srv/images".into());
                facts(case).pools = Some(vec![pool("default", true, 1 << 39), images].into());
                computer(case).folders = vec![gone("/srv/images")];
            },
            vec![("pool", Warning, act(Remedy::BuildPool("images".into())))],
        ),
        (
            "the folder of a pool that is on was deleted",
            |case| {
                let mut images = pool("images", true, 1 << 39);
                images.path = Some("/srv/images".into());
                facts(case).pools = Some(vec![images].into());
                computer(case).folders = vec![gone("/srv/images")];
            },
            vec![("folder", Warning, act(Remedy::BuildPool("images".into())))],
        ),
        (
            "the pool is full",
            |case| facts(case).pools = Some(vec![pool("default", true, 1 << 30)].into()),
            vec![("space", Warning, None)],
        ),
        (
            "the hypervisor does not get to the images",
            |case| {
                computer(case).folders = vec![Folder {
                    path: "/home/anna/My VMs".into(),
                    exists: true,
                    closed: Some("/home/anna".into()),
                    user: "libvirt-qemu".into(),
                }];
            },
            vec![("folder", Problem, run("sudo setfacl -m u:libvirt-qemu:x /home/anna"))],
        ),
        (
            "the IOMMU is off",
            |case| {
                facts(case).node = Some(Arc::new(NodeFact {
                    iommu: Some(false),
                    ..NodeFact::default()
                }));
            },
            vec![("iommu", Note, None)],
        ),
        (
            "programs are missing",
            |case| {
                computer(case)
                    .programs
                    .retain(|program| !matches!(program, Program::Swtpm | Program::Firmware));
            },
            vec![
                ("firmware", Warning, run("sudo apt install ovmf")),
                ("swtpm", Note, run("sudo apt install swtpm swtpm-tools")),
            ],
        ),
    ];
    for (what, break_it, expected) in table {
        let mut case = healthy();
        break_it(&mut case);
        assert_eq!(ills(&case), expected, "{what}");
    }
}

#[test]
fn remedies_are_not_offered_where_nothing_may_be_changed() {
    let mut case = healthy();
    case.connected = Connected::Open { read_only: true };
    facts(&mut case).networks = Some(vec![network("default", false, true)].into());
    facts(&mut case).pools = Some(Vec::new().into());
    let fixes = examine(&case).into_iter().flat_map(|finding| finding.fixes);
    assert_eq!(fixes.count(), 0);
}

#[test]
fn nothing_is_said_of_what_was_not_looked_at() {
    let case = Case {
        uri: "test:///default".into(),
        connected: Connected::Open { read_only: false },
        ..Case::default()
    };
    let ids: Vec<&str> = examine(&case).iter().map(|finding| finding.id).collect();
    assert_eq!(ids, ["connection"]);
}

#[test]
fn user_of_the_hypervisor_is_read_from_its_own_model() {
    assert_eq!(hypervisor_ids(&capabilities(&[])), Some((64055, 105)));
    let none = Capabilities::parse("<capabilities><host/></capabilities>").expect("capabilities");
    assert_eq!(hypervisor_ids(&none), None);
}

#[test]
fn what_a_button_does_can_be_typed_as_well() {
    let mut case = healthy();
    case.uri = "qemu+unix:///system?socket=/tmp/my sock".into();
    let fixes = [
        (Remedy::StartNetwork("lab".into()), "network start lab"),
        (Remedy::DefineNetwork, "network create default"),
        (Remedy::StartPool("my pool".into()), "pool start 'my pool'"),
        (
            Remedy::DefinePool("/srv/a".into()),
            "pool define default --target /srv/a --build --start --autostart",
        ),
    ];
    for (remedy, words) in fixes {
        let commands = Fix::Do(remedy).commands(&case);
        assert_eq!(
            commands,
            [format!(
                "vireo --connect 'qemu+unix:///system?socket=/tmp/my sock' {words}"
            )]
        );
    }
    assert!(Fix::Do(Remedy::Reconnect).commands(&case).is_empty());
}

#[test]
fn a_pool_that_runs_is_stopped_before_its_folder_is_made() {
    let mut case = healthy();
    case.uri = "qemu:///system".into();
    for (active, words) in [(false, &["build", "start"][..]), (true, &["stop", "build", "start"])] {
        facts(&mut case).pools = Some(vec![pool("other", true, 0), pool("images", active, 0)].into());
        let wanted: Vec<String> = words
            .iter()
            .map(|word| format!("vireo --connect qemu:///system pool {word} images"))
            .collect();
        assert_eq!(Fix::Do(Remedy::BuildPool("images".into())).commands(&case), wanted);
    }
}

#[test]
fn paths_in_commands_are_one_word() {
    assert_eq!(shell::quoted("/home/a"), "/home/a");
    assert_eq!(shell::quoted("/home/it's; rm"), r"'/home/it'\''s; rm'");
}
