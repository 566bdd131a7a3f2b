//! Sizes as a person reads and types them: exact, with a binary unit.

use crate::i18n::decimal;
use crate::model::xml::unit;

/// Units for writing, largest first.
const UNITS: &[(&str, u64)] = &[("TiB", 1 << 40), ("GiB", 1 << 30), ("MiB", 1 << 20), ("KiB", 1 << 10)];

/// Writes a number of bytes with the largest unit that says it exactly.
#[must_use]
pub fn write(bytes: u64) -> String {
    let exact = UNITS
        .iter()
        .find(|(_, per)| bytes >= *per && bytes.is_multiple_of(*per));
    match exact {
        Some((unit, per)) => format!("{} {unit}", bytes / per),
        None => format!("{bytes} B"),
    }
}

/// Writes a number of bytes for reading only, rounded where saying it exactly takes too long: "1.4 GiB".
#[must_use]
pub fn about(bytes: u64) -> String {
    let largest = UNITS.iter().find(|(_, per)| bytes >= *per);
    match largest {
        Some((unit, per)) if !bytes.is_multiple_of(*per) => {
            format!("{} {unit}", decimal(bytes as f64 / *per as f64, 1))
        }
        _ => write(bytes),
    }
}

/// Reads what [`write`] writes and what people type: `4 GiB`, `1.5g`, `512` (MiB). Letters alone are binary units, as
/// libvirt takes them. `None` where it is no size.
#[must_use]
pub fn read(text: &str) -> Option<u64> {
    let text = text.trim();
    let split = text
        .find(|c: char| !c.is_ascii_digit() && !matches!(c, '.' | ','))
        .unwrap_or(text.len());
    let (number, unit) = text.split_at(split);
    let per = match unit.trim() {
        "" => 1 << 20,
        unit => unit::bytes_per(unit)?,
    };
    let (whole, part) = number.split_once(['.', ',']).unwrap_or((number, ""));
    let whole: u64 = whole.parse().ok()?;
    if part.is_empty() {
        return whole.checked_mul(per);
    }
    let scale = 10_u64.checked_pow(u32::try_from(part.len()).ok()?)?;
    let part: u64 = part.parse().ok()?;
    let fraction = u128::from(part) * u128::from(per) / u128::from(scale);
    whole.checked_mul(per)?.checked_add(u64::try_from(fraction).ok()?)
}

/// The same beside the size that is taken where nothing is typed: a number without a unit is in gibibytes where that one is and
/// the number means next to nothing otherwise. Nobody who types `4` beside 2 GiB means 4 MiB, nor 100 MiB beside a disk of 20 GiB.
#[must_use]
pub fn read_beside(text: &str, usual: &str) -> Option<u64> {
    let bytes = read(text)?;
    let is_bare = text
        .trim()
        .chars()
        .all(|c| c.is_ascii_digit() || matches!(c, '.' | ','));
    let is_large = ["GiB", "TiB"].iter().any(|unit| usual.ends_with(unit));
    if is_bare && is_large && bytes < little(usual) {
        return bytes.checked_mul(1 << 10);
    }
    Some(bytes)
}

/// As mebibytes, fewer than anybody gives a machine whose usual amount is in gibibytes.
const FEW: u64 = 64 << 20;
/// More than the usual memory of a machine: what is compared with that is a disk.
const MUCH: u64 = 8 << 30;

/// What nobody means beside this size.
fn little(usual: &str) -> u64 {
    let mut words = usual.split_whitespace().rev();
    let size = words.next().zip(words.next());
    let usual = size.and_then(|(unit, number)| read(&format!("{number} {unit}")));
    usual
        .filter(|usual| *usual >= MUCH)
        .map_or(FEW, |usual| (usual / 16).max(FEW))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_small_number_beside_gibibytes_is_in_gibibytes() {
        assert_eq!(read_beside("4", "2 GiB"), Some(4 << 30));
        assert_eq!(read_beside(" 1.5 ", "e.g. 2 GiB"), Some(1536 << 20));
        assert_eq!(read_beside("512", "2 GiB"), Some(512 << 20));
        assert_eq!(read_beside("4 MiB", "2 GiB"), Some(4 << 20));
        assert_eq!(read_beside("16", "16 MiB"), Some(16 << 20));
        assert_eq!(read_beside("16", ""), Some(16 << 20));
    }

    #[test]
    fn a_number_beside_a_disk_is_in_gibibytes_and_beside_memory_in_mebibytes() {
        for (text, usual, bytes) in [
            ("100", "20 GiB", 100 << 30),
            ("500", "20 GiB", 500 << 30),
            ("500", "e.g. 100 GiB", 500 << 30),
            ("0,5", "20.5 GiB", 512 << 20),
            ("40", "2 TiB", 40 << 30),
            ("20480", "20 GiB", 20 << 30),
            ("512", "4 GiB", 512 << 20),
            ("512", "8 GiB", 512 << 20),
            ("2048", "4 GiB", 2 << 30),
            ("2048", "8 GiB", 2 << 30),
            ("100 MiB", "20 GiB", 100 << 20),
            ("100", "GiB", 100 << 20),
        ] {
            assert_eq!(read_beside(text, usual), Some(bytes), "{text} beside {usual}");
        }
    }

    #[test]
    fn what_is_written_is_read_back() {
        for bytes in [0, 1, 1000, 1024, 1536 << 20, 4 << 30, (4 << 30) + 1, 1 << 40, u64::MAX] {
            assert_eq!(read(&write(bytes)), Some(bytes), "{}", write(bytes));
        }
    }

    #[test]
    fn a_size_to_read_is_short() {
        assert_eq!(about(20 << 30), "20 GiB");
        assert_eq!(about((20 << 30) + 12), "20.0 GiB");
        assert_eq!(about(1536 << 20), "1.5 GiB");
        assert_eq!(about(700), "700 B");
    }

    #[test]
    fn people_type_sizes_in_many_ways() {
        for (text, bytes) in [
            ("512", 512 << 20),
            ("4 GiB", 4 << 30),
            ("4g", 4 << 30),
            ("1.5 GiB", 1536 << 20),
            ("1,5G", 1536 << 20),
            ("20GB", 20_000_000_000),
            ("4096 B", 4096),
        ] {
            assert_eq!(read(text), Some(bytes), "{text}");
        }
        for text in ["", "a", "1.2.3 GiB", "4 XiB", "-1", "99999999999999 TiB"] {
            assert_eq!(read(text), None, "{text}");
        }
    }
}
