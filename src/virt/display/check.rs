//! What a helper tells, held to the bounds of the language: it may have been taken over by the server it speaks to.

use std::collections::{HashMap, VecDeque};
use std::time::{Duration, Instant};

use crate::model::display::wire::{
    Cursor, End, LARGEST_CURSOR, LONGEST_CLIPBOARD, LONGEST_TEXT, MOST_HEADS, MOST_RECTS, News, Rect, UsbDevice,
    VERSION,
};

/// USB devices that are shown at most.
const MOST_DEVICES: usize = 127;

/// Further connections that a display may want in [`SPAN`]: each starts something on this computer or on the host.
const MOST_SOCKETS: usize = 64;
const SPAN: Duration = Duration::from_secs(10);

/// Remembers of a display what its news must fit.
#[derive(Debug, Default)]
pub(super) struct Checker {
    greeted: bool,
    /// Width and height by head.
    surfaces: HashMap<u32, (u32, u32)>,
    /// When connections were wanted.
    sockets: VecDeque<Instant>,
}

impl Checker {
    /// The news within the bounds: texts are cut, rectangles clipped. `None`: not for anybody else.
    ///
    /// # Errors
    /// The rule that was broken: end the helper.
    pub(super) fn check(&mut self, news: News) -> Result<Option<News>, &'static str> {
        if !self.greeted {
            return match news {
                News::Hello { version: VERSION } => {
                    self.greeted = true;
                    Ok(None)
                }
                News::Hello { .. } => Err("the display helper is of another version than Vireo"),
                _ => Err("the display helper does not greet"),
            };
        }
        let checked = match news {
            News::Hello { .. } => return Err("the display helper greets twice"),
            News::Surface {
                head, width, height, ..
            } => {
                if head >= MOST_HEADS {
                    return Err("a surface has an impossible number");
                }
                self.surfaces.insert(head, (width, height));
                news
            }
            // News of a surface that has gone meanwhile are late, not wrong.
            News::HeadGone { head } if self.surfaces.remove(&head).is_none() => return Ok(None),
            News::HeadGone { .. } => news,
            News::Damage { head, rects } => {
                let Some(&size) = self.surfaces.get(&head) else {
                    return Ok(None);
                };
                News::Damage {
                    head,
                    rects: clip(rects, size)?,
                }
            }
            News::CursorAt { head, x, y } => {
                let Some(&(width, height)) = self.surfaces.get(&head) else {
                    return Ok(None);
                };
                News::CursorAt {
                    head,
                    x: x.min(width.saturating_sub(1)),
                    y: y.min(height.saturating_sub(1)),
                }
            }
            News::Cursor(cursor) => News::Cursor(cursor_within(cursor)?),
            News::ClipboardText(text) if text.0.len() > LONGEST_CLIPBOARD => {
                return Err("a text for the clipboard is too long");
            }
            News::UsbDevices(devices) => News::UsbDevices(devices.into_iter().take(MOST_DEVICES).map(device).collect()),
            News::NeedSocket { .. } => {
                let now = Instant::now();
                self.sockets.retain(|wanted| now.duration_since(*wanted) < SPAN);
                if self.sockets.len() >= MOST_SOCKETS {
                    return Err("the display wants too many connections");
                }
                self.sockets.push_back(now);
                texts(news)
            }
            other => texts(other),
        };
        Ok(Some(checked))
    }
}

/// Cuts every other text of the news.
fn texts(news: News) -> News {
    match news {
        News::NeedSocket { token, channel, tls } => News::NeedSocket {
            token,
            channel: cut(&channel),
            tls,
        },
        News::NeedCredentials {
            user,
            password,
            attempt,
            reason,
        } => News::NeedCredentials {
            user,
            password,
            attempt,
            reason: reason.map(|reason| cut(&reason)),
        },
        News::Connected { security } => News::Connected {
            security: cut(&security),
        },
        News::Name(name) => News::Name(cut(&name)),
        News::FilesDone { id, error } => News::FilesDone {
            id,
            error: error.map(|error| cut(&error)),
        },
        News::UsbFailed { id, error } => News::UsbFailed {
            id: cut(&id),
            error: cut(&error),
        },
        News::Ended(end) => News::Ended(end_within(end)),
        other => other,
    }
}

fn end_within(end: End) -> End {
    match end {
        End::Closed | End::Silent => end,
        End::Unreachable(text) => End::Unreachable(cut(&text)),
        End::Refused(text) => End::Refused(cut(&text)),
        End::UnknownSecurity(text) => End::UnknownSecurity(cut(&text)),
        End::Untrusted(text) => End::Untrusted(cut(&text)),
        End::Broken(text) => End::Broken(cut(&text)),
        End::HelperLost(text) => End::HelperLost(cut(&text)),
    }
}

/// At most as long as a text may be, without what moves the text around it.
pub(super) fn cut(text: &str) -> String {
    let moves =
        |letter: char| matches!(letter, '\u{200e}' | '\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}');
    text.chars()
        .filter(|&letter| letter == '\n' || !(letter.is_control() || moves(letter)))
        .take(LONGEST_TEXT)
        .collect()
}

fn device(device: UsbDevice) -> UsbDevice {
    UsbDevice {
        id: cut(&device.id),
        name: cut(&device.name),
        connected: device.connected,
        obstacle: device.obstacle.map(|obstacle| cut(&obstacle)),
    }
}

fn clip(rects: Vec<Rect>, (width, height): (u32, u32)) -> Result<Vec<Rect>, &'static str> {
    if rects.len() > MOST_RECTS {
        return Err("damage has too many parts");
    }
    let clipped = rects.into_iter().map(|rect| {
        let (x, y) = (rect.x.min(width), rect.y.min(height));
        Rect {
            x,
            y,
            width: rect.width.min(width - x),
            height: rect.height.min(height - y),
        }
    });
    Ok(clipped.filter(|rect| rect.width > 0 && rect.height > 0).collect())
}

fn cursor_within(cursor: Cursor) -> Result<Cursor, &'static str> {
    let Cursor::Shape {
        width,
        height,
        hot_x,
        hot_y,
        pixels,
    } = cursor
    else {
        return Ok(cursor);
    };
    if width == 0 || height == 0 || width > LARGEST_CURSOR || height > LARGEST_CURSOR {
        return Err("a pointer shape has an impossible size");
    }
    if pixels.len() != 4 * width as usize * height as usize {
        return Err("a pointer shape does not fill its size");
    }
    Ok(Cursor::Shape {
        width,
        height,
        hot_x: hot_x.min(width - 1),
        hot_y: hot_y.min(height - 1),
        pixels,
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::display::wire::Hidden;

    fn greeted() -> Checker {
        let mut checker = Checker::default();
        assert_eq!(checker.check(News::Hello { version: VERSION }), Ok(None));
        checker
    }

    fn surface(head: u32) -> News {
        News::Surface {
            head,
            width: 100,
            height: 50,
            stride: 400,
        }
    }

    fn rect(x: u32, y: u32, width: u32, height: u32) -> Rect {
        Rect { x, y, width, height }
    }

    #[test]
    fn a_helper_greets_once_and_with_our_version() {
        assert!(Checker::default().check(News::Bell).is_err());
        assert!(Checker::default().check(News::Hello { version: VERSION + 1 }).is_err());
        assert!(greeted().check(News::Hello { version: VERSION }).is_err());
        assert_eq!(greeted().check(News::Bell), Ok(Some(News::Bell)));
    }

    #[test]
    fn damage_is_clipped_to_its_surface() {
        let mut checker = greeted();
        let damage = |rects| News::Damage { head: 1, rects };
        assert_eq!(checker.check(damage(vec![rect(0, 0, 1, 1)])), Ok(None));
        assert!(checker.check(surface(1)).is_ok());
        let rects = vec![
            rect(90, 40, 20, 20),
            rect(100, 0, 5, 5),
            rect(u32::MAX, u32::MAX, u32::MAX, u32::MAX),
            rect(1, 1, 2, 2),
        ];
        assert_eq!(
            checker.check(damage(rects)),
            Ok(Some(damage(vec![rect(90, 40, 10, 10), rect(1, 1, 2, 2)])))
        );
        assert!(checker.check(damage(vec![rect(0, 0, 1, 1); MOST_RECTS + 1])).is_err());
        assert!(checker.check(News::HeadGone { head: 1 }).is_ok());
        assert_eq!(checker.check(News::HeadGone { head: 1 }), Ok(None), "late, not wrong");
    }

    #[test]
    fn connections_without_end_are_refused() {
        let mut checker = greeted();
        let wanted = || News::NeedSocket {
            token: 1,
            channel: "playback".to_owned(),
            tls: false,
        };
        for _ in 0..MOST_SOCKETS {
            assert!(checker.check(wanted()).is_ok());
        }
        assert!(checker.check(wanted()).is_err());
    }

    #[test]
    fn surfaces_beyond_the_last_are_refused() {
        assert!(greeted().check(surface(MOST_HEADS)).is_err());
    }

    #[test]
    fn pointers_must_fill_their_size_and_point_inside() {
        let shape = |width, height, pixels| {
            News::Cursor(Cursor::Shape {
                width,
                height,
                hot_x: 900,
                hot_y: 0,
                pixels: vec![0; pixels],
            })
        };
        assert!(greeted().check(shape(LARGEST_CURSOR + 1, 1, 4 * 513)).is_err());
        assert!(greeted().check(shape(2, 2, 15)).is_err());
        assert!(greeted().check(shape(0, 2, 0)).is_err());
        let Ok(Some(News::Cursor(Cursor::Shape { hot_x, .. }))) = greeted().check(shape(2, 2, 16)) else {
            panic!("a good shape passes");
        };
        assert_eq!(hot_x, 1);
    }

    #[test]
    fn endless_texts_are_cut_and_lose_what_moves_others() {
        let name = format!("\u{202e}a\u{7}{}", "x".repeat(5000));
        let Ok(Some(News::Name(name))) = greeted().check(News::Name(name)) else {
            panic!("a name passes");
        };
        assert!(name.starts_with("axx"));
        assert_eq!(name.chars().count(), LONGEST_TEXT);
        let long = News::ClipboardText(Hidden("x".repeat(LONGEST_CLIPBOARD + 1)));
        assert!(greeted().check(long).is_err());
    }
}
