//! What the storage page costs with ten thousand volumes: from the reply of the host to the frame that has them all, and the longest
//! turn of the main loop meanwhile, while searching, sorting and scrolling.
//!
//! `scripts/headless cargo bench --bench volumes`. The promise: listed under 1 s after the reply, no stall over 50 ms.

use std::cell::Cell;
use std::rc::Rc;
use std::time::{Duration, Instant};

use adw::prelude::*;
use relm4::adw;
use vireo::model::facts::VolumeFact;
use vireo::model::usage::Usage;
use vireo::model::view::VolumeColumn;
use vireo::ui::storage::volumes::VolumeList;
use vireo::virt::client::{EventLoop, thread_cpu_ns};

const VOLUMES: u32 = 10_000;
const ROUNDS: usize = 9;
const LIMIT: Duration = Duration::from_secs(60);

/// The longest turns of the main loop: by the clock, and what the main thread worked in one.
#[derive(Default)]
struct Longest {
    turn: Duration,
    work: Duration,
}

impl Longest {
    fn until(&mut self, what: &str, mut done: impl FnMut() -> bool) {
        let start = Instant::now();
        while !done() {
            assert!(start.elapsed() < LIMIT, "waited in vain for {what}");
            let (began, worked) = (Instant::now(), thread_cpu_ns());
            glib::MainContext::default().iteration(false);
            self.turn = self.turn.max(began.elapsed());
            self.work = self
                .work
                .max(Duration::from_nanos(thread_cpu_ns().saturating_sub(worked)));
        }
    }
}

fn main() {
    EventLoop::install(&glib::MainContext::default()).expect("the event loop");
    adw::init().expect("a display");
    let (mut listed, mut filling, mut searching) = (Vec::new(), Vec::new(), Vec::new());
    let (mut sorting, mut scrolling, mut worked) = (Vec::new(), Vec::new(), Vec::new());
    for round in 0..ROUNDS {
        let list = VolumeList::new(true);
        let window = adw::Window::builder()
            .default_width(1200)
            .default_height(800)
            .content(list.widget())
            .build();
        window.present();
        let mut longest = Longest::default();
        longest.until("the window", || list.widget().is_mapped());
        let painted = watch_frames(&window);
        let mut longest = Longest::default();
        let reply: Vec<VolumeFact> = (0..VOLUMES).map(|number| volume(number, round)).collect();
        let start = Instant::now();
        list.set_volumes(reply.into(), Usage::default().into());
        longest.until("all of them", || list.counts().0 == VOLUMES as usize);
        let seen = painted.get();
        longest.until("their frame", || painted.get() > seen);
        listed.push(start.elapsed());
        filling.push(longest.turn);
        worked.push(longest.work);
        let mut longest = Longest::default();
        for filter in ["d", "di", "dis", "disk-77", "disk-777", ""] {
            list.set_filter(filter);
            let seen = painted.get();
            longest.until("the frame", || painted.get() > seen + 1);
        }
        searching.push(longest.turn);
        worked.push(longest.work);
        let mut longest = Longest::default();
        for column in [VolumeColumn::Capacity, VolumeColumn::Name, VolumeColumn::Name] {
            list.sort(column);
            let seen = painted.get();
            longest.until("the frame", || painted.get() > seen + 1);
        }
        sorting.push(longest.turn);
        worked.push(longest.work);
        let mut longest = Longest::default();
        let scrolled = list.view().vadjustment().expect("a place in a window that scrolls");
        for part in 1..20 {
            scrolled.set_value(scrolled.upper() * f64::from(part) / 20.0);
            let seen = painted.get();
            longest.until("the frame", || painted.get() > seen);
        }
        scrolling.push(longest.turn);
        worked.push(longest.work);
        window.destroy();
    }
    report("10,000 volumes, from the reply to the frame", &mut listed);
    report("longest turn of the main loop while listing", &mut filling);
    report("… while searching", &mut searching);
    report("… while sorting", &mut sorting);
    report("… while scrolling", &mut scrolling);
    report("most work of the main thread in one of them", &mut worked);
}

fn volume(number: u32, round: usize) -> VolumeFact {
    VolumeFact {
        name: format!("disk-{}.qcow2", number.wrapping_mul(7919) % VOLUMES),
        path: format!("/var/lib/libvirt/images/{round}/disk-{number}.qcow2"),
        kind: "file".to_owned(),
        format: Some("qcow2".to_owned()),
        capacity: Some(u64::from(number) << 20),
        allocation: Some(u64::from(number) << 18),
        backing: number
            .is_multiple_of(3)
            .then(|| "/var/lib/libvirt/images/base.qcow2".to_owned()),
    }
}

fn watch_frames(window: &adw::Window) -> Rc<Cell<u32>> {
    let painted = Rc::new(Cell::new(0));
    if let Some(clock) = window.frame_clock() {
        let painted = painted.clone();
        clock.connect_after_paint(move |_| painted.set(painted.get() + 1));
        clock.begin_updating();
    }
    painted
}

fn report(what: &str, times: &mut [Duration]) {
    times.sort_unstable();
    let ms = |time: Duration| time.as_secs_f64() * 1000.0;
    let (Some(least), Some(most)) = (times.first(), times.last()) else {
        return;
    };
    println!(
        "{what}: {:.1} ms (least {:.1}, most {:.1})",
        ms(times[times.len() / 2]),
        ms(*least),
        ms(*most)
    );
}
