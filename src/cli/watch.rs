//! `vireo events`: what happens on a host, a line each.

use std::collections::HashMap;
use std::time::Duration;

use serde_json::{Value, json};
use uuid::Uuid;

use super::{Stop, print};
use crate::model::event::{DomainNews, HostEvent, Lifecycle, ObjectKind};
use crate::model::host::ConnectionStatus;

/// Prints events until `count` or `timeout` is reached, or nobody reads any more.
pub(super) async fn watch(
    news: &async_channel::Receiver<HostEvent>,
    json: bool,
    count: Option<u64>,
    timeout: Option<u64>,
) -> Result<(), Stop> {
    let printing = async {
        let mut names = HashMap::new();
        let mut left = count.unwrap_or(u64::MAX);
        while left > 0 {
            let Ok(event) = news.recv().await else { break };
            let Some(value) = describe(&event, &mut names) else {
                continue;
            };
            let text = if json { value.to_string() } else { sentence(&value) };
            if !print::wanted(&text)? {
                break;
            }
            left -= 1;
        }
        Ok(())
    };
    match timeout {
        None => printing.await,
        Some(seconds) => glib::future_with_timeout(Duration::from_secs(seconds), printing)
            .await
            .unwrap_or(Ok(())),
    }
}

/// The event as an object; `None` for news that are no events: answers to our own questions.
fn describe(event: &HostEvent, names: &mut HashMap<Uuid, String>) -> Option<Value> {
    match event {
        HostEvent::Listed { domains, .. } => {
            names.extend(domains.iter().map(|domain| (domain.key.uuid, domain.name.clone())));
            None
        }
        HostEvent::Summary { summary, .. } => {
            names.insert(summary.key.uuid, summary.name.clone());
            None
        }
        HostEvent::Lifecycle {
            key,
            name,
            change,
            detail,
            ..
        } => {
            names.insert(key.uuid, name.clone());
            Some(json!({
                "event": "lifecycle", "uuid": key.uuid, "name": name, "change": change_word(*change), "detail": detail,
            }))
        }
        HostEvent::Domain { key, news, .. } => {
            let mut value = news_value(news);
            value["uuid"] = json!(key.uuid);
            value["name"] = json!(names.get(&key.uuid));
            Some(value)
        }
        HostEvent::Object {
            kind,
            name,
            event,
            detail,
            ..
        } => {
            let kind = match kind {
                ObjectKind::Network => "network",
                ObjectKind::StoragePool => "storage-pool",
                ObjectKind::NodeDevice => "node-device",
                ObjectKind::Secret => "secret",
                ObjectKind::Filter => "nwfilter",
                ObjectKind::Interface => "interface",
            };
            Some(json!({ "event": kind, "name": name, "change": event, "detail": detail }))
        }
        HostEvent::Connection { status, .. } => {
            let (word, error) = match status {
                ConnectionStatus::Connected => ("connected", None),
                ConnectionStatus::Lost { error, .. } => ("lost", Some(&error.message)),
                ConnectionStatus::Failed { error, .. } => ("failed", Some(&error.message)),
                ConnectionStatus::Connecting | ConnectionStatus::Disconnected => return None,
            };
            Some(json!({ "event": "connection", "change": word, "message": error }))
        }
        HostEvent::Overflow { .. } => Some(json!({ "event": "overflow" })),
        _ => None,
    }
}

fn change_word(change: Lifecycle) -> String {
    match change {
        Lifecycle::Defined => "defined",
        Lifecycle::Undefined => "undefined",
        Lifecycle::Started => "started",
        Lifecycle::Suspended => "suspended",
        Lifecycle::Resumed => "resumed",
        Lifecycle::Stopped => "stopped",
        Lifecycle::Shutdown => "shutdown",
        Lifecycle::PmSuspended => "pm-suspended",
        Lifecycle::Crashed => "crashed",
        Lifecycle::Other(number) => return format!("event-{number}"),
    }
    .to_owned()
}

fn news_value(news: &DomainNews) -> Value {
    match news {
        DomainNews::Rebooted => json!({ "event": "reboot" }),
        DomainNews::ClockChanged(offset) => json!({ "event": "rtc-change", "offset": offset }),
        DomainNews::Watchdog(action) => json!({ "event": "watchdog", "action": action }),
        DomainNews::IoError {
            source,
            device,
            action,
            reason,
        } => json!({ "event": "io-error", "source": source, "device": device, "action": action, "reason": reason }),
        DomainNews::Graphics { phase } => json!({ "event": "graphics", "phase": phase }),
        DomainNews::ControlError => json!({ "event": "control-error" }),
        DomainNews::BlockJob { disk, kind, status } => {
            json!({ "event": "block-job", "disk": disk, "type": kind, "status": status })
        }
        DomainNews::DiskChanged { device, source, reason } => {
            json!({ "event": "disk-change", "device": device, "source": source, "reason": reason })
        }
        DomainNews::TrayChanged { device, reason } => {
            json!({ "event": "tray-change", "device": device, "reason": reason })
        }
        DomainNews::PmWakeup => json!({ "event": "pm-wakeup" }),
        DomainNews::PmSuspend => json!({ "event": "pm-suspend" }),
        DomainNews::PmSuspendDisk => json!({ "event": "pm-suspend-disk" }),
        DomainNews::BalloonChanged(kib) => json!({ "event": "balloon-change", "kib": kib }),
        DomainNews::DeviceRemoved(alias) => json!({ "event": "device-removed", "device": alias }),
        DomainNews::DeviceAdded(alias) => json!({ "event": "device-added", "device": alias }),
        DomainNews::DeviceRemovalFailed(alias) => json!({ "event": "device-removal-failed", "device": alias }),
        DomainNews::Tunable => json!({ "event": "tunable" }),
        DomainNews::AgentLifecycle { state } => json!({ "event": "agent-lifecycle", "state": state }),
        DomainNews::MigrationIteration(pass) => json!({ "event": "migration-iteration", "iteration": pass }),
        DomainNews::JobCompleted => json!({ "event": "job-completed" }),
        DomainNews::MetadataChanged { kind, uri } => json!({ "event": "metadata-change", "type": kind, "uri": uri }),
        DomainNews::BlockThreshold { device } => json!({ "event": "block-threshold", "device": device }),
        DomainNews::MemoryFailure => json!({ "event": "memory-failure" }),
        DomainNews::MemoryDeviceSizeChanged { alias, size_kib } => {
            json!({ "event": "memory-device-size-change", "device": alias, "kib": size_kib })
        }
    }
}

/// `lifecycle  web-1  change=started detail=0`.
fn sentence(value: &Value) -> String {
    let text = |value: &Value| match value {
        Value::String(text) => print::safe(text),
        Value::Null => "-".to_owned(),
        other => other.to_string(),
    };
    let name = value.get("name").or_else(|| value.get("uuid")).unwrap_or(&Value::Null);
    let mut line = format!("{}  {}", text(&value["event"]), text(name));
    for (key, field) in value.as_object().into_iter().flatten() {
        if !matches!(key.as_str(), "event" | "name" | "uuid") {
            line.push_str(&format!("  {key}={}", text(field)));
        }
    }
    line
}
