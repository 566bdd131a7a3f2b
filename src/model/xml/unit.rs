//! Sizes as libvirt reads and writes them.
//!
//! A unit is a letter, alone or with `iB` for powers of 1024, or with `B` for powers of 1000; `b` and `bytes` are bytes.
//! Upper and lower case are the same. Memory without a unit is in KiB, sizes of volumes and shared memory are in bytes.

/// Bytes in one of a unit; `None` for what is no unit of libvirt. Empty means bytes.
#[must_use]
pub fn bytes_per(unit: &str) -> Option<u64> {
    let unit = unit.trim().to_ascii_lowercase();
    if matches!(unit.as_str(), "" | "b" | "byte" | "bytes") {
        return Some(1);
    }
    let (letter, rest) = unit.split_at_checked(1)?;
    let base: u64 = match rest {
        "" | "ib" => 1024,
        "b" => 1000,
        _ => return None,
    };
    let power = u32::try_from("kmgtpe".find(letter)?).ok()? + 1;
    base.checked_pow(power)
}

/// A size in bytes; `None` where it is no number, its unit is unknown, or it is beyond 64 bits.
#[must_use]
pub fn to_bytes(value: &str, unit: Option<&str>, default: &str) -> Option<u64> {
    let value: u64 = value.trim().parse().ok()?;
    value.checked_mul(bytes_per(unit.filter(|unit| !unit.is_empty()).unwrap_or(default))?)
}

/// A memory size in KiB as libvirt takes it: a part of a KiB counts as a whole one.
#[must_use]
pub fn to_kib(value: &str, unit: Option<&str>) -> Option<u64> {
    to_bytes(value, unit, "KiB").map(|bytes| bytes.div_ceil(1024))
}

/// Writes a size of KiB in this unit; `None` where it is no whole number of it.
#[must_use]
pub fn in_unit(kib: u64, unit: Option<&str>) -> Option<u64> {
    let per = bytes_per(unit.filter(|unit| !unit.is_empty()).unwrap_or("KiB"))?;
    let bytes = kib.checked_mul(1024)?;
    bytes.is_multiple_of(per).then_some(bytes / per)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn units_are_powers_of_1000_with_b_and_of_1024_otherwise() {
        for (unit, bytes) in [
            ("b", 1),
            ("bytes", 1),
            ("KB", 1000),
            ("k", 1024),
            ("KiB", 1024),
            ("kib", 1024),
            ("MB", 1_000_000),
            ("M", 1 << 20),
            ("MiB", 1 << 20),
            ("GB", 1_000_000_000),
            ("G", 1 << 30),
            ("TiB", 1 << 40),
            ("PB", 1_000_000_000_000_000),
            ("E", 1 << 60),
        ] {
            assert_eq!(bytes_per(unit), Some(bytes), "{unit}");
        }
        for unit in ["x", "KK", "iB", "KiBs", "ü"] {
            assert_eq!(bytes_per(unit), None, "{unit}");
        }
    }

    #[test]
    fn a_part_of_a_kib_counts_as_a_whole_one() {
        assert_eq!(to_kib("1", Some("b")), Some(1));
        assert_eq!(to_kib("1025", Some("bytes")), Some(2));
        assert_eq!(to_kib("1", Some("KB")), Some(1));
        assert_eq!(to_kib("4", Some("GiB")), Some(4 << 20));
        assert_eq!(to_kib(" 77 ", None), Some(77));
        assert_eq!(to_kib("99999999999999", Some("E")), None, "more than there are numbers");
        assert_eq!(to_kib("-1", None), None);
    }

    #[test]
    fn a_unit_is_kept_only_where_nothing_is_lost() {
        assert_eq!(in_unit(4 << 20, Some("GiB")), Some(4));
        assert_eq!(in_unit((4 << 20) + 1, Some("GiB")), None);
        assert_eq!(in_unit(1000, Some("KB")), Some(1024));
        assert_eq!(in_unit(5, None), Some(5));
    }
}
