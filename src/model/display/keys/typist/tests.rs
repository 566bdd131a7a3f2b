//! The strokes are typed on xkb's own keyboard, with the accents that X11 composes: the same text must come out.

use std::ffi::OsStr;

use xkbcommon::xkb::compose;

use super::*;

fn layout(id: &str) -> Layout {
    Layout::parse(id).expect("a layout")
}

fn typist(id: &str) -> Typist {
    Typist::learn(&layout(id)).expect("xkb's data")
}

/// What a Linux guest with this layout makes of the strokes.
fn typed(id: &str, script: &Script) -> String {
    let keymap = keymap(&layout(id)).expect("xkb's data");
    let context = xkb::Context::new(xkb::CONTEXT_NO_FLAGS);
    let table = compose::Table::new_from_locale(&context, OsStr::new("en_US.UTF-8"), compose::COMPILE_NO_FLAGS)
        .expect("the table of X11");
    let mut composing = compose::State::new(&table, compose::STATE_NO_FLAGS);
    let mut state = xkb::State::new(&keymap);
    let mut text = String::new();
    for request in script.strokes().flat_map(Stroke::requests) {
        let Request::Key { down, code, .. } = request else {
            panic!("{request:?}");
        };
        let key = xkb::Keycode::new(code + OFFSET);
        let symbol = state.key_get_one_sym(key);
        state.update_key(
            key,
            if down {
                xkb::KeyDirection::Down
            } else {
                xkb::KeyDirection::Up
            },
        );
        if !down {
            continue;
        }
        composing.feed(symbol);
        match composing.status() {
            compose::Status::Nothing => match xkb::keysym_to_utf32(symbol) {
                0 => {}
                13 => text.push('\n'),
                letter => text.extend(char::from_u32(letter)),
            },
            compose::Status::Composing => {}
            compose::Status::Composed => {
                text.push_str(&composing.utf8().unwrap_or_default());
                composing.reset();
            }
            compose::Status::Cancelled => panic!("nothing is composed with {symbol:?}"),
        }
    }
    assert_eq!(
        state.serialize_mods(xkb::STATE_MODS_EFFECTIVE),
        0,
        "a modifier is still held"
    );
    text
}

#[track_caller]
fn round_trip(id: &str, text: &str) {
    let script = typist(id).script(text);
    assert!(script.missing().is_empty(), "{id}: {:?}", script.missing());
    assert_eq!(typed(id, &script), text, "{id}");
}

const SHELL: &str = "curl -fsS 'https://example.org/?a=1&b=2#c' | sudo tee \"/etc/x\" > ~/y; echo $((6*7)) {a,b} [c] \\d ^e `f` @g % ! _\n\tA-Z 0-9 <>\n";

#[test]
fn everything_that_a_shell_needs_can_be_typed_on_every_layout() {
    for id in [
        "us",
        "gb",
        "de",
        "de(nodeadkeys)",
        "fr",
        "fr(oss)",
        "ch",
        "ch(fr)",
        "es",
        "it",
        "br",
        "se",
        "pl",
        "cz(qwerty)",
        "us(intl)",
        "us(dvorak)",
        "de(neo)",
        "jp",
        "tr",
        "be",
        "hu",
        "pt",
        "dk",
        "no",
        "fi",
    ] {
        round_trip(id, SHELL);
    }
}

#[test]
fn letters_of_the_languages_come_back() {
    round_trip("de", "Größe, Übermaß @ € {[]} \\ | ~ ^ é ê µ ² °");
    assert_eq!(typist("de").script("ñ").missing(), ['ñ']);
    round_trip("de(deadtilde)", "ñ ã ~");
    round_trip("fr", "été, français, où, « même » @ € { } [ ] \\ | ~ ^ ê ü §");
    round_trip("us(intl)", "äöüß é ê ñ € @ ^ ~ ` ' \"");
    round_trip("es", "¿señor? ¡mañana! pingüino, camión €");
    round_trip("pl", "zażółć gęślą jaźń €");
    round_trip("cz", "příliš žluťoučký kůň");
}

#[test]
fn every_character_that_a_layout_claims_comes_back() {
    for id in ["us", "de", "fr", "us(intl)", "ch", "es", "pt", "cz"] {
        let typist = typist(id);
        let mut letters: Vec<char> = typist.0.keys().copied().filter(|letter| *letter != '\t').collect();
        letters.sort_unstable();
        for letter in letters {
            let text = letter.to_string();
            assert_eq!(typed(id, &typist.script(&text)), text, "{id} {letter:?}");
        }
    }
}

#[test]
fn what_a_layout_lacks_is_named_once_and_in_order() {
    let script = typist("us").script("naïve é€ é \u{7}漢");
    assert_eq!(script.missing(), ['ï', 'é', '€', '\u{7}', '漢']);
    assert_eq!(typed("us", &script), "nave   ");
}

#[test]
fn decomposed_letters_and_windows_line_ends_are_typed_like_others() {
    let script = typist("de").script("u\u{308}\r\nx\ry");
    assert!(script.missing().is_empty());
    assert_eq!(typed("de", &script), "ü\nx\ny");
}

#[test]
fn an_unknown_layout_says_so_and_never_panics() {
    for id in ["xy", "de(of-no-kind)"] {
        assert!(Typist::learn(&layout(id)).is_err(), "{id}");
    }
    let odd = Layout {
        name: "d\0e".to_owned(),
        variant: String::new(),
    };
    assert!(Typist::learn(&odd).is_err());
}

#[test]
fn symbols_are_those_of_the_characters_for_servers_without_places() {
    let script = typist("de").script("@");
    let stroke = script.strokes().next().expect("a stroke");
    assert_eq!(stroke.0, [(100, 0xfe03), (16, 0x40)]);
}
