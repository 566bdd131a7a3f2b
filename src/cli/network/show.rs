//! Networks, printed.

use serde_json::json;
use uuid::Uuid;

use super::failed;
use crate::cli::{Stop, print};
use crate::model::error::Kind;
use crate::model::facts::NetworkFact;
use crate::virt::client::HostClient;

pub(super) async fn list(host: &HostClient, json: bool) -> Result<(), Stop> {
    let all = host.networks().await.map_err(failed)?;
    let mut all: Vec<&NetworkFact> = all.iter().collect();
    all.sort_by(|one, other| one.name.cmp(&other.name));
    if json {
        let list: Vec<_> = all.into_iter().map(value).collect();
        return print::wanted(&serde_json::Value::Array(list).to_string()).map(|_| ());
    }
    let rows = all.into_iter().map(|network| {
        let addresses: Vec<String> = network.addresses.iter().map(ToString::to_string).collect();
        vec![
            print::safe(&network.name),
            if network.active { "active" } else { "off" }.to_owned(),
            if network.autostart { "yes" } else { "no" }.to_owned(),
            print::safe(network.forward.as_deref().unwrap_or("isolated")),
            print::safe(network.bridge.as_deref().unwrap_or("-")),
            if addresses.is_empty() {
                "-".to_owned()
            } else {
                addresses.join(" ")
            },
        ]
    });
    let head = ["NAME", "STATE", "AUTOSTART", "FORWARD", "BRIDGE", "ADDRESSES"];
    print::wanted(&print::columns(&head, &rows.collect::<Vec<_>>())).map(|_| ())
}

fn value(network: &NetworkFact) -> serde_json::Value {
    json!({
        "name": network.name,
        "uuid": network.uuid,
        "title": network.title,
        "active": network.active,
        "persistent": network.persistent,
        "autostart": network.autostart,
        "forward": network.forward,
        "bridge": network.bridge,
        "addresses": network.addresses.iter().map(ToString::to_string).collect::<Vec<_>>(),
        "dhcp": network.dhcp,
        "portgroups": network.portgroups.iter().map(|group| &group.name).collect::<Vec<_>>(),
    })
}

pub(super) async fn info(host: &HostClient, network: &NetworkFact, json: bool) -> Result<(), Stop> {
    let all = host.attachments().await.map_err(failed)?;
    let plugs: Vec<_> = all
        .iter()
        .filter(|plug| plug.network() == Some(network.name.as_str()))
        .collect();
    if json {
        let mut value = value(network);
        value["machines"] = plugs
            .iter()
            .map(|plug| json!({"name": plug.name, "uuid": plug.machine, "active": plug.active, "mac": plug.mac, "device": plug.device}))
            .collect();
        return print::wanted(&value.to_string()).map(|_| ());
    }
    let addresses: Vec<String> = network.addresses.iter().map(ToString::to_string).collect();
    let yes = |is: bool| if is { "yes" } else { "no" }.to_owned();
    let dash = |text: Option<String>| text.map_or_else(|| "-".to_owned(), |text| print::safe(&text));
    let lines = [
        ("name", print::safe(&network.name)),
        ("uuid", dash(network.uuid.map(|uuid| uuid.to_string()))),
        ("active", yes(network.active)),
        ("persistent", yes(network.persistent)),
        ("autostart", yes(network.autostart)),
        (
            "forward",
            network
                .forward
                .as_deref()
                .map_or_else(|| "isolated".to_owned(), print::safe),
        ),
        ("bridge", dash(network.bridge.clone())),
        (
            "addresses",
            dash(Some(addresses.join(" ")).filter(|text| !text.is_empty())),
        ),
        ("dhcp", yes(network.dhcp)),
    ];
    let mut out: Vec<String> = lines.iter().map(|(name, value)| format!("{name:<12}{value}")).collect();
    for plug in plugs {
        let state = if plug.active { "active" } else { "off" };
        let mac = dash(plug.mac.clone());
        out.push(format!("{:<12}{} {mac} {state}", "machine", print::safe(&plug.name)));
    }
    print::wanted(&out.join("\n")).map(|_| ())
}

pub(super) async fn leases(host: &HostClient, uuid: Uuid, mac: Option<String>, json: bool) -> Result<(), Stop> {
    let leases = host.network_leases(uuid, mac).await.map_err(|error| match error.kind {
        Kind::Unsupported => Stop::refused("This host does not tell which addresses it has lent."),
        _ => failed(error),
    })?;
    if json {
        let list = leases.iter().map(|lease| {
            json!({
                "ip": lease.ip, "prefix": lease.prefix, "mac": lease.mac, "hostname": lease.hostname,
                "client_id": lease.client_id, "iaid": lease.iaid, "expires": lease.expires, "interface": lease.interface,
            })
        });
        return print::wanted(&serde_json::Value::Array(list.collect()).to_string()).map(|_| ());
    }
    let dash = |text: &Option<String>| text.as_deref().map_or_else(|| "-".to_owned(), print::safe);
    let rows = leases.iter().map(|lease| {
        let ends = lease.expires.and_then(|at| glib::DateTime::from_unix_local(at).ok());
        let ends = ends.and_then(|at| at.format("%F %T").ok()).map(|text| text.to_string());
        vec![
            print::safe(&format!("{}/{}", lease.ip, lease.prefix)),
            dash(&lease.mac),
            dash(&lease.hostname),
            ends.unwrap_or_else(|| "never".to_owned()),
        ]
    });
    let head = ["ADDRESS", "MAC", "HOSTNAME", "UNTIL"];
    print::wanted(&print::columns(&head, &rows.collect::<Vec<_>>())).map(|_| ())
}
