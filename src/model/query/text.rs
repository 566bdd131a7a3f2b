//! Comparing text the way people search and sort: without regard to case and most accents, numbers as numbers.

/// Longest part of a text that counts for sorting, in characters.
const SORTED: usize = 200;

/// Lower case, without the accents of Latin letters.
pub(crate) fn fold(text: &str) -> String {
    text.chars()
        .flat_map(char::to_lowercase)
        .filter(|c| !('\u{300}'..='\u{36f}').contains(c))
        .map(plain)
        .collect()
}

/// Whether `text` contains `folded` (which went through [`fold`]).
pub(crate) fn contains(text: &str, folded: &str) -> bool {
    if folded.is_empty() {
        return true;
    }
    if !text.is_ascii() {
        return fold(text).contains(folded);
    }
    let (text, needle) = (text.as_bytes(), folded.as_bytes());
    text.len() >= needle.len()
        && text
            .windows(needle.len())
            .any(|window| window.eq_ignore_ascii_case(needle))
}

/// Bytes whose order is the natural order of texts: `vm2` before `VM10`.
pub(crate) fn natural_key(text: &str) -> Vec<u8> {
    let mut key = Vec::with_capacity(text.len().min(SORTED) + 4);
    let mut letters = text.chars().take(SORTED).peekable();
    while let Some(letter) = letters.next() {
        if let Some(digit) = letter.to_digit(10) {
            let mut digits = vec![b'0' + digit as u8];
            while let Some(digit) = letters.peek().and_then(|next| next.to_digit(10)) {
                digits.push(b'0' + digit as u8);
                letters.next();
            }
            let zeros = digits
                .iter()
                .take_while(|digit| **digit == b'0')
                .count()
                .min(digits.len() - 1);
            // A longer number is a larger one.
            key.push(b'0');
            key.push(u8::try_from(digits.len() - zeros).unwrap_or(u8::MAX));
            key.extend_from_slice(&digits[zeros..]);
        } else {
            let mut buffer = [0; 4];
            for lower in letter.to_lowercase().map(plain) {
                key.extend_from_slice(lower.encode_utf8(&mut buffer).as_bytes());
            }
        }
    }
    key
}

/// The letter under the accent, for Latin-1 and Latin Extended-A.
fn plain(letter: char) -> char {
    match letter {
        'à'..='å' | 'ā' | 'ă' | 'ą' => 'a',
        'ç' | 'ć' | 'ĉ' | 'ċ' | 'č' => 'c',
        'ď' | 'đ' => 'd',
        'è'..='ë' | 'ē' | 'ĕ' | 'ė' | 'ę' | 'ě' => 'e',
        'ĝ' | 'ğ' | 'ġ' | 'ģ' => 'g',
        'ĥ' | 'ħ' => 'h',
        'ì'..='ï' | 'ĩ' | 'ī' | 'ĭ' | 'į' | 'ı' => 'i',
        'ĵ' => 'j',
        'ķ' => 'k',
        'ĺ' | 'ļ' | 'ľ' | 'ŀ' | 'ł' => 'l',
        'ñ' | 'ń' | 'ņ' | 'ň' => 'n',
        'ò'..='ö' | 'ø' | 'ō' | 'ŏ' | 'ő' => 'o',
        'ŕ' | 'ŗ' | 'ř' => 'r',
        'ś' | 'ŝ' | 'ş' | 'š' => 's',
        'ţ' | 'ť' | 'ŧ' => 't',
        'ù'..='ü' | 'ũ' | 'ū' | 'ŭ' | 'ů' | 'ű' | 'ų' => 'u',
        'ŵ' => 'w',
        'ý' | 'ÿ' | 'ŷ' => 'y',
        'ź' | 'ż' | 'ž' => 'z',
        other => other,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_in_names_sort_as_numbers() {
        let mut names = [
            "vm10",
            "vm2",
            "VM1",
            "vm",
            "vm02b",
            "äpfel",
            "zebra",
            "vm99999999999999999999999",
        ];
        names.sort_by_key(|name| natural_key(name));
        assert_eq!(
            names,
            [
                "äpfel",
                "vm",
                "VM1",
                "vm2",
                "vm02b",
                "vm10",
                "vm99999999999999999999999",
                "zebra"
            ]
        );
    }

    #[test]
    fn search_ignores_case_and_accents_in_both() {
        for (text, needle, found) in [
            ("Büro-Server", "buro", true),
            ("buero", "BÜRO", false),
            ("Cafe\u{301}", "café", true),
            ("DEBIAN", "ebi", true),
            ("x", "xx", false),
        ] {
            assert_eq!(contains(text, &fold(needle)), found, "{needle} in {text}");
        }
    }
}
