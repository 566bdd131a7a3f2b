//! From samples to lines: thinning to what a screen can show, gaps, and a smooth curve that never overshoots. Pure.

/// One sample of a series.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct PlotPoint {
    /// Seconds on a clock that never steps.
    pub at: f64,
    /// The value; `None` where it is not known.
    pub value: Option<f64>,
}

/// Breaks samples between `from` and `to` into unbroken lines of (time, value) with at most about `columns` points. Where
/// several samples share a column the largest is kept: a peak must not vanish because the window is narrow. Columns are
/// cut on absolute time, so the shape does not shiver while it moves.
pub(super) fn lines(points: &[PlotPoint], from: f64, to: f64, columns: usize) -> Vec<Vec<(f64, f64)>> {
    let gap = longest_step(points);
    let first = points.partition_point(|point| point.at < from - gap);
    let visible = &points[first..];
    let width = (to - from) / columns.max(1) as f64;
    let thin = visible.len() > columns && width > 0.0;
    let mut out: Vec<Vec<(f64, f64)>> = Vec::new();
    let mut last_at = f64::NEG_INFINITY;
    let mut last_column = f64::NEG_INFINITY;
    for point in visible.iter().take_while(|point| point.at <= to + gap) {
        let Some(value) = point.value.filter(|value| value.is_finite()) else {
            last_at = f64::NEG_INFINITY;
            continue;
        };
        let continues = point.at - last_at <= gap;
        last_at = point.at;
        let column = if thin { (point.at / width).floor() } else { point.at };
        match out.last_mut() {
            Some(line) if continues => match line.last_mut() {
                Some(end) if thin && column == last_column => {
                    if value > end.1 {
                        *end = (point.at, value);
                    }
                }
                _ => line.push((point.at, value)),
            },
            _ => out.push(vec![(point.at, value)]),
        }
        last_column = column;
    }
    out
}

/// Longest time between two samples that still counts as unbroken: a few times the usual step.
fn longest_step(points: &[PlotPoint]) -> f64 {
    let tail = &points[points.len().saturating_sub(32)..];
    let mut steps: Vec<f64> = tail.windows(2).map(|pair| pair[1].at - pair[0].at).collect();
    steps.sort_by(f64::total_cmp);
    steps
        .get(steps.len() / 2)
        .map_or(10.0, |median| (median * 3.5).max(2.5))
}

/// The sample nearest to `at`, if it is no further away than `reach`.
pub(super) fn nearest(points: &[PlotPoint], at: f64, reach: f64) -> Option<PlotPoint> {
    let after = points.partition_point(|point| point.at < at);
    [after.checked_sub(1), Some(after)]
        .into_iter()
        .flatten()
        .filter_map(|index| points.get(index).copied())
        .filter(|point| (point.at - at).abs() <= reach)
        .min_by(|a, b| (a.at - at).abs().total_cmp(&(b.at - at).abs()))
}

/// Slopes for a cubic curve through `points` that is monotone between neighbours (Fritsch and Carlson), so that a share
/// never appears above 100 % nor a rate below zero.
pub(super) fn slopes(points: &[(f64, f64)]) -> Vec<f64> {
    let secants: Vec<f64> = points
        .windows(2)
        .map(|pair| {
            let dx = pair[1].0 - pair[0].0;
            if dx > 0.0 { (pair[1].1 - pair[0].1) / dx } else { 0.0 }
        })
        .collect();
    let mut slopes: Vec<f64> = (0..points.len())
        .map(
            |index| match (index.checked_sub(1).and_then(|i| secants.get(i)), secants.get(index)) {
                (Some(a), Some(b)) if a * b <= 0.0 => 0.0,
                (Some(a), Some(b)) => f64::midpoint(*a, *b),
                (Some(a), None) => *a,
                (None, Some(b)) => *b,
                (None, None) => 0.0,
            },
        )
        .collect();
    for (index, secant) in secants.iter().enumerate() {
        if *secant == 0.0 {
            slopes[index] = 0.0;
            slopes[index + 1] = 0.0;
            continue;
        }
        let (a, b) = (slopes[index] / secant, slopes[index + 1] / secant);
        let length = a.hypot(b);
        if length > 3.0 {
            slopes[index] = 3.0 * a / length * secant;
            slopes[index + 1] = 3.0 * b / length * secant;
        }
    }
    slopes
}

#[cfg(test)]
mod tests {
    use super::*;

    fn samples(values: &[Option<f64>]) -> Vec<PlotPoint> {
        values
            .iter()
            .enumerate()
            .map(|(index, value)| PlotPoint {
                at: index as f64 * 2.0,
                value: *value,
            })
            .collect()
    }

    #[test]
    fn unknown_samples_break_the_line() {
        let points = samples(&[Some(1.0), Some(2.0), None, Some(3.0)]);
        let lines = lines(&points, 0.0, 10.0, 100);
        assert_eq!(lines, vec![vec![(0.0, 1.0), (2.0, 2.0)], vec![(6.0, 3.0)]]);
    }

    #[test]
    fn silence_breaks_the_line_instead_of_being_bridged() {
        let mut points = samples(&[Some(1.0); 10]);
        points.push(PlotPoint {
            at: 100.0,
            value: Some(1.0),
        });
        assert_eq!(lines(&points, 0.0, 100.0, 100).len(), 2);
    }

    #[test]
    fn a_peak_survives_thinning() {
        let mut values = vec![Some(0.1); 1800];
        values[777] = Some(0.9);
        let lines = lines(&samples(&values), 0.0, 3600.0, 200);
        assert_eq!(lines.len(), 1);
        assert!(lines[0].len() <= 202, "{}", lines[0].len());
        assert!(lines[0].iter().any(|(_, value)| *value == 0.9));
    }

    #[test]
    fn the_shape_does_not_change_while_the_window_moves() {
        let values: Vec<_> = (0..1000).map(|i| Some(f64::from(i % 7))).collect();
        let points = samples(&values);
        let a = lines(&points, 0.0, 1000.0, 100);
        let b = lines(&points, 2.0, 1002.0, 100);
        let common = |line: &Vec<(f64, f64)>| -> Vec<_> {
            line.iter()
                .copied()
                .filter(|(at, _)| (100.0..900.0).contains(at))
                .collect()
        };
        assert_eq!(common(&a[0]), common(&b[0]));
    }

    #[test]
    fn curve_never_leaves_the_range_of_its_neighbours() {
        let points: Vec<(f64, f64)> = [0.0, 0.0, 1.0, 1.0, 0.2, 0.9, 0.9]
            .iter()
            .enumerate()
            .map(|(index, value)| (index as f64, *value))
            .collect();
        let slopes = slopes(&points);
        for (index, pair) in points.windows(2).enumerate() {
            let (low, high) = (pair[0].1.min(pair[1].1), pair[0].1.max(pair[1].1));
            for control in [pair[0].1 + slopes[index] / 3.0, pair[1].1 - slopes[index + 1] / 3.0] {
                assert!(control >= low - 1e-9 && control <= high + 1e-9, "{index}: {control}");
            }
        }
    }

    #[test]
    fn readout_takes_the_nearest_sample_within_reach() {
        let points = samples(&[Some(1.0), Some(2.0), Some(3.0)]);
        assert_eq!(nearest(&points, 2.8, 2.0).and_then(|point| point.value), Some(2.0));
        assert_eq!(nearest(&points, 60.0, 2.0), None);
        assert_eq!(nearest(&[], 1.0, 2.0), None);
    }
}
