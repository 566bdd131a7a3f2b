//! Keys for a machine that nobody presses: the menu of combinations, macros of the user's own, and texts as keystrokes.
//!
//! They go the way that the page says ([`SendKey::set_display`]): through the open display, or through libvirt where none is
//! open, so that the menu works beside a text console, too.

mod editor;
mod layouts;
mod macros;
mod menu;
mod road;
mod run;
mod type_text;

use std::cell::{Cell, RefCell};
use std::rc::Rc;

use gtk::prelude::*;
use gtk::{gio, glib};
use relm4::gtk;

use self::road::Road;
use self::run::Run;
use crate::i18n::{tr, tr_f};
use crate::model::display::keys::{Combination, Macro, Script, Stroke};
use crate::model::display::wire::Request;
use crate::model::error::VirtError;
use crate::model::key::DomainKey;
use crate::ui::actions::Surroundings;
use crate::ui::core::{Core, Subscription};
use crate::ui::{errors, text};

/// Name of the actions' group.
pub const GROUP: &str = "send-key";
/// Steps of a macro in a second: programs need a moment to follow, and so do screens that switch.
const STEPS: u32 = 5;

/// What takes the keys for an open display.
pub type Sink = Rc<dyn Fn(Request)>;

/// The keys of one machine. Cheap to clone.
#[derive(Clone)]
pub struct SendKey(Rc<Inner>);

struct Inner {
    core: Core,
    key: DomainKey,
    display: RefCell<Option<Sink>>,
    view_only: Cell<bool>,
    group: gio::SimpleActionGroup,
    menu: gio::Menu,
    /// The part of the menu with the user's macros.
    own: gio::Menu,
    run: Run,
    /// Where dialogs open: the widget that has the actions.
    place: glib::WeakRef<gtk::Widget>,
    subscription: RefCell<Option<Subscription>>,
    handler: Cell<Option<glib::SignalHandlerId>>,
}

impl Drop for Inner {
    fn drop(&mut self) {
        if let Some(handler) = self.handler.take() {
            self.core.settings().backend().disconnect(handler);
        }
    }
}

impl SendKey {
    /// The keys of a machine; until a display is given they go through libvirt.
    #[must_use]
    pub fn new(core: &Core, key: DomainKey) -> Self {
        let own = gio::Menu::new();
        let inner = Rc::new(Inner {
            core: core.clone(),
            key,
            display: RefCell::default(),
            view_only: Cell::new(false),
            group: gio::SimpleActionGroup::new(),
            menu: menu::model(&own),
            own,
            run: Run::new(),
            place: glib::WeakRef::new(),
            subscription: RefCell::default(),
            handler: Cell::default(),
        });
        let this = Self(inner);
        this.add_actions();
        this.follow();
        this.refresh_macros();
        this.refresh();
        this
    }

    /// The menu, for a menu button or a submenu below the widget that was given to [`SendKey::install`].
    #[must_use]
    pub fn menu(&self) -> &gio::Menu {
        &self.0.menu
    }

    /// Gives `widget` and what is in it the actions of the menu. Dialogs open over its window.
    pub fn install(&self, widget: &impl IsA<gtk::Widget>) {
        widget.as_ref().insert_action_group(GROUP, Some(&self.0.group));
        self.0.place.set(Some(widget.as_ref()));
    }

    /// A line that slides in while something is being typed, with its progress and *Stop*. For the page, above or below
    /// the screen.
    #[must_use]
    pub fn progress(&self) -> &gtk::Revealer {
        self.0.run.widget()
    }

    /// Says where keys go: to an open display, or through libvirt (`None`). What is being typed stops there.
    pub fn set_display(&self, display: Option<Sink>) {
        if display.is_none() && self.0.display.borrow().is_none() {
            return;
        }
        let before = self.0.display.replace(display);
        self.0.run.interrupt(&if before.is_some() {
            tr("The display was closed")
        } else {
            tr("The display was opened")
        });
        self.refresh();
    }

    /// Whether nothing may be sent: the user only looks.
    pub fn set_view_only(&self, view_only: bool) {
        self.0.view_only.set(view_only);
        if view_only {
            self.0.run.stop();
        }
        self.refresh();
    }

    /// Whether something is being typed.
    #[must_use]
    pub fn is_typing(&self) -> bool {
        self.0.run.is_running()
    }

    /// Sends one combination.
    pub fn send(&self, combination: &Combination) {
        let stroke = Stroke::from(combination);
        let (this, road) = (self.clone(), self.road());
        if let Some(road) = road {
            glib::spawn_future_local(async move {
                if let Err(error) = road.send(&stroke).await {
                    this.tell(&error);
                }
            });
        }
    }

    /// Sends a macro, step by step.
    pub fn send_macro(&self, own: &Macro) {
        match own.steps.as_slice() {
            [only] => self.send(only),
            _ => self.run(
                Script::from(own),
                STEPS,
                &tr_f("Sending “{name}”…", &[("name", &own.name)]),
            ),
        }
    }

    /// Types a prepared text, so many characters in a second.
    pub fn type_script(&self, script: Script, speed: u32) {
        self.run(script, speed, &tr("Typing…"));
    }

    /// Opens the dialog that types a text, with that of the clipboard.
    pub fn ask_text(&self) {
        if let Some(place) = self.0.place.upgrade() {
            type_text::open(&place, self);
        }
    }

    /// Opens the dialog of the user's macros.
    pub fn edit_macros(&self) {
        if let Some(place) = self.0.place.upgrade() {
            macros::open(&place, &self.0.core);
        }
    }

    fn run(&self, script: Script, speed: u32, title: &str) {
        let Some(road) = self.road() else { return };
        // What is typed must not outlive the page: nobody could stop it.
        let weak = Rc::downgrade(&self.0);
        self.0.run.begin(road, script, speed, title, move |error| {
            if let Some(inner) = weak.upgrade() {
                Self(inner).tell(&error);
            }
        });
        self.refresh();
    }

    /// The way that keys take now; `None` if there is none.
    fn road(&self) -> Option<Road> {
        let inner = &self.0;
        if inner.view_only.get() || inner.core.settings().console_settings(inner.key).view_only {
            return None;
        }
        if let Some(display) = inner.display.borrow().clone() {
            return Some(Road::Display(display));
        }
        let store = inner.core.store();
        let host = store.host(inner.key.host)?;
        let active = store.domain(inner.key).is_some_and(|domain| domain.state.is_active());
        if !active || !host.status.is_connected() || Surroundings::of(host).read_only {
            return None;
        }
        let client = inner.core.client(inner.key.host)?;
        Some(Road::Host(client, inner.key.uuid))
    }

    fn tell(&self, error: &VirtError) {
        let Some(place) = self.0.place.upgrade() else {
            return;
        };
        let (host, name) = {
            let store = self.0.core.store();
            let name = store.domain(self.0.key).map(|domain| text::name(&domain.name));
            (
                store.host(self.0.key.host).map(|host| host.config.clone()),
                name.unwrap_or_default(),
            )
        };
        let title = Some(tr_f("The keys could not be sent to {name}", &[("name", &name)]));
        let context = errors::Context {
            host,
            title,
            ..errors::Context::default()
        };
        errors::show(&place, None, error, context);
    }

    fn add_actions(&self) {
        let weak = Rc::downgrade(&self.0);
        let add = |name: &str, parameter: Option<&glib::VariantTy>, act: fn(&Self, Option<&glib::Variant>)| {
            let action = gio::SimpleAction::new(name, parameter);
            let weak = weak.clone();
            action.connect_activate(move |_, target| {
                if let Some(inner) = weak.upgrade() {
                    act(&Self(inner), target);
                }
            });
            self.0.group.add_action(&action);
        };
        add("combination", Some(glib::VariantTy::STRING), |this, target| {
            let combination = target.and_then(glib::Variant::str).map(str::parse::<Combination>);
            if let Some(Ok(combination)) = combination {
                this.send(&combination);
            }
        });
        add("macro", Some(glib::VariantTy::UINT32), |this, target| {
            let at = target.and_then(glib::Variant::get::<u32>).unwrap_or(u32::MAX);
            if let Some(own) = this.0.core.settings().macros().get(at as usize) {
                this.send_macro(own);
            }
        });
        add("edit-macros", None, |this, _| this.edit_macros());
        add("type-text", None, |this, _| this.ask_text());
        add("stop", None, |this, _| this.0.run.stop());
    }

    /// Follows the machine and the macros for as long as the keys are there.
    fn follow(&self) {
        let weak = Rc::downgrade(&self.0);
        let key = self.0.key;
        let subscription = self.0.core.subscribe(move |_, changes| {
            let ours =
                changes.changed.contains_key(&key) || changes.removed.contains(&key) || changes.added.contains(&key);
            if (ours || changes.hosts.contains(&key.host))
                && let Some(inner) = weak.upgrade()
            {
                Self(inner).refresh();
            }
        });
        self.0.subscription.replace(Some(subscription));
        let weak = Rc::downgrade(&self.0);
        let handler = self.0.core.settings().connect_changed("key-macros", move || {
            if let Some(inner) = weak.upgrade() {
                Self(inner).refresh_macros();
            }
        });
        self.0.handler.set(Some(handler));
        let weak = Rc::downgrade(&self.0);
        self.0.run.connect_ended(move || {
            if let Some(inner) = weak.upgrade() {
                Self(inner).refresh();
            }
        });
    }

    fn refresh_macros(&self) {
        menu::fill_own(&self.0.own, &self.0.core.settings().macros());
    }

    /// Lets be chosen what can be sent now.
    fn refresh(&self) {
        let open = self.road().is_some();
        if !open {
            self.0.run.interrupt(&tr("The machine takes no more keys"));
        }
        let running = self.0.run.is_running();
        for (name, enabled) in [
            ("combination", open),
            ("macro", open && !running),
            ("type-text", open && !running),
            ("stop", running),
        ] {
            let action = self.0.group.lookup_action(name).and_downcast::<gio::SimpleAction>();
            if let Some(action) = action.filter(|action| action.is_enabled() != enabled) {
                action.set_enabled(enabled);
            }
        }
    }
}
