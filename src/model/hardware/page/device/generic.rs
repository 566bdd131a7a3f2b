//! A device that Vireo has no form for: every attribute and text of it as a row, and the way to its XML.

use crate::i18n::{tr, tr_f};
use crate::model::hardware::page::{Form, Group, Page};
use crate::model::hardware::{Button, Control, Edit, Row, Value};
use crate::model::xml::{Document, NodeId, Refused};

/// More rows than this nobody reads; the XML has them all.
const MOST: usize = 200;

/// The page of any element.
pub(super) fn page(form: &Form<'_>) -> Page {
    let document = form.context.domain.document();
    let xml = Row::new(
        "xml",
        tr("Vireo has no form for this device"),
        Control::Button(tr("Edit as XML…"), Button::EditXml),
        Value::Text(None),
        Edit::None,
    );
    let xml = xml.note(Some(tr("What it says can be changed here; its XML can say more.")));
    let mut groups = vec![Group::new(String::new(), vec![xml])];
    let mut count = 0;
    for (number, node) in document.descendants(form.node).into_iter().enumerate() {
        let rows = rows(document, node, number);
        count += rows.len();
        if count > MOST {
            break;
        }
        groups.push(Group::new(heading(document, form.node, node), rows));
    }
    Page::new(groups)
}

/// Where an element is, from the device inwards: `<source> › <address>`.
pub(in crate::model::hardware::page) fn heading(document: &Document, device: NodeId, node: NodeId) -> String {
    let mut names = vec![format!("<{}>", document.name(node))];
    let mut at = node;
    while at != device
        && let Some(parent) = document.parent(at)
    {
        at = parent;
        if at != device {
            names.insert(0, format!("<{}>", document.name(at)));
        }
    }
    names.join(" › ")
}

/// Every attribute and text of one element; `number` is what tells its rows from those of other elements.
pub(in crate::model::hardware::page) fn rows(document: &Document, node: NodeId, number: usize) -> Vec<Row> {
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
                Edit::with(move |domain, _, value| {
                    filled(&attribute, value)?;
                    domain.document_mut().set_attribute(node, &attribute, value.text())
                }),
            )
        })
        .collect();
    let text = document.text(node).trim().to_owned();
    let name = || document.name(node).to_owned();
    let has_children = document.children(node).next().is_some();
    if !text.is_empty() && !has_children {
        let title = name();
        rows.push(Row::new(
            format!("{number}"),
            name(),
            Control::Text,
            Value::of(text),
            Edit::with(move |domain, _, value| {
                filled(&title, value)?;
                domain.document_mut().set_value(node, value.text())
            }),
        ));
    } else if !text.is_empty() {
        // Words between elements are not for a line of text to change.
        rows.push(Row::new(
            format!("{number}"),
            name(),
            Control::Fact,
            Value::of(text),
            Edit::None,
        ));
    } else if rows.is_empty() && !has_children {
        let there = tr("It is there, and says no more.");
        rows.push(Row::new(
            format!("{number}"),
            name(),
            Control::Fact,
            Value::of(there),
            Edit::None,
        ));
    }
    rows
}

/// Refuses to empty what has no form: only the XML says whether it may be absent.
fn filled(name: &str, value: &Value) -> Result<(), Refused> {
    match value.some() {
        Some(_) => Ok(()),
        None => Err(Refused(tr_f("{name} must not be empty.", &[("name", name)]))),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::facts::HostFacts;
    use crate::model::hardware::page::{Context, PageId, page as page_of};
    use crate::model::hardware::{Draft, Edit as Writing};
    use crate::model::xml::domain::Domain;

    #[test]
    fn all_of_an_unknown_device_is_shown() {
        let text = "<domain type='kvm'><devices><gizmo kind='a'><inner><deep at='1'>words</deep><flag/></inner>             <q:own xmlns:q='urn:q' q:x='2'/></gizmo></devices></domain>";
        let domain = Domain::parse(text).expect("a machine");
        let node = domain.devices().next().expect("there").node;
        let (draft, facts) = (Draft::new(domain, None), HostFacts::default());
        let context: Context<'_> = draft.context(&facts);
        let page = page_of(&context, PageId::Device(node));
        let shown: Vec<(String, String, String)> = page
            .groups
            .iter()
            .flat_map(|group| {
                group
                    .rows
                    .iter()
                    .map(|row| (group.title.clone(), row.title.clone(), row.value.text().to_owned()))
            })
            .filter(|(group, title, _)| title != "Name for libvirt" && !group.is_empty())
            .collect();
        let expected = [
            ("<gizmo>", "kind", "a"),
            ("<inner> › <deep>", "at", "1"),
            ("<inner> › <deep>", "deep", "words"),
            ("<inner> › <flag>", "flag", "It is there, and says no more."),
            ("<q:own>", "q:x", "2"),
        ];
        let expected = expected.map(|(group, title, value)| (group.to_owned(), title.to_owned(), value.to_owned()));
        assert_eq!(shown, expected);
        let row = page.rows().find(|row| row.title == "deep").expect("there");
        assert!(!matches!(row.edit, Writing::None));
        let mut draft = draft.clone();
        draft
            .set(&facts, PageId::Device(node), &row.id, &Value::of("others"))
            .expect("possible");
        assert_eq!(draft.edited().document().to_string(), text.replace("words", "others"));
    }
}
