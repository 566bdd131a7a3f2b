//! Bringing what the user wants together with what the host has by now.

use uuid::Uuid;

use crate::i18n::{tr, tr_f};
use crate::model::xml::domain::fields::interface;
use crate::model::xml::domain::{DeviceKind, Domain};
use crate::model::xml::{Conflict, NodeId, Refused, merge};

/// What comes of it.
#[derive(Debug, Clone)]
pub enum Prepared {
    /// It fits together.
    Ready(Box<Ready>),
    /// Others have changed the same places in another way.
    Clash(Vec<Conflict>),
}

/// A definition that can be given to the host.
#[derive(Debug, Clone)]
pub struct Ready {
    /// The definition that the host has.
    pub current: Domain,
    /// The one that it shall have, still under its present name.
    pub wanted: Domain,
    /// The new name, where there is one: a definition cannot give it, only a call of its own.
    pub name: Option<String>,
    /// Changes of others came in between.
    pub merged: bool,
}

impl Ready {
    /// Whether the definition says anything new, the name aside.
    #[must_use]
    pub fn is_changed(&self) -> bool {
        let (current, wanted) = (self.current.document(), self.wanted.document());
        current.canonical(current.root()) != wanted.canonical(wanted.root())
    }

    /// Gives new interfaces a hardware address where they have none. libvirt would give the running machine another one than
    /// its definition.
    pub fn name_interfaces(&mut self) {
        let document = self.wanted.document();
        let is_nameless = |node: &NodeId| document.get(*node, interface::MAC).is_none();
        let all = self.wanted.devices_of(DeviceKind::Interface);
        for node in all.filter(is_nameless).collect::<Vec<_>>() {
            let mac = self.wanted.new_mac();
            // One that cannot be written is libvirt's to choose.
            let _ = self.wanted.document_mut().set(node, interface::MAC, Some(mac));
        }
    }

    /// Whether it changes what the guest's system may hang on most: firmware, its variables, machine type, name.
    #[must_use]
    pub fn is_delicate(&self) -> bool {
        let system = |domain: &Domain| {
            let document = domain.document();
            let os = document.child(document.root(), "os");
            let places = ["type", "loader", "nvram", "firmware"];
            let said = |place| Some(document.canonical(document.child(os?, place)?));
            let firmware = os.and_then(|os| document.attribute(os, "firmware").map(std::borrow::Cow::into_owned));
            (places.map(said), firmware)
        };
        self.name.is_some() || system(&self.current) != system(&self.wanted)
    }
}

/// Takes the definition that the host has now, with what the user has changed since `base`. All three must be of the
/// machine with this UUID: any other would become a twin.
///
/// # Errors
/// Where one of them cannot be read, or is of another machine.
pub fn prepare(uuid: Uuid, base: &str, edited: &str, current: &str) -> Result<Prepared, Refused> {
    let (mine, theirs) = (read(uuid, edited)?, read(uuid, current)?);
    let is_newer = base != current;
    let mut wanted = if is_newer {
        let base = read(uuid, base)?;
        match merge(base.document(), mine.document(), theirs.document()) {
            Ok(merged) => Domain::new(merged)?,
            Err(conflicts) => return Ok(Prepared::Clash(conflicts)),
        }
    } else {
        mine
    };
    if wanted.uuid() != Some(uuid) {
        return Err(other_machine());
    }
    let (old, new) = (theirs.name(), wanted.name());
    let name = (new != old).then_some(new);
    if name.is_some() {
        wanted.set_name(&old)?;
    }
    Ok(Prepared::Ready(Box::new(Ready {
        current: theirs,
        wanted,
        name,
        merged: is_newer,
    })))
}

fn read(uuid: Uuid, text: &str) -> Result<Domain, Refused> {
    let domain = Domain::parse(text).map_err(|error| {
        Refused(tr_f(
            "The definition cannot be read: {reason}",
            &[("reason", &error.to_string())],
        ))
    })?;
    if domain.uuid() != Some(uuid) {
        return Err(other_machine());
    }
    Ok(domain)
}

fn other_machine() -> Refused {
    Refused(tr(
        "The definition has not the UUID of this machine: it would make another one.",
    ))
}

#[cfg(test)]
mod tests {
    use super::*;

    const UUID: &str = "6f0e0c0e-6d5c-4a5e-8d9b-0d5a3f0c1b2a";
    const BASE: &str = "<domain type='kvm'><name>web</name><uuid>6f0e0c0e-6d5c-4a5e-8d9b-0d5a3f0c1b2a</uuid>\
        <title>t</title><memory>1024</memory><os><type machine='q35'>hvm</type></os></domain>";

    fn ready(edited: &str, current: &str) -> Ready {
        match prepare(UUID.parse().expect("a UUID"), BASE, edited, current) {
            Ok(Prepared::Ready(ready)) => *ready,
            other => panic!("{other:?}"),
        }
    }

    #[test]
    fn changes_of_both_come_together() {
        let mine = BASE.replace(">1024<", ">2048<");
        let theirs = BASE.replace(">t<", ">theirs<");
        let both = ready(&mine, &theirs);
        assert!(both.merged && both.is_changed() && both.name.is_none() && !both.is_delicate());
        assert_eq!(both.wanted.document().to_string(), theirs.replace(">1024<", ">2048<"));
        assert!(!ready(BASE, &theirs).is_changed());
        assert!(!ready(&mine, BASE).merged);
        let clash = prepare(
            UUID.parse().expect("a UUID"),
            BASE,
            &mine,
            &BASE.replace(">1024<", ">4096<"),
        );
        assert!(matches!(clash, Ok(Prepared::Clash(conflicts)) if conflicts[0].place == "memory"));
    }

    #[test]
    fn a_new_name_is_told_apart_from_the_definition() {
        let renamed = ready(&BASE.replace(">web<", ">other<"), BASE);
        assert_eq!(renamed.name.as_deref(), Some("other"));
        assert_eq!(renamed.wanted.name(), "web");
        assert!(renamed.is_delicate() && !renamed.is_changed());
        // Renamed by somebody else meanwhile, and not by us.
        let theirs = BASE.replace(">web<", ">theirs<");
        assert_eq!(ready(&BASE.replace(">t<", ">u<"), &theirs).name, None);
    }

    #[test]
    fn another_machine_type_or_firmware_is_delicate() {
        assert!(ready(&BASE.replace("'q35'", "'pc'"), BASE).is_delicate());
        assert!(ready(&BASE.replace("<os>", "<os firmware='efi'>"), BASE).is_delicate());
        assert!(!ready(&BASE.replace(">t<", ">u<"), BASE).is_delicate());
    }

    #[test]
    fn a_definition_of_another_machine_is_refused() {
        let other = BASE.replace("6f0e0c0e", "7f0e0c0e");
        let none = BASE.replace("<uuid>6f0e0c0e-6d5c-4a5e-8d9b-0d5a3f0c1b2a</uuid>", "");
        let uuid = UUID.parse().expect("a UUID");
        for (base, edited, current) in [
            (BASE, other.as_str(), BASE),
            (BASE, none.as_str(), BASE),
            (BASE, BASE, other.as_str()),
            (other.as_str(), BASE, &BASE.replace(">t<", ">u<")),
            (BASE, "<domain", BASE),
        ] {
            assert!(prepare(uuid, base, edited, current).is_err(), "{edited}");
        }
    }
}
