//! From the command line to the running application. A second start hands its wishes to the first one.

use std::cell::RefCell;
use std::process::ExitCode;
use std::rc::Rc;

use gio::prelude::*;
use glib::{MainContext, OptionArg, OptionFlags};
use libadwaita as adw;

use crate::i18n::tr;
use crate::model::settings::Settings;
use crate::ui::app::{App, ID};
use crate::ui::vm::Page;
use crate::virt::client::{EventLoop, askpass};

/// Runs the application until its end.
#[must_use]
pub fn run() -> ExitCode {
    let (questions, asked) = async_channel::unbounded();
    let askpass = askpass::install(questions);
    if let Err(error) = &askpass {
        tracing::warn!(%error, "ssh can't ask for passwords");
    }
    if let Err(error) = EventLoop::install(&MainContext::default()) {
        eprintln!("vireo: {error}");
        return ExitCode::FAILURE;
    }
    let settings = match Settings::open() {
        Ok(settings) => settings,
        Err(error) => {
            eprintln!("vireo: {error}");
            return ExitCode::FAILURE;
        }
    };
    let app = adw::Application::new(Some(ID), gio::ApplicationFlags::HANDLES_COMMAND_LINE);
    add_options(&app);
    let running: Rc<RefCell<Option<Rc<App>>>> = Rc::default();
    let started = running.clone();
    app.connect_startup(move |app| {
        let app = App::new(app, settings.clone());
        let (core, asked) = (app.core().clone(), asked.clone());
        MainContext::default().spawn_local(async move {
            while let Ok(question) = asked.recv().await {
                core.ask(question);
            }
        });
        *started.borrow_mut() = Some(app);
    });
    let first = std::cell::Cell::new(true);
    let running_now = running.clone();
    app.connect_command_line(move |_, line| {
        let app = running_now.borrow().clone();
        if let Some(app) = app {
            obey(&app, line, first.replace(false));
        }
        glib::ExitCode::SUCCESS
    });
    let code = app.run();
    running.take();
    if code == glib::ExitCode::SUCCESS {
        ExitCode::SUCCESS
    } else {
        ExitCode::FAILURE
    }
}

fn add_options(app: &adw::Application) {
    let add = |long: &str, short: u8, arg: OptionArg, help: String, value: Option<&str>| {
        app.add_main_option(long, glib::Char(short as i8), OptionFlags::NONE, arg, &help, value);
    };
    add(
        "connect",
        b'c',
        OptionArg::String,
        tr("Connect to a libvirt URI"),
        Some("URI"),
    );
    add("demo", 0, OptionArg::None, tr("Open the demo"), None);
    add(
        "demo-scale",
        0,
        OptionArg::Int,
        tr("Open a demo of N machines"),
        Some("N"),
    );
    add(
        "show-domain-console",
        0,
        OptionArg::String,
        tr("Show the console of a machine"),
        Some("NAME"),
    );
    add(
        "show-domain-performance",
        0,
        OptionArg::String,
        tr("Show the graphs of a machine"),
        Some("NAME"),
    );
    add("debug", 0, OptionArg::None, tr("Write more to the log"), None);
}

fn obey(app: &Rc<App>, line: &gio::ApplicationCommandLine, first: bool) {
    let options = line.options_dict();
    let text = |name: &str| options.lookup::<String>(name).ok().flatten();
    app.present();
    let scale = options.lookup::<i32>("demo-scale").ok().flatten();
    let demo = options.lookup::<bool>("demo").ok().flatten().unwrap_or(false);
    let uri = text("connect");
    if let Some(uri) = &uri {
        app.connect_uri(uri);
    }
    if demo || scale.is_some() {
        app.open_demo(scale.and_then(|n| u32::try_from(n).ok()));
    }
    if first && uri.is_none() && !demo && scale.is_none() {
        app.connect_saved();
    }
    if let Some(name) = text("show-domain-console") {
        app.show_machine(&name, Page::Console);
    }
    if let Some(name) = text("show-domain-performance") {
        app.show_machine(&name, Page::Overview);
    }
}
