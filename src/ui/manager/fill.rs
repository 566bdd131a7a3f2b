//! From the store to the texts of a row.

use super::row::Row;
use crate::i18n::{tr, tr_n};
use crate::model::host::ConnectionStatus;
use crate::model::key::{DomainKey, HostId};
use crate::model::state;
use crate::model::store::{Domain, Host, Store};
use crate::model::view::Item;
use crate::ui::{format, text};

/// Longest text that a row gives to GTK; what is longer costs layout time and can't be read in a cell anyway.
const LONGEST: usize = 200;

/// Puts what is known about the row's machine or host into it.
pub(super) fn fill(store: &Store, row: &Row, expanded: bool) {
    match row.item() {
        Some(Item::Domain(key)) => {
            if let Some(domain) = store.domain(key) {
                fill_machine(store, row, key, domain);
            }
        }
        Some(Item::Host(id)) => {
            if let Some(host) = store.host(id) {
                fill_host(store, row, id, host);
                row.put_expanded(expanded);
            }
        }
        None => {}
    }
}

fn fill_machine(store: &Store, row: &Row, key: DomainKey, domain: &Domain) {
    let stale = store.is_stale(key.host);
    row.put_name(&literal(&domain.name));
    row.put_stale(stale);
    row.put_state(&state::status(domain));
    row.put_icon(state::icon(domain));
    row.put_severity(state::urgency(domain).css_class());
    row.put_host(
        &store
            .host(key.host)
            .map(|host| literal(&host.config.name))
            .unwrap_or_default(),
    );
    row.put_autostart(domain.autostart);
    match &domain.details {
        Some(details) => {
            row.put_title(&literal(details.title.as_deref().unwrap_or_default()));
            let tags: Vec<String> = details.tags.iter().take(8).map(|tag| literal(tag)).collect();
            row.put_tags(&tags.join("\n"));
        }
        None => {
            row.put_title("");
            row.put_tags("");
        }
    }
    let address = domain
        .addresses
        .first()
        .map_or(format::UNKNOWN, |address| address.address.as_str());
    row.put_address(&literal(address));
    fill_load(store, row, key, domain);
}

/// Puts the figures of a machine into its row.
fn fill_load(store: &Store, row: &Row, key: DomainKey, domain: &Domain) {
    let load = &domain.load;
    let running = domain.state.is_active();
    let unknown = || format::UNKNOWN.to_owned();
    row.put_cpu(
        &load
            .cpu
            .map_or_else(unknown, |cpu| unbroken(&format::percent(f64::from(cpu)))),
    );
    let total = load
        .memory_total_kib
        .or_else(|| domain.details.as_ref().map(|details| details.memory_kib));
    let memory = match (load.memory_used_kib.filter(|_| running), total) {
        (Some(used), Some(total)) => used_of(used, total),
        (None, Some(total)) => format::bytes_kib(total),
        _ => unknown(),
    };
    row.put_memory(&unbroken(&memory));
    let share = load
        .memory_used_kib
        .zip(total)
        .filter(|(_, total)| running && *total > 0);
    row.put_memory_share(share.map(|(used, total)| used as f64 / total as f64));
    row.put_disk(&sum(load.disk_read, load.disk_write).map_or_else(unknown, |rate| unbroken(&format::rate(rate))));
    row.put_network(&sum(load.net_rx, load.net_tx).map_or_else(unknown, |rate| unbroken(&format::rate(rate))));
    match store.sparkline(key) {
        Some(values) if running => row.put_history(values.iter()),
        _ => row.put_history(std::iter::empty()),
    }
}

/// "1.2 / 4.0 GiB": the unit once where both have the same.
fn used_of(used: u64, total: u64) -> String {
    let (used, total) = (format::bytes_kib(used), format::bytes_kib(total));
    match (used.rsplit_once(' '), total.rsplit_once(' ')) {
        (Some((figure, unit)), Some((_, same))) if unit == same => format!("{figure} / {total}"),
        _ => format!("{used} / {total}"),
    }
}

/// Figures stay on one line: an inscription breaks at blanks.
fn unbroken(figure: &str) -> String {
    figure.replace(' ', "\u{a0}")
}

fn sum(a: Option<f64>, b: Option<f64>) -> Option<f64> {
    match (a, b) {
        (None, None) => None,
        _ => Some(a.unwrap_or(0.0) + b.unwrap_or(0.0)),
    }
}

fn fill_host(store: &Store, row: &Row, id: HostId, host: &Host) {
    row.put_name(&literal(&host.config.name));
    row.put_stale(false);
    row.put_icon("network-server-symbolic");
    row.put_severity(status_class(&host.status));
    row.put_state(&status_text(&host.status));
    let counts = store.counts(id);
    let machines = tr_n(
        "{running} running of {n} machine",
        "{running} running of {n} machines",
        counts.total,
        &[("running", &counts.running.to_string())],
    );
    row.put_title(&machines);
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

/// Style class of a connection's state.
pub(super) fn status_class(status: &ConnectionStatus) -> &'static str {
    match status {
        ConnectionStatus::Connected => "success",
        ConnectionStatus::Connecting => "accent",
        ConnectionStatus::Lost { .. } => "warning",
        ConnectionStatus::Failed { .. } => "error",
        ConnectionStatus::Disconnected => "dim-label",
    }
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

    #[test]
    fn a_long_name_does_not_reach_layout_whole() {
        assert!(literal(&"x".repeat(10_000)).chars().count() < 220);
    }

    #[test]
    fn markup_stays_what_it_is() {
        assert_eq!(literal("<b>&amp;"), "<b>&amp;");
    }
}
