//! The way to a server that has no socket yet.

use std::os::fd::{AsFd, OwnedFd};

use gio::prelude::*;

use crate::wire::{Open, Route};

/// Seconds for a connection to stand.
const PATIENCE: u32 = 12;

/// Connects. The text of an error is the system's.
pub async fn connect(route: &Route) -> Result<OwnedFd, String> {
    let client = gio::SocketClient::new();
    client.set_timeout(PATIENCE);
    client.set_enable_proxy(false);
    let connection = match route {
        Route::Socket => return Err("no socket".to_owned()),
        Route::Tcp { host, port, .. } => {
            let port = port.ok_or("no port")?;
            client.connect_future(&gio::NetworkAddress::new(host, port)).await
        }
        Route::Unix { path } => {
            let address = gio::UnixSocketAddress::new(std::path::Path::new(path));
            client.connect_future(&address).await
        }
    };
    let connection = connection.map_err(|error| error.message().to_owned())?;
    let socket = connection.socket();
    // The limit was for connecting.
    socket.set_timeout(0);
    let descriptor = socket.as_fd().try_clone_to_owned();
    descriptor.map_err(|error| error.to_string())
}

/// The name that a certificate must carry.
pub fn name(open: &Open) -> &str {
    match &open.route {
        _ if !open.tls.name.is_empty() => &open.tls.name,
        Route::Tcp { host, .. } => host,
        Route::Socket | Route::Unix { .. } => "localhost",
    }
}

/// Whether the server runs on this computer, where compressing costs more than it saves. Of a Unix socket nothing is known but
/// who made its other end: a tunnel is made by Vireo, our parent.
pub fn is_near(socket: &OwnedFd) -> bool {
    let Some(socket) = socket.try_clone().ok().and_then(|copy| gio::Socket::from_fd(copy).ok()) else {
        return false;
    };
    if socket.family() == gio::SocketFamily::Unix {
        let parent = rustix::process::getppid().map(|pid| pid.as_raw_nonzero().get());
        let maker = socket.credentials().and_then(|credentials| credentials.unix_pid());
        return maker.is_ok_and(|maker| Some(maker) != parent);
    }
    let address = socket.remote_address().ok().and_downcast::<gio::InetSocketAddress>();
    address.is_some_and(|address| address.address().is_loopback())
}
