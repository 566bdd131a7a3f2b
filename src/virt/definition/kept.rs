//! Definitions of networks and pools that have to go before they come again under another name: kept before, told when lost.

use std::path::{Path, PathBuf};

use uuid::Uuid;

use super::Archive;
use crate::i18n::tr_f;
use crate::model::error::{Kind, VirtError};
use crate::virt::connection::Result;

/// Keeps a definition on this computer before it is removed or replaced on the host.
///
/// # Errors
/// Where it can't be kept: then it must not be touched.
pub(crate) fn kept_or_refused(uuid: Uuid, xml: &str, op: &'static str) -> Result<PathBuf> {
    Archive::of_user().keep(uuid, xml, None).map_err(|error| {
        let reason = error.to_string();
        let text = tr_f(
            "The present definition can't be kept on this computer, so nothing was changed: {reason}",
            &[("reason", &reason)],
        );
        VirtError::own(Kind::Other, op, text)
    })
}

/// The new definition was refused, and the old one, which is gone, could not be put back: whoever reads this has it.
pub(crate) fn lost(refused: &VirtError, again: &VirtError, old: &str, kept: &Path) -> VirtError {
    tracing::error!("a definition could not be put back: {again}");
    let file = kept.display().to_string();
    let arguments = [
        ("reason", refused.message.as_str()),
        ("again", &again.message),
        ("file", &file),
        ("xml", old.trim_end()),
    ];
    VirtError {
        message: tr_f(
            "{reason}\nThe old definition could not be put back: {again}\nNothing else is lost. It is kept in {file}; it is:\n{xml}",
            &arguments,
        ),
        ..refused.clone()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn definition_that_could_not_be_put_back_is_in_the_error() {
        let failed = |text: &str| VirtError::own(Kind::Other, "rename", text);
        let xml = "<pool type='dir'><name>a</name></pool>\n";
        let error = lost(
            &failed("no such name"),
            &failed("no room"),
            xml,
            Path::new("/kept/1.xml"),
        );
        for part in ["no such name", "no room", "/kept/1.xml", xml.trim_end()] {
            assert!(error.message.contains(part), "{part}: {error}");
        }
    }
}
