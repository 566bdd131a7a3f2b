//! A machine's tab on a real guest: the console is typed on and read, follows the machine through stop and start, and the
//! overview gets its figures. Needs a display (`scripts/headless cargo test --test machine_tab`).

mod support;

#[path = "machine_tab/attack.rs"]
mod attack;
#[path = "machine_tab/beside.rs"]
mod beside;
#[path = "machine_tab/desk.rs"]
mod desk;
#[path = "machine_tab/trouble.rs"]
mod trouble;

use desk::{Desk, connect};
use support::Daemon;
use support::widgets::{on_gtk, until};
use vireo::ui::vm::Page;

#[test]
fn console_answers_and_follows_the_machine_while_overview_fills() {
    on_gtk(|| {
        let daemon = Daemon::start();
        let guest = daemon.guest("vm").vcpus(2).disk_mib(64).nic().start();
        guest.wait_ready();
        let (core, key) = connect(&daemon, &guest);
        let desk = Desk::open(&core, key, Page::Console);
        desk.answers("first");

        desk.page(Page::Overview);
        until("figures of the machine", || {
            core.store().history(key).is_some_and(|history| history.len() >= 4)
        });
        desk.sees(" requests/s");
        desk.page(Page::Console);

        guest.virsh("destroy", &[]);
        desk.sees("vm is off");
        guest.virsh("start", &[]);
        until("the machine to run", || {
            core.store().domain(key).is_some_and(|domain| domain.state.is_running())
        });
        guest.wait_ready();
        until("the console to come back", || !desk.has_text("vm is off"));
        desk.answers("again");

        guest.virsh("destroy", &[]);
        guest.virsh("undefine", &[]);
        desk.sees("removed");
    });
}
