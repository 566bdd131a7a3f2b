//! The road of events to the main thread: order, folding, overflow, time.

use std::cell::RefCell;
use std::rc::Rc;
use std::time::{Duration, Instant};

use glib::MainContext;
use uuid::Uuid;
use vireo::model::event::{DomainNews, HostEvent, Lifecycle};
use vireo::model::host::ConnectionStatus;
use vireo::model::key::{DomainKey, HostId};
use vireo::model::sample::DomainSample;
use vireo::virt::bridge::{EventStream, channel, channel_of};

const DEADLINE: Duration = Duration::from_secs(30);

type Batches = Rc<RefCell<Vec<Vec<HostEvent>>>>;

fn attach(context: &MainContext, stream: EventStream) -> Batches {
    let batches = Batches::default();
    let into = batches.clone();
    stream.attach(context, move |events| into.borrow_mut().push(events));
    batches
}

/// Turns of the loop until nothing is left to do.
fn run(context: &MainContext) {
    while context.iteration(false) {}
}

fn received(batches: &Batches) -> Vec<HostEvent> {
    batches.borrow_mut().drain(..).flatten().collect()
}

fn lifecycle(key: DomainKey, seq: u64, change: Lifecycle) -> HostEvent {
    HostEvent::Lifecycle {
        key,
        seq,
        name: "plum".into(),
        id: None,
        change,
        detail: 0,
    }
}

fn reboot(key: DomainKey, seq: u64) -> HostEvent {
    HostEvent::Domain {
        key,
        seq,
        news: DomainNews::Rebooted,
    }
}

fn samples(host: HostId, at_ns: u64, machines: &[Uuid]) -> HostEvent {
    let samples = machines.iter().map(|uuid| DomainSample {
        uuid: *uuid,
        ..DomainSample::default()
    });
    HostEvent::Samples {
        host,
        at_ns,
        samples: samples.collect(),
    }
}

fn key() -> DomainKey {
    DomainKey::new(HostId::new(), Uuid::new_v4())
}

/// What of `events` arrives, as positions.
fn left_of(events: Vec<HostEvent>) -> Vec<usize> {
    let context = MainContext::new();
    let (sink, stream) = channel();
    let batches = attach(&context, stream);
    events.iter().cloned().for_each(|event| sink.push(event));
    run(&context);
    let arrived = received(&batches);
    let position = |event: &HostEvent| events.iter().position(|other| other == event).unwrap();
    arrived.iter().map(position).collect()
}

#[test]
fn events_arrive_in_order_and_are_not_lost() {
    let key = key();
    assert_eq!(
        left_of((0..5_000).map(|seq| reboot(key, seq)).collect()),
        (0..5_000).collect::<Vec<_>>()
    );
}

#[test]
fn only_the_last_change_of_state_counts() {
    use Lifecycle::{Resumed, Started, Stopped, Suspended};
    let (a, b) = (key(), key());
    let steps = [
        (a, Started),
        (a, Resumed),
        (b, Suspended),
        (a, Suspended),
        (a, Stopped),
        (a, Started),
        (a, Resumed),
    ];
    let events = steps
        .into_iter()
        .zip(0..)
        .map(|((key, change), seq)| lifecycle(key, seq, change));
    assert_eq!(
        left_of(events.collect()),
        [2, 5, 6],
        "b's state, a's last start and last state"
    );
}

#[test]
fn definitions_and_what_came_before_them_are_kept() {
    use Lifecycle::{Defined, Started, Stopped, Undefined};
    let key = key();
    let steps = [Stopped, Undefined, Defined, Started, Undefined, Stopped];
    let events = steps
        .into_iter()
        .zip(0..)
        .map(|(change, seq)| lifecycle(key, seq, change));
    assert_eq!(left_of(events.collect()), [0, 1, 2, 3, 4, 5]);
}

#[test]
fn crashes_are_told_even_if_the_machine_is_back() {
    use Lifecycle::{Crashed, Started, Stopped};
    let key = key();
    let mut failed = lifecycle(key, 1, Stopped);
    if let HostEvent::Lifecycle { detail, .. } = &mut failed {
        *detail = 5;
    }
    let events = vec![lifecycle(key, 0, Crashed), failed, lifecycle(key, 2, Started)];
    assert_eq!(left_of(events), [0, 1, 2]);
}

#[test]
fn newer_samples_replace_older_ones_of_the_same_machines_only() {
    let (host, other) = (HostId::new(), HostId::new());
    let (a, b) = (Uuid::new_v4(), Uuid::new_v4());
    let events = vec![
        samples(host, 1, &[a]),
        samples(other, 1, &[a]),
        samples(host, 2, &[b]),
        samples(host, 3, &[a]),
        samples(host, 4, &[a]),
    ];
    assert_eq!(left_of(events), [1, 2, 4]);
}

#[test]
fn full_queue_turns_one_hosts_news_into_an_overflow() {
    let context = MainContext::new();
    let (sink, stream) = channel_of(100);
    let batches = attach(&context, stream);
    let (loud, quiet) = (key(), key());
    let connected = HostEvent::Connection {
        host: loud.host,
        status: ConnectionStatus::Connected,
    };
    sink.push(connected.clone());
    sink.push(reboot(quiet, 0));
    (0..500).for_each(|seq| sink.push(reboot(loud, seq)));
    sink.push(reboot(quiet, 1));
    run(&context);
    let arrived = received(&batches);
    let count = |wanted: &HostEvent| arrived.iter().filter(|event| *event == wanted).count();
    assert!(arrived.len() <= 100);
    assert_eq!(count(&connected), 1, "a new list would not tell it");
    assert_eq!((count(&reboot(quiet, 0)), count(&reboot(quiet, 1))), (1, 1));
    assert_eq!(count(&HostEvent::Overflow { host: loud.host }), 1);
    assert_eq!(count(&HostEvent::Overflow { host: quiet.host }), 0);
    assert_eq!(count(&reboot(loud, 499)), 1, "what comes after the overflow arrives");
}

#[test]
fn full_queue_keeps_which_machines_respond() {
    let context = MainContext::new();
    let (sink, stream) = channel_of(100);
    let batches = attach(&context, stream);
    let hung = key();
    let back = DomainKey::new(hung.host, Uuid::new_v4());
    let responding = |key, responding| HostEvent::Responding { key, responding };
    sink.push(responding(hung, false));
    sink.push(responding(back, false));
    sink.push(responding(back, true));
    (0..500).for_each(|seq| sink.push(reboot(hung, seq)));
    run(&context);
    let arrived = received(&batches);
    assert!(arrived.contains(&HostEvent::Overflow { host: hung.host }));
    let told: Vec<_> = arrived
        .into_iter()
        .filter(|event| matches!(event, HostEvent::Responding { .. }))
        .collect();
    assert_eq!(told, [responding(hung, false), responding(back, true)]);
}

#[test]
fn slow_receiver_is_called_for_about_four_milliseconds_a_turn() {
    let context = MainContext::new();
    let (sink, stream) = channel();
    let count = Rc::new(RefCell::new(0));
    let into = count.clone();
    stream.attach(&context, move |events| {
        let end = Instant::now() + Duration::from_micros(20) * u32::try_from(events.len()).unwrap();
        while Instant::now() < end {}
        *into.borrow_mut() += events.len();
    });
    let key = key();
    (0..10_000).for_each(|seq| sink.push(reboot(key, seq)));
    let mut turns = Vec::new();
    while *count.borrow() < 10_000 {
        let start = Instant::now();
        assert!(context.iteration(false), "more is waiting");
        turns.push(start.elapsed());
    }
    // 200 ms of work. The median, because other programs may take the processor away in any one turn.
    turns.sort();
    assert!(turns[turns.len() / 2] < Duration::from_millis(8), "{turns:?}");
    assert!(turns.len() >= 20, "{} turns", turns.len());
}

#[test]
fn event_pushed_by_another_thread_wakes_a_sleeping_loop() {
    let context = MainContext::new();
    let (sink, stream) = channel();
    let batches = attach(&context, stream);
    run(&context);
    let key = key();
    let pusher = std::thread::spawn(move || (0..100).for_each(|seq| sink.push(reboot(key, seq))));
    let end = Instant::now() + DEADLINE;
    let mut arrived = Vec::new();
    while arrived.len() < 100 {
        assert!(Instant::now() < end);
        context.iteration(true);
        arrived.extend(received(&batches));
    }
    pusher.join().unwrap();
}

#[test]
fn idle_loop_delivers_within_five_milliseconds() {
    let context = MainContext::new();
    let (sink, stream) = channel();
    let batches = attach(&context, stream);
    run(&context);
    let (ask, asked) = std::sync::mpsc::channel::<()>();
    let (tell, pushed) = std::sync::mpsc::channel();
    let key = key();
    let pusher = std::thread::spawn(move || {
        while asked.recv().is_ok() {
            tell.send(Instant::now()).unwrap();
            sink.push(reboot(key, 0));
        }
    });
    let mut delays = Vec::new();
    for _ in 0..101 {
        ask.send(()).unwrap();
        while received(&batches).is_empty() {
            context.iteration(true);
        }
        delays.push(pushed.recv_timeout(DEADLINE).unwrap().elapsed());
    }
    drop(ask);
    pusher.join().unwrap();
    delays.sort();
    assert!(delays[50] < Duration::from_millis(5), "median {:?}", delays[50]);
}

#[test]
fn receiver_goes_with_the_last_sender_after_everything_was_delivered() {
    let context = MainContext::new();
    let (sink, stream) = channel();
    let batches = attach(&context, stream);
    let second = sink.clone();
    drop(sink);
    second.push(reboot(key(), 0));
    drop(second);
    run(&context);
    assert_eq!(received(&batches).len(), 1);
    assert_eq!(Rc::strong_count(&batches), 1, "the closure still lives");
}

#[test]
fn pushing_to_nobody_is_harmless() {
    let (sink, stream) = channel();
    drop(stream);
    sink.push(reboot(key(), 0));
}
