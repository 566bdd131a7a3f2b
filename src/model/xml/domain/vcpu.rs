//! Virtual CPUs: how many there can be, how many there are, and what must agree with that.

use super::{Domain, fields::cpu};
use crate::i18n::{tr, tr_f, tr_n};
use crate::model::xml::lines::cpuset;
use crate::model::xml::{NodeId, Refused};

impl Domain {
    /// The most virtual CPUs that the machine can have (`<vcpu>`); 1 where the definition does not say.
    #[must_use]
    pub fn max_vcpus(&self) -> u64 {
        let text = self.child("vcpu").map(|id| self.document().text(id));
        text.and_then(|text| text.trim().parse().ok())
            .filter(|max| *max > 0)
            .unwrap_or(1)
    }

    /// Virtual CPUs that the machine starts with.
    #[must_use]
    pub fn vcpus(&self) -> u64 {
        let list = self.vcpu_list();
        if !list.is_empty() {
            return list.iter().filter(|vcpu| vcpu.enabled).count() as u64;
        }
        let current = self
            .child("vcpu")
            .and_then(|id| self.document().attribute(id, "current")?.trim().parse().ok());
        current
            .filter(|current| *current > 0)
            .unwrap_or_else(|| self.max_vcpus())
    }

    /// Sets how many virtual CPUs the machine starts with.
    ///
    /// # Errors
    /// Where it is none or more than the maximum, or where single CPUs are listed and cannot be switched off.
    pub fn set_vcpus(&mut self, count: u64) -> Result<(), Refused> {
        let max = self.max_vcpus();
        if count == 0 {
            return Err(Refused(tr("A machine needs a virtual CPU.")));
        }
        if count > max {
            let text = tr_n(
                "The machine can have {n} virtual CPU: raise the maximum first.",
                "The machine can have {n} virtual CPUs: raise the maximum first.",
                usize::try_from(max).unwrap_or(usize::MAX),
                &[],
            );
            return Err(Refused(text));
        }
        if self.vcpus() == count {
            return Ok(());
        }
        self.switch_listed(count)?;
        let place = self.ensure("vcpu")?;
        self.document_mut().set_attribute(place, "current", &count.to_string())
    }

    /// Sets how many virtual CPUs the machine can have. How many it starts with stays, if that is possible; sockets of the
    /// topology follow where that is one number.
    ///
    /// # Errors
    /// Where topology or NUMA cells say something else.
    pub fn set_max_vcpus(&mut self, max: u64) -> Result<(), Refused> {
        if max == 0 {
            return Err(Refused(tr("A machine needs a virtual CPU.")));
        }
        if u32::try_from(max).is_err() {
            return Err(Refused(tr("That is more virtual CPUs than libvirt can count.")));
        }
        let (old, current) = (self.max_vcpus(), self.vcpus());
        if old == max && self.child("vcpu").is_some() {
            return Ok(());
        }
        self.fit_only_cell(old, max)?;
        self.check_cells(max)?;
        self.fit_topology(max)?;
        for vcpu in self.vcpu_list() {
            if vcpu.id >= max {
                self.document_mut().remove(vcpu.node);
            }
        }
        self.switch_listed(current.min(max))?;
        let place = match self.child("vcpu") {
            Some(place) => place,
            None => {
                let root = self.document().root();
                self.document_mut().insert_ordered(root, "<vcpu>1</vcpu>")?
            }
        };
        let document = self.document_mut();
        document.set_value(place, &max.to_string())?;
        if current > max {
            // As many as there can be: without `current` that is what it means.
            document.remove_attribute(place, "current");
        } else if current < max {
            document.set_attribute(place, "current", &current.to_string())?;
        }
        Ok(())
    }

    /// Changes the number of sockets, or refuses.
    fn fit_topology(&mut self, max: u64) -> Result<(), Refused> {
        let root = self.document().root();
        if self.document().find(root, "cpu/topology").is_none() {
            return Ok(());
        }
        let count = |field| self.document().get(root, field).unwrap_or(1);
        let inside = [cpu::DIES, cpu::CLUSTERS, cpu::CORES, cpu::THREADS]
            .map(count)
            .into_iter()
            .product::<u64>()
            .max(1);
        let sockets = count(cpu::SOCKETS);
        if sockets.saturating_mul(inside) == max {
            return Ok(());
        }
        if !max.is_multiple_of(inside) {
            let arguments = [("count", max.to_string()), ("inside", inside.to_string())];
            let arguments: Vec<_> = arguments.iter().map(|(name, value)| (*name, value.as_str())).collect();
            let text = tr_f(
                "{count} virtual CPUs cannot be divided into sockets of {inside}: change the topology first.",
                &arguments,
            );
            return Err(Refused(text));
        }
        self.document_mut().set(root, cpu::SOCKETS, Some(max / inside))
    }

    /// The only NUMA cell goes on having all virtual CPUs.
    fn fit_only_cell(&mut self, old: u64, max: u64) -> Result<(), Refused> {
        let document = self.document();
        let numa = document.find(document.root(), "cpu/numa");
        let cells: Vec<NodeId> = numa
            .into_iter()
            .flat_map(|numa| document.children_named(numa, "cell"))
            .collect();
        let [cell] = cells[..] else { return Ok(()) };
        let listed = document.attribute(cell, "cpus").as_deref().and_then(cpuset);
        let has_all = listed.is_some_and(|listed| {
            listed.len() as u64 == old && listed.last().is_some_and(|last| u64::from(*last) + 1 == old)
        });
        if !has_all {
            return Ok(());
        }
        let all = if max == 1 {
            "0".to_owned()
        } else {
            format!("0-{}", max - 1)
        };
        self.document_mut().set_attribute(cell, "cpus", &all)
    }

    fn check_cells(&self, max: u64) -> Result<(), Refused> {
        let document = self.document();
        let Some(numa) = document.find(document.root(), "cpu/numa") else {
            return Ok(());
        };
        for cell in document.children_named(numa, "cell") {
            let cpus = document.attribute(cell, "cpus").unwrap_or_default();
            let last = cpus
                .split([',', '-'])
                .filter_map(|number| number.trim().trim_start_matches('^').parse::<u64>().ok())
                .max();
            if let Some(last) = last.filter(|last| *last >= max) {
                let cpu = last.to_string();
                return Err(Refused(tr_f(
                    "A NUMA cell has virtual CPU {cpu}: change the cells first.",
                    &[("cpu", &cpu)],
                )));
            }
        }
        Ok(())
    }

    /// The virtual CPUs that are listed one by one: number, whether it is there, whether it can come and go.
    #[must_use]
    pub fn listed_vcpus(&self) -> Vec<Vec<String>> {
        self.document()
            .lines(self.child("vcpus"), "vcpu", &["id", "enabled", "hotpluggable"])
    }

    /// Sets that list, and with it how many there are at the start.
    ///
    /// # Errors
    /// Where a number is none of the machine's or comes twice, or the first one is not there for good.
    pub fn set_listed_vcpus(&mut self, lines: &[Vec<String>]) -> Result<(), Refused> {
        super::lines_of(lines, 3)?;
        let max = self.max_vcpus();
        for line in lines {
            let id = line[0].trim();
            if id.parse::<u64>().is_ok_and(|id| id < max) {
                continue;
            }
            return Err(Refused(tr_f("There is no virtual CPU {cpu}.", &[("cpu", id)])));
        }
        let Some(list) = self.child("vcpus") else { return Ok(()) };
        if lines.is_empty() {
            self.document_mut().remove(list);
            return Ok(());
        }
        let is_fixed = |line: &Vec<String>| line[0].trim() == "0" && line[1] == "yes" && line[2] != "yes";
        if !lines.iter().any(is_fixed) {
            return Err(Refused(tr("Virtual CPU 0 must be there and cannot be removed.")));
        }
        self.document_mut()
            .set_lines(list, "vcpu", &["id", "enabled", "hotpluggable"], lines)?;
        let on = self.vcpus().to_string();
        let place = self.ensure("vcpu")?;
        self.document_mut().set_attribute(place, "current", &on)
    }

    fn vcpu_list(&self) -> Vec<Listed> {
        let document = self.document();
        let Some(list) = self.child("vcpus") else {
            return Vec::new();
        };
        let is = |id, name, word| document.attribute(id, name).as_deref() == Some(word);
        let read = |node| {
            Some(Listed {
                node,
                id: document.attribute(node, "id")?.trim().parse().ok()?,
                enabled: is(node, "enabled", "yes"),
                pluggable: is(node, "hotpluggable", "yes"),
            })
        };
        document.children_named(list, "vcpu").filter_map(read).collect()
    }

    /// Switches listed CPUs on or off until `count` are on. Nothing is done where none are listed.
    fn switch_listed(&mut self, count: u64) -> Result<(), Refused> {
        let mut list = self.vcpu_list();
        list.sort_by_key(|vcpu| vcpu.id);
        let mut on = list.iter().filter(|vcpu| vcpu.enabled).count() as u64;
        if list.is_empty() {
            return Ok(());
        }
        let has_order = list
            .iter()
            .any(|vcpu| self.document().attribute(vcpu.node, "order").is_some());
        for vcpu in list.iter().filter(|vcpu| !vcpu.enabled) {
            if on >= count {
                break;
            }
            on += 1;
            let document = self.document_mut();
            document.set_attribute(vcpu.node, "enabled", "yes")?;
            if has_order {
                document.set_attribute(vcpu.node, "order", &on.to_string())?;
            }
        }
        for vcpu in list
            .iter()
            .rev()
            .filter(|vcpu| vcpu.enabled && vcpu.pluggable && vcpu.id > 0)
        {
            if on <= count {
                break;
            }
            on -= 1;
            let document = self.document_mut();
            document.set_attribute(vcpu.node, "enabled", "no")?;
            document.remove_attribute(vcpu.node, "order");
        }
        if on == count {
            return Ok(());
        }
        Err(Refused(tr(
            "The virtual CPUs are listed one by one, and too few of them can be switched: change <vcpus> first.",
        )))
    }
}

/// One CPU of `<vcpus>`.
struct Listed {
    node: NodeId,
    id: u64,
    enabled: bool,
    pluggable: bool,
}
