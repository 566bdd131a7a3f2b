//! A second look at a server's certificate: libvirt says that it refused one, but not why.

use std::path::PathBuf;
use std::sync::{Arc, Mutex};

use gio::prelude::*;
use gio::{Cancellable, NetworkAddress, SocketClient, TlsBackend, TlsCertificateFlags};
use gio::{TlsClientConnection, TlsFileDatabase};

use crate::virt::connection::lock;

/// Where libvirt's servers take TLS.
const PORT: u16 = 16514;
/// Seconds that the look may take.
const LIMIT: u32 = 5;

/// What is wrong with the certificate that the host of a TLS URI shows, in words that follow libvirt's own. Makes a
/// connection and ends it before anything is said: blocks for some seconds at most. `None` where it can't be told (no TLS
/// in GIO, no authority of ours) or nothing is wrong.
pub(super) fn fault(uri: &str) -> Option<&'static str> {
    let (host, port, query) = tls_host(uri)?;
    if !TlsBackend::default().supports_tls() {
        return None;
    }
    let database = TlsFileDatabase::new(authority(&query)?).ok()?;
    let address = NetworkAddress::new(&host, port);
    let client = SocketClient::new();
    client.set_timeout(LIMIT);
    let line = SocketClientExt::connect(&client, &address, Cancellable::NONE).ok()?;
    let tls = TlsClientConnection::new(&line, Some(&address)).ok()?;
    tls.set_database(Some(&database));
    let faults = Arc::new(Mutex::new(TlsCertificateFlags::empty()));
    let noted = Arc::clone(&faults);
    tls.connect_accept_certificate(move |_, _, errors| {
        *lock(&noted) = errors;
        false
    });
    // Fails whenever the certificate is no good, and perhaps because it wants one of ours: both are beside the point.
    let _ = tls.handshake(Cancellable::NONE);
    let faults = *lock(&faults);
    // Whoever signed it comes first: what an unknown authority says about names and dates is worth nothing.
    if faults.contains(TlsCertificateFlags::UNKNOWN_CA) {
        Some("The certificate has an unknown issuer.")
    } else if faults.contains(TlsCertificateFlags::EXPIRED) {
        Some("The certificate has expired.")
    } else if faults.contains(TlsCertificateFlags::NOT_ACTIVATED) {
        Some("The certificate is not yet active.")
    } else if faults.contains(TlsCertificateFlags::BAD_IDENTITY) {
        Some("The certificate does not match the hostname.")
    } else {
        None
    }
}

/// Host, port and query of a URI whose transport is TLS, which it also is where a host is named without a transport.
fn tls_host(uri: &str) -> Option<(String, u16, String)> {
    let uri = glib::Uri::parse(uri, glib::UriFlags::ENCODED_QUERY).ok()?;
    let scheme = uri.scheme();
    let host = uri.host().filter(|host| !host.is_empty())?;
    if scheme.contains('+') && !scheme.ends_with("+tls") {
        return None;
    }
    let port = u16::try_from(uri.port()).ok().filter(|&port| port > 0).unwrap_or(PORT);
    Some((host.into(), port, uri.query().unwrap_or_default().into()))
}

/// The file with the authorities that libvirt would trust for this connection.
fn authority(query: &str) -> Option<PathBuf> {
    let given = query
        .split('&')
        .find_map(|parameter| parameter.strip_prefix("pkipath="));
    let given = given.and_then(|folder| glib::Uri::unescape_string(folder, None));
    let places = match given {
        Some(folder) => vec![PathBuf::from(folder.as_str()).join("cacert.pem")],
        None => vec![
            glib::home_dir().join(".pki/libvirt/cacert.pem"),
            PathBuf::from("/etc/pki/CA/cacert.pem"),
        ],
    };
    places.into_iter().find(|place| place.is_file())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_hosts_behind_tls_are_looked_at() {
        let host = |uri| tls_host(uri).map(|(host, port, _)| (host, port));
        assert_eq!(
            host("qemu+tls://srv.example/system"),
            Some(("srv.example".into(), PORT))
        );
        assert_eq!(host("qemu://srv.example:99/system"), Some(("srv.example".into(), 99)));
        assert_eq!(host("qemu+tls://[::1]:7/system"), Some(("::1".into(), 7)));
        for other in [
            "qemu:///system",
            "qemu+ssh://srv/system",
            "qemu+tcp://srv/system",
            "nonsense",
            "qemu+tls://",
        ] {
            assert_eq!(host(other), None, "{other}");
        }
    }
}
