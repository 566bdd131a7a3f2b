//! Work on pools that takes its time: a server that is off lets libvirt wait for minutes, and libvirt cannot be stopped then. The
//! user can stop waiting for it.

use std::cell::{Cell, RefCell};
use std::collections::HashMap;
use std::rc::Rc;
use std::time::Duration;

use gtk4 as gtk;
use gtk4::prelude::*;
use libadwaita as adw;

use super::page::StoragePage;
use crate::i18n::{tr, tr_f};
use crate::model::error::VirtError;
use crate::model::storage::{Field, pool_kind};
use crate::ui::{text, widgets};

/// From when on it is said what is waited for, and that nobody has to.
pub(super) const PATIENCE: Duration = Duration::from_secs(6);

/// Pools with which something is being done.
#[derive(Default)]
pub(super) struct Waits(RefCell<HashMap<String, Wait>>);

#[derive(Default)]
struct Wait {
    /// How many things are being done at once.
    count: usize,
    slow: bool,
    stop: gio::Cancellable,
}

impl Waits {
    /// Whether something is being done with a pool.
    pub(super) fn has(&self, pool: &str) -> bool {
        self.0.borrow().contains_key(pool)
    }

    /// Whether that takes long.
    pub(super) fn is_slow(&self, pool: &str) -> bool {
        self.0.borrow().get(pool).is_some_and(|wait| wait.slow)
    }

    fn begin(&self, pool: &str) -> gio::Cancellable {
        let mut waits = self.0.borrow_mut();
        let wait = waits.entry(pool.to_owned()).or_default();
        wait.count += 1;
        wait.stop.clone()
    }

    fn end(&self, pool: &str) {
        let mut waits = self.0.borrow_mut();
        if let Some(wait) = waits.get_mut(pool) {
            wait.count -= 1;
            if wait.count == 0 {
                waits.remove(pool);
            }
        }
    }

    fn set_slow(&self, pool: &str) {
        if let Some(wait) = self.0.borrow_mut().get_mut(pool) {
            wait.slow = true;
        }
    }

    fn stop_of(&self, pool: &str) -> Option<gio::Cancellable> {
        self.0.borrow().get(pool).map(|wait| wait.stop.clone())
    }
}

impl StoragePage {
    /// Waits for what is done with a pool, tells where it fails, and reads anew. Whoever stops waiting does not stop the work:
    /// all its steps are done.
    pub(super) async fn work<T: 'static>(
        self: &Rc<Self>,
        pool: &str,
        failed: String,
        work: impl Future<Output = Result<T, VirtError>> + 'static,
    ) -> Option<T> {
        let stop = self.waits.begin(pool);
        self.show();
        let (weak, of) = (self.weak(), pool.to_owned());
        let late = glib::spawn_future_local(async move {
            glib::timeout_future(PATIENCE).await;
            if let Some(page) = weak.upgrade() {
                page.waits.set_slow(&of);
                page.show();
            }
        });
        let is_left = Rc::new(Cell::new(false));
        let steps = {
            let (weak, of, failed, is_left) = (self.weak(), pool.to_owned(), failed.clone(), is_left.clone());
            glib::spawn_future_local(async move {
                let result = work.await;
                if is_left.get()
                    && let Some(page) = weak.upgrade()
                {
                    page.reload();
                    if let Err(error) = &result {
                        page.tell_of_pool(&of, failed, error);
                    }
                }
                result
            })
        };
        let result = gio::CancellableFuture::new(steps, stop).await;
        is_left.set(result.is_err());
        late.abort();
        self.waits.end(pool);
        self.show();
        self.reload();
        match result {
            Ok(Ok(Ok(done))) => Some(done),
            Ok(Ok(Err(error))) => {
                self.tell_of_pool(pool, failed, &error);
                None
            }
            Ok(Err(ended)) => {
                tracing::error!("work with a pool broke off: {ended}");
                None
            }
            Err(_) => {
                let said = tr_f(
                    "The host goes on with {pool} by itself.",
                    &[("pool", &text::markup_name(pool))],
                );
                self.toasts.add_toast(adw::Toast::new(&said));
                None
            }
        }
    }

    /// Says that something could not be done with a pool, and what may help.
    pub(super) fn tell_of_pool(&self, pool: &str, failed: String, error: &VirtError) {
        let pools = self.pools();
        let pool = pools.iter().find(|known| known.name == pool);
        let kind = pool.map(|pool| pool.kind.as_str()).unwrap_or_default();
        self.tell_with(failed, error, advice(kind));
    }

    /// Waits no longer for what is being done with the pool that is shown.
    pub(super) fn stop_waiting(&self) {
        if let Some(stop) = self.pool().and_then(|pool| self.waits.stop_of(&pool.name)) {
            stop.cancel();
        }
    }
}

/// What to look at where a pool of a kind that has a server fails.
pub(super) fn advice(kind: &str) -> Option<String> {
    let distant = pool_kind(kind).is_some_and(|kind| kind.has(Field::Hosts));
    distant.then(|| tr("Is its server on, can the host reach it, and does it let the host in?"))
}

/// What stands in place of the volumes while something is done with their pool.
pub(super) struct Waiting {
    root: gtk::Box,
    words: gtk::Label,
    stop: gtk::Button,
}

impl Waiting {
    /// Builds it.
    pub(super) fn new() -> Self {
        let words = gtk::Label::builder()
            .wrap(true)
            .justify(gtk::Justification::Center)
            .max_width_chars(50)
            .margin_start(18)
            .margin_end(18)
            .build();
        let stop = gtk::Button::builder()
            .label(tr("Stop _Waiting"))
            .use_underline(true)
            .action_name("pool.stop-waiting")
            .halign(gtk::Align::Center)
            .css_classes(["pill"])
            .build();
        let root = gtk::Box::builder()
            .orientation(gtk::Orientation::Vertical)
            .spacing(18)
            .valign(gtk::Align::Center)
            .build();
        root.append(&widgets::spinner(&tr("The host is at work…")));
        root.append(&words);
        root.append(&stop);
        Self { root, words, stop }
    }

    /// The widget.
    pub(super) fn widget(&self) -> &gtk::Box {
        &self.root
    }

    /// Says what is waited for, with a pool of this kind.
    pub(super) fn show(&self, slow: bool, kind: &str) {
        self.words.set_text(&words(slow, kind));
        self.stop.set_visible(slow);
    }
}

/// What is said while something is done with a pool of a kind. Only one that has a server can wait for that.
fn words(slow: bool, kind: &str) -> String {
    match (slow, advice(kind).is_some()) {
        (false, _) => tr("The host is at work…"),
        (true, true) => tr(
            "The host is still at work. A server or device of this pool may be off or out of reach; it can take minutes until the host gives up. Other pools can be used meanwhile.",
        ),
        (true, false) => tr("The host is still at work. Other pools can be used meanwhile."),
    }
}

#[cfg(test)]
mod tests {
    use super::words;

    #[test]
    fn a_pool_without_a_server_waits_for_none() {
        assert!(words(true, "netfs").contains("server"));
        for kind in ["dir", "logical", "disk", "unheard-of"] {
            assert!(!words(true, kind).contains("server"), "{kind}");
            assert!(words(true, kind).contains("still at work"), "{kind}");
        }
    }
}
