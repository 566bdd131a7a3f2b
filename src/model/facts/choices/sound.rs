//! Sound.

use super::{Board, Choice, Family, HostFacts};
use crate::i18n::tr;

impl HostFacts {
    /// Models of sound cards (`model` of `<sound>`), best first.
    #[must_use]
    pub fn sound_models(&self) -> Vec<Choice> {
        let known: &[&str] = match (self.family(), self.board()) {
            (Family::Qemu, Board::S390 | Board::Microvm) => &[],
            (Family::Qemu, Board::Isapc) => &["sb16", "pcspk"],
            (Family::Qemu, _) if self.kind.is_x86() => {
                &["ich9", "ich6", "virtio", "ac97", "usb", "es1370", "sb16", "pcspk"]
            }
            (Family::Qemu, _) => &["virtio", "ich9", "ich6", "usb", "ac97", "es1370"],
            (Family::Xen, _) => &["ich6", "ac97", "es1370", "sb16"],
            (Family::VirtualBox, _) => &["ac97", "sb16"],
            (Family::Virtuozzo, _) => &["ac97"],
            (Family::Bhyve, _) => &["ich7"],
            (Family::Other, _) => &["ich9", "ich6", "ac97"],
            (Family::Container | Family::Vmware | Family::HyperV, _) => &[],
        };
        self.ask("devices/sound", "model", known, |value| match value {
            "ich9" => "HDA (ICH9)".to_owned(),
            "ich7" => "HDA (ICH7)".to_owned(),
            "ich6" => "HDA (ICH6)".to_owned(),
            "ac97" => "AC97".to_owned(),
            "es1370" => "Ensoniq ES1370".to_owned(),
            "sb16" => "Sound Blaster 16".to_owned(),
            "pcspk" => tr("PC speaker"),
            "usb" => "USB".to_owned(),
            "virtio" => "VirtIO".to_owned(),
            other => other.to_owned(),
        })
    }

    /// Where sound goes on the host (`type` of `<audio>`).
    #[must_use]
    pub fn audio_backends(&self) -> Vec<Choice> {
        let known: &[&str] = match self.family() {
            Family::Qemu => &[
                "spice",
                "pipewire",
                "pulseaudio",
                "alsa",
                "jack",
                "dbus",
                "sdl",
                "oss",
                "coreaudio",
                "file",
                "none",
            ],
            Family::Bhyve => &["oss", "none"],
            _ => &[],
        };
        self.ask("devices/audio", "type", known, |value| match value {
            "spice" => tr("The viewer, through SPICE"),
            "dbus" => tr("The viewer, through D-Bus"),
            "pipewire" => "PipeWire".to_owned(),
            "pulseaudio" => "PulseAudio".to_owned(),
            "alsa" => "ALSA".to_owned(),
            "jack" => "JACK".to_owned(),
            "sdl" => "SDL".to_owned(),
            "oss" => "OSS".to_owned(),
            "coreaudio" => "Core Audio".to_owned(),
            "file" => tr("A file"),
            "none" => tr("Nowhere"),
            other => other.to_owned(),
        })
    }
}
