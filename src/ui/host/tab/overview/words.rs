//! What is said of a host, as facts. Pure.

use crate::i18n::{tr, tr_f, tr_n};
use crate::model::facts::{HostFacts, NodeFact};
use crate::model::host::HostInfo;
use crate::model::node::NodeAbout;
use crate::model::store::Host;
use crate::model::xml::object::Capabilities;
use crate::ui::format;
use crate::ui::host::tab::facts::Fact;

fn version(version: Option<(u32, u32, u32)>) -> Option<String> {
    version
        .filter(|version| *version != (0, 0, 0))
        .map(|(major, minor, micro)| format!("{major}.{minor}.{micro}"))
}

/// Names and versions, and the way there.
pub(super) fn about(host: &Host, about: Option<&NodeAbout>, facts: Option<&HostFacts>) -> Vec<Fact> {
    let info: Option<&HostInfo> = host.info.as_ref();
    let uri = about.and_then(|about| about.uri.clone());
    let link = about.and_then(|about| match (about.encrypted, about.secure) {
        (Some(true), _) => Some(tr("Encrypted")),
        (Some(false), Some(true)) => Some(tr("This computer")),
        (Some(false), _) => Some(tr("Not encrypted")),
        (None, _) => None,
    });
    let capabilities = facts.and_then(|facts| facts.capabilities.as_deref());
    vec![
        Fact::new(tr("Name"), info.and_then(|info| info.hostname.clone())),
        Fact::new(tr("Address"), uri.or_else(|| Some(host.config.uri.clone()))),
        Fact::new(tr("Connection"), link),
        Fact::new(tr("Driver"), info.map(|info| info.driver.clone())),
        Fact::new(tr("libvirt"), info.and_then(|info| version(info.libvirt_version))),
        Fact::new(tr("Hypervisor"), info.and_then(|info| version(info.hypervisor_version))),
        Fact::new(tr("Security"), capabilities.and_then(security)),
        Fact::new(tr("Live migration"), capabilities.and_then(migration)),
    ]
}

fn texts(capabilities: &Capabilities, path: &str, child: &str, value: Option<&str>) -> Vec<String> {
    let document = capabilities.document();
    let found = document.find(document.root(), path);
    let all = found
        .into_iter()
        .flat_map(|parent| document.children_named(parent, child));
    let texts = all.filter_map(|id| match value {
        Some(value) => document.value(id, value),
        None => Some(document.text(id).trim().to_owned()),
    });
    texts.filter(|text| !text.is_empty()).collect()
}

/// What keeps machines apart from each other and from the host: `apparmor, dac`.
fn security(capabilities: &Capabilities) -> Option<String> {
    let models = texts(capabilities, "host", "secmodel", Some("model"));
    (!models.is_empty()).then(|| models.join(", "))
}

fn migration(capabilities: &Capabilities) -> Option<String> {
    let document = capabilities.document();
    let features = document.find(document.root(), "host/migration_features")?;
    let ways = texts(
        capabilities,
        "host/migration_features/uri_transports",
        "uri_transport",
        None,
    );
    let live = document.child(features, "live").is_some();
    let ways = ways.join(", ");
    Some(match (live, ways.is_empty()) {
        (true, true) => tr("Available"),
        // Translators: {ways} are names of ways over the network: "tcp, rdma".
        (true, false) => tr_f("Available, by {ways}", &[("ways", &ways)]),
        (false, _) => tr("Not available"),
    })
}

/// Processors and what they can do for machines.
pub(super) fn processor(about: Option<&NodeAbout>, facts: Option<&HostFacts>) -> Vec<Fact> {
    let node = facts.and_then(|facts| facts.node.as_deref());
    let capabilities = facts.and_then(|facts| facts.capabilities.as_deref());
    let model = capabilities.and_then(Capabilities::cpu_model);
    let arch = capabilities.and_then(Capabilities::arch);
    let mut all = vec![
        Fact::new(
            tr("Model"),
            model.or_else(|| {
                node.map(|node| node.model.clone())
                    .filter(|model| Some(model) != arch.as_ref())
            }),
        ),
        Fact::new(
            tr("Architecture"),
            arch.clone().or_else(|| node.map(|node| node.model.clone())),
        ),
        Fact::new(tr("Processors"), node.map(|node| node.cpus.to_string())),
        Fact::new(tr("Arrangement"), node.and_then(arrangement)),
        Fact::new(
            tr("Acceleration"),
            capabilities.and_then(|all| acceleration(all, arch.as_deref())),
        ),
        Fact::new(
            tr("PCI passthrough (IOMMU)"),
            facts
                .and_then(HostFacts::has_iommu)
                .map(|on| if on { tr("On") } else { tr("Off") }),
        ),
    ];
    if let Some((plain, state)) = about.and_then(|about| about.sev) {
        let n = |n: u64| usize::try_from(n).unwrap_or(usize::MAX);
        let text = match state.filter(|state| *state > 0) {
            Some(state) => tr_f(
                "AMD SEV for {n} machines, SEV-ES for {m}",
                &[("n", &plain.to_string()), ("m", &state.to_string())],
            ),
            None => tr_n("AMD SEV for {n} machine", "AMD SEV for {n} machines", n(plain), &[]),
        };
        all.push(Fact::new(tr("Encrypted memory"), Some(text)));
    }
    if let Some(sections) = capabilities.and_then(sgx) {
        all.push(Fact::new(tr("Protected memory (SGX)"), Some(sections)));
    }
    all
}

/// "2 sockets, 8 cores each, 2 threads each".
fn arrangement(node: &NodeFact) -> Option<String> {
    let cells = node.cells.len().max(1);
    let sockets = usize::try_from(node.sockets).ok()?.saturating_mul(cells);
    let count = |n: u32| usize::try_from(n).unwrap_or(0);
    if sockets == 0 || node.cores == 0 || node.threads == 0 {
        return None;
    }
    let parts = [
        tr_n("{n} socket", "{n} sockets", sockets, &[]),
        tr_n("{n} core", "{n} cores", count(node.cores), &[]),
        tr_n("{n} thread", "{n} threads", count(node.threads), &[]),
    ];
    Some(parts.join(" × "))
}

/// What runs machines of the host's own architecture, the best that is there, and what is missing.
fn acceleration(capabilities: &Capabilities, arch: Option<&str>) -> Option<String> {
    let guests = capabilities.guests();
    let own = guests.iter().filter(|guest| arch.is_none_or(|arch| guest.arch == arch));
    let mut names: Vec<String> = own.flat_map(|guest| guest.hypervisors.clone()).collect();
    if names.is_empty() {
        names = guests.into_iter().flat_map(|guest| guest.hypervisors).collect();
    }
    let has = |name: &str| names.iter().any(|other| other == name);
    if has("kvm") {
        return Some("KVM".to_owned());
    }
    if has("hvf") {
        return Some("Hypervisor.framework".to_owned());
    }
    if has("qemu") {
        return Some(tr("None: machines are emulated, without KVM"));
    }
    // libvirt's test driver plays its machines.
    names.retain(|name| name != "test");
    names.sort();
    names.dedup();
    (!names.is_empty()).then(|| names.join(", "))
}

fn sgx(capabilities: &Capabilities) -> Option<String> {
    let document = capabilities.document();
    document.find(document.root(), "host/cpu/features/sgx")?;
    Some(tr("Offered"))
}

/// Memory and its pages.
pub(super) fn memory(about: Option<&NodeAbout>, facts: Option<&HostFacts>) -> Vec<Fact> {
    let node = facts.and_then(|facts| facts.node.as_deref());
    let total = node.map(|node| node.memory_kib).filter(|kib| *kib > 0);
    let mut all = vec![Fact::new(tr("Memory"), total.map(format::bytes_kib))];
    // The smallest pages are the ordinary ones.
    for page in huge(node) {
        let size = format::bytes_kib(page.size_kib);
        let free = about.and_then(|about| about.pages.as_ref()?.free_everywhere(page.size_kib));
        let text = match (page.count, free) {
            (Some(count), Some(free)) => Some(tr_f(
                "{count} set apart, {free} free",
                &[("count", &count.to_string()), ("free", &free.to_string())],
            )),
            (Some(count), None) => Some(tr_f("{count} set apart", &[("count", &count.to_string())])),
            _ => None,
        };
        // Translators: huge pages of memory, by their size: "Huge pages of 2 MiB".
        all.push(Fact::new(tr_f("Huge pages of {size}", &[("size", &size)]), text));
    }
    all
}

/// The huge pages of a host.
pub(super) fn huge(node: Option<&NodeFact>) -> Vec<crate::model::facts::PageSize> {
    let pages = node.map(|node| node.pages.clone()).unwrap_or_default();
    let smallest = pages.iter().map(|page| page.size_kib).min();
    let all = pages.into_iter().filter(|page| Some(page.size_kib) != smallest);
    all.filter(|page| page.size_kib >= 64).collect()
}

/// Numbers as ranges: `0–7, 16`.
pub(super) fn ranges(numbers: &[u32]) -> String {
    let mut sorted = numbers.to_vec();
    sorted.sort_unstable();
    sorted.dedup();
    let mut parts: Vec<(u32, u32)> = Vec::new();
    for number in sorted {
        match parts.last_mut() {
            Some((_, last)) if last.checked_add(1) == Some(number) => *last = number,
            _ => parts.push((number, number)),
        }
    }
    let words = parts.into_iter().map(|(first, last)| match last - first {
        0 => first.to_string(),
        1 => format!("{first}, {last}"),
        _ => format!("{first}–{last}"),
    });
    words.collect::<Vec<_>>().join(", ")
}

/// Storage, networks and machines in a few words each.
pub(super) struct Summary {
    pub(super) storage: String,
    pub(super) networks: String,
    pub(super) devices: String,
}

/// What is around the machines. A dash for what the driver has not.
pub(super) fn summary(facts: Option<&HostFacts>) -> Summary {
    let unknown = || format::UNKNOWN.to_owned();
    let storage = facts.and_then(|facts| facts.pools.as_deref()).map(|pools| {
        let runs = pools.iter().filter(|pool| pool.active).count();
        let free: u64 = pools
            .iter()
            .filter_map(|pool| pool.available)
            .fold(0, u64::saturating_add);
        let count = counted(pools.len(), runs, || tr_n("{n} pool", "{n} pools", pools.len(), &[]));
        if pools.iter().all(|pool| pool.available.is_none()) {
            return count;
        }
        let free = tr_f("{size} free", &[("size", &format::bytes(free as f64))]);
        format!("{count} · {free}")
    });
    let networks = facts.and_then(|facts| facts.networks.as_deref()).map(|networks| {
        let runs = networks.iter().filter(|network| network.active).count();
        counted(networks.len(), runs, || {
            tr_n("{n} network", "{n} networks", networks.len(), &[])
        })
    });
    let devices = facts.and_then(|facts| facts.devices.as_deref());
    let devices = devices.map(|devices| {
        // The host itself is one for libvirt.
        let count = devices.iter().filter(|device| !device.is_host()).count();
        tr_n("{n} device", "{n} devices", count, &[])
    });
    Summary {
        storage: storage.unwrap_or_else(unknown),
        networks: networks.unwrap_or_else(unknown),
        devices: devices.unwrap_or_else(unknown),
    }
}

fn counted(all: usize, runs: usize, words: impl FnOnce() -> String) -> String {
    if runs == all {
        return words();
    }
    // Translators: {count} is "3 pools" or "2 networks", {n} how many of them run.
    tr_f("{count}, {n} on", &[("count", &words()), ("n", &runs.to_string())])
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::facts::HostDevice;

    #[test]
    fn numbers_are_ranges() {
        assert_eq!(ranges(&[3, 0, 1, 2, 8, 10, 11]), "0–3, 8, 10, 11");
        assert_eq!(ranges(&[]), "");
        assert_eq!(ranges(&[u32::MAX, u32::MAX]), u32::MAX.to_string());
    }

    #[test]
    fn devices_in_groups_can_be_given_away_whatever_the_capabilities_say() {
        let device = |group: &str| {
            let xml = format!(
                "<device><name>pci_0000_01_00_0</name><capability type='pci'><domain>0</domain><bus>1</bus><slot>0</slot>\
                 <function>0</function><product id='0x1'/><vendor id='0x2'/>{group}</capability></device>"
            );
            HostDevice::read(&xml).expect("a device")
        };
        let shown = |iommu: Option<bool>, group: Option<&str>| {
            let facts = HostFacts {
                node: Some(std::sync::Arc::new(NodeFact {
                    iommu,
                    ..NodeFact::default()
                })),
                devices: group.map(|group| std::sync::Arc::from([device(group)])),
                ..HostFacts::default()
            };
            let all = processor(None, Some(&facts));
            let name = tr("PCI passthrough (IOMMU)");
            let fact = all.into_iter().find(|fact| fact.name == name);
            fact.and_then(|fact| fact.value).unwrap_or_default()
        };
        assert_eq!(shown(Some(false), Some("<iommuGroup number='1'/>")), tr("On"));
        assert_eq!(shown(None, Some("<iommuGroup number='1'/>")), tr("On"));
        assert_eq!(shown(Some(false), Some("")), tr("Off"));
        assert_eq!(shown(None, Some("")), tr("Off"));
        assert_eq!(shown(Some(true), None), tr("On"));
        assert_eq!(shown(None, None), "");
    }

    #[test]
    fn acceleration_is_that_of_the_hosts_own_architecture() {
        let read = |text: &str| Capabilities::parse(text).expect("capabilities");
        let guest = |arch: &str, kind: &str| {
            format!("<guest><os_type>hvm</os_type><arch name='{arch}'><domain type='{kind}'/></arch></guest>")
        };
        let host = "<host><cpu><arch>x86_64</arch></cpu></host>";
        let both = read(&format!(
            "<capabilities>{host}{}{}</capabilities>",
            guest("aarch64", "kvm"),
            guest("x86_64", "qemu")
        ));
        let text = acceleration(&both, Some("x86_64")).unwrap_or_default();
        assert!(text.contains("without KVM"), "{text}");
        let played = read(&format!(
            "<capabilities>{host}{}</capabilities>",
            guest("x86_64", "test")
        ));
        assert_eq!(acceleration(&played, Some("x86_64")), None);
        let none = read("<capabilities><host/></capabilities>");
        assert_eq!(acceleration(&none, None), None);
    }
}
