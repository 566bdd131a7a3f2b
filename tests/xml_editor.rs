//! XML on screen: differences, the editor, the page of a machine. Needs a display
//! (`scripts/headless cargo test --test xml_editor`). With `VIREO_PICTURES` a folder, pictures are left in it.

mod support;

#[path = "xml_editor/stage.rs"]
mod stage;

use gtk4::prelude::*;
use stage::{Stage, on_gtk};
use vireo::ui::xml::diff;

const MACHINE: &str = include_str!("xml_editor/machine.xml");

#[test]
fn differences_stand_beside_each_other_and_passwords_are_hidden() {
    on_gtk(|| {
        let after = MACHINE
            .replace("<memory unit='KiB'>2097152", "<memory unit='KiB'>4194304")
            .replace("swordfish", "trout")
            .replace("cache='none'", "cache='writeback' discard='unmap'")
            .replace("    <memballoon model='virtio'/>\n", "")
            .replace("  </devices>", "    <rng model='virtio'>\n      <backend model='random'>/dev/urandom</backend>\n    </rng>\n  </devices>");
        let view = diff::view(MACHINE, &after);
        let stage = Stage::new(&view, 900, 620);
        stage.sees("A password changes; it is not shown.");
        stage.sees("disk vda");
        stage.sees("4194304");
        assert!(!stage.has_text("swordfish") && !stage.has_text("trout"));
        assert!(stage.has_text("Before"), "two columns where there is room");
        stage.picture("diff");
        stage.window.set_default_size(360, 620);
        stage.waits("one column where there is none", |stage| !stage.has_text("Before"));
        stage.sees("4194304");
        stage.picture("diff-narrow");
    });
}
