//! Files that are dropped on a pool, and volumes that are dragged out of it.

use std::cell::OnceCell;
use std::path::PathBuf;
use std::pin::Pin;
use std::rc::Rc;

use gio::prelude::*;
use gtk4 as gtk;
use gtk4::gdk;
use gtk4::prelude::*;
use gtk4::subclass::prelude::*;

use super::chooser::is_here;
use super::page::StoragePage;
use super::{dragged, transfer};
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
    drag.connect_drag_begin(|source, _| {
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
}

const URIS: &str = "text/uri-list";

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
                let text = fetch(&wanted).await?;
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
        let _ = fetched.imp().wanted.set(Rc::new(Wanted {
            core: core.clone(),
            host,
            volumes,
        }));
        fetched
    }
}

/// Fetches the volumes into a folder of their own, and gives the addresses of the copies.
async fn fetch(wanted: &Wanted) -> Result<String, glib::Error> {
    let failed = |text: &str| glib::Error::new(gio::IOErrorEnum::Failed, text);
    let folder = gio::spawn_blocking(dragged::new_folder)
        .await
        .map_err(|_| failed("the folder could not be made"))?
        .map_err(|error| failed(&error.to_string()))?;
    let mut uris = String::new();
    for volume in &wanted.volumes {
        let path = folder.join(volume.name.replace('/', "-"));
        let fetched = transfer::fetch_to(&wanted.core, wanted.host, volume.clone(), path.clone()).await;
        if let Err(error) = fetched {
            drop(gio::spawn_blocking(move || dragged::forget(&folder)));
            return Err(failed(&error.message));
        }
        uris.push_str(&gio::File::for_path(path).uri());
        uris.push_str("\r\n");
    }
    Ok(uris)
}
