//! What libvirt starts in the place of ssh: this program under another name, which becomes the real ssh with a few options
//! more.

use std::ffi::OsString;
use std::fs;
use std::os::unix::process::CommandExt;
use std::path::{Path, PathBuf};
use std::process::{Command, ExitCode};

use crate::virt::askpass;

/// The beginning of the name; a number follows.
pub(super) const NAME: &str = "vireo-ssh-";
/// Ending of the file beside it that has the options, one a line.
pub(super) const OPTIONS: &str = "options";

/// Becomes ssh when the program was started under its name for that. To be called first in `main`; `None` in every other
/// case.
#[must_use]
pub fn main_if_invoked() -> Option<ExitCode> {
    let mut arguments = std::env::args_os();
    let program = PathBuf::from(arguments.next()?);
    let number = program.file_name()?.to_str()?.strip_prefix(NAME)?;
    if number.is_empty() || !number.bytes().all(|byte| byte.is_ascii_digit()) {
        return None;
    }
    let error = command(&program, arguments).exec();
    eprintln!("ssh: {error}");
    // As a shell would: there is no such program, or it can't be run.
    Some(ExitCode::from(127))
}

fn command(program: &Path, arguments: impl Iterator<Item = OsString>) -> Command {
    let options = fs::read_to_string(program.with_extension(OPTIONS)).unwrap_or_default();
    let mut command = Command::new("ssh");
    for option in options.lines() {
        command.args(["-o", option]);
    }
    command.args(arguments);
    if let Some(directory) = program.parent() {
        askpass::name_in(&mut command, directory);
    }
    command
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn options_of_ours_come_before_those_of_libvirt() {
        let directory = tempfile::tempdir().unwrap();
        let program = directory.path().join("vireo-ssh-7");
        fs::write(
            directory.path().join("vireo-ssh-7.options"),
            "ControlMaster=auto\nControlPath=/x",
        )
        .unwrap();
        let given = ["-l", "anna", "--", "srv", "nc"].map(OsString::from);
        let command = command(&program, given.into_iter());
        assert_eq!(command.get_program(), "ssh");
        let arguments: Vec<_> = command.get_args().map(|argument| argument.to_str().unwrap()).collect();
        let ours = ["-o", "ControlMaster=auto", "-o", "ControlPath=/x"];
        assert_eq!(arguments, [&ours[..], &["-l", "anna", "--", "srv", "nc"][..]].concat());
    }
}
