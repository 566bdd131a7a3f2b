//! Files that are dropped on a pool, and volumes that are dragged out of it.

use std::cell::{Cell, OnceCell, RefCell};
use std::path::{Path, PathBuf};
use std::pin::Pin;
use std::rc::Rc;
use std::time::{Duration, SystemTime};
use std::{fs, io};

use gio::prelude::*;
use gtk4 as gtk;
use gtk4::gdk;
use gtk4::prelude::*;
use gtk4::subclass::prelude::*;
use uuid::Uuid;

use super::chooser::is_here;
use super::page::StoragePage;
use super::transfer;
use crate::model::facts::{PoolFact, VolumeFact};
use crate::model::key::HostId;
use crate::model::storage::VolumeRef;
use crate::ui::core::Core;

/// Lets the page take files and give volumes.
pub(super) fn install(page: &Rc<StoragePage>) {
    let drop = gtk::DropTarget::new(gdk::FileList::static_type(), gdk::DragAction::COPY);
    let weak = page.weak();
    drop.connect_accept(move |_, offered| {
        // What was dragged out of this program is on a host already.
        let free = offered.drag().is_none() && offered.formats().contains_type(gdk::FileList::static_type());
        let page = weak.upgrade().filter(|page| free && page.may_change());
        page.and_then(|page| page.pool())
            .is_some_and(|pool| pool.takes_images())
    });
    let weak = page.weak();
    drop.connect_drop(move |_, value, _, _| {
        let (Some(page), Ok(files)) = (weak.upgrade(), value.get::<gdk::FileList>()) else {
            return false;
        };
        let Some(pool) = page.pool() else { return false };
        let paths: Vec<PathBuf> = files.files().iter().filter_map(gio::File::path).collect();
        let any = !paths.is_empty();
        if any {
            transfer::upload(&page, &pool, paths);
        }
        any
    });
    page.pane.widget().add_controller(drop);

    let drag = gtk::DragSource::builder().actions(gdk::DragAction::COPY).build();
    let weak = page.weak();
    drag.connect_prepare(move |_, x, y| {
        let page = weak.upgrade()?;
        let pool = page.pool()?;
        page.pane.volumes.select_at(x, y)?;
        offer(&page, &pool, &page.pane.volumes.selected())
    });
    drag.connect_drag_begin(|source, drag| {
        let content = source.content().and_downcast::<Fetched>();
        if let Some(wanted) = content.and_then(|content| content.imp().wanted.get().cloned()) {
            follow(drag, &wanted);
        }
        let Some(widget) = source.widget() else { return };
        let icon = gtk::IconTheme::for_display(&widget.display()).lookup_icon(
            "drive-harddisk-symbolic",
            &[],
            32,
            1,
            gtk::TextDirection::None,
            gtk::IconLookupFlags::empty(),
        );
        source.set_icon(Some(&icon), 0, 0);
    });
    page.pane.volumes.view().add_controller(drag);
}

/// What other programs get: the files themselves where they are on this computer, else copies that are fetched when they are
/// dropped.
fn offer(page: &StoragePage, pool: &PoolFact, volumes: &[VolumeFact]) -> Option<gdk::ContentProvider> {
    let are_files = pool.path.is_some() && volumes.iter().all(|volume| volume.kind == "file");
    if !are_files || volumes.is_empty() {
        return None;
    }
    if is_here(&page.core, page.host) {
        let files: Vec<gio::File> = volumes.iter().map(|volume| gio::File::for_path(&volume.path)).collect();
        let list = gdk::FileList::from_array(&files);
        return Some(gdk::ContentProvider::for_value(&list.to_value()));
    }
    let wanted = volumes.iter().map(|volume| VolumeRef::new(&pool.name, &volume.name));
    Some(Fetched::new(&page.core, page.host, wanted.collect()).upcast())
}

/// What is to be fetched.
struct Wanted {
    core: Core,
    host: HostId,
    volumes: Vec<VolumeRef>,
    /// Closed as soon as it is dropped, or can't be dropped any more: many programs ask for what is only held above them.
    held: async_channel::Receiver<()>,
    release: async_channel::Sender<()>,
    dropped: Cell<bool>,
    /// Closed when the copies are there, which are made once however many ask.
    copied: RefCell<Option<async_channel::Receiver<()>>>,
    copies: RefCell<Option<Result<String, String>>>,
}

/// Lets what is dragged be fetched when it is dropped.
fn follow(drag: &gdk::Drag, wanted: &Rc<Wanted>) {
    let of_drop = Rc::downgrade(wanted);
    drag.connect_drop_performed(move |_| {
        if let Some(wanted) = of_drop.upgrade() {
            wanted.dropped.set(true);
            wanted.release.close();
        }
    });
    let of_end = Rc::downgrade(wanted);
    drag.connect_cancel(move |_, _| {
        if let Some(wanted) = of_end.upgrade() {
            wanted.release.close();
        }
    });
}

const URIS: &str = "text/uri-list";
/// How long copies are kept that were dragged to other programs.
const KEPT: Duration = Duration::from_secs(24 * 60 * 60);

mod imp {
    use super::*;

    #[derive(Default)]
    pub struct Fetched {
        pub(super) wanted: OnceCell<Rc<Wanted>>,
    }

    #[glib::object_subclass]
    impl ObjectSubclass for Fetched {
        const NAME: &'static str = "VireoFetchedVolumes";
        type Type = super::Fetched;
        type ParentType = gdk::ContentProvider;
    }

    impl ObjectImpl for Fetched {}

    impl ContentProviderImpl for Fetched {
        fn formats(&self) -> gdk::ContentFormats {
            gdk::ContentFormats::new(&[URIS])
        }

        fn write_mime_type_future(
            &self,
            _mime_type: &str,
            stream: &gio::OutputStream,
            priority: glib::Priority,
        ) -> Pin<Box<dyn Future<Output = Result<(), glib::Error>> + 'static>> {
            let (wanted, stream) = (self.wanted.get().cloned(), stream.clone());
            Box::pin(async move {
                let Some(wanted) = wanted else { return Ok(()) };
                let text = copies(&wanted).await?;
                let written = stream.write_all_future(text.into_bytes(), priority).await;
                written.map(|_| ()).map_err(|(_, error)| error)
            })
        }
    }
}

glib::wrapper! {
    /// Volumes of a distant host as files of this computer, fetched when somebody wants them.
    pub struct Fetched(ObjectSubclass<imp::Fetched>) @extends gdk::ContentProvider;
}

impl Fetched {
    fn new(core: &Core, host: HostId, volumes: Vec<VolumeRef>) -> Self {
        let fetched: Self = glib::Object::new();
        let (release, held) = async_channel::bounded(1);
        let _ = fetched.imp().wanted.set(Rc::new(Wanted {
            core: core.clone(),
            host,
            volumes,
            held,
            release,
            dropped: Cell::new(false),
            copied: RefCell::default(),
            copies: RefCell::default(),
        }));
        fetched
    }
}

/// The addresses of the copies, once they are dropped and fetched.
async fn copies(wanted: &Rc<Wanted>) -> Result<String, glib::Error> {
    let _ = wanted.held.recv().await;
    if !wanted.dropped.get() {
        return Err(glib::Error::new(gio::IOErrorEnum::Cancelled, "it was not dropped"));
    }
    let begun = wanted.copied.borrow().clone();
    match begun {
        Some(copied) => {
            let _ = copied.recv().await;
        }
        None => {
            let (done, copied) = async_channel::bounded(1);
            wanted.copied.replace(Some(copied));
            let fetched = fetch(wanted).await;
            wanted.copies.replace(Some(fetched));
            done.close();
        }
    }
    let copies = wanted.copies.borrow().clone();
    let copies = copies.unwrap_or_else(|| Err("it was given up".to_owned()));
    copies.map_err(|text| glib::Error::new(gio::IOErrorEnum::Failed, &text))
}

/// Fetches the volumes into a folder of the cache, and gives the addresses of the copies.
async fn fetch(wanted: &Wanted) -> Result<String, String> {
    let all = glib::user_cache_dir().join("vireo").join("dragged");
    let folder = gio::spawn_blocking(move || place(&all))
        .await
        .map_err(|_| "the folder could not be made".to_owned())?
        .map_err(|error| error.to_string())?;
    let mut uris = String::new();
    for volume in &wanted.volumes {
        let path = folder.join(volume.name.replace('/', "-"));
        transfer::fetch_to(&wanted.core, wanted.host, volume.clone(), path.clone())
            .await
            .map_err(|error| error.message)?;
        uris.push_str(&gio::File::for_path(path).uri());
        uris.push_str("\r\n");
    }
    Ok(uris)
}

/// A new folder for what is dragged. Whoever took something copies it on for as long as that takes; after a day nobody does any
/// more, and it goes.
fn place(all: &Path) -> io::Result<PathBuf> {
    fs::create_dir_all(all)?;
    for entry in fs::read_dir(all)?.flatten() {
        let age = entry.metadata().and_then(|about| about.modified());
        let age = age.ok().and_then(|time| SystemTime::now().duration_since(time).ok());
        if age.is_some_and(|age| age > KEPT) {
            let path = entry.path();
            let gone = if path.is_dir() {
                fs::remove_dir_all(path)
            } else {
                fs::remove_file(path)
            };
            if let Err(error) = gone {
                tracing::info!(%error, "what was dragged once stays");
            }
        }
    }
    let folder = all.join(Uuid::new_v4().to_string());
    fs::create_dir(&folder)?;
    Ok(folder)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_was_dragged_long_ago_goes_and_what_is_new_stays() {
        let all = tempfile::tempdir().expect("a folder");
        let first = place(all.path()).expect("a place");
        fs::write(first.join("disk.img"), "x").expect("a copy");
        let old = all.path().join("old.img");
        let file = fs::File::create(&old).expect("an old copy");
        file.set_modified(SystemTime::now() - KEPT * 2).expect("its time");
        let second = place(all.path()).expect("a place");
        assert!(first != second && first.join("disk.img").exists() && second.is_dir());
        assert!(!old.exists());
    }
}
