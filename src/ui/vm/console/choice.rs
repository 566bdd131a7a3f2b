//! Which consoles a machine has, which of them can be used, and which is shown first: decisions without widgets.

use std::fmt;
use std::str::FromStr;

use super::text::{is_offered, text_name};
use crate::i18n::{tr, tr_f};
use crate::model::domain::{ConsoleInfo, DomainDetails};

/// A console of a machine, as it is remembered.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub enum ConsoleId {
    /// The graphics device with this number.
    Screen(u32),
    /// A text console: `serial` or `console`, and its port.
    Text(String, u32),
}

impl fmt::Display for ConsoleId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Screen(index) => write!(f, "screen-{index}"),
            Self::Text(kind, port) => write!(f, "{kind}-{port}"),
        }
    }
}

impl FromStr for ConsoleId {
    type Err = ();

    fn from_str(text: &str) -> Result<Self, ()> {
        let (kind, number) = text.rsplit_once('-').ok_or(())?;
        let number = number.parse().map_err(|_| ())?;
        match kind {
            "screen" => Ok(Self::Screen(number)),
            "serial" | "console" => Ok(Self::Text(kind.to_owned(), number)),
            _ => Err(()),
        }
    }
}

/// A line of the choice.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Offer {
    /// Which console.
    pub id: ConsoleId,
    /// Its name.
    pub label: String,
    /// Why it can't be used, in words.
    pub reason: Option<String>,
    /// Nothing would come of choosing it: there is no way and no remedy.
    pub hopeless: bool,
}

/// Why a screen can't be used, as it was found when the machine's displays were last looked at: its number and the words.
pub type Reasons = [(u32, String)];

/// All consoles of a machine, screens first.
#[must_use]
pub fn offers(details: &DomainDetails, reasons: &Reasons) -> Vec<Offer> {
    let screens = details.graphics.iter().zip(0..).map(|(kind, index)| {
        let found = reasons.iter().find(|(other, _)| *other == index);
        screen(details, kind, index, found.map(|(_, reason)| reason.clone()))
    });
    screens
        .chain(details.consoles.iter().filter_map(|console| text(details, console)))
        .collect()
}

fn screen(details: &DomainDetails, kind: &str, index: u32, reason: Option<String>) -> Offer {
    let known = matches!(kind, "vnc" | "spice");
    let protocol = protocol_name(kind);
    let several = details.graphics.len() > 1;
    let number = (index + 1).to_string();
    let label = if several {
        // Translators: the second screen of a machine, and how it is transmitted.
        tr_f("Screen {n} ({protocol})", &[("n", &number), ("protocol", &protocol)])
    } else {
        tr_f("Screen ({protocol})", &[("protocol", &protocol)])
    };
    let reason = match kind {
        _ if known => reason,
        "egl-headless" => Some(tr("It only draws for another display of the machine")),
        "sdl" | "desktop" => Some(tr("It is a window on the host's own desktop")),
        "dbus" => Some(tr("It is for programs on the host itself, over D-Bus")),
        "rdp" => Some(tr("Vireo does not speak RDP; another viewer does")),
        _ => Some(tr("Vireo does not know this kind of display")),
    };
    Offer {
        id: ConsoleId::Screen(index),
        label,
        reason,
        hopeless: !known,
    }
}

/// How a kind of display is called.
#[must_use]
pub fn protocol_name(kind: &str) -> String {
    match kind {
        "egl-headless" => "EGL".to_owned(),
        "dbus" => "D-Bus".to_owned(),
        other => other.chars().take(20).collect::<String>().to_uppercase(),
    }
}

fn text(details: &DomainDetails, console: &ConsoleInfo) -> Option<Offer> {
    // The first console of a machine with serial ports is the first port under another name.
    let usable = is_offered(&details.consoles, console);
    if !usable && console.backend == "pty" {
        return None;
    }
    let reason = (!usable).then(|| match console.backend.as_str() {
        "file" => tr("Its output goes into a file on the host"),
        "tcp" | "udp" | "unix" => tr("It goes to a socket of another program"),
        _ => tr("Only consoles of the kind “pty” can be opened through libvirt"),
    });
    Some(Offer {
        id: ConsoleId::Text(console.kind.clone(), console.port),
        label: text_name(console),
        hopeless: !usable,
        reason,
    })
}

/// The one to show: what was chosen before, else the first that can be used, screens before text.
#[must_use]
pub fn pick(offers: &[Offer], remembered: Option<&str>) -> Option<ConsoleId> {
    let remembered = remembered.and_then(|word| word.parse().ok());
    let chosen = offers
        .iter()
        .find(|offer| Some(&offer.id) == remembered.as_ref() && !offer.hopeless);
    let best = || offers.iter().find(|offer| !offer.hopeless);
    chosen.or_else(best).or(offers.first()).map(|offer| offer.id.clone())
}

/// What is written on the button of the choice.
#[must_use]
pub fn face(offers: &[Offer], chosen: Option<&ConsoleId>) -> String {
    let offer = offers.iter().find(|offer| Some(&offer.id) == chosen);
    offer.map_or_else(|| tr("Console"), |offer| offer.label.clone())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn console(kind: &str, port: u32, backend: &str) -> ConsoleInfo {
        ConsoleInfo {
            alias: None,
            kind: kind.to_owned(),
            port,
            backend: backend.to_owned(),
        }
    }

    fn machine(graphics: &[&str], consoles: &[ConsoleInfo]) -> DomainDetails {
        DomainDetails {
            graphics: graphics.iter().map(ToString::to_string).collect(),
            consoles: consoles.to_vec(),
            ..DomainDetails::default()
        }
    }

    #[test]
    fn screens_come_before_text_and_each_has_its_number() {
        let details = machine(
            &["vnc", "spice"],
            &[console("serial", 0, "pty"), console("console", 0, "pty")],
        );
        let offers = offers(&details, &[]);
        let ids: Vec<String> = offers.iter().map(|offer| offer.id.to_string()).collect();
        assert_eq!(ids, ["screen-0", "screen-1", "serial-0"]);
        assert_eq!(pick(&offers, None), Some(ConsoleId::Screen(0)));
        assert_eq!(
            pick(&offers, Some("serial-0")),
            Some(ConsoleId::Text("serial".to_owned(), 0))
        );
        assert_eq!(pick(&offers, Some("serial-7")), Some(ConsoleId::Screen(0)));
    }

    #[test]
    fn what_can_not_be_used_is_shown_with_its_reason_and_not_picked() {
        let details = machine(&["sdl"], &[console("serial", 0, "file"), console("serial", 1, "pty")]);
        let offers = offers(&details, &[]);
        assert!(offers[0].hopeless && offers[0].reason.is_some());
        assert!(offers[1].hopeless && offers[1].reason.is_some());
        assert_eq!(
            pick(&offers, Some("screen-0")),
            Some(ConsoleId::Text("serial".to_owned(), 1))
        );
    }

    #[test]
    fn a_screen_without_a_way_can_be_chosen_to_read_what_helps() {
        let details = machine(&["vnc"], &[console("serial", 0, "pty")]);
        let offers = offers(&details, &[(0, "It listens nowhere".to_owned())]);
        assert_eq!(offers[0].reason.as_deref(), Some("It listens nowhere"));
        assert!(!offers[0].hopeless);
    }

    #[test]
    fn a_machine_without_consoles_has_no_choice() {
        let offers = offers(&machine(&[], &[]), &[]);
        assert_eq!(pick(&offers, Some("screen-0")), None);
        assert_eq!(face(&offers, None), "Console");
    }

    #[test]
    fn a_console_is_remembered_by_its_word() {
        for id in [ConsoleId::Screen(3), ConsoleId::Text("console".to_owned(), 1)] {
            assert_eq!(id.to_string().parse(), Ok(id));
        }
        for wrong in ["", "screen", "screen-", "screen-x", "vnc-0", "../-1"] {
            assert_eq!(wrong.parse::<ConsoleId>(), Err(()), "{wrong}");
        }
    }
}
