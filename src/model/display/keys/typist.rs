//! What has to be pressed for a character, in a guest that has a certain layout.

use std::collections::HashMap;

use xkbcommon::xkb;

use super::accent::{ACCENTS, joined};
use super::combination::Combination;
use super::layout::Layout;
use super::script::Script;
use crate::i18n::tr_f;
use crate::model::display::wire::Request;

/// What xkb adds to the numbers of keys.
const OFFSET: u32 = 8;
/// Modifiers that are held for one character at most.
const MOST_HELD: usize = 2;
const ENTER: u32 = 28;
const TAB: u32 = 15;

/// Keys that are pressed together, each with its code and symbol.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Stroke(Vec<(u32, u32)>);

impl Stroke {
    /// Linux input event codes, for `virDomainSendKey`.
    #[must_use]
    pub fn codes(&self) -> Vec<u32> {
        self.0.iter().map(|(code, _)| *code).collect()
    }

    /// Presses all in order, releases in reverse.
    #[must_use]
    pub fn requests(&self) -> Vec<Request> {
        let event = |down: bool| move |&(code, symbol): &(u32, u32)| Request::Key { down, code, symbol };
        let pressed = self.0.iter().map(event(true));
        pressed.chain(self.0.iter().rev().map(event(false))).collect()
    }
}

impl From<&Combination> for Stroke {
    fn from(combination: &Combination) -> Self {
        Self(combination.keys().iter().map(|key| (key.code, key.symbol)).collect())
    }
}

/// xkb has no such layout, or has no data at all.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct WrongLayout(pub Layout);

impl WrongLayout {
    /// In words.
    #[must_use]
    pub fn words(&self) -> String {
        tr_f(
            "The keyboard layout {name} is not installed on this computer.",
            &[("name", &self.0.id())],
        )
    }
}

/// A layout, ready to type with.
#[derive(Debug, Clone, Default)]
pub struct Typist(HashMap<char, Vec<Stroke>>);

impl Typist {
    /// Learns a layout. Reads files and takes some ten milliseconds: not for the main thread.
    ///
    /// # Errors
    /// Where xkb can't make a keymap of it.
    pub fn learn(layout: &Layout) -> Result<Self, WrongLayout> {
        let keymap = keymap(layout).ok_or_else(|| WrongLayout(layout.clone()))?;
        let held = modifiers(&keymap);
        let mut best: HashMap<xkb::Keysym, Stroke> = HashMap::new();
        for code in typing_keys() {
            for level in 0..keymap.num_levels_for_key(xkb::Keycode::new(code + OFFSET), 0) {
                let Some((symbol, stroke)) = stroke(&keymap, &held, code, level) else {
                    continue;
                };
                let shorter = best.get(&symbol).is_none_or(|known| stroke.0.len() < known.0.len());
                if shorter {
                    best.insert(symbol, stroke);
                }
            }
        }
        let mut strokes: HashMap<char, Vec<Stroke>> = HashMap::new();
        for (symbol, stroke) in &best {
            let letter = char::from_u32(xkb::keysym_to_utf32(*symbol)).filter(|letter| !letter.is_control());
            let Some(letter) = letter else { continue };
            // Two symbols can mean the same character.
            match strokes.get(&letter) {
                Some(known) if (known[0].0.len(), known[0].0[0]) <= (stroke.0.len(), stroke.0[0]) => {}
                _ => drop(strokes.insert(letter, vec![stroke.clone()])),
            }
        }
        add_accents(&best, &mut strokes);
        strokes.insert('\n', vec![Stroke(vec![(ENTER, 0xff0d)])]);
        strokes.insert('\t', vec![Stroke(vec![(TAB, 0xff09)])]);
        Ok(Self(strokes))
    }

    /// What to press for a text, and the characters that the layout doesn't have.
    #[must_use]
    pub fn script(&self, text: &str) -> Script {
        let text = joined(&text.replace("\r\n", "\n").replace('\r', "\n"));
        let mut script = Script::default();
        for letter in text.chars() {
            match self.0.get(&letter) {
                Some(strokes) => script.push(letter, strokes.clone()),
                None => script.miss(letter),
            }
        }
        script
    }
}

fn keymap(layout: &Layout) -> Option<xkb::Keymap> {
    let mut context = xkb::Context::new(xkb::CONTEXT_NO_FLAGS);
    context.set_log_level(xkb::LogLevel::Critical);
    // Names come from the settings: the crate panics at zeros within.
    let layout = Layout::parse(&layout.id())?;
    xkb::Keymap::new_from_names(
        &context,
        "evdev",
        "pc105",
        layout.name.as_str(),
        layout.variant.as_str(),
        Some(String::new()),
        xkb::COMPILE_NO_FLAGS,
    )
}

/// The keys in the middle of a keyboard. Those of the number pad depend on Num Lock, others no keyboard has.
fn typing_keys() -> impl Iterator<Item = u32> {
    (2..=13)
        .chain(16..=27)
        .chain(30..=41)
        .chain(43..=53)
        .chain([57, 86, 89, 124])
}

/// Keys that hold modifiers while they are pressed, and which: Shift, AltGr and what a layout has besides.
fn modifiers(keymap: &xkb::Keymap) -> Vec<(xkb::ModMask, u32, u32)> {
    let reserved = ["Control", "Lock", "Mod1", "Mod4"]
        .iter()
        .map(|name| keymap.mod_get_index(*name))
        .filter(|index| *index < 32)
        .fold(0, |mask, index| mask | 1 << index);
    let mut found: Vec<(xkb::ModMask, u32, u32)> = Vec::new();
    for code in [42, 100, 54]
        .into_iter()
        .chain((1..128).filter(|code| ![42, 54, 100].contains(code)))
    {
        let mut state = xkb::State::new(keymap);
        let key = xkb::Keycode::new(code + OFFSET);
        let symbol = state.key_get_one_sym(key);
        state.update_key(key, xkb::KeyDirection::Down);
        let mask = state.serialize_mods(xkb::STATE_MODS_DEPRESSED);
        let stays = state.serialize_mods(xkb::STATE_MODS_LATCHED | xkb::STATE_MODS_LOCKED);
        if mask != 0 && stays == 0 && mask & reserved == 0 && !found.iter().any(|(known, ..)| *known == mask) {
            found.push((mask, code, symbol.raw()));
        }
    }
    found
}

/// The symbol of a level of a key, and how to get it; `None` where that takes more than holding keys.
fn stroke(
    keymap: &xkb::Keymap,
    held: &[(xkb::ModMask, u32, u32)],
    code: u32,
    level: xkb::LevelIndex,
) -> Option<(xkb::Keysym, Stroke)> {
    let key = xkb::Keycode::new(code + OFFSET);
    let [symbol] = keymap.key_get_syms_by_level(key, 0, level) else {
        return None;
    };
    let mut masks = [xkb::ModMask::default(); 32];
    let count = keymap
        .key_get_mods_for_level(key, 0, level, &mut masks)
        .min(masks.len());
    let keys = masks[..count]
        .iter()
        .filter_map(|mask| cover(held, *mask))
        .min_by_key(Vec::len)?;
    // What the tables of xkb say, and what it does.
    let mut state = xkb::State::new(keymap);
    for (code, _) in &keys {
        state.update_key(xkb::Keycode::new(code + OFFSET), xkb::KeyDirection::Down);
    }
    if state.key_get_one_sym(key) != *symbol {
        return None;
    }
    let pressed = keys.into_iter().chain([(code, symbol.raw())]);
    Some((*symbol, Stroke(pressed.collect())))
}

/// Keys that together hold these modifiers and no others.
fn cover(held: &[(xkb::ModMask, u32, u32)], mask: xkb::ModMask) -> Option<Vec<(u32, u32)>> {
    let mut left = mask;
    let mut keys = Vec::new();
    while left != 0 {
        let (part, code, symbol) = held.iter().find(|(part, ..)| part & left != 0 && part & !mask == 0)?;
        left &= !part;
        keys.push((*code, *symbol));
    }
    (keys.len() <= MOST_HELD).then_some(keys)
}

/// What dead keys add to the characters that have a key of their own.
fn add_accents(best: &HashMap<xkb::Keysym, Stroke>, strokes: &mut HashMap<char, Vec<Stroke>>) {
    let direct = strokes.clone();
    for accent in &ACCENTS {
        let Some(dead) = best.get(&xkb::Keysym::new(accent.symbol)) else {
            continue;
        };
        let alone = accent.alone.map(|alone| (' ', alone));
        for (base, composed) in accent.pairs().chain(alone) {
            if let (false, Some([base])) = (direct.contains_key(&composed), direct.get(&base).map(Vec::as_slice)) {
                strokes
                    .entry(composed)
                    .or_insert_with(|| vec![dead.clone(), base.clone()]);
            }
        }
    }
}

#[cfg(test)]
#[path = "typist/tests.rs"]
mod tests;
