//! The processor that the guest sees: how its model is chosen, its topology, and the host's processors that it runs on.

use super::fields::cpu;
use super::{Domain, lines_of};
use crate::i18n::{tr, tr_f};
use crate::model::xml::field::Field;
use crate::model::xml::lines::is_cpuset;
use crate::model::xml::{NodeId, Refused};

/// A level of the topology, from the outside.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Level {
    /// Sockets of the machine.
    Sockets,
    /// Dies of a socket.
    Dies,
    /// Clusters of a die.
    Clusters,
    /// Cores of a cluster.
    Cores,
    /// Threads of a core.
    Threads,
}

const LEVELS: [(Level, Field<u64>); 5] = [
    (Level::Sockets, cpu::SOCKETS),
    (Level::Dies, cpu::DIES),
    (Level::Clusters, cpu::CLUSTERS),
    (Level::Cores, cpu::CORES),
    (Level::Threads, cpu::THREADS),
];

impl Domain {
    /// Chooses how the processor's model is found; empty leaves it to the hypervisor. What belongs to another mode only
    /// goes. `model` is for `custom` where the definition names none.
    ///
    /// # Errors
    /// Where features are asked for and nothing would say of what model.
    pub fn set_cpu_mode(&mut self, mode: &str, model: Option<&str>) -> Result<(), Refused> {
        let root = self.document().root();
        let said = |field| {
            self.document()
                .get(root, field)
                .filter(|text: &String| !text.is_empty())
        };
        if said(cpu::MODE).unwrap_or_default() == mode {
            return Ok(());
        }
        let has_features = !self
            .document()
            .lines(self.child("cpu"), "feature", &["name"])
            .is_empty();
        let has_model = said(cpu::MODEL).is_some() || model.is_some();
        if has_features && (mode.is_empty() || (mode == "custom" && !has_model)) {
            return Err(Refused(tr(
                "Features are asked for, which need a model: remove the features first.",
            )));
        }
        let is_custom = mode == "custom";
        let takes_all = matches!(mode, "host-passthrough" | "maximum");
        let document = self.document_mut();
        if is_custom {
            if document.get(root, cpu::MODEL).is_none_or(|text| text.is_empty()) {
                document.set(root, cpu::MODEL, model.map(str::to_owned))?;
            }
        } else {
            for path in ["cpu/model", "cpu/vendor"] {
                if let Some(node) = document.find(root, path) {
                    document.remove(node);
                }
            }
            document.set(root, cpu::MATCH, None)?;
        }
        if !is_custom && mode != "host-model" {
            document.set(root, cpu::CHECK, None)?;
        }
        if !takes_all {
            document.set(root, cpu::MIGRATABLE, None)?;
            for (path, field) in [
                ("cpu/cache", cpu::CACHE_MODE),
                ("cpu/maxphysaddr", cpu::ADDRESS_BITS_MODE),
            ] {
                let is_through = document.get(root, field).as_deref() == Some("passthrough");
                if let Some(node) = document.find(root, path).filter(|_| is_through) {
                    document.remove(node);
                }
            }
        }
        if let Some(cpu) = document.child(root, "cpu").filter(|_| mode != "host-model") {
            document.remove_attribute(cpu, "deprecated_features");
        }
        document.set(root, cpu::MODE, Some(mode.to_owned()).filter(|mode| !mode.is_empty()))?;
        if let Some(cpu) = self.child("cpu").filter(|cpu| self.document().is_bare_element(*cpu)) {
            self.document_mut().remove(cpu);
        }
        Ok(())
    }

    /// Chooses a certain model of processor.
    ///
    /// # Errors
    /// Where none is chosen, but features are asked for.
    pub fn set_cpu_model(&mut self, model: &str) -> Result<(), Refused> {
        let root = self.document().root();
        if model.is_empty() {
            return self.set_cpu_mode("", None);
        }
        self.set_cpu_mode("custom", Some(model))?;
        self.document_mut().set(root, cpu::MODEL, Some(model.to_owned()))
    }

    /// Asks for features that guard against flaws of processors, or doesn't any more.
    ///
    /// # Errors
    /// Where XML cannot hold a name.
    pub fn set_required_features(&mut self, names: &[String], required: bool) -> Result<(), Refused> {
        let mut lines = self.cpu_features();
        lines.retain(|line| {
            !line.first().is_some_and(|name| names.contains(name)) || (!required && line[1] != "require")
        });
        if required {
            lines.extend(names.iter().map(|name| vec![name.clone(), "require".to_owned()]));
        }
        self.set_cpu_features(&lines)
    }

    /// Features that are asked for: name and policy.
    #[must_use]
    pub fn cpu_features(&self) -> Vec<Vec<String>> {
        self.document().lines(self.child("cpu"), "feature", &["name", "policy"])
    }

    /// Sets the features that are asked for.
    ///
    /// # Errors
    /// Where one has no name or comes twice.
    pub fn set_cpu_features(&mut self, lines: &[Vec<String>]) -> Result<(), Refused> {
        lines_of(lines, 2)?;
        if lines.is_empty() && self.child("cpu").is_none() {
            return Ok(());
        }
        let cpu = self.ensure("cpu")?;
        self.document_mut()
            .set_lines(cpu, "feature", &["name", "policy"], lines)
    }

    /// Sets a level of the topology. The most virtual CPUs stay where another level can make up for it; else they follow.
    /// `None` removes a level, which leaves one of it; without sockets, cores or threads there is no topology.
    ///
    /// # Errors
    /// Where NUMA cells or listed CPUs speak against the number.
    pub fn set_topology(&mut self, level: Level, count: Option<u64>) -> Result<(), Refused> {
        let root = self.document().root();
        let had = self.document().find(root, "cpu/topology");
        let Some(count) = count else {
            return self.remove_level(level, had);
        };
        if count == 0 {
            return Err(Refused(tr("A topology has at least one of each.")));
        }
        let max = self.max_vcpus();
        let mut counts = LEVELS.map(|(_, field)| self.document().get(root, field).unwrap_or(1).max(1));
        let own = LEVELS.iter().position(|(other, _)| *other == level).unwrap_or(0);
        counts[own] = count;
        fit(&mut counts, own, max);
        let product = counts.iter().try_fold(1_u64, |all, count| all.checked_mul(*count));
        let product = product.filter(|product| u32::try_from(*product).is_ok());
        let product = product.ok_or_else(|| Refused(tr("That is more virtual CPUs than libvirt can count.")))?;
        let all_on = self.vcpus() == max;
        for ((other, field), count) in LEVELS.into_iter().zip(counts) {
            let is_optional = matches!(other, Level::Dies | Level::Clusters);
            let is_there = self.document().get(root, field).is_some();
            if count != 1 || !is_optional || is_there || other == level {
                self.document_mut().set(root, field, Some(count))?;
            }
        }
        if product != max {
            self.set_max_vcpus(product)?;
            if all_on {
                self.set_vcpus(product)?;
                self.document_mut().set(root, cpu::CURRENT, None)?;
            }
        }
        Ok(())
    }

    fn remove_level(&mut self, level: Level, had: Option<NodeId>) -> Result<(), Refused> {
        let Some(topology) = had else { return Ok(()) };
        let root = self.document().root();
        match level {
            Level::Dies | Level::Clusters => {
                let field = if level == Level::Dies { cpu::DIES } else { cpu::CLUSTERS };
                if self.document().get(root, field).is_some_and(|count| count > 1) {
                    self.set_topology(level, Some(1))?;
                }
                self.document_mut().set(root, field, None)
            }
            _ => {
                self.document_mut().prune(topology);
                Ok(())
            }
        }
    }

    /// The host's processors that single virtual CPUs or I/O threads run on: number and list. `element` is `vcpupin` with
    /// `vcpu`, or `iothreadpin` with `iothread`.
    #[must_use]
    pub fn pins(&self, element: &str, key: &str) -> Vec<Vec<String>> {
        self.document().lines(self.child("cputune"), element, &[key, "cpuset"])
    }

    /// Sets them.
    ///
    /// # Errors
    /// Where a number comes twice or a list of processors is none.
    pub fn set_pins(&mut self, element: &str, key: &str, lines: &[Vec<String>]) -> Result<(), Refused> {
        lines_of(lines, 2)?;
        for line in lines {
            check_cpuset(&line[1])?;
            if line[0].trim().parse::<u32>().is_err() {
                return Err(Refused(tr_f("“{text}” is no number.", &[("text", &line[0])])));
            }
        }
        if lines.is_empty() && self.child("cputune").is_none() {
            return Ok(());
        }
        let tune = self.ensure("cputune")?;
        let document = self.document_mut();
        document.set_lines(tune, element, &[key, "cpuset"], lines)?;
        if document.is_bare_element(tune) {
            document.remove(tune);
        }
        Ok(())
    }

    /// Sets the host's processors for all virtual CPUs; empty leaves them to the host.
    ///
    /// # Errors
    /// Where it is no list of processors.
    pub fn set_cpuset(&mut self, text: &str) -> Result<(), Refused> {
        let root = self.document().root();
        if !text.is_empty() {
            check_cpuset(text)?;
            if self.child("vcpu").is_none() {
                self.document_mut().insert_ordered(root, "<vcpu>1</vcpu>")?;
            }
            if self.document().get(root, cpu::PLACEMENT).as_deref() == Some("auto") {
                self.document_mut()
                    .set(root, cpu::PLACEMENT, Some("static".to_owned()))?;
            }
        }
        let value = Some(text.to_owned()).filter(|text| !text.is_empty());
        self.document_mut().set(root, cpu::CPUSET, value)
    }
}

/// Refuses what is no list of processors or nodes.
pub(super) fn check_cpuset(text: &str) -> Result<(), Refused> {
    if is_cpuset(text) {
        return Ok(());
    }
    Err(Refused(tr_f(
        "“{text}” is no list of numbers such as 0-3,8.",
        &[("text", text)],
    )))
}

/// Changes another level so that the product is `max`, where that is possible.
fn fit(counts: &mut [u64; 5], own: usize, max: u64) {
    // Cores first, then sockets: the others say something about the hardware.
    for other in [3, 0] {
        if other == own {
            continue;
        }
        let rest: u64 = counts
            .iter()
            .enumerate()
            .filter(|(at, _)| *at != other)
            .fold(1, |all, (_, count)| all.saturating_mul(*count));
        if max.is_multiple_of(rest) && max >= rest {
            counts[other] = max / rest;
            return;
        }
    }
}
