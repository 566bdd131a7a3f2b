//! What is told when not everything went that was to go.

use gtk4 as gtk;
use libadwaita::prelude::*;

use crate::i18n::{tr, tr_f, tr_n};
use crate::model::deletion::{Fate, Report};
use crate::model::error::{Kind, VirtError};
use crate::ui::{errors, message};

/// Lines that are shown; the rest is a number.
const LONGEST: usize = 12;

/// Shows what is still there and why, and what is gone.
pub(super) fn tell(parent: &gtk::Widget, report: &Report) {
    let dialog = message::dialog(parent, &heading(report), &done(report));
    let list = gtk::Label::builder()
        .label(lines(report).join("\n"))
        .wrap(true)
        .wrap_mode(gtk::pango::WrapMode::WordChar)
        .xalign(0.0)
        .selectable(true)
        .can_focus(false)
        .build();
    dialog.set_extra_child(Some(&list));
    dialog.add_response("close", &tr("_Close"));
    dialog.set_close_response("close");
    dialog.set_default_response(Some("close"));
    dialog.present();
}

fn why(error: &VirtError) -> String {
    // Our own: libvirt itself was not asked to do what it can't.
    if error.kind == Kind::Unsupported && error.code == 0 {
        return tr("This host can't keep the firmware's settings or the keys of a TPM without their machine.");
    }
    errors::explain(error, None).body
}

fn heading(report: &Report) -> String {
    match &report.machines[..] {
        [(name, Fate::Deleted)] => tr_f("{name} is deleted, but not all of its disk images", &[("name", name)]),
        [(name, _)] => tr_f("{name} could not be deleted", &[("name", name)]),
        several if report.deleted() == several.len() => {
            tr("The machines are deleted, but not all of their disk images")
        }
        several => {
            let n = several.len() - report.deleted();
            tr_n(
                "{n} machine could not be deleted",
                "{n} machines could not be deleted",
                n,
                &[],
            )
        }
    }
}

/// What is gone, for whoever wants to know where things stand.
fn done(report: &Report) -> String {
    let mut said = Vec::new();
    let (gone, all) = (report.deleted(), report.machines.len());
    if gone > 0 && gone < all {
        said.push(tr_n(
            "{n} machine was deleted.",
            "{n} machines were deleted.",
            gone,
            &[],
        ));
    }
    said.extend(report.gone_images());
    said.join(" ")
}

fn lines(report: &Report) -> Vec<String> {
    let mut lines: Vec<String> = report
        .machines
        .iter()
        .filter_map(|(name, fate)| line(name, fate))
        .collect();
    lines.extend(report.kept_images(why));
    if lines.len() > LONGEST {
        let more = lines.len() - LONGEST;
        lines.truncate(LONGEST);
        lines.push(tr_n("and {n} more", "and {n} more", more, &[]));
    }
    lines
}

fn line(name: &str, fate: &Fate) -> Option<String> {
    let told = |error: &VirtError| [("name", name.to_owned()), ("why", why(error))];
    Some(match fate {
        Fate::Deleted => return None,
        Fate::Running => tr_f(
            "{name} was started meanwhile. Nothing was done to it.",
            &[("name", name)],
        ),
        Fate::NotStopped(error) => {
            let [name, why] = told(error);
            tr_f(
                "{name} could not be forced off. Nothing was done to it. {why}",
                &[(name.0, &name.1), (why.0, &why.1)],
            )
        }
        Fate::NotDeleted { stopped: true, error } => {
            let [name, why] = told(error);
            tr_f(
                "{name} was forced off, but its definition is still there. {why}",
                &[(name.0, &name.1), (why.0, &why.1)],
            )
        }
        Fate::NotDeleted { stopped: false, error } => {
            let [name, why] = told(error);
            tr_f(
                "The definition of {name} is still there. {why}",
                &[(name.0, &name.1), (why.0, &why.1)],
            )
        }
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::usage::{Deleted, Kept};

    fn refusal() -> VirtError {
        VirtError::own(Kind::Other, "delete", "the disk is full")
    }

    #[test]
    fn what_was_done_and_what_was_not_is_told() {
        let stopped = Fate::NotDeleted {
            stopped: true,
            error: refusal(),
        };
        let mut report = Report {
            machines: vec![("mail".into(), stopped)],
            ..Report::default()
        };
        assert!(!report.is_complete());
        assert_eq!(heading(&report), "mail could not be deleted");
        let told = lines(&report);
        assert!(
            told[0].starts_with("mail was forced off, but its definition is still there.")
                && told[0].contains("the disk is full"),
            "{told:?}"
        );
        report.machines.push(("web".into(), Fate::Deleted));
        assert_eq!(heading(&report), "1 machine could not be deleted");
        assert_eq!(done(&report), "1 machine was deleted.");
        report.machines = vec![("mail".into(), Fate::Deleted)];
        assert!(report.is_complete());
        let image = |path: &str, result| Deleted {
            path: path.into(),
            result,
        };
        report.images = vec![image("/a", Ok(())), image("/b", Err(Kept::NoVolume))];
        report.untouched = vec![(vec!["/c".into()], refusal())];
        assert_eq!(heading(&report), "mail is deleted, but not all of its disk images");
        assert_eq!(done(&report), "1 disk image was deleted.");
        let told = lines(&report);
        assert!(told[0].starts_with("/b: ") && told[1].starts_with("/c: "), "{told:?}");
    }

    #[test]
    fn started_meanwhile_is_told_as_untouched() {
        let told = line("mail", &Fate::Running);
        assert_eq!(
            told.as_deref(),
            Some("mail was started meanwhile. Nothing was done to it.")
        );
        assert_eq!(line("mail", &Fate::Deleted), None);
    }
}
