//! Why a screen is not there, in words, and what can be done about it.

use crate::i18n::tr;
use crate::model::display::wire::End;
use crate::model::error::{Kind, VirtError};

/// Whether time alone may help.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Lasts {
    /// The other side closed: the machine may be on its way down, or somebody else has come.
    Closed,
    /// A network or a server that may come back.
    Passing,
    /// The same would happen again.
    #[default]
    Lasting,
}

/// A way out: what a button does.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Remedy {
    /// Start the machine.
    Start,
    /// Start it from its saved state.
    Restore,
    /// Connect to the screen, or try again.
    Connect,
    /// Try again, after a failure.
    Again,
    /// Show the text console instead.
    UseText,
    /// Open the hardware page, where the display can be changed.
    ChangeDisplay,
    /// Put this command on the clipboard.
    CopyCommand(String),
    /// Open it in another program.
    External,
}

impl Remedy {
    /// What is written on its button.
    #[must_use]
    pub fn label(&self) -> String {
        match self {
            Self::Start => tr("Start"),
            Self::Restore => tr("Restore"),
            Self::Connect => tr("Connect"),
            Self::Again => tr("Try Again"),
            Self::UseText => tr("Use the Text Console"),
            Self::ChangeDisplay => tr("Change the Display…"),
            Self::CopyCommand(_) => tr("Copy Tunnel Command"),
            Self::External => tr("Open in External Viewer"),
        }
    }
}

/// Why a screen is not there.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Trouble {
    /// Whether time may help.
    pub lasts: Lasts,
    /// One sentence.
    pub title: String,
    /// What it means and what can be done.
    pub body: String,
    /// Buttons, the best one first.
    pub remedies: Vec<Remedy>,
    /// The library's or the server's own words.
    pub details: Option<String>,
    /// Nothing is wrong: there is just no screen.
    pub calm: bool,
}

impl Trouble {
    /// A trouble with *Try Again*.
    #[must_use]
    pub fn new(lasts: Lasts, title: String, body: String) -> Self {
        Self {
            lasts,
            title,
            body,
            remedies: vec![Remedy::Again],
            details: None,
            calm: false,
        }
    }

    /// With the words of others; empty ones are none.
    #[must_use]
    pub fn with_details(mut self, details: impl Into<String>) -> Self {
        let details = details.into();
        self.details = (!details.trim().is_empty()).then_some(details);
        self
    }

    /// With another way out.
    #[must_use]
    pub fn with(mut self, remedy: Remedy) -> Self {
        if !self.remedies.contains(&remedy) {
            self.remedies.push(remedy);
        }
        self
    }

    /// With these ways out only.
    #[must_use]
    pub fn only(mut self, remedies: &[Remedy]) -> Self {
        self.remedies = remedies.to_vec();
        self
    }
}

/// A host of libvirt's test driver: its machines only look as if they ran.
#[must_use]
pub fn of_play() -> Trouble {
    let mut trouble = Trouble::new(
        Lasts::Lasting,
        tr("This machine has no screen"),
        tr("It belongs to libvirt's test driver, which only plays machines: nothing runs in them."),
    )
    .only(&[]);
    trouble.calm = true;
    trouble
}

/// Why a display ended.
#[must_use]
pub fn of_end(end: &End) -> Trouble {
    let new = Trouble::new;
    match end {
        End::Closed => new(
            Lasts::Closed,
            tr("The screen was closed"),
            tr("The host closed it. Another program may have taken it over."),
        ),
        End::Unreachable(said) => new(
            Lasts::Passing,
            tr("The screen can't be reached"),
            tr("The display server did not take the connection, or the network between here and there is gone."),
        )
        .with_details(said),
        End::Refused(said) => new(
            Lasts::Lasting,
            tr("The password was refused"),
            tr("The display server did not accept the user name or the password."),
        )
        .with_details(said),
        End::UnknownSecurity(said) => new(
            Lasts::Lasting,
            tr("The display asks for something that Vireo can't answer"),
            tr("It wants a kind of authentication that is not known here. Another viewer may know it."),
        )
        .with(Remedy::External)
        .with_details(said),
        End::Untrusted(said) => new(
            Lasts::Lasting,
            tr("The display server can't be trusted"),
            tr(
                "Its certificate is missing, out of date or of another name. Nothing was sent to it. Install the certificate of its authority, or correct the name in the host's address.",
            ),
        )
        .with_details(said),
        End::Broken(said) => new(
            Lasts::Lasting,
            tr("The display server sent something that makes no sense"),
            tr("The connection was closed before it could do harm. If this happens again, something is wrong with that host."),
        )
        .with_details(said),
        End::Silent => new(
            Lasts::Passing,
            tr("The display server does not answer"),
            tr("The way there is open, but nothing came back. The machine may hang, or the port belongs to another service."),
        ),
        End::HelperLost(said) => new(
            Lasts::Lasting,
            tr("The display stopped unexpectedly"),
            tr("The part of Vireo that shows screens has ended. The machine is not touched by that."),
        )
        .with_details(said),
    }
}

/// Why the host could not be asked for a display.
#[must_use]
pub fn of_error(error: &VirtError) -> Trouble {
    let said = error.message.clone();
    match error.kind {
        Kind::Unsupported => Trouble::new(
            Lasts::Lasting,
            tr("This host can't open screens"),
            tr("Its libvirt driver gives no access to them. Trying again would not help."),
        )
        .only(&[])
        .with_details(said),
        Kind::Denied => Trouble::new(
            Lasts::Lasting,
            tr("The host does not allow this"),
            tr("The connection to it may be read-only, or the right to open screens is missing."),
        )
        .with_details(said),
        Kind::Unreachable | Kind::Timeout => Trouble::new(
            Lasts::Passing,
            tr("The host does not answer"),
            tr("It was asked for the screen and has said nothing."),
        )
        .with_details(said),
        _ => Trouble::new(Lasts::Lasting, tr("The screen could not be opened"), said.clone()).with_details(said),
    }
}

/// The time for a connection is over.
#[must_use]
pub fn of_patience(way_open: bool) -> Trouble {
    if way_open {
        return of_end(&End::Silent);
    }
    Trouble::new(
        Lasts::Passing,
        tr("The way to the screen could not be opened in time"),
        tr("The host, its network or its login takes longer than a quarter of a minute."),
    )
}

/// Why the program that shows screens can't be started.
#[must_use]
pub fn of_start(error: &std::io::Error) -> Trouble {
    Trouble::new(
        Lasts::Lasting,
        tr("The part of Vireo that shows screens can't be started"),
        tr("The program vireo-display belongs to Vireo and must be installed beside it."),
    )
    .with_details(error.to_string())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_end_has_words_of_its_own_and_a_way_out() {
        let said = "text of the library".to_owned();
        let ends = [
            End::Closed,
            End::Unreachable(said.clone()),
            End::Refused(said.clone()),
            End::UnknownSecurity(said.clone()),
            End::Untrusted(said.clone()),
            End::Broken(said.clone()),
            End::Silent,
            End::HelperLost(said.clone()),
        ];
        let mut titles: Vec<String> = Vec::new();
        for end in &ends {
            let trouble = of_end(end);
            assert!(!trouble.remedies.is_empty() && !trouble.body.is_empty(), "{end:?}");
            assert!(
                !trouble.title.contains(&said) && !trouble.body.contains(&said),
                "{end:?}"
            );
            titles.push(trouble.title);
        }
        titles.sort();
        titles.dedup();
        assert_eq!(titles.len(), ends.len());
    }

    #[test]
    fn only_what_may_pass_is_tried_again() {
        assert_eq!(of_end(&End::Broken(String::new())).lasts, Lasts::Lasting);
        assert_eq!(of_end(&End::HelperLost(String::new())).lasts, Lasts::Lasting);
        assert_eq!(of_end(&End::Silent).lasts, Lasts::Passing);
        assert_eq!(of_end(&End::Broken("  ".to_owned())).details, None);
    }
}
