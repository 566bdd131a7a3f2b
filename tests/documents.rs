//! What the documents claim is there: files, tests, functions of libvirt, folders.

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};

const ROOT: &str = env!("CARGO_MANIFEST_DIR");

const DOCUMENTS: &[&str] = &[
    "README.md",
    "ARCHITECTURE.md",
    "CONTRIBUTING.md",
    "CHANGELOG.md",
    "docs/edit.md",
    "docs/figures.md",
    "docs/founding.md",
    "docs/libvirt.md",
];

/// What a path in a document begins with, from the root or from `src`.
const FOLDERS: &[&str] = &[
    ".ci/",
    "benches/",
    "data/",
    "docs/",
    "po/",
    "resources/",
    "scripts/",
    "src/",
    "tests/",
    "cli/",
    "model/",
    "ui/",
    "virt/",
];

fn read(path: &str) -> String {
    fs::read_to_string(Path::new(ROOT).join(path)).unwrap_or_else(|error| panic!("{path}: {error}"))
}

/// What stands between backticks, blocks of code left out.
fn quoted(text: &str) -> Vec<String> {
    let mut code = false;
    let lines = text.lines().filter(|line| {
        let fence = line.starts_with("```");
        code ^= fence;
        !code && !fence
    });
    let prose: Vec<&str> = lines.collect();
    prose
        .join("\n")
        .split('`')
        .skip(1)
        .step_by(2)
        .map(str::to_owned)
        .collect()
}

/// The targets of links to files.
fn links(text: &str) -> Vec<String> {
    let targets = text.split("](").skip(1).filter_map(|rest| rest.split(')').next());
    targets
        .filter(|target| !target.contains("://") && !target.starts_with('#'))
        .map(str::to_owned)
        .collect()
}

fn sources(folder: &Path, found: &mut Vec<PathBuf>) {
    for entry in fs::read_dir(folder).expect("a readable folder") {
        let path = entry.expect("a readable entry").path();
        if path.is_dir() {
            sources(&path, found);
        } else if path.extension().is_some_and(|ending| ending == "rs") {
            found.push(path);
        }
    }
}

/// The text of every Rust source below these folders.
fn code(folders: &[&str]) -> String {
    let mut paths = Vec::new();
    for folder in folders {
        sources(&Path::new(ROOT).join(folder), &mut paths);
    }
    assert!(paths.len() > 20, "the sources were found");
    paths
        .iter()
        .map(|path| fs::read_to_string(path).expect("a source is text"))
        .collect()
}

/// The cells of the tables' rows, headings left out.
fn rows(text: &str) -> Vec<Vec<&str>> {
    let lines = text.lines().filter(|line| line.starts_with("| "));
    lines
        .filter(|line| !line.starts_with("| Statement") && !line.starts_with("| ---") && !line.starts_with("| For"))
        .map(|line| line.trim_matches('|').split(" | ").map(str::trim).collect())
        .collect()
}

#[test]
fn files_that_documents_name_are_there() {
    let mut named = 0;
    let mut missing = Vec::new();
    for document in DOCUMENTS {
        let text = read(document);
        let is_path =
            |word: &String| FOLDERS.iter().any(|folder| word.starts_with(folder)) && !word.contains(['*', ' ']);
        for path in quoted(&text)
            .into_iter()
            .filter(is_path)
            .filter(|path| !path.contains("LANG"))
        {
            named += 1;
            let root = Path::new(ROOT);
            let places = [root.join(&path), root.join("src").join(&path)];
            let is_there = places
                .iter()
                .any(|place| place.exists() || place.with_extension("rs").exists());
            if !is_there {
                missing.push(format!("{document}: {path}"));
            }
        }
        let folder = Path::new(document).parent().expect("a folder");
        for target in links(&text) {
            named += 1;
            if !Path::new(ROOT).join(folder).join(&target).exists() {
                missing.push(format!("{document}: {target}"));
            }
        }
    }
    assert!(named > 80, "the documents were read: {named}");
    assert!(missing.is_empty(), "{missing:#?}");
}

#[test]
fn code_map_has_every_folder() {
    let map = read("ARCHITECTURE.md");
    for parent in ["src", ""] {
        for entry in fs::read_dir(Path::new(ROOT).join(parent)).expect("a readable folder") {
            let entry = entry.expect("a readable entry");
            let name = entry.file_name().to_string_lossy().into_owned();
            let is_made = name.starts_with('.') || name == "target" || name == "src";
            if entry.path().is_dir() && !is_made {
                let path = Path::new(parent).join(&name);
                let quoted = format!("`{}`", path.display());
                assert!(map.contains(&quoted), "{quoted} is not on the map");
            }
        }
    }
}

#[test]
fn every_founding_statement_says_where_it_is_and_what_holds_it() {
    let text = read("docs/founding.md");
    let code = code(&["src", "tests"]);
    let rows = rows(&text);
    assert!(rows.len() > 35, "{}", rows.len());
    let mut missing = Vec::new();
    for row in &rows {
        assert_eq!(row.len(), 3, "{row:?}");
        assert!(row.iter().all(|cell| !cell.is_empty()), "{row:?}");
        let tests: Vec<String> = quoted(row[2])
            .into_iter()
            .filter(|word| word.matches('_').count() >= 2 && !word.contains(['/', '.']))
            .collect();
        assert!(!tests.is_empty() || row[2].starts_with("no test: "), "{row:?}");
        missing.extend(tests.into_iter().filter(|test| !code.contains(&format!("fn {test}("))));
    }
    assert!(missing.is_empty(), "{missing:#?}");
}

#[test]
fn list_of_libvirt_functions_is_complete() {
    // Types and constants that are named like functions.
    let is_type = |name: &str| {
        let ends = [
            "Ptr",
            "Struct",
            "GenericCallback",
            "HandleCallback",
            "TimeoutCallback",
            "FreeCallback",
            "Parameter",
        ];
        let named = [
            "virConnect",
            "virConnectAuth",
            "virConnectCredential",
            "virDomain",
            "virDomainBlockInfo",
            "virDomainControlInfo",
            "virDomainInfo",
            "virDomainInterface",
            "virDomainJobInfo",
            "virDomainMetadataType",
            "virDomainSnapshot",
            "virInterface",
            "virNWFilter",
            "virNWFilterBinding",
            "virNetwork",
            "virNetworkDHCPLease",
            "virNetworkPort",
            "virNodeCPUStats",
            "virNodeMemoryStats",
            "virNodeDevice",
            "virNodeInfo",
            "virSecret",
            "virStoragePool",
            "virStorageVol",
            "virStorageVolInfo",
            "virStream",
        ];
        ends.iter().any(|end| name.ends_with(end)) || named.contains(&name)
    };
    let words = |text: &str| -> BTreeSet<String> {
        let inside = |letter: char| letter.is_alphanumeric() || letter == '_';
        text.split(|letter| !inside(letter))
            .filter(|word| {
                word.strip_prefix("vir")
                    .is_some_and(|rest| rest.starts_with(|c: char| c.is_ascii_uppercase()))
            })
            .filter(|word| !is_type(word))
            .map(str::to_owned)
            .collect()
    };
    let mut paths = Vec::new();
    sources(&Path::new(ROOT).join("src/virt"), &mut paths);
    let mut called = BTreeSet::new();
    for path in paths.iter().filter(|path| !path.ends_with("tests.rs")) {
        let text = fs::read_to_string(path).expect("a source is text");
        let shipped = text.split("#[cfg(test)]\nmod tests {").next().unwrap_or_default();
        for line in shipped.lines() {
            called.extend(words(line.split("//").next().unwrap_or_default()));
        }
    }
    assert!(called.len() > 60, "{called:?}");
    let listed: BTreeSet<String> = quoted(&read("docs/libvirt.md"))
        .iter()
        .flat_map(|text| words(text))
        .collect();
    let unlisted: Vec<_> = called.difference(&listed).collect();
    let unused: Vec<_> = listed.difference(&called).collect();
    assert!(
        unlisted.is_empty() && unused.is_empty(),
        "not listed: {unlisted:#?}, not called: {unused:#?}"
    );
}

#[test]
fn changes_are_listed_once() {
    let text = read("CHANGELOG.md");
    let mut seen = BTreeSet::new();
    for line in text.lines().filter(|line| line.starts_with("- ")) {
        let begin: String = line.chars().take(20).collect();
        assert!(seen.insert(begin), "twice: {line}");
    }
}
