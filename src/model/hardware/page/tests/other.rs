use super::*;

const PAGE: PageId = PageId::Other;

#[test]
fn the_command_line_keeps_its_namespace_with_it() {
    const LINE: &str = "xmlns:qemu='http://libvirt.org/schemas/domain/qemu/1.0'";
    let one = format!("<qemu:commandline {LINE}><qemu:arg value='-device'/><qemu:arg value='edu'/></qemu:commandline>");
    check_table(PAGE, &[], "arguments", &[&["-device"], &["edu"]], &[&one]);
    check_table(PAGE, &[&one], "arguments", &[], &[]);
    let variable = "<qemu:env name='A' value='b c'/>";
    let both = one.replace("</qemu:c", &format!("{variable}</qemu:c"));
    check_table(PAGE, &[&one], "environment", &[&["A", "b c"]], &[&both]);
    check_table(PAGE, &[&both], "environment", &[], &[&one]);
    let refused = set(
        &machine(&[]),
        &HostFacts::default(),
        PAGE,
        "arguments",
        &table(&[&[" "]]),
    );
    assert!(refused.expect_err("empty").contains("must not be empty"));
}

#[test]
fn another_prefix_for_the_command_line_is_kept() {
    let text = "<domain type='kvm' xmlns:q='http://libvirt.org/schemas/domain/qemu/1.0'>\
        <q:commandline><q:arg value='a'/></q:commandline></domain>";
    let domain = Domain::parse(text).expect("a machine");
    let written = set(
        &domain,
        &HostFacts::default(),
        PAGE,
        "arguments",
        &table(&[&["a"], &["b"]]),
    );
    assert_eq!(
        written,
        Ok(text.replace("<q:arg value='a'/>", "<q:arg value='a'/><q:arg value='b'/>"))
    );
}

#[test]
fn what_has_no_form_is_shown_as_it_stands() {
    let domain = machine(&[
        "<future><deep at='1'>words</deep></future>",
        "<cputune><shares>2</shares><cachetune vcpus='0-3'><cache id='0'/></cachetune></cputune>",
        "<x:y xmlns:x='urn:x' z='1'/>",
        "<devices><gizmo a='b'/></devices>",
    ]);
    let facts = HostFacts::default();
    let context = Context {
        domain: &domain,
        live: None,
        facts: &facts,
    };
    let page = page(&context, PAGE);
    let shown: Vec<(&str, &str, &str)> = page
        .groups
        .iter()
        .flat_map(|group| {
            group
                .rows
                .iter()
                .map(|row| (group.title.as_str(), row.title.as_str(), row.value.text()))
        })
        .filter(|(title, _, _)| title.starts_with('<'))
        .collect();
    let expected = [
        ("<future> › <deep>", "at", "1"),
        ("<future> › <deep>", "deep", "words"),
        ("<cputune> › <cachetune>", "vcpus", "0-3"),
        ("<cputune> › <cachetune> › <cache>", "id", "0"),
        ("<x:y>", "z", "1"),
    ];
    assert_eq!(shown, expected);
    let words = page.rows().find(|row| row.title == "deep").expect("there");
    let written = set(&domain, &facts, PAGE, &words.id, &Value::of("others"));
    assert_eq!(written, Ok(domain.document().to_string().replace("words", "others")));
}

#[test]
fn users_of_a_container_are_ranges_of_numbers() {
    let container = |lines: &[&str]| {
        let text = machine(lines).document().to_string();
        Domain::parse(&text.replace("type='kvm'", "type='lxc'")).expect("a machine")
    };
    let facts = HostFacts::default();
    let range = table(&[&["0", "100000", "65536"]]);
    let written = set(&container(&[]), &facts, PAGE, "users", &range).map(|text| squeezed(&text));
    let expected = container(&["<idmap><uid start='0' target='100000' count='65536'/></idmap>"]);
    assert_eq!(written, Ok(squeezed(&expected.document().to_string())));
    let refused = set(&container(&[]), &facts, PAGE, "groups", &table(&[&["0", "x", "1"]]));
    assert!(refused.expect_err("no number").contains("whole number"));
}

#[test]
fn a_reason_of_several_rows_is_told_once() {
    let domain = machine(&["<os><type arch='x86_64' machine='pc'>hvm</type></os>"]);
    let facts = HostFacts::default();
    let context = Context {
        domain: &domain,
        live: Some(&domain),
        facts: &facts,
    };
    let mut page = page(&context, PageId::Overview);
    let reason = page.row("chipset").and_then(|row| row.locked.clone()).expect("it runs");
    let told = |page: &super::super::Page| -> Vec<String> {
        let rows = page.rows().filter(|row| row.locked.is_some() && !row.is_lock_told);
        rows.map(|row| row.id.clone()).collect()
    };
    assert_eq!(told(&page), ["rename"], "alone in its group");
    let board = page
        .groups
        .iter()
        .find(|group| group.title == "Board")
        .expect("a group");
    assert_eq!(board.description, reason);
    // All of a page may be locked.
    for row in page.groups.iter_mut().flat_map(|group| &mut group.rows) {
        (row.locked, row.is_lock_told) = (Some("Others have it.".to_owned()), false);
    }
    page.tell_locks_once();
    assert_eq!(page.notice.as_deref(), Some("Others have it."));
    assert_eq!(told(&page), [""; 0]);
}
