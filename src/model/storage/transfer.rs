//! What is brought to a volume, or taken from one.

use std::path::PathBuf;
use std::sync::Arc;

use super::VolumeRef;

/// Where the bytes come from.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Origin {
    /// A file or device of this computer.
    File(PathBuf),
    /// Bytes that are known.
    Bytes(Arc<[u8]>),
    /// Something from the network, fetched by this computer (HTTP, HTTPS) and handed on as it comes.
    Url {
        /// Its address.
        url: String,
        /// What its bytes must add up to.
        checksum: Option<Checksum>,
    },
}

/// A sum that bytes must have, in hexadecimal digits.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Checksum {
    /// SHA-256.
    Sha256(String),
    /// SHA-512.
    Sha512(String),
}

impl Checksum {
    /// Reads one: `sha256:…`, `sha512:…`, or digits alone, whose number tells which it is.
    #[must_use]
    pub fn read(text: &str) -> Option<Self> {
        let text = text.trim().to_ascii_lowercase();
        let (kind, digits) = text.split_once(':').unwrap_or(("", &text));
        if !digits.bytes().all(|byte| byte.is_ascii_hexdigit()) {
            return None;
        }
        match (kind, digits.len()) {
            ("" | "sha256", 64) => Some(Self::Sha256(digits.to_owned())),
            ("" | "sha512", 128) => Some(Self::Sha512(digits.to_owned())),
            _ => None,
        }
    }
}

/// Which part of a volume is meant.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Reach {
    /// Where it begins, in bytes.
    pub offset: u64,
    /// How long it is; `None` for all.
    pub length: Option<u64>,
}

/// A volume to be made of bytes from elsewhere.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Brought {
    /// What it will be.
    pub volume: VolumeRef,
    /// Where the bytes come from.
    pub origin: Origin,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sums_are_known_by_their_name_or_length() {
        let short = "A".repeat(64);
        assert_eq!(Checksum::read(&short), Some(Checksum::Sha256("a".repeat(64))));
        assert_eq!(
            Checksum::read(&format!(" sha512:{} ", "b".repeat(128))),
            Some(Checksum::Sha512("b".repeat(128)))
        );
        assert_eq!(Checksum::read(&format!("sha512:{short}")), None);
        assert_eq!(Checksum::read("xyz"), None);
        assert_eq!(Checksum::read(&"g".repeat(64)), None);
    }
}
