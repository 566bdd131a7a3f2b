//! Places of keys: from Linux's numbers to those of a PC keyboard (set 1), as SPICE wants them.

/// What SPICE's library is given for a key: 0x100 and more stands for a prefix of 0xe0, 0x200 for 0xe1.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Scancode {
    /// A key.
    One(u32),
    /// Pause, which pretends to be two.
    Two(u32, u32),
}

/// Keys whose numbers differ, by Linux's.
const OTHERS: &[(u32, u32)] = &[
    (85, 0x76),   // Zenkaku/Hankaku
    (89, 0x73),   // Ro
    (90, 0x78),   // Katakana
    (91, 0x77),   // Hiragana
    (92, 0x79),   // Henkan
    (93, 0x70),   // Katakana/Hiragana
    (94, 0x7b),   // Muhenkan
    (95, 0x5c),   // Keypad comma, Japanese
    (96, 0x11c),  // Keypad Enter
    (97, 0x11d),  // right Ctrl
    (98, 0x135),  // Keypad /
    (99, 0x137),  // Print
    (100, 0x138), // right Alt
    (101, 0x5b),  // Line feed
    (102, 0x147), // Home
    (103, 0x148), // Up
    (104, 0x149), // Page Up
    (105, 0x14b), // Left
    (106, 0x14d), // Right
    (107, 0x14f), // End
    (108, 0x150), // Down
    (109, 0x151), // Page Down
    (110, 0x152), // Insert
    (111, 0x153), // Delete
    (113, 0x120), // Mute
    (114, 0x12e), // quieter
    (115, 0x130), // louder
    (116, 0x15e), // Power
    (117, 0x59),  // Keypad =
    (121, 0x7e),  // Keypad comma
    (122, 0x72),  // Hangul
    (123, 0x71),  // Hanja
    (124, 0x7d),  // Yen
    (125, 0x15b), // left Super
    (126, 0x15c), // right Super
    (127, 0x15d), // Menu
    (128, 0x168), // Stop
    (140, 0x121), // Calculator
    (142, 0x15f), // Sleep
    (143, 0x163), // Wake up
    (155, 0x16c), // Mail
    (156, 0x166), // Bookmarks
    (157, 0x16b), // Computer
    (158, 0x16a), // Back
    (159, 0x169), // Forward
    (163, 0x119), // next piece
    (164, 0x122), // play or pause
    (165, 0x110), // piece before
    (166, 0x124), // stop playing
    (172, 0x132), // Home page
    (173, 0x167), // Refresh
    (183, 0x5d),  // F13
    (184, 0x5e),
    (185, 0x5f),
    (186, 0x55),
    (217, 0x165), // Search
    (226, 0x16d), // Media
];

const PAUSE: u32 = 119;

/// The scancode of a key, by Linux's number (`KEY_A` is 30).
pub fn scancode(code: u32) -> Option<Scancode> {
    match code {
        // These were Linux's numbers before it had its own.
        1..=83 | 86..=88 => Some(Scancode::One(code)),
        PAUSE => Some(Scancode::Two(0x21d, 0x45)),
        _ => OTHERS
            .binary_search_by_key(&code, |(code, _)| *code)
            .ok()
            .map(|at| Scancode::One(OTHERS[at].1)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_table_is_in_order_and_free_of_doubles() {
        assert!(OTHERS.is_sorted_by(|(one, _), (other, _)| one < other));
        let mut targets: Vec<u32> = OTHERS.iter().map(|(_, scancode)| *scancode).collect();
        targets.sort_unstable();
        targets.dedup();
        assert_eq!(targets.len(), OTHERS.len(), "two keys have one scancode");
    }

    #[test]
    fn keys_have_the_scancodes_of_a_pc_keyboard() {
        for (code, expected) in [
            (1, 0x01),
            (30, 0x1e),
            (28, 0x1c),
            (86, 0x56),
            (88, 0x58),
            (96, 0x11c),
            (97, 0x11d),
            (100, 0x138),
            (103, 0x148),
            (111, 0x153),
            (125, 0x15b),
        ] {
            assert_eq!(scancode(code), Some(Scancode::One(expected)), "key {code}");
        }
        assert_eq!(scancode(119), Some(Scancode::Two(0x21d, 0x45)));
        assert_eq!(scancode(0), None);
        assert_eq!(scancode(600), None);
    }
}
