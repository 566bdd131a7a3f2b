//! What QEMU is told besides what libvirt tells it.

use crate::i18n::{tr, tr_f};
use crate::model::hardware::page::table::column;
use crate::model::hardware::page::{Form, Group};
use crate::model::hardware::{Column, Control, Edit, Row, Value};
use crate::model::xml::domain::Domain;
use crate::model::xml::{Document, NodeId, Refused};

/// Namespace of what libvirt passes to QEMU without knowing it.
const URI: &str = "http://libvirt.org/schemas/domain/qemu/1.0";
/// The prefix for it that libvirt itself writes.
const PREFIX: &str = "qemu";
const DECLARATION: &str = "xmlns:qemu";

/// Elements of the command line with their attributes.
const ARGUMENTS: (&str, &[&str]) = ("arg", &["value"]);
const VARIABLES: (&str, &[&str]) = ("env", &["name", "value"]);

pub(super) fn group(form: &Form<'_>) -> Group {
    let rows = vec![
        table(
            form,
            "arguments",
            tr("Arguments"),
            ARGUMENTS,
            vec![column(tr("Argument"), "-snapshot", Vec::new())],
            tr("Add Argument"),
        )
        .help(
            tr("Words at the end of QEMU's command line, each on a line of its own."),
            "<qemu:commandline><qemu:arg value='-snapshot'/></qemu:commandline>",
        ),
        table(
            form,
            "environment",
            tr("Environment"),
            VARIABLES,
            vec![
                column(tr("Variable"), "QEMU_AUDIO_DRV", Vec::new()),
                column(tr("Value"), "none", Vec::new()),
            ],
            tr("Add Variable"),
        )
        .help(
            tr("Variables in the environment of QEMU."),
            "<qemu:commandline><qemu:env name='QEMU_AUDIO_DRV' value='none'/></qemu:commandline>",
        ),
    ];
    Group::new(tr("QEMU Command Line"), rows).description(tr(
        "For what libvirt has no words for. It passes this on as it is, and nobody supports what comes of it.",
    ))
}

/// The element that holds the command line.
pub(super) fn holder(document: &Document) -> Option<NodeId> {
    let is_it = |node: &NodeId| {
        document.local_name(*node) == "commandline" && document.namespace(*node).as_deref() == Some(URI)
    };
    document.children(document.root()).find(is_it)
}

/// An element's name with the prefix that the command line has.
fn named(document: &Document, holder: NodeId, name: &str) -> String {
    match document.name(holder).split_once(':') {
        Some((prefix, _)) => format!("{prefix}:{name}"),
        None => name.to_owned(),
    }
}

fn table(
    form: &Form<'_>,
    id: &'static str,
    title: String,
    (element, attributes): (&'static str, &'static [&'static str]),
    columns: Vec<Column>,
    add: String,
) -> Row {
    let document = form.context.domain.document();
    let holder = holder(document);
    let name = holder.map(|holder| named(document, holder, element));
    let lines = document.lines(holder, &name.unwrap_or_default(), attributes);
    let first = columns.first().map(|column| column.title.clone()).unwrap_or_default();
    Row::new(
        id,
        title,
        Control::Table { columns, add },
        Value::Table(lines),
        Edit::with(move |domain, _, value| {
            if value
                .lines()
                .iter()
                .any(|line| line.first().is_none_or(|text| text.trim().is_empty()))
            {
                return Err(Refused(tr_f("“{column}” must not be empty.", &[("column", &first)])));
            }
            write(domain, element, attributes, value.lines())
        }),
    )
}

fn write(domain: &mut Domain, element: &str, attributes: &[&str], lines: &[Vec<String>]) -> Result<(), Refused> {
    let holder = match holder(domain.document()) {
        Some(holder) => holder,
        None if lines.is_empty() => return Ok(()),
        None => make_holder(domain.document_mut())?,
    };
    let document = domain.document_mut();
    let name = named(document, holder, element);
    document.set_lines(holder, &name, attributes, lines)?;
    if document.children(holder).next().is_none() {
        document.remove(holder);
    }
    Ok(())
}

/// Declares the namespace where it is used, so that the element can be moved into another document as it is.
fn make_holder(document: &mut Document) -> Result<NodeId, Refused> {
    let root = document.root();
    let declaration = match document.attribute(root, DECLARATION).as_deref() {
        Some(URI) => String::new(),
        _ => format!(" {DECLARATION}='{URI}'"),
    };
    document.insert_ordered(root, &format!("<{PREFIX}:commandline{declaration}/>"))
}
