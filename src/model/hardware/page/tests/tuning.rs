use super::*;

const PAGE: PageId = PageId::Tuning;

#[test]
fn quotas_are_what_the_kernel_takes() {
    check(
        PAGE,
        &[
            (&[], "quota", "50000", &["<cputune><quota>50000</quota></cputune>"]),
            (&[], "quota", "-1", &["<cputune><quota>-1</quota></cputune>"]),
            (&["<cputune><quota>-1</quota></cputune>"], "quota", "", &[]),
        ],
    );
    check_refused(
        PAGE,
        &[
            (&[], "quota", "999", "1000"),
            (&[], "quota", "much", "1000"),
            (&[], "shares", "1", "whole number"),
        ],
    );
}

#[test]
fn a_limit_with_swap_is_not_below_the_one_without() {
    const HARD: &str = "<memtune><hard_limit unit='GiB'>4</hard_limit></memtune>";
    check_refused(PAGE, &[(&[HARD], "swap-limit", "1073741824", "must not be less")]);
    check(
        PAGE,
        &[(
            &[HARD],
            "swap-limit",
            "8589934592",
            &["<memtune><hard_limit unit='GiB'>4</hard_limit><swap_hard_limit>8388608</swap_hard_limit></memtune>"],
        )],
    );
}

#[test]
fn devices_of_the_host_keep_what_their_lines_do_not_show() {
    check_table(
        PAGE,
        &[
            "<blkiotune><weight>500</weight><device><path>/dev/sda</path><weight>200</weight><new>1</new></device></blkiotune>",
        ],
        "devices",
        &[
            &["/dev/sda", "", "1048576", "", "", ""],
            &["/dev/sdb", "300", "", "", "", "50"],
        ],
        &["<blkiotune><weight>500</weight>\
            <device><path>/dev/sda</path><new>1</new><read_bytes_sec>1048576</read_bytes_sec></device>\
            <device><path>/dev/sdb</path><weight>300</weight><write_iops_sec>50</write_iops_sec></device></blkiotune>"],
    );
    check_table(
        PAGE,
        &["<blkiotune><device><path>/dev/sda</path><weight>200</weight></device></blkiotune>"],
        "devices",
        &[],
        &[],
    );
    let bare = machine(&[]);
    for line in [
        ["sda", "", "", "", "", ""],
        ["/dev/sda", "5", "", "", "", ""],
        ["/dev/sda", "", "x", "", "", ""],
    ] {
        assert!(
            set(&bare, &HostFacts::default(), PAGE, "devices", &table(&[&line])).is_err(),
            "{line:?}"
        );
    }
}

#[test]
fn memory_is_placed_on_some_node() {
    check(
        PAGE,
        &[
            (
                &[],
                "numa-mode",
                "strict",
                &["<numatune><memory mode='strict' nodeset='0'/></numatune>"],
            ),
            (
                &["<numatune><memory mode='strict' placement='auto'/></numatune>"],
                "numa-nodes",
                "0-1",
                &["<numatune><memory mode='strict' placement='static' nodeset='0-1'/></numatune>"],
            ),
            (
                &[
                    "<numatune><memory mode='strict' nodeset='1'/><memnode cellid='0' mode='strict' nodeset='1'/></numatune>",
                ],
                "numa-mode",
                "",
                &["<numatune><memnode cellid='0' mode='strict' nodeset='1'/></numatune>"],
            ),
        ],
    );
}

#[test]
fn threads_that_go_take_what_is_said_of_them_along() {
    const DISK: &str =
        "<devices><disk type='file'><driver name='qemu' iothread='1'/><target dev='vda'/></disk></devices>";
    check(
        PAGE,
        &[
            (
                &[
                    "<iothreads>3</iothreads>",
                    "<iothreadids><iothread id='2'/><iothread id='4'/></iothreadids>",
                    "<cputune><iothreadpin iothread='2' cpuset='0'/><iothreadpin iothread='4' cpuset='1'/></cputune>",
                    DISK,
                ],
                "iothreads",
                "2",
                &[
                    "<iothreads>2</iothreads>",
                    "<iothreadids><iothread id='2'/></iothreadids>",
                    "<cputune><iothreadpin iothread='2' cpuset='0'/></cputune>",
                    DISK,
                ],
            ),
            (&[], "iothreads", "2", &["<iothreads>2</iothreads>"]),
        ],
    );
    check_refused(
        PAGE,
        &[(
            &["<iothreads>1</iothreads>", DISK],
            "iothreads",
            "",
            "A device uses thread 1",
        )],
    );
}

#[test]
fn real_time_has_a_priority() {
    check_table(
        PAGE,
        &["<vcpu>2</vcpu>"],
        "schedulers",
        &[&["0", "fifo", "5"], &["1", "batch", ""]],
        &[
            "<vcpu>2</vcpu>",
            "<cputune><vcpusched vcpus='0' scheduler='fifo' priority='5'/><vcpusched vcpus='1' scheduler='batch'/></cputune>",
        ],
    );
    let bare = machine(&["<domain/>"]);
    let facts = HostFacts::default();
    for line in [
        ["0", "fifo", ""],
        ["0", "idle", "1"],
        ["0", "rr", "100"],
        ["", "idle", ""],
    ] {
        assert!(
            set(&bare, &facts, PAGE, "schedulers", &table(&[&line])).is_err(),
            "{line:?}"
        );
    }
}
