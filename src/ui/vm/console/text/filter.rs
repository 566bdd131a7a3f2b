//! What may travel from the terminal to the guest. A terminal answers questions that its output asks ("where is the
//! cursor", "which title", "which colours"), and VTE hands these answers out by the same signal as the user's typing.
//! A guest must not be able to type: only keys, pastes, pointer reports and harmless answers pass. Pure.

const ESC: char = '\u{1b}';

/// Whether a control sequence (`ESC [` … final, given without the introducer) may be sent.
///
/// Keys end in a letter or `~` and carry plain numbers; pasting brackets are `200~` and `201~`. Of the answers only the
/// cursor position (`R`), "ready" (`0n`) and the primary device attributes (`?…c`) pass: they hold numbers that the
/// terminal chose. Pointer reports (`<…M`, `<…m`) are made from the user's pointer alone.
fn csi_allowed(body: &str) -> bool {
    let Some(end) = body.chars().last() else { return false };
    let parameters = &body[..body.len() - end.len_utf8()];
    let numbers = |text: &str| text.len() <= 24 && text.bytes().all(|byte| byte.is_ascii_digit() || byte == b';');
    match end {
        'A'..='H' | 'P'..='S' | 'Z' | '~' => numbers(parameters),
        'n' => parameters == "0",
        'c' => parameters.strip_prefix('?').is_some_and(numbers),
        'M' | 'm' => parameters.strip_prefix('<').is_some_and(numbers),
        _ => false,
    }
}

/// Length in bytes of a control sequence at the start of `text` (after the introducer), its final included; `None` if it
/// is not complete.
fn csi_length(text: &str) -> Option<usize> {
    for (index, byte) in text.bytes().enumerate() {
        match byte {
            0x20..=0x3f => {}
            0x40..=0x7e => return Some(index + 1),
            _ => return None,
        }
    }
    None
}

/// What follows the string (`ESC ]`, `ESC P`, …) that `text` is inside of: its terminator is BEL, `ESC \` or U+009C. An
/// unterminated string swallows everything.
fn after_string(text: &str) -> &str {
    let mut rest = text;
    while let Some(index) = rest.find(['\u{7}', '\u{9c}', ESC]) {
        let at = &rest[index..];
        let mut chars = at.chars();
        if chars.next() == Some(ESC) {
            if chars.next() == Some('\\') {
                return &at[2..];
            }
            rest = &at[1..];
        } else {
            return chars.as_str();
        }
    }
    ""
}

/// The part of a `commit` that may be sent to the guest.
#[must_use]
pub fn input_for_guest(commit: &str) -> String {
    // Alt and a key: two characters. No answer is that short, but many answers begin like Alt+] or Alt+P.
    if commit.starts_with(ESC) && commit.chars().count() <= 2 {
        return commit.to_owned();
    }
    let mut out = String::with_capacity(commit.len());
    let mut rest = commit;
    while let Some(c) = rest.chars().next() {
        let after = &rest[c.len_utf8()..];
        match c {
            ESC => rest = escape(after, &mut out),
            '\u{9b}' => rest = control_sequence(after, &mut out),
            '\u{90}' | '\u{98}' | '\u{9d}' | '\u{9e}' | '\u{9f}' => rest = after_string(after),
            '\u{80}'..='\u{9f}' => rest = after,
            _ => {
                out.push(c);
                rest = after;
            }
        }
    }
    out
}

/// Handles what follows an escape; returns what is left.
fn escape<'a>(after: &'a str, out: &mut String) -> &'a str {
    let Some(c) = after.chars().next() else {
        out.push(ESC);
        return "";
    };
    let rest = &after[c.len_utf8()..];
    match c {
        // X10 pointer report: three characters that are no final byte of the usual grammar.
        '[' if rest.starts_with('M') && rest.chars().count() == 4 => {
            out.push(ESC);
            out.push('[');
            out.push_str(rest);
            ""
        }
        '[' => control_sequence(rest, out),
        // Keys of the application keypad and F1 to F4.
        'O' => match rest.chars().next() {
            Some(key) if key.is_ascii_alphabetic() => {
                out.push(ESC);
                out.push('O');
                out.push(key);
                &rest[1..]
            }
            _ => rest,
        },
        'P' | 'X' | ']' | '^' | '_' => after_string(rest),
        // Meta and a character or a key: the escape belongs to the typing.
        _ => {
            out.push(ESC);
            after
        }
    }
}

fn control_sequence<'a>(rest: &'a str, out: &mut String) -> &'a str {
    let Some(length) = csi_length(rest) else {
        return "";
    };
    let (body, tail) = rest.split_at(length);
    if csi_allowed(body) {
        out.push(ESC);
        out.push('[');
        out.push_str(body);
    }
    tail
}

#[cfg(test)]
mod tests {
    use super::input_for_guest;

    fn passes(text: &str) {
        assert_eq!(input_for_guest(text), text, "{text:?} must pass");
    }

    fn stops(text: &str) {
        assert_eq!(input_for_guest(text), "", "{text:?} must not pass");
    }

    #[test]
    fn typing_and_keys_reach_the_guest() {
        for text in [
            "ls -l\r",
            "\u{3}",
            "\u{1b}",
            "grüße 日本",
            "\u{1b}[A",
            "\u{1b}OA",
            "\u{1b}[15~",
            "\u{1b}[1;5C",
        ] {
            passes(text);
        }
        for text in [
            "\u{1b}x",
            "\u{1b}]",
            "\u{1b}P",
            "\u{1b}[",
            "\u{1b}_",
            "\u{1b}\u{7f}",
            "\u{1b}\u{1b}[A",
            "\u{1b}OP",
        ] {
            passes(text);
        }
        passes("\u{1b}[200~echo hello\u{1b}[201~");
    }

    #[test]
    fn pointer_reports_reach_the_guest() {
        passes("\u{1b}[<0;12;7M");
        passes("\u{1b}[<0;12;7m");
        passes("\u{1b}[M !!");
    }

    #[test]
    fn position_and_attribute_answers_reach_the_guest() {
        passes("\u{1b}[24;80R");
        passes("\u{1b}[0n");
        passes("\u{1b}[?65;1;9c");
    }

    #[test]
    fn title_reports_never_type() {
        stops("\u{1b}]lrm -rf ~\r\u{1b}\\");
        stops("\u{1b}]Lname\u{1b}\\");
        stops("\u{1b}]0;evil\u{7}");
        stops("\u{1b}]0;never ends\r\n");
    }

    #[test]
    fn settings_and_colour_reports_never_type() {
        stops("\u{1b}P1$r0;38;5;196m\u{1b}\\");
        stops("\u{1b}]11;rgb:1e1e/1e1e/1e1e\u{1b}\\");
        stops("\u{1b}]52;c;cm0gLXJm\u{7}");
        stops("\u{1b}P!|7E565445\u{1b}\\");
        stops("\u{1b}_Gi=31;OK\u{1b}\\");
        stops("\u{90}1$r0m\u{9c}");
    }

    #[test]
    fn window_mode_and_version_reports_never_type() {
        for text in [
            "\u{1b}[8;24;80t",
            "\u{1b}[3;0;0t",
            "\u{1b}[>65;7006;1c",
            "\u{1b}[?2004;1$y",
            "\u{1b}[?1;1n",
            "\u{1b}[I",
            "\u{1b}[O",
        ] {
            stops(text);
        }
    }

    #[test]
    fn text_behind_an_answer_survives_and_the_answer_does_not() {
        assert_eq!(input_for_guest("a\u{1b}]lx\u{1b}\\b"), "ab");
        assert_eq!(input_for_guest("\u{9b}24;80R"), "\u{1b}[24;80R");
    }

    #[test]
    fn broken_sequences_are_dropped_and_do_not_panic() {
        stops("\u{1b}[12;");
        stops("\u{1b}[é");
        stops("\u{1b}[1;2;3;4;5;6;7;8;9;10;11;12;13R");
        assert_eq!(input_for_guest(""), "");
        assert_eq!(input_for_guest("\u{1b}O1x"), "1x");
    }
}
