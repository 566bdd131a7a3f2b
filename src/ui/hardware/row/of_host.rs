//! Switches for what the host keeps about the machine beside its definition.

use gtk4 as gtk;
use gtk4::prelude::*;
use libadwaita as adw;
use libadwaita::prelude::*;

use super::{Frame, RowView};
use crate::model::hardware::{Control, HostSetting, Row};
use crate::ui::vm::GROUP;

/// A switch that follows an action of the machine's tab: it shows the host's answer, and can't be moved where the host
/// has nothing to keep.
pub struct HostRow {
    frame: Frame,
    switch: gtk::Switch,
    setting: HostSetting,
}

impl HostRow {
    pub fn new(row: &Row, setting: HostSetting) -> Self {
        let action = match setting {
            HostSetting::Autostart => "autostart",
        };
        let frame = Frame::new(row);
        let switch = gtk::Switch::builder()
            .valign(gtk::Align::Center)
            .action_name(format!("{GROUP}.{action}"))
            .build();
        frame.hold(&switch);
        frame.row.set_activatable_widget(Some(&switch));
        Self { frame, switch, setting }
    }
}

impl RowView for HostRow {
    fn widget(&self) -> adw::PreferencesRow {
        self.frame.row.clone().upcast()
    }

    fn fits(&self, row: &Row) -> bool {
        matches!(row.control, Control::OfHost(setting) if setting == self.setting)
    }

    fn show(&self, row: &Row, problem: Option<&str>) {
        self.frame.show(row, problem);
    }

    fn focus(&self) {
        self.switch.grab_focus();
    }
}
