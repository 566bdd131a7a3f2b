//! What a disk image is, by its first bytes, and what of it would be dangerous to open.

use crate::i18n::tr;

/// Bytes that [`ImageFormat::of`] and [`danger`] want to see.
pub const HEAD: usize = 1024 * 1024;

/// A format that can be read.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum ImageFormat {
    /// Plain sectors.
    #[default]
    Raw,
    /// QEMU's.
    Qcow2,
    /// VMware's.
    Vmdk,
    /// VirtualBox's.
    Vdi,
    /// Microsoft's old one.
    Vhd,
    /// Microsoft's.
    Vhdx,
}

/// How a file is packed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Compression {
    /// `gzip`.
    Gzip,
    /// `xz`.
    Xz,
    /// `zstd`.
    Zstd,
    /// `bzip2`.
    Bzip2,
}

impl Compression {
    /// By the first bytes.
    #[must_use]
    pub fn of(head: &[u8]) -> Option<Self> {
        Some(match head {
            [0x1f, 0x8b, ..] => Self::Gzip,
            [0xfd, b'7', b'z', b'X', b'Z', 0, ..] => Self::Xz,
            [0x28, 0xb5, 0x2f, 0xfd, ..] => Self::Zstd,
            [b'B', b'Z', b'h', b'1'..=b'9', ..] => Self::Bzip2,
            _ => return None,
        })
    }

    /// The program that unpacks it.
    #[must_use]
    pub fn program(self) -> &'static str {
        match self {
            Self::Gzip => "gzip",
            Self::Xz => "xz",
            Self::Zstd => "zstd",
            Self::Bzip2 => "bzip2",
        }
    }
}

impl ImageFormat {
    /// By the first bytes and, for a fixed VHD, the last 512. Plain sectors are what is left: a guest may write there what it
    /// likes, so nothing that is not told apart here may be opened as anything else.
    #[must_use]
    pub fn of(head: &[u8], tail: &[u8]) -> Self {
        match head {
            [b'Q', b'F', b'I', 0xfb, ..] => Self::Qcow2,
            [b'K', b'D', b'M', b'V', ..] | [b'C', b'O', b'W', b'D', ..] => Self::Vmdk,
            _ if head.starts_with(b"# Disk DescriptorFile") => Self::Vmdk,
            _ if head.starts_with(b"vhdxfile") => Self::Vhdx,
            _ if head.starts_with(b"conectix") || tail.starts_with(b"conectix") => Self::Vhd,
            _ if head.get(64..68) == Some(&[0x7f, 0x10, 0xda, 0xbe]) => Self::Vdi,
            _ => Self::Raw,
        }
    }

    /// By the name of QEMU's driver, which is also libvirt's word in a definition.
    #[must_use]
    pub fn named(driver: &str) -> Option<Self> {
        let all = [Self::Raw, Self::Qcow2, Self::Vmdk, Self::Vdi, Self::Vhd, Self::Vhdx];
        all.into_iter().find(|format| format.driver() == driver)
    }

    /// The name of QEMU's driver.
    #[must_use]
    pub fn driver(self) -> &'static str {
        match self {
            Self::Raw => "raw",
            Self::Qcow2 => "qcow2",
            Self::Vmdk => "vmdk",
            Self::Vdi => "vdi",
            Self::Vhd => "vpc",
            Self::Vhdx => "vhdx",
        }
    }
}

/// Why an image must not be opened: it names other files, which would be read in its place, or it can't be read without a
/// password. A whole sentence, translated.
#[must_use]
pub fn danger(format: ImageFormat, head: &[u8]) -> Option<String> {
    danger_above(format, head, false)
}

/// As [`danger`], for an image of a chain: with `has_base`, what it builds on is there, and QEMU is told of it in place of what
/// the image names.
#[must_use]
pub fn danger_above(format: ImageFormat, head: &[u8], has_base: bool) -> Option<String> {
    match format {
        ImageFormat::Qcow2 => qcow2(head, has_base),
        ImageFormat::Vmdk => vmdk(head, has_base),
        // QEMU can't be told of another base.
        ImageFormat::Vhd => (big(head, 60, 4) == Some(4)).then(incomplete),
        _ => None,
    }
}

fn incomplete() -> String {
    tr("This image builds on another one that is not in the file. Import the other one, or bring both together first.")
}

fn broken() -> String {
    tr("This image is damaged.")
}

fn big(bytes: &[u8], at: usize, length: usize) -> Option<u64> {
    let bytes = bytes.get(at..at + length)?;
    Some(bytes.iter().fold(0, |value, byte| value << 8 | u64::from(*byte)))
}

fn little(bytes: &[u8], at: usize, length: usize) -> Option<u64> {
    let bytes = bytes.get(at..at + length)?;
    Some(bytes.iter().rev().fold(0, |value, byte| value << 8 | u64::from(*byte)))
}

fn qcow2(head: &[u8], has_base: bool) -> Option<String> {
    let (Some(version), Some(backing), Some(crypt)) = (big(head, 4, 4), big(head, 8, 8), big(head, 32, 4)) else {
        return Some(broken());
    };
    if !matches!(version, 2 | 3) {
        return Some(broken());
    }
    if !head.starts_with(b"QFI\xfb") {
        return Some(broken());
    }
    if backing != 0 && !has_base {
        return Some(incomplete());
    }
    if crypt != 0 {
        return Some(tr(
            "This image is encrypted. Only images without encryption can be converted.",
        ));
    }
    let features = if version == 3 { big(head, 72, 8) } else { Some(0) };
    match features {
        None => Some(broken()),
        // The third bit: the data is in another file.
        Some(features) if features & 4 != 0 => Some(incomplete()),
        Some(_) => None,
    }
}

fn vmdk(head: &[u8], has_base: bool) -> Option<String> {
    let pieces =
        || tr("This VMDK only describes other files. Import the file with the data, or an OVA with everything in it.");
    if head.starts_with(b"COWD") {
        return None;
    }
    if !head.starts_with(b"KDMV") {
        return Some(pieces());
    }
    let sectors = |at| little(head, at, 8).and_then(|sectors| usize::try_from(sectors).ok()?.checked_mul(512));
    let (Some(capacity), Some(begin), Some(length)) = (little(head, 12, 8), sectors(28), sectors(36)) else {
        return Some(broken());
    };
    // Without sectors of its own QEMU follows the description to other files.
    if capacity == 0 {
        return Some(pieces());
    }
    if begin == 0 {
        return None;
    }
    let end = begin.saturating_add(length.min(64 * 1024));
    let Some(description) = head.get(begin..end) else {
        return Some(broken());
    };
    let description = String::from_utf8_lossy(description).to_lowercase();
    let parent = description.lines().any(|line| {
        let line: String = line.split_whitespace().collect();
        line.strip_prefix("parentcid=")
            .is_some_and(|id| !id.starts_with("ffffffff"))
            || line.starts_with("parentfilenamehint")
    });
    (parent && !has_base).then(incomplete)
}
