//! Random documents: every kind of markup in every layout, well-formed.

use proptest::prelude::*;
use proptest::sample::select;

/// A text for an attribute or an element, as a program means it.
pub fn value() -> impl Strategy<Value = String> {
    prop_oneof![
        "[a-z0-9/._-]{0,12}",
        select(vec![
            "",
            " ",
            "a b",
            "<&>\"'",
            "]]>",
            "line\nline",
            "tab\tcr\rcrlf\r\n",
            "ü–😀\u{202e}",
            "&amp;",
            "${x}"
        ])
        .prop_map(str::to_owned),
    ]
}

fn name() -> impl Strategy<Value = &'static str> {
    select(vec![
        "disk", "source", "devices", "memory", "a", "b-c", "d.e", "os", "été", "n:x", "n:disk",
    ])
}

fn attributes() -> impl Strategy<Value = String> {
    let one = (
        select(vec!["type", "name", "id", "unit", "n:y"]),
        select(vec![
            "",
            "kvm",
            "a &amp; b",
            "&#10;&#x41;",
            "&lt;",
            "x y",
            "ü",
            "two\nlines",
            ">",
        ]),
        select(vec!["'", "\""]),
        select(vec![" ", "  ", "\n    "]),
        select(vec!["=", " = ", "=\n"]),
    );
    prop::collection::vec(one, 0..4).prop_map(|list| {
        let mut known = Vec::new();
        let mut out = String::new();
        for (name, value, quote, space, equals) in list {
            if !known.contains(&name) {
                known.push(name);
                out.push_str(&format!("{space}{name}{equals}{quote}{value}{quote}"));
            }
        }
        out
    })
}

fn leaf() -> impl Strategy<Value = String> {
    prop_oneof![
        select(vec![
            "text",
            "1024",
            " padded ",
            "&amp;&#65;",
            "<![CDATA[<raw> & ]]>",
            "<!-- note -->",
            "<?pi data?>",
            "ü",
            "]] >",
            "before<!-- inside -->behind",
            "",
        ])
        .prop_map(str::to_owned),
        (name(), attributes(), select(vec!["/>", " />"]))
            .prop_map(|(name, attributes, end)| format!("<{name}{attributes}{end}")),
    ]
}

/// An element with what is in it, in one of some layouts.
fn element() -> impl Strategy<Value = String> {
    let empty = (name(), attributes()).prop_map(|(name, attributes)| format!("<{name}{attributes}></{name}>"));
    prop_oneof![leaf(), empty].prop_recursive(5, 40, 6, |inner| {
        let gaps = select(vec!["", "\n  ", "\n\t", "\r\n    ", "\n\n  ", " "]);
        (
            name(),
            attributes(),
            prop::collection::vec(inner, 0..6),
            gaps,
            any::<bool>(),
        )
            .prop_map(|(name, attributes, children, gap, last)| {
                let mut out = format!("<{name}{attributes}>");
                for child in children {
                    out.push_str(gap);
                    out.push_str(&child.replace('\n', "\n  "));
                }
                if last {
                    out.push_str(gap);
                }
                out.push_str(&format!("</{name}>"));
                out
            })
    })
}

/// A whole document.
pub fn document() -> impl Strategy<Value = String> {
    let start = select(vec![
        "",
        "<?xml version='1.0' encoding='UTF-8'?>\n",
        "\u{feff}",
        "\u{feff}<?xml version=\"1.0\"?>\r\n",
        "<!-- made by hand -->\n\n",
        "<?xml-stylesheet href='x'?>",
    ]);
    let end = select(vec!["", "\n", "\r\n", "\n<!-- end -->\n"]);
    let gap = select(vec!["", "\n  ", "\n    ", "\r\n  ", "\n\t"]);
    (start, attributes(), prop::collection::vec(element(), 0..6), gap, end).prop_map(
        |(start, attributes, children, gap, end)| {
            let mut out = format!("{start}<domain xmlns:n='urn:n'{attributes}>");
            for child in children {
                out.push_str(gap);
                out.push_str(&child);
            }
            let close = gap.split("  ").next().unwrap_or_default().trim_end_matches('\t');
            out.push_str(&format!("{close}</domain>{end}"));
            out
        },
    )
}

/// One element to insert.
pub fn fragment() -> impl Strategy<Value = String> {
    select(vec![
        "<new/>",
        "<new type='x'>text</new>",
        "<new>\n  <inner a='1'/>\n  <inner>text\n  text</inner>\n</new>",
        "<!-- before --><new/>\n",
        "<new xmlns='urn:other'><disk/></new>",
        "<new>mixed <b/>\n content</new>",
    ])
    .prop_map(str::to_owned)
}
