//! One finding: a sign, what was found, what it means, what helps.

use gtk4 as gtk;
use gtk4::prelude::*;
use libadwaita as adw;

use crate::i18n::{tr, tr_f};
use crate::model::doctor::{Finding, Fix, Remedy, Verdict};
use crate::ui::widgets::Tip;

/// Gives a picture the sign of a verdict.
pub(super) fn dress(image: &gtk::Image, verdict: Verdict) {
    let (icon, class) = match verdict {
        Verdict::Fine => ("emblem-ok-symbolic", "success"),
        Verdict::Note => ("dialog-information-symbolic", "dim-label"),
        Verdict::Warning => ("dialog-warning-symbolic", "warning"),
        Verdict::Problem => ("dialog-error-symbolic", "error"),
    };
    image.set_icon_name(Some(icon));
    image.set_css_classes(&[class]);
}

fn word(verdict: Verdict) -> String {
    match verdict {
        Verdict::Fine => tr("Passed"),
        Verdict::Note => tr("Note"),
        Verdict::Warning => tr("Warning"),
        Verdict::Problem => tr("Problem"),
    }
}

/// The row of a finding; `chosen` hears what the user wants done.
pub(super) fn finding(finding: &Finding, chosen: impl Fn(Remedy) + Clone + 'static) -> adw::PreferencesRow {
    let sign = gtk::Image::builder().valign(gtk::Align::Start).margin_top(2).build();
    dress(&sign, finding.verdict);
    sign.update_property(&[gtk::accessible::Property::Label(&word(finding.verdict))]);
    let words = gtk::Box::builder()
        .orientation(gtk::Orientation::Vertical)
        .spacing(6)
        .hexpand(true)
        .build();
    words.append(&label(&finding.title, &[]));
    if !finding.text.is_empty() {
        words.append(&label(&finding.text, &["dim-label", "caption"]));
    }
    let line = gtk::Box::builder()
        .spacing(12)
        .margin_top(12)
        .margin_bottom(12)
        .margin_start(12)
        .margin_end(12)
        .build();
    line.append(&sign);
    line.append(&words);
    for fix in &finding.fixes {
        match fix {
            Fix::Do(remedy) => line.append(&button(remedy, chosen.clone())),
            Fix::Run(command) => words.append(&code(command)),
        }
    }
    let row = adw::PreferencesRow::builder().child(&line).activatable(false).build();
    let name = tr_f(
        "{verdict}: {finding}",
        &[("verdict", &word(finding.verdict)), ("finding", &finding.title)],
    );
    row.update_property(&[gtk::accessible::Property::Label(&name)]);
    row
}

fn label(text: &str, classes: &[&'static str]) -> gtk::Label {
    gtk::Label::builder()
        .label(text)
        .css_classes(classes.to_vec())
        .xalign(0.0)
        .wrap(true)
        .wrap_mode(gtk::pango::WrapMode::WordChar)
        .build()
}

fn button(remedy: &Remedy, chosen: impl Fn(Remedy) + 'static) -> gtk::Button {
    let text = match remedy {
        Remedy::StartNetwork(_) | Remedy::StartPool(_) => tr("_Start"),
        Remedy::NetworkAutostart(_) | Remedy::PoolAutostart(_) => tr("_Start With Host"),
        Remedy::DefineNetwork | Remedy::DefinePool(_) => tr("_Create"),
        Remedy::BuildPool(_) => tr("_Create Folder"),
        Remedy::Reconnect => tr("_Connect"),
    };
    let button = gtk::Button::builder()
        .label(text)
        .use_underline(true)
        .valign(gtk::Align::Center)
        .build();
    let remedy = remedy.clone();
    button.connect_clicked(move |_| chosen(remedy.clone()));
    button
}

/// A command with a button that copies it.
fn code(command: &str) -> gtk::Box {
    let text = label(command, &["monospace"]);
    text.set_selectable(true);
    text.set_hexpand(true);
    text.set_direction(gtk::TextDirection::Ltr);
    let copy = gtk::Button::builder()
        .icon_name("edit-copy-symbolic")
        .css_classes(["flat"])
        .valign(gtk::Align::Center)
        .build()
        .with_tip(tr("Copy the command"));
    copy.update_property(&[gtk::accessible::Property::Label(&tr_f(
        "Copy the command {command}",
        &[("command", command)],
    ))]);
    let whole = command.to_owned();
    copy.connect_clicked(move |button| button.clipboard().set_text(&whole));
    let frame = gtk::Box::builder().css_classes(["vireo-code"]).spacing(6).build();
    frame.append(&text);
    frame.append(&copy);
    frame
}
