//! Screens: how they are seen and what draws them.

use super::{Board, Choice, Family, HostFacts, choices, explain, forbid};
use crate::i18n::tr;
use crate::model::facts::HostDeviceKind;

impl HostFacts {
    /// How a screen is seen (`type` of `<graphics>`).
    #[must_use]
    pub fn graphics_types(&self) -> Vec<Choice> {
        let known: &[&str] = match self.family() {
            Family::Qemu => &["vnc", "spice", "dbus", "egl-headless", "sdl"],
            Family::Xen => &["vnc", "spice", "sdl"],
            Family::Bhyve | Family::Vmware | Family::Virtuozzo => &["vnc"],
            Family::VirtualBox => &["rdp", "desktop", "sdl"],
            Family::Container | Family::HyperV => &[],
            Family::Other => &["vnc", "spice"],
        };
        let all = self.ask("devices/graphics", "type", known, |value| match value {
            "vnc" => "VNC".to_owned(),
            "spice" => "SPICE".to_owned(),
            "dbus" => "D-Bus".to_owned(),
            "egl-headless" => tr("Draw on the host's graphics card only"),
            "sdl" => tr("Window on the host (SDL)"),
            "rdp" => "RDP".to_owned(),
            "desktop" => tr("Window on the host"),
            other => other.to_owned(),
        });
        explain(all, |value| match value {
            "spice" => Some(tr("The host's QEMU is built without SPICE.")),
            "sdl" => Some(tr("The host's QEMU is built without SDL.")),
            "dbus" | "egl-headless" => Some(tr("The host's QEMU is built without it, or too old.")),
            _ => None,
        })
    }

    /// Models of graphics cards (`type` of a video device's `<model>`), best first.
    #[must_use]
    pub fn video_models(&self) -> Vec<Choice> {
        let known: &[&str] = match (self.family(), self.board()) {
            (Family::Qemu, Board::S390 | Board::Virt | Board::Microvm) => &["virtio", "ramfb", "none"],
            (Family::Qemu, _) => &["virtio", "qxl", "vga", "bochs", "vmvga", "cirrus", "ramfb", "none"],
            (Family::Xen, _) => &["vga", "cirrus", "qxl", "xen"],
            (Family::Bhyve, _) => &["gop"],
            (Family::Vmware, _) => &["vmvga"],
            (Family::VirtualBox, _) => &["vbox"],
            (Family::Virtuozzo, _) => &["vga", "virtio"],
            (Family::Other, _) => &["vga"],
            (Family::Container | Family::HyperV, _) => &[],
        };
        let all = self.ask("devices/video", "modelType", known, |value| match value {
            "virtio" => "VirtIO".to_owned(),
            "qxl" => "QXL".to_owned(),
            "vga" => "VGA".to_owned(),
            "bochs" => "Bochs".to_owned(),
            "vmvga" => "VMware SVGA II".to_owned(),
            "cirrus" => "Cirrus".to_owned(),
            "ramfb" => tr("Plain memory (ramfb)"),
            "xen" => "Xen".to_owned(),
            "none" => tr("None"),
            other => other.to_owned(),
        });
        let all = explain(all, |value| {
            (value == "qxl").then(|| tr("The host's QEMU is built without SPICE."))
        });
        if self.family() != Family::Qemu {
            return all;
        }
        let all = forbid(all, |value| {
            let lacks = self.board() == Board::S390 && !matches!(value, "virtio" | "none");
            lacks.then(|| self.not_possible())
        });
        self.card(all, &["ramfb", "none"])
    }

    /// Why a guest can't have 3D through VirtIO; `None` where nothing speaks against it.
    #[must_use]
    pub fn acceleration_problem(&self) -> Option<String> {
        let models = self.video_models();
        let virtio = models.into_iter().find(|choice| choice.value == "virtio");
        let Some(virtio) = virtio else {
            return Some(self.not_possible());
        };
        if virtio.problem.is_some() {
            return virtio.problem;
        }
        let known = self.devices.is_some();
        (known && self.render_nodes().is_empty()).then(|| tr("The host has no graphics card that it could draw on."))
    }

    /// Graphics cards of the host to draw on (`rendernode`): device files.
    #[must_use]
    pub fn render_nodes(&self) -> Vec<Choice> {
        let nodes = self.devices().filter_map(|device| match &device.kind {
            HostDeviceKind::Drm {
                class,
                path: Some(path),
            } if class == "render" => {
                let card = self.devices().find(|other| Some(&other.name) == device.parent.as_ref());
                let label = match card.and_then(|card| card.pci()) {
                    Some(card) => format!("{path} · {} {}", card.vendor.text(), card.product.text()),
                    None => path.clone(),
                };
                Some(Choice::new(path.clone(), label))
            }
            _ => None,
        });
        nodes.collect()
    }

    /// Policies of listening (`type` of `<listen>`).
    #[must_use]
    pub fn listen_types(&self) -> Vec<Choice> {
        choices(&["address", "none", "socket", "network"], |value| match value {
            "address" => tr("An address"),
            "none" => tr("Nowhere: through the connection to the host only"),
            "socket" => tr("A socket of the host"),
            "network" => tr("The address of a virtual network"),
            other => other.to_owned(),
        })
    }
}
