//! What can be done with pools, as actions of the page: `pool.start`, `pool.build` and so on.

use std::rc::Rc;

use gtk4 as gtk;
use gtk4::prelude::*;
use libadwaita as adw;
use libadwaita::prelude::*;

use super::page::StoragePage;
use super::{new_pool, new_volume, rename_pool, transfer};
use crate::i18n::{tr, tr_f, tr_n};
use crate::model::error::VirtError;
use crate::model::facts::PoolFact;
use crate::model::schema::DocumentKind;
use crate::model::storage::{Build, NewPool, pool_kind};
use crate::model::view::users;
use crate::ui::menu::Menu;
use crate::ui::xml::object;
use crate::ui::{errors, message, secret, text};
use crate::virt::client::{HostClient, PoolBuild};

/// Makes the actions.
pub(super) fn install(page: &Rc<StoragePage>) {
    type Act = fn(&Rc<StoragePage>);
    let all: [(&str, Act); 15] = [
        ("reload", |page| page.reload()),
        ("new", |page| new_pool::open(page)),
        ("secrets", |page| secret::open(&page.toasts, &page.core, page.host)),
        ("default", |page| on_host(page, default_pool)),
        ("start", |page| on_pool(page, start)),
        ("stop", |page| on_pool(page, stop)),
        ("refresh", |page| on_pool(page, refresh_pool)),
        ("build", |page| on_pool(page, build)),
        ("xml", |page| on_pool(page, source)),
        ("rename", |page| on_pool(page, rename_pool::ask)),
        ("delete", |page| on_pool(page, delete)),
        ("new-volume", |page| {
            if let Some(pool) = page.pool() {
                new_volume::open(page, &pool);
            }
        }),
        ("stop-waiting", |page| page.stop_waiting()),
        ("upload", |page| transfer::choose_uploads(page)),
        ("find", |page| {
            page.pane.filter.grab_focus();
        }),
    ];
    let group = gio::SimpleActionGroup::new();
    for (name, act) in all {
        let action = gio::SimpleAction::new(name, None);
        let weak = page.weak();
        action.connect_activate(move |_, _| {
            if let Some(page) = weak.upgrade() {
                act(&page);
            }
        });
        group.add_action(&action);
    }
    page.widget().insert_action_group("pool", Some(&group));
    let weak = page.weak();
    page.pane.menu.set_create_popup_func(move |button| {
        if let Some(page) = weak.upgrade()
            && let Some(pool) = page.pool()
        {
            button.set_popover(Some(&menu(&page, &pool).popover()));
        }
    });
    let shortcuts = gtk::ShortcutController::new();
    for (keys, action) in [
        ("F5", "pool.refresh"),
        ("<Control>f", "pool.find"),
        ("<Control>u", "pool.upload"),
    ] {
        shortcuts.add_shortcut(gtk::Shortcut::new(
            gtk::ShortcutTrigger::parse_string(keys),
            Some(gtk::NamedAction::new(action)),
        ));
    }
    page.widget().add_controller(shortcuts);
}

/// What can be done with a pool, as a menu.
pub(super) fn menu(page: &StoragePage, pool: &PoolFact) -> Menu {
    let mut menu = Menu::default();
    let section = gio::Menu::new();
    if page.may_change() {
        let first = gio::Menu::new();
        if pool.active {
            first.append(Some(&tr("S_top")), Some("pool.stop"));
            first.append(Some(&tr("Look for _Volumes Again")), Some("pool.refresh"));
        } else {
            first.append(Some(&tr("_Start")), Some("pool.start"));
        }
        menu.model().append_section(None, &first);
        section.append(Some(&tr("Edit as _XML…")), Some("pool.xml"));
        if pool.active {
            let why = tr("The pool has to be stopped first.");
            menu.add_grey(&section, "rename", &tr("Re_name…"), &why);
        } else {
            section.append(Some(&tr("Re_name…")), Some("pool.rename"));
        }
        if pool_kind(&pool.kind).is_some_and(|kind| kind.build != Build::None) {
            let label = tr("_Build…");
            if pool.active {
                menu.add_grey(&section, "build", &label, &tr("The pool has to be stopped first."));
            } else {
                section.append(Some(&label), Some("pool.build"));
            }
        }
        let last = gio::Menu::new();
        last.append(Some(&tr("De_lete…")), Some("pool.delete"));
        menu.model().append_section(None, &section);
        menu.model().append_section(None, &last);
    } else {
        section.append(Some(&tr("Show as _XML…")), Some("pool.xml"));
        menu.model().append_section(None, &section);
    }
    menu
}

fn on_host<F>(page: &Rc<StoragePage>, act: fn(Rc<StoragePage>, HostClient) -> F)
where
    F: Future<Output = ()> + 'static,
{
    if let Some(client) = page.core.client(page.host) {
        glib::spawn_future_local(act(page.clone(), client));
    }
}

fn on_pool<F>(page: &Rc<StoragePage>, act: fn(Rc<StoragePage>, HostClient, PoolFact) -> F)
where
    F: Future<Output = ()> + 'static,
{
    if let (Some(client), Some(pool)) = (page.core.client(page.host), page.pool()) {
        glib::spawn_future_local(act(page.clone(), client, pool));
    }
}

impl StoragePage {
    /// Says that something could not be done.
    pub(super) fn tell(&self, title: String, error: &VirtError) {
        self.tell_with(title, error, None);
    }

    /// The same about a pool, with what may help where it has a server.
    pub(super) fn tell_with(&self, title: String, error: &VirtError, advice: Option<String>) {
        let context = errors::Context {
            host: self.core.store().host(self.host).map(|host| host.config.clone()),
            title: Some(title),
            // Only what has a server has advice about it.
            has_server: advice.is_some(),
            advice,
            ..errors::Context::default()
        };
        errors::show(&self.toasts, Some(&self.toasts), error, context);
    }

    /// Sets whether the shown pool starts with its host.
    pub(super) fn set_autostart(self: &Rc<Self>, autostart: bool) {
        let (Some(pool), Some(client)) = (self.pool(), self.core.client(self.host)) else {
            return;
        };
        if pool.autostart == autostart {
            return;
        }
        let page = self.clone();
        glib::spawn_future_local(async move {
            let failed = tr_f("{pool} could not be changed", &[("pool", &text::name(&pool.name))]);
            let of = pool.name.clone();
            let work = async move { client.set_pool_autostart(of, autostart).await };
            page.work(&pool.name, failed, work).await;
        });
    }
}

async fn start(page: Rc<StoragePage>, client: HostClient, pool: PoolFact) {
    let failed = tr_f("{pool} could not be started", &[("pool", &text::name(&pool.name))]);
    let of = pool.name.clone();
    page.work(&pool.name, failed, async move { client.start_pool(of).await })
        .await;
}

async fn refresh_pool(page: Rc<StoragePage>, client: HostClient, pool: PoolFact) {
    if !pool.active {
        page.reload();
        return;
    }
    page.forget_failure(&pool.name);
    // Without the right to look again, what is known is read again.
    if !page.may_change() {
        page.reload();
        return;
    }
    let failed = tr_f(
        "{pool} could not be looked through",
        &[("pool", &text::name(&pool.name))],
    );
    let of = pool.name.clone();
    page.work(&pool.name, failed, async move { client.refresh_pool(of).await })
        .await;
}

/// Machines that use volumes of the pool that is shown.
fn users_of(page: &StoragePage) -> Vec<String> {
    let usage = page.core.usage(page.host);
    let mut names: Vec<String> = Vec::new();
    for volume in page.volumes().iter() {
        for user in users(&usage, volume) {
            if !names.contains(&user) {
                names.push(user);
            }
        }
    }
    names
}

fn users_sentence(names: &[String]) -> Option<String> {
    let (first, others) = names.split_first()?;
    let name = text::name(first);
    Some(match others.len() {
        0 => tr_f("“{machine}” has images in it.", &[("machine", &name)]),
        n => tr_n(
            "“{machine}” and {n} other machine have images in it.",
            "“{machine}” and {n} other machines have images in it.",
            n,
            &[("machine", &name)],
        ),
    })
}

async fn stop(page: Rc<StoragePage>, client: HostClient, pool: PoolFact) {
    if let Some(users) = users_sentence(&users_of(&page)) {
        let dialog = message::dialog(
            &page.toasts,
            &tr_f("Stop {pool}?", &[("pool", &text::name(&pool.name))]),
            &format!(
                "{users} {}",
                tr("Machines that run may lose their disks, and others may not start before the pool runs again.")
            ),
        );
        dialog.add_responses(&[("cancel", &tr("_Cancel")), ("stop", &tr("S_top"))]);
        dialog.set_response_appearance("stop", adw::ResponseAppearance::Destructive);
        dialog.set_close_response("cancel");
        dialog.set_default_response(Some("cancel"));
        if message::choose(dialog).await != "stop" {
            return;
        }
    }
    let failed = tr_f("{pool} could not be stopped", &[("pool", &text::name(&pool.name))]);
    let of = pool.name.clone();
    page.work(&pool.name, failed, async move { client.stop_pool(of).await })
        .await;
}

async fn build(page: Rc<StoragePage>, client: HostClient, pool: PoolFact) {
    let name = text::name(&pool.name);
    let how = pool_kind(&pool.kind).map_or(Build::None, |kind| kind.build);
    let body = match how {
        Build::None => return,
        Build::Folder => tr("The folder is made where it is missing. What is in it stays."),
        Build::Format => tr("A file system, partition table or volume group is made on its devices."),
        Build::FormatBlindly => {
            tr("A new pool is made on its devices. Everything that they hold is lost, and nothing looks at it before.")
        }
    };
    let dialog = message::dialog(&page.toasts, &tr_f("Build {pool}?", &[("pool", &name)]), &body);
    let overwrite = gtk::CheckButton::new();
    if how == Build::Format {
        let rows = message::rows(&tr("Build"));
        let row = adw::ActionRow::builder()
            .title(tr("Overwrite what is there"))
            .subtitle(tr(
                "Everything on the devices is lost. Without this, devices that hold something are left alone.",
            ))
            .activatable_widget(&overwrite)
            .build();
        row.add_prefix(&overwrite);
        rows.append(&row);
        dialog.set_extra_child(Some(&rows));
    }
    dialog.add_responses(&[("cancel", &tr("_Cancel")), ("build", &tr("_Build"))]);
    if how != Build::Folder {
        dialog.set_response_appearance("build", adw::ResponseAppearance::Destructive);
    }
    dialog.set_close_response("cancel");
    dialog.set_default_response(Some("cancel"));
    if message::choose(dialog).await != "build" {
        return;
    }
    let how = match how {
        Build::Format if overwrite.is_active() => PoolBuild::Overwrite,
        Build::Format => PoolBuild::Careful,
        _ => PoolBuild::Plain,
    };
    let failed = tr_f("{pool} could not be built", &[("pool", &name)]);
    let of = pool.name.clone();
    page.work(&pool.name, failed, async move { client.build_pool(of, how).await })
        .await;
}

async fn source(page: Rc<StoragePage>, client: HostClient, pool: PoolFact) {
    let name = text::name(&pool.name);
    let may_change = page.may_change();
    match client.pool_xml(pool.name.clone(), may_change).await {
        Ok(xml) => {
            let (weak, of) = (page.weak(), pool.name.clone());
            let apply: object::Apply = Rc::new(move |base, edited| {
                let (client, weak, pool) = (client.clone(), weak.clone(), of.clone());
                Box::pin(async move {
                    client.redefine_pool(pool, base, edited).await?;
                    if let Some(page) = weak.upgrade() {
                        page.reload();
                    }
                    Ok(())
                })
            });
            object::show(
                &page.toasts,
                &name,
                DocumentKind::Pool,
                xml,
                may_change.then_some(apply),
            );
        }
        Err(error) => page.tell(tr_f("{pool} could not be read", &[("pool", &name)]), &error),
    }
}

async fn delete(page: Rc<StoragePage>, client: HostClient, pool: PoolFact) {
    let name = text::name(&pool.name);
    let mut body = vec![tr("The host forgets the pool. Its images stay where they are.")];
    if pool.active {
        body.push(tr("It is stopped first."));
    }
    body.extend(users_sentence(&users_of(&page)));
    let dialog = message::dialog(
        &page.toasts,
        &tr_f("Delete the Pool {pool}?", &[("pool", &name)]),
        &body.join(" "),
    );
    let too = gtk::CheckButton::new();
    if pool_kind(&pool.kind).is_some_and(|kind| kind.deletes) {
        let rows = message::rows(&tr("Also deleted"));
        let below = match pool.kind.as_str() {
            "dir" | "fs" | "netfs" => tr("The folder, if it is empty."),
            _ => tr("What the pool was built from, with all volumes in it. They are lost for good."),
        };
        let row = adw::ActionRow::builder()
            .title(tr("Remove its storage, too"))
            .subtitle(below)
            .activatable_widget(&too)
            .build();
        row.add_prefix(&too);
        rows.append(&row);
        dialog.set_extra_child(Some(&rows));
    }
    dialog.add_responses(&[("cancel", &tr("_Cancel")), ("delete", &tr("_Delete"))]);
    dialog.set_response_appearance("delete", adw::ResponseAppearance::Destructive);
    dialog.set_close_response("cancel");
    dialog.set_default_response(Some("cancel"));
    if message::choose(dialog).await != "delete" {
        return;
    }
    let with_storage = too.is_active();
    let of = pool.name.clone();
    let work = async move {
        if pool.active {
            client.stop_pool(of.clone()).await?;
        }
        if with_storage {
            client.delete_pool(of.clone(), false).await?;
        }
        client.undefine_pool(of).await
    };
    let failed = tr_f("{pool} could not be deleted", &[("pool", &name)]);
    page.work(&pool.name, failed, work).await;
}

/// Makes the pool that every host is expected to have.
async fn default_pool(page: Rc<StoragePage>, client: HostClient) {
    let Some(target) = page.usual_folder() else { return };
    let new = NewPool {
        name: "default".to_owned(),
        kind: "dir".to_owned(),
        target,
        ..NewPool::default()
    };
    let failed = tr("The pool could not be made");
    let work = async move { make(&client, new, PoolBuild::Plain, true).await };
    page.work("default", failed, work).await;
}

/// Defines a pool, builds and starts it, with its host from now on; nothing stays where that fails ([`HostClient::set_up_pool`]).
pub(super) async fn make(
    client: &HostClient,
    new: NewPool,
    build: PoolBuild,
    autostart: bool,
) -> Result<PoolFact, VirtError> {
    let builds = new.pool_kind().is_some_and(|kind| match kind.build {
        Build::None => false,
        Build::Folder => true,
        Build::Format | Build::FormatBlindly => build != PoolBuild::Plain,
    });
    let made = client.define_pool(new).await?;
    client
        .set_up_pool(&made.name, builds.then_some(build), true, autostart)
        .await?;
    Ok(made)
}
