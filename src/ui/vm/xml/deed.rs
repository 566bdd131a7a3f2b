//! What is done with a text: it is shown in parts, compared, applied, given up.

use std::rc::Rc;

use gtk::glib;
use relm4::{ComponentController, ComponentSender, adw, gtk};

use super::review::Review;
use super::{Decision, Purpose, XmlMsg, XmlPage, XmlView};
use crate::i18n::{tr, tr_f};
use crate::model::error::VirtError;
use crate::model::hardware::apply::{Outcome, Report, Wish};
use crate::model::schema::DocumentKind;
use crate::ui::errors;
use crate::ui::hardware::applying::{self, Applied};
use crate::ui::xml::{EditorMsg, Text};

impl XmlPage {
    /// Asks the editor for the text; what is not well-formed doesn't come.
    pub(super) fn ask_text(&mut self, purpose: Purpose) {
        if self.busy {
            return;
        }
        self.purpose = Some(purpose);
        self.next.emit(EditorMsg::SubmitClicked);
    }

    pub(super) fn submitted(&mut self, view: &XmlView, root: &gtk::Box, shown: &str, sender: &ComponentSender<Self>) {
        let (Some(purpose), Some(text)) = (self.purpose.take(), &mut self.text) else {
            return;
        };
        if !text.write(shown) {
            let why = tr("One device is edited here: this has to be one element.");
            self.next.emit(EditorMsg::Refused(None, why));
            return;
        }
        match purpose {
            Purpose::Show(place) => {
                text.choose(place.as_deref());
                self.load();
            }
            Purpose::Compare => self.compare(root, sender),
            Purpose::Apply if !text.is_changed() => view.toasts.add_toast(adw::Toast::new(&tr("Nothing is changed"))),
            Purpose::Apply => self.review(root, sender),
        }
    }

    /// Puts what is to be seen into the editor; undo begins anew.
    pub(super) fn load(&mut self) {
        let Some(text) = &self.text else { return };
        self.typed = false;
        self.loaded = text.clone();
        let kind = match text.place() {
            Some(_) => DocumentKind::Device,
            None => DocumentKind::Domain,
        };
        self.next.emit(EditorMsg::Loaded(kind, Text(text.shown())));
    }

    /// Puts what is to be seen into the editor as what the host has; undo can still take it back.
    pub(super) fn settle(&mut self) {
        let Some(text) = &self.text else { return };
        self.typed = false;
        self.loaded = text.clone();
        self.next.emit(EditorMsg::Settled(Text(text.shown())));
    }

    /// Gives up what was edited; undo brings it back.
    pub(super) fn discard(&mut self) {
        let Some(text) = &mut self.text else { return };
        let current = self.theirs.take().unwrap_or_else(|| text.base().to_owned());
        text.settle(current);
        self.settle();
    }

    fn review(&self, root: &gtk::Box, sender: &ComponentSender<Self>) {
        let Some(text) = &self.text else { return };
        let (text, runs) = (text.clone(), self.live.is_some() && !self.transient);
        let (root, input) = (root.clone(), sender.input_sender().clone());
        glib::spawn_future_local(async move {
            let review = Review {
                title: tr("Review Changes"),
                before: (tr("On the host"), text.base()),
                after: (tr("Edited"), text.edited()),
                main: tr("_Apply"),
                other: None,
                tick: runs.then(|| tr("Also change the running machine, where it can follow")),
            };
            let choice = review.ask(&root).await;
            input.emit(XmlMsg::Reviewed(choice.into()));
        });
    }

    pub(super) fn reviewed(&mut self, root: &gtk::Box, decision: Decision, sender: &ComponentSender<Self>) {
        let (Some(text), Decision::Do(live)) = (&self.text, decision) else {
            return;
        };
        if self.busy {
            return;
        }
        let Some(client) = self.core.client(self.key.host) else {
            let error = VirtError::own(crate::model::error::Kind::Unreachable, "apply", "");
            self.tell(root, &error);
            return;
        };
        let wish = Wish {
            base: text.base().to_owned(),
            edited: text.edited().to_owned(),
            live: live || self.transient,
            validate: true,
        };
        self.busy = true;
        self.next.emit(EditorMsg::Locked(true));
        let (root, uuid, input) = (root.clone(), self.key.uuid, sender.input_sender().clone());
        glib::spawn_future_local(async move {
            let applied = applying::apply(&root, &client, uuid, wish).await;
            input.emit(XmlMsg::Applied(Rc::new(applied)));
        });
    }

    pub(super) fn applied(
        &mut self,
        view: &XmlView,
        root: &gtk::Box,
        applied: &Applied,
        sender: &ComponentSender<Self>,
    ) {
        self.busy = false;
        self.stale = true;
        self.next.emit(EditorMsg::Locked(self.locked.is_some()));
        match applied {
            Applied::Done(report) => self.take_report(view, root, report),
            Applied::Kept => {}
            Applied::Yielded => self.discard(),
            Applied::Failed(error) => {
                let line = line_of(&error.message).filter(|_| self.is_whole());
                let why = errors::explain(error, None);
                self.next.emit(EditorMsg::Refused(line, why.body));
                self.tell(root, error);
            }
        }
        self.read(sender);
    }

    fn is_whole(&self) -> bool {
        self.text.as_ref().is_some_and(|text| text.place().is_none())
    }

    fn take_report(&mut self, view: &XmlView, root: &gtk::Box, report: &Report) {
        let has_failed = report
            .changes
            .iter()
            .any(|change| matches!(change.outcome, Outcome::Failed(_)));
        if let Some(text) = &mut self.text {
            let definition = report.definition.clone();
            if has_failed {
                // What was not done stays in the text, as a change to what the host has now.
                text.stand_on(definition.clone());
                self.loaded.stand_on(definition);
            } else {
                // Of a transient machine there is no definition: what it has now is read next, and taken as it is.
                let now = if self.transient {
                    text.edited().to_owned()
                } else {
                    definition
                };
                text.settle(now);
                self.settle();
            }
            self.theirs = None;
        }
        if has_failed || applying::is_eventful(report) {
            applying::show_report(root, report);
        } else {
            let text = applying::summary(report);
            let text = if text.is_empty() { tr("Applied") } else { text };
            view.toasts.add_toast(adw::Toast::new(&glib::markup_escape_text(&text)));
        }
    }

    fn tell(&self, root: &gtk::Box, error: &VirtError) {
        let host = self.core.store().host(self.key.host).map(|host| host.config.clone());
        let context = errors::Context {
            host,
            title: Some(tr("The changes could not be applied")),
            ..errors::Context::default()
        };
        errors::show(root, None, error, context);
    }

    /// Shows what others have changed.
    fn compare(&self, root: &gtk::Box, sender: &ComponentSender<Self>) {
        let (Some(text), Some(theirs)) = (self.text.clone(), self.theirs.clone()) else {
            return;
        };
        let (root, input) = (root.clone(), sender.input_sender().clone());
        glib::spawn_future_local(async move {
            let review = Review {
                title: tr("Changed by Someone Else"),
                before: (tr("When you began"), text.base()),
                after: (tr("On the host now"), &theirs),
                main: tr("_Merge"),
                other: Some(tr("_Take Theirs and Discard Mine")),
                tick: None,
            };
            let choice = review.ask(&root).await;
            input.emit(XmlMsg::Decided(choice.into()));
        });
    }

    pub(super) fn decided(&mut self, view: &XmlView, decision: Decision) {
        match decision {
            Decision::Back => {}
            Decision::Theirs => self.discard(),
            Decision::Do(_) => self.merge(view),
        }
    }

    fn merge(&mut self, view: &XmlView) {
        let (Some(text), Some(theirs)) = (&mut self.text, &self.theirs) else {
            return;
        };
        match text.merge(theirs) {
            Ok(()) => {
                self.loaded.stand_on(theirs.clone());
                self.theirs = None;
                self.next.emit(EditorMsg::Proposed(Text(text.shown())));
                view.toasts
                    .add_toast(adw::Toast::new(&tr("Their changes are in your text now")));
            }
            Err(conflicts) => {
                let places: Vec<_> = conflicts
                    .iter()
                    .map(|conflict| conflict.place.as_str())
                    .take(3)
                    .collect();
                let text = tr_f(
                    "Both have changed {places}. When you apply, you decide whose changes hold.",
                    &[("places", &places.join(", "))],
                );
                view.toasts.add_toast(adw::Toast::new(&glib::markup_escape_text(&text)));
            }
        }
    }
}

/// The line that libvirt names: `(domain_definition):12: Opening and ending tag mismatch`, `at line 12`.
fn line_of(message: &str) -> Option<usize> {
    let number = |rest: &str| {
        let digits: String = rest.chars().take_while(char::is_ascii_digit).collect();
        digits.parse().ok()
    };
    let named = message.split("):").nth(1).and_then(number);
    named.or_else(|| message.split("line ").nth(1).and_then(number))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_line_that_libvirt_names_is_found() {
        assert_eq!(line_of("XML error: (domain_definition):12: mismatch"), Some(12));
        assert_eq!(line_of("expected > at line 7"), Some(7));
        assert_eq!(line_of("unsupported configuration: no (such) thing"), None);
    }
}
