//! The XML page of a machine, in the demo.

use std::cell::RefCell;
use std::future::Future;
use std::rc::Rc;

use gtk4 as gtk;
use gtk4::glib;
use gtk4::prelude::*;
use libadwaita as adw;
use relm4::{Component, ComponentController, Controller};
use vireo::model::error::VirtError;
use vireo::model::host::HostConfig;
use vireo::model::key::DomainKey;
use vireo::ui::core::Core;
use vireo::ui::vm::{Page, VmInit, VmPage};

use crate::stage::{Stage, all, on_gtk, until};
use crate::support;

/// A machine's XML page.
struct Sheet {
    core: Core,
    key: DomainKey,
    stage: Stage,
    _tab: Controller<VmPage>,
}

impl Sheet {
    fn open(machine: &str, width: i32) -> Self {
        let core = Core::new(vireo::model::settings::Settings::in_memory().expect("the schema"));
        let uri = format!("test://{}/data/demo.xml", support::root().display());
        let host = HostConfig::new("demo", uri);
        core.put_host(host.clone(), false);
        core.connect_host(host.id);
        let find = || {
            let store = core.store();
            store
                .domains()
                .find(|domain| domain.name == machine)
                .map(|domain| domain.key)
        };
        until("the machine to be listed", || find().is_some());
        let key = find().expect("as above");
        let tab = VmPage::builder()
            .launch(VmInit {
                core: core.clone(),
                key,
                page: Page::Xml,
            })
            .detach();
        let stage = Stage::new(tab.widget(), width, 760);
        let sheet = Self {
            core,
            key,
            stage,
            _tab: tab,
        };
        sheet.stage.sees("Well-formed");
        until("the definition", || sheet.text().contains("<domain"));
        sheet
    }

    fn view(&self) -> sourceview5::View {
        let views = all::<sourceview5::View>(self.stage.window.upcast_ref(), &|view| view.is_mapped());
        views.first().expect("a text").clone()
    }

    fn text(&self) -> String {
        let buffer = self.view().buffer();
        buffer.text(&buffer.start_iter(), &buffer.end_iter(), true).into()
    }

    fn replace(&self, old: &str, new: &str) {
        let buffer = self.view().buffer();
        let found = buffer
            .start_iter()
            .forward_search(old, gtk::TextSearchFlags::TEXT_ONLY, None);
        let (mut start, mut end) = found.unwrap_or_else(|| panic!("{old} is in the text"));
        buffer.begin_user_action();
        buffer.delete(&mut start, &mut end);
        buffer.insert(&mut start, new);
        buffer.end_user_action();
    }

    /// Clicks a button in whatever window is on screen.
    #[track_caller]
    fn click(&self, label: &str) {
        let find = || {
            gtk::Window::list_toplevels().into_iter().find_map(|window| {
                let fits = |button: &gtk::Button| {
                    button.is_mapped() && button.is_sensitive() && button.label().is_some_and(|text| text == label)
                };
                all::<gtk::Button>(&window, &fits).first().cloned()
            })
        };
        until(label, || find().is_some());
        find().expect("as above").emit_clicked();
    }

    /// Waits for a text in whatever window is on screen.
    #[track_caller]
    fn sees_anywhere(&self, text: &str) {
        until(text, || {
            gtk::Window::list_toplevels().into_iter().any(|window| {
                !all::<gtk::Label>(&window, &|label| label.is_mapped() && label.text().contains(text)).is_empty()
            })
        });
    }

    fn wait<T: 'static>(&self, future: impl Future<Output = Result<T, VirtError>> + 'static) -> T {
        let answer = Rc::new(RefCell::new(None));
        let given = answer.clone();
        glib::spawn_future_local(async move {
            *given.borrow_mut() = Some(future.await);
        });
        until("an answer", || answer.borrow().is_some());
        let answer = answer.borrow_mut().take().expect("as above");
        answer.expect("the host does it")
    }

    /// The definition of the next start on the host.
    fn definition(&self) -> String {
        let (client, uuid) = (self.core.client(self.key.host).expect("a host"), self.key.uuid);
        self.wait(async move { client.definitions(uuid).await })
            .persistent
            .expect("a persistent machine")
    }

    /// Somebody else changes the definition.
    fn meddle(&self, old: &str, new: &str) {
        let before = self.definition();
        assert!(before.contains(old), "{old} in {before}");
        let (client, uuid) = (self.core.client(self.key.host).expect("a host"), self.key.uuid);
        let xml = before.replacen(old, new, 1);
        self.wait(async move { client.define(uuid, xml, false).await });
    }
}

#[test]
fn a_mistake_is_shown_and_its_correction_is_applied_and_read_back() {
    on_gtk(|| {
        let sheet = Sheet::open("gitlab", 1100);
        sheet.stage.picture("page");
        let before = sheet.definition();
        sheet.replace("</vcpu>", "</vcpuu>");
        sheet.stage.sees("Not applied yet");
        sheet.stage.sees("was found");
        sheet.click("_Review…");
        sheet.replace("</vcpuu>", "</vcpu>");
        sheet
            .stage
            .waits("the strip to go", |stage| !stage.has_text("Not applied yet"));
        sheet.stage.sees("Well-formed");
        sheet.replace("<title>", "<title>The ");
        sheet.stage.sees("Not applied yet");
        sheet.stage.picture("page-changed");
        sheet.click("_Review…");
        sheet.sees_anywhere("Edited");
        sheet.stage.picture("page-review");
        sheet.click("_Apply");
        let wanted = before.replace("<title>", "<title>The ");
        until("the new definition", || sheet.definition() == wanted);
        sheet
            .stage
            .waits("the strip to go", |stage| !stage.has_text("Not applied yet"));
        assert!(sheet.text().contains("<title>The "));
        assert!(sheet.view().buffer().can_undo(), "undo is kept");
        sheet.stage.picture("page-applied");
    });
}

#[test]
fn one_device_is_edited_and_nothing_else() {
    on_gtk(|| {
        let sheet = Sheet::open("gitlab", 1100);
        let before = sheet.definition();
        let parts = all::<gtk::DropDown>(sheet.stage.window.upcast_ref(), &|list| list.is_mapped());
        let parts = parts.first().expect("a list of devices");
        let names = parts.model().expect("names");
        let position = (0..names.n_items()).find(|position| {
            let name = names.item(*position).and_downcast::<gtk::StringObject>();
            name.is_some_and(|name| name.string() == "disk vda")
        });
        parts.set_selected(position.expect("a disk"));
        until("the disk alone", || sheet.text().starts_with("<disk"));
        sheet.stage.picture("page-device");
        sheet.replace("</disk>", "  <serial>VIREO-1</serial>\n</disk>");
        sheet.stage.sees("Not applied yet");
        sheet.click("_Review…");
        sheet.click("_Apply");
        until("the new definition", || {
            sheet.definition().contains("<serial>VIREO-1</serial>")
        });
        sheet
            .stage
            .waits("the strip to go", |stage| !stage.has_text("Not applied yet"));
        let after = sheet.definition();
        let rest: String = after
            .split_inclusive('\n')
            .filter(|line| !line.contains("VIREO-1"))
            .collect();
        assert_eq!(rest, before);
        // The whole text has it, too.
        parts.set_selected(0);
        until("everything", || sheet.text().starts_with("<domain"));
        assert!(sheet.text().contains("VIREO-1"));
    });
}

#[test]
fn what_others_change_meanwhile_is_shown_and_merged() {
    on_gtk(|| {
        let sheet = Sheet::open("gitlab", 1100);
        sheet.replace("<title>", "<title>My ");
        sheet.stage.sees("Not applied yet");
        sheet.meddle("</vcpu>", "</vcpu>\n  <iothreads>3</iothreads>");
        sheet.stage.sees("Someone else has changed the definition meanwhile.");
        assert!(sheet.text().contains("<title>My ") && !sheet.text().contains("<iothreads>3"));
        sheet.click("Show…");
        sheet.sees_anywhere("On the host now");
        sheet.stage.picture("page-others");
        sheet.click("_Merge");
        until("both changes", || {
            sheet.text().contains("<title>My ") && sheet.text().contains("<iothreads>3")
        });
        sheet
            .stage
            .waits("the banner to go", |stage| !stage.has_text("Someone else has changed"));
        sheet.stage.sees("Not applied yet");
        // A text without edits follows the host by itself.
        sheet.click("_Discard");
        until("the host's text", || !sheet.text().contains("<title>My "));
        sheet
            .stage
            .waits("the strip to go", |stage| !stage.has_text("Not applied yet"));
        sheet.meddle("<iothreads>3", "<iothreads>4");
        until("the newer text", || sheet.text().contains("<iothreads>4"));
    });
}

#[test]
fn a_text_that_is_refused_stays() {
    on_gtk(|| {
        let sheet = Sheet::open("gitlab", 1100);
        let before = sheet.definition();
        sheet.replace("<devices>", "<gadgets/>\n  <devices>");
        sheet.stage.sees("Not applied yet");
        sheet.click("_Review…");
        sheet.click("_Apply");
        sheet.sees_anywhere("Define it anyway?");
        sheet.stage.picture("page-refused");
        sheet.click("_Back to Editing");
        until("the dialog to go", || {
            gtk::Window::list_toplevels()
                .iter()
                .filter(|window| window.is_mapped())
                .count()
                == 1
        });
        assert!(sheet.text().contains("<gadgets/>"));
        assert_eq!(sheet.definition(), before);
        sheet.stage.sees("Not applied yet");
    });
}

#[test]
fn the_page_fits_a_narrow_window_and_looks_right_in_the_dark() {
    on_gtk(|| {
        let sheet = Sheet::open("gitlab", 360);
        let (least, ..) = sheet.stage.window.measure(gtk::Orientation::Horizontal, -1);
        assert!(least <= 360, "the window can't be narrower than {least}");
        sheet.replace("<title>", "<title>The ");
        sheet.stage.sees("Not applied yet");
        sheet.stage.picture("page-narrow");
        let style = adw::StyleManager::default();
        style.set_color_scheme(adw::ColorScheme::ForceDark);
        until("the dark", || style.is_dark());
        sheet.stage.window.set_default_size(1000, 760);
        sheet.replace("</title>", "</titl>");
        sheet.stage.sees("was found");
        sheet.stage.picture("page-dark");
        style.set_color_scheme(adw::ColorScheme::ForceLight);
    });
}
