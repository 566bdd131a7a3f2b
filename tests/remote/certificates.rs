//! Hosts behind TLS.

use std::fs;
use std::net::{Ipv4Addr, TcpListener};
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::process::Command;

use crate::host::Host;
use crate::support::{Daemon, on_main};

/// Certificates of an authority of our own, made in `directory`.
struct Authority<'a>(&'a Path);

impl Authority<'_> {
    fn openssl(&self, arguments: &[&str]) {
        let output = Command::new("openssl")
            .current_dir(self.0)
            .args(arguments)
            .output()
            .unwrap();
        assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    }

    fn authority(&self, name: &str) {
        let (key, certificate, subject) = (format!("{name}.key"), format!("{name}.pem"), format!("/CN={name}"));
        self.openssl(&[
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
        ]);
    }

    /// A certificate for `usage` with these names, signed by `authority`.
    fn sign(&self, name: &str, authority: &str, names: &str, usage: &str, days: &str) {
        let file = |ending: &str| format!("{name}.{ending}");
        let extensions =
            format!("subjectAltName={names}\nextendedKeyUsage={usage}\nkeyUsage=digitalSignature,keyEncipherment\n");
        fs::write(self.0.join(file("ext")), extensions).unwrap();
        self.openssl(&[
            "req",
            "-newkey",
            "rsa:2048",
            "-nodes",
            "-subj",
            "/CN=vireo",
            "-keyout",
            &file("key"),
            "-out",
            &file("csr"),
        ]);
        self.openssl(&[
            "x509",
            "-req",
            "-in",
            &file("csr"),
            "-CA",
            &format!("{authority}.pem"),
            "-CAkey",
            &format!("{authority}.key"),
            "-CAcreateserial",
            "-days",
            days,
            "-extfile",
            &file("ext"),
            "-out",
            &file("pem"),
        ]);
    }

    /// The folder that a client is pointed to.
    fn client(&self, name: &str, authority: &str, certificate: Option<&str>) -> PathBuf {
        let folder = self.0.join(name);
        fs::create_dir_all(&folder).unwrap();
        let put = |from: String, to: &str| assert!(fs::copy(self.0.join(from), folder.join(to)).is_ok());
        put(format!("{authority}.pem"), "cacert.pem");
        if let Some(certificate) = certificate {
            put(format!("{certificate}.pem"), "clientcert.pem");
            put(format!("{certificate}.key"), "clientkey.pem");
        }
        folder
    }
}

/// A daemon that speaks TLS on its own port with the named certificate.
fn with_tls(names: &str, days: &str) -> (Daemon, u16, tempfile::TempDir) {
    let directory = tempfile::Builder::new().prefix("vireo-tls-").tempdir().unwrap();
    fs::set_permissions(directory.path(), fs::Permissions::from_mode(0o755)).unwrap();
    let port = TcpListener::bind((Ipv4Addr::LOCALHOST, 0))
        .unwrap()
        .local_addr()
        .unwrap()
        .port();
    let authority = Authority(directory.path());
    authority.authority("ours");
    authority.authority("other");
    authority.sign("server", "ours", names, "serverAuth", days);
    authority.sign("client", "ours", "DNS:client", "clientAuth", "30");
    // The daemon is somebody else.
    fs::set_permissions(directory.path().join("server.key"), fs::Permissions::from_mode(0o644)).unwrap();
    let path = |name: &str| directory.path().join(name).display().to_string();
    let configuration = format!(
        "listen_tls = 1\ntls_port = \"{port}\"\nauth_tls = \"none\"\ntls_no_sanity_certificate = 1\n\
         key_file = \"{}\"\ncert_file = \"{}\"\nca_file = \"{}\"\n",
        path("server.key"),
        path("server.pem"),
        path("ours.pem")
    );
    (Daemon::start_with(&configuration), port, directory)
}

fn over_tls(port: u16, folder: &Path) -> Host {
    Host::new(&format!(
        "test+tls://localhost:{port}/default?pkipath={}",
        folder.display()
    ))
}

/// Connects, and says what the user is told.
#[track_caller]
fn refused(port: u16, folder: &Path) -> String {
    let host = over_tls(port, folder);
    let ((error, _), asked) = host.failed(None);
    assert!(asked.is_empty(), "a certificate is no question");
    let told = host.told(&error);
    host.close();
    told
}

#[test]
fn certificates_that_are_no_good_are_told_apart_from_passwords_and_networks() {
    on_main(|| {
        let (_daemon, port, directory) = with_tls("DNS:localhost,IP:127.0.0.1", "30");
        let authority = Authority(directory.path());
        let good = authority.client("good", "ours", Some("client"));
        let host = over_tls(port, &good);
        host.listed(None);
        host.close();

        let (_expired, expired, kept) = with_tls("DNS:localhost", "-1");
        let told = refused(expired, &Authority(kept.path()).client("good", "ours", Some("client")));
        assert!(
            told.starts_with("Certificate expired. The certificate of localhost"),
            "{told}"
        );

        let (_named, named, kept) = with_tls("DNS:elsewhere.example", "30");
        let told = refused(named, &Authority(kept.path()).client("good", "ours", Some("client")));
        assert!(told.starts_with("Certificate of another host"), "{told}");
    });
}

#[test]
fn server_of_an_unknown_authority_is_named_although_our_own_certificate_is_in_order() {
    on_main(|| {
        let (_daemon, port, directory) = with_tls("DNS:localhost,IP:127.0.0.1", "30");
        let authority = Authority(directory.path());
        authority.sign("foreign", "other", "DNS:client", "clientAuth", "30");
        let told = refused(port, &authority.client("foreigner", "other", Some("foreign")));
        assert!(
            told.starts_with("Unknown certificate authority. The certificate of localhost"),
            "{told}"
        );
    });
}

#[test]
fn certificate_of_this_computer_is_not_blamed_on_the_host() {
    on_main(|| {
        let (_daemon, port, directory) = with_tls("DNS:localhost,IP:127.0.0.1", "30");
        let authority = Authority(directory.path());
        let told = refused(port, &authority.client("stranger", "other", Some("client")));
        assert!(told.starts_with("Certificate of this computer not valid"), "{told}");
        assert!(told.contains("stranger/clientcert.pem"), "{told}");

        authority.sign("stale", "ours", "DNS:client", "clientAuth", "-1");
        let told = refused(port, &authority.client("late", "ours", Some("stale")));
        assert!(told.starts_with("Certificate of this computer not valid"), "{told}");

        let told = refused(port, &authority.client("nobody", "ours", None));
        assert!(told.starts_with("The host closed the connection"), "{told}");

        // Trusts both, but the server doesn't.
        authority.sign("foreign", "other", "DNS:client", "clientAuth", "30");
        let both = authority.client("both", "ours", Some("foreign"));
        let authorities =
            ["ours.pem", "other.pem"].map(|name| fs::read_to_string(directory.path().join(name)).unwrap());
        fs::write(both.join("cacert.pem"), authorities.concat()).unwrap();
        let told = refused(port, &both);
        assert!(told.starts_with("The host closed the connection"), "{told}");

        let empty = directory.path().join("empty");
        fs::create_dir(&empty).unwrap();
        let told = refused(port, &empty);
        assert!(
            told.starts_with("Certificate missing") && told.contains("empty/cacert.pem"),
            "{told}"
        );
    });
}
