//! Looking for a file on a host: volumes of its storage pools; and files, where the host is this computer.

use std::rc::Rc;

use gtk4 as gtk;
use gtk4::prelude::*;
use libadwaita as adw;
use libadwaita::prelude::*;

use crate::i18n::{tr, tr_f};
use crate::model::facts::{HostFacts, PoolFact, VolumeFact};
use crate::model::hardware::{Draft, PageId, PathKind, Value};
use crate::model::key::DomainKey;
use crate::model::uri::Uri;
use crate::model::xml::Refused;
use crate::model::xml::domain::DiskImage;
use crate::ui::core::Core;
use crate::ui::widgets::plain_row;
use crate::ui::{format, text};

/// What was chosen.
#[derive(Debug, Clone)]
pub enum Chosen {
    /// A path on the host.
    Path(String),
    /// A volume of a storage pool.
    Image(DiskImage),
}

impl Chosen {
    /// As somebody would have typed it.
    #[must_use]
    pub fn typed(&self) -> Value {
        match self {
            Self::Path(path) => Value::of(path),
            Self::Image(image) => Value::of(&image.path),
        }
    }
}

/// Takes what was chosen.
pub type Choose = Rc<dyn Fn(Chosen)>;

/// Gives a row of a page what was chosen for it: the image of a disk brings its kind and its format.
///
/// # Errors
/// Why the row cannot have it.
pub fn put(draft: &mut Draft, facts: &HostFacts, id: PageId, row: &str, chosen: &Chosen) -> Result<(), Refused> {
    match (chosen, id) {
        (Chosen::Image(image), PageId::Device(node)) if row == "source-file" => {
            draft.change(|domain| domain.set_disk_image(node, image))
        }
        _ => draft.set(facts, id, row, &chosen.typed()),
    }
}

/// A volume as the image of a disk.
fn image(pool: &str, volume: &VolumeFact) -> Chosen {
    Chosen::Image(DiskImage {
        kind: volume.kind.clone(),
        path: volume.path.clone(),
        pool: pool.to_owned(),
        volume: volume.name.clone(),
        format: volume.format.clone(),
    })
}

/// Opens the chooser over `window`.
pub fn show(core: &Core, key: DomainKey, facts: &HostFacts, window: &gtk::Window, kind: PathKind, chosen: Choose) {
    let is_here = core
        .store()
        .host(key.host)
        .and_then(|host| Uri::parse(&host.config.uri).ok())
        .is_some_and(|uri| !uri.is_remote());
    let has_pools = facts
        .pools
        .as_ref()
        .is_some_and(|pools| pools.iter().any(|pool| pool.active));
    let wants_pools = matches!(kind, PathKind::Image | PathKind::Media);
    if is_here && !(wants_pools && has_pools) {
        files(window, kind, chosen);
        return;
    }
    pools(core, key, facts, window, kind, is_here, chosen);
}

/// The desktop's own file chooser.
fn files(window: &gtk::Window, kind: PathKind, chosen: Choose) {
    let action = match kind {
        PathKind::Folder => gtk::FileChooserAction::SelectFolder,
        _ => gtk::FileChooserAction::Open,
    };
    let title = match kind {
        PathKind::Image => tr("Choose a Disk Image"),
        PathKind::Media => tr("Choose a Medium"),
        PathKind::File => tr("Choose a File"),
        PathKind::Folder => tr("Choose a Folder"),
    };
    let chooser = gtk::FileChooserNative::new(Some(&title), Some(window), action, None, None);
    chooser.set_modal(true);
    let own = chooser.clone();
    chooser.connect_response(move |chooser, response| {
        if response == gtk::ResponseType::Accept
            && let Some(path) = chooser.file().and_then(|file| file.path())
        {
            chosen(Chosen::Path(path.to_string_lossy().into_owned()));
        }
        // Kept until here: nothing else holds it.
        let _ = &own;
        chooser.destroy();
    });
    chooser.show();
}

fn pools(
    core: &Core,
    key: DomainKey,
    facts: &HostFacts,
    over: &gtk::Window,
    kind: PathKind,
    is_here: bool,
    chosen: Choose,
) {
    let window = adw::Window::builder()
        .title(tr("Choose from Storage"))
        .modal(true)
        .destroy_with_parent(true)
        .transient_for(over)
        .default_width(560)
        .default_height(520)
        .width_request(340)
        .build();
    let header = adw::HeaderBar::new();
    if is_here {
        let other = gtk::Button::builder()
            .label(tr("_Other File…"))
            .use_underline(true)
            .build();
        let (weak, over, chosen) = (window.downgrade(), over.clone(), chosen.clone());
        other.connect_clicked(move |_| {
            if let Some(window) = weak.upgrade() {
                window.close();
            }
            files(&over, kind, chosen.clone());
        });
        header.pack_start(&other);
    }
    let content = gtk::Box::builder()
        .orientation(gtk::Orientation::Vertical)
        .spacing(18)
        .margin_top(18)
        .margin_bottom(18)
        .margin_start(12)
        .margin_end(12)
        .build();
    let all: Vec<PoolFact> = facts.pools.iter().flat_map(|pools| pools.iter()).cloned().collect();
    if all.is_empty() {
        content.append(
            &adw::StatusPage::builder()
                .icon_name("drive-multidisk-symbolic")
                .title(tr("No Storage Pools"))
                .description(tr(
                    "The host has no storage pools to choose from. The path can be typed.",
                ))
                .build(),
        );
    }
    for pool in all {
        let group = adw::PreferencesGroup::builder()
            .title(glib::markup_escape_text(&text::name(&pool.name)))
            .build();
        let waits = adw::ActionRow::builder()
            .title(if pool.active {
                tr("Reading…")
            } else {
                tr("The pool is not active.")
            })
            .build();
        group.add(&waits);
        content.append(&group);
        if let Some(free) = pool.available {
            let free = tr_f("{size} free", &[("size", &format::bytes(free as f64))]);
            group.set_description(Some(&glib::markup_escape_text(&free)));
        }
        if kind == PathKind::Image && pool.takes_images() {
            group.set_header_suffix(Some(&new_image(core, key, &pool, &window, &chosen)));
        }
        if pool.active {
            fill(core, key, pool.name, group, waits, window.clone(), chosen.clone());
        }
    }
    let scrolled = gtk::ScrolledWindow::builder()
        .child(&adw::Clamp::builder().child(&content).build())
        .hscrollbar_policy(gtk::PolicyType::Never)
        .vexpand(true)
        .build();
    let body = gtk::Box::new(gtk::Orientation::Vertical, 0);
    body.append(&header);
    body.append(&scrolled);
    window.set_content(Some(&body));
    super::add::escape(&window);
    window.present();
}

/// A button that makes an image in a pool, and chooses it.
fn new_image(core: &Core, key: DomainKey, pool: &PoolFact, window: &adw::Window, chosen: &Choose) -> gtk::Button {
    let content = adw::ButtonContent::builder()
        .icon_name("list-add-symbolic")
        .label(tr("New Image…"))
        .build();
    let button = gtk::Button::builder()
        .child(&content)
        .valign(gtk::Align::Center)
        .css_classes(["flat"])
        .build();
    let (core, pool, window, chosen) = (core.clone(), pool.clone(), window.downgrade(), chosen.clone());
    button.connect_clicked(move |_| {
        let (core, pool, chosen) = (core.clone(), pool.clone(), chosen.clone());
        let (Some(window), Some(client)) = (window.upgrade(), core.client(key.host)) else {
            return;
        };
        glib::spawn_future_local(async move {
            // Where they can't be read the host tells when a name is taken.
            let volumes = client.volumes(pool.name.clone()).await.unwrap_or_default();
            if let Some(made) = super::image::create(&core, key, &window, &pool, &volumes).await {
                window.close();
                chosen(image(&pool.name, &made));
            }
        });
    });
    button
}

/// Reads a pool's volumes into its group.
fn fill(
    core: &Core,
    key: DomainKey,
    pool: String,
    group: adw::PreferencesGroup,
    waits: adw::ActionRow,
    window: adw::Window,
    chosen: Choose,
) {
    let Some(client) = core.client(key.host) else { return };
    let core = core.clone();
    glib::spawn_future_local(async move {
        let volumes = client.volumes(pool.clone()).await;
        match volumes {
            Ok(volumes) if volumes.is_empty() => waits.set_title(&tr("There are no volumes.")),
            Ok(volumes) => {
                group.remove(&waits);
                let weak = window.downgrade();
                drop(window);
                let usage = core.usage(key.host);
                let mut sorted: Vec<&VolumeFact> = volumes.iter().collect();
                sorted.sort_by_key(|volume| volume.name.to_lowercase());
                for volume in sorted {
                    let users = usage.note(&volume.path);
                    group.add(&line(&pool, volume, users, &weak, &chosen));
                }
            }
            Err(error) => waits.set_title(&glib::markup_escape_text(&tr_f(
                "The volumes cannot be read: {reason}",
                &[("reason", &error.message)],
            ))),
        }
    });
}

/// A volume, with who uses it already.
fn line(
    pool: &str,
    volume: &VolumeFact,
    users: Option<String>,
    window: &glib::WeakRef<adw::Window>,
    chosen: &Choose,
) -> adw::ActionRow {
    let below = match users {
        Some(users) => format!("{} · {users}", text::one_line(&volume.path, 400)),
        None => text::one_line(&volume.path, 400).into_owned(),
    };
    let row = plain_row(&text::one_line(&volume.name, 200), &below);
    row.set_activatable(true);
    let size = gtk::Label::builder()
        .label(
            volume
                .capacity
                .map(|size| format::bytes(size as f64))
                .unwrap_or_default(),
        )
        .css_classes(["dim-label", "numeric"])
        .build();
    row.add_suffix(&size);
    let (window, chosen, image) = (window.clone(), chosen.clone(), image(pool, volume));
    row.connect_activated(move |_| {
        if let Some(window) = window.upgrade() {
            window.close();
        }
        chosen(image.clone());
    });
    row
}
