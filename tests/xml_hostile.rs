//! Whatever a host or a file holds: reading ends soon, within bounds, with a place and a reason, and edits hold.

use std::time::{Duration, Instant};

use proptest::prelude::*;
use proptest::test_runner::RngSeed;
use vireo::model::xml::domain::{Domain, DomainChange, fields};
use vireo::model::xml::{Document, Encoding, differences, merge, read_domain};

/// Reads anything; what is taken must be written as it was read. The body of a fuzz target.
fn parse_target(bytes: &[u8]) {
    if let Ok(document) = Document::from_bytes(bytes) {
        // A UTF-16 file with half a character at its end, and the like, are refused.
        assert_eq!(document.to_bytes(), bytes);
        let text = document.to_string();
        if document.encoding() == Encoding::Utf8 {
            roxmltree::Document::parse_with_options(
                text.trim_start_matches('\u{feff}'),
                roxmltree::ParsingOptions {
                    allow_dtd: false,
                    ..Default::default()
                },
            )
            .map(drop)
            .or_else(accept_namespace_errors)
            .unwrap_or_else(|error| panic!("{error}: taken, though another parser refuses it: {text:?}"));
        }
        let _ = read_domain(&text);
        assert!(differences(&document, &document).is_empty());
        let merged = merge(&document, &document, &document).expect("nobody changed anything");
        assert_eq!(merged.to_string(), text);
    }
}

/// Namespaces are nothing that we check: libvirt doesn't, either.
fn accept_namespace_errors(error: roxmltree::Error) -> Result<(), roxmltree::Error> {
    use roxmltree::Error;
    match error {
        Error::UnknownNamespace(..)
        | Error::UnexpectedXmlUri(_)
        | Error::UnexpectedXmlnsUri(_)
        | Error::InvalidElementNamePrefix(_)
        | Error::InvalidXmlPrefixUri(_)
        | Error::DuplicatedNamespace(..)
        | Error::DuplicatedAttribute(..)
        | Error::InvalidName(_) => Ok(()),
        error => Err(error),
    }
}

/// Edits anything that is a machine: the result must be a document that says so again. The body of a fuzz target.
fn edit_target(text: &str, changes: &[DomainChange]) {
    let Ok(mut domain) = Domain::parse(text) else { return };
    for change in changes {
        if let Ok(after) = DomainChange::apply_all(std::slice::from_ref(change), &domain) {
            let written = after.document().to_string();
            let again = Domain::parse(&written).unwrap_or_else(|error| panic!("{change:?}: {error}: {written:?}"));
            assert_eq!(again.memory_kib(), after.memory_kib());
            assert_eq!(again.targets(), after.targets());
            domain = after;
        }
    }
    for device in domain.devices().collect::<Vec<_>>() {
        let mut document = domain.document().clone();
        for field in fields::of(device.kind) {
            let _ = document.set(device.node, *field, Some("value".to_owned()));
        }
        Document::parse(&document.to_string()).expect("well-formed still");
    }
}

const PIECES: &[&str] = &[
    "<",
    ">",
    "/>",
    "</",
    "<domain",
    "<domain>",
    "</domain>",
    "<domain type='kvm'>",
    "<devices>",
    "</devices>",
    "<devices/>",
    "<disk>",
    "<disk/>",
    "</disk>",
    "<target dev='vda'/>",
    "<memory unit='KB'>5</memory>",
    "<memory>",
    "</memory>",
    "<vcpu current='2'>4</vcpu>",
    "<vcpus>",
    "</vcpus>",
    "<vcpu id='1' enabled='yes' hotpluggable='yes'/>",
    "<os>",
    "</os>",
    "<boot dev='hd'/>",
    "<boot order='1'/>",
    "<cpu><numa><cell memory='1'/></numa></cpu>",
    "<interface>",
    "</interface>",
    "<mac address='52:54:00:00:00:01'/>",
    "<metadata/>",
    "<metadata><a xmlns='urn:a'/></metadata>",
    "<!--",
    "-->",
    "<!-- x -->",
    "--",
    "<![CDATA[",
    "]]>",
    "<?x",
    "?>",
    "<?xml version='1.0'?>",
    "<?xml version='1.0' encoding='UTF-16'?>",
    "<!DOCTYPE x>",
    "<!ENTITY",
    "&",
    "&amp;",
    "&#0;",
    "&#x41;",
    "&x;",
    ";",
    "'",
    "\"",
    "=",
    " ",
    "\n",
    "\r\n",
    "\t",
    "a",
    "x:y",
    "xmlns='u'",
    "xmlns:x='u'",
    "\u{feff}",
    "\u{fffe}",
    "\u{1}",
    "ü",
    "1",
    "-1",
    "18446744073709551615",
];

fn soup() -> impl Strategy<Value = String> {
    prop::collection::vec(prop::sample::select(PIECES), 0..60).prop_map(|pieces| pieces.concat())
}

/// A machine with soup in the middle: gets further than soup alone.
fn machine() -> impl Strategy<Value = String> {
    prop::collection::vec(prop::sample::select(PIECES), 0..12)
        .prop_map(|pieces| format!("<domain type='kvm'><name>x</name>{}</domain>", pieces.concat()))
}

fn change() -> impl Strategy<Value = DomainChange> {
    prop_oneof![
        any::<u64>().prop_map(DomainChange::Memory),
        (0..100_u64).prop_map(DomainChange::Memory),
        (0..100_u64).prop_map(DomainChange::CurrentMemory),
        (0..10_u64).prop_map(DomainChange::Vcpus),
        any::<u64>().prop_map(DomainChange::MaxVcpus),
        (0..10_u64).prop_map(DomainChange::MaxVcpus),
        any::<String>().prop_map(DomainChange::Title),
        any::<String>().prop_map(DomainChange::Description),
        any::<String>().prop_map(DomainChange::Name),
        any::<String>().prop_map(DomainChange::AddDisk),
        Just(DomainChange::RemoveDisk("vda".into())),
        any::<String>().prop_map(DomainChange::AddNic),
        any::<String>().prop_map(DomainChange::RemoveNic),
        soup().prop_map(DomainChange::AddDevice),
        prop::collection::vec(prop::sample::select(vec!["hd", "cdrom", "network", "vda"]), 0..4)
            .prop_map(|order| DomainChange::Boot(order.into_iter().map(str::to_owned).collect())),
        (any::<String>(), any::<String>(), soup()).prop_map(|(key, uri, xml)| DomainChange::Metadata { key, uri, xml }),
        soup().prop_map(|xml| DomainChange::Metadata {
            key: "k".into(),
            uri: "urn:k".into(),
            xml
        }),
    ]
}

fn config() -> ProptestConfig {
    ProptestConfig {
        cases: 2000,
        rng_seed: RngSeed::Fixed(7),
        failure_persistence: None,
        ..ProptestConfig::default()
    }
}

proptest! {
    #![proptest_config(config())]

    #[test]
    fn any_bytes_are_read_or_refused(bytes in prop::collection::vec(any::<u8>(), 0..200)) {
        parse_target(&bytes);
    }

    #[test]
    fn any_soup_of_markup_is_read_or_refused(text in prop_oneof![soup(), machine()]) {
        parse_target(text.as_bytes());
    }

    #[test]
    fn any_edit_of_any_machine_leaves_a_document(text in machine(), changes in prop::collection::vec(change(), 1..5)) {
        edit_target(&text, &changes);
    }
}

#[test]
fn malformed_documents_are_refused_where_they_are_wrong() {
    let mut wrong = Vec::new();
    for (text, line, column, expected) in [
        ("", 1, 1, "expected an element"),
        ("\n\n", 3, 1, "expected an element"),
        ("words", 1, 1, "text before the root"),
        ("<a/>words", 1, 5, "text after the root"),
        ("<a>\n  <b>\n</a>", 3, 1, "</b>"),
        ("<a>", 1, 4, "expected </a>"),
        ("<a", 1, 1, "not closed"),
        ("<a/><b/>", 1, 5, "more than one root"),
        ("</a>", 1, 1, "</a>"),
        ("<a b='1' b='2'/>", 1, 10, "twice"),
        ("<a\n b=1/>", 2, 4, "quote"),
        ("<a b/>", 1, 5, "'='"),
        ("<a b='1'c='2'/>", 1, 9, "space"),
        ("<a b='<'/>", 1, 7, "&lt;"),
        ("<a>&</a>", 1, 4, "&amp;"),
        ("<a>&nbsp;</a>", 1, 4, "unknown entity &nbsp;"),
        ("<a>&#xD800;</a>", 1, 4, "no character"),
        ("<a>&#0;</a>", 1, 4, "no character"),
        ("<a>x\u{8}</a>", 1, 5, "U+0008"),
        ("<a>]]></a>", 1, 4, "]]&gt;"),
        ("<a><!-- -- --></a>", 1, 9, "--"),
        ("<a><!-- </a>", 1, 4, "the comment is not closed"),
        ("<a><![CDATA[ </a>", 1, 4, "CDATA section is not closed"),
        ("<a><?x </a>", 1, 4, "not closed"),
        ("<a><?xml version='1.0'?></a>", 1, 4, "very beginning"),
        (" <?xml version='1.0'?><a/>", 1, 2, "very beginning"),
        ("<1a/>", 1, 2, "name of an element"),
        ("<a><></></a>", 1, 5, "name of an element"),
        (
            "<!DOCTYPE a [<!ENTITY x SYSTEM 'file:///etc/passwd'>]><a>&x;</a>",
            1,
            1,
            "document type",
        ),
        ("<a><![CDATA[x]]></a><![CDATA[y]]>", 1, 21, "outside"),
        ("<?xml encoding='UTF-8'?><a/>", 1, 6, "version"),
        ("<ü><é></ü>", 1, 7, "</é>"),
    ] {
        let error = Document::parse(text).expect_err(text);
        if !error.message.contains(expected) || (error.line, error.column) != (line, column) {
            wrong.push(format!("{text:?}: {error}"));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn attacks_end_soon_and_in_bounds() {
    let started = Instant::now();
    let lol: String = (1..10)
        .map(|n| format!("<!ENTITY l{n} '&l{};&l{};'>", n - 1, n - 1))
        .collect();
    for (what, text) in [
        (
            "entity bomb",
            format!("<!DOCTYPE d [<!ENTITY l0 'lol'>{lol}]><domain>&l9;</domain>"),
        ),
        ("100,000 levels", "<a>".repeat(100_000) + &"</a>".repeat(100_000)),
        ("100,000 open levels", "<a>".repeat(100_000)),
        ("20 MB of text", format!("<domain>{}</domain>", "x".repeat(20 << 20))),
        (
            "50,000 attributes",
            format!(
                "<domain{}/>",
                (0..50_000).map(|n| format!(" a{n}='1'")).collect::<String>()
            ),
        ),
        ("a name of 2 MB", format!("<{}/>", "n".repeat(2 << 20))),
        ("a reference of 2 MB", format!("<a b='&{};'/>", "n".repeat(2 << 20))),
        ("two million elements", format!("<a>{}</a>", "<a/>".repeat(2_000_000))),
    ] {
        assert!(Document::parse(&text).is_err(), "{what}");
        assert!(
            started.elapsed() < Duration::from_secs(20),
            "{what}: {:?}",
            started.elapsed()
        );
    }
}

#[test]
fn a_machine_with_20_000_disks_can_be_edited() {
    let disks: String = (0..20_000)
        .map(|n| format!("\n    <disk type='file'><target dev='d{n}' bus='virtio'/></disk>"))
        .collect();
    let text = format!(
        "<domain type='kvm'>\n  <name>many</name>\n  <memory>1</memory>\n  <devices>{disks}\n  </devices>\n</domain>"
    );
    let started = Instant::now();
    let domain = Domain::parse(&text).expect("well-formed");
    let changes = [
        DomainChange::AddDisk("/x".into()),
        DomainChange::RemoveDisk("d19999".into()),
        DomainChange::Title("t".into()),
    ];
    let after = DomainChange::apply_all(&changes, &domain).expect("possible");
    assert_eq!(after.targets().len(), 20_000);
    assert_eq!(
        merge(domain.document(), after.document(), domain.document())
            .expect("no conflict")
            .to_string()
            .len(),
        after.document().to_string().len()
    );
    assert!(started.elapsed() < Duration::from_secs(30), "{:?}", started.elapsed());
}

#[test]
fn deep_but_lawful_documents_take_edits() {
    let text = "<domain>".to_owned() + &"<a>".repeat(254) + &"</a>".repeat(254) + "</domain>";
    let mut document = Document::parse(&text).expect("255 levels");
    let inner = document.descendants(document.root()).pop().expect("the innermost");
    document
        .insert(inner, vireo::model::xml::Place::Last, "<b/>")
        .expect("the last level");
    let b = document.descendants(document.root()).pop().expect("the innermost");
    let before = document.to_string();
    assert!(
        document.insert(b, vireo::model::xml::Place::Last, "<c/>").is_err(),
        "one too deep"
    );
    assert_eq!(document.to_string(), before);
}
