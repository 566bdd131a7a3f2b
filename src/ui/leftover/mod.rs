//! What was left half-done when the program died in the middle of long work: told once at the next start, and removed if
//! the user wants that.

use std::collections::HashMap;
use std::time::Duration;

use gtk4 as gtk;
use gtk4::prelude::*;
use libadwaita as adw;
use libadwaita::prelude::*;

use crate::i18n::{tr, tr_f, tr_n};
use crate::model::error::{Kind, VirtError};
use crate::model::host::ConnectionStatus;
use crate::model::journal::{Entry, Made};
use crate::model::key::HostId;
use crate::model::store::{Host, Store};
use crate::ui::core::Core;
use crate::ui::widgets::plain_row;
use crate::ui::{message, text};
use crate::virt::client::{Journal, Leftover};

/// How long a host may take to be connected.
const PATIENCE: Duration = Duration::from_secs(30);

/// Tells what was left, if anything was. The journal is read on another thread. It is done when the user has answered, and
/// what that says has been carried out; at once where there is nothing to ask.
pub fn look(parent: &impl IsA<gtk::Widget>, core: &Core) -> glib::JoinHandle<()> {
    let (parent, core) = (parent.upcast_ref::<gtk::Widget>().clone(), core.clone());
    glib::spawn_future_local(async move {
        let read = gio::spawn_blocking(|| Journal::of_user().leftovers()).await;
        match read {
            Ok(Ok(found)) if found.iter().any(|one| !one.entry.made.is_empty()) => ask(&parent, &core, found).await,
            // Nothing had been made: nothing is left.
            Ok(Ok(found)) => found.into_iter().for_each(Leftover::forget),
            Ok(Err(error)) => tracing::warn!(%error, "the journal can't be read"),
            Err(_) => {}
        }
    })
}

async fn ask(parent: &gtk::Widget, core: &Core, found: Vec<Leftover>) {
    let (told, empty): (Vec<Leftover>, Vec<Leftover>) = found.into_iter().partition(|one| !one.entry.made.is_empty());
    empty.into_iter().for_each(Leftover::forget);
    let entries: Vec<Entry> = told.iter().map(|one| one.entry.clone()).collect();
    let answer = message::choose(dialog(parent, core, &entries)).await;
    match answer.as_str() {
        "delete" => remove(parent, core, told).await,
        "keep" => told.into_iter().for_each(Leftover::forget),
        // It is told again at the next start.
        _ => drop(told),
    }
}

/// The question, with all that was left.
#[must_use]
pub fn dialog(parent: &gtk::Widget, core: &Core, entries: &[Entry]) -> adw::MessageDialog {
    let heading = tr("Unfinished Work");
    let body = tr_n(
        "Vireo ended in the middle of a job. What it had made until then is left over.",
        "Vireo ended in the middle of several jobs. What they had made until then is left over.",
        entries.len(),
        &[],
    );
    let dialog = message::dialog(parent, &heading, &body);
    let list = message::rows(&heading);
    for entry in entries {
        let row = plain_row(&text::name(&entry.title), &lines(core, entry));
        row.set_subtitle_lines(0);
        list.append(&row);
    }
    dialog.set_extra_child(Some(&message::scrolled(&list)));
    dialog.add_responses(&[
        ("later", &tr("Ask _Later")),
        ("keep", &tr("_Keep")),
        ("delete", &tr("_Delete")),
    ]);
    dialog.set_response_appearance("delete", adw::ResponseAppearance::Destructive);
    dialog.set_default_response(Some("later"));
    dialog.set_close_response("later");
    dialog
}

/// Where it was done, and what was made.
fn lines(core: &Core, entry: &Entry) -> String {
    let host = place(&core.store(), entry);
    let mut lines = vec![tr_f("On {host}", &[("host", &text::name(&host))])];
    for made in &entry.made {
        lines.push(match made {
            Made::Volume { pool, name } => tr_f(
                "Volume {name} in the pool {pool}",
                &[("name", &text::name(name)), ("pool", &text::name(pool))],
            ),
            Made::Domain { name, .. } => tr_f("Machine {name}", &[("name", &text::name(name))]),
            Made::File { path } => tr_f("File {path}", &[("path", &text::name(path))]),
            Made::HostFile { path } => tr_f("File {path} on the host", &[("path", &text::name(path))]),
            Made::Pool { name } => tr_f("Storage pool {name}", &[("name", &text::name(name))]),
            Made::Detour { name, .. } => tr_f(
                "Network {name}: machines in it go back to their own",
                &[("name", &text::name(name))],
            ),
            Made::Folder { path } => tr_f("Folder {path}", &[("path", &text::name(path))]),
        });
    }
    lines.join("\n")
}

/// What the host is called that something was left on: by its address where no host has that.
fn place(store: &Store, entry: &Entry) -> String {
    let known = whereabouts(store, entry.host, &entry.uri).and_then(|known| store.host(known));
    known.map_or_else(|| entry.uri.clone(), |host| host.config.name.clone())
}

/// The host that something was left on. A saved one may lead elsewhere by now, and one that was not saved has another identity:
/// only the address tells.
fn whereabouts(store: &Store, host: HostId, uri: &str) -> Option<HostId> {
    let there = |known: &&Host| known.config.uri == uri;
    let own = store.host(host).filter(there);
    own.or_else(|| store.hosts().find(there)).map(|known| known.config.id)
}

/// Removes it, and tells what stays.
async fn remove(parent: &gtk::Widget, core: &Core, found: Vec<Leftover>) {
    let title = tr("Deleting what unfinished work left");
    let Err(staying) = core.do_to_its_end(&title, remove_all(core, found)).await else {
        return;
    };
    let dialog = message::dialog(parent, &tr("Not Everything Could Be Deleted"), &staying.message);
    dialog.add_response("close", &tr("_Close"));
    message::choose(dialog).await;
}

/// Removes it; the error says what stays, a line for each.
async fn remove_all(core: &Core, found: Vec<Leftover>) -> Result<(), VirtError> {
    let mut staying = Vec::new();
    // One that does not answer is waited for once.
    let mut reached: HashMap<HostId, bool> = HashMap::new();
    for leftover in found {
        let known = whereabouts(&core.store(), leftover.entry.host, &leftover.entry.uri);
        if let Some(known) = known
            && !reached.contains_key(&known)
        {
            reached.insert(known, is_reached(core, known).await);
        }
        let client = known.filter(|known| reached.get(known) == Some(&true));
        let Some(client) = client.and_then(|known| core.client(known)) else {
            staying.push(tr_f(
                "{title}: the host is not connected. Vireo will ask again.",
                &[("title", &text::name(&leftover.entry.title))],
            ));
            continue;
        };
        match client.remove_leftover(leftover.entry.made.clone()).await {
            Ok(stays) if stays.is_empty() => leftover.forget(),
            Ok(stays) => staying.extend(stays),
            Err(error) => staying.push(tr_f(
                "{title}: {reason}",
                &[
                    ("title", &text::name(&leftover.entry.title)),
                    ("reason", &error.message),
                ],
            )),
        }
    }
    match staying.is_empty() {
        true => Ok(()),
        false => Err(VirtError::own(
            Kind::Other,
            "remove what is left over",
            staying.join("\n"),
        )),
    }
}

/// Connects a host where that has not been done, and tells whether it can be asked.
async fn is_reached(core: &Core, host: HostId) -> bool {
    let (heard, news) = async_channel::bounded(1);
    let _subscription = core.subscribe(move |_, _| {
        // One that is not fetched yet tells enough.
        let _ = heard.try_send(());
    });
    let status = || core.store().host(host).map(|host| host.status.clone());
    if status() == Some(ConnectionStatus::Disconnected) {
        core.connect_host(host);
        // One that has to be accepted first is not even tried.
        if core.client(host).is_none() {
            return false;
        }
    }
    let settled = async {
        loop {
            match status() {
                Some(ConnectionStatus::Connected) => return true,
                Some(ConnectionStatus::Disconnected | ConnectionStatus::Connecting) => {}
                _ => return false,
            }
            if news.recv().await.is_err() {
                return false;
            }
        }
    };
    glib::future_with_timeout(PATIENCE, settled).await.unwrap_or(false)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::host::HostConfig;

    #[test]
    fn leftovers_are_looked_for_where_they_were_made_although_a_saved_host_leads_elsewhere_now() {
        let mut store = Store::default();
        let moved = HostConfig::new("moved", "qemu+ssh://b/system");
        let mine = moved.id;
        store.put_host(moved);
        assert_eq!(whereabouts(&store, mine, "qemu+ssh://a/system"), None);
        assert_eq!(whereabouts(&store, mine, "qemu+ssh://b/system"), Some(mine));
        let other = HostConfig::new("other", "qemu+ssh://a/system");
        let there = other.id;
        store.put_host(other);
        assert_eq!(whereabouts(&store, mine, "qemu+ssh://a/system"), Some(there));
    }

    #[test]
    fn the_host_that_is_named_is_the_one_that_is_cleaned() {
        let mut store = Store::default();
        let moved = HostConfig::new("moved", "qemu+ssh://b/system");
        let entry = Entry {
            title: "Creating web".to_owned(),
            host: moved.id,
            uri: "qemu+ssh://a/system".to_owned(),
            started: 1,
            made: Vec::new(),
        };
        store.put_host(moved);
        assert_eq!(place(&store, &entry), "qemu+ssh://a/system");
        store.put_host(HostConfig::new("other", "qemu+ssh://a/system"));
        assert_eq!(place(&store, &entry), "other");
    }
}
