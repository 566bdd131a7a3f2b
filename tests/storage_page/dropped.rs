//! Files that are dropped on a pool.

use std::fs;

use gtk4 as gtk;
use gtk4::gdk;
use gtk4::prelude::*;
use vireo::model::host::HostConfig;

use super::Desk;
use super::support::core::connected;
use super::support::widgets::{all, picture, says, until};
use super::support::{Daemon, private_state};

const MIB: usize = 1 << 20;

/// Drops files as GTK does after it has read what was offered.
fn drop_on(desk: &Desk, files: &[gio::File]) -> bool {
    let targets = all::<gtk::Widget>(&desk.page).into_iter().flat_map(|widget| {
        let controllers = widget.observe_controllers();
        (0..controllers.n_items()).filter_map(move |at| controllers.item(at).and_downcast::<gtk::DropTarget>())
    });
    let target = targets
        .filter(|target| target.types().contains(&gdk::FileList::static_type()))
        .last();
    let target = target.expect("a place to drop files on");
    let list = gdk::FileList::from_array(files);
    target.emit_by_name::<bool>("drop", &[&glib::BoxedValue(list.to_value()), &40.0_f64, &40.0_f64])
}

/// They are uploaded, seen while they are, and leave nothing where that is cancelled.
pub fn files_that_are_dropped_become_volumes() {
    private_state();
    let daemon = Daemon::start_prepared("", |folder| fs::create_dir(folder.join("images")).expect("a folder"));
    let folder = daemon.directory().join("images");
    let uri = daemon.uri_qemu();
    daemon.virsh(
        &uri,
        &[
            "pool-create-as",
            "images",
            "dir",
            "--target",
            &folder.display().to_string(),
        ],
    );
    let (core, host) = connected(HostConfig::new("daemon", uri));
    let desk = Desk::show(core, host);
    until("the pool", || says(&desk.page, "No volumes"));

    let here = tempfile::tempdir().expect("a folder");
    let files = ["one.iso", "two.img"].map(|name| here.path().join(name));
    for (file, byte) in files.iter().zip([1, 2]) {
        fs::write(file, vec![byte; MIB]).expect("a file");
    }
    assert!(drop_on(&desk, &files.each_ref().map(gio::File::for_path)));
    until("both volumes", || desk.lines() == 2);
    until("the word", || says(&desk.page, "2 files were uploaded to images."));
    picture("storage-dropped", &desk.window);
    for file in &files {
        let there = folder.join(file.file_name().expect("a name"));
        assert!(
            fs::read(there).expect("a volume") == fs::read(file).expect("a file"),
            "other bytes"
        );
    }

    // The same name again becomes another volume; cancelled, it goes.
    fs::write(&files[0], vec![3; 300 * MIB]).expect("a file");
    assert!(drop_on(&desk, &[gio::File::for_path(&files[0])]));
    let ongoing = || {
        let operations = desk.core.operations();
        operations
            .into_iter()
            .find(vireo::model::operation::Operation::is_ongoing)
    };
    until("the upload in the list of jobs", || ongoing().is_some());
    until("its volume", || folder.join("one-1.iso").exists());
    let job = ongoing().expect("an upload that takes a while");
    assert!(job.title.contains("one-1.iso") && job.can_cancel, "{job:?}");
    desk.core.cancel_operation(job.id);
    until("the end of it", || ongoing().is_none());
    until("it to be gone", || !folder.join("one-1.iso").exists());
    until("the old ones", || desk.lines() == 2);
    assert!(fs::read(folder.join("one.iso")).expect("a volume").len() == MIB);

    // Nothing is taken where there is no file.
    assert!(!drop_on(&desk, &[gio::File::for_uri("http://127.0.0.1:1/image")]));
    desk.window.destroy();
}
