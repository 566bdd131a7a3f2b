//! What is about to be typed.

use super::macros::Macro;
use super::typist::Stroke;

/// Strokes in order, piece by piece: a character, or a step of a macro.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Script {
    pieces: Vec<Vec<Stroke>>,
    text: String,
    missing: Vec<char>,
}

impl Script {
    /// Adds a character and how to type it.
    pub(super) fn push(&mut self, letter: char, strokes: Vec<Stroke>) {
        self.text.push(letter);
        self.pieces.push(strokes);
    }

    /// Adds a character that can't be typed.
    pub(super) fn miss(&mut self, letter: char) {
        if !self.missing.contains(&letter) {
            self.missing.push(letter);
        }
    }

    /// How many pieces.
    #[must_use]
    pub fn len(&self) -> usize {
        self.pieces.len()
    }

    /// Nothing to type.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.pieces.is_empty()
    }

    /// The strokes of a piece.
    #[must_use]
    pub fn piece(&self, at: usize) -> &[Stroke] {
        self.pieces.get(at).map_or(&[], Vec::as_slice)
    }

    /// All strokes in order.
    pub fn strokes(&self) -> impl Iterator<Item = &Stroke> {
        self.pieces.iter().flatten()
    }

    /// The text as it will arrive; empty for a macro.
    #[must_use]
    pub fn text(&self) -> &str {
        &self.text
    }

    /// Characters that the layout doesn't have, each once, in the order of the text.
    #[must_use]
    pub fn missing(&self) -> &[char] {
        &self.missing
    }
}

impl From<&Macro> for Script {
    fn from(own: &Macro) -> Self {
        Self {
            pieces: own.steps.iter().map(|step| vec![step.into()]).collect(),
            ..Self::default()
        }
    }
}
