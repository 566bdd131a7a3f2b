//! Where the helper is, and how it is started.

use std::env;
use std::io;
use std::os::fd::OwnedFd;
use std::path::PathBuf;
use std::process::{Child, Command, Stdio};

const NAME: &str = "vireo-display";
/// Names another program instead, for tests.
const OVERRIDE: &str = "VIREO_DISPLAY_HELPER";

/// Beside this program; a folder up, where Cargo has put tests and benches one deeper; in `libexec` of an installation.
fn path() -> io::Result<PathBuf> {
    if let Some(path) = env::var_os(OVERRIDE).filter(|path| !path.is_empty()) {
        return Ok(path.into());
    }
    let own = env::current_exe()?;
    let folder = own.parent().unwrap_or(&own);
    let places = [
        folder.join(NAME),
        folder.join("../libexec/vireo").join(NAME),
        folder.join("..").join(NAME),
    ];
    places.into_iter().find(|path| path.is_file()).ok_or_else(|| {
        io::Error::new(
            io::ErrorKind::NotFound,
            format!("{NAME} is missing from {}", folder.display()),
        )
    })
}

/// Starts the helper with its socket as standard input; what it writes as errors is piped.
pub(super) fn start(socket: OwnedFd) -> io::Result<Child> {
    // Nothing that would need `fork`: so it is `posix_spawn`, which copies none of this program's memory.
    Command::new(path()?)
        .stdin(socket)
        .stdout(Stdio::null())
        .stderr(Stdio::piped())
        .spawn()
}
