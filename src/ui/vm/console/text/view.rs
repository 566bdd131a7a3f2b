//! The widgets of the console page.

use std::cell::{Cell, RefCell};
use std::rc::Rc;

use relm4::{Sender, adw, gtk};
use vte4::prelude::*;

use super::phase::Notice;
use super::search::SearchBar;
use super::{ConsoleInit, ConsoleMsg, menu, terminal};
use crate::i18n::{tr, tr_f};
use crate::model::domain::ConsoleInfo;
use crate::ui::vm::banner::Banner;
use crate::ui::widgets::Tip;

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
        let controls = toolbar(&devices, &terminal, &search);
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
        menu::install(root, &terminal, &search, &toasts);
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
                input.emit(ConsoleMsg::DeviceChosen(devices.selected() as usize));
            }
        });
    }
    (devices, names, quiet)
}

fn toolbar(devices: &gtk::DropDown, terminal: &vte4::Terminal, search: &SearchBar) -> gtk::Box {
    let bar = gtk::Box::builder().spacing(6).hexpand(true).build();
    bar.append(devices);
    let size = gtk::Label::builder()
        .css_classes(["dim-label", "caption", "numeric"])
        .margin_start(6)
        .xalign(0.0)
        .hexpand(true)
        .ellipsize(gtk::pango::EllipsizeMode::End)
        .build()
        .with_tip(tr(
            "Columns and rows of the terminal. A serial line does not carry them: use “Copy size command”.",
        ));
    let shown = Cell::new((0, 0));
    let label = size.downgrade();
    terminal.add_tick_callback(move |terminal, _| {
        let now = (terminal.column_count(), terminal.row_count());
        if shown.replace(now) != now
            && let Some(label) = label.upgrade()
        {
            label.set_text(&format!("{} × {}", now.0, now.1));
        }
        gtk::glib::ControlFlow::Break
    });
    watch_size(terminal, &size);
    bar.append(&size);
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
    let more = gtk::MenuButton::builder()
        .icon_name("view-more-symbolic")
        .menu_model(&menu::model())
        .css_classes(["flat"])
        .build()
        .with_tip(tr("Console menu"));
    more.update_property(&[gtk::accessible::Property::Label(&tr("Console menu"))]);
    bar.append(&more);
    bar
}

/// Keeps the label at the size of the terminal. VTE has no signal for it; its adjustment changes with the rows, and the
/// width with the columns.
fn watch_size(terminal: &vte4::Terminal, label: &gtk::Label) {
    let update = {
        let (terminal, label) = (terminal.downgrade(), label.downgrade());
        move || {
            if let (Some(terminal), Some(label)) = (terminal.upgrade(), label.upgrade()) {
                let text = format!("{} × {}", terminal.column_count(), terminal.row_count());
                if label.text() != text {
                    label.set_text(&text);
                }
            }
        }
    };
    if let Some(adjustment) = terminal.vadjustment() {
        let update = update.clone();
        adjustment.connect_page_size_notify(move |_| update());
    }
    terminal.connect_char_size_changed(move |_, _, _| update());
}
