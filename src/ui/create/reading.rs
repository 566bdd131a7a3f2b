//! What the page asks: the host, the database of operating systems, images and the keys of the user. Nothing waits for it.

use std::path::PathBuf;
use std::rc::Rc;

use super::asking::{Asking, Question};
use super::page::CreatePage;
use crate::model::creation::ImageRef;
use crate::model::creation::sheet::{Begin, Found, PublicKey, hurdle};
use crate::model::event::ObjectKind;
use crate::model::facts::HostFacts;
use crate::model::key::HostId;
use crate::model::os::{Recognised, download, guess};
use crate::model::store::ChangeSet;
use crate::virt::client::osinfo;

/// Largest file that is taken for a public key.
const LONGEST_KEY: u64 = 16 << 10;

impl CreatePage {
    /// Whether nothing is being found out that may change the plan; what the user has just typed is looked at now.
    pub(super) fn is_settled(self: &Rc<Self>) -> bool {
        if let Some(pause) = self.pause.take() {
            pause.abort();
            self.think();
        }
        self.open.is_settled()
    }

    /// Makes the machine that was ordered, when everything is known that was being found out.
    pub(super) fn settle(self: &Rc<Self>) {
        if self.is_wanted.get() && self.is_settled() {
            self.is_wanted.set(false);
            self.refresh();
            self.create();
        }
    }

    /// Chooses the host that was asked for, else the one that was used last, else the first.
    pub(super) fn choose_first_host(self: &Rc<Self>, wanted: Option<HostId>) {
        self.desk.borrow_mut().world.see_hosts(&self.core);
        let hosts: Vec<String> = {
            let desk = self.desk.borrow();
            desk.world.hosts.iter().map(|(id, _)| id.clone()).collect()
        };
        let last = self.core.settings().last_host();
        let is_there = |id: &String| hosts.contains(id);
        let wanted = wanted.map(|host| host.to_string()).filter(is_there);
        let chosen = wanted
            .or_else(|| last.filter(is_there))
            .or_else(|| hosts.first().cloned());
        self.set_host(chosen.and_then(|id| id.parse().ok()));
    }

    /// Makes the machine on another host.
    pub(super) fn set_host(self: &Rc<Self>, host: Option<HostId>) {
        {
            let mut desk = self.desk.borrow_mut();
            desk.world.set_host(&self.core, host);
            desk.asked.clear();
        }
        self.read_host();
        self.think_soon();
    }

    /// What does not depend on the host.
    pub(super) fn read_once(self: &Rc<Self>) {
        let weak = Rc::downgrade(self);
        glib::spawn_future_local(async move {
            let systems = osinfo::all().await;
            if let (Some(this), Some(systems)) = (weak.upgrade(), systems) {
                this.desk.borrow_mut().world.systems = systems;
                this.refresh();
                this.think_soon();
            }
        });
        let weak = Rc::downgrade(self);
        glib::spawn_future_local(async move {
            let home = glib::home_dir();
            let keys = gio::spawn_blocking(move || public_keys(&home.join(".ssh"))).await;
            if let (Some(this), Ok(keys)) = (weak.upgrade(), keys) {
                {
                    let mut desk = this.desk.borrow_mut();
                    desk.sheet.offer_keys(&keys);
                    desk.world.keys = keys;
                }
                this.refresh();
            }
        });
    }

    /// Reads what the host offers to machines of the kind that the sheet says.
    pub(super) fn read_host(self: &Rc<Self>) {
        if !self.is_shown.get() {
            return;
        }
        let (host, order, os) = {
            let desk = self.desk.borrow();
            (desk.world.host, desk.order(), desk.system().cloned())
        };
        let Some((host, client)) = host.and_then(|host| Some((host, self.core.client(host)?))) else {
            self.open.drop_question(Question::Offer);
            return;
        };
        let (weak, asking) = (Rc::downgrade(self), Asking::new(self, Question::Offer));
        glib::spawn_future_local(async move {
            let facts = client.creation_facts(order, os).await;
            // Older answers are thrown away.
            let Some(this) = weak.upgrade().filter(|_| asking.is_current()) else {
                return;
            };
            match facts {
                Ok(facts) => this.take_facts(host, facts),
                Err(error) => {
                    tracing::warn!(%error, "the host does not tell what it offers");
                    let text = this.explained(host, &error);
                    this.desk.borrow_mut().world.refusal = Some(text);
                    this.refresh();
                }
            }
            drop(asking);
        });
        let (weak, client) = (Rc::downgrade(self), self.core.client(host));
        glib::spawn_future_local(async move {
            let Some(client) = client else { return };
            let volumes = client.storage().await;
            let Some(this) = weak.upgrade() else { return };
            let is_same = this.desk.borrow().world.host == Some(host);
            if let (Ok(volumes), true) = (volumes, is_same) {
                this.desk.borrow_mut().world.volumes = Some(volumes);
                this.refresh();
            }
        });
    }

    fn take_facts(self: &Rc<Self>, host: HostId, facts: HostFacts) {
        let facts = HostFacts {
            usage: Some(self.core.usage(host)),
            recent_media: Some(self.core.recent_media(host)),
            ..facts
        };
        {
            let mut desk = self.desk.borrow_mut();
            desk.world.facts = facts;
            desk.world.refusal = None;
            // A host that has only containers begins with one.
            let offered = Begin::offered(&desk.world.around());
            if !offered.contains(&desk.sheet.begin)
                && let Some(first) = offered.first()
            {
                desk.sheet.begin = *first;
            }
        }
        self.refresh();
        self.think_soon();
    }

    /// Hosts come and go, networks and pools change, names are taken.
    pub(super) fn follow(self: &Rc<Self>, changes: &ChangeSet) {
        let host = self.desk.borrow().world.host;
        let mut is_news = false;
        if !changes.hosts.is_empty() {
            self.desk.borrow_mut().world.see_hosts(&self.core);
            is_news = true;
        }
        let is_own = |key: &crate::model::key::DomainKey| Some(key.host) == host;
        let changed = changes
            .changed
            .iter()
            .filter(|(_, aspects)| aspects.identity)
            .map(|(key, _)| key);
        if changes.added.iter().chain(&changes.removed).chain(changed).any(is_own) {
            self.desk.borrow_mut().world.see_machines(&self.core);
            is_news = true;
        }
        let matters = |kind: ObjectKind| host.is_some_and(|host| changes.objects.contains(&(host, kind)));
        if matters(ObjectKind::Network) || matters(ObjectKind::StoragePool) {
            self.read_host();
        }
        if host.is_none() && is_news {
            self.choose_first_host(None);
        }
        if is_news && !self.is_working.get() {
            self.refresh();
        }
    }

    /// After a pause of the user: reads for another kind of machine, looks at the image, asks what speaks against it.
    pub(super) fn think(self: &Rc<Self>) {
        let is_other_kind = {
            let desk = self.desk.borrow();
            desk.world.facts.capabilities.is_some() && desk.kind() != desk.world.facts.kind
        };
        if is_other_kind {
            self.read_host();
        }
        self.look();
        self.prepare();
        self.examine();
    }

    /// Recognises what the machine begins with, unless that is known.
    fn look(self: &Rc<Self>) {
        let (evidence, image, begin, host, is_here) = {
            let desk = self.desk.borrow();
            let evidence = desk.sheet.evidence();
            if evidence.is_empty() || desk.sheet.found.of == evidence {
                drop(desk);
                self.stop_looking();
                return;
            }
            let image = desk.sheet.image().cloned();
            (evidence, image, desk.sheet.begin, desk.world.host, desk.world.is_here())
        };
        let client = host.and_then(|host| self.core.client(host));
        self.desk.borrow_mut().world.is_looking = true;
        self.refresh();
        let (weak, asking) = (Rc::downgrade(self), Asking::new(self, Question::Image));
        glib::spawn_future_local(async move {
            let what = match (begin, image) {
                (Begin::Tree, _) => osinfo::recognise_tree(evidence.clone()).await,
                (_, Some(ImageRef::Upload { file, .. })) => osinfo::recognise(file).await,
                (_, Some(ImageRef::Path(path))) if is_here => osinfo::recognise(PathBuf::from(path)).await,
                (_, Some(ImageRef::Path(path) | ImageRef::Volume { path, .. })) => match client {
                    Some(client) => client.recognise_volume(path).await.unwrap_or_default(),
                    None => None,
                },
                _ => None,
            };
            if let Some(this) = weak.upgrade().filter(|_| asking.is_current()) {
                this.recognised(evidence, what);
            }
            drop(asking);
        });
    }

    /// What was looked at is not wanted any more, or known by now.
    fn stop_looking(&self) {
        self.open.drop_question(Question::Image);
        let was_looking = std::mem::take(&mut self.desk.borrow_mut().world.is_looking);
        if was_looking {
            self.refresh();
        }
    }

    fn recognised(self: &Rc<Self>, evidence: String, what: Option<Recognised>) {
        {
            let mut desk = self.desk.borrow_mut();
            let now = desk.sheet.evidence();
            if now != evidence {
                // Something else is looked at by now, or nothing any more.
                desk.world.is_looking &= !now.is_empty();
                return;
            }
            let name = evidence.rsplit('/').next().unwrap_or_default();
            let systems = &desk.world.systems;
            let what = what
                .or_else(|| download::recognise(systems, &evidence))
                .or_else(|| guess::by_name(systems, name));
            desk.sheet.found = Found { what, of: evidence };
            desk.world.is_looking = false;
        }
        self.refresh();
        self.think_soon();
    }

    /// Asks the host what speaks against the order.
    fn examine(self: &Rc<Self>) {
        let (host, order, plan) = {
            let desk = self.desk.borrow();
            let is_blank = hurdle(&desk.sheet, &[]).is_some();
            (desk.world.host, desk.order(), desk.plan.clone().filter(|_| !is_blank))
        };
        let client = host.and_then(|host| self.core.client(host));
        let (Some(client), Some(plan)) = (client, plan) else {
            self.desk.borrow_mut().asked.clear();
            self.open.drop_question(Question::Order);
            return;
        };
        let (weak, asking) = (Rc::downgrade(self), Asking::new(self, Question::Order));
        glib::spawn_future_local(async move {
            let problems = client.examine(order.clone(), plan).await.unwrap_or_else(|error| {
                tracing::info!(%error, "the host does not tell what speaks against it");
                Vec::new()
            });
            let Some(this) = weak.upgrade() else { return };
            // What was typed meanwhile has its own examination.
            let is_current = {
                let desk = this.desk.borrow();
                desk.order() == order && desk.world.host == host
            };
            if is_current && this.desk.borrow().asked != problems {
                this.desk.borrow_mut().asked = problems;
                this.refresh();
            }
            drop(asking);
        });
    }
}

/// The public keys in a folder, by their names.
fn public_keys(folder: &std::path::Path) -> Vec<PublicKey> {
    let entries = std::fs::read_dir(folder).into_iter().flatten().flatten();
    let mut files: Vec<PathBuf> = entries
        .map(|entry| entry.path())
        .filter(|path| path.extension().is_some_and(|ending| ending == "pub"))
        .collect();
    files.sort();
    let keys = files.into_iter().filter_map(|path| {
        let length = std::fs::metadata(&path).ok()?;
        if !length.is_file() || length.len() > LONGEST_KEY {
            return None;
        }
        let text = std::fs::read_to_string(&path).ok()?;
        let line = text.lines().map(str::trim).find(|line| !line.is_empty())?;
        let mut parts = line.splitn(3, ' ');
        let (kind, _, comment) = (parts.next()?, parts.next()?, parts.next());
        let is_key = ["ssh-", "ecdsa-", "sk-"].iter().any(|start| kind.starts_with(start));
        let file = path.file_stem().unwrap_or_default().to_string_lossy().into_owned();
        is_key.then(|| PublicKey {
            line: line.to_owned(),
            name: comment.map_or(file, |comment| comment.trim().to_owned()),
        })
    });
    keys.collect()
}

#[cfg(test)]
mod tests {
    use super::public_keys;

    #[test]
    fn keys_are_known_by_their_comment_and_what_is_none_is_left_out() {
        let folder = tempfile::tempdir().unwrap();
        let write = |name: &str, text: &str| std::fs::write(folder.path().join(name), text).unwrap();
        write("id_ed25519.pub", "ssh-ed25519 AAAA alice@laptop\n");
        write("id_rsa.pub", "ssh-rsa BBBB\n");
        write("id_rsa", "-----BEGIN OPENSSH PRIVATE KEY-----\n");
        write("notes.pub", "beer at eight\n");
        let keys = public_keys(folder.path());
        let names: Vec<&str> = keys.iter().map(|key| key.name.as_str()).collect();
        assert_eq!(names, ["alice@laptop", "id_rsa"]);
        assert_eq!(keys[0].line, "ssh-ed25519 AAAA alice@laptop");
        assert!(public_keys(&folder.path().join("missing")).is_empty());
    }
}
