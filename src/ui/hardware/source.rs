//! XML in a window of its own, to be edited by hand: that of one device, or of a whole machine.

use std::cell::{Cell, RefCell};
use std::rc::Rc;

use gtk4 as gtk;
use gtk4::prelude::*;
use libadwaita as adw;
use libadwaita::prelude::*;
use relm4::{Component, ComponentController, ComponentSender, Controller};

use super::{HardwareMsg, HardwarePage};
use crate::i18n::{tr, tr_f};
use crate::model::hardware::{PageId, entries};
use crate::model::schema::DocumentKind;
use crate::model::xml::Refused;
use crate::ui::message;
use crate::ui::widgets::name_once;
use crate::ui::xml::{EditorInit, EditorMsg, EditorOutput, Text, XmlEditor};

/// Takes what was written.
type Taken = Box<dyn Fn(&Rc<SourceWindow>, String)>;

/// The window. It lives until it is closed.
pub struct SourceWindow {
    window: adw::Window,
    editor: Controller<XmlEditor>,
    done: gtk::Button,
    changed: Cell<bool>,
}

impl SourceWindow {
    /// Shows the XML of `title` over the window of `parent`. `taken` gets what the user made of it, and answers with
    /// [`SourceWindow::answer`]. Without it nothing can be changed.
    pub fn show(
        parent: &impl IsA<gtk::Widget>,
        kind: DocumentKind,
        title: &str,
        text: String,
        taken: Option<impl Fn(&Rc<Self>, String) + 'static>,
    ) {
        let window = adw::Window::builder()
            .title(tr_f("XML of {name}", &[("name", title)]))
            .modal(true)
            .destroy_with_parent(true)
            .default_width(760)
            .default_height(560)
            .width_request(360)
            .height_request(300)
            .build();
        window.set_transient_for(message::window_of(parent).as_ref());
        window.connect_map(name_once);
        let taken: Option<Taken> = taken.map(|taken| Box::new(taken) as Taken);
        let editable = taken.is_some();
        let this = Rc::new_cyclic(|weak: &std::rc::Weak<Self>| {
            let weak = weak.clone();
            let init = EditorInit {
                kind,
                text: Text(text),
                editable,
                lead: None,
                trail: None,
            };
            let editor = XmlEditor::builder().launch(init).connect_receiver(move |_, output| {
                if let Some(this) = weak.upgrade() {
                    this.heard(output, taken.as_ref());
                }
            });
            Self {
                window,
                editor,
                done: gtk::Button::with_mnemonic(&tr("_Done")),
                changed: Cell::new(false),
            }
        });
        this.build(editable);
        this.window.present();
        this.editor.widget().child_focus(gtk::DirectionType::TabForward);
    }

    fn build(self: &Rc<Self>, editable: bool) {
        let label = if editable { tr("_Cancel") } else { tr("_Close") };
        let cancel = gtk::Button::with_mnemonic(&label);
        let header = adw::HeaderBar::builder()
            .show_start_title_buttons(false)
            .show_end_title_buttons(false)
            .build();
        header.pack_start(&cancel);
        if editable {
            self.done.add_css_class("suggested-action");
            self.done.set_sensitive(false);
            header.pack_end(&self.done);
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
        self.done
            .connect_clicked(move |_| editor.emit(EditorMsg::SubmitClicked));
        super::add::escape(&self.window);
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

    fn heard(self: &Rc<Self>, output: EditorOutput, taken: Option<&Taken>) {
        match (output, taken) {
            (EditorOutput::Changed(changed), _) => {
                self.changed.set(changed);
                self.done.set_sensitive(changed);
            }
            (EditorOutput::Submitted(Text(text)), Some(taken)) => taken(self, text),
            (EditorOutput::Submitted(_) | EditorOutput::Unsound, _) => {}
        }
    }

    /// Closes the window where the text was taken, or says why it was not: then it stays.
    pub fn answer(&self, taken: Result<(), Refused>) {
        match taken {
            Ok(()) => self.window.destroy(),
            Err(Refused(reason)) => self.editor.emit(EditorMsg::Refused(None, reason)),
        }
    }

    /// Nothing that was typed goes without a question.
    fn ask(&self) {
        let dialog = message::dialog(
            &self.window,
            &tr("Discard changes?"),
            &tr("What you changed in the XML is lost."),
        );
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

impl std::fmt::Debug for SourceWindow {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("SourceWindow").finish_non_exhaustive()
    }
}

/// A device as somebody wrote it.
#[derive(Debug, Clone)]
pub struct Written {
    /// Where it stands in the definition.
    place: String,
    /// What stood there when the window was opened.
    before: Text,
    /// What is to stand there.
    text: Text,
    /// Waits for the answer.
    window: Rc<SourceWindow>,
}

impl HardwarePage {
    /// Opens the window for the device of the page.
    pub(super) fn show_source(&self, root: &gtk::Box, sender: &ComponentSender<Self>) {
        let Some(editing) = self.editing.as_ref().filter(|_| !self.busy) else {
            return;
        };
        let id = editing.selected();
        let PageId::Device(node) = id else { return };
        let all = entries(&editing.context());
        let title = all.into_iter().find(|entry| entry.id == id).map(|entry| entry.title);
        let place = editing.draft().edited().document().place(node);
        let before = editing.draft().source(node);
        let input = sender.input_sender().clone();
        let text = before.clone();
        let taken = move |window: &Rc<SourceWindow>, text: String| {
            input.emit(HardwareMsg::Written(Written {
                place: place.clone(),
                before: Text(before.clone()),
                text: Text(text),
                window: window.clone(),
            }));
        };
        let taken = editing.locked().is_none().then_some(taken);
        SourceWindow::show(root, DocumentKind::Device, &title.unwrap_or_default(), text, taken);
    }

    /// Takes what was written, unless what stood there is not there any more.
    pub(super) fn written(&mut self, written: Written) {
        let Written {
            place,
            before,
            text,
            window,
        } = written;
        let Some(editing) = &mut self.editing else { return };
        let draft = editing.draft_mut();
        let node = draft.edited().document().at_place(&place);
        let Some(node) = node.filter(|node| draft.source(*node) == before.0) else {
            let reason =
                tr("Someone else has changed this device meanwhile. Copy your text, and open this window again.");
            window.answer(Err(Refused(reason)));
            return;
        };
        let rewritten = draft.rewrite(node, &text.0);
        if let Ok(node) = rewritten {
            editing.select(PageId::Device(node));
            editing.recount();
        }
        window.answer(rewritten.map(|_| ()));
    }
}
