//! A new network of a few words.

use clap::Args;
use ipnet::IpNet;

use super::{failed, make, tell_problems};
use crate::cli::{Stop, print};
use crate::model::network::{
    Dhcp, DhcpRange, ForwardInterface, ForwardMode, IpBlock, NetworkDetails, NetworkDraft, Surroundings, new_network,
    usual_range,
};
use crate::virt::client::HostClient;

/// What stands behind `vireo network create`.
#[derive(Debug, Clone, PartialEq, Eq, Default, Args)]
pub struct CreateNetworkWords {
    /// Its name
    pub name: String,
    /// How packets leave
    #[arg(long, default_value = "nat", value_parser = ["isolated", "nat", "route", "open", "bridge", "private", "vepa", "passthrough", "hostdev"])]
    pub mode: String,
    /// The host's address with the prefix (192.168.100.1/24), or "none"; a free subnet without
    #[arg(long, value_name = "ADDRESS/PREFIX")]
    pub ipv4: Option<String>,
    /// The host's IPv6 address with the prefix, or "auto" for a free subnet; none without
    #[arg(long, value_name = "ADDRESS/PREFIX")]
    pub ipv6: Option<String>,
    /// Lends no addresses
    #[arg(long)]
    pub no_dhcp: bool,
    /// Lends these addresses instead of the upper half; may be given several times
    #[arg(long, value_name = "FIRST,LAST", conflicts_with = "no_dhcp")]
    pub dhcp_range: Vec<String>,
    /// DNS domain
    #[arg(long)]
    pub domain: Option<String>,
    /// Name of its bridge; with --mode bridge the bridge of the host
    #[arg(long)]
    pub bridge: Option<String>,
    /// An interface of the host: where packets leave, or what is handed out; may be given several times
    #[arg(long, value_name = "NAME")]
    pub device: Vec<String>,
    /// Largest packet, in bytes
    #[arg(long, value_name = "BYTES")]
    pub mtu: Option<u64>,
    /// Does not start it
    #[arg(long)]
    pub no_start: bool,
    /// Does not start it with the host
    #[arg(long)]
    pub no_autostart: bool,
    /// Only prints its definition
    #[arg(long)]
    pub dry_run: bool,
}

pub(super) async fn create(host: &HostClient, words: &CreateNetworkWords) -> Result<(), Stop> {
    let around = host.network_surroundings().await.map_err(failed)?;
    let details = details(words, &around)?;
    tell_problems(&details, &around, false)?;
    let xml = details.to_xml().map_err(|refused| Stop::refused(refused.to_string()))?;
    if words.dry_run {
        return print::wanted(xml.trim_end()).map(|_| ());
    }
    make(host, xml, true, !words.no_start, !words.no_autostart).await
}

fn details(words: &CreateNetworkWords, around: &Surroundings) -> Result<NetworkDetails, Stop> {
    let mode = ForwardMode::from_word(&words.mode).unwrap_or(ForwardMode::Isolated);
    let draft = NetworkDraft {
        name: Some(words.name.clone()),
        mode,
        ipv4: words.ipv4.is_none(),
        ipv6: words.ipv6.as_deref() == Some("auto"),
        dhcp: !words.no_dhcp,
    };
    let mut details = new_network(&draft, around);
    let given = [(&words.ipv4, "none"), (&words.ipv6, "auto")];
    for (text, word) in given {
        let Some(text) = text.as_deref().filter(|text| *text != word) else {
            continue;
        };
        let net: IpNet = text.parse().map_err(|_| {
            Stop::usage(format!(
                "{text:?} is no address with a prefix, such as 192.168.100.1/24."
            ))
        })?;
        let mut block = IpBlock::default();
        block.set_net(host_address(net));
        block.dhcp = (!words.no_dhcp).then(|| Dhcp {
            ranges: usual_range(host_address(net)).into_iter().collect(),
            ..Dhcp::default()
        });
        details.ips.push(block);
    }
    // IPv4 first, as everybody writes it.
    details.ips.sort_by_key(IpBlock::is_ipv6);
    ranges(words, &mut details)?;
    details.domain.name.clone_from(&words.domain);
    details.mtu = words.mtu;
    if words.bridge.is_some() {
        details.bridge.name.clone_from(&words.bridge);
    }
    match mode {
        ForwardMode::Hostdev if words.device.len() == 1 => {
            details.forward.pf = words.device.first().cloned();
            details.forward.managed = Some(true);
        }
        mode if mode.has_own_bridge() => {
            if words.device.len() > 1 {
                return Err(Stop::usage(
                    "Packets of this kind of network leave through one device at the most.",
                ));
            }
            details.forward.dev = words.device.first().cloned();
        }
        _ => {
            let interfaces = words.device.iter().cloned();
            details.forward.interfaces = interfaces.map(|dev| ForwardInterface { dev: Some(dev) }).collect();
        }
    }
    Ok(details)
}

/// A subnet that was named itself means its first address.
fn host_address(net: IpNet) -> IpNet {
    let first = net.hosts().next().filter(|_| net.addr() == net.network());
    first
        .and_then(|first| IpNet::new(first, net.prefix_len()).ok())
        .unwrap_or(net)
}

fn ranges(words: &CreateNetworkWords, details: &mut NetworkDetails) -> Result<(), Stop> {
    let mut cleared: Vec<usize> = Vec::new();
    for text in &words.dhcp_range {
        let range = range(text)?;
        let start: std::net::IpAddr = range
            .start
            .as_deref()
            .unwrap_or_default()
            .parse()
            .map_err(|_| Stop::usage(format!("{text:?}: the first one is no address.")))?;
        let fits = |block: &IpBlock| block.net().is_some_and(|net| net.contains(&start));
        let Some(at) = details.ips.iter().position(fits) else {
            return Err(Stop::usage(format!("{text:?} is in no subnet of the network.")));
        };
        let dhcp = details.ips[at].dhcp.get_or_insert_default();
        if !cleared.contains(&at) {
            dhcp.ranges.clear();
            cleared.push(at);
        }
        dhcp.ranges.push(range);
    }
    Ok(())
}

/// Reads `FIRST,LAST`.
pub(super) fn range(text: &str) -> Result<DhcpRange, Stop> {
    let (start, end) = text
        .split_once(',')
        .ok_or_else(|| Stop::usage(format!("{text:?} is no range: FIRST,LAST.")))?;
    Ok(DhcpRange {
        start: Some(start.trim().to_owned()),
        end: Some(end.trim().to_owned()),
        ..DhcpRange::default()
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn words(mode: &str) -> CreateNetworkWords {
        CreateNetworkWords {
            name: "lab".into(),
            mode: mode.into(),
            ..CreateNetworkWords::default()
        }
    }

    #[test]
    fn few_words_make_a_whole_network() {
        let around = Surroundings::default();
        let plain = details(&words("nat"), &around).expect("a network");
        assert_eq!(plain.ips[0].address_text(), "192.168.100.1/24");
        let given = CreateNetworkWords {
            ipv4: Some("10.5.0.0/16".into()),
            ipv6: Some("auto".into()),
            dhcp_range: vec!["10.5.1.1,10.5.1.9".into(), "10.5.2.1,10.5.2.9".into()],
            ..words("route")
        };
        let given = details(&given, &around).expect("a network");
        assert_eq!(given.ips.len(), 2);
        assert_eq!(given.ips[0].address_text(), "10.5.0.1/16");
        assert_eq!(given.ips[0].dhcp.as_ref().map(|dhcp| dhcp.ranges.len()), Some(2));
        assert!(given.ips[1].is_ipv6());
        let none = CreateNetworkWords {
            ipv4: Some("none".into()),
            ..words("isolated")
        };
        assert!(details(&none, &around).expect("a network").ips.is_empty());
    }

    #[test]
    fn devices_go_where_the_mode_has_them() {
        let with = |mode: &str| {
            let words = CreateNetworkWords {
                device: vec!["eth0".into()],
                ..words(mode)
            };
            details(&words, &Surroundings::default()).expect("a network").forward
        };
        assert_eq!(with("nat").dev.as_deref(), Some("eth0"));
        assert_eq!(with("hostdev").pf.as_deref(), Some("eth0"));
        assert_eq!(with("vepa").interfaces.len(), 1);
    }

    #[test]
    fn what_is_no_address_is_said() {
        for (ipv4, range) in [
            ("banana", None),
            ("10.5.0.1/16", Some("10.6.0.1,10.6.0.9")),
            ("10.5.0.1/16", Some("x")),
        ] {
            let words = CreateNetworkWords {
                ipv4: Some(ipv4.into()),
                dhcp_range: range.map(str::to_owned).into_iter().collect(),
                ..words("nat")
            };
            let code = details(&words, &Surroundings::default()).map_err(|stop| stop.code);
            assert_eq!(code.err(), Some(2), "{ipv4} {range:?}");
        }
    }
}
