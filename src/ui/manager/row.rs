//! What one row of the list shows. Made for rows near the screen only; setters notify only what differs.

use std::cell::{Cell, RefCell};

use glib::prelude::*;
use glib::subclass::prelude::*;

use crate::model::view::Item;

mod imp {
    use super::*;

    #[derive(glib::Properties)]
    #[properties(wrapper_type = super::Row)]
    pub struct Row {
        pub(super) item: Cell<Option<Item>>,
        /// Name of the machine or host.
        #[property(get, explicit_notify)]
        pub(super) name: RefCell<String>,
        /// Title below the name; empty where there is none.
        #[property(get, explicit_notify)]
        pub(super) title: RefCell<String>,
        /// State and what is asked and not answered.
        #[property(get, explicit_notify)]
        pub(super) state: RefCell<String>,
        /// Icon of the state.
        #[property(get, explicit_notify)]
        pub(super) icon: RefCell<String>,
        /// Style class that colours the icon.
        #[property(get, explicit_notify)]
        pub(super) severity: RefCell<String>,
        /// Name of the host.
        #[property(get, explicit_notify)]
        pub(super) host: RefCell<String>,
        /// CPU load.
        #[property(get, explicit_notify)]
        pub(super) cpu: RefCell<String>,
        /// Memory, used and in all.
        #[property(get, explicit_notify)]
        pub(super) memory: RefCell<String>,
        /// Share of the memory in use; negative where unknown.
        #[property(get, explicit_notify)]
        pub(super) memory_share: Cell<f64>,
        /// Bytes a second, all disks.
        #[property(get, explicit_notify)]
        pub(super) disk: RefCell<String>,
        /// Bytes a second, all interfaces.
        #[property(get, explicit_notify)]
        pub(super) network: RefCell<String>,
        /// First address of the guest.
        #[property(get, explicit_notify)]
        pub(super) address: RefCell<String>,
        /// Tags, one a line.
        #[property(get, explicit_notify)]
        pub(super) tags: RefCell<String>,
        /// Starts with its host.
        #[property(get, explicit_notify)]
        pub(super) autostart: Cell<bool>,
        /// The host is lost: what is shown is what it last said.
        #[property(get, explicit_notify)]
        pub(super) stale: Cell<bool>,
        /// A host's row is open and its machines follow.
        #[property(get, explicit_notify)]
        pub(super) expanded: Cell<bool>,
        /// Recent CPU load.
        pub(super) history: RefCell<Vec<Option<f32>>>,
        /// Grows with every change of the recent load.
        #[property(get, explicit_notify)]
        pub(super) samples: Cell<u64>,
    }

    impl Default for Row {
        fn default() -> Self {
            Self {
                item: Cell::new(None),
                name: RefCell::default(),
                title: RefCell::default(),
                state: RefCell::default(),
                icon: RefCell::default(),
                severity: RefCell::default(),
                host: RefCell::default(),
                cpu: RefCell::default(),
                memory: RefCell::default(),
                memory_share: Cell::new(-1.0),
                disk: RefCell::default(),
                network: RefCell::default(),
                address: RefCell::default(),
                tags: RefCell::default(),
                autostart: Cell::new(false),
                stale: Cell::new(false),
                expanded: Cell::new(false),
                history: RefCell::default(),
                samples: Cell::new(0),
            }
        }
    }

    #[glib::object_subclass]
    impl ObjectSubclass for Row {
        const NAME: &'static str = "VireoRow";
        type Type = super::Row;
    }

    #[glib::derived_properties]
    impl ObjectImpl for Row {}
}

glib::wrapper! {
    /// A machine or a host as the list shows it.
    pub struct Row(ObjectSubclass<imp::Row>);
}

macro_rules! text_setters {
    ($($(#[$doc:meta])* $setter:ident => $field:ident, $notify:ident;)*) => {
        impl Row {
            $($(#[$doc])*
            pub fn $setter(&self, value: &str) {
                {
                    let mut own = self.imp().$field.borrow_mut();
                    if *own == value {
                        return;
                    }
                    own.clear();
                    own.push_str(value);
                }
                self.$notify();
            })*
        }
    };
}

text_setters! {
    /// Sets the name.
    put_name => name, notify_name;
    /// Sets the title.
    put_title => title, notify_title;
    /// Sets the text of the state.
    put_state => state, notify_state;
    /// Sets the icon of the state.
    put_icon => icon, notify_icon;
    /// Sets the style class of the state.
    put_severity => severity, notify_severity;
    /// Sets the name of the host.
    put_host => host, notify_host;
    /// Sets the CPU load.
    put_cpu => cpu, notify_cpu;
    /// Sets the memory.
    put_memory => memory, notify_memory;
    /// Sets the disk rate.
    put_disk => disk, notify_disk;
    /// Sets the network rate.
    put_network => network, notify_network;
    /// Sets the address.
    put_address => address, notify_address;
    /// Sets the tags, one a line.
    put_tags => tags, notify_tags;
}

impl Row {
    /// An empty row for `item`.
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

    /// Whether the row is a host's.
    #[must_use]
    pub fn is_header(&self) -> bool {
        matches!(self.item(), Some(Item::Host(_)))
    }

    /// Sets the share of memory in use.
    pub fn put_memory_share(&self, share: Option<f64>) {
        let share = share.unwrap_or(-1.0);
        if self.imp().memory_share.replace(share).to_bits() != share.to_bits() {
            self.notify_memory_share();
        }
    }

    /// Sets whether the machine starts with its host.
    pub fn put_autostart(&self, autostart: bool) {
        if self.imp().autostart.replace(autostart) != autostart {
            self.notify_autostart();
        }
    }

    /// Sets whether the host is lost.
    pub fn put_stale(&self, stale: bool) {
        if self.imp().stale.replace(stale) != stale {
            self.notify_stale();
        }
    }

    /// Sets whether a host's row is open.
    pub fn put_expanded(&self, expanded: bool) {
        if self.imp().expanded.replace(expanded) != expanded {
            self.notify_expanded();
        }
    }

    /// Sets the recent load.
    pub fn put_history(&self, values: impl Iterator<Item = Option<f32>>) {
        {
            let mut own = self.imp().history.borrow_mut();
            own.clear();
            own.extend(values);
        }
        self.imp().samples.set(self.imp().samples.get() + 1);
        self.notify_samples();
    }

    /// Gives the recent load to `show`.
    pub fn with_history(&self, show: impl FnOnce(&[Option<f32>])) {
        show(&self.imp().history.borrow());
    }
}
