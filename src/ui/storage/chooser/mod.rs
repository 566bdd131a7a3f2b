//! The one chooser of images, media, files and folders: what was used recently, volumes of pools, files of this computer,
//! addresses.

mod answer;
mod content;
mod elsewhere;
mod files;
mod places;
mod systems;
mod window;

use std::rc::Rc;

use gtk4 as gtk;

use crate::i18n::tr;
use crate::model::creation::ImageRef;
use crate::model::facts::VolumeFact;
use crate::model::key::HostId;
use crate::model::uri::Uri;
use crate::ui::core::Core;

/// What is looked for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Purpose {
    /// A medium to install from or to put into a drive.
    Media,
    /// An image of a disk.
    Disk,
    /// An image of a cloud.
    Cloud,
    /// Any file of the host.
    File,
    /// A folder of the host.
    Folder,
}

impl Purpose {
    /// Whether pools have such things.
    fn is_image(self) -> bool {
        !matches!(self, Self::File | Self::Folder)
    }

    /// What folders are remembered by.
    fn word(self) -> &'static str {
        match self {
            Self::Media => "media",
            Self::Disk => "disk",
            Self::Cloud => "cloud",
            Self::File => "file",
            Self::Folder => "folder",
        }
    }

    fn title(self) -> String {
        match self {
            Self::Disk => tr("Choose a Disk Image"),
            Self::Cloud => tr("Choose a Cloud Image"),
            Self::Media => tr("Choose a Medium"),
            Self::File => tr("Choose a File"),
            Self::Folder => tr("Choose a Folder"),
        }
    }

    /// Formats of what is looked for; empty for all.
    fn formats(self) -> &'static [&'static str] {
        match self {
            Self::Media => &["iso", "raw"],
            _ => &[],
        }
    }
}

/// When a file that is not on the host is brought there.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
pub enum Fetch {
    /// Not by the chooser: it answers [`ImageRef::Upload`] or [`ImageRef::Download`].
    #[default]
    Later,
    /// By the chooser, before it answers: always with something that is on the host.
    Now,
}

/// What the chooser is asked for.
#[derive(Debug, Clone)]
pub struct Request {
    /// What is looked for.
    pub purpose: Purpose,
    /// When files are brought to the host.
    pub fetch: Fetch,
    /// Name of the machine that it is for, after which new images are named; empty where there is none.
    pub machine: String,
    /// Architecture of the machines that it is for, so that what operating systems offer for them is shown, too; empty for none.
    pub arch: String,
}

impl Request {
    /// For no machine in particular; files are brought to the host later.
    #[must_use]
    pub fn new(purpose: Purpose) -> Self {
        Self {
            purpose,
            fetch: Fetch::Later,
            machine: String::new(),
            arch: String::new(),
        }
    }
}

/// What was chosen.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Choice {
    /// What and where it is.
    pub image: ImageRef,
    /// The volume, where it is one of a pool that was read.
    pub volume: Option<VolumeFact>,
}

impl Choice {
    /// A file or device of the host.
    fn path(path: impl Into<String>) -> Self {
        Self {
            image: ImageRef::Path(path.into()),
            volume: None,
        }
    }

    /// A volume of a pool.
    fn volume(pool: &str, volume: VolumeFact) -> Self {
        Self {
            image: ImageRef::Volume {
                pool: pool.to_owned(),
                name: volume.name.clone(),
                path: volume.path.clone(),
            },
            volume: Some(volume),
        }
    }
}

/// Takes what was chosen.
type Chosen = Rc<dyn Fn(Choice)>;

/// Opens the chooser over `window` and calls `chosen` once, if something was chosen.
pub fn open(core: &Core, host: HostId, window: &gtk::Window, purpose: Purpose, chosen: Rc<dyn Fn(ImageRef)>) {
    let request = Request::new(purpose);
    open_for(core, host, window, request, Rc::new(move |choice| chosen(choice.image)));
}

/// The same with more to say about what is wanted, and more to know about what was chosen.
pub fn open_for(core: &Core, host: HostId, window: &gtk::Window, request: Request, chosen: Rc<dyn Fn(Choice)>) {
    if is_here(core, host) && !request.purpose.is_image() {
        files::open(
            core,
            window,
            request.purpose,
            Rc::new(move |path| chosen(Choice::path(path.to_string_lossy()))),
        );
        return;
    }
    window::open(core, host, window, request, chosen);
}

/// Whether the files of a host are those of this computer.
pub(super) fn is_here(core: &Core, host: HostId) -> bool {
    let store = core.store();
    let host = store.host(host);
    host.and_then(|host| Uri::parse(&host.config.uri).ok())
        .is_some_and(|uri| !uri.is_remote())
}
