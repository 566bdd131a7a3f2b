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
    /// In the memory disk: the kernel of the medium or tree has to be started directly.
    Initrd,
}

/// A kernel and its memory disk, as bytes.
pub type KernelPair = (Arc<[u8]>, Arc<[u8]>);

/// A script that is ready.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Prepared {
    /// How the installer gets it.
    pub way: Way,
    /// The scripts themselves, for showing: name and text.
    pub scripts: Vec<(String, String)>,
    /// The image of the CD to attach for the installation. Not with [`Way::Initrd`].
    pub image: Option<Arc<[u8]>>,
    /// What comes after the end of the memory disk: an archive with the scripts. Only with [`Way::Initrd`].
    pub appendix: Option<Arc<[u8]>>,
    /// Kernel and memory disk (with the scripts already in it) as they were on the medium. Only with [`Way::Initrd`] and a
    /// medium that could be opened.
    pub kernel: Option<KernelPair>,
    /// Arguments of the kernel; empty where the medium starts by itself.
    pub arguments: String,
    /// Restarts of the guest during which the media stay in.
    pub restarts: u32,
}

/// Most bytes of a kernel and of a memory disk that are read into memory.
pub const KERNEL: u64 = 128 * 1024 * 1024;
/// As [`KERNEL`].
pub const INITRD: u64 = 512 * 1024 * 1024;

impl Prepared {
    /// The name that its image has in a pool: `web-install.iso`.
    #[must_use]
    pub fn image_name(&self, machine: &str) -> String {
        format!("{machine}-install.iso")
    }
}

/// An archive (cpio, "newc") with these files in its root, to come after a memory disk. The kernel unpacks one after the other.
#[must_use]
pub fn archive(files: &[(String, String)]) -> Vec<u8> {
    let mut bytes = Vec::new();
    for (number, (name, text)) in files.iter().enumerate() {
        entry(&mut bytes, number + 1, name, 0o100_600, text.as_bytes());
    }
    entry(&mut bytes, 0, "TRAILER!!!", 0, &[]);
    bytes
}

fn entry(bytes: &mut Vec<u8>, inode: usize, name: &str, mode: u32, content: &[u8]) {
    // Inode, mode, user, group, links, time, size, four numbers of devices, length of the name with its end, checksum.
    let fields = [
        inode,
        mode as usize,
        0,
        0,
        1,
        0,
        content.len(),
        0,
        0,
        0,
        0,
        name.len() + 1,
        0,
    ];
    bytes.extend(b"070701");
    for field in fields {
        bytes.extend(format!("{field:08X}").into_bytes());
    }
    bytes.extend(name.as_bytes());
    bytes.push(0);
    bytes.resize(bytes.len().next_multiple_of(4), 0);
    bytes.extend(content);
    bytes.resize(bytes.len().next_multiple_of(4), 0);
}

/// A memory disk with an archive after it, where the kernel looks for one.
#[must_use]
pub fn extended(mut initrd: Vec<u8>, archive: &[u8]) -> Vec<u8> {
    initrd.resize(initrd.len().next_multiple_of(4), 0);
    initrd.extend(archive);
    initrd
}

#[cfg(test)]
mod tests {
    use std::io::Write;
    use std::process::{Command, Stdio};

    use super::*;

    #[test]
    fn what_comes_after_a_memory_disk_is_read_by_cpio() {
        let files = [
            ("preseed.cfg".to_owned(), "d-i x\n".to_owned()),
            ("b".to_owned(), "odd".to_owned()),
        ];
        let bytes = extended(Vec::new(), &archive(&files));
        let folder = tempfile::tempdir().unwrap();
        let mut cpio = Command::new("cpio")
            .args(["--extract", "--quiet", "--make-directories"])
            .current_dir(folder.path())
            .stdin(Stdio::piped())
            .spawn()
            .expect("cpio (scripts/install-deps)");
        cpio.stdin.take().unwrap().write_all(&bytes).unwrap();
        assert!(cpio.wait().unwrap().success());
        for (name, text) in &files {
            assert_eq!(&std::fs::read_to_string(folder.path().join(name)).unwrap(), text);
        }
        assert_eq!(extended(vec![1, 2, 3], b"x"), [1, 2, 3, 0, b'x']);
    }
}
