use super::*;

const PAGE: PageId = PageId::Features;
const OS: &str = "<os><type arch='x86_64' machine='q35'>hvm</type></os>";

#[test]
fn one_switch_turns_the_usual_enlightenments_on_and_all_off() {
    const SET: &str = "<relaxed state='on'/><vapic state='on'/><spinlocks state='on' retries='8191'/><vpindex state='on'/>\
        <runtime state='on'/><synic state='on'/><stimer state='on'/><frequencies state='on'/><tlbflush state='on'/><ipi state='on'/>";
    const CLOCK: &str = "<clock offset='utc'><timer name='hypervclock' present='yes'/></clock>";
    let features = |inside: &str| format!("<features><hyperv>{inside}</hyperv></features>");
    let vendor = "<vendor_id state='on' value='mine'/>";
    check(
        PAGE,
        &[
            (&[OS], "hyperv", "yes", &[OS, &features(SET), CLOCK]),
            (
                &[OS, &features(&format!("{vendor}{SET}")), CLOCK],
                "hyperv",
                "no",
                &[OS, &features(vendor), "<clock offset='utc'></clock>"],
            ),
            (
                &[OS, "<features><acpi/><hyperv mode='passthrough'/></features>"],
                "hyperv",
                "no",
                &[OS, "<features><acpi/></features>"],
            ),
        ],
    );
    // Emulation has no use for them.
    let domain = machine(&[OS]);
    let mut facts = host(&domain, "q35");
    facts.kind.hypervisor = "qemu".to_owned();
    let offered = facts.hyperv_features();
    let row = row(&domain, &facts, PAGE, "hyperv").expect("a row");
    let problem = offered
        .iter()
        .find(|choice| choice.value == "relaxed")
        .and_then(|choice| choice.problem.clone());
    assert_eq!(row.locked, problem);
}

#[test]
fn enlightenments_bring_those_that_they_need() {
    let features = |inside: &str| format!("<features><hyperv>{inside}</hyperv></features>");
    check(
        PAGE,
        &[
            (
                &[OS],
                "hv-stimer",
                "yes",
                &[
                    OS,
                    &features("<vpindex state='on'/><synic state='on'/><stimer state='on'/>"),
                    "<clock offset='utc'><timer name='hypervclock' present='yes'/></clock>",
                ],
            ),
            (
                &[
                    OS,
                    &features("<vpindex state='on'/><synic state='on'/><stimer state='on'/><ipi state='on'/>"),
                ],
                "hv-vpindex",
                "no",
                &[
                    OS,
                    &features("<vpindex state='off'/><synic state='off'/><stimer state='off'/><ipi state='off'/>"),
                ],
            ),
            (
                &[OS],
                "hv-vendor",
                "mine",
                &[OS, &features("<vendor_id value='mine' state='on'/>")],
            ),
        ],
    );
    check_refused(PAGE, &[(&[OS], "hv-vendor", "much too long a name", "12 letters")]);
}

#[test]
fn a_clock_says_what_its_kind_needs_and_no_more() {
    let clock = |attributes: &str| format!("<clock {attributes}><timer name='pit' tickpolicy='delay'/></clock>");
    check(
        PAGE,
        &[
            (
                &[OS, &clock("offset='utc' adjustment='reset'")],
                "offset",
                "timezone",
                &[OS, &clock("offset='timezone' timezone='UTC'")],
            ),
            (
                &[OS, &clock("offset='variable' adjustment='5' basis='utc'")],
                "offset",
                "utc",
                &[OS, &clock("offset='utc'")],
            ),
            (
                &[OS, &clock("offset='utc' adjustment='reset'")],
                "offset",
                "localtime",
                &[OS, &clock("offset='localtime' adjustment='reset'")],
            ),
            (
                &[OS],
                "offset",
                "absolute",
                &[OS, "<clock start='0' offset='absolute'/>"],
            ),
            // A timer alone makes a clock without a basis.
            (
                &[OS],
                "hpet",
                "no",
                &[OS, "<clock offset='utc'><timer name='hpet' present='no'/></clock>"],
            ),
            (
                &[
                    OS,
                    "<clock offset='utc'><timer name='rtc' tickpolicy='catchup' track='guest'><catchup limit='1'/></timer></clock>",
                ],
                "rtc",
                "delay",
                &[
                    OS,
                    "<clock offset='utc'><timer name='rtc' tickpolicy='delay' track='guest'></timer></clock>",
                ],
            ),
        ],
    );
}

#[test]
fn a_feature_without_a_state_is_on() {
    let domain = machine(&[OS, "<features><vmcoreinfo/><smm/></features>"]);
    let facts = HostFacts::default();
    for id in ["vmcoreinfo", "smm"] {
        assert!(row(&domain, &facts, PAGE, id).expect(id).value.is_on(), "{id}");
    }
    check(
        PAGE,
        &[(
            &[OS, "<features><smm><tseg unit='MiB'>48</tseg></smm></features>"],
            "smm",
            "no",
            &[
                OS,
                "<features><smm state='off'><tseg unit='MiB'>48</tseg></smm></features>",
            ],
        )],
    );
}
