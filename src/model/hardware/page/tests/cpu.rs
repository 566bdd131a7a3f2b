use super::*;

const PAGE: PageId = PageId::Cpu;

#[test]
fn a_mode_takes_away_what_belongs_to_another_one() {
    check(
        PAGE,
        &[
            (
                &[
                    "<cpu mode='custom' match='exact' check='partial'><model fallback='forbid'>Nehalem</model><vendor>Intel</vendor><topology sockets='1' cores='1' threads='1'/></cpu>",
                ],
                "mode",
                "host-passthrough",
                &["<cpu mode='host-passthrough'><topology sockets='1' cores='1' threads='1'/></cpu>"],
            ),
            (
                &[
                    "<cpu mode='host-passthrough' migratable='off'><cache mode='passthrough'/><maxphysaddr mode='passthrough'/><feature policy='disable' name='vmx'/></cpu>",
                ],
                "mode",
                "host-model",
                &["<cpu mode='host-model'><feature policy='disable' name='vmx'/></cpu>"],
            ),
            (&["<cpu mode='host-model'/>"], "mode", "", &[]),
            (
                &["<vcpu>1</vcpu>"],
                "model",
                "Nehalem",
                &["<vcpu>1</vcpu>", "<cpu mode='custom'><model>Nehalem</model></cpu>"],
            ),
        ],
    );
    check_refused(
        PAGE,
        &[(
            &["<cpu mode='host-model'><feature policy='disable' name='vmx'/></cpu>"],
            "mode",
            "",
            "remove the features first",
        )],
    );
}

#[test]
fn a_topology_makes_the_maximum_of_virtual_cpus() {
    check(
        PAGE,
        &[
            // Sockets make up for cores.
            (
                &["<vcpu>8</vcpu>"],
                "cores",
                "4",
                &[
                    "<vcpu>8</vcpu>",
                    "<cpu><topology sockets='2' cores='4' threads='1'/></cpu>",
                ],
            ),
            // Cores make up for threads.
            (
                &[
                    "<vcpu>8</vcpu>",
                    "<cpu><topology sockets='1' cores='8' threads='1'/></cpu>",
                ],
                "threads",
                "2",
                &[
                    "<vcpu>8</vcpu>",
                    "<cpu><topology sockets='1' cores='4' threads='2'/></cpu>",
                ],
            ),
            // Nothing can: the maximum follows, and all of them stay switched on.
            (
                &[
                    "<vcpu>8</vcpu>",
                    "<cpu><topology sockets='2' cores='4' threads='1'/></cpu>",
                ],
                "cores",
                "3",
                &[
                    "<vcpu>6</vcpu>",
                    "<cpu><topology sockets='2' cores='3' threads='1'/></cpu>",
                ],
            ),
            (
                &[
                    "<vcpu>8</vcpu>",
                    "<cpu><topology sockets='2' cores='4' threads='1'/></cpu>",
                ],
                "sockets",
                "",
                &["<vcpu>8</vcpu>"],
            ),
        ],
    );
}

#[test]
fn more_virtual_cpus_than_the_maximum_raise_it() {
    check(
        PAGE,
        &[
            (&["<vcpu>2</vcpu>"], "count", "4", &["<vcpu current='4'>4</vcpu>"]),
            (&["<vcpu>4</vcpu>"], "count", "2", &["<vcpu current='2'>4</vcpu>"]),
            (&["<vcpu current='2'>4</vcpu>"], "maximum", "1", &["<vcpu>1</vcpu>"]),
            // The only NUMA cell goes on having all of them.
            (
                &[
                    "<vcpu>2</vcpu>",
                    "<cpu><numa><cell id='0' cpus='0-1' memory='1024'/></numa></cpu>",
                ],
                "maximum",
                "4",
                &[
                    "<vcpu current='2'>4</vcpu>",
                    "<cpu><numa><cell id='0' cpus='0-3' memory='1024'/></numa></cpu>",
                ],
            ),
        ],
    );
}

#[test]
fn numa_cells_make_the_memory() {
    check_table(
        PAGE,
        &["<memory unit='MiB'>512</memory>", "<vcpu>4</vcpu>"],
        "cells",
        &[&["0-1", "1 GiB", ""], &["2-3", "1 GiB", "shared"]],
        &[
            "<memory unit='MiB'>2048</memory>",
            "<vcpu>4</vcpu>",
            "<cpu><numa><cell id='0' memory='1048576' unit='KiB' cpus='0-1'/><cell id='1' memory='1048576' unit='KiB' cpus='2-3' memAccess='shared'/></numa></cpu>",
        ],
    );
    // Distances to a cell that is gone go with it.
    check_table(
        PAGE,
        &[
            "<memory unit='MiB'>2048</memory>",
            "<vcpu>4</vcpu>",
            "<cpu><numa><cell id='0' cpus='0-1' memory='1' unit='GiB'><distances><sibling id='0' value='10'/><sibling id='1' value='21'/></distances></cell><cell id='1' cpus='2-3' memory='1' unit='GiB'/></numa></cpu>",
        ],
        "cells",
        &[&["0-3", "1 GiB", ""]],
        &[
            "<memory unit='MiB'>1024</memory>",
            "<vcpu>4</vcpu>",
            "<cpu><numa><cell id='0' cpus='0-3' memory='1' unit='GiB'><distances><sibling id='0' value='10'/></distances></cell></numa></cpu>",
        ],
    );
    let domain = machine(&["<memory unit='MiB'>512</memory>", "<vcpu>2</vcpu>"]);
    for (lines, reason) in [
        (table(&[&["0-2", "1 GiB", ""]]), "no virtual CPU 2"),
        (
            table(&[&["0", "1 GiB", ""], &["0-1", "1 GiB", ""]]),
            "in two NUMA cells",
        ),
        (table(&[&["0", "much", ""]]), "is no size"),
        (table(&[&["x", "1 GiB", ""]]), "no list of numbers"),
    ] {
        let refused = set(&domain, &HostFacts::default(), PAGE, "cells", &lines).expect_err("refused");
        assert!(refused.contains(reason), "{refused}");
    }
}

#[test]
fn pins_name_virtual_cpus_of_the_machine() {
    check_table(
        PAGE,
        &["<vcpu>2</vcpu>"],
        "pins",
        &[&["0", "1-3,^2"]],
        &[
            "<vcpu>2</vcpu>",
            "<cputune><vcpupin vcpu='0' cpuset='1-3,^2'/></cputune>",
        ],
    );
    let domain = machine(&["<vcpu>2</vcpu>"]);
    for lines in [
        table(&[&["2", "0"]]),
        table(&[&["0", "x"]]),
        table(&[&["0", "1"], &["0", "2"]]),
    ] {
        assert!(set(&domain, &HostFacts::default(), PAGE, "pins", &lines).is_err());
    }
    check(
        PAGE,
        &[(
            &["<vcpu placement='auto'>2</vcpu>"],
            "cpuset",
            "0-3",
            &["<vcpu placement='static' cpuset='0-3'>2</vcpu>"],
        )],
    );
}

#[test]
fn listed_virtual_cpus_say_how_many_there_are() {
    check_table(
        PAGE,
        &[
            "<vcpu current='1'>2</vcpu>",
            "<vcpus><vcpu id='0' enabled='yes' hotpluggable='no' order='1'/><vcpu id='1' enabled='no' hotpluggable='yes'/></vcpus>",
        ],
        "list",
        &[&["0", "yes", "no"], &["1", "yes", "yes"]],
        &[
            "<vcpu current='2'>2</vcpu>",
            "<vcpus><vcpu id='0' enabled='yes' hotpluggable='no' order='1'/><vcpu id='1' enabled='yes' hotpluggable='yes'/></vcpus>",
        ],
    );
}

#[test]
fn guards_against_processor_flaws_are_those_of_the_host() {
    let domain = machine(&[
        "<os><type arch='x86_64' machine='q35'>hvm</type></os>",
        "<cpu mode='custom'><model>EPYC</model><feature policy='disable' name='ssbd'/><feature policy='require' name='vmx'/></cpu>",
    ]);
    let mut facts = host(&domain, "q35");
    assert!(
        row(&domain, &facts, PAGE, "mitigations").is_none(),
        "emulation has none"
    );
    let text = "<domainCapabilities><cpu><mode name='host-model' supported='yes'><model>EPYC</model>\
        <feature policy='require' name='ssbd'/><feature policy='require' name='ibpb'/><feature policy='disable' name='md-clear'/>\
        <feature policy='require' name='erms'/></mode></cpu></domainCapabilities>";
    facts.domain_capabilities = Some(Arc::new(DomainCapabilities::parse(text).expect("capabilities")));
    let on = set(&domain, &facts, PAGE, "mitigations", &Value::of("yes")).expect("set");
    let guards = "<feature policy='require' name='ssbd'/><feature name='ibpb' policy='require'/><feature policy='require' name='vmx'/></cpu>";
    assert!(squeezed(&on).contains(guards), "{on}");
    let off = set(
        &Domain::parse(&on).expect("sound"),
        &facts,
        PAGE,
        "mitigations",
        &Value::of("no"),
    )
    .expect("set");
    assert!(
        off.contains("<model>EPYC</model><feature policy='require' name='vmx'/></cpu>"),
        "{off}"
    );
}

#[test]
fn models_that_the_host_cannot_run_are_not_taken() {
    let domain = machine(&[
        "<os><type arch='x86_64' machine='q35'>hvm</type></os>",
        "<cpu mode='custom'><model>EPYC</model></cpu>",
    ]);
    let facts = host(&domain, "q35");
    let models = facts.cpu_models();
    let unusable = models.iter().find(|model| !model.is_usable()).expect("one");
    let refused = set(&domain, &facts, PAGE, "model", &Value::of(unusable.value.clone())).expect_err("refused");
    assert_eq!(Some(refused), unusable.problem);
}
