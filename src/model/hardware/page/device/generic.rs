//! A device that Vireo has no form for: every attribute and text of it as a row.

use crate::model::hardware::page::{Form, Group, Page};
use crate::model::hardware::{Control, Edit, Row, Value};
use crate::model::xml::{Document, NodeId};

/// More rows than this nobody reads; the XML has them all.
const MOST: usize = 200;

/// The page of any element.
pub(super) fn page(form: &Form<'_>) -> Page {
    let document = form.context.domain.document();
    let mut groups = Vec::new();
    let mut count = 0;
    for (number, node) in document.descendants(form.node).into_iter().enumerate() {
        let rows = rows(document, node, number);
        count += rows.len();
        if count > MOST {
            break;
        }
        if !rows.is_empty() {
            groups.push(Group::new(format!("<{}>", document.name(node)), rows));
        }
    }
    Page::new(groups)
}

fn rows(document: &Document, node: NodeId, number: usize) -> Vec<Row> {
    let mut rows: Vec<Row> = document
        .attributes(node)
        .filter(|(name, _)| *name != "xmlns" && !name.starts_with("xmlns:"))
        .map(|(name, value)| {
            let attribute = name.to_owned();
            Row::new(
                format!("{number}@{name}"),
                name.to_owned(),
                Control::Text,
                Value::of(value.into_owned()),
                Edit::with(move |domain, _, value| domain.document_mut().set_attribute(node, &attribute, value.text())),
            )
        })
        .collect();
    let text = document.text(node).trim().to_owned();
    if !text.is_empty() && document.children(node).next().is_none() {
        rows.push(Row::new(
            format!("{number}"),
            document.name(node).to_owned(),
            Control::Text,
            Value::of(text),
            Edit::with(move |domain, _, value| domain.document_mut().set_value(node, value.text())),
        ));
    }
    rows
}
