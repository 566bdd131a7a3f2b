//! What SPICE can share of this computer besides the clipboard: a folder, the microphone, smartcards. It is negotiated when the
//! display is opened, so that each change connects anew.

use gtk::glib;
use gtk::prelude::*;
use relm4::{ComponentSender, Sender, gtk};

use super::actions::Actions;
use super::phase::Phase;
use super::view::View;
use super::{Choice, DisplayMsg, DisplayPage};
use crate::i18n::tr;
use crate::ui::message;

impl DisplayPage {
    /// Shows in the menus what is shared with this machine.
    pub(super) fn show_shared(&self, actions: &Actions) {
        let own = self.core.settings().console_settings(self.key);
        actions.set("microphone", &own.microphone.to_variant());
        actions.set("smartcard", &own.smartcard.to_variant());
        actions.set("folder", &own.folder.is_some().to_variant());
        actions.set("folder-writable", &own.folder_writable.to_variant());
    }

    /// Shares something, or no more.
    pub(super) fn share(&mut self, choice: Choice, view: &View, sender: &ComponentSender<Self>) {
        if choice == Choice::Folder(true) {
            choose_folder(view, sender.input_sender());
            return;
        }
        let settings = self.core.settings().clone();
        settings.change_console_settings(self.key, |own| match choice {
            Choice::Microphone(on) => own.microphone = on,
            Choice::Smartcard(on) => own.smartcard = on,
            Choice::FolderWritable(on) => own.folder_writable = on,
            Choice::FolderChosen(folder) => own.folder = Some(folder),
            _ => {
                own.folder = None;
                own.folder_writable = false;
            }
        });
        if self.phase == Phase::Connected {
            self.connect(sender);
        }
    }
}

fn choose_folder(view: &View, input: &Sender<DisplayMsg>) {
    let chooser = gtk::FileChooserNative::builder()
        .title(tr("Share a Folder With the Guest"))
        .action(gtk::FileChooserAction::SelectFolder)
        .accept_label(tr("_Share"))
        .modal(true)
        .build();
    chooser.set_transient_for(message::window_of(&view.content).as_ref());
    let input = input.clone();
    glib::spawn_future_local(async move {
        if chooser.run_future().await != gtk::ResponseType::Accept {
            return;
        }
        let path = chooser.file().and_then(|file| file.path());
        if let Some(path) = path.and_then(|path| path.into_os_string().into_string().ok()) {
            input.emit(DisplayMsg::Choice(Choice::FolderChosen(path)));
        }
    });
}
