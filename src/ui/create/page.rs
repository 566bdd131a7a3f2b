//! The page: what its rows and buttons do.

use std::cell::{Cell, RefCell};
use std::rc::Rc;
use std::time::Duration;

use gtk4 as gtk;
use gtk4::prelude::*;

use super::asking::Open;
use super::desk::Desk;
use super::preview;
use super::view::View;
use crate::i18n::tr;
use crate::model::creation::ImageRef;
use crate::model::creation::sheet::{Begin, Customised};
use crate::model::error::VirtError;
use crate::model::hardware::{Button, PathKind};
use crate::model::key::HostId;
use crate::model::schema::DocumentKind;
use crate::model::xml::Refused;
use crate::model::xml::domain::Domain;
use crate::ui::core::{Core, Subscription};
use crate::ui::hardware::row::RowEvent;
use crate::ui::hardware::source::SourceWindow;
use crate::ui::storage::chooser::{self, Choice, Purpose, Request};
use crate::ui::{errors, hardware};

/// How long the user stops typing before the host is asked and images are looked at.
const PAUSE: Duration = Duration::from_millis(350);

/// Says in the log when the window has drawn itself for the first time, and calls `shown` then.
fn when_shown(window: &libadwaita::Window, shown: impl Fn() + Clone + 'static) {
    let begun = std::time::Instant::now();
    window.connect_map(move |window| {
        let Some(clock) = window.frame_clock() else { return };
        let (told, shown) = (Cell::new(false), shown.clone());
        clock.connect_after_paint(move |_| {
            if !told.replace(true) {
                tracing::info!(ms = begun.elapsed().as_millis(), "create page shown");
                glib::idle_add_local_once(shown.clone());
            }
        });
    });
}

/// The page. It lives as long as its window, or as the work that it has begun.
pub struct CreatePage {
    pub(super) core: Core,
    pub(super) view: View,
    pub(super) desk: RefCell<Desk>,
    pub(super) pause: RefCell<Option<glib::JoinHandle<()>>>,
    pub(super) failure: RefCell<Option<VirtError>>,
    /// What is being found out that may change the plan.
    pub(super) open: Open,
    /// The first frame was drawn. Nothing is asked before: what is answered would be shown first, and hold that up.
    pub(super) is_shown: Cell<bool>,
    /// The machine is to be made as soon as they are there.
    pub(super) is_wanted: Cell<bool>,
    /// Its job goes on, and so the page stays until it is known what comes of it.
    pub(super) is_working: Cell<bool>,
    subscription: RefCell<Option<Subscription>>,
}

impl CreatePage {
    /// Opens it.
    pub fn open(parent: &gtk::Window, core: &Core, host: Option<HostId>) -> Rc<Self> {
        let this = Rc::new_cyclic(|weak: &std::rc::Weak<Self>| {
            let (rows, tiles, details) = (weak.clone(), weak.clone(), weak.clone());
            let view = View::new(
                parent,
                move |row, event| {
                    // The form is shown anew by what a row says, and may lose that row: not while it speaks.
                    let (rows, row) = (rows.clone(), row.to_owned());
                    glib::idle_add_local_full(glib::Priority::DEFAULT, {
                        let mut event = Some(event);
                        move || {
                            if let (Some(this), Some(event)) = (rows.upgrade(), event.take()) {
                                this.said(&row, event);
                            }
                            glib::ControlFlow::Break
                        }
                    });
                },
                move |begin| {
                    if let Some(this) = tiles.upgrade() {
                        this.begin(begin);
                    }
                },
                move || {
                    if let Some(this) = details.upgrade() {
                        this.show_failure();
                    }
                },
            );
            Self {
                core: core.clone(),
                view,
                desk: RefCell::new(Desk::new(&glib::user_name().to_string_lossy())),
                pause: RefCell::default(),
                failure: RefCell::default(),
                open: Open::default(),
                is_shown: Cell::new(false),
                is_wanted: Cell::new(false),
                is_working: Cell::new(false),
                subscription: RefCell::default(),
            }
        });
        this.connect();
        this.choose_first_host(host);
        this.refresh();
        let weak = Rc::downgrade(&this);
        when_shown(&this.view.window, move || {
            if let Some(this) = weak.upgrade().filter(|this| !this.is_shown.replace(true)) {
                this.read_once();
                this.read_host();
            }
        });
        this.view.window.present();
        this.view.tiles.focus();
        this
    }

    fn connect(self: &Rc<Self>) {
        let act = |act: fn(&Rc<Self>)| {
            let weak = Rc::downgrade(self);
            move || {
                if let Some(this) = weak.upgrade() {
                    act(&this);
                }
            }
        };
        let close = act(|this| this.view.window.close());
        self.view.cancel.connect_clicked(move |_| close());
        let create = act(Self::create);
        self.view.create.connect_clicked(move |_| create());
        self.view.window.set_default_widget(Some(&self.view.create));
        self.view.foot.connect(
            act(Self::go_to_hurdle),
            act(Self::edit_xml),
            act(Self::customise),
            act(Self::start_over),
        );
        hardware::escape(&self.view.window);
        let weak = Rc::downgrade(self);
        let subscription = self.core.subscribe(move |_, changes| {
            if let Some(this) = weak.upgrade() {
                this.follow(changes);
            }
        });
        self.subscription.replace(Some(subscription));
        let own = RefCell::new(Some(self.clone()));
        self.view.window.connect_destroy(move |_| {
            if let Some(this) = own.take() {
                this.subscription.take();
                if let Some(pause) = this.pause.take() {
                    pause.abort();
                }
            }
        });
        self.connect_work();
        self.accept_files();
    }

    /// Plans anew and shows what came of it.
    pub(super) fn refresh(&self) {
        self.desk.borrow_mut().plan_anew();
        self.view.show(&self.desk, self.is_wanted.get());
    }

    /// Where what stands in the way is put right; a host that didn't answer is asked again.
    fn go_to_hurdle(self: &Rc<Self>) {
        let is_refused = self.desk.borrow().world.refusal.is_some();
        if is_refused {
            self.desk.borrow_mut().world.refusal = None;
            self.read_host();
            self.refresh();
        }
        self.view.go_to_hurdle();
    }

    /// Who goes on with the page has not ordered what it said before.
    pub(super) fn take_back_order(&self) {
        if self.is_wanted.replace(false) {
            self.refresh();
        }
    }

    fn begin(self: &Rc<Self>, begin: Begin) {
        self.take_back_order();
        {
            let mut desk = self.desk.borrow_mut();
            desk.sheet.begin = begin;
            desk.sheet.customised = None;
            desk.asked.clear();
        }
        self.view.forget_rows();
        self.refresh();
        self.think_soon();
    }

    fn said(self: &Rc<Self>, row: &str, event: RowEvent) {
        // What the row shows is heard before anything is shown anew.
        if !matches!(event, RowEvent::Set(_)) {
            self.take_back_order();
        }
        self.is_wanted.set(false);
        match event {
            RowEvent::Set(value) if row == "host" => {
                self.view.heard(row);
                if let Ok(host) = value.text().parse() {
                    self.set_host(Some(host));
                    self.refresh();
                }
            }
            RowEvent::Set(value) => {
                self.view.heard(row);
                self.desk.borrow_mut().set(row, &value);
                self.refresh();
                self.think_soon();
            }
            RowEvent::Browse(kind) => self.browse(row, kind),
            RowEvent::Pressed(Button::Own(word, number)) => self.press(word, number),
            RowEvent::Pressed(_) => {}
        }
    }

    fn press(self: &Rc<Self>, word: &str, number: usize) {
        match word {
            "system" => self.choose_system(),
            "remedy" => self.remedy(number),
            "preview" => preview::show(&self.view.window, &self.desk),
            "edit-definition" => self.edit_definition(),
            "open-definition" => self.open_definition(),
            _ => {}
        }
    }

    /// Asks the host and looks at images as soon as the user stops typing.
    pub(super) fn think_soon(self: &Rc<Self>) {
        if let Some(pause) = self.pause.take() {
            pause.abort();
        }
        let weak = Rc::downgrade(self);
        let pause = glib::spawn_future_local(async move {
            glib::timeout_future(PAUSE).await;
            if let Some(this) = weak.upgrade() {
                this.pause.take();
                this.think();
            }
        });
        self.pause.replace(Some(pause));
    }

    fn browse(self: &Rc<Self>, row: &str, kind: PathKind) {
        let (host, begin, arch) = {
            let desk = self.desk.borrow();
            let arch = desk.world.around().arch(&desk.sheet);
            (desk.world.host, desk.sheet.begin, arch)
        };
        let Some(host) = host else { return };
        let purpose = match (kind, begin, row) {
            (PathKind::Media, ..) => Purpose::Media,
            (PathKind::Image, Begin::Cloud, "image") => Purpose::Cloud,
            (PathKind::Image, ..) => Purpose::Disk,
            (PathKind::File, ..) => Purpose::File,
            (PathKind::Folder, ..) => Purpose::Folder,
        };
        let (weak, row) = (Rc::downgrade(self), row.to_owned());
        let chosen = Rc::new(move |choice: Choice| {
            if let Some(this) = weak.upgrade() {
                this.take_image(&row, choice.image);
            }
        });
        let request = Request {
            arch,
            ..Request::new(purpose)
        };
        chooser::open_for(&self.core, host, self.view.window.upcast_ref(), request, chosen);
    }

    /// Takes what was chosen for a row.
    pub(super) fn take_image(self: &Rc<Self>, row: &str, image: ImageRef) {
        self.is_wanted.set(false);
        {
            let mut desk = self.desk.borrow_mut();
            let path = crate::model::creation::sheet::image_text(&image);
            match row {
                "existing" => desk.sheet.existing = Some(image),
                "root" => desk.sheet.root = path,
                "init" => desk.sheet.init = path,
                _ => desk.sheet.set_image(Some(image)),
            }
        }
        self.refresh();
        self.think_soon();
    }

    fn start_over(self: &Rc<Self>) {
        self.is_wanted.set(false);
        self.desk.borrow_mut().sheet.customised = None;
        self.refresh();
    }

    /// Takes a definition that was changed by hand.
    pub(super) fn take_definition(self: &Rc<Self>, xml: String) -> Result<(), Refused> {
        self.take_back_order();
        let domain = Domain::parse(&xml).map_err(|error| Refused(error.to_string()))?;
        if domain.name().is_empty() {
            return Err(Refused(tr("The definition has to name the machine.")));
        }
        {
            let mut desk = self.desk.borrow_mut();
            let planned = desk.plan.as_ref().map(|plan| plan.xml.clone()).unwrap_or_default();
            desk.sheet.name = domain.name();
            desk.sheet.customised = Some(Customised { xml, planned });
        }
        self.refresh();
        self.think_soon();
        Ok(())
    }

    fn edit_xml(self: &Rc<Self>) {
        self.take_back_order();
        let Some(xml) = self.desk.borrow().plan.as_ref().map(|plan| plan.xml.clone()) else {
            return;
        };
        let weak = Rc::downgrade(self);
        let taken = move |window: &Rc<SourceWindow>, text: String| {
            if let Some(this) = weak.upgrade() {
                window.answer(this.take_definition(text));
            }
        };
        SourceWindow::show(
            &self.view.window,
            DocumentKind::Domain,
            &tr("the new machine"),
            xml,
            Some(taken),
        );
    }

    fn edit_definition(self: &Rc<Self>) {
        let xml = self.desk.borrow().sheet.xml.clone();
        let weak = Rc::downgrade(self);
        let taken = move |window: &Rc<SourceWindow>, text: String| {
            if let Some(this) = weak.upgrade() {
                let domain = Domain::parse(&text).map_err(|error| Refused(error.to_string()));
                window.answer(domain.map(|_| this.take_xml(text)));
            }
        };
        SourceWindow::show(
            &self.view.window,
            DocumentKind::Domain,
            &tr("the new machine"),
            xml,
            Some(taken),
        );
    }

    pub(super) fn take_xml(self: &Rc<Self>, text: String) {
        self.is_wanted.set(false);
        self.desk.borrow_mut().sheet.xml = text;
        self.refresh();
        self.think_soon();
    }

    fn customise(self: &Rc<Self>) {
        self.take_back_order();
        let (domain, facts, host) = {
            let desk = self.desk.borrow();
            (desk.world.planned.clone(), desk.world.facts.clone(), desk.world.host)
        };
        let (Some(domain), Some(host)) = (domain, host) else {
            return;
        };
        let weak = Rc::downgrade(self);
        hardware::customise(
            self.view.window.upcast_ref(),
            &self.core,
            host,
            domain,
            facts,
            move |domain| {
                if let Some(this) = weak.upgrade() {
                    // What comes from the pages is a definition.
                    let _ = this.take_definition(domain.document().to_string());
                }
            },
        );
    }

    fn show_failure(&self) {
        if let Some(error) = &*self.failure.borrow() {
            errors::show_details(&self.view.window, error);
        }
    }
}
