//! Machines, names and hosts that are not as they should be.

use gtk4::prelude::*;
use libadwaita::prelude::PreferencesRowExt;
use vireo::model::host::HostConfig;

use crate::form::{Form, click, connect, on_gtk, window};
use crate::support::root;
use crate::support::widgets::{button, says, shown, until};
use crate::world::World;

/// Looks at every page of the machine; `see` is told its name.
fn look_at_all(form: &Form, mut see: impl FnMut(&str)) -> usize {
    let count = form.lines().len();
    for index in 0..count {
        let (row, words) = form.lines().swap_remove(index);
        let list = row.parent().and_downcast::<gtk4::ListBox>().expect("the list");
        list.select_row(Some(&row));
        let title = words.lines().next().expect("a title");
        until(title, || row.is_selected() && form.title() == title);
        assert!(
            !shown::<libadwaita::PreferencesRow>(form.root()).is_empty(),
            "{title} is empty"
        );
        see(title);
    }
    count
}

/// What is complained about by GTK fails the test.
#[test]
fn every_page_of_every_machine_of_the_demo_is_shown_without_a_complaint() {
    on_gtk(|| {
        let demo = format!("test://{}", root().join("data/demo.xml").display());
        let (core, _) = connect(HostConfig::new("demo", demo), "web-1");
        let keys: Vec<_> = core.store().domains().map(|domain| domain.key).collect();
        assert!(keys.len() > 10);
        for key in keys {
            let form = Form::open(&core, key);
            let pages = look_at_all(&form, |_| ());
            assert!(pages > 12, "{pages}");
            assert_eq!(form.bar(), None, "looking changes nothing");
        }
    });
}

#[test]
fn hostile_names_are_shown_as_they_are_and_make_nothing_wider() {
    const BOLD: &str = "<b>bold &amp; %s _under";
    let escape = |text: &str| text.replace('&', "&amp;").replace('<', "&lt;");
    let long = "x".repeat(10_000);
    let xml = format!(
        "<domain type='test'><name>{bold}</name><title>{rtl}</title><description>{long}</description>\
         <memory unit='MiB'>64</memory><vcpu>1</vcpu><os><type arch='x86_64'>hvm</type>\
         <cmdline>{long}</cmdline></os><devices>\
         <disk type='file' device='disk'><source file='/tmp/{bold}.img'/><target dev='vda' bus='virtio'/>\
         <serial>{bold}</serial></disk>\
         <disk type='file' device='disk'><source file='/tmp/{long}.img'/><target dev='vdb' bus='virtio'/></disk>\
         <interface type='network'><mac address='52:54:00:00:00:01'/><source network='{rtl}'/></interface>\
         <interface type='network'><mac address='52:54:00:00:00:02'/><source network='{long}'/></interface>\
         <channel type='unix'><target type='virtio' name='{bold}'/></channel>\
         <filesystem type='mount'><source dir='/{rtl}'/><target dir='{bold}'/></filesystem>\
         </devices></domain>",
        bold = escape(BOLD),
        rtl = "\u{202e}gnp.exe שרת",
    );
    on_gtk(move || {
        let world = World::new();
        world.define(&xml);
        let (_core, _key, form) = world.open(BOLD);
        look_at_all(&form, |_| ());
        assert!(form.desk.window.width() <= 1200, "{}", form.desk.window.width());
        form.choose("Overview");
        let bold = says(form.root(), BOLD);
        assert!(bold, "the name is read as it is");
        form.choose("vda");
        assert_eq!(form.entry("Serial number").text(), BOLD);
        assert_eq!(form.entry("Image").text(), format!("/tmp/{BOLD}.img"));
        form.types("Serial number", "<i>&amp;\u{202e}");
        form.waits_for_bar("1 change");
        form.click("Apply");
        click(&window("Define it anyway?"), "Define Anyway");
        form.waits_for_no_bar();
        assert_eq!(form.entry("Serial number").text(), "<i>&amp;\u{202e}");
    });
}

#[test]
fn over_a_read_only_connection_everything_is_shown_and_nothing_can_be_changed() {
    on_gtk(|| {
        let world = World::new();
        let config = HostConfig {
            read_only: true,
            ..world.config()
        };
        let (core, key) = connect(config, "spare");
        let form = Form::open(&core, key);
        look_at_all(&form, |page| {
            for row in shown::<libadwaita::PreferencesRow>(form.root()) {
                let place = format!("{} on {page}", row.title());
                for widget in shown::<gtk4::Widget>(&row) {
                    let is_control = widget.is::<gtk4::Entry>()
                        || widget.is::<gtk4::Switch>()
                        || widget.is::<gtk4::DropDown>()
                        || widget.is::<gtk4::CheckButton>();
                    assert!(!(is_control && widget.is_sensitive()), "{place} can be changed");
                    let text = widget.downcast_ref::<gtk4::TextView>();
                    assert!(text.is_none_or(|text| !text.is_editable()), "{place} can be changed");
                }
            }
            assert!(says(form.root(), "The connection is read-only."), "{page} says why");
        });
        let add = button(form.root(), "Add Hardware…").expect("the button");
        assert!(!add.is_sensitive());
        assert_eq!(add.tooltip_text().as_deref(), Some("The connection is read-only."));
        form.choose("a.img");
        assert_eq!(form.entry("Image").text(), "/tmp/a.img", "it can be read");
    });
}
