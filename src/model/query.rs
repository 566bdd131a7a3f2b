//! The search language of the list.
//!
//! Words are looked for in name, title, host, tags, addresses, operating system and UUID; all must be found. `key:value`
//! narrows one aspect (`state:running`, `tag:web`, `host:rack`, `os:debian`, `ip:10.0`), `cpu:>50` and `mem:<20` compare
//! per cent, `"two words"` belong together and a leading `-` turns a term around. There are no errors: what is no
//! condition is a word.

use crate::model::domain::DomainState;
use crate::model::store::{Domain, Host};

/// A search, ready to be asked of many machines.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Query {
    terms: Vec<Term>,
}

#[derive(Debug, Clone, PartialEq)]
struct Term {
    negated: bool,
    condition: Condition,
}

#[derive(Debug, Clone, PartialEq)]
enum Condition {
    Word(String),
    State(String),
    Tag(String),
    Host(String),
    Os(String),
    Address(String),
    Cpu(Comparison),
    Memory(Comparison),
}

#[derive(Debug, Clone, Copy, PartialEq)]
enum Comparison {
    Above(f64),
    Below(f64),
}

impl Query {
    /// Reads a search as the user typed it.
    #[must_use]
    pub fn parse(text: &str) -> Self {
        Self {
            terms: split(text).filter_map(|word| Term::parse(&word)).collect(),
        }
    }

    /// Whether everything matches.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.terms.is_empty()
    }

    /// Whether the answer depends on load figures.
    #[must_use]
    pub fn depends_on_load(&self) -> bool {
        self.terms
            .iter()
            .any(|term| matches!(term.condition, Condition::Cpu(_) | Condition::Memory(_)))
    }

    /// Whether a machine of this host is looked for.
    #[must_use]
    pub fn matches(&self, domain: &Domain, host: &Host) -> bool {
        self.terms
            .iter()
            .all(|term| term.condition.holds(domain, host) != term.negated)
    }
}

impl Term {
    fn parse(word: &str) -> Option<Self> {
        let (negated, rest) = match word.strip_prefix('-') {
            Some(rest) if !rest.is_empty() => (true, rest),
            _ => (false, word),
        };
        let condition = match rest.split_once(':') {
            Some((key, value)) if !value.trim_matches('"').is_empty() => Condition::parse(key, value),
            _ => None,
        };
        let condition = condition.unwrap_or_else(|| Condition::Word(fold(&unquote(rest))));
        if matches!(&condition, Condition::Word(word) if word.is_empty()) {
            return None;
        }
        Some(Self { negated, condition })
    }
}

impl Condition {
    fn parse(key: &str, value: &str) -> Option<Self> {
        let text = || fold(&unquote(value));
        Some(match key.to_lowercase().as_str() {
            "state" | "is" => Self::State(text()),
            "tag" => Self::Tag(text()),
            "host" => Self::Host(text()),
            "os" => Self::Os(text()),
            "ip" | "address" => Self::Address(text()),
            "cpu" => Self::Cpu(Comparison::parse(value)?),
            "mem" | "memory" => Self::Memory(Comparison::parse(value)?),
            _ => return None,
        })
    }

    fn holds(&self, domain: &Domain, host: &Host) -> bool {
        let details = domain.details.as_deref();
        let os = details.and_then(|details| details.os.as_deref());
        let has_tag = |wanted: &str, exact: bool| {
            details.is_some_and(|details| {
                details
                    .tags
                    .iter()
                    .map(|tag| fold(tag))
                    .any(|tag| if exact { tag == wanted } else { tag.contains(wanted) })
            })
        };
        let has_address = |wanted: &str| {
            domain
                .addresses
                .iter()
                .any(|address| address.address.to_lowercase().contains(wanted))
        };
        match self {
            Self::Word(word) => {
                let title = details.and_then(|details| details.title.as_deref());
                contains(&domain.name, word)
                    || title.is_some_and(|title| contains(title, word))
                    || contains(&host.config.name, word)
                    || has_tag(word, false)
                    || has_address(word)
                    || os.is_some_and(|os| contains(os, word))
                    || (word.len() >= 4 && domain.key.uuid.to_string().contains(word.as_str()))
            }
            Self::State(state) => state_matches(domain, state),
            Self::Tag(tag) => has_tag(tag, true),
            Self::Host(name) => contains(&host.config.name, name),
            Self::Os(name) => os.is_some_and(|os| contains(os, name)),
            Self::Address(part) => has_address(part),
            Self::Cpu(comparison) => domain
                .load
                .cpu
                .is_some_and(|cpu| comparison.holds(f64::from(cpu) * 100.0)),
            Self::Memory(comparison) => match (domain.load.memory_used_kib, domain.load.memory_total_kib) {
                (Some(used), Some(total)) if total > 0 => comparison.holds(used as f64 / total as f64 * 100.0),
                _ => false,
            },
        }
    }
}

impl Comparison {
    fn parse(text: &str) -> Option<Self> {
        let number = |text: &str| text.trim_start_matches('=').trim_end_matches('%').parse::<f64>().ok();
        match text.strip_prefix('<') {
            Some(rest) => number(rest).map(Self::Below),
            None => number(text.strip_prefix('>').unwrap_or(text)).map(Self::Above),
        }
        .filter(|comparison| matches!(comparison, Self::Above(value) | Self::Below(value) if value.is_finite()))
    }

    fn holds(self, value: f64) -> bool {
        match self {
            Self::Above(limit) => value >= limit,
            Self::Below(limit) => value <= limit,
        }
    }
}

fn state_matches(domain: &Domain, wanted: &str) -> bool {
    let names: &[&str] = match domain.state {
        DomainState::NoState | DomainState::Running | DomainState::Blocked => &["running", "on", "active"],
        DomainState::Paused => &["paused", "active"],
        DomainState::ShuttingDown => &["shutting-down", "shutdown", "active"],
        DomainState::Off if domain.managed_save => &["saved", "off", "stopped", "inactive"],
        DomainState::Off => &["off", "stopped", "shutoff", "inactive"],
        DomainState::Crashed => &["crashed", "inactive"],
        DomainState::Suspended => &["suspended", "pmsuspended", "active"],
        DomainState::Other(_) => &["unknown"],
    };
    names.iter().any(|name| name.starts_with(wanted))
}

/// Splits at spaces outside quotes.
fn split(text: &str) -> impl Iterator<Item = String> {
    let mut words = Vec::new();
    let mut word = String::new();
    let mut quoted = false;
    for c in text.chars() {
        match c {
            '"' => {
                quoted = !quoted;
                word.push(c);
            }
            c if c.is_whitespace() && !quoted => words.push(std::mem::take(&mut word)),
            c => word.push(c),
        }
    }
    words.push(word);
    words.into_iter().filter(|word| !word.is_empty())
}

fn unquote(text: &str) -> String {
    text.replace('"', "")
}

fn contains(text: &str, folded: &str) -> bool {
    fold(text).contains(folded)
}

/// Lower case, and the accents of the Latin letters that European names use most taken off.
fn fold(text: &str) -> String {
    text.chars()
        .flat_map(char::to_lowercase)
        .map(|c| match c {
            'à'..='å' => 'a',
            'ç' => 'c',
            'è'..='ë' => 'e',
            'ì'..='ï' => 'i',
            'ñ' => 'n',
            'ò'..='ö' | 'ø' => 'o',
            'ù'..='ü' => 'u',
            'ý' | 'ÿ' => 'y',
            other => other,
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use std::rc::Rc;

    use uuid::Uuid;

    use super::*;
    use crate::model::domain::{DomainDetails, DomainSummary, GuestAddress};
    use crate::model::host::HostConfig;
    use crate::model::key::DomainKey;

    fn machine() -> (Domain, Host) {
        let host = Host::new(HostConfig::new("Rack 1", "test:///default"));
        let summary = DomainSummary {
            key: DomainKey::new(host.config.id, Uuid::from_u128(0xabcd_1234)),
            name: "web-01".to_owned(),
            id: Some(1),
            state: DomainState::Running,
            reason: 0,
            persistent: true,
            autostart: false,
            managed_save: false,
        };
        let mut domain = Domain::new(summary, 1);
        domain.details = Some(Rc::new(DomainDetails {
            title: Some("Café menu".to_owned()),
            tags: vec!["Prod".to_owned()],
            os: Some("debian12".to_owned()),
            ..DomainDetails::default()
        }));
        domain.addresses = vec![GuestAddress {
            interface: "eth0".to_owned(),
            mac: None,
            address: "192.168.122.7".to_owned(),
            prefix: 24,
        }];
        domain.load.cpu = Some(0.6);
        (domain, host)
    }

    #[test]
    fn terms_find_what_they_say() {
        let (domain, host) = machine();
        for text in [
            "",
            "WEB",
            "cafe menu",
            "\"café menu\"",
            "tag:prod",
            "host:rack",
            "host:\"rack 1\"",
            "os:debian",
            "ip:192.168",
            "state:running",
            "state:run",
            "cpu:>50",
            "cpu:>50%",
            "cpu:<90",
            "-state:off",
            "web -tag:test",
            "abcd",
            "122.7",
        ] {
            assert!(Query::parse(text).matches(&domain, &host), "{text}");
        }
        for text in [
            "mail",
            "tag:pro",
            "host:rack2",
            "cpu:<50",
            "-web",
            "state:off",
            "menu-",
            "mem:>1",
            "web mail",
        ] {
            assert!(!Query::parse(text).matches(&domain, &host), "{text}");
        }
    }

    #[test]
    fn half_typed_conditions_are_words_and_never_fail() {
        let (domain, host) = machine();
        for text in [
            "state:",
            "cpu:>",
            "tag:\"",
            "\"",
            ":",
            "::",
            "-",
            "cpu:>nan",
            "unknown:thing",
            "\u{202e}",
        ] {
            let _ = Query::parse(text).matches(&domain, &host);
        }
        assert!(Query::parse("  \"\" ").is_empty());
    }
}
