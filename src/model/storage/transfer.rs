//! What is brought to a volume, or taken from one.

use std::path::PathBuf;
use std::sync::Arc;

use super::VolumeRef;

/// Where the bytes come from.
#[derive(Clone, PartialEq, Eq)]
pub enum Origin {
    /// A file or device of this computer.
    File(PathBuf),
    /// Bytes that are known.
    Bytes(Arc<[u8]>),
    /// A compressed image (gzip, xz, bzip2, Zstandard), unpacked on its way; what turns out not to be one comes as it is.
    Packed {
        /// Where it comes from.
        from: Box<Origin>,
        /// Data that there is room for, in bytes; zeroes take none.
        room: Option<u64>,
    },
    /// Something from the network, fetched by this computer (HTTP, HTTPS) and handed on as it comes.
    Url {
        /// Its address.
        url: String,
        /// What its bytes must add up to.
        checksum: Option<Checksum>,
    },
}

/// Without secrets, and without the bytes.
impl std::fmt::Debug for Origin {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::File(path) => f.debug_tuple("File").field(path).finish(),
            Self::Bytes(bytes) => f.debug_tuple("Bytes").field(&bytes.len()).finish(),
            Self::Packed { from, room } => {
                let mut fields = f.debug_struct("Packed");
                fields.field("from", from).field("room", room);
                fields.finish()
            }
            Self::Url { url, checksum } => {
                let mut fields = f.debug_struct("Url");
                fields.field("url", &shown_address(url)).field("checksum", checksum);
                fields.finish()
            }
        }
    }
}

/// An address as it may be shown, printed and logged: without the password in it, and without what stands behind `?`, which
/// with many stores is a key.
#[must_use]
pub fn shown_address(address: &str) -> String {
    let (address, rest) = match address.find(['?', '#']) {
        Some(at) => address.split_at(at),
        None => (address, ""),
    };
    let mark = if rest.starts_with('?') { "?…" } else { "" };
    let Some((scheme, place)) = address.split_once("://") else {
        return format!("{address}{mark}");
    };
    let (server, path) = place.split_at(place.find('/').unwrap_or(place.len()));
    // A name may hold an @ itself where somebody has forgotten to escape it: the last one counts.
    let server = match server.rsplit_once('@') {
        Some((user, server)) => match user.split_once(':') {
            Some((user, _)) => format!("{user}:…@{server}"),
            None => format!("{user}@{server}"),
        },
        None => server.to_owned(),
    };
    format!("{scheme}://{server}{path}{mark}")
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

/// What to do where a volume that is to lose what it holds is used.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum IfUsed {
    /// Nothing, and say who uses it.
    #[default]
    Refuse,
    /// Do it all the same: somebody who knows has said so.
    Insist,
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
    fn no_password_of_an_address_is_shown() {
        for (address, shown) in [
            ("https://example.org/a.iso", "https://example.org/a.iso"),
            ("https://me@example.org:8443/a", "https://me@example.org:8443/a"),
            ("https://me:secret@example.org/a@b:c", "https://me:…@example.org/a@b:c"),
            ("https://me:sec@ret@example.org", "https://me:…@example.org"),
            ("https://example.org/a?Signature=secret#x", "https://example.org/a?…"),
            ("https://example.org?secret@x/y", "https://example.org?…"),
            ("https://example.org/a#secret", "https://example.org/a"),
            ("a.iso", "a.iso"),
        ] {
            assert_eq!(shown_address(address), shown);
        }
        let origin = Origin::Url {
            url: "https://me:secret@example.org/".into(),
            checksum: None,
        };
        assert!(!format!("{origin:?}").contains("secret"));
    }

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
