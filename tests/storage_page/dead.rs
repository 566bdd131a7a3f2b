//! A server that does not answer: NFS of a real daemon, with a `mount` that waits.

use gtk4::prelude::*;
use libadwaita as adw;
use libadwaita::prelude::*;
use vireo::model::host::HostConfig;

use super::support::SystemDaemon;
use super::support::core::connected;
use super::support::widgets::{all, button, dialog, dialog_called, entry, picture, says, until};
use super::{Desk, answer, titled};

/// Lets `mount` wait until it is told to answer, and fail then.
const SILENT: &str = r#"
cat >/run/silent-mount <<'END'
#!/bin/sh
while [ ! -e /run/answer ]; do sleep 0.1; done
echo 'mount.nfs: Connection timed out' >&2
exit 32
END
chmod 755 /run/silent-mount
mount --bind /run/silent-mount /usr/bin/mount
"#;

/// The page stays alive, the other pool can be used, and nobody has to wait.
pub fn a_server_that_is_silent_holds_up_only_its_own_pool() {
    let Some(daemon) = SystemDaemon::start() else { return };
    daemon.inside("mkdir -p /var/lib/libvirt/good /var/lib/libvirt/share && echo x >/var/lib/libvirt/good/data.img");
    daemon.virsh(&["pool-create-as", "good", "dir", "--target", "/var/lib/libvirt/good"]);
    let share = [
        "--source-host",
        "192.0.2.1",
        "--source-path",
        "/srv",
        "--target",
        "/var/lib/libvirt/share",
    ];
    daemon.virsh(&[&["pool-define-as", "share", "netfs"][..], &share[..]].concat());
    daemon.inside(SILENT);
    let (core, host) = connected(HostConfig::new("system", daemon.uri()));
    let desk = Desk::show(core, host);
    until("the pool that is off", || {
        desk.go("share");
        says(&desk.page, "The pool is off")
    });
    desk.act("pool.start");
    until("the start", || says(&desk.page, "The host is at work…"));
    // Meanwhile the other one is there as ever.
    desk.go("good");
    until("the other pool", || desk.lines() == 1 && says(&desk.page, "1 volume"));
    desk.go("share");
    until("the reason", || {
        says(&desk.page, "A server or device of this pool may be off")
    });
    picture("storage-silent", &desk.window);
    button(&desk.page, "Stop Waiting").expect("a way out").emit_clicked();
    until("the end of the waiting", || says(&desk.page, "The pool is off"));
    desk.go("good");
    until("the other pool", || desk.lines() == 1);
    daemon.inside("touch /run/answer");
    until_it_can_be_read(&daemon);
    // Whoever has not waited is told in the end, too.
    until("what came of it", || dialog().is_some());
    let told = dialog().expect("what came of it");
    assert_eq!(told.heading().as_deref(), Some("share could not be started"));
    let close = told.close_response();
    answer(&told, &close);

    // Whoever waits is told what came of it, and what to look at.
    daemon.inside("rm /run/answer");
    desk.go("share");
    until("the pool that is off", || says(&desk.page, "The pool is off"));
    desk.act("pool.start");
    until("the start", || says(&desk.page, "The host is at work…"));
    daemon.inside("touch /run/answer");
    until("the answer", || dialog().is_some());
    let told = dialog().expect("the answer");
    assert_eq!(told.heading().as_deref(), Some("share could not be started"));
    assert!(says(&told, "Is its server on"), "{}", told.body());
    assert!(
        !says(&told, "system does not answer"),
        "the host has answered: {}",
        told.body()
    );
    picture("storage-silent-answer", &told);
    let close = told.close_response();
    answer(&told, &close);
    until("the pool that is off", || says(&desk.page, "The pool is off"));

    // A new one: the form says what it waits for, and Cancel does not.
    daemon.inside("rm /run/answer");
    desk.act("pool.new");
    until("the window", || titled("New Storage Pool").is_some());
    let form = titled("New Storage Pool").expect("the window");
    all::<adw::ComboRow>(&form).remove(0).set_selected(2);
    entry(&form, "Server").set_text("192.0.2.2");
    entry(&form, "Folder on the server").set_text("/srv/media");
    assert_eq!(entry(&form, "Name").text(), "media");
    button(&form, "Create").expect("a button").emit_clicked();
    until("the reason", || says(&form, "A server or device may be off"));
    button(&form, "Cancel").expect("a button").emit_clicked();
    until("the window to go", || titled("New Storage Pool").is_none());
    daemon.inside("touch /run/answer");
    let told = dialog_called("media could not be made");
    let close = told.close_response();
    answer(&told, &close);
    assert_eq!(
        daemon
            .virsh(&["pool-list", "--all", "--name"])
            .split_whitespace()
            .count(),
        2,
        "nothing stays"
    );
    desk.window.destroy();
}

/// libvirt holds the pool until `mount` has ended.
fn until_it_can_be_read(daemon: &SystemDaemon) {
    assert!(daemon.virsh(&["pool-info", "share"]).contains("inactive"));
}
