use std::fs::File;
use std::io::Write;
use std::process::Command;

use super::*;
use crate::model::conversion::{Compression, ImageFormat};

const OVF: &str = r#"<Envelope xmlns="http://schemas.dmtf.org/ovf/envelope/1" xmlns:ovf="http://schemas.dmtf.org/ovf/envelope/1"
    xmlns:rasd="http://schemas.dmtf.org/wbem/wscim/1/cim-schema/2/CIM_ResourceAllocationSettingData">
  <References><File ovf:href="disk.vmdk" ovf:id="f1"/></References>
  <DiskSection><Info/><Disk ovf:capacity="4194304" ovf:diskId="d1" ovf:fileRef="f1"/></DiskSection>
  <VirtualSystem ovf:id="web"><Name>web</Name><VirtualHardwareSection>
    <Item><rasd:ResourceType>4</rasd:ResourceType><rasd:VirtualQuantity>64</rasd:VirtualQuantity></Item>
    <Item><rasd:HostResource>ovf:/disk/d1</rasd:HostResource><rasd:ResourceType>17</rasd:ResourceType></Item>
  </VirtualHardwareSection></VirtualSystem></Envelope>"#;

/// A disk of 4 MiB with something in it.
fn raw(folder: &Path) -> PathBuf {
    let path = folder.join("raw.img");
    let mut bytes = vec![0; 4 << 20];
    for (at, byte) in bytes.iter_mut().enumerate().skip(1 << 20).take(300_000) {
        *byte = u8::try_from(at % 251).unwrap();
    }
    std::fs::write(&path, bytes).unwrap();
    path
}

fn qemu_img(arguments: &[&str]) {
    let output = Command::new("qemu-img")
        .args(arguments)
        .output()
        .expect("qemu-img (scripts/install-deps)");
    assert!(output.status.success(), "{output:?}");
}

/// The raw disk in another format.
fn made(folder: &Path, format: &str, options: &[&str]) -> PathBuf {
    let (from, to) = (raw(folder), folder.join(format!("disk.{format}")));
    let mut arguments = vec!["convert", "-f", "raw", "-O", format];
    arguments.extend(options);
    arguments.extend([from.to_str().unwrap(), to.to_str().unwrap()]);
    qemu_img(&arguments);
    to
}

/// An archive of named bytes.
fn archive(path: &Path, files: &[(&str, &[u8])]) {
    let mut tar = tar::Builder::new(File::create(path).unwrap());
    for (name, bytes) in files {
        let mut header = tar::Header::new_ustar();
        // `set_path` would refuse what a stranger may write.
        header.as_old_mut().name[..name.len()].copy_from_slice(name.as_bytes());
        header.set_size(bytes.len() as u64);
        header.set_mode(0o644);
        header.set_cksum();
        tar.append(&header, *bytes).unwrap();
    }
    tar.finish().unwrap();
}

/// Imports what there is, and compares it with the raw disk.
fn comes_back(file: &Path, folder: &Path) {
    let appliance = inspect(file).unwrap();
    let out = tempfile::tempdir_in(folder).unwrap();
    let (job, _watch) = Job::new();
    let names = ["out.img".to_owned()];
    let made = convert(file, &appliance, &names, "raw", out.path(), &job).unwrap();
    let read = |path: &Path| std::fs::read(path).unwrap();
    assert!(read(&made[0]) == read(&folder.join("raw.img")), "{}", file.display());
    assert_eq!(std::fs::read_dir(out.path()).unwrap().count(), 1, "nothing else stays");
}

#[test]
fn every_format_is_known_and_comes_back_as_it_was() {
    let folder = tempfile::tempdir().unwrap();
    let cases: [(&str, &[&str], ImageFormat); 7] = [
        ("qcow2", &[], ImageFormat::Qcow2),
        ("vdi", &[], ImageFormat::Vdi),
        ("vhdx", &[], ImageFormat::Vhdx),
        ("vpc", &["-o", "subformat=dynamic,force_size=on"], ImageFormat::Vhd),
        ("vpc", &["-o", "subformat=fixed,force_size=on"], ImageFormat::Vhd),
        ("vmdk", &["-o", "subformat=streamOptimized"], ImageFormat::Vmdk),
        ("vmdk", &[], ImageFormat::Vmdk),
    ];
    for (format, options, known) in cases {
        let path = made(folder.path(), format, options);
        assert_eq!(inspect(&path).unwrap().disks[0].format, known);
        comes_back(&path, folder.path());
    }
    let raw = folder.path().join("raw.img");
    assert_eq!(inspect(&raw).unwrap().disks[0].format, ImageFormat::Raw);
    comes_back(&raw, folder.path());
}

#[test]
fn packed_images_are_unpacked() {
    let folder = tempfile::tempdir().unwrap();
    let path = made(folder.path(), "qcow2", &[]);
    for (program, ending, how) in [("gzip", "gz", Compression::Gzip), ("xz", "xz", Compression::Xz)] {
        assert!(Command::new(program).arg("-k").arg(&path).status().unwrap().success());
        let packed = folder.path().join(format!("disk.qcow2.{ending}"));
        let found = inspect(&packed).unwrap();
        assert_eq!((found.disks[0].compression, found.name.as_str()), (Some(how), "disk"));
        comes_back(&packed, folder.path());
    }
}

#[test]
fn an_ova_brings_its_machine_and_its_sums_are_checked() {
    let folder = tempfile::tempdir().unwrap();
    let disk = std::fs::read(made(folder.path(), "vmdk", &["-o", "subformat=streamOptimized"])).unwrap();
    let sum = |bytes: &[u8]| {
        let (job, _watch) = Job::new();
        parcel::sum(bytes, 0, &job).unwrap()
    };
    let path = folder.path().join("web.ova");
    let list = format!(
        "SHA256(web.ovf)= {}\nSHA256(disk.vmdk)= {}\n",
        sum(OVF.as_bytes()),
        sum(&disk)
    );
    archive(
        &path,
        &[
            ("web.ovf", OVF.as_bytes()),
            ("web.mf", list.as_bytes()),
            ("disk.vmdk", &disk),
        ],
    );
    let found = inspect(&path).unwrap();
    assert_eq!((found.name.as_str(), found.memory), ("web", Some(64 << 20)));
    assert_eq!(found.disks[0].sha256.as_deref(), Some(sum(&disk).as_str()));
    comes_back(&path, folder.path());
    let mut other = disk.clone();
    *other.last_mut().unwrap() ^= 1;
    archive(
        &path,
        &[
            ("web.ovf", OVF.as_bytes()),
            ("web.mf", list.as_bytes()),
            ("disk.vmdk", &other),
        ],
    );
    let found = inspect(&path).unwrap();
    let (job, _watch) = Job::new();
    let error = convert(&path, &found, &["out".into()], "raw", folder.path(), &job).unwrap_err();
    assert_eq!(error.kind, Kind::Invalid);
    assert!(error.message.contains("checksum"), "{}", error.message);
    assert!(!folder.path().join("out").exists());
    // The same in a folder.
    let loose = folder.path().join("loose");
    std::fs::create_dir(&loose).unwrap();
    std::fs::write(loose.join("web.ovf"), OVF).unwrap();
    std::fs::write(loose.join("disk.vmdk"), &disk).unwrap();
    comes_back(&loose.join("web.ovf"), folder.path());
}

#[test]
fn hostile_archives_are_refused() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("web.ova");
    let refused = |files: &[(&str, &[u8])]| {
        archive(&path, files);
        let error = inspect(&path).unwrap_err();
        assert_eq!(error.kind, Kind::Invalid, "{}", error.message);
        error.message
    };
    let ovf = ("web.ovf", OVF.as_bytes());
    for name in ["../disk.vmdk", "/etc/passwd", "a/b", ".hidden"] {
        let said = refused(&[ovf, (name, b"x")]);
        assert!(said.contains(name), "{said}");
    }
    refused(&[ovf, ovf]);
    assert!(refused(&[("disk.vmdk", b"x")]).contains("no description"));
    assert!(refused(&[ovf]).contains("disk.vmdk is missing"));
    assert!(refused(&[ovf, ("other.ovf", OVF.as_bytes()), ("disk.vmdk", b"x")]).contains("several"));
    refused(&[
        ovf,
        ("disk.vmdk", b"# Disk DescriptorFile\nRW 1 FLAT \"/etc/shadow\" 0\n"),
    ]);
    let mut header = tar::Header::new_ustar();
    header.set_path("disk.vmdk").unwrap();
    header.set_entry_type(tar::EntryType::Symlink);
    header.set_link_name("/etc/shadow").unwrap();
    header.set_size(0);
    header.set_cksum();
    let mut tar = tar::Builder::new(File::create(&path).unwrap());
    tar.append(&header, std::io::empty()).unwrap();
    tar.finish().unwrap();
    assert!(inspect(&path).unwrap_err().message.contains("no plain file"));
    // It says that it is longer than it is.
    let mut header = tar::Header::new_ustar();
    header.set_path("web.ovf").unwrap();
    header.set_size(1 << 40);
    header.set_cksum();
    std::fs::write(&path, header.as_bytes()).unwrap();
    assert_eq!(inspect(&path).unwrap_err().kind, Kind::Invalid);
    std::fs::write(&path, b"").unwrap();
    assert_eq!(inspect(&path).unwrap_err().kind, Kind::Invalid);
}

#[test]
fn a_link_in_a_folder_is_no_part_of_a_machine() {
    let folder = tempfile::tempdir().unwrap();
    std::fs::write(folder.path().join("web.ovf"), OVF).unwrap();
    std::os::unix::fs::symlink("/etc/passwd", folder.path().join("disk.vmdk")).unwrap();
    let error = inspect(&folder.path().join("web.ovf")).unwrap_err();
    assert!(error.message.contains("disk.vmdk is missing"), "{}", error.message);
}

#[test]
fn images_that_name_others_or_promise_too_much_are_refused() {
    let folder = tempfile::tempdir().unwrap();
    let base = raw(folder.path());
    let top = folder.path().join("top.qcow2");
    let (base, top_text) = (base.to_str().unwrap(), top.to_str().unwrap());
    qemu_img(&["create", "-f", "qcow2", "-F", "raw", "-b", base, top_text]);
    assert!(inspect(&top).unwrap_err().message.contains("builds on another"));
    let huge = folder.path().join("huge.qcow2");
    qemu_img(&[
        "create",
        "-f",
        "qcow2",
        "-o",
        "cluster_size=2M",
        huge.to_str().unwrap(),
        "100T",
    ]);
    let found = inspect(&huge).unwrap();
    let (job, _watch) = Job::new();
    let error = convert(&huge, &found, &["out".into()], "qcow2", folder.path(), &job).unwrap_err();
    assert!(error.message.contains("64 TiB"), "{}", error.message);
    // A plain disk whose guest wrote a header of another format after it was looked at is opened as plain sectors: here it
    // is one from the begin, and its header is damaged.
    let fake = folder.path().join("fake.img");
    let mut file = File::create(&fake).unwrap();
    file.write_all(b"QFI\xfb").unwrap();
    file.set_len(1 << 20).unwrap();
    assert_eq!(inspect(&fake).unwrap_err().kind, Kind::Invalid);
}

#[test]
fn a_cancel_ends_the_program_and_nothing_is_begun_after_it() {
    let folder = tempfile::tempdir().unwrap();
    let path = made(folder.path(), "qcow2", &[]);
    let found = inspect(&path).unwrap();
    let (job, watch) = Job::new();
    watch.cancel();
    let error = convert(&path, &found, &["out".into()], "raw", folder.path(), &job).unwrap_err();
    assert_eq!(error.kind, Kind::Cancelled);
    let (job, watch) = Job::new();
    let begin = std::time::Instant::now();
    let bounds = program::Bounds::WORK;
    let mut endless = Command::new("sh");
    endless.args(["-c", "echo ready; exec sleep 600"]);
    let error = program::run(IMPORT, &mut endless, bounds, &job, |output| {
        let mut line = [0; 6];
        output.read_exact(&mut line)?;
        watch.cancel();
        std::io::copy(output, &mut std::io::sink()).map(|_| ())
    });
    assert_eq!(error.unwrap_err().kind, Kind::Cancelled);
    assert!(begin.elapsed() < std::time::Duration::from_secs(300));
}

#[test]
fn a_program_that_takes_too_much_is_ended_and_one_that_is_missing_is_named() {
    let (job, _watch) = Job::new();
    let mut greedy = Command::new("sh");
    greedy.args(["-c", "sleep 0.2; a=x; while :; do a=$a$a; done"]);
    let error = program::run(IMPORT, &mut greedy, program::Bounds::LOOK, &job, |output| {
        std::io::copy(output, &mut std::io::sink()).map(|_| ())
    });
    assert_eq!(error.unwrap_err().kind, Kind::Other);
    let mut none = Command::new("no-such-program-of-vireo");
    let error = program::run(IMPORT, &mut none, program::Bounds::LOOK, &job, |_| Ok(())).unwrap_err();
    assert_eq!(error.kind, Kind::Unsupported);
    assert!(error.message.contains("no-such-program-of-vireo"));
}

#[test]
fn a_bundle_flattens_chains_and_is_imported_again() {
    let folder = tempfile::tempdir().unwrap();
    let base = raw(folder.path());
    let top = folder.path().join("top.qcow2");
    qemu_img(&[
        "create",
        "-f",
        "qcow2",
        "-F",
        "raw",
        "-b",
        base.to_str().unwrap(),
        top.to_str().unwrap(),
    ]);
    let copy = folder.path().join("copy.img");
    std::fs::copy(&base, &copy).unwrap();
    let to = folder.path().join("bundle");
    let export = Export::new(&to, |_| Ok(())).unwrap();
    let settings = export.place().join("firmware.fd");
    std::fs::write(&settings, vec![7; 131_072]).unwrap();
    let part = Part {
        target: "vda".into(),
        chain: vec![(top, ImageFormat::Qcow2), (copy, ImageFormat::Raw)],
    };
    let xml = "<domain type='qemu'><name>web</name><devices><disk type='file' device='disk'><target dev='vda' bus='virtio'/></disk></devices></domain>";
    let (job, _watch) = Job::new();
    firmware(&settings, &job).unwrap();
    assert!(!to.exists(), "a bundle has its name only when it is whole");
    bundle(export, "web", xml, &[part], Some("firmware.fd".into()), &job).unwrap();
    assert!(Export::new(&to, |_| Ok(())).is_err(), "nothing is overwritten");
    let mut names: Vec<String> = std::fs::read_dir(&to)
        .unwrap()
        .map(|entry| entry.unwrap().file_name().into_string().unwrap())
        .collect();
    names.sort();
    assert_eq!(names, ["firmware.fd", "machine.json", "machine.xml", "vda.qcow2"]);
    comes_back(&to, folder.path());
    std::fs::write(to.join("machine.xml"), xml.replace("web", "evil")).unwrap();
    assert!(inspect(&to).unwrap_err().message.contains("checksum"));
    let half = folder.path().join("half");
    let mut noted = None;
    let export = Export::new(&half, |path| {
        assert!(!path.exists(), "it is noted before it is made");
        noted = Some(path.to_owned());
        Ok(())
    });
    let place = export.as_ref().unwrap().place().to_owned();
    assert!(
        place.is_dir() && noted == Some(place.clone()),
        "what is noted is what is there"
    );
    drop(export);
    assert!(!half.exists() && !place.exists(), "what is not whole goes");
}

#[test]
fn settings_of_a_firmware_are_exported_as_plain_bytes() {
    let folder = tempfile::tempdir().unwrap();
    let (plain, packed) = (folder.path().join("plain"), folder.path().join("vars.fd"));
    let bytes: Vec<u8> = (0..131_072_u32).map(|at| u8::try_from(at % 253).unwrap()).collect();
    std::fs::write(&plain, &bytes).unwrap();
    qemu_img(&[
        "convert",
        "-f",
        "raw",
        "-O",
        "qcow2",
        plain.to_str().unwrap(),
        packed.to_str().unwrap(),
    ]);
    let (job, _watch) = Job::new();
    firmware(&packed, &job).unwrap();
    assert_eq!(std::fs::read(&packed).unwrap(), bytes);
    File::create(&packed).unwrap().set_len(100 << 20).unwrap();
    assert_eq!(firmware(&packed, &job).unwrap_err().kind, Kind::Invalid, "too large");
}

#[test]
fn an_image_of_a_host_that_names_files_of_this_computer_is_not_exported() {
    let folder = tempfile::tempdir().unwrap();
    let secret = raw(folder.path());
    let image = folder.path().join("brought.qcow2");
    let (secret, text) = (secret.to_str().unwrap(), image.to_str().unwrap());
    // The host says that it builds on nothing.
    qemu_img(&["create", "-f", "qcow2", "-F", "raw", "-b", secret, text]);
    assert!(convert::chained(EXPORT, &[(image.clone(), ImageFormat::Qcow2)]).is_err());
    // Its data is in another file, which is this computer's.
    let data = folder.path().join("data.raw");
    let options = format!("data_file={},data_file_raw=on", data.display());
    qemu_img(&["create", "-f", "qcow2", "-o", &options, text, "4M"]);
    let base = (PathBuf::from(secret), ImageFormat::Raw);
    assert!(convert::chained(EXPORT, &[(image.clone(), ImageFormat::Qcow2), base]).is_err());
    let pieces = format!(
        "# Disk DescriptorFile\nversion=1\nCID=1\nparentCID=ffffffff\ncreateType=\"monolithicFlat\"\nRW 8192 FLAT \"{secret}\" 0\n"
    );
    std::fs::write(&image, pieces).unwrap();
    assert!(convert::chained(EXPORT, &[(image, ImageFormat::Vmdk)]).is_err());
}

#[test]
fn a_long_name_in_an_archive_takes_no_memory() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("long.ova");
    for kind in [tar::EntryType::GNULongName, tar::EntryType::XHeader] {
        let mut header = tar::Header::new_gnu();
        header.set_entry_type(kind);
        header.set_path("long").unwrap();
        header.set_size(1 << 40);
        header.set_cksum();
        let mut file = File::create(&path).unwrap();
        file.write_all(header.as_bytes()).unwrap();
        // All of it is there, as a hole.
        file.set_len((1 << 40) + 1024).unwrap();
        let error = inspect(&path).unwrap_err();
        assert!(error.message.contains("too long"), "{}", error.message);
    }
}

#[test]
fn names_and_sizes_beyond_the_header_are_read() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("web.ova");
    let disk = std::fs::read(made(folder.path(), "vmdk", &["-o", "subformat=streamOptimized"])).unwrap();
    let name = format!("{}.vmdk", "d".repeat(150));
    let ovf = OVF.replace("disk.vmdk", &name);
    // As GNU tar writes it.
    let mut archive = tar::Builder::new(File::create(&path).unwrap());
    let mut header = tar::Header::new_gnu();
    header.set_size(ovf.len() as u64);
    archive.append_data(&mut header, "web.ovf", ovf.as_bytes()).unwrap();
    header.set_size(disk.len() as u64);
    archive.append_data(&mut header, &name, disk.as_slice()).unwrap();
    archive.finish().unwrap();
    assert_eq!(inspect(&path).unwrap().disks[0].size, disk.len() as u64);
    comes_back(&path, folder.path());
    // As POSIX has it: the size in the header itself counts for nothing.
    let mut archive = tar::Builder::new(File::create(&path).unwrap());
    let mut header = tar::Header::new_ustar();
    header.set_size(ovf.len() as u64);
    archive.append_data(&mut header, "web.ovf", ovf.as_bytes()).unwrap();
    let size = disk.len().to_string();
    archive
        .append_pax_extensions([("path", name.as_bytes()), ("size", size.as_bytes())])
        .unwrap();
    header.set_size(disk.len() as u64);
    archive.append_data(&mut header, "short.vmdk", disk.as_slice()).unwrap();
    archive.finish().unwrap();
    assert_eq!(inspect(&path).unwrap().disks[0].file, name);
    comes_back(&path, folder.path());
    let mut bytes = std::fs::read(&path).unwrap();
    bytes[0] ^= 1;
    std::fs::write(&path, bytes).unwrap();
    assert!(inspect(&path).unwrap_err().message.contains("checksum"));
}

#[test]
fn a_path_that_is_no_unicode_is_told_and_one_with_a_colon_is_no_protocol() {
    use std::os::unix::ffi::OsStrExt;

    let folder = tempfile::tempdir().unwrap();
    let from = raw(folder.path());
    let odd = folder.path().join(std::ffi::OsStr::from_bytes(b"a\xff"));
    std::fs::create_dir(&odd).unwrap();
    let path = odd.join("disk.img");
    std::fs::copy(&from, &path).unwrap();
    let found = inspect(&path).unwrap();
    let (job, _watch) = Job::new();
    let error = convert(&path, &found, &["out".into()], "raw", folder.path(), &job).unwrap_err();
    assert!(error.message.contains("Unicode"), "{}", error.message);
    let colon = folder.path().join("nbd:x");
    std::fs::create_dir(&colon).unwrap();
    let path = colon.join("json:disk.img");
    std::fs::copy(&from, &path).unwrap();
    let found = inspect(&path).unwrap();
    convert(&path, &found, &["fd:out".into()], "raw", &colon, &job).unwrap();
    assert!(colon.join("fd:out").exists());
}

#[test]
fn a_cancel_does_not_wait_for_a_program_that_says_nothing_more() {
    let (job, watch) = Job::new();
    let (told, closed) = std::sync::mpsc::channel();
    let work = std::thread::spawn(move || {
        let mut silent = Command::new("sh");
        // It does not end when it is asked to, either, and nor does what it has started.
        silent.args(["-c", "trap '' TERM; exec >&- 2>&-; sleep 600 & sleep 600"]);
        program::run(IMPORT, &mut silent, program::Bounds::NONE, &job, |output| {
            std::io::copy(output, &mut std::io::sink())?;
            told.send(()).map_err(std::io::Error::other)
        })
    });
    closed.recv().unwrap();
    let begin = std::time::Instant::now();
    watch.cancel();
    assert!(
        begin.elapsed() < std::time::Duration::from_secs(3),
        "the window would stand still"
    );
    assert_eq!(work.join().unwrap().unwrap_err().kind, Kind::Cancelled);
    assert!(begin.elapsed() < std::time::Duration::from_secs(120));
}
