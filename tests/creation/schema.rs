//! What the recipe writes is what libvirt's schema allows.

use std::io::Write;
use std::process::{Command, Stdio};

use crate::support::root;

#[track_caller]
fn validate(name: &str, xml: &str) {
    let mut check = Command::new("virt-xml-validate")
        .args(["-", "domain"])
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .expect("virt-xml-validate (see scripts/install-deps)");
    let mut input = check.stdin.take().expect("its input");
    input.write_all(xml.as_bytes()).expect("to write");
    drop(input);
    let output = check.wait_with_output().expect("its end");
    let words = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{name}: {words}\n{xml}");
}

#[test]
fn every_row_of_the_recipe_is_what_the_schema_of_libvirt_allows() {
    let mut checked = 0;
    for entry in std::fs::read_dir(root().join("tests/corpus/creation")).unwrap() {
        let path = entry.unwrap().path();
        let text = std::fs::read_to_string(&path).unwrap();
        if !text.starts_with("<domain ") {
            continue;
        }
        validate(&path.display().to_string(), &text);
        checked += 1;
    }
    assert!(checked >= 20, "only {checked} definitions were found");
}
