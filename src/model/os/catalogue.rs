//! Finding an operating system among some eight hundred.

use std::cmp::Ordering;

use crate::model::os::Os;

/// Distributions that most people look for, in the order of the short list; others come after them.
const KNOWN: &[&str] = &[
    "debian",
    "ubuntu",
    "fedora",
    "win",
    "rhel",
    "centos",
    "almalinux",
    "rocky",
    "opensuse",
    "sle",
    "alpinelinux",
    "archlinux",
    "freebsd",
];

/// Orders them by distribution and, within it, the newest first: one that isn't released stands before the others, as the
/// newest, and what has no date comes last.
pub fn sort(all: &mut [Os]) {
    all.sort_by(|a, b| {
        let place = |os: &Os| {
            KNOWN
                .iter()
                .position(|known| *known == os.distro)
                .unwrap_or(KNOWN.len())
        };
        place(a)
            .cmp(&place(b))
            .then_with(|| a.distro.cmp(&b.distro))
            .then_with(|| newest_first(a, b))
            .then_with(|| a.name.cmp(&b.name))
    });
}

fn newest_first(a: &Os, b: &Os) -> Ordering {
    match (&a.released, &b.released) {
        (Some(a), Some(b)) => b.cmp(a),
        (Some(_), None) => Ordering::Less,
        (None, Some(_)) => Ordering::Greater,
        (None, None) => natural(&b.short_id, &a.short_id),
    }
}

/// Compares so that 10 comes after 9.
fn natural(a: &str, b: &str) -> Ordering {
    let number = |text: &str| -> u64 {
        let digits: String = text.chars().filter(char::is_ascii_digit).take(9).collect();
        digits.parse().unwrap_or(0)
    };
    number(a).cmp(&number(b)).then_with(|| a.cmp(b))
}

/// One by its identity or its short one.
#[must_use]
pub fn find<'a>(all: &'a [Os], id: &str) -> Option<&'a Os> {
    all.iter()
        .find(|os| os.id == id)
        .or_else(|| all.iter().find(|os| os.short_id == id))
}

impl Os {
    /// Whether it still gets corrections on a day, `2026-11-21`: released, and not beyond its end. Where no end is told, six
    /// years after the release count as the end, because the database has no date for many that are long gone.
    #[must_use]
    pub fn is_supported(&self, today: &str) -> bool {
        let released = match &self.released {
            Some(released) => released.as_str() <= today,
            // Rolling ones have no date.
            None => return self.unstable && self.ends.is_none(),
        };
        match (&self.ends, &self.released) {
            (Some(ends), _) => released && ends.as_str() >= today,
            (None, Some(day)) => released && six_years_later(day).as_str() >= today,
            (None, None) => released,
        }
    }

    /// Whether it can be installed without questions.
    #[must_use]
    pub fn has_scripts(&self) -> bool {
        !self.scripts.is_empty()
    }

    /// Whether it is Windows.
    #[must_use]
    pub fn is_windows(&self) -> bool {
        self.family == "winnt"
    }

    /// Whether it stands for systems that the database does not know.
    #[must_use]
    pub fn is_generic(&self) -> bool {
        self.id.starts_with("http://libosinfo.org/")
    }
}

fn six_years_later(day: &str) -> String {
    let (year, rest) = day.split_at_checked(4).unwrap_or((day, ""));
    match year.parse::<u32>() {
        Ok(year) => format!("{:04}{rest}", year + 6),
        Err(_) => day.to_owned(),
    }
}

/// The short list: what is supported and stable on a day, the three newest of each distribution that most people look for,
/// and after them the newest generic ones.
#[must_use]
pub fn recent<'a>(all: &'a [Os], today: &str) -> Vec<&'a Os> {
    let mut found: Vec<&Os> = Vec::new();
    for distro in KNOWN {
        let of = all.iter().filter(|os| os.distro == *distro);
        found.extend(of.filter(|os| !os.unstable && os.is_supported(today)).take(3));
    }
    found.extend(generic(all).into_iter().take(2));
    found
}

/// Those that stand for systems that the database does not know, Linux first, the newest first.
#[must_use]
pub fn generic(all: &[Os]) -> Vec<&Os> {
    let mut found: Vec<&Os> = all.iter().filter(|os| os.is_generic()).collect();
    found.sort_by(|a, b| {
        let unknown = |os: &Os| os.family.is_empty() || os.short_id == "unknown";
        unknown(a)
            .cmp(&unknown(b))
            .then_with(|| natural(&b.short_id, &a.short_id))
    });
    found
}

/// Those in whose name, version or identity each word stands, the supported ones first. No words: all of them. With `ended`
/// false only those that are supported on that day, unless the words name one exactly.
#[must_use]
pub fn search<'a>(all: &'a [Os], words: &str, today: &str, ended: bool) -> Vec<&'a Os> {
    let words = words.to_lowercase();
    let parts: Vec<&str> = words.split_whitespace().collect();
    let matches = |os: &Os| {
        let text = format!("{} {} {}", os.name, os.short_id, os.distro).to_lowercase();
        parts.iter().all(|word| text.contains(word))
    };
    let exact = |os: &Os| os.short_id == words || os.name.to_lowercase() == words;
    let shown = |os: &&Os| matches(os) && (ended || exact(os) || os.is_generic() || os.is_supported(today));
    let mut found: Vec<&Os> = all.iter().filter(shown).collect();
    found.sort_by_key(|os| (!exact(os), !os.is_supported(today)));
    found
}

/// Distributions with what they have, in the order of `all`, which [`sort`] made.
#[must_use]
pub fn groups<'a>(all: &[&'a Os]) -> Vec<(&'a str, Vec<&'a Os>)> {
    let mut groups: Vec<(&str, Vec<&Os>)> = Vec::new();
    for os in all {
        match groups.iter_mut().find(|(distro, _)| *distro == os.distro) {
            Some((_, of)) => of.push(os),
            None => groups.push((&os.distro, vec![os])),
        }
    }
    groups
}
