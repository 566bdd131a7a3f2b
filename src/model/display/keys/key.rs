//! The keys that can be named.

use crate::i18n::tr_c;

/// A key of a PC keyboard, by its place.
#[derive(Debug, PartialEq, Eq, Hash)]
pub struct Key {
    /// Linux input event code.
    pub code: u32,
    /// X11 key symbol that a US keyboard has there.
    pub symbol: u32,
    /// What it is called in settings and when it is typed; never translated.
    pub name: &'static str,
    /// Other names for it.
    aliases: &'static [&'static str],
}

const fn key(code: u32, symbol: u32, name: &'static str) -> Key {
    also(code, symbol, name, &[])
}

const fn also(code: u32, symbol: u32, name: &'static str, aliases: &'static [&'static str]) -> Key {
    Key {
        code,
        symbol,
        name,
        aliases,
    }
}

/// All of them. The first ones are modifiers.
static KEYS: [Key; 108] = [
    also(29, 0xffe3, "Ctrl", &["Control", "Strg", "LeftCtrl"]),
    also(42, 0xffe1, "Shift", &["LeftShift"]),
    also(56, 0xffe9, "Alt", &["LeftAlt"]),
    also(125, 0xffeb, "Super", &["Win", "Windows", "Meta", "Cmd", "LeftSuper"]),
    also(97, 0xffe4, "RightCtrl", &["RCtrl"]),
    also(54, 0xffe2, "RightShift", &["RShift"]),
    also(100, 0xfe03, "AltGr", &["RightAlt", "RAlt"]),
    also(126, 0xffec, "RightSuper", &["RSuper", "RWin"]),
    also(1, 0xff1b, "Esc", &["Escape"]),
    key(2, 0x31, "1"),
    key(3, 0x32, "2"),
    key(4, 0x33, "3"),
    key(5, 0x34, "4"),
    key(6, 0x35, "5"),
    key(7, 0x36, "6"),
    key(8, 0x37, "7"),
    key(9, 0x38, "8"),
    key(10, 0x39, "9"),
    key(11, 0x30, "0"),
    also(12, 0x2d, "Minus", &["-"]),
    also(13, 0x3d, "Equal", &["="]),
    also(14, 0xff08, "Backspace", &["BkSp"]),
    key(15, 0xff09, "Tab"),
    key(16, 0x71, "Q"),
    key(17, 0x77, "W"),
    key(18, 0x65, "E"),
    key(19, 0x72, "R"),
    key(20, 0x74, "T"),
    key(21, 0x79, "Y"),
    key(22, 0x75, "U"),
    key(23, 0x69, "I"),
    key(24, 0x6f, "O"),
    key(25, 0x70, "P"),
    also(26, 0x5b, "BracketLeft", &["["]),
    also(27, 0x5d, "BracketRight", &["]"]),
    also(28, 0xff0d, "Enter", &["Return"]),
    key(30, 0x61, "A"),
    key(31, 0x73, "S"),
    key(32, 0x64, "D"),
    key(33, 0x66, "F"),
    key(34, 0x67, "G"),
    key(35, 0x68, "H"),
    key(36, 0x6a, "J"),
    key(37, 0x6b, "K"),
    key(38, 0x6c, "L"),
    also(39, 0x3b, "Semicolon", &[";"]),
    also(40, 0x27, "Apostrophe", &["'"]),
    also(41, 0x60, "Grave", &["`"]),
    also(43, 0x5c, "Backslash", &["\\"]),
    key(44, 0x7a, "Z"),
    key(45, 0x78, "X"),
    key(46, 0x63, "C"),
    key(47, 0x76, "V"),
    key(48, 0x62, "B"),
    key(49, 0x6e, "N"),
    key(50, 0x6d, "M"),
    also(51, 0x2c, "Comma", &[","]),
    also(52, 0x2e, "Period", &["."]),
    also(53, 0x2f, "Slash", &["/"]),
    key(57, 0x20, "Space"),
    key(58, 0xffe5, "CapsLock"),
    key(59, 0xffbe, "F1"),
    key(60, 0xffbf, "F2"),
    key(61, 0xffc0, "F3"),
    key(62, 0xffc1, "F4"),
    key(63, 0xffc2, "F5"),
    key(64, 0xffc3, "F6"),
    key(65, 0xffc4, "F7"),
    key(66, 0xffc5, "F8"),
    key(67, 0xffc6, "F9"),
    key(68, 0xffc7, "F10"),
    key(69, 0xff7f, "NumLock"),
    key(70, 0xff14, "ScrollLock"),
    key(71, 0xff95, "KP7"),
    key(72, 0xff97, "KP8"),
    key(73, 0xff9a, "KP9"),
    key(74, 0xffad, "KPMinus"),
    key(75, 0xff96, "KP4"),
    key(76, 0xff9d, "KP5"),
    key(77, 0xff98, "KP6"),
    key(78, 0xffab, "KPPlus"),
    key(79, 0xff9c, "KP1"),
    key(80, 0xff99, "KP2"),
    key(81, 0xff9b, "KP3"),
    key(82, 0xff9e, "KP0"),
    key(83, 0xff9f, "KPPeriod"),
    also(86, 0x3c, "Less", &["<", "102nd"]),
    key(87, 0xffc8, "F11"),
    key(88, 0xffc9, "F12"),
    key(96, 0xff8d, "KPEnter"),
    key(98, 0xffaf, "KPSlash"),
    key(55, 0xffaa, "KPAsterisk"),
    also(99, 0xff61, "Print", &["SysRq", "PrtSc", "PrintScreen"]),
    key(102, 0xff50, "Home"),
    key(103, 0xff52, "Up"),
    also(104, 0xff55, "PageUp", &["PgUp"]),
    key(105, 0xff51, "Left"),
    key(106, 0xff53, "Right"),
    key(107, 0xff57, "End"),
    key(108, 0xff54, "Down"),
    also(109, 0xff56, "PageDown", &["PgDn"]),
    also(110, 0xff63, "Insert", &["Ins"]),
    also(111, 0xffff, "Delete", &["Del"]),
    also(119, 0xff13, "Pause", &["Break"]),
    also(127, 0xff67, "Menu", &["Compose", "App"]),
    key(113, 0x1008_ff12, "Mute"),
    key(114, 0x1008_ff11, "VolumeDown"),
    key(115, 0x1008_ff13, "VolumeUp"),
];

/// Number of modifiers at the start of the table.
const MODIFIERS: usize = 8;

impl Key {
    /// The key of this name, in any case of letters.
    #[must_use]
    pub fn named(name: &str) -> Option<&'static Self> {
        let is = |known: &str| known.eq_ignore_ascii_case(name);
        KEYS.iter()
            .find(|key| is(key.name) || key.aliases.iter().any(|alias| is(alias)) || is(&key.label()))
    }

    /// The key at this place.
    #[must_use]
    pub fn at(code: u32) -> Option<&'static Self> {
        KEYS.iter().find(|key| key.code == code)
    }

    /// Whether it is held while others are pressed.
    #[must_use]
    pub fn is_modifier(&self) -> bool {
        KEYS[..MODIFIERS].contains(self)
    }

    /// What is printed on it where the user lives.
    #[must_use]
    pub fn label(&self) -> String {
        match self.name {
            "Ctrl" => tr_c("key", "Ctrl"),
            "Shift" => tr_c("key", "Shift"),
            "Alt" => tr_c("key", "Alt"),
            "Super" => tr_c("key", "Super"),
            "RightCtrl" => tr_c("key", "Right Ctrl"),
            "RightShift" => tr_c("key", "Right Shift"),
            "AltGr" => tr_c("key", "AltGr"),
            "RightSuper" => tr_c("key", "Right Super"),
            "Esc" => tr_c("key", "Esc"),
            "Backspace" => tr_c("key", "Backspace"),
            "Tab" => tr_c("key", "Tab"),
            "Enter" => tr_c("key", "Enter"),
            "Space" => tr_c("key", "Space"),
            "CapsLock" => tr_c("key", "Caps Lock"),
            "NumLock" => tr_c("key", "Num Lock"),
            "ScrollLock" => tr_c("key", "Scroll Lock"),
            "Print" => tr_c("key", "Print"),
            "Pause" => tr_c("key", "Pause"),
            "Menu" => tr_c("key", "Menu"),
            "Insert" => tr_c("key", "Insert"),
            "Delete" => tr_c("key", "Delete"),
            "Home" => tr_c("key", "Home"),
            "End" => tr_c("key", "End"),
            "PageUp" => tr_c("key", "Page Up"),
            "PageDown" => tr_c("key", "Page Down"),
            "Up" => tr_c("key", "Up"),
            "Down" => tr_c("key", "Down"),
            "Left" => tr_c("key", "Left"),
            "Right" => tr_c("key", "Right"),
            name => name.to_owned(),
        }
    }
}

#[cfg(test)]
mod tests {
    use std::collections::HashSet;

    use super::*;

    #[test]
    fn no_key_and_no_name_is_there_twice() {
        let (mut codes, mut names) = (HashSet::new(), HashSet::new());
        for key in &KEYS {
            assert!(codes.insert(key.code), "{key:?}");
            assert!(!key.name.contains(['+', ' ']), "{key:?}");
            for name in std::iter::once(&key.name).chain(key.aliases) {
                assert!(names.insert(name.to_ascii_lowercase()), "{name}");
            }
        }
    }

    #[test]
    fn keys_are_found_by_every_name_and_place() {
        assert_eq!(Key::named("del").map(|key| key.code), Some(111));
        assert_eq!(Key::named("WINDOWS").map(|key| key.code), Some(125));
        assert_eq!(Key::named("["), Key::at(26));
        assert_eq!(Key::named("hyper"), None);
        assert_eq!(Key::at(0), None);
    }

    #[test]
    fn only_the_eight_are_modifiers() {
        let held: Vec<_> = KEYS
            .iter()
            .filter(|key| key.is_modifier())
            .map(|key| key.code)
            .collect();
        assert_eq!(held, [29, 42, 56, 125, 97, 54, 100, 126]);
    }
}
