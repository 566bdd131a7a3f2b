use super::*;

const PAGE: PageId = PageId::Security;
const OS: &str = "<os><type arch='x86_64' machine='q35'>hvm</type></os>";

#[test]
fn another_protection_begins_with_a_policy_of_its_own() {
    const SEV: &str = "<launchSecurity type='sev' kernelHashes='yes'><policy>0x0001</policy><cbitpos>47</cbitpos>\
        <session>AQ==</session><new/></launchSecurity>";
    let domain = machine(&[OS, SEV]);
    let facts = HostFacts {
        kind: GuestKind::of(&domain),
        ..HostFacts::default()
    };
    // A host that doesn't tell has none of the newer ones.
    let refused = set(&domain, &facts, PAGE, "protection", &Value::of("sev-snp"));
    assert!(refused.is_err(), "{refused:?}");
    let text = "<domainCapabilities><features><launchSecurity supported='yes'><enum name='sectype'>\
        <value>sev</value><value>sev-snp</value></enum></launchSecurity></features></domainCapabilities>";
    let facts = HostFacts {
        domain_capabilities: Some(Arc::new(DomainCapabilities::parse(text).expect("capabilities"))),
        ..facts
    };
    let snp = set(&domain, &facts, PAGE, "protection", &Value::of("sev-snp")).expect("set");
    let expected = machine(&[
        OS,
        "<launchSecurity type='sev-snp' kernelHashes='yes'><policy>0x00030000</policy><cbitpos>47</cbitpos><new/></launchSecurity>",
    ]);
    assert_eq!(squeezed(&snp), squeezed(&expected.document().to_string()));
    let none = set(&domain, &facts, PAGE, "protection", &Value::of("")).expect("set");
    assert_eq!(squeezed(&none), squeezed(&machine(&[OS]).document().to_string()));
    check_refused(
        PAGE,
        &[
            (&[OS, SEV], "policy", "", "must not be empty"),
            (&[OS, SEV], "policy", "0xyz", "hexadecimal"),
        ],
    );
}

#[test]
fn labels_are_what_their_kind_allows() {
    check_table(
        PAGE,
        &[],
        "labels",
        &[
            &["selinux", "dynamic", "", "system_u:system_r:svirt_t:s0"],
            &["dac", "none", "no", ""],
        ],
        &[
            "<seclabel type='dynamic' model='selinux'><baselabel>system_u:system_r:svirt_t:s0</baselabel></seclabel>",
            "<seclabel type='none' model='dac' relabel='no'/>",
        ],
    );
    // The label moves with the kind, what the host wrote beside it goes.
    check_table(
        PAGE,
        &[
            "<seclabel type='static' model='dac' relabel='no'><label>+0:+0</label><imagelabel>+1:+1</imagelabel></seclabel>",
        ],
        "labels",
        &[&["dac", "dynamic", "", "+0:+0"]],
        &["<seclabel type='dynamic' model='dac'><baselabel>+0:+0</baselabel></seclabel>"],
    );
    check_table(PAGE, &["<seclabel type='none'/>"], "labels", &[], &[]);
    let bare = machine(&[]);
    for line in [
        ["dac", "static", "yes", ""],
        ["dac", "dynamic", "no", ""],
        ["dac", "none", "yes", ""],
        ["", "dynamic", "yes", ""],
    ] {
        assert!(
            set(&bare, &HostFacts::default(), PAGE, "labels", &table(&[&line])).is_err(),
            "{line:?}"
        );
    }
}

#[test]
fn entries_are_read_by_the_guest_once_there_are_some() {
    let with = |mode: &str| format!("<os><type arch='x86_64' machine='q35'>hvm</type>{mode}</os>");
    check_table(
        PAGE,
        &[OS],
        "entries",
        &[
            &["system", "serial", "1 < 2"],
            &["system", "sku", "x"],
            &["oemStrings", "", "mine"],
        ],
        &[
            "<sysinfo type='smbios'><system><entry name='serial'>1 &lt; 2</entry><entry name='sku'>x</entry></system><oemStrings><entry>mine</entry></oemStrings></sysinfo>",
            &with("<smbios mode='sysinfo'/>"),
        ],
    );
    check_table(
        PAGE,
        &[
            "<sysinfo type='smbios'><bios><entry name='vendor'>A</entry></bios></sysinfo>",
            &with("<smbios mode='sysinfo'/>"),
        ],
        "entries",
        &[],
        &[OS],
    );
    check_refused(PAGE, &[(&[OS], "smbios", "sysinfo", "entry into the table")]);
    let domain = machine(&["<uuid>74ae8817-8f23-d392-8111-3deece3efa90</uuid>", OS]);
    for line in [
        ["bios", "serial", "1"],
        ["system", "uuid", "0f4137ed-1502-b504-5d60-83aa258b5c42"],
        ["bios", "date", "30.11.2025"],
        ["bios", "vendor", ""],
        ["cpu", "vendor", "A"],
    ] {
        let written = set(&domain, &HostFacts::default(), PAGE, "entries", &table(&[&line]));
        assert!(written.is_err(), "{line:?}");
    }
}
