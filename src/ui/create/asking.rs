//! What is being found out that may change the plan: of each question only the last one counts.

use std::cell::{Cell, RefCell};
use std::collections::HashMap;
use std::rc::Weak;

use super::page::CreatePage;

/// What is asked.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(super) enum Question {
    /// What the host offers.
    Offer,
    /// What the machine begins with.
    Image,
    /// The script of an installation without questions.
    Script,
    /// What speaks against the order.
    Order,
}

/// The questions that are open. One that is asked anew takes the place of its older one, whose answer may never come: that of a
/// host that was left, or of an address that is slow and not wanted any more.
#[derive(Debug, Default)]
pub(super) struct Open {
    last: Cell<u64>,
    asked: RefCell<HashMap<Question, u64>>,
}

impl Open {
    /// Opens a question, and tells its number.
    fn open(&self, question: Question) -> u64 {
        let number = self.last.get() + 1;
        self.last.set(number);
        self.asked.borrow_mut().insert(question, number);
        number
    }

    fn is_current(&self, question: Question, number: u64) -> bool {
        self.asked.borrow().get(&question) == Some(&number)
    }

    fn answer(&self, question: Question, number: u64) {
        if self.is_current(question, number) {
            self.drop_question(question);
        }
    }

    /// Waits for an answer no longer.
    pub(super) fn drop_question(&self, question: Question) {
        self.asked.borrow_mut().remove(&question);
    }

    /// Whether every question has its answer.
    pub(super) fn is_settled(&self) -> bool {
        self.asked.borrow().is_empty()
    }
}

/// An answer that is waited for.
pub(super) struct Asking {
    page: Weak<CreatePage>,
    question: Question,
    number: u64,
}

impl Asking {
    /// Asks.
    pub(super) fn new(page: &std::rc::Rc<CreatePage>, question: Question) -> Self {
        Self {
            number: page.open.open(question),
            page: std::rc::Rc::downgrade(page),
            question,
        }
    }

    /// Whether this is still what is asked.
    pub(super) fn is_current(&self) -> bool {
        let page = self.page.upgrade();
        page.is_some_and(|page| page.open.is_current(self.question, self.number))
    }
}

impl Drop for Asking {
    fn drop(&mut self) {
        let Some(page) = self.page.upgrade() else { return };
        page.open.answer(self.question, self.number);
        if page.is_wanted.get() {
            // What the answer leads to is asked first.
            let weak = self.page.clone();
            glib::idle_add_local_once(move || {
                if let Some(page) = weak.upgrade() {
                    page.settle();
                }
            });
        }
    }
}

#[cfg(test)]
mod tests {
    use super::{Open, Question};

    #[test]
    fn a_silent_host_that_was_left_holds_nothing_up() {
        let open = Open::default();
        let silent = open.open(Question::Offer);
        let other = open.open(Question::Offer);
        assert!(!open.is_settled());
        open.answer(Question::Offer, other);
        assert!(open.is_settled(), "the host that is wanted has answered");
        // The first one wakes up while something is being asked again.
        let again = open.open(Question::Offer);
        open.answer(Question::Offer, silent);
        assert!(!open.is_settled() && open.is_current(Question::Offer, again));
    }

    #[test]
    fn each_question_waits_for_its_own_answer() {
        let open = Open::default();
        let image = open.open(Question::Image);
        let order = open.open(Question::Order);
        open.answer(Question::Image, image);
        assert!(!open.is_settled());
        // A form that is empty again asks nothing.
        open.drop_question(Question::Order);
        assert!(open.is_settled() && !open.is_current(Question::Order, order));
    }
}
