use std::fs;
use std::path::Path;

use super::*;
use crate::model::display::wire::Hidden;

fn machine(attributes: &str, graphics: &str) -> Document {
    let text = format!(
        "<domain type='kvm'{attributes}><name>m</name><devices>{graphics}<sound model='ich9'/>\
         <channel type='spicevmc'><target type='virtio' name='com.redhat.spice.0'/></channel>\
         <channel type='spiceport'><target type='virtio' name='org.spice-space.webdav.0'/></channel>\
         <redirdev bus='usb' type='spicevmc'/><redirdev bus='usb' type='spicevmc'/><redirdev bus='usb' type='tcp'/>\
         </devices></domain>"
    );
    Document::parse(&text).expect("a definition")
}

fn one(graphics: &str, uri: &str) -> Result<Road, Obstacle> {
    let uri = Uri::parse(uri).expect("an address");
    let mut plan = plan(&machine(" id='3'", graphics), &uri, Standing::default());
    assert_eq!(plan.len(), 1, "{graphics}");
    plan.remove(0).1
}

fn tcp(host: &str, port: u16) -> Target {
    Target::Tcp {
        host: host.to_owned(),
        port,
    }
}

fn tunnel(plain: Option<Target>, tls: Option<Target>) -> Result<Road, Obstacle> {
    Ok(Road::Tunnel { plain, tls })
}

fn direct(host: &str, port: Option<u16>, tls_port: Option<u16>) -> Result<Road, Obstacle> {
    let host = host.to_owned();
    Ok(Road::Direct { host, port, tls_port })
}

fn local_only(listens: &str, transport: &str) -> Result<Road, Obstacle> {
    let (listens, transport) = (listens.to_owned(), transport.to_owned());
    Err(Obstacle::LocalOnly { listens, transport })
}

const LOOPBACK: &str = "<graphics type='vnc' port='5901' autoport='yes' listen='127.0.0.1'>\
     <listen type='address' address='127.0.0.1'/></graphics>";
const EVERYWHERE: &str =
    "<graphics type='vnc' port='5902' listen='0.0.0.0'><listen type='address' address='0.0.0.0'/></graphics>";
const EVERYWHERE6: &str =
    "<graphics type='vnc' port='5902' listen='::'><listen type='address' address='::'/></graphics>";
const NETWORK: &str = "<graphics type='vnc' port='5903' listen='192.0.2.7'>\
     <listen type='network' address='192.0.2.7' network='default'/></graphics>";
const SOCKET: &str = "<graphics type='vnc'><listen type='socket' socket='/run/v.sock'/></graphics>";
const OLD_SOCKET: &str =
    "<graphics type='vnc' socket='/run/v.sock'><listen type='socket' socket='/run/v.sock'/></graphics>";
const NOWHERE: &str = "<graphics type='spice'><listen type='none'/></graphics>";
const NO_PORT: &str = "<graphics type='vnc' port='-1' autoport='yes'/>";
const SPICE: &str = "<graphics type='spice' port='5910' tlsPort='5911' listen='127.0.0.1'/>";
const SECURE: &str = "<graphics type='spice' port='5910' tlsPort='5911' defaultMode='secure' listen='0.0.0.0'/>";
const PARTLY: &str = "<graphics type='spice' port='5910' tlsPort='5911' listen='0.0.0.0'><channel name='main' mode='secure'/></graphics>";
const SECURE_NO_PORT: &str = "<graphics type='spice' port='5910' defaultMode='secure' listen='0.0.0.0'/>";
const SECURE_SOCKET: &str =
    "<graphics type='spice' defaultMode='secure'><listen type='socket' socket='/run/s.sock'/></graphics>";

#[test]
fn qemu_of_this_computer_hands_its_displays_over_wherever_they_listen() {
    for uri in [
        "qemu:///system",
        "qemu:///session",
        "qemu+unix:///session?socket=/tmp/sock",
        "qemu:///embed?root=/x",
    ] {
        for graphics in [
            LOOPBACK, EVERYWHERE, NETWORK, SOCKET, OLD_SOCKET, NOWHERE, NO_PORT, SPICE,
        ] {
            assert_eq!(one(graphics, uri), Ok(Road::Handover), "{uri} {graphics}");
        }
        // Channels of a socket that was handed over have no TLS.
        assert_eq!(one(SECURE, uri), direct("127.0.0.1", None, Some(5911)), "{uri}");
        assert_eq!(one(PARTLY, uri), direct("127.0.0.1", Some(5910), Some(5911)), "{uri}");
        assert_eq!(one(SECURE_NO_PORT, uri), Err(Obstacle::NoPort), "{uri}");
        assert_eq!(one(SECURE_SOCKET, uri), Err(Obstacle::NeedsTls), "{uri}");
    }
}

#[test]
fn other_drivers_and_read_only_connections_of_this_computer_use_port_or_socket() {
    for uri in ["xen:///system", "bhyve:///system", "test:///default"] {
        assert_eq!(one(LOOPBACK, uri), direct("127.0.0.1", Some(5901), None), "{uri}");
        assert_eq!(one(EVERYWHERE6, uri), direct("::1", Some(5902), None), "{uri}");
        assert_eq!(
            one(SOCKET, uri),
            Ok(Road::Unix {
                path: "/run/v.sock".into()
            }),
            "{uri}"
        );
        assert_eq!(one(NOWHERE, uri), Err(Obstacle::ListensNowhere), "{uri}");
        assert_eq!(one(NO_PORT, uri), Err(Obstacle::NoPort), "{uri}");
    }
    let uri = Uri::parse("qemu:///system").expect("an address");
    let plan = plan(&machine(" id='3'", LOOPBACK), &uri, Standing { read_only: true });
    assert_eq!(plan[0].1, direct("127.0.0.1", Some(5901), None));
}

#[test]
fn ssh_leads_to_every_address_and_socket_of_the_host_and_never_asks_libvirt_for_a_descriptor() {
    for uri in [
        "qemu+ssh://root@srv/system",
        "qemu+ssh://127.0.0.1:2222/session",
        "xen+ssh://srv/system?keyfile=/k",
    ] {
        assert_eq!(one(LOOPBACK, uri), tunnel(Some(tcp("127.0.0.1", 5901)), None), "{uri}");
        assert_eq!(
            one(EVERYWHERE, uri),
            tunnel(Some(tcp("127.0.0.1", 5902)), None),
            "{uri}"
        );
        assert_eq!(one(EVERYWHERE6, uri), tunnel(Some(tcp("::1", 5902)), None), "{uri}");
        assert_eq!(one(NETWORK, uri), tunnel(Some(tcp("192.0.2.7", 5903)), None), "{uri}");
        let socket = Target::Unix {
            path: "/run/v.sock".into(),
        };
        assert_eq!(one(SOCKET, uri), tunnel(Some(socket.clone()), None), "{uri}");
        assert_eq!(one(OLD_SOCKET, uri), tunnel(Some(socket), None), "{uri}");
        assert_eq!(one(NOWHERE, uri), Err(Obstacle::ListensNowhere), "{uri}");
        assert_eq!(one(NO_PORT, uri), Err(Obstacle::NoPort), "{uri}");
        let (plain, tls) = (tcp("127.0.0.1", 5910), tcp("127.0.0.1", 5911));
        assert_eq!(one(SPICE, uri), tunnel(Some(plain), Some(tls)), "{uri}");
        // Over a socket that is given to it the library does no TLS.
        let host = Uri::parse(uri).expect("an address").host.expect("a host");
        assert_eq!(one(SECURE, uri), direct(&host, None, Some(5911)), "{uri}");
        assert_eq!(one(PARTLY, uri), direct(&host, Some(5910), Some(5911)), "{uri}");
        let secure_loopback = SECURE.replace("0.0.0.0", "127.0.0.1");
        assert_eq!(one(&secure_loopback, uri), Err(Obstacle::NeedsTls), "{uri}");
        assert_eq!(one(SECURE_SOCKET, uri), Err(Obstacle::NeedsTls), "{uri}");
    }
}

#[test]
fn network_transports_reach_what_listens_in_the_network_and_say_why_not_the_rest() {
    for (transport, uri) in [
        ("tcp", "qemu+tcp://srv.example/system"),
        ("tls", "qemu+tls://srv.example/system?pkipath=/p"),
        ("tls", "qemu://srv.example/system"),
        ("libssh2", "qemu+libssh2://anna@srv.example/system"),
        ("libssh", "qemu+libssh://srv.example/system"),
    ] {
        assert_eq!(one(EVERYWHERE, uri), direct("srv.example", Some(5902), None), "{uri}");
        assert_eq!(one(EVERYWHERE6, uri), direct("srv.example", Some(5902), None), "{uri}");
        assert_eq!(one(NETWORK, uri), direct("192.0.2.7", Some(5903), None), "{uri}");
        assert_eq!(one(LOOPBACK, uri), local_only("127.0.0.1", transport), "{uri}");
        assert_eq!(one(SOCKET, uri), local_only("/run/v.sock", transport), "{uri}");
        assert_eq!(one(NOWHERE, uri), Err(Obstacle::ListensNowhere), "{uri}");
        assert_eq!(one(SECURE, uri), direct("srv.example", None, Some(5911)), "{uri}");
        assert!(one(EVERYWHERE, uri).is_ok_and(|road| road.is_exposed()), "{uri}");
    }
    let own = "qemu+tcp://127.0.0.1:16509/session";
    assert_eq!(one(LOOPBACK, own), direct("127.0.0.1", Some(5901), None));
    assert!(one(LOOPBACK, own).is_ok_and(|road| !road.is_exposed()));
    assert_eq!(one(LOOPBACK, "qemu+ext:///system?command=/x"), Err(Obstacle::NoHost));
}

#[test]
fn address_is_preferred_to_socket_and_network_to_loopback_where_a_display_listens_on_several() {
    let several = "<graphics type='spice' port='5910'><listen type='socket' socket='/s'/>\
         <listen type='address' address='127.0.0.1'/><listen type='address' address='192.0.2.7'/></graphics>";
    assert_eq!(
        one(several, "qemu+ssh://srv/system"),
        tunnel(Some(tcp("192.0.2.7", 5910)), None)
    );
    assert_eq!(
        one(several, "qemu+tcp://srv/system"),
        direct("192.0.2.7", Some(5910), None)
    );
}

#[test]
fn machine_that_is_off_has_no_displays_yet_and_kinds_without_a_viewer_say_so_even_then() {
    let graphics = "<graphics type='vnc' port='-1'/><graphics type='sdl' display=':0'/><graphics type='rdp' port='3389'/>\
         <graphics type='dbus' p2p='yes'/><graphics type='egl-headless'/><graphics type='desktop'/>\
         <graphics type='hologram'/><graphics type='spice' autoport='yes'/>";
    let uri = Uri::parse("qemu:///system").expect("an address");
    let off = plan(&machine("", graphics), &uri, Standing::default());
    let on = plan(&machine(" id='1'", graphics), &uri, Standing::default());
    let kinds = [
        Kind::Vnc,
        Kind::Sdl,
        Kind::Rdp,
        Kind::Dbus,
        Kind::EglHeadless,
        Kind::Desktop,
        Kind::Other("hologram".into()),
        Kind::Spice,
    ];
    assert_eq!(off.len(), kinds.len());
    for (index, kind) in kinds.iter().enumerate() {
        let (display, road) = &off[index];
        assert_eq!((usize::try_from(display.index), &display.kind), (Ok(index), kind));
        if display.protocol().is_some() {
            assert_eq!(road, &Err(Obstacle::NotRunning));
            assert_eq!(on[index].1, Ok(Road::Handover));
        } else {
            assert_eq!(road, &Err(Obstacle::NoViewer(kind.clone())));
            assert_eq!(on[index].1, Err(Obstacle::NoViewer(kind.clone())));
        }
    }
    assert_eq!(kinds[4].to_string(), "egl-headless");
    assert_eq!(kinds[6].to_string(), "hologram");
}

#[test]
fn details_of_a_display_are_read_and_its_password_is_never_printed() {
    let graphics = "<graphics type='spice' port='5900' tlsPort='-1' passwd='s3cret' passwdValidTo='2030-01-01T00:00:00' \
         keymap='de' defaultMode='secure'><channel name='main' mode='any'/><clipboard copypaste='no'/>\
         <filetransfer enable='no'/><gl enable='yes'/><audio id='2'/></graphics>";
    let uri = Uri::parse("qemu:///system").expect("an address");
    let plan = plan(&machine(" id='1'", graphics), &uri, Standing::default());
    let display = &plan[0].0;
    assert_eq!(display.password, Some(Hidden("s3cret".into())));
    assert!(!format!("{display:?}").contains("s3cret"));
    assert_eq!(display.password_valid_to.as_deref(), Some("2030-01-01T00:00:00"));
    assert_eq!(
        (display.port, display.tls_port, display.websocket),
        (Some(5900), None, None)
    );
    assert_eq!((display.clipboard, display.file_transfer), (Some(false), Some(false)));
    assert_eq!((display.gl, display.audio, display.demands_tls), (true, Some(2), true));
    assert_eq!(display.keymap.as_deref(), Some("de"));
    let extras = Extras {
        usb_ports: 2,
        folder: true,
        agent: true,
        smartcard: false,
        sound: true,
    };
    assert_eq!(display.extras, extras);
}

#[test]
fn every_definition_of_the_collection_has_a_plan_for_each_address() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/corpus");
    let mut displays = 0;
    for uri in [
        "qemu:///system",
        "qemu+ssh://srv/system",
        "qemu+tls://srv/system",
        "test:///default",
    ] {
        let uri = Uri::parse(uri).expect("an address");
        for place in ["domain", "libvirt", "odd"] {
            for entry in fs::read_dir(folder.join(place)).expect("the collection").flatten() {
                let Ok(text) = fs::read_to_string(entry.path()) else {
                    continue;
                };
                let Ok(mut document) = Document::parse(&text) else {
                    continue;
                };
                let before = plan(&document, &uri, Standing::default()).len();
                let root = document.root();
                if document.set_attribute(root, "id", "1").is_err() {
                    continue;
                }
                let after = plan(&document, &uri, Standing::default());
                assert_eq!(after.len(), before, "{}", entry.path().display());
                for (display, road) in &after {
                    assert_ne!(road, &Err(Obstacle::NotRunning), "{}", entry.path().display());
                    assert_eq!(
                        display.protocol().is_none(),
                        matches!(road, Err(Obstacle::NoViewer(_))),
                        "{}",
                        entry.path().display()
                    );
                    if uri.is_remote() {
                        assert_ne!(road, &Ok(Road::Handover));
                    }
                    displays += 1;
                }
            }
        }
    }
    assert!(displays > 40, "{displays}");
}
