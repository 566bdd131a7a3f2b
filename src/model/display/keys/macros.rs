//! Macros: combinations one after the other, under a name that the user gave.

use super::combination::Combination;

/// Macros at most.
pub const MOST_MACROS: usize = 64;
/// Combinations of a macro at most.
pub const MOST_STEPS: usize = 64;
/// Characters of a name at most.
pub const LONGEST_NAME: usize = 60;

/// A macro of the user's own.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Macro {
    /// Its name in the menu.
    pub name: String,
    /// What is pressed, in this order; never empty.
    pub steps: Vec<Combination>,
}

impl Macro {
    /// From the settings; `None` where it can't be read (made by a newer version, or damaged).
    #[must_use]
    pub fn read(name: &str, steps: &[String]) -> Option<Self> {
        let steps: Result<Vec<Combination>, _> = steps.iter().map(|step| step.parse()).collect();
        let steps = steps.ok().filter(|steps| (1..=MOST_STEPS).contains(&steps.len()))?;
        let name = name.trim();
        (!name.is_empty() && name.chars().count() <= LONGEST_NAME).then(|| Self {
            name: name.to_owned(),
            steps,
        })
    }

    /// The steps as they are kept.
    #[must_use]
    pub fn written(&self) -> Vec<String> {
        self.steps.iter().map(ToString::to_string).collect()
    }

    /// The steps as the user reads them.
    #[must_use]
    pub fn label(&self) -> String {
        let labels: Vec<String> = self.steps.iter().map(Combination::label).collect();
        labels.join(", ")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_macro_survives_the_settings() {
        let kept = Macro::read(" Login ", &["ctrl+alt+f2".to_owned(), "r".to_owned()]).expect("a macro");
        assert_eq!((kept.name.as_str(), kept.label().as_str()), ("Login", "Ctrl+Alt+F2, R"));
        assert_eq!(Macro::read(&kept.name, &kept.written()), Some(kept));
    }

    #[test]
    fn what_can_not_be_sent_is_no_macro() {
        assert_eq!(Macro::read("x", &[]), None);
        assert_eq!(Macro::read("x", &["Ctrl+Unheard".to_owned()]), None);
        assert_eq!(Macro::read(" ", &["A".to_owned()]), None);
        assert_eq!(Macro::read("x", &vec!["A".to_owned(); MOST_STEPS + 1]), None);
    }
}
