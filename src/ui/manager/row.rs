//! What one row of the list shows, as plain values. Rows are made near the screen only, and filled when they are drawn.

use std::cell::{Cell, Ref, RefCell};

use glib::WeakRef;
use glib::subclass::prelude::*;

use super::strip::Strip;
use crate::model::state::Severity;
use crate::model::view::{Column, Item};

/// Texts and figures of a machine or a host, ready to be drawn.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Content {
    /// Name of the machine or host.
    pub name: String,
    /// Title below the name; empty where there is none.
    pub title: String,
    /// State and what is asked and not answered.
    pub state: String,
    /// Icon of the state.
    pub icon: &'static str,
    /// Colour of the icon; a host that connects has the accent's.
    pub severity: Option<Severity>,
    /// The machine is on: it may show something.
    pub on: bool,
    /// Name of the host.
    pub host: String,
    /// CPU load.
    pub cpu: String,
    /// Memory, used and in all.
    pub memory: String,
    /// Share of the memory in use; `None` where unknown.
    pub memory_share: Option<f64>,
    /// Bytes a second, all disks.
    pub disk: String,
    /// Bytes a second, all interfaces.
    pub network: String,
    /// First address of the guest.
    pub address: String,
    /// Tags.
    pub tags: Vec<String>,
    /// Starts with its host.
    pub autostart: bool,
    /// The host is lost: what is shown is what it last said.
    pub stale: bool,
    /// A host's row is open and its machines follow.
    pub expanded: bool,
    /// Recent CPU load, oldest first.
    pub history: Vec<Option<f32>>,
}

impl Content {
    /// The text of a column; tags and autostart have none.
    #[must_use]
    pub fn text(&self, column: Column) -> &str {
        match column {
            Column::Name => &self.name,
            Column::State => &self.state,
            Column::Title => &self.title,
            Column::Host => &self.host,
            Column::Cpu => &self.cpu,
            Column::Memory => &self.memory,
            Column::Disk => &self.disk,
            Column::Network => &self.network,
            Column::Address => &self.address,
            Column::Tags | Column::Autostart => "",
        }
    }
}

mod imp {
    use super::*;

    #[derive(Default)]
    pub struct Row {
        pub(super) item: Cell<Option<Item>>,
        pub(super) content: RefCell<Content>,
        pub(super) current: Cell<bool>,
        pub(super) strip: WeakRef<Strip>,
    }

    #[glib::object_subclass]
    impl ObjectSubclass for Row {
        const NAME: &'static str = "VireoRow";
        type Type = super::Row;
    }

    impl ObjectImpl for Row {}
}

glib::wrapper! {
    /// A machine or a host as the list shows it.
    pub struct Row(ObjectSubclass<imp::Row>);
}

impl Row {
    /// A row for `item` that is not filled yet.
    #[must_use]
    pub fn new(item: Item) -> Self {
        let row: Self = glib::Object::new();
        row.imp().item.set(Some(item));
        row
    }

    /// What the row stands for.
    #[must_use]
    pub fn item(&self) -> Option<Item> {
        self.imp().item.get()
    }

    /// Makes it stand for something else. It is not filled yet.
    pub(super) fn set_item(&self, item: Item) {
        self.imp().item.set(Some(item));
        self.imp().current.set(false);
    }

    /// Whether the row is a host's.
    #[must_use]
    pub fn is_header(&self) -> bool {
        matches!(self.item(), Some(Item::Host(_)))
    }

    /// What it shows.
    #[must_use]
    pub fn content(&self) -> Ref<'_, Content> {
        self.imp().content.borrow()
    }

    /// Whether nothing happened since it was filled.
    #[must_use]
    pub fn is_current(&self) -> bool {
        self.imp().current.get()
    }

    /// Fills it with what holds now; whether that is something else than before.
    pub fn put(&self, content: Content) -> bool {
        self.imp().current.set(true);
        let old = self.imp().content.replace(content);
        old != *self.imp().content.borrow()
    }

    /// Says that something about it may be different: it is filled again at once, so that only what is seen to differ is
    /// drawn, or when it comes on screen if it is only a `figure` that changed. Screen readers know of the rest
    /// outside of the screen, too.
    pub fn outdate(&self, figure: bool) {
        self.imp().current.set(false);
        if let Some(strip) = self.imp().strip.upgrade()
            && (!figure || strip.was_drawn())
        {
            strip.refresh();
        }
    }

    /// The widget that shows it, from now on.
    pub(super) fn set_strip(&self, strip: Option<&Strip>) {
        self.imp().strip.set(strip);
    }

    /// The widget that shows it.
    #[must_use]
    pub fn strip(&self) -> Option<Strip> {
        self.imp().strip.upgrade()
    }
}
