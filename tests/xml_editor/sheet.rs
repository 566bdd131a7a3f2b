//! A machine's tab in the demo, and what a user does there.

use std::cell::RefCell;
use std::future::Future;
use std::rc::Rc;

use gtk4 as gtk;
use gtk4::glib;
use gtk4::prelude::*;
use relm4::{Component, ComponentController, Controller};
use vireo::model::error::VirtError;
use vireo::model::host::HostConfig;
use vireo::model::key::DomainKey;
use vireo::ui::core::Core;
use vireo::ui::vm::{Page, VmInit, VmMsg, VmPage};

use crate::stage::Stage;
use crate::support;
use crate::support::core::{connected, key_of};
use crate::support::widgets::{button, says, shown, until};

/// A machine's tab.
pub struct Sheet {
    pub core: Core,
    pub key: DomainKey,
    pub stage: Stage,
    tab: Controller<VmPage>,
}

impl Sheet {
    /// The XML page of a machine.
    pub fn open(machine: &str, width: i32) -> Self {
        let sheet = Self::open_page(machine, width, Page::Xml);
        sheet.stage.sees("Well-formed");
        until("the definition", || sheet.text().contains("<domain"));
        sheet
    }

    pub fn open_page(machine: &str, width: i32, page: Page) -> Self {
        let uri = format!("test://{}/data/demo.xml", support::root().display());
        let (core, _) = connected(HostConfig::new("demo", uri));
        let key = key_of(&core, machine).expect("the machine");
        let tab = VmPage::builder()
            .launch(VmInit {
                core: core.clone(),
                key,
                page,
            })
            .detach();
        let stage = Stage::new(tab.widget(), width, 760);
        Self { core, key, stage, tab }
    }

    /// Goes to another page of the tab.
    pub fn show(&self, page: Page) {
        self.tab.emit(VmMsg::PageChosen(page));
    }

    /// The window that no other one stands over.
    pub fn front(&self) -> gtk::Window {
        let windows: Vec<gtk::Window> = gtk::Window::list_toplevels()
            .into_iter()
            .filter_map(|window| window.downcast().ok())
            .filter(|window: &gtk::Window| window.is_mapped())
            .collect();
        let below: Vec<_> = windows.iter().filter_map(GtkWindowExt::transient_for).collect();
        let front = windows.iter().find(|window| !below.contains(window));
        front.expect("a window").clone()
    }

    /// The text in the window in front.
    #[track_caller]
    pub fn view(&self) -> sourceview5::View {
        self.find_view().expect("a text")
    }

    fn find_view(&self) -> Option<sourceview5::View> {
        shown(&self.front()).into_iter().next()
    }

    /// What stands there; nothing where there is none.
    pub fn text(&self) -> String {
        let Some(view) = self.find_view() else {
            return String::new();
        };
        let buffer = view.buffer();
        buffer.text(&buffer.start_iter(), &buffer.end_iter(), true).into()
    }

    pub fn replace(&self, old: &str, new: &str) {
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
    pub fn click(&self, label: &str) {
        let find = || {
            let mut windows = gtk::Window::list_toplevels().into_iter();
            windows.find_map(|window| button(&window, label).filter(WidgetExt::is_sensitive))
        };
        until(label, || find().is_some());
        find().expect("as above").emit_clicked();
    }

    /// Waits for a text in whatever window is on screen.
    #[track_caller]
    pub fn sees_anywhere(&self, text: &str) {
        until(text, || {
            let mut windows = gtk::Window::list_toplevels().into_iter();
            windows.any(|window| says(&window, text))
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
    pub fn definition(&self) -> String {
        let (client, uuid) = (self.core.client(self.key.host).expect("a host"), self.key.uuid);
        self.wait(async move { client.definitions(uuid).await })
            .persistent
            .expect("a persistent machine")
    }

    /// Somebody else changes the definition.
    pub fn meddle(&self, old: &str, new: &str) {
        let before = self.definition();
        assert!(before.contains(old), "{old} in {before}");
        let (client, uuid) = (self.core.client(self.key.host).expect("a host"), self.key.uuid);
        let xml = before.replacen(old, new, 1);
        self.wait(async move { client.define(uuid, xml, false).await });
    }
}
