//! Keys that are pressed together.

use std::fmt;
use std::str::FromStr;

use super::key::Key;
use crate::i18n::{tr, tr_f};
use crate::model::display::wire::Request;

/// Keys of a combination at most.
pub const MOST_KEYS: usize = 6;

/// Keys that are pressed one after the other and released the other way round.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Combination(Vec<&'static Key>);

/// Why a text is no combination.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum WrongCombination {
    /// There is no key in it.
    Empty,
    /// No key has this name.
    Unknown(String),
    /// A key is in it twice.
    Twice(&'static Key),
    /// More than [`MOST_KEYS`].
    TooMany,
}

impl WrongCombination {
    /// In words; nothing for an empty text, which is only not finished.
    #[must_use]
    pub fn words(&self) -> String {
        match self {
            Self::Empty => String::new(),
            Self::Unknown(name) if name.is_empty() => tr("The name of a key is missing."),
            Self::Unknown(name) => tr_f("There is no key called “{name}”.", &[("name", name)]),
            Self::Twice(key) => tr_f("The key {name} is named twice.", &[("name", &key.label())]),
            Self::TooMany => tr("More keys than a hand can hold."),
        }
    }
}

impl Combination {
    /// These keys, in this order.
    ///
    /// # Errors
    /// Where there are none, too many, or one twice.
    pub fn new(keys: Vec<&'static Key>) -> Result<Self, WrongCombination> {
        if keys.is_empty() {
            return Err(WrongCombination::Empty);
        }
        if keys.len() > MOST_KEYS {
            return Err(WrongCombination::TooMany);
        }
        match keys.iter().enumerate().find(|(at, key)| keys[..*at].contains(key)) {
            Some((_, twice)) => Err(WrongCombination::Twice(twice)),
            None => Ok(Self(keys)),
        }
    }

    /// From Linux input event codes in the order they were pressed; modifiers come first in the result.
    ///
    /// # Errors
    /// As for [`Combination::new`]; a key that has no name here is unknown.
    pub fn from_codes(codes: &[u32]) -> Result<Self, WrongCombination> {
        let keys: Result<Vec<_>, _> = codes
            .iter()
            .map(|code| Key::at(*code).ok_or_else(|| WrongCombination::Unknown(code.to_string())))
            .collect();
        let (mut held, rest): (Vec<_>, Vec<_>) = keys?.into_iter().partition(|key| key.is_modifier());
        held.extend(rest);
        Self::new(held)
    }

    /// The keys.
    #[must_use]
    pub fn keys(&self) -> &[&'static Key] {
        &self.0
    }

    /// Linux input event codes, for `virDomainSendKey`.
    #[must_use]
    pub fn codes(&self) -> Vec<u32> {
        self.0.iter().map(|key| key.code).collect()
    }

    /// As the user reads it: `Ctrl+Alt+Delete`.
    #[must_use]
    pub fn label(&self) -> String {
        let labels: Vec<String> = self.0.iter().map(|key| key.label()).collect();
        labels.join("+")
    }

    /// Presses all in order, releases in reverse.
    #[must_use]
    pub fn requests(&self) -> Vec<Request> {
        let event = |down: bool| {
            move |key: &&'static Key| Request::Key {
                down,
                code: key.code,
                symbol: key.symbol,
            }
        };
        let pressed = self.0.iter().map(event(true));
        pressed.chain(self.0.iter().rev().map(event(false))).collect()
    }
}

impl fmt::Display for Combination {
    /// As it is kept in the settings: names that are never translated.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (at, key) in self.0.iter().enumerate() {
            let plus = if at > 0 { "+" } else { "" };
            write!(f, "{plus}{}", key.name)?;
        }
        Ok(())
    }
}

impl FromStr for Combination {
    type Err = WrongCombination;

    /// Names of keys with `+` between them, in any language and case.
    fn from_str(text: &str) -> Result<Self, WrongCombination> {
        if text.trim().is_empty() {
            return Err(WrongCombination::Empty);
        }
        let named =
            |name: &str| Key::named(name.trim()).ok_or_else(|| WrongCombination::Unknown(name.trim().to_owned()));
        let keys: Result<Vec<_>, _> = text.split('+').map(named).collect();
        Self::new(keys?)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parsed(text: &str) -> Combination {
        text.parse().unwrap_or_else(|error| panic!("{text}: {error:?}"))
    }

    #[test]
    fn keys_are_pressed_in_order_and_released_in_reverse() {
        let events: Vec<(bool, u32)> = parsed("ctrl + alt + Del")
            .requests()
            .into_iter()
            .map(|request| match request {
                Request::Key { down, code, symbol } => {
                    assert_ne!(symbol, 0);
                    (down, code)
                }
                other => panic!("{other:?}"),
            })
            .collect();
        assert_eq!(
            events,
            [
                (true, 29),
                (true, 56),
                (true, 111),
                (false, 111),
                (false, 56),
                (false, 29)
            ]
        );
    }

    #[test]
    fn what_is_kept_is_read_again() {
        for text in ["Ctrl+Alt+F2", "Super", "Alt+Print+B", "AltGr+Less"] {
            assert_eq!(parsed(text).to_string(), text);
            assert_eq!(parsed(&parsed(text).label()), parsed(text));
        }
    }

    #[test]
    fn wrong_combinations_say_what_is_wrong() {
        assert_eq!(" ".parse::<Combination>(), Err(WrongCombination::Empty));
        assert_eq!(
            "Ctrl++".parse::<Combination>(),
            Err(WrongCombination::Unknown(String::new()))
        );
        let unknown = "Ctrl+Fn".parse::<Combination>().expect_err("no such key");
        assert!(unknown.words().contains("“Fn”"));
        assert!(matches!("a+A".parse::<Combination>(), Err(WrongCombination::Twice(_))));
        assert_eq!("1+2+3+4+5+6+7".parse::<Combination>(), Err(WrongCombination::TooMany));
    }

    #[test]
    fn recorded_modifiers_come_first_however_they_were_pressed() {
        let recorded = Combination::from_codes(&[111, 56, 29]).expect("known keys");
        assert_eq!(recorded.to_string(), "Alt+Ctrl+Delete");
        assert!(Combination::from_codes(&[29, 240]).is_err());
    }
}
