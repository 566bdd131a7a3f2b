//! What a tab says and offers when something is in its way.

use std::process::Stdio;
use std::time::Duration;

use relm4::adw::prelude::AdwWindowExt;
use relm4::{ComponentController, gtk};
use vireo::ui::vm::{Page, VmMsg};
use vte4::prelude::*;

use crate::desk::{Desk, connect};
use crate::support::widgets::{find, on_gtk, until};
use crate::support::{Daemon, wait_for};

#[test]
fn lost_host_is_told_on_the_tab_and_its_console_comes_back() {
    on_gtk(|| {
        let daemon = Daemon::start();
        let guest = daemon.guest("vm").start();
        guest.wait_ready();
        let (core, key) = connect(&daemon, &guest);
        let desk = Desk::open(&core, key, Page::Console);
        desk.answers("before");
        daemon.kill9();
        desk.sees("private");
        until("the banner", || {
            desk.has_text("lost") || desk.has_text("Connecting to") || desk.has_text("not connected")
        });
        assert!(desk.output().contains("42-before"), "what was printed is gone");
        daemon.restart();
        until("the connection", || {
            core.store()
                .host(key.host)
                .is_some_and(|host| host.status.is_connected())
        });
        desk.answers("after");
        until("the banner to go", || !desk.has_text("private"));
    });
}

#[test]
fn console_held_by_another_program_is_taken_over_on_request_alone() {
    on_gtk(|| {
        let daemon = Daemon::start();
        let guest = daemon.guest("vm").start();
        guest.wait_ready();
        let (core, key) = connect(&daemon, &guest);
        let hold = || {
            std::process::Command::new("script")
                .args([
                    "-qefc",
                    &format!("virsh -q -c '{}' console vm", daemon.uri_qemu()),
                    "/dev/null",
                ])
                .stdin(Stdio::piped())
                .stdout(Stdio::null())
                .stderr(Stdio::null())
                .spawn()
                .expect("virsh console")
        };
        let mut holder = hold();
        let host = crate::support::Host::connect(&daemon.uri_qemu());
        // Held as soon as a second opener is refused; an opener that succeeds lets go at once.
        wait_for("virsh to hold the console", Duration::from_secs(20), || {
            // One of those openers was faster: virsh tries once.
            if holder.try_wait().expect("its state").is_some() {
                holder = hold();
            }
            let (client, uuid) = (host.client.clone(), guest.uuid);
            crate::support::block_on("an answer", Duration::from_secs(10), async move {
                client.open_console(uuid, None, false).await
            })
            .is_err()
            .then_some(())
        });
        host.close();

        let desk = Desk::open(&core, key, Page::Console);
        desk.sees("The console is in use");
        assert!(
            holder.try_wait().expect("its state").is_none(),
            "virsh was pushed out without a question"
        );
        desk.click("Take Over");
        desk.answers("mine");
        holder.kill().expect("its end");
        holder.wait().expect("its end");
    });
}

#[test]
fn second_serial_port_can_be_chosen_and_read() {
    on_gtk(|| {
        let daemon = Daemon::start();
        let guest = daemon.guest("vm").serial_ports(2).start();
        guest.wait_ready();
        wait_for("the second shell", Duration::from_secs(60), || {
            guest.serial_log(1).contains("ready").then_some(())
        });
        let (core, key) = connect(&daemon, &guest);
        let desk = Desk::open(&core, key, Page::Console);
        let chooser = || {
            find::<gtk::MenuButton>(desk.tab.widget(), &|button| {
                button.is_mapped()
                    && button
                        .tooltip_text()
                        .is_some_and(|tip| tip == "Consoles of the machine")
            })
        };
        until("the chooser", || chooser().is_some());
        desk.answers("port-one");
        chooser().expect("the chooser").popup();
        let entry = || {
            find::<gtk::CheckButton>(desk.tab.widget(), &|entry| {
                find::<gtk::Label>(entry, &|label| label.text() == "Serial 2").is_some()
            })
        };
        until("the list", || entry().is_some_and(|entry| entry.is_mapped()));
        entry().expect("an entry").set_active(true);
        until("an empty terminal", || !desk.output().contains("port-one"));
        desk.answers("port-two");
        assert!(
            guest.serial_log(1).contains("42-port-two"),
            "it was typed on the other port"
        );
        assert!(!guest.serial_log(0).contains("port-two"));
    });
}

#[test]
fn memory_of_a_guest_that_does_not_tell_is_said_to_be_what_the_host_holds() {
    on_gtk(|| {
        let daemon = Daemon::start();
        // Nothing runs in it that could load a balloon driver.
        let guest = daemon.guest("silent").empty().start();
        let (core, key) = connect(&daemon, &guest);
        let desk = Desk::open(&core, key, Page::Overview);
        desk.sees("What the host holds for it.");
        until("the figure itself", || {
            core.store()
                .domain(key)
                .is_some_and(|domain| domain.load.memory_used_kib.is_some_and(|used| used > 0))
        });
    });
}

#[test]
fn guest_that_ignores_the_shutdown_can_be_forced_off_from_the_tab() {
    on_gtk(|| {
        let daemon = Daemon::start();
        // Nothing runs in it that could hear the power button.
        let guest = daemon.guest("deaf").empty().start();
        let (core, key) = connect(&daemon, &guest);
        core.settings().set_confirms("force-off", false);
        let desk = Desk::open(&core, key, Page::Overview);
        core.perform(key, vireo::model::action::DomainAction::Shutdown(Default::default()));
        desk.sees("shutting down…");
        desk.tab.emit(VmMsg::PatienceOver);
        desk.sees("has not answered the request to shut down");
        desk.click("Force Off");
        until("the machine to be off", || {
            core.store().domain(key).is_some_and(|domain| !domain.state.is_active())
        });
        until("the banner to go", || !desk.has_text("has not answered"));
    });
}

#[test]
fn font_and_scrollback_follow_the_settings_of_a_console_that_is_open() {
    on_gtk(|| {
        let daemon = Daemon::start();
        let guest = daemon.guest("vm").empty().define();
        let (core, key) = connect(&daemon, &guest);
        let desk = Desk::open(&core, key, Page::Console);
        let settings = core.settings().backend();
        settings.set_uint("console-scrollback", 4321).expect("to set");
        settings.set_string("console-font", "Monospace 17").expect("to set");
        until("the scroll-back", || desk.terminal().scrollback_lines() == 4321);
        until("the font", || {
            desk.terminal()
                .font()
                .is_some_and(|font| font.size() == 17 * gtk::pango::SCALE)
        });
    });
}

#[test]
fn keyboard_is_at_the_console_when_it_was_chosen_after_the_overview() {
    on_gtk(|| {
        let daemon = Daemon::start();
        let guest = daemon.guest("vm").empty().start();
        let (core, key) = connect(&daemon, &guest);
        let desk = Desk::open(&core, key, Page::Overview);
        let typed_at = || gtk::prelude::RootExt::focus(&desk.window);
        for round in ["the first time", "the second time"] {
            let elsewhere = find::<gtk::ToggleButton>(desk.tab.widget(), &|button| button.is_mapped());
            assert!(elsewhere.expect("a button").grab_focus());
            desk.page(Page::Console);
            until(round, || {
                desk.has_terminal() && typed_at().as_ref() == Some(desk.terminal().upcast_ref())
            });
            desk.page(Page::Overview);
            until("the overview", || !desk.terminal().is_mapped());
        }
    });
}

#[test]
fn buttons_of_a_tab_that_was_dragged_out_and_let_go_still_work() {
    on_gtk(|| {
        let daemon = Daemon::start();
        let guest = daemon.guest("vm").empty().start();
        let (core, key) = connect(&daemon, &guest);
        let desk = Desk::open(&core, key, Page::Overview);
        let pause = || {
            find::<gtk::Button>(desk.tab.widget(), &|button| {
                button.action_name().is_some_and(|name| name == "machine.pause")
            })
        };
        let usable = || pause().is_some_and(|button| button.is_sensitive() && button.is_mapped());
        until("the button", usable);
        desk.window.set_content(gtk::Widget::NONE);
        desk.tab.emit(VmMsg::Changed);
        until("the button to be away", || {
            pause().is_some_and(|button| !button.is_mapped())
        });
        desk.window.set_content(Some(desk.tab.widget()));
        until("the button again", usable);
    });
}

#[test]
fn console_stays_closed_while_the_overview_opens() {
    on_gtk(|| {
        let daemon = Daemon::start();
        let guest = daemon.guest("vm").empty().start();
        let (core, key) = connect(&daemon, &guest);
        let desk = Desk::open(&core, key, Page::Overview);
        assert!(desk.window.is_mapped() && !desk.has_terminal());
    });
}
