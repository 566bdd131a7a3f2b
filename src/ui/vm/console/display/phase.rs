//! When a screen connects, when it tries again, and what its page shows: decisions without widgets.

use std::time::Duration;

use super::trouble::{Lasts, Remedy, Trouble};
use crate::i18n::{tr, tr_f};

/// Time for the way to a display and its first words; not for the user who is asked for a password.
pub const PATIENCE: Duration = Duration::from_secs(15);
/// Waits before the tries after a loss. When they are used up, the user is left to decide.
const BACK_OFF: [u64; 6] = [1, 2, 4, 8, 15, 30];
/// A connection that lasted this long was a good one: the next loss begins with the shortest wait again.
pub const GOOD: Duration = Duration::from_secs(10);

/// How the connection to a screen stands.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub enum Phase {
    /// Not asked for yet.
    #[default]
    Idle,
    /// The host is asked for the display, or a way there is opened.
    Opening,
    /// The way is open; the display server has not let us in yet.
    Connecting,
    /// Somebody has to say who we are.
    Asking(Ask),
    /// Pictures come.
    Connected,
    /// Could not be opened, or ended.
    Failed(Trouble),
}

/// A question for user name or password.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Ask {
    /// A name is wanted.
    pub user: bool,
    /// A password is wanted.
    pub password: bool,
    /// What was given before was wrong.
    pub wrong: bool,
    /// What the server said about that.
    pub reason: Option<String>,
    /// The server has hung up meanwhile: the answer goes with a new connection.
    pub anew: bool,
}

/// What the page knows of the machine.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Situation {
    /// Name of the machine.
    pub name: String,
    /// The page is on screen, or its picture in another window.
    pub shown: bool,
    /// The machine exists.
    pub exists: bool,
    /// A hypervisor process stands behind it.
    pub active: bool,
    /// Number of its running instance.
    pub instance: Option<u32>,
    /// The host can be asked now.
    pub host_connected: bool,
    /// A saved image will be restored by a start.
    pub saved: bool,
    /// Screens connect when they are shown.
    pub autoconnect: bool,
}

/// What the last connection was to, and how it went.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Past {
    /// The instance that was tried last.
    pub instance: Option<u32>,
    /// The host was lost since.
    pub host_lost: bool,
    /// Pictures came since the user asked for the screen.
    pub was_connected: bool,
    /// Tries since the last good connection.
    pub tries: usize,
    /// A second client ends the first (SPICE): who is thrown out must not come back by itself, or two programs take the
    /// screen from each other for ever.
    pub exclusive: bool,
}

impl Situation {
    /// Whether a screen can be opened, and somebody looks.
    #[must_use]
    pub fn possible(&self) -> bool {
        self.shown && self.exists && self.active && self.host_connected
    }
}

/// Whether to connect now without being asked.
#[must_use]
pub fn connects_by_itself(phase: &Phase, now: &Situation, past: Past) -> bool {
    if !now.possible() {
        return false;
    }
    match phase {
        Phase::Idle => now.autoconnect || past.was_connected,
        Phase::Opening | Phase::Connecting | Phase::Asking(_) | Phase::Connected => false,
        Phase::Failed(trouble) => {
            // Who was thrown out, and who would be refused again, waits to be asked; so does who was told to part.
            let vain = trouble.lasts == Lasts::Lasting || past.exclusive && trouble.lasts == Lasts::Closed;
            !trouble.calm && (now.instance != past.instance || past.host_lost && !vain)
        }
    }
}

/// How long to wait before the next try of a screen that was lost; `None` where trying by itself would be wrong or vain.
#[must_use]
pub fn tries_again_after(phase: &Phase, now: &Situation, past: Past) -> Option<Duration> {
    let Phase::Failed(trouble) = phase else { return None };
    let taken = past.exclusive && trouble.lasts == Lasts::Closed;
    if !now.possible() || !past.was_connected || trouble.lasts == Lasts::Lasting || taken {
        return None;
    }
    BACK_OFF.get(past.tries).map(|seconds| Duration::from_secs(*seconds))
}

/// A message with ways out.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Notice {
    /// Heading, or the whole message in a banner.
    pub title: String,
    /// More about it.
    pub body: String,
    /// Buttons, the best one first.
    pub remedies: Vec<Remedy>,
    /// The library's or the server's own words.
    pub details: Option<String>,
    /// It is about a failure.
    pub warning: bool,
    /// Something is under way.
    pub busy: bool,
    /// The tab says it already, for all its pages.
    pub said: bool,
    /// It is tried again without being asked: what was seen last may stay.
    pub goes_on: bool,
}

impl Notice {
    fn new(title: String, body: String, remedies: Vec<Remedy>) -> Self {
        Self {
            title,
            body,
            remedies,
            ..Self::default()
        }
    }
}

/// What to say about the screen; `None` while it works or asks.
#[must_use]
pub fn notice(phase: &Phase, now: &Situation, past: Past) -> Option<Notice> {
    if !now.exists {
        let mut notice = Notice::new(tr("This machine was removed"), String::new(), Vec::new());
        notice.said = true;
        return Some(notice);
    }
    if !now.host_connected && *phase != Phase::Connected {
        let body = tr("The screen comes back with the connection to the host.");
        let mut notice = Notice::new(tr("The host is not connected"), body, Vec::new());
        notice.said = true;
        return Some(notice);
    }
    if !now.active {
        let title = tr_f("{name} is off", &[("name", &now.name)]);
        let start = if now.saved { Remedy::Restore } else { Remedy::Start };
        return Some(Notice::new(
            title,
            tr("The screen is there while the machine runs."),
            vec![start],
        ));
    }
    match phase {
        Phase::Connected | Phase::Asking(_) => None,
        Phase::Idle => Some(Notice::new(tr("Not connected"), String::new(), vec![Remedy::Connect])),
        Phase::Opening | Phase::Connecting => {
            let title = if past.was_connected {
                tr("Connecting to the screen again…")
            } else {
                tr("Connecting to the screen…")
            };
            let mut notice = Notice::new(title, String::new(), Vec::new());
            notice.busy = true;
            Some(notice)
        }
        Phase::Failed(trouble) => Some(of_trouble(trouble, tries_again_after(phase, now, past).is_some())),
    }
}

/// What to say between the login and the first picture.
#[must_use]
pub fn waiting_for_picture() -> Notice {
    let mut notice = Notice::new(tr("Waiting for the first picture…"), String::new(), Vec::new());
    notice.busy = true;
    notice
}

fn of_trouble(trouble: &Trouble, goes_on: bool) -> Notice {
    let mut notice = Notice::new(trouble.title.clone(), trouble.body.clone(), trouble.remedies.clone());
    notice.details.clone_from(&trouble.details);
    notice.warning = !trouble.calm;
    if goes_on {
        notice.title = tr("The screen was interrupted and is connected again in a moment");
        notice.warning = false;
        notice.goes_on = true;
    }
    notice
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
            saved: false,
            autoconnect: true,
        }
    }

    fn failed(lasts: Lasts) -> Phase {
        Phase::Failed(Trouble {
            lasts,
            title: "what".to_owned(),
            remedies: vec![Remedy::Connect],
            ..Trouble::default()
        })
    }

    /// A past with a connection to the instance that runs now.
    fn past() -> Past {
        Past {
            instance: Some(3),
            was_connected: true,
            ..Past::default()
        }
    }

    #[test]
    fn a_page_that_nobody_sees_never_connects() {
        let hidden = Situation {
            shown: false,
            ..running()
        };
        assert!(!connects_by_itself(&Phase::Idle, &hidden, Past::default()));
        assert_eq!(tries_again_after(&failed(Lasts::Passing), &hidden, past()), None);
        assert!(connects_by_itself(&Phase::Idle, &running(), Past::default()));
    }

    #[test]
    fn without_autoconnect_the_user_is_offered_to_connect() {
        let now = Situation {
            autoconnect: false,
            ..running()
        };
        assert!(!connects_by_itself(&Phase::Idle, &now, Past::default()));
        let notice = notice(&Phase::Idle, &now, Past::default()).expect("words");
        assert_eq!(notice.remedies, [Remedy::Connect]);
    }

    #[test]
    fn who_parted_or_was_thrown_out_is_not_connected_again_by_a_loss_of_the_host() {
        let lost = Past {
            host_lost: true,
            exclusive: true,
            ..past()
        };
        assert!(connects_by_itself(&failed(Lasts::Passing), &running(), lost));
        assert!(
            !connects_by_itself(&failed(Lasts::Closed), &running(), lost),
            "taken by another"
        );
        assert!(
            !connects_by_itself(&failed(Lasts::Lasting), &running(), lost),
            "refused"
        );
        let Phase::Failed(trouble) = failed(Lasts::Lasting) else {
            unreachable!("made so above")
        };
        let parted = Phase::Failed(Trouble { calm: true, ..trouble });
        let restarted = Situation {
            instance: Some(4),
            ..running()
        };
        assert!(!connects_by_itself(&parted, &restarted, lost), "the user has said so");
    }

    #[test]
    fn a_machine_that_started_again_connects_again() {
        let old = Past {
            instance: Some(2),
            ..Past::default()
        };
        for lasts in [Lasts::Closed, Lasts::Passing, Lasts::Lasting] {
            assert!(connects_by_itself(&failed(lasts), &running(), old), "{lasts:?}");
            assert!(!connects_by_itself(&failed(lasts), &running(), past()), "{lasts:?}");
        }
    }

    #[test]
    fn a_host_that_came_back_connects_again() {
        let lost = Past {
            host_lost: true,
            ..past()
        };
        assert!(connects_by_itself(&failed(Lasts::Passing), &running(), lost));
    }

    #[test]
    fn a_lost_network_is_tried_again_with_growing_waits_and_not_for_ever() {
        let mut waits = Vec::new();
        for tries in 0.. {
            let past = Past { tries, ..past() };
            match tries_again_after(&failed(Lasts::Passing), &running(), past) {
                Some(wait) => waits.push(wait.as_secs()),
                None => break,
            }
        }
        assert_eq!(waits, BACK_OFF);
    }

    #[test]
    fn a_first_connection_that_fails_is_not_repeated_without_being_asked() {
        let never = Past {
            was_connected: false,
            ..past()
        };
        assert_eq!(tries_again_after(&failed(Lasts::Passing), &running(), never), None);
    }

    #[test]
    fn an_exclusive_screen_taken_by_another_program_is_not_taken_back() {
        let exclusive = Past {
            exclusive: true,
            ..past()
        };
        assert_eq!(tries_again_after(&failed(Lasts::Closed), &running(), exclusive), None);
        assert!(tries_again_after(&failed(Lasts::Closed), &running(), past()).is_some());
        assert!(tries_again_after(&failed(Lasts::Passing), &running(), exclusive).is_some());
    }

    #[test]
    fn a_server_that_broke_the_rules_is_not_visited_again_by_itself() {
        assert_eq!(tries_again_after(&failed(Lasts::Lasting), &running(), past()), None);
        let notice = notice(&failed(Lasts::Lasting), &running(), past()).expect("words");
        assert!(notice.warning && !notice.goes_on);
    }

    #[test]
    fn a_machine_that_is_off_offers_start_whatever_the_phase() {
        let off = Situation {
            active: false,
            ..running()
        };
        for phase in [Phase::Idle, Phase::Connected, failed(Lasts::Closed)] {
            assert_eq!(notice(&phase, &off, past()).expect("words").remedies, [Remedy::Start]);
        }
        assert_eq!(notice(&Phase::Connected, &running(), past()), None);
    }
}
