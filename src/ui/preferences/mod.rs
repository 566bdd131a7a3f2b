//! The preferences window, bound to the settings.

mod consoles;

use gio::prelude::*;
use gtk4 as gtk;
use gtk4::prelude::*;
use libadwaita as adw;
use libadwaita::prelude::*;

use crate::i18n::tr;
use crate::model::settings::Settings;
use crate::ui::core::Core;
use crate::ui::widgets::Tip;
use crate::ui::{confirm, message};

/// Shows the preferences over `parent`'s window.
pub fn show(parent: &impl IsA<gtk::Widget>, core: &Core) {
    let window = adw::PreferencesWindow::builder()
        .title(tr("Preferences"))
        .modal(true)
        .destroy_with_parent(true)
        .search_enabled(false)
        .default_width(560)
        .default_height(620)
        .build();
    window.set_transient_for(message::window_of(parent).as_ref());
    let settings = core.settings();
    let page = adw::PreferencesPage::builder()
        .title(tr("General"))
        .icon_name("preferences-system-symbolic")
        .build();
    page.add(&appearance(settings));
    page.add(&pictures(settings));
    page.add(&load(settings));
    page.add(&notifications(settings));
    page.add(&confirmations(settings));
    window.add(&page);
    let page = adw::PreferencesPage::builder()
        .title(tr("Consoles"))
        .icon_name("video-display-symbolic")
        .build();
    for group in consoles::groups(settings) {
        page.add(&group);
    }
    page.add(&console(settings));
    window.add(&page);
    window.present();
}

fn appearance(settings: &Settings) -> adw::PreferencesGroup {
    let group = adw::PreferencesGroup::builder().title(tr("Appearance")).build();
    let labels = [tr("Like the desktop"), tr("Light"), tr("Dark")];
    let labels: Vec<&str> = labels.iter().map(String::as_str).collect();
    let row = adw::ComboRow::builder()
        .title(tr("Style"))
        .model(&gtk::StringList::new(&labels))
        .build();
    // The enumeration of the schema has the order of the labels.
    let backend = settings.backend();
    row.set_selected(u32::try_from(backend.enum_("style")).unwrap_or(0));
    let own = backend.clone();
    row.connect_selected_notify(move |row| {
        let value = i32::try_from(row.selected()).unwrap_or(0);
        if own.enum_("style") != value
            && let Err(error) = own.set_enum("style", value)
        {
            tracing::warn!(%error, "the style cannot be saved");
        }
    });
    group.add(&row);
    group
}

fn pictures(settings: &Settings) -> adw::PreferencesGroup {
    let group = adw::PreferencesGroup::builder().title(tr("Grid of Machines")).build();
    let (row, switch) = switch_row(
        &tr("Live pictures"),
        &tr(
            "What running machines show. A picture is asked of the host every few seconds, while its card is on screen.",
        ),
    );
    settings.backend().bind("thumbnails", &switch, "active").build();
    group.add(&row);
    group
}

fn load(settings: &Settings) -> adw::PreferencesGroup {
    let group = adw::PreferencesGroup::builder().title(tr("Load Figures")).build();
    group.add(&number_row(
        settings,
        "poll-interval",
        &tr("Interval"),
        &tr("Seconds between two readings. Nothing is read while no window shows figures."),
        (1.0, 60.0, 1.0),
    ));
    group
}

fn console(settings: &Settings) -> adw::PreferencesGroup {
    let group = adw::PreferencesGroup::builder().title(tr("Text Console")).build();
    group.add(&number_row(
        settings,
        "console-scrollback",
        &tr("Lines to scroll back"),
        &tr("In the consoles of machines"),
        (100.0, 1_000_000.0, 1000.0),
    ));
    let (own_row, own) = switch_row(&tr("Own font"), &tr("Otherwise the monospace font of the desktop"));
    let font_row = adw::ActionRow::builder()
        .title(tr("Font of the console"))
        .use_markup(false)
        .build();
    let choose = gtk::Button::builder()
        .icon_name("document-edit-symbolic")
        .valign(gtk::Align::Center)
        .css_classes(["flat"])
        .build()
        .with_tip(tr("Choose a font"));
    font_row.add_suffix(&choose);
    font_row.set_activatable_widget(Some(&choose));
    let chosen = settings.console_font();
    own.set_active(chosen.is_some());
    font_row.set_subtitle(chosen.as_deref().unwrap_or("Monospace 11"));
    own.bind_property("active", &font_row, "sensitive")
        .sync_create()
        .build();
    let save = {
        let (backend, font_row, own) = (settings.backend().clone(), font_row.downgrade(), own.downgrade());
        move || {
            let (Some(font_row), Some(own)) = (font_row.upgrade(), own.upgrade()) else {
                return;
            };
            let value = if own.is_active() {
                font_row.subtitle().map(String::from).unwrap_or_default()
            } else {
                String::new()
            };
            if let Err(error) = backend.set_string("console-font", &value) {
                tracing::warn!(%error, "the font cannot be saved");
            }
        }
    };
    let saved = save.clone();
    own.connect_active_notify(move |_| saved());
    let row = font_row.downgrade();
    choose.connect_clicked(move |_| {
        if let Some(row) = row.upgrade() {
            choose_font(&row, save.clone());
        }
    });
    group.add(&own_row);
    group.add(&font_row);
    group
}

/// Asks for a font of even letters and puts its name into `row`; `chosen` hears of it.
fn choose_font(row: &adw::ActionRow, chosen: impl Fn() + 'static) {
    let dialog = gtk::FontChooserDialog::new(Some(&tr("Font of the Console")), message::window_of(row).as_ref());
    dialog.set_modal(true);
    dialog.set_destroy_with_parent(true);
    dialog.set_filter_func(|family, _| family.is_monospace());
    if let Some(font) = row.subtitle() {
        dialog.set_font(&font);
    }
    let row = row.downgrade();
    dialog.connect_response(move |dialog, response| {
        if response == gtk::ResponseType::Ok
            && let (Some(row), Some(font)) = (row.upgrade(), dialog.font())
        {
            row.set_subtitle(&font);
            chosen();
        }
        dialog.close();
    });
    dialog.present();
}

fn notifications(settings: &Settings) -> adw::PreferencesGroup {
    let group = adw::PreferencesGroup::builder().title(tr("Notifications")).build();
    let (row, switch) = switch_row(
        &tr("Notify me"),
        &tr("When a job ends, a machine crashes or a host is lost, and no window of Vireo is in front"),
    );
    settings.backend().bind("notifications", &switch, "active").build();
    group.add(&row);
    group
}

fn confirmations(settings: &Settings) -> adw::PreferencesGroup {
    let group = adw::PreferencesGroup::builder()
        .title(tr("Ask Before"))
        .description(tr("What a click can destroy is asked about first"))
        .build();
    for kind in confirm::KINDS {
        let (title, subtitle) = described(kind);
        let (row, switch) = switch_row(&title, &subtitle);
        switch.set_active(settings.confirms(kind));
        let own = settings.clone();
        switch.connect_active_notify(move |switch| own.set_confirms(kind, switch.is_active()));
        group.add(&row);
    }
    group
}

fn described(kind: &str) -> (String, String) {
    match kind {
        "force-off" => (tr("Forcing off"), tr("Unsaved data in the guest is lost")),
        "reset" => (tr("Resetting"), tr("Unsaved data in the guest is lost")),
        "shutdown" => (tr("Shutting down"), tr("Users of the guest are disconnected")),
        "reboot" => (tr("Rebooting"), tr("Users of the guest are disconnected")),
        "discard-saved" => (tr("Discarding a saved state"), tr("What was in memory is lost")),
        _ => (tr("Sending an interrupt"), tr("Most guests stop or write a crash dump")),
    }
}

/// A row with a switch, which is named by the row that activates it.
fn switch_row(title: &str, subtitle: &str) -> (adw::ActionRow, gtk::Switch) {
    let switch = gtk::Switch::builder().valign(gtk::Align::Center).build();
    let row = adw::ActionRow::builder()
        .title(title)
        .subtitle(subtitle)
        .activatable_widget(&switch)
        .build();
    row.add_suffix(&switch);
    (row, switch)
}

fn number_row(
    settings: &Settings,
    key: &str,
    title: &str,
    subtitle: &str,
    (min, max, step): (f64, f64, f64),
) -> adw::ActionRow {
    let spin = gtk::SpinButton::with_range(min, max, step);
    spin.set_valign(gtk::Align::Center);
    spin.update_property(&[gtk::accessible::Property::Label(title)]);
    settings
        .backend()
        .bind(key, &spin, "value")
        .mapping(|value, _| value.get::<u32>().map(|number| f64::from(number).to_value()))
        .set_mapping(|value, _| {
            let number = value.get::<f64>().ok()?;
            // The range of the spin button is far inside that of u32.
            Some((number.round().max(0.0) as u32).to_variant())
        })
        .build();
    let row = adw::ActionRow::builder().title(title).subtitle(subtitle).build();
    row.add_suffix(&spin);
    row
}
