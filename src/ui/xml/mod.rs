//! XML on screen: an editor for everything that libvirt describes, and what changes in it.

mod colour;
mod complete;
pub mod diff;
mod excerpt;
mod fold;
mod marks;
pub mod object;
mod reading;
mod search;
mod status;
mod tools;
mod typing;
mod view;

use std::sync::Arc;
use std::time::Duration;

use gtk::{gio, glib};
use relm4::gtk;
use relm4::{Component, ComponentParts, ComponentSender};
use sourceview5::prelude::*;

pub use self::excerpt::Excerpt;
use self::fold::Folding;
use self::marks::Sign;
use self::reading::Reading;
use self::search::Search;
use self::status::Status;
use self::tools::Tools;
pub use self::tools::search;
use crate::i18n::{tr, tr_f, tr_n};
use crate::model::markup::Veil;
use crate::model::schema::{self, DocumentKind, Finding};
use crate::model::xml::Document;

/// How long nothing is typed before the text is read.
const PAUSE: Duration = Duration::from_millis(150);

/// A text that may hold passwords: it is not printed.
#[derive(Clone, PartialEq, Eq, Default)]
pub struct Text(pub String);

impl std::fmt::Debug for Text {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Text({} bytes)", self.0.len())
    }
}

/// What an editor begins with.
pub struct EditorInit {
    /// What its texts describe: what is offered for completion.
    pub kind: DocumentKind,
    /// The first text.
    pub text: Text,
    /// Whether it can be changed.
    pub editable: bool,
    /// Stands before the editor's own tools.
    pub lead: Option<gtk::Widget>,
    /// Stands behind them.
    pub trail: Option<gtk::Widget>,
}

/// What happens in an editor, and what is asked of it.
#[derive(Debug)]
pub enum EditorMsg {
    /// Another text, of this kind: undo begins anew.
    Loaded(DocumentKind, Text),
    /// The text as the host has it now: what was done before can be undone all the same.
    Settled(Text),
    /// The text in another form, as one step of undo; it is not what the host has.
    Proposed(Text),
    /// Whether it can be changed now.
    Locked(bool),
    /// Something is wrong with the text that the editor cannot see: a line, from 1, where that is known, and a sentence.
    Refused(Option<usize>, String),
    /// The text is wanted: the answer is [`EditorOutput::Submitted`], or the cursor stands where it is wrong.
    SubmitClicked,
    /// Passwords are to be seen, or not any more.
    PasswordsShown(bool),
    /// The search is wanted, with replacing or without.
    SearchAsked(bool),
    /// Everything is to be folded, or nothing.
    FoldAsked(bool),
    /// The element at the cursor is to be folded or unfolded.
    FoldHereAsked,
    /// The text is to be looked through for what libvirt's schema doesn't know.
    CheckAsked,
    /// It was, in this state: `None` where there is no schema, or the text is no XML.
    Checked(u64, Option<Vec<Finding>>),
    /// What is wrong is to be shown.
    ProblemClicked,
    /// The text was changed.
    Edited,
    /// It was not changed for a while.
    Paused,
    /// A text was read: which one, and what it is.
    Read(u64, Box<Readout>),
    /// The cursor moved.
    Moved,
}

/// What another thread made of a text.
#[derive(Debug)]
pub struct Readout(Reading);

/// What an editor tells.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum EditorOutput {
    /// The text was changed: whether it differs now from the one that was loaded. True at once, false when that is certain.
    Changed(bool),
    /// The text that was asked for is not well-formed: the cursor stands where it is wrong.
    Unsound,
    /// The text that was asked for, with its passwords. It is well-formed.
    Submitted(Text),
}

/// The editor.
pub struct XmlEditor {
    kind: DocumentKind,
    veil: Veil,
    shows_passwords: bool,
    /// The text as it was loaded, with its passwords.
    loaded: Arc<str>,
    /// Counts changes, so that an old reading is known.
    edits: u64,
    /// What was last read, and of which change.
    reading: (u64, Reading),
    is_reading: bool,
    submits: bool,
    refused: bool,
    /// What was told last about changes.
    told: bool,
    /// The changes that are being read were made by the program, not by somebody who types.
    is_own: bool,
    pause: Option<glib::JoinHandle<()>>,
}

/// The widgets of an editor.
pub struct EditorView {
    view: sourceview5::View,
    buffer: sourceview5::Buffer,
    folding: Folding,
    sign: Sign,
    words: complete::Provider,
    search: Search,
    status: Status,
    tools: Tools,
}

impl Component for XmlEditor {
    type Init = EditorInit;
    type Input = EditorMsg;
    type Output = EditorOutput;
    type CommandOutput = ();
    type Root = gtk::Box;
    type Widgets = EditorView;

    fn init_root() -> Self::Root {
        gtk::Box::builder()
            .orientation(gtk::Orientation::Vertical)
            .css_classes([tools::CLASS])
            .build()
    }

    fn init(init: Self::Init, root: Self::Root, sender: ComponentSender<Self>) -> ComponentParts<Self> {
        let input = sender.input_sender();
        let buffer = view::buffer();
        let view = view::build(&buffer, &tr("XML"));
        let sign = Sign::install(&view, &buffer);
        let folding = Folding::install(&view, &buffer);
        let words = complete::install(&view, init.kind);
        typing::install(&view, &buffer);
        let search = Search::new(&view, &buffer, &folding);
        let status = Status::new(input);
        let tools = Tools::new(&root, &view, input, init.lead.as_ref(), init.trail.as_ref());
        let scrolled = gtk::ScrolledWindow::builder().child(&view).vexpand(true).build();
        root.append(tools.widget());
        root.append(search.widget());
        root.append(&scrolled);
        root.append(status.widget());

        let edited = input.clone();
        buffer.connect_changed(move |_| edited.emit(EditorMsg::Edited));
        let moved = input.clone();
        buffer.connect_cursor_position_notify(move |_| moved.emit(EditorMsg::Moved));

        let mut model = Self {
            kind: init.kind,
            veil: Veil::default(),
            shows_passwords: false,
            loaded: Arc::default(),
            edits: 0,
            reading: (0, Reading::default()),
            is_reading: false,
            submits: false,
            refused: false,
            told: false,
            is_own: true,
            pause: None,
        };
        let widgets = EditorView {
            view,
            buffer,
            folding,
            sign,
            words,
            search,
            status,
            tools,
        };
        widgets.lock(!init.editable);
        model.load(&widgets, init.text.0);
        ComponentParts { model, widgets }
    }

    fn update_with_view(
        &mut self,
        view: &mut EditorView,
        message: EditorMsg,
        sender: ComponentSender<Self>,
        _: &gtk::Box,
    ) {
        match message {
            EditorMsg::Loaded(kind, Text(text)) => {
                self.kind = kind;
                view.words.set_kind(kind);
                self.load(view, text);
            }
            EditorMsg::Settled(Text(text)) => {
                self.loaded = text.as_str().into();
                self.is_own = true;
                let shown = self.shown(text);
                view::replace(&view.buffer, &shown);
                view.tools.set_secrets(self.has_secrets());
                // Also where the text is the same: it is told that nothing is changed any more.
                self.edited(view, &sender);
            }
            EditorMsg::Proposed(Text(text)) => {
                let shown = self.shown(text);
                view::replace(&view.buffer, &shown);
            }
            EditorMsg::Locked(locked) => view.lock(locked),
            EditorMsg::Refused(line, text) => {
                self.refused = true;
                let line = line.and_then(|line| u32::try_from(line.checked_sub(1)?).ok());
                view.complain(line, &text);
            }
            EditorMsg::SubmitClicked => {
                self.submits = true;
                self.submit(view, &sender);
            }
            EditorMsg::PasswordsShown(shown) => self.show_passwords(view, shown),
            EditorMsg::SearchAsked(replacing) => view.search.open(replacing),
            EditorMsg::FoldAsked(true) => view.folding.fold_all(),
            EditorMsg::FoldAsked(false) => view.folding.unfold_all(),
            EditorMsg::FoldHereAsked => view.folding.toggle_here(),
            EditorMsg::CheckAsked => self.check(view, &sender),
            EditorMsg::Checked(edits, found) if edits == self.edits => self.show_findings(view, found),
            EditorMsg::Checked(..) => {}
            EditorMsg::ProblemClicked => view.go_to_problem(&self.reading.1),
            EditorMsg::Edited => self.edited(view, &sender),
            EditorMsg::Paused => {
                self.pause = None;
                self.read(view, &sender);
            }
            EditorMsg::Read(edits, readout) => self.was_read(view, edits, readout.0, &sender),
            EditorMsg::Moved => view.status.set_place(&view.buffer),
        }
    }

    fn shutdown(&mut self, _: &mut EditorView, _: relm4::Sender<EditorOutput>) {
        if let Some(pause) = self.pause.take() {
            pause.abort();
        }
    }
}

impl XmlEditor {
    fn load(&mut self, view: &EditorView, text: String) {
        let shown = self.shown(text.clone());
        self.loaded = text.into();
        self.refused = false;
        self.is_own = true;
        view::load(&view.buffer, &shown);
        view.tools.set_secrets(self.has_secrets());
        view.status.set_place(&view.buffer);
    }

    /// A text as it is shown.
    fn shown(&mut self, text: String) -> String {
        if self.shows_passwords {
            text
        } else {
            self.veil.conceal(&text)
        }
    }

    fn has_secrets(&self) -> bool {
        !crate::model::markup::secrets(&self.loaded).is_empty()
    }

    fn show_passwords(&mut self, view: &EditorView, shown: bool) {
        if self.shows_passwords == shown {
            return;
        }
        self.shows_passwords = shown;
        let text = view::text(&view.buffer);
        let text = if shown {
            self.veil.reveal(&text)
        } else {
            self.veil.conceal(&text)
        };
        view::replace(&view.buffer, &text);
        view.tools.set_shows_passwords(shown);
    }

    fn edited(&mut self, view: &EditorView, sender: &ComponentSender<Self>) {
        self.edits += 1;
        if !self.is_own && !self.told {
            self.told = true;
            let _ = sender.output(EditorOutput::Changed(true));
        }
        if self.refused {
            self.refused = false;
            view.clear();
        }
        if let Some(pause) = self.pause.take() {
            pause.abort();
        }
        let input = sender.input_sender().clone();
        self.pause = Some(glib::spawn_future_local(async move {
            glib::timeout_future(PAUSE).await;
            input.emit(EditorMsg::Paused);
        }));
    }

    /// Has the text read on another thread; one reading at a time.
    fn read(&mut self, view: &EditorView, sender: &ComponentSender<Self>) {
        if self.is_reading || self.reading.0 == self.edits && self.edits > 0 {
            return;
        }
        self.is_reading = true;
        let (text, edits) = (view::text(&view.buffer), self.edits);
        let (mut veil, loaded) = (self.veil.clone(), self.loaded.clone());
        let input = sender.input_sender().clone();
        glib::spawn_future_local(async move {
            let reading = gio::spawn_blocking(move || Reading::of(&text, &mut veil, &loaded)).await;
            let reading = reading.unwrap_or_default();
            input.emit(EditorMsg::Read(edits, Box::new(Readout(reading))));
        });
    }

    fn was_read(&mut self, view: &EditorView, edits: u64, reading: Reading, sender: &ComponentSender<Self>) {
        self.is_reading = false;
        if edits != self.edits {
            // Typed on meanwhile: a pause is waited for, or was over while this was read.
            if self.pause.is_none() || self.submits {
                self.read(view, sender);
            }
            return;
        }
        view.folding.set(reading.folds.clone());
        if !self.refused {
            match &reading.problem {
                Some(problem) => view.complain(line(problem.line), &sentence(problem.line, &problem.message)),
                None => view.clear(),
            }
        }
        self.is_own = false;
        self.told = reading.is_changed;
        self.reading = (edits, reading);
        let _ = sender.output(EditorOutput::Changed(self.told));
        if self.submits {
            self.submit(view, sender);
        }
    }

    /// Hands out the text as soon as it is read, or shows what is wrong with it.
    fn submit(&mut self, view: &EditorView, sender: &ComponentSender<Self>) {
        if self.reading.0 != self.edits {
            self.read(view, sender);
            return;
        }
        self.submits = false;
        if self.reading.1.problem.is_some() {
            view.go_to_problem(&self.reading.1);
            let _ = sender.output(EditorOutput::Unsound);
            return;
        }
        let text = view::text(&view.buffer);
        if let Some(at) = self.veil.torn(&text) {
            let line = text[..at].matches('\n').count();
            self.refused = true;
            view.complain(
                u32::try_from(line).ok(),
                &tr("This password is masked in part. Type it anew, or show the passwords first."),
            );
            view.go_to_problem(&self.reading.1);
            let _ = sender.output(EditorOutput::Unsound);
            return;
        }
        let text = self.veil.reveal(&text);
        let _ = sender.output(EditorOutput::Submitted(Text(text)));
    }

    /// Has the text compared with the schema on another thread.
    fn check(&self, view: &EditorView, sender: &ComponentSender<Self>) {
        let (text, edits, kind) = (view::text(&view.buffer), self.edits, self.kind);
        let input = sender.input_sender().clone();
        glib::spawn_future_local(async move {
            let checked = gio::spawn_blocking(move || {
                let document = Document::parse(&text).ok()?;
                Some(schema::installed(kind)?.check(kind, &document))
            });
            input.emit(EditorMsg::Checked(edits, checked.await.unwrap_or_default()));
        });
    }

    fn show_findings(&mut self, view: &EditorView, found: Option<Vec<Finding>>) {
        if self.reading.0 == self.edits && self.reading.1.problem.is_some() {
            view.go_to_problem(&self.reading.1);
            return;
        }
        match found.as_deref() {
            None => view.status.set_note(&tr(
                "libvirt's schema is not installed here. libvirt checks the text when it is applied.",
            )),
            Some([]) => view.status.set_note(&tr(
                "All names and listed values are in the schema. libvirt checks the rest when it is applied.",
            )),
            Some([first, others @ ..]) => {
                self.refused = true;
                let more = match others.len() {
                    0 => String::new(),
                    count => format!(" {}", tr_n("({n} more)", "({n} more)", count, &[])),
                };
                view.complain(line(first.line), &(sentence(first.line, &first.text) + &more));
                view.go_to_problem(&self.reading.1);
            }
        }
    }

    /// What its texts describe.
    #[must_use]
    pub fn kind(&self) -> DocumentKind {
        self.kind
    }
}

impl EditorView {
    fn lock(&self, locked: bool) {
        self.view.set_editable(!locked);
        // Where nothing can be typed, Tab goes on to the next widget.
        self.view.set_accepts_tab(!locked);
        self.view.set_highlight_current_line(!locked);
        self.tools.set_editable(!locked);
    }

    fn complain(&self, line: Option<u32>, text: &str) {
        self.sign.set(line);
        self.status.set_problem(Some(text));
    }

    fn clear(&self) {
        self.sign.set(None);
        self.status.set_problem(None);
    }

    fn go_to_problem(&self, reading: &Reading) {
        let Some(line) = self.sign.line() else { return };
        let problem = reading
            .problem
            .as_ref()
            .filter(|problem| self::line(problem.line) == Some(line));
        let column = problem.map_or(0, |problem| problem.column.saturating_sub(1));
        if let Some(at) = i32::try_from(line).ok().and_then(|line| self.buffer.iter_at_line(line)) {
            self.folding.uncover(&at);
        }
        view::go_to(&self.view, line, u32::try_from(column).unwrap_or(0));
        self.view.grab_focus();
    }
}

/// A line as widgets count it.
fn line(number: usize) -> Option<u32> {
    u32::try_from(number.saturating_sub(1)).ok()
}

fn sentence(line: usize, message: &str) -> String {
    tr_f(
        "Line {line}: {message}",
        &[("line", &line.to_string()), ("message", message)],
    )
}
