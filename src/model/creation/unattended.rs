//! Installing without questions: what an installer's script needs to know beside what the user wants, and what came of it.

use std::sync::Arc;

/// What the script needs to know about the machine and its medium.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Setting {
    /// Name of the machine.
    pub machine: String,
    /// Identity of the operating system.
    pub os: String,
    /// Architecture: `x86_64`.
    pub arch: String,
    /// The disk as the guest names it: `/dev/vda`; for Windows it is the letter of its first partition, `C`.
    pub disk: String,
    /// The address of the tree, where it is installed from one.
    pub tree: Option<String>,
    /// The medium can be opened here (a file of this computer), so that a script may go into its memory disk.
    pub medium: Option<std::path::PathBuf>,
}

/// How the installer gets its script.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Way {
    /// On a CD of its own, a second optical drive.
    Cdrom,
    /// On a floppy disk.
    Floppy,
    /// On a small disk, labelled as the installer expects.
    Disk,
    /// In the memory disk: the kernel of the medium or tree has to be started directly.
    Initrd,
}

/// A script that is ready.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Prepared {
    /// How the installer gets it.
    pub way: Way,
    /// The scripts themselves, for showing: name and text.
    pub scripts: Vec<(String, String)>,
    /// The disk, CD or floppy image to attach for the installation. Not with [`Way::Initrd`].
    pub image: Option<Arc<[u8]>>,
    /// What comes after the end of the memory disk: an archive with the scripts. Only with [`Way::Initrd`].
    pub appendix: Option<Arc<[u8]>>,
    /// Kernel and memory disk (with the scripts already in it) as they were on the medium. Only with [`Way::Initrd`] and a
    /// medium that could be opened.
    pub kernel: Option<(Arc<[u8]>, Arc<[u8]>)>,
    /// Arguments of the kernel; empty where the medium starts by itself.
    pub arguments: String,
    /// Restarts of the guest during which the media stay in.
    pub restarts: u32,
}

impl Prepared {
    /// The name that its image has in a pool: `web-install.iso`.
    #[must_use]
    pub fn image_name(&self, machine: &str) -> String {
        match self.way {
            Way::Cdrom | Way::Initrd => format!("{machine}-install.iso"),
            Way::Floppy | Way::Disk => format!("{machine}-install.img"),
        }
    }
}
