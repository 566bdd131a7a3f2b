//! The widgets of the console page.

use std::cell::{Cell, RefCell};
use std::rc::Rc;

use gtk::gio;
use relm4::{Sender, adw, gtk};
use vte4::prelude::*;

use super::phase::Notice;
use super::search::SearchBar;
use super::{ConsoleInit, ConsoleMsg, menu, size, terminal};
use crate::i18n::{tr, tr_f};
use crate::model::domain::ConsoleInfo;
use crate::ui::vm::banner::Banner;
use crate::ui::widgets::{Tip, set_tip};

/// The widgets of the console page.
pub struct View {
    /// The terminal.
    pub terminal: vte4::Terminal,
    stack: gtk::Stack,
    banner: Banner,
    status: adw::StatusPage,
    spinner: gtk::Spinner,
    remedy: gtk::Button,
    devices: gtk::DropDown,
    has_chooser: bool,
    names: gtk::StringList,
    shown_devices: RefCell<Vec<ConsoleInfo>>,
    /// Our own changes of the drop-down are no choices.
    quiet: Rc<Cell<bool>>,
    toasts: adw::ToastOverlay,
    warned: Cell<bool>,
    /// Names the log while one is written.
    sign: gtk::Box,
    /// Its state says whether one is.
    logs: gio::SimpleAction,
}

impl View {
    /// Builds the page into `root`.
    pub fn build(root: &gtk::Box, init: &ConsoleInit, input: &Sender<ConsoleMsg>) -> Self {
        let terminal = terminal::build(&init.core);
        let toasts = adw::ToastOverlay::new();
        let search = SearchBar::new(&terminal);
        let banner = {
            let input = input.clone();
            Banner::new(move || input.emit(ConsoleMsg::RemedyClicked))
        };
        let (devices, names, quiet) = device_list(input);
        let menu = menu::model(&init.keys);
        let sign = log_sign();
        let (size, sensor) = size::button(&terminal);
        let controls = toolbar(&devices, &size, &sign, &search, &menu);
        if init.closable {
            controls.append(&close_button(input));
        }
        let bar = gtk::Box::builder()
            .spacing(6)
            .margin_start(6)
            .margin_end(6)
            .margin_top(3)
            .margin_bottom(3)
            .build();
        // The choice stays while the machine is off.
        if let Some(chooser) = &init.chooser {
            bar.append(chooser);
        }
        bar.append(&controls);
        let remedy = gtk::Button::builder()
            .halign(gtk::Align::Center)
            .css_classes(["pill", "suggested-action"])
            .build();
        {
            let input = input.clone();
            remedy.connect_clicked(move |_| input.emit(ConsoleMsg::RemedyClicked));
        }
        let spinner = gtk::Spinner::builder()
            .width_request(32)
            .height_request(32)
            .halign(gtk::Align::Center)
            .build();
        let below = gtk::Box::new(gtk::Orientation::Vertical, 12);
        below.append(&spinner);
        below.append(&remedy);
        let status = adw::StatusPage::builder()
            .icon_name("utilities-terminal-symbolic")
            .child(&below)
            .vexpand(true)
            .build();

        let scrollbar = gtk::Scrollbar::new(gtk::Orientation::Vertical, terminal.vadjustment().as_ref());
        let with_scrollbar = gtk::Box::new(gtk::Orientation::Horizontal, 0);
        with_scrollbar.append(&terminal);
        with_scrollbar.append(&scrollbar);
        let live = gtk::Box::new(gtk::Orientation::Vertical, 0);
        live.append(search.widget());
        live.append(&sensor);
        live.append(&with_scrollbar);
        let stack = gtk::Stack::builder()
            .transition_type(gtk::StackTransitionType::Crossfade)
            .build();
        stack.add_named(&live, Some("terminal"));
        stack.add_named(&status, Some("status"));
        // Until the first news, an empty terminal would look like a console that is connected.
        stack.set_visible_child_name("status");
        let line = gtk::Separator::new(gtk::Orientation::Horizontal);
        show_bar_when_useful(&stack, &bar, &line, &controls, init.chooser.as_ref());
        root.append(&bar);
        root.append(&line);
        root.append(banner.widget());
        toasts.set_child(Some(&stack));
        root.append(&toasts);
        let parts = menu::Parts {
            root,
            terminal: &terminal,
            search: &search,
            toasts: &toasts,
        };
        let logs = menu::install(&parts, &menu, input);
        Self {
            terminal,
            stack,
            banner,
            status,
            spinner,
            remedy,
            devices,
            has_chooser: init.chooser.is_some(),
            names,
            shown_devices: RefCell::default(),
            quiet,
            toasts,
            warned: Cell::new(false),
            sign,
            logs,
        }
    }

    /// Lists the consoles; the chooser shows with two or more.
    pub fn set_devices(&self, devices: &[ConsoleInfo], chosen: usize) {
        if *self.shown_devices.borrow() != devices {
            self.shown_devices.replace(devices.to_vec());
            self.quiet.set(true);
            let labels: Vec<String> = devices.iter().map(device_name).collect();
            let labels: Vec<&str> = labels.iter().map(String::as_str).collect();
            self.names.splice(0, self.names.n_items(), &labels);
            self.quiet.set(false);
        }
        self.devices.set_visible(devices.len() > 1 && !self.has_chooser);
        let chosen = u32::try_from(chosen).unwrap_or(0);
        if self.devices.selected() != chosen && chosen < self.names.n_items() {
            self.quiet.set(true);
            self.devices.set_selected(chosen);
            self.quiet.set(false);
        }
    }

    /// Says how the console stands: as a page of its own while there is nothing to see, else above the terminal.
    pub fn set_notice(&self, notice: Option<Notice>, has_content: bool) {
        let Some(notice) = notice else {
            self.banner.hide();
            self.spinner.stop();
            self.terminal.set_opacity(1.0);
            self.stack.set_visible_child_name("terminal");
            return;
        };
        let label = notice.remedy.as_ref().map(|(label, _)| label.as_str());
        if has_content {
            // While a connection is made, what was there stays; a message of a blink helps nobody.
            if notice.busy || notice.said {
                self.banner.hide();
            } else {
                self.banner.show(&notice.title, label, notice.warning);
            }
            self.terminal
                .set_opacity(if notice.busy || notice.said { 1.0 } else { 0.6 });
            self.stack.set_visible_child_name("terminal");
            return;
        }
        self.banner.hide();
        self.spinner.set_visible(notice.busy);
        self.spinner.set_spinning(notice.busy);
        // The title is no markup, the description is.
        self.status.set_title(&notice.title);
        let body = (!notice.body.is_empty()).then(|| gtk::glib::markup_escape_text(&notice.body));
        self.status.set_description(body.as_deref());
        self.remedy.set_visible(label.is_some());
        self.remedy.set_label(label.unwrap_or_default());
        self.stack.set_visible_child_name("status");
    }

    /// Says which log is written, if one is.
    pub fn set_log(&self, file: Option<&gio::File>) {
        let on = file.is_some();
        if self.logs.state().and_then(|state| state.get::<bool>()) != Some(on) {
            self.logs.set_state(&on.to_variant());
        }
        self.sign.set_visible(on);
        let Some(file) = file else { return };
        let path = file.parse_name();
        let tip = tr_f("Output is added to {file}", &[("file", &path)]);
        set_tip(&self.sign, Some(&tip));
        self.sign.update_property(&[gtk::accessible::Property::Label(&tip)]);
        let name = file
            .basename()
            .map(|name| name.to_string_lossy().into_owned())
            .unwrap_or_default();
        if let Some(label) = self.sign.last_child().and_downcast::<gtk::Label>() {
            label.set_text(&name);
        }
    }

    /// Shows short news.
    pub fn toast(&self, text: &str) {
        self.toasts
            .add_toast(adw::Toast::new(&gtk::glib::markup_escape_text(text)));
    }

    /// Says once that typing is lost.
    pub fn warn_input_dropped(&self) {
        if !self.warned.replace(true) {
            self.toasts
                .add_toast(adw::Toast::new(&tr("The guest does not read what is typed")));
        }
    }
}

/// The controls show with the terminal, the bar with them or with a choice in it.
fn show_bar_when_useful(
    stack: &gtk::Stack,
    bar: &gtk::Box,
    line: &gtk::Separator,
    controls: &gtk::Box,
    chooser: Option<&gtk::Widget>,
) {
    let follow = {
        let (stack, bar) = (stack.downgrade(), bar.downgrade());
        let (line, controls) = (line.downgrade(), controls.downgrade());
        let chooser = chooser.map(gtk::Widget::downgrade);
        move || {
            let (Some(stack), Some(bar)) = (stack.upgrade(), bar.upgrade()) else {
                return;
            };
            let (Some(line), Some(controls)) = (line.upgrade(), controls.upgrade()) else {
                return;
            };
            let live = stack.visible_child_name().as_deref() == Some("terminal");
            let chooser = chooser.as_ref().and_then(gtk::glib::WeakRef::upgrade);
            let useful = live || chooser.is_some_and(|chooser| chooser.get_visible());
            controls.set_visible(live);
            bar.set_visible(useful);
            line.set_visible(useful);
        }
    };
    follow();
    if let Some(chooser) = chooser {
        let follow = follow.clone();
        chooser.connect_visible_notify(move |_| follow());
    }
    stack.connect_visible_child_notify(move |_| follow());
}

/// What a text console is called.
#[must_use]
pub fn device_name(device: &ConsoleInfo) -> String {
    let port = (device.port + 1).to_string();
    if device.kind == "serial" {
        tr_f("Serial {n}", &[("n", &port)])
    } else {
        tr_f("Console {n}", &[("n", &port)])
    }
}

fn device_list(input: &Sender<ConsoleMsg>) -> (gtk::DropDown, gtk::StringList, Rc<Cell<bool>>) {
    let names = gtk::StringList::new(&[]);
    let devices = gtk::DropDown::builder()
        .model(&names)
        .css_classes(["flat"])
        .visible(false)
        .build();
    devices.update_property(&[gtk::accessible::Property::Label(&tr("Console device"))]);
    let quiet = Rc::new(Cell::new(false));
    {
        let (input, quiet) = (input.clone(), quiet.clone());
        devices.connect_selected_notify(move |devices| {
            if !quiet.get() && devices.selected() != gtk::INVALID_LIST_POSITION {
                input.emit(ConsoleMsg::DeviceWanted(devices.selected() as usize));
            }
        });
    }
    (devices, names, quiet)
}

/// A mark and the name of the log.
fn log_sign() -> gtk::Box {
    let sign = gtk::Box::builder()
        .spacing(6)
        .visible(false)
        .accessible_role(gtk::AccessibleRole::Group)
        .build();
    let mark = gtk::Image::builder()
        .icon_name("media-record-symbolic")
        .css_classes(["error"])
        .accessible_role(gtk::AccessibleRole::Presentation)
        .build();
    let name = gtk::Label::builder()
        .css_classes(["caption"])
        .ellipsize(gtk::pango::EllipsizeMode::Middle)
        .build();
    sign.append(&mark);
    sign.append(&name);
    sign
}

fn close_button(input: &Sender<ConsoleMsg>) -> gtk::Button {
    let button = gtk::Button::builder()
        .icon_name("window-close-symbolic")
        .css_classes(["flat"])
        .build()
        .with_tip(tr("Close this console"));
    button.update_property(&[gtk::accessible::Property::Label(&tr("Close this console"))]);
    let input = input.clone();
    button.connect_clicked(move |_| input.emit(ConsoleMsg::CloseClicked));
    button
}

fn toolbar(
    devices: &gtk::DropDown,
    size: &gtk::MenuButton,
    sign: &gtk::Box,
    search: &SearchBar,
    menu: &gio::Menu,
) -> gtk::Box {
    let bar = gtk::Box::builder().spacing(6).hexpand(true).build();
    bar.append(devices);
    bar.append(size);
    bar.append(sign);
    bar.append(&gtk::Box::builder().hexpand(true).build());
    let toggle = gtk::ToggleButton::builder()
        .icon_name("edit-find-symbolic")
        .css_classes(["flat"])
        .build()
        .with_tip(tr("Search (Ctrl+Shift+F)"));
    toggle.update_property(&[gtk::accessible::Property::Label(&tr("Search in the console"))]);
    toggle
        .bind_property("active", search.widget(), "search-mode-enabled")
        .bidirectional()
        .build();
    bar.append(&toggle);
    let beside = gtk::Button::builder()
        .icon_name("view-dual-symbolic")
        .action_name("consoles.split")
        .css_classes(["flat"])
        .build()
        .with_tip(tr("Show another console beside"));
    beside.update_property(&[gtk::accessible::Property::Label(&tr("Show another console beside"))]);
    // What can't be done is not shown: most machines have one console.
    beside
        .bind_property("sensitive", &beside, "visible")
        .sync_create()
        .build();
    bar.append(&beside);
    let more = gtk::MenuButton::builder()
        .icon_name("view-more-symbolic")
        .menu_model(menu)
        .css_classes(["flat"])
        .build()
        .with_tip(tr("Console menu"));
    more.update_property(&[gtk::accessible::Property::Label(&tr("Console menu"))]);
    bar.append(&more);
    bar
}
