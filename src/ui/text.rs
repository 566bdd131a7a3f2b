//! Names that others chose, made safe to stand inside our sentences and labels.

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

/// A name for places that read Pango markup (toasts, titles of rows): safe as [`name`] is, and escaped.
#[must_use]
pub fn markup_name(raw: &str) -> String {
    glib::markup_escape_text(&name(raw)).into()
}

/// What two names that a hurried reader takes for the same have in common.
#[must_use]
pub fn look(raw: &str) -> String {
    let folded = glib::casefold(glib::normalize(raw, glib::NormalizeMode::All));
    folded
        .chars()
        .filter(|c| !is_invisible(*c) && !c.is_whitespace() && !matches!(c, '-' | '_' | '.' | '·'))
        .map(|c| {
            LOOK_ALIKE
                .iter()
                .find(|(other, _)| *other == c)
                .map_or(c, |(_, ascii)| *ascii)
        })
        .collect()
}

/// Letters and digits that look like another one, after case folding.
const LOOK_ALIKE: &[(char, char)] = &[
    ('0', 'o'),
    ('1', 'l'),
    ('i', 'l'),
    ('|', 'l'),
    ('ı', 'l'),
    ('а', 'a'),
    ('в', 'b'),
    ('с', 'c'),
    ('е', 'e'),
    ('һ', 'h'),
    ('і', 'l'),
    ('ј', 'j'),
    ('к', 'k'),
    ('м', 'm'),
    ('н', 'h'),
    ('о', 'o'),
    ('р', 'p'),
    ('ѕ', 's'),
    ('т', 't'),
    ('у', 'y'),
    ('х', 'x'),
    ('α', 'a'),
    ('β', 'b'),
    ('ε', 'e'),
    ('ι', 'l'),
    ('κ', 'k'),
    ('ν', 'v'),
    ('ο', 'o'),
    ('ρ', 'p'),
    ('τ', 't'),
    ('υ', 'u'),
    ('χ', 'x'),
];

fn visible(c: char) -> char {
    match c {
        '\n' | '\r' | '\t' | '\u{2028}' | '\u{2029}' => ' ',
        c if is_invisible(c) => '\u{fffd}',
        c => c,
    }
}

/// Control, zero-width and direction-changing characters.
fn is_invisible(c: char) -> bool {
    c.is_control()
        || matches!(
            c,
            '\u{ad}' | '\u{61c}' | '\u{180e}' | '\u{200b}'..='\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2060}'..='\u{206f}'
                | '\u{feff}' | '\u{fff9}'..='\u{fffb}' | '\u{e0000}'..='\u{e007f}'
        )
}

#[cfg(test)]
mod tests {
    use super::{look, markup_name, name, one_line};

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

    #[test]
    fn markup_in_a_name_is_shown_and_not_obeyed() {
        assert_eq!(markup_name("<b>&amp;</b>"), "&lt;b&gt;&amp;amp;&lt;/b&gt;");
    }

    #[test]
    fn names_that_look_alike_are_found() {
        assert_eq!(look("vm-l0"), look("VM_1O"));
        assert_eq!(look("раураl"), look("paypal"));
        assert_eq!(look("caf\u{e9}"), look("cafe\u{301}"));
        assert_ne!(look("web1"), look("web2"));
    }
}
