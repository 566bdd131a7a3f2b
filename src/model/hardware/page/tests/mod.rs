//! What rows write where several places must agree: exactly this, and nothing else.

mod addresses;
mod boot;
mod cpu;
mod features;
mod media;
mod memory;
mod other;
mod overview;
mod security;
mod tuning;
mod users;

use std::sync::Arc;

use super::{Context, PageId, page};
use crate::model::facts::{GuestKind, HostFacts};
use crate::model::hardware::{Draft, Row, Value};
use crate::model::xml::domain::Domain;
use crate::model::xml::object::{Capabilities, DomainCapabilities};

/// A machine with this in its definition, on a line each.
fn machine(lines: &[&str]) -> Domain {
    let mut text = "<domain type='kvm'>\n".to_owned();
    for line in lines {
        text.push_str(&format!("  {line}\n"));
    }
    text.push_str("</domain>");
    Domain::parse(&text).expect("a machine")
}

/// A host with QEMU and without KVM, as the corpus has it.
fn host(domain: &Domain, machine: &str) -> HostFacts {
    let read = |path: &str| {
        let path = format!("{}/tests/corpus/{path}", env!("CARGO_MANIFEST_DIR"));
        std::fs::read_to_string(path).expect("the corpus can be read")
    };
    let capabilities = Capabilities::parse(&read("capabilities/qemu.xml")).expect("capabilities");
    let of_machine = DomainCapabilities::parse(&read(&format!("domaincaps/qemu-{machine}.xml"))).expect("capabilities");
    HostFacts {
        kind: GuestKind::of(domain),
        capabilities: Some(Arc::new(capabilities)),
        domain_capabilities: Some(Arc::new(of_machine)),
        ..HostFacts::default()
    }
}

fn row(domain: &Domain, facts: &HostFacts, id: PageId, row: &str) -> Option<Row> {
    let context = Context {
        domain,
        live: None,
        facts,
    };
    page(&context, id).row(row).cloned()
}

/// What becomes of a machine when a row gets a value; the reason where it is refused.
fn set(domain: &Domain, facts: &HostFacts, id: PageId, row: &str, value: &Value) -> Result<String, String> {
    let mut draft = Draft::new(domain.clone(), None);
    assert!(
        self::row(domain, facts, id, row).is_some(),
        "there is no row {row} on {id:?}"
    );
    draft.set(facts, id, row, value).map_err(|refused| refused.0)?;
    Ok(draft.edited().document().to_string())
}

/// Without the white space between elements: how lines are laid out is another subject.
fn squeezed(text: &str) -> String {
    let mut out = String::new();
    for piece in text.split_inclusive('>') {
        out.push_str(if piece.trim_start().starts_with('<') {
            piece.trim_start()
        } else {
            piece
        });
    }
    out
}

/// Each case: what the machine has, row and text, and what it has then.
fn check(id: PageId, cases: &[(&[&str], &str, &str, &[&str])]) {
    let facts = HostFacts::default();
    for (before, row, text, after) in cases {
        let written = set(&machine(before), &facts, id, row, &Value::of(*text));
        let expected = squeezed(&machine(after).document().to_string());
        assert_eq!(written.map(|text| squeezed(&text)), Ok(expected), "{row} = {text}");
    }
}

/// Each case: what the machine has, row and text that it cannot have, and words of the reason.
fn check_refused(id: PageId, cases: &[(&[&str], &str, &str, &str)]) {
    let facts = HostFacts::default();
    for (before, row, text, reason) in cases {
        let refused = set(&machine(before), &facts, id, row, &Value::of(*text)).expect_err(text);
        assert!(refused.contains(reason), "{row} = {text}: {refused}");
    }
}

/// A table of texts.
fn table(lines: &[&[&str]]) -> Value {
    let line = |line: &&[&str]| line.iter().map(|text| (*text).to_owned()).collect();
    Value::Table(lines.iter().map(line).collect())
}

/// The same as [`check`] for tables.
fn check_table(id: PageId, before: &[&str], row: &str, lines: &[&[&str]], after: &[&str]) {
    let written = set(&machine(before), &HostFacts::default(), id, row, &table(lines));
    let expected = squeezed(&machine(after).document().to_string());
    assert_eq!(written.map(|text| squeezed(&text)), Ok(expected), "{row} = {lines:?}");
}
