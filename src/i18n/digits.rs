//! How numbers are written where the user lives: decimal point and groups of digits, as the C library's locale says.
//!
//! Rust's formatting knows no locale, and GLib's formats are not within reach from Rust, so the few marks that a locale
//! defines are taken once, right after it was set.

use std::ffi::CStr;
use std::sync::OnceLock;

/// Marks of a locale; those of the C locale until [`super::write_numbers`] was called.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Digits {
    point: String,
    separator: String,
    /// Sizes of the groups from the right; the last one repeats. Empty: no groups.
    groups: Vec<u8>,
}

static USERS: OnceLock<Digits> = OnceLock::new();
static PLAIN: Digits = Digits::plain();

impl Digits {
    /// A point and no groups.
    const fn plain() -> Self {
        Self {
            point: String::new(),
            separator: String::new(),
            groups: Vec::new(),
        }
    }

    /// Those of the user.
    pub fn users() -> &'static Self {
        USERS.get().unwrap_or(&PLAIN)
    }

    /// Makes these marks the user's. A second call changes nothing.
    pub(super) fn make_users(self) {
        let _ = USERS.set(self);
    }

    /// Marks as C has them. Those that are not UTF-8 belong to an encoding that no text of ours has.
    pub(super) fn of(point: &CStr, separator: &CStr, groups: &CStr) -> Self {
        let text = |mark: &CStr| mark.to_str().unwrap_or_default().to_owned();
        let (separator, groups) = (text(separator), groups.to_bytes());
        Self {
            point: text(point),
            groups: if separator.is_empty() {
                Vec::new()
            } else {
                groups.to_vec()
            },
            separator,
        }
    }

    /// A whole number: 1234567 is "1,234,567" in English.
    #[must_use]
    pub fn whole(&self, number: u64) -> String {
        self.grouped(&number.to_string())
    }

    /// A number with `places` decimals: 1234.5 is "1.234,5" in German.
    #[must_use]
    pub fn decimal(&self, number: f64, places: usize) -> String {
        let text = format!("{number:.places$}");
        let (sign, text) = match text.strip_prefix('-') {
            Some(rest) => ("-", rest),
            None => ("", text.as_str()),
        };
        match text.split_once('.') {
            Some((whole, decimals)) => {
                let point = if self.point.is_empty() { "." } else { &self.point };
                format!("{sign}{}{point}{decimals}", self.grouped(whole))
            }
            None => format!("{sign}{}", self.grouped(text)),
        }
    }

    /// Puts the separator between the groups of a row of digits. "inf" and "NaN" stay as they are.
    fn grouped(&self, digits: &str) -> String {
        if self.groups.is_empty() || !digits.bytes().all(|digit| digit.is_ascii_digit()) {
            return digits.to_owned();
        }
        let mut parts = Vec::new();
        let mut rest = digits;
        let mut sizes = self.groups.iter();
        let mut size = 0;
        loop {
            size = sizes.next().map_or(size, |next| usize::from(*next));
            // CHAR_MAX, 127 or 255, ends the grouping, as does a number that is used up.
            if size == 0 || size >= 127 || rest.len() <= size {
                break;
            }
            let (head, tail) = rest.split_at(rest.len() - size);
            parts.push(tail);
            rest = head;
        }
        parts.push(rest);
        parts.reverse();
        parts.join(&self.separator)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn digits(point: &CStr, separator: &CStr, groups: &CStr) -> Digits {
        Digits::of(point, separator, groups)
    }

    #[test]
    fn without_a_locale_numbers_are_plain() {
        assert_eq!(Digits::users().whole(1_234_567), "1234567");
        assert_eq!(Digits::users().decimal(1234.56, 1), "1234.6");
        assert_eq!(digits(c".", c"", c"").whole(1_234_567), "1234567");
    }

    #[test]
    fn germans_read_a_comma_and_points_between_thousands() {
        let german = digits(c",", c".", c"\x03\x03");
        assert_eq!(german.whole(1_234_567), "1.234.567");
        assert_eq!(german.whole(123), "123");
        assert_eq!(german.decimal(1.5, 1), "1,5");
        assert_eq!(german.decimal(1023.0, 0), "1.023");
        assert_eq!(german.decimal(-1234.5, 1), "-1.234,5");
    }

    #[test]
    fn groups_may_differ_and_end() {
        assert_eq!(digits(c".", c",", c"\x03\x02").whole(123_456_789), "12,34,56,789");
        assert_eq!(digits(c".", c",", c"\x03\x7f").whole(1_234_567), "1234,567");
        assert_eq!(digits(c".", c"\u{202f}", c"\x03").whole(1000), "1\u{202f}000");
    }

    #[test]
    fn what_is_no_number_stays() {
        let german = digits(c",", c".", c"\x03");
        assert_eq!(german.decimal(f64::INFINITY, 1), "inf");
        assert_eq!(german.decimal(f64::NAN, 0), "NaN");
    }

    #[test]
    fn marks_in_another_encoding_are_left_out() {
        assert_eq!(digits(c"\xb7", c"\xa0", c"\x03").decimal(1234.5, 1), "1234.5");
    }
}
