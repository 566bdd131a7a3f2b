//! What the host would lose with a device: a look at this computer, and the words about it.

use std::rc::Rc;

use gtk4 as gtk;
use gtk4::prelude::*;
use libadwaita as adw;
use libadwaita::prelude::*;

use super::Devices;
use crate::i18n::tr;
use crate::model::doctor::Case;
use crate::model::facts::GuestKind;
use crate::model::node::{Hold, NodeDeviceFact, holds};
use crate::ui::message;
use crate::ui::widgets::plain_row;
use crate::virt::client;

impl Devices {
    /// Looks while the devices show already: what this computer uses and a host that is slow to tell of itself take their time.
    pub(super) fn look_aside(self: &Rc<Self>) {
        let looks = self.looks.get();
        self.looks.set(looks + 1);
        if looks > 0 {
            // The one that goes on looks again.
            return;
        }
        let this = Rc::clone(self);
        glib::spawn_future_local(async move {
            loop {
                let wanted = this.looks.get();
                this.look().await;
                this.show_detail();
                if this.looks.get() == wanted {
                    this.looks.set(0);
                    break;
                }
            }
        });
    }

    /// Waits for what a question about a device tells: nothing that the host loses with it goes unsaid.
    pub(super) async fn have_looked(&self) {
        if self.looks.get() > 0 {
            self.look_here().await;
        }
    }

    /// Looks at what this computer uses, where that is the host, and at whether PCI devices can be given away at all.
    async fn look(&self) {
        self.look_here().await;
        if let Ok(facts) = self.core.facts(self.host, GuestKind::default()).await {
            self.iommu.set(facts.node.and_then(|node| node.iommu));
        }
    }

    async fn look_here(&self) {
        let case = Case {
            uri: self
                .core
                .store()
                .host(self.host)
                .map_or_else(String::new, |host| host.config.uri.clone()),
            ..Case::default()
        };
        if case.is_near() {
            let seen = gio::spawn_blocking(client::uses).await.ok();
            self.seen.replace(seen.map(Rc::new));
        }
    }

    /// What the host has of these devices.
    pub(super) fn holds(&self, of: &[&NodeDeviceFact]) -> Vec<Hold> {
        let (known, seen) = (Rc::clone(&self.known.borrow()), self.seen.borrow().clone());
        holds(&known, of, seen.as_deref())
    }
}

fn row(hold: &Hold) -> adw::ActionRow {
    let row = plain_row(&hold.sentence(), "");
    row.set_title_lines(0);
    row.add_prefix(&sign(hold.is_sure()));
    row
}

fn sign(is_sure: bool) -> gtk::Image {
    let (icon, class) = if is_sure {
        ("dialog-warning-symbolic", "warning")
    } else {
        ("dialog-information-symbolic", "dim-label")
    };
    gtk::Image::builder()
        .icon_name(icon)
        .css_classes([class])
        .accessible_role(gtk::AccessibleRole::Presentation)
        .build()
}

/// For the page of a device.
pub(super) fn group(holds: &[Hold]) -> adw::PreferencesGroup {
    let group = adw::PreferencesGroup::builder().title(tr("Used by the Host")).build();
    for hold in holds {
        group.add(&row(hold));
    }
    group
}

/// For a question.
pub(super) fn list(holds: &[Hold]) -> gtk::ListBox {
    let list = message::rows(&tr("Used by the host"));
    fill(&list, holds);
    list
}

/// Shows other ones in the list of a question.
pub(super) fn fill(list: &gtk::ListBox, holds: &[Hold]) {
    while let Some(child) = list.first_child() {
        list.remove(&child);
    }
    for hold in holds {
        list.append(&row(hold));
    }
    list.set_visible(!holds.is_empty());
}

/// That a machine with a PCI device would not start on this host.
pub(super) fn no_passthrough() -> gtk::ListBox {
    let list = message::rows(&tr("PCI passthrough"));
    let row = plain_row(
        &tr("PCI passthrough is off on this host"),
        &tr(
            "The machine will not start with the device until the IOMMU is on: in the firmware settings, and on the kernel command line.",
        ),
    );
    row.set_title_lines(0);
    row.set_subtitle_lines(0);
    row.add_prefix(&sign(true));
    list.append(&row);
    list
}
