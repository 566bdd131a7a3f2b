//! What the user pastes and searches, made harmless. Pure.

/// A text from the clipboard on its way to the guest.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Paste {
    /// The text without characters that steer a terminal; line ends are `\n`.
    pub text: String,
    /// It holds several lines: the first ones would run before the user could look.
    pub multi_line: bool,
    /// Control characters were taken out.
    pub had_controls: bool,
}

impl Paste {
    /// Cleans a text. Escapes are taken out, and with them any forged end of a bracketed paste.
    #[must_use]
    pub fn new(raw: &str) -> Self {
        let unified = raw.replace("\r\n", "\n").replace('\r', "\n");
        let text: String = unified
            .chars()
            .filter(|c| matches!(c, '\n' | '\t') || !c.is_control())
            .collect();
        Self {
            multi_line: text.contains('\n'),
            had_controls: text.len() != unified.len(),
            text,
        }
    }

    /// Whether to ask before it is sent.
    #[must_use]
    pub fn is_doubtful(&self) -> bool {
        self.multi_line || self.had_controls
    }

    /// The beginning of the text, for the question.
    #[must_use]
    pub fn preview(&self) -> String {
        const LINES: usize = 8;
        const COLUMNS: usize = 72;
        let mut lines: Vec<String> = Vec::new();
        for line in self.text.lines().take(LINES) {
            let mut shown: String = line.chars().take(COLUMNS).collect();
            if line.chars().count() > COLUMNS {
                shown.push('…');
            }
            lines.push(shown);
        }
        if self.text.lines().count() > LINES {
            lines.push("…".to_owned());
        }
        lines.join("\n")
    }
}

/// A pattern that finds `text` as it is.
#[must_use]
pub fn literal_pattern(text: &str) -> String {
    let mut pattern = String::with_capacity(text.len() + 8);
    for c in text.chars() {
        if c.is_ascii_punctuation() {
            pattern.push('\\');
        }
        pattern.push(c);
    }
    pattern
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_plain_line_is_sent_without_a_question() {
        let paste = Paste::new("ls -l\t/etc");
        assert!(!paste.is_doubtful());
        assert_eq!(paste.text, "ls -l\t/etc");
    }

    #[test]
    fn several_lines_ask_first() {
        assert!(Paste::new("a\nb").is_doubtful());
        assert!(Paste::new("a\r").is_doubtful());
    }

    #[test]
    fn end_of_bracketed_paste_can_not_be_forged() {
        let paste = Paste::new("harmless\u{1b}[201~rm -rf /\u{9b}201~");
        assert!(paste.had_controls && paste.is_doubtful());
        assert!(!paste.text.contains(['\u{1b}', '\u{9b}']));
    }

    #[test]
    fn preview_is_bounded() {
        let paste = Paste::new(&"x".repeat(100_000).repeat(2));
        assert!(paste.preview().chars().count() < 100);
        assert_eq!(Paste::new(&"a\n".repeat(100)).preview().lines().count(), 9);
    }

    #[test]
    fn search_takes_every_character_literally() {
        assert_eq!(literal_pattern("a.b*[x]\\E"), "a\\.b\\*\\[x\\]\\\\E");
        assert_eq!(literal_pattern("größe 1"), "größe 1");
    }
}
