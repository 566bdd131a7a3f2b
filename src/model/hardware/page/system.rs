//! What system runs in the machine, as far as the definition tells.

use super::{Context, Form, Group, Page};
use crate::i18n::{tr, tr_c};
use crate::model::facts::{Choice, Family, GuestKind};
use crate::model::hardware::{Control, Edit, Row, Value};
use crate::model::xml::domain::fields::{clock, features};
use crate::model::xml::domain::{DeviceKind, Domain};
use crate::model::xml::{NodeId, Refused};

/// Namespace in which libosinfo's programs note the system.
const URI: &str = "http://libosinfo.org/xmlns/libvirt/domain/1.0";

/// Identities of systems in libosinfo's database that are met most, newest first.
const KNOWN: &[(&str, &str)] = &[
    ("http://fedoraproject.org/fedora/43", "Fedora Linux 43"),
    ("http://fedoraproject.org/fedora/42", "Fedora Linux 42"),
    ("http://fedoraproject.org/fedora/41", "Fedora Linux 41"),
    ("http://debian.org/debian/13", "Debian 13"),
    ("http://debian.org/debian/12", "Debian 12"),
    ("http://debian.org/debian/11", "Debian 11"),
    ("http://ubuntu.com/ubuntu/25.04", "Ubuntu 25.04"),
    ("http://ubuntu.com/ubuntu/24.04", "Ubuntu 24.04 LTS"),
    ("http://ubuntu.com/ubuntu/22.04", "Ubuntu 22.04 LTS"),
    ("http://ubuntu.com/ubuntu/20.04", "Ubuntu 20.04 LTS"),
    ("http://redhat.com/rhel/10.0", "Red Hat Enterprise Linux 10"),
    ("http://redhat.com/rhel/9.4", "Red Hat Enterprise Linux 9"),
    ("http://redhat.com/rhel/8.9", "Red Hat Enterprise Linux 8"),
    ("http://centos.org/centos-stream/10", "CentOS Stream 10"),
    ("http://centos.org/centos-stream/9", "CentOS Stream 9"),
    ("http://almalinux.org/almalinux/9", "AlmaLinux 9"),
    ("http://rockylinux.org/rocky/9", "Rocky Linux 9"),
    ("http://opensuse.org/opensuse/tumbleweed", "openSUSE Tumbleweed"),
    ("http://opensuse.org/opensuse/15.6", "openSUSE Leap 15.6"),
    ("http://suse.com/sle/15.6", "SUSE Linux Enterprise 15"),
    ("http://archlinux.org/archlinux/rolling", "Arch Linux"),
    ("http://alpinelinux.org/alpinelinux/3.19", "Alpine Linux 3.19"),
    ("http://gentoo.org/gentoo/rolling", "Gentoo"),
    ("http://nixos.org/nixos/unstable", "NixOS"),
    ("http://libosinfo.org/linux/2024", "Linux"),
    ("http://microsoft.com/win/11", "Windows 11"),
    ("http://microsoft.com/win/10", "Windows 10"),
    ("http://microsoft.com/win/8.1", "Windows 8.1"),
    ("http://microsoft.com/win/7", "Windows 7"),
    ("http://microsoft.com/win/xp", "Windows XP"),
    ("http://microsoft.com/win/2k25", "Windows Server 2025"),
    ("http://microsoft.com/win/2k22", "Windows Server 2022"),
    ("http://microsoft.com/win/2k19", "Windows Server 2019"),
    ("http://microsoft.com/win/2k16", "Windows Server 2016"),
    ("http://freebsd.org/freebsd/14.0", "FreeBSD 14"),
    ("http://freebsd.org/freebsd/13.2", "FreeBSD 13"),
    ("http://openbsd.org/openbsd/7.4", "OpenBSD 7"),
    ("http://netbsd.org/netbsd/9.3", "NetBSD 9"),
];

pub(super) fn page(context: &Context<'_>) -> Page {
    let form = Form::of_machine(context);
    let id = id(context.domain);
    let mut choices = vec![Choice::new("", tr_c("operating system", "Not known"))];
    choices.extend(KNOWN.iter().map(|(id, name)| Choice::new(*id, *name)));
    let row = |row, title, control| {
        let edit = Edit::with(|domain, _, value| set_id(domain, value.text()));
        Row::new(row, title, control, Value::Text(id.clone()), edit)
            .example("http://debian.org/debian/12")
            .live()
    };
    let system = row("os", tr("System"), Control::Choice(choices)).help(
        tr("What is installed in the machine. Icons and defaults for new hardware follow it."),
        "<libosinfo:os id='http://debian.org/debian/12'/>",
    );
    let name = row("id", tr("Name in libosinfo"), Control::Text).help(
        tr("The address that the database of systems, libosinfo, knows it by: for one that is not in the list."),
        "<libosinfo:os id='http://debian.org/debian/12'/>",
    );
    let mut page = Page::new(vec![
        Group::new(String::new(), vec![system]),
        Group::advanced(vec![name]),
    ]);
    let is_windows = id.is_some_and(|id| id.starts_with("http://microsoft.com/"));
    page.notice = advice(&form, is_windows);
    page
}

/// What would make the system run better.
fn advice(form: &Form<'_>, is_windows: bool) -> Option<String> {
    let domain = form.context.domain;
    let kind = GuestKind::of(domain);
    if kind.family() != Family::Qemu {
        return None;
    }
    if is_windows && domain.hypervisor() == "kvm" && form.says(features::HYPERV_RELAXED) != "yes" {
        return Some(tr(
            "Windows runs better with the Hyper-V enlightenments on the page of features.",
        ));
    }
    if is_windows && form.says(clock::OFFSET) != "localtime" {
        return Some(tr(
            "Windows expects the clock to show local time: it is set on the page of features.",
        ));
    }
    let document = domain.document();
    let has_agent = domain.devices_of(DeviceKind::Channel).any(|channel| {
        let target = document.child(channel, "target");
        let name = target.and_then(|target| document.attribute(target, "name"));
        name.as_deref() == Some("org.qemu.guest_agent.0")
    });
    (!has_agent && kind.is_x86()).then(|| {
        tr("Without a channel for the guest agent the guest's addresses and file systems are not known: it can be added as hardware.")
    })
}

/// The element that names the system.
fn element(domain: &Domain) -> Option<NodeId> {
    let document = domain.document();
    let outer = domain.metadata(URI)?;
    document
        .children(outer)
        .find(|node| document.local_name(*node) == "os" && document.namespace(*node).as_deref() == Some(URI))
}

fn id(domain: &Domain) -> Option<String> {
    let node = element(domain)?;
    let id = domain.document().attribute(node, "id")?.into_owned();
    (!id.is_empty()).then_some(id)
}

fn set_id(domain: &mut Domain, id: &str) -> Result<(), Refused> {
    let known = element(domain);
    if id.is_empty() {
        let Some(node) = known else { return Ok(()) };
        let outer = domain.document().parent(node);
        domain.document_mut().remove(node);
        let is_empty = outer.is_some_and(|outer| domain.document().children(outer).next().is_none());
        return match is_empty {
            true => domain.set_metadata("libosinfo", URI, ""),
            false => Ok(()),
        };
    }
    if let Some(node) = known {
        return domain.document_mut().set_attribute(node, "id", id);
    }
    let escaped = crate::model::xml::escape(id);
    match domain.metadata(URI) {
        Some(outer) => {
            let name = domain.document().name(outer).to_owned();
            let name = match name.split_once(':') {
                Some((prefix, _)) => format!("{prefix}:os"),
                None => "os".to_owned(),
            };
            let document = domain.document_mut();
            let fragment = format!("<{name} id='{escaped}'/>");
            document
                .insert(outer, crate::model::xml::Place::Last, &fragment)
                .map(drop)
        }
        None => domain.set_metadata(
            "libosinfo",
            URI,
            &format!("<libosinfo><os id='{escaped}'/></libosinfo>"),
        ),
    }
}
