//! Where can be looked: what was used recently, each pool, this computer, the network.

use std::cell::RefCell;

use gtk4 as gtk;
use gtk4::prelude::*;
use libadwaita as adw;
use libadwaita::prelude::*;

use crate::i18n::{tr, tr_f};
use crate::model::facts::PoolFact;
use crate::model::storage::{first_by_use, is_for_media};
use crate::ui::storage::chooser::Purpose;
use crate::ui::storage::pools::icon;
use crate::ui::{format, text};

/// A place to look in.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum Place {
    /// What was used recently.
    Recent,
    /// A pool of the host.
    Pool(PoolFact),
    /// A path on the host, typed.
    Path,
    /// The desktop's file chooser.
    Computer,
    /// What operating systems offer.
    Systems,
    /// An address.
    Address,
}

/// The place to begin with: of the pools that are on, that for media where a medium is looked for, else the usual one.
pub(super) fn first(places: &[Place], purpose: Purpose) -> Place {
    let pools = || {
        places.iter().filter_map(|place| match place {
            Place::Pool(pool) if pool.active => Some(pool),
            _ => None,
        })
    };
    let media = pools()
        .find(|pool| is_for_media(pool))
        .filter(|_| purpose == Purpose::Media);
    let first = media.or_else(|| first_by_use(pools()));
    first.cloned().map_or(Place::Path, Place::Pool)
}

impl Place {
    fn words(&self, is_here: bool) -> (&'static str, String, String) {
        match self {
            Self::Recent => ("document-open-recent-symbolic", tr("Recent"), String::new()),
            Self::Pool(pool) => {
                let below = match (pool.active, pool.available) {
                    (false, _) => tr("off"),
                    (true, Some(free)) => tr_f("{size} free", &[("size", &format::bytes(free as f64))]),
                    (true, None) => String::new(),
                };
                (icon(&pool.kind), text::name(&pool.name), below)
            }
            Self::Path => ("text-x-generic-symbolic", tr("Path on the Host"), String::new()),
            Self::Computer => {
                let below = if is_here { String::new() } else { tr("To upload") };
                ("computer-symbolic", tr("This Computer…"), below)
            }
            Self::Systems => ("folder-download-symbolic", tr("Operating Systems"), tr("To download")),
            Self::Address => ("network-workgroup-symbolic", tr("Address"), tr("To download")),
        }
    }
}

/// The list of places.
pub(super) struct Places {
    root: gtk::ScrolledWindow,
    list: gtk::ListBox,
    places: RefCell<Vec<Place>>,
}

impl Places {
    /// An empty list; `chosen` is told which one is wanted.
    pub(super) fn new(chosen: impl Fn(Place) + 'static, this: &std::rc::Weak<super::window::Chooser>) -> Self {
        let list = gtk::ListBox::builder()
            .selection_mode(gtk::SelectionMode::Browse)
            .css_classes(["navigation-sidebar"])
            .build();
        list.update_property(&[gtk::accessible::Property::Label(&tr("Places"))]);
        let weak = this.clone();
        list.connect_row_activated(move |_, row| {
            let place = weak
                .upgrade()
                .and_then(|chooser| chooser.places.at(usize::try_from(row.index()).ok()?));
            if let Some(place) = place {
                chosen(place);
            }
        });
        let root = gtk::ScrolledWindow::builder()
            .child(&list)
            .hscrollbar_policy(gtk::PolicyType::Never)
            .width_request(200)
            .vexpand(true)
            .build();
        Self {
            root,
            list,
            places: RefCell::default(),
        }
    }

    /// The widget.
    pub(super) fn widget(&self) -> &gtk::ScrolledWindow {
        &self.root
    }

    fn at(&self, index: usize) -> Option<Place> {
        self.places.borrow().get(index).cloned()
    }

    /// Shows these places.
    pub(super) fn show(&self, places: Vec<Place>, is_here: bool) {
        while let Some(row) = self.list.row_at_index(0) {
            self.list.remove(&row);
        }
        for place in &places {
            let (icon, title, below) = place.words(is_here);
            let row = adw::ActionRow::builder().use_markup(false).activatable(true).build();
            row.set_title(&title);
            row.set_subtitle(&below);
            row.add_prefix(&gtk::Image::from_icon_name(icon));
            self.list.append(&row);
        }
        self.places.replace(places);
    }

    /// Marks the place that is shown.
    pub(super) fn mark(&self, place: &Place) {
        let at = self.places.borrow().iter().position(|known| known == place);
        let row = at.and_then(|at| self.list.row_at_index(i32::try_from(at).ok()?));
        self.list.select_row(row.as_ref());
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_medium_is_looked_for_among_media() {
        let pool = |name: &str, path: &str, active: bool| {
            Place::Pool(PoolFact {
                name: name.to_owned(),
                path: Some(path.to_owned()),
                active,
                ..PoolFact::default()
            })
        };
        let images = pool("default", "/var/lib/libvirt/images", true);
        let media = pool("ISO", "/srv/media", true);
        let folder = pool("shelf", "/srv/isos", true);
        let off = pool("iso", "/srv/iso", false);
        let fast = pool("fast", "/srv/fast", true);
        let begin = |places: &[&Place], purpose| {
            let places: Vec<Place> = places.iter().map(|place| (*place).clone()).collect();
            first(&places, purpose)
        };
        assert_eq!(begin(&[&fast, &images, &media], Purpose::Media), media);
        assert_eq!(begin(&[&images, &folder], Purpose::Media), folder);
        assert_eq!(begin(&[&images, &off], Purpose::Media), images);
        assert_eq!(begin(&[&fast, &media, &images], Purpose::Disk), images);
        assert_eq!(begin(&[&off, &fast, &Place::Path], Purpose::Cloud), fast);
        assert_eq!(begin(&[&off, &Place::Path], Purpose::Media), Place::Path);
    }
}
