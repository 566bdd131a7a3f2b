//! Failures on the way to a host.

use super::{CONNECT, CORRECT, Explanation, Place, Remedy};
use crate::i18n::{tr, tr_f};
use crate::ui::errors::cause::{Cause, Certificate, HostKey};

/// Failures on the way to a host.
pub(super) fn connecting(place: &Place, cause: &Cause) -> Option<Explanation> {
    let host = [("host", place.address.as_str())];
    Some(match cause {
        Cause::NameNotFound => Explanation::new(
            tr("Host not found"),
            tr_f(
                "There is no computer with the name {host}. Check the spelling and your network connection.",
                &host,
            ),
        )
        .way_out(CORRECT),
        Cause::Refused => Explanation::new(
            tr("Connection refused"),
            match &place.port {
                Some(port) => tr_f(
                    "{host} can be reached, but nothing answers on port {port}. Check that the service runs there and that the port is right.",
                    &[host[0], ("port", port)],
                ),
                None => tr_f(
                    "{host} can be reached, but refuses the connection. Check that the service for this kind of connection runs there.",
                    &host,
                ),
            },
        )
        .way_out(CONNECT),
        Cause::NoAnswer => Explanation::new(
            tr("No answer"),
            tr_f(
                "{host} does not answer. It may be off, it may take no more connections, or a firewall or the network is in the way.",
                &host,
            ),
        )
        .way_out(CONNECT),
        Cause::Lost => Explanation::new(
            tr("Connection lost"),
            tr_f(
                "The connection to {host} broke. Machines there keep running.",
                &host,
            ),
        )
        .way_out(&[Remedy::Retry]),
        Cause::ServiceStopped => Explanation::new(
            tr("Service stopped"),
            if place.local {
                tr("The libvirt service on this computer stopped. Machines keep running.")
            } else {
                tr_f("The libvirt service on {host} stopped. Machines there keep running.", &host)
            },
        )
        .way_out(&[Remedy::Retry]),
        Cause::NotLibvirt => Explanation::new(
            tr("Unexpected answer"),
            tr_f(
                "What answers at {host} does not speak as libvirt does, or the connection garbles it. Check that address and port are those of the libvirt service.",
                &host,
            ),
        )
        .way_out(CORRECT),
        Cause::SocketMissing(path) => Explanation::new(
            tr("No virtualisation service"),
            match path {
                Some(path) if place.local => tr_f(
                    "The libvirt service is not installed or not started on this computer: {path} does not exist.",
                    &[("path", path)],
                ),
                _ if place.local => tr("The libvirt service is not installed or not started on this computer."),
                _ => tr_f("The libvirt service is not installed or not started on {host}.", &host),
            },
        )
        .way_out(CONNECT),
        Cause::NoRemoteLibvirt => Explanation::new(
            tr("No virtualisation service"),
            tr_f(
                "The login to {host} works, but there is no libvirt service to talk to. Install and start libvirt there.",
                &host,
            ),
        )
        .way_out(CONNECT),
        Cause::ProgramMissing => Explanation::new(
            tr("Program missing"),
            tr("The program that makes the connection is not installed on this computer. For SSH, install the OpenSSH client."),
        )
        .way_out(CORRECT),
        Cause::NoDriver => Explanation::new(
            tr("Not supported"),
            tr("This libvirt has no driver for the address. The driver may be a package of its own, or the address is misspelled."),
        )
        .way_out(CORRECT),
        Cause::BadUri => Explanation::new(
            tr("Invalid address"),
            tr("The address of this host can't be understood. Edit it and try again."),
        )
        .way_out(&[Remedy::EditHost]),
        _ => return None,
    })
}

/// Failures at the door.
pub(super) fn entering(place: &Place, cause: &Cause) -> Option<Explanation> {
    let host = [("host", place.address.as_str())];
    Some(match cause {
        Cause::SocketDenied(_) | Cause::NotAuthorised => Explanation::new(
            tr("Not authorised"),
            if place.local {
                tr("Your account may not manage the system's virtual machines. Ask to be added to the group “libvirt” and log in again, or use a user session instead.")
            } else {
                tr_f(
                    "The account on {host} may not manage virtual machines. Add it to the group “libvirt” there, or log in as another user.",
                    &host,
                )
            },
        )
        .way_out(CONNECT),
        Cause::NoPolkitAgent => Explanation::new(
            tr("Not authorised"),
            if place.local {
                tr("Managing the system's virtual machines needs the administrator's password here, and no program of this desktop can ask for it. Start a polkit agent, or ask to be added to the group “libvirt” and log in again. A user session needs neither.")
            } else {
                tr_f(
                    "The account on {host} may not manage virtual machines without a password, and no polkit agent can ask for it there. Add the account to the group “libvirt” there, or log in as another user.",
                    &host,
                )
            },
        )
        .way_out(CONNECT),
        Cause::NoPolkit => Explanation::new(
            tr("Permissions can't be checked"),
            if place.local {
                tr("The libvirt service asks polkit who may manage virtual machines, and polkit or the system's D-Bus does not run on this computer. Start it, and try again.")
            } else {
                tr_f(
                    "The libvirt service on {host} asks polkit who may manage virtual machines, and polkit or the system's D-Bus does not run there. Start it, and try again.",
                    &host,
                )
            },
        )
        .way_out(CONNECT),
        Cause::LoginRefused => Explanation::new(
            tr("Login refused"),
            tr_f(
                "{host} refused the login by SSH. Check the user name, the password or the key, and that the key is allowed there.",
                &host,
            ),
        )
        .way_out(CONNECT),
        Cause::WrongPassword => Explanation::new(
            tr("Wrong password"),
            tr_f("{host} did not accept the user name or the password.", &host),
        )
        .way_out(CONNECT),
        Cause::NoMechanism => Explanation::new(
            tr("No common way to log in"),
            tr_f(
                "{host} and this computer have no login method in common. Check the SASL settings there, or use TLS or SSH.",
                &host,
            ),
        )
        .way_out(CORRECT),
        Cause::HostKeyUnknown => Explanation::new(
            tr("Unknown host key"),
            tr_f(
                "The identity of {host} is not known yet and was not confirmed. Connect again and compare the fingerprint, or log in once with ssh in a terminal.",
                &host,
            ),
        )
        .way_out(CONNECT),
        _ => return None,
    })
}

pub(super) fn key_changed(place: &Place, key: &HostKey) -> Explanation {
    let host = [("host", place.address.as_str())];
    let mut body = tr_f(
        "The identity of {host} has changed. Somebody may be intercepting the connection, or the computer was reinstalled. Vireo does not connect until this is settled.",
        &host,
    );
    if let Some(fingerprint) = &key.fingerprint {
        body.push_str("\n\n");
        body.push_str(&tr_f(
            "It now shows the key {fingerprint}.",
            &[("fingerprint", fingerprint)],
        ));
    }
    body.push_str("\n\n");
    let command = removal(place, key.remembered_in.as_deref());
    body.push_str(&tr_f(
        "Ask the administrator whether the new key is right. Only then remove the old one with “{command}” and connect again.",
        &[("command", &command)],
    ));
    Explanation::new(tr_f("The identity of {host} changed", &host), body)
}

/// What makes ssh forget a key; `known_hosts` with or without the number of a line.
fn removal(place: &Place, known_hosts: Option<&str>) -> String {
    let word = |text: &str| glib::shell_quote(text).to_string_lossy().into_owned();
    let plain = |text: &str| {
        text.bytes()
            .all(|byte| byte.is_ascii_alphanumeric() || b"/._-:~".contains(&byte))
    };
    let quoted = |text: &str| if plain(text) { text.to_owned() } else { word(text) };
    let name = match &place.port {
        Some(port) if port != "22" => format!("[{}]:{port}", place.address),
        _ => place.address.clone(),
    };
    match known_hosts {
        Some(file) => {
            let number = |line: &str| line.bytes().all(|byte| byte.is_ascii_digit());
            let file = match file.rsplit_once(':') {
                Some((file, line)) if number(line) => file,
                _ => file,
            };
            format!("ssh-keygen -f {} -R {}", quoted(file), quoted(&name))
        }
        None => format!("ssh-keygen -R {}", quoted(&name)),
    }
}

pub(super) fn certificate(place: &Place, problem: Certificate) -> Explanation {
    let host = [("host", place.address.as_str())];
    let (title, body) = match problem {
        Certificate::Expired => (
            tr("Certificate expired"),
            tr_f(
                "The certificate of {host} is not valid at this time. Renew it there, and check the clocks of both computers.",
                &host,
            ),
        ),
        Certificate::WrongName => (
            tr("Certificate of another host"),
            tr_f(
                "The certificate that {host} shows was made for another name. Use the name in the certificate as the host name.",
                &host,
            ),
        ),
        Certificate::UnknownAuthority => (
            tr("Unknown certificate authority"),
            tr_f(
                "The certificate of {host} is signed by an authority that this computer does not trust. Install the right CA certificate here.",
                &host,
            ),
        ),
        Certificate::Refused => (
            tr("Certificate not accepted"),
            tr_f(
                "The identity of {host} could not be verified: its certificate has expired, was made for another name, or its authority is not trusted here.",
                &host,
            ),
        ),
        Certificate::OursInvalid(path) => (
            tr("Certificate of this computer not valid"),
            match path {
                Some(path) => tr_f(
                    "The client certificate {path} has expired or is not signed by the authority in cacert.pem. Renew it, or install the CA certificate that belongs to it.",
                    &[("path", &path)],
                ),
                None => tr(
                    "The client certificate on this computer has expired or is not signed by the authority in cacert.pem. Renew it, or install the CA certificate that belongs to it.",
                ),
            },
        ),
        Certificate::ClientWanted => (
            tr("The host closed the connection"),
            tr_f(
                "{host} ended the connection while it was being secured. It probably wants a client certificate that it trusts.",
                &host,
            ),
        ),
        Certificate::FileMissing(path) => (
            tr("Certificate missing"),
            match path {
                Some(path) => tr_f(
                    "A connection with TLS needs certificates on this computer, and {path} can't be read.",
                    &[("path", &path)],
                ),
                None => tr("A connection with TLS needs certificates on this computer, and one of them can't be read."),
            },
        ),
    };
    Explanation::new(title, body).way_out(CORRECT)
}
