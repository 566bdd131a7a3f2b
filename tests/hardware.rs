//! Every row of every hardware page, over all machines of the corpus: what it shows, what it writes, and that it writes
//! nothing else. What libvirt's schema says about the results, too, where it is installed.

#[path = "hardware/hidden.rs"]
mod hidden;
#[path = "support/skipped.rs"]
mod skipped;

use std::collections::{BTreeMap, BTreeSet, HashMap, HashSet};
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use skipped::skipped;
use vireo::model::facts::{GuestKind, HostFacts};
use vireo::model::hardware::{Context, Control, Draft, Edit, PageId, Row, Value, additions, entries, page};
use vireo::model::xml::differences;
use vireo::model::xml::domain::Domain;

const SCHEMA: &str = "/usr/share/libvirt/schemas/domain.rng";

/// The machines of the corpus, by name of their file.
fn machines() -> Vec<(String, Domain)> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/corpus");
    let mut found = Vec::new();
    for folder in ["domain", "libvirt"] {
        let mut paths: Vec<PathBuf> = fs::read_dir(root.join(folder))
            .expect("a folder")
            .map(|entry| entry.expect("an entry").path())
            .collect();
        paths.sort();
        for path in paths {
            let text = fs::read_to_string(&path).expect("readable");
            let name = path.file_stem().expect("a name").to_string_lossy().into_owned();
            if let Ok(domain) = Domain::parse(&text) {
                found.push((format!("{folder}/{name}"), domain));
            }
        }
    }
    assert!(found.len() > 100, "{} machines", found.len());
    found
}

/// What is known of a host that tells nothing, for machines of this one's kind.
fn facts_for(domain: &Domain) -> HostFacts {
    HostFacts {
        kind: GuestKind::of(domain),
        ..HostFacts::default()
    }
}

fn context<'a>(domain: &'a Domain, facts: &'a HostFacts) -> Context<'a> {
    Context {
        domain,
        live: None,
        facts,
    }
}

/// The page as a word that is the same for all devices of a kind.
fn kind(domain: &Domain, id: PageId) -> String {
    match id {
        PageId::Device(node) => domain.document().name(node).to_owned(),
        id => format!("{id:?}"),
    }
}

/// Whether it shows a piece of XML that Vireo has no form for.
fn is_raw(row: &Row) -> bool {
    row.id.contains('@') || row.id.parse::<usize>().is_ok()
}

/// Values that a row may be given, besides the one that it has.
fn candidates(row: &Row) -> Vec<Value> {
    let text = |text: &str| Value::of(text);
    if is_raw(row) && !matches!(row.control, Control::Fact) {
        return vec![text("another")];
    }
    match &row.control {
        Control::Fact | Control::Button(..) | Control::OfHost(_) => Vec::new(),
        Control::Text | Control::LongText | Control::Password | Control::Path(_) => vec![text(row.example)],
        Control::Number { min, max, .. } => {
            let example: u64 = row.example.parse().unwrap_or(*min);
            vec![text(&example.clamp(*min, *max).to_string())]
        }
        Control::Size { .. } => vec![text(row.example)],
        Control::Switch { .. } => vec![text("yes"), text("no")],
        Control::Choice(choices) => choices
            .iter()
            .filter(|choice| choice.problem.is_none())
            .map(|choice| text(&choice.value))
            .collect(),
        Control::Proposal(choices) => {
            let usable = choices.iter().filter(|choice| choice.problem.is_none());
            usable
                .map(|choice| text(&choice.value))
                .chain((!row.example.is_empty()).then(|| text(row.example)))
                .collect()
        }
        Control::Order(items) => {
            let keys: Vec<String> = items.iter().map(|item| item.key.clone()).collect();
            let reversed = keys.iter().rev().cloned().collect();
            vec![Value::Order(keys), Value::Order(reversed), Value::Order(Vec::new())]
        }
        Control::Table { columns, .. } => {
            let line = |column: &vireo::model::hardware::Column| match column.choices.first() {
                Some(choice) => choice.value.clone(),
                None => column.example.to_owned(),
            };
            let line: Vec<String> = columns.iter().map(line).collect();
            let mut more = row.value.lines().to_vec();
            more.push(line);
            vec![Value::Table(more), Value::Table(Vec::new())]
        }
    }
}

#[test]
fn rows_explain_themselves() {
    let mut poor = BTreeSet::new();
    for (_, domain) in machines() {
        let facts = facts_for(&domain);
        let context = context(&domain, &facts);
        for entry in entries(&context) {
            assert!(!entry.title.is_empty());
            let page = page(&context, entry.id);
            let mut ids = HashSet::new();
            let kind = kind(&domain, entry.id);
            for row in page.rows() {
                assert!(ids.insert(&row.id), "two rows {} on {kind}", row.id);
                assert!(!row.title.is_empty(), "{} on {kind}", row.id);
                // Attributes of what Vireo does not know are shown as they are.
                let is_known = !is_raw(row);
                let writes = !matches!(row.edit, Edit::None);
                if is_known && writes && (row.help.is_empty() || row.xml.is_empty()) {
                    poor.insert(format!("{kind}: {}", row.id));
                }
                let typed = matches!(row.control, Control::Text | Control::Path(_) | Control::Size { .. });
                if is_known && writes && typed && row.example.is_empty() {
                    poor.insert(format!("{kind}: {} (example)", row.id));
                }
            }
        }
    }
    assert!(poor.is_empty(), "rows without help, XML or example: {poor:#?}");
}

#[test]
fn icons_are_there() {
    let mut wanted: BTreeSet<&'static str> = BTreeSet::new();
    for (_, domain) in machines() {
        let facts = facts_for(&domain);
        let context = context(&domain, &facts);
        wanted.extend(entries(&context).into_iter().map(|entry| entry.icon));
        wanted.extend(additions(&context).into_iter().map(|addition| addition.icon));
    }
    let (ours, others): (Vec<&str>, Vec<&str>) = wanted.into_iter().partition(|icon| icon.starts_with("vireo-"));
    assert!(!ours.is_empty() && !others.is_empty());
    let listed = fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join("resources/vireo.gresource.xml"));
    let listed = listed.expect("readable");
    for icon in ours {
        assert!(
            listed.contains(&format!("alias=\"{icon}.svg\"")),
            "{icon} is not among the resources"
        );
    }
    let theme = Path::new("/usr/share/icons/Adwaita");
    if !theme.exists() {
        skipped("needs the icon theme of Adwaita");
        return;
    }
    let known = files_below(theme);
    for icon in others {
        assert!(
            known.contains(&format!("{icon}.svg")),
            "{icon} is not in the icon theme"
        );
    }
}

/// Names of all files in a folder and in those below.
fn files_below(folder: &Path) -> HashSet<String> {
    let mut found = HashSet::new();
    for entry in fs::read_dir(folder).expect("a folder") {
        let entry = entry.expect("an entry");
        if entry.file_type().expect("a type").is_dir() {
            found.extend(files_below(&entry.path()));
        } else {
            found.insert(entry.file_name().to_string_lossy().into_owned());
        }
    }
    found
}

#[test]
fn a_row_writes_what_it_says_and_nothing_else() {
    let mut tried: HashMap<(String, String, String), usize> = HashMap::new();
    let mut never: BTreeMap<(String, String), String> = BTreeMap::new();
    let mut done = HashSet::new();
    for (name, domain) in machines() {
        let facts = facts_for(&domain);
        let draft = Draft::new(domain.clone(), None);
        let context = draft.context(&facts);
        for entry in entries(&context) {
            let kind = kind(&domain, entry.id);
            for row in page(&context, entry.id).rows() {
                for value in candidates(row) {
                    let key = (kind.clone(), row.id.clone(), format!("{value:?}"));
                    let count = tried.entry(key).or_default();
                    if row.locked.is_some() || row.value == value || *count >= 3 {
                        continue;
                    }
                    *count += 1;
                    let what = format!("{name}: {kind}, {} = {value:?}", row.id);
                    let place = (kind.clone(), row.id.clone());
                    let mut draft = draft.clone();
                    if let Err(refused) = draft.set(&facts, entry.id, &row.id, &value) {
                        assert!(!refused.0.is_empty(), "{what}: refused without a reason");
                        assert_eq!(
                            draft.edited().document().to_string(),
                            domain.document().to_string(),
                            "{what}"
                        );
                        if !done.contains(&place) {
                            never.insert(place, format!("{what}: {}", refused.0));
                        }
                        continue;
                    }
                    never.remove(&place);
                    done.insert(place);
                    check_written(&what, &domain, &draft, entry.id, row, &value, &facts);
                }
            }
        }
    }
    assert!(never.is_empty(), "rows that took no value on any machine: {never:#?}");
}

fn check_written(what: &str, before: &Domain, draft: &Draft, id: PageId, row: &Row, value: &Value, facts: &HostFacts) {
    let after = draft.edited();
    Domain::parse(&after.document().to_string()).unwrap_or_else(|error| panic!("{what}: {error}"));
    let page = page(&draft.context(facts), id);
    let new = page.row(&row.id);
    if let (Control::Switch { default }, Some(new)) = (&row.control, new) {
        let is_on = new.value.some().map_or(*default, |_| new.value.is_on());
        assert_eq!(is_on, value.is_on(), "{what}: is {:?}", new.value);
    } else if let Some(new) = new {
        assert_eq!(new.value, *value, "{what}");
    }
    if let Edit::Field(_) = row.edit {
        let place = before.document().place(id.node(before));
        for difference in differences(before.document(), after.document()) {
            // Another target or MAC address makes another device of it.
            let is_same = before.document().at_place(&place).is_some() && after.document().at_place(&place).is_some();
            assert!(
                !is_same || difference.place.starts_with(&place),
                "{what}: changed {}",
                difference.place
            );
        }
        let mut back = draft.clone();
        if back.set(facts, id, &row.id, &row.value).is_ok() {
            assert_eq!(content(back.edited()), content(before), "{what}: taken back");
        }
    }
}

/// All elements with what they say, whatever their order: one that went and came back may stand behind its siblings.
fn content(domain: &Domain) -> Vec<String> {
    let document = domain.document();
    let say = |node| {
        let mut path = vec![document.name(node).to_owned()];
        let mut at = node;
        while let Some(parent) = document.parent(at) {
            path.insert(0, document.name(parent).to_owned());
            at = parent;
        }
        let mut attributes: Vec<String> = document
            .attributes(node)
            .map(|(name, value)| format!("{name}={value}"))
            .collect();
        attributes.sort();
        format!("{} {attributes:?} {}", path.join("/"), document.text(node).trim())
    };
    let mut all: Vec<String> = document.descendants(document.root()).into_iter().map(say).collect();
    all.sort();
    all
}

#[test]
fn what_can_be_added_is_a_device_with_a_page() {
    let mut made: BTreeMap<&'static str, usize> = BTreeMap::new();
    for (name, domain) in machines() {
        let facts = facts_for(&domain);
        let context = context(&domain, &facts);
        for addition in additions(&context) {
            assert!(
                !addition.title.is_empty() && !addition.description.is_empty(),
                "{}",
                addition.id
            );
            let count = made.entry(addition.id).or_default();
            let Ok((with, node)) = addition.try_on(&domain, &facts) else {
                continue;
            };
            *count += 1;
            let what = format!("{name}: {}", addition.id);
            assert!(with.document().contains(node), "{what}");
            assert!(with.devices().any(|device| device.node == node), "{what}");
            let with = context_of(&with, &facts);
            assert!(page(&with, PageId::Device(node)).rows().count() > 0, "{what}: no page");
        }
    }
    let none: Vec<_> = made.iter().filter(|(_, count)| **count == 0).collect();
    assert!(none.is_empty(), "could be added to no machine: {none:?}");
}

fn context_of<'a>(domain: &'a Domain, facts: &'a HostFacts) -> Context<'a> {
    context(domain, facts)
}

#[test]
fn results_are_what_the_schema_allows() {
    if !Path::new(SCHEMA).exists() {
        skipped("needs libvirt's schemas");
        return;
    }
    let folder = tempfile::tempdir().expect("a folder");
    let machines = machines();
    let bases: Vec<(String, String)> = machines
        .iter()
        .map(|(name, domain)| (name.replace('/', "-"), domain.document().to_string()))
        .collect();
    let sound: HashSet<String> = validate(folder.path(), &bases)
        .into_iter()
        .map(|(name, _)| name)
        .collect();
    let mut tried: HashMap<(String, String, String), usize> = HashMap::new();
    let mut results = Vec::new();
    let mut labels = HashMap::new();
    let mut put = |what: String, domain: &Domain| {
        let file = format!("{}", results.len());
        results.push((file.clone(), domain.document().to_string()));
        labels.insert(file, what);
    };
    for (name, domain) in &machines {
        if sound.contains(&name.replace('/', "-")) {
            // Not sound before: it says nothing about the edit.
            continue;
        }
        let facts = facts_for(domain);
        let draft = Draft::new(domain.clone(), None);
        let context = draft.context(&facts);
        for entry in entries(&context) {
            let kind = kind(domain, entry.id);
            for row in page(&context, entry.id).rows().filter(|row| !is_raw(row)) {
                for value in candidates(row) {
                    let count = tried
                        .entry((kind.clone(), row.id.clone(), format!("{value:?}")))
                        .or_default();
                    let mut draft = draft.clone();
                    if *count < 1 && draft.set(&facts, entry.id, &row.id, &value).is_ok() && draft.is_changed() {
                        *count += 1;
                        put(format!("{name}: {kind}, {} = {value:?}", row.id), draft.edited());
                    }
                }
            }
        }
        for addition in additions(&context) {
            let count = tried
                .entry((String::new(), addition.id.to_owned(), String::new()))
                .or_default();
            if *count < 2
                && let Ok((with, _)) = addition.try_on(domain, &facts)
            {
                *count += 1;
                put(format!("{name}: new {}", addition.id), &with);
            }
        }
    }
    assert!(results.len() > 10, "{} results", results.len());
    let wrong: Vec<String> = validate(folder.path(), &results)
        .into_iter()
        .map(|(file, text)| format!("{}: {text}", labels.get(&file).cloned().unwrap_or_default()))
        .collect();
    assert!(
        wrong.is_empty(),
        "{} of {} are not what the schema allows:\n{}",
        wrong.len(),
        results.len(),
        wrong.join("\n")
    );
}

/// Names of the documents that the schema refuses, with its words.
fn validate(folder: &Path, documents: &[(String, String)]) -> Vec<(String, String)> {
    let mut refused = Vec::new();
    for chunk in documents.chunks(400) {
        let mut command = Command::new("xmllint");
        command.args(["--noout", "--relaxng", SCHEMA]);
        for (name, text) in chunk {
            let path = folder.join(format!("{name}.xml"));
            fs::write(&path, text).expect("written");
            command.arg(&path);
        }
        let output = command.output().expect("xmllint runs");
        let said = String::from_utf8_lossy(&output.stderr);
        let mut words = String::new();
        for line in said.lines() {
            if let Some(path) = line.strip_suffix(" fails to validate") {
                let name = Path::new(path)
                    .file_stem()
                    .expect("a name")
                    .to_string_lossy()
                    .into_owned();
                refused.push((name, std::mem::take(&mut words)));
            } else if line.ends_with(" validates") {
                words.clear();
            } else if let Some((_, text)) = line.split_once("Relax-NG validity error : ") {
                words.push_str(text);
                words.push(' ');
            }
        }
    }
    refused
}
