//! Search and replace in a text.

use gtk::{gdk, glib};
use relm4::gtk;
use sourceview5::prelude::*;
use sourceview5::{Buffer, SearchContext, SearchSettings, View};

use super::fold::Folding;
use crate::i18n::{tr, tr_f, tr_n};
use crate::ui::widgets::Tip;

/// The bar above a text, hidden at first.
#[derive(Clone)]
pub(super) struct Search {
    bar: gtk::SearchBar,
    entry: gtk::SearchEntry,
    with: gtk::Entry,
    replacing: gtk::Box,
    count: gtk::Label,
    view: View,
    context: SearchContext,
    folding: Folding,
}

impl Search {
    pub(super) fn new(view: &View, buffer: &Buffer, folding: &Folding) -> Self {
        let settings = SearchSettings::builder().wrap_around(true).build();
        let context = SearchContext::new(buffer, Some(&settings));
        context.set_highlight(false);
        let entry = gtk::SearchEntry::builder().hexpand(true).width_request(120).build();
        entry.update_property(&[gtk::accessible::Property::Label(&tr("Search in the text"))]);
        let with = gtk::Entry::builder()
            .hexpand(true)
            .width_request(120)
            .placeholder_text(tr("Replace with"))
            .build();
        with.update_property(&[gtk::accessible::Property::Label(&tr("Replace with"))]);
        let count = gtk::Label::builder()
            .css_classes(["dim-label", "caption", "numeric"])
            .build();
        let bar = gtk::SearchBar::new();
        let search = Self {
            bar,
            entry,
            with,
            replacing: gtk::Box::builder().spacing(6).visible(false).build(),
            count,
            view: view.clone(),
            context,
            folding: folding.clone(),
        };
        search.build();
        search
    }

    /// The widget.
    pub(super) fn widget(&self) -> &gtk::SearchBar {
        &self.bar
    }

    /// Shows the bar and takes the focus; what is selected is searched.
    pub(super) fn open(&self, replacing: bool) {
        let buffer = self.context.buffer();
        if let Some((start, end)) = buffer.selection_bounds()
            && start.line() == end.line()
        {
            self.entry.set_text(&buffer.text(&start, &end, true));
        }
        self.replacing.set_visible(replacing && self.view.is_editable());
        self.bar.set_search_mode(true);
        self.entry.grab_focus();
        self.entry.select_region(0, -1);
        self.look();
    }

    fn build(&self) {
        let step = |icon: &str, text: &str| {
            let button = gtk::Button::builder().icon_name(icon).build().with_tip(text);
            button.update_property(&[gtk::accessible::Property::Label(text)]);
            button
        };
        let up = step("go-up-symbolic", &tr("Earlier match"));
        let down = step("go-down-symbolic", &tr("Later match"));
        let steps = gtk::Box::builder().css_classes(["linked"]).build();
        steps.append(&up);
        steps.append(&down);
        let first = gtk::Box::builder().spacing(6).build();
        first.append(&self.entry);
        first.append(&self.count);
        first.append(&steps);
        let one = gtk::Button::with_mnemonic(&tr("_Replace"));
        let all = gtk::Button::with_mnemonic(&tr("Replace _All"));
        self.replacing.append(&self.with);
        self.replacing.append(&one);
        self.replacing.append(&all);
        let rows = gtk::Box::builder()
            .orientation(gtk::Orientation::Vertical)
            .spacing(6)
            .hexpand(true)
            .build();
        rows.append(&first);
        rows.append(&self.replacing);
        self.bar.set_child(Some(&rows));
        self.bar.connect_entry(&self.entry);
        self.wire(&up, &down, &one, &all);
    }

    fn wire(&self, up: &gtk::Button, down: &gtk::Button, one: &gtk::Button, all: &gtk::Button) {
        let weak = self.downgrade();
        let on = move |then: fn(&Self)| {
            let weak = weak.clone();
            move || {
                if let Some(search) = weak() {
                    then(&search);
                }
            }
        };
        let (go, back, look) = (on(|s| s.go(true)), on(|s| s.go(false)), on(Self::look));
        up.connect_clicked(move |_| back());
        down.connect_clicked(move |_| go());
        self.entry.connect_search_changed(move |_| look());
        let (go, back, more) = (on(|s| s.go(true)), on(|s| s.go(false)), on(|s| s.go(true)));
        self.entry.connect_activate(move |_| go());
        self.entry.connect_previous_match(move |_| back());
        self.entry.connect_next_match(move |_| more());
        let (replace, same, every) = (on(Self::replace), on(Self::replace), on(Self::replace_all));
        one.connect_clicked(move |_| replace());
        self.with.connect_activate(move |_| same());
        all.connect_clicked(move |_| every());
        let (count, mode) = (on(Self::show_count), on(Self::mode_changed));
        self.context.connect_occurrences_count_notify(move |_| count());
        self.bar.connect_search_mode_enabled_notify(move |_| mode());
        let keys = gtk::EventControllerKey::new();
        let close = on(|s| s.bar.set_search_mode(false));
        keys.connect_key_pressed(move |_, key, _, _| {
            if key == gdk::Key::Escape {
                close();
                return glib::Propagation::Stop;
            }
            glib::Propagation::Proceed
        });
        self.bar.add_controller(keys);
    }

    /// What the widgets' own handlers may hold of it.
    fn downgrade(&self) -> impl Fn() -> Option<Self> + Clone + use<> {
        let (bar, entry, with) = (self.bar.downgrade(), self.entry.downgrade(), self.with.downgrade());
        let (replacing, count, view) = (
            self.replacing.downgrade(),
            self.count.downgrade(),
            self.view.downgrade(),
        );
        let (context, folding) = (self.context.downgrade(), self.folding.downgrade());
        move || {
            Some(Self {
                bar: bar.upgrade()?,
                entry: entry.upgrade()?,
                with: with.upgrade()?,
                replacing: replacing.upgrade()?,
                count: count.upgrade()?,
                view: view.upgrade()?,
                context: context.upgrade()?,
                folding: folding()?,
            })
        }
    }

    fn mode_changed(&self) {
        let is_open = self.bar.is_search_mode();
        self.context.set_highlight(is_open);
        if !is_open {
            self.view.grab_focus();
        }
    }

    /// Searches for what is in the entry, from the cursor on.
    fn look(&self) {
        let text = self.entry.text();
        let settings = self.context.settings();
        settings.set_search_text(Some(text.as_str()).filter(|text| !text.is_empty()));
        if text.is_empty() {
            self.show_count();
            return;
        }
        let buffer = self.context.buffer();
        let from = buffer
            .selection_bounds()
            .map_or_else(|| buffer.iter_at_mark(&buffer.get_insert()), |(start, _)| start);
        let found = self.context.forward(&from);
        self.select(found);
    }

    fn go(&self, forward: bool) {
        if self.entry.text().is_empty() {
            return;
        }
        let buffer = self.context.buffer();
        let cursor = buffer.iter_at_mark(&buffer.get_insert());
        let (start, end) = buffer.selection_bounds().unwrap_or((cursor, cursor));
        let found = if forward {
            self.context.forward(&end)
        } else {
            self.context.backward(&start)
        };
        self.select(found);
    }

    fn select(&self, found: Option<(gtk::TextIter, gtk::TextIter, bool)>) {
        if let Some((start, end, _)) = found {
            self.folding.uncover(&start);
            let buffer = self.context.buffer();
            buffer.select_range(&start, &end);
            self.view.scroll_to_mark(&buffer.get_insert(), 0.1, false, 0.0, 0.5);
        }
        self.show_count();
    }

    /// The selection, if it is a match.
    fn selected(&self) -> Option<(gtk::TextIter, gtk::TextIter)> {
        let (start, end) = self.context.buffer().selection_bounds()?;
        (self.context.occurrence_position(&start, &end) > 0).then_some((start, end))
    }

    fn replace(&self) {
        if let Some((mut start, mut end)) = self.selected()
            && let Err(error) = self.context.replace(&mut start, &mut end, &self.with.text())
        {
            tracing::warn!(%error, "text was not replaced");
        }
        self.go(true);
    }

    fn replace_all(&self) {
        self.folding.unfold_all();
        if let Err(error) = self.context.replace_all(&self.with.text()) {
            tracing::warn!(%error, "text was not replaced");
        }
        self.show_count();
    }

    fn show_count(&self) {
        let count = usize::try_from(self.context.occurrences_count()).ok();
        let buffer = self.context.buffer();
        let place = buffer
            .selection_bounds()
            .map(|(start, end)| self.context.occurrence_position(&start, &end))
            .filter(|place| *place > 0);
        let empty = self.entry.text().is_empty();
        let text = match (count, place) {
            _ if empty => String::new(),
            (None, _) => tr("Searching…"),
            (Some(0), _) => tr("Not found"),
            (Some(count), Some(place)) => tr_f(
                "{place} of {count}",
                &[("place", &place.to_string()), ("count", &count.to_string())],
            ),
            (Some(count), None) => tr_n("{n} match", "{n} matches", count, &[]),
        };
        self.count.set_label(&text);
        if count == Some(0) && !empty {
            self.entry.add_css_class("error");
        } else {
            self.entry.remove_css_class("error");
        }
    }
}
