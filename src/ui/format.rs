//! Numbers as people read them: binary units with one decimal, rates a second, humanised durations; points and groups of
//! digits as the user's locale writes them. Pure functions, the locale apart.

use std::time::Duration;

use crate::i18n::{decimal, tr, tr_f, tr_n};

/// Shown where a figure is not known; never a zero.
pub const UNKNOWN: &str = "–";

const STEP: f64 = 1024.0;

/// A number with one decimal below 100 and none above; none for whole bytes either.
fn number(value: f64, whole: bool) -> String {
    if whole || value >= 99.95 {
        decimal(value, 0)
    } else {
        decimal(value, 1)
    }
}

/// Scales `bytes` to the largest unit that leaves at least one; the unit is an index into B, KiB, MiB, …
fn scaled(bytes: f64) -> (f64, usize) {
    let mut value = if bytes.is_finite() { bytes.max(0.0) } else { 0.0 };
    let mut unit = 0;
    // 1023.95 would be printed as 1024.
    while value >= STEP - 0.5 && unit < 5 {
        value /= STEP;
        unit += 1;
    }
    (value, unit)
}

/// A number with its unit of size.
fn sized(number: &str, unit: usize) -> String {
    let n = [("n", number)];
    match unit {
        0 => tr_f("{n} B", &n),
        1 => tr_f("{n} KiB", &n),
        2 => tr_f("{n} MiB", &n),
        3 => tr_f("{n} GiB", &n),
        4 => tr_f("{n} TiB", &n),
        _ => tr_f("{n} PiB", &n),
    }
}

/// A number with its unit of size a second.
fn paced(number: &str, unit: usize) -> String {
    let n = [("n", number)];
    match unit {
        0 => tr_f("{n} B/s", &n),
        1 => tr_f("{n} KiB/s", &n),
        2 => tr_f("{n} MiB/s", &n),
        3 => tr_f("{n} GiB/s", &n),
        4 => tr_f("{n} TiB/s", &n),
        _ => tr_f("{n} PiB/s", &n),
    }
}

/// A size given in bytes: "1.5 GiB".
#[must_use]
pub fn bytes(value: f64) -> String {
    let (value, unit) = scaled(value);
    sized(&number(value, unit == 0), unit)
}

/// A size given in KiB, as libvirt counts memory: "4.0 GiB".
#[must_use]
pub fn bytes_kib(kib: u64) -> String {
    bytes(kib as f64 * STEP)
}

/// How much of a size in KiB is in use, both in the unit of the whole: "0.5 / 4.0 GiB".
#[must_use]
pub fn used_of_kib(used: u64, total: u64) -> String {
    let (whole, unit) = scaled(total as f64 * STEP);
    let part = used as f64 * STEP / STEP.powi(i32::try_from(unit).unwrap_or(0));
    format!(
        "{} / {}",
        number(part, unit == 0),
        sized(&number(whole, unit == 0), unit)
    )
}

/// A size for the axis of a graph, without a decimal that says nothing: "4 GiB".
#[must_use]
pub fn axis_bytes(value: f64) -> String {
    let (scaled, unit) = scaled(value);
    sized(&number(scaled, unit == 0 || scaled.fract() < 0.05), unit)
}

/// Bytes a second for the axis of a graph: "512 KiB/s".
#[must_use]
pub fn axis_rate(bytes_per_second: f64) -> String {
    let (scaled, unit) = scaled(bytes_per_second);
    paced(&number(scaled, unit == 0 || scaled.fract() < 0.05), unit)
}

/// Bytes a second: "12.3 KiB/s".
#[must_use]
pub fn rate(bytes_per_second: f64) -> String {
    let (value, unit) = scaled(bytes_per_second);
    paced(&number(value, unit == 0), unit)
}

/// A share of one as whole percent: 0.034 is "3 %".
#[must_use]
pub fn percent(share: f64) -> String {
    let share = if share.is_finite() { share.max(0.0) } else { 0.0 };
    tr_f("{n} %", &[("n", &decimal(share * 100.0, 0))])
}

/// A moment of the last hours by the time of day, an earlier one with its date, both as the locale writes them.
#[must_use]
pub fn moment(at: &glib::DateTime, now: &glib::DateTime) -> String {
    let today = at.ymd() == now.ymd();
    let text = at.format(if today { "%X" } else { "%x %X" });
    text.map_or_else(|_| UNKNOWN.to_owned(), String::from)
}

/// A length of time in its two largest units: "3 h 12 min", "45 s".
#[must_use]
pub fn duration(length: Duration) -> String {
    let seconds = length.as_secs();
    let (days, hours, minutes) = (seconds / 86_400, seconds / 3_600 % 24, seconds / 60 % 60);
    let text = |n: u64| n.to_string();
    if days > 0 {
        let count = usize::try_from(days).unwrap_or(usize::MAX);
        let days = tr_n("{n} day", "{n} days", count, &[]);
        if hours == 0 {
            return days;
        }
        // Translators: {days} is "3 days", {hours} a number of hours.
        return tr_f("{days} {hours} h", &[("days", &days), ("hours", &text(hours))]);
    }
    if hours > 0 {
        return tr_f(
            "{hours} h {minutes} min",
            &[("hours", &text(hours)), ("minutes", &text(minutes))],
        );
    }
    if minutes > 0 {
        return tr_f(
            "{minutes} min {seconds} s",
            &[("minutes", &text(minutes)), ("seconds", &text(seconds % 60))],
        );
    }
    if seconds > 0 {
        return tr_f("{seconds} s", &[("seconds", &text(seconds))]);
    }
    tr("less than a second")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn both_parts_of_a_share_have_one_unit() {
        assert_eq!(used_of_kib(512 * 1024, 4 * 1024 * 1024), "0.5 / 4.0 GiB");
        assert_eq!(used_of_kib(3, 1024), "0.0 / 1.0 MiB");
        assert_eq!(used_of_kib(0, 0), "0 / 0 B");
    }

    #[test]
    fn sizes_take_the_largest_unit_that_leaves_a_whole() {
        assert_eq!(bytes(0.0), "0 B");
        assert_eq!(bytes(512.0), "512 B");
        assert_eq!(bytes(1536.0), "1.5 KiB");
        assert_eq!(bytes_kib(4 * 1024 * 1024), "4.0 GiB");
        assert_eq!(bytes_kib(0), "0 B");
        assert_eq!(bytes_kib(u64::MAX), "16777216 PiB");
    }

    #[test]
    fn rounding_never_prints_1024_of_a_unit() {
        assert_eq!(bytes(1023.9), "1.0 KiB");
        assert_eq!(bytes(1_048_575.0), "1.0 MiB");
        assert_eq!(rate(1023.4), "1023 B/s");
    }

    #[test]
    fn a_hundred_and_more_has_no_decimal() {
        assert_eq!(rate(150.0 * 1024.0), "150 KiB/s");
        assert_eq!(rate(99.96 * 1024.0), "100 KiB/s");
    }

    #[test]
    fn axes_show_no_idle_decimals() {
        assert_eq!(axis_bytes(4.0 * 1024.0 * 1024.0), "4 MiB");
        assert_eq!(axis_rate(1536.0), "1.5 KiB/s");
    }

    #[test]
    fn nonsense_is_zero_and_not_a_panic() {
        assert_eq!(bytes(f64::NAN), "0 B");
        assert_eq!(rate(-5.0), "0 B/s");
        assert_eq!(percent(f64::NAN), "0 %");
    }

    #[test]
    fn percent_is_whole() {
        assert_eq!(percent(0.034), "3 %");
        assert_eq!(percent(1.0), "100 %");
    }

    #[test]
    fn moments_of_other_days_have_a_date() {
        let at = |day, hour| glib::DateTime::from_utc(2026, 11, day, hour, 5, 0.0).expect("a time");
        assert_eq!(moment(&at(21, 7), &at(21, 9)), "07:05:00");
        assert_eq!(moment(&at(20, 23), &at(21, 0)), "11/20/26 23:05:00");
    }

    #[test]
    fn durations_show_two_units() {
        assert_eq!(duration(Duration::from_secs(0)), "less than a second");
        assert_eq!(duration(Duration::from_secs(45)), "45 s");
        assert_eq!(duration(Duration::from_secs(125)), "2 min 5 s");
        assert_eq!(duration(Duration::from_secs(3 * 3600 + 12 * 60)), "3 h 12 min");
        assert_eq!(duration(Duration::from_secs(86_400)), "1 day");
        assert_eq!(duration(Duration::from_secs(3 * 86_400 + 7200)), "3 days 2 h");
    }
}
