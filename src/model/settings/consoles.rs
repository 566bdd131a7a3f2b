//! How the consoles of machines are shown: defaults for all, and what the user chose for one.

use std::collections::BTreeMap;

use gio::prelude::*;
use serde::{Deserialize, Serialize};

use super::{Settings, warn};
use crate::model::key::DomainKey;

/// Machines that choices are remembered of.
const MOST_MACHINES: usize = 2000;

/// How the picture of a guest fills its place.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Scaling {
    /// As large as there is room, its proportions kept.
    #[default]
    Fit,
    /// A pixel of the guest is a pixel of the monitor.
    Device,
    /// A pixel of the guest is a pixel of the desktop, which may be several of the monitor.
    Logical,
    /// The largest whole multiple that there is room for.
    Integer,
}

impl Scaling {
    /// All, in the order of menus.
    pub const ALL: [Self; 4] = [Self::Fit, Self::Integer, Self::Device, Self::Logical];

    /// The word in the settings and in the states of actions.
    #[must_use]
    pub fn word(self) -> &'static str {
        match self {
            Self::Fit => "fit",
            Self::Device => "device",
            Self::Logical => "logical",
            Self::Integer => "integer",
        }
    }

    /// From such a word.
    #[must_use]
    pub fn from_word(word: &str) -> Self {
        Self::ALL.into_iter().find(|one| one.word() == word).unwrap_or_default()
    }
}

/// Which way the text of the clipboard may pass.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Sharing {
    /// Not at all.
    #[default]
    Off,
    /// What is copied here can be pasted in the guest.
    ToGuest,
    /// What is copied in the guest can be pasted here.
    FromGuest,
    /// Both.
    Both,
}

impl Sharing {
    /// All, in the order of menus.
    pub const ALL: [Self; 4] = [Self::Off, Self::ToGuest, Self::FromGuest, Self::Both];

    /// The guest may have text of this computer.
    #[must_use]
    pub fn to_guest(self) -> bool {
        matches!(self, Self::ToGuest | Self::Both)
    }

    /// This computer takes text of the guest.
    #[must_use]
    pub fn from_guest(self) -> bool {
        matches!(self, Self::FromGuest | Self::Both)
    }

    /// The word in the settings and in the states of actions.
    #[must_use]
    pub fn word(self) -> &'static str {
        match self {
            Self::Off => "off",
            Self::ToGuest => "to-guest",
            Self::FromGuest => "from-guest",
            Self::Both => "both",
        }
    }

    /// From such a word.
    #[must_use]
    pub fn from_word(word: &str) -> Self {
        Self::ALL.into_iter().find(|one| one.word() == word).unwrap_or_default()
    }
}

/// What the user chose for the consoles of one machine. What is `None` is as for all machines.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(default)]
pub struct ConsoleSettings {
    /// The console that was looked at last, by its word (`screen-0`, `serial-1`).
    #[serde(skip_serializing_if = "Option::is_none")]
    pub console: Option<String>,
    /// How the picture fills its place.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub scaling: Option<Scaling>,
    /// Sharp edges instead of smooth ones where the picture is scaled.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub crisp: Option<bool>,
    /// The guest's screen follows the window.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub resize_guest: Option<bool>,
    /// Clipboard.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub clipboard: Option<Sharing>,
    /// Sound is played.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub sound: Option<bool>,
    /// Nothing is typed or clicked.
    #[serde(skip_serializing_if = "is_false")]
    pub view_only: bool,
    /// The screen has a window of its own.
    #[serde(skip_serializing_if = "is_false")]
    pub torn_off: bool,
    /// Size of that window in logical pixels.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub window: Option<(i32, i32)>,
    /// New USB devices go to the guest as they are plugged in.
    #[serde(skip_serializing_if = "is_false")]
    pub usb_auto: bool,
    /// The guest hears the microphone of this computer (SPICE).
    #[serde(skip_serializing_if = "is_false")]
    pub microphone: bool,
    /// The guest may use smartcards of this computer (SPICE).
    #[serde(skip_serializing_if = "is_false")]
    pub smartcard: bool,
    /// Folder of this computer that the guest sees (SPICE).
    #[serde(skip_serializing_if = "Option::is_none")]
    pub folder: Option<String>,
    /// The guest may change what is in that folder.
    #[serde(skip_serializing_if = "is_false")]
    pub folder_writable: bool,
}

#[allow(clippy::trivially_copy_pass_by_ref, reason = "serde wants a reference")]
fn is_false(value: &bool) -> bool {
    !*value
}

impl Settings {
    /// What the user chose for a machine's consoles.
    #[must_use]
    pub fn console_settings(&self, key: DomainKey) -> ConsoleSettings {
        let stored: BTreeMap<String, String> = self.backend().get("console-settings");
        let text = stored.get(&key.to_string()).map_or("{}", String::as_str);
        serde_json::from_str(text).unwrap_or_else(|error| {
            tracing::warn!(%error, "the console settings of a machine cannot be read");
            ConsoleSettings::default()
        })
    }

    /// Changes what is remembered of a machine's consoles.
    pub fn change_console_settings(&self, key: DomainKey, change: impl FnOnce(&mut ConsoleSettings)) {
        let mut settings = self.console_settings(key);
        let before = settings.clone();
        change(&mut settings);
        if settings == before {
            return;
        }
        let mut stored: BTreeMap<String, String> = self.backend().get("console-settings");
        if settings == ConsoleSettings::default() {
            stored.remove(&key.to_string());
        } else {
            match serde_json::to_string(&settings) {
                Ok(text) => drop(stored.insert(key.to_string(), text)),
                Err(error) => return tracing::error!(%error, "console settings cannot be saved"),
            }
        }
        while stored.len() > MOST_MACHINES {
            let other = stored.keys().find(|other| **other != key.to_string()).cloned();
            stored.remove(&other.unwrap_or_default());
        }
        warn(self.backend().set("console-settings", stored));
    }

    /// Whether a screen connects when its page is shown.
    #[must_use]
    pub fn display_autoconnect(&self) -> bool {
        self.backend().boolean("display-autoconnect")
    }

    /// How pictures fill their place.
    #[must_use]
    pub fn display_scaling(&self) -> Scaling {
        Scaling::from_word(&self.backend().string("display-scaling"))
    }

    /// Which way text of the clipboard passes.
    #[must_use]
    pub fn display_clipboard(&self) -> Sharing {
        Sharing::from_word(&self.backend().string("display-clipboard"))
    }

    /// Whether a guest's screen follows its window.
    #[must_use]
    pub fn display_resize_guest(&self) -> bool {
        self.backend().boolean("display-resize-guest")
    }

    /// Whether the sound of guests is played.
    #[must_use]
    pub fn display_sound(&self) -> bool {
        self.backend().boolean("display-sound")
    }

    /// Keys that give keyboard and pointer back, as an accelerator without a key of its own (`Ctrl+Alt`).
    #[must_use]
    pub fn release_chord(&self) -> String {
        self.backend().string("display-release-chord").into()
    }

    /// Accelerators that are never sent to a guest.
    #[must_use]
    pub fn pass_through(&self) -> Vec<String> {
        let stored = self.backend().strv("display-pass-through");
        stored.iter().map(ToString::to_string).collect()
    }
}

#[cfg(test)]
mod tests {
    use uuid::Uuid;

    use super::*;
    use crate::model::key::HostId;

    fn key() -> DomainKey {
        DomainKey::new(HostId::new(), Uuid::new_v4())
    }

    #[test]
    fn choices_are_kept_for_their_machine() {
        let settings = Settings::in_memory().expect("the schema was built");
        let (one, other) = (key(), key());
        settings.change_console_settings(one, |choice| {
            choice.scaling = Some(Scaling::Device);
            choice.view_only = true;
        });
        settings.change_console_settings(one, |choice| choice.console = Some("serial-0".to_owned()));
        let kept = settings.console_settings(one);
        assert_eq!((kept.scaling, kept.view_only), (Some(Scaling::Device), true));
        assert_eq!(kept.console.as_deref(), Some("serial-0"));
        assert_eq!(settings.console_settings(other), ConsoleSettings::default());
    }

    #[test]
    fn what_is_as_for_all_machines_takes_no_room() {
        let settings = Settings::in_memory().expect("the schema was built");
        let one = key();
        settings.change_console_settings(one, |choice| choice.torn_off = true);
        settings.change_console_settings(one, |choice| choice.torn_off = false);
        let stored: BTreeMap<String, String> = settings.backend().get("console-settings");
        assert!(stored.is_empty());
    }

    #[test]
    fn the_clipboard_is_shared_by_nobody_who_did_not_choose_it() {
        let settings = Settings::in_memory().expect("the schema was built");
        assert_eq!(settings.display_clipboard(), Sharing::Off);
        assert!(!settings.display_clipboard().to_guest() && !settings.display_clipboard().from_guest());
    }

    #[test]
    fn words_come_back_as_what_they_were() {
        for scaling in Scaling::ALL {
            assert_eq!(Scaling::from_word(scaling.word()), scaling);
        }
        for sharing in Sharing::ALL {
            assert_eq!(Sharing::from_word(sharing.word()), sharing);
        }
    }
}
