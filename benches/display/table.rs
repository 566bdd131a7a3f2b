//! What people get to read.

use crate::part::Figure;

/// All figures of a run.
pub struct Table {
    only: String,
    figures: Vec<Figure>,
}

impl Table {
    /// Of lines whose name holds `only`.
    pub fn new(only: &str) -> Self {
        Self {
            only: only.to_owned(),
            figures: Vec::new(),
        }
    }

    pub fn wants(&self, name: &str) -> bool {
        name.contains(&self.only)
    }

    pub fn take(&mut self, figures: &[Figure]) {
        let wanted = figures.iter().filter(|figure| self.wants(&figure.name)).cloned();
        self.figures.extend(wanted.collect::<Vec<_>>());
    }

    /// The median, with the smallest and largest where there are several, beside what was promised.
    pub fn print(&self) {
        println!("{:<56}{:>10}{:>28}", "Displays", "target", "");
        for Figure { name, target, samples } in &self.figures {
            let mut samples = samples.clone();
            samples.sort_by(f64::total_cmp);
            let (Some(least), Some(most)) = (samples.first(), samples.last()) else {
                continue;
            };
            let median = samples[samples.len() / 2];
            let value = match samples.len() {
                1 => format!("{median:.1}"),
                _ => format!("{median:.2} ({least:.2}–{most:.2})"),
            };
            let verdict = match target {
                Some(target) if median <= *target => "  met",
                Some(_) => "  MISSED",
                None => "",
            };
            let target = target.map_or_else(String::new, |target| format!("≤ {target}"));
            println!("{name:<56}{target:>10}{value:>28}{verdict}");
        }
    }
}
