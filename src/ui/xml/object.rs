//! The definition of a pool, a network and the like, in a window of its own: applied after the differences were seen.

use std::cell::{Cell, RefCell};
use std::pin::Pin;
use std::rc::Rc;

use gtk4 as gtk;
use gtk4::prelude::*;
use libadwaita as adw;
use libadwaita::prelude::*;
use relm4::{Component, ComponentController, Controller};

use super::{EditorInit, EditorMsg, EditorOutput, Text, XmlEditor};
use crate::i18n::{tr, tr_f};
use crate::model::error::VirtError;
use crate::model::schema::DocumentKind;
use crate::ui::message;
use crate::ui::vm::xml::review::{Choice, Review};
use crate::ui::widgets::name_once;

/// Takes the text that was read and what the user made of it.
pub type Apply = Rc<dyn Fn(String, String) -> Pin<Box<dyn Future<Output = Result<(), VirtError>>>>>;

/// The window. It lives until it is closed.
struct ObjectWindow {
    window: adw::Window,
    editor: Controller<XmlEditor>,
    review: gtk::Button,
    base: String,
    changed: Cell<bool>,
    apply: Option<Apply>,
}

/// Shows the XML of the object `name` over the window of `parent`. Without `apply` nothing can be changed.
pub fn show(parent: &impl IsA<gtk::Widget>, name: &str, kind: DocumentKind, text: String, apply: Option<Apply>) {
    let window = adw::Window::builder()
        .title(tr_f("XML of {name}", &[("name", name)]))
        .modal(true)
        .destroy_with_parent(true)
        .default_width(760)
        .default_height(600)
        .width_request(360)
        .height_request(300)
        .build();
    window.set_transient_for(message::window_of(parent).as_ref());
    window.connect_map(name_once);
    let editable = apply.is_some();
    let this = Rc::new_cyclic(|weak: &std::rc::Weak<ObjectWindow>| {
        let weak = weak.clone();
        let init = EditorInit {
            kind,
            text: Text(text.clone()),
            editable,
            lead: None,
            trail: None,
        };
        let editor = XmlEditor::builder().launch(init).connect_receiver(move |_, output| {
            if let Some(this) = weak.upgrade() {
                this.heard(output);
            }
        });
        ObjectWindow {
            window,
            editor,
            review: gtk::Button::with_mnemonic(&tr("_Review…")),
            base: text,
            changed: Cell::new(false),
            apply,
        }
    });
    this.build(editable);
    this.window.present();
    this.editor.widget().child_focus(gtk::DirectionType::TabForward);
}

impl ObjectWindow {
    fn build(self: &Rc<Self>, editable: bool) {
        let cancel = gtk::Button::with_mnemonic(&if editable { tr("_Cancel") } else { tr("_Close") });
        let header = adw::HeaderBar::builder()
            .show_start_title_buttons(false)
            .show_end_title_buttons(false)
            .build();
        header.pack_start(&cancel);
        if editable {
            self.review.add_css_class("suggested-action");
            self.review.set_sensitive(false);
            header.pack_end(&self.review);
        }
        let content = gtk::Box::new(gtk::Orientation::Vertical, 0);
        content.append(&header);
        content.append(self.editor.widget());
        self.window.set_content(Some(&content));
        let weak = self.window.downgrade();
        cancel.connect_clicked(move |_| {
            if let Some(window) = weak.upgrade() {
                window.close();
            }
        });
        let editor = self.editor.sender().clone();
        self.review
            .connect_clicked(move |_| editor.emit(EditorMsg::SubmitClicked));
        crate::ui::hardware::escape(&self.window);
        let weak = Rc::downgrade(self);
        self.window.connect_close_request(move |_| match weak.upgrade() {
            Some(this) if this.changed.get() => {
                this.ask();
                glib::Propagation::Stop
            }
            _ => glib::Propagation::Proceed,
        });
        // It lives as long as its window.
        let own = RefCell::new(Some(self.clone()));
        self.window.connect_destroy(move |_| drop(own.take()));
    }

    fn heard(self: &Rc<Self>, output: EditorOutput) {
        match output {
            EditorOutput::Changed(changed) => {
                self.changed.set(changed);
                self.review.set_sensitive(changed);
            }
            EditorOutput::Submitted(Text(text)) => {
                let this = self.clone();
                glib::spawn_future_local(async move { this.submit(text).await });
            }
            EditorOutput::Unsound => {}
        }
    }

    /// Shows what changes, and applies it where the user wants that.
    async fn submit(&self, text: String) {
        let Some(apply) = &self.apply else { return };
        let review = Review {
            title: tr("Review Changes"),
            before: (tr("Now"), &self.base),
            after: (tr("Yours"), &text),
            main: tr("_Apply"),
            other: None,
            tick: None,
        };
        if !matches!(review.ask(&self.window).await, Choice::Main(_)) {
            return;
        }
        self.review.set_sensitive(false);
        match apply(self.base.clone(), text).await {
            Ok(()) => self.window.destroy(),
            Err(error) => {
                self.review.set_sensitive(true);
                self.editor.emit(EditorMsg::Refused(None, error.message));
            }
        }
    }

    /// Nothing that was typed goes without a question.
    fn ask(&self) {
        let dialog = message::dialog(&self.window, &tr("Discard changes?"), &tr("What you changed is lost."));
        dialog.add_responses(&[("cancel", &tr("_Cancel")), ("discard", &tr("_Discard"))]);
        dialog.set_response_appearance("discard", adw::ResponseAppearance::Destructive);
        dialog.set_close_response("cancel");
        dialog.set_default_response(Some("cancel"));
        let weak = self.window.downgrade();
        glib::spawn_future_local(async move {
            if message::choose(dialog).await == "discard"
                && let Some(window) = weak.upgrade()
            {
                window.destroy();
            }
        });
    }
}
