//! When a console connects and what its page shows: decisions without widgets.

use crate::i18n::{tr, tr_f};
use crate::model::error::{Kind, VirtError};

/// How the connection to the console stands.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub enum Phase {
    /// Not asked for yet.
    #[default]
    Idle,
    /// Asked for.
    Connecting,
    /// Open.
    Connected,
    /// Was open; the host closed it, with an error if there was one.
    Ended(Option<VirtError>),
    /// Could not be opened.
    Failed(VirtError),
}

/// What the page knows of the machine.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Situation {
    /// Name of the machine.
    pub name: String,
    /// The page is on screen.
    pub shown: bool,
    /// The machine exists.
    pub exists: bool,
    /// A hypervisor process stands behind it.
    pub active: bool,
    /// Number of its running instance.
    pub instance: Option<u32>,
    /// The host can be asked now.
    pub host_connected: bool,
    /// Consoles are known to be none: the definition was read and names none that can be opened.
    pub no_console: bool,
    /// A saved image will be restored by a start.
    pub saved: bool,
}

/// What the last connection was to: it is renewed by itself only for another instance or after a loss of the host, so that
/// two programs never take a console from each other for ever.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Attempt {
    /// The instance that was tried last.
    pub instance: Option<u32>,
    /// The host was lost since.
    pub host_lost: bool,
}

/// Whether to connect now without being asked.
#[must_use]
pub fn connects_by_itself(phase: &Phase, now: &Situation, last: Attempt) -> bool {
    if !(now.shown && now.exists && now.active && now.host_connected && !now.no_console) {
        return false;
    }
    match phase {
        Phase::Idle => true,
        Phase::Connecting | Phase::Connected => false,
        Phase::Ended(_) | Phase::Failed(_) => now.instance != last.instance || last.host_lost,
    }
}

/// What a button of the page does.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Remedy {
    /// Start the machine.
    Start,
    /// Open the console again.
    Connect,
    /// Take it from another client.
    TakeOver,
}

/// A message with a way out.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Notice {
    /// Heading, or the whole message in a banner.
    pub title: String,
    /// More about it.
    pub body: String,
    /// Label and meaning of the button.
    pub remedy: Option<(String, Remedy)>,
    /// It is about a failure.
    pub warning: bool,
    /// Something is under way.
    pub busy: bool,
    /// The tab says it already, for all its pages.
    pub said: bool,
}

impl Notice {
    fn new(title: String, body: String, remedy: Option<(String, Remedy)>) -> Self {
        Self {
            title,
            body,
            remedy,
            warning: false,
            busy: false,
            said: false,
        }
    }
}

/// What to say about the console; `None` while it works.
#[must_use]
pub fn notice(phase: &Phase, now: &Situation) -> Option<Notice> {
    if !now.exists {
        let title = tr("This machine was removed");
        let mut notice = Notice::new(title, String::new(), None);
        notice.said = true;
        return Some(notice);
    }
    if !now.host_connected {
        let body = tr("The console comes back with the connection to the host.");
        let mut notice = Notice::new(tr("The host is not connected"), body, None);
        notice.said = true;
        return Some(notice);
    }
    if !now.active {
        let start = if now.saved { tr("Restore") } else { tr("Start") };
        let body = tr("The console is there while the machine runs.");
        let title = tr_f("{name} is off", &[("name", &now.name)]);
        return Some(Notice::new(title, body, Some((start, Remedy::Start))));
    }
    if now.no_console {
        let body = tr("Its definition has no serial port or console that can be opened.");
        return Some(Notice::new(tr("This machine has no text console"), body, None));
    }
    let again = Some((tr("Connect"), Remedy::Connect));
    match phase {
        Phase::Connected => None,
        Phase::Idle => Some(Notice::new(tr("Not connected"), String::new(), again)),
        Phase::Connecting => {
            let mut notice = Notice::new(tr("Connecting…"), String::new(), None);
            notice.busy = true;
            Some(notice)
        }
        Phase::Ended(None) => {
            let body = tr("The host closed it. Another program may have taken it over.");
            Some(Notice::new(tr("The console was closed"), body, again))
        }
        Phase::Ended(Some(error)) => {
            let mut notice = Notice::new(tr("The console was interrupted"), error.message.clone(), again);
            notice.warning = true;
            Some(notice)
        }
        Phase::Failed(error) if error.kind == Kind::Busy => {
            let remedy = Some((tr("Take Over"), Remedy::TakeOver));
            let body = tr("Another program is connected to it. Taking over disconnects that program.");
            Some(Notice::new(tr("The console is in use"), body, remedy))
        }
        Phase::Failed(error) if error.kind == Kind::Unsupported => {
            let body = tr("Its libvirt driver gives no access to serial ports. Trying again would not help.");
            Some(Notice::new(tr("This host can't open consoles"), body, None))
        }
        Phase::Failed(error) => {
            let mut notice = Notice::new(tr("The console could not be opened"), error.message.clone(), again);
            notice.warning = true;
            Some(notice)
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn running() -> Situation {
        Situation {
            name: "debian".to_owned(),
            shown: true,
            exists: true,
            active: true,
            instance: Some(3),
            host_connected: true,
            ..Situation::default()
        }
    }

    fn error(kind: Kind) -> VirtError {
        VirtError::own(kind, "open console", "text of libvirt")
    }

    #[test]
    fn a_hidden_page_never_connects() {
        let hidden = Situation {
            shown: false,
            ..running()
        };
        assert!(!connects_by_itself(&Phase::Idle, &hidden, Attempt::default()));
        assert!(connects_by_itself(&Phase::Idle, &running(), Attempt::default()));
    }

    #[test]
    fn a_console_taken_by_somebody_else_is_not_taken_back() {
        let last = Attempt {
            instance: Some(3),
            host_lost: false,
        };
        assert!(!connects_by_itself(&Phase::Ended(None), &running(), last));
    }

    #[test]
    fn a_machine_that_started_again_connects_again() {
        let last = Attempt {
            instance: Some(2),
            host_lost: false,
        };
        assert!(connects_by_itself(&Phase::Ended(None), &running(), last));
        assert!(connects_by_itself(&Phase::Failed(error(Kind::Other)), &running(), last));
    }

    #[test]
    fn a_host_that_came_back_connects_again() {
        let last = Attempt {
            instance: Some(3),
            host_lost: true,
        };
        assert!(connects_by_itself(
            &Phase::Ended(Some(error(Kind::Unreachable))),
            &running(),
            last
        ));
    }

    #[test]
    fn a_busy_console_offers_to_take_over_and_does_not_by_itself() {
        let phase = Phase::Failed(error(Kind::Busy));
        let last = Attempt {
            instance: Some(3),
            host_lost: false,
        };
        assert!(!connects_by_itself(&phase, &running(), last));
        let remedy = notice(&phase, &running()).and_then(|notice| notice.remedy);
        assert_eq!(remedy.map(|(_, remedy)| remedy), Some(Remedy::TakeOver));
    }

    #[test]
    fn a_host_without_consoles_offers_no_button_that_can_not_help() {
        let phase = Phase::Failed(error(Kind::Unsupported));
        let notice = notice(&phase, &running()).expect("words");
        assert_eq!(notice.remedy, None);
        assert!(!notice.body.contains("text of libvirt"));
    }

    #[test]
    fn a_machine_that_is_off_offers_start_whatever_the_phase() {
        let off = Situation {
            active: false,
            ..running()
        };
        for phase in [Phase::Idle, Phase::Ended(None), Phase::Connecting] {
            let remedy = notice(&phase, &off).and_then(|notice| notice.remedy);
            assert_eq!(remedy.map(|(_, remedy)| remedy), Some(Remedy::Start));
        }
        assert_eq!(notice(&Phase::Connected, &running()), None);
    }
}
