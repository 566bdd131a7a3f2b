//! What keeps machines from running on a host, as text.

use clap::Args;
use serde_json::json;

use super::{Stop, print};
use crate::model::doctor::{Area, Case, Connected, Finding, Fix, Remedy, Verdict, examine, worst};
use crate::model::facts::GuestKind;
use crate::model::host::ConnectionStatus;
use crate::virt::client::{self, HostClient};

/// What stands behind `vireo doctor`.
#[derive(Debug, Clone, PartialEq, Eq, Default, Args)]
pub struct DoctorWords {
    /// Prints JSON
    #[arg(long)]
    pub json: bool,
}

/// Looks at the host and at this computer, where that is the host, and prints what was found; also where the connection
/// failed. Blocks for what is looked at here.
///
/// # Errors
/// Where something keeps machines from running.
pub(super) async fn run(host: &HostClient, uri: &str, words: &DoctorWords) -> Result<(), Stop> {
    let connected = match host.status() {
        ConnectionStatus::Connected => Connected::Open { read_only: false },
        ConnectionStatus::Failed { error, .. } | ConnectionStatus::Lost { error, .. } => Connected::Failed(error),
        ConnectionStatus::Disconnected | ConnectionStatus::Connecting => Connected::Not,
    };
    let facts = match connected {
        Connected::Open { .. } => host.facts(GuestKind::default()).await.ok(),
        _ => None,
    };
    let mut case = Case {
        uri: uri.to_owned(),
        connected,
        facts,
        computer: None,
    };
    if case.is_near() {
        case.computer = Some(client::look(&case.folders(), case.hypervisor()));
    }
    let findings = examine(&case);
    let text = if words.json {
        in_json(&findings)
    } else {
        in_words(&case, &findings)
    };
    print::wanted(&text)?;
    match worst(&findings) {
        Verdict::Problem => Err(Stop::refused("Something keeps machines from running.")),
        _ => Ok(()),
    }
}

/// What Vireo's window can do about a finding, by a word for programs.
fn remedy(remedy: &Remedy) -> serde_json::Value {
    match remedy {
        Remedy::StartNetwork(name) => json!({"do": "start-network", "name": name}),
        Remedy::NetworkAutostart(name) => json!({"do": "network-autostart", "name": name}),
        Remedy::DefineNetwork => json!({"do": "define-network"}),
        Remedy::StartPool(name) => json!({"do": "start-pool", "name": name}),
        Remedy::BuildPool(name) => json!({"do": "build-pool", "name": name}),
        Remedy::PoolAutostart(name) => json!({"do": "pool-autostart", "name": name}),
        Remedy::DefinePool(folder) => json!({"do": "define-pool", "folder": folder}),
        Remedy::Reconnect => json!({"do": "connect"}),
    }
}

fn in_json(findings: &[Finding]) -> String {
    let all = findings.iter().map(|finding| {
        let commands: Vec<&String> = finding
            .fixes
            .iter()
            .filter_map(|fix| match fix {
                Fix::Run(command) => Some(command),
                Fix::Do(_) => None,
            })
            .collect();
        let remedies: Vec<serde_json::Value> = finding
            .fixes
            .iter()
            .filter_map(|fix| match fix {
                Fix::Do(wanted) => Some(remedy(wanted)),
                Fix::Run(_) => None,
            })
            .collect();
        json!({
            "id": finding.id,
            "verdict": finding.verdict.word(),
            "title": finding.title,
            "text": finding.text,
            "commands": commands,
            "remedies": remedies,
        })
    });
    serde_json::Value::Array(all.collect()).to_string()
}

fn in_words(case: &Case, findings: &[Finding]) -> String {
    let mut out = String::new();
    for area in Area::ALL {
        let found: Vec<&Finding> = findings.iter().filter(|finding| finding.area == area).collect();
        if found.is_empty() {
            continue;
        }
        out.push_str(&area.title());
        out.push('\n');
        for finding in found {
            out.push_str(&format!(
                "  {:<8} {}\n",
                finding.verdict.word(),
                print::safe(&finding.title)
            ));
            if !finding.text.is_empty() {
                out.push_str(&format!("           {}\n", print::safe(&finding.text)));
            }
            for fix in &finding.fixes {
                for command in fix.commands(case) {
                    out.push_str(&format!("           $ {}\n", print::safe(&command)));
                }
            }
        }
    }
    out.truncate(out.trim_end().len());
    out
}
