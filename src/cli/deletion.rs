//! Deleting a machine. What would be lost without a word has to be named, as virsh wants it.

use clap::Args;

use super::host::why;
use super::{Stop, print};
use crate::model::deletion::{Belongings, Keep};
use crate::model::domain::DomainSummary;
use crate::virt::client::HostClient;

/// What stands behind `vireo undefine`.
#[derive(Debug, Clone, PartialEq, Eq, Default, Args)]
pub struct UndefineWords {
    /// Name or UUID of a machine that is off
    pub machine: String,
    /// Deletes its saved state, too
    #[arg(long)]
    pub managed_save: bool,
    /// Deletes what libvirt knows of its snapshots, too
    #[arg(long)]
    pub snapshots_metadata: bool,
    /// Deletes what libvirt knows of its checkpoints, too
    #[arg(long)]
    pub checkpoints_metadata: bool,
    /// Deletes the settings of its firmware, too
    #[arg(long)]
    pub nvram: bool,
    /// Keeps the settings of its firmware
    #[arg(long, conflicts_with = "nvram")]
    pub keep_nvram: bool,
    /// Deletes the keys of its TPM, too
    #[arg(long)]
    pub tpm: bool,
    /// Keeps the keys of its TPM
    #[arg(long, conflicts_with = "tpm")]
    pub keep_tpm: bool,
    /// Deletes this image, too, unless something else needs it; may be given several times
    #[arg(long, value_name = "PATH")]
    pub storage: Vec<String>,
}

impl UndefineWords {
    /// What the machine has and the command line doesn't speak of.
    fn unspoken(&self, about: &Belongings) -> Vec<&'static str> {
        let table = [
            (about.saved && !self.managed_save, "a saved state (--managed-save)"),
            (
                about.snapshots > 0 && !self.snapshots_metadata,
                "snapshots (--snapshots-metadata)",
            ),
            (
                about.checkpoints > 0 && !self.checkpoints_metadata,
                "checkpoints (--checkpoints-metadata)",
            ),
            (
                about.nvram && !self.nvram && !self.keep_nvram,
                "settings of its firmware (--nvram or --keep-nvram)",
            ),
            (
                about.tpm && !self.tpm && !self.keep_tpm,
                "a TPM with keys (--tpm or --keep-tpm)",
            ),
        ];
        let missing = table.into_iter().filter(|(missing, _)| *missing);
        missing.map(|(_, words)| words).collect()
    }
}

/// Deletes the machine, then its images; what can't be deleted is told.
pub(super) async fn undefine(host: &HostClient, machine: &DomainSummary, words: &UndefineWords) -> Result<(), Stop> {
    let uuid = machine.key.uuid;
    let refused = |error| Stop::refused(why(&error));
    if machine.state.is_active() || machine.id.is_some() {
        return Err(Stop::refused("The machine runs: shut it down, or destroy it, first."));
    }
    let about = host.belongings(uuid).await.map_err(refused)?;
    let unspoken = words.unspoken(&about);
    if !unspoken.is_empty() {
        return Err(Stop::refused(format!("The machine has {}.", unspoken.join(", "))));
    }
    let keep = Keep {
        // Without settings there are none to keep, and a driver that can't is not asked to.
        nvram: words.keep_nvram && about.nvram,
        tpm: words.keep_tpm && about.tpm,
    };
    host.undefine(uuid, keep).await.map_err(refused)?;
    if words.storage.is_empty() {
        return Ok(());
    }
    let results = host
        .delete_volumes(words.storage.clone(), Vec::new())
        .await
        .map_err(|error| Stop::refused(format!("The machine is deleted, its images are not: {}", why(&error))))?;
    let kept = results.iter().filter_map(|image| {
        let reason = image.result.as_ref().err()?.sentence();
        Some(print::safe(&format!("{}: {reason}", image.path)))
    });
    let kept: Vec<String> = kept.collect();
    if kept.is_empty() {
        return Ok(());
    }
    Err(Stop::refused(format!(
        "The machine is deleted, but not all of its images:\n{}",
        kept.join("\n")
    )))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_is_lost_that_was_not_named() {
        let about = Belongings {
            saved: true,
            snapshots: 1,
            nvram: true,
            tpm: true,
            ..Belongings::default()
        };
        assert!(UndefineWords::default().unspoken(&Belongings::default()).is_empty());
        assert_eq!(UndefineWords::default().unspoken(&about).len(), 4);
        let words = UndefineWords {
            managed_save: true,
            snapshots_metadata: true,
            keep_nvram: true,
            tpm: true,
            ..UndefineWords::default()
        };
        assert!(words.unspoken(&about).is_empty());
    }
}
