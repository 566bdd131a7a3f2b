//! *Test*: opens the connection once and says how it went.

use std::cell::RefCell;
use std::rc::Rc;

use gtk4 as gtk;
use gtk4::prelude::*;
use libadwaita as adw;
use libadwaita::prelude::*;

use crate::i18n::{tr, tr_f};
use crate::model::error::VirtError;
use crate::model::host::{HostConfig, HostInfo};
use crate::ui::widgets::{Tip, name_lists};
use crate::ui::{auth, errors, keyring, text};
use crate::virt::client;

/// The row with the button, and the test that runs.
#[derive(Clone)]
pub(super) struct Test(Rc<Inner>);

struct Inner {
    group: adw::PreferencesGroup,
    row: adw::ActionRow,
    spinner: gtk::Spinner,
    icon: gtk::Image,
    start: gtk::Button,
    cancel: gtk::Button,
    details: gtk::Button,
    error: RefCell<Option<VirtError>>,
    running: RefCell<Vec<glib::JoinHandle<()>>>,
}

impl Test {
    pub fn new() -> Self {
        let group = adw::PreferencesGroup::new();
        let row = adw::ActionRow::builder().title(tr("Test the connection")).build();
        row.set_use_markup(false);
        row.set_title_lines(2);
        row.set_subtitle_lines(8);
        let spinner = gtk::Spinner::new();
        let icon = gtk::Image::new();
        let button = |label: String| {
            let button = gtk::Button::with_mnemonic(&label);
            button.set_valign(gtk::Align::Center);
            button
        };
        // Small, so that the words of the result have room.
        let details = gtk::Button::builder()
            .icon_name("dialog-information-symbolic")
            .valign(gtk::Align::Center)
            .css_classes(["flat", "circular"])
            .build()
            .with_tip(tr("Details"));
        details.update_property(&[gtk::accessible::Property::Label(&tr("Details"))]);
        let cancel = button(tr("_Cancel"));
        let start = button(tr("_Test"));
        row.add_suffix(&icon);
        row.add_suffix(&spinner);
        row.add_suffix(&details);
        row.add_suffix(&cancel);
        row.add_suffix(&start);
        group.add(&row);
        name_lists(&group, &tr("Test"));
        let test = Self(Rc::new(Inner {
            group,
            row,
            spinner,
            icon,
            start,
            cancel,
            details,
            error: RefCell::default(),
            running: RefCell::default(),
        }));
        test.show(false, None);
        let weak = Rc::downgrade(&test.0);
        test.0.cancel.connect_clicked(move |_| {
            if let Some(inner) = weak.upgrade() {
                Self(inner).stop();
            }
        });
        let weak = Rc::downgrade(&test.0);
        test.0.details.connect_clicked(move |button| {
            if let Some(error) = weak.upgrade().and_then(|inner| inner.error.borrow().clone()) {
                errors::show_details(button, &error);
            }
        });
        test
    }

    pub fn group(&self) -> &adw::PreferencesGroup {
        &self.0.group
    }

    pub fn connect(&self, clicked: impl Fn() + 'static) {
        self.0.start.connect_clicked(move |_| clicked());
    }

    pub fn set_possible(&self, possible: bool) {
        self.0.start.set_sensitive(possible);
    }

    /// Begins a test; an earlier one is given up.
    pub fn run(&self, window: &adw::Window, config: HostConfig) {
        self.stop();
        self.show(true, None);
        let (questions, asked) = async_channel::unbounded();
        let name = config.name.clone();
        let over = window.clone();
        let asking = glib::spawn_future_local(async move {
            while let Ok(question) = asked.recv().await {
                let stored = keyring::lookup(&question).await;
                // Nothing is kept of a test: the host may never be added.
                let answer = match stored {
                    Some(stored) => Some(stored),
                    None => auth::ask(Some(over.upcast_ref()), Some(&name), &question, None)
                        .await
                        .map(|given| given.answers),
                };
                // The channel holds one answer; a failure means that the asker gave up.
                let _ = question.reply.try_send(answer);
            }
        });
        let weak = Rc::downgrade(&self.0);
        let probing = glib::spawn_future_local(async move {
            let result = client::probe(config.clone(), questions).await;
            if let Some(inner) = weak.upgrade() {
                Self(inner).show(false, Some((&config, result)));
            }
        });
        self.0.running.borrow_mut().extend([asking, probing]);
    }

    /// Gives a running test up and forgets the result of an old one.
    pub fn stop(&self) {
        for task in self.0.running.borrow_mut().drain(..) {
            task.abort();
        }
        self.show(false, None);
    }

    fn show(&self, running: bool, result: Option<(&HostConfig, Result<HostInfo, VirtError>)>) {
        let inner = &self.0;
        inner.spinner.set_spinning(running);
        inner.spinner.set_visible(running);
        inner.cancel.set_visible(running);
        inner.start.set_visible(!running);
        let (icon, class, title, subtitle, error) = match result {
            None if running => (None, None, tr("Connecting…"), String::new(), None),
            None => (None, None, tr("Test the connection"), String::new(), None),
            Some((_, Ok(info))) => (
                Some("emblem-ok-symbolic"),
                Some("success"),
                tr("The connection works"),
                described(&info),
                None,
            ),
            Some((config, Err(error))) => {
                let said = errors::explain(&error, Some(config));
                if said.quiet {
                    (None, None, tr("Test the connection"), String::new(), None)
                } else {
                    let icon = Some("dialog-warning-symbolic");
                    (icon, Some("warning"), said.title, said.body, Some(error))
                }
            }
        };
        inner.icon.set_visible(icon.is_some());
        inner.icon.set_icon_name(icon);
        inner.icon.set_css_classes(class.as_slice());
        inner.row.set_title(&title);
        inner.row.set_subtitle(&subtitle);
        inner.details.set_visible(error.is_some());
        inner.error.replace(error);
    }
}

/// "rack1 · QEMU 10.0.2 · libvirt 11.3.0"
fn described(info: &HostInfo) -> String {
    let version = |(major, minor, micro): (u32, u32, u32)| format!("{major}.{minor}.{micro}");
    let mut parts = Vec::new();
    if let Some(hostname) = &info.hostname {
        parts.push(text::name(hostname));
    }
    match info.hypervisor_version {
        Some(number) => parts.push(format!("{} {}", text::name(&info.driver), version(number))),
        None => parts.push(text::name(&info.driver)),
    }
    if let Some(number) = info.libvirt_version {
        parts.push(tr_f("libvirt {version}", &[("version", &version(number))]));
    }
    parts.join(" · ")
}
