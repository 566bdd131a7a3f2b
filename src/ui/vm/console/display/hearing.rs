//! What a display tells, and what becomes of it.

use gtk::glib;
use gtk::prelude::*;
use relm4::{ComponentSender, adw, gtk};

use super::phase::{Ask, Phase};
use super::view::View;
use super::{DisplayPage, trouble};
use crate::i18n::{tr, tr_f};
use crate::model::display::wire::{End, News, Request};
use crate::ui::text;
use crate::virt::client::DisplayNews;

impl DisplayPage {
    /// Takes news. Whether the page may have to look different after it.
    pub(super) fn hear(&mut self, news: DisplayNews, view: &View, sender: &ComponentSender<Self>) -> bool {
        match news {
            DisplayNews::Surface { head: 0, picture } => {
                let first = view.screen.picture_size().is_none();
                view.screen.set_picture(picture);
                if self.phase == Phase::Connected {
                    self.stop_timer();
                }
                if !std::mem::replace(&mut self.seen, true) {
                    // The guest of this connection has not heard the size of the window yet.
                    view.screen.ask_size_anew();
                }
                if first {
                    let ms = self.began.elapsed().as_millis();
                    tracing::info!(uuid = %self.key.uuid, ms, "screen shown");
                }
                true
            }
            DisplayNews::Surface { head, picture } => {
                self.heads.set_picture(head, picture);
                false
            }
            DisplayNews::News(news) => self.hear_news(news, view, sender),
        }
    }

    fn hear_news(&mut self, news: News, view: &View, sender: &ComponentSender<Self>) -> bool {
        match news {
            News::Damage { head: 0, rects } => view.screen.damage(&rects),
            News::Damage { head, rects } => {
                if !self.heads.damage(head, &rects) {
                    self.line.send(Request::Drawn { head });
                }
            }
            News::Cursor(cursor) => {
                view.screen.set_cursor_shape(&cursor);
                self.heads.each(|screen| screen.set_cursor_shape(&cursor));
            }
            News::CursorAt { head: 0, x, y } => view.screen.cursor_at(x, y),
            News::PointerMode { absolute } => {
                view.screen.set_pointer_mode(absolute);
                self.heads.each(|screen| screen.set_pointer_mode(absolute));
            }
            News::Locks(locks) => view.screen.set_locks(Some(locks)),
            News::Bell => {
                if let Some(surface) = view.screen.native().and_then(|native| native.surface()) {
                    surface.beep();
                }
            }
            News::Abilities(abilities) => {
                self.abilities = abilities;
                self.exchange.set_possible(abilities.clipboard);
                return true;
            }
            news @ (News::ClipboardOffered | News::ClipboardGone | News::ClipboardText(_) | News::ClipboardWanted) => {
                self.exchange.hear(&news)
            }
            News::FilesProgress { id, done, total } => view.transfers.moved(id, done, total),
            News::FilesDone { id, error } => files_done(id, error, view),
            News::UsbDevices(devices) => self.usb.set_devices(devices),
            News::UsbFailed { id, error } => self.usb.failed(&id, &error),
            News::NeedSocket { token, channel, tls } => self.need_socket(token, channel, tls),
            news => return self.hear_standing(news, sender),
        }
        false
    }

    /// News about the connection itself.
    fn hear_standing(&mut self, news: News, sender: &ComponentSender<Self>) -> bool {
        match news {
            News::NeedCredentials {
                user,
                password,
                attempt,
                reason,
            } => {
                // A password that is known was tried before; the one in the keyring was not.
                let ask = Ask {
                    user,
                    password,
                    wrong: attempt > 1 || self.login.given.is_some(),
                    reason: reason.map(|reason| text::one_line(&reason, 300).into_owned()),
                    anew: false,
                };
                self.asked(ask, sender);
            }
            News::Connected { security } => self.let_in(&security, sender),
            News::Ended(End::Refused(reason)) => self.refused(text::one_line(&reason, 300).into_owned()),
            News::Ended(end) => self.fail(trouble::of_end(&end)),
            _ => return false,
        }
        true
    }

    fn need_socket(&mut self, token: u64, channel: String, tls: bool) {
        let Some(link) = self.line.link() else { return };
        let socket = self.doors.socket(&self.core, self.key, self.index, channel, tls);
        self.tasks.push(glib::spawn_future_local(async move {
            link.send_socket(token, socket.await);
        }));
    }
}

fn files_done(id: u64, error: Option<String>, view: &View) {
    if !view.transfers.end(id) {
        return;
    }
    let words = match error {
        None => tr("The files are in the guest"),
        Some(reason) => {
            let reason = text::one_line(&reason, 200);
            tr_f("The files could not be sent: {reason}", &[("reason", reason.as_ref())])
        }
    };
    view.toasts.add_toast(toast(&words));
}

/// A message of a moment; its words are no markup.
pub(super) fn toast(words: &str) -> adw::Toast {
    adw::Toast::new(&glib::markup_escape_text(words))
}
