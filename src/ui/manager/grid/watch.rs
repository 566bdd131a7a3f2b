//! The pictures of the machines that are on screen: asked of their hosts, made as small as their cards on another thread, and
//! kept as textures. Nothing is asked while nothing is on screen.

use std::cell::{Cell, RefCell};
use std::collections::HashMap;
use std::hash::{DefaultHasher, Hash, Hasher};
use std::rc::{Rc, Weak};
use std::time::{Duration, Instant};

use gdk4 as gdk;
use gdk4::prelude::*;

use super::album::{Album, Print};
use super::round::{Outcome, Round};
use crate::model::display::image::Screenshot;
use crate::model::error::{Kind, VirtError};
use crate::model::key::DomainKey;
use crate::model::store::ChangeSet;
use crate::ui::core::{Core, Subscription};
use crate::ui::picture;

/// `VIR_ERR_NO_SUPPORT`: the whole driver has no such call.
const NO_SUPPORT: i32 = 3;
/// Pictures are asked for at most this often, however fast they come.
const BREATH: Duration = Duration::from_millis(20);

/// Takes the pictures for one grid.
pub struct Watch {
    core: Core,
    album: RefCell<Album>,
    round: RefCell<Round>,
    /// Largest picture in pixels of the screen.
    size: Cell<(u32, u32)>,
    enabled: Cell<bool>,
    tasks: RefCell<HashMap<DomainKey, glib::JoinHandle<()>>>,
    timer: RefCell<Option<glib::SourceId>>,
    /// Asked for since the start, for tests.
    asked: RefCell<HashMap<DomainKey, usize>>,
    redraw: Box<dyn Fn(Option<DomainKey>)>,
    _subscription: Subscription,
    setting: RefCell<Option<glib::SignalHandlerId>>,
}

impl Drop for Watch {
    fn drop(&mut self) {
        if let Some(timer) = self.timer.take() {
            timer.remove();
        }
        for (_, task) in self.tasks.take() {
            task.abort();
        }
        if let Some(handler) = self.setting.take() {
            self.core.settings().backend().disconnect(handler);
        }
    }
}

impl Watch {
    /// Takes no pictures before it is told what is on screen. `redraw` is called when the card of a machine, or every one,
    /// looks different.
    #[must_use]
    pub fn new(core: &Core, redraw: impl Fn(Option<DomainKey>) + 'static) -> Rc<Self> {
        Rc::new_cyclic(|weak: &Weak<Self>| {
            let heard = weak.clone();
            let subscription = core.subscribe(move |_, changes| {
                if let Some(watch) = heard.upgrade() {
                    watch.take_news(changes);
                }
            });
            let changed = weak.clone();
            let setting = core.settings().connect_changed("thumbnails", move || {
                if let Some(watch) = changed.upgrade() {
                    watch.enable();
                }
            });
            Self {
                core: core.clone(),
                album: RefCell::default(),
                round: RefCell::default(),
                size: Cell::new((0, 0)),
                enabled: Cell::new(core.settings().thumbnails()),
                tasks: RefCell::default(),
                timer: RefCell::default(),
                asked: RefCell::default(),
                redraw: Box::new(redraw),
                _subscription: subscription,
                setting: RefCell::new(Some(setting)),
            }
        })
    }

    /// The last picture of a machine, and whether what it shows is over.
    #[must_use]
    pub fn picture(&self, key: DomainKey) -> Option<(gdk::Texture, bool)> {
        self.album.borrow_mut().look(key)
    }

    /// How often the picture of a machine was asked for.
    #[must_use]
    pub fn asked(&self, key: DomainKey) -> usize {
        self.asked.borrow().get(&key).copied().unwrap_or_default()
    }

    /// Whether nothing is asked and nothing will be, unless something happens.
    #[must_use]
    pub fn is_asleep(&self) -> bool {
        self.timer.borrow().is_none() && self.tasks.borrow().is_empty()
    }

    /// Says which machines are on screen, the first one first, and how large a picture is at most, in pixels of the screen.
    /// What is under way for others is given up.
    pub fn show(self: &Rc<Self>, visible: Vec<DomainKey>, size: (u32, u32)) {
        let before = self.size.get();
        if !visible.is_empty() && size != before {
            self.size.set(size);
            // A picture that is a little too small will be taken anew soon enough.
            if size.0 > before.0 + before.0 / 4 {
                self.round.borrow_mut().forget_all();
            }
        }
        let gone = self.round.borrow_mut().show(visible);
        for key in gone {
            let task = self.tasks.borrow_mut().remove(&key);
            if let Some(task) = task {
                task.abort();
            }
            self.give_up(key);
        }
        self.go_on();
    }

    fn give_up(&self, key: DomainKey) {
        let mut round = self.round.borrow_mut();
        round.answered(key, Instant::now(), Duration::ZERO, Outcome::GivenUp);
    }

    fn enable(self: &Rc<Self>) {
        self.enabled.set(self.core.settings().thumbnails());
        if !self.enabled.get() {
            self.album.borrow_mut().clear();
            self.round.borrow_mut().forget_all();
            (self.redraw)(None);
        }
        self.go_on();
    }

    fn take_news(self: &Rc<Self>, changes: &ChangeSet) {
        let mut touched = !changes.added.is_empty();
        {
            let (mut album, mut round) = (self.album.borrow_mut(), self.round.borrow_mut());
            let store = self.core.store();
            for (key, _) in changes.changed.iter().filter(|(_, aspects)| aspects.state) {
                let on = store.domain(*key).is_some_and(|domain| domain.state.is_active());
                if !on {
                    album.end(*key);
                }
                round.forget(*key);
                touched = true;
            }
            for key in &changes.removed {
                album.remove(*key);
                round.forget(*key);
            }
            for host in &changes.hosts {
                if !store.host(*host).is_some_and(|host| host.status.is_connected()) {
                    round.forget_host(*host);
                }
                touched = true;
            }
        }
        if touched {
            self.go_on();
        }
    }

    /// Whether a machine has a picture now, as far as that is known.
    fn can(&self, key: DomainKey) -> bool {
        let store = self.core.store();
        let connected = store.host(key.host).is_some_and(|host| host.status.is_connected());
        connected
            && store
                .domain(key)
                .is_some_and(|domain| domain.state.is_active() && domain.responding)
    }

    /// Asks whoever is due, and sleeps until the next one is.
    fn go_on(self: &Rc<Self>) {
        if let Some(timer) = self.timer.take() {
            timer.remove();
        }
        if !self.enabled.get() || self.size.get() == (0, 0) {
            return;
        }
        let due = self.round.borrow_mut().next(Instant::now(), |key| self.can(key));
        for key in due {
            self.ask(key);
        }
        let wait = self.round.borrow().wait(Instant::now(), |key| self.can(key));
        if let Some(wait) = wait {
            let weak = Rc::downgrade(self);
            let timer = glib::timeout_add_local_once(wait.max(BREATH), move || {
                if let Some(watch) = weak.upgrade() {
                    watch.timer.take();
                    watch.go_on();
                }
            });
            *self.timer.borrow_mut() = Some(timer);
        }
    }

    fn ask(self: &Rc<Self>, key: DomainKey) {
        let Some(client) = self.core.client(key.host) else {
            self.give_up(key);
            return;
        };
        *self.asked.borrow_mut().entry(key).or_default() += 1;
        let (size, before) = (self.size.get(), self.album.borrow().print(key));
        let weak = Rc::downgrade(self);
        let task = glib::spawn_future_local(async move {
            let begin = Instant::now();
            let answer = client.screenshot(key.uuid, 0).await;
            let took = begin.elapsed();
            let picture = match answer {
                Ok(shot) => {
                    let look = gio::spawn_blocking(move || look(shot, size, before)).await;
                    look.ok().flatten().ok_or(Outcome::NoScreen)
                }
                Err(error) => {
                    tracing::debug!(uuid = %key.uuid, "no picture: {error}");
                    Err(outcome(&error))
                }
            };
            if let Some(watch) = weak.upgrade() {
                watch.tasks.borrow_mut().remove(&key);
                watch.take(key, took, picture);
            }
        });
        self.tasks.borrow_mut().insert(key, task);
    }

    fn take(self: &Rc<Self>, key: DomainKey, took: Duration, seen: Result<Seen, Outcome>) {
        let outcome = seen.as_ref().err().copied().unwrap_or(Outcome::Taken);
        self.round.borrow_mut().answered(key, Instant::now(), took, outcome);
        let differs = match seen {
            Ok(_) if !self.enabled.get() => false,
            Ok(Seen::Same) => self.album.borrow_mut().confirm(key),
            Ok(Seen::Other(texture, print)) => {
                self.album.borrow_mut().put(key, texture, print);
                true
            }
            Err(_) => false,
        };
        if differs {
            (self.redraw)(Some(key));
        }
        // A machine that failed while its host was lost is asked when the host is back; others have their turn.
        if outcome != Outcome::GivenUp {
            self.go_on();
        }
    }
}

/// A picture as against the one before.
enum Seen {
    /// The machine shows what it showed.
    Same,
    /// Something else, as small as its card.
    Other(gdk::Texture, Print),
}

/// Makes a picture as small as its card, unless it is the one of before. Not on the main thread.
fn look(shot: Screenshot, size: (u32, u32), before: Option<Print>) -> Option<Seen> {
    let mut sum = DefaultHasher::new();
    shot.bytes().hash(&mut sum);
    let print = Print {
        sum: sum.finish(),
        size,
    };
    if before == Some(print) {
        return Some(Seen::Same);
    }
    let small = picture::pixels(shot)?.within(size.0, size.1);
    Some(Seen::Other(picture::texture(&small), print))
}

fn outcome(error: &VirtError) -> Outcome {
    match error.kind {
        Kind::Timeout => Outcome::Late,
        Kind::Unreachable | Kind::Cancelled => Outcome::GivenUp,
        Kind::Busy | Kind::Other => Outcome::Late,
        // A read-only connection takes no pictures.
        Kind::Denied => Outcome::HostCannot,
        Kind::Unsupported if error.code == NO_SUPPORT => Outcome::HostCannot,
        _ => Outcome::NoScreen,
    }
}
