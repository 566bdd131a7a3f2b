//! A world of libvirt's test driver, the page in a window, and what a user reads and does there.

use std::rc::Rc;

use gtk4 as gtk;
use gtk4::prelude::*;
use libadwaita as adw;
use libadwaita::prelude::*;
use vireo::model::error::VirtError;
use vireo::model::facts::{GuestKind, NetworkFact};
use vireo::model::host::HostConfig;
use vireo::model::key::HostId;
use vireo::ui::core::Core;
use vireo::ui::network::{NetworksPage, Topic};
use vireo::virt::client::HostClient;

use crate::support::block_on;
use crate::support::core::{connected, key_of, played};
use crate::support::widgets::{LIMIT, all, button, find, says, until, windows};

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
    _folder: Option<tempfile::TempDir>,
}

impl Desk {
    pub fn open(width: i32, height: i32) -> Self {
        Self::on(width, height, false)
    }

    pub fn open_read_only(width: i32, height: i32) -> Self {
        Self::on(width, height, true)
    }

    fn on(width: i32, height: i32, read_only: bool) -> Self {
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
        let (folder, mut config) = played(&format!("<node>{}</node>", parts.concat()));
        config.read_only = read_only;
        Self::of(width, height, config, Some(folder))
    }

    /// On another world than that of the test driver.
    pub fn at(width: i32, height: i32, uri: &str) -> Self {
        Self::of(width, height, HostConfig::new("world", uri), None)
    }

    fn of(width: i32, height: i32, config: HostConfig, folder: Option<tempfile::TempDir>) -> Self {
        let (core, host) = connected(config);
        until("what the host is", || {
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
        says(&self.window, text)
    }

    #[track_caller]
    pub fn sees(&self, text: &str) {
        until(text, || self.has_text(text));
    }

    /// Clicks a button as soon as it is there.
    #[track_caller]
    pub fn click(&self, label: &str) {
        let found = || button(&self.window, label).filter(WidgetExt::is_sensitive);
        until(label, || found().is_some());
        found().expect("the button").emit_clicked();
    }

    #[track_caller]
    pub fn click_icon(&self, icon: &str) {
        let wanted = |button: &gtk::Button| button.is_mapped() && button.icon_name().as_deref() == Some(icon);
        let found = find::<gtk::Button>(&self.window, &wanted);
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
        let stack = find::<gtk::Stack>(&self.window, &has).unwrap_or_else(|| panic!("no page {name}"));
        stack.set_visible_child_name(name);
    }

    /// Another window of the program.
    #[track_caller]
    pub fn window_called(&self, title: &str) -> gtk::Window {
        let open = || {
            let mut open = windows::<gtk::Window>().into_iter();
            open.find(|window| window.title().as_deref() == Some(title))
        };
        until(title, || open().is_some());
        open().expect("the window")
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
        key_of(&self.core, name).expect("the machine").uuid
    }

    /// Opens the page of the network default and waits for its machine.
    #[track_caller]
    pub fn enter_default(&self) {
        self.sees("default");
        self.page.enter(Topic::Network("default".to_owned()));
        self.sees("Machines on it");
        until("the machine", || self.has_text("52:54:00:00:00:01"));
    }

    /// A network as the host has it now.
    pub fn network(&self, name: &str) -> Option<NetworkFact> {
        let facts = self.ask(|client| async move { client.facts(GuestKind::default()).await });
        facts.expect("the facts").network(name).cloned()
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

/// The entry in the row with this title.
pub fn entry(root: &impl IsA<gtk::Widget>, title: &str) -> Option<gtk::Entry> {
    let row = find::<adw::ActionRow>(root, &|row| row.is_mapped() && row.title() == title)?;
    all(&row).into_iter().next()
}
