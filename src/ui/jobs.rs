//! The button and popover that list long work: progress, elapsed time, Cancel.

use std::cell::RefCell;
use std::collections::HashMap;
use std::rc::Rc;
use std::time::Duration;

use gtk4 as gtk;
use gtk4::prelude::*;

use crate::i18n::{tr, tr_f, tr_n, whole};
use crate::model::operation::{Operation, OperationId, OperationState, Progress};
use crate::ui::core::{Core, Notice};
use crate::ui::widgets::{Tip, name_once, set_tip};
use crate::ui::{errors, format};

/// A button for a header bar with the number of running jobs on it; opens the list. It keeps itself current.
#[must_use]
pub fn button(core: &Core) -> gtk::MenuButton {
    let icon = gtk::Image::builder()
        .icon_name("emblem-synchronizing-symbolic")
        .accessible_role(gtk::AccessibleRole::Presentation)
        .build();
    let count = gtk::Label::builder().css_classes(["numeric"]).visible(false).build();
    let face = gtk::Box::new(gtk::Orientation::Horizontal, 6);
    face.append(&icon);
    face.append(&count);
    let (popover, list, clear) = popover(core);
    let button = gtk::MenuButton::builder().child(&face).popover(&popover).build();

    let view = Rc::new(View {
        core: core.clone(),
        button: button.downgrade(),
        count,
        list,
        clear,
        rows: RefCell::default(),
    });
    view.refresh();
    let heard = view.clone();
    let subscription = core.subscribe_notices(move |_, notice| {
        if matches!(notice, Notice::Operations) {
            heard.refresh();
        }
    });
    // Elapsed times move only while somebody looks.
    let ticking: Rc<RefCell<Option<glib::SourceId>>> = Rc::default();
    let (ticks, ticked) = (ticking.clone(), Rc::downgrade(&view));
    popover.connect_map(move |_| {
        let ticked = ticked.clone();
        let source = glib::timeout_add_local(Duration::from_secs(1), move || match ticked.upgrade() {
            Some(view) => {
                view.refresh();
                glib::ControlFlow::Continue
            }
            None => glib::ControlFlow::Break,
        });
        if let Some(old) = ticks.replace(Some(source)) {
            old.remove();
        }
    });
    popover.connect_unmap(move |_| {
        if let Some(source) = ticking.take() {
            source.remove();
        }
    });
    // The subscription ends with the button.
    let kept = RefCell::new(Some(subscription));
    button.connect_destroy(move |_| drop(kept.take()));
    button
}

struct View {
    core: Core,
    button: glib::WeakRef<gtk::MenuButton>,
    count: gtk::Label,
    list: gtk::ListBox,
    clear: gtk::Button,
    rows: RefCell<HashMap<OperationId, Row>>,
}

struct Row {
    row: gtk::ListBoxRow,
    stage: gtk::Label,
    bar: gtk::ProgressBar,
    action: gtk::Button,
    details: gtk::Button,
}

fn popover(core: &Core) -> (gtk::Popover, gtk::ListBox, gtk::Button) {
    let list = gtk::ListBox::builder()
        .selection_mode(gtk::SelectionMode::None)
        .css_classes(["background"])
        .build();
    list.update_property(&[gtk::accessible::Property::Label(&tr("Jobs"))]);
    let nothing = gtk::Label::builder()
        .label(tr(
            "No jobs. What takes its time, like creating a machine or uploading an image, shows up here.",
        ))
        .wrap(true)
        .justify(gtk::Justification::Center)
        .margin_top(18)
        .margin_bottom(18)
        .margin_start(18)
        .margin_end(18)
        .css_classes(["dim-label"])
        .build();
    list.set_placeholder(Some(&nothing));
    let scrolled = gtk::ScrolledWindow::builder()
        .child(&list)
        .hscrollbar_policy(gtk::PolicyType::Never)
        .propagate_natural_height(true)
        .max_content_height(360)
        .width_request(320)
        .build();
    let clear = gtk::Button::with_mnemonic(&tr("C_lear Ended Jobs"));
    clear.add_css_class("flat");
    name_once(&clear);
    let core = core.clone();
    clear.connect_clicked(move |_| core.dismiss_operation(None));
    let content = gtk::Box::new(gtk::Orientation::Vertical, 6);
    content.append(&scrolled);
    content.append(&clear);
    (gtk::Popover::builder().child(&content).build(), list, clear)
}

impl View {
    fn refresh(&self) {
        let operations = self.core.operations();
        let running = operations.iter().filter(|operation| operation.is_ongoing()).count();
        self.count.set_label(&whole(running));
        self.count.set_visible(running > 0);
        self.clear.set_visible(running < operations.len());
        if let Some(button) = self.button.upgrade() {
            let label = if running == 0 {
                tr("Jobs")
            } else {
                tr_n("{n} job is running", "{n} jobs are running", running, &[])
            };
            if button.tooltip_text().is_none_or(|old| old != label) {
                set_tip(&button, Some(&label));
                button.update_property(&[gtk::accessible::Property::Label(&label)]);
            }
        }
        let mut rows = self.rows.borrow_mut();
        rows.retain(|id, row| {
            let stays = operations.iter().any(|operation| operation.id == *id);
            if !stays {
                self.list.remove(&row.row);
            }
            stays
        });
        // Newest first: what is new goes to the top, the oldest of the new ones first.
        for operation in operations.iter().rev() {
            let row = rows.entry(operation.id).or_insert_with(|| {
                let row = Row::new(&self.core, operation);
                self.list.prepend(&row.row);
                row
            });
            row.show(operation);
        }
    }
}

impl Row {
    fn new(core: &Core, operation: &Operation) -> Self {
        let title = gtk::Label::builder()
            .label(&operation.title)
            .ellipsize(gtk::pango::EllipsizeMode::Middle)
            .xalign(0.0)
            .hexpand(true)
            .build();
        let stage = gtk::Label::builder()
            .xalign(0.0)
            .wrap(true)
            .css_classes(["caption", "dim-label", "numeric"])
            .build();
        let bar = gtk::ProgressBar::new();
        bar.update_property(&[gtk::accessible::Property::Label(&operation.title)]);
        let words = gtk::Box::new(gtk::Orientation::Vertical, 3);
        words.append(&title);
        words.append(&bar);
        words.append(&stage);
        let details = icon_button("dialog-information-symbolic", &tr("Details"));
        let action = icon_button("process-stop-symbolic", &tr("Cancel"));
        let line = gtk::Box::builder()
            .spacing(6)
            .margin_top(9)
            .margin_bottom(9)
            .margin_start(6)
            .build();
        line.append(&words);
        line.append(&details);
        line.append(&action);
        let row = gtk::ListBoxRow::builder().child(&line).activatable(false).build();
        let id = operation.id;
        let own = core.clone();
        action.connect_clicked(move |_| {
            let ongoing = own
                .operations()
                .iter()
                .any(|other| other.id == id && other.is_ongoing());
            if ongoing {
                own.cancel_operation(id);
            } else {
                own.dismiss_operation(Some(id));
            }
        });
        let own = core.clone();
        details.connect_clicked(move |button| {
            let found = own.operations().into_iter().find(|other| other.id == id);
            if let Some(OperationState::Failed(error)) = found.map(|operation| operation.state) {
                errors::show_details(button, &error);
            }
        });
        Self {
            row,
            stage,
            bar,
            action,
            details,
        }
    }

    fn show(&self, operation: &Operation) {
        let ongoing = operation.is_ongoing();
        self.bar.set_visible(ongoing);
        let failed = matches!(operation.state, OperationState::Failed(_));
        self.details.set_visible(failed);
        if failed {
            self.stage.add_css_class("error");
        }
        self.action.set_icon_name(if ongoing {
            "process-stop-symbolic"
        } else {
            "window-close-symbolic"
        });
        let verb = if ongoing { tr("Cancel") } else { tr("Clear") };
        set_tip(&self.action, Some(&verb));
        self.action.update_property(&[gtk::accessible::Property::Label(&verb)]);
        self.action.set_sensitive(match operation.state {
            OperationState::Ongoing(_) => operation.can_cancel,
            OperationState::Cancelling => false,
            _ => true,
        });
        match &operation.state {
            OperationState::Ongoing(progress) => match progress.fraction() {
                Some(fraction) => self.bar.set_fraction(fraction),
                None => self.bar.pulse(),
            },
            OperationState::Cancelling => self.bar.pulse(),
            _ => {}
        }
        let words = stage(&operation.state, elapsed(operation.started_ns));
        let words = match &operation.stage {
            Some(stage) if ongoing => tr_f("{stage} · {progress}", &[("stage", stage), ("progress", &words)]),
            _ => words,
        };
        if self.stage.label() != words {
            self.stage.set_label(&words);
        }
    }
}

fn icon_button(icon: &str, label: &str) -> gtk::Button {
    let button = gtk::Button::builder()
        .icon_name(icon)
        .valign(gtk::Align::Center)
        .css_classes(["flat", "circular"])
        .build()
        .with_tip(label);
    button.update_property(&[gtk::accessible::Property::Label(label)]);
    button
}

fn elapsed(started_ns: u64) -> Duration {
    let now = u64::try_from(glib::monotonic_time()).unwrap_or(0).saturating_mul(1000);
    Duration::from_nanos(now.saturating_sub(started_ns))
}

/// "1.2 GiB of 4.0 GiB · 12 s"
fn stage(state: &OperationState, elapsed: Duration) -> String {
    let time = format::duration(elapsed);
    match state {
        OperationState::Ongoing(Progress { total: 0, .. }) => tr_f("Running · {time}", &[("time", &time)]),
        OperationState::Ongoing(Progress { done, total }) => tr_f(
            "{done} of {total} · {time}",
            &[
                ("done", &format::bytes(*done as f64)),
                ("total", &format::bytes(*total as f64)),
                ("time", &time),
            ],
        ),
        OperationState::Cancelling => tr_f("Cancelling… · {time}", &[("time", &time)]),
        OperationState::Done => tr("Done"),
        OperationState::Cancelled => tr("Cancelled"),
        OperationState::Failed(error) => {
            let said = errors::explain(error, None);
            tr_f("{title}: {body}", &[("title", &said.title), ("body", &said.body)])
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_job_says_how_far_it_is_only_when_that_is_known() {
        let time = Duration::from_secs(3);
        let known = stage(
            &OperationState::Ongoing(Progress {
                done: 1 << 30,
                total: 1 << 32,
            }),
            time,
        );
        assert!(known.starts_with("1.0 GiB of 4.0 GiB"), "{known}");
        let unknown = stage(&OperationState::Ongoing(Progress::default()), time);
        assert!(!unknown.contains("of"), "{unknown}");
    }
}
