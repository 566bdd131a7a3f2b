//! From the command line to the running application. A second start hands its wishes to the first one.

use std::cell::RefCell;
use std::process::ExitCode;
use std::rc::Rc;

use gio::prelude::*;
use glib::MainContext;

use crate::cli::{self, Options, View};
use crate::model::settings::Settings;
use crate::ui::app::{App, ID};
use crate::ui::application::Application;
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
    // Among them the icons of the application.
    if let Err(error) = gio::resources_register_include!("vireo.gresource") {
        tracing::warn!(%error, "icons are missing");
    }
    let app = Application::new(ID, gio::ApplicationFlags::HANDLES_COMMAND_LINE);
    let running: Rc<RefCell<Option<Rc<App>>>> = Rc::default();
    let started = running.clone();
    app.connect_startup(move |app| {
        let app = App::new(app.upcast_ref(), settings.clone());
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
            match cli::parse(line.arguments()) {
                Ok(options) => obey(&app, &options, first.replace(false)),
                Err(stop) => {
                    eprintln!("{}", stop.text.trim_end());
                    return stop.code.into();
                }
            }
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

fn obey(app: &Rc<App>, options: &Options, first: bool) {
    if options.service {
        return;
    }
    // Connections come up on their threads while the window is made.
    if first && options.connect.is_none() && !options.demo && options.demo_scale.is_none() {
        app.connect_saved();
    }
    let machines: Vec<(String, Page)> = options
        .views
        .iter()
        .map(|view| match view {
            View::Console(name) => (name.clone(), Page::Console),
            View::Performance(name) => (name.clone(), Page::Overview),
        })
        .collect();
    let demo = (options.demo || options.demo_scale.is_some())
        .then(|| app.open_demo(options.demo_scale))
        .flatten();
    match (&options.connect, demo) {
        (Some(uri), _) => app.connect_uri(uri, machines),
        (None, Some(host)) => app.show_machines(host, machines),
        // The grammar allows no machine without a host.
        (None, None) => {}
    }
    app.present();
    if first {
        app.look_for_leftovers();
    }
}
