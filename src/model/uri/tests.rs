use super::{Field, Risk, Uri};

fn parse(text: &str) -> Uri {
    Uri::parse(text).unwrap_or_else(|error| panic!("{text}: {error}"))
}

#[test]
fn a_uri_survives_being_taken_apart_and_put_together() {
    for text in [
        "qemu:///system",
        "qemu:///session",
        "test:///default",
        "test:///srv/my%20fleet.xml",
        "qemu+ssh://root@rack1.example:2222/system?keyfile=/root/.ssh/id&known_hosts=/root/kh",
        "qemu+tls://[2001:db8::1]:16514/system?pkipath=/etc/pki/x",
        "qemu+tcp://10.0.0.7/session",
        "test+unix:///default?socket=/run/x/libvirt-sock",
        "lxc:///system",
        "esx://host/dc/cluster?no_verify=1",
        "qemu+unix:///system?socket=/run/a%26b%3Bc",
        "qemu:///embed?root=/var/lib/x",
    ] {
        assert_eq!(parse(text).to_string(), text);
        assert_eq!(parse(text).check(), [], "{text}");
    }
}

#[test]
fn fields_are_decoded() {
    let uri = parse("qemu+ssh://j%40corp@h:22/system?keyfile=%2Fa%20b&sshauth=privkey,agent");
    assert_eq!(uri.user.as_deref(), Some("j@corp"));
    assert_eq!((uri.host.as_deref(), uri.port), (Some("h"), Some(22)));
    assert_eq!(uri.parameter("KeyFile"), Some("/a b"));
    assert_eq!(uri.parameter("sshauth"), Some("privkey,agent"));
}

#[test]
fn a_wrong_uri_names_the_field() {
    for (text, field) in [
        ("", Field::Whole),
        ("qemu", Field::Whole),
        ("qemu:/system", Field::Whole),
        ("qemu:///sys tem", Field::Whole),
        ("qemu:///system#x", Field::Whole),
        ("://h/system", Field::Driver),
        ("qemu+ssh://h:99999/system", Field::Port),
        ("qemu+ssh://h:0/system", Field::Port),
        ("qemu+ssh://h:+22/system", Field::Port),
        ("qemu+ssh://2001:db8::1/system", Field::Host),
        ("qemu+ssh://[2001:db8::1/system", Field::Host),
        ("qemu+ssh://me:secret@h/system", Field::User),
        ("qemu:///sys%zz", Field::Path),
        ("qemu:///system?a=%0", Field::Query),
        ("qemu:///system?a=%00", Field::Query),
    ] {
        assert_eq!(Uri::parse(text).map_err(|error| error.field), Err(field), "{text}");
    }
}

#[test]
fn an_incomplete_uri_is_refused_field_by_field() {
    for (text, field) in [
        ("qemu+ssh:///system", Field::Host),
        ("qemu+bad://h/system", Field::Transport),
        ("qemu+ssh://-oProxyCommand=x/system", Field::Host),
        ("qemu+ssh://-oProxyCommand%3Dx@h/system", Field::User),
        ("qemu:///nowhere", Field::Path),
        ("qemu://h", Field::Path),
        ("test:///", Field::Path),
    ] {
        let fields: Vec<Field> = parse(text).check().into_iter().map(|error| error.field).collect();
        assert_eq!(fields, [field], "{text}");
    }
}

#[test]
fn parameters_that_run_programs_or_turn_checks_off_are_found() {
    for (text, risk) in [
        (
            "qemu+ext:///system?command=/tmp/x",
            vec![Risk::ExternalTransport, Risk::LocalCommand("/tmp/x".into())],
        ),
        (
            "qemu+ssh://h/system?COMMAND=/tmp/x",
            vec![Risk::LocalCommand("/tmp/x".into())],
        ),
        (
            "qemu+ssh://h/system?%63ommand=/tmp/x",
            vec![Risk::LocalCommand("/tmp/x".into())],
        ),
        (
            "qemu+ssh://h/system?a=b;command=/tmp/x",
            vec![Risk::LocalCommand("/tmp/x".into())],
        ),
        (
            "qemu+ssh://h/system?proxy=netcat&socket=/tmp/x%3Btouch%20/tmp/y",
            vec![Risk::RemoteShell("/tmp/x;touch /tmp/y".into())],
        ),
        ("qemu+ssh://h/system?netcat=/x", vec![Risk::RemoteCommand("/x".into())]),
        (
            "qemu://h/system?no_verify=1",
            vec![Risk::Unverified("no_verify".into())],
        ),
        ("qemu://h/system?no_verify=0", vec![]),
        (
            "qemu+tls://h/system?name=qemu%2Bext:///session%3Fcommand%3D/tmp/x",
            vec![
                Risk::RemoteCommand("qemu+ext:///session?command=/tmp/x".into()),
                Risk::RemoteCommand("/tmp/x".into()),
            ],
        ),
        ("qemu+tls://h/system?name=qemu:///session", vec![]),
        ("qemu+ssh://me@h/system?keyfile=/k&socket=/run/x-sock", vec![]),
    ] {
        assert_eq!(parse(text).risks(), risk, "{text}");
    }
}

#[test]
fn setting_a_parameter_keeps_the_others_in_place() {
    let mut uri = parse("qemu+ssh://h/system?a=1&keyfile=x&b=2&KEYFILE=y");
    uri.set_parameter("keyfile", Some("/z"));
    assert_eq!(uri.to_string(), "qemu+ssh://h/system?a=1&keyfile=/z&b=2");
    uri.set_parameter("keyfile", None);
    uri.set_parameter("c", Some("3"));
    uri.set_parameter("d", Some(""));
    assert_eq!(uri.to_string(), "qemu+ssh://h/system?a=1&b=2&c=3");
}

#[test]
fn a_host_without_transport_means_tls() {
    assert_eq!(parse("qemu://h/system").effective_transport(), "tls");
    assert_eq!(parse("qemu://h/system").usual_port(), Some(16514));
    assert_eq!(parse("qemu:///system").effective_transport(), "unix");
    assert!(!parse("qemu:///system").is_remote());
}

#[test]
fn hosts_get_a_sensible_name() {
    assert_eq!(parse("qemu+ssh://root@rack1/system").suggested_name(), "rack1");
    assert_eq!(parse("qemu:///system").suggested_name(), "This Computer");
    assert_eq!(
        parse("qemu+unix:///session?socket=/tmp/s").suggested_name(),
        "This Computer (User Session)"
    );
    assert_eq!(
        parse("qemu+ssh://rack1/session").suggested_name(),
        "rack1 · User Session"
    );
    assert_eq!(parse("xen+ssh://rack1/system").suggested_name(), "rack1 · Xen");
}

#[test]
fn nothing_that_somebody_else_set_stays_unseen() {
    for uri in ["qemu:///system", "qemu+ssh://me@h:22/system", "test:///default"] {
        assert_eq!(parse(uri).effects(), [], "{uri}");
    }
    for (parameter, trust) in [
        ("keyfile=/k", false),
        ("sshauth=password", false),
        ("proxy=netcat", false),
        ("socket=/s", false),
        ("mode=direct", false),
        ("name=test:///default", false),
        ("unheard=of", false),
        ("no_verify=0", false),
        ("pkipath=/p", true),
        ("known_hosts=/k", true),
        ("tls_priority=NONE", true),
    ] {
        let (name, value) = parameter.split_once('=').unwrap_or_default();
        let (name, value) = (name.to_owned(), value.to_owned());
        let uri = parse(&format!("qemu+ssh://h/system?{parameter}"));
        let shown = if trust {
            Risk::Trust(name, value)
        } else {
            Risk::Setting(name, value)
        };
        assert_eq!(uri.effects(), [shown], "{parameter}");
        assert_eq!((uri.wants_consent(), uri.risks()), (trust, vec![]), "{parameter}");
    }
    let uri = parse("qemu+ssh://h/system?keyfile=/k&netcat=/x");
    assert!(uri.wants_consent());
    assert_eq!(
        uri.effects(),
        [
            Risk::RemoteCommand("/x".into()),
            Risk::Setting("keyfile".into(), "/k".into())
        ]
    );
}
