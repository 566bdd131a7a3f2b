//! Keyboard layouts that a guest can have, by the names of xkb.

use std::path::{Path, PathBuf};

use crate::i18n::tr_layout;

/// Bytes of the list of layouts at most.
const LARGEST_LIST: u64 = 4 * 1024 * 1024;

/// A layout, with its variant if it is one.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Layout {
    /// Name, as `de`.
    pub name: String,
    /// Variant, as `nodeadkeys`; empty for the usual one.
    pub variant: String,
}

impl Layout {
    /// From `de` or `de(nodeadkeys)`; `None` for what can't be a name of xkb.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        let (name, variant) = match text.split_once('(') {
            Some((name, rest)) => (name, rest.strip_suffix(')')?),
            None => (text, ""),
        };
        let plain =
            |part: &str| part.len() <= 64 && part.bytes().all(|b| b.is_ascii_alphanumeric() || b"_-.+".contains(&b));
        (!name.is_empty() && plain(name) && plain(variant)).then(|| Self {
            name: name.to_owned(),
            variant: variant.to_owned(),
        })
    }

    /// As it is kept: `de` or `de(nodeadkeys)`.
    #[must_use]
    pub fn id(&self) -> String {
        if self.variant.is_empty() {
            self.name.clone()
        } else {
            format!("{}({})", self.name, self.variant)
        }
    }
}

/// The layouts that xkb knows, with what they are called.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Layouts(Vec<(Layout, String)>);

impl Layouts {
    /// Reads the list of this computer; a short one of our own where there is none. Reads a file: not for the main thread.
    #[must_use]
    pub fn installed() -> Self {
        let root =
            std::env::var_os("XKB_CONFIG_ROOT").map_or_else(|| PathBuf::from("/usr/share/X11/xkb"), PathBuf::from);
        let mut found = Self::read(&read_list(&root.join("rules/evdev.lst")).unwrap_or_default());
        if found.0.is_empty() {
            found = Self::read(SHORT);
        }
        for (_, title) in &mut found.0 {
            *title = tr_layout(title);
        }
        found.0.sort_by_cached_key(|(_, title)| title.to_lowercase());
        found
    }

    /// Reads a list as xkb writes it (`evdev.lst`).
    #[must_use]
    pub fn read(list: &str) -> Self {
        let mut found = Vec::new();
        let mut section = "";
        for line in list.lines() {
            let line = line.trim();
            if let Some(title) = line.strip_prefix('!') {
                section = title.trim();
                continue;
            }
            let Some((name, rest)) = line.split_once(char::is_whitespace) else {
                continue;
            };
            let (id, title) = match section {
                "layout" => (name.to_owned(), rest),
                "variant" => match rest.split_once(':') {
                    Some((layout, title)) => (format!("{}({name})", layout.trim()), title),
                    None => continue,
                },
                _ => continue,
            };
            // The one that users make themselves is rarely there.
            if let Some(layout) = Layout::parse(&id).filter(|layout| layout.name != "custom") {
                found.push((layout, title.trim().to_owned()));
            }
        }
        Self(found)
    }

    /// All, with their names for the user.
    #[must_use]
    pub fn all(&self) -> &[(Layout, String)] {
        &self.0
    }

    /// Where a layout stands in the list.
    #[must_use]
    pub fn position(&self, layout: &Layout) -> Option<usize> {
        self.0.iter().position(|(known, _)| known == layout)
    }

    /// The layout that people with this locale (`de_CH.UTF-8`) mostly have.
    #[must_use]
    pub fn guess(&self, locale: &str) -> Layout {
        let locale = locale.split(['.', '@']).next().unwrap_or_default().to_ascii_lowercase();
        let (language, country) = locale.split_once('_').unwrap_or((&locale, ""));
        let known = |name: &str| Layout::parse(name).filter(|layout| self.position(layout).is_some());
        known(country)
            .or_else(|| known(language).filter(|_| language != "en"))
            .unwrap_or_else(|| Layout {
                name: "us".to_owned(),
                variant: String::new(),
            })
    }
}

fn read_list(path: &Path) -> Option<String> {
    let size = std::fs::metadata(path).ok()?.len();
    (size <= LARGEST_LIST).then(|| std::fs::read_to_string(path).ok())?
}

/// For computers without xkb's list.
const SHORT: &str = "! layout
  us English (US)
  gb English (UK)
  de German
  fr French
  es Spanish
  it Italian
  pt Portuguese
  br Portuguese (Brazil)
  ch German (Switzerland)
";

#[cfg(test)]
mod tests {
    use super::*;

    const LIST: &str = "! model\n  pc86  Generic\n\n! layout\n  us              English (US)\n  custom A user-defined custom Layout\n  \
                        ch German (Switzerland)\n  gb English (UK)\n  fr French\n\n! variant\n  intl  us: English (US, intl., with dead \
                        keys)\n  broken no colon\n\n! option\n  grp  Switching\n";

    #[test]
    fn layouts_and_variants_are_read_and_the_rest_is_not() {
        let ids: Vec<String> = Layouts::read(LIST)
            .all()
            .iter()
            .map(|(layout, _)| layout.id())
            .collect();
        assert_eq!(ids, ["us", "ch", "gb", "fr", "us(intl)"]);
    }

    #[test]
    fn locales_lead_to_the_layout_of_the_country() {
        let layouts = Layouts::read(LIST);
        for (locale, id) in [
            ("de_CH.UTF-8", "ch"),
            ("fr", "fr"),
            ("en_GB", "gb"),
            ("en_IE", "us"),
            ("C", "us"),
            ("", "us"),
        ] {
            assert_eq!(layouts.guess(locale).id(), id, "{locale}");
        }
    }

    #[test]
    fn names_that_xkb_can_not_have_are_no_layouts() {
        for text in ["", "de(", "de\0", "../de", "de,us", "de nodeadkeys"] {
            assert_eq!(Layout::parse(text), None, "{text}");
        }
        assert_eq!(
            Layout::parse("de(nodeadkeys)").map(|layout| layout.id()),
            Some("de(nodeadkeys)".to_owned())
        );
    }

    #[test]
    fn the_short_list_is_one() {
        assert_eq!(Layouts::read(SHORT).all().len(), 9);
    }
}
