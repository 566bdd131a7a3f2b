//! The size of a terminal, and how a guest gets to know it: a serial line does not carry it.

use relm4::gtk;
use vte4::prelude::*;

use super::terminal::size_command;
use crate::i18n::{tr, tr_f};
use crate::ui::widgets::{Tip, name_once};

/// Longest line of the explanation in characters.
const WIDTH: i32 = 40;

/// A button that shows columns and rows, and explains and helps when it is clicked; and a line without height that belongs
/// above or below the terminal, because VTE has no signal for its width.
pub fn button(terminal: &vte4::Terminal) -> (gtk::MenuButton, gtk::DrawingArea) {
    let label = gtk::Label::builder()
        .css_classes(["dim-label", "caption", "numeric"])
        .ellipsize(gtk::pango::EllipsizeMode::End)
        .build();
    let button = gtk::MenuButton::builder()
        .child(&label)
        .css_classes(["flat"])
        .build()
        .with_tip(tr("Columns and rows: tell them to the guest"));
    let weak = terminal.downgrade();
    button.set_create_popup_func(move |button| {
        if let Some(terminal) = weak.upgrade() {
            button.set_popover(Some(&popover(&terminal)));
        }
    });
    let sensor = watch(terminal, &label, &button);
    (button, sensor)
}

/// Types the command that tells the guest the size, as if the user did.
pub fn send(terminal: &vte4::Terminal) {
    let command = size_command(terminal.column_count(), terminal.row_count());
    terminal.paste_text(&format!("{command}\r"));
    terminal.grab_focus();
}

fn popover(terminal: &vte4::Terminal) -> gtk::Popover {
    let command = size_command(terminal.column_count(), terminal.row_count());
    let line = |text: &str| {
        gtk::Label::builder()
            .label(text)
            .wrap(true)
            .max_width_chars(WIDTH)
            .width_chars(WIDTH.min(30))
            .xalign(0.0)
            .build()
    };
    let content = gtk::Box::builder()
        .orientation(gtk::Orientation::Vertical)
        .spacing(9)
        .margin_top(6)
        .margin_bottom(6)
        .margin_start(6)
        .margin_end(6)
        .build();
    content.append(&line(&tr(
        "A serial line does not carry the size of the terminal: programs in the guest believe in 80 × 24 until they are told. At the prompt of a shell, this tells them:",
    )));
    let code = line(&command);
    code.set_selectable(true);
    code.add_css_class("monospace");
    code.add_css_class("vireo-code");
    content.append(&code);
    content.append(&line(&tr_f(
        "Guests that have the program {name} find it out with that, too.",
        &[("name", "resize")],
    )));
    let (send, copy) = (
        gtk::Button::with_mnemonic(&tr("_Type It")),
        gtk::Button::with_mnemonic(&tr("_Copy")),
    );
    send.add_css_class("suggested-action");
    send.set_action_name(Some("console.send-size"));
    copy.set_action_name(Some("console.copy-size"));
    let buttons = gtk::Box::builder().spacing(6).homogeneous(true).build();
    buttons.append(&copy);
    buttons.append(&send);
    content.append(&buttons);
    name_once(&buttons);
    let popover = gtk::Popover::builder().child(&content).build();
    for button in [send, copy] {
        let popover = popover.downgrade();
        button.connect_clicked(move |_| {
            if let Some(popover) = popover.upgrade() {
                popover.popdown();
            }
        });
    }
    popover
}

/// Keeps the label at the size of the terminal: its adjustment changes with the rows, the line with the columns.
fn watch(terminal: &vte4::Terminal, label: &gtk::Label, button: &gtk::MenuButton) -> gtk::DrawingArea {
    let update = {
        let (terminal, label, button) = (terminal.downgrade(), label.downgrade(), button.downgrade());
        move || {
            let (Some(terminal), Some(label), Some(button)) = (terminal.upgrade(), label.upgrade(), button.upgrade())
            else {
                return;
            };
            let (columns, rows) = (terminal.column_count().to_string(), terminal.row_count().to_string());
            let text = format!("{columns} × {rows}");
            if label.text() != text {
                label.set_text(&text);
                let name = tr_f(
                    "{columns} columns, {rows} rows",
                    &[("columns", &columns), ("rows", &rows)],
                );
                button.update_property(&[gtk::accessible::Property::Label(&name)]);
            }
        }
    };
    let sensor = gtk::DrawingArea::builder()
        .accessible_role(gtk::AccessibleRole::Presentation)
        .build();
    let resized = update.clone();
    // The terminal gets its place after the line has got its own.
    sensor.connect_resize(move |_, _, _| {
        let update = resized.clone();
        gtk::glib::idle_add_local_once(update);
    });
    if let Some(adjustment) = terminal.vadjustment() {
        let update = update.clone();
        adjustment.connect_page_size_notify(move |_| update());
    }
    terminal.connect_char_size_changed(move |_, _, _| update());
    sensor
}
