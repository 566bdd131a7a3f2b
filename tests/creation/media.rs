//! Media that boot the small guest of the tests: made with isolinux, as distributions make theirs.

use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::process::Command;

use crate::support;

/// Where distributions have isolinux: the loader, and the module that it needs.
const LOADERS: &[(&str, &str)] = &[
    (
        "/usr/lib/ISOLINUX/isolinux.bin",
        "/usr/lib/syslinux/modules/bios/ldlinux.c32",
    ),
    ("/usr/share/syslinux/isolinux.bin", "/usr/share/syslinux/ldlinux.c32"),
    (
        "/usr/lib/syslinux/bios/isolinux.bin",
        "/usr/lib/syslinux/bios/ldlinux.c32",
    ),
];

/// Makes the medium in a folder.
#[track_caller]
pub fn bootable(folder: &Path) -> PathBuf {
    let (loader, module) = LOADERS
        .iter()
        .find(|(loader, module)| Path::new(loader).exists() && Path::new(module).exists())
        .expect("isolinux (scripts/install-deps installs it)");
    let root = folder.join("medium");
    std::fs::create_dir_all(&root).unwrap();
    for (from, to) in [
        (Path::new(loader).to_owned(), "isolinux.bin"),
        (Path::new(module).to_owned(), "ldlinux.c32"),
        (support::guest_file("vmlinuz"), "vmlinuz"),
        (support::guest_file("initramfs"), "initrd"),
    ] {
        std::fs::copy(&from, root.join(to)).unwrap_or_else(|error| panic!("{}: {error}", from.display()));
    }
    let config = "SERIAL 0 115200\nPROMPT 0\nTIMEOUT 1\nDEFAULT guest\nLABEL guest\n  KERNEL vmlinuz\n  \
                  APPEND initrd=initrd console=ttyS0 quiet panic=-1 tsc=unstable\n";
    std::fs::write(root.join("isolinux.cfg"), config).unwrap();
    let image = folder.join("guest.iso");
    run(Command::new("genisoimage")
        .args([
            "-quiet",
            "-r",
            "-J",
            "-V",
            "GUEST",
            "-b",
            "isolinux.bin",
            "-c",
            "boot.cat",
        ])
        .args(["-no-emul-boot", "-boot-load-size", "4", "-boot-info-table", "-o"])
        .arg(&image)
        .arg(&root));
    open(&image);
    image
}

/// The medium as a disk that boots.
#[track_caller]
pub fn disk(medium: &Path) -> PathBuf {
    let image = medium.with_file_name("guest.img");
    std::fs::copy(medium, &image).unwrap();
    run(Command::new("isohybrid").arg(&image));
    open(&image);
    image
}

/// A disk as a qcow2 image with a name that does not say so.
#[track_caller]
pub fn packed(disk: &Path) -> PathBuf {
    let image = disk.with_file_name("packed.img");
    run(Command::new("qemu-img")
        .args(["convert", "-f", "raw", "-O", "qcow2"])
        .arg(disk)
        .arg(&image));
    open(&image);
    image
}

/// An image with xz around it.
#[track_caller]
pub fn compressed(image: &Path) -> PathBuf {
    let packed = image.with_file_name("noble.img.xz");
    let output = std::fs::File::create(&packed).unwrap();
    run(Command::new("xz").args(["-0", "-c"]).arg(image).stdout(output));
    open(&packed);
    packed
}

/// Lets the hypervisor's user read and write it.
fn open(image: &Path) {
    std::fs::set_permissions(image, std::fs::Permissions::from_mode(0o666)).unwrap();
}

#[track_caller]
fn run(command: &mut Command) {
    let output = command.stderr(std::process::Stdio::piped()).spawn();
    let output = output.and_then(std::process::Child::wait_with_output);
    let output = output.unwrap_or_else(|error| panic!("{command:?}: {error}"));
    assert!(
        output.status.success(),
        "{command:?}: {}",
        String::from_utf8_lossy(&output.stderr)
    );
}
