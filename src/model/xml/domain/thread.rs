//! Threads for I/O: how many there are, and who uses them.

use std::collections::BTreeSet;

use super::Domain;
use super::fields::cpu;
use crate::i18n::tr_f;
use crate::model::xml::{NodeId, Refused};

/// No host has a use for more.
const MOST: u64 = 1024;

impl Domain {
    /// The numbers of the threads for I/O: those that are listed, and as many more as are wanted, from 1.
    #[must_use]
    pub fn io_threads(&self) -> BTreeSet<u32> {
        let document = self.document();
        let count = document.get(document.root(), cpu::IOTHREADS).unwrap_or(0).min(MOST);
        let mut ids: BTreeSet<u32> = self.listed_threads().into_iter().map(|(_, id)| id).collect();
        let mut next = 1;
        while (ids.len() as u64) < count {
            ids.insert(next);
            next += 1;
        }
        ids
    }

    fn listed_threads(&self) -> Vec<(NodeId, u32)> {
        let document = self.document();
        let list = self.child("iothreadids");
        list.into_iter()
            .flat_map(|list| document.children_named(list, "iothread"))
            .filter_map(|node| Some((node, document.attribute(node, "id")?.trim().parse().ok()?)))
            .collect()
    }

    /// Sets how many threads for I/O there are; `None` removes them. Those with the highest numbers go first, with what is
    /// said about them.
    ///
    /// # Errors
    /// Where a device uses one that would go.
    pub fn set_io_threads(&mut self, count: Option<u64>) -> Result<(), Refused> {
        let root = self.document().root();
        let wanted = usize::try_from(count.unwrap_or(0).min(MOST)).unwrap_or(0);
        let gone: BTreeSet<u32> = self.io_threads().into_iter().skip(wanted).collect();
        for id in &gone {
            if self.uses_thread(*id) {
                return Err(Refused(tr_f(
                    "A device uses thread {thread}: give it another one first.",
                    &[("thread", &id.to_string())],
                )));
            }
        }
        for (node, id) in self.listed_threads() {
            if gone.contains(&id) {
                self.document_mut().prune(node);
            }
        }
        let number = |line: &Vec<String>| line.first().and_then(|id| id.parse::<u32>().ok());
        let pins = self.pins("iothreadpin", "iothread");
        let left: Vec<_> = pins
            .iter()
            .filter(|line| number(line).is_none_or(|id| !gone.contains(&id)))
            .cloned()
            .collect();
        if left.len() < pins.len() {
            self.set_pins("iothreadpin", "iothread", &left)?;
        }
        self.document_mut().set(root, cpu::IOTHREADS, count)
    }

    fn uses_thread(&self, id: u32) -> bool {
        let document = self.document();
        self.devices().any(|device| {
            let driver = document.child(device.node, "driver");
            let used = driver.and_then(|driver| document.attribute(driver, "iothread"));
            used.is_some_and(|used| used.trim().parse() == Ok(id))
        })
    }
}
