//! Why no way leads to a display, in words, with the ways out.

use super::trouble::{Lasts, Remedy, Trouble};
use crate::i18n::{tr, tr_f};
use crate::model::display::cause::Cause;
use crate::model::display::plan::{Obstacle, Target};
use crate::ui::text;

/// One sentence for the list of consoles.
#[must_use]
pub fn reason(obstacle: &Obstacle) -> String {
    match obstacle {
        Obstacle::NotRunning => tr("The machine is off"),
        Obstacle::NoViewer(_) => tr("Vireo does not know this kind of display"),
        Obstacle::NoPort => tr("It has no port"),
        Obstacle::ListensNowhere => tr("It listens nowhere, and the host is another computer"),
        Obstacle::LocalOnly { .. } => tr("It listens on the host alone"),
        Obstacle::NoHost => tr("The host's address names no computer"),
        Obstacle::NeedsTls => tr("It demands TLS where there is none"),
    }
}

/// What stands in the way.
#[must_use]
pub fn of_obstacle(obstacle: &Obstacle, ssh: Option<String>) -> Trouble {
    let lasting = |title: String, body: String| Trouble::new(Lasts::Lasting, title, body).only(&[]);
    match obstacle {
        Obstacle::NotRunning => Trouble::new(
            Lasts::Passing,
            tr("The machine has no screen yet"),
            tr("Its displays are there while it runs."),
        ),
        Obstacle::NoViewer(kind) => {
            let kind = kind.to_string();
            let body = tr_f(
                "Its display is of the kind “{kind}”. Vireo shows VNC and SPICE.",
                &[("kind", text::one_line(&kind, 40).as_ref())],
            );
            lasting(tr("This display can't be shown here"), body).with(Remedy::ChangeDisplay)
        }
        Obstacle::NoPort => lasting(
            tr("The display has no port"),
            tr("It was started without one. Give it a port, or let the host choose one, and start the machine again."),
        )
        .with(Remedy::Again)
        .with(Remedy::ChangeDisplay),
        Obstacle::ListensNowhere => lasting(
            tr("The display can be opened on its host only"),
            tr("It listens on no address, and this host is another computer. Let it listen on the host's own address: then it can be reached through ssh."),
        )
        .with(Remedy::ChangeDisplay),
        Obstacle::LocalOnly { listens, transport } => {
            let (listens, transport) = (text::one_line(listens, 80), text::one_line(transport, 20));
            let body = tr_f(
                "It listens on {address}, which leads nowhere from here, and the connection to the host ({transport}) can't carry it. Connect to the host through ssh, or let the display listen on the network.",
                &[("address", listens.as_ref()), ("transport", transport.as_ref())],
            );
            let trouble = lasting(tr("The display can be opened on its host only"), body).with(Remedy::ChangeDisplay);
            match ssh {
                Some(command) => trouble.with(Remedy::CopyCommand(command)),
                None => trouble,
            }
        }
        Obstacle::NoHost => lasting(
            tr("Nobody knows where the display is"),
            tr("The address of this host names no computer that could be connected to."),
        ),
        Obstacle::NeedsTls => lasting(
            tr("The display demands TLS"),
            tr("Its settings allow encrypted connections only, and neither ssh nor a socket carries those. Allow others too, or let it listen on the network with a port for TLS."),
        )
        .with(Remedy::ChangeDisplay),
    }
}

fn place(target: &Target) -> String {
    match target {
        Target::Tcp { host, port } if host.contains(':') => format!("[{host}]:{port}"),
        Target::Tcp { host, port } => format!("{host}:{port}"),
        Target::Unix { path } => path.clone(),
    }
}

/// Why a way did not lead to the display.
#[must_use]
pub fn of_cause(cause: &Cause) -> Trouble {
    let new = Trouble::new;
    let at = |sentence: String| sentence;
    match cause {
        Cause::Refused(target) => new(
            Lasts::Passing,
            tr("Nobody answers at the display's port"),
            at(tr_f(
                "{place} takes no connections. The display may be gone or have another port by now.",
                &[("place", &place(target))],
            )),
        ),
        Cause::NoAnswer(target) => new(
            Lasts::Passing,
            tr("The display's port does not answer"),
            at(tr_f(
                "{place} says nothing. A firewall may stand between here and there.",
                &[("place", &place(target))],
            )),
        )
        .with(Remedy::ChangeDisplay),
        Cause::UnknownHost(name) => new(
            Lasts::Passing,
            tr("The host's name is not known"),
            at(tr_f(
                "No computer was found by the name {name}.",
                &[("name", text::one_line(name, 120).as_ref())],
            )),
        ),
        Cause::NoRoute(target) => new(
            Lasts::Passing,
            tr("The network does not lead to the display"),
            at(tr_f(
                "There is no way to {place} from here.",
                &[("place", &place(target))],
            )),
        ),
        Cause::SocketGone(path) => new(
            Lasts::Passing,
            tr("The display's socket is gone"),
            at(tr_f(
                "{path} is not there any more.",
                &[("path", text::one_line(path, 200).as_ref())],
            )),
        ),
        Cause::SocketDenied(path) => new(
            Lasts::Lasting,
            tr("The display's socket belongs to somebody else"),
            at(tr_f(
                "You may not open {path}.",
                &[("path", text::one_line(path, 200).as_ref())],
            )),
        ),
        Cause::NoSsh => new(
            Lasts::Lasting,
            tr("The program ssh is missing"),
            tr("Screens of other computers come through ssh. Install its client on this computer."),
        ),
        Cause::SshLogin(said) => new(
            Lasts::Lasting,
            tr("The login on the host was refused"),
            tr("The screen comes through ssh, which was not let in."),
        )
        .with_details(said),
        Cause::SshHostKey(said) => new(
            Lasts::Lasting,
            tr("The host is not the one that is known by this name"),
            tr("Its key has changed or was not accepted, so nothing was sent to it."),
        )
        .with_details(said),
        Cause::SshForbids(said) => new(
            Lasts::Lasting,
            tr("The host forbids tunnels"),
            tr("Its ssh server allows no forwarding, and there is no program on it that could stand in."),
        )
        .with(Remedy::ChangeDisplay)
        .with_details(said),
        Cause::SshUnreachable(said) => new(
            Lasts::Passing,
            tr("The host can't be reached"),
            tr("The screen comes through ssh, which did not get there."),
        )
        .with_details(said),
        Cause::Ssh(said) => new(
            Lasts::Passing,
            tr("The tunnel to the host has ended"),
            tr("The screen comes through ssh, which has given up."),
        )
        .with_details(said),
        Cause::Handover(said) => new(
            Lasts::Lasting,
            tr("libvirt did not hand the screen over"),
            tr("The host was asked to open the display and refused."),
        )
        .with_details(said),
        Cause::Server => super::trouble::of_end(&crate::model::display::wire::End::Silent),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::display::plan::Kind;

    #[test]
    fn every_obstacle_has_words_and_a_remedy_that_can_help() {
        let local = Obstacle::LocalOnly {
            listens: "127.0.0.1".to_owned(),
            transport: "tcp".to_owned(),
        };
        let tunnel = of_obstacle(&local, Some("ssh -L 5900:127.0.0.1:5900 host".to_owned()));
        assert!(matches!(
            tunnel.remedies[..],
            [Remedy::ChangeDisplay, Remedy::CopyCommand(_)]
        ));
        for obstacle in [
            Obstacle::NoViewer(Kind::Sdl),
            Obstacle::NoPort,
            Obstacle::ListensNowhere,
            Obstacle::NeedsTls,
        ] {
            let trouble = of_obstacle(&obstacle, None);
            assert!(trouble.remedies.contains(&Remedy::ChangeDisplay), "{obstacle:?}");
            assert!(!reason(&obstacle).is_empty() && !trouble.body.is_empty());
        }
    }

    #[test]
    fn what_ssh_said_stands_under_details() {
        let trouble = of_cause(&Cause::SshLogin("Permission denied (publickey).".to_owned()));
        assert_eq!(trouble.details.as_deref(), Some("Permission denied (publickey)."));
        assert!(!trouble.body.contains("publickey"));
    }
}
