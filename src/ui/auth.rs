//! Asks for passwords, user names and trust in host keys. Several questions wait in line, one dialog at a time.

mod form;
mod unsaved;

use std::cell::{Cell, RefCell};
use std::collections::VecDeque;
use std::rc::Rc;

use gtk4 as gtk;
use gtk4::prelude::*;
use libadwaita as adw;
use libadwaita::prelude::*;

use crate::i18n::{tr, tr_f};
use crate::model::credential::{CredentialPrompt, CredentialQuestion, Secret};
use crate::ui::core::{Core, Notice, Subscription};
use crate::ui::widgets::name_once;
use crate::ui::{keyring, message, text};
use form::{HostKey, label};
use unsaved::Unsaved;

/// The line of open questions; one for the program, cheap to clone, main thread only.
#[derive(Clone)]
pub struct Queue(Rc<Inner>);

struct Inner {
    core: Core,
    parent: Box<dyn Fn() -> Option<gtk::Window>>,
    waiting: RefCell<VecDeque<CredentialQuestion>>,
    asking: Cell<bool>,
    unsaved: Unsaved,
}

/// What the user said to a question.
#[derive(Debug)]
pub struct Given {
    /// One for each prompt.
    pub answers: Vec<Secret>,
    /// Whether they are to be kept in the keyring.
    pub remember: bool,
}

/// Answers the questions of connections for as long as the subscription lives: from the keyring, or by asking over the window
/// that `parent` names. Should what the keyring says be refused, the answer that takes its place is meant for it, too.
pub fn answer(core: &Core, parent: impl Fn() -> Option<gtk::Window> + 'static) -> Subscription {
    let queue = Queue::new(core, parent);
    let weak = Rc::downgrade(&queue.0);
    core.set_secret_lookup(move |question| {
        let weak = weak.clone();
        async move {
            let stored = keyring::lookup(&question).await?;
            if let Some(inner) = weak.upgrade() {
                inner.unsaved.note_stored(&question);
            }
            Some(stored)
        }
    });
    core.subscribe_notices(move |_, notice| {
        if let Notice::Question(question) = notice {
            queue.push(question.clone());
        }
    })
}

impl Queue {
    /// `parent` names the window over which to ask when a dialog is about to open (the active one, as a rule).
    pub fn new(core: &Core, parent: impl Fn() -> Option<gtk::Window> + 'static) -> Self {
        Self(Rc::new(Inner {
            core: core.clone(),
            parent: Box::new(parent),
            waiting: RefCell::default(),
            asking: Cell::new(false),
            unsaved: Unsaved::new(core),
        }))
    }

    /// Puts a question at the end of the line. It is answered through its own `reply`: `None` when the user cancels.
    pub fn push(&self, question: CredentialQuestion) {
        self.0.waiting.borrow_mut().push_back(question);
        if !self.0.asking.replace(true) {
            let queue = self.clone();
            glib::spawn_future_local(async move { queue.ask_all().await });
        }
    }

    async fn ask_all(&self) {
        loop {
            let next = self.0.waiting.borrow_mut().pop_front();
            let Some(question) = next else { break };
            // Whoever asked may have given up while the question waited.
            if question.reply.is_closed() {
                continue;
            }
            let host = question.host.and_then(|id| {
                let store = self.0.core.store();
                store.host(id).map(|host| host.config.name.clone())
            });
            // What belongs to a host of this run only would be found by nobody later.
            let keepable =
                question.host.is_some_and(|host| self.0.core.is_saved(host)) && keyring::can_store(&question);
            let remember = keepable.then(|| self.0.unsaved.is_wanted(&question));
            let parent = (self.0.parent)();
            let given = ask(parent.as_ref(), host.as_deref(), &question, remember).await;
            self.0.unsaved.note(&question, given.as_ref());
            let answer = given.map(|given| given.answers);
            // The channel holds one answer; a failure means that the asker gave up.
            let _ = question.reply.try_send(answer);
        }
        self.0.asking.set(false);
    }
}

/// Asks one question; `None` when the user cancels. `host` is the name to show; `remember` offers to keep the answers, and
/// says whether that is chosen at first.
pub async fn ask(
    parent: Option<&gtk::Window>,
    host: Option<&str>,
    question: &CredentialQuestion,
    remember: Option<bool>,
) -> Option<Given> {
    let place = text::name(host.unwrap_or(&question.origin));
    match HostKey::in_question(question) {
        Some(key) => ask_trust(parent, &place, question, &key).await.map(|answers| Given {
            answers,
            remember: false,
        }),
        None => ask_secrets(parent, &place, question, remember).await,
    }
}

fn new_dialog(parent: Option<&gtk::Window>, heading: &str, body: &str) -> adw::MessageDialog {
    let dialog = adw::MessageDialog::new(parent, Some(heading), Some(body));
    dialog.set_destroy_with_parent(true);
    dialog.set_close_response("cancel");
    dialog.connect_map(name_once);
    dialog
}

/// Closes the dialog when whoever asked has given up.
fn close_with(dialog: &adw::MessageDialog, question: &CredentialQuestion) {
    let (weak, reply) = (dialog.downgrade(), question.reply.clone());
    let watch = glib::spawn_future_local(async move {
        reply.closed().await;
        if let Some(dialog) = weak.upgrade() {
            dialog.close();
        }
    });
    // The watcher's own sender must not outlive the dialog.
    dialog.connect_response(None, move |_, _| watch.abort());
}

/// Trust in a key that was never seen, as a decision of its own.
async fn ask_trust(
    parent: Option<&gtk::Window>,
    place: &str,
    question: &CredentialQuestion,
    key: &HostKey,
) -> Option<Vec<Secret>> {
    let dialog = new_dialog(
        parent,
        &tr_f("Is this {host}?", &[("host", place)]),
        &tr(
            "You connect for the first time, so its identity can't be checked. Compare the fingerprint with the one that the administrator of the host gave you.",
        ),
    );
    let content = gtk::Box::new(gtk::Orientation::Vertical, 6);
    if let Some(kind) = &key.kind {
        let label = gtk::Label::new(Some(&tr_f("{kind} key", &[("kind", kind)])));
        label.add_css_class("dim-label");
        content.append(&label);
    }
    let shown = key.fingerprint.as_deref().unwrap_or(&key.text);
    let fingerprint = gtk::Label::builder()
        .label(text::one_line(shown, 600).as_ref())
        .selectable(true)
        .wrap(true)
        .wrap_mode(gtk::pango::WrapMode::Char)
        .max_width_chars(34)
        .justify(gtk::Justification::Center)
        .css_classes(["monospace", "card"])
        .build();
    fingerprint.update_property(&[gtk::accessible::Property::Label(&tr("Fingerprint"))]);
    content.append(&fingerprint);
    dialog.set_extra_child(Some(&content));
    dialog.add_responses(&[("cancel", &tr("_Cancel")), ("trust", &tr("_Trust This Host"))]);
    dialog.set_response_appearance("trust", adw::ResponseAppearance::Suggested);
    dialog.set_default_response(Some("cancel"));
    close_with(&dialog, question);
    let trusted = message::choose(dialog).await == "trust";
    trusted.then(|| vec![Secret(key.accept.clone())])
}

async fn ask_secrets(
    parent: Option<&gtk::Window>,
    place: &str,
    question: &CredentialQuestion,
    remember: Option<bool>,
) -> Option<Given> {
    let again = question.attempt > 1;
    let body = if again {
        tr("The user name or the password was not accepted. Try again.")
    } else {
        text::one_line(&question.origin, 200).into_owned()
    };
    let dialog = new_dialog(parent, &tr_f("Log in to {host}", &[("host", place)]), &body);
    let rows: Vec<Row> = question.prompts.iter().map(Row::new).collect();
    let list = message::rows(&tr("Credentials"));
    for row in &rows {
        list.append(row.widget());
    }
    if again && let Some(secret) = rows.iter().find(|row| matches!(row, Row::Hidden(_))) {
        secret.widget().add_css_class("error");
    }
    let content = gtk::Box::new(gtk::Orientation::Vertical, 12);
    content.append(&list);
    let keep = gtk::CheckButton::with_mnemonic(&tr("_Remember in the keyring"));
    keep.set_visible(remember.is_some());
    keep.set_active(remember.unwrap_or(false));
    content.append(&keep);
    dialog.set_extra_child(Some(&content));
    dialog.add_responses(&[("cancel", &tr("_Cancel")), ("answer", &tr("_Log In"))]);
    dialog.set_response_appearance("answer", adw::ResponseAppearance::Suggested);
    dialog.set_default_response(Some("answer"));
    // What is known already need not be typed again: the first empty entry waits for the keys.
    if let Some(first) = rows.iter().find(|row| row.text().is_empty()) {
        gtk::prelude::GtkWindowExt::set_focus(&dialog, Some(first.widget()));
    }
    close_with(&dialog, question);
    // Read while the entries live: after the response the dialog closes, and libadwaita 1.2 crashes over their text.
    let given = Rc::new(RefCell::new(None));
    let into = given.clone();
    dialog.connect_response(Some("answer"), move |_, _| {
        into.replace(Some(Given {
            answers: rows.iter().map(|row| Secret(row.text())).collect(),
            remember: keep.is_active(),
        }));
    });
    message::choose(dialog).await;
    given.take()
}

/// One prompt.
enum Row {
    Shown(adw::EntryRow),
    Hidden(adw::PasswordEntryRow),
}

impl Row {
    fn new(prompt: &CredentialPrompt) -> Self {
        let title = glib::markup_escape_text(&label(prompt));
        let default = prompt.default.as_deref().unwrap_or_default();
        if prompt.kind.is_secret() {
            let row = adw::PasswordEntryRow::builder().title(title).build();
            row.set_activates_default(true);
            Self::Hidden(row)
        } else {
            let row = adw::EntryRow::builder().title(title).text(default).build();
            row.set_activates_default(true);
            Self::Shown(row)
        }
    }

    fn widget(&self) -> &gtk::Widget {
        match self {
            Self::Shown(row) => row.upcast_ref(),
            Self::Hidden(row) => row.upcast_ref(),
        }
    }

    fn text(&self) -> String {
        match self {
            Self::Shown(row) => row.text().into(),
            Self::Hidden(row) => row.text().into(),
        }
    }
}
