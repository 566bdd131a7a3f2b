//! What people and tools get to read.

use std::fmt::Write as _;
use std::fs;

use serde_json::{Value, json};

use crate::figure::{Figure, Samples, Sheet};
use crate::options::Contestant;
use crate::place;

const COLUMNS: [(Contestant, &str); 3] = [
    (Contestant::Vireo, "Vireo"),
    (Contestant::Floor, "floor"),
    (Contestant::VirtManager, "virt-manager"),
];

/// Prints all figures, grouped by the number of machines.
pub fn print(sheet: &Sheet) {
    println!("{}", text(sheet));
}

fn text(sheet: &Sheet) -> String {
    let mut text = String::new();
    let mut group = None;
    for figure in sheet.figures() {
        if group != Some(figure.machines) {
            group = Some(figure.machines);
            let title = figure.machines.map_or_else(
                || "Any number of machines".to_owned(),
                |count| format!("{count} machines"),
            );
            let _ = write!(text, "\n{title:<44}{:>9}", "target");
            for (_, name) in COLUMNS {
                let _ = write!(text, "{name:>24}");
            }
            text.push('\n');
        }
        let limit = figure
            .limit()
            .map_or_else(String::new, |limit| format!("≤ {}", short(limit)));
        let _ = write!(text, "{:<44}{limit:>9}", figure.kind.name);
        for (who, _) in COLUMNS {
            let _ = write!(text, "{:>24}", cell(figure, who));
        }
        let verdict = match figure.is_met() {
            Some(true) => "  met",
            Some(false) => "  MISSED",
            None => "",
        };
        text.push_str(verdict);
        text.push('\n');
    }
    text
}

/// The value, and the smallest and largest sample where there are several.
fn cell(figure: &Figure, who: Contestant) -> String {
    let Some(value) = figure.value(who) else {
        return "–".to_owned();
    };
    let spread = figure.samples(who).filter(|samples| samples.len() > 1).and_then(range);
    match spread {
        Some((min, max)) => format!("{} ({}–{})", short(value), short(min), short(max)),
        None => short(value),
    }
}

fn range(samples: &Samples) -> Option<(f64, f64)> {
    Some((samples.min()?, samples.max()?))
}

/// Three digits are enough for a figure.
fn short(value: f64) -> String {
    match value.abs() {
        size if size >= 100.0 => format!("{value:.0}"),
        size if size >= 10.0 => format!("{value:.1}"),
        _ => format!("{value:.2}"),
    }
}

/// All figures for tools, with what they were measured on.
pub fn json(sheet: &Sheet) -> Value {
    let figures: Vec<Value> = sheet.figures().iter().map(Figure::json).collect();
    let now = glib::DateTime::now_utc().and_then(|now| now.format_iso8601()).ok();
    json!({
        "measured": now.map(|now| now.to_string()),
        "processors": std::thread::available_parallelism().map(usize::from).ok(),
        "processor": processor(),
        "version": env!("CARGO_PKG_VERSION"),
        "figures": figures,
    })
}

fn processor() -> Option<String> {
    let info = fs::read_to_string("/proc/cpuinfo").ok()?;
    let line = info.lines().find(|line| line.starts_with("model name"))?;
    Some(line.split_once(':')?.1.trim().to_owned())
}

/// Writes `target/bench/figures.json`.
pub fn keep(sheet: &Sheet) {
    let folder = place::results();
    let file = folder.join("figures.json");
    let text = format!("{:#}\n", json(sheet));
    match fs::create_dir_all(&folder).and_then(|()| fs::write(&file, text)) {
        Ok(()) => eprintln!("written to {}", file.display()),
        Err(error) => eprintln!("{}: {error}", file.display()),
    }
}
