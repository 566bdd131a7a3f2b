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
    let title = purpose.title();
    let chooser = gtk::FileChooserNative::new(Some(&title), Some(window), action, None, None);
    chooser.set_modal(true);
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
