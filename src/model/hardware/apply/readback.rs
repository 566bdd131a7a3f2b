//! What libvirt has made of a definition.

use std::collections::HashMap;

use crate::model::hardware::plan::masked;
use crate::model::xml::domain::Domain;
use crate::model::xml::{Difference, Document, NodeId, differences, unit};

/// How the place of a comment is named.
const COMMENT: &str = "#comment";

/// What libvirt has left out or written in another way, and what it has added by itself; without passwords. Another way to
/// write the same (a unit, a number in another base, an element that says nothing) is no difference.
#[must_use]
pub fn read_back(wanted: &Domain, defined: &Domain) -> (Vec<Difference>, Vec<Difference>) {
    let (wanted, defined) = (without_shadow(wanted), without_shadow(defined));
    let (wanted, defined) = (&wanted, &defined);
    let (added, mut dropped): (Vec<_>, Vec<_>) = differences(wanted, defined)
        .into_iter()
        .filter(|difference| !is_same(difference, wanted, defined))
        // What is asked for without a value is libvirt's to fill in.
        .partition(|difference| {
            let before = difference.before.as_deref();
            before.is_none_or(|before| before.is_empty() && difference.after.is_some())
        });
    // An element that got a number, or a bus, of libvirt's is another one by its place.
    dropped.retain(|gone| gone.after.is_some() || !is_in(gone, &added));
    dropped.extend(comments(wanted, defined));
    let hidden = |list: Vec<Difference>| list.into_iter().map(masked).collect();
    (hidden(dropped), hidden(added))
}

/// The console that libvirt makes anew from the first serial port says nothing.
fn without_shadow(domain: &Domain) -> Document {
    let mut copy = domain.document().clone();
    if let Some(shadow) = domain.shadow_console() {
        copy.remove(shadow);
    }
    copy
}

fn is_same(difference: &Difference, wanted: &Document, defined: &Document) -> bool {
    match (&difference.before, &difference.after) {
        (Some(before), Some(after)) => {
            is_same_value(before, after)
                || is_same_size(&difference.place, wanted, defined)
                || difference.place == "os/type/@machine" && is_alias(before, after)
        }
        (None, Some(_)) => is_same_size(&difference.place, wanted, defined),
        (Some(before), None) => {
            is_same_size(&difference.place, wanted, defined)
                || is_empty(before)
                // All of them is what is meant without a word.
                || difference.place == "vcpu/@current" && defined.value(defined.root(), "vcpu").as_ref() == Some(before)
        }
        (None, None) => true,
    }
}

/// Whether a machine type is the present version of another one: `q35` of `pc-q35-10.0`.
fn is_alias(alias: &str, machine: &str) -> bool {
    let mut words = machine.rsplit_once('-').map_or("", |(name, _)| name).split('-');
    !alias.contains(['-', '.'])
        && (words.any(|word| word == alias) || alias == "pc" && machine.starts_with("pc-i440fx-"))
}

/// Whether two values are one number, or one hardware address.
fn is_same_value(one: &str, other: &str) -> bool {
    let is_address =
        |text: &str| text.contains(':') && text.chars().all(|letter| letter.is_ascii_hexdigit() || letter == ':');
    // A version of USB, `2.0` or `2.00`.
    let fraction = |text: &str| text.contains('.').then(|| text.trim_end_matches('0').to_owned());
    match (number(one), number(other)) {
        (Some(one), Some(other)) => one == other,
        _ if fraction(one).is_some() => fraction(one) == fraction(other),
        _ => is_address(one) && one.eq_ignore_ascii_case(other),
    }
}

fn number(text: &str) -> Option<u64> {
    let text = text.trim();
    match text.strip_prefix("0x") {
        Some(digits) => u64::from_str_radix(digits, 16).ok(),
        None => text.parse().ok(),
    }
}

/// Whether a size is the same in another unit.
fn is_same_size(place: &str, wanted: &Document, defined: &Document) -> bool {
    let place = place.strip_suffix("/@unit").unwrap_or(place);
    let (Some(one), Some(other)) = (wanted.at_place(place), defined.at_place(place)) else {
        return false;
    };
    let (ours, theirs) = (wanted.attribute(one, "unit"), defined.attribute(other, "unit"));
    if ours.is_none() && theirs.is_none() {
        return false;
    }
    let size = |document: &Document, id, unit: Option<&str>| unit::to_kib(&document.text(id), unit);
    let size_of_ours = size(wanted, one, ours.as_deref());
    size_of_ours.is_some() && size_of_ours == size(defined, other, theirs.as_deref())
}

/// Whether an element says nothing, and neither does anything in it.
fn is_empty(source: &str) -> bool {
    let Ok(element) = Document::parse(source) else {
        return false;
    };
    let all = element.descendants(element.root());
    all.into_iter()
        .chain([element.root()])
        .all(|id| element.attributes(id).next().is_none() && element.text(id).trim().is_empty())
}

/// Whether an element that is gone is one of the new ones, with more said in it.
fn is_in(gone: &Difference, added: &[Difference]) -> bool {
    let Some(Ok(before)) = gone.before.as_deref().map(Document::parse) else {
        return false;
    };
    added.iter().any(|new| {
        let after = new.after.as_deref().map(Document::parse);
        around(&new.place) == around(&gone.place)
            && matches!(after, Some(Ok(after)) if says_all(&before, before.root(), &after, after.root()))
    })
}

fn around(place: &str) -> &str {
    place.rsplit_once('/').map_or("", |(around, _)| around)
}

/// Whether everything that the first element says is said by the second one, too.
fn says_all(before: &Document, one: NodeId, after: &Document, other: NodeId) -> bool {
    if before.local_name(one) != after.local_name(other) {
        return false;
    }
    let values: HashMap<_, _> = after.attributes(other).collect();
    let has_attributes = before.attributes(one).all(|(name, value)| {
        let there = values.get(name);
        there.is_some_and(|there| *there == value || is_same_value(&value, there))
    });
    let text = before.text(one);
    let is_leaf = before.children(one).next().is_none();
    let has_text = !is_leaf || text.trim() == after.text(other).trim() || text.trim().is_empty();
    let mut free: Vec<_> = after.children(other).collect();
    has_attributes
        && has_text
        && before.children(one).all(|child| {
            let found = free.iter().position(|there| says_all(before, child, after, *there));
            found.map(|found| free.remove(found)).is_some()
        })
}

/// Comments that are not there any more: libvirt keeps them only in the metadata.
fn comments(wanted: &Document, defined: &Document) -> Vec<Difference> {
    let kept = defined.to_string();
    let source = wanted.to_string();
    let mut found = Vec::new();
    let mut rest = source.as_str();
    while let Some((_, start)) = rest.split_once("<!--") {
        let Some((comment, after)) = start.split_once("-->") else {
            break;
        };
        rest = after;
        let comment = format!("<!--{comment}-->");
        if !kept.contains(&comment) {
            found.push(Difference {
                place: COMMENT.to_owned(),
                before: Some(comment),
                after: None,
            });
        }
    }
    found
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn told(wanted: &str, defined: &str) -> (Vec<String>, Vec<String>) {
        let read = |text: &str| Domain::parse(&format!("<domain>{text}</domain>")).expect("a machine");
        let (dropped, added) = read_back(&read(wanted), &read(defined));
        let places = |list: Vec<Difference>| list.into_iter().map(|one| one.place).collect();
        (places(dropped), places(added))
    }

    fn none() -> Vec<String> {
        Vec::new()
    }

    #[test]
    fn what_is_left_out_and_what_is_added_are_told_apart() {
        let (dropped, added) = told(
            "<title>t</title><devices><disk><source file='/a'/><target dev='vda'/><wing/><wing span='2'/></disk></devices>",
            "<title>t</title><devices><disk><source file='/b'/><target dev='vda' bus='virtio'/></disk><rng/></devices>",
        );
        assert_eq!(dropped, ["devices/disk[vda]/wing#2", "devices/disk[vda]/source/@file"]);
        assert_eq!(added, ["devices/rng", "devices/disk[vda]/target/@bus"]);
    }

    #[test]
    fn another_way_to_write_the_same_is_no_difference() {
        for (wanted, defined) in [
            ("<memory unit='GiB'>4</memory>", "<memory unit='KiB'>4194304</memory>"),
            ("<memory>1024</memory>", "<memory unit='KiB'>1024</memory>"),
            ("<vcpu> 2 </vcpu>", "<vcpu>2</vcpu>"),
            ("<vcpu current='2'>2</vcpu>", "<vcpu>2</vcpu>"),
            ("<a slot='3'/>", "<a slot='0x03'/>"),
            (
                "<mac address='52:54:00:AA:00:01'/>",
                "<mac address='52:54:00:aa:00:01'/>",
            ),
            ("<a version='2.0'/>", "<a version='2.00'/>"),
            (
                "<os><type machine='q35'>hvm</type></os>",
                "<os><type machine='pc-q35-10.0'>hvm</type></os>",
            ),
            (
                "<os><type machine='pc'>hvm</type></os>",
                "<os><type machine='pc-i440fx-10.0'>hvm</type></os>",
            ),
            ("<blkiotune/>", ""),
            ("<metadata>\n</metadata>", ""),
        ] {
            assert_eq!(told(wanted, defined), (none(), none()), "{wanted}");
        }
        assert_eq!(
            told("<memory unit='GiB'>4</memory>", "<memory unit='KiB'>4</memory>").0,
            ["memory/@unit"]
        );
    }

    #[test]
    fn what_libvirt_fills_in_is_added_and_not_changed() {
        assert_eq!(
            told("<genid/>", "<genid>0cfb6c35</genid>"),
            (none(), vec!["genid".to_owned()])
        );
        assert_eq!(
            told(
                "<os><type machine='pc-q35-9.0'/></os>",
                "<os><type machine='pc-q35-10.0'/></os>"
            )
            .0
            .len(),
            1
        );
    }

    #[test]
    fn the_console_that_follows_the_serial_port_is_no_difference() {
        let serial =
            |kind: &str| format!("<devices><serial type='{kind}'><target port='0'/></serial>CONSOLE</devices>");
        let console = |text: String, kind: &str| {
            let console = format!("<console type='{kind}'><target type='serial' port='0'/></console>");
            text.replace("CONSOLE", &console)
        };
        let (wanted, defined) = (console(serial("null"), "pty"), console(serial("null"), "null"));
        assert_eq!(told(&wanted, &defined), (none(), none()));
        assert_eq!(told(&serial("null").replace("CONSOLE", ""), &defined), (none(), none()));
        // One of its own is told.
        let own = "<devices><console type='pty'><target type='virtio'/></console></devices>";
        assert_eq!(told(own, "<devices/>").0, ["devices/console[virtio]"]);
    }

    #[test]
    fn a_device_that_got_a_bus_or_a_number_is_not_dropped() {
        for (wanted, defined) in [
            (
                "<input type='tablet'/>",
                "<input type='tablet' bus='usb'><address slot='1'/></input>",
            ),
            ("<controller type='scsi'/>", "<controller type='scsi' index='0'/>"),
            (
                "<interface><mac address='52:54:00:AA:00:01'/></interface>",
                "<interface><mac address='52:54:00:aa:00:01'/><model type='e1000'/></interface>",
            ),
        ] {
            let inside = |text: &str| format!("<devices>{text}</devices>");
            let (dropped, added) = told(&inside(wanted), &inside(defined));
            assert_eq!(dropped, none(), "{wanted}");
            assert!(!added.is_empty(), "{wanted}");
        }
    }

    #[test]
    fn comments_that_libvirt_drops_are_told_and_passwords_are_not() {
        assert_eq!(told("<!-- mine --><title>t</title>", "<title>t</title>").0, [COMMENT]);
        let read = |text: &str| Domain::parse(text).expect("a machine");
        let (dropped, _) = read_back(
            &read("<domain><devices><graphics type='vnc' passwd='hush'/></devices></domain>"),
            &read("<domain><devices/></domain>"),
        );
        assert_eq!(dropped.len(), 1);
        assert!(!format!("{dropped:?}").contains("hush"));
    }
}
