//! A small filled graph without axes, for cells of lists.

use relm4::gtk;

use super::palette::{Palette, faded, set_source};

/// Draws values of 0.0 to 1.0, the newest last, into the upper left corner: the area below them, and a line on top of it, one
/// piece for each run of known values; `None` leaves a gap.
pub fn draw(cr: &gtk::cairo::Context, values: &[Option<f32>], width: f64, height: f64, palette: &Palette) {
    let step = width / (values.len().max(2) - 1) as f64;
    let bottom = height - 0.5;
    let y = |value: f32| bottom - f64::from(value.clamp(0.0, 1.0)) * (height - 2.0);

    // A base line keeps a machine without load apart from one without figures.
    for (start, run) in runs(values) {
        let left = start as f64 * step;
        let right = (start + run.len() - 1) as f64 * step;
        let right = if run.len() == 1 { left + step } else { right };
        cr.move_to(left, bottom);
        let mut last = left;
        for (index, value) in run.iter().enumerate() {
            last = (start + index) as f64 * step;
            cr.line_to(last, y(*value));
        }
        if run.len() == 1 {
            cr.line_to(right, y(run[0]));
            last = right;
        }
        cr.line_to(last, bottom);
        cr.close_path();
        let fill = if palette.high_contrast { 1.0 } else { 0.35 };
        set_source(cr, faded(palette.accent, fill));
        let _ = cr.fill();
        set_source(cr, palette.accent);
        cr.set_line_width(1.0);
        cr.move_to(left, y(run[0]));
        for (index, value) in run.iter().enumerate() {
            cr.line_to((start + index) as f64 * step, y(*value));
        }
        cr.line_to(right, y(run[run.len() - 1]));
        let _ = cr.stroke();
    }
}

/// Runs of known values with the position of their first.
fn runs(values: &[Option<f32>]) -> Vec<(usize, Vec<f32>)> {
    let mut out: Vec<(usize, Vec<f32>)> = Vec::new();
    let mut open = false;
    for (index, value) in values.iter().enumerate() {
        match value.filter(|value| value.is_finite()) {
            Some(value) if open => {
                if let Some((_, run)) = out.last_mut() {
                    run.push(value);
                }
            }
            Some(value) => {
                out.push((index, vec![value]));
                open = true;
            }
            None => open = false,
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::runs;

    #[test]
    fn unknown_values_split_the_line_instead_of_falling_to_zero() {
        let values = [None, Some(0.5), Some(0.6), None, Some(f32::NAN), Some(1.0)];
        assert_eq!(runs(&values), vec![(1, vec![0.5, 0.6]), (5, vec![1.0])]);
        assert!(runs(&[]).is_empty());
    }
}
