//! Message dialogs as futures, and the window that a widget stands in.

use gtk4 as gtk;
use gtk4::prelude::*;
use libadwaita as adw;
use libadwaita::prelude::*;

use crate::ui::widgets::name_once;

/// The window around a widget, to place dialogs over.
#[must_use]
pub fn window_of(widget: &impl IsA<gtk::Widget>) -> Option<gtk::Window> {
    widget
        .as_ref()
        .root()
        .and_then(|root| root.downcast::<gtk::Window>().ok())
}

/// A modal message dialog over the window of `parent`.
#[must_use]
pub fn dialog(parent: &impl IsA<gtk::Widget>, heading: &str, body: &str) -> adw::MessageDialog {
    let dialog = adw::MessageDialog::new(window_of(parent).as_ref(), Some(heading), Some(body));
    dialog.set_destroy_with_parent(true);
    dialog.connect_map(|dialog| {
        name_once(dialog);
        focus_default(dialog);
    });
    dialog
}

/// Without an entry to type into, Return presses the default button: it must not toggle a box that comes first.
fn focus_default(dialog: &adw::MessageDialog) {
    let types =
        GtkWindowExt::focus(dialog).is_some_and(|widget| widget.is::<gtk::Text>() || widget.is::<gtk::TextView>());
    if let Some(button) = dialog.default_widget().filter(|_| !types) {
        button.grab_focus();
    }
}

/// A frame for the rows of a dialog, called `name` by screen readers.
#[must_use]
pub fn rows(name: &str) -> gtk::ListBox {
    let list = gtk::ListBox::builder()
        .selection_mode(gtk::SelectionMode::None)
        .css_classes(["boxed-list"])
        .build();
    list.update_property(&[gtk::accessible::Property::Label(name)]);
    list
}

/// What a dialog shows below its words where that may be long: it scrolls when it is higher than some eight lines.
#[must_use]
pub fn scrolled(content: &impl IsA<gtk::Widget>) -> gtk::ScrolledWindow {
    let content: &gtk::Widget = content.upcast_ref();
    // Room for the shadow of a frame.
    content.set_margin_top(3);
    content.set_margin_bottom(3);
    content.set_margin_start(3);
    content.set_margin_end(3);
    gtk::ScrolledWindow::builder()
        .child(content)
        .hscrollbar_policy(gtk::PolicyType::Never)
        .propagate_natural_height(true)
        .max_content_height(320)
        .build()
}

/// Shows a dialog and completes with the id of the response; with that of the close response when it goes away by itself
/// (its parent closed, the program ends).
pub async fn choose(dialog: adw::MessageDialog) -> String {
    let (answered, answer) = async_channel::bounded(1);
    dialog.connect_response(None, move |_, response| {
        let _ = answered.try_send(response.to_owned());
    });
    let otherwise = dialog.close_response().to_string();
    dialog.present();
    // The toplevel list keeps the dialog alive; a reference of ours would keep the channel open after its end.
    drop(dialog);
    answer.recv().await.unwrap_or(otherwise)
}

/// Turns off a dialog's accelerators for an empty or wrong entry, and on again: the response `id` is sensitive while
/// `valid` says so.
pub fn allow(dialog: &adw::MessageDialog, id: &str, valid: bool) {
    if dialog.is_response_enabled(id) != valid {
        dialog.set_response_enabled(id, valid);
    }
}
