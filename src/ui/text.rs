//! Names that others chose, made safe to stand inside our sentences and labels.

use crate::model::name::is_invisible;
pub use crate::model::name::{name, one_line};

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

#[cfg(test)]
mod tests {
    use super::{look, markup_name};

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
