//! Certificates for a guest's SPICE server, and daemons that use them.

use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::Path;
use std::process::Command;

use crate::support::Daemon;

fn openssl(folder: &Path, arguments: &[&str]) {
    let output = Command::new("openssl")
        .current_dir(folder)
        .args(arguments)
        .output()
        .expect("openssl");
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
}

fn authority(folder: &Path, name: &str) {
    let (key, certificate) = (format!("{name}-key.pem"), format!("{name}-cert.pem"));
    let subject = format!("/CN={name}");
    openssl(
        folder,
        &[
            "req",
            "-x509",
            "-newkey",
            "rsa:2048",
            "-nodes",
            "-days",
            "30",
            "-subj",
            &subject,
            "-keyout",
            &key,
            "-out",
            &certificate,
        ],
    );
}

/// Makes an authority, another one that signed nothing, and a server's certificate for `localhost` with a subject of its own.
fn certificates(folder: &Path) {
    authority(folder, "ca");
    authority(folder, "other");
    openssl(
        folder,
        &[
            "req",
            "-newkey",
            "rsa:2048",
            "-nodes",
            "-subj",
            "/O=Vireo/CN=display.example",
            "-keyout",
            "server-key.pem",
            "-out",
            "server.csr",
        ],
    );
    fs::write(folder.join("names"), "subjectAltName=DNS:localhost\n").expect("the names");
    openssl(
        folder,
        &[
            "x509",
            "-req",
            "-in",
            "server.csr",
            "-CA",
            "ca-cert.pem",
            "-CAkey",
            "ca-key.pem",
            "-CAcreateserial",
            "-days",
            "30",
            "-extfile",
            "names",
            "-out",
            "server-cert.pem",
        ],
    );
}

/// A daemon whose guests speak SPICE with TLS; the certificates are in `tls` of its directory.
pub fn daemon() -> Daemon {
    Daemon::start_prepared("", |directory| {
        let folder = directory.join("tls");
        fs::create_dir(&folder).expect("a folder");
        fs::set_permissions(&folder, fs::Permissions::from_mode(0o755)).expect("its rights");
        certificates(&folder);
        let configuration = directory.join("config/libvirt/qemu.conf");
        let mut text = fs::read_to_string(&configuration).expect("qemu.conf");
        text.push_str(&format!(
            "spice_tls = 1\nspice_tls_x509_cert_dir = \"{}\"\n",
            folder.display()
        ));
        fs::write(configuration, text).expect("qemu.conf");
    })
}
