//! Volumes of which nothing but the name is known: what is seen of them is asked for first.

use std::collections::HashMap;
use std::sync::Arc;
use std::time::Duration;

use gtk4::prelude::*;

use super::VolumeList;
use super::line::VolumeLine;
use crate::model::facts::VolumeFact;

/// How long the list rests before it asks for what is not known of its lines.
const REST: Duration = Duration::from_millis(60);
/// Volumes that are asked for together.
const TOGETHER: usize = 32;

/// Asks for volumes by their names.
pub(super) type Ask = Box<dyn Fn(Vec<String>)>;

impl VolumeList {
    /// Calls `ask` with names of volumes that are near the screen and of which nothing else is known. The answer is
    /// [`VolumeList::learn`], which asks for the next ones.
    pub fn connect_unknown(&self, ask: impl Fn(Vec<String>) + 'static) {
        self.ask.replace(Some(Box::new(ask)));
    }

    /// Takes what was read of some volumes. The order stays as it is.
    pub fn learn(&self, read: Vec<VolumeFact>) {
        let read: HashMap<String, VolumeFact> = read.into_iter().map(|fact| (fact.name.clone(), fact)).collect();
        let settled = self.is_settled();
        let mut volumes = self.wanted.borrow().to_vec();
        for volume in &mut volumes {
            if let Some(fact) = read.get(&volume.name) {
                volume.clone_from(fact);
            }
        }
        let volumes: Arc<[VolumeFact]> = volumes.into();
        self.wanted.replace(Arc::clone(&volumes));
        if settled {
            self.sheet.volumes.replace(volumes);
            self.refresh();
        } else {
            self.arrange(self.selected_names());
        }
        self.notice();
    }

    /// Asks for what is not known of the lines near the screen, when the list rests.
    pub(super) fn notice(&self) {
        if self.ask.borrow().is_none() || self.rests.replace(true) {
            return;
        }
        let weak = self.this.clone();
        glib::timeout_add_local_once(REST, move || {
            if let Some(list) = weak.upgrade() {
                list.rests.set(false);
                list.ask_unknown();
            }
        });
    }

    fn ask_unknown(&self) {
        let height = self.view.height() as f32;
        let lines: Vec<VolumeLine> = self.lines.borrow().iter().filter_map(glib::WeakRef::upgrade).collect();
        let mut unknown: Vec<(bool, String)> = Vec::new();
        for line in lines {
            let Some(volume) = line.index().and_then(|index| self.sheet.volume(index)) else {
                continue;
            };
            let nothing = volume.capacity.is_none() && volume.format.is_none();
            if nothing && !self.asked.borrow().contains(&volume.name) {
                let bounds = line.compute_bounds(&self.view);
                let seen = bounds.is_some_and(|bounds| bounds.y() + bounds.height() > 0.0 && bounds.y() < height);
                unknown.push((!seen, volume.name));
            }
        }
        // What is on screen goes first.
        unknown.sort();
        unknown.truncate(TOGETHER);
        let names: Vec<String> = unknown.into_iter().map(|(_, name)| name).collect();
        self.asked.borrow_mut().extend(names.iter().cloned());
        if let (Some(ask), false) = (&*self.ask.borrow(), names.is_empty()) {
            ask(names);
        }
    }
}
