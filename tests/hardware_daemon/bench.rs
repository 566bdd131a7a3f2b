//! A private daemon with guests, and what the tests ask of it.

use std::collections::BTreeSet;

use uuid::Uuid;
use vireo::model::error::VirtError;
use vireo::model::event::{DomainNews, HostEvent};
use vireo::model::hardware::apply::{Definitions, Outcome, Report, Verdict, Wish};
use vireo::model::hardware::plan::{pending, plan};
use vireo::model::xml::domain::{Domain, DomainChange};

use crate::support::{Daemon, Host};

pub const NEVER_ANSWERS: &str = "<disk type='file' device='disk'><driver name='qemu' type='raw'/><source file='IMAGE'/>\
    <target dev='vdx' bus='virtio'/></disk>";

pub struct Bench {
    pub daemon: Daemon,
    pub host: Host,
}

/// What a definition says.
pub fn domain(text: &str) -> Domain {
    Domain::parse(text).expect("a machine")
}

/// The places that differ, as a person counts.
pub fn places(before: &str, after: &str) -> BTreeSet<String> {
    let changes = plan(&domain(before), &domain(after), None);
    changes.into_iter().map(|change| change.place).collect()
}

impl Bench {
    pub fn new() -> Self {
        let daemon = Daemon::start();
        let host = Host::new(&daemon.uri_qemu());
        host.listed(0);
        Self { daemon, host }
    }

    /// A file of that many MiB for a disk, readable by QEMU.
    pub fn image(&self, name: &str, mib: usize) -> String {
        use std::os::unix::fs::PermissionsExt;
        let path = self.daemon.write(name, &"\0".repeat(mib << 20));
        std::fs::set_permissions(&path, std::fs::Permissions::from_mode(0o666)).expect("a mode");
        path.to_string_lossy().into_owned()
    }

    #[track_caller]
    pub fn definitions(&self, uuid: Uuid) -> Definitions {
        self.host
            .ask(async move |client| client.definitions(uuid).await)
            .expect("definitions")
    }

    #[track_caller]
    pub fn live(&self, uuid: Uuid) -> String {
        self.definitions(uuid).live.expect("it runs")
    }

    #[track_caller]
    pub fn persistent(&self, uuid: Uuid) -> String {
        self.definitions(uuid).persistent.expect("it is persistent")
    }

    pub fn wish(&self, base: &str, edited: &str) -> Wish {
        Wish {
            base: base.to_owned(),
            edited: edited.to_owned(),
            live: true,
            validate: true,
        }
    }

    pub fn try_apply(&self, uuid: Uuid, base: &str, edited: &str) -> Result<Verdict, VirtError> {
        let wish = self.wish(base, edited);
        self.host.ask(async move |client| client.apply(uuid, wish).await)
    }

    /// Applies a change, and finds in the definition what was asked for and nothing else.
    #[track_caller]
    pub fn change(&self, uuid: Uuid, change: impl FnOnce(&str) -> String) -> Report {
        let base = self.persistent(uuid);
        let edited = change(&base);
        assert_ne!(base, edited, "the change is one");
        let report = match self.try_apply(uuid, &base, &edited) {
            Ok(Verdict::Done(report)) => *report,
            other => panic!("{other:?}"),
        };
        assert_eq!(report.dropped, []);
        let now = self.persistent(uuid);
        assert_eq!(report.definition, now);
        assert_eq!(places(&base, &now), places(&base, &edited), "exactly this change");
        report
    }

    #[track_caller]
    pub fn replace(&self, uuid: Uuid, old: &str, new: &str) -> Report {
        self.change(uuid, |base| {
            assert_eq!(base.matches(old).count(), 1, "{old} in {base}");
            base.replace(old, new)
        })
    }

    /// Nothing waits for the next start: the running machine is as its definition says.
    #[track_caller]
    pub fn nothing_waits(&self, uuid: Uuid) {
        let found = self.definitions(uuid);
        let (live, persistent) = (
            found.live.expect("it runs"),
            found.persistent.expect("it is persistent"),
        );
        let waiting = pending(&domain(&live), &domain(&persistent));
        let places: Vec<_> = waiting.iter().map(|change| &change.place).collect();
        assert!(places.is_empty(), "{places:?} in {live} and {persistent}");
    }

    /// Waits until the guest has let go of a device.
    #[track_caller]
    pub fn removed(&self, uuid: Uuid, alias: &str, seen: usize) {
        self.host.wait("the guest's answer", 60, seen, |event| match event {
            HostEvent::Domain {
                key,
                news: DomainNews::DeviceRemoved(removed),
                ..
            } if key.uuid == uuid && removed == alias => Some(()),
            _ => None,
        });
    }
}

/// The definition with changes.
pub fn edited(base: &str, changes: &[DomainChange]) -> String {
    let after = DomainChange::apply_all(changes, &domain(base)).expect("possible");
    after.document().to_string()
}

#[track_caller]
pub fn only(report: &Report) -> (&str, &Outcome) {
    assert_eq!(report.changes.len(), 1, "{report:#?}");
    (&report.changes[0].change.place, &report.changes[0].outcome)
}

/// The alias of the device that a removal waits for, if it still does.
#[track_caller]
pub fn waiting(report: &Report) -> Option<String> {
    match only(report) {
        (_, Outcome::Now) => None,
        (_, Outcome::Waiting(alias)) => Some(alias.clone()),
        other => panic!("{other:?}"),
    }
}
