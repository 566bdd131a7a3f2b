//! Places of keys as QEMU's extended key events name them: codes of the XT keyboard, those with the prefix `e0` with the eighth
//! bit set.

/// From Linux's code 85 on; before that, the numbers are the same. Zero where there is none.
const HIGHER: [u8; 110] = [
    0x76, 0x56, 0x57, 0x58, 0x73, 0x78, 0x77, 0x79, 0x70, 0x7b,
    0x5c, // 85: Zenkaku, 102nd, F11, F12, Japanese keys
    0x9c, 0x9d, 0xb5, 0x54, 0xb8, 0x5b, // 96: keypad Enter, right Ctrl, keypad /, SysRq, right Alt, line feed
    0xc7, 0xc8, 0xc9, 0xcb, 0xcd, 0xcf, 0xd0, 0xd1, 0xd2, 0xd3, // 102: Home … Delete
    0xef, 0xa0, 0xae, 0xb0, 0xde, 0x59, 0xce, 0xc6, 0x8b,
    0x7e, // 112: macro, sound, power, keypad =, ±, Pause, scale, comma
    0x00, 0x8d, 0x7d, 0xdb, 0xdc, 0xdd, // 122: Hangeul, Hanja, Yen, left and right Meta, Menu
    0xe8, 0x85, 0x86, 0x87, 0x8c, 0xf8, 0x64, 0x65, 0xc1, 0xbc, 0xf5, // 128: Stop … Help
    0x9e, 0xa1, 0x66, 0xdf, 0xe3, 0x67, 0x68, 0x69, 0x93, 0x9f, 0x97, // 139: menu, calculator … second program
    0x82, 0x6a, 0x92, 0x6b, 0xa6, 0xec, 0xe6, 0xeb, 0xea, 0xe9, // 150: WWW … forward
    0xa3, 0x6c, 0xfd, 0x99, 0xa2, 0x90, 0xa4, 0xb1, 0x98, // 160: media
    0x63, 0x70, 0x81, 0xb2, 0xe7, 0x71, 0x72, 0x88, 0x75, 0x8f, 0xf6, 0xfb, 0x89, 0x8a, // 169: phone … redo
    0x5d, 0x5e, 0x5f, 0x55, 0x83, 0xf7, 0x84, 0x5a, 0x74, 0xf9, 0x6d, 0x6f, // 183: F13 … F24
];
const FIRST: usize = 85;

/// The place of a key with this code of Linux; 0 if there is none.
pub fn place(code: u32) -> u16 {
    match code {
        1..=83 => u16::try_from(code).unwrap_or(0),
        217 => 0xe5,
        226 => 0xed,
        _ => usize::try_from(code)
            .ok()
            .and_then(|code| code.checked_sub(FIRST))
            .and_then(|at| HIGHER.get(at))
            .map_or(0, |place| u16::from(*place)),
    }
}

#[cfg(test)]
mod tests {
    use super::place;

    #[test]
    fn keys_have_the_places_that_qemu_knows() {
        let known = [
            (1, 0x01),   // Escape
            (30, 0x1e),  // A
            (83, 0x53),  // keypad .
            (86, 0x56),  // the key beside the left Shift
            (88, 0x58),  // F12
            (89, 0x73),  // Ro
            (96, 0x9c),  // keypad Enter
            (100, 0xb8), // AltGr
            (102, 0xc7), // Home
            (108, 0xd0), // Down
            (111, 0xd3), // Delete
            (113, 0xa0), // Mute
            (119, 0xc6), // Pause
            (125, 0xdb), // left Meta
            (127, 0xdd), // Menu
            (139, 0x9e),
            (150, 0x82),
            (158, 0xea),
            (164, 0xa2), // Play
            (172, 0xb2), // Home page
            (183, 0x5d), // F13
            (194, 0x6f), // F24
            (217, 0xe5), // Search
        ];
        for (code, expected) in known {
            assert_eq!(place(code), expected, "key {code}");
        }
        for unknown in [0, 84, 195, 1000, u32::MAX] {
            assert_eq!(place(unknown), 0, "key {unknown}");
        }
    }
}
