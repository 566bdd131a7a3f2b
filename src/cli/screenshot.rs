//! A picture of a machine's screen in a file.

use std::io::Write;
use std::path::PathBuf;

use clap::Args;

use super::host::why;
use super::{Stop, print};
use crate::model::display::image;
use crate::model::domain::DomainSummary;
use crate::virt::client::HostClient;

/// What stands behind `vireo screenshot`.
#[derive(Debug, Clone, PartialEq, Eq, Args)]
pub struct ScreenshotWords {
    /// Name, UUID, or number of a running machine
    pub machine: String,
    /// Which of several screens, counted from 0
    #[arg(long, value_name = "N", default_value_t = 0)]
    pub screen: u32,
    /// Where the PNG goes; - is standard output
    pub file: PathBuf,
}

/// Takes it and writes it, with what it shows in its text.
pub(super) async fn take(
    host: &HostClient,
    uri: &str,
    machine: &DomainSummary,
    words: &ScreenshotWords,
) -> Result<(), Stop> {
    let uuid = machine.key.uuid;
    let picture = host.screenshot(uuid, words.screen).await;
    let picture = picture.map_err(|error| Stop::refused(why(&error)))?;
    let png = picture.to_png(&image::about(uri, &machine.name, uuid));
    let written = if words.file.as_os_str() == "-" {
        let mut out = std::io::stdout().lock();
        out.write_all(&png).and_then(|()| out.flush())
    } else {
        std::fs::write(&words.file, &png)
    };
    written.map_err(|error| Stop::refused(print::safe(&format!("{}: {error}", words.file.display()))))
}
