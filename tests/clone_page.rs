//! Copying machines, as the user meets it. Needs a display (`scripts/headless cargo test --test clone_page`).

mod support;

use gtk4 as gtk;
use gtk4::prelude::*;
use libadwaita as adw;
use libadwaita::prelude::*;
use support::core::{connected, key_of, played, read_definitions};
use support::widgets::{all, button, dialog as message, row, told, until, windows};
use vireo::model::key::DomainKey;
use vireo::ui::actions::{self, Deed};
use vireo::ui::clone;
use vireo::ui::core::Core;
use vireo::virt::client::EventLoop;

/// “web” is off and has a disk in a pool, a medium, and a disk that is in no pool.
fn world() -> &'static str {
    "<node><domain type='test' xmlns:test='http://libvirt.org/schemas/domain/test/1.0'><name>web</name><memory>524288</memory><os><type>hvm</type></os><devices>\
     <disk type='file' device='disk'><driver name='qemu' type='qcow2'/><source file='/images/web.qcow2'/><target dev='vda' \
     bus='virtio'/></disk>\
     <disk type='file' device='cdrom'><source file='/images/setup.iso'/><target dev='sda' bus='sata'/><readonly/></disk>\
     <interface type='network'><mac address='52:54:00:aa:bb:cc'/><source network='default'/></interface></devices>\
     <test:runstate>5</test:runstate></domain>\
     <network><name>default</name><bridge name='virbr9'/></network>\
     <pool type='dir'><name>images</name><target><path>/images</path></target>\
     <volume><name>web.qcow2</name><capacity>4096</capacity><allocation>4096</allocation><target><path>/images/web.qcow2</path>\
     <format type='qcow2'/></target></volume>\
     <volume><name>setup.iso</name><capacity>4096</capacity><allocation>4096</allocation><target>\
     <path>/images/setup.iso</path><format type='iso'/></target></volume></pool></node>"
}

/// The dialog that is open.
fn dialog() -> Option<adw::Window> {
    let mut windows = windows::<adw::Window>().into_iter();
    windows.find(|window| window.title().is_some_and(|title| title.starts_with("Clone")))
}

/// The row of a disk: its fates, and which is chosen.
fn disk(root: &adw::Window, target: &str) -> (Vec<String>, String) {
    let row: adw::ComboRow = row(root, target).expect("the disk");
    let words = row.model().and_downcast::<gtk::StringList>().expect("words");
    let words: Vec<String> = (0..words.n_items())
        .filter_map(|at| words.string(at).map(|text| text.to_string()))
        .collect();
    let chosen = words[row.selected() as usize].clone();
    (words, chosen)
}

struct Desk {
    _folder: tempfile::TempDir,
    core: Core,
    window: adw::Window,
}

impl Desk {
    fn open() -> Self {
        let (folder, config) = played(world());
        let (core, _) = connected(config);
        read_definitions(&core);
        let window = adw::Window::new();
        window.present();
        Self {
            _folder: folder,
            core,
            window,
        }
    }

    fn key(&self, name: &str) -> Option<DomainKey> {
        key_of(&self.core, name)
    }

    fn ask(&self) -> adw::Window {
        clone::open(&self.window, &self.core, self.key("web").expect("web"));
        until("the form", || {
            dialog().is_some_and(|dialog| !all::<adw::EntryRow>(&dialog).is_empty())
        });
        dialog().expect("the dialog")
    }
}

fn form_says_what_becomes_of_each_disk_and_several_copies_get_numbers(desk: &Desk) {
    let asked = desk.ask();
    assert!(button(&asked, "Clone").expect("the button").is_sensitive());
    let (fates, chosen) = disk(&asked, "vda");
    assert_eq!((fates.len(), chosen.as_str()), (4, "Copied"));
    let (fates, chosen) = disk(&asked, "sda");
    assert!(
        !fates.contains(&"Linked".to_owned()),
        "a medium is only read: {fates:?}"
    );
    assert_eq!(chosen, "Shared");
    let name = all::<adw::EntryRow>(&asked).remove(0);
    assert_eq!(name.text(), "web-clone");
    all::<gtk::SpinButton>(&asked).remove(0).set_value(3.0);
    assert_eq!(name.text(), "web-{n}");
    name.set_text("web");
    assert!(
        !button(&asked, "Clone").expect("the button").is_sensitive(),
        "three machines cannot have one name"
    );
    name.set_text("web-{n}");
    assert!(button(&asked, "Clone").expect("the button").is_sensitive());
    // Linked is what is usual for all disks that can be.
    let ticks = all::<gtk::CheckButton>(&asked);
    ticks[1].set_active(true);
    assert_eq!(disk(&asked, "vda").1, "Linked");
    assert_eq!(disk(&asked, "sda").1, "Shared");
    asked.close();
    until("the dialog to go", || dialog().is_none());
}

fn copies_appear_with_hardware_addresses_of_their_own(desk: &Desk) {
    let asked = desk.ask();
    // libvirt's test driver cannot copy what is in a volume.
    let row: adw::ComboRow = row(&asked, "vda").expect("the disk");
    row.set_selected(2);
    assert_eq!(disk(&asked, "vda").1, "Shared");
    button(&asked, "Clone").expect("the button").emit_clicked();
    until("the copy, or why there is none", || {
        desk.key("web-clone").is_some() || message().is_some()
    });
    if let Some(dialog) = message() {
        panic!("no copy: {}", told(&dialog));
    }
    let details = |name: &str| {
        let store = desk.core.store();
        let key = desk.key(name)?;
        store.domain(key).and_then(|domain| domain.details.clone())
    };
    until("its definition", || {
        let keys = desk.core.store().domains().map(|domain| domain.key).collect();
        desk.core
            .show_rows(1, keys, vireo::model::sample::StatGroups::default());
        details("web-clone").is_some()
    });
    let (old, new) = (details("web").expect("web"), details("web-clone").expect("the copy"));
    assert_ne!(old.nics[0].mac, new.nics[0].mac);
    assert_eq!(old.disks, new.disks, "what is shared is the same");
}

fn template_is_marked_and_never_started(desk: &Desk) {
    let key = desk.key("web").expect("web");
    let is_template = || {
        let store = desk.core.store();
        let details = store.domain(key).and_then(|domain| domain.details.clone());
        details.is_some_and(|details| details.is_template)
    };
    for wanted in [true, false] {
        actions::run(&desk.core, desk.window.upcast_ref(), &Deed::ToggleTemplate, &[key]);
        until("the mark", || is_template() == wanted);
        let start = vireo::model::action::DomainAction::Start(Default::default());
        assert_eq!(actions::is_possible(&desk.core, &start, key), !wanted);
    }
}

#[test]
fn copies_and_templates_as_the_user_meets_them() {
    adw::init().expect("a display");
    EventLoop::install(&glib::MainContext::default()).expect("the event loop");
    let desk = Desk::open();
    form_says_what_becomes_of_each_disk_and_several_copies_get_numbers(&desk);
    copies_appear_with_hardware_addresses_of_their_own(&desk);
    template_is_marked_and_never_started(&desk);
    desk.window.destroy();
    glib::MainContext::default().block_on(desk.core.close());
}
