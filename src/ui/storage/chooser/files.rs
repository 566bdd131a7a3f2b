//! The desktop's own file chooser.

use std::path::PathBuf;
use std::rc::Rc;

use gtk4 as gtk;
use gtk4::prelude::*;

use super::Purpose;
use crate::i18n::tr;

/// Opens it over `window`; `chosen` gets a path of this computer.
pub(super) fn open(window: &gtk::Window, purpose: Purpose, chosen: Rc<dyn Fn(PathBuf)>) {
    let action = match purpose {
        Purpose::Folder => gtk::FileChooserAction::SelectFolder,
        _ => gtk::FileChooserAction::Open,
    };
    let title = match purpose {
        Purpose::Disk | Purpose::Cloud => tr("Choose a Disk Image"),
        Purpose::Media => tr("Choose a Medium"),
        Purpose::File => tr("Choose a File"),
        Purpose::Folder => tr("Choose a Folder"),
    };
    let chooser = gtk::FileChooserNative::new(Some(&title), Some(window), action, None, None);
    chooser.set_modal(true);
    let own = chooser.clone();
    chooser.connect_response(move |chooser, response| {
        if response == gtk::ResponseType::Accept
            && let Some(path) = chooser.file().and_then(|file| file.path())
        {
            chosen(path);
        }
        // Kept until here: nothing else holds it.
        let _ = &own;
        chooser.destroy();
    });
    chooser.show();
}
