//! Making a plan of an order.

use super::files::{Files, problem};
use super::installation::{Installation, first, with_kernel};
use super::order::{Container, DiskWish, ImageRef, NetworkWish, Order, Source};
use super::plan::{Plan, Planned};
use super::problem::Problem;
use super::recipe::{Drive, Machine, definition};
use super::unattended::Way;
use super::{Surroundings, amounts, suggested_name};
use crate::i18n::{tr, tr_f};
use crate::model::xml::Refused;
use crate::model::xml::domain::Domain;

/// How the first start differs from all later ones.
enum First {
    Same,
    /// The medium or the network comes before a disk that may have a system already.
    Medium(usize),
    Network,
    Kernel {
        kernel: String,
        initrd: String,
        arguments: String,
    },
}

/// What is gathered while the plan is made.
struct Draft<'a> {
    order: &'a Order,
    around: &'a Surroundings<'a>,
    name: String,
    files: Files<'a>,
    drives: Vec<Drive>,
    first: First,
    network_boot: Option<u32>,
    restarts: u32,
    /// There is an installation with an end.
    installs: bool,
}

/// What will be done for an order.
///
/// # Errors
/// What is missing for a plan: no image was chosen, no pool takes files.
pub fn plan(order: &Order, around: &Surroundings<'_>) -> Result<Plan, Problem> {
    if let Source::Xml(text) = &order.source {
        return of_definition(order, order.customised.as_deref().unwrap_or(text));
    }
    let container = matches!(order.source, Source::Container(_));
    let name = if order.name.is_empty() {
        suggested_name(around.os, container, around.machines)
    } else {
        order.name.clone()
    };
    let mut draft = Draft {
        order,
        around,
        files: Files::new(around, &name),
        name,
        drives: Vec::new(),
        first: First::Same,
        network_boot: None,
        restarts: around.recognised.map_or(0, |found| found.restarts),
        installs: false,
    };
    draft.add_source()?;
    if !container {
        draft.add_script()?;
    }
    draft.finish()
}

/// The plan for a definition that somebody brings.
fn of_definition(order: &Order, text: &str) -> Result<Plan, Problem> {
    if text.trim().is_empty() {
        return Err(problem("source", tr("Paste or open the definition of a machine.")));
    }
    let mut domain = Domain::parse(text).map_err(|error| problem("source", error.to_string()))?;
    Installation::forget(&mut domain).map_err(|error| problem("source", error.0))?;
    if !order.name.is_empty() && order.name != domain.name() {
        domain.set_name(&order.name).map_err(|error| problem("name", error.0))?;
    }
    if domain.name().is_empty() {
        return Err(problem("source", tr("The definition has no name.")));
    }
    Ok(Plan {
        name: domain.name(),
        xml: domain.into_document().to_string(),
        start: order.start,
        autostart: order.autostart,
        ..Plan::default()
    })
}

impl Draft<'_> {
    fn add_source(&mut self) -> Result<(), Problem> {
        match &self.order.source {
            Source::Media(image) => self.add_medium(image),
            Source::Disk(image) => {
                let mut disk = self.files.image(image, "disk")?;
                disk.boot = Some(1);
                self.drives.push(disk);
                self.add_disk(2)
            }
            Source::Cloud { image, seed } => self.add_cloud(image, seed),
            Source::NetworkBoot => {
                self.add_disk(1)?;
                self.network_boot = Some(if self.drives.is_empty() { 1 } else { 2 });
                if self.has_old_disk() {
                    self.first = First::Network;
                }
                if *self.network() == NetworkWish::None {
                    return Err(problem("network", tr("Starting from the network needs a network.")));
                }
                Ok(())
            }
            Source::Tree { url, arguments } => self.add_tree(url, arguments),
            Source::Container(Container::System { root }) if root.trim().is_empty() => Err(problem(
                "source",
                tr("Choose the folder with the system of the container."),
            )),
            Source::Container(_) => Ok(()),
            Source::Empty | Source::Xml(_) => self.add_disk(1),
        }
    }

    fn network(&self) -> &NetworkWish {
        &self.order.network
    }

    fn has_old_disk(&self) -> bool {
        matches!(self.order.disk, DiskWish::Existing(_))
    }

    /// The disk that the user wants.
    fn add_disk(&mut self, place: u32) -> Result<(), Problem> {
        let mut disk = match &self.order.disk {
            DiskWish::None => return Ok(()),
            DiskWish::Existing(image) => self.files.image(image, "disk")?,
            DiskWish::New {
                pool,
                name,
                format,
                capacity,
                allocate,
            } => {
                let capacity = match *capacity {
                    0 => amounts(self.order, self.around).storage,
                    bytes => bytes,
                };
                self.files
                    .new_image(pool, name, format.as_deref(), capacity, *allocate)?
            }
        };
        disk.boot = Some(place);
        self.drives.push(disk);
        Ok(())
    }

    /// The disk boots first: while it is empty, firmware goes on to the medium, and after the installation it needs nobody to
    /// change the order. Windows restarts in the middle and must not begin anew.
    fn add_medium(&mut self, image: &ImageRef) -> Result<(), Problem> {
        self.add_disk(1)?;
        let mut medium = self.files.image(image, "cdrom")?;
        medium.boot = Some(if self.drives.is_empty() { 1 } else { 2 });
        medium.temporary = !self.drives.is_empty();
        self.installs = medium.temporary;
        if self.has_old_disk() {
            self.first = First::Medium(self.drives.len());
        }
        self.drives.push(medium);
        Ok(())
    }

    fn add_cloud(&mut self, image: &ImageRef, seed: &super::Seed) -> Result<(), Problem> {
        let (pool, name, format, capacity) = match &self.order.disk {
            DiskWish::New {
                pool,
                name,
                format,
                capacity,
                ..
            } => (pool.as_str(), name.as_str(), format.as_deref(), *capacity),
            _ => ("", "", None, 0),
        };
        let capacity = (capacity > 0).then_some(capacity);
        let mut disk = self.files.copy(image, pool, name, format, capacity)?;
        disk.boot = Some(1);
        self.drives.push(disk);
        let (pool, name) = self.files.place_for(&format!("{}-cloud-init.iso", self.name))?;
        let drive = self.files.drive("cdrom", &pool, &name, "raw");
        self.files.push(Planned::Seed {
            pool,
            name,
            seed: seed.clone(),
        });
        self.drives.push(drive);
        Ok(())
    }

    fn add_tree(&mut self, url: &str, arguments: &str) -> Result<(), Problem> {
        if url.trim().is_empty() {
            return Err(problem("source", tr("Enter the address of the installation tree.")));
        }
        self.add_disk(1)?;
        let (pool, kernel_name) = self.files.place_for(&format!("{}-kernel", self.name))?;
        let (_, initrd_name) = self.files.place_for(&format!("{}-initrd", self.name))?;
        let script = self.around.prepared.filter(|script| script.way == Way::Initrd);
        let arch = self.around.facts.kind.arch.clone();
        let mut words = arguments.trim().to_owned();
        if let Some(script) = script.filter(|script| !script.arguments.is_empty()) {
            words = format!("{words} {}", script.arguments).trim().to_owned();
        }
        self.first = First::Kernel {
            kernel: self.files.path(&pool, &kernel_name),
            initrd: self.files.path(&pool, &initrd_name),
            arguments: words,
        };
        self.files.push(Planned::Tree {
            url: url.trim().to_owned(),
            arch: arch.unwrap_or_else(|| "x86_64".to_owned()),
            kernel: self.around.recognised.and_then(|found| found.kernel.clone()),
            initrd: self.around.recognised.and_then(|found| found.initrd.clone()),
            appendix: script.and_then(|script| script.appendix.clone()),
            pool,
            kernel_name,
            initrd_name,
        });
        self.installs = true;
        Ok(())
    }

    /// What an installation without questions needs.
    fn add_script(&mut self) -> Result<(), Problem> {
        let Some(script) = self.around.prepared.filter(|_| self.order.unattended.is_some()) else {
            return Ok(());
        };
        self.restarts = self.restarts.max(script.restarts);
        self.installs = true;
        if let Some(bytes) = &script.image {
            let (pool, name) = self.files.place_for(&script.image_name(&self.name))?;
            let mut drive = self.files.drive("cdrom", &pool, &name, "raw");
            drive.temporary = true;
            self.drives.push(drive);
            self.files.push_content(pool, name, bytes);
        }
        if let (Some((kernel, initrd)), First::Same | First::Medium(_)) = (&script.kernel, &self.first) {
            let (pool, kernel_name) = self.files.place_for(&format!("{}-kernel", self.name))?;
            self.files.push_content(pool.clone(), kernel_name.clone(), kernel);
            let (_, initrd_name) = self.files.place_for(&format!("{}-initrd", self.name))?;
            self.files.push_content(pool.clone(), initrd_name.clone(), initrd);
            self.first = First::Kernel {
                kernel: self.files.path(&pool, &kernel_name),
                initrd: self.files.path(&pool, &initrd_name),
                arguments: script.arguments.clone(),
            };
        }
        Ok(())
    }

    /// The definitions, and what of the files they need.
    fn finish(mut self) -> Result<Plan, Problem> {
        let refused = |error: Refused| problem("source", error.0);
        let (_, targets) = self.define(None);
        let files = self.files.made.iter().filter(|file| file.is_temporary());
        let installation = self.installs.then(|| Installation {
            machine: None,
            restarts: self.restarts,
            seen: 0,
            at: 0,
            media: targets
                .iter()
                .zip(&self.drives)
                .filter(|(_, drive)| drive.temporary)
                .map(|(target, _)| target.clone())
                .collect(),
            files: files
                .flat_map(Planned::volumes)
                .map(|(pool, name)| (pool.to_owned(), name.to_owned()))
                .collect(),
            restart: !matches!(self.first, First::Same),
            begun: false,
        });
        let (planned, _) = self.define(installation.as_ref());
        let xml = self.order.customised.clone().unwrap_or(planned);
        let name = Domain::parse(&xml)
            .map_err(|error| problem("source", error.to_string()))?
            .name();
        let install_xml = match &self.first {
            First::Same => None,
            First::Medium(place) => Some(first(&xml, targets.get(*place).map(String::as_str)).map_err(refused)?),
            First::Network => Some(first(&xml, None).map_err(refused)?),
            First::Kernel {
                kernel,
                initrd,
                arguments,
            } => Some(with_kernel(&xml, kernel, initrd, arguments).map_err(refused)?),
        };
        if self.order.customised.is_some() {
            // Nothing is made for a disk that the user has taken out.
            let all = [Some(&xml), install_xml.as_ref()];
            self.files.keep_named(|path| {
                let path = crate::model::xml::escape(path);
                all.iter().flatten().any(|text| text.contains(&path))
            });
        }
        Ok(Plan {
            name,
            files: self.files.made,
            xml,
            install_xml,
            start: self.order.start,
            autostart: self.order.autostart,
            installation,
        })
    }

    fn define(&self, installation: Option<&Installation>) -> (String, Vec<String>) {
        let amounts = amounts(self.order, self.around);
        definition(
            self.around.facts,
            &Machine {
                name: &self.name,
                title: &self.order.title,
                os: self.around.os,
                memory: amounts.memory,
                cpus: amounts.cpus,
                firmware: self.order.firmware,
                tpm: self.order.tpm,
                drives: &self.drives,
                network: &self.order.network,
                network_boot: self.network_boot,
                installation,
                container: match &self.order.source {
                    Source::Container(container) => Some(container),
                    _ => None,
                },
            },
        )
    }
}

/// The sentence for an image that nobody chose.
pub(super) fn nothing_chosen(device: &str) -> Problem {
    let text = match device {
        "cdrom" => tr("Choose an installation image."),
        _ => tr("Choose a disk image."),
    };
    problem("source", text)
}

/// The sentence for a pool that is not there or does not run.
pub(super) fn no_pool(pool: &str) -> Problem {
    if pool.is_empty() {
        return problem(
            "disk",
            tr("No storage pool of the host runs and takes images. Start or make one first."),
        );
    }
    problem(
        "disk",
        tr_f("There is no storage pool “{pool}” on the host.", &[("pool", pool)]),
    )
}
