//! The order of the list: when it is worked out, and in which turns of the main loop.

use std::rc::Rc;
use std::time::{Duration, Instant};

use gtk4 as gtk;
use gtk4::prelude::*;

use super::{List, ListEvent};
use crate::model::view::{self, Item, Step};
use crate::ui::manager::row::Row;
use crate::ui::manager::strip::Strip;

/// So many lines that are not on screen are filled in a turn.
const FILLS: usize = 40;

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

    /// Works the order out, shows it step by step, and tells of it: each in a turn of the main loop of its own, all before
    /// the next frame unless that is due.
    pub(super) fn arrange(self: &Rc<Self>) {
        let begin = Instant::now();
        let items = view::arrange(&self.core.store(), &self.wanted.borrow());
        self.cost.set(begin.elapsed());
        self.last.set(Instant::now());
        self.next_turn(move |list| list.take(&items));
    }

    fn take(self: &Rc<Self>, items: &[Item]) {
        let begin = Instant::now();
        let machines = items.iter().filter(|item| matches!(item, Item::Domain(_))).count();
        let selected = self.model.selected().len();
        *self.steps.borrow_mut() = view::steps(&self.model.items(), items);
        self.cost.set(self.cost.get() + begin.elapsed());
        self.step(machines, selected);
    }

    /// Goes the next step to an order with so many machines; so many were selected before.
    fn step(self: &Rc<Self>, machines: usize, selected: usize) {
        let begin = Instant::now();
        let step = self.steps.borrow_mut().pop_front();
        if let Some(step) = step {
            let top = matches!(step, Step::Exchange { .. }).then(|| self.top()).flatten();
            let other = self.model.take(step, self.focused());
            self.keep_on_top(top);
            self.fill_later(&other);
        }
        self.cost.set(self.cost.get() + begin.elapsed());
        if self.steps.borrow().is_empty() {
            self.finish(machines, selected);
        } else {
            self.next_turn(move |list| list.step(machines, selected));
        }
    }

    fn finish(self: &Rc<Self>, machines: usize, selected: usize) {
        self.model.forget_gone();
        if self.model.selected().len() != selected {
            (self.events)(ListEvent::Selected(self.model.selected()));
        }
        if self.machines.replace(machines) != machines {
            tracing::info!(count = machines, "list filled");
        }
        let matching = machines + self.folded();
        self.next_turn(move |list| {
            list.fill_rest();
            // Others may be on screen now, though nothing was scrolled.
            list.scrolled();
            (list.events)(ListEvent::Arranged(matching));
        });
    }

    /// The item whose line has the keyboard.
    fn focused(&self) -> Option<Item> {
        let within = self.view().state_flags().contains(gtk::StateFlags::FOCUS_WITHIN);
        let line = self.view().focus_child().filter(|_| within)?;
        line.first_child().and_downcast::<Strip>()?.row()?.item()
    }

    /// In a list that is scrolled down, the item of the first line on screen, and where that line is.
    fn top(&self) -> Option<(Item, usize)> {
        let (first, _) = self.geometry()?;
        let first = first.floor() as u32;
        (first > 0).then_some(())?;
        Some((self.model.at(first)?, first as usize))
    }

    /// Scrolls so that an item that stood on top of the screen, at this place of the list, does so again.
    fn keep_on_top(&self, top: Option<(Item, usize)>) {
        let Some((item, before)) = top else { return };
        if self.model.at(before as u32) == Some(item) {
            return;
        }
        let place = self.model.items().iter().position(|own| *own == item);
        if let (Some(place), Some((_, height))) = (place, self.geometry()) {
            let adjustment = self.scroller.vadjustment();
            adjustment.set_value(adjustment.value() + (place as f64 - before as f64) * height);
        }
    }

    /// Fills what is on screen of these lines, and remembers the others.
    fn fill_later(&self, rows: &[Row]) {
        let mut unfilled = self.unfilled.borrow_mut();
        for row in rows {
            match row.strip() {
                Some(strip) if strip.was_drawn() => strip.refresh(),
                Some(_) => unfilled.push(row.downgrade()),
                None => {}
            }
        }
    }

    /// Fills some of the lines that are not on screen: a screen reader gets to know them, too. The others follow.
    fn fill_rest(self: &Rc<Self>) {
        let rows: Vec<_> = {
            let mut unfilled = self.unfilled.borrow_mut();
            let count = unfilled.len().min(FILLS);
            unfilled.drain(..count).collect()
        };
        let rows = rows.iter().filter_map(glib::WeakRef::upgrade);
        for strip in rows.filter(|row| !row.is_current()).filter_map(|row| row.strip()) {
            strip.refresh();
        }
        if !self.unfilled.borrow().is_empty() {
            self.next_turn(Self::fill_rest);
        }
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
