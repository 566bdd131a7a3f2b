//! The least that a GTK program needs to show the machines of a host live: a window, a recycled list, one listing, one
//! bulk call for the states, lifecycle events. What Vireo costs more is the price of what Vireo does more.

use std::cell::{Cell, RefCell};
use std::collections::HashMap;
use std::ffi::{CStr, CString};
use std::rc::Rc;
use std::time::Instant;

use glib::MainContext;
use gtk4::prelude::*;
use gtk4::{
    Application, ApplicationWindow, Button, CustomSorter, FilterListModel, Label, ListItem, ListView, NoSelection,
    Orientation, ScrolledWindow, SearchEntry, SignalListItemFactory, SortListModel, StringFilter, StringObject,
};
use vireo::ui::stalls;
use vireo::virt::client::{EventLoop, choose_renderer, monotonic_ns};
use virt_sys as sys;

/// What the libvirt thread tells the window.
enum News {
    Listed(Vec<(String, i32)>),
    State(String, i32, Instant),
}

/// Shows the machines of `uri` until the process is killed.
pub fn run(uri: &str) {
    choose_renderer(gtk4::minor_version());
    let uri = uri.to_owned();
    let application = Application::new(None::<&str>, gio::ApplicationFlags::NON_UNIQUE);
    application.connect_activate(move |application| open(application, &uri));
    application.run_with_args(&["floor"]);
}

fn open(application: &Application, uri: &str) {
    EventLoop::install(&MainContext::default()).expect("the event loop");
    stalls::watch_with(|stall| {
        let ms = |time: std::time::Duration| time.as_secs_f64() * 1000.0;
        eprintln!(
            "the main loop stood still ms=\"{:.1}\" work=\"{:.1}\"",
            ms(stall.length),
            ms(stall.work)
        );
    });
    let (sender, news) = async_channel::unbounded();
    let model = gio::ListStore::new::<StringObject>();
    let factory = SignalListItemFactory::new();
    factory.connect_setup(|_, item| {
        if let Some(item) = item.downcast_ref::<ListItem>() {
            item.set_child(Some(&Label::builder().xalign(0.0).build()));
        }
    });
    factory.connect_bind(|_, item| {
        if let Some(item) = item.downcast_ref::<ListItem>()
            && let Some(text) = item.item().and_downcast::<StringObject>()
            && let Some(label) = item.child().and_downcast::<Label>()
        {
            label.set_label(&text.string());
        }
    });
    let list = ListView::new(Some(NoSelection::new(Some(model.clone()))), Some(factory));
    let content = gtk4::Box::new(Orientation::Vertical, 0);
    let (tools, entry) = tools(&list, &model);
    content.append(&tools);
    content.append(&ScrolledWindow::builder().vexpand(true).child(&list).build());
    let window = ApplicationWindow::builder()
        .application(application)
        .default_width(1100)
        .default_height(700)
        .child(&content)
        .build();
    entry.set_key_capture_widget(Some(&window));
    window.connect_map(|_| eprintln!("window mapped"));
    window.present();
    list.grab_focus();
    let uri = uri.to_owned();
    std::thread::spawn(move || watch(&uri, sender));
    let positions: Rc<RefCell<HashMap<String, u32>>> = Rc::default();
    glib::spawn_future_local(async move {
        while let Ok(news) = news.recv().await {
            match news {
                News::Listed(mut machines) => {
                    machines.sort();
                    let items: Vec<_> = machines.iter().map(|(name, state)| row(name, *state)).collect();
                    model.splice(0, 0, &items);
                    let mut positions = positions.borrow_mut();
                    positions.extend(
                        machines
                            .into_iter()
                            .zip(0..)
                            .map(|((name, _), position)| (name, position)),
                    );
                    eprintln!("list filled count={}", model.n_items());
                }
                News::State(name, state, at) => {
                    if let Some(&position) = positions.borrow().get(&name) {
                        model.splice(position, 1, &[row(&name, state)]);
                        report(&window, name, at);
                    }
                }
            }
        }
    });
}

/// A search entry, and a button that turns the order around. The models behind them are made when they are wanted.
fn tools(list: &ListView, model: &gio::ListStore) -> (gtk4::Box, SearchEntry) {
    let text = || gtk4::PropertyExpression::new(StringObject::static_type(), gtk4::Expression::NONE, "string");
    let tools = gtk4::Box::new(Orientation::Horizontal, 0);
    let entry = SearchEntry::new();
    let (shown, all) = (list.clone(), model.clone());
    let filter = StringFilter::new(Some(text()));
    entry.connect_search_changed(move |entry| {
        filter.set_search(Some(&entry.text()));
        let found = FilterListModel::new(Some(all.clone()), Some(filter.clone()));
        eprintln!("list filled count={}", found.n_items());
        shown.set_model(Some(&NoSelection::new(Some(found))));
    });
    let button = Button::with_label("Name");
    let (shown, all) = (list.clone(), model.clone());
    let descending = Cell::new(false);
    button.connect_clicked(move |_| {
        let down = !descending.replace(!descending.get());
        let sorter = CustomSorter::new(move |a, b| {
            let name = |item: &glib::Object| item.downcast_ref().map(StringObject::string);
            let order = name(a).cmp(&name(b));
            if down { order.reverse() } else { order }.into()
        });
        let sorted = SortListModel::new(Some(all.clone()), Some(sorter));
        shown.set_model(Some(&NoSelection::new(Some(sorted))));
    });
    tools.append(&button);
    tools.append(&entry);
    (tools, entry)
}

fn row(name: &str, state: i32) -> StringObject {
    StringObject::new(&format!("{name} · {state}"))
}

/// Says when the next frame is drawn.
fn report(window: &ApplicationWindow, name: String, at: Instant) {
    let Some(clock) = window.frame_clock() else { return };
    let handler: Rc<RefCell<Option<glib::SignalHandlerId>>> = Rc::default();
    let own = Rc::clone(&handler);
    handler.replace(Some(clock.connect_after_paint(move |clock| {
        if let Some(id) = own.take() {
            clock.disconnect(id);
            eprintln!(
                "state shown machine={name} ms={:.1}",
                at.elapsed().as_secs_f64() * 1000.0
            );
        }
    })));
}

/// Lists once and registers for lifecycle events.
fn watch(uri: &str, sender: async_channel::Sender<News>) {
    let uri = CString::new(uri).expect("a URI");
    // SAFETY: a benchmark's straight calls: each pointer is used right after the call that made it and checked where a
    // failure is possible; the opaque is leaked on purpose, as the registration lives as long as the process.
    unsafe {
        let connection = sys::virConnectOpen(uri.as_ptr());
        assert!(!connection.is_null(), "no connection");
        sys::virConnectSetKeepAlive(connection, 5, 3);
        let opaque = Box::into_raw(Box::new(sender.clone()));
        let callback: unsafe extern "C" fn(_, _, _, _, _) -> _ = lifecycle;
        sys::virConnectDomainEventRegisterAny(
            connection,
            std::ptr::null_mut(),
            0,
            std::mem::transmute::<
                unsafe extern "C" fn(sys::virConnectPtr, sys::virDomainPtr, i32, i32, *mut libc::c_void) -> i32,
                sys::virConnectDomainEventGenericCallback,
            >(callback),
            opaque.cast(),
            None,
        );
        let mut domains = std::ptr::null_mut();
        let count = sys::virConnectListAllDomains(connection, &raw mut domains, 0).max(0) as usize;
        let all = std::slice::from_raw_parts(domains, count);
        let mut machines = Vec::with_capacity(count);
        for part in all.chunks(4000) {
            let mut list = part.to_vec();
            list.push(std::ptr::null_mut());
            let mut records = std::ptr::null_mut();
            let got = sys::virDomainListGetStats(list.as_mut_ptr(), sys::VIR_DOMAIN_STATS_STATE, &raw mut records, 0);
            for &record in std::slice::from_raw_parts(records, got.max(0) as usize) {
                let name = CStr::from_ptr(sys::virDomainGetName((*record).dom));
                let state = (*(*record).params).value.i;
                machines.push((name.to_string_lossy().into_owned(), state));
            }
            sys::virDomainStatsRecordListFree(records);
        }
        eprintln!("machines listed count={} mono_ns={}", machines.len(), monotonic_ns());
        let _ = sender.send_blocking(News::Listed(machines));
    }
}

unsafe extern "C" fn lifecycle(
    _: sys::virConnectPtr,
    domain: sys::virDomainPtr,
    event: i32,
    _: i32,
    opaque: *mut libc::c_void,
) -> i32 {
    // SAFETY: libvirt lends a live machine; the opaque is our leaked sender.
    let (name, sender) = unsafe {
        let name = CStr::from_ptr(sys::virDomainGetName(domain))
            .to_string_lossy()
            .into_owned();
        (name, &*opaque.cast::<async_channel::Sender<News>>())
    };
    let _ = sender.try_send(News::State(name, event, Instant::now()));
    0
}
