//! Failures of machines, with the names of those who use what is in use.

use uuid::Uuid;

use super::cause::{Cause, cause};
use super::explanation::{Explanation, explain};
use crate::i18n::{tr, tr_f};
use crate::model::error::VirtError;
use crate::model::key::DomainKey;
use crate::model::usage::{Holder, Purpose, Source, Usage};
use crate::ui::core::Core;

/// Puts the failure of something that was asked of a machine into words: as [`explain`], and where something is in use it
/// names who uses it, as far as that is known.
#[must_use]
pub fn explain_action(error: &VirtError, core: &Core, key: DomainKey) -> Explanation {
    let host = core.store().host(key.host).map(|host| host.config.clone());
    let explanation = explain(error, host.as_ref());
    let path = match cause(error) {
        Cause::DiskInUse(path) => path,
        _ => return explanation,
    };
    let usage = core.usage(key.host);
    match named(&usage, key.uuid, path.as_deref()) {
        Some(body) => Explanation { body, ..explanation },
        None => explanation,
    }
}

/// Who else has the image open, and what to do; `None` where nobody is known: then it is a program, or another host.
fn named(usage: &Usage, machine: Uuid, path: Option<&str>) -> Option<String> {
    let other = |holder: &Holder| {
        matches!(holder, Holder::Machine { uuid, active, .. }
            if *active && *uuid != machine)
    };
    let source = path.map(Source::path);
    let of_path = source.iter().flat_map(|source| usage.holders(source));
    let mut sentences: Vec<String> = of_path.filter(other).map(|holder| holder.sentence()).collect();
    let image = match &source {
        Some(source) if !sentences.is_empty() => source.label(),
        _ => {
            let mut found = usage.check_all(Some(machine), usage.images(machine), Purpose::Start);
            found.retain(|conflict| other(&conflict.holder));
            let first = found.first()?.source.clone();
            let same = found.iter().filter(|conflict| conflict.source == first);
            sentences = same.map(|conflict| conflict.holder.sentence()).collect();
            first.label()
        }
    };
    let known = tr_f("{image} is in use.", &[("image", &image)]);
    let ways = tr("Stop the other machine first, or give this one a copy of the image.");
    Some(format!("{known} {} {ways}", sentences.join(" ")))
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use super::*;
    use crate::model::usage::Machine;
    use crate::model::xml::read_domain;

    fn machine(number: u128, name: &str, active: bool, path: &str) -> Machine {
        let xml = format!(
            "<domain type='kvm'><devices><disk><source file='{path}'/><target dev='vda'/></disk></devices></domain>"
        );
        Machine {
            uuid: Uuid::from_u128(number),
            name: name.into(),
            active,
            locks: true,
            images: read_domain(&xml).ok().map(|details| details.images),
        }
    }

    #[test]
    fn holder_is_named_with_and_without_a_path_in_the_refusal() {
        let machines = vec![
            machine(1, "mail", false, "/a"),
            machine(2, "old-mail", true, "/a"),
            machine(3, "off", false, "/a"),
        ];
        let usage = Usage::new(machines, Arc::default());
        for path in [Some("/a"), None] {
            let body = named(&usage, Uuid::from_u128(1), path).unwrap();
            assert!(
                body.starts_with("/a is in use. “old-mail” uses it as vda (running). Stop"),
                "{body}"
            );
        }
        // Its own use is no reason.
        assert_eq!(named(&usage, Uuid::from_u128(2), Some("/a")), None);
    }
}
