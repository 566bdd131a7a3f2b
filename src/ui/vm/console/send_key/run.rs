//! Something that is being typed, with its progress and Stop.

use std::cell::{Cell, RefCell};
use std::rc::Rc;
use std::time::Duration;

use gtk::glib;
use gtk::prelude::*;
use relm4::gtk;

use super::road::Road;
use crate::i18n::{tr, tr_f, whole};
use crate::model::display::keys::Script;
use crate::model::error::VirtError;
use crate::ui::widgets::name_once;

/// What is over sooner is not announced.
const UNTOLD: Duration = Duration::from_millis(400);

/// The one thing that is typed at a time.
#[derive(Clone)]
pub struct Run(Rc<Inner>);

struct Inner {
    revealer: gtk::Revealer,
    title: gtk::Label,
    bar: gtk::ProgressBar,
    button: gtk::Button,
    task: RefCell<Option<glib::JoinHandle<()>>>,
    /// How many pieces were sent, and how many there are.
    progress: Cell<(usize, usize)>,
    ended: RefCell<Option<Box<dyn Fn()>>>,
}

impl Drop for Inner {
    fn drop(&mut self) {
        if let Some(task) = self.task.take() {
            task.abort();
        }
    }
}

impl Run {
    pub fn new() -> Self {
        let title = gtk::Label::builder()
            .css_classes(["numeric"])
            .xalign(0.0)
            .ellipsize(gtk::pango::EllipsizeMode::End)
            .build();
        let bar = gtk::ProgressBar::builder()
            .hexpand(true)
            .valign(gtk::Align::Center)
            .build();
        bar.update_property(&[gtk::accessible::Property::Label(&tr("Progress of typing"))]);
        let button = gtk::Button::with_mnemonic(&tr("_Stop"));
        let line = gtk::Box::builder()
            .spacing(12)
            .margin_start(12)
            .margin_end(6)
            .margin_top(6)
            .margin_bottom(6)
            .build();
        line.append(&title);
        line.append(&bar);
        line.append(&button);
        name_once(&line);
        let revealer = gtk::Revealer::builder()
            .child(&line)
            .transition_type(gtk::RevealerTransitionType::SlideUp)
            .build();
        let inner = Rc::new(Inner {
            revealer,
            title,
            bar,
            button,
            task: RefCell::default(),
            progress: Cell::default(),
            ended: RefCell::default(),
        });
        let weak = Rc::downgrade(&inner);
        inner.button.connect_clicked(move |_| {
            if let Some(inner) = weak.upgrade() {
                Self(inner).stop();
            }
        });
        Self(inner)
    }

    pub fn widget(&self) -> &gtk::Revealer {
        &self.0.revealer
    }

    /// Calls `ended` whenever something is over, however.
    pub fn connect_ended(&self, ended: impl Fn() + 'static) {
        self.0.ended.replace(Some(Box::new(ended)));
    }

    pub fn is_running(&self) -> bool {
        self.0.task.borrow().is_some()
    }

    /// Sends `script` piece by piece, `speed` pieces a second; `failed` hears why it could not be sent. What is running
    /// already is given up.
    pub fn begin(&self, road: Road, script: Script, speed: u32, title: &str, failed: impl Fn(VirtError) + 'static) {
        self.give_up();
        let pause = Duration::from_secs(1) / speed.clamp(1, 200);
        self.0.progress.set((0, script.len()));
        self.0.button.set_label(&tr("_Stop"));
        self.show(title);
        let announced = script.len() as u32 * pause > UNTOLD;
        self.0.revealer.set_reveal_child(announced);
        let (weak, title) = (Rc::downgrade(&self.0), title.to_owned());
        let task = glib::spawn_future_local(async move {
            let mut result = Ok(());
            for at in 0..script.len() {
                for stroke in script.piece(at) {
                    result = road.send(stroke).await;
                    if result.is_err() {
                        break;
                    }
                }
                let Some(inner) = weak.upgrade().filter(|_| result.is_ok()) else {
                    break;
                };
                inner.progress.set((at + 1, script.len()));
                Self(inner).show(&title);
                glib::timeout_future(pause).await;
            }
            let Some(inner) = weak.upgrade() else { return };
            Self(inner).finish();
            if let Err(error) = result {
                failed(error);
            }
        });
        self.0.task.replace(Some(task));
    }

    /// Stops, and takes the line away.
    pub fn stop(&self) {
        self.give_up();
        self.finish();
    }

    /// Stops what is running and says why, and how far it came.
    pub fn interrupt(&self, reason: &str) {
        if !self.is_running() {
            return;
        }
        self.give_up();
        let (done, all) = self.0.progress.get();
        let words = tr_f(
            "{reason}: stopped after {done} of {all}",
            &[("reason", reason), ("done", &whole(done)), ("all", &whole(all))],
        );
        self.0.title.set_text(&words);
        self.0.button.set_label(&tr("_Close"));
        self.0.revealer.set_reveal_child(true);
        self.tell_ended();
    }

    fn give_up(&self) {
        if let Some(task) = self.0.task.take() {
            task.abort();
        }
    }

    fn finish(&self) {
        self.0.task.take();
        self.0.revealer.set_reveal_child(false);
        self.tell_ended();
    }

    fn tell_ended(&self) {
        if let Some(ended) = &*self.0.ended.borrow() {
            ended();
        }
    }

    fn show(&self, title: &str) {
        let (done, all) = self.0.progress.get();
        let count = tr_f("{done} of {all}", &[("done", &whole(done)), ("all", &whole(all))]);
        self.0.title.set_text(&format!("{title} {count}"));
        self.0.bar.set_fraction(done as f64 / all.max(1) as f64);
    }
}
