//! The list of pages: settings of the machine first, then its devices.

use gtk4 as gtk;
use gtk4::prelude::*;

use crate::i18n::tr;
use crate::model::hardware::{Entry, PageId};
use crate::ui::widgets::{TwoLines, set_tip};

/// The list, following the entries that it is given.
pub struct PageList {
    root: gtk::ScrolledWindow,
    list: gtk::ListBox,
    told: glib::SignalHandlerId,
    lines: Vec<Line>,
}

struct Line {
    entry: Entry,
    row: gtk::ListBoxRow,
    icon: gtk::Image,
    title: gtk::Label,
    subtitle: gtk::Label,
    mark: gtk::Image,
}

/// What a line shows besides its entry.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Mark {
    /// Nothing.
    #[default]
    None,
    /// It was changed and not applied.
    Changed,
    /// The guest was asked to let go of it.
    Leaving,
}

impl PageList {
    /// An empty list; `chosen` is told which page the user wants.
    pub fn new(chosen: impl Fn(usize) + 'static) -> Self {
        let list = gtk::ListBox::builder()
            .selection_mode(gtk::SelectionMode::Browse)
            .css_classes(["navigation-sidebar"])
            .build();
        list.update_property(&[gtk::accessible::Property::Label(&tr("Hardware"))]);
        let told = list.connect_row_selected(move |_, row| {
            if let Some(index) = row.and_then(|row| usize::try_from(row.index()).ok()) {
                chosen(index);
            }
        });
        let root = gtk::ScrolledWindow::builder()
            .child(&list)
            .hscrollbar_policy(gtk::PolicyType::Never)
            .vexpand(true)
            .build();
        Self {
            root,
            list,
            told,
            lines: Vec::new(),
        }
    }

    /// The widget.
    #[must_use]
    pub fn widget(&self) -> &gtk::ScrolledWindow {
        &self.root
    }

    /// The list itself, for what is done with its rows.
    #[must_use]
    pub fn list(&self) -> &gtk::ListBox {
        &self.list
    }

    /// The page in this line.
    #[must_use]
    pub fn page(&self, index: usize) -> Option<PageId> {
        self.lines.get(index).map(|line| line.entry.id)
    }

    /// Shows these pages.
    pub fn show(&mut self, entries: Vec<Entry>, mark: impl Fn(PageId) -> Mark) {
        while self.lines.len() > entries.len() {
            if let Some(line) = self.lines.pop() {
                self.list.remove(&line.row);
            }
        }
        let known = self.lines.len();
        for (index, entry) in entries.into_iter().enumerate() {
            let mark = mark(entry.id);
            if index < known {
                self.lines[index].follow(entry);
            } else {
                let line = Line::new(entry);
                self.list.append(&line.row);
                self.lines.push(line);
            }
            self.lines[index].set_mark(mark);
            let is_first_device = index > 0 && is_device(&self.lines[index]) && !is_device(&self.lines[index - 1]);
            self.lines[index].set_heading(is_first_device);
        }
    }

    /// Selects the line of a page, which is no choice of the user's; false where it has none.
    pub fn select(&self, id: PageId) -> bool {
        let Some(line) = self.lines.iter().find(|line| line.entry.id == id) else {
            return false;
        };
        if !line.row.is_selected() {
            // Told back, this would race with a choice that is on its way: both pages would be shown in turn for ever.
            self.list.block_signal(&self.told);
            self.list.select_row(Some(&line.row));
            self.list.unblock_signal(&self.told);
        }
        true
    }
}

fn is_device(line: &Line) -> bool {
    matches!(line.entry.id, PageId::Device(_))
}

impl Line {
    fn new(entry: Entry) -> Self {
        let icon = gtk::Image::from_icon_name(entry.icon);
        icon.set_accessible_role(gtk::AccessibleRole::Presentation);
        let TwoLines {
            root: words,
            title,
            detail: subtitle,
        } = TwoLines::new();
        let mark = gtk::Image::builder().visible(false).build();
        let content = gtk::Box::builder()
            .spacing(12)
            .margin_top(4)
            .margin_bottom(4)
            .margin_start(2)
            .margin_end(2)
            .build();
        content.append(&icon);
        content.append(&words);
        content.append(&mark);
        let row = gtk::ListBoxRow::builder().child(&content).build();
        let line = Self {
            entry,
            row,
            icon,
            title,
            subtitle,
            mark,
        };
        line.write();
        line
    }

    fn follow(&mut self, entry: Entry) {
        if self.entry != entry {
            self.entry = entry;
            self.write();
        }
    }

    fn write(&self) {
        self.icon.set_icon_name(Some(self.entry.icon));
        self.title.set_text(&self.entry.title);
        self.subtitle.set_text(&self.entry.subtitle);
        self.subtitle.set_visible(!self.entry.subtitle.is_empty());
        let tooltip = Some(self.entry.subtitle.as_str()).filter(|text| text.len() > 24);
        set_tip(&self.row, tooltip);
        let words = [self.entry.title.as_str(), self.entry.subtitle.as_str()];
        let words: Vec<&str> = words.into_iter().filter(|text| !text.is_empty()).collect();
        self.row
            .update_property(&[gtk::accessible::Property::Label(&words.join(", "))]);
    }

    fn set_mark(&self, mark: Mark) {
        let (icon, text) = match mark {
            Mark::None => {
                self.mark.set_visible(false);
                return;
            }
            Mark::Changed => ("vireo-changed-symbolic", tr("Changed, not applied yet")),
            Mark::Leaving => ("content-loading-symbolic", tr("Waits for the guest to let go of it")),
        };
        self.mark.set_icon_name(Some(icon));
        set_tip(&self.mark, Some(&text));
        self.mark.update_property(&[gtk::accessible::Property::Label(&text)]);
        self.mark.set_visible(true);
    }

    /// A line that parts devices from settings.
    fn set_heading(&self, first: bool) {
        if first == self.row.has_css_class("vireo-first-device") {
            return;
        }
        if first {
            self.row.add_css_class("vireo-first-device");
        } else {
            self.row.remove_css_class("vireo-first-device");
        }
    }
}
