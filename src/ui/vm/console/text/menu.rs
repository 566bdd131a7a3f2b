//! What can be done with a console: its menu, its keys, and what they do.

use adw::prelude::*;
use gtk::{gdk, gio, glib};
use relm4::{Sender, adw, gtk};
use vte4::prelude::*;

use super::ConsoleMsg;
use super::paste::Paste;
use super::search::SearchBar;
use super::{size, terminal};
use crate::i18n::tr;

/// The menu behind the button and under the right mouse button; `keys` is that of keys for the machine.
#[must_use]
pub fn model(keys: &gio::Menu) -> gio::Menu {
    let menu = gio::Menu::new();
    let section = |entries: &[(String, &str)]| {
        let section = gio::Menu::new();
        for (label, action) in entries {
            section.append(Some(label), Some(action));
        }
        menu.append_section(None, &section);
    };
    section(&[
        (tr("_Copy"), "console.copy"),
        (tr("_Paste"), "console.paste"),
        (tr("Select _All"), "console.select-all"),
    ]);
    section(&[
        (tr("_Find…"), "console.find"),
        (tr("_Save Output…"), "console.save"),
        (tr("Write a _Log…"), "console.log"),
        (tr("Tell the Guest the Si_ze"), "console.send-size"),
    ]);
    let machine = gio::Menu::new();
    machine.append_submenu(Some(&tr("Send _Keys to the Machine")), keys);
    menu.append_section(None, &machine);
    section(&[
        (tr("Zoom _In"), "console.zoom-in"),
        (tr("Zoom _Out"), "console.zoom-out"),
        (tr("_Normal Size"), "console.zoom-normal"),
    ]);
    section(&[
        (tr("_Reset Terminal"), "console.reset"),
        (tr("Reset and C_lear"), "console.clear"),
    ]);
    menu
}

/// The widgets that the menu is for.
pub struct Parts<'a> {
    /// What has the actions.
    pub root: &'a gtk::Box,
    /// The terminal.
    pub terminal: &'a vte4::Terminal,
    /// Its search.
    pub search: &'a SearchBar,
    /// Where short news show.
    pub toasts: &'a adw::ToastOverlay,
}

/// Installs actions, keys and the context menu `model`; returns the action that says whether there is a log.
pub fn install(parts: &Parts<'_>, model: &gio::Menu, input: &Sender<ConsoleMsg>) -> gio::SimpleAction {
    let Parts {
        root,
        terminal,
        search,
        toasts,
    } = *parts;
    let group = gio::SimpleActionGroup::new();
    let add = |name: &str, activate: Box<dyn Fn(&vte4::Terminal)>| {
        let action = gio::SimpleAction::new(name, None);
        let weak = terminal.downgrade();
        action.connect_activate(move |_, _| {
            if let Some(terminal) = weak.upgrade() {
                activate(&terminal);
            }
        });
        group.add_action(&action);
        action
    };
    let copy = add(
        "copy",
        Box::new(|terminal| terminal.copy_clipboard_format(vte4::Format::Text)),
    );
    copy.set_enabled(false);
    terminal.connect_selection_changed(move |terminal| copy.set_enabled(terminal.has_selection()));
    add("paste", Box::new(paste));
    add("select-all", Box::new(|terminal| terminal.select_all()));
    let bar = search.clone();
    add("find", Box::new(move |_| bar.open()));
    let overlay = toasts.clone();
    add("save", Box::new(move |terminal| save(terminal, &overlay)));
    let overlay = toasts.clone();
    add(
        "copy-size",
        Box::new(move |terminal| {
            let command = terminal::size_command(terminal.column_count(), terminal.row_count());
            terminal.clipboard().set_text(&command);
            overlay.add_toast(adw::Toast::new(&tr("Size command copied: paste it in the guest")));
        }),
    );
    add("send-size", Box::new(size::send));
    add("zoom-in", Box::new(|terminal| terminal::zoom(terminal, 1)));
    add("zoom-out", Box::new(|terminal| terminal::zoom(terminal, -1)));
    add("zoom-normal", Box::new(|terminal| terminal::zoom(terminal, 0)));
    add("reset", Box::new(|terminal| terminal.reset(true, false)));
    add("clear", Box::new(|terminal| terminal.reset(true, true)));
    root.insert_action_group("console", Some(&group));
    install_keys(root, &group);
    install_context_menu(terminal, model);
    let log = gio::SimpleAction::new_stateful("log", None, &false.to_variant());
    let input = input.clone();
    // Its state follows the log.
    log.connect_activate(move |_, _| input.emit(ConsoleMsg::LogToggled));
    group.add_action(&log);
    log
}

fn action_for(key: gdk::Key, state: gdk::ModifierType) -> Option<&'static str> {
    let modifiers =
        state & (gdk::ModifierType::CONTROL_MASK | gdk::ModifierType::SHIFT_MASK | gdk::ModifierType::ALT_MASK);
    let control = gdk::ModifierType::CONTROL_MASK;
    let control_shift = control | gdk::ModifierType::SHIFT_MASK;
    match key.to_lower() {
        gdk::Key::c if modifiers == control_shift => Some("copy"),
        gdk::Key::v if modifiers == control_shift => Some("paste"),
        gdk::Key::a if modifiers == control_shift => Some("select-all"),
        gdk::Key::f if modifiers == control_shift => Some("find"),
        gdk::Key::Insert if modifiers == gdk::ModifierType::SHIFT_MASK => Some("paste"),
        gdk::Key::plus | gdk::Key::equal | gdk::Key::KP_Add if modifiers.contains(control) => Some("zoom-in"),
        gdk::Key::minus | gdk::Key::KP_Subtract if modifiers == control => Some("zoom-out"),
        gdk::Key::_0 | gdk::Key::KP_0 if modifiers == control => Some("zoom-normal"),
        _ => None,
    }
}

fn install_keys(root: &gtk::Box, group: &gio::SimpleActionGroup) {
    let keys = gtk::EventControllerKey::new();
    keys.set_propagation_phase(gtk::PropagationPhase::Capture);
    let group = group.clone();
    keys.connect_key_pressed(move |_, key, _, state| match action_for(key, state) {
        Some(name) => {
            group.activate_action(name, None);
            glib::Propagation::Stop
        }
        None => glib::Propagation::Proceed,
    });
    root.add_controller(keys);
}

fn install_context_menu(terminal: &vte4::Terminal, model: &gio::Menu) {
    let popover = gtk::PopoverMenu::from_model(Some(model));
    popover.set_has_arrow(false);
    popover.set_halign(gtk::Align::Start);
    popover.set_parent(terminal);
    let weak = popover.downgrade();
    terminal.connect_destroy(move |_| {
        if let Some(popover) = weak.upgrade() {
            popover.unparent();
        }
    });
    let click = gtk::GestureClick::builder().button(gdk::BUTTON_SECONDARY).build();
    click.set_propagation_phase(gtk::PropagationPhase::Capture);
    click.connect_pressed(move |click, _, x, y| {
        click.set_state(gtk::EventSequenceState::Claimed);
        popover.set_pointing_to(Some(&gdk::Rectangle::new(x as i32, y as i32, 1, 1)));
        popover.popup();
    });
    terminal.add_controller(click);
}

/// Pastes; asks first where the text could do something before the user has seen it.
fn paste(terminal: &vte4::Terminal) {
    let clipboard = terminal.clipboard();
    let weak = terminal.downgrade();
    glib::spawn_future_local(async move {
        let Ok(Some(text)) = clipboard.read_text_future().await else {
            return;
        };
        let Some(terminal) = weak.upgrade() else { return };
        let paste = Paste::new(&text);
        if paste.text.is_empty() || (paste.is_doubtful() && !ask(&terminal, &paste).await) {
            return;
        }
        terminal.paste_text(&paste.text);
        terminal.grab_focus();
    });
}

async fn ask(terminal: &vte4::Terminal, paste: &Paste) -> bool {
    let body = if paste.had_controls {
        tr("The text holds control characters, which are left out.")
    } else {
        tr("The text has several lines. The guest may run each as soon as it arrives.")
    };
    let parent = terminal.root().and_downcast::<gtk::Window>();
    let dialog = adw::MessageDialog::new(parent.as_ref(), Some(&tr("Paste This Text?")), Some(&body));
    dialog.connect_map(crate::ui::widgets::name_once);
    let preview = gtk::Label::builder()
        .label(paste.preview())
        .css_classes(["monospace", "card"])
        .xalign(0.0)
        .ellipsize(gtk::pango::EllipsizeMode::End)
        .build();
    preview.set_margin_top(6);
    dialog.set_extra_child(Some(&preview));
    dialog.add_responses(&[("cancel", &tr("_Cancel")), ("paste", &tr("_Paste"))]);
    dialog.set_default_response(Some("cancel"));
    dialog.set_close_response("cancel");
    dialog.set_response_appearance("paste", adw::ResponseAppearance::Suggested);
    let (answer, answered) = async_channel::bounded(1);
    dialog.connect_response(None, move |_, response| {
        let _ = answer.try_send(response == "paste");
    });
    dialog.present();
    answered.recv().await.unwrap_or(false)
}

/// Asks for a file and writes everything in the terminal to it.
fn save(terminal: &vte4::Terminal, toasts: &adw::ToastOverlay) {
    let parent = terminal.root().and_downcast::<gtk::Window>();
    let chooser = gtk::FileChooserNative::builder()
        .title(tr("Save Output"))
        .action(gtk::FileChooserAction::Save)
        .accept_label(tr("_Save"))
        .modal(true)
        .build();
    chooser.set_transient_for(parent.as_ref());
    chooser.set_current_name("console.txt");
    let weak = terminal.downgrade();
    let toasts = toasts.clone();
    glib::spawn_future_local(async move {
        if chooser.run_future().await != gtk::ResponseType::Accept {
            return;
        }
        let (Some(file), Some(terminal)) = (chooser.file(), weak.upgrade()) else {
            return;
        };
        let text = match terminal::write(&terminal, &file) {
            Ok(()) => tr("Output saved"),
            Err(error) => {
                tracing::warn!("console output not saved: {error}");
                crate::i18n::tr_f("Could not save: {reason}", &[("reason", error.message())])
            }
        };
        let toast = adw::Toast::new(&glib::markup_escape_text(&text));
        toasts.add_toast(toast);
    });
}
