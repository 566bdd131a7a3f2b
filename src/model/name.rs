//! Names that others chose, made safe to stand inside our sentences.

use std::borrow::Cow;

/// Longest name that a sentence shows; the rest becomes an ellipsis.
const LONGEST: usize = 80;

/// A name for use inside a sentence or a dialog: one line, at most 80 characters, without invisible or
/// direction-changing characters, and isolated so that right-to-left letters don't reorder the sentence around it.
#[must_use]
pub fn name(raw: &str) -> String {
    let plain = one_line(raw, LONGEST);
    if plain.is_ascii() {
        plain.into_owned()
    } else {
        format!("\u{2068}{plain}\u{2069}")
    }
}

/// A text that others chose, on one line of at most `longest` characters, every control and direction-changing character
/// replaced by a visible mark.
#[must_use]
pub fn one_line(raw: &str, longest: usize) -> Cow<'_, str> {
    let clean = !raw.chars().any(is_invisible);
    if clean && raw.len() <= longest {
        return Cow::Borrowed(raw);
    }
    let mut out: String = raw.chars().take(longest).map(visible).collect();
    if raw.chars().nth(longest).is_some() {
        out.push('…');
    }
    Cow::Owned(out)
}

fn visible(c: char) -> char {
    match c {
        '\n' | '\r' | '\t' | '\u{2028}' | '\u{2029}' => ' ',
        c if is_invisible(c) => '\u{fffd}',
        c => c,
    }
}

/// Control, zero-width and direction-changing characters.
pub(crate) fn is_invisible(c: char) -> bool {
    c.is_control()
        || matches!(
            c,
            '\u{ad}' | '\u{61c}' | '\u{180e}' | '\u{200b}'..='\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2060}'..='\u{206f}'
                | '\u{feff}' | '\u{fff9}'..='\u{fffb}' | '\u{e0000}'..='\u{e007f}'
        )
}

#[cfg(test)]
mod tests {
    use super::{name, one_line};

    #[test]
    fn ordinary_names_stay_as_they_are() {
        assert_eq!(name("debian-12"), "debian-12");
        assert_eq!(name("büro"), "\u{2068}büro\u{2069}");
    }

    #[test]
    fn a_name_cannot_break_lines_or_turn_the_sentence_around() {
        assert_eq!(name("a\nb\u{202e}c\0"), "\u{2068}a b\u{fffd}c\u{fffd}\u{2069}");
    }

    #[test]
    fn a_name_of_ten_thousand_letters_does_not_fill_the_screen() {
        assert_eq!(name(&"x".repeat(10_000)).chars().count(), 83);
        assert_eq!(one_line("ééé", 3), "ééé");
        assert_eq!(one_line("éééé", 3), "ééé…");
    }
}
