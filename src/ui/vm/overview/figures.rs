//! A machine's history as lines of graphs. Pure.

use crate::i18n::{decimal, tr, tr_f, tr_n};
use crate::model::history::{FlowSeries, History};
use crate::ui::format;
use crate::ui::widgets::{PlotPoint, PlotSeries};

const KIB: f64 = 1024.0;

/// The lines of the four graphs.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Figures {
    /// Seconds at which the newest sample was taken.
    pub now: f64,
    /// Share of all virtual CPUs: one line.
    pub cpu: Vec<PlotSeries>,
    /// Share of each virtual CPU.
    pub vcpus: Vec<PlotSeries>,
    /// Memory in use, in bytes: one line.
    pub memory: Vec<PlotSeries>,
    /// Read and written bytes a second of each disk.
    pub disks: Vec<PlotSeries>,
    /// Received and sent bytes a second of each interface.
    pub nics: Vec<PlotSeries>,
}

impl Figures {
    /// The lines of `history`.
    #[must_use]
    pub fn of(history: &History) -> Self {
        let times: Vec<f64> = history.times().map(|ns| ns as f64 / 1e9).collect();
        let vcpus = history.vcpus().enumerate().map(|(index, values)| {
            // Translators: a virtual CPU, by its number.
            let name = tr_f("vCPU {n}", &[("n", &index.to_string())]);
            line(name, &times, values, 1.0)
        });
        Self {
            now: times.last().copied().unwrap_or_default(),
            cpu: vec![line(tr("CPU"), &times, history.cpu(), 1.0)],
            vcpus: vcpus.collect(),
            memory: vec![line(tr("Memory"), &times, history.memory_kib(), KIB)],
            disks: history.disks().flat_map(|disk| disk_lines(&times, disk)).collect(),
            nics: history.nics().flat_map(|nic| nic_lines(&times, nic)).collect(),
        }
    }
}

fn disk_lines(times: &[f64], (name, flow): (&str, FlowSeries<'_>)) -> [PlotSeries; 2] {
    [
        line(tr_f("{disk} read", &[("disk", name)]), times, flow.input(), 1.0),
        line(tr_f("{disk} written", &[("disk", name)]), times, flow.output(), 1.0),
    ]
}

fn nic_lines(times: &[f64], (name, flow): (&str, FlowSeries<'_>)) -> [PlotSeries; 2] {
    [
        line(tr_f("{nic} received", &[("nic", name)]), times, flow.input(), 1.0),
        line(tr_f("{nic} sent", &[("nic", name)]), times, flow.output(), 1.0),
    ]
}

/// Pairs values with times from the newest back: a series that began later is shorter.
fn line(name: String, times: &[f64], values: impl Iterator<Item = Option<f32>>, factor: f64) -> PlotSeries {
    let values: Vec<Option<f32>> = values.collect();
    let length = values.len().min(times.len());
    let points = times[times.len() - length..]
        .iter()
        .zip(&values[values.len() - length..])
        .map(|(at, value)| PlotPoint {
            at: *at,
            value: value.map(|value| f64::from(value) * factor),
        })
        .collect();
    PlotSeries { name, points }
}

/// The sum of the newest values of `series`; `None` where none is known.
#[must_use]
pub fn newest(series: &[PlotSeries]) -> Option<f64> {
    series
        .iter()
        .filter_map(|one| one.points.last().and_then(|point| point.value))
        .reduce(|sum, value| sum + value)
}

/// Bytes and requests a second of all disks. More requests than bytes cannot be; libvirt's test driver says so all the same.
#[must_use]
pub fn disk_text(bytes: f64, requests: Option<f64>) -> String {
    let rate = format::rate(bytes);
    let Some(requests) = requests.filter(|requests| *requests <= bytes) else {
        return rate;
    };
    #[expect(
        clippy::cast_possible_truncation,
        clippy::cast_sign_loss,
        reason = "a count, rounded"
    )]
    let requests = requests.round() as usize;
    // Translators: {rate} is like "1.2 MiB/s"; what the disks of a machine read and write.
    tr_n(
        "{rate} · {n} request/s",
        "{rate} · {n} requests/s",
        requests,
        &[("rate", rate.as_str())],
    )
}

/// Bytes and packets a second of all interfaces.
#[must_use]
pub fn net_text(rate: f64, packets: Option<f64>) -> String {
    let rate = format::rate(rate);
    let Some(packets) = packets else { return rate };
    let packets = decimal(packets, 0);
    // Translators: {rate} is like "1.2 MiB/s"; what passes the network interfaces of a machine.
    tr_f(
        "{rate} · {n} packets/s",
        &[("rate", rate.as_str()), ("n", packets.as_str())],
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_series_that_began_later_ends_at_the_newest_time() {
        let line = line("x".to_owned(), &[1.0, 2.0, 3.0], [Some(5.0), None].into_iter(), 2.0);
        assert_eq!(line.points.len(), 2);
        assert_eq!(
            line.points[0],
            PlotPoint {
                at: 2.0,
                value: Some(10.0)
            }
        );
        assert_eq!(line.points[1], PlotPoint { at: 3.0, value: None });
    }

    #[test]
    fn nothing_known_is_not_zero() {
        assert_eq!(newest(&[]), None);
        assert_eq!(newest(&[line("x".to_owned(), &[1.0], [None].into_iter(), 1.0)]), None);
    }

    #[test]
    fn requests_that_cannot_be_are_not_shown() {
        assert_eq!(disk_text(4096.0, Some(2.0)), "4.0 KiB/s · 2 requests/s");
        assert_eq!(disk_text(4096.0, Some(1.0)), "4.0 KiB/s · 1 request/s");
        assert_eq!(disk_text(0.0, Some(0.0)), "0 B/s · 0 requests/s");
        for requests in [None, Some(9000.0)] {
            assert_eq!(disk_text(4096.0, requests), "4.0 KiB/s");
        }
    }
}
