//! Memory that several machines share.

use crate::i18n::{tr, tr_f};
use crate::model::hardware::page::device::common::{drop_address, problem_of};
use crate::model::hardware::page::{Context, Form, Group, Page};
use crate::model::hardware::{Addition, Choice, PathKind, Row, Value};
use crate::model::xml::domain::fields::shmem;
use crate::model::xml::domain::{DeviceKind, Domain, Parts};
use crate::model::xml::{NodeId, Refused, escape};

const PARTS: &Parts = &[
    ("ivshmem", &["size", "server", "msi"]),
    ("ivshmem-plain", &["size"]),
    ("ivshmem-doorbell", &["server", "msi"]),
];

/// The page of shared memory.
pub(in crate::model::hardware::page::device) fn page(form: &Form<'_>) -> Page {
    let model = form.says(shmem::MODEL);
    let mut rows = vec![
        form.text("name", tr("Name"), shmem::NAME)
            .example("shared")
            .help(
                tr("Machines that name the same memory share it."),
                "<shmem name='shared'/>",
            )
            .edit(set_name),
        form.choice("model", tr("Type"), shmem::MODEL, form.context.facts.shmem_models())
            .help(
                tr("Memory alone, or with a way for the machines to wake each other, which needs a server on the host."),
                "<model type='ivshmem-plain'/>",
            )
            .edit(set_model),
    ];
    if model != "ivshmem-doorbell" {
        rows.push(
            form.size("size", tr("Size"), shmem::SIZE, 1 << 20..=1 << 40)
                .example("8388608")
                .help(
                    tr("How large it is, the same for all machines; a power of two."),
                    "<size unit='M'>8</size>",
                ),
        );
    }
    if matches!(model.as_str(), "ivshmem-doorbell" | "ivshmem") {
        rows.extend(server(form));
    }
    let roles = vec![
        Choice::new("master", tr("Keeps it when it moves to another host")),
        Choice::new("peer", tr("Loses it when it moves to another host")),
    ];
    let role = form.choice("role", tr("Role"), shmem::ROLE, roles).help(
        tr("What happens with the memory when the machine is moved to another host."),
        "<shmem name='shared' role='peer'/>",
    );
    Page::new(vec![Group::new(String::new(), rows), Group::advanced(vec![role])])
}

fn set_name(domain: &mut Domain, node: NodeId, value: &Value) -> Result<(), Refused> {
    let name = value.text();
    if name.is_empty() || name.contains('/') || matches!(name, "." | "..") {
        return Err(Refused(tr("Shared memory needs a name, without a slash.")));
    }
    let document = domain.document();
    let taken = domain
        .devices_of(DeviceKind::Shmem)
        .any(|other| other != node && document.get(other, shmem::NAME).as_deref() == Some(name));
    if taken {
        return Err(Refused(tr_f(
            "The machine has shared memory “{name}” already.",
            &[("name", name)],
        )));
    }
    domain.document_mut().set(node, shmem::NAME, Some(name.to_owned()))
}

fn set_model(domain: &mut Domain, node: NodeId, value: &Value) -> Result<(), Refused> {
    let model = value.text();
    drop_address(domain, node);
    if model.is_empty() {
        domain.remove_children(node, "model");
        return Ok(());
    }
    domain.document_mut().set(node, shmem::MODEL, Some(model.to_owned()))?;
    domain.keep_parts(node, model, PARTS);
    let document = domain.document_mut();
    let name = document.get(node, shmem::NAME).unwrap_or_default();
    match model {
        "ivshmem-doorbell" if document.child(node, "server").is_none() => {
            let path = format!("/var/lib/libvirt/shmem-{name}-sock");
            document.set(node, shmem::SERVER, Some(path))
        }
        "ivshmem-plain" if document.child(node, "size").is_none() => {
            document.insert_ordered(node, "<size unit='M'>4</size>").map(drop)
        }
        _ => Ok(()),
    }
}

fn server(form: &Form<'_>) -> Vec<Row> {
    vec![
        form.path("server", tr("Socket of the server"), shmem::SERVER, PathKind::File)
            .example("/run/shared.sock")
            .help(
                tr("The socket of the program that connects the machines."),
                "<server path='/run/shared.sock'/>",
            ),
        form.number("vectors", tr("Interrupts"), shmem::VECTORS, 1..=2048, "")
            .example("8")
            .help(
                tr("How many different interrupts the machines can send each other."),
                "<msi vectors='8'/>",
            ),
        form.switch(
            "ioeventfd",
            tr("Interrupts through the kernel"),
            shmem::IOEVENTFD,
            false,
        )
        .help(
            tr("Interrupts take the short way through the host's kernel."),
            "<msi ioeventfd='on'/>",
        ),
    ]
}

pub(super) fn additions(context: &Context<'_>) -> Vec<Addition> {
    let other = (context.facts.family() != crate::model::facts::Family::Qemu)
        .then(|| tr("Machines of this kind cannot have it."));
    vec![
        Addition::new("shmem", tr("Shared Memory"), "vireo-memory-symbolic", |domain, _| {
            add(domain)
        })
        .description(tr("Memory that several machines on this host use together."))
        .problem(other.or_else(|| problem_of(&context.facts.shmem_models()))),
    ]
}

fn add(domain: &mut Domain) -> Result<NodeId, Refused> {
    let document = domain.document();
    let used: Vec<String> = domain
        .devices_of(DeviceKind::Shmem)
        .filter_map(|node| document.get(node, shmem::NAME))
        .collect();
    let mut names = (0..=u16::MAX).map(|number| format!("shared{number}"));
    let name = names.find(|name| !used.contains(name)).unwrap_or_default();
    let name = escape(&name);
    domain.add_device(&format!(
        "<shmem name='{name}'>\n  <model type='ivshmem-plain'/>\n  <size unit='M'>4</size>\n</shmem>"
    ))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::facts::HostFacts;
    use crate::model::hardware::{Draft, PageId};

    #[test]
    fn another_type_has_what_it_needs_and_no_more() {
        let text = "<domain type='kvm'><devices><shmem name='a'><model type='ivshmem-plain'/><size unit='M'>4</size></shmem>\
             <shmem name='b'/></devices></domain>";
        let domain = Domain::parse(text).expect("a machine");
        let node = domain.devices_of(DeviceKind::Shmem).next().expect("there");
        let mut draft = Draft::new(domain, None);
        let facts = HostFacts::default();
        let id = PageId::Device(node);
        draft
            .set(&facts, id, "model", &Value::of("ivshmem-doorbell"))
            .expect("possible");
        assert_eq!(
            draft.edited().document().source(node),
            "<shmem name='a'><model type='ivshmem-doorbell'/><server path='/var/lib/libvirt/shmem-a-sock'/></shmem>"
        );
        assert!(draft.set(&facts, id, "name", &Value::of("b")).is_err(), "it is taken");
        assert!(draft.set(&facts, id, "name", &Value::of("a/b")).is_err());
    }
}
