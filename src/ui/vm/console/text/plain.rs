//! Output of a terminal as text that can be read and searched: what steers the terminal is left out. A log that held it
//! would steer the terminal of whoever prints it. Pure.

/// A string that steers is cut off here: an unterminated one must not swallow the log.
const LONGEST_STRING: usize = 64 * 1024;

#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
enum Place {
    /// In text.
    #[default]
    Text,
    /// After a carriage return.
    Return,
    /// After the first byte of a character that may be a control.
    Lead,
    /// After an escape.
    Escape,
    /// After an escape and a byte that wants another.
    Designation,
    /// In a control sequence.
    Sequence,
    /// In a string, so many bytes long.
    String(usize),
    /// In a string, after an escape.
    StringEscape(usize),
}

/// Remembers where the last piece ended.
#[derive(Debug, Clone, Default)]
pub struct Plain(Place);

impl Plain {
    /// The text of a piece of output. Line ends are `\n`.
    pub fn text(&mut self, output: &[u8]) -> Vec<u8> {
        let mut text = Vec::with_capacity(output.len());
        for byte in output {
            self.0 = step(self.0, *byte, &mut text);
        }
        text
    }
}

fn step(place: Place, byte: u8, text: &mut Vec<u8>) -> Place {
    match place {
        Place::Text => letter(byte, text),
        Place::Return => match byte {
            b'\r' => Place::Return,
            _ => {
                text.push(b'\n');
                if byte == b'\n' { Place::Text } else { letter(byte, text) }
            }
        },
        Place::Lead => match byte {
            0x9b => Place::Sequence,
            0x90 | 0x98 | 0x9d..=0x9f => Place::String(0),
            0x80..=0x9f => Place::Text,
            _ => {
                text.push(0xc2);
                letter(byte, text)
            }
        },
        Place::Escape => match byte {
            b'[' => Place::Sequence,
            b']' | b'P' | b'X' | b'^' | b'_' => Place::String(0),
            b' '..=b'/' => Place::Designation,
            0x1b => Place::Escape,
            _ => Place::Text,
        },
        Place::Designation if (b' '..=b'/').contains(&byte) => Place::Designation,
        Place::Designation => Place::Text,
        Place::Sequence => match byte {
            0x20..=0x3f => Place::Sequence,
            0x1b => Place::Escape,
            // A line end inside is one, and nothing else is cut off with it.
            b'\r' | b'\n' => letter(byte, text),
            _ => Place::Text,
        },
        Place::String(length) => match byte {
            0x07 => Place::Text,
            0x1b => Place::StringEscape(length + 1),
            _ if length >= LONGEST_STRING => letter(byte, text),
            _ => Place::String(length + 1),
        },
        Place::StringEscape(_) if byte == b'\\' => Place::Text,
        Place::StringEscape(length) => step(Place::String(length), byte, text),
    }
}

fn letter(byte: u8, text: &mut Vec<u8>) -> Place {
    match byte {
        0x1b => return Place::Escape,
        b'\r' => return Place::Return,
        0xc2 => return Place::Lead,
        b'\n' | b'\t' | 0x20..=0x7e | 0x80.. => text.push(byte),
        _ => {}
    }
    Place::Text
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Whole, and byte by byte.
    fn plain(output: &str) -> String {
        let whole = Plain::default().text(output.as_bytes());
        let mut plain = Plain::default();
        let pieces: Vec<u8> = output.bytes().flat_map(|byte| plain.text(&[byte])).collect();
        assert_eq!(whole, pieces, "{output:?}");
        String::from_utf8(whole).expect("text")
    }

    #[test]
    fn colours_titles_and_controls_are_left_out() {
        assert_eq!(plain("\u{1b}[1;32mroot\u{1b}[0m:~# \u{7}ls\r\n"), "root:~# ls\n");
        assert_eq!(
            plain("a\u{1b}]0;title\u{7}b\u{1b}]0;title\u{1b}\\c\u{1b}Pq\u{1b}x\u{1b}\\d"),
            "abcd"
        );
        assert_eq!(plain("\u{1b}(B\u{1b}=größe\u{9b}31m §\u{9d}x\u{7}."), "größe §.");
    }

    #[test]
    fn every_kind_of_line_end_is_one() {
        assert_eq!(plain("a\r\nb\nc\rd\r\r\ne"), "a\nb\nc\nd\ne");
        assert_eq!(plain("10 %\r20 %\r\u{1b}[Kdone\n"), "10 %\n20 %\ndone\n");
    }

    #[test]
    fn a_string_that_never_ends_does_not_swallow_the_log() {
        let output = format!("\u{1b}]0;{}\nback", "x".repeat(LONGEST_STRING));
        assert!(plain(&output).ends_with("\nback"));
        assert_eq!(plain("\u{1b}[12\nback"), "\nback");
    }
}
