//! The bar above a text: search, passwords, a menu, and whatever the page around the editor puts there.

use gtk::{gio, glib};
use relm4::{Sender, adw, gtk};
use sourceview5::prelude::*;

use super::EditorMsg;
use crate::i18n::tr;
use crate::ui::widgets::Tip;

/// The group of the editor's actions, on its own widget.
const GROUP: &str = "xml";
/// The style class of an editor.
pub(super) const CLASS: &str = "vireo-xml";

/// The bar.
pub(super) struct Tools {
    root: gtk::Box,
    actions: gio::SimpleActionGroup,
    passwords: gtk::ToggleButton,
}

/// Opens the search of the editor that is on screen somewhere in `within`: whether there is one.
pub fn search(within: &gtk::Widget) -> bool {
    if within.has_css_class(CLASS) {
        return within.is_mapped() && within.activate_action(&format!("{GROUP}.find"), None).is_ok();
    }
    let mut children = std::iter::successors(within.first_child(), gtk::Widget::next_sibling);
    within.is_mapped() && children.any(|child| search(&child))
}

impl Tools {
    /// Builds the bar and puts the actions on the editor.
    pub(super) fn new(
        editor: &gtk::Box,
        view: &sourceview5::View,
        input: &Sender<EditorMsg>,
        lead: Option<&gtk::Widget>,
        trail: Option<&gtk::Widget>,
    ) -> Self {
        let actions = actions(view, input);
        editor.insert_action_group(GROUP, Some(&actions));
        editor.add_controller(shortcuts());
        let passwords = gtk::ToggleButton::builder()
            .icon_name("view-reveal-symbolic")
            .action_name(format!("{GROUP}.passwords"))
            .visible(false)
            .build()
            .with_tip(tr("Show the passwords"));
        name(&passwords, &tr("Show the passwords"));
        let find = gtk::Button::builder()
            .icon_name("edit-find-symbolic")
            .action_name(format!("{GROUP}.find"))
            .build()
            .with_tip(tr("Search (Ctrl+F)"));
        name(&find, &tr("Search"));
        let menu = gtk::MenuButton::builder()
            .icon_name("open-menu-symbolic")
            .menu_model(&menu())
            .build()
            .with_tip(tr("More about this text"));
        menu.update_property(&[gtk::accessible::Property::Label(&tr("More about this text"))]);
        let root = gtk::Box::builder().spacing(6).css_classes(["toolbar"]).build();
        if let Some(lead) = lead {
            root.append(lead);
        }
        let space = gtk::Box::builder().hexpand(true).build();
        root.append(&space);
        // They are in the menu, too: on a narrow window they go.
        let both = gtk::Box::builder().spacing(6).build();
        both.append(&find);
        both.append(&passwords);
        let squeezer = adw::Squeezer::builder().homogeneous(false).build();
        squeezer.add(&both);
        squeezer.add(&gtk::Box::default());
        root.append(&squeezer);
        root.append(&menu);
        if let Some(trail) = trail {
            root.append(trail);
        }
        Self {
            root,
            actions,
            passwords,
        }
    }

    /// The widget.
    pub(super) fn widget(&self) -> &gtk::Box {
        &self.root
    }

    /// Whether there are passwords that could be shown.
    pub(super) fn set_secrets(&self, any: bool) {
        self.passwords.set_visible(any);
        self.enable("passwords", any);
    }

    /// Whether passwords are to be seen.
    pub(super) fn set_shows_passwords(&self, shown: bool) {
        if let Some(action) = self.action("passwords") {
            action.set_state(&shown.to_variant());
        }
    }

    /// Whether the text can be changed.
    pub(super) fn set_editable(&self, editable: bool) {
        for name in ["replace", "undo", "redo"] {
            self.enable(name, editable);
        }
    }

    fn action(&self, name: &str) -> Option<gio::SimpleAction> {
        self.actions.lookup_action(name).and_downcast()
    }

    fn enable(&self, name: &str, enabled: bool) {
        if let Some(action) = self.action(name) {
            action.set_enabled(enabled);
        }
    }
}

fn name(widget: &impl IsA<gtk::Accessible>, name: &str) {
    widget.update_property(&[gtk::accessible::Property::Label(name)]);
}

/// An action that only tells the editor something.
type Plain = (&'static str, fn() -> EditorMsg);
/// An action on the text.
type Step = (&'static str, fn(&gtk::TextBuffer));

fn actions(view: &sourceview5::View, input: &Sender<EditorMsg>) -> gio::SimpleActionGroup {
    let group = gio::SimpleActionGroup::new();
    let plain: [Plain; 6] = [
        ("check", || EditorMsg::CheckAsked),
        ("find", || EditorMsg::SearchAsked(false)),
        ("replace", || EditorMsg::SearchAsked(true)),
        ("fold", || EditorMsg::FoldHereAsked),
        ("fold-all", || EditorMsg::FoldAsked(true)),
        ("unfold-all", || EditorMsg::FoldAsked(false)),
    ];
    for (name, message) in plain {
        let action = gio::SimpleAction::new(name, None);
        let input = input.clone();
        action.connect_activate(move |_, _| input.emit(message()));
        group.add_action(&action);
    }
    let undo: [Step; 2] = [("undo", |buffer| buffer.undo()), ("redo", |buffer| buffer.redo())];
    for (name, run) in undo {
        let action = gio::SimpleAction::new(name, None);
        let view = view.downgrade();
        action.connect_activate(move |_, _| {
            if let Some(view) = view.upgrade() {
                run(&view.buffer());
            }
        });
        group.add_action(&action);
    }
    let passwords = gio::SimpleAction::new_stateful("passwords", None, &false.to_variant());
    let input = input.clone();
    passwords.connect_change_state(move |_, state| {
        if let Some(shown) = state.and_then(glib::Variant::get) {
            input.emit(EditorMsg::PasswordsShown(shown));
        }
    });
    group.add_action(&passwords);
    group
}

fn shortcuts() -> gtk::ShortcutController {
    let controller = gtk::ShortcutController::new();
    // Before the text. The main window comes first all the same: its search is passed on by [`search`].
    controller.set_propagation_phase(gtk::PropagationPhase::Capture);
    for (keys, action) in [("<Control>f", "find"), ("<Control>h", "replace"), ("F7", "fold")] {
        let action = gtk::NamedAction::new(&format!("{GROUP}.{action}"));
        controller.add_shortcut(gtk::Shortcut::new(
            gtk::ShortcutTrigger::parse_string(keys),
            Some(action),
        ));
    }
    controller
}

fn menu() -> gio::Menu {
    let section = |items: &[(String, &str)]| {
        let section = gio::Menu::new();
        for (label, action) in items {
            section.append(Some(label), Some(&format!("{GROUP}.{action}")));
        }
        section
    };
    let menu = gio::Menu::new();
    menu.append_section(None, &section(&[(tr("_Undo"), "undo"), (tr("_Redo"), "redo")]));
    menu.append_section(
        None,
        &section(&[(tr("_Search…"), "find"), (tr("Search and _Replace…"), "replace")]),
    );
    menu.append_section(
        None,
        &section(&[
            (tr("_Fold or Unfold Here"), "fold"),
            (tr("Fold _All"), "fold-all"),
            (tr("U_nfold All"), "unfold-all"),
        ]),
    );
    menu.append_section(
        None,
        &section(&[
            (tr("_Check Against the Schema"), "check"),
            (tr("Show the _Passwords"), "passwords"),
        ]),
    );
    menu
}
