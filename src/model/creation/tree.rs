//! Where distributions have kernel and memory disk in their installation trees.

/// Kernel and memory disk relative to the tree, for an architecture as libvirt names it.
#[must_use]
pub fn places(arch: &str) -> Vec<(String, String)> {
    let debian = match arch {
        "x86_64" => "amd64",
        "i686" => "i386",
        "aarch64" => "arm64",
        "armv7l" => "armhf",
        "ppc64le" | "ppc64" => "ppc64el",
        other => other,
    };
    let netboot = format!("netboot/debian-installer/{debian}/");
    let both = |folder: &str, kernel: &str, initrd: &str| (format!("{folder}{kernel}"), format!("{folder}{initrd}"));
    vec![
        // Fedora, Red Hat and those after them.
        both("images/pxeboot/", "vmlinuz", "initrd.img"),
        both("ppc/ppc64/", "vmlinuz", "initrd.img"),
        both("images/", "kernel.img", "initrd.img"),
        // Debian: the release, the folder of the installer, an unpacked netboot.tar.gz.
        both(
            &format!("main/installer-{debian}/current/images/{netboot}"),
            "linux",
            "initrd.gz",
        ),
        both(&format!("current/images/{netboot}"), "linux", "initrd.gz"),
        both(&netboot, "linux", "initrd.gz"),
        both(&format!("debian-installer/{debian}/"), "linux", "initrd.gz"),
        both(&format!("install.{debian}/"), "vmlinuz", "initrd.gz"),
        both("install/", "vmlinuz", "initrd.gz"),
        // Ubuntu's live server, on its image or in its netboot folder.
        both("casper/", "vmlinuz", "initrd"),
        both(&format!("{debian}/"), "linux", "initrd"),
        // SUSE.
        both(&format!("boot/{arch}/loader/"), "linux", "initrd"),
        both(&format!("boot/{arch}/"), "linux", "initrd"),
        // Arch, Alpine.
        both(&format!("arch/boot/{arch}/"), "vmlinuz-linux", "initramfs-linux.img"),
        both("boot/", "vmlinuz-lts", "initramfs-lts"),
        both("", "linux", "initrd.gz"),
        both("", "vmlinuz", "initrd.img"),
    ]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn debian_names_architectures_in_its_own_way() {
        let has = |arch: &str, kernel: &str| places(arch).iter().any(|(path, _)| path == kernel);
        assert!(has("x86_64", "debian-installer/amd64/linux"));
        assert!(has("aarch64", "current/images/netboot/debian-installer/arm64/linux"));
        assert!(has("s390x", "boot/s390x/linux"));
    }
}
