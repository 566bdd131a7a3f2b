//! The one place that tells the user about failures: a plain sentence, a way out, libvirt's own text under *Details*.

use std::rc::Rc;

use gtk4 as gtk;
use gtk4::prelude::*;
use libadwaita as adw;

use crate::model::action::DomainAction;
use crate::model::error::VirtError;
use crate::model::host::HostConfig;
use crate::model::key::DomainKey;
use crate::ui::core::Core;

/// A way out of a failure, as a button.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Remedy {
    /// Try the same again.
    Retry,
    /// Open the host's settings.
    EditHost,
    /// Stop the machine at once.
    ForceOff,
    /// Take the console from whoever holds it.
    TakeOver,
}

/// A failure in the user's words.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Explanation {
    /// A short heading.
    pub title: String,
    /// What happened and what to do about it, one to three sentences.
    pub body: String,
    /// Ways out, the best first.
    pub remedies: Vec<Remedy>,
    /// Nothing to read: a toast is enough.
    pub recoverable: bool,
    /// Nothing to say at all: the user cancelled.
    pub quiet: bool,
}

/// Puts a failure into words. `host` is the host it is about, where there is one.
#[must_use]
pub fn explain(error: &VirtError, host: Option<&HostConfig>) -> Explanation {
    let _ = host;
    Explanation {
        title: error.op.to_owned(),
        body: error.message.clone(),
        remedies: Vec::new(),
        recoverable: true,
        quiet: false,
    }
}

/// What a failure is about, and what its buttons do.
#[derive(Clone, Default)]
pub struct Context {
    /// The host, for explanations that name it.
    pub host: Option<HostConfig>,
    /// Heading instead of the explanation's own: "debian-12 could not be started".
    pub title: Option<String>,
    /// Called when a way out was chosen; without it no such buttons are shown.
    pub on_remedy: Option<Rc<dyn Fn(Remedy)>>,
}

/// Shows a failure: as a toast in `overlay` where that is enough and an overlay is given, else as a dialog over `parent`'s
/// window. Shows nothing for what the user cancelled.
pub fn show(parent: &impl IsA<gtk::Widget>, overlay: Option<&adw::ToastOverlay>, error: &VirtError, context: Context) {
    let _ = (parent, overlay, error, context);
}

/// Shows that something asked of a machine failed, with the ways out wired to `core`: the answer to
/// [`crate::ui::core::Notice::ActionFailed`].
pub fn show_action(
    parent: &impl IsA<gtk::Widget>,
    overlay: Option<&adw::ToastOverlay>,
    core: &Core,
    key: DomainKey,
    action: &DomainAction,
    error: &VirtError,
) {
    let _ = (parent, overlay, core, key, action, error);
}

/// Shows libvirt's own text with a Copy button (the *Details* of error pages).
pub fn show_details(parent: &impl IsA<gtk::Widget>, error: &VirtError) {
    let _ = (parent, error);
}
