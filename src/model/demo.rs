//! The demo: a small fleet for libvirt's own test driver, and a generator of large ones for trying scale.
//!
//! Nothing is faked in Vireo itself: the demo is an ordinary connection to a driver that keeps its machines in memory.

use std::fmt::Write as _;
use std::fs;
use std::io::{self, Write as _};
use std::os::unix::ffi::OsStrExt;
use std::os::unix::fs::{DirBuilderExt, OpenOptionsExt};
use std::path::{Path, PathBuf};

/// The fleet of the demo, as the test driver reads it.
pub const FLEET: &str = include_str!("../../data/demo.xml");

/// Largest number of machines that [`scaled`] makes.
pub const MAX_SCALE: u32 = 100_000;

/// Roles of generated machines: name, title, tag, vCPUs, memory in MiB.
const ROLES: [(&str, &str, &str, u32, u32); 8] = [
    ("web", "Front end", "web", 2, 2048),
    ("app", "Application server", "app", 4, 8192),
    ("db", "Database", "database", 8, 32768),
    ("cache", "Cache", "app", 2, 4096),
    ("build", "Build agent", "dev", 8, 16384),
    ("mail", "Mail gateway", "mail", 2, 4096),
    ("desk", "Virtual desktop", "desktop", 4, 8192),
    ("lab", "Experiment", "lab", 1, 1024),
];

/// A fleet of `count` machines: same input, same fleet. About three of five run, some are paused, the rest is off.
#[must_use]
pub fn scaled(count: u32) -> String {
    let count = count.min(MAX_SCALE);
    let mut xml = String::with_capacity(900 * count as usize + 512);
    xml.push_str(
        "<node><cpu><mhz>3000</mhz><model>x86_64</model><active>128</active><nodes>2</nodes><sockets>2</sockets>\
         <cores>32</cores><threads>2</threads></cpu><memory>1073741824</memory>",
    );
    for index in 1..=count {
        let (role, title, tag, vcpus, memory) = ROLES[index as usize % ROLES.len()];
        // Any fixed mixing will do: neighbours should differ.
        let mixed = index.wrapping_mul(2_654_435_761) >> 16;
        let state = match mixed % 20 {
            0..=11 => 1,
            12 => 3,
            _ => 5,
        };
        let mac = [(index >> 16) & 0xff, (index >> 8) & 0xff, index & 0xff];
        let _ = write!(
            xml,
            "<domain type='test' xmlns:test='http://libvirt.org/schemas/domain/test/1.0'><name>{role}-{index:05}</name>\
             <uuid>de300000-0000-4000-8000-{index:012x}</uuid><title>{title} {index}</title>\
             <metadata><vireo:tags xmlns:vireo='https://vireo-vm.github.io/ns/1'><vireo:tag>{tag}</vireo:tag></vireo:tags></metadata>\
             <memory unit='MiB'>{memory}</memory><vcpu>{vcpus}</vcpu><os><type arch='x86_64'>hvm</type></os>\
             <test:runstate>{state}</test:runstate><devices><disk type='file' device='disk'><driver name='qemu' type='qcow2'/>\
             <source file='/var/lib/libvirt/images/{role}-{index:05}.qcow2'/><target dev='vda' bus='virtio'/></disk>\
             <interface type='network'><mac address='52:54:00:{:02x}:{:02x}:{:02x}'/><source network='default'/>\
             <model type='virtio'/></interface><memballoon model='virtio'/></devices></domain>",
            mac[0], mac[1], mac[2]
        );
    }
    // With an address: asked for a guest's, the test driver of libvirt 11.3 follows NULL in a network without one.
    xml.push_str(
        "<network><name>default</name><bridge name='virbr0'/><ip address='10.0.0.1' netmask='255.0.0.0'/></network></node>",
    );
    xml
}

/// Writes the demo (or a generated fleet) where only this user can read it and returns its libvirt URI.
///
/// # Errors
/// When there is no place to write to.
pub fn open(scale: Option<u32>) -> io::Result<String> {
    let (name, text) = match scale {
        None => ("demo.xml".to_owned(), FLEET.to_owned()),
        Some(count) => (format!("demo-{count}.xml"), scaled(count)),
    };
    let path = write_private(&private_directory()?, &name, &text)?;
    Ok(uri_of(&path))
}

/// Whether a URI is one that [`open`] gave.
#[must_use]
pub fn is_demo(uri: &str) -> bool {
    private_directory().is_ok_and(|folder| uri.starts_with(&format!("{}/demo", uri_of(&folder))))
}

/// A folder of our own, in the runtime directory or in the cache.
fn private_directory() -> io::Result<PathBuf> {
    let variable = |name: &str| {
        std::env::var_os(name)
            .map(PathBuf::from)
            .filter(|path| path.is_absolute())
    };
    let base = variable("XDG_RUNTIME_DIR")
        .filter(|path| path.is_dir())
        .or_else(|| variable("XDG_CACHE_HOME"))
        .or_else(|| variable("HOME").map(|home| home.join(".cache")))
        .ok_or_else(|| io::Error::new(io::ErrorKind::NotFound, "no runtime, cache or home directory"))?;
    Ok(base.join("vireo"))
}

fn write_private(folder: &Path, name: &str, text: &str) -> io::Result<PathBuf> {
    fs::DirBuilder::new().recursive(true).mode(0o700).create(folder)?;
    let path = folder.join(name);
    let draft = folder.join(format!(".{name}.{}", std::process::id()));
    let mut file = fs::OpenOptions::new()
        .write(true)
        .create(true)
        .truncate(true)
        .mode(0o600)
        .open(&draft)?;
    file.write_all(text.as_bytes())?;
    drop(file);
    // Another Vireo may be reading the old one: replaced as a whole.
    fs::rename(&draft, &path)?;
    Ok(path)
}

/// `test:///PATH`, with what has a meaning in a URI escaped.
fn uri_of(path: &Path) -> String {
    let mut uri = String::from("test://");
    for &byte in path.as_os_str().as_bytes() {
        if byte.is_ascii_alphanumeric() || b"/-._~".contains(&byte) {
            uri.push(char::from(byte));
        } else {
            let _ = write!(uri, "%{byte:02X}");
        }
    }
    uri
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_generated_machine_has_a_uuid_and_a_name_of_its_own() {
        let xml = scaled(3_000);
        let between = |open: &str, close: &str| -> std::collections::HashSet<String> {
            xml.split(open)
                .skip(1)
                .filter_map(|rest| Some(rest.split_once(close)?.0.to_owned()))
                .collect()
        };
        assert_eq!(between("<uuid>", "</uuid>").len(), 3_000);
        assert_eq!(
            between("<name>", "</name>").len(),
            3_001,
            "the machines and the network"
        );
    }

    #[test]
    fn a_path_with_spaces_and_marks_stays_one_path() {
        assert_eq!(uri_of(Path::new("/a b/ü?#.xml")), "test:///a%20b/%C3%BC%3F%23.xml");
    }

    #[test]
    fn the_file_is_private_and_replaced_as_a_whole() {
        use std::os::unix::fs::PermissionsExt;
        let home = tempfile::tempdir().expect("a directory");
        let folder = home.path().join("vireo");
        for text in ["long text", "short"] {
            let path = write_private(&folder, "demo.xml", text).expect("written");
            assert_eq!(fs::read_to_string(&path).expect("readable"), text);
            assert_eq!(fs::metadata(&path).expect("there").permissions().mode() & 0o777, 0o600);
        }
        assert_eq!(fs::read_dir(&folder).expect("there").count(), 1, "no draft is left");
    }
}
