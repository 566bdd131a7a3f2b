//! The rows of what a machine begins with.

use super::{Around, Begin, Sheet, image_text, resources};
use crate::i18n::{tr, tr_f};
use crate::model::creation::ImageRef;
use crate::model::facts::Choice;
use crate::model::hardware::{Button, Control, Edit, Group, PathKind, Row, Value};
use crate::model::os::download::{self, Wanted};

/// A row whose value is written by the sheet.
pub(super) fn row(id: impl Into<String>, title: String, control: Control, value: Value) -> Row {
    Row::new(id, title, control, value, Edit::None)
}

pub(super) fn switch(id: impl Into<String>, title: String, is_on: bool) -> Row {
    let value = Value::of(if is_on { "yes" } else { "no" });
    row(id, title, Control::Switch { default: false }, value)
}

/// The groups for what it begins with.
pub(super) fn groups(sheet: &Sheet, around: &Around) -> Vec<Group> {
    let mut rows = match sheet.begin {
        Begin::Media | Begin::Disk | Begin::Cloud => vec![image(sheet, around)],
        Begin::Tree => tree(sheet, around),
        Begin::Container => container(sheet),
        Begin::Machine => vec![original(sheet, around)],
        Begin::Xml => definition(sheet),
        Begin::NetworkBoot | Begin::Empty => Vec::new(),
    };
    if !matches!(sheet.begin, Begin::Container | Begin::Machine | Begin::Xml) {
        rows.extend(resources::system(sheet, around));
    }
    let mut all = vec![Group::new(String::new(), rows)];
    if sheet.begin == Begin::Cloud {
        all.extend(seed(sheet, around));
    }
    all
}

fn image(sheet: &Sheet, around: &Around) -> Row {
    let (title, kind) = match sheet.begin {
        Begin::Media => (tr("Installation image"), PathKind::Media),
        Begin::Cloud => (tr("Cloud image"), PathKind::Image),
        _ => (tr("Disk"), PathKind::Image),
    };
    let image = sheet.image();
    let value = Value::of(image.map(image_text).unwrap_or_default());
    let note = image.and_then(|image| match image {
        ImageRef::Upload { pool, .. } => Some(tr_f(
            "On this computer. It is uploaded to the storage pool {pool} first.",
            &[("pool", pool)],
        )),
        ImageRef::Download { pool, .. } => Some(tr_f(
            "It is downloaded to the storage pool {pool} first.",
            &[("pool", pool)],
        )),
        ImageRef::Volume { pool, .. } => Some(tr_f("In the storage pool {pool}.", &[("pool", pool)])),
        ImageRef::Path(_) => None,
    });
    row("image", title, Control::Path(kind), value)
        .empty(match sheet.begin {
            Begin::Disk => tr("File on the host"),
            _ => tr("File on the host, or an address to download from"),
        })
        .proposals(proposals(sheet, around))
        .note(note)
}

/// Drives of the host, what was used not long ago, and what the database of operating systems knows to download.
fn proposals(sheet: &Sheet, around: &Around) -> Vec<Choice> {
    let arch = around.arch(sheet);
    match sheet.begin {
        Begin::Media => {
            let mut all = around.facts.host_drives("cdrom");
            let recent = around.facts.recent_media.iter().flat_map(|all| all.iter());
            let others = recent.filter(|path| all.iter().all(|drive| drive.value != **path));
            let others: Vec<Choice> = others.map(Choice::plain).collect();
            all.extend(others);
            all
        }
        Begin::Cloud => offers(around, |os| {
            let first = download::first(os, &arch, Wanted::CloudImage);
            first.map(str::to_owned).into_iter().collect()
        }),
        Begin::Tree => {
            let mut all: Vec<Choice> = around.recent_trees.iter().map(Choice::plain).collect();
            let known = offers(around, |os| {
                let trees = os.trees.iter().filter(|offer| offer.arch == arch);
                trees.map(|offer| offer.url.clone()).collect()
            });
            all.extend(
                known
                    .into_iter()
                    .filter(|known| !around.recent_trees.contains(&known.value)),
            );
            all
        }
        _ => Vec::new(),
    }
}

/// The first address of each operating system, the newest one first.
fn offers(around: &Around, of: impl Fn(&crate::model::os::Os) -> Vec<String>) -> Vec<Choice> {
    let mut all: Vec<(&crate::model::os::Os, String)> = around
        .systems
        .iter()
        .filter_map(|os| Some((os, of(os).into_iter().next()?)))
        .collect();
    all.sort_by(|(a, _), (b, _)| b.released.cmp(&a.released));
    all.into_iter()
        .map(|(os, url)| Choice::new(url.clone(), os.name.clone()).noted(Some(url)))
        .collect()
}

fn tree(sheet: &Sheet, around: &Around) -> Vec<Row> {
    vec![
        row(
            "tree",
            tr("Address"),
            Control::Proposal(proposals(sheet, around)),
            Value::of(sheet.tree.as_str()),
        )
        .example("https://deb.debian.org/debian/dists/stable/main/installer-amd64/"),
        row(
            "arguments",
            tr("Arguments for the kernel"),
            Control::Text,
            Value::of(sheet.arguments.as_str()),
        )
        .empty(tr("None"))
        .help(
            tr("Added to what the installer of the tree gets."),
            "<cmdline>…</cmdline>",
        ),
    ]
}

fn container(sheet: &Sheet) -> Vec<Row> {
    let kinds = vec![
        Choice::new("application", tr("One program")),
        Choice::new("system", tr("A system in a folder")),
    ];
    let chosen = if sheet.is_system { "system" } else { "application" };
    let kind = row(
        "container",
        tr("What runs in it"),
        Control::Choice(kinds),
        Value::of(chosen),
    );
    let what = if sheet.is_system {
        row(
            "root",
            tr("Folder of the system"),
            Control::Path(PathKind::Folder),
            Value::of(sheet.root.as_str()),
        )
        .example("/var/lib/machines/debian")
        .note(Some(tr("It has to hold a whole system, with /sbin/init.")))
    } else {
        row(
            "init",
            tr("Program"),
            Control::Path(PathKind::File),
            Value::of(sheet.init.as_str()),
        )
        .example("/bin/sh")
    };
    vec![kind, what]
}

fn original(sheet: &Sheet, around: &Around) -> Row {
    row(
        "original",
        tr("Machine to copy"),
        Control::Choice(around.originals.to_vec()),
        Value::of(sheet.original(around).unwrap_or_default()),
    )
    .note(Some(tr("Names, disks and where they go are asked next.")))
}

fn definition(sheet: &Sheet) -> Vec<Row> {
    let lines = sheet.xml.lines().count();
    let said = match lines {
        0 => tr("Nothing yet"),
        lines => crate::i18n::tr_n("{n} line", "{n} lines", lines, &[]),
    };
    let edit = Control::Button(tr("Edit…"), Button::Own("edit-definition", 0));
    let open = Control::Button(tr("Open File…"), Button::Own("open-definition", 0));
    vec![
        row("definition", tr("Definition"), edit, Value::of(said)),
        row("file", tr("From a file on this computer"), open, Value::Text(None)),
    ]
}

fn seed(sheet: &Sheet, around: &Around) -> Vec<Group> {
    let seed = &sheet.seed;
    let mut user = vec![
        row("user", tr("User"), Control::Text, Value::of(seed.account.name.as_str())).empty(tr("That of the image")),
        row(
            "password",
            tr("Password"),
            Control::Password,
            Value::of(seed.account.password.as_str()),
        )
        .note(
            seed.account
                .password
                .is_empty()
                .then(|| tr("Without one, only SSH keys log in.")),
        ),
    ];
    for (number, key) in around.keys.iter().enumerate() {
        let title = tr_f("SSH key {name}", &[("name", &key.name)]);
        user.push(switch(
            format!("key-{number}"),
            title,
            seed.ssh_keys.contains(&key.line),
        ));
    }
    let more = if around.keys.is_empty() {
        tr("SSH keys")
    } else {
        tr("More SSH keys")
    };
    user.push(
        row(
            "more-keys",
            more,
            Control::LongText,
            Value::of(sheet.more_keys.as_str()),
        )
        .note(Some(tr("One on each line, as in ~/.ssh/*.pub."))),
    );
    let guest = vec![
        row(
            "hostname",
            tr("Host name"),
            Control::Text,
            Value::of(seed.hostname.as_str()),
        )
        .empty(tr("As the machine")),
        row(
            "packages",
            tr("Packages to install"),
            Control::Text,
            Value::of(sheet.packages.as_str()),
        )
        .empty(tr("None"))
        .example("qemu-guest-agent vim"),
        row(
            "locale",
            tr("Language"),
            Control::Text,
            Value::of(seed.locale.clone().unwrap_or_default()),
        )
        .empty(tr("That of the image")),
        row(
            "timezone",
            tr("Time zone"),
            Control::Text,
            Value::of(seed.timezone.clone().unwrap_or_default()),
        )
        .empty(tr("That of the image")),
        row(
            "user-data",
            tr("User data of your own, in place of all this"),
            Control::LongText,
            Value::of(seed.user_data.clone().unwrap_or_default()),
        ),
        row(
            "network-config",
            tr("Network configuration"),
            Control::LongText,
            Value::of(seed.network_config.clone().unwrap_or_default()),
        ),
    ];
    let preview = Control::Button(tr("Preview…"), Button::Own("preview", 0));
    user.push(row(
        "preview",
        tr("What cloud-init is told"),
        preview,
        Value::Text(None),
    ));
    vec![
        Group::new(tr("First start"), user),
        Group::folded(tr("More for the first start"), guest),
    ]
}
