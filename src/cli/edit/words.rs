//! The words of `vireo edit`.

use std::io::Read;

use clap::Args;

use super::Stop;
use super::one_line;
use crate::model::xml::domain::DomainChange;

/// Files larger than this are no definitions; the document itself has a limit, too.
const MAX_FILE: u64 = 32 << 20;

const OPERATIONS: &str = "\
Operations, done in their order, all or none:
  noop                      changes nothing
  memory KIB                sets the memory that the machine starts with
  current-memory KIB        sets what the guest has of it
  vcpu N                    sets how many virtual CPUs the machine starts with
  max-vcpu N                sets how many it can have
  name TEXT                 renames
  title TEXT                sets or, if empty, removes the title
  description TEXT          sets or, if empty, removes the description
  add-disk FILE             adds a disk under a free target name
  remove-disk TARGET        removes a disk, for example vdb
  add-nic NETWORK           adds a network interface with a new hardware address
  remove-nic MAC            removes a network interface
  add-device XMLFILE        adds the device in a file
  boot DEV,DEV...           sets the boot order: hd, cdrom, network, fd, target names, hardware addresses
  metadata KEY URI XML      sets or, if empty, removes the element of a namespace
  autostart on|off          starts the machine with its host or not

Exit status: 0 done, 1 refused (the reason is told in one line, nothing is written), 2 wrong command line.";

/// What stands behind `vireo edit`.
#[derive(Debug, Clone, PartialEq, Eq, Default, Args)]
#[command(after_help = OPERATIONS)]
pub struct EditWords {
    /// Reads the definition from this file ("-" is standard input)
    #[arg(long, value_name = "IN")]
    pub file: Option<String>,
    /// Writes it to this file ("-" is standard output)
    #[arg(long, value_name = "OUT")]
    pub output: Option<String>,
    /// Changes the running machine
    #[arg(long)]
    pub live: bool,
    /// Changes the definition of the next start, as without --live
    #[arg(long)]
    pub config: bool,
    /// Prints the difference
    #[arg(long)]
    pub diff: bool,
    /// Writes nothing
    #[arg(long)]
    pub dry_run: bool,
    /// Defines what libvirt's schema refuses, too
    #[arg(long)]
    pub no_validate: bool,
    /// With --connect the machine's name or UUID; then the operations
    #[arg(
        value_name = "[MACHINE] OPERATION...",
        trailing_var_arg = true,
        allow_hyphen_values = true
    )]
    pub words: Vec<String>,
}

impl EditWords {
    /// Whether a file is edited: the option may stand among the operations.
    pub(in crate::cli) fn names_file(&self) -> bool {
        self.file.is_some()
            || self
                .words
                .iter()
                .any(|word| word == "--file" || word.starts_with("--file="))
    }
}

/// The command line, understood.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub(in crate::cli) struct Plan {
    pub(super) file: Option<String>,
    pub(super) output: Option<String>,
    pub(super) machine: String,
    pub(super) live: bool,
    pub(super) config: bool,
    pub(super) diff: bool,
    pub(super) dry_run: bool,
    pub(super) validate: bool,
    pub(super) changes: Vec<DomainChange>,
    pub(super) autostart: Option<bool>,
}

impl Plan {
    /// Understands the words, options among the operations included, and reads the files that operations name.
    pub(super) fn read(words: &EditWords, connect: Option<&str>) -> Result<Self, Stop> {
        let mut options = words.clone();
        let mut rest = std::mem::take(&mut options.words).into_iter();
        let mut plan = Self::default();
        let mut files = Vec::new();
        let mut count = 0;
        if connect.is_some() && options.file.is_none() {
            plan.machine = rest
                .next()
                .ok_or_else(|| Stop::usage("Which machine? Name it before the operations."))?;
        }
        while let Some(word) = rest.next() {
            if word.starts_with("--") {
                take_option(&mut options, &word, &mut rest)?;
                continue;
            }
            count += 1;
            plan.operation(&word, &mut rest, &mut files)?;
        }
        if count == 0 {
            return Err(Stop::usage(
                "What shall be changed? Name an operation; \"noop\" changes nothing.",
            ));
        }
        plan.file = options.file;
        plan.output = options.output;
        plan.live = options.live;
        plan.config = options.config || !options.live;
        plan.diff = options.diff;
        plan.dry_run = options.dry_run;
        plan.validate = !options.no_validate;
        plan.check(connect)?;
        for (at, file) in files {
            let bytes = read_file(&file)?;
            let document = crate::model::xml::Document::from_bytes(&bytes)
                .map_err(|error| Stop::refused(one_line(&format!("{file}: {error}"))))?;
            plan.changes[at] = DomainChange::AddDevice(document.source(document.root()));
        }
        Ok(plan)
    }

    fn check(&self, connect: Option<&str>) -> Result<(), Stop> {
        match (&self.file, connect) {
            (Some(_), Some(_)) => return Err(Stop::usage("Either --file or --connect, not both.")),
            (None, None) => {
                return Err(Stop::usage(
                    "What shall be edited? Give --file IN or --connect URI MACHINE.",
                ));
            }
            (Some(_), None) => {
                if self.live {
                    return Err(Stop::usage("--live is for machines on a host: give --connect."));
                }
                if self.output.is_none() && !self.diff && !self.dry_run {
                    return Err(Stop::usage(
                        "Where to? Give --output OUT, or --diff to see the difference only.",
                    ));
                }
            }
            (None, Some(_)) => {
                if self.output.is_some() {
                    return Err(Stop::usage("--output goes with --file."));
                }
            }
        }
        Ok(())
    }

    fn operation(
        &mut self,
        word: &str,
        rest: &mut impl Iterator<Item = String>,
        files: &mut Vec<(usize, String)>,
    ) -> Result<(), Stop> {
        let mut argument = |what: &str| {
            rest.next()
                .ok_or_else(|| Stop::usage(format!("The operation {word} needs {what}.")))
        };
        let change = match word {
            "noop" => DomainChange::Nothing,
            "memory" => DomainChange::Memory(number(word, &argument("KIB")?)?),
            "current-memory" => DomainChange::CurrentMemory(number(word, &argument("KIB")?)?),
            "vcpu" => DomainChange::Vcpus(number(word, &argument("N")?)?),
            "max-vcpu" => DomainChange::MaxVcpus(number(word, &argument("N")?)?),
            "name" => DomainChange::Name(argument("TEXT")?),
            "title" => DomainChange::Title(argument("TEXT")?),
            "description" => DomainChange::Description(argument("TEXT")?),
            "add-disk" => DomainChange::AddDisk(argument("FILE")?),
            "remove-disk" => DomainChange::RemoveDisk(argument("TARGET")?),
            "add-nic" => DomainChange::AddNic(argument("NETWORK")?),
            "remove-nic" => DomainChange::RemoveNic(argument("MAC")?),
            "add-device" => {
                files.push((self.changes.len(), argument("XMLFILE")?));
                DomainChange::Nothing
            }
            "boot" => {
                let order = argument("DEV,DEV...")?;
                let order: Vec<_> = order.split(',').map(|entry| entry.trim().to_owned()).collect();
                if order.iter().any(String::is_empty) {
                    return Err(Stop::usage("The boot order has an empty entry."));
                }
                DomainChange::Boot(order)
            }
            "metadata" => {
                let key = argument("KEY URI XML")?;
                let uri = argument("URI XML")?;
                DomainChange::Metadata {
                    key,
                    uri,
                    xml: argument("XML")?,
                }
            }
            "autostart" => {
                self.autostart = Some(match argument("on or off")?.as_str() {
                    "on" | "yes" | "true" => true,
                    "off" | "no" | "false" => false,
                    _ => return Err(Stop::usage("autostart is on or off.")),
                });
                DomainChange::Nothing
            }
            _ => {
                return Err(Stop::usage(format!(
                    "There is no operation {word:?}; see vireo edit --help."
                )));
            }
        };
        self.changes.push(change);
        Ok(())
    }
}

/// Options may stand among the operations.
fn take_option(options: &mut EditWords, word: &str, rest: &mut impl Iterator<Item = String>) -> Result<(), Stop> {
    let (name, value) = match word.split_once('=') {
        Some((name, value)) => (name, Some(value.to_owned())),
        None => (word, None),
    };
    match (name, &value) {
        ("--live", None) => options.live = true,
        ("--config", None) => options.config = true,
        ("--diff", None) => options.diff = true,
        ("--dry-run", None) => options.dry_run = true,
        ("--no-validate", None) => options.no_validate = true,
        ("--file" | "--output", _) => {
            let value = value.or_else(|| rest.next());
            let value = value.ok_or_else(|| Stop::usage(format!("{name} needs a file.")))?;
            if name == "--file" {
                options.file = Some(value);
            } else {
                options.output = Some(value);
            }
        }
        _ => {
            return Err(Stop::usage(format!(
                "There is no operation {word:?}; see vireo edit --help."
            )));
        }
    }
    Ok(())
}

fn number(operation: &str, text: &str) -> Result<u64, Stop> {
    if text.is_empty() || !text.bytes().all(|byte| byte.is_ascii_digit()) {
        return Err(Stop::usage(format!(
            "The operation {operation} needs a number, not {text:?}."
        )));
    }
    text.parse().map_err(|_| Stop::refused(format!("{text} is too large.")))
}

/// The bytes of a file, or of standard input.
pub(super) fn read_file(path: &str) -> Result<Vec<u8>, Stop> {
    let refuse = |error: std::io::Error| Stop::refused(one_line(&format!("{path}: {error}")));
    let mut bytes = Vec::new();
    let count = if path == "-" {
        std::io::stdin()
            .lock()
            .take(MAX_FILE + 1)
            .read_to_end(&mut bytes)
            .map_err(refuse)?
    } else {
        let file = std::fs::File::open(path).map_err(refuse)?;
        file.take(MAX_FILE + 1).read_to_end(&mut bytes).map_err(refuse)?
    };
    if count as u64 > MAX_FILE {
        return Err(Stop::refused(one_line(&format!("{path}: too large"))));
    }
    Ok(bytes)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn plan(words: &[&str], connect: Option<&str>) -> Result<Plan, u8> {
        let words = EditWords {
            words: words.iter().map(|word| (*word).to_owned()).collect(),
            ..EditWords::default()
        };
        Plan::read(&words, connect).map_err(|stop| stop.code)
    }

    #[test]
    fn operations_keep_their_order_with_options_among_them() {
        let plan = plan(
            &["vm", "memory", "1024", "--diff", "title", "--live", "--live"],
            Some("test:///default"),
        );
        let plan = plan.expect("a good line");
        assert_eq!(plan.machine, "vm");
        assert!(plan.diff && plan.live && !plan.config);
        assert_eq!(
            plan.changes,
            [DomainChange::Memory(1024), DomainChange::Title("--live".to_owned())]
        );
    }

    #[test]
    fn a_wrong_line_is_a_matter_of_usage() {
        for words in [
            &["vm"][..],
            &["vm", "explode"],
            &["vm", "memory"],
            &["vm", "memory", "-5"],
            &["vm", "memory", "4G"],
            &["vm", "boot", "hd,,cdrom"],
            &["vm", "metadata", "a", "b"],
            &["vm", "autostart", "maybe"],
            &["vm", "noop", "--nonsense"],
            &["vm", "noop", "--output", "x"],
            &[],
        ] {
            assert_eq!(plan(words, Some("test:///default")), Err(2), "{words:?}");
        }
        assert_eq!(plan(&["noop"], None), Err(2), "neither file nor host");
        assert_eq!(plan(&["--file", "x", "noop"], None), Err(2), "no output");
        assert_eq!(plan(&["--file", "x", "noop", "--output", "y", "--live"], None), Err(2));
    }
}
