//! Limits of what a disk may read and write.

use super::Disk;
use crate::i18n::{tr, tr_f};
use crate::model::hardware::page::Group;
use crate::model::hardware::page::form::when;
use crate::model::hardware::{Control, Edit, Row};
use crate::model::xml::domain::Domain;
use crate::model::xml::domain::fields::disk;
use crate::model::xml::field::Field;
use crate::model::xml::{NodeId, Refused};

/// A limit with its burst: names of the rows, and places.
struct Limit {
    ids: [&'static str; 3],
    fields: [Field<u64>; 3],
    /// Limits of the same thing that cannot be set at the same time, by place in the list.
    rivals: &'static [usize],
}

const BYTES: &[Limit] = &[
    Limit {
        ids: ["total-bytes", "total-bytes-burst", "total-bytes-length"],
        fields: [disk::TOTAL_BYTES, disk::TOTAL_BYTES_MAX, disk::TOTAL_BYTES_LENGTH],
        rivals: &[1, 2],
    },
    Limit {
        ids: ["read-bytes", "read-bytes-burst", "read-bytes-length"],
        fields: [disk::READ_BYTES, disk::READ_BYTES_MAX, disk::READ_BYTES_LENGTH],
        rivals: &[0],
    },
    Limit {
        ids: ["write-bytes", "write-bytes-burst", "write-bytes-length"],
        fields: [disk::WRITE_BYTES, disk::WRITE_BYTES_MAX, disk::WRITE_BYTES_LENGTH],
        rivals: &[0],
    },
];

const IOPS: &[Limit] = &[
    Limit {
        ids: ["total-iops", "total-iops-burst", "total-iops-length"],
        fields: [disk::TOTAL_IOPS, disk::TOTAL_IOPS_MAX, disk::TOTAL_IOPS_LENGTH],
        rivals: &[1, 2],
    },
    Limit {
        ids: ["read-iops", "read-iops-burst", "read-iops-length"],
        fields: [disk::READ_IOPS, disk::READ_IOPS_MAX, disk::READ_IOPS_LENGTH],
        rivals: &[0],
    },
    Limit {
        ids: ["write-iops", "write-iops-burst", "write-iops-length"],
        fields: [disk::WRITE_IOPS, disk::WRITE_IOPS_MAX, disk::WRITE_IOPS_LENGTH],
        rivals: &[0],
    },
];

/// More a second no disk does.
const MOST: u64 = 1 << 50;

pub(super) fn groups(disk: &Disk<'_>) -> Vec<Group> {
    let titles = [tr("Reading and writing"), tr("Reading"), tr("Writing")];
    let mut bytes = Vec::new();
    for (number, title) in titles.iter().enumerate() {
        bytes.extend(rows(disk, BYTES, number, title));
    }
    let mut operations = Vec::new();
    for (number, title) in titles.iter().enumerate() {
        operations.extend(rows(disk, IOPS, number, title));
    }
    operations.extend(shared(disk));
    vec![
        Group::new(tr("Limit of data per second"), bytes)
            .description(tr("For reading and writing together, or for each of them.")),
        Group::new(tr("Limit of operations per second"), operations),
    ]
}

fn rows(disk: &Disk<'_>, limits: &'static [Limit], number: usize, title: &str) -> Vec<Row> {
    let form = disk.form;
    let limit = &limits[number];
    let [base, burst, length] = limit.fields;
    let is_bytes = std::ptr::eq(limits, BYTES);
    let amount = |id, title: String, field: Field<u64>| {
        let control = match is_bytes {
            true => Control::Size {
                min: 0,
                max: MOST,
                required: false,
            },
            false => Control::Number {
                min: 0,
                max: MOST,
                required: false,
                unit: "",
            },
        };
        Row::new(id, title, control, form.value(field), Edit::Field(field.raw()))
            .example(if is_bytes { "104857600" } else { "500" })
            .empty(tr("No limit"))
            .live()
    };
    let main = amount(limit.ids[0], title.to_owned(), base)
        .edit(move |domain, node, value| set(domain, node, limits, number, value.number().filter(|limit| *limit > 0)));
    let main = match is_bytes {
        true => main.help(
            tr("How many bytes a second the guest may move, so that others get their share."),
            "<iotune><total_bytes_sec>104857600</total_bytes_sec></iotune>",
        ),
        false => main.help(
            tr("How many operations a second the guest may do, so that others get their share."),
            "<iotune><total_iops_sec>500</total_iops_sec></iotune>",
        ),
    };
    let is_set = main.value.some().is_some_and(|limit| limit != "0");
    let peak = amount(limit.ids[1], tr_f("{limit}, in a burst", &[("limit", title)]), burst)
        .edit(move |domain, node, value| {
            let value = value.number().filter(|burst| *burst > 0);
            if value.is_none() {
                domain.document_mut().set(node, length, None)?;
            }
            let limit = domain.document().get(node, base).unwrap_or_default();
            if value.is_some_and(|burst| burst < limit) {
                return Err(Refused(tr("A burst cannot be below the limit.")));
            }
            domain.document_mut().set(node, burst, value)
        })
        .help(
            tr("How much it may be for a short time."),
            "<iotune><total_iops_sec_max>1000</total_iops_sec_max></iotune>",
        );
    let has_peak = peak.value.some().is_some_and(|burst| burst != "0");
    let time = form
        .number(
            limit.ids[2],
            tr_f("{limit}, length of a burst", &[("limit", title)]),
            length,
            1..=86_400,
            "s",
        )
        .live()
        .help(
            tr("How long a burst may last."),
            "<iotune><total_iops_sec_max_length>60</total_iops_sec_max_length></iotune>",
        );
    [when(disk.is_qemu, main), when(is_set, peak), when(has_peak, time)]
        .into_iter()
        .flatten()
        .collect()
}

/// Sets a limit; one of reading and writing together goes with those of each for itself. A burst goes with its limit.
fn set(domain: &mut Domain, node: NodeId, limits: &[Limit], number: usize, value: Option<u64>) -> Result<(), Refused> {
    let document = domain.document_mut();
    let limit = &limits[number];
    let [base, burst, length] = limit.fields;
    if value.is_some() {
        for rival in limit.rivals {
            for field in limits[*rival].fields {
                document.set(node, field, None)?;
            }
        }
    }
    if value.is_none() || document.get(node, burst) < value {
        document.set(node, burst, None)?;
        document.set(node, length, None)?;
    }
    document.set(node, base, value)
}

fn shared(disk: &Disk<'_>) -> Vec<Row> {
    let form = disk.form;
    let document = form.context.domain.document();
    let limited = document.child(form.node, "iotune").is_some();
    let size = Row::new(
        "size-iops",
        tr("Size of one operation"),
        Control::Size {
            min: 1,
            max: 1 << 40,
            required: false,
        },
        form.value(disk::SIZE_IOPS),
        Edit::Field(disk::SIZE_IOPS.raw()),
    )
    .example("4096")
    .live()
    .help(
        tr("A larger operation counts as several of this size."),
        "<iotune><size_iops_sec>4096</size_iops_sec></iotune>",
    );
    let group = form
        .text("throttle-group", tr("Shared with"), disk::THROTTLE_GROUP)
        .example("slow-disks")
        .live()
        .help(
            tr("Disks with the same name here share one limit between them."),
            "<iotune><group_name>slow-disks</group_name></iotune>",
        );
    [when(limited, size), when(limited, group)]
        .into_iter()
        .flatten()
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::xml::domain::DeviceKind;

    fn after(text: &str, limits: &[Limit], number: usize, value: Option<u64>) -> String {
        let text = format!("<domain type='kvm'><devices><disk><iotune>{text}</iotune></disk></devices></domain>");
        let mut domain = Domain::parse(&text).expect("a machine");
        let node = domain.devices_of(DeviceKind::Disk).next().expect("a disk");
        set(&mut domain, node, limits, number, value).expect("set");
        domain.document().source(node)
    }

    #[test]
    fn a_limit_of_both_takes_the_place_of_those_of_each() {
        assert_eq!(
            after(
                "<read_bytes_sec>1</read_bytes_sec><write_bytes_sec>2</write_bytes_sec><read_iops_sec>3</read_iops_sec>",
                BYTES,
                0,
                Some(9)
            ),
            "<disk><iotune><read_iops_sec>3</read_iops_sec><total_bytes_sec>9</total_bytes_sec></iotune></disk>"
        );
        assert_eq!(
            after("<total_iops_sec>9</total_iops_sec>", IOPS, 2, Some(4)),
            "<disk><iotune><write_iops_sec>4</write_iops_sec></iotune></disk>"
        );
    }

    #[test]
    fn a_burst_goes_with_its_limit() {
        let text = "<read_iops_sec>4</read_iops_sec><read_iops_sec_max>8</read_iops_sec_max>\
                    <read_iops_sec_max_length>60</read_iops_sec_max_length><write_iops_sec>1</write_iops_sec>";
        assert_eq!(
            after(text, IOPS, 1, None),
            "<disk><iotune><write_iops_sec>1</write_iops_sec></iotune></disk>"
        );
        assert!(after(text, IOPS, 1, Some(6)).contains("<read_iops_sec_max>8"));
        assert!(!after(text, IOPS, 1, Some(9)).contains("_max"));
    }
}
