//! Translation helpers over gettext: named placeholders are filled after translation, so translators see whole sentences.
//!
//! Every text a user can see goes through one of these. `xgettext` knows them by name (`po/update`).

mod digits;

use std::ffi::CStr;

use digits::Digits;

/// Takes the user's language from the environment. Call once at the start, before any other thread exists.
pub fn init() {
    // SAFETY: no other thread exists yet, so nobody reads the locale meanwhile.
    unsafe { gettextrs::setlocale(gettextrs::LocaleCategory::LcAll, "") };
    let built = concat!(env!("VIREO_BUILD_DIR"), "/locale");
    let installed = option_env!("VIREO_LOCALE_DIR").unwrap_or("/usr/share/locale");
    let folder = if std::path::Path::new(built).is_dir() {
        built
    } else {
        installed
    };
    let bound = gettextrs::bindtextdomain("vireo", folder)
        .and_then(|_| gettextrs::bind_textdomain_codeset("vireo", "UTF-8"))
        .and_then(|_| gettextrs::textdomain("vireo"));
    if let Err(error) = bound {
        tracing::warn!(%error, "texts stay English");
    }
}

/// Writes numbers with these marks from now on: decimal point, what stands between groups of digits, and the sizes of the
/// groups, as `localeconv` tells them.
pub fn write_numbers(point: &CStr, separator: &CStr, groups: &CStr) {
    Digits::of(point, separator, groups).make_users();
}

/// Translates a text.
#[must_use]
pub fn tr(text: &str) -> String {
    gettextrs::gettext(text)
}

/// Translates a text and fills its placeholders: `tr_f("{name} is off", &[("name", name)])`.
#[must_use]
pub fn tr_f(text: &str, arguments: &[(&str, &str)]) -> String {
    fill(&gettextrs::gettext(text), arguments)
}

/// Translates with a plural form and fills; `{n}` is the number.
#[must_use]
pub fn tr_n(singular: &str, plural: &str, n: usize, arguments: &[(&str, &str)]) -> String {
    let form = gettextrs::ngettext(singular, plural, u32::try_from(n).unwrap_or(u32::MAX));
    let number = whole(n);
    let mut all = vec![("n", number.as_str())];
    all.extend_from_slice(arguments);
    fill(&form, &all)
}

/// Translates a text whose meaning depends on a context: `tr_c("state", "Off")`.
#[must_use]
pub fn tr_c(context: &str, text: &str) -> String {
    gettextrs::pgettext(context, text)
}

/// Translates the name of a keyboard layout, as the list of xkb has it, with the translations that come with that list.
#[must_use]
pub fn tr_layout(name: &str) -> String {
    const DOMAIN: &str = "xkeyboard-config";
    match gettextrs::bind_textdomain_codeset(DOMAIN, "UTF-8") {
        Ok(_) => gettextrs::dgettext(DOMAIN, name),
        Err(_) => name.to_owned(),
    }
}

/// A whole number with the groups of digits of the user's locale: "10,000".
#[must_use]
pub fn whole(number: usize) -> String {
    Digits::users().whole(number as u64)
}

/// A number with `places` decimals in the user's locale: "1.5".
#[must_use]
pub fn decimal(number: f64, places: usize) -> String {
    Digits::users().decimal(number, places)
}

/// Fills `{name}` placeholders in one pass: values are never searched for placeholders.
fn fill(template: &str, arguments: &[(&str, &str)]) -> String {
    let mut out = String::with_capacity(template.len() + 32);
    let mut rest = template;
    while let Some(open) = rest.find('{') {
        out.push_str(&rest[..open]);
        let after = &rest[open + 1..];
        let filled = after.find('}').and_then(|close| {
            let value = arguments.iter().find(|(name, _)| *name == &after[..close])?.1;
            Some((value, &after[close + 1..]))
        });
        match filled {
            Some((value, tail)) => {
                out.push_str(value);
                rest = tail;
            }
            None => {
                out.push('{');
                rest = after;
            }
        }
    }
    out.push_str(rest);
    out
}

#[cfg(test)]
mod tests {
    use super::fill;

    #[test]
    fn placeholders_are_filled_once_and_never_inside_values() {
        assert_eq!(fill("{a} and {b}", &[("a", "{b}"), ("b", "x")]), "{b} and x");
    }

    #[test]
    fn unknown_or_broken_placeholders_stay_as_they_are() {
        assert_eq!(fill("{c} {", &[("a", "x")]), "{c} {");
    }
}
