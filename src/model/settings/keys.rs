//! What is remembered about keys that are sent: macros, the layouts of guests, the speed of typing.

use gio::prelude::*;

use super::{Settings, warn};
use crate::model::display::keys::{Layout, MOST_MACROS, Macro};
use crate::model::key::DomainKey;

/// Machines whose layout is remembered.
const MOST_LAYOUTS: usize = 500;

impl Settings {
    /// The user's macros, in the order of the menu. Those that cannot be read are left out here and stay in the settings
    /// until the macros are changed.
    #[must_use]
    pub fn macros(&self) -> Vec<Macro> {
        let stored: Vec<(String, Vec<String>)> = self.0.get("key-macros");
        let read = stored.iter().filter_map(|(name, steps)| Macro::read(name, steps));
        read.take(MOST_MACROS).collect()
    }

    /// Replaces the user's macros.
    pub fn set_macros(&self, macros: &[Macro]) {
        let stored: Vec<(String, Vec<String>)> = macros.iter().map(|own| (own.name.clone(), own.written())).collect();
        warn(self.0.set("key-macros", stored));
    }

    /// The keyboard layout that the guest has, where the user said so.
    #[must_use]
    pub fn guest_layout(&self, key: DomainKey) -> Option<Layout> {
        let name = layout_key(key);
        let stored: Vec<(String, String)> = self.0.get("guest-layouts");
        let (_, id) = stored.into_iter().find(|(known, _)| *known == name)?;
        Layout::parse(&id)
    }

    /// The layout that was chosen last, for whichever machine.
    #[must_use]
    pub fn last_guest_layout(&self) -> Option<Layout> {
        let stored: Vec<(String, String)> = self.0.get("guest-layouts");
        stored.last().and_then(|(_, id)| Layout::parse(id))
    }

    /// Remembers the keyboard layout of a guest; of those that were remembered longest ago, some are forgotten.
    pub fn set_guest_layout(&self, key: DomainKey, layout: &Layout) {
        let name = layout_key(key);
        let mut stored: Vec<(String, String)> = self.0.get("guest-layouts");
        stored.retain(|(known, _)| *known != name);
        stored.push((name, layout.id()));
        let surplus = stored.len().saturating_sub(MOST_LAYOUTS);
        stored.drain(..surplus);
        warn(self.0.set("guest-layouts", stored));
    }

    /// Characters that are typed in a second.
    #[must_use]
    pub fn typing_speed(&self) -> u32 {
        self.0.uint("typing-speed")
    }

    /// Remembers how many characters are typed in a second.
    pub fn set_typing_speed(&self, speed: u32) {
        warn(self.0.set_uint("typing-speed", speed.clamp(1, 200)));
    }
}

fn layout_key(key: DomainKey) -> String {
    format!("{}/{}", key.host, key.uuid)
}

#[cfg(test)]
mod tests {
    use uuid::Uuid;

    use super::*;
    use crate::model::key::HostId;

    fn layout(id: &str) -> Layout {
        Layout::parse(id).expect("a layout")
    }

    #[test]
    fn layouts_are_remembered_for_their_machine_and_the_oldest_are_forgotten() {
        let settings = Settings::in_memory().expect("the schema was built");
        let keys: Vec<DomainKey> = (0..=MOST_LAYOUTS)
            .map(|_| DomainKey::new(HostId::new(), Uuid::new_v4()))
            .collect();
        assert_eq!(settings.last_guest_layout(), None);
        for key in &keys {
            settings.set_guest_layout(*key, &layout("de"));
        }
        settings.set_guest_layout(keys[7], &layout("fr(oss)"));
        assert_eq!(settings.guest_layout(keys[7]), Some(layout("fr(oss)")));
        assert_eq!(settings.last_guest_layout(), Some(layout("fr(oss)")));
        assert_eq!(settings.guest_layout(keys[0]), None);
        assert_eq!(settings.guest_layout(keys[8]), Some(layout("de")));
    }

    #[test]
    fn macros_come_back_and_damaged_ones_harm_nobody() {
        let settings = Settings::in_memory().expect("the schema was built");
        let stored = vec![
            ("Broken".to_owned(), vec!["Ctrl+Nothing".to_owned()]),
            ("Login".to_owned(), vec!["Ctrl+Alt+F2".to_owned(), "R".to_owned()]),
        ];
        warn(settings.0.set("key-macros", stored));
        let macros = settings.macros();
        assert_eq!(macros.len(), 1);
        settings.set_macros(&macros);
        assert_eq!(settings.macros(), macros);
    }
}
