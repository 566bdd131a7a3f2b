//! A figure: what was measured of each program, beside what was promised.

use std::collections::HashMap;

use serde_json::{Value, json};

use crate::options::Contestant;

/// Several measurements of the same thing.
#[derive(Debug, Clone, Default)]
pub struct Samples(Vec<f64>);

impl Samples {
    /// The value below which this share of the samples lies; `None` without samples.
    pub fn quantile(&self, share: f64) -> Option<f64> {
        let last = self.0.len().checked_sub(1)?;
        // The nearest rank: the 99th percentile of 200 is the 198th.
        let rank = (share * self.0.len() as f64).ceil() as usize;
        self.0.get(rank.saturating_sub(1).min(last)).copied()
    }

    /// The smallest.
    pub fn min(&self) -> Option<f64> {
        self.0.first().copied()
    }

    /// The largest.
    pub fn max(&self) -> Option<f64> {
        self.0.last().copied()
    }

    /// How many there are.
    pub fn len(&self) -> usize {
        self.0.len()
    }
}

impl FromIterator<f64> for Samples {
    fn from_iter<I: IntoIterator<Item = f64>>(values: I) -> Self {
        let mut values: Vec<f64> = values.into_iter().collect();
        values.sort_by(f64::total_cmp);
        Self(values)
    }
}

impl From<Option<f64>> for Samples {
    fn from(value: Option<f64>) -> Self {
        value.into_iter().collect()
    }
}

/// Which of several measurements counts.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Statistic {
    /// The one in the middle.
    Median,
    /// The 99th percentile.
    P99,
    /// The largest.
    Max,
}

impl Statistic {
    fn of(self, samples: &Samples) -> Option<f64> {
        match self {
            Self::Median => samples.quantile(0.5),
            Self::P99 => samples.quantile(0.99),
            Self::Max => samples.max(),
        }
    }
}

/// What was promised.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Goal {
    /// Nothing: the figure is for comparison.
    None,
    /// At most this.
    AtMost(f64),
    /// At most this, for numbers of machines up to the given ones; nothing for more.
    UpTo(&'static [(usize, f64)]),
    /// At most this many times the floor.
    TimesFloor(f64),
}

/// What is measured.
#[derive(Debug)]
pub struct Kind {
    /// Name for tools.
    pub id: &'static str,
    /// Name for people, with its unit.
    pub name: &'static str,
    /// Which of the samples counts.
    pub statistic: Statistic,
    /// What was promised.
    pub goal: Goal,
}

/// One line of the table.
#[derive(Debug, Clone)]
pub struct Figure {
    /// What is measured.
    pub kind: &'static Kind,
    /// Number of machines, for figures that depend on it.
    pub machines: Option<usize>,
    measured: HashMap<Contestant, Samples>,
}

impl Figure {
    /// What was measured of a program.
    pub fn samples(&self, contestant: Contestant) -> Option<&Samples> {
        self.measured.get(&contestant)
    }

    /// The one number of a program.
    pub fn value(&self, contestant: Contestant) -> Option<f64> {
        self.kind.statistic.of(self.samples(contestant)?)
    }

    /// What Vireo may take; `None` where nothing is promised, or there is no floor to compare with.
    pub fn limit(&self) -> Option<f64> {
        match self.kind.goal {
            Goal::None => None,
            Goal::AtMost(limit) => Some(limit),
            Goal::UpTo(limits) => {
                let machines = self.machines?;
                let fits = limits.iter().find(|(most, _)| machines <= *most)?;
                Some(fits.1)
            }
            Goal::TimesFloor(times) => Some(self.value(Contestant::Floor)? * times),
        }
    }

    /// Whether the promise holds; `None` where it can't be said.
    pub fn is_met(&self) -> Option<bool> {
        Some(self.value(Contestant::Vireo)? <= self.limit()?)
    }

    /// For tools.
    pub fn json(&self) -> Value {
        let of = |contestant| {
            let samples = self.samples(contestant)?;
            Some(json!({
                "value": self.value(contestant)?,
                "samples": samples.len(),
                "min": samples.min(),
                "median": samples.quantile(0.5),
                "p99": samples.quantile(0.99),
                "max": samples.max(),
            }))
        };
        json!({
            "id": self.kind.id,
            "machines": self.machines,
            "name": self.kind.name,
            "limit": self.limit(),
            "met": self.is_met(),
            "vireo": of(Contestant::Vireo),
            "floor": of(Contestant::Floor),
            "virt_manager": of(Contestant::VirtManager),
        })
    }
}

/// All figures of a run.
#[derive(Debug, Default)]
pub struct Sheet {
    figures: Vec<Figure>,
}

impl Sheet {
    /// Adds what was measured of one program.
    pub fn put(&mut self, kind: &'static Kind, machines: Option<usize>, who: Contestant, samples: impl Into<Samples>) {
        let of_this = |figure: &Figure| figure.kind.id == kind.id && figure.machines == machines;
        let position = self.figures.iter().position(of_this).unwrap_or_else(|| {
            self.figures.push(Figure {
                kind,
                machines,
                measured: HashMap::new(),
            });
            self.figures.len() - 1
        });
        self.figures[position].measured.insert(who, samples.into());
    }

    /// In the order in which they were measured first.
    pub fn figures(&self) -> &[Figure] {
        &self.figures
    }
}
