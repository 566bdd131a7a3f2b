//! The changes bar: how much was changed, when it takes effect, and what to do with it.

use gtk4 as gtk;
use gtk4::prelude::*;

use crate::i18n::{tr, tr_n};
use crate::model::hardware::plan::Counts;
use crate::ui::widgets::set_tip;

/// What its buttons do.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Choice {
    /// Look at what was changed.
    Review,
    /// Forget it.
    Discard,
    /// Do it.
    Apply,
    /// Take the last change back.
    Undo,
}

/// Revealed while there is something to apply.
pub struct ChangesBar {
    root: gtk::Revealer,
    words: gtk::Label,
    review: gtk::Button,
    discard: gtk::Button,
    undo: gtk::Button,
    apply: gtk::Button,
    spinner: gtk::Spinner,
}

impl ChangesBar {
    /// A hidden bar.
    pub fn new(chosen: impl Fn(Choice) + Clone + 'static) -> Self {
        let words = gtk::Label::builder()
            .xalign(0.0)
            .hexpand(true)
            .wrap(true)
            .lines(3)
            .ellipsize(gtk::pango::EllipsizeMode::End)
            .build();
        let button = |label: &str, choice: Choice| {
            let button = gtk::Button::with_mnemonic(label);
            let chosen = chosen.clone();
            button.connect_clicked(move |_| chosen(choice));
            button
        };
        let undo = button("", Choice::Undo);
        undo.set_icon_name("edit-undo-symbolic");
        set_tip(&undo, Some(&tr("Take the last change back")));
        undo.update_property(&[gtk::accessible::Property::Label(&tr("Take the last change back"))]);
        let review = button(&tr("_Review…"), Choice::Review);
        let discard = button(&tr("_Discard"), Choice::Discard);
        let apply = button(&tr("_Apply"), Choice::Apply);
        apply.add_css_class("suggested-action");
        let spinner = gtk::Spinner::new();
        let buttons = gtk::Box::builder().spacing(6).valign(gtk::Align::Center).build();
        for widget in [
            spinner.upcast_ref::<gtk::Widget>(),
            undo.upcast_ref(),
            review.upcast_ref(),
            discard.upcast_ref(),
            apply.upcast_ref(),
        ] {
            buttons.append(widget);
        }
        let row = gtk::FlowBox::builder()
            .selection_mode(gtk::SelectionMode::None)
            .accessible_role(gtk::AccessibleRole::Group)
            .min_children_per_line(1)
            .max_children_per_line(2)
            .column_spacing(12)
            .row_spacing(6)
            .margin_start(9)
            .margin_end(9)
            .margin_top(3)
            .margin_bottom(3)
            .build();
        for child in [words.upcast_ref::<gtk::Widget>(), buttons.upcast_ref()] {
            let cell = gtk::FlowBoxChild::builder()
                .child(child)
                .focusable(false)
                .accessible_role(gtk::AccessibleRole::Group)
                .build();
            row.append(&cell);
        }
        buttons.set_halign(gtk::Align::End);
        let frame = gtk::Box::builder()
            .orientation(gtk::Orientation::Vertical)
            .css_classes(["vireo-changes"])
            .build();
        frame.append(&gtk::Separator::new(gtk::Orientation::Horizontal));
        frame.append(&row);
        let root = gtk::Revealer::builder()
            .child(&frame)
            .transition_type(gtk::RevealerTransitionType::SlideUp)
            .build();
        root.set_accessible_role(gtk::AccessibleRole::Group);
        root.update_property(&[gtk::accessible::Property::Label(&tr("Changes"))]);
        Self {
            root,
            words,
            review,
            discard,
            undo,
            apply,
            spinner,
        }
    }

    /// The widget.
    #[must_use]
    pub fn widget(&self) -> &gtk::Revealer {
        &self.root
    }

    /// Says what is to be applied. `problem` is why it cannot be.
    pub fn show(&self, counts: Counts, runs: bool, problem: Option<&str>, busy: bool) {
        let all = counts.now + counts.next_start + counts.off;
        self.root.set_reveal_child(all > 0 || problem.is_some());
        let text = words(counts, runs, problem);
        // What it said stays while it goes.
        if !text.is_empty() && self.words.text() != text {
            self.words.set_text(&text);
        }
        for button in [&self.review, &self.discard, &self.undo] {
            button.set_sensitive(!busy);
        }
        self.review.set_sensitive(!busy && all > 0);
        self.apply.set_sensitive(!busy && problem.is_none() && all > 0);
        set_tip(&self.apply, problem);
        self.spinner.set_visible(busy);
        self.spinner.set_spinning(busy);
    }
}

/// “3 changes · 2 take effect now, 1 at the next start · 1 value has to be corrected first.”
fn words(counts: Counts, runs: bool, problem: Option<&str>) -> String {
    let all = counts.now + counts.next_start + counts.off;
    let changes = (all > 0).then(|| tr_n("{n} change", "{n} changes", all, &[]));
    let times = Some(times(counts)).filter(|_| runs);
    let parts = [changes, times, problem.map(str::to_owned)];
    let parts: Vec<String> = parts.into_iter().flatten().filter(|part| !part.is_empty()).collect();
    parts.join(" · ")
}

/// “2 take effect now, 1 at the next start”.
fn times(counts: Counts) -> String {
    let mut parts = Vec::new();
    if counts.now > 0 {
        parts.push(tr_n("{n} takes effect now", "{n} take effect now", counts.now, &[]));
    }
    if counts.next_start > 0 {
        parts.push(tr_n(
            "{n} at the next start",
            "{n} at the next start",
            counts.next_start,
            &[],
        ));
    }
    if counts.off > 0 {
        parts.push(tr_n(
            "{n} only while the machine is off",
            "{n} only while the machine is off",
            counts.off,
            &[],
        ));
    }
    parts.join(", ")
}

#[cfg(test)]
mod tests {
    use super::words;
    use crate::model::hardware::plan::Counts;

    #[test]
    fn the_bar_says_how_many_changes_take_effect_when() {
        let counts = Counts {
            now: 2,
            next_start: 1,
            off: 0,
        };
        assert_eq!(
            words(counts, true, None),
            "3 changes · 2 take effect now, 1 at the next start"
        );
        assert_eq!(words(counts, false, None), "3 changes");
        assert_eq!(words(counts, false, Some("Wrong.")), "3 changes · Wrong.");
    }

    #[test]
    fn the_bar_is_not_empty_when_the_first_value_is_a_wrong_one() {
        assert_eq!(words(Counts::default(), true, Some("Wrong.")), "Wrong.");
    }
}
