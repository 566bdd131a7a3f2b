//! Labels of SELinux, AppArmor and the like.

use crate::i18n::{tr, tr_c, tr_f};
use crate::model::facts::Choice;
use crate::model::hardware::page::Form;
use crate::model::hardware::{Column, Control, Edit, Row, Value};
use crate::model::xml::domain::Domain;
use crate::model::xml::{NodeId, Refused};

pub(super) fn rows(form: &Form<'_>) -> Vec<Row> {
    let text = |title, example| Column {
        title,
        choices: Vec::new(),
        example,
    };
    let kinds = vec![
        Choice::new("dynamic", tr("Made by the host")),
        Choice::new("static", tr_c("security label", "Fixed")),
        Choice::new("none", tr("No protection")),
    ];
    let relabel = vec![
        Choice::new("", tr("Default")),
        Choice::new("yes", tr("Yes")),
        Choice::new("no", tr("No")),
    ];
    let columns = vec![
        text(tr("Security model"), "selinux"),
        Column {
            title: tr("Kind"),
            choices: kinds,
            example: "",
        },
        Column {
            title: tr("Files are labelled"),
            choices: relabel,
            example: "",
        },
        text(tr("Label"), ""),
    ];
    let row = Row::new(
        "labels",
        tr("Labels"),
        Control::Table {
            columns,
            add: tr("Add Label"),
        },
        Value::Table(labels(form.context.domain)),
        Edit::with(|domain, _, value| set_labels(domain, value.lines())),
    );
    vec![row.help(
        tr("For each security model of the host the label of the machine: one that the host makes, one that is fixed, or none."),
        "<seclabel type='static' model='selinux' relabel='yes'><label>system_u:system_r:svirt_t:s0:c1,c2</label></seclabel>",
    )]
}

fn nodes(domain: &Domain) -> Vec<NodeId> {
    let document = domain.document();
    document.children_named(document.root(), "seclabel").collect()
}

/// Model, kind, whether files get it, and the label.
fn labels(domain: &Domain) -> Vec<Vec<String>> {
    let document = domain.document();
    let line = |node: NodeId| {
        let said = |name| document.attribute(node, name).unwrap_or_default().into_owned();
        let kind = Some(said("type")).filter(|kind| !kind.is_empty());
        let kind = kind.unwrap_or_else(|| "dynamic".to_owned());
        let label = document.value(node, element(&kind)).unwrap_or_default();
        vec![said("model"), kind, said("relabel"), label]
    };
    nodes(domain).into_iter().map(line).collect()
}

/// What holds the label: the host derives its own from a base.
fn element(kind: &str) -> &'static str {
    match kind {
        "dynamic" => "baselabel",
        _ => "label",
    }
}

fn check(lines: &[Vec<String>]) -> Result<(), Refused> {
    for (at, line) in lines.iter().enumerate() {
        let [model, kind, relabel, label] = &line[..] else {
            return Err(Refused(tr("A line of the table is not filled in.")));
        };
        if model.trim().is_empty() && kind != "none" {
            return Err(Refused(tr("A line of the table is not filled in.")));
        }
        if lines[..at].iter().any(|other| other[0].trim() == model.trim()) {
            return Err(Refused(tr_f("“{entry}” is there twice.", &[("entry", model)])));
        }
        let problem = match (kind.as_str(), relabel.as_str(), label.trim().is_empty()) {
            ("static", _, true) => Some(tr("A fixed label has to be given: write it first.")),
            ("dynamic", "no", _) => Some(tr("Files are always labelled with what the host makes.")),
            ("none", "yes", _) => Some(tr("Without protection there is no label for files.")),
            ("none", _, false) => Some(tr("Without protection there is no label.")),
            _ => None,
        };
        if let Some(problem) = problem {
            return Err(Refused(problem));
        }
    }
    Ok(())
}

fn set_labels(domain: &mut Domain, lines: &[Vec<String>]) -> Result<(), Refused> {
    check(lines)?;
    let mut old = nodes(domain);
    let by_place = old.len() == lines.len();
    let root = domain.document().root();
    let document = domain.document_mut();
    for line in lines {
        let [model, kind, relabel, label] = [0, 1, 2, 3].map(|at| line[at].trim());
        let known = old
            .iter()
            .position(|node| by_place || document.attribute(*node, "model").unwrap_or_default() == model);
        let node = match known {
            Some(at) => old.remove(at),
            None => document.insert_ordered(root, "<seclabel/>")?,
        };
        let kind_said = document.attribute(node, "type").is_some() || kind != "dynamic";
        let kind_text = if kind_said || known.is_none() { kind } else { "" };
        for (name, text) in [("type", kind_text), ("model", model), ("relabel", relabel)] {
            match text.is_empty() {
                true => drop(document.remove_attribute(node, name)),
                false => document.set_attribute(node, name, text)?,
            }
        }
        // The label of the files follows from the other one.
        let image = (kind != "static").then_some("imagelabel");
        for other in ["label", "baselabel"].into_iter().chain(image) {
            let goes = other != element(kind) || label.is_empty();
            if let Some(place) = document.child(node, other).filter(|_| goes) {
                document.remove(place);
            }
        }
        if !label.is_empty() {
            let place = document.ensure_path(node, element(kind))?;
            document.set_value(place, label)?;
        }
    }
    for node in old {
        document.remove(node);
    }
    Ok(())
}
