//! Rows that are on or off.

use gtk4 as gtk;
use gtk4::prelude::*;
use libadwaita as adw;
use libadwaita::prelude::*;

use super::{Frame, RowView, Say, Shown};
use crate::model::hardware::{Control, Row, Value};

/// A switch. Where the definition is silent it stands where the hypervisor puts it.
pub struct SwitchRow {
    frame: Frame,
    switch: gtk::Switch,
    shown: Shown,
}

impl SwitchRow {
    pub fn new(row: &Row, say: Say) -> Self {
        let frame = Frame::new(row);
        let switch = gtk::Switch::builder().valign(gtk::Align::Center).build();
        frame.hold(&switch);
        frame.row.set_activatable_widget(Some(&switch));
        let shown = Shown::new();
        let own = shown.clone();
        switch.connect_active_notify(move |switch| {
            let value = if switch.is_active() { "yes" } else { "no" };
            own.say(Value::of(value), &say);
        });
        Self { frame, switch, shown }
    }
}

impl RowView for SwitchRow {
    fn widget(&self) -> adw::PreferencesRow {
        self.frame.row.clone().upcast()
    }

    fn fits(&self, row: &Row) -> bool {
        matches!(row.control, Control::Switch { .. })
    }

    fn show(&self, row: &Row, problem: Option<&str>) {
        self.frame.show(row, problem);
        let Control::Switch { default } = row.control else {
            return;
        };
        let is_on = row.value.some().map_or(default, |_| row.value.is_on());
        // What the switch would say of itself: a default that is written out is no other value.
        let said = Value::of(if is_on { "yes" } else { "no" });
        self.shown.show(&said, |_| self.switch.set_active(is_on));
        self.switch.set_sensitive(row.locked.is_none());
        self.frame.row.set_activatable(row.locked.is_none());
    }

    fn focus(&self) {
        self.switch.grab_focus();
    }
}
