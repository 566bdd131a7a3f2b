//! A picture of what a machine shows, to look at, save and copy. No console needs to be open: the hypervisor takes it.

use std::cell::{Cell, RefCell};
use std::rc::{Rc, Weak};

use gtk4 as gtk;
use gtk4::prelude::*;
use gtk4::{gdk, gio};
use libadwaita as adw;
use libadwaita::prelude::*;

use crate::i18n::{tr, tr_f};
use crate::model::display::image::{self, Screenshot};
use crate::model::error::{Kind, VirtError};
use crate::model::key::DomainKey;
use crate::ui::core::Core;
use crate::ui::widgets::{Tip, spinner};
use crate::ui::{message, picture, text};

/// Longest reason that is shown.
const LONGEST: usize = 300;

/// The window.
struct Preview {
    core: Core,
    key: DomainKey,
    /// The machine's name when the window opened.
    name: String,
    window: glib::WeakRef<adw::Window>,
    stack: gtk::Stack,
    picture: gtk::Picture,
    trouble: adw::StatusPage,
    toasts: adw::ToastOverlay,
    again: gtk::Button,
    copy: gtk::Button,
    save: gtk::Button,
    shot: RefCell<Option<Rc<Screenshot>>>,
    /// When it was taken, for the name of its file.
    moment: RefCell<String>,
    task: Cell<Option<glib::JoinHandle<()>>>,
}

impl Drop for Preview {
    fn drop(&mut self) {
        if let Some(task) = self.task.take() {
            task.abort();
        }
    }
}

/// Takes a picture of a machine's screen and shows it over the window of `parent`.
pub fn show(parent: &gtk::Widget, core: &Core, key: DomainKey) {
    let Some(name) = core.store().domain(key).map(|domain| domain.name.clone()) else {
        return;
    };
    let window = adw::Window::builder()
        .title(tr_f("Screenshot of {machine}", &[("machine", &text::name(&name))]))
        .default_width(760)
        .default_height(600)
        .width_request(360)
        .height_request(294)
        .modal(true)
        .destroy_with_parent(true)
        .build();
    window.set_transient_for(message::window_of(parent).as_ref());
    let preview = Preview::new(core, key, name, &window);
    // The window owns it.
    let kept = RefCell::new(Some(preview.clone()));
    window.connect_close_request(move |_| {
        kept.take();
        glib::Propagation::Proceed
    });
    let keys = gtk::ShortcutController::new();
    let close = gtk::NamedAction::new("window.close");
    keys.add_shortcut(gtk::Shortcut::new(
        gtk::ShortcutTrigger::parse_string("Escape"),
        Some(close),
    ));
    window.add_controller(keys);
    window.present();
    preview.take();
}

impl Preview {
    fn new(core: &Core, key: DomainKey, name: String, window: &adw::Window) -> Rc<Self> {
        let button = |icon: &str, name: String| {
            let button = gtk::Button::builder().icon_name(icon).build();
            button.update_property(&[gtk::accessible::Property::Label(&name)]);
            button.with_tip(name)
        };
        let again = button("view-refresh-symbolic", tr("Take the picture again"));
        let copy = button("edit-copy-symbolic", tr("Copy to the clipboard"));
        let save = gtk::Button::builder()
            .label(tr("_Save…"))
            .use_underline(true)
            .css_classes(["suggested-action"])
            .build();
        let shown = gtk::Picture::builder()
            .can_shrink(true)
            .alternative_text(tr("What the machine shows"))
            .vexpand(true)
            .hexpand(true)
            .css_classes(["vireo-screenshot"])
            .build();
        let trouble = adw::StatusPage::builder()
            .icon_name("dialog-warning-symbolic")
            .title(tr("No Picture"))
            .build();
        let preview = Rc::new_cyclic(|weak: &Weak<Self>| {
            let on_click = |button: &gtk::Button, act: fn(&Rc<Self>)| {
                let weak = weak.clone();
                button.connect_clicked(move |_| {
                    if let Some(preview) = weak.upgrade() {
                        act(&preview);
                    }
                });
            };
            on_click(&again, Self::take);
            on_click(&copy, |preview| preview.copy());
            on_click(&save, |preview| preview.save());
            let retry = gtk::Button::builder()
                .label(tr("Try Again"))
                .halign(gtk::Align::Center)
                .css_classes(["pill"])
                .build();
            on_click(&retry, Self::take);
            trouble.set_child(Some(&retry));
            Self {
                core: core.clone(),
                key,
                name,
                window: window.downgrade(),
                stack: gtk::Stack::builder().vexpand(true).build(),
                picture: shown,
                trouble,
                toasts: adw::ToastOverlay::new(),
                again,
                copy,
                save,
                shot: RefCell::default(),
                moment: RefCell::default(),
                task: Cell::default(),
            }
        });
        preview.build(window);
        preview
    }

    fn build(&self, window: &adw::Window) {
        let header = adw::HeaderBar::new();
        header.pack_start(&self.again);
        header.pack_end(&self.save);
        header.pack_end(&self.copy);
        let waiting = spinner(&tr("Taking a picture…"));
        waiting.set_size_request(32, 32);
        waiting.set_halign(gtk::Align::Center);
        waiting.set_valign(gtk::Align::Center);
        self.stack.add_named(&waiting, Some("waiting"));
        self.stack.add_named(&self.picture, Some("picture"));
        self.stack.add_named(&self.trouble, Some("trouble"));
        self.toasts.set_child(Some(&self.stack));
        let content = gtk::Box::new(gtk::Orientation::Vertical, 0);
        content.append(&header);
        content.append(&self.toasts);
        window.set_content(Some(&content));
    }

    /// Takes a picture in place of the one that is shown.
    fn take(self: &Rc<Self>) {
        self.allow(false);
        if self.shot.borrow().is_none() {
            self.stack.set_visible_child_name("waiting");
        }
        let client = self.core.client(self.key.host);
        let (weak, uuid) = (Rc::downgrade(self), self.key.uuid);
        let task = glib::spawn_future_local(async move {
            let taken = match client {
                Some(client) => client.screenshot(uuid, 0).await.map_err(|error| reason(&error)),
                None => Err(tr("The host is not connected")),
            };
            let drawn = match taken {
                Ok(shot) => {
                    let draw = move || Some((picture::texture(&picture::pixels(shot.clone())?), shot));
                    let drawn = gio::spawn_blocking(draw).await.ok().flatten();
                    drawn.ok_or_else(|| image::Fault::Damaged.sentence())
                }
                Err(reason) => Err(reason),
            };
            if let Some(preview) = weak.upgrade() {
                preview.put(drawn);
            }
        });
        if let Some(earlier) = self.task.replace(Some(task)) {
            earlier.abort();
        }
    }

    fn put(&self, drawn: Result<(gdk::Texture, Screenshot), String>) {
        match drawn {
            Ok((texture, shot)) => {
                self.picture.set_paintable(Some(&texture));
                self.shot.replace(Some(Rc::new(shot)));
                self.moment.replace(now());
                self.stack.set_visible_child_name("picture");
                self.allow(true);
                self.save.grab_focus();
            }
            Err(reason) => {
                let reason = text::one_line(&reason, LONGEST);
                self.trouble.set_description(Some(&glib::markup_escape_text(&reason)));
                self.shot.replace(None);
                self.stack.set_visible_child_name("trouble");
                self.again.set_sensitive(true);
            }
        }
    }

    /// Whether there is something to save and nothing on its way.
    fn allow(&self, allowed: bool) {
        for button in [&self.again, &self.copy, &self.save] {
            button.set_sensitive(allowed);
        }
    }

    fn copy(&self) {
        if let Some(texture) = self.picture.paintable().and_downcast::<gdk::Texture>() {
            self.picture.clipboard().set_texture(&texture);
            self.tell(&tr("Copied to the clipboard"));
        }
    }

    fn tell(&self, text: &str) {
        self.toasts.add_toast(adw::Toast::new(&glib::markup_escape_text(text)));
    }

    /// Asks where, and writes the picture there with what it shows in its text.
    fn save(self: &Rc<Self>) {
        let (Some(shot), Some(window)) = (self.shot.borrow().clone(), self.window.upgrade()) else {
            return;
        };
        let chooser = gtk::FileChooserNative::builder()
            .title(tr("Save Screenshot"))
            .action(gtk::FileChooserAction::Save)
            .accept_label(tr("_Save"))
            .modal(true)
            .build();
        chooser.set_transient_for(Some(&window));
        chooser.set_current_name(&image::file_name(&self.name, &self.moment.borrow()));
        let filter = gtk::FileFilter::new();
        filter.set_name(Some(&tr("PNG pictures")));
        filter.add_mime_type("image/png");
        chooser.add_filter(&filter);
        if let Some(folder) = folder(&self.core) {
            // A folder that is gone is no reason to complain: the chooser begins elsewhere.
            let _ = chooser.set_current_folder(Some(&folder));
        }
        let uri = self
            .core
            .store()
            .host(self.key.host)
            .map(|host| host.config.uri.clone());
        let about = image::about(&uri.unwrap_or_default(), &self.name, self.key.uuid);
        let weak = Rc::downgrade(self);
        glib::spawn_future_local(async move {
            if chooser.run_future().await != gtk::ResponseType::Accept {
                return;
            }
            let Some(file) = chooser.file() else { return };
            let written = write(&file, shot, about).await;
            let Some(preview) = weak.upgrade() else { return };
            if written.is_ok()
                && let Some(folder) = file.parent()
            {
                preview.core.settings().set_screenshot_folder(&folder.uri());
            }
            let name = file.basename().unwrap_or_default();
            preview.tell(&match written {
                Ok(()) => tr_f("Saved as {name}", &[("name", &text::name(&name.to_string_lossy()))]),
                Err(error) => {
                    tracing::warn!("screenshot not saved: {error}");
                    tr_f("Could not save: {reason}", &[("reason", error.message())])
                }
            });
        });
    }
}

/// Writes a picture as PNG. It is packed on another thread.
async fn write(file: &gio::File, shot: Rc<Screenshot>, about: Vec<image::Text>) -> Result<(), glib::Error> {
    let shot = Screenshot::clone(&shot);
    let png = gio::spawn_blocking(move || shot.to_png(&about))
        .await
        .unwrap_or_default();
    let flags = gio::FileCreateFlags::NONE;
    let written = file.replace_contents_future(png, None, false, flags).await;
    written.map(drop).map_err(|(_, error)| error)
}

/// Where to save: where the last one went, else among the user's pictures.
fn folder(core: &Core) -> Option<gio::File> {
    match core.settings().screenshot_folder() {
        Some(uri) => Some(gio::File::for_uri(&uri)),
        None => glib::user_special_dir(glib::UserDirectory::Pictures).map(gio::File::for_path),
    }
}

/// This moment as a part of a file's name.
fn now() -> String {
    let now = glib::DateTime::now_local().and_then(|now| now.format("%Y-%m-%d %H-%M-%S"));
    now.map(String::from).unwrap_or_default()
}

/// Why there is no picture, as a sentence.
fn reason(error: &VirtError) -> String {
    match error.kind {
        Kind::Unsupported => tr("The hypervisor of this host takes no pictures."),
        _ => error.message.clone(),
    }
}
