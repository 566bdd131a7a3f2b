//! Lists of host CPUs, as in `0-3,^2,8`, as the bits that libvirt takes.

/// One bit for each of `count` CPUs; an empty list means all of them.
///
/// # Errors
/// Where the list is none, or names no CPU that the host has.
pub(super) fn cpu_map(list: &str, count: usize) -> Result<Vec<u8>, String> {
    let wrong = || format!("“{list}” is no list of CPUs");
    let mut chosen = vec![list.trim().is_empty(); count];
    for part in list.split(',').map(str::trim).filter(|part| !part.is_empty()) {
        let (on, range) = match part.strip_prefix('^') {
            Some(rest) => (false, rest),
            None => (true, part),
        };
        let (first, last) = range.split_once('-').unwrap_or((range, range));
        let (first, last): (usize, usize) = match (first.trim().parse(), last.trim().parse()) {
            (Ok(first), Ok(last)) if first <= last => (first, last),
            _ => return Err(wrong()),
        };
        for cpu in chosen.iter_mut().take(last.saturating_add(1)).skip(first) {
            *cpu = on;
        }
    }
    if !chosen.contains(&true) {
        return Err(format!("“{list}” names no CPU of the host, which has {count}"));
    }
    let byte = |bits: &[bool]| {
        let set = bits.iter().enumerate().filter(|(_, on)| **on);
        set.fold(0_u8, |byte, (bit, _)| byte | 1 << bit)
    };
    Ok(chosen.chunks(8).map(byte).collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lists_of_cpus_become_bits() {
        for (list, count, wanted) in [
            ("0", 4, &[1][..]),
            ("0-3,^2", 8, &[0b1011]),
            (" 1 , 9 ", 10, &[0b10, 0b10]),
            ("", 10, &[0xff, 0b11]),
            ("2-99999999999", 4, &[0b1100]),
        ] {
            assert_eq!(cpu_map(list, count).as_deref(), Ok(wanted), "{list}");
        }
        for wrong in ["a", "3-1", "-1", "^0", "8", "1;2"] {
            assert!(cpu_map(wrong, 4).is_err(), "{wrong}");
        }
    }
}
