//! How a screen is opened: the way there, the login, the time limit, and the end.

use std::rc::Rc;
use std::time::{Duration, Instant};

use gtk::glib;
use relm4::{ComponentSender, gtk};

use super::doors::{Found, Open, Way};
use super::login::Answer;
use super::phase::{Ask, PATIENCE, Past, Phase};
use super::trouble::{Remedy, Trouble};
use super::{DisplayMsg, DisplayOutput, DisplayPage, Login, trouble};
use crate::model::credential::{CredentialKind, CredentialPrompt, CredentialQuestion, Secret};
use crate::model::display::wire::{Abilities, Hidden, Protocol, Request};
use crate::ui::keyring;
use crate::ui::vm::console::text::text_consoles;

impl DisplayPage {
    /// Opens the screen. What was open is closed.
    pub(super) fn connect(&mut self, sender: &ComponentSender<Self>) {
        self.close();
        self.attempt += 1;
        self.began = Instant::now();
        self.past = Past {
            instance: self.situation().instance,
            host_lost: false,
            ..self.past
        };
        self.phase = Phase::Opening;
        self.login.looked_up = false;
        self.seen = false;
        let attempt = self.attempt;
        self.after(PATIENCE, DisplayMsg::TimeOver(attempt), sender);
        let found = self.doors.way(&self.core, self.key, self.index);
        let input = sender.input_sender().clone();
        self.tasks.push(glib::spawn_future_local(async move {
            let found = found.await;
            input.emit(DisplayMsg::Found(attempt, Box::new(found)));
        }));
    }

    /// Closes the screen and forgets what was under way.
    pub(super) fn close(&mut self) {
        for task in self.tasks.drain(..) {
            task.abort();
        }
        self.stop_timer();
        self.line.set(None);
        self.heads.clear();
        if self.connected.is_some() {
            self.keys.set_display(None);
        }
        self.abilities = Abilities::default();
        self.exchange.set_possible(false);
        if self
            .connected
            .take()
            .is_some_and(|since| since.elapsed() >= super::phase::GOOD)
        {
            self.past.tries = 0;
        }
        self.phase = Phase::Idle;
    }

    /// Says whether anybody looks: here, or at a further screen.
    pub(super) fn tell_hidden(&self) {
        let looked_at = self.shown || !self.heads.is_empty();
        self.line.send(Request::Hidden(!looked_at));
    }

    pub(super) fn stop_timer(&mut self) {
        self.waiting = false;
        if let Some(timer) = self.timer.take() {
            timer.abort();
        }
    }

    pub(super) fn after(&mut self, wait: Duration, message: DisplayMsg, sender: &ComponentSender<Self>) {
        if let Some(timer) = self.timer.take() {
            timer.abort();
        }
        let input = sender.input_sender().clone();
        self.timer = Some(glib::spawn_future_local(async move {
            glib::timeout_future(wait).await;
            input.emit(message);
        }));
    }

    /// The way was found, or why there is none.
    pub(super) fn found(&mut self, found: Found, sender: &ComponentSender<Self>) {
        let _ = sender.output(DisplayOutput::Reasons(found.reasons));
        match found.way {
            Ok(way) => self.open(way, sender),
            Err(trouble) => self.fail(trouble),
        }
    }

    fn open(&mut self, way: Way, sender: &ComponentSender<Self>) {
        self.past.exclusive = way.protocol == Protocol::Spice;
        let wishes = self.wishes();
        let own = self.core.settings().console_settings(self.key);
        let given = self.login.given.as_ref();
        let typed = given.map(|answer| answer.password.clone());
        let open = Open {
            protocol: way.protocol,
            route: way.route,
            tls: way.tls,
            user: given.and_then(|answer| answer.user.clone()),
            password: typed.or(way.password).map(|secret| Hidden(secret.0.clone())),
            shared: true,
            clipboard: wishes.clipboard.to_guest() || wishes.clipboard.from_guest(),
            sound: wishes.sound,
            microphone: own.microphone,
            smartcard: own.smartcard,
            folder: own.folder.map(|folder| (folder, !own.folder_writable)),
            usb_auto: wishes.usb_auto && !wishes.view_only,
        };
        self.with_clipboard = open.clipboard;
        let link = match self.doors.open(open, way.socket) {
            Ok(link) => link,
            Err(error) => return self.fail(trouble::of_start(&error)),
        };
        let news = link.news();
        self.line.set(Some(link));
        self.tell_hidden();
        self.phase = Phase::Connecting;
        let (attempt, input) = (self.attempt, sender.input_sender().clone());
        self.tasks.push(glib::spawn_future_local(async move {
            while let Ok(piece) = news.recv().await {
                input.emit(DisplayMsg::News(attempt, piece));
            }
        }));
    }

    /// It did not work, or does not any more.
    pub(super) fn fail(&mut self, trouble: Trouble) {
        tracing::info!(uuid = %self.key.uuid, reason = %trouble.title, "screen not connected");
        self.close();
        self.phase = Phase::Failed(self.with_text_console(trouble));
    }

    /// The text console is a way out where there is one.
    pub(super) fn with_text_console(&self, trouble: Trouble) -> Trouble {
        let has_text = {
            let store = self.core.store();
            let details = store.domain(self.key).and_then(|domain| domain.details.clone());
            details.is_some_and(|details| !text_consoles(&details.consoles).is_empty())
        };
        if has_text && !trouble.calm {
            return trouble.with(Remedy::UseText);
        }
        trouble
    }

    pub(super) fn time_over(&mut self, sender: &ComponentSender<Self>) {
        let way_open = match self.phase {
            Phase::Opening => false,
            Phase::Connecting => true,
            Phase::Connected if self.seen => return,
            // Nobody has asked the server for a picture yet.
            Phase::Connected if !self.shown => return self.after(PATIENCE, DisplayMsg::TimeOver(self.attempt), sender),
            Phase::Connected => true,
            _ => return,
        };
        self.fail(trouble::of_patience(way_open));
        let cause = self.doors.cause(&self.core, self.key, self.index);
        let (attempt, input) = (self.attempt, sender.input_sender().clone());
        self.tasks.push(glib::spawn_future_local(async move {
            if let Some(trouble) = cause.await {
                input.emit(DisplayMsg::Cause(attempt, trouble));
            }
        }));
    }

    /// The server let us in.
    pub(super) fn let_in(&mut self, security: &str, sender: &ComponentSender<Self>) {
        // Until the first picture: a server may fall silent after the login, too.
        if self.seen {
            self.stop_timer();
        } else {
            self.after(PATIENCE, DisplayMsg::TimeOver(self.attempt), sender);
        }
        self.phase = Phase::Connected;
        self.connected = Some(Instant::now());
        self.past.was_connected = true;
        let line = self.line.clone();
        self.keys.set_display(Some(Rc::new(move |request| line.send(request))));
        let ms = self.began.elapsed().as_millis();
        tracing::info!(uuid = %self.key.uuid, ms, security, "screen connected");
        // Only what was right is worth to be kept.
        if let Some(answer) = self.login.given.as_mut().filter(|answer| answer.remember) {
            answer.remember = false;
            let mut secrets = vec![answer.password.clone()];
            if let Some(user) = &answer.user {
                secrets.insert(0, Secret(user.clone()));
            }
            let question = self.question(self.login.user, 1);
            glib::spawn_future_local(async move {
                if !keyring::store(&question, &secrets).await {
                    tracing::warn!("the password of a screen could not be stored");
                }
            });
        }
    }

    /// The server asks who we are. The keyring is asked first, and the user if that does not know or was wrong.
    pub(super) fn asked(&mut self, ask: Ask, sender: &ComponentSender<Self>) {
        self.stop_timer();
        self.login.user = ask.user;
        let wrong = ask.wrong;
        self.phase = Phase::Asking(ask);
        if wrong || self.login.looked_up {
            return;
        }
        self.login.looked_up = true;
        let question = self.question(self.login.user, 1);
        let (attempt, input) = (self.attempt, sender.input_sender().clone());
        self.tasks.push(glib::spawn_future_local(async move {
            let known = keyring::lookup(&question).await;
            input.emit(DisplayMsg::Remembered(attempt, known));
        }));
    }

    pub(super) fn remembered(&mut self, secrets: Option<Vec<Secret>>, sender: &ComponentSender<Self>) {
        if !matches!(self.phase, Phase::Asking(_)) {
            return;
        }
        let Some(mut secrets) = secrets else { return };
        let Some(password) = secrets.pop() else { return };
        let user = secrets.pop().map(|user| user.0.clone());
        self.answered(
            Answer {
                user,
                password,
                remember: false,
            },
            sender,
        );
    }

    pub(super) fn answered(&mut self, answer: Answer, sender: &ComponentSender<Self>) {
        let Phase::Asking(ask) = &self.phase else { return };
        let anew = ask.anew;
        let request = Request::Credentials {
            user: answer.user.clone(),
            password: Some(Hidden(answer.password.0.clone())),
        };
        self.login.given = Some(answer);
        if anew {
            self.connect(sender);
            return;
        }
        self.phase = Phase::Connecting;
        self.after(PATIENCE, DisplayMsg::TimeOver(self.attempt), sender);
        self.line.send(request);
    }

    /// The login was refused and the server has hung up.
    pub(super) fn refused(&mut self, reason: String) {
        let ask = Ask {
            user: self.login.user,
            password: true,
            wrong: true,
            reason: (!reason.is_empty()).then_some(reason),
            anew: true,
        };
        let user = self.login.user;
        self.close();
        self.login = Login {
            user,
            ..Login::default()
        };
        self.phase = Phase::Asking(ask);
    }

    /// How the keyring knows this screen: by host, machine, and protocol.
    fn question(&self, user: bool, attempt: u32) -> CredentialQuestion {
        let uri = {
            let store = self.core.store();
            store
                .host(self.key.host)
                .map(|host| host.config.uri.clone())
                .unwrap_or_default()
        };
        let prompt = |kind, prompt: &str| CredentialPrompt {
            kind,
            prompt: prompt.to_owned(),
            challenge: None,
            default: None,
        };
        let mut prompts = vec![prompt(CredentialKind::Passphrase, "password")];
        if user {
            prompts.insert(0, prompt(CredentialKind::UserName, "user"));
        }
        let protocol = if self.past.exclusive { "spice" } else { "vnc" };
        CredentialQuestion {
            host: Some(self.key.host),
            origin: format!("{uri} {} {protocol}", self.key.uuid),
            prompts,
            attempt,
            reply: async_channel::bounded(1).0,
        }
    }
}
