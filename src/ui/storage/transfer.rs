//! Files that are brought to a pool of a host, and volumes that are fetched from one.

use std::path::{Path, PathBuf};
use std::rc::Rc;

use gtk4 as gtk;
use gtk4::prelude::*;

use super::page::StoragePage;
use crate::i18n::{tr, tr_f, tr_n};
use crate::model::error::{Kind, VirtError};
use crate::model::facts::{PoolFact, VolumeFact};
use crate::model::key::HostId;
use crate::model::storage::{Brought, Origin, Reach, VolumeRef};
use crate::ui::core::Core;
use crate::ui::{errors, message, text};

/// A name for a new volume that none of `taken` has: that of the file, with a number where it is taken.
pub(super) fn free_name(wanted: &str, taken: &[String]) -> String {
    let is_free = |name: &str| !taken.iter().any(|taken| taken == name);
    if is_free(wanted) {
        return wanted.to_owned();
    }
    let (stem, ending) = match wanted.rsplit_once('.') {
        Some((stem, ending)) if !stem.is_empty() => (stem, format!(".{ending}")),
        _ => (wanted, String::new()),
    };
    let mut names = (1_u32..).map(|number| format!("{stem}-{number}{ending}"));
    names.find(|name| is_free(name)).unwrap_or_default()
}

/// The name of a file for a volume: nothing that a pool takes for a path.
pub(super) fn file_name(path: &Path) -> String {
    let name = path.file_name().map(|name| name.to_string_lossy().into_owned());
    name.unwrap_or_default().replace('/', "-")
}

/// Brings something to a pool, shown in the list of jobs. `origin` is a file of this computer or an address.
///
/// # Errors
/// What became of it.
pub(super) async fn bring(
    core: &Core,
    host: HostId,
    pool: &str,
    name: &str,
    origin: Origin,
) -> Result<VolumeFact, VirtError> {
    let client = core
        .client(host)
        .ok_or_else(|| VirtError::own(Kind::Unreachable, "upload", ""))?;
    let wish = Brought {
        volume: VolumeRef::new(pool, name),
        origin,
    };
    let title = tr_f("Uploading {name}", &[("name", &text::name(name))]);
    core.do_job(&title, |job| async move { client.bring(wish, job).await })
        .await
}

/// Lets the user choose files, and brings them to the pool of the page.
pub(super) fn choose_uploads(page: &Rc<StoragePage>) {
    let Some(pool) = page.pool().filter(|pool| pool.takes_images() && page.may_change()) else {
        return;
    };
    let window = message::window_of(&page.toasts);
    let title = tr_f("Upload to {pool}", &[("pool", &text::name(&pool.name))]);
    let chooser = gtk::FileChooserNative::new(
        Some(&title),
        window.as_ref(),
        gtk::FileChooserAction::Open,
        Some(&tr("_Upload")),
        None,
    );
    chooser.set_modal(true);
    chooser.set_select_multiple(true);
    let (own, weak) = (chooser.clone(), page.weak());
    chooser.connect_response(move |chooser, response| {
        let files = chooser.files();
        let paths: Vec<PathBuf> = (0..files.n_items())
            .filter_map(|at| files.item(at).and_downcast::<gio::File>()?.path())
            .collect();
        if let Some(page) = weak.upgrade().filter(|_| response == gtk::ResponseType::Accept) {
            upload(&page, &pool, paths);
        }
        // Kept until here: nothing else holds it.
        let _ = &own;
        chooser.destroy();
    });
    chooser.show();
}

/// Brings files to a pool of the page, one after the other.
pub(super) fn upload(page: &Rc<StoragePage>, pool: &PoolFact, files: Vec<PathBuf>) {
    let (page, pool) = (page.clone(), pool.clone());
    glib::spawn_future_local(async move {
        let mut taken: Vec<String> = page.volumes().iter().map(|volume| volume.name.clone()).collect();
        let mut done = 0;
        for file in files {
            let name = free_name(&file_name(&file), &taken);
            taken.push(name.clone());
            let brought = bring(&page.core, page.host, &pool.name, &name, Origin::File(file)).await;
            page.reload();
            match brought {
                Ok(_) => done += 1,
                Err(error) if error.kind == Kind::Cancelled => break,
                Err(error) => {
                    let title = tr_f("{name} could not be uploaded", &[("name", &text::name(&name))]);
                    page.tell(title, &error);
                }
            }
        }
        if done > 0 {
            let name = text::markup_name(&pool.name);
            let text = tr_n(
                "{n} file was uploaded to {pool}.",
                "{n} files were uploaded to {pool}.",
                done,
                &[("pool", &name)],
            );
            page.toasts.add_toast(libadwaita::Toast::new(&text));
        }
    });
}

/// Asks where to, and fetches a volume.
pub(super) fn download(page: &Rc<StoragePage>, pool: &PoolFact, volume: &VolumeFact) {
    let window = message::window_of(&page.toasts);
    let title = tr_f("Download {name}", &[("name", &text::name(&volume.name))]);
    let chooser = gtk::FileChooserNative::new(
        Some(&title),
        window.as_ref(),
        gtk::FileChooserAction::Save,
        Some(&tr("_Download")),
        None,
    );
    chooser.set_modal(true);
    chooser.set_current_name(&volume.name.replace('/', "-"));
    let from = VolumeRef::new(&pool.name, &volume.name);
    let (own, weak) = (chooser.clone(), page.weak());
    chooser.connect_response(move |chooser, response| {
        let path = chooser.file().and_then(|file| file.path());
        if let (Some(page), Some(path), gtk::ResponseType::Accept) = (weak.upgrade(), path, response) {
            let from = from.clone();
            glib::spawn_future_local(async move { fetch(&page, from, path).await });
        }
        // Kept until here: nothing else holds it.
        let _ = &own;
        chooser.destroy();
    });
    chooser.show();
}

/// Fetches a volume, and tells what became of it.
async fn fetch(page: &Rc<StoragePage>, from: VolumeRef, path: PathBuf) {
    let name = text::name(&from.name);
    let fetched = fetch_to(&page.core, page.host, from, path.clone()).await;
    match fetched {
        Ok(()) => {
            let file = text::markup_name(&file_name(&path));
            let said = tr_f("{file} was downloaded.", &[("file", &file)]);
            let toast = libadwaita::Toast::builder()
                .title(said)
                .button_label(tr("Show in Folder"))
                .build();
            let weak = page.toasts.downgrade();
            toast.connect_button_clicked(move |_| {
                if let Some(folder) = path.parent() {
                    let uri = gio::File::for_path(folder).uri();
                    let window = weak.upgrade().and_then(|toasts| message::window_of(&toasts));
                    gtk::show_uri(window.as_ref(), &uri, gtk::gdk::CURRENT_TIME);
                }
            });
            page.toasts.add_toast(toast);
        }
        Err(error) => {
            let context = errors::Context {
                title: Some(tr_f("{name} could not be downloaded", &[("name", &name)])),
                ..errors::Context::default()
            };
            errors::show(&page.toasts, Some(&page.toasts), &error, context);
        }
    }
}

/// Fetches a volume into a file of this computer, shown in the list of jobs.
///
/// # Errors
/// What became of it.
pub(super) async fn fetch_to(core: &Core, host: HostId, from: VolumeRef, path: PathBuf) -> Result<(), VirtError> {
    let client = core
        .client(host)
        .ok_or_else(|| VirtError::own(Kind::Unreachable, "download", ""))?;
    let title = tr_f("Downloading {name}", &[("name", &text::name(&from.name))]);
    core.do_job(&title, |job| async move {
        client.download_volume(from, path, Reach::default(), job).await
    })
    .await
    .map(|_| ())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_of_uploads_are_free_and_keep_their_ending() {
        let taken = ["a.iso".to_owned(), "a-1.iso".to_owned(), "b".to_owned()];
        assert_eq!(free_name("c.iso", &taken), "c.iso");
        assert_eq!(free_name("a.iso", &taken), "a-2.iso");
        assert_eq!(free_name("b", &taken), "b-1");
        assert_eq!(file_name(Path::new("/home/x/debian.iso")), "debian.iso");
    }
}
