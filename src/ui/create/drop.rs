//! Files from elsewhere: dropped on the page, or opened.

use std::path::Path;
use std::rc::Rc;

use gtk4 as gtk;
use gtk4::gdk;
use gtk4::prelude::*;
use libadwaita as adw;

use super::page::CreatePage;
use crate::i18n::tr;
use crate::model::creation::ImageRef;
use crate::model::creation::sheet::Begin;
use crate::ui::conversion;

/// Longest definition that is read.
const LONGEST: u64 = 16 << 20;

/// What a file is good for, by its name; `None` where it is nothing to begin with.
#[must_use]
pub fn begin_of(file: &Path) -> Option<Begin> {
    let ending = file.extension()?.to_string_lossy().to_ascii_lowercase();
    match ending.as_str() {
        "iso" => Some(Begin::Media),
        "qcow2" | "img" | "raw" | "qcow" => {
            let name = file.file_name()?.to_string_lossy().to_ascii_lowercase();
            let is_cloud = ["cloud", "generic"].iter().any(|word| name.contains(word));
            Some(if is_cloud { Begin::Cloud } else { Begin::Disk })
        }
        "xml" => Some(Begin::Xml),
        _ => None,
    }
}

/// Lets `widget` take files that something can begin with; `taken` gets the first of them.
pub fn accept(widget: &impl IsA<gtk::Widget>, taken: impl Fn(std::path::PathBuf) -> bool + 'static) {
    let target = gtk::DropTarget::new(gdk::FileList::static_type(), gdk::DragAction::COPY);
    target.connect_drop(move |_, value, _, _| {
        let Ok(files) = value.get::<gdk::FileList>() else {
            return false;
        };
        let paths = files.files().into_iter().filter_map(|file| file.path());
        let good = paths
            .into_iter()
            .find(|path| begin_of(path).is_some() || conversion::is_appliance(path));
        good.is_some_and(&taken)
    });
    widget.add_controller(target);
}

impl CreatePage {
    pub(super) fn accept_files(self: &Rc<Self>) {
        let weak = Rc::downgrade(self);
        accept(&self.view.window, move |file| {
            weak.upgrade().is_some_and(|this| {
                this.take_file(&file);
                true
            })
        });
    }

    /// Begins with a file of this computer.
    pub fn take_file(self: &Rc<Self>, file: &Path) {
        if self.is_working.get() {
            return;
        }
        self.take_back_order();
        match begin_of(file) {
            Some(Begin::Xml) => {
                self.desk.borrow_mut().sheet.begin = Begin::Xml;
                self.read_definition(gio::File::for_path(file));
            }
            Some(begin) => {
                let image = {
                    let mut desk = self.desk.borrow_mut();
                    desk.sheet.begin = begin;
                    desk.sheet.customised = None;
                    match desk.world.is_here() {
                        true => ImageRef::Path(file.to_string_lossy().into_owned()),
                        false => ImageRef::Upload {
                            file: file.to_owned(),
                            pool: desk.sheet.pool_name(&desk.world.around()),
                        },
                    }
                };
                self.view.forget_rows();
                self.take_image("image", image);
            }
            None => {
                let host = self.desk.borrow().world.host;
                conversion::import_file(self.view.window.upcast_ref(), &self.core, host, file);
            }
        }
    }

    pub(super) fn open_definition(self: &Rc<Self>) {
        let chooser = gtk::FileChooserNative::new(
            Some(&tr("Open a Definition")),
            Some(&self.view.window),
            gtk::FileChooserAction::Open,
            None,
            None,
        );
        chooser.set_modal(true);
        let (weak, own) = (Rc::downgrade(self), chooser.clone());
        chooser.connect_response(move |chooser, response| {
            let file = chooser.file().filter(|_| response == gtk::ResponseType::Accept);
            if let (Some(this), Some(file)) = (weak.upgrade(), file) {
                this.read_definition(file);
            }
            // Kept until here: nothing else holds it.
            let _ = &own;
            chooser.destroy();
        });
        chooser.show();
    }

    fn read_definition(self: &Rc<Self>, file: gio::File) {
        let weak = Rc::downgrade(self);
        glib::spawn_future_local(async move {
            let read = read(&file).await;
            let Some(this) = weak.upgrade() else { return };
            match read {
                Ok(text) => this.take_xml(text),
                Err(reason) => {
                    let toast = adw::Toast::new(&glib::markup_escape_text(&reason));
                    this.view.toasts.add_toast(toast);
                }
            }
        });
    }
}

async fn read(file: &gio::File) -> Result<String, String> {
    let info = file
        .query_info_future(
            gio::FILE_ATTRIBUTE_STANDARD_SIZE,
            gio::FileQueryInfoFlags::NONE,
            glib::Priority::DEFAULT,
        )
        .await
        .map_err(|error| error.to_string())?;
    if u64::try_from(info.size()).unwrap_or(u64::MAX) > LONGEST {
        return Err(tr("This file is too long to be a definition."));
    }
    let (bytes, _) = file.load_contents_future().await.map_err(|error| error.to_string())?;
    String::from_utf8(bytes.to_vec()).map_err(|_| tr("This file is no text."))
}

#[cfg(test)]
mod tests {
    use super::begin_of;
    use crate::model::creation::sheet::Begin;
    use std::path::Path;

    #[test]
    fn a_file_says_by_its_name_what_it_is_good_for() {
        let of = |name: &str| begin_of(Path::new(name));
        assert_eq!(of("/tmp/debian-12.5.0-amd64-netinst.ISO"), Some(Begin::Media));
        assert_eq!(of("/tmp/debian-12-genericcloud-amd64.qcow2"), Some(Begin::Cloud));
        assert_eq!(of("/tmp/web.qcow2"), Some(Begin::Disk));
        assert_eq!(of("/tmp/web.xml"), Some(Begin::Xml));
        assert_eq!(of("/tmp/notes.txt"), None);
        assert_eq!(of("/tmp/iso"), None);
    }
}
