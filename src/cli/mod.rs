//! The command line: options of the window, and commands that need none.
//!
//! [`parse`] turns arguments into [`Options`]; [`run`] does a command that needs no window. Names of options follow
//! virt-manager, names of commands follow virsh, where these have them.

mod answer;
mod clone;
mod conversion;
mod create;
mod delete;
mod deletion;
mod doctor;
mod edit;
mod filter;
mod host;
mod interface;
mod job;
mod leftovers;
mod network;
mod options;
mod pool;
mod print;
mod screenshot;
mod secret;
mod volume;
mod watch;

use std::ffi::OsString;
use std::process::ExitCode;

pub use clone::CloneWords;
pub use conversion::{ExportWords, ImportWords};
pub use create::{CreateWords, GuestWords};
pub use delete::DeleteWords;
pub use deletion::UndefineWords;
pub use doctor::DoctorWords;
pub use edit::EditWords;
pub use filter::FilterWords;
pub use interface::InterfaceWords;
pub use leftovers::LeftoverWords;
pub use network::{CreateNetworkWords, NetworkWords, UpdateNetworkWords};
pub use options::{Command, MachineCommand, Options, View};
pub use pool::PoolCommand;
pub use screenshot::ScreenshotWords;
pub use secret::SecretWords;
pub use volume::VolumeCommand;

/// Exit code for a host that said no or could not be reached.
const REFUSED: u8 = 1;
/// Exit code for a wrong command line.
const USAGE: u8 = 2;

/// Reads a command line, the program's name first.
///
/// # Errors
/// The text for the user (help and version included, which are no failures: see the code) with the code to exit with.
pub fn parse(arguments: impl IntoIterator<Item = OsString>) -> Result<Options, Stop> {
    options::parse(arguments)
}

/// Says that the program ends here, and with what words.
#[derive(Debug, PartialEq, Eq)]
pub struct Stop {
    /// What to print: on standard output if `code` is 0, else on standard error.
    pub text: String,
    /// The code to exit with.
    pub code: u8,
}

impl Stop {
    fn usage(text: impl Into<String>) -> Self {
        Self {
            text: text.into(),
            code: USAGE,
        }
    }

    fn refused(text: impl Into<String>) -> Self {
        Self {
            text: text.into(),
            code: REFUSED,
        }
    }

    /// Prints the text and gives the code.
    #[must_use]
    pub fn finish(self) -> ExitCode {
        let text = self.text.trim_end();
        if self.code == 0 {
            // Whoever reads may have gone away: nothing is left to do then.
            let _ = print::line(text);
        } else if self.code == REFUSED {
            // What a host says does not tell by itself which program of a script it was.
            eprintln!("vireo: {text}");
        } else {
            eprintln!("{text}");
        }
        ExitCode::from(self.code)
    }
}

/// Runs a command that needs no window. Blocks until it is done; must not be called where a window runs.
#[must_use]
pub fn run(options: &Options) -> ExitCode {
    let Some(command) = &options.command else {
        return Stop::usage("no command").finish();
    };
    match host::run(options.connect.as_deref(), command) {
        Ok(()) => ExitCode::SUCCESS,
        Err(stop) => stop.finish(),
    }
}
