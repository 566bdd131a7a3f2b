//! The layers of the program, kept by a test: who may name whom, where `unsafe` may stand, how long a file may be.

use std::fs;
use std::path::{Path, PathBuf};

/// Files longer than the limit, each with its reason.
const LONG: &[(&str, &str)] = &[(
    "model/store/apply.rs",
    "the rules of order for every kind of news belong side by side",
)];

const LONGEST: usize = 500;

struct Source {
    /// Path below `src`.
    path: String,
    text: String,
}

impl Source {
    /// Lines with their numbers, without comments.
    fn code(&self) -> impl Iterator<Item = (usize, &str)> {
        self.text.lines().enumerate().filter_map(|(number, line)| {
            let code = line.split("//").next().unwrap_or_default();
            (!code.trim().is_empty()).then_some((number + 1, code))
        })
    }

    fn is_below(&self, folders: &[&str]) -> bool {
        folders.iter().any(|folder| self.path.starts_with(folder))
    }
}

fn sources() -> Vec<Source> {
    fn collect(folder: &Path, found: &mut Vec<PathBuf>) {
        for entry in fs::read_dir(folder).expect("a readable source folder") {
            let path = entry.expect("a readable entry").path();
            if path.is_dir() {
                collect(&path, found);
            } else if path.extension().is_some_and(|extension| extension == "rs") {
                found.push(path);
            }
        }
    }
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("src");
    let mut paths = Vec::new();
    collect(&root, &mut paths);
    paths.sort();
    let sources: Vec<Source> = paths
        .into_iter()
        .map(|path| Source {
            text: fs::read_to_string(&path).expect("a readable source"),
            path: path
                .strip_prefix(&root)
                .expect("below src")
                .to_string_lossy()
                .into_owned(),
        })
        .collect();
    assert!(sources.len() > 30, "the sources were found");
    sources
}

/// Whether `word` stands in `code` as a whole word.
fn names(code: &str, word: &str) -> bool {
    let inside = |letter: char| letter.is_alphanumeric() || letter == '_';
    code.match_indices(word).any(|(at, _)| {
        !code[..at].chars().next_back().is_some_and(inside)
            && !code[at + word.len()..].chars().next().is_some_and(inside)
    })
}

/// All lines for which `wrong` holds.
fn offences(mut wrong: impl FnMut(&Source, &str) -> bool) -> Vec<String> {
    let mut found = Vec::new();
    for source in sources() {
        for (number, code) in source.code() {
            if wrong(&source, code) {
                found.push(format!("src/{}:{number}: {}", source.path, code.trim()));
            }
        }
    }
    found
}

fn assert_none(rule: &str, found: &[String]) {
    assert!(found.is_empty(), "{rule}:\n{}", found.join("\n"));
}

#[test]
fn model_and_virt_know_no_widgets() {
    let toolkits = ["gtk", "gtk4", "gdk4", "adw", "libadwaita", "relm4", "vte4", "vte"];
    let found = offences(|source, code| {
        source.is_below(&["model/", "virt/"])
            && toolkits
                .iter()
                .any(|toolkit| names(code, toolkit) && (code.contains("::") || code.contains("use ")))
            && !code.contains('"')
    });
    assert_none("no toolkit in model or virt", &found);
}

#[test]
fn model_knows_neither_virt_nor_ui() {
    let found = offences(|source, code| {
        source.is_below(&["model/"])
            && ["crate::virt", "crate::ui", "crate::cli"]
                .iter()
                .any(|path| code.contains(path))
    });
    assert_none("model uses only itself", &found);
    let found = offences(|source, code| {
        source.is_below(&["virt/"]) && ["crate::ui", "crate::cli"].iter().any(|path| code.contains(path))
    });
    assert_none("virt uses only model", &found);
}

#[test]
fn model_touches_glib_only_for_settings() {
    let found = offences(|source, code| {
        source.is_below(&["model/"])
            && !source.is_below(&["model/settings.rs", "model/settings/"])
            && (code.contains("glib::") || code.contains("gio::"))
    });
    assert_none("glib and gio in model only for settings", &found);
}

#[test]
fn only_the_client_is_seen_of_virt() {
    let found = offences(|source, code| {
        source.is_below(&["ui/", "cli/"]) && code.contains("crate::virt::") && !code.contains("crate::virt::client")
    });
    assert_none("ui and cli see only virt::client", &found);
}

#[test]
fn raw_bindings_are_named_in_one_place() {
    let found = offences(|source, code| source.path != "virt/sys.rs" && names(code, "virt_sys"));
    assert_none("virt_sys only in virt/sys.rs", &found);
}

#[test]
fn unsafe_stays_where_it_is_needed() {
    let found = offences(|source, code| {
        !source.is_below(&["virt/"]) && names(code, "unsafe") && !code.contains("setlocale") && !code.contains('"')
    });
    assert_none("unsafe only in virt, and for setlocale", &found);
}

/// Each time GTK's own setters are called they ask the X server what is under the pointer, and wait for four answers. Making
/// the main window took two hundred of them.
#[test]
fn tooltips_do_not_ask_for_the_pointer() {
    let setters = [".set_tooltip_text(", ".set_tooltip_markup(", ".tooltip_markup("];
    let found = offences(|source, code| {
        let built = code
            .split_once(".tooltip_text(")
            .is_some_and(|(_, rest)| !rest.starts_with(')'));
        source.path != "ui/widgets/tip.rs" && (built || setters.iter().any(|setter| code.contains(setter)))
    });
    assert_none("tooltips by ui::widgets::{Tip, set_tip}", &found);
}

#[test]
fn nothing_is_left_to_do() {
    let found = offences(|_, code| code.contains("todo!(") || code.contains("unimplemented!("));
    assert_none("no todo", &found);
}

#[test]
fn files_stay_short() {
    let mut found = Vec::new();
    for source in sources() {
        let lines = source.text.lines().count();
        let allowed = LONG.iter().any(|(path, _)| *path == source.path);
        if lines > LONGEST && !allowed {
            found.push(format!("src/{}: {lines} lines", source.path));
        }
        if lines <= LONGEST && allowed {
            found.push(format!("src/{}: needs no exception any more", source.path));
        }
    }
    assert_none("split these", &found);
}
