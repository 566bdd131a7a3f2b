//! The widgets of the page, put together.

use std::cell::RefCell;
use std::rc::Rc;

use gtk4 as gtk;
use gtk4::prelude::*;
use libadwaita as adw;
use libadwaita::prelude::*;

use super::desk::Desk;
use super::foot::Foot;
use super::tiles::Tiles;
use crate::i18n::tr;
use crate::model::creation::sheet::{Begin, Hurdle};
use crate::ui::hardware::form::FormView;
use crate::ui::hardware::row::RowEvent;
use crate::ui::vm::Banner;
use crate::ui::widgets::{name_once, set_tip, spinner};

/// Widest that rows get.
const WIDTH: i32 = 640;

/// The widgets.
pub struct View {
    /// The window.
    pub window: adw::Window,
    /// Closes it.
    pub cancel: gtk::Button,
    /// Makes the machine.
    pub create: gtk::Button,
    /// Why it failed.
    pub banner: Banner,
    /// What begins it.
    pub tiles: Rc<Tiles>,
    /// What will be created.
    pub foot: Foot,
    /// Short news.
    pub toasts: adw::ToastOverlay,
    stack: gtk::Stack,
    host: RefCell<FormView>,
    form: RefCell<FormView>,
    hurdle: RefCell<Option<Hurdle>>,
    scrolled: gtk::ScrolledWindow,
    bar: gtk::ProgressBar,
    stage: gtk::Label,
    working: gtk::Label,
    /// Stops the work.
    pub stop: gtk::Button,
    /// Lets it go on without the page.
    pub leave: gtk::Button,
}

impl View {
    /// Builds the page; `said` is told what rows have to say, `begin` which tile was chosen, `details` that more is wanted about
    /// a failure.
    pub fn new(
        parent: &gtk::Window,
        said: impl Fn(&str, RowEvent) + Clone + 'static,
        begin: impl Fn(Begin) + 'static,
        details: impl Fn() + 'static,
    ) -> Self {
        let window = adw::Window::builder()
            .title(tr("New Machine"))
            .destroy_with_parent(true)
            .default_width(680)
            .default_height(760)
            .width_request(340)
            .height_request(360)
            .build();
        window.set_transient_for(Some(parent));
        let button = |label: String| gtk::Button::builder().label(label).use_underline(true).build();
        let (cancel, create) = (button(tr("_Cancel")), button(tr("C_reate")));
        create.add_css_class("suggested-action");
        let (stop, leave) = (button(tr("_Cancel")), button(tr("Go On in the _Background")));
        let view = Self {
            window,
            cancel,
            create,
            banner: Banner::new(details),
            tiles: Tiles::new(begin),
            foot: Foot::new(),
            toasts: adw::ToastOverlay::new(),
            stack: gtk::Stack::builder().vexpand(true).build(),
            host: FormView::new(said.clone()).into(),
            form: FormView::new(said).into(),
            hurdle: RefCell::default(),
            scrolled: gtk::ScrolledWindow::builder()
                .hscrollbar_policy(gtk::PolicyType::Never)
                .vexpand(true)
                .build(),
            bar: gtk::ProgressBar::new(),
            stage: gtk::Label::builder()
                .wrap(true)
                .css_classes(["dim-label", "numeric"])
                .build(),
            working: gtk::Label::builder().wrap(true).css_classes(["title-2"]).build(),
            stop,
            leave,
        };
        view.build();
        view
    }

    fn build(&self) {
        let header = adw::HeaderBar::builder()
            .show_start_title_buttons(false)
            .show_end_title_buttons(false)
            .build();
        header.pack_start(&self.cancel);
        header.pack_end(&self.create);
        let content = gtk::Box::builder()
            .orientation(gtk::Orientation::Vertical)
            .spacing(18)
            .margin_top(18)
            .margin_bottom(24)
            .margin_start(12)
            .margin_end(12)
            .build();
        content.append(self.host.borrow().widget());
        content.append(self.tiles.widget());
        content.append(self.form.borrow().widget());
        let clamp = adw::Clamp::builder()
            .maximum_size(WIDTH)
            .tightening_threshold(560)
            .child(&content)
            .build();
        self.scrolled.set_child(Some(&clamp));
        let page = gtk::Box::new(gtk::Orientation::Vertical, 0);
        page.append(self.banner.widget());
        page.append(&self.scrolled);
        page.append(&gtk::Separator::new(gtk::Orientation::Horizontal));
        let foot = adw::Clamp::builder()
            .maximum_size(WIDTH)
            .tightening_threshold(560)
            .child(self.foot.widget())
            .build();
        page.append(&foot);
        self.stack.add_named(&page, Some("page"));
        self.stack.add_named(&self.work(), Some("work"));
        self.toasts.set_child(Some(&self.stack));
        let all = gtk::Box::new(gtk::Orientation::Vertical, 0);
        all.append(&header);
        all.append(&self.toasts);
        self.window.set_content(Some(&all));
        self.window.connect_map(name_once);
    }

    /// What is seen while the machine is made.
    fn work(&self) -> adw::Clamp {
        self.bar
            .update_property(&[gtk::accessible::Property::Label(&tr("Progress"))]);
        self.stop.add_css_class("pill");
        self.leave.add_css_class("pill");
        let buttons = gtk::Box::builder()
            .orientation(gtk::Orientation::Vertical)
            .spacing(12)
            .halign(gtk::Align::Center)
            .margin_top(12)
            .build();
        buttons.append(&self.leave);
        buttons.append(&self.stop);
        let content = gtk::Box::builder()
            .orientation(gtk::Orientation::Vertical)
            .spacing(18)
            .valign(gtk::Align::Center)
            .margin_start(24)
            .margin_end(24)
            .build();
        content.append(&spinner(&tr("Working…")));
        content.append(&self.working);
        content.append(&self.bar);
        content.append(&self.stage);
        content.append(&buttons);
        adw::Clamp::builder().maximum_size(420).child(&content).build()
    }

    /// Shows what the desk says; `is_waiting` while the machine is made as soon as all is known.
    pub fn show(&self, desk: &RefCell<Desk>, is_waiting: bool) {
        let (shown, begin, has_plan, is_customised) = {
            let desk = desk.borrow();
            let is_customised = desk.sheet.customised.is_some();
            (desk.show(), desk.sheet.begin, desk.plan.is_some(), is_customised)
        };
        self.host.borrow_mut().show(&shown.host, &shown.host_problems);
        self.tiles.show(&shown.offered, begin);
        self.form.borrow_mut().show(&shown.page, &shown.problems);
        let waiting = || Hurdle::open("host", tr("Looking once more before the machine is made."));
        let hurdle = shown.hurdle.or_else(|| is_waiting.then(waiting));
        let has_definition = has_plan && !shown.summary.is_empty();
        self.foot
            .show(&shown.summary, hurdle.as_ref(), has_definition, is_customised);
        let is_copy = begin == Begin::Machine;
        self.create
            .set_label(&if is_copy { tr("C_ontinue…") } else { tr("C_reate") });
        self.foot.widget().set_visible(!is_copy || hurdle.is_some());
        self.create.set_sensitive(hurdle.is_none());
        let why = hurdle.as_ref().map(|hurdle| hurdle.text.as_str());
        set_tip(&self.create, why);
        self.create
            .update_property(&[gtk::accessible::Property::Description(why.unwrap_or_default())]);
        self.hurdle.replace(hurdle);
    }

    /// Puts the keyboard on the row where what stands in the way is put right.
    pub fn go_to_hurdle(&self) {
        let hurdle = self.hurdle.borrow().clone();
        let Some(hurdle) = hurdle else { return };
        let forms = [&self.form, &self.host];
        let find = |row: &String| forms.iter().find_map(|form| form.borrow().row(row));
        if let Some(row) = hurdle.rows.iter().find_map(find) {
            row.reveal();
        }
    }

    /// A value of a row was taken in.
    pub fn heard(&self, row: &str) {
        self.host.borrow().heard(row);
        self.form.borrow().heard(row);
    }

    /// Forgets the rows: another way to begin has others.
    pub fn forget_rows(&self) {
        self.form.borrow_mut().clear();
        self.scrolled.vadjustment().set_value(0.0);
    }

    /// Shows the page, or the work on it under this title.
    pub fn set_working(&self, title: Option<&str>) {
        self.create.set_visible(title.is_none());
        self.cancel.set_visible(title.is_none());
        if let Some(title) = title {
            self.working.set_text(title);
            self.say_stage("", None);
        }
        self.stack
            .set_visible_child_name(if title.is_some() { "work" } else { "page" });
        if title.is_some() {
            self.leave.grab_focus();
        }
    }

    /// Says how far the work is.
    pub fn say_stage(&self, stage: &str, fraction: Option<f64>) {
        if self.stage.text() != stage {
            self.stage.set_text(stage);
        }
        match fraction {
            Some(fraction) => self.bar.set_fraction(fraction),
            None => self.bar.pulse(),
        }
    }
}
