//! Names of copies.

use std::collections::HashSet;

/// The usual name of one copy.
pub const COPY: &str = "{name}-clone";
/// The usual name of several copies.
pub const COPIES: &str = "{name}-{n}";

/// Names after a pattern that nobody has. Without `{n}` there is one at most; `None` where that is taken or not enough.
pub(super) fn names(pattern: &str, original: &str, count: u32, taken: &HashSet<String>) -> Option<Vec<String>> {
    let named = pattern.replace("{name}", original);
    if !named.contains("{n}") {
        let free = count == 1 && !taken.contains(&named);
        return free.then(|| vec![named]);
    }
    let all = (1_u32..).map(|number| named.replace("{n}", &number.to_string()));
    let free = all.filter(|name| !taken.contains(name));
    Some(free.take(usize::try_from(count).unwrap_or(usize::MAX)).collect())
}

/// A name for the copy of a volume: that of the original with the machine's name replaced, else the machine's name with the
/// disk. `taken` gets it.
pub(super) fn volume(
    original: Option<&str>,
    machines: (&str, &str),
    target: &str,
    ending: &str,
    taken: &mut HashSet<String>,
) -> String {
    let (old, new) = machines;
    let plain = |c: char| if c == '/' || c.is_control() { '-' } else { c };
    let new: String = new.chars().map(plain).collect();
    let after = original.and_then(|name| {
        let rest = name.strip_prefix(old)?;
        // "web2.img" is none of "web".
        rest.starts_with(['.', '-', '_'])
            .then(|| rest.to_owned())
            .or_else(|| rest.is_empty().then(String::new))
    });
    let stem = match after.as_deref().map(|rest| rest.strip_suffix(ending).unwrap_or(rest)) {
        Some(rest) => {
            // Snapshots make endings like ".qcow2" or ".1712"; what is in front of the last dot stays.
            let rest = rest.rsplit_once('.').map_or(rest, |(front, _)| front);
            format!("{new}{rest}")
        }
        None => format!("{new}-{target}"),
    };
    let names = (0_u32..).map(|number| match number {
        0 => format!("{stem}{ending}"),
        number => format!("{stem}-{number}{ending}"),
    });
    let mut free = names.filter(|name| !taken.contains(name));
    let name = free.next().unwrap_or_default();
    taken.insert(name.clone());
    name
}

#[cfg(test)]
mod tests {
    use super::*;

    fn taken(names: &[&str]) -> HashSet<String> {
        names.iter().map(|name| (*name).to_owned()).collect()
    }

    #[test]
    fn numbers_are_those_that_are_free() {
        let found = names(COPIES, "web", 3, &taken(&["web", "web-2"]));
        assert_eq!(found.unwrap(), ["web-1", "web-3", "web-4"]);
        assert_eq!(names(COPY, "web", 1, &taken(&[])).unwrap(), ["web-clone"]);
        assert_eq!(names(COPY, "web", 1, &taken(&["web-clone"])), None);
        assert_eq!(names("same", "web", 2, &taken(&[])), None);
    }

    #[test]
    fn volumes_are_named_after_their_machines() {
        let mut there = taken(&["b.qcow2"]);
        let mut name = |of: &str, ending: &str| volume(Some(of), ("a", "b"), "vda", ending, &mut there);
        assert_eq!(name("a.qcow2", ".qcow2"), "b-1.qcow2");
        assert_eq!(name("a-data.img", ".img"), "b-data.img");
        assert_eq!(name("a-data.img", ".qcow2"), "b-data.qcow2");
        assert_eq!(name("abc.qcow2", ".qcow2"), "b-vda.qcow2");
        assert_eq!(name("a", ""), "b");
        assert_eq!(volume(None, ("a", "x/y"), "sda", "", &mut taken(&[])), "x-y-sda");
    }
}
