//! A program on the accessibility bus: what a screen reader sees of it.

use std::collections::HashMap;
use std::thread;
use std::time::{Duration, Instant};

use gio::prelude::*;
use gio::{BusType, DBusCallFlags, DBusConnection, DBusConnectionFlags};
use glib::Variant;
use glib::variant::ObjectPath;

const ACCESSIBLE: &str = "org.a11y.atspi.Accessible";
/// No tree of ours is deeper.
const DEEPEST: u32 = 40;
/// An answer takes as long as the main loop of the program stands still.
const PATIENCE_MS: i32 = 30_000;

/// An object of a program: its name on the bus, and its path.
pub type Node = (String, String);

/// The connection to a program's objects.
pub struct Bus {
    connection: DBusConnection,
    root: Node,
}

impl Bus {
    /// Waits until the process is on the bus.
    pub fn of(pid: u32, limit: Duration) -> Option<Self> {
        let session = gio::bus_get_sync(BusType::Session, gio::Cancellable::NONE).ok()?;
        let (address,): (String,) = call(
            &session,
            "org.a11y.Bus",
            "/org/a11y/bus",
            "org.a11y.Bus",
            "GetAddress",
            None,
        )?;
        let flags = DBusConnectionFlags::AUTHENTICATION_CLIENT | DBusConnectionFlags::MESSAGE_BUS_CONNECTION;
        let connection = DBusConnection::for_address_sync(&address, flags, None, gio::Cancellable::NONE).ok()?;
        let desktop = (
            "org.a11y.atspi.Registry".to_owned(),
            "/org/a11y/atspi/accessible/root".to_owned(),
        );
        let until = Instant::now() + limit;
        while Instant::now() < until {
            let found = children(&connection, &desktop).into_iter().find(|(name, _)| {
                let owner: Option<(u32,)> = call(
                    &connection,
                    "org.freedesktop.DBus",
                    "/org/freedesktop/DBus",
                    "org.freedesktop.DBus",
                    "GetConnectionUnixProcessID",
                    Some((name.as_str(),).to_variant()),
                );
                owner == Some((pid,))
            });
            if let Some(root) = found {
                return Some(Self { connection, root });
            }
            thread::sleep(Duration::from_millis(50));
        }
        None
    }

    /// The first object of this role.
    pub fn search_role(&self, role: &str) -> Option<Node> {
        self.search(&self.root, DEEPEST, &mut |bus, node| {
            bus.role(node).as_deref() == Some(role)
        })
    }

    /// Number of rows of a table.
    pub fn rows(&self, table: &Node) -> Option<i32> {
        let (value,): (Variant,) = self.ask(
            table,
            "org.freedesktop.DBus.Properties",
            "Get",
            Some(("org.a11y.atspi.Table", "NRows").to_variant()),
        )?;
        value.get()
    }

    /// The first object below `node` that `fits`, in the order of the tree.
    pub fn search(&self, node: &Node, depth: u32, fits: &mut dyn FnMut(&Self, &Node) -> bool) -> Option<Node> {
        children(&self.connection, node).into_iter().find_map(|child| {
            if fits(self, &child) {
                return Some(child);
            }
            (depth > 0).then(|| self.search(&child, depth - 1, fits)).flatten()
        })
    }

    /// Left, top, width and height in the window of the first label of these words, or line of the list that begins with
    /// them.
    pub fn place(&self, words: &str) -> Option<(i32, i32, i32, i32)> {
        const IN_WINDOW: u32 = 1;
        let line = format!("{words}, ");
        let node = self.search(&self.root, DEEPEST, &mut |bus, node| {
            let Some(name) = bus.name(node).filter(|name| name == words || name.starts_with(&line)) else {
                return false;
            };
            let wanted = if name == words { "label" } else { "list item" };
            bus.role(node).as_deref() == Some(wanted)
        })?;
        let (place,): ((i32, i32, i32, i32),) = self.ask(
            &node,
            "org.a11y.atspi.Component",
            "GetExtents",
            Some((IN_WINDOW,).to_variant()),
        )?;
        Some(place)
    }

    /// Activates an action of Vireo's main window. False if it has none of that name.
    pub fn activate(action: &str) -> bool {
        let Ok(session) = gio::bus_get_sync(BusType::Session, gio::Cancellable::NONE) else {
            return false;
        };
        let done: Option<()> = call(
            &session,
            "io.github.vireo_vm.Vireo",
            "/io/github/vireo_vm/Vireo/window/1",
            "org.gtk.Actions",
            "Activate",
            Some((action, Vec::<Variant>::new(), HashMap::<String, Variant>::new()).to_variant()),
        );
        done.is_some()
    }

    /// Accessible name.
    pub fn name(&self, node: &Node) -> Option<String> {
        let (value,): (Variant,) = self.ask(
            node,
            "org.freedesktop.DBus.Properties",
            "Get",
            Some((ACCESSIBLE, "Name").to_variant()),
        )?;
        value.get()
    }

    /// What an object shows as text.
    pub fn text(&self, node: &Node) -> Option<String> {
        let all = Some((0i32, -1i32).to_variant());
        let (text,): (String,) = self.ask(node, "org.a11y.atspi.Text", "GetText", all)?;
        Some(text)
    }

    /// Name of the role.
    pub fn role(&self, node: &Node) -> Option<String> {
        let (role,): (String,) = self.ask(node, ACCESSIBLE, "GetRoleName", None)?;
        Some(role)
    }

    fn ask<T: glib::variant::FromVariant>(
        &self,
        (owner, path): &Node,
        interface: &str,
        method: &str,
        arguments: Option<Variant>,
    ) -> Option<T> {
        call(&self.connection, owner, path, interface, method, arguments)
    }
}

fn children(connection: &DBusConnection, (owner, path): &Node) -> Vec<Node> {
    let found: Option<(Vec<(String, ObjectPath)>,)> = call(connection, owner, path, ACCESSIBLE, "GetChildren", None);
    let (found,) = found.unwrap_or_default();
    found
        .into_iter()
        .map(|(owner, path)| (owner, path.to_string()))
        .collect()
}

fn call<T: glib::variant::FromVariant>(
    connection: &DBusConnection,
    owner: &str,
    path: &str,
    interface: &str,
    method: &str,
    arguments: Option<Variant>,
) -> Option<T> {
    let answer = connection.call_sync(
        Some(owner),
        path,
        interface,
        method,
        arguments.as_ref(),
        None,
        DBusCallFlags::NONE,
        PATIENCE_MS,
        gio::Cancellable::NONE,
    );
    answer.ok()?.get()
}
