//! Accessible names where GTK and libadwaita leave them out, or say them twice.

use gtk4 as gtk;
use gtk4::prelude::*;

/// Lets the buttons in `root` be named by the label that is seen. GTK before 4.10 names them by the text as it was given,
/// underline and all, and buttons by what is seen as well: "_Cancel Cancel".
pub fn name_once(root: &impl IsA<gtk::Widget>) {
    let mut left = vec![root.clone().upcast::<gtk::Widget>()];
    while let Some(widget) = left.pop() {
        if let Some(button) = widget.downcast_ref::<gtk::Button>()
            && button.uses_underline()
        {
            // What is seen remains.
            button.reset_property(gtk::AccessibleProperty::Label);
            continue;
        }
        if let Some(button) = widget.downcast_ref::<gtk::CheckButton>()
            && button.uses_underline()
        {
            let label = seen(&button.label().unwrap_or_default());
            button.update_property(&[gtk::accessible::Property::Label(&label)]);
            continue;
        }
        left.extend(children(&widget));
    }
}

/// Calls the lists in a group without a title, or in a row that expands, `name`, and hides pictures as [`hide_pictures`] does.
pub fn name_lists(root: &impl IsA<gtk::Widget>, name: &str) {
    hide_pictures(root);
    for widget in all(root) {
        if widget.is::<gtk::ListBox>() {
            widget.update_property(&[gtk::accessible::Property::Label(name)]);
        }
    }
}

/// Hides pictures that only say that something expands.
pub fn hide_pictures(root: &impl IsA<gtk::Widget>) {
    for widget in all(root) {
        if widget.is::<gtk::Image>() {
            widget.update_state(&[gtk::accessible::State::Hidden(true)]);
        }
    }
}

fn all(root: &impl IsA<gtk::Widget>) -> Vec<gtk::Widget> {
    let mut found = vec![root.clone().upcast::<gtk::Widget>()];
    let mut next = 0;
    while let Some(widget) = found.get(next).cloned() {
        found.extend(children(&widget));
        next += 1;
    }
    found
}

fn children(widget: &gtk::Widget) -> impl Iterator<Item = gtk::Widget> + use<> {
    std::iter::successors(widget.first_child(), gtk::Widget::next_sibling)
}

/// A label as it is seen: one underline marks the next letter, two are one.
fn seen(label: &str) -> String {
    let mut seen = String::with_capacity(label.len());
    let mut letters = label.chars();
    while let Some(letter) = letters.next() {
        match letter {
            '_' => seen.extend(letters.next()),
            other => seen.push(other),
        }
    }
    seen
}

#[cfg(test)]
mod tests {
    use super::seen;

    #[test]
    fn underlines_are_marks_and_not_letters() {
        assert_eq!(seen("_Don't ask again"), "Don't ask again");
        assert_eq!(seen("Sa_ve a__b_"), "Save a_b");
    }
}
