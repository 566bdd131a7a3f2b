//! Displays of a host behind ssh, from the plan to the picture, with the helper and real machines.

use std::cell::{Cell, RefCell};
use std::rc::Rc;
use std::time::Duration;

use glib::MainContext;
use vireo::model::display::plan::{Standing, plan};
use vireo::model::display::wire::{Hidden, News, Open};
use vireo::model::uri::Uri;
use vireo::model::xml::Document;
use vireo::virt::client::{Display, DisplayNews, XmlFlags};

use crate::host::Host;
use crate::server::Ssh;
use crate::support::{Daemon, Guest, block_on, on_main, skipped, until, wait_for};

const LIMIT: Duration = Duration::from_secs(60);

/// Opens the first display of a machine as the window does; gives it, the size of its picture and the sockets it asked for.
#[track_caller]
fn show(host: &Host, guest: &Guest) -> (Rc<Display>, (u32, u32), usize) {
    let (client, uuid) = (host.client.clone(), guest.uuid);
    let secure = XmlFlags {
        secure: true,
        ..XmlFlags::default()
    };
    let xml = block_on(
        "the definition",
        LIMIT,
        async move { client.dump_xml(uuid, secure).await },
    );
    let document = Document::parse(&xml.unwrap()).unwrap();
    let uri = Uri::parse(&host.config.uri).unwrap();
    let (display, road) = plan(&document, &uri, Standing::default()).remove(0);
    let (road, protocol) = (road.unwrap(), display.protocol().unwrap());
    let (client, to) = (host.client.clone(), road.clone());
    let way = block_on(
        "the way",
        LIMIT,
        async move { client.open_way(uuid, 0, protocol, to).await },
    );
    let way = way.unwrap();
    let open = Open {
        protocol,
        route: way.route,
        tls: way.tls,
        user: None,
        password: display.password.map(|password| Hidden(password.0)),
        shared: true,
        clipboard: false,
        sound: false,
        microphone: false,
        smartcard: false,
        folder: None,
        usb_auto: false,
    };
    let display = Rc::new(Display::open(open, way.socket).unwrap());
    let (size, sockets) = (Rc::new(Cell::new(None)), Rc::new(Cell::new(0)));
    let told = Rc::new(RefCell::new(Vec::new()));
    let (link, client) = (Rc::downgrade(&display), host.client.clone());
    let (found, asked, words) = (size.clone(), sockets.clone(), told.clone());
    let news = display.news.clone();
    MainContext::default().spawn_local(async move {
        while let Ok(news) = news.recv().await {
            match news {
                DisplayNews::Surface { picture, .. } => found.set(Some((picture.width(), picture.height()))),
                DisplayNews::News(News::NeedSocket { token, tls, .. }) => {
                    asked.set(asked.get() + 1);
                    let socket = client.open_socket(uuid, 0, road.clone(), tls).await;
                    if let Some(link) = link.upgrade() {
                        link.send_socket(token, socket.map_err(|error| error.message));
                    }
                }
                DisplayNews::News(news) => words.borrow_mut().push(format!("{news:?}")),
            }
        }
    });
    let size = until("the picture", 60, || {
        let ended = told.borrow().iter().any(|news| news.starts_with("Ended"));
        assert!(!ended, "{:?}", told.borrow());
        size.get()
    });
    (display, size, sockets.get())
}

#[test]
fn picture_of_vnc_comes_over_the_login_of_its_host() {
    on_main(|| {
        let (daemon, ssh) = (Daemon::start(), Ssh::start());
        ssh.trust();
        ssh.become_usual(&[]);
        let graphics = "<graphics type='vnc' autoport='yes' listen='127.0.0.1' passwd='hush'/>";
        let guest = daemon.guest("screen").empty().device(graphics).start();
        let host = Host::new(&ssh.uri_shared(&daemon, "user"));
        host.listed(None);
        let (display, size, _) = show(&host, &guest);
        assert!(size.0 >= 640 && size.1 >= 400, "{size:?}");
        assert_eq!(ssh.logins(), 1, "{}", ssh.log());
        drop(display);
        host.close();
        wait_for("the end of ssh", LIMIT, || ssh.clients().is_empty().then_some(()));
    });
}

#[test]
fn all_channels_of_spice_come_over_the_login_of_its_host() {
    on_main(|| {
        let (daemon, ssh) = (Daemon::start(), Ssh::start());
        if !daemon
            .virsh(&daemon.uri_qemu(), &["domcapabilities"])
            .contains("<value>spice</value>")
        {
            skipped("needs SPICE in QEMU (package qemu-system-modules-spice)");
            return;
        }
        ssh.trust();
        ssh.become_usual(&[]);
        let graphics = "<graphics type='spice' autoport='yes' listen='127.0.0.1'/><video><model type='vga'/></video>";
        let guest = daemon.guest("screen").empty().device(graphics).start();
        let host = Host::new(&ssh.uri_shared(&daemon, "user"));
        host.listed(None);
        let (display, size, sockets) = show(&host, &guest);
        assert!(size.0 >= 640 && size.1 >= 400, "{size:?}");
        assert!(sockets >= 2, "{sockets}");
        assert_eq!(ssh.logins(), 1, "{}", ssh.log());
        drop(display);
        host.close();
        wait_for("the end of ssh", LIMIT, || ssh.clients().is_empty().then_some(()));
        // The same on its own computer, channel by channel from libvirt.
        let host = Host::new(&daemon.uri_qemu());
        host.listed(None);
        let (display, _, sockets) = show(&host, &guest);
        assert!(sockets >= 2, "{sockets}");
        drop(display);
        host.close();
    });
}
