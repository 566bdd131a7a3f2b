//! *Check This Host*: what was found, in words, with what helps.

mod cure;
mod row;

pub(in crate::ui) use cure::cure;

use std::cell::{Cell, RefCell};
use std::rc::Rc;

use gtk4 as gtk;
use gtk4::prelude::*;
use libadwaita as adw;
use libadwaita::prelude::*;

use crate::i18n::{tr, tr_f, tr_n};
use crate::model::doctor::{Area, Case, Connected, Finding, Remedy, Verdict, examine, worst};
use crate::model::facts::GuestKind;
use crate::model::host::ConnectionStatus;
use crate::model::key::HostId;
use crate::ui::core::{Core, Subscription};
use crate::ui::errors::{self, Context};
use crate::ui::host::tab::closes_with_escape;
use crate::ui::widgets::{Tip, spinner};
use crate::ui::{message, text};

/// Opens the window that checks a host, over the window of `parent`.
pub fn open(parent: &impl IsA<gtk::Widget>, core: &Core, host: HostId) {
    let Some(doctor) = Doctor::new(core, host) else { return };
    let window = doctor.window.clone();
    window.set_transient_for(message::window_of(parent).as_ref());
    doctor.examine();
    // It lives as long as its window.
    let kept = RefCell::new(Some(doctor));
    window.connect_destroy(move |_| drop(kept.take()));
    window.present();
}

/// Everything that is known of a host, looked at now.
///
/// Looks at this computer only where that is the host; nothing of it happens on the calling thread.
pub async fn case(core: &Core, host: HostId) -> Option<Case> {
    let (uri, status, read_only) = {
        let store = core.store();
        let host = store.host(host)?;
        let read_only = host.info.as_ref().is_some_and(|info| info.features.read_only);
        (host.config.uri.clone(), host.status.clone(), read_only)
    };
    let connected = match status {
        ConnectionStatus::Connected => Connected::Open { read_only },
        ConnectionStatus::Failed { error, .. } | ConnectionStatus::Lost { error, .. } => Connected::Failed(error),
        ConnectionStatus::Disconnected | ConnectionStatus::Connecting => Connected::Not,
    };
    let facts = match connected {
        Connected::Open { .. } => core.facts(host, GuestKind::default()).await.ok(),
        _ => None,
    };
    let mut case = Case {
        uri,
        connected,
        facts,
        computer: None,
    };
    if case.is_near() {
        let (folders, ids) = (case.folders(), case.hypervisor());
        case.computer = gio::spawn_blocking(move || crate::virt::client::look(&folders, ids))
            .await
            .ok();
    }
    Some(case)
}

struct Doctor {
    core: Core,
    host: HostId,
    window: adw::Window,
    toasts: adw::ToastOverlay,
    summary: gtk::Box,
    icon: gtk::Image,
    verdict: gtk::Label,
    detail: gtk::Label,
    groups: gtk::Box,
    again: gtk::Button,
    busy: gtk::Stack,
    looking: Cell<bool>,
    /// Something has changed since the look that is under way began.
    stale: Cell<bool>,
    shown: RefCell<Vec<Finding>>,
    news: RefCell<Option<Subscription>>,
}

fn label(class: &str) -> gtk::Label {
    gtk::Label::builder()
        .css_classes([class])
        .xalign(0.0)
        .wrap(true)
        .wrap_mode(gtk::pango::WrapMode::WordChar)
        .build()
}

impl Doctor {
    fn new(core: &Core, host: HostId) -> Option<Rc<Self>> {
        let name = text::name(&core.store().host(host)?.config.name);
        let again = gtk::Button::builder()
            .icon_name("view-refresh-symbolic")
            .build()
            .with_tip(tr("Check again"));
        again.update_property(&[gtk::accessible::Property::Label(&tr("Check again"))]);
        let this = Rc::new(Self {
            core: core.clone(),
            host,
            window: adw::Window::builder()
                .title(tr_f("Check of {host}", &[("host", &name)]))
                .modal(true)
                .destroy_with_parent(true)
                .default_width(680)
                .default_height(680)
                .width_request(340)
                .height_request(300)
                .build(),
            toasts: adw::ToastOverlay::new(),
            summary: gtk::Box::builder().spacing(12).build(),
            icon: gtk::Image::builder()
                .pixel_size(32)
                .accessible_role(gtk::AccessibleRole::Presentation)
                .build(),
            verdict: label("title-2"),
            detail: label("dim-label"),
            groups: gtk::Box::new(gtk::Orientation::Vertical, 18),
            again,
            busy: gtk::Stack::new(),
            looking: Cell::default(),
            stale: Cell::default(),
            shown: RefCell::default(),
            news: RefCell::default(),
        });
        this.lay_out();
        let weak = Rc::downgrade(&this);
        this.again.connect_clicked(move |_| {
            if let Some(this) = weak.upgrade() {
                this.examine();
            }
        });
        let weak = Rc::downgrade(&this);
        let news = core.subscribe(move |_, changes| {
            let ours = changes.hosts.contains(&host) || changes.objects.iter().any(|(id, _)| *id == host);
            if let Some(this) = weak.upgrade().filter(|this| ours && this.window.is_visible()) {
                this.examine();
            }
        });
        this.news.replace(Some(news));
        Some(this)
    }

    fn lay_out(&self) {
        let words = gtk::Box::builder()
            .orientation(gtk::Orientation::Vertical)
            .spacing(3)
            .hexpand(true)
            .build();
        words.append(&self.verdict);
        words.append(&self.detail);
        self.summary.append(&self.icon);
        self.summary.append(&words);
        let page = gtk::Box::builder()
            .orientation(gtk::Orientation::Vertical)
            .spacing(18)
            .margin_top(18)
            .margin_bottom(24)
            .margin_start(12)
            .margin_end(12)
            .build();
        page.append(&self.summary);
        page.append(&self.groups);
        let clamp = adw::Clamp::builder().maximum_size(720).child(&page).build();
        let scrolled = gtk::ScrolledWindow::builder()
            .child(&clamp)
            .hscrollbar_policy(gtk::PolicyType::Never)
            .vexpand(true)
            .build();
        let waiting = spinner(&tr("Looking at the host"));
        waiting.set_halign(gtk::Align::Center);
        waiting.set_valign(gtk::Align::Center);
        waiting.set_size_request(32, 32);
        self.busy.add_named(&waiting, Some("waiting"));
        self.busy.add_named(&scrolled, Some("found"));
        self.toasts.set_child(Some(&self.busy));
        self.toasts.set_vexpand(true);
        let header = adw::HeaderBar::new();
        header.pack_start(&self.again);
        let content = gtk::Box::new(gtk::Orientation::Vertical, 0);
        content.append(&header);
        content.append(&self.toasts);
        self.window.set_content(Some(&content));
        closes_with_escape(&self.window);
    }

    /// Looks anew, once at a time; what was found before stays until then.
    fn examine(self: &Rc<Self>) {
        if self.looking.replace(true) {
            self.stale.set(true);
            return;
        }
        self.stale.set(false);
        self.again.set_sensitive(false);
        let this = Rc::clone(self);
        glib::spawn_future_local(async move {
            let case = case(&this.core, this.host).await;
            this.looking.set(false);
            this.again.set_sensitive(true);
            if let Some(case) = case {
                this.show(examine(&case));
            }
            if this.stale.get() {
                this.examine();
            }
        });
    }

    fn show(self: &Rc<Self>, findings: Vec<Finding>) {
        self.busy.set_visible_child_name("found");
        self.judge(&findings);
        if *self.shown.borrow() == findings {
            return;
        }
        while let Some(child) = self.groups.first_child() {
            self.groups.remove(&child);
        }
        for area in Area::ALL {
            let mut found = findings.iter().filter(|finding| finding.area == area).peekable();
            if found.peek().is_none() {
                continue;
            }
            let group = adw::PreferencesGroup::builder().title(area.title()).build();
            for finding in found {
                let weak = Rc::downgrade(self);
                group.add(&row::finding(finding, move |remedy| {
                    if let Some(this) = weak.upgrade() {
                        this.cure(remedy);
                    }
                }));
            }
            self.groups.append(&group);
        }
        self.shown.replace(findings);
    }

    fn judge(&self, findings: &[Finding]) {
        let count = |verdict| findings.iter().filter(|finding| finding.verdict == verdict).count();
        let (problems, warnings, notes) = (count(Verdict::Problem), count(Verdict::Warning), count(Verdict::Note));
        let (title, icon) = match worst(findings) {
            Verdict::Problem => (tr_n("{n} problem", "{n} problems", problems, &[]), Verdict::Problem),
            Verdict::Warning => (tr_n("{n} warning", "{n} warnings", warnings, &[]), Verdict::Warning),
            Verdict::Note | Verdict::Fine => (tr("Machines can run here"), Verdict::Fine),
        };
        let mut rest = Vec::new();
        if problems > 0 && warnings > 0 {
            rest.push(tr_n("{n} warning", "{n} warnings", warnings, &[]));
        }
        if notes > 0 {
            rest.push(tr_n("{n} note", "{n} notes", notes, &[]));
        }
        rest.push(tr_n("{n} check passed", "{n} checks passed", count(Verdict::Fine), &[]));
        self.verdict.set_text(&title);
        self.detail.set_text(&rest.join(" · "));
        row::dress(&self.icon, icon);
    }

    fn cure(self: &Rc<Self>, remedy: Remedy) {
        let this = Rc::clone(self);
        glib::spawn_future_local(async move {
            match cure::cure(&this.core, this.host, &remedy).await {
                Ok(Some(done)) => this.toasts.add_toast(adw::Toast::new(&glib::markup_escape_text(&done))),
                Ok(None) => {}
                Err(error) => {
                    let host = this.core.store().host(this.host).map(|host| host.config.clone());
                    let context = Context {
                        host,
                        ..Context::default()
                    };
                    errors::show(&this.window, Some(&this.toasts), &error, context);
                }
            }
            this.examine();
        });
    }
}
