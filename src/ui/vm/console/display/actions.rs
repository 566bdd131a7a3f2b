//! What can be chosen over a screen: its actions, and what they do.

use std::path::PathBuf;

use gtk::prelude::*;
use gtk::{gdk, gio, glib};
use relm4::{ComponentSender, Sender, gtk};

use super::heads;
use super::hearing::toast;
use super::menu::Facts;
use super::phase::{Past, Phase};
use super::trouble::{Lasts, Remedy, Trouble};
use super::view::View;
use super::window::ScreenWindow;
use super::{Choice, DisplayMsg, DisplayOutput, DisplayPage};
use crate::i18n::{tr, tr_f};
use crate::model::action::{DomainAction, StartOptions};
use crate::model::display::wire::Request;
use crate::model::settings::{Scaling, Sharing};
use crate::ui::message;
use crate::ui::vm::console::screen::{self, Stage};
use crate::ui::vm::screenshot;

/// Prefix of the action group.
pub const GROUP: &str = "display";

/// What the user chose for this machine, with the defaults of all.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Wishes {
    pub scaling: Scaling,
    pub smooth: bool,
    pub resize_guest: bool,
    pub clipboard: Sharing,
    pub sound: bool,
    pub view_only: bool,
    pub usb_auto: bool,
}

/// The actions of a screen's page.
pub struct Actions {
    group: gio::SimpleActionGroup,
}

type Make = fn(&glib::Variant) -> Option<Choice>;

impl Actions {
    /// Makes the actions.
    pub fn new(input: &Sender<DisplayMsg>) -> Self {
        let group = gio::SimpleActionGroup::new();
        let plain = |name: &str, choice: Choice| {
            let action = gio::SimpleAction::new(name, None);
            let input = input.clone();
            action.connect_activate(move |_, _| input.emit(DisplayMsg::Choice(choice.clone())));
            group.add_action(&action);
        };
        plain("fullscreen", Choice::Fullscreen);
        plain("connect", Choice::Connect);
        plain("disconnect", Choice::Disconnect);
        plain("copy-screenshot", Choice::CopyScreenshot);
        plain("send-files", Choice::SendFiles);
        plain("save-screenshot", Choice::SaveScreenshot);
        plain("usb", Choice::Usb);
        plain("external", Choice::External);
        plain("save-viewer", Choice::SaveViewer);
        let with_state = |name: &str, parameter: Option<&glib::VariantTy>, state: glib::Variant, make: Make| {
            let action = gio::SimpleAction::new_stateful(name, parameter, &state);
            let input = input.clone();
            action.connect_change_state(move |_, wanted| {
                if let Some(choice) = wanted.and_then(make) {
                    input.emit(DisplayMsg::Choice(choice));
                }
            });
            group.add_action(&action);
        };
        let words = Some(glib::VariantTy::STRING);
        with_state("scaling", words, "fit".to_variant(), |word| {
            word.str().map(|word| Choice::Scaling(Scaling::from_word(word)))
        });
        with_state("clipboard", words, "off".to_variant(), |word| {
            word.str().map(|word| Choice::Clipboard(Sharing::from_word(word)))
        });
        let no = || false.to_variant();
        with_state("smooth", None, no(), |on| on.get().map(Choice::Smooth));
        with_state("resize-guest", None, no(), |on| on.get().map(Choice::ResizeGuest));
        with_state("view-only", None, no(), |on| on.get().map(Choice::ViewOnly));
        with_state("sound", None, no(), |on| on.get().map(Choice::Sound));
        with_state("window", None, no(), |on| on.get().map(Choice::Window));
        with_state("microphone", None, no(), |on| on.get().map(Choice::Microphone));
        with_state("smartcard", None, no(), |on| on.get().map(Choice::Smartcard));
        with_state("folder", None, no(), |on| on.get().map(Choice::Folder));
        with_state("folder-writable", None, no(), |on| on.get().map(Choice::FolderWritable));
        let numbered = |name: &str, make: fn(u32) -> Choice| {
            let action = gio::SimpleAction::new(name, Some(glib::VariantTy::UINT32));
            let input = input.clone();
            action.connect_activate(move |_, number| {
                if let Some(number) = number.and_then(glib::Variant::get) {
                    input.emit(DisplayMsg::Choice(make(number)));
                }
            });
            group.add_action(&action);
        };
        numbered("fullscreen-on", Choice::FullscreenOn);
        numbered("head", Choice::Head);
        Self { group }
    }

    /// Gives `root` and what is in it the actions, and their keys.
    pub fn install(&self, root: &gtk::Box) {
        root.insert_action_group(GROUP, Some(&self.group));
        // GTK 4.8 forgets to enable the buttons again of what was out of its window for a moment.
        let own = self.group.clone();
        root.connect_root_notify(move |root| {
            if root.root().is_some() {
                root.insert_action_group(GROUP, gio::ActionGroup::NONE);
                root.insert_action_group(GROUP, Some(&own));
            }
        });
        let keys = gtk::ShortcutController::new();
        let trigger = gtk::ShortcutTrigger::parse_string("F11");
        let action = gtk::NamedAction::new("display.fullscreen");
        keys.add_shortcut(gtk::Shortcut::new(trigger, Some(action)));
        root.add_controller(keys);
    }

    /// Shows how it stands with one of them.
    pub fn set(&self, name: &str, state: &glib::Variant) {
        if let Some(action) = self.group.lookup_action(name).and_downcast::<gio::SimpleAction>()
            && action.state().as_ref() != Some(state)
        {
            action.set_state(state);
        }
    }
}

impl DisplayPage {
    /// What the user chose for this machine.
    pub(super) fn wishes(&self) -> Wishes {
        let settings = self.core.settings();
        let own = settings.console_settings(self.key);
        Wishes {
            scaling: own.scaling.unwrap_or_else(|| settings.display_scaling()),
            smooth: !own.crisp.unwrap_or(false),
            resize_guest: own.resize_guest.unwrap_or_else(|| settings.display_resize_guest()),
            clipboard: own.clipboard.unwrap_or_else(|| settings.display_clipboard()),
            sound: own.sound.unwrap_or_else(|| settings.display_sound()),
            view_only: own.view_only,
            usb_auto: own.usb_auto,
        }
    }

    /// Brings screen, menus and clipboard in line with the settings.
    pub(super) fn apply_settings(&self, view: &View) {
        let wishes = self.wishes();
        self.actions.set("scaling", &wishes.scaling.word().to_variant());
        self.actions.set("smooth", &wishes.smooth.to_variant());
        self.actions.set("resize-guest", &wishes.resize_guest.to_variant());
        self.actions.set("clipboard", &wishes.clipboard.word().to_variant());
        self.actions.set("sound", &wishes.sound.to_variant());
        self.actions.set("view-only", &wishes.view_only.to_variant());
        self.show_shared(&self.actions);
        let screen = &view.screen;
        screen.set_scaling(match wishes.scaling {
            Scaling::Fit => screen::Scaling::Fit,
            Scaling::Device => screen::Scaling::Device,
            Scaling::Logical => screen::Scaling::Logical,
            Scaling::Integer => screen::Scaling::Integer,
        });
        screen.set_resize_guest(wishes.resize_guest && !wishes.view_only);
        self.dress(screen);
        self.heads.each(|screen| self.dress(screen));
        self.line.set_view_only(wishes.view_only);
        self.keys.set_view_only(wishes.view_only);
        self.exchange.set_sharing(match wishes.clipboard {
            both if !wishes.view_only => both,
            sharing if sharing.from_guest() => Sharing::FromGuest,
            _ => Sharing::Off,
        });
    }

    /// What holds for every screen of the machine.
    fn dress(&self, screen: &screen::Screen) {
        let wishes = self.wishes();
        screen.set_crisp(!wishes.smooth);
        screen.set_view_only(wishes.view_only);
        let settings = self.core.settings();
        if let Ok(chord) = settings.release_chord().parse() {
            screen.set_release_chord(chord);
        }
        screen.set_pass_through(&settings.pass_through());
    }

    pub(super) fn choice(&mut self, choice: Choice, view: &View, sender: &ComponentSender<Self>) {
        let settings = self.core.settings().clone();
        let key = self.key;
        match choice {
            Choice::Scaling(scaling) => settings.change_console_settings(key, |own| own.scaling = Some(scaling)),
            Choice::Smooth(smooth) => settings.change_console_settings(key, |own| own.crisp = Some(!smooth)),
            Choice::ResizeGuest(resize) => {
                settings.change_console_settings(key, |own| own.resize_guest = Some(resize));
            }
            Choice::Clipboard(sharing) => {
                settings.change_console_settings(key, |own| own.clipboard = Some(sharing));
                // A display that was opened without a clipboard has none.
                if sharing != Sharing::Off && !self.with_clipboard && self.phase == Phase::Connected {
                    self.connect(sender);
                }
            }
            Choice::ViewOnly(only) => settings.change_console_settings(key, |own| own.view_only = only),
            Choice::Sound(sound) => {
                settings.change_console_settings(key, |own| own.sound = Some(sound));
                self.line.send(Request::Sound(sound));
            }
            Choice::Window(own) => self.set_window(own, view, sender),
            Choice::Fullscreen => self.toggle_fullscreen(None, view, sender),
            Choice::FullscreenOn(number) => self.toggle_fullscreen(Some(number), view, sender),
            Choice::Head(head) => {
                let name = self.situation().name;
                self.heads.open(head, &name, &self.line, sender.input_sender());
                self.tell_hidden();
            }
            Choice::Connect => self.start_over(sender),
            Choice::Disconnect => {
                self.close();
                self.past.was_connected = false;
                let parted = Trouble::new(Lasts::Lasting, tr("Not connected"), String::new());
                self.phase = Phase::Failed(Trouble {
                    calm: true,
                    ..parted.only(&[Remedy::Connect])
                });
                view.screen.clear_picture();
            }
            Choice::CopyScreenshot => {
                if let Some(texture) = view.screen.screenshot() {
                    view.screen.clipboard().set_texture(&texture);
                    view.toasts.add_toast(toast(&tr("The picture is on the clipboard")));
                }
            }
            Choice::SendFiles => choose_files(view, sender.input_sender()),
            Choice::SaveScreenshot => screenshot::show(view.content.upcast_ref(), &self.core, key),
            Choice::Usb => self.usb.show(&view.content, &settings, key),
            Choice::External => self.open_external(view),
            Choice::SaveViewer => self.save_viewer(view),
            Choice::Microphone(_)
            | Choice::Smartcard(_)
            | Choice::Folder(_)
            | Choice::FolderChosen(_)
            | Choice::FolderWritable(_) => self.share(choice, view, sender),
        }
        self.apply_settings(view);
    }

    fn start_over(&mut self, sender: &ComponentSender<Self>) {
        self.past = Past {
            was_connected: self.past.was_connected,
            ..Past::default()
        };
        self.connect(sender);
    }

    pub(super) fn remedy(&mut self, remedy: Remedy, view: &View, sender: &ComponentSender<Self>) {
        match remedy {
            Remedy::Start | Remedy::Restore => {
                let start = DomainAction::Start(StartOptions::default());
                self.core.perform(self.key, start);
            }
            Remedy::Connect | Remedy::Again => self.start_over(sender),
            Remedy::UseText => {
                let _ = sender.output(DisplayOutput::UseText);
            }
            Remedy::ChangeDisplay => {
                let _ = sender.output(DisplayOutput::ChangeDisplay(self.index));
            }
            Remedy::CopyCommand(command) => {
                view.content.clipboard().set_text(&command);
                view.toasts.add_toast(toast(&tr("The command is on the clipboard")));
            }
            Remedy::External => self.open_external(view),
        }
    }

    /// What the menus depend on.
    pub(super) fn show_facts(&self, view: &View) {
        let live = self.phase == Phase::Connected;
        let able = self.abilities;
        let missing = |has: bool, reason: String| (!has).then_some(reason);
        let agent = || tr("The agent in the guest does not answer");
        let wishes = self.wishes();
        let vnc = !self.past.exclusive;
        let facts = Facts {
            live,
            clipboard: (live && self.with_clipboard && !able.clipboard).then(|| {
                if vnc {
                    tr("The display has no clipboard: the machine needs a “qemu-vdagent” channel")
                } else {
                    agent()
                }
            }),
            sharing: wishes.clipboard,
            view_only: wishes.view_only,
            sound: missing(able.sound, tr("The display has no sound")),
            usb: missing(
                able.usb,
                tr("USB devices can be handed over through SPICE only, to a machine that has redirectors"),
            ),
            files: missing(
                able.files,
                if vnc {
                    tr("Files can be sent through SPICE only")
                } else {
                    agent()
                },
            ),
            spice: !vnc,
            folder: self.core.settings().console_settings(self.key).folder.is_some(),
            heads: if vnc { Vec::new() } else { (1..heads::MOST).collect() },
            monitors: monitors().iter().map(monitor_name).collect(),
        };
        view.bar.set_facts(&facts);
        self.actions.set(
            "window",
            &self.window.as_ref().is_some_and(|window| window.stays()).to_variant(),
        );
    }

    pub(super) fn show_hint(&self, view: &View) {
        let grab = view.screen.grab();
        let held = grab.keyboard || grab.pointer || view.screen.stage() != Stage::Resting;
        let hint = match self.phase {
            Phase::Connected if held => Some(view.screen.release_hint()),
            Phase::Connected if self.wishes().view_only => Some(tr("You only look: nothing is typed or clicked")),
            _ => None,
        };
        view.set_hint(hint.as_deref());
    }

    fn own_window(&mut self, view: &View, sender: &ComponentSender<Self>) -> std::rc::Rc<ScreenWindow> {
        if let Some(window) = &self.window {
            return window.clone();
        }
        let size = self.core.settings().console_settings(self.key).window;
        let window = ScreenWindow::new(view, size, sender.input_sender());
        window.set_name(&self.situation().name);
        window.window().present();
        self.window = Some(window.clone());
        window
    }

    fn set_window(&mut self, own: bool, view: &View, sender: &ComponentSender<Self>) {
        self.core
            .settings()
            .change_console_settings(self.key, |settings| settings.torn_off = own);
        if own {
            self.own_window(view, sender).stay();
            view.screen.grab_focus();
        } else {
            self.bring_back(view);
        }
    }

    fn toggle_fullscreen(&mut self, monitor: Option<u32>, view: &View, sender: &ComponentSender<Self>) {
        if monitor.is_none()
            && let Some(window) = self.window.as_ref().filter(|window| window.is_full())
        {
            window.window().unfullscreen();
            return;
        }
        let monitor = monitor.and_then(|number| monitors().into_iter().nth(number as usize));
        self.own_window(view, sender).go_full(monitor.as_ref());
        view.screen.grab_focus();
    }

    pub(super) fn fullscreened(&mut self, full: bool, view: &View) {
        let Some(window) = self.window.clone() else { return };
        let was = window.is_full();
        window.set_full(full, view);
        self.show_hint(view);
        if was && !full && !window.stays() {
            self.give_back(view);
        }
    }

    pub(super) fn bring_back(&mut self, view: &View) {
        self.core
            .settings()
            .change_console_settings(self.key, |settings| settings.torn_off = false);
        self.give_back(view);
    }

    /// Keeps the size of the window for the next time.
    pub(super) fn remember_size(&self) {
        if let Some(window) = self.window.as_ref().filter(|window| !window.is_full()) {
            let size = window.window().default_size();
            self.core
                .settings()
                .change_console_settings(self.key, |settings| settings.window = Some(size));
        }
    }

    fn give_back(&mut self, view: &View) {
        self.remember_size();
        if let Some(window) = self.window.take() {
            window.give_back(view);
            if view.is_live() {
                view.screen.grab_focus();
            }
        }
    }

    pub(super) fn send_files(&mut self, paths: &[PathBuf], view: &View) {
        if self.wishes().view_only {
            view.toasts
                .add_toast(toast(&tr("You only look: nothing is typed or clicked")));
            return;
        }
        if !self.abilities.files {
            let reason = if self.past.exclusive {
                tr("The agent in the guest does not answer")
            } else {
                tr("Files can be sent through SPICE only")
            };
            let words = tr_f("The files could not be sent: {reason}", &[("reason", &reason)]);
            view.toasts.add_toast(toast(&words));
            return;
        }
        let id = view.transfers.begin(paths);
        let paths = paths.iter().map(|path| path.to_string_lossy().into_owned()).collect();
        self.line.send(Request::SendFiles { id, paths });
    }
}

/// The monitors of this computer.
fn monitors() -> Vec<gdk::Monitor> {
    let Some(display) = gdk::Display::default() else {
        return Vec::new();
    };
    let list = display.monitors();
    (0..list.n_items())
        .filter_map(|index| list.item(index).and_downcast::<gdk::Monitor>())
        .collect()
}

fn monitor_name(monitor: &gdk::Monitor) -> String {
    let words = [monitor.manufacturer(), monitor.model(), monitor.connector()];
    let words: Vec<String> = words.into_iter().flatten().map(String::from).collect();
    words.join(" ")
}

fn choose_files(view: &View, input: &Sender<DisplayMsg>) {
    let chooser = gtk::FileChooserNative::builder()
        .title(tr("Send Files to the Guest"))
        .action(gtk::FileChooserAction::Open)
        .select_multiple(true)
        .modal(true)
        .build();
    chooser.set_transient_for(message::window_of(&view.content).as_ref());
    let input = input.clone();
    glib::spawn_future_local(async move {
        if chooser.run_future().await != gtk::ResponseType::Accept {
            return;
        }
        let files = chooser.files();
        let paths: Vec<PathBuf> = (0..files.n_items())
            .filter_map(|index| files.item(index).and_downcast::<gio::File>()?.path())
            .collect();
        if !paths.is_empty() {
            input.emit(DisplayMsg::Files(paths));
        }
    });
}
