use super::*;

const PAGE: PageId = PageId::Boot;
const DEVICES: &str = "<disk type='file' device='disk'><target dev='vda' bus='virtio'/></disk>\
    <disk type='file' device='cdrom'><target dev='sda' bus='sata'/></disk>\
    <interface type='user'><mac address='52:54:00:00:00:01'/></interface>";

fn order(keys: &[&str]) -> Value {
    Value::Order(keys.iter().map(|key| (*key).to_owned()).collect())
}

#[test]
fn the_older_list_becomes_numbers_on_devices() {
    let domain = machine(&[
        "<os><type>hvm</type><boot dev='cdrom'/><boot dev='hd'/><bootmenu enable='yes'/></os>",
        &format!("<devices>{DEVICES}</devices>"),
    ]);
    let facts = HostFacts::default();
    let shown = row(&domain, &facts, PAGE, "order").expect("a row");
    assert_eq!(shown.value, order(&["sda", "vda"]));
    let written = set(&domain, &facts, PAGE, "order", &order(&["52:54:00:00:00:01", "vda"])).expect("set");
    let expected = machine(&[
        "<os><type>hvm</type><bootmenu enable='yes'/></os>",
        "<devices><disk type='file' device='disk'><target dev='vda' bus='virtio'/><boot order='2'/></disk>\
            <disk type='file' device='cdrom'><target dev='sda' bus='sata'/></disk>\
            <interface type='user'><mac address='52:54:00:00:00:01'/><boot order='1'/></interface></devices>",
    ]);
    assert_eq!(squeezed(&written), squeezed(&expected.document().to_string()));
    assert!(set(&domain, &facts, PAGE, "order", &order(&["vdz"])).is_err());
}

#[test]
fn a_menu_that_is_not_asked_for_has_no_time() {
    check(
        PAGE,
        &[
            (
                &["<os><type>hvm</type></os>"],
                "menu",
                "yes",
                &["<os><type>hvm</type><bootmenu enable='yes'/></os>"],
            ),
            (
                &["<os><type>hvm</type><bootmenu enable='yes' timeout='3000'/></os>"],
                "menu",
                "",
                &["<os><type>hvm</type></os>"],
            ),
        ],
    );
}

#[test]
fn the_first_program_of_a_container_has_user_and_group() {
    check(
        PAGE,
        &[
            (
                &["<os><type>exe</type><init>/sbin/init</init></os>"],
                "user",
                "7",
                &["<os><type>exe</type><init>/sbin/init</init><inituser>7</inituser><initgroup>7</initgroup></os>"],
            ),
            (
                &["<os><type>exe</type><inituser>7</inituser><initgroup>8</initgroup></os>"],
                "group",
                "",
                &["<os><type>exe</type></os>"],
            ),
        ],
    );
    check_table(
        PAGE,
        &["<os><type>exe</type><init>/sbin/init</init><initarg>a</initarg><initarg>b</initarg></os>"],
        "arguments",
        &[&["a"], &["c"], &["b"]],
        &[
            "<os><type>exe</type><init>/sbin/init</init><initarg>a</initarg><initarg>c</initarg><initarg>b</initarg></os>",
        ],
    );
}
