//! The other side of it: servers that keep the rules are shown, whichever of them they choose.

use std::time::Duration;

use vireo::model::display::wire::{End, Hidden, News, Open, Request, Route};
use vireo::virt::client::{Display, DisplayNews, Picture};

use crate::judge::open;
use crate::support::rfb::{Area, Encoding, Options, Security, Server, Version};
use crate::support::wait_for;

fn small() -> Options {
    Options {
        width: 200,
        height: 150,
        ..Options::default()
    }
}

/// The display of a server, whose picture becomes the server's.
struct Seen {
    server: Server,
    display: Display,
    picture: Option<Picture>,
}

impl Seen {
    fn new(options: Options, open: Open) -> Self {
        let server = Server::start(options);
        let display = Display::open(open, Some(server.connect())).expect("a helper");
        Self {
            server,
            display,
            picture: None,
        }
    }

    fn look(&mut self) {
        while let Ok(news) = self.display.news.try_recv() {
            match news {
                DisplayNews::Surface { picture, .. } => self.picture = Some(picture),
                DisplayNews::News(News::Damage { head, .. }) => self.display.send(Request::Drawn { head }),
                DisplayNews::News(News::Ended(end)) => panic!("it ended: {end:?}"),
                DisplayNews::News(_) => {}
            }
        }
    }

    fn is_same(&self) -> bool {
        let server = self.server.picture();
        let Some(picture) = &self.picture else { return false };
        if (picture.width(), picture.height()) != (u32::from(server.width), u32::from(server.height)) {
            return false;
        }
        server
            .pixels
            .chunks(usize::from(server.width))
            .zip(0..)
            .all(|(row, y)| {
                let shown = picture.strip(y, 1);
                let shown = shown.as_chunks::<4>().0.iter().map(|pixel| u32::from_le_bytes(*pixel));
                row.iter().map(|pixel| pixel | 0xff00_0000).eq(shown.take(row.len()))
            })
    }

    fn becomes_the_same(&mut self, when: &str) {
        wait_for(&format!("the picture {when}"), Duration::from_secs(10), || {
            self.look();
            self.is_same().then_some(())
        });
    }

    /// First picture, pattern, one colour, another size.
    fn all_the_way(&mut self, what: &str) {
        self.becomes_the_same(&format!("of {what}"));
        self.server.paint(Area::new(3, 5, 180, 130), |x, y| {
            u32::from(x) << 16 | u32::from(y) << 8 | u32::from(x ^ y)
        });
        self.becomes_the_same(&format!("of {what} with a pattern"));
        self.server.fill(Area::new(10, 10, 40, 40), 0x00ab_cdef);
        self.becomes_the_same(&format!("of {what} with a field"));
        self.server.resize(90, 170);
        self.server.fill(Area::new(0, 0, 90, 20), 0x0012_3456);
        self.becomes_the_same(&format!("of {what} of another size"));
    }
}

/// Every encoding that the library knows, whole and in strips.
pub fn encodings() {
    let all = [
        Encoding::Raw,
        Encoding::Rre,
        Encoding::Hextile,
        Encoding::Zrle,
        Encoding::Tight,
    ];
    for encoding in all {
        for strips in [None, Some(64)] {
            let options = Options {
                encoding,
                strips,
                ..small()
            };
            Seen::new(options, open(false)).all_the_way(&format!("{encoding:?}"));
        }
    }
}

/// Every version, with and without a password, with and without what is optional.
pub fn versions() {
    for version in [Version::V3, Version::V7, Version::V8] {
        for security in [Security::None, Security::Password("secret".to_owned())] {
            let options = Options {
                version,
                security,
                ext_keys: false,
                resize: false,
                clipboard: false,
                ..small()
            };
            let open = Open {
                password: Some(Hidden("secret".to_owned())),
                ..open(false)
            };
            Seen::new(options, open).all_the_way(&format!("{version:?}"));
        }
    }
}

/// A port where nobody listens is told at once.
pub fn nobody() {
    let listener = std::net::TcpListener::bind(("127.0.0.1", 0)).expect("a port");
    let port = listener.local_addr().expect("its number").port();
    drop(listener);
    let open = Open {
        route: Route::Tcp {
            host: "127.0.0.1".to_owned(),
            port: Some(port),
            tls_port: None,
        },
        ..open(false)
    };
    let display = Display::open(open, None).expect("a helper");
    let end = wait_for("the end", Duration::from_secs(10), || match display.news.try_recv() {
        Ok(DisplayNews::News(News::Ended(end))) => Some(end),
        _ => None,
    });
    assert!(matches!(end, End::Unreachable(_)), "{end:?}");
}
