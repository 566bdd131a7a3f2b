//! The file that tells another viewer where a display is (`.vv`, as virt-viewer reads it).

use std::fmt::Write;

use super::plan::{Display, Listen, Road};
use super::wire::Protocol;

/// The contents of such a file; `None` where no address leads to the display: through ssh, or past libvirt. Holds the password
/// of the display if there is one. `once` asks the viewer to delete the file when it was read.
#[must_use]
pub fn viewer_file(display: &Display, road: &Road, title: &str, once: bool) -> Option<String> {
    let kind = match display.protocol()? {
        Protocol::Vnc => "vnc",
        Protocol::Spice => "spice",
    };
    let mut file = format!("[virt-viewer]\ntype={kind}\n");
    let mut line = |name: &str, value: &str| {
        // Writing into a string does not fail.
        let _ = writeln!(file, "{name}={}", escaped(value));
    };
    match road {
        Road::Direct { host, port, tls_port } => {
            line("host", host);
            ports(&mut line, *port, *tls_port);
        }
        Road::Unix { path } => line("unix-path", path),
        // On this computer the display has its port or socket beside what libvirt hands over.
        Road::Handover => match display.listens.first()? {
            Listen::Socket(path) => line("unix-path", path),
            Listen::Address(address) => {
                display.port.or(display.tls_port)?;
                line("host", own(address));
                ports(&mut line, display.port, display.tls_port);
            }
            Listen::Nowhere => return None,
        },
        Road::Tunnel { .. } => return None,
    }
    if let Some(password) = &display.password {
        line("password", &password.0);
    }
    line("title", title);
    line("delete-this-file", if once { "1" } else { "0" });
    Some(file)
}

/// Where somebody on this computer finds what listens on an address of it.
fn own(address: &str) -> &str {
    match address {
        "0.0.0.0" => "127.0.0.1",
        "::" => "::1",
        other => other,
    }
}

fn ports(line: &mut impl FnMut(&str, &str), port: Option<u16>, tls_port: Option<u16>) {
    if let Some(port) = port {
        line("port", &port.to_string());
    }
    if let Some(port) = tls_port {
        line("tls-port", &port.to_string());
    }
}

/// As the format of key files has it; nothing of it ends the line.
fn escaped(value: &str) -> String {
    let mut out = String::with_capacity(value.len());
    for c in value.chars() {
        match c {
            '\\' => out.push_str("\\\\"),
            ' ' if out.is_empty() => out.push_str("\\s"),
            c if c.is_control() => {}
            c => out.push(c),
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::display::plan::{Standing, plan};
    use crate::model::uri::Uri;
    use crate::model::xml::Document;

    fn file(graphics: &str, uri: &str) -> Option<String> {
        let xml = format!("<domain id='1' type='kvm'><devices>{graphics}</devices></domain>");
        let document = Document::parse(&xml).expect("a definition");
        let uri = Uri::parse(uri).expect("an address");
        let (display, road) = plan(&document, &uri, Standing::default()).into_iter().next()?;
        viewer_file(&display, &road.ok()?, "my machine", true)
    }

    #[test]
    fn a_display_with_a_port_is_found_on_this_computer_and_on_another() {
        let graphics = "<graphics type='vnc' port='5901' listen='0.0.0.0' passwd='se\ncret'><listen type='address' address='0.0.0.0'/></graphics>";
        let local = file(graphics, "qemu:///system").expect("a file");
        assert!(
            local.starts_with("[virt-viewer]\ntype=vnc\nhost=127.0.0.1\nport=5901\n"),
            "{local}"
        );
        let remote = file(graphics, "qemu+tls://srv/system").expect("a file");
        assert!(
            remote.contains("\nhost=srv\n") && remote.contains("\ntitle=my machine\n"),
            "{remote}"
        );
        assert_eq!(remote.matches("password=").count(), 1);
        assert!(remote.ends_with("delete-this-file=1\n"));
    }

    #[test]
    fn a_display_without_an_address_has_no_file() {
        let nowhere = "<graphics type='spice'><listen type='none'/></graphics>";
        assert_eq!(file(nowhere, "qemu:///system"), None);
        let port = "<graphics type='vnc' port='5901' listen='127.0.0.1'/>";
        assert_eq!(file(port, "qemu+ssh://srv/system"), None);
    }

    #[test]
    fn no_value_ends_its_line() {
        assert_eq!(escaped("a\nb=\\c"), "ab=\\\\c");
        assert_eq!(escaped(" a"), "\\sa");
    }
}
