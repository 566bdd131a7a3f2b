//! A world of libvirt's test driver, the page in a window, and what a user reads and does there.

use std::cell::Cell;
use std::rc::Rc;
use std::time::Duration;

use gtk4 as gtk;
use gtk4::prelude::*;
use libadwaita as adw;
use libadwaita::prelude::*;
use vireo::model::error::VirtError;
use vireo::model::facts::{GuestKind, NetworkFact};
use vireo::model::host::HostConfig;
use vireo::model::key::HostId;
use vireo::model::settings::Settings;
use vireo::ui::core::Core;
use vireo::ui::network::NetworksPage;
use vireo::virt::client::{EventLoop, HostClient};

use crate::support::{block_on, iterate_until};

pub const LIMIT: Duration = Duration::from_secs(30);

/// Runs a test on the one thread that GTK belongs to.
pub fn on_gtk(test: impl FnOnce() + Send + std::panic::UnwindSafe + 'static) {
    gtk::test_synced(move || {
        thread_local!(static INSTALLED: Cell<bool> = const { Cell::new(false) });
        if !INSTALLED.replace(true) {
            EventLoop::install(&glib::MainContext::default()).expect("the event loop");
            adw::init().expect("a display");
        }
        test();
    });
}

#[track_caller]
pub fn until(what: &str, done: impl FnMut() -> bool) {
    iterate_until(&glib::MainContext::default(), what, LIMIT, done);
}

fn network(name: &str, forward: &str, bridge: &str, address: &str) -> String {
    format!(
        "<network><name>{name}</name>{forward}<bridge name='{bridge}'/>\
         <ip address='{address}.1' prefix='24'><dhcp><range start='{address}.100' end='{address}.199'/></dhcp></ip></network>"
    )
}

fn machine(name: &str, state: u8, mac: &str, networks: &[&str]) -> String {
    let cards: String = networks
        .iter()
        .map(|network| {
            format!("<interface type='network'><mac address='{mac}'/><source network='{network}'/></interface>")
        })
        .collect();
    format!(
        "<domain type='test' xmlns:test='http://libvirt.org/schemas/domain/test/1.0'><name>{name}</name>\
         <memory>524288</memory><vcpu>1</vcpu><os><type>hvm</type></os><devices>{cards}</devices>\
         <test:runstate>{state}</test:runstate></domain>"
    )
}

/// The page in a window.
pub struct Desk {
    pub core: Core,
    pub host: HostId,
    pub window: adw::Window,
    pub page: Rc<NetworksPage>,
    _folder: tempfile::TempDir,
}

impl Desk {
    pub fn open(width: i32, height: i32) -> Self {
        Self::on(width, height, false)
    }

    pub fn open_read_only(width: i32, height: i32) -> Self {
        Self::on(width, height, true)
    }

    fn on(width: i32, height: i32, read_only: bool) -> Self {
        let folder = tempfile::tempdir().expect("a folder");
        let file = folder.path().join("world.xml");
        let parts = [
            network("default", "<forward mode='nat'/>", "virbr0", "192.168.122"),
            network("lab", "", "virbr1", "10.99.0"),
            machine("web", 1, "52:54:00:00:00:01", &["default", "lab"]),
            machine("db", 5, "52:54:00:00:00:02", &["default"]),
            machine("lonely", 1, "", &[]),
            "<interface type='ethernet' name='eth1'><start mode='onboot'/><mac address='52:54:00:00:00:99'/>\
             <mtu size='1492'/></interface>"
                .to_owned(),
        ];
        std::fs::write(&file, format!("<node>{}</node>", parts.concat())).expect("the world");
        let mut config = HostConfig::new("world", format!("test://{}", file.display()));
        config.read_only = read_only;
        let desk = Self::of(width, height, config, folder);
        until("the list", || desk.core.store().domains().count() == 3);
        desk
    }

    /// On another world than that of the test driver.
    pub fn at(width: i32, height: i32, uri: &str) -> Self {
        let folder = tempfile::tempdir().expect("a folder");
        Self::of(width, height, HostConfig::new("world", uri), folder)
    }

    fn of(width: i32, height: i32, config: HostConfig, folder: tempfile::TempDir) -> Self {
        let core = Core::new(Settings::in_memory().expect("the schema"));
        let host = config.id;
        core.put_host(config, false);
        core.connect_host(host);
        until("the connection", || {
            core.store().host(host).is_some_and(|host| host.info.is_some())
        });
        let page = NetworksPage::new(&core, host);
        let window = adw::Window::builder()
            .title("A window")
            .default_width(width)
            .default_height(height)
            .content(page.widget())
            .build();
        window.present();
        Self {
            core,
            host,
            window,
            page,
            _folder: folder,
        }
    }

    /// Whether this is to be read somewhere.
    pub fn has_text(&self, text: &str) -> bool {
        find::<gtk::Label>(self.window.upcast_ref(), &|label| {
            label.is_mapped() && label.text().contains(text)
        })
        .is_some()
    }

    #[track_caller]
    pub fn sees(&self, text: &str) {
        until(text, || self.has_text(text));
    }

    /// Clicks a button as soon as it is there.
    #[track_caller]
    pub fn click(&self, label: &str) {
        let found = || button(self.window.upcast_ref(), label).filter(WidgetExt::is_sensitive);
        until(label, || found().is_some());
        found().expect("the button").emit_clicked();
    }

    #[track_caller]
    pub fn click_icon(&self, icon: &str) {
        let wanted = |button: &gtk::Button| button.is_mapped() && button.icon_name().as_deref() == Some(icon);
        let found = find::<gtk::Button>(self.window.upcast_ref(), &wanted);
        found.unwrap_or_else(|| panic!("no button {icon}")).emit_clicked();
    }

    #[track_caller]
    pub fn act(&self, action: &str) {
        self.page.widget().activate_action(action, None).expect("the action");
    }

    /// Shows a page of what is beside the list.
    #[track_caller]
    pub fn show_page(&self, name: &str) {
        let has = |stack: &gtk::Stack| stack.is_mapped() && stack.child_by_name(name).is_some();
        let stack = find::<gtk::Stack>(self.window.upcast_ref(), &has).unwrap_or_else(|| panic!("no page {name}"));
        stack.set_visible_child_name(name);
    }

    /// Another window of the program.
    #[track_caller]
    pub fn window_called(&self, title: &str) -> gtk::Widget {
        let open = || {
            gtk::Window::list_toplevels()
                .into_iter()
                .filter(WidgetExt::is_visible)
                .find(|window| {
                    window
                        .downcast_ref::<gtk::Window>()
                        .is_some_and(|it| it.title().as_deref() == Some(title))
                })
        };
        until(title, || open().is_some());
        open().expect("the window")
    }

    /// The dialog with this heading.
    #[track_caller]
    pub fn dialog(&self, heading: &str) -> adw::MessageDialog {
        let open = || {
            gtk::Window::list_toplevels()
                .into_iter()
                .filter(WidgetExt::is_visible)
                .filter_map(|window| window.downcast::<adw::MessageDialog>().ok())
                .find(|dialog| dialog.heading().as_deref() == Some(heading))
        };
        until(heading, || open().is_some());
        open().expect("the dialog")
    }

    /// Asks the host.
    pub fn ask<T: 'static, F>(&self, question: impl FnOnce(HostClient) -> F) -> Result<T, VirtError>
    where
        F: Future<Output = Result<T, VirtError>> + 'static,
    {
        let client = self.core.client(self.host).expect("a client");
        block_on("an answer", LIMIT, question(client))
    }

    /// A machine, by its name.
    pub fn machine(&self, name: &str) -> uuid::Uuid {
        let store = self.core.store();
        let found = store.domains().find(|domain| domain.name == name);
        found.expect("the machine").key.uuid
    }

    /// A network as the host has it now.
    pub fn network(&self, name: &str) -> Option<NetworkFact> {
        let facts = self.ask(|client| async move { client.facts(GuestKind::default()).await });
        facts.expect("the facts").network(name).cloned()
    }

    /// Takes a picture of the whole display if `VIREO_PICTURES` names a folder.
    pub fn shoot(&self, name: &str) {
        let Some(folder) = std::env::var_os("VIREO_PICTURES") else {
            return;
        };
        let drawn = std::time::Instant::now();
        until("the picture to be drawn", || {
            drawn.elapsed() > Duration::from_millis(700)
        });
        let file = std::path::Path::new(&folder).join(format!("{name}.png"));
        let status = std::process::Command::new("import")
            .args(["-window", "root"])
            .arg(file)
            .status();
        assert!(status.is_ok_and(|status| status.success()));
    }
}

impl Drop for Desk {
    fn drop(&mut self) {
        for window in gtk::Window::list_toplevels() {
            if let Some(window) = window.downcast_ref::<gtk::Window>() {
                window.destroy();
            }
        }
    }
}

/// The first widget of a type below `root`.
pub fn find<T: IsA<gtk::Widget>>(root: &gtk::Widget, wanted: &dyn Fn(&T) -> bool) -> Option<T> {
    if let Some(found) = root.downcast_ref::<T>()
        && wanted(found)
    {
        return Some(found.clone());
    }
    let mut child = root.first_child();
    while let Some(widget) = child {
        if let Some(found) = find(&widget, wanted) {
            return Some(found);
        }
        child = widget.next_sibling();
    }
    None
}

/// A button that is on screen, by its label as it is written.
pub fn button(root: &gtk::Widget, label: &str) -> Option<gtk::Button> {
    find::<gtk::Button>(root, &|button| {
        button.is_mapped() && button.label().is_some_and(|text| text == label)
    })
}

/// The entry in the row with this title.
pub fn entry(root: &gtk::Widget, title: &str) -> Option<gtk::Entry> {
    let row = find::<adw::ActionRow>(root, &|row| row.is_mapped() && row.title() == title)?;
    find::<gtk::Entry>(row.upcast_ref(), &|_| true)
}
