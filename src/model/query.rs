//! The language of the search entry: words over everything a machine is known by, `field:value`, `-` in front to leave
//! out, quotes around blanks. Every text is a query; what makes no sense as a field is looked for as text.
//!
//! Fields: `name`, `title`, `host`, `tag`, `os`, `ip`, `uuid`, `state`, `cpu` and `mem` (with `>`, `<`, `>=`, `<=`, `=`
//! and percent).

use crate::model::domain::DomainState;
use crate::model::store::{Aspects, Domain, Host};

#[cfg(test)]
mod tests;
pub(crate) mod text;

use text::{contains, fold};

/// A parsed search; all its parts must hold.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Query(Vec<Term>);

#[derive(Debug, Clone, PartialEq)]
struct Term {
    negated: bool,
    test: Test,
}

#[derive(Debug, Clone, PartialEq)]
enum Test {
    Anything(String),
    Name(String),
    Title(String),
    Host(String),
    Tag(String),
    Os(String),
    Address(String),
    Uuid(String),
    State(Vec<Class>),
    Cpu(Bound),
    Memory(Bound),
}

#[derive(Debug, Clone, Copy, PartialEq)]
struct Bound {
    relation: Relation,
    percent: f32,
}

#[derive(Debug, Clone, Copy, PartialEq)]
enum Relation {
    Less,
    AtMost,
    Equal,
    AtLeast,
    More,
}

#[derive(Debug, Clone, Copy, PartialEq)]
enum Class {
    Running,
    Paused,
    Off,
    Crashed,
    Suspended,
    Active,
    Saved,
    Unresponsive,
    ShuttingDown,
    Unknown,
}

/// Words for states; the beginning of one is enough.
const CLASSES: &[(&str, Class)] = &[
    ("running", Class::Running),
    ("paused", Class::Paused),
    ("off", Class::Off),
    ("stopped", Class::Off),
    ("shutoff", Class::Off),
    ("inactive", Class::Off),
    ("crashed", Class::Crashed),
    ("suspended", Class::Suspended),
    ("asleep", Class::Suspended),
    ("active", Class::Active),
    ("saved", Class::Saved),
    ("hung", Class::Unresponsive),
    ("on", Class::Running),
    ("shutting-down", Class::ShuttingDown),
    ("pmsuspended", Class::Suspended),
    ("unknown", Class::Unknown),
];

impl Query {
    /// Understands any text.
    #[must_use]
    pub fn parse(text: &str) -> Self {
        let mut terms = Vec::new();
        let mut not = false;
        for mut word in words(text) {
            // `not tag:web` is `-tag:web`; at the end it is still being typed.
            if !word.quoted && !word.negated && word.text.eq_ignore_ascii_case("not") {
                not = !not;
                continue;
            }
            word.negated ^= std::mem::take(&mut not);
            terms.extend(Term::parse(&word));
        }
        Self(terms)
    }

    /// Whether everything matches.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// Whether a machine on its host is looked for.
    #[must_use]
    pub fn matches(&self, domain: &Domain, host: &Host) -> bool {
        self.0.iter().all(|term| term.test.holds(domain, host) != term.negated)
    }

    /// Whether the answer depends on load figures.
    #[must_use]
    pub fn depends_on_load(&self) -> bool {
        self.depends_on(Aspects::LOAD)
    }

    /// Whether a change of these aspects can change what matches.
    #[must_use]
    pub fn depends_on(&self, aspects: Aspects) -> bool {
        self.0.iter().any(|term| match term.test {
            Test::Anything(_) => aspects.identity || aspects.addresses,
            Test::Address(_) => aspects.addresses,
            Test::State(_) => aspects.state || aspects.identity,
            Test::Cpu(_) | Test::Memory(_) => aspects.load,
            _ => aspects.identity,
        })
    }
}

/// A word with the places of its quotes taken out; `quoted` when it began with one, so that it is no field.
struct Word {
    text: String,
    negated: bool,
    quoted: bool,
}

/// Words by blanks outside quotes. An open quote reaches to the end.
fn words(text: &str) -> Vec<Word> {
    let mut words = Vec::new();
    let mut letters = text.chars().peekable();
    loop {
        while letters.next_if(|letter| letter.is_whitespace()).is_some() {}
        if letters.peek().is_none() {
            return words;
        }
        let mut negated = letters.next_if_eq(&'-').is_some();
        let quoted = letters.peek() == Some(&'"');
        let (mut word, mut inside) = (String::new(), false);
        while let Some(letter) = letters.next_if(|letter| inside || !letter.is_whitespace()) {
            if letter == '"' {
                inside = !inside;
            } else {
                word.push(letter);
            }
        }
        // A lone dash is being typed in front of a word.
        if word.is_empty() {
            negated = false;
        }
        words.push(Word {
            text: word,
            negated,
            quoted,
        });
    }
}

impl Term {
    fn parse(word: &Word) -> Option<Self> {
        if word.text.is_empty() {
            return None;
        }
        let anything = || Test::Anything(fold(&word.text));
        let test = match word.text.split_once(':') {
            Some((field, value)) if !word.quoted => {
                if value.trim_start_matches(['<', '>', '=']).is_empty()
                    && Test::of_field(field, "running")
                        .or(Test::of_field(field, "0"))
                        .is_some()
                {
                    // The value is still being typed.
                    return None;
                }
                Test::of_field(field, value).unwrap_or_else(anything)
            }
            _ => anything(),
        };
        Some(Self {
            negated: word.negated,
            test,
        })
    }
}

impl Test {
    fn of_field(field: &str, value: &str) -> Option<Self> {
        let text = fold(value);
        Some(match field.to_lowercase().as_str() {
            "name" => Self::Name(text),
            "title" => Self::Title(text),
            "host" => Self::Host(text),
            "tag" => Self::Tag(text),
            "os" => Self::Os(text),
            "ip" | "address" => Self::Address(text),
            "uuid" => Self::Uuid(text),
            "state" | "is" => Self::State(classes(&text)?),
            "cpu" => Self::Cpu(Bound::parse(value)?),
            "mem" | "memory" => Self::Memory(Bound::parse(value)?),
            _ => return None,
        })
    }

    fn holds(&self, domain: &Domain, host: &Host) -> bool {
        let details = domain.details.as_deref();
        let optional = |text: Option<&String>, needle: &str| text.is_some_and(|text| contains(text, needle));
        let address = |needle: &str| domain.addresses.iter().any(|own| contains(&own.address, needle));
        let uuid = |needle: &str| contains(domain.key.uuid.hyphenated().encode_lower(&mut [0; 36]), needle);
        match self {
            Self::Anything(text) => {
                contains(&domain.name, text)
                    || contains(&host.config.name, text)
                    || details.is_some_and(|details| {
                        optional(details.title.as_ref(), text)
                            || optional(details.os.as_ref(), text)
                            || details.tags.iter().any(|tag| contains(tag, text))
                    })
                    || address(text)
                    || (text.len() >= 4 && uuid(text))
            }
            Self::Name(text) => contains(&domain.name, text),
            Self::Title(text) => optional(details.and_then(|details| details.title.as_ref()), text),
            Self::Host(text) => contains(&host.config.name, text),
            Self::Tag(text) => details.is_some_and(|details| details.tags.iter().any(|tag| fold(tag) == *text)),
            Self::Os(text) => optional(details.and_then(|details| details.os.as_ref()), text),
            Self::Address(text) => address(text),
            Self::Uuid(text) => uuid(text),
            Self::State(classes) => classes.iter().any(|class| class.holds(domain)),
            Self::Cpu(bound) => bound.holds(domain.load.cpu),
            Self::Memory(bound) => bound.holds(domain.load.memory()),
        }
    }
}

/// States that the comma-separated words begin; `None` when one begins none.
fn classes(text: &str) -> Option<Vec<Class>> {
    let mut found = Vec::new();
    for word in text.split(',').filter(|word| !word.is_empty()) {
        let before = found.len();
        found.extend(
            CLASSES
                .iter()
                .filter(|(name, _)| name.starts_with(word))
                .map(|(_, class)| *class),
        );
        if found.len() == before {
            return None;
        }
    }
    (!found.is_empty()).then_some(found)
}

impl Class {
    fn holds(self, domain: &Domain) -> bool {
        match self {
            Self::Running => domain.state.is_running(),
            Self::Paused => domain.state == DomainState::Paused,
            Self::Off => domain.state == DomainState::Off,
            Self::Crashed => domain.state == DomainState::Crashed,
            Self::Suspended => domain.state == DomainState::Suspended,
            Self::Active => domain.state.is_active(),
            Self::Saved => domain.managed_save,
            Self::Unresponsive => !domain.responding,
            Self::ShuttingDown => domain.state == DomainState::ShuttingDown,
            Self::Unknown => matches!(domain.state, DomainState::Other(_)),
        }
    }
}

impl Bound {
    fn parse(text: &str) -> Option<Self> {
        let relations = [
            (">=", Relation::AtLeast),
            ("<=", Relation::AtMost),
            (">", Relation::More),
            ("<", Relation::Less),
            ("=", Relation::Equal),
        ];
        let (relation, number) = relations
            .iter()
            .find_map(|(sign, relation)| Some((*relation, text.strip_prefix(sign)?)))
            .unwrap_or((Relation::AtLeast, text));
        let percent: f32 = number.trim_end_matches('%').parse().ok()?;
        percent.is_finite().then_some(Self { relation, percent })
    }

    /// What is unknown is neither more nor less.
    fn holds(self, share: Option<f32>) -> bool {
        share.is_some_and(|share| {
            let percent = share * 100.0;
            match self.relation {
                Relation::Less => percent < self.percent,
                Relation::AtMost => percent <= self.percent,
                Relation::Equal => (percent - self.percent).abs() < 0.5,
                Relation::AtLeast => percent >= self.percent,
                Relation::More => percent > self.percent,
            }
        })
    }
}
