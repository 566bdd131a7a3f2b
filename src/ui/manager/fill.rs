//! From the store to the texts of a row.

use super::row::{Content, Row};
use crate::i18n::{tr, tr_n, whole};
use crate::model::host::ConnectionStatus;
use crate::model::key::{DomainKey, HostId};
use crate::model::state::{self, Severity};
use crate::model::store::{Domain, Host, Store};
use crate::model::view::Item;
use crate::ui::{format, text};

/// Longest text that a row gives to GTK; what is longer costs layout time and can't be read in a cell anyway.
const LONGEST: usize = 200;

/// Puts what is known about the row's machine or host into it; whether that is something else than before.
pub(super) fn fill(store: &Store, row: &Row, expanded: bool) -> bool {
    let content = match row.item() {
        Some(Item::Domain(key)) => store.domain(key).map(|domain| of_machine(store, key, domain)),
        Some(Item::Host(id)) => store.host(id).map(|host| Content {
            expanded,
            ..of_host(store, id, host)
        }),
        None => None,
    };
    // A machine that is gone keeps its last look until its row goes.
    let content = content.unwrap_or_else(|| row.content().clone());
    row.put(content)
}

fn of_machine(store: &Store, key: DomainKey, domain: &Domain) -> Content {
    let host = store.host(key.host);
    let details = domain.details.as_ref();
    let title = details.and_then(|details| details.title.as_deref()).unwrap_or_default();
    let tags = details.map(|details| details.tags.as_slice()).unwrap_or_default();
    let address = domain.addresses.first();
    let address = address.map_or_else(|| format::UNKNOWN.to_owned(), |address| literal(&address.address));
    let content = Content {
        name: literal(&domain.name),
        title: literal(title),
        state: state::status(domain),
        icon: state::icon(domain),
        severity: Some(state::urgency(domain)),
        on: domain.state.is_active(),
        host: host.map(|host| literal(&host.config.name)).unwrap_or_default(),
        address,
        tags: tags.iter().take(8).map(|tag| literal(tag)).collect(),
        autostart: domain.autostart,
        stale: store.is_stale(key.host),
        ..Content::default()
    };
    with_load(content, store, key, domain)
}

/// Adds the figures of a machine.
fn with_load(content: Content, store: &Store, key: DomainKey, domain: &Domain) -> Content {
    let load = &domain.load;
    let running = domain.state.is_active();
    let unknown = || format::UNKNOWN.to_owned();
    let total = load
        .memory_total_kib
        .or_else(|| domain.details.as_ref().map(|details| details.memory_kib));
    let used = load.memory_used_kib.filter(|_| running);
    let memory = match (used, total) {
        (Some(used), Some(total)) => format::used_of_kib(used, total),
        (None, Some(total)) => format::bytes_kib(total),
        _ => unknown(),
    };
    let share = used.zip(total).filter(|(_, total)| *total > 0);
    let rate = |a, b| sum(a, b).map_or_else(unknown, format::rate);
    let history = store.sparkline(key).filter(|_| running);
    Content {
        cpu: load.cpu.map_or_else(unknown, |cpu| format::percent(f64::from(cpu))),
        memory,
        memory_share: share.map(|(used, total)| used as f64 / total as f64),
        disk: rate(load.disk_read, load.disk_write),
        network: rate(load.net_rx, load.net_tx),
        history: history.map(|values| values.iter().collect()).unwrap_or_default(),
        ..content
    }
}

fn sum(a: Option<f64>, b: Option<f64>) -> Option<f64> {
    match (a, b) {
        (None, None) => None,
        _ => Some(a.unwrap_or(0.0) + b.unwrap_or(0.0)),
    }
}

fn of_host(store: &Store, id: HostId, host: &Host) -> Content {
    let counts = store.counts(id);
    // What was never listed is unknown, and no zero.
    let listed = counts.total > 0 || host.status.is_connected();
    let machines = || {
        tr_n(
            "{running} running of {n}",
            "{running} running of {n}",
            counts.total,
            &[("running", &whole(counts.running))],
        )
    };
    Content {
        name: literal(&host.config.name),
        title: listed.then(machines).unwrap_or_default(),
        state: status_text(&host.status),
        icon: "network-server-symbolic",
        severity: status_severity(&host.status),
        ..Content::default()
    }
}

/// How a connection stands, in a word or two.
pub(super) fn status_text(status: &ConnectionStatus) -> String {
    match status {
        ConnectionStatus::Disconnected => tr("Not connected"),
        ConnectionStatus::Connecting => tr("Connecting…"),
        ConnectionStatus::Connected => tr("Connected"),
        ConnectionStatus::Lost { .. } => tr("Connection lost"),
        ConnectionStatus::Failed { .. } => tr("Could not connect"),
    }
}

/// How much a connection's state wants to be looked at; `None` while it is on its way.
fn status_severity(status: &ConnectionStatus) -> Option<Severity> {
    match status {
        ConnectionStatus::Connected => Some(Severity::Good),
        ConnectionStatus::Connecting => None,
        ConnectionStatus::Lost { .. } => Some(Severity::Attention),
        ConnectionStatus::Failed { .. } => Some(Severity::Problem),
        ConnectionStatus::Disconnected => Some(Severity::Neutral),
    }
}

/// Style class of a connection's state.
pub(super) fn status_class(status: &ConnectionStatus) -> &'static str {
    status_severity(status).map_or("accent", Severity::css_class)
}

/// Foreign text made safe to lay out: one line, no control characters, its direction kept inside it, of bounded length.
pub(super) fn literal(raw: &str) -> String {
    let plain = text::one_line(raw, LONGEST);
    if plain.is_ascii() {
        plain.into_owned()
    } else {
        format!("\u{2068}{plain}\u{2069}")
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::host::HostConfig;

    #[test]
    fn a_long_name_does_not_reach_layout_whole() {
        assert!(literal(&"x".repeat(10_000)).chars().count() < 220);
    }

    #[test]
    fn a_host_that_was_never_reached_claims_no_machines() {
        let mut store = Store::default();
        let config = HostConfig::new("far", "test:///default");
        let id = config.id;
        let _ = store.put_host(config);
        let title = |store: &Store| of_host(store, id, store.host(id).expect("the host")).title;
        assert_eq!(title(&store), "");
    }

    #[test]
    fn markup_stays_what_it_is() {
        assert_eq!(literal("<b>&amp;"), "<b>&amp;");
    }
}
