//! Asks what a new image is to be like, and has it made.

use std::rc::Rc;

use gtk4 as gtk;
use libadwaita as adw;
use libadwaita::prelude::*;

use crate::i18n::{tr, tr_f};
use crate::model::facts::{NewImage, PoolFact, VolumeFact};
use crate::model::hardware::size;
use crate::model::key::DomainKey;
use crate::ui::core::Core;
use crate::ui::{errors, format, message, text};

/// Size of an image that nobody has said another one for.
const USUAL: u64 = 20 << 30;

/// What is asked: name, size, format.
struct Form {
    name: gtk::Entry,
    size: gtk::Entry,
    formats: Vec<&'static str>,
    format: gtk::DropDown,
}

impl Form {
    fn new(formats: &'static [&'static str], name: &str) -> Self {
        let entry = |text: &str, name: &str| {
            let entry = gtk::Entry::builder().text(text).activates_default(true).build();
            entry.set_valign(gtk::Align::Center);
            entry.update_property(&[gtk::accessible::Property::Label(name)]);
            entry
        };
        let format = gtk::DropDown::from_strings(formats);
        format.set_valign(gtk::Align::Center);
        format.update_property(&[gtk::accessible::Property::Label(&tr("Format"))]);
        Self {
            name: entry(name, &tr("Name")),
            size: entry(&size::write(USUAL), &tr("Size")),
            formats: formats.to_vec(),
            format,
        }
    }

    fn rows(&self) -> gtk::ListBox {
        let list = message::rows(&tr("New image"));
        let row = |title: String, control: &gtk::Widget| {
            let row = adw::ActionRow::builder()
                .title(title)
                .activatable_widget(control)
                .build();
            row.add_suffix(control);
            list.append(&row);
        };
        row(tr("Name"), self.name.upcast_ref());
        row(tr("Size"), self.size.upcast_ref());
        if !self.formats.is_empty() {
            row(tr("Format"), self.format.upcast_ref());
        }
        list
    }

    fn format(&self) -> Option<&'static str> {
        let chosen = usize::try_from(self.format.selected()).ok()?;
        self.formats.get(chosen).copied()
    }

    fn capacity(&self) -> Option<u64> {
        size::read(&self.size.text()).filter(|bytes| *bytes > 0)
    }

    /// What was typed; `None` where it is no image yet.
    fn image(&self, pool: &PoolFact, taken: &[&str]) -> Option<NewImage> {
        let name = self.name.text().trim().to_owned();
        let is_name = !name.is_empty() && !name.contains('/') && !taken.contains(&name.as_str());
        Some(NewImage {
            pool: pool.name.clone(),
            name: Some(name).filter(|_| is_name)?,
            format: self.format().map(str::to_owned),
            capacity: self.capacity()?,
        })
    }
}

/// Asks over `parent` and has the image made in the pool, beside these volumes; `None` where the user thinks better of it,
/// or where it cannot be made, which the user is told.
pub async fn create(
    core: &Core,
    key: DomainKey,
    parent: &impl IsA<gtk::Widget>,
    pool: &PoolFact,
    volumes: &[VolumeFact],
) -> Option<VolumeFact> {
    let taken: Vec<String> = volumes.iter().map(|volume| volume.name.clone()).collect();
    let machine = core
        .store()
        .domain(key)
        .map(|domain| domain.name.clone())
        .unwrap_or_default();
    let formats = pool.image_formats();
    let names: Vec<&str> = taken.iter().map(String::as_str).collect();
    let usual = pool.image_name(&machine, formats.first().copied(), &names);
    let form = Rc::new(Form::new(formats, &usual));
    let free = pool.available.map(|free| {
        let space = format::bytes(free as f64);
        tr_f(
            "{size} are free. The image takes space only for what is written into it.",
            &[("size", &space)],
        )
    });
    let dialog = message::dialog(
        parent,
        &tr_f("New image in {pool}", &[("pool", &text::name(&pool.name))]),
        &free.unwrap_or_default(),
    );
    dialog.set_extra_child(Some(&form.rows()));
    dialog.add_responses(&[("cancel", &tr("_Cancel")), ("create", &tr("_Create"))]);
    dialog.set_response_appearance("create", adw::ResponseAppearance::Suggested);
    dialog.set_close_response("cancel");
    dialog.set_default_response(Some("create"));
    watch(&form, &dialog, pool, &taken, machine);
    if message::choose(dialog).await != "create" {
        return None;
    }
    let names: Vec<&str> = taken.iter().map(String::as_str).collect();
    let image = form.image(pool, &names)?;
    match core.create_image(key.host, image).await {
        Ok(made) => Some(made),
        Err(error) => {
            let context = errors::Context {
                title: Some(tr("The image could not be created")),
                ..errors::Context::default()
            };
            errors::show(parent, None, &error, context);
            None
        }
    }
}

/// Lets the button follow what is typed, and the name that nobody has changed follow the format.
fn watch(form: &Rc<Form>, dialog: &adw::MessageDialog, pool: &PoolFact, taken: &[String], machine: String) {
    let check = {
        let (form, weak) = (Rc::downgrade(form), dialog.downgrade());
        let (pool, taken) = (pool.clone(), taken.to_vec());
        move || {
            let (Some(form), Some(dialog)) = (form.upgrade(), weak.upgrade()) else {
                return;
            };
            let names: Vec<&str> = taken.iter().map(String::as_str).collect();
            message::allow(&dialog, "create", form.image(&pool, &names).is_some());
        }
    };
    check();
    let again = check.clone();
    form.name.connect_changed(move |_| again());
    form.size.connect_changed(move |_| check());
    let (weak, pool, taken) = (Rc::downgrade(form), pool.clone(), taken.to_vec());
    form.format.connect_selected_notify(move |_| {
        let Some(form) = weak.upgrade() else { return };
        let names: Vec<&str> = taken.iter().map(String::as_str).collect();
        let usual = |format| pool.image_name(&machine, Some(format), &names);
        let typed = form.name.text();
        if form.formats.iter().any(|format| usual(*format) == typed)
            && let Some(format) = form.format()
        {
            form.name.set_text(&usual(format));
        }
    });
}
