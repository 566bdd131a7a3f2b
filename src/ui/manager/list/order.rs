//! The order of the list: when it is worked out, and in which turns of the main loop.

use std::rc::Rc;
use std::time::{Duration, Instant};

use super::{List, ListEvent};
use crate::model::view::{self, Item};

impl List {
    /// Works the order out `gap` after the last time at the latest, but before the next frame if that was long ago against
    /// what it costs: a tenth of the time is spent on it while news keep coming. Never at once: taking
    /// the news of ten thousand machines and ordering them are two turns of the main loop.
    pub(super) fn queue_arrange(self: &Rc<Self>, gap: Duration) {
        if self.queued.borrow().is_some() {
            return;
        }
        let weak = Rc::downgrade(self);
        let arrange = move || {
            if let Some(list) = weak.upgrade() {
                list.queued.take();
                list.arrange();
            }
            glib::ControlFlow::Break
        };
        let gap = if gap > super::ORDER {
            gap
        } else {
            gap.min(self.cost.get() * 10)
        };
        let since = self.last.get().elapsed();
        let source = if since >= gap {
            glib::idle_add_local_full(glib::Priority::HIGH_IDLE, arrange)
        } else {
            glib::timeout_add_local(gap - since, arrange)
        };
        *self.queued.borrow_mut() = Some(source);
    }

    /// Whether another order is on its way, of which [`ListEvent::Arranged`] will tell.
    #[must_use]
    pub fn is_arranging(&self) -> bool {
        self.queued.borrow().is_some() || self.turn.borrow().is_some()
    }

    /// Works the order out, shows it, and tells of it: three turns of the main loop, all before the next frame.
    pub(super) fn arrange(self: &Rc<Self>) {
        let begin = Instant::now();
        let items = view::arrange(&self.core.store(), &self.wanted.borrow());
        self.cost.set(begin.elapsed());
        self.last.set(Instant::now());
        self.next_turn(move |list| list.take(items));
    }

    fn take(self: &Rc<Self>, items: Vec<Item>) {
        let machines = items.iter().filter(|item| matches!(item, Item::Domain(_))).count();
        let selected = self.model.selected().len();
        let begin = Instant::now();
        self.model.set_items(items);
        self.cost.set(self.cost.get() + begin.elapsed());
        if self.model.selected().len() != selected {
            (self.events)(ListEvent::Selected(self.model.selected()));
        }
        if self.machines.replace(machines) != machines {
            tracing::info!(count = machines, "list filled");
        }
        let matching = machines + self.folded();
        self.next_turn(move |list| (list.events)(ListEvent::Arranged(matching)));
    }

    /// Machines that are folded away below their hosts.
    fn folded(&self) -> usize {
        let (store, wanted) = (self.core.store(), self.wanted.borrow());
        if wanted.collapsed.is_empty() {
            return 0;
        }
        let hosts = self.model.items();
        let hosts = hosts.iter().filter_map(|item| match item {
            Item::Host(host) if wanted.collapsed.contains(host) => store.host(*host),
            _ => None,
        });
        hosts.map(|host| host.domains.len()).sum()
    }

    /// Does something in the next turn of the main loop, in place of what waits for it: a newer order replaces an older one.
    fn next_turn(self: &Rc<Self>, act: impl FnOnce(&Rc<Self>) + 'static) {
        let weak = Rc::downgrade(self);
        let mut act = Some(act);
        let source = glib::idle_add_local_full(glib::Priority::HIGH_IDLE, move || {
            if let (Some(list), Some(act)) = (weak.upgrade(), act.take()) {
                list.turn.take();
                act(&list);
            }
            glib::ControlFlow::Break
        });
        if let Some(older) = self.turn.replace(Some(source)) {
            older.remove();
        }
    }
}
