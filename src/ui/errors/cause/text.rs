//! Looking things up in what libvirt, ssh and the system say.

use std::io;

pub const EPERM: i32 = 1;
pub const ENOENT: i32 = 2;
pub const ENOMEM: i32 = 12;
pub const EACCES: i32 = 13;
pub const ENOSPC: i32 = 28;
pub const ENETUNREACH: i32 = 101;
pub const ECONNRESET: i32 = 104;
pub const ETIMEDOUT: i32 = 110;
pub const ECONNREFUSED: i32 = 111;
pub const EHOSTUNREACH: i32 = 113;

/// An error's text, prepared for looking things up in it.
pub struct Text<'a> {
    raw: &'a str,
    lower: String,
}

impl<'a> Text<'a> {
    pub fn new(raw: &'a str) -> Self {
        Self {
            raw,
            lower: raw.to_lowercase(),
        }
    }

    pub fn contains(&self, needle: &str) -> bool {
        self.lower.contains(needle)
    }

    pub fn any(&self, needles: &[&str]) -> bool {
        needles.iter().any(|needle| self.contains(needle))
    }

    pub fn all(&self, needles: &[&str]) -> bool {
        needles.iter().all(|needle| self.contains(needle))
    }

    /// Whether the text of an error number is in it: in English, as ssh's far side writes it, or in our language, as
    /// libvirt does.
    pub fn errno(&self, number: i32) -> bool {
        let english = match number {
            EPERM => "operation not permitted",
            ENOENT => "no such file or directory",
            ENOMEM => "cannot allocate memory",
            EACCES => "permission denied",
            ENOSPC => "no space left on device",
            ENETUNREACH => "network is unreachable",
            ECONNRESET => "connection reset by peer",
            ETIMEDOUT => "connection timed out",
            ECONNREFUSED => "connection refused",
            EHOSTUNREACH => "no route to host",
            _ => return false,
        };
        if self.contains(english) {
            return true;
        }
        let ours = io::Error::from_raw_os_error(number).to_string();
        let ours = ours.split(" (os error").next().unwrap_or_default().to_lowercase();
        !ours.is_empty() && self.contains(&ours)
    }

    pub fn errno_or_shell(&self) -> bool {
        self.errno(ENOENT) || self.any(&["command not found", "not found"])
    }

    /// What stands between the first pair of apostrophes.
    pub fn quoted(&self) -> Option<String> {
        let mut parts = self.raw.splitn(3, '\'');
        let (_, inside, _) = (parts.next()?, parts.next()?, parts.next()?);
        (!inside.is_empty()).then(|| inside.to_owned())
    }

    /// The word after `before`, if it is a path.
    pub fn path_after(&self, before: &str) -> Option<String> {
        self.word_after(before).filter(|word| word.starts_with('/'))
    }

    /// What stands between `before`, which ends with an apostrophe, and the next apostrophe.
    pub fn quoted_after(&self, before: &str) -> Option<String> {
        let begin = self.raw.find(before)? + before.len();
        let (inside, _) = self.raw[begin..].split_once('\'')?;
        (!inside.is_empty()).then(|| inside.to_owned())
    }

    /// What stands between `before` and the next `end`.
    pub fn between(&self, before: &str, end: char) -> Option<String> {
        let begin = self.raw.find(before)? + before.len();
        let (inside, _) = self.raw[begin..].split_once(end)?;
        (!inside.is_empty()).then(|| inside.to_owned())
    }

    /// The word that begins with `start`.
    pub fn word_from(&self, start: &str) -> Option<String> {
        let begin = self.raw.find(start)?;
        word(&self.raw[begin..])
    }

    /// The word after `before`.
    pub fn word_after(&self, before: &str) -> Option<String> {
        let begin = self.raw.find(before)? + before.len();
        word(&self.raw[begin..])
    }
}

fn word(text: &str) -> Option<String> {
    text.split_whitespace()
        .next()
        .map(|word| word.trim_end_matches(['.', ',']).to_owned())
        .filter(|word| !word.is_empty())
}
