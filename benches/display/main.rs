//! What a display costs: processor, time to the first picture, time of a key, what is left behind. Against a VNC server that
//! plays recorded updates, beside the floor: the same library without a process of its own and without drawing.
//!
//! `scripts/headless cargo bench --bench display`; `docs/figures.md` says what each figure means.

mod floor;
mod link;
mod load;
mod part;
mod process;
mod screen;
#[path = "../../tests/support/mod.rs"]
mod support;
mod table;

use clap::Parser;

/// Measures what a display costs.
#[derive(Debug, Parser)]
struct Options {
    /// Seconds for each load.
    #[arg(long, default_value_t = 8)]
    seconds: u64,
    /// Times that a display is opened, and keys that are typed.
    #[arg(long, default_value_t = 30)]
    runs: usize,
    /// Only lines whose name holds this.
    #[arg(long, default_value = "")]
    only: String,
    /// Runs as one of the programs that are measured.
    #[arg(long, hide = true)]
    part: Option<part::Part>,
    /// Where its server is.
    #[arg(long, hide = true, default_value_t = 0)]
    port: u16,
    /// Cargo says so.
    #[arg(long, hide = true)]
    bench: bool,
}

fn main() {
    let options = Options::parse();
    match options.part {
        Some(part::Part::Floor) => return floor::run(options.port),
        Some(part::Part::Link) => return link::run(options.port),
        Some(part::Part::Screen) => return screen::run(options.port),
        Some(part::Part::Open) => return screen::open(options.runs),
        Some(part::Part::Keys) => return screen::keys(options.runs),
        Some(part::Part::Show) => return screen::show(),
        Some(part::Part::Leave) => return link::leave(options.runs.max(100)),
        None => {}
    }
    let mut table = table::Table::new(&options.only);
    load::measure(&mut table, std::time::Duration::from_secs(options.seconds));
    for part in [part::Part::Open, part::Part::Keys, part::Part::Leave] {
        table.take(&part::figures(part, options.runs));
    }
    table.print();
}
