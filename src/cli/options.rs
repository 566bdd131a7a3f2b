//! The words of the command line.

use std::ffi::OsString;

use clap::{Args, CommandFactory, FromArgMatches, Parser, Subcommand};

use super::Stop;
use crate::model::demo;
use crate::model::uri::Uri;

/// What to show in the window at once.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum View {
    /// The console of a machine, given by name, UUID or number.
    Console(String),
    /// The overview of a machine with its graphs.
    Performance(String),
}

/// The command line, understood.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Options {
    /// The host to connect to; checked for risks.
    pub connect: Option<String>,
    /// Open the demo.
    pub demo: bool,
    /// Open a generated demo of that many machines.
    pub demo_scale: Option<u32>,
    /// What to open in the window, in order.
    pub views: Vec<View>,
    /// Log in detail.
    pub debug: bool,
    /// Started by D-Bus to wait for the first request.
    pub service: bool,
    /// Do this without a window.
    pub command: Option<Command>,
}

/// Something that needs no window.
#[derive(Debug, Clone, PartialEq, Eq, Subcommand)]
pub enum Command {
    /// Prints all machines with their state
    List {
        /// Prints JSON
        #[arg(long)]
        json: bool,
        /// Prints names only, one a line
        #[arg(long, conflicts_with = "json")]
        names: bool,
    },
    /// Prints what happens on a host, one line an event, until interrupted
    Events {
        /// Prints JSON, one object a line
        #[arg(long)]
        json: bool,
        /// Ends after so many events
        #[arg(long, value_name = "N")]
        count: Option<u64>,
        /// Ends after so many seconds
        #[arg(long, value_name = "SECONDS")]
        timeout: Option<u64>,
    },
    /// Makes a machine
    Create(Box<super::CreateWords>),
    /// Prints what was left half-done when a program died in the middle of long work
    Leftovers(super::LeftoverWords),
    /// Changes the definition of a machine, in a file or on a host
    Edit(super::EditWords),
    /// Deletes machines with all that goes with them, and their images where that is asked for
    Delete(super::DeleteWords),
    /// Makes machines of OVA files, disk images of other programs, or what export made
    Import(super::ImportWords),
    /// Makes a folder with the disks and the definition of a machine that is off
    Export(super::ExportWords),
    /// Says what keeps machines from running on a host, and what helps; ends with 1 where something does
    Doctor(super::DoctorWords),
    /// Storage pools
    #[command(subcommand)]
    Pool(super::PoolCommand),
    /// Volumes of storage pools
    #[command(subcommand)]
    Volume(super::VolumeCommand),
    /// Makes, changes, starts, stops and deletes networks
    Network(super::NetworkWords),
    /// Makes and deletes packet filters
    Nwfilter(super::FilterWords),
    /// Makes secrets, gives them values, deletes them
    Secret(super::SecretWords),
    /// Sets up network interfaces of the host, where libvirt does
    Interface(super::InterfaceWords),
    /// Something to do with one machine.
    #[command(flatten)]
    Machine(MachineCommand),
}

/// Something to do with one machine, named by name, UUID or number.
#[derive(Debug, Clone, PartialEq, Eq, Subcommand)]
pub enum MachineCommand {
    /// Starts a machine, or restores it from its saved state
    Start {
        /// Name, UUID, or number of a running machine
        machine: String,
        /// Leaves the guest paused
        #[arg(long)]
        paused: bool,
        /// Ignores a saved state
        #[arg(long)]
        force_boot: bool,
        /// Gives the firmware new variables
        #[arg(long)]
        reset_nvram: bool,
    },
    /// Asks the guest to shut down
    Shutdown {
        /// Name, UUID, or number of a running machine
        machine: String,
        /// How to ask: the guest agent or the ACPI power button
        #[arg(long, value_parser = ["agent", "acpi"])]
        mode: Option<String>,
    },
    /// Stops a machine at once, as if its power was cut
    Destroy {
        /// Name, UUID, or number of a running machine
        machine: String,
    },
    /// Pauses a machine
    Suspend {
        /// Name, UUID, or number of a running machine
        machine: String,
    },
    /// Lets a paused machine go on
    Resume {
        /// Name, UUID, or number of a running machine
        machine: String,
    },
    /// Saves what a running machine shows as a PNG; no console needs to be open
    Screenshot(super::ScreenshotWords),
    /// Copies a machine that is off
    Clone(super::CloneWords),
    /// Deletes the definition of a machine that is off; all that goes with it has to be named
    Undefine(super::UndefineWords),
    /// Prints the definition of a machine
    Dumpxml {
        /// Name, UUID, or number of a running machine
        machine: String,
        /// The definition of the next start instead of the running one
        #[arg(long)]
        inactive: bool,
        /// With passwords
        #[arg(long)]
        security_info: bool,
    },
}

impl MachineCommand {
    /// The machine it is about.
    #[must_use]
    pub fn machine(&self) -> &str {
        match self {
            Self::Start { machine, .. }
            | Self::Shutdown { machine, .. }
            | Self::Destroy { machine }
            | Self::Suspend { machine }
            | Self::Resume { machine }
            | Self::Dumpxml { machine, .. } => machine,
            Self::Screenshot(words) => &words.machine,
            Self::Clone(words) => &words.machine,
            Self::Undefine(words) => &words.machine,
        }
    }
}

/// Watches and manages libvirt virtual machines. Without a command it opens its window.
#[derive(Debug, Parser)]
#[command(name = "vireo", version, max_term_width = 100)]
struct Words {
    #[command(flatten)]
    host: HostWords,
    #[command(flatten)]
    window: WindowWords,
    #[command(subcommand)]
    command: Option<Command>,
}

#[derive(Debug, Args)]
struct HostWords {
    /// Connects to this host
    #[arg(short, long, value_name = "URI", global = true)]
    connect: Option<String>,
    /// Takes a URI that runs programs or turns checks off
    #[arg(long, global = true)]
    allow_risky_uri: bool,
    /// Logs in detail on standard error
    #[arg(long, global = true)]
    debug: bool,
}

#[derive(Debug, Args)]
#[command(next_help_heading = "Window")]
struct WindowWords {
    /// Opens the demo: a small fleet in libvirt's test driver
    #[arg(long)]
    demo: bool,
    /// Opens a demo of N machines
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u32).range(1..=i64::from(demo::MAX_SCALE)))]
    demo_scale: Option<u32>,
    /// Opens the console of a machine
    #[arg(long, value_name = "NAME|UUID|ID", requires = "host-of-view")]
    show_domain_console: Vec<String>,
    /// Opens the overview of a machine with its graphs
    #[arg(long, value_name = "NAME|UUID|ID", requires = "host-of-view")]
    show_domain_performance: Vec<String>,
    /// Started by D-Bus
    #[arg(long, hide = true)]
    gapplication_service: bool,
    /// Vireo never forks; accepted for scripts made for virt-manager
    #[arg(long, hide = true)]
    no_fork: bool,
}

/// The grammar with what the derived one cannot say: a view needs some host, whichever way it is named.
fn grammar() -> clap::Command {
    Words::command().group(
        clap::ArgGroup::new("host-of-view")
            .args(["connect", "demo", "demo_scale"])
            .multiple(true),
    )
}

pub(super) fn parse(arguments: impl IntoIterator<Item = OsString>) -> Result<Options, Stop> {
    let words = grammar()
        .try_get_matches_from(arguments)
        .and_then(|matches| Words::from_arg_matches(&matches))
        .map_err(|error| Stop {
            code: if error.use_stderr() { super::USAGE } else { 0 },
            text: error.to_string(),
        })?;
    if let Some(uri) = &words.host.connect {
        check(uri, words.host.allow_risky_uri)?;
    }
    let consoles = words.window.show_domain_console.into_iter().map(View::Console);
    let overviews = words.window.show_domain_performance.into_iter().map(View::Performance);
    Ok(Options {
        connect: words.host.connect,
        demo: words.window.demo,
        demo_scale: words.window.demo_scale,
        views: consoles.chain(overviews).collect(),
        debug: words.host.debug,
        service: words.window.gapplication_service,
        command: words.command,
    })
}

/// Refuses what can't be a URI, and what does more than its reader may expect.
pub(super) fn check(uri: &str, allow_risks: bool) -> Result<(), Stop> {
    let wrong = |error| Stop::usage(format!("{uri:?}: {error}"));
    let parsed = Uri::parse(uri).map_err(wrong)?;
    if let Some(error) = parsed.check().into_iter().next() {
        return Err(wrong(error));
    }
    let risks = parsed.risks();
    if risks.is_empty() || allow_risks {
        return Ok(());
    }
    let mut text = format!("This address does more than connect: {uri:?}\n");
    for risk in risks {
        text.push_str("  ");
        text.push_str(&risk.text());
        text.push('\n');
    }
    text.push_str("If that is what you want, add --allow-risky-uri.");
    Err(Stop::usage(text))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(line: &[&str]) -> Result<Options, Stop> {
        parse(std::iter::once("vireo").chain(line.iter().copied()).map(OsString::from))
    }

    #[test]
    fn grammar_is_sound() {
        grammar().debug_assert();
    }

    #[test]
    fn manual_and_completion_know_every_command_and_option() {
        fn words(command: &clap::Command, found: &mut Vec<String>) {
            let options = command.get_arguments().filter(|argument| !argument.is_hide_set());
            found.extend(options.filter_map(|option| option.get_long().map(|name| format!("--{name}"))));
            for inner in command.get_subcommands().filter(|inner| inner.get_name() != "help") {
                found.push(inner.get_name().to_owned());
                words(inner, found);
            }
        }
        let mut grammar = grammar();
        grammar.build();
        let mut all = Vec::new();
        words(&grammar, &mut all);
        assert!(all.len() > 20, "{all:?}");
        let root = env!("CARGO_MANIFEST_DIR");
        for file in ["data/vireo.1", "data/vireo.bash"] {
            let text = std::fs::read_to_string(format!("{root}/{file}")).expect("a page");
            let text = text.replace("\\-", "-");
            let inside = |letter: char| letter.is_alphanumeric() || letter == '-';
            let known: std::collections::HashSet<&str> = text.split(|letter| !inside(letter)).collect();
            // What fonts are called in the manual sticks to the words that they begin.
            let named = |word: &str| known.contains(word) || known.contains(format!("fB{word}").as_str());
            let missing: Vec<_> = all.iter().filter(|word| !named(word)).collect();
            assert!(missing.is_empty(), "{file}: {missing:?}");
        }
    }

    #[test]
    fn no_arguments_open_the_window() {
        assert_eq!(read(&[]), Ok(Options::default()));
    }

    #[test]
    fn names_of_virt_manager_are_understood() {
        let options = read(&[
            "--no-fork",
            "-c",
            "qemu:///system",
            "--show-domain-console",
            "vm",
            "--debug",
        ]);
        assert_eq!(
            options,
            Ok(Options {
                connect: Some("qemu:///system".into()),
                views: vec![View::Console("vm".into())],
                debug: true,
                ..Options::default()
            })
        );
    }

    #[test]
    fn a_view_needs_a_host() {
        assert_eq!(read(&["--show-domain-console", "vm"]).map_err(|stop| stop.code), Err(2));
        assert!(read(&["--demo", "--show-domain-console", "web-1"]).is_ok());
    }

    #[test]
    fn help_and_version_are_no_failures() {
        for word in ["--help", "--version"] {
            assert_eq!(read(&[word]).map_err(|stop| stop.code), Err(0));
        }
    }

    #[test]
    fn an_address_that_runs_a_program_needs_consent() {
        let uri = "qemu+ssh://host/system?command=/tmp/x";
        let stop = read(&["list", "-c", uri]).expect_err("refused");
        assert_eq!(stop.code, 2);
        assert!(
            stop.text.contains("/tmp/x") && stop.text.contains("--allow-risky-uri"),
            "{}",
            stop.text
        );
        assert!(read(&["list", "-c", uri, "--allow-risky-uri"]).is_ok());
    }

    #[test]
    fn numbers_out_of_range_and_unknown_words_are_refused() {
        for line in [
            &["--demo-scale", "0"][..],
            &["--demo-scale", "-1"],
            &["--nonsense"],
            &["reboot-everything"],
            &["start"],
        ] {
            assert_eq!(read(line).map_err(|stop| stop.code), Err(2), "{line:?}");
        }
    }
}
