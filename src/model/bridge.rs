//! A bridge of the host's own that machines share a network card with: what it is to be, and how to make it by hand where no
//! program can be asked to.

use crate::i18n::{tr, tr_f};

/// A bridge that is to be made.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct BridgePlan {
    /// Name of the bridge.
    pub bridge: String,
    /// Network device that becomes its port.
    pub port: String,
    /// Hardware address of that device, which the bridge takes over so that DHCP gives it the same addresses.
    pub mac: Option<String>,
    /// The spanning tree protocol runs on it.
    pub stp: bool,
}

/// Who manages the network of a host.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Caretaker {
    /// `NetworkManager`.
    NetworkManager,
    /// Netplan.
    Netplan,
    /// systemd-networkd.
    Networkd,
    /// ifupdown.
    Ifupdown,
}

impl Caretaker {
    /// All of them.
    pub const ALL: [Self; 4] = [Self::NetworkManager, Self::Netplan, Self::Networkd, Self::Ifupdown];

    /// What it is called.
    #[must_use]
    pub fn label(self) -> String {
        match self {
            Self::NetworkManager => "NetworkManager".to_owned(),
            Self::Netplan => "Netplan".to_owned(),
            Self::Networkd => "systemd-networkd".to_owned(),
            Self::Ifupdown => "ifupdown".to_owned(),
        }
    }

    /// Where one finds out whether it is this one.
    #[must_use]
    pub fn sign(self) -> String {
        match self {
            Self::NetworkManager => tr("Most desktops, Fedora, RHEL: “nmcli device” lists the devices."),
            Self::Netplan => tr("Ubuntu Server: there are files in /etc/netplan."),
            Self::Networkd => tr("“networkctl” lists the devices as configured."),
            Self::Ifupdown => tr("Debian without a desktop: /etc/network/interfaces names the device."),
        }
    }
}

/// Names that the kernel takes for a device: longest, in bytes.
const LONGEST: usize = 15;

/// What is wrong with a name for a bridge; `taken` are the names of devices that are there.
#[must_use]
pub fn name_problem(name: &str, taken: &[String]) -> Option<String> {
    let plain = |c: char| c.is_ascii_alphanumeric() || matches!(c, '-' | '_' | '.');
    if name.is_empty() {
        Some(tr("The bridge needs a name."))
    } else if name.len() > LONGEST {
        Some(tr_f(
            "A device’s name has at most {count} letters.",
            &[("count", &LONGEST.to_string())],
        ))
    } else if !name.chars().all(plain) || name.starts_with(['-', '.']) {
        Some(tr("Letters, digits, “-”, “_” and “.” can stand in a device’s name."))
    } else if name.eq_ignore_ascii_case("all") || name.eq_ignore_ascii_case("default") {
        Some(tr("This name means something else to the kernel."))
    } else if taken.iter().any(|other| other == name) {
        Some(tr("There is a device of this name already."))
    } else {
        None
    }
}

/// The first of br0, br1, … that no device has.
#[must_use]
pub fn free_name(taken: &[String]) -> String {
    let names = (0..=taken.len()).map(|number| format!("br{number}"));
    names
        .into_iter()
        .find(|name| !taken.contains(name))
        .unwrap_or_else(|| "br0".to_owned())
}

impl BridgePlan {
    /// What to do by hand on the host, as its administrator. Names were checked by [`name_problem`]; a port that would not
    /// pass it is refused.
    #[must_use]
    pub fn commands(&self, caretaker: Caretaker) -> Option<String> {
        if name_problem(&self.bridge, &[]).is_some() || name_problem(&self.port, &[]).is_some() {
            return None;
        }
        let mac = self.mac.as_deref().filter(|mac| is_mac(mac));
        Some(match caretaker {
            Caretaker::NetworkManager => self.nmcli(mac),
            Caretaker::Netplan => self.netplan(mac),
            Caretaker::Networkd => self.networkd(mac),
            Caretaker::Ifupdown => self.ifupdown(mac),
        })
    }

    fn nmcli(&self, mac: Option<&str>) -> String {
        let Self { bridge, port, .. } = self;
        let stp = if self.stp { "yes" } else { "no" };
        let mac = mac.map(|mac| format!(" bridge.mac-address {mac}")).unwrap_or_default();
        format!(
            "nmcli connection add type bridge con-name {bridge} ifname {bridge} bridge.stp {stp}{mac}\n\
             nmcli connection add type ethernet con-name {bridge}-{port} ifname {port} master {bridge} \
             connection.autoconnect-priority 100\n\
             nmcli connection up {bridge} && nmcli connection up {bridge}-{port}\n"
        )
    }

    fn netplan(&self, mac: Option<&str>) -> String {
        let Self { bridge, port, stp, .. } = self;
        let mac = mac
            .map(|mac| format!("      macaddress: \"{mac}\"\n"))
            .unwrap_or_default();
        format!(
            "cat > /etc/netplan/90-{bridge}.yaml <<'END'\n\
             network:\n  version: 2\n  ethernets:\n    {port}:\n      dhcp4: false\n      dhcp6: false\n  bridges:\n    \
             {bridge}:\n      interfaces: [{port}]\n{mac}      dhcp4: true\n      parameters:\n        stp: {stp}\n\
             END\n\
             chmod 600 /etc/netplan/90-{bridge}.yaml\n\
             netplan try\n"
        )
    }

    fn networkd(&self, mac: Option<&str>) -> String {
        let Self { bridge, port, .. } = self;
        let stp = if self.stp { "yes" } else { "no" };
        let mac = mac.map(|mac| format!("MACAddress={mac}\n")).unwrap_or_default();
        format!(
            "cat > /etc/systemd/network/05-{bridge}.netdev <<'END'\n\
             [NetDev]\nName={bridge}\nKind=bridge\n{mac}\n[Bridge]\nSTP={stp}\nEND\n\
             cat > /etc/systemd/network/05-{bridge}-port.network <<'END'\n\
             [Match]\nName={port}\n\n[Network]\nBridge={bridge}\nEND\n\
             cat > /etc/systemd/network/05-{bridge}.network <<'END'\n\
             [Match]\nName={bridge}\n\n[Network]\nDHCP=yes\nEND\n\
             networkctl reload && networkctl reconfigure {port}\n"
        )
    }

    fn ifupdown(&self, mac: Option<&str>) -> String {
        let Self { bridge, port, .. } = self;
        let stp = if self.stp { "on" } else { "off" };
        let mac = mac.map(|mac| format!("    bridge_hw {mac}\n")).unwrap_or_default();
        format!(
            "apt-get install bridge-utils\n\
             ifdown {port}\n\
             # {port} must have no other lines than these: take those out of /etc/network/interfaces first.\n\
             cat > /etc/network/interfaces.d/{bridge} <<'END'\n\
             iface {port} inet manual\n\nauto {bridge}\niface {bridge} inet dhcp\n    bridge_ports {port}\n    \
             bridge_stp {stp}\n    bridge_fd 0\n{mac}END\n\
             ifup {bridge}\n"
        )
    }
}

/// The bytes of a hardware address.
#[must_use]
pub fn mac_bytes(mac: &str) -> Option<Vec<u8>> {
    let bytes: Option<Vec<u8>> = mac
        .split(':')
        .map(|byte| u8::from_str_radix(byte, 16).ok().filter(|_| byte.len() == 2))
        .collect();
    bytes.filter(|bytes| bytes.len() == 6)
}

fn is_mac(mac: &str) -> bool {
    mac_bytes(mac).is_some()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn plan() -> BridgePlan {
        BridgePlan {
            bridge: "br0".to_owned(),
            port: "enp3s0".to_owned(),
            mac: Some("52:54:00:12:34:56".to_owned()),
            stp: false,
        }
    }

    #[test]
    fn names_that_the_kernel_or_a_shell_would_not_take_are_refused() {
        let taken = ["br0".to_owned()];
        for bad in [
            "",
            "br0",
            "sixteen-letters1",
            "a b",
            "a/b",
            "-x",
            "..",
            "b;reboot",
            "$(id)",
            "brü",
            "all",
        ] {
            assert!(name_problem(bad, &taken).is_some(), "{bad}");
        }
        for good in ["br1", "lan", "bridge.100", "a_b-c"] {
            assert_eq!(name_problem(good, &taken), None, "{good}");
        }
        assert_eq!(free_name(&taken), "br1");
        assert_eq!(free_name(&[]), "br0");
    }

    #[test]
    fn nothing_is_written_for_a_name_that_would_run_something() {
        let hostile = BridgePlan {
            port: "eth0; reboot".to_owned(),
            ..plan()
        };
        assert!(
            Caretaker::ALL
                .into_iter()
                .all(|caretaker| hostile.commands(caretaker).is_none())
        );
        let odd = BridgePlan {
            mac: Some("$(reboot)".to_owned()),
            ..plan()
        };
        for caretaker in Caretaker::ALL {
            assert!(!odd.commands(caretaker).expect("commands").contains("reboot"));
        }
    }

    #[test]
    fn every_caretaker_gets_bridge_port_and_address() {
        for caretaker in Caretaker::ALL {
            let commands = plan().commands(caretaker).expect("commands");
            for part in ["br0", "enp3s0", "52:54:00:12:34:56"] {
                assert!(commands.contains(part), "{caretaker:?} {part}\n{commands}");
            }
        }
        let netplan = plan().commands(Caretaker::Netplan).expect("commands");
        let yaml = netplan
            .split("<<'END'\n")
            .nth(1)
            .and_then(|rest| rest.split("END\n").next());
        let read: serde_norway::Value = serde_norway::from_str(yaml.expect("a file")).expect("YAML");
        let bridge = &read["network"]["bridges"]["br0"];
        assert_eq!(bridge["interfaces"][0].as_str(), Some("enp3s0"));
        assert_eq!(bridge["parameters"]["stp"].as_bool(), Some(false));
        assert_eq!(read["network"]["ethernets"]["enp3s0"]["dhcp4"].as_bool(), Some(false));
    }

    #[test]
    fn a_hardware_address_is_six_bytes() {
        assert_eq!(mac_bytes("00:1a:ff:00:00:01"), Some(vec![0, 0x1a, 0xff, 0, 0, 1]));
        assert_eq!(mac_bytes("00:1a:ff:00:00"), None);
        assert_eq!(mac_bytes("0:1a:ff:00:00:01"), None);
    }
}
