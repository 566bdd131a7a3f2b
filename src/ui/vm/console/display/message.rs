//! What the page of a screen begins with, hears and tells.

use std::path::PathBuf;
use std::rc::Rc;

use relm4::gtk;

use super::doors::{Doors, Found};
use super::login::Answer;
use super::trouble::{Remedy, Trouble};
use crate::model::credential::Secret;
use crate::model::key::DomainKey;
use crate::model::settings::{Scaling, Sharing};
use crate::ui::core::Core;
use crate::virt::client::DisplayNews;

/// What a screen's page needs to begin.
pub struct DisplayInit {
    /// The core.
    pub core: Core,
    /// The machine.
    pub key: DomainKey,
    /// Number of the graphics device.
    pub index: u32,
    /// How screens are opened.
    pub doors: Rc<dyn Doors>,
    /// The choice among all consoles of the machine, for the head of the bar.
    pub chooser: gtk::Widget,
}

/// What happened on a screen's page.
#[derive(Debug)]
pub enum DisplayMsg {
    /// The content appeared on screen (true) or disappeared, in the tab or in a window of its own.
    Shown(bool),
    /// The store has news about the machine or its host, or a setting changed.
    Changed,
    /// Another graphics device was chosen, by its number.
    Chosen(u32),
    /// The way to the display of attempt number `.0` was looked for.
    Found(u64, Box<Found>),
    /// Why attempt number `.0` found no way.
    Cause(u64, Trouble),
    /// The display of attempt number `.0` told something.
    News(u64, DisplayNews),
    /// The time of attempt number `.0` is over.
    TimeOver(u64),
    /// The wait after attempt number `.0` is over.
    Again(u64),
    /// What the keyring knows for attempt number `.0`.
    Remembered(u64, Option<Vec<Secret>>),
    /// User name and password were typed.
    Answered(Answer),
    /// A button of a message was clicked.
    Remedy(Remedy),
    /// The library's own words are wanted.
    DetailsClicked(String),
    /// Something of this computer's side changed that the clipboard depends on: focus, or its content.
    Focus,
    /// The screen took or let go the keyboard or the pointer.
    Grabbed,
    /// A choice in a menu.
    Choice(Choice),
    /// The window of the screen fills a monitor, or no more.
    Fullscreened(bool),
    /// The window of a further screen was closed.
    HeadClosed(u32),
    /// The screen should come back into its tab.
    BringBack,
    /// Files were dropped on the screen.
    Files(Vec<PathBuf>),
    /// A transfer is to be given up.
    TransferCancelled(u64),
}

/// What is chosen in menus.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Choice {
    /// How the picture fills its place.
    Scaling(Scaling),
    /// Smooth edges.
    Smooth(bool),
    /// The guest's screen follows the window.
    ResizeGuest(bool),
    /// Clipboard.
    Clipboard(Sharing),
    /// Only looking.
    ViewOnly(bool),
    /// Sound.
    Sound(bool),
    /// A window of its own.
    Window(bool),
    /// Full screen, or out of it.
    Fullscreen,
    /// Full screen on the monitor with this number.
    FullscreenOn(u32),
    /// The guest hears the microphone.
    Microphone(bool),
    /// The guest may use smartcards.
    Smartcard(bool),
    /// The guest sees a folder: to be chosen, or no more.
    Folder(bool),
    /// This folder was chosen.
    FolderChosen(String),
    /// The guest may change what is in the folder.
    FolderWritable(bool),
    /// A further screen of the guest.
    Head(u32),
    /// Connect again.
    Connect,
    /// Close the connection.
    Disconnect,
    /// The picture onto the clipboard.
    CopyScreenshot,
    /// Choose files to send.
    SendFiles,
    /// A picture to look at and save.
    SaveScreenshot,
    /// The window with USB devices.
    Usb,
    /// The screen in another program.
    External,
    /// The file for another program.
    SaveViewer,
}

/// What a screen's page asks of the pages around it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum DisplayOutput {
    /// Why displays can't be used, by their numbers.
    Reasons(Vec<(u32, String)>),
    /// The text console should be shown instead.
    UseText,
    /// The hardware page should show this display.
    ChangeDisplay(u32),
}
