//! A host's tab: what it is, its storage, its networks, its devices. A page is made when it is first looked at.

pub mod devices;
mod facts;
pub mod overview;
pub mod side;
mod switcher;
mod xml;

use std::rc::Rc;

use gtk4 as gtk;
use gtk4::prelude::*;

use self::switcher::Switcher;
pub(in crate::ui) use self::xml::closes_with_escape;
use crate::i18n::tr;
use crate::model::key::HostId;
use crate::ui::core::Core;
use crate::ui::widgets::set_tip;
use crate::ui::{network, storage};

/// A page of a host's tab.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
pub enum Place {
    /// Facts and load.
    #[default]
    Overview,
    /// Pools and volumes.
    Storage,
    /// Networks, filters, interfaces.
    Networks,
    /// Devices of the host.
    Devices,
}

impl Place {
    /// All of them, as they are shown.
    pub const ALL: [Self; 4] = [Self::Overview, Self::Storage, Self::Networks, Self::Devices];

    fn name(self) -> &'static str {
        match self {
            Self::Overview => "overview",
            Self::Storage => "storage",
            Self::Networks => "networks",
            Self::Devices => "devices",
        }
    }
}

/// A host's tab.
pub struct HostTab {
    core: Core,
    host: HostId,
    root: gtk::Box,
    stack: gtk::Stack,
    switcher: Switcher,
}

impl HostTab {
    /// Builds the tab and shows a page of it.
    #[must_use]
    pub fn new(core: &Core, host: HostId, place: Place) -> Rc<Self> {
        let this = Rc::new_cyclic(|weak: &std::rc::Weak<Self>| {
            let weak = weak.clone();
            let switcher = Switcher::new(move |place| {
                if let Some(this) = weak.upgrade() {
                    this.show(place);
                }
            });
            Self {
                core: core.clone(),
                host,
                root: gtk::Box::new(gtk::Orientation::Vertical, 0),
                stack: gtk::Stack::builder().vexpand(true).hhomogeneous(false).build(),
                switcher,
            }
        });
        let strip = gtk::CenterBox::builder().css_classes(["toolbar"]).build();
        strip.set_center_widget(Some(this.switcher.widget()));
        let add = gtk::Button::builder()
            .icon_name("list-add-symbolic")
            .action_name("host.create")
            .action_target(&host.to_string().to_variant())
            .build();
        set_tip(&add, Some(&tr("New Machine on This Host")));
        add.update_property(&[gtk::accessible::Property::Label(&tr("New Machine on This Host"))]);
        strip.set_end_widget(Some(&add));
        this.root.append(&strip);
        this.root.append(&gtk::Separator::new(gtk::Orientation::Horizontal));
        this.root.append(&this.stack);
        this.show(place);
        this
    }

    /// The widget.
    #[must_use]
    pub fn widget(&self) -> &gtk::Box {
        &self.root
    }

    /// The host.
    #[must_use]
    pub fn host(&self) -> HostId {
        self.host
    }

    /// Shows a page.
    pub fn show(&self, place: Place) {
        if self.stack.child_by_name(place.name()).is_none() {
            let page = match place {
                Place::Overview => overview::page(&self.core, self.host),
                Place::Storage => storage::page(&self.core, self.host),
                Place::Networks => network::page(&self.core, self.host),
                Place::Devices => devices::page(&self.core, self.host),
            };
            self.stack.add_named(&page, Some(place.name()));
        }
        self.stack.set_visible_child_name(place.name());
        self.switcher.set_place(place);
    }
}
