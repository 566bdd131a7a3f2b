//! Typing in a large document: how long the main loop is kept from drawing, in time of the processor, so that a busy machine tells
//! the same. Needs a display; `scripts/bench` gives it one.

use std::cell::Cell;
use std::rc::Rc;
use std::time::{Duration, Instant};

use gtk4 as gtk;
use gtk4::glib::translate::IntoGlib;
use gtk4::prelude::*;
use gtk4::{gdk, glib};
use libadwaita as adw;
use relm4::{Component, ComponentController};
use vireo::model::schema::DocumentKind;
use vireo::ui::xml::{EditorInit, Text, XmlEditor};
use vireo::virt::client::thread_cpu_ns;

/// The figure that is promised.
const FRAME: Duration = Duration::from_millis(16);
const KEYS: usize = 200;
/// A fast typist.
const PACE: Duration = Duration::from_millis(60);

fn main() {
    if adw::init().is_err() {
        eprintln!("editor: no display");
        return;
    }
    for (name, size) in [("40 kB", 40 << 10), ("1 MB", 1 << 20)] {
        measure(name, size);
    }
}

fn measure(name: &str, size: usize) {
    let changed = Rc::new(Cell::new(0));
    let count = changed.clone();
    let init = EditorInit {
        kind: DocumentKind::Domain,
        text: Text(document(size)),
        editable: true,
        lead: None,
        trail: None,
    };
    let editor = XmlEditor::builder()
        .launch(init)
        .connect_receiver(move |_, _| count.set(count.get() + 1));
    let window = adw::Window::builder()
        .default_width(1100)
        .default_height(800)
        .content(editor.widget())
        .build();
    window.present();
    let view = find(editor.widget().upcast_ref()).expect("a text");
    let buffer = view.buffer();
    let mut loop_ = Loop::new();
    loop_.run(Duration::from_secs(3));
    let opened = loop_.take();
    let middle = buffer
        .iter_at_line(buffer.line_count() / 2)
        .unwrap_or_else(|| buffer.end_iter());
    buffer.place_cursor(&middle);
    view.scroll_to_mark(&buffer.get_insert(), 0.1, false, 0.0, 0.5);
    view.grab_focus();
    loop_.run(Duration::from_secs(2));
    loop_.take();
    let keys = controllers(&view);
    for key in 0..KEYS {
        let text = ["<", "a", " ", "b", "=", "'", "1", "'", "/", ">", "\n"][key % 11];
        let started = cpu();
        press(&view, &keys, text);
        loop_.note(cpu() - started);
        // Now and then the text is read: somebody thinks.
        loop_.run(if key % 11 == 10 { PACE * 10 } else { PACE });
    }
    let typed = loop_.take();
    let late = typed.iter().filter(|time| **time > FRAME).count();
    let most = |times: &[Duration]| times.iter().max().map_or(0.0, |time| time.as_secs_f64() * 1000.0);
    println!(
        "{name}: longest stall {:.1} ms while typing {KEYS} keys ({late} over 16 ms, {} readings), {:.1} ms while opening",
        most(&typed),
        changed.get(),
        most(&opened)
    );
    window.destroy();
}

/// Who listens to keys: what types end tags by itself, and the text.
fn controllers(view: &gtk::TextView) -> Vec<gtk::EventControllerKey> {
    let all = view.observe_controllers();
    let keys = (0..all.n_items()).filter_map(|at| all.item(at).and_downcast::<gtk::EventControllerKey>());
    let (first, rest): (Vec<_>, Vec<_>) =
        keys.partition(|keys| keys.propagation_phase() == gtk::PropagationPhase::Capture);
    first.into_iter().chain(rest).collect()
}

/// Presses a key: what nobody takes is typed.
fn press(view: &gtk::TextView, keys: &[gtk::EventControllerKey], text: &str) {
    // The code of a key is that of its character; Return has one of its own.
    let code = match text.chars().next() {
        Some('\n') | None => gdk::Key::Return.into_glib(),
        Some(c) => u32::from(c),
    };
    let none = gdk::ModifierType::empty();
    let is_taken = |keys: &gtk::EventControllerKey| keys.emit_by_name::<bool>("key-pressed", &[&code, &0_u32, &none]);
    if !keys.iter().any(is_taken) {
        view.buffer().insert_interactive_at_cursor(text, true);
    }
}

/// Time that this thread has had of the processor.
fn cpu() -> Duration {
    Duration::from_nanos(thread_cpu_ns())
}

/// The main loop, with the time of everything that it did.
struct Loop {
    context: glib::MainContext,
    times: Vec<Duration>,
}

impl Loop {
    fn new() -> Self {
        Self {
            context: glib::MainContext::default(),
            times: Vec::new(),
        }
    }

    fn note(&mut self, time: Duration) {
        self.times.push(time);
    }

    fn run(&mut self, time: Duration) {
        let end = Instant::now() + time;
        while Instant::now() < end {
            // Without waiting, so that what an iteration takes is work.
            let started = cpu();
            if self.context.iteration(false) {
                self.times.push(cpu() - started);
            } else {
                std::thread::sleep(Duration::from_micros(200));
            }
        }
    }

    fn take(&mut self) -> Vec<Duration> {
        std::mem::take(&mut self.times)
    }
}

fn find(root: &gtk::Widget) -> Option<gtk::TextView> {
    if let Some(view) = root.downcast_ref::<gtk::TextView>() {
        return Some(view.clone());
    }
    let mut child = root.first_child();
    while let Some(widget) = child {
        if let Some(found) = find(&widget) {
            return Some(found);
        }
        child = widget.next_sibling();
    }
    None
}

/// A definition with as many disks as make it this large.
fn document(size: usize) -> String {
    let mut text = String::from("<domain type='kvm'>\n  <name>large</name>\n  <devices>\n");
    for number in 0.. {
        if text.len() >= size {
            break;
        }
        text.push_str(&format!(
            "    <disk type='file' device='disk'>\n      <driver name='qemu' type='qcow2'/>\n      \
             <source file='/var/lib/libvirt/images/disk-{number}.qcow2'/>\n      <target dev='vd{number}' bus='virtio'/>\n    \
             </disk>\n"
        ));
    }
    text + "  </devices>\n</domain>\n"
}
