//! The row in which the guest's keyboard layout is chosen.

use std::cell::{Cell, RefCell};
use std::rc::Rc;

use adw::prelude::*;
use gtk::{gio, glib};
use relm4::{adw, gtk};

use crate::i18n::tr;
use crate::model::display::keys::{Layout, Layouts};

/// A searchable list of all layouts; empty until the list was read.
#[derive(Clone)]
pub struct LayoutRow {
    row: adw::ActionRow,
    choice: gtk::DropDown,
    layouts: Rc<RefCell<Layouts>>,
    quiet: Rc<Cell<bool>>,
}

impl LayoutRow {
    pub fn new() -> Self {
        let expression =
            gtk::PropertyExpression::new(gtk::StringObject::static_type(), gtk::Expression::NONE, "string");
        let choice = gtk::DropDown::builder()
            .model(&gtk::StringList::new(&[]))
            .expression(&expression)
            .enable_search(true)
            .factory(&labels(Some(20)))
            .list_factory(&labels(None))
            .valign(gtk::Align::Center)
            .build();
        choice.update_property(&[gtk::accessible::Property::Label(&tr("Keyboard layout of the guest"))]);
        let row = adw::ActionRow::builder()
            .title(tr("Layout"))
            .subtitle(tr("The one that is set in the guest"))
            .activatable_widget(&choice)
            .build();
        row.add_suffix(&choice);
        Self {
            row,
            choice,
            layouts: Rc::default(),
            quiet: Rc::default(),
        }
    }

    pub fn widget(&self) -> &adw::ActionRow {
        &self.row
    }

    /// Fills the list; chooses `wanted` or, if it is unknown, what the user's language suggests.
    pub async fn fill(&self, wanted: Option<Layout>) {
        let Ok(layouts) = gio::spawn_blocking(Layouts::installed).await else {
            return;
        };
        let locale = ["LC_ALL", "LC_CTYPE", "LANG"]
            .iter()
            .find_map(|name| std::env::var(name).ok().filter(|value| !value.is_empty()))
            .unwrap_or_default();
        let known = wanted.filter(|layout| layouts.position(layout).is_some());
        let chosen = known.unwrap_or_else(|| layouts.guess(&locale));
        let names: Vec<&str> = layouts.all().iter().map(|(_, title)| title.as_str()).collect();
        self.quiet.set(true);
        self.choice.set_model(Some(&gtk::StringList::new(&names)));
        let at = layouts.position(&chosen).and_then(|at| u32::try_from(at).ok());
        self.layouts.replace(layouts);
        self.quiet.set(false);
        // The first one is chosen already, and nobody has heard of it.
        self.choice.set_selected(gtk::INVALID_LIST_POSITION);
        self.choice.set_selected(at.unwrap_or(0));
    }

    /// The chosen layout.
    pub fn chosen(&self) -> Option<Layout> {
        let at = self.choice.selected() as usize;
        self.layouts.borrow().all().get(at).map(|(layout, _)| layout.clone())
    }

    pub fn connect_chosen(&self, chosen: impl Fn() + 'static) {
        let quiet = self.quiet.clone();
        self.choice.connect_selected_notify(move |choice| {
            if !quiet.get() && choice.selected() != gtk::INVALID_LIST_POSITION {
                chosen();
            }
        });
    }
}

/// Labels of the list, cut off after so many characters where they must fit into a row.
fn labels(width: Option<i32>) -> gtk::SignalListItemFactory {
    let factory = gtk::SignalListItemFactory::new();
    factory.connect_setup(move |_, item| {
        let label = gtk::Label::builder().xalign(0.0).build();
        if let Some(width) = width {
            label.set_ellipsize(gtk::pango::EllipsizeMode::End);
            label.set_max_width_chars(width);
        }
        if let Some(item) = item.downcast_ref::<gtk::ListItem>() {
            item.set_child(Some(&label));
        }
    });
    factory.connect_bind(|_, item| {
        let Some(item) = item.downcast_ref::<gtk::ListItem>() else {
            return;
        };
        let text: Option<glib::GString> = item
            .item()
            .and_downcast::<gtk::StringObject>()
            .map(|text| text.string());
        if let (Some(label), Some(text)) = (item.child().and_downcast::<gtk::Label>(), text) {
            label.set_text(&text);
        }
    });
    factory
}
