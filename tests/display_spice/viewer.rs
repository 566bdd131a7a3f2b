//! An open display as the window has it: pictures are drawn at once, news are kept.

use std::collections::{BTreeMap, BTreeSet};
use std::os::fd::OwnedFd;
use std::os::unix::net::UnixStream;
use std::path::PathBuf;
use std::time::Duration;

use vireo::model::display::wire::{End, News, Open, Protocol, Request, Route, Tls};
use vireo::virt::client::{Display, DisplayNews, Picture};

use crate::support::wait_for;

const LIMIT: Duration = Duration::from_secs(30);

/// Everything allowed that needs nothing of this computer, by this route.
pub fn open(route: Route) -> Open {
    Open {
        protocol: Protocol::Spice,
        route,
        tls: Tls::default(),
        user: None,
        password: None,
        shared: true,
        clipboard: true,
        sound: false,
        microphone: false,
        smartcard: false,
        folder: None,
        usb_auto: false,
    }
}

pub struct Viewer {
    pub display: Display,
    pub pictures: BTreeMap<u32, Picture>,
    /// All news but the damage.
    pub news: Vec<News>,
    /// Channels whose sockets were asked for.
    pub asked: Vec<String>,
    /// Where to get them.
    sockets: Option<PathBuf>,
    /// Heads whose present picture was painted.
    pub painted: BTreeSet<u32>,
}

impl Viewer {
    pub fn open(open: Open) -> Self {
        Self::start(open, None)
    }

    /// By the route of passed sockets, each a new connection to this one.
    pub fn through(socket: PathBuf) -> Self {
        Self::start(open(Route::Socket), Some(socket))
    }

    pub fn start(open: Open, sockets: Option<PathBuf>) -> Self {
        let first = sockets
            .as_ref()
            .map(|path| OwnedFd::from(UnixStream::connect(path).expect("the guest's socket")));
        Self {
            display: Display::open(open, first).expect("a display"),
            pictures: BTreeMap::new(),
            news: Vec::new(),
            asked: Vec::new(),
            sockets,
            painted: BTreeSet::new(),
        }
    }

    /// Takes what has come.
    pub fn pump(&mut self) {
        while let Ok(news) = self.display.news.try_recv() {
            match news {
                DisplayNews::Surface { head, picture } => {
                    self.painted.remove(&head);
                    self.pictures.insert(head, picture);
                }
                DisplayNews::News(News::Damage { head, .. }) => {
                    self.painted.insert(head);
                    self.display.send(Request::Drawn { head });
                }
                DisplayNews::News(News::HeadGone { head }) => {
                    self.pictures.remove(&head);
                    self.news.push(News::HeadGone { head });
                }
                DisplayNews::News(News::NeedSocket { token, channel, .. }) => {
                    self.asked.push(channel);
                    let path = self.sockets.as_ref().expect("a road of sockets");
                    let socket = UnixStream::connect(path).map(OwnedFd::from);
                    self.display
                        .send_socket(token, socket.map_err(|error| error.to_string()));
                }
                DisplayNews::News(news) => self.news.push(news),
            }
        }
    }

    /// Takes news until `ready` finds something.
    #[track_caller]
    pub fn until<T>(&mut self, what: &str, mut ready: impl FnMut(&Self) -> Option<T>) -> T {
        let mut last = None;
        wait_for(what, LIMIT, || {
            self.pump();
            let found = ready(self);
            if found.is_none()
                && let Some(News::Ended(end)) = self.news.last()
            {
                if last.is_some() {
                    panic!("waited for {what}: {end:?}, {:?}", self.news);
                }
                last = Some(());
            }
            found
        })
    }

    /// Waits for news.
    #[track_caller]
    pub fn news(&mut self, what: &str, fits: impl Fn(&News) -> bool) -> News {
        self.until(what, |viewer| viewer.news.iter().find(|news| fits(news)).cloned())
    }

    /// Waits for the end.
    #[track_caller]
    pub fn end(&mut self) -> End {
        self.until("the end", |viewer| match viewer.news.last() {
            Some(News::Ended(end)) => Some(end.clone()),
            _ => None,
        })
    }

    /// The picture of a head, once it was painted.
    pub fn image(&self, head: u32) -> Option<Image> {
        let picture = self.pictures.get(&head).filter(|_| self.painted.contains(&head))?;
        Some(Image::of(picture))
    }

    /// Waits for a first picture of a head.
    #[track_caller]
    pub fn picture(&mut self, head: u32) -> Image {
        self.until("a picture", |viewer| viewer.image(head))
    }
}

/// Width, height, and red, green, blue of each pixel.
#[derive(PartialEq, Eq, Clone)]
pub struct Image {
    pub width: u32,
    pub height: u32,
    pub pixels: Vec<u8>,
}

impl Image {
    pub fn of(picture: &Picture) -> Self {
        let mut pixels = Vec::new();
        for y in 0..picture.height() {
            let row = picture.strip(y, 1);
            for pixel in row.chunks_exact(4).take(picture.width() as usize) {
                assert_eq!(pixel[3], 255, "an opaque pixel");
                pixels.extend([pixel[2], pixel[1], pixel[0]]);
            }
        }
        Self {
            width: picture.width(),
            height: picture.height(),
            pixels,
        }
    }

    /// A PPM file.
    pub fn read(bytes: &[u8]) -> Option<Self> {
        let mut parts = bytes.splitn(4, |byte| byte.is_ascii_whitespace());
        let (magic, width, height) = (parts.next()?, parts.next()?, parts.next()?);
        let rest = parts.next()?;
        let number = |text: &[u8]| std::str::from_utf8(text).ok()?.parse::<u32>().ok();
        let pixels = rest.strip_prefix(b"255\n")?.to_vec();
        let (width, height) = (number(width)?, number(height)?);
        (magic == b"P6" && pixels.len() == width as usize * height as usize * 3).then_some(Self {
            width,
            height,
            pixels,
        })
    }

    /// Whether it shows more than one colour.
    pub fn shows_something(&self) -> bool {
        self.pixels.chunks_exact(3).any(|pixel| pixel != &self.pixels[..3])
    }
}
