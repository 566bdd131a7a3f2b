use super::{Explanation, Remedy, details, explain, explain_of_server};
use crate::model::error::{Kind, VirtError};
use crate::model::host::HostConfig;

fn failure(kind: Kind, code: i32, domain: i32, message: &str) -> VirtError {
    VirtError {
        kind,
        code,
        domain,
        message: message.to_owned(),
        op: "connect",
    }
}

/// A connection failure as libvirt 11.3 words it, from the RPC layer.
fn connecting(uri: &str, message: &str) -> Explanation {
    explain(
        &failure(Kind::Unreachable, 38, 7, message),
        Some(&HostConfig::new("Rack 1", uri)),
    )
}

#[test]
fn a_silent_server_of_a_pool_is_not_a_silent_host_and_a_silent_host_is() {
    let config = HostConfig::new("Rack 1", "esx://h/");
    // From the ESX driver: that is the line to the host, whatever domain it comes from.
    let esx = failure(
        Kind::Other,
        1,
        36,
        "internal error: curl_easy_perform() returned an error: Connection timed out (28)",
    );
    assert_eq!(explain(&esx, Some(&config)).title, "No answer");
    for (kind, code, words) in [
        (Kind::Other, 1, "mount.nfs: Connection timed out for 192.0.2.1:/srv"),
        (Kind::Other, 1, "mount.nfs: mount system call failed: No route to host"),
        (Kind::Other, 38, "cannot connect to 'mon1': Connection refused"),
        (
            Kind::Other,
            1,
            "mount.nfs: Failed to resolve server nas: Name or service not known",
        ),
        (Kind::Timeout, 68, "the portal did not react"),
    ] {
        // From the storage driver.
        let said = explain_of_server(&failure(kind, code, 18, words), Some(&config));
        assert_eq!(said.title, "It did not work", "{words}");
        assert!(said.body.contains(words), "{}", said.body);
    }
    // The line itself, and what we say of it ourselves.
    for (code, domain) in [(38, 7), (0, 0)] {
        let line = failure(
            Kind::Unreachable,
            code,
            domain,
            "unable to connect to server: Connection timed out",
        );
        assert_eq!(explain_of_server(&line, Some(&config)).title, "No answer");
    }
    // Anything else is what it always is.
    let full = failure(Kind::Other, 38, 18, "cannot fill file: No space left on device");
    assert_eq!(explain_of_server(&full, Some(&config)), explain(&full, Some(&config)));
}

#[test]
fn failures_of_a_connection_are_told_apart() {
    for (uri, message, title) in [
        (
            "qemu+tcp://nosuch/system",
            "Unable to resolve address 'nosuch' service '16509': Name or service not known",
            "Host not found",
        ),
        (
            "qemu+ssh://nosuch/system",
            "Cannot recv data: ssh: Could not resolve hostname nosuch: Name or service not known: Connection reset by peer",
            "Host not found",
        ),
        (
            "qemu+tcp://h:1/system",
            "unable to connect to server at 'h:1': Connection refused",
            "Connection refused",
        ),
        (
            "qemu+ssh://h/system",
            "Cannot recv data: ssh: connect to host h port 22: Connection refused: Connection reset by peer",
            "Connection refused",
        ),
        (
            "qemu+ssh://h/system",
            "Cannot recv data: ssh: connect to host h port 22: No route to host: Connection reset by peer",
            "No answer",
        ),
        (
            "qemu:///system",
            "Failed to connect socket to '/var/run/libvirt/libvirt-sock': No such file or directory",
            "No virtualisation service",
        ),
        (
            "qemu:///system",
            "Failed to connect socket to '/var/run/libvirt/libvirt-sock': Permission denied",
            "Not authorised",
        ),
        (
            "qemu+ssh://h/system",
            "Cannot recv data: bash: line 1: nc: command not found: Connection reset by peer",
            "No virtualisation service",
        ),
        (
            "qemu+libssh://h/system",
            "libssh transport error: Remote command terminated with non-zero code: 127",
            "No virtualisation service",
        ),
        (
            "qemu+libssh://h/system",
            "libssh transport error: Remote command terminated with non-zero code: -1",
            "No virtualisation service",
        ),
        (
            "qemu+libssh2://h/system",
            "SSH transport error: Remote program terminated with non-zero code: 127",
            "No virtualisation service",
        ),
        (
            "qemu+ssh://h/system",
            "Cannot recv data: root@h: Permission denied (publickey,password).: Connection reset by peer",
            "Login refused",
        ),
        (
            "qemu+ssh://h/system",
            "Cannot recv data: Host key verification failed.: Connection reset by peer",
            "Unknown host key",
        ),
        (
            "qemu+tls://h/system",
            "Cannot read CA certificate '/etc/pki/CA/cacert.pem': No such file or directory",
            "Certificate missing",
        ),
        (
            "qemu+tls://h/system",
            "Unable to read TLS confirmation: Input/output error",
            "The host closed the connection",
        ),
        (
            "qemu+tls://h/system",
            "authentication failed: Failed to verify peer's certificate",
            "Certificate not accepted",
        ),
        (
            "qemu+tls://h/system",
            "Certificate [session] owner does not match the hostname h",
            "Certificate of another host",
        ),
        (
            "qemu+tls://h/system",
            "The server certificate /x.pem has expired",
            "Certificate expired",
        ),
        (
            "qemu+tls://h/system",
            "The certificate hasn't got a known issuer.",
            "Unknown certificate authority",
        ),
        (
            "qemu+tcp://h/system",
            "authentication failed: no SASL mechanisms are available",
            "No common way to log in",
        ),
        (
            "qemu+tcp://h/system",
            "internal error: received hangup event on socket: client socket is closed",
            "Connection lost",
        ),
        ("qemu+ssh://h/system", "a text that nobody knows", "No connection"),
    ] {
        assert_eq!(connecting(uri, message).title, title, "{message}");
    }
}

#[test]
fn explanation_names_host_and_port() {
    let said = connecting("qemu+tcp://rack1.example:16000/system", "Connection refused");
    assert!(
        said.body.contains("rack1.example") && said.body.contains("16000"),
        "{}",
        said.body
    );
    assert_eq!(said.remedies.first(), Some(&Remedy::Retry));
}

#[test]
fn a_changed_host_key_warns_and_offers_no_way_to_ignore_it() {
    let said = connecting(
        "qemu+ssh://rack1/system",
        "Cannot recv data: @@@@@@@@@@@\r\n@    WARNING: REMOTE HOST IDENTIFICATION HAS CHANGED!     @\r\n\
         The fingerprint for the ED25519 key sent by the remote host is\nSHA256:abcDEF123.\r\n\
         Offending ED25519 key in /home/me/.ssh/known_hosts:3\r\nHost key verification failed.\r\n: Connection reset by peer",
    );
    assert!(said.title.contains("rack1"), "{}", said.title);
    assert!(said.body.contains("SHA256:abcDEF123"), "{}", said.body);
    assert!(
        said.body.contains("“ssh-keygen -f /home/me/.ssh/known_hosts -R rack1”"),
        "{}",
        said.body
    );
    assert_eq!(said.remedies, []);
    assert!(!said.recoverable);
}

#[test]
fn what_the_user_cancelled_is_not_reported() {
    for kind in [Kind::AuthCancelled, Kind::Cancelled] {
        assert!(explain(&failure(kind, 0, 0, "whatever"), None).quiet);
    }
}

#[test]
fn a_wrong_password_is_not_taken_for_a_missing_right() {
    let said = explain(
        &failure(Kind::AuthFailed, 45, 7, "authentication failed: authentication failed"),
        None,
    );
    assert_eq!(said.title, "Wrong password");
    let said = explain(
        &failure(
            Kind::Denied,
            94,
            60,
            "authentication unavailable: no polkit agent available",
        ),
        Some(&HostConfig::new("here", "qemu:///system")),
    );
    assert_eq!(said.title, "Not authorised");
    assert!(said.body.contains("libvirt"), "{}", said.body);
}

#[test]
fn failures_of_machines_name_the_cause() {
    for (kind, code, domain, message, title) in [
        (
            Kind::Invalid,
            55,
            10,
            "Requested operation is not valid: domain is not running",
            "Not running",
        ),
        (
            Kind::Invalid,
            55,
            10,
            "Requested operation is not valid: domain is already running",
            "Already running",
        ),
        (
            Kind::Other,
            38,
            10,
            "Cannot access storage file '/srv/a.qcow2': No such file or directory",
            "File missing",
        ),
        (
            Kind::Invalid,
            55,
            19,
            "Requested operation is not valid: network 'default' is not active",
            "Network is off",
        ),
        (
            Kind::Other,
            1,
            19,
            "internal error: Network is already in use by interface eth0",
            "Subnet already used",
        ),
        (
            Kind::Other,
            38,
            0,
            "error creating bridge interface virbr0: File exists",
            "Bridge already there",
        ),
        (
            Kind::Other,
            38,
            0,
            "error creating bridge interface virbr0: Operation not permitted",
            "Not in a user session",
        ),
        (
            Kind::Invalid,
            55,
            19,
            "Requested operation is not valid: bridge name 'virbr0' already in use.",
            "Bridge already there",
        ),
        (
            Kind::Other,
            38,
            0,
            "Unable to find 'dnsmasq' binary in $PATH: No such file or directory",
            "dnsmasq is missing",
        ),
        (
            Kind::Other,
            38,
            0,
            "Cannot find 'iptables' in path: No such file or directory",
            "iptables is missing",
        ),
        (
            Kind::Other,
            1,
            0,
            "internal error: Child process (VIR_BRIDGE_NAME=virbr0 /usr/sbin/dnsmasq --conf-file=/x) unexpected exit status 2: dnsmasq: failed to create listening socket for 192.168.122.1: Address already in use",
            "Address already used",
        ),
        (
            Kind::Other,
            1,
            0,
            "internal error: Failed to apply firewall command '/usr/sbin/iptables -w --table filter --list-rules'",
            "Firewall not set up",
        ),
        (
            Kind::Timeout,
            68,
            10,
            "Timed out during operation: cannot acquire state change lock (held by monitor=x)",
            "Busy",
        ),
        (
            Kind::Timeout,
            86,
            10,
            "Guest agent is not responding: QEMU guest agent is not connected",
            "No guest agent",
        ),
        (
            Kind::Other,
            1,
            10,
            "internal error: qemu unexpectedly closed the monitor: Failed to get \"write\" lock",
            "Disk in use",
        ),
        (
            Kind::Busy,
            87,
            42,
            "resource busy: Lockspace resource '/srv/a.qcow2' is locked",
            "Disk in use",
        ),
        (Kind::Other, 38, 42, "Failed to acquire lock: error -243", "Disk in use"),
        (
            Kind::Invalid,
            55,
            24,
            "Requested operation is not valid: Setting different SELinux label on /srv/a.qcow2 which is already in use",
            "Disk in use",
        ),
        (
            Kind::Invalid,
            55,
            10,
            "Requested operation is not valid: PCI device 0000:03:00.0 is in use by driver QEMU, domain old-mail",
            "Device in use",
        ),
        (
            Kind::Other,
            38,
            7,
            "Failed to connect socket to '/var/run/libvirt/virtlockd-sock': No such file or directory",
            "Lock manager missing",
        ),
        (
            Kind::Other,
            38,
            42,
            "Failed to open socket to sanlock daemon: error -2",
            "Lock manager missing",
        ),
        (Kind::Gone, 42, 10, "Domain not found", "Not there any more"),
        (
            Kind::Unsupported,
            3,
            12,
            "this function is not supported",
            "Not supported",
        ),
        (
            Kind::Unsupported,
            5,
            0,
            "no connection driver available for foo:///",
            "Not supported",
        ),
        (Kind::Other, 1, 10, "something new", "It did not work"),
    ] {
        let said = explain(&failure(kind, code, domain, message), None);
        assert_eq!(said.title, title, "{message}");
        assert!(!said.body.is_empty(), "{message}");
    }
}

#[test]
fn refusal_of_a_lock_names_the_image_or_the_machine() {
    for (message, name) in [
        (
            "internal error: process exited while connecting to monitor: 2025-01-01T00:00:00Z qemu-system-x86_64: -device \
             virtio-blk-pci,drive=d: Failed to get \"write\" lock\nIs another process using the image [/srv/a.qcow2]?",
            "/srv/a.qcow2",
        ),
        (
            "internal error: unable to execute QEMU command 'blockdev-add': Failed to get shared \"write\" lock\n\
             Is another process using the image [/srv/b b.qcow2]?",
            "/srv/b b.qcow2",
        ),
        (
            "resource busy: Lockspace resource '/srv/c.qcow2' is locked",
            "/srv/c.qcow2",
        ),
        (
            "Requested operation is not valid: Setting different SELinux label on /srv/d.qcow2 which is already in use",
            "/srv/d.qcow2",
        ),
        (
            "Requested operation is not valid: USB device 001:004 is in use by driver QEMU, domain old-mail",
            "old-mail",
        ),
    ] {
        let said = explain(&failure(Kind::Other, 1, 10, message), None);
        assert!(said.body.contains(name), "{message}: {}", said.body);
    }
    // A digest in place of the path, as lock spaces with a folder of their own have it, helps nobody.
    let digest = failure(
        Kind::Busy,
        87,
        42,
        "resource busy: Lockspace resource 'a1b2c3' is locked",
    );
    assert!(!explain(&digest, None).body.contains("a1b2c3"));
}

#[test]
fn text_in_another_language_falls_back_to_the_kind() {
    let said = connecting("qemu+tcp://h/system", "Verbindung zum Server nicht möglich");
    assert_eq!(said.title, "No connection");
    assert_eq!(said.remedies, [Remedy::Retry, Remedy::EditHost]);
}

#[test]
fn a_hostile_text_stays_short_and_on_one_line() {
    let long = format!("<b>\u{202e}\n{}", "x".repeat(100_000));
    let said = explain(&failure(Kind::Other, 1, 10, &long), None);
    assert!(said.body.chars().count() <= 301);
    assert!(!said.body.contains(['\n', '\u{202e}']));
}

#[test]
fn details_carry_what_libvirt_said_and_its_numbers() {
    assert_eq!(
        details(&failure(Kind::Other, 38, 7, "text")),
        "text\n(connect, libvirt 38/7)"
    );
}

#[test]
fn a_network_that_is_off_can_be_started_from_the_failure() {
    let error = failure(
        Kind::Invalid,
        55,
        19,
        "Requested operation is not valid: network 'lab net' is not active",
    );
    let said = explain(&error, None);
    assert_eq!(said.remedies, [Remedy::StartNetwork, Remedy::Retry]);
    assert!(said.body.contains("lab net"), "{}", said.body);
    assert_eq!(super::explanation::network_off(&error).as_deref(), Some("lab net"));
}
