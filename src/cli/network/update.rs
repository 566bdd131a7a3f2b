//! Changing a network.

use std::net::IpAddr;

use clap::Args;

use super::create::range;
use super::{failed, find, read, tell_problems, uuid_of};
use crate::cli::{Stop, print};
use crate::model::network::{
    DhcpHost, DnsHost, IpBlock, NetworkDetails, NetworkOutcome, NetworkReport, NetworkTiming, NetworkVerdict,
    NetworkWish, plan,
};
use crate::model::xml::object::Network;
use crate::virt::client::HostClient;

/// What stands behind `vireo network update`.
#[derive(Debug, Clone, PartialEq, Eq, Default, Args)]
pub struct UpdateNetworkWords {
    /// Name or UUID
    pub network: String,
    /// Keeps an address for a machine; may be given several times
    #[arg(long, value_name = "MAC,IP[,NAME]")]
    pub add_host: Vec<String>,
    /// Keeps it no longer, by hardware address, name or address
    #[arg(long, value_name = "MAC|NAME|IP")]
    pub remove_host: Vec<String>,
    /// Lends these addresses, too
    #[arg(long, value_name = "FIRST,LAST")]
    pub add_range: Vec<String>,
    /// Lends them no longer
    #[arg(long, value_name = "FIRST,LAST")]
    pub remove_range: Vec<String>,
    /// Gives an address names in DNS
    #[arg(long, value_name = "IP,NAME...")]
    pub add_dns: Vec<String>,
    /// Takes an address with its names out of DNS
    #[arg(long, value_name = "IP")]
    pub remove_dns: Vec<String>,
    /// Gives it the definition in a file instead; "-" is standard input
    #[arg(long, value_name = "FILE")]
    pub xml: Option<String>,
    /// Changes the definition of the next start only
    #[arg(long)]
    pub no_live: bool,
    /// Defines what libvirt's schema refuses, too
    #[arg(long)]
    pub no_validate: bool,
    /// Only prints what would change, and when
    #[arg(long)]
    pub dry_run: bool,
}

pub(super) async fn update(host: &HostClient, words: &UpdateNetworkWords) -> Result<(), Stop> {
    let fact = find(host, &words.network).await?;
    let uuid = uuid_of(&fact)?;
    let definitions = host.network_definitions(uuid).await.map_err(failed)?;
    let base = definitions.base().unwrap_or_default().to_owned();
    let text = match &words.xml {
        Some(file) => read(file)?,
        None => base.clone(),
    };
    let wrong = |error: &dyn std::fmt::Display| Stop::refused(error.to_string());
    let mut details = NetworkDetails::parse(&text).map_err(|error| wrong(&error))?;
    change(&mut details, words)?;
    let edited = details.write_into(&text).map_err(|refused| wrong(&refused))?;
    let around = host.network_surroundings().await.map_err(failed)?;
    tell_problems(&details, &around.without(&uuid.to_string()), false)?;
    if words.dry_run {
        let parse = |text: &str| Network::parse(text).map_err(|error| wrong(&error));
        let live = definitions
            .live
            .as_deref()
            .filter(|_| !words.no_live)
            .map(parse)
            .transpose()?;
        return tell_plan(&parse(&base)?, &parse(&edited)?, live.as_ref());
    }
    let wish = NetworkWish {
        base,
        edited,
        live: !words.no_live,
        validate: !words.no_validate,
    };
    match host.apply_network(uuid, wish).await.map_err(failed)? {
        NetworkVerdict::Done(report) => tell(&report),
        NetworkVerdict::Clash { conflicts, .. } => {
            let places: Vec<String> = conflicts.iter().map(|conflict| print::safe(&conflict.place)).collect();
            Err(Stop::refused(format!(
                "Somebody else has changed the same meanwhile; nothing was done: {}",
                places.join(", ")
            )))
        }
    }
}

fn tell_plan(base: &Network, edited: &Network, live: Option<&Network>) -> Result<(), Stop> {
    for change in plan(base, edited, live) {
        let when = match change.timing {
            NetworkTiming::Now => "now",
            NetworkTiming::NextStart => "next start",
            NetworkTiming::Restart(_) => "restart",
        };
        let sides = [change.before, change.after].map(|side| print::safe(&side.unwrap_or_else(|| "-".to_owned())));
        let line = format!(
            "{when:<10}  {}: {} -> {}",
            print::safe(&change.place),
            sides[0],
            sides[1]
        );
        if !print::wanted(&line)? {
            break;
        }
    }
    Ok(())
}

fn tell(report: &NetworkReport) -> Result<(), Stop> {
    let mut failures = Vec::new();
    for applied in &report.changes {
        let place = print::safe(&applied.change.place);
        let line = match &applied.outcome {
            NetworkOutcome::Now => format!("{place}: holds now"),
            NetworkOutcome::NextStart => format!("{place}: holds from the next start"),
            NetworkOutcome::Restart(why) if why.is_empty() => format!("{place}: waits for a restart of the network"),
            NetworkOutcome::Restart(why) => {
                format!("{place}: waits for a restart of the network ({})", print::safe(why))
            }
            NetworkOutcome::Failed(error) => {
                failures.push(format!("{place}: {}", print::safe(&error.message)));
                continue;
            }
        };
        if !print::wanted(&line)? {
            break;
        }
    }
    if failures.is_empty() {
        Ok(())
    } else {
        Err(Stop::refused(failures.join("\n")))
    }
}

/// Does what the words say to a network's values.
fn change(details: &mut NetworkDetails, words: &UpdateNetworkWords) -> Result<(), Stop> {
    let missing = |text: &str| Stop::refused(format!("The network has no {text:?}."));
    for text in &words.remove_host {
        let hosts = details.ips.iter_mut().filter_map(|block| block.dhcp.as_mut());
        let mut found = false;
        for dhcp in hosts {
            let before = dhcp.hosts.len();
            dhcp.hosts.retain(|host| !names(host, text));
            found |= dhcp.hosts.len() < before;
        }
        if !found {
            return Err(missing(text));
        }
    }
    for text in &words.remove_range {
        let gone = range(text)?;
        let same = |start: &Option<String>, end: &Option<String>| *start == gone.start && *end == gone.end;
        let mut found = false;
        for dhcp in details.ips.iter_mut().filter_map(|block| block.dhcp.as_mut()) {
            let before = dhcp.ranges.len();
            dhcp.ranges.retain(|range| !same(&range.start, &range.end));
            found |= dhcp.ranges.len() < before;
        }
        if !found {
            return Err(missing(text));
        }
    }
    for text in &words.remove_dns {
        let before = details.dns.hosts.len();
        details.dns.hosts.retain(|host| host.ip.as_deref() != Some(text));
        if details.dns.hosts.len() == before {
            return Err(missing(text));
        }
    }
    for text in &words.add_host {
        let mut parts = text.split(',').map(|part| part.trim().to_owned());
        let (mac, ip, name) = (parts.next(), parts.next(), parts.next());
        let block = block_of(details, ip.as_deref().unwrap_or_default(), text)?;
        block.dhcp.get_or_insert_default().hosts.push(DhcpHost {
            mac,
            ip,
            name,
            ..DhcpHost::default()
        });
    }
    for text in &words.add_range {
        let range = range(text)?;
        let block = block_of(details, range.start.as_deref().unwrap_or_default(), text)?;
        block.dhcp.get_or_insert_default().ranges.push(range);
    }
    for text in &words.add_dns {
        let mut parts = text.split(',').map(|part| part.trim().to_owned());
        let ip = parts.next();
        let names: Vec<String> = parts.collect();
        match details.dns.hosts.iter_mut().find(|host| host.ip == ip) {
            Some(host) => host.names.extend(names),
            None => details.dns.hosts.push(DnsHost { ip, names }),
        }
    }
    Ok(())
}

fn names(host: &DhcpHost, text: &str) -> bool {
    host.mac.as_deref().is_some_and(|mac| mac.eq_ignore_ascii_case(text))
        || host.name.as_deref() == Some(text)
        || host.ip.as_deref() == Some(text)
}

fn block_of<'d>(details: &'d mut NetworkDetails, address: &str, text: &str) -> Result<&'d mut IpBlock, Stop> {
    let address: IpAddr = address
        .parse()
        .map_err(|_| Stop::usage(format!("{text:?} has no address in its place.")))?;
    let fits = |block: &&mut IpBlock| block.net().is_some_and(|net| net.contains(&address));
    details
        .ips
        .iter_mut()
        .find(fits)
        .ok_or_else(|| Stop::refused(format!("{address} is in no subnet of the network.")))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn network() -> NetworkDetails {
        let xml = "<network><name>x</name><ip address='10.0.0.1' prefix='24'><dhcp>\
                   <range start='10.0.0.100' end='10.0.0.200'/><host mac='52:54:00:00:00:01' ip='10.0.0.5'/>\
                   </dhcp></ip></network>";
        NetworkDetails::parse(xml).expect("a network")
    }

    #[test]
    fn words_become_values() {
        let mut details = network();
        let words = UpdateNetworkWords {
            add_host: vec!["52:54:00:00:00:02,10.0.0.6,web".into()],
            remove_host: vec!["10.0.0.5".into()],
            add_range: vec!["10.0.0.210,10.0.0.220".into()],
            remove_range: vec!["10.0.0.100,10.0.0.200".into()],
            add_dns: vec!["10.0.0.6,web,www".into()],
            ..UpdateNetworkWords::default()
        };
        change(&mut details, &words).expect("changes");
        let dhcp = details.ips[0].dhcp.as_ref().expect("DHCP");
        assert_eq!((dhcp.hosts.len(), dhcp.hosts[0].name.as_deref()), (1, Some("web")));
        assert_eq!(
            (dhcp.ranges.len(), dhcp.ranges[0].start.as_deref()),
            (1, Some("10.0.0.210"))
        );
        assert_eq!(details.dns.hosts[0].names, ["web", "www"]);
    }

    #[test]
    fn what_is_not_there_is_not_removed_in_silence() {
        for words in [
            UpdateNetworkWords {
                remove_host: vec!["web".into()],
                ..UpdateNetworkWords::default()
            },
            UpdateNetworkWords {
                remove_range: vec!["10.0.0.1,10.0.0.2".into()],
                ..UpdateNetworkWords::default()
            },
            UpdateNetworkWords {
                add_host: vec!["52:54:00:00:00:02,10.1.0.6".into()],
                ..UpdateNetworkWords::default()
            },
        ] {
            assert!(change(&mut network(), &words).is_err(), "{words:?}");
        }
    }
}
