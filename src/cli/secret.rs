//! Secrets from the command line. A value comes from a file or standard input, never from an argument, which everybody on the
//! computer can read.

use std::io::{IsTerminal, Read};

use clap::{Args, Subcommand};
use serde_json::json;
use uuid::Uuid;
use zeroize::Zeroizing;

use super::host::why;
use super::network::read;
use super::{Stop, print};
use crate::model::error::{Kind, VirtError};
use crate::model::facts::SecretFact;
use crate::model::network::{SecretUse, secret_xml};
use crate::virt::client::HostClient;

/// More than any password or key; a wrong file is noticed.
const MOST: u64 = 64 * 1024;

/// What stands behind `vireo secret`.
#[derive(Debug, Clone, PartialEq, Eq, Args)]
pub struct SecretWords {
    #[command(subcommand)]
    command: SecretCommand,
}

/// Something to do with secrets, named by UUID or by the name that users of it give.
#[derive(Debug, Clone, PartialEq, Eq, Subcommand)]
enum SecretCommand {
    /// Prints all secrets, without their values
    List {
        /// Prints JSON
        #[arg(long)]
        json: bool,
    },
    /// Makes a secret, without a value, and prints its UUID
    Create {
        /// The name that users of it give
        name: String,
        /// What it is for
        #[arg(long, default_value = "ceph", value_parser = ["ceph", "iscsi", "tls", "vtpm", "volume"])]
        usage: String,
        /// Description
        #[arg(long)]
        description: Option<String>,
        /// Is never written to disk
        #[arg(long)]
        ephemeral: bool,
        /// Its value can never be read back
        #[arg(long)]
        private: bool,
        /// Gives it the value in this file, too; "-" is standard input
        #[arg(long, value_name = "FILE")]
        file: Option<String>,
        /// Only prints its definition
        #[arg(long)]
        dry_run: bool,
    },
    /// Makes a secret of a definition, without a value, and prints its UUID
    Define {
        /// File with the definition; "-" is standard input
        file: String,
    },
    /// Gives a secret the value that comes on standard input, byte by byte
    SetValue {
        /// UUID or name
        secret: String,
        /// Reads it from this file instead
        #[arg(long, value_name = "FILE")]
        file: Option<String>,
    },
    /// Prints which machines and pools name a secret
    Users {
        /// UUID or name
        secret: String,
    },
    /// Deletes a secret with its value
    Undefine {
        /// UUID or name
        secret: String,
    },
    /// Prints the definition of a secret, without its value
    Dumpxml {
        /// UUID or name
        secret: String,
    },
}

fn failed(error: VirtError) -> Stop {
    Stop::refused(why(&error))
}

/// Does it.
pub(super) async fn perform(host: &HostClient, words: &SecretWords) -> Result<(), Stop> {
    match &words.command {
        SecretCommand::List { json } => list(host, *json).await,
        SecretCommand::Create {
            name,
            usage,
            description,
            ephemeral,
            private,
            file,
            dry_run,
        } => {
            let xml = secret_xml(Some(usage), name, description.as_deref(), *ephemeral, *private)
                .map_err(|refused| Stop::refused(refused.to_string()))?;
            if *dry_run {
                return print::wanted(xml.trim_end()).map(|_| ());
            }
            // What cannot be read leaves nothing behind.
            let value = file.as_deref().map(value).transpose()?;
            let uuid = host.define_secret(xml, None).await.map_err(failed)?;
            if let Some(value) = value
                && let Err(error) = host.set_secret_value(uuid, value).await
            {
                let _ = host.undefine_secret(uuid).await;
                return Err(failed(error));
            }
            print::wanted(&uuid.to_string()).map(|_| ())
        }
        SecretCommand::Define { file } => {
            let uuid = host.define_secret(read(file)?, None).await.map_err(failed)?;
            print::wanted(&uuid.to_string()).map(|_| ())
        }
        SecretCommand::SetValue { secret, file } => {
            let uuid = find(host, secret).await?;
            let value = value(file.as_deref().unwrap_or("-"))?;
            host.set_secret_value(uuid, value).await.map_err(failed)
        }
        SecretCommand::Users { secret } => {
            let uuid = find(host, secret).await?;
            for user in host.secret_uses(uuid).await.map_err(failed)? {
                let line = match user {
                    SecretUse::Machine(name) => format!("machine {}", print::safe(&name)),
                    SecretUse::Pool(name) => format!("pool {}", print::safe(&name)),
                };
                if !print::wanted(&line)? {
                    break;
                }
            }
            Ok(())
        }
        SecretCommand::Undefine { secret } => {
            let uuid = find(host, secret).await?;
            host.undefine_secret(uuid).await.map_err(failed)
        }
        SecretCommand::Dumpxml { secret } => {
            let uuid = find(host, secret).await?;
            let xml = host.secret_xml(uuid).await.map_err(failed)?;
            print::wanted(xml.trim_end()).map(|_| ())
        }
    }
}

async fn list(host: &HostClient, json: bool) -> Result<(), Stop> {
    let all = host.secrets().await.map_err(failed)?;
    if json {
        let list = all.iter().map(|secret| {
            json!({"uuid": secret.uuid, "usage": secret.usage, "name": secret.name, "description": secret.description})
        });
        return print::wanted(&serde_json::Value::Array(list.collect()).to_string()).map(|_| ());
    }
    let dash = |text: &Option<String>| text.as_deref().map_or_else(|| "-".to_owned(), print::safe);
    let rows = all.iter().map(|secret| {
        let uuid = print::safe(&secret.uuid);
        vec![uuid, dash(&secret.usage), dash(&secret.name), dash(&secret.description)]
    });
    let head = ["UUID", "USAGE", "NAME", "DESCRIPTION"];
    print::wanted(&print::columns(&head, &rows.collect::<Vec<_>>())).map(|_| ())
}

async fn find(host: &HostClient, word: &str) -> Result<Uuid, Stop> {
    if let Ok(uuid) = word.parse() {
        return Ok(uuid);
    }
    let all = match host.secrets().await {
        Ok(all) => all,
        Err(error) if error.kind == Kind::Unsupported => return Err(Stop::refused("This host has no secrets.")),
        Err(error) => return Err(failed(error)),
    };
    let named: Vec<&SecretFact> = all
        .iter()
        .filter(|secret| secret.name.as_deref() == Some(word))
        .collect();
    match named[..] {
        [] => Err(Stop::refused(format!("There is no secret {word:?} on this host."))),
        [secret] => secret
            .uuid
            .parse()
            .map_err(|_| Stop::refused("The secret has no UUID.")),
        _ => Err(Stop::refused(format!(
            "Several secrets are called {word:?}: name one by its UUID."
        ))),
    }
}

/// Reads a value. From a terminal it is not shown, and ends with the line.
fn value(file: &str) -> Result<Zeroizing<Vec<u8>>, Stop> {
    let wrong = |error: std::io::Error| Stop::refused(format!("{file}: {error}"));
    let mut value = Zeroizing::new(Vec::with_capacity(1024));
    if file != "-" {
        let open = std::fs::File::open(file).map_err(wrong)?;
        open.take(MOST + 1).read_to_end(&mut value).map_err(wrong)?;
    } else if std::io::stdin().is_terminal() {
        let typed = Zeroizing::new(super::answer::hidden("Value: ").map_err(wrong)?);
        value.extend_from_slice(typed.as_bytes());
    } else {
        std::io::stdin()
            .lock()
            .take(MOST + 1)
            .read_to_end(&mut value)
            .map_err(wrong)?;
    }
    if value.len() as u64 > MOST {
        return Err(Stop::refused(format!("{file}: a secret has at most {MOST} bytes")));
    }
    Ok(value)
}
