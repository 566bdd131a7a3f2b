//! The keys that let a display go: which they are, and when they were pressed.

use std::fmt;
use std::str::FromStr;

/// Names of keys as X11 has them, with their symbols. Letters, digits and F1 to F12 are beside this list.
const NAMES: &[(&str, u32)] = &[
    ("Control_L", 0xffe3),
    ("Control_R", 0xffe4),
    ("Alt_L", 0xffe9),
    ("Alt_R", 0xffea),
    ("Shift_L", 0xffe1),
    ("Shift_R", 0xffe2),
    ("Super_L", 0xffeb),
    ("Super_R", 0xffec),
    ("ISO_Level3_Shift", 0xfe03),
    ("Menu", 0xff67),
    ("Pause", 0xff13),
    ("Scroll_Lock", 0xff14),
    ("Insert", 0xff63),
    ("Home", 0xff50),
    ("End", 0xff57),
];
const FIRST_FUNCTION: u32 = 0xffbe;
/// Modifiers are the first so many of [`NAMES`].
const MODIFIERS: usize = 9;

/// One to four keys that are held together. Written as their names with `+` between: `Control_L+Alt_L`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Chord {
    symbols: Vec<u32>,
}

/// That is no chord.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct NotAChord;

impl Default for Chord {
    fn default() -> Self {
        Self {
            symbols: vec![0xffe3, 0xffe9],
        }
    }
}

impl FromStr for Chord {
    type Err = NotAChord;

    /// A single key must not be one that is needed for typing, nor a modifier of it.
    fn from_str(text: &str) -> Result<Self, NotAChord> {
        let mut symbols = Vec::new();
        for name in text.split('+') {
            let symbol = symbol(name.trim()).ok_or(NotAChord)?;
            if symbols.contains(&symbol) {
                return Err(NotAChord);
            }
            symbols.push(symbol);
        }
        let plain = |symbol: &u32| (0x20..0x7f).contains(symbol) || matches!(symbol, 0xffe1 | 0xffe2 | 0xfe03);
        if symbols.len() > 4 || symbols.iter().all(plain) {
            return Err(NotAChord);
        }
        Ok(Self { symbols })
    }
}

impl fmt::Display for Chord {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (index, symbol) in self.symbols.iter().enumerate() {
            let plus = if index > 0 { "+" } else { "" };
            write!(f, "{plus}{}", name(*symbol))?;
        }
        Ok(())
    }
}

impl Chord {
    /// Names of its keys as X11 has them, in the order they are written.
    pub fn names(&self) -> impl Iterator<Item = String> {
        self.symbols.iter().map(|symbol| name(*symbol))
    }

    /// Nothing but modifiers: it holds when they come up and nothing else was pressed meanwhile, so that Ctrl+Alt+Delete can
    /// begin with it.
    fn is_of_modifiers(&self) -> bool {
        self.symbols
            .iter()
            .all(|symbol| NAMES[..MODIFIERS].iter().any(|(_, known)| known == symbol))
    }
}

fn symbol(name: &str) -> Option<u32> {
    if let Some((_, symbol)) = NAMES.iter().find(|(known, _)| known.eq_ignore_ascii_case(name)) {
        return Some(*symbol);
    }
    let mut letters = name.chars();
    match (letters.next()?, letters.as_str()) {
        (letter, "") if letter.is_ascii_alphanumeric() => Some(u32::from(letter.to_ascii_lowercase())),
        ('F' | 'f', number) => match number.parse::<u32>() {
            Ok(number @ 1..=12) => Some(FIRST_FUNCTION + number - 1),
            _ => None,
        },
        _ => None,
    }
}

fn name(symbol: u32) -> String {
    if let Some((name, _)) = NAMES.iter().find(|(_, known)| *known == symbol) {
        return (*name).to_owned();
    }
    match symbol.checked_sub(FIRST_FUNCTION) {
        Some(number @ 0..12) => format!("F{}", number + 1),
        _ => char::from_u32(symbol).map(String::from).unwrap_or_default(),
    }
}

/// The same key whatever else is held: Shift makes Alt a Meta and letters capital.
fn base(symbol: u32) -> u32 {
    match symbol {
        0xffe7 => 0xffe9,
        0xffe8 => 0xffea,
        0x41..=0x5a => symbol + 0x20,
        _ => symbol,
    }
}

/// What a key means for the chord.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Step {
    /// Nothing: it goes where keys go.
    Pass,
    /// The chord is complete; this key goes nowhere.
    Released,
}

/// Watches keys go down and up until the chord was pressed.
#[derive(Debug, Clone, Default)]
pub struct Matcher {
    chord: Chord,
    /// Code of the key and what it means.
    down: Vec<(u32, u32)>,
    /// Something that is not of the chord was pressed since the first key went down.
    spoilt: bool,
}

impl Matcher {
    /// For this chord.
    #[must_use]
    pub fn new(chord: Chord) -> Self {
        Self {
            chord,
            ..Self::default()
        }
    }

    /// The chord.
    #[must_use]
    pub fn chord(&self) -> &Chord {
        &self.chord
    }

    /// A key goes down. A key that repeats changes nothing.
    pub fn press(&mut self, code: u32, symbol: u32) -> Step {
        if self.down.iter().any(|key| key.0 == code) {
            return Step::Pass;
        }
        if self.down.is_empty() {
            self.spoilt = false;
        }
        let symbol = base(symbol);
        self.down.push((code, symbol));
        if !self.chord.symbols.contains(&symbol) {
            self.spoilt = true;
        }
        if self.is_complete() && !self.chord.is_of_modifiers() {
            self.reset();
            return Step::Released;
        }
        Step::Pass
    }

    /// A key comes up.
    pub fn release(&mut self, code: u32) -> Step {
        let complete = self.is_complete() && self.chord.is_of_modifiers();
        let known = self.down.iter().any(|key| key.0 == code);
        self.down.retain(|key| key.0 != code);
        if complete && known {
            self.reset();
            return Step::Released;
        }
        Step::Pass
    }

    /// A button or the wheel was used: Ctrl+Alt and a click is not the chord.
    pub fn spoil(&mut self) {
        self.spoilt = true;
    }

    /// The keyboard is somebody else's now.
    pub fn reset(&mut self) {
        self.down.clear();
        self.spoilt = false;
    }

    fn is_complete(&self) -> bool {
        let held = |symbol: &u32| self.down.iter().any(|key| key.1 == *symbol);
        !self.spoilt && self.down.len() == self.chord.symbols.len() && self.chord.symbols.iter().all(held)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const CONTROL: u32 = 0xffe3;
    const ALT: u32 = 0xffe9;
    const DELETE: u32 = 0xffff;

    /// Presses each (code = symbol), then releases each in the same order; which of them let go.
    fn play(chord: &str, keys: &[u32]) -> Vec<(&'static str, usize)> {
        let mut matcher = Matcher::new(chord.parse().expect("a chord"));
        let mut found = Vec::new();
        for (index, key) in keys.iter().enumerate() {
            if matcher.press(*key, *key) == Step::Released {
                found.push(("press", index));
            }
        }
        for (index, key) in keys.iter().enumerate() {
            if matcher.release(*key) == Step::Released {
                found.push(("release", index));
            }
        }
        found
    }

    #[test]
    fn modifiers_alone_let_go_when_they_come_up() {
        assert_eq!(play("Control_L+Alt_L", &[CONTROL, ALT]), [("release", 0)]);
        assert_eq!(play("Control_L+Alt_L", &[ALT, CONTROL]), [("release", 0)]);
        assert_eq!(play("Control_L+Alt_L", &[CONTROL]), []);
        assert_eq!(play("Control_R", &[0xffe4]), [("release", 0)]);
    }

    #[test]
    fn the_guest_keeps_longer_combinations() {
        assert_eq!(play("Control_L+Alt_L", &[CONTROL, ALT, DELETE]), []);
        assert_eq!(play("Control_L+Alt_L", &[DELETE, CONTROL, ALT]), []);
        let mut matcher = Matcher::default();
        for key in [CONTROL, ALT, DELETE] {
            assert_eq!(matcher.press(key, key), Step::Pass);
        }
        assert_eq!(
            matcher.release(DELETE),
            Step::Pass,
            "and it stays the guest's until all are up"
        );
        assert_eq!(matcher.release(ALT), Step::Pass);
        assert_eq!(matcher.release(CONTROL), Step::Pass);
        matcher.press(CONTROL, CONTROL);
        matcher.press(ALT, ALT);
        assert_eq!(matcher.release(ALT), Step::Released);
    }

    #[test]
    fn a_click_spoils_it() {
        let mut matcher = Matcher::default();
        matcher.press(CONTROL, CONTROL);
        matcher.press(ALT, ALT);
        matcher.spoil();
        assert_eq!(matcher.release(ALT), Step::Pass);
    }

    #[test]
    fn shift_and_repeats_do_not_matter() {
        let mut matcher = Matcher::new("Shift_L+Alt_L".parse().expect("a chord"));
        matcher.press(42, 0xffe1);
        matcher.press(56, 0xffe7);
        matcher.press(56, 0xffe7);
        assert_eq!(matcher.release(42), Step::Released);
    }

    #[test]
    fn other_keys_let_go_when_they_go_down() {
        assert_eq!(
            play("Control_L+Alt_L+g", &[CONTROL, ALT, u32::from(b'G')]),
            [("press", 2)]
        );
        assert_eq!(play("F12", &[FIRST_FUNCTION + 11]), [("press", 0)]);
        assert_eq!(play("Scroll_Lock", &[CONTROL, 0xff14]), []);
    }

    #[test]
    fn chords_are_written_and_read() {
        for text in ["Control_L+Alt_L", "Super_R", "F12", "Control_L+Shift_L+g", "Pause"] {
            let chord: Chord = text.parse().expect("a chord");
            assert_eq!(chord.to_string(), text);
        }
        assert_eq!("control_l+ALT_L".parse(), Ok(Chord::default()));
        for text in [
            "",
            "+",
            "g",
            "Shift_L",
            "Shift_L+g",
            "Control_L+Control_L",
            "F13",
            "F0",
            "Nothing",
            "ü",
        ] {
            assert_eq!(text.parse::<Chord>(), Err(NotAChord), "{text}");
        }
    }
}
