//! One line of the list: a single widget that draws its cells, because GTK keeps some two hundred lines ready.

use std::cell::{Cell, OnceCell, RefCell};
use std::rc::Rc;
use std::sync::Arc;

use gtk4 as gtk;
use gtk4::prelude::*;
use gtk4::subclass::prelude::*;
use gtk4::{gdk, graphene, pango};

use super::column::{self, Place, places};
use crate::model::facts::VolumeFact;
use crate::model::usage::Usage;
use crate::model::view::VolumeColumn;
use crate::ui::widgets::Palette;

/// Room on both sides of a cell.
const PADDING: i32 = 10;
const ICON: i32 = 16;
/// Height of a line.
const HEIGHT: i32 = 38;

/// What all lines of a list share.
#[derive(Default)]
pub(super) struct Sheet {
    /// The volumes of the pool.
    pub(super) volumes: RefCell<Arc<[VolumeFact]>>,
    /// Who uses what.
    pub(super) usage: RefCell<Arc<Usage>>,
}

impl Sheet {
    /// The volume at a position of the pool's own order.
    pub(super) fn volume(&self, index: u32) -> Option<VolumeFact> {
        self.volumes.borrow().get(index as usize).cloned()
    }
}

/// A laid out cell.
struct Drawn {
    place: Place,
    text: String,
    cut: bool,
}

mod imp {
    use super::*;

    #[derive(Default)]
    pub struct VolumeLine {
        pub(super) sheet: OnceCell<Rc<Sheet>>,
        pub(super) index: Cell<Option<u32>>,
        pub(super) drawn: RefCell<Vec<Drawn>>,
    }

    #[glib::object_subclass]
    impl ObjectSubclass for VolumeLine {
        const NAME: &'static str = "VireoVolumeLine";
        type Type = super::VolumeLine;
        type ParentType = gtk::Widget;

        fn class_init(class: &mut Self::Class) {
            class.set_css_name("volume");
            class.set_accessible_role(gtk::AccessibleRole::Presentation);
        }
    }

    impl ObjectImpl for VolumeLine {
        fn constructed(&self) {
            self.parent_constructed();
            self.obj().set_has_tooltip(true);
        }
    }

    impl WidgetImpl for VolumeLine {
        fn measure(&self, orientation: gtk::Orientation, _for_size: i32) -> (i32, i32, i32, i32) {
            match orientation {
                gtk::Orientation::Horizontal => (0, 0, -1, -1),
                _ => (HEIGHT, HEIGHT, -1, -1),
            }
        }

        fn snapshot(&self, snapshot: &gtk::Snapshot) {
            let line = self.obj();
            let (Some(sheet), Some(index)) = (self.sheet.get(), self.index.get()) else {
                return;
            };
            let Some(volume) = sheet.volume(index) else { return };
            let usage = Arc::clone(&sheet.usage.borrow());
            let palette = Palette::of(&*line);
            let dim = palette.text.with_alpha(if palette.high_contrast { 0.9 } else { 0.62 });
            let mut drawn = Vec::new();
            for place in places(line.width()) {
                let text = column::content(&volume, &usage, place.column);
                let is_name = place.column == VolumeColumn::Name;
                let area = line.mirrored(place, if is_name { ICON + 8 } else { 0 });
                if is_name {
                    line.draw_icon(snapshot, &volume, dim, place);
                }
                let color = if is_name { palette.text } else { dim };
                let cut = line.draw_text(snapshot, &text, color, area, column::is_figure(place.column));
                drawn.push(Drawn { place, text, cut });
            }
            self.drawn.replace(drawn);
        }

        fn query_tooltip(&self, x: i32, _y: i32, _keyboard: bool, tooltip: &gtk::Tooltip) -> bool {
            let line = self.obj();
            let x = match line.direction() {
                gtk::TextDirection::Rtl => line.width() - x,
                _ => x,
            };
            let drawn = self.drawn.borrow();
            let under = drawn
                .iter()
                .find(|cell| cell.cut && (cell.place.start..cell.place.start + cell.place.width).contains(&x));
            tooltip.set_text(under.map(|cell| cell.text.as_str()));
            under.is_some()
        }
    }
}

glib::wrapper! {
    /// A line of a list of volumes.
    pub struct VolumeLine(ObjectSubclass<imp::VolumeLine>)
        @extends gtk::Widget,
        @implements gtk::Accessible, gtk::Buildable, gtk::ConstraintTarget;
}

impl VolumeLine {
    /// An empty line.
    pub(super) fn new(sheet: &Rc<Sheet>) -> Self {
        let line: Self = glib::Object::new();
        let _ = line.imp().sheet.set(sheet.clone());
        line
    }

    /// The position of the volume that it shows.
    pub(super) fn index(&self) -> Option<u32> {
        self.imp().index.get()
    }

    /// Shows another volume, or none.
    pub(super) fn show_volume(&self, index: Option<u32>) {
        self.imp().index.set(index);
        self.refresh();
    }

    /// Shows what holds now.
    pub(super) fn refresh(&self) {
        let imp = self.imp();
        if let (Some(sheet), Some(index), Some(item)) = (imp.sheet.get(), imp.index.get(), self.parent())
            && let Some(volume) = sheet.volume(index)
        {
            let usage = Arc::clone(&sheet.usage.borrow());
            let say = |column| column::content(&volume, &usage, column);
            let rest = VolumeColumn::ALL[1..].iter().map(|column| (*column, say(*column)));
            let rest: Vec<String> = rest
                .filter(|(_, text)| !text.is_empty())
                .map(|(column, text)| format!("{}: {text}", column::title(column)))
                .collect();
            item.update_property(&[
                gtk::accessible::Property::Label(&say(VolumeColumn::Name)),
                gtk::accessible::Property::Description(&rest.join(", ")),
            ]);
        }
        self.queue_draw();
    }

    /// Left edge and width of what is in a cell, after `before` pixels, whatever the direction of the language.
    fn mirrored(&self, place: Place, before: i32) -> (i32, i32) {
        let width = (place.width - 2 * PADDING - before).max(0);
        match self.direction() {
            gtk::TextDirection::Rtl => (self.width() - place.start - place.width + PADDING, width),
            _ => (place.start + PADDING + before, width),
        }
    }

    fn draw_icon(&self, snapshot: &gtk::Snapshot, volume: &VolumeFact, color: gdk::RGBA, place: Place) {
        let theme = gtk::IconTheme::for_display(&self.display());
        let paintable = theme.lookup_icon(
            icon(volume),
            &[],
            ICON,
            self.scale_factor(),
            self.direction(),
            gtk::IconLookupFlags::FORCE_SYMBOLIC,
        );
        let x = match self.direction() {
            gtk::TextDirection::Rtl => self.width() - place.start - PADDING - ICON,
            _ => place.start + PADDING,
        };
        let y = (self.height() - ICON) / 2;
        snapshot.save();
        snapshot.translate(&graphene::Point::new(x as f32, y as f32));
        paintable.snapshot_symbolic(snapshot, f64::from(ICON), f64::from(ICON), &[color; 4]);
        snapshot.restore();
    }

    /// Draws a text into an area and tells whether it was cut.
    fn draw_text(
        &self,
        snapshot: &gtk::Snapshot,
        text: &str,
        color: gdk::RGBA,
        (x, width): (i32, i32),
        is_figure: bool,
    ) -> bool {
        if text.is_empty() || width <= 0 {
            return false;
        }
        let layout = self.create_pango_layout(Some(text));
        layout.set_width(width * pango::SCALE);
        layout.set_ellipsize(pango::EllipsizeMode::Middle);
        layout.set_single_paragraph_mode(true);
        if is_figure {
            let figures = pango::AttrList::new();
            figures.insert(pango::AttrFontFeatures::new("tnum"));
            layout.set_attributes(Some(&figures));
            layout.set_alignment(pango::Alignment::Right);
        }
        let height = layout.pixel_size().1;
        snapshot.save();
        snapshot.translate(&graphene::Point::new(x as f32, ((self.height() - height) / 2) as f32));
        snapshot.append_layout(&layout, &color);
        snapshot.restore();
        layout.is_ellipsized()
    }
}

/// The picture of a volume.
fn icon(volume: &VolumeFact) -> &'static str {
    match (volume.kind.as_str(), volume.format.as_deref()) {
        ("dir" | "netdir", _) => "folder-symbolic",
        (_, Some("iso")) => "media-optical-symbolic",
        _ => "drive-harddisk-symbolic",
    }
}
