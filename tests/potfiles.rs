//! Every text that a user can see is known to translators, and the complete languages are complete.

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};

const ROOT: &str = env!("CARGO_MANIFEST_DIR");

/// Languages that must have every text.
const COMPLETE: &[&str] = &["de"];

fn sources(folder: &Path, found: &mut Vec<PathBuf>) {
    for entry in fs::read_dir(folder).expect("src can be read") {
        let path = entry.expect("src can be read").path();
        if path.is_dir() {
            sources(&path, found);
        } else if path.extension().is_some_and(|ending| ending == "rs") {
            found.push(path);
        }
    }
}

/// All sources with their path below the root, sorted.
fn all_sources() -> Vec<(String, String)> {
    let mut paths = Vec::new();
    sources(&Path::new(ROOT).join("src"), &mut paths);
    paths.sort();
    let relative = |path: &Path| {
        let below = path.strip_prefix(ROOT).expect("below the root");
        below.to_string_lossy().into_owned()
    };
    paths
        .iter()
        .map(|path| (relative(path), fs::read_to_string(path).expect("a source is text")))
        .collect()
}

/// The first texts of the calls in a source: (context, text).
fn texts(source: &str) -> Vec<(Option<String>, String)> {
    let bytes = source.as_bytes();
    let mut found = Vec::new();
    let mut at = 0;
    let mut word = String::new();
    let mut before = String::new();
    while at < bytes.len() {
        let rest = &source[at..];
        if rest.starts_with("//") {
            at += rest.find('\n').unwrap_or(rest.len());
        } else if rest.starts_with('"') {
            at += literal(rest).map_or(1, |(_, length)| length);
            word.clear();
        } else if rest.starts_with("'\"'") || rest.starts_with("'\\\"'") {
            at += rest[1..].find('\'').map_or(1, |end| end + 2);
        } else {
            let c = rest.chars().next().unwrap_or(' ');
            at += c.len_utf8();
            if c.is_alphanumeric() || c == '_' {
                word.push(c);
                continue;
            }
            if c == '(' && matches!(word.as_str(), "tr" | "tr_f" | "tr_n" | "tr_c") && before != "fn" {
                found.extend(call(&word, &source[at..]));
            }
            if !word.is_empty() {
                before = std::mem::take(&mut word);
            }
        }
    }
    found
}

fn call(name: &str, arguments: &str) -> Option<(Option<String>, String)> {
    let (first, length) = literal(arguments.trim_start())?;
    if name != "tr_c" {
        return Some((None, first));
    }
    let rest = arguments.trim_start()[length..].trim_start().strip_prefix(',')?;
    Some((Some(first), literal(rest.trim_start())?.0))
}

/// A string literal at the start of `text`: what it says, and its length.
fn literal(text: &str) -> Option<(String, usize)> {
    let mut said = String::new();
    let mut chars = text.char_indices().skip(1);
    text.strip_prefix('"')?;
    while let Some((index, c)) = chars.next() {
        match c {
            '"' => return Some((said, index + 1)),
            '\\' => match chars.next()?.1 {
                'n' => said.push('\n'),
                't' => said.push('\t'),
                '\n' => {
                    let rest = &text[index + 2..];
                    let blanks = rest.len() - rest.trim_start().len();
                    for _ in 0..rest[..blanks].chars().count() {
                        chars.next();
                    }
                }
                other => said.push(other),
            },
            c => said.push(c),
        }
    }
    None
}

/// The entries of a catalogue: (context, text, translations).
fn catalogue(path: &Path) -> Vec<(Option<String>, String, Vec<String>)> {
    entries(path, |_| true)
}

/// Those entries whose block, comments included, `fits`.
fn entries(path: &Path, fits: fn(&str) -> bool) -> Vec<(Option<String>, String, Vec<String>)> {
    let text = fs::read_to_string(path).unwrap_or_else(|error| panic!("{}: {error}", path.display()));
    text.split("\n\n")
        .filter(|block| fits(block))
        .filter_map(|block| {
            let (mut context, mut id, mut translations) = (None, None, Vec::new());
            let mut target: Option<String> = None;
            let mut fields: Vec<(String, String)> = Vec::new();
            for line in block.lines().filter(|line| !line.starts_with('#')) {
                let (name, value) = match line.split_once(" \"") {
                    Some((name, _)) if name.starts_with("msg") => (Some(name), &line[name.len() + 1..]),
                    _ => (None, line),
                };
                let said = literal(value).map(|(said, _)| said).unwrap_or_default();
                match name {
                    Some(name) => {
                        target = Some(name.to_owned());
                        fields.push((name.to_owned(), said));
                    }
                    None if target.is_some() => {
                        if let Some((_, whole)) = fields.last_mut() {
                            whole.push_str(&said);
                        }
                    }
                    None => {}
                }
            }
            for (name, value) in fields {
                match name.as_str() {
                    "msgctxt" => context = Some(value),
                    "msgid" => id = Some(value),
                    "msgid_plural" => {}
                    _ => translations.push(value),
                }
            }
            id.filter(|id| !id.is_empty()).map(|id| (context, id, translations))
        })
        .collect()
}

#[test]
fn every_source_with_texts_is_listed_for_translators() {
    let listed = fs::read_to_string(Path::new(ROOT).join("po/POTFILES.in")).expect("po/POTFILES.in can be read");
    let listed: Vec<&str> = listed.lines().filter(|line| line.starts_with("src/")).collect();
    let with_texts: Vec<String> = all_sources()
        .into_iter()
        .filter(|(_, source)| !texts(source).is_empty())
        .map(|(path, _)| path)
        .collect();
    assert_eq!(listed, with_texts, "run po/update");
}

#[test]
fn every_text_in_the_code_is_in_the_template_and_none_is_left_over() {
    // What only stands in data is none of the code's.
    let from_code = |block: &str| {
        block
            .lines()
            .any(|line| line.starts_with("#:") && line.contains("src/"))
    };
    let known: BTreeSet<_> = entries(&Path::new(ROOT).join("po/vireo.pot"), from_code)
        .into_iter()
        .map(|(context, text, _)| (context, text))
        .collect();
    let used: BTreeSet<_> = all_sources().iter().flat_map(|(_, source)| texts(source)).collect();
    let missing: Vec<_> = used.difference(&known).collect();
    let left_over: Vec<_> = known.difference(&used).collect();
    assert!(missing.is_empty(), "run po/update; not in the template: {missing:?}");
    assert!(left_over.is_empty(), "run po/update; used nowhere: {left_over:?}");
}

#[test]
fn complete_languages_have_every_text_with_its_placeholders() {
    let po = Path::new(ROOT).join("po");
    let wanted: BTreeSet<_> = catalogue(&po.join("vireo.pot"))
        .into_iter()
        .map(|(context, text, _)| (context, text))
        .collect();
    for language in COMPLETE {
        let mut missing = wanted.clone();
        for (context, text, translations) in catalogue(&po.join(format!("{language}.po"))) {
            if translations.iter().any(String::is_empty) {
                continue;
            }
            for translation in &translations {
                assert_eq!(placeholders(translation), placeholders(&text), "{language}: {text}");
            }
            missing.remove(&(context, text));
        }
        assert!(missing.is_empty(), "{language} lacks: {missing:?}");
    }
}

fn placeholders(text: &str) -> BTreeSet<&str> {
    text.split('{')
        .skip(1)
        .filter_map(|part| part.split_once('}').map(|(name, _)| name))
        .collect()
}

#[test]
fn literals_are_read_as_the_compiler_reads_them() {
    let source =
        "tr_f(\"a \\\"b\\\" \\\n     c\", &[]); // tr(\"no\")\n tr_c(\"x\", \"y\"); fn tr(text) {} '\"'; tr(\"z\")";
    assert_eq!(
        texts(source),
        [
            (None, "a \"b\" c".to_owned()),
            (Some("x".to_owned()), "y".to_owned()),
            (None, "z".to_owned())
        ]
    );
}

#[test]
fn desktop_and_software_centre_speak_every_complete_language() {
    let folder = tempfile::tempdir().expect("a directory");
    let script = Path::new(ROOT).join("scripts/desktop-files");
    let status = std::process::Command::new(script).arg(folder.path()).status();
    assert!(status.expect("scripts/desktop-files").success());
    let read = |name: &str| fs::read_to_string(folder.path().join(name)).expect("a file was written");
    let desktop = read("io.github.vireo_vm.Vireo.desktop");
    let metainfo = read("io.github.vireo_vm.Vireo.metainfo.xml");
    for language in COMPLETE {
        for key in ["GenericName", "Comment", "Keywords"] {
            assert!(
                desktop.contains(&format!("\n{key}[{language}]=")),
                "{key} in {language}"
            );
        }
        let count = |tag: &str| metainfo.matches(tag).count();
        for tag in ["summary", "caption", "li"] {
            let translated = count(&format!("<{tag} xml:lang=\"{language}\">"));
            assert_eq!(translated, count(&format!("<{tag}>")), "{tag} in {language}");
            assert!(translated > 0, "{tag}");
        }
    }
    // gettext of this age escapes what is escaped already.
    assert!(!metainfo.contains("&amp;"), "{metainfo}");
}
