//! Letters with accents, for layouts that type them in two strokes: an accent that waits, and the letter.

/// An accent that a layout can have as a dead key.
#[derive(Debug)]
pub(super) struct Accent {
    /// X11 symbol of the dead key.
    pub symbol: u32,
    /// The combining character of Unicode.
    pub mark: char,
    /// What the key and a space give. Only where all systems agree: an acute and a space is an apostrophe on some.
    pub alone: Option<char>,
    /// Letters, each before what comes of it.
    pairs: &'static str,
}

/// Those that keyboards of Latin letters have.
pub(super) static ACCENTS: [Accent; 13] = [
    Accent {
        // dead_grave
        symbol: 0xfe50,
        mark: '\u{300}',
        alone: Some('`'),
        pairs: "AÀaàEÈeèIÌiìNǸnǹOÒoòUÙuùWẀwẁYỲyỳ",
    },
    Accent {
        // dead_acute
        symbol: 0xfe51,
        mark: '\u{301}',
        alone: None,
        pairs: "AÁaáCĆcćEÉeéGǴgǵIÍiíKḰkḱLĹlĺMḾmḿNŃnńOÓoóPṔpṕRŔrŕSŚsśUÚuúWẂwẃYÝyýZŹzź",
    },
    Accent {
        // dead_circumflex
        symbol: 0xfe52,
        mark: '\u{302}',
        alone: Some('^'),
        pairs: "AÂaâCĈcĉEÊeêGĜgĝHĤhĥIÎiîJĴjĵOÔoôSŜsŝUÛuûWŴwŵYŶyŷZẐzẑ",
    },
    Accent {
        // dead_tilde
        symbol: 0xfe53,
        mark: '\u{303}',
        alone: Some('~'),
        pairs: "AÃaãEẼeẽIĨiĩNÑnñOÕoõUŨuũVṼvṽYỸyỹ",
    },
    Accent {
        // dead_macron
        symbol: 0xfe54,
        mark: '\u{304}',
        alone: None,
        pairs: "AĀaāEĒeēGḠgḡIĪiīOŌoōUŪuūYȲyȳ",
    },
    Accent {
        // dead_breve
        symbol: 0xfe55,
        mark: '\u{306}',
        alone: None,
        pairs: "AĂaăEĔeĕGĞgğIĬiĭOŎoŏUŬuŭ",
    },
    Accent {
        // dead_abovedot
        symbol: 0xfe56,
        mark: '\u{307}',
        alone: None,
        pairs: "AȦaȧBḂbḃCĊcċDḊdḋEĖeėFḞfḟGĠgġHḢhḣIİMṀmṁNṄnṅOȮoȯPṖpṗRṘrṙSṠsṡTṪtṫWẆwẇXẊxẋYẎyẏZŻzż",
    },
    Accent {
        // dead_diaeresis
        symbol: 0xfe57,
        mark: '\u{308}',
        alone: None,
        pairs: "AÄaäEËeëHḦhḧIÏiïOÖoötẗUÜuüWẄwẅXẌxẍYŸyÿ",
    },
    Accent {
        // dead_abovering
        symbol: 0xfe58,
        mark: '\u{30a}',
        alone: None,
        pairs: "AÅaåUŮuůwẘyẙ",
    },
    Accent {
        // dead_doubleacute
        symbol: 0xfe59,
        mark: '\u{30b}',
        alone: None,
        pairs: "OŐoőUŰuű",
    },
    Accent {
        // dead_caron
        symbol: 0xfe5a,
        mark: '\u{30c}',
        alone: None,
        pairs: "AǍaǎCČcčDĎdďEĚeěGǦgǧHȞhȟIǏiǐjǰKǨkǩLĽlľNŇnňOǑoǒRŘrřSŠsšTŤtťUǓuǔZŽzž",
    },
    Accent {
        // dead_cedilla
        symbol: 0xfe5b,
        mark: '\u{327}',
        alone: None,
        pairs: "CÇcçDḐdḑEȨeȩGĢgģHḨhḩKĶkķLĻlļNŅnņRŖrŗSŞsşTŢtţ",
    },
    Accent {
        // dead_ogonek
        symbol: 0xfe5c,
        mark: '\u{328}',
        alone: None,
        pairs: "AĄaąEĘeęIĮiįOǪoǫUŲuų",
    },
];

impl Accent {
    /// Letters, and what the accent makes of each.
    pub fn pairs(&self) -> impl Iterator<Item = (char, char)> + use<> {
        let letters = self.pairs;
        letters.chars().step_by(2).zip(letters.chars().skip(1).step_by(2))
    }
}

/// A text whose letters and combining accents are one character each, where there is one.
pub(super) fn joined(text: &str) -> String {
    let mut joined = String::with_capacity(text.len());
    for letter in text.chars() {
        let accent = ACCENTS.iter().find(|accent| accent.mark == letter);
        let whole = accent.and_then(|accent| {
            let base = joined.chars().next_back()?;
            accent.pairs().find(|(from, _)| *from == base)
        });
        match whole {
            Some((_, whole)) => {
                joined.pop();
                joined.push(whole);
            }
            None => joined.push(letter),
        }
    }
    joined
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_letter_and_its_combining_accent_are_one_character() {
        assert_eq!(joined("e\u{301}te\u{301} n\u{303} a\u{308}"), "été ñ ä");
        assert_eq!(joined("x\u{301}\u{301}"), "x\u{301}\u{301}");
    }

    #[test]
    fn every_pair_is_of_one_letter_and_another_character() {
        for accent in &ACCENTS {
            assert_eq!(accent.pairs.chars().count() % 2, 0);
            assert!(
                accent
                    .pairs()
                    .all(|(from, to)| from.is_ascii_alphabetic() && !to.is_ascii())
            );
        }
    }
}
