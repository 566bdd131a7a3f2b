//! The screen of a real guest, through libvirt and the real helper.

use std::cell::Cell;
use std::fs;
use std::process::Command;
use std::rc::Rc;
use std::time::{Duration, Instant};

use adw::prelude::*;
use relm4::{Component, ComponentController, Controller, adw, gtk};
use vireo::model::host::HostConfig;
use vireo::model::key::DomainKey;
use vireo::ui::core::Core;
use vireo::ui::vm::console::screen::Screen;
use vireo::ui::vm::{Page, VmInit, VmPage};

use crate::support::core::connected;
use crate::support::widgets::{find, on_gtk, says, screenshot, until};
use crate::support::{Daemon, Guest};

/// QEMU writes down what arrives.
const TRACES: &str = "<qemu:commandline xmlns:qemu='http://libvirt.org/schemas/domain/qemu/1.0'>\
     <qemu:arg value='-trace'/><qemu:arg value='input_event_*'/></qemu:commandline>";

/// A machine without a system: its firmware shows something and waits.
fn guest<'a>(daemon: &'a Daemon, graphics: &str) -> Guest<'a> {
    daemon
        .guest("vm")
        .empty()
        .device("<video><model type='vga'/></video>")
        .device(graphics)
        .element(TRACES)
        .start()
}

fn log(daemon: &Daemon) -> String {
    let path = daemon.directory().join("cache/libvirt/qemu/log/vm.log");
    fs::read_to_string(path).unwrap_or_default()
}

struct Tab {
    core: Core,
    key: DomainKey,
    tab: Controller<VmPage>,
    window: adw::Window,
}

impl Tab {
    fn open(daemon: &Daemon, guest: &Guest<'_>) -> Self {
        let (core, host) = connected(HostConfig::new("private", daemon.uri_qemu()));
        let key = DomainKey::new(host, guest.uuid);
        let tab = VmPage::builder()
            .launch(VmInit {
                core: core.clone(),
                key,
                page: Page::Console,
            })
            .detach();
        let window = adw::Window::builder()
            .title("screen test")
            .default_width(900)
            .default_height(700)
            .content(tab.widget())
            .build();
        window.present();
        Self { core, key, tab, window }
    }

    fn screen(&self) -> Option<Screen> {
        find::<Screen>(self.tab.widget(), &|screen| {
            screen.is_mapped() && screen.picture_size().is_some()
        })
    }

    #[track_caller]
    fn has_picture(&self) -> Screen {
        until("a picture", || self.screen().is_some());
        self.screen().expect("a picture")
    }
}

impl Drop for Tab {
    fn drop(&mut self) {
        self.window.destroy();
        self.core.disconnect_host(self.key.host);
    }
}

/// Presses a key for the window that is on top.
fn press(key: &str) {
    let script = format!("xdotool search --onlyvisible --name 'screen test' windowfocus key {key}");
    let mut child = Command::new("sh").args(["-c", &script]).spawn().expect("xdotool");
    // The display server may want an answer of ours meanwhile.
    until("xdotool", || child.try_wait().expect("its end").is_some());
}

#[test]
fn a_running_machine_shows_its_screen_takes_keys_and_comes_back_after_stop_and_start() {
    on_gtk(|| {
        let daemon = Daemon::start();
        let guest = guest(&daemon, "<graphics type='vnc'><listen type='none'/></graphics>");
        let tab = Tab::open(&daemon, &guest);
        let screen = tab.has_picture();
        screenshot("screen");
        screen.hold();
        let pressed = Rc::new(Cell::new(None::<Instant>));
        until("the key in the guest", || {
            if pressed.get().is_none_or(|at| at.elapsed() > Duration::from_secs(5)) {
                pressed.set(Some(Instant::now()));
                press("a");
            }
            log(&daemon).contains("key qcode a, down 1")
        });
        screenshot("screen-held");
        screen.release();
        adw::StyleManager::default().set_color_scheme(adw::ColorScheme::ForceDark);
        tab.window.set_default_size(360, 640);
        screenshot("screen-narrow");
        tab.window.set_default_size(900, 700);
        adw::StyleManager::default().set_color_scheme(adw::ColorScheme::Default);
        let menus = [
            "Clipboard: Off",
            "Send keys",
            "Size of the picture",
            "Menu of the screen",
            "Consoles of the machine",
        ];
        for (name, place) in menus.into_iter().zip(0..) {
            let button = find::<gtk::MenuButton>(tab.tab.widget(), &|button| {
                button.is_mapped() && button.tooltip_text().is_some_and(|tip| tip.starts_with(name))
            });
            let button = button.unwrap_or_else(|| panic!("no menu {name}"));
            button.popup();
            screenshot(&format!("screen-menu-{place}"));
            button.popdown();
        }

        guest.destroy();
        until("the machine to be off", || says(tab.tab.widget(), "vm is off"));
        guest.start();
        tab.has_picture();
    });
}

#[test]
fn a_password_in_the_definition_opens_the_screen_without_a_question() {
    on_gtk(|| {
        let daemon = Daemon::start();
        let guest = guest(
            &daemon,
            "<graphics type='vnc' autoport='yes' listen='127.0.0.1' passwd='secret'/>",
        );
        let tab = Tab::open(&daemon, &guest);
        tab.has_picture();
    });
}

#[test]
fn a_spice_machine_shows_its_screen_too() {
    on_gtk(|| {
        let daemon = Daemon::start();
        let guest = guest(&daemon, "<graphics type='spice'><listen type='none'/></graphics>");
        let tab = Tab::open(&daemon, &guest);
        let screen = tab.has_picture();
        screenshot("screen-spice");
        screen.hold();
        until("the key in the guest", || {
            press("b");
            log(&daemon).contains("key qcode b, down 1")
        });
    });
}

#[test]
fn a_window_of_its_own_takes_the_screen_and_full_screen_gives_it_back() {
    on_gtk(|| {
        let daemon = Daemon::start();
        let guest = guest(&daemon, "<graphics type='vnc'><listen type='none'/></graphics>");
        let tab = Tab::open(&daemon, &guest);
        let screen = tab.has_picture();
        let act = |name: &str| {
            let parent = screen.parent().expect("a place");
            parent.activate_action(name, None).expect(name);
        };
        let in_tab = || screen.root().as_ref() == Some(tab.window.upcast_ref());
        act("display.window");
        until("a window of its own", || !in_tab());
        until("the picture there", || screen.is_mapped());
        screenshot("screen-window");
        assert!(tab.core.settings().console_settings(tab.key).torn_off);
        act("display.window");
        until("the screen in its tab", in_tab);
        assert!(!tab.core.settings().console_settings(tab.key).torn_off);

        act("display.fullscreen");
        until("full screen", || !in_tab());
        screenshot("screen-full");
        until("the picture again", || {
            screen.is_mapped() && screen.picture_size().is_some()
        });
        // Without a window manager nothing fills the monitor.
        let window = screen.root().and_downcast::<gtk::Window>().expect("a window");
        let begun = Instant::now();
        until("full screen, or nobody who does it", || {
            window.is_fullscreen() || begun.elapsed() > Duration::from_secs(3)
        });
        if window.is_fullscreen() {
            act("display.fullscreen");
            until("the screen in its tab again", in_tab);
        }
    });
}
