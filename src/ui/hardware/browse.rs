//! What was chosen for a row that has a path of the host.

use std::rc::Rc;

use gtk4 as gtk;

use crate::model::creation::ImageRef;
use crate::model::facts::HostFacts;
use crate::model::hardware::{Draft, PageId, PathKind, Value};
use crate::model::key::DomainKey;
use crate::model::xml::Refused;
use crate::model::xml::domain::DiskImage;
use crate::ui::core::Core;
use crate::ui::storage::chooser::{self, Choice, Fetch, Purpose, Request};

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

    /// `None` for what is not on the host.
    fn of(choice: Choice) -> Option<Self> {
        match (choice.image, choice.volume) {
            (ImageRef::Volume { pool, .. }, Some(volume)) => Some(Self::Image(DiskImage {
                kind: volume.kind,
                path: volume.path,
                pool,
                volume: volume.name,
                format: volume.format,
            })),
            (ImageRef::Volume { path, .. } | ImageRef::Path(path), _) => Some(Self::Path(path)),
            (ImageRef::Upload { .. } | ImageRef::Download { .. }, _) => None,
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

/// Opens the chooser over `window`.
pub fn show(core: &Core, key: DomainKey, window: &gtk::Window, kind: PathKind, chosen: Choose) {
    let purpose = match kind {
        PathKind::Image => Purpose::Disk,
        PathKind::Media => Purpose::Media,
        PathKind::File => Purpose::File,
        PathKind::Folder => Purpose::Folder,
    };
    let (machine, arch) = {
        let store = core.store();
        let domain = store.domain(key);
        let details = domain.and_then(|domain| domain.details.as_ref());
        let arch = details.and_then(|details| details.arch.clone());
        (domain.map(|domain| domain.name.clone()), arch)
    };
    let request = Request {
        purpose,
        fetch: Fetch::Now,
        machine: machine.unwrap_or_default(),
        arch: arch.unwrap_or_default(),
    };
    let taken = move |choice| {
        if let Some(choice) = Chosen::of(choice) {
            chosen(choice);
        }
    };
    chooser::open_for(core, key.host, window, request, Rc::new(taken));
}
