//! The desktop's own file chooser.

use std::path::PathBuf;
use std::rc::Rc;

use gtk4 as gtk;
use gtk4::prelude::*;

use super::Purpose;
use crate::i18n::tr;
use crate::ui::core::Core;

/// Opens it over `window`, where something for this purpose was chosen the last time; `chosen` gets a path of this computer.
pub(super) fn open(core: &Core, window: &gtk::Window, purpose: Purpose, chosen: Rc<dyn Fn(PathBuf)>) {
    let action = match purpose {
        Purpose::Folder => gtk::FileChooserAction::SelectFolder,
        _ => gtk::FileChooserAction::Open,
    };
    let title = purpose.title();
    let chooser = gtk::FileChooserNative::new(Some(&title), Some(window), action, None, None);
    chooser.set_modal(true);
    if let Some(folder) = core.settings().last_folder(purpose.word())
        && let Err(error) = chooser.set_current_folder(Some(&gio::File::for_path(&folder)))
    {
        tracing::debug!(%error, folder, "the last folder is not there any more");
    }
    if purpose == Purpose::Media {
        let media = gtk::FileFilter::new();
        media.set_name(Some(&tr("Media")));
        for ending in ["iso", "img", "ISO", "IMG"] {
            media.add_pattern(&format!("*.{ending}"));
        }
        let all = gtk::FileFilter::new();
        all.set_name(Some(&tr("All files")));
        all.add_pattern("*");
        chooser.add_filter(&media);
        chooser.add_filter(&all);
    }
    let (own, core) = (chooser.clone(), core.clone());
    chooser.connect_response(move |chooser, response| {
        if response == gtk::ResponseType::Accept
            && let Some(path) = chooser.file().and_then(|file| file.path())
        {
            let folder = path.parent().and_then(std::path::Path::to_str);
            if let Some(folder) = folder {
                core.settings().remember_folder(purpose.word(), folder);
            }
            chosen(path);
        }
        // Kept until here: nothing else holds it.
        let _ = &own;
        chooser.destroy();
    });
    chooser.show();
}
