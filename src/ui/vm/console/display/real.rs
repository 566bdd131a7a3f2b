//! The doors of this program: libvirt, ssh and `vireo-display`.

use std::io;
use std::os::fd::OwnedFd;
use std::rc::Rc;

use gtk::glib;
use relm4::gtk;
use uuid::Uuid;

use super::doors::{Doors, Found, Later, Link, Open, Way};
use super::trouble::{self, Lasts, Trouble};
use super::words;
use crate::i18n::tr;
use crate::model::credential::Secret;
use crate::model::display::cause::Cause;
use crate::model::display::plan::{self, Obstacle, Road, Standing};
use crate::model::display::viewer::viewer_file;
use crate::model::display::wire::Request;
use crate::model::error::{Kind, VirtError};
use crate::model::key::DomainKey;
use crate::model::uri::Uri;
use crate::model::xml::Document;
use crate::ui::core::Core;
use crate::virt::client::{Display, DisplayNews, HostClient, XmlFlags};

/// The real doors.
#[derive(Debug, Clone, Copy, Default)]
pub struct Real;

impl Link for Display {
    fn news(&self) -> async_channel::Receiver<DisplayNews> {
        self.news.clone()
    }

    fn send(&self, request: Request) {
        Self::send(self, request);
    }

    fn send_socket(&self, token: u64, socket: Result<OwnedFd, String>) {
        Self::send_socket(self, token, socket);
    }
}

/// A host that can be asked, and what is known of it.
#[derive(Clone)]
struct Host {
    client: HostClient,
    uri: String,
    standing: Standing,
}

impl Host {
    fn of(core: &Core, key: DomainKey) -> Option<Self> {
        let client = core.client(key.host)?;
        let store = core.store();
        let host = store.host(key.host)?;
        let read_only = host.config.read_only || host.info.as_ref().is_some_and(|info| info.features.read_only);
        Some(Self {
            client,
            uri: host.config.uri.clone(),
            standing: Standing { read_only },
        })
    }

    /// The displays of the machine as it runs, each with the way there.
    async fn plan(&self, uuid: Uuid) -> Result<Planned, VirtError> {
        let flags = |secure| XmlFlags {
            secure,
            inactive: false,
        };
        let xml = match self.client.dump_xml(uuid, flags(true)).await {
            Err(error) if error.kind == Kind::Denied => self.client.dump_xml(uuid, flags(false)).await?,
            xml => xml?,
        };
        let wrong = |text: String| VirtError::own(Kind::Other, "read definition", text);
        let document = Document::parse(&xml).map_err(|error| wrong(error.to_string()))?;
        let uri = Uri::parse(&self.uri).map_err(|error| wrong(error.to_string()))?;
        Ok(plan::plan(&document, &uri, self.standing))
    }

    /// The way to one of them; else the reason, in words for nobody but *Details*.
    async fn road(&self, uuid: Uuid, index: u32) -> Result<Road, String> {
        let planned = self.plan(uuid).await.map_err(|error| error.message)?;
        match planned.into_iter().nth(index as usize) {
            Some((_, Ok(road))) => Ok(road),
            _ => Err("there is no way to the display any more".to_owned()),
        }
    }
}

type Planned = Vec<(plan::Display, Result<Road, Obstacle>)>;

impl Doors for Real {
    fn way(&self, core: &Core, key: DomainKey, index: u32) -> Later<Found> {
        let host = Host::of(core, key);
        Box::pin(async move {
            let Some(host) = host else {
                return Found {
                    reasons: Vec::new(),
                    way: Err(unconnected()),
                };
            };
            let play = Uri::parse(&host.uri).is_ok_and(|uri| uri.driver == "test");
            match host.plan(key.uuid).await {
                _ if play => Found {
                    reasons: Vec::new(),
                    way: Err(trouble::of_play()),
                },
                Err(error) => Found {
                    reasons: Vec::new(),
                    way: Err(trouble::of_error(&error)),
                },
                Ok(planned) => Found {
                    reasons: reasons(&planned),
                    way: way(&host, key.uuid, index, planned).await,
                },
            }
        })
    }

    fn socket(&self, core: &Core, key: DomainKey, index: u32, _: String, tls: bool) -> Later<Result<OwnedFd, String>> {
        let host = Host::of(core, key);
        Box::pin(async move {
            let Some(host) = host else {
                return Err(unconnected().title);
            };
            let road = host.road(key.uuid, index).await?;
            let socket = host.client.open_socket(key.uuid, index, road, tls).await;
            socket.map_err(|error| error.message)
        })
    }

    fn cause(&self, core: &Core, key: DomainKey, index: u32) -> Later<Option<Trouble>> {
        let host = Host::of(core, key);
        Box::pin(async move {
            let host = host?;
            let road = host.road(key.uuid, index).await.ok()?;
            match host.client.diagnose(road).await {
                Cause::Server => None,
                cause => Some(words::of_cause(&cause)),
            }
        })
    }

    fn viewer(&self, core: &Core, key: DomainKey, index: u32, once: bool) -> Later<Result<String, String>> {
        let host = Host::of(core, key);
        let title = core
            .store()
            .domain(key)
            .map(|domain| domain.name.clone())
            .unwrap_or_default();
        Box::pin(async move {
            let host = host.ok_or_else(|| tr("The host is not connected"))?;
            let planned = host.plan(key.uuid).await.map_err(|error| error.message)?;
            let (display, road) = planned
                .into_iter()
                .nth(index as usize)
                .ok_or_else(|| tr("This display is not there any more"))?;
            let road = road.map_err(|obstacle| words::reason(&obstacle))?;
            viewer_file(&display, &road, &title, once)
                .ok_or_else(|| tr("No address leads to this display that another program could use"))
        })
    }

    fn open(&self, open: Open, socket: Option<OwnedFd>) -> io::Result<Rc<dyn Link>> {
        Ok(Rc::new(Display::open(open, socket)?))
    }
}

fn unconnected() -> Trouble {
    Trouble::new(Lasts::Passing, tr("The host is not connected"), String::new())
}

fn reasons(planned: &Planned) -> Vec<(u32, String)> {
    planned
        .iter()
        .filter_map(|(display, road)| Some((display.index, words::reason(road.as_ref().err()?))))
        .collect()
}

async fn way(host: &Host, uuid: Uuid, index: u32, planned: Planned) -> Result<Way, Trouble> {
    let Some((display, road)) = planned.into_iter().nth(index as usize) else {
        return Err(Trouble::new(
            Lasts::Lasting,
            tr("This display is not there any more"),
            tr("The machine runs without it. Choose another console."),
        ));
    };
    let road = road.map_err(|obstacle| words::of_obstacle(&obstacle, tunnel_command(&host.uri, &display)))?;
    let protocol = display
        .protocol()
        .ok_or_else(|| words::of_obstacle(&Obstacle::NoViewer(display.kind.clone()), None))?;
    let opened = host.client.open_way(uuid, index, protocol, road.clone()).await;
    let opened = match opened {
        Ok(opened) => opened,
        Err(error) => return Err(of_failure(host, road, &error).await),
    };
    Ok(Way {
        protocol,
        route: opened.route,
        socket: opened.socket,
        tls: opened.tls,
        password: display.password.map(|hidden| Secret(hidden.0)),
    })
}

/// Why a road that was planned could not be opened: the cause where it can be found, else what libvirt said.
async fn of_failure(host: &Host, road: Road, error: &VirtError) -> Trouble {
    if matches!(road, Road::Handover) {
        return trouble::of_error(error);
    }
    match host.client.diagnose(road).await {
        Cause::Server => trouble::of_error(error),
        cause => words::of_cause(&cause),
    }
}

/// What somebody can type to reach a display that listens on its host alone.
fn tunnel_command(uri: &str, display: &plan::Display) -> Option<String> {
    let host = Uri::parse(uri).ok()?.host?;
    let port = display.port.or(display.tls_port)?;
    Some(format!(
        "ssh -L {port}:127.0.0.1:{port} {}",
        glib::shell_quote(&host).to_string_lossy()
    ))
}
