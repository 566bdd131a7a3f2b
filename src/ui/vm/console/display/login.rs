//! The form that asks for the user name and the password of a display, inside its page.

use adw::prelude::*;
use gtk::glib;
use relm4::{adw, gtk};

use super::phase::Ask;
use crate::i18n::tr;
use crate::model::credential::Secret;
use crate::ui::message;

/// What was typed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Answer {
    /// User name, if one was asked for.
    pub user: Option<String>,
    /// Password.
    pub password: Secret,
    /// Keep it in the keyring.
    pub remember: bool,
}

/// The form.
pub struct Login {
    root: adw::StatusPage,
    user: adw::EntryRow,
    password: adw::PasswordEntryRow,
    remember: gtk::Switch,
    connect: gtk::Button,
}

impl Login {
    /// An empty form; `answered` gets what was typed.
    pub fn new(answered: impl Fn(Answer) + Clone + 'static) -> Self {
        let user = adw::EntryRow::builder().title(tr("User name")).build();
        let password = adw::PasswordEntryRow::builder().title(tr("Password")).build();
        let remember = gtk::Switch::builder().valign(gtk::Align::Center).build();
        let remember_row = adw::ActionRow::builder()
            .title(tr("Remember in the keyring"))
            .activatable_widget(&remember)
            .build();
        remember_row.add_suffix(&remember);
        let rows = message::rows(&tr("Login to the screen"));
        rows.append(&user);
        rows.append(&password);
        rows.append(&remember_row);
        let connect = gtk::Button::builder()
            .label(tr("Connect"))
            .halign(gtk::Align::Center)
            .css_classes(["pill", "suggested-action"])
            .build();
        let form = gtk::Box::new(gtk::Orientation::Vertical, 18);
        form.append(&rows);
        form.append(&connect);
        let clamp = adw::Clamp::builder().maximum_size(380).child(&form).build();
        let root = adw::StatusPage::builder()
            .icon_name("dialog-password-symbolic")
            .child(&clamp)
            .vexpand(true)
            .build();
        let this = Self {
            root,
            user,
            password,
            remember,
            connect,
        };
        this.wire(answered);
        this
    }

    fn wire(&self, answered: impl Fn(Answer) + Clone + 'static) {
        let (user, password) = (self.user.downgrade(), self.password.downgrade());
        let remember = self.remember.downgrade();
        let send = move || {
            let (Some(user), Some(password)) = (user.upgrade(), password.upgrade()) else {
                return;
            };
            let Some(remember) = remember.upgrade() else { return };
            let answer = Answer {
                user: user.get_visible().then(|| user.text().into()),
                password: Secret(password.text().into()),
                remember: remember.is_active(),
            };
            password.set_text("");
            answered(answer);
        };
        let clicked = send.clone();
        self.connect.connect_clicked(move |_| clicked());
        let entered = send.clone();
        self.password.connect_entry_activated(move |_| entered());
        let password = self.password.downgrade();
        self.user.connect_entry_activated(move |_| {
            if let Some(password) = password.upgrade().filter(WidgetExt::get_visible) {
                password.grab_focus();
            } else {
                send();
            }
        });
    }

    /// The widget.
    #[must_use]
    pub fn widget(&self) -> &adw::StatusPage {
        &self.root
    }

    /// Puts a question.
    pub fn ask(&self, ask: &Ask, machine: &str) {
        // The title is no markup, the description is.
        let title = if ask.wrong {
            tr("That was not right")
        } else {
            tr("The screen is protected")
        };
        self.root.set_title(&title);
        let mut body = match (ask.wrong, ask.user, ask.password) {
            (true, ..) => tr("The display server has refused the login. Try again."),
            (_, true, true) => tr("User name and password of this machine's display"),
            (_, true, false) => tr("User name of this machine's display"),
            _ => tr("Password of this machine's display"),
        };
        if let Some(reason) = &ask.reason {
            body = format!("{body}\n{reason}");
        }
        self.root.set_description(Some(&glib::markup_escape_text(&body)));
        self.user.set_visible(ask.user);
        self.password.set_visible(ask.password || !ask.user);
        self.root.update_property(&[gtk::accessible::Property::Label(machine)]);
    }

    /// Lets the user type at once.
    pub fn focus(&self) {
        if self.user.get_visible() && self.user.text().is_empty() {
            self.user.grab_focus();
        } else {
            self.password.grab_focus();
        }
    }
}
