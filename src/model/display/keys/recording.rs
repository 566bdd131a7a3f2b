//! A combination that somebody presses to show it.

/// Keys that are held, and those that were since the first one.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Recording {
    held: Vec<u32>,
    seen: Vec<u32>,
}

impl Recording {
    /// A key went down, by its Linux input event code. Repetitions change nothing.
    pub fn press(&mut self, code: u32) {
        if !self.held.contains(&code) {
            self.held.push(code);
        }
        if !self.seen.contains(&code) {
            self.seen.push(code);
        }
    }

    /// A key went up: the whole combination once no key is held any more. One that went down before the recording began
    /// is not part of it.
    pub fn release(&mut self, code: u32) -> Option<Vec<u32>> {
        self.held.retain(|held| *held != code);
        let over = self.held.is_empty() && !self.seen.is_empty();
        over.then(|| std::mem::take(&mut self.seen))
    }

    /// All that was pressed so far.
    #[must_use]
    pub fn so_far(&self) -> &[u32] {
        &self.seen
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_combination_is_complete_when_the_last_key_is_released() {
        let mut recording = Recording::default();
        assert_eq!(recording.release(57), None, "the key that began it");
        for code in [29, 56, 111, 111] {
            recording.press(code);
        }
        assert_eq!(recording.so_far(), [29, 56, 111]);
        assert_eq!(recording.release(56), None);
        assert_eq!(recording.release(111), None);
        assert_eq!(recording.release(29), Some(vec![29, 56, 111]));
        assert_eq!(recording, Recording::default());
    }
}
