//! By what a display server with TLS is checked: the files that libvirt's own clients and the usual viewers look for.

use std::path::{Path, PathBuf};

use crate::model::display::plan::Road;
use crate::model::display::wire::{Protocol, Tls};
use crate::model::uri::Uri;

/// Files for a display of this host. Looks at the disk. The name to check is that of the host where the connection itself
/// leads to another one.
pub(super) fn trust(uri: &Uri, protocol: Protocol, road: &Road, home: &Path) -> Tls {
    let name = match road {
        Road::Tunnel { .. } => uri.host.clone().unwrap_or_default(),
        _ => String::new(),
    };
    if let Some(folder) = uri.parameter("pkipath").filter(|folder| !folder.is_empty()) {
        let file = |name: &str| first([Path::new(folder).join(name)]);
        return Tls {
            name,
            ca: file("cacert.pem"),
            crl: file("cacrl.pem"),
            certificate: file("clientcert.pem"),
            key: file("clientkey.pem"),
            subject: String::new(),
        };
    }
    let user = |path: &str| home.join(path);
    let system = |path: &str| Path::new("/etc/pki").join(path);
    match protocol {
        Protocol::Vnc => Tls {
            name,
            ca: first([
                user(".pki/libvirt-vnc/cacert.pem"),
                user(".pki/CA/cacert.pem"),
                user(".pki/libvirt/cacert.pem"),
                system("libvirt-vnc/ca-cert.pem"),
                system("CA/cacert.pem"),
            ]),
            crl: first([user(".pki/CA/cacrl.pem"), system("CA/cacrl.pem")]),
            certificate: first([
                user(".pki/libvirt-vnc/clientcert.pem"),
                user(".pki/libvirt/clientcert.pem"),
                system("libvirt-vnc/clientcert.pem"),
                system("libvirt/clientcert.pem"),
            ]),
            key: first([
                user(".pki/libvirt-vnc/private/clientkey.pem"),
                user(".pki/libvirt-vnc/clientkey.pem"),
                user(".pki/libvirt/clientkey.pem"),
                system("libvirt-vnc/private/clientkey.pem"),
                system("libvirt/private/clientkey.pem"),
            ]),
            subject: String::new(),
        },
        Protocol::Spice => Tls {
            name,
            ca: first([
                user(".spicec/spice_truststore.pem"),
                system("libvirt-spice/ca-cert.pem"),
                user(".pki/libvirt/cacert.pem"),
                system("CA/cacert.pem"),
            ]),
            ..Tls::default()
        },
    }
}

/// The first that is there, as text; empty where none is.
fn first(files: impl IntoIterator<Item = PathBuf>) -> String {
    files
        .into_iter()
        .find(|file| file.is_file())
        .and_then(|file| file.to_str().map(str::to_owned))
        .unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use std::fs;

    use super::*;

    #[test]
    fn folder_of_the_address_comes_before_those_of_the_user_and_missing_files_are_none() {
        let home = tempfile::tempdir().unwrap();
        let vnc = home.path().join(".pki/libvirt-vnc");
        fs::create_dir_all(&vnc).unwrap();
        fs::write(vnc.join("cacert.pem"), "").unwrap();
        let tunnel = Road::Tunnel { plain: None, tls: None };
        let uri = Uri::parse("qemu+ssh://srv/system").unwrap();
        let tls = trust(&uri, Protocol::Vnc, &tunnel, home.path());
        assert_eq!(tls.name, "srv");
        assert_eq!(tls.ca, vnc.join("cacert.pem").to_str().unwrap());
        assert_eq!(trust(&uri, Protocol::Vnc, &Road::Handover, home.path()).name, "");

        let own = home.path().join("own");
        fs::create_dir_all(&own).unwrap();
        for name in ["clientcert.pem", "clientkey.pem"] {
            fs::write(own.join(name), "").unwrap();
        }
        let uri = Uri::parse(&format!("qemu+tls://srv/system?pkipath={}", own.display())).unwrap();
        let tls = trust(&uri, Protocol::Spice, &Road::Handover, home.path());
        assert_eq!((tls.ca.as_str(), tls.crl.as_str()), ("", ""));
        assert_eq!(tls.key, own.join("clientkey.pem").to_str().unwrap());
    }
}
