//! What a refusal of libvirt means for the rest of a change.

use crate::model::error::{Kind, VirtError};

/// `VIR_ERR_SYSTEM_ERROR`: something that the change names cannot be opened or reached.
const SYSTEM_ERROR: i32 = 38;
/// `VIR_ERR_NO_DOMAIN`.
const NO_DOMAIN: i32 = 42;

/// What to do about a change that the running machine did not take.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Remedy {
    /// It waits for the next start.
    Wait,
    /// It waits for the next start, and so does everything after it: the machine answers nothing at the moment.
    WaitAll,
    /// It would fail at the next start, too, or hinder it: it has to leave the definition again.
    TakeBack,
    /// The machine or the host is gone.
    Stop,
}

/// Why a running machine did not take a change, as what that means for the definition that has it already.
#[must_use]
pub fn remedy(error: &VirtError) -> Remedy {
    match error.kind {
        Kind::Unreachable | Kind::AuthCancelled => Remedy::Stop,
        Kind::Gone if error.code == NO_DOMAIN => Remedy::Stop,
        Kind::Timeout => Remedy::WaitAll,
        // A network, volume, secret or host device that isn't there.
        Kind::Gone => Remedy::TakeBack,
        _ if error.code == SYSTEM_ERROR => Remedy::TakeBack,
        _ => Remedy::Wait,
    }
}

/// The element or attribute that libvirt's schema names in a refusal.
#[must_use]
pub fn named(message: &str) -> Option<String> {
    // The last one is the innermost for what is too much, the first one for what is wrong.
    const PATTERNS: &[(&str, &str)] = &[
        ("Invalid attribute ", " for element "),
        ("Did not expect element ", " there"),
        ("Extra element ", " in interleave"),
        ("Invalid sequence in interleave", ""),
        ("Expecting element ", ", got "),
        ("Expecting an element ", ", got nothing"),
        ("has extra content: ", ""),
        ("Element ", " failed to validate attributes"),
        ("Error validating value", ""),
        ("Element ", " failed to validate content"),
    ];
    for (start, end) in PATTERNS {
        for line in message.lines() {
            let Some(rest) = line.split_once(start).map(|(_, rest)| rest) else {
                continue;
            };
            let word = match *end {
                "" => rest,
                end => match rest.split_once(end) {
                    // What is there, and not what was expected.
                    Some((_, got)) if *start == "Expecting element " => got,
                    Some((word, _)) => word,
                    None => continue,
                },
            };
            let word = word.trim_matches(|letter: char| !is_name(letter));
            if !word.is_empty() && word.chars().all(is_name) {
                return Some(word.to_owned());
            }
        }
    }
    None
}

fn is_name(letter: char) -> bool {
    letter.is_alphanumeric() || matches!(letter, '_' | '-' | ':' | '.')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_the_schema_refuses_is_found_in_its_words() {
        let head = "XML document failed to validate against schema: Unable to validate doc against \
                    /usr/share/libvirt/schemas/domain.rng\n";
        for (words, name) in [
            (
                "Extra element devices in interleave\nElement domain failed to validate content",
                Some("devices"),
            ),
            ("Invalid attribute colour for element disk", Some("colour")),
            ("Did not expect element wing there", Some("wing")),
            ("Expecting element source, got sauce", Some("sauce")),
            ("Element vcpu has extra content: wheel", Some("wheel")),
            ("Element memory failed to validate content", Some("memory")),
            ("Element address failed to validate attributes", Some("address")),
            ("", None),
        ] {
            assert_eq!(named(&format!("{head}{words}")).as_deref(), name, "{words}");
        }
        assert_eq!(named("no schema at all"), None);
    }

    #[test]
    fn only_what_would_hinder_a_start_leaves_the_definition() {
        let error = |kind, code| VirtError {
            code,
            ..VirtError::own(kind, "test", "")
        };
        for (kind, code, wanted) in [
            (Kind::Unsupported, 67, Remedy::Wait),
            (Kind::Invalid, 55, Remedy::Wait),
            (Kind::Other, 1, Remedy::Wait),
            (Kind::Timeout, 68, Remedy::WaitAll),
            (Kind::Gone, 43, Remedy::TakeBack),
            (Kind::Other, 38, Remedy::TakeBack),
            (Kind::Gone, 42, Remedy::Stop),
            (Kind::Unreachable, 38, Remedy::Stop),
        ] {
            assert_eq!(remedy(&error(kind, code)), wanted, "{kind:?} {code}");
        }
    }
}
