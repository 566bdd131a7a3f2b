//! A definition as text: read, changed, compared with what it was, applied.

use std::cell::{Cell, RefCell};
use std::rc::{Rc, Weak};

use gtk4 as gtk;
use gtk4::prelude::*;
use relm4::{Component, ComponentController, Controller};

use super::applying;
use crate::i18n::tr;
use crate::model::schema::DocumentKind;
use crate::ui::xml::{EditorInit, EditorMsg, EditorOutput, Text, XmlEditor};

type Apply = Box<dyn Fn(String, String)>;

/// The editor with its bar.
pub(super) struct Sheet {
    root: gtk::Box,
    editor: Controller<XmlEditor>,
    bar: gtk::Revealer,
    buttons: gtk::Box,
    kind: DocumentKind,
    /// As the host has it.
    base: RefCell<String>,
    changed: Cell<bool>,
    busy: Cell<bool>,
    apply: Apply,
}

impl Sheet {
    /// An empty one; `apply` gets what the text was and what it is to be.
    pub(super) fn new(kind: DocumentKind, apply: impl Fn(String, String) + 'static) -> Rc<Self> {
        let (told, news) = async_channel::unbounded();
        let editor = XmlEditor::builder()
            .launch(EditorInit {
                kind,
                text: Text::default(),
                editable: true,
                lead: None,
                trail: None,
            })
            .connect_receiver(move |_, output| {
                let _ = told.try_send(output);
            });
        editor.widget().set_vexpand(true);
        let discard = gtk::Button::with_mnemonic(&tr("_Discard"));
        let review = gtk::Button::with_mnemonic(&tr("_Review and Apply…"));
        review.add_css_class("suggested-action");
        let buttons = gtk::Box::builder()
            .spacing(6)
            .halign(gtk::Align::End)
            .css_classes(["vireo-xml-changes"])
            .build();
        buttons.append(&discard);
        buttons.append(&review);
        let bar = gtk::Revealer::builder()
            .child(&buttons)
            .transition_type(gtk::RevealerTransitionType::SlideUp)
            .build();
        let root = gtk::Box::new(gtk::Orientation::Vertical, 0);
        root.append(editor.widget());
        root.append(&bar);
        let sheet = Rc::new(Self {
            root,
            editor,
            bar,
            buttons,
            kind,
            base: RefCell::default(),
            changed: Cell::new(false),
            busy: Cell::new(false),
            apply: Box::new(apply),
        });
        let weak = Rc::downgrade(&sheet);
        discard.connect_clicked(move |_| with(&weak, |sheet| sheet.discard()));
        let weak = Rc::downgrade(&sheet);
        review.connect_clicked(move |_| with(&weak, |sheet| sheet.editor.emit(EditorMsg::SubmitClicked)));
        let weak = Rc::downgrade(&sheet);
        glib::spawn_future_local(async move {
            while let Ok(output) = news.recv().await {
                with(&weak, |sheet| sheet.hear(output));
            }
        });
        sheet
    }

    /// The widget.
    pub(super) fn widget(&self) -> &gtk::Box {
        &self.root
    }

    /// Whether it can be changed.
    pub(super) fn set_locked(&self, locked: bool) {
        self.editor.emit(EditorMsg::Locked(locked));
    }

    /// Follows what the host has, unless something was changed here.
    pub(super) fn follow(&self, text: &str) {
        if self.changed.get() || self.busy.get() || *self.base.borrow() == text {
            return;
        }
        let first = self.base.borrow().is_empty();
        text.clone_into(&mut self.base.borrow_mut());
        let text = Text(text.to_owned());
        self.editor.emit(match first {
            true => EditorMsg::Loaded(self.kind, text),
            false => EditorMsg::Settled(text),
        });
    }

    /// Applying has come to an end: well, or with the text as it was.
    pub(super) fn applied(&self, well: bool) {
        self.busy.set(false);
        self.buttons.set_sensitive(true);
        if well {
            self.changed.set(false);
            self.bar.set_reveal_child(false);
        }
    }

    fn discard(&self) {
        let text = self.base.borrow().clone();
        self.changed.set(false);
        self.bar.set_reveal_child(false);
        self.editor.emit(EditorMsg::Loaded(self.kind, Text(text)));
    }

    fn hear(self: &Rc<Self>, output: EditorOutput) {
        match output {
            EditorOutput::Changed(changed) => {
                self.changed.set(changed);
                self.bar.set_reveal_child(changed);
            }
            EditorOutput::Unsound => {}
            EditorOutput::Submitted(Text(edited)) => {
                let base = self.base.borrow().clone();
                let weak = Rc::downgrade(self);
                let (before, after) = (base.clone(), edited.clone());
                applying::compare(&self.root, &before, &after, move || {
                    with(&weak, |sheet| {
                        sheet.busy.set(true);
                        sheet.buttons.set_sensitive(false);
                        (sheet.apply)(base.clone(), edited.clone());
                    });
                });
            }
        }
    }
}

fn with(weak: &Weak<Sheet>, act: impl FnOnce(&Rc<Sheet>)) {
    if let Some(sheet) = weak.upgrade() {
        act(&sheet);
    }
}
