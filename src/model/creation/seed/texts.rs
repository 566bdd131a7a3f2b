//! What stands in the files of the disk.

use serde::Serialize;
use uuid::Uuid;

use super::{Texts, hostname};
use crate::model::creation::Seed;

#[derive(Serialize)]
struct Config<'a> {
    hostname: &'a str,
    manage_etc_hosts: bool,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    users: Vec<User<'a>>,
    /// That of the user whom the image has by itself.
    #[serde(skip_serializing_if = "Option::is_none")]
    password: Option<&'a str>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    ssh_authorized_keys: Vec<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    disable_root: Option<bool>,
    #[serde(skip_serializing_if = "Option::is_none")]
    ssh_pwauth: Option<bool>,
    #[serde(skip_serializing_if = "Option::is_none")]
    chpasswd: Option<Passwords>,
    #[serde(skip_serializing_if = "Option::is_none")]
    locale: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    timezone: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    package_update: Option<bool>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    packages: Vec<&'a str>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    runcmd: Vec<String>,
}

#[derive(Serialize)]
struct User<'a> {
    name: &'a str,
    #[serde(skip_serializing_if = "str::is_empty")]
    gecos: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    sudo: Option<&'static str>,
    lock_passwd: bool,
    #[serde(skip_serializing_if = "Option::is_none")]
    hashed_passwd: Option<&'a str>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    ssh_authorized_keys: Vec<&'a str>,
}

#[derive(Serialize)]
struct Passwords {
    expire: bool,
    /// Name and hash of users that are there already: for those `hashed_passwd` does nothing.
    #[serde(skip_serializing_if = "Option::is_none")]
    list: Option<String>,
}

#[derive(Serialize)]
#[serde(rename_all = "kebab-case")]
struct Meta<'a> {
    instance_id: String,
    local_hostname: &'a str,
}

/// The files, from what was found sound.
///
/// # Errors
/// What the writer of YAML says.
pub(super) fn made(seed: &Seed, machine: &str, uuid: Uuid, hash: Option<&str>) -> Result<Texts, String> {
    let host = match seed.hostname.trim() {
        "" => hostname(machine),
        name => name.to_owned(),
    };
    let yaml = |error: serde_norway::Error| error.to_string();
    let meta = Meta {
        instance_id: uuid.to_string(),
        local_hostname: host.split('.').next().unwrap_or(&host),
    };
    let user_data = match &seed.user_data {
        Some(text) => ended(text),
        None => format!(
            "#cloud-config\n{}",
            serde_norway::to_string(&config(seed, &host, hash)).map_err(yaml)?
        ),
    };
    Ok(Texts {
        user_data,
        meta_data: serde_norway::to_string(&meta).map_err(yaml)?,
        network_config: seed
            .network_config
            .as_deref()
            .filter(|text| !text.trim().is_empty())
            .map(ended),
    })
}

fn ended(text: &str) -> String {
    let text = text.replace("\r\n", "\n");
    if text.ends_with('\n') { text } else { text + "\n" }
}

fn config<'a>(seed: &'a Seed, host: &'a str, hash: Option<&'a str>) -> Config<'a> {
    let name = seed.account.name.trim();
    let keys: Vec<&str> = seed
        .ssh_keys
        .iter()
        .map(|key| key.trim())
        .filter(|key| !key.is_empty())
        .collect();
    let own = !name.is_empty();
    let root = name == "root";
    let packages: Vec<&str> = seed
        .packages
        .iter()
        .map(|name| name.trim())
        .filter(|name| !name.is_empty())
        .collect();
    let user = User {
        name,
        gecos: seed.account.full_name.trim(),
        sudo: (!root).then_some("ALL=(ALL) NOPASSWD:ALL"),
        lock_passwd: hash.is_none(),
        hashed_passwd: hash.filter(|_| !root),
        ssh_authorized_keys: if own { keys.clone() } else { Vec::new() },
    };
    let shell = format!("test ! -x /bin/bash || usermod -s /bin/bash {name}");
    Config {
        hostname: host,
        manage_etc_hosts: true,
        users: if own { vec![user] } else { Vec::new() },
        password: hash.filter(|_| !own),
        ssh_authorized_keys: if own { Vec::new() } else { keys },
        disable_root: root.then_some(false),
        ssh_pwauth: hash.map(|_| true),
        chpasswd: hash.map(|hash| Passwords {
            expire: false,
            list: root.then(|| format!("root:{hash}\n")),
        }),
        locale: seed.locale.as_deref().map(str::trim).filter(|text| !text.is_empty()),
        timezone: seed.timezone.as_deref().map(str::trim).filter(|text| !text.is_empty()),
        package_update: (!packages.is_empty()).then_some(true),
        packages,
        // Alpine has no bash: a shell that isn't there would keep the user out.
        runcmd: if own && !root { vec![shell] } else { Vec::new() },
    }
}
