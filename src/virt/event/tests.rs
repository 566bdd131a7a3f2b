use std::ffi::CString;
use std::sync::mpsc;
use std::time::{Duration, Instant};

use glib::MainContext;

use super::*;
use crate::model::event::{HostEvent, Lifecycle};
use crate::virt::bridge::channel;
use crate::virt::event_loop::{EventLoop, test_loop};

const DEADLINE: Duration = Duration::from_secs(20);

/// A connection of its own world: the driver shares `test:///default` between all tests of this process.
fn connect() -> Handle<Connect> {
    test_loop();
    let file = tempfile::NamedTempFile::new().unwrap();
    let xml = "<node><domain type='test'><name>plum</name><uuid>11111111-2222-3333-4444-555555555555</uuid>\
               <memory>1024</memory><vcpu>1</vcpu><os><type>hvm</type></os></domain></node>";
    std::fs::write(file.path(), xml).unwrap();
    let uri = CString::new(format!("test://{}", file.path().display())).unwrap();
    // SAFETY: a terminated string; the result is owned.
    unsafe { Handle::from_owned(sys::virConnectOpen(uri.as_ptr())) }.unwrap()
}

/// Everything that arrives, with the check that it does so on the loop's thread.
fn listen() -> (EventSink, mpsc::Receiver<HostEvent>) {
    let (sink, stream) = channel();
    let (sender, receiver) = mpsc::channel();
    let context = test_loop();
    let own = context.clone();
    context.invoke(move || {
        stream.attach(&own, move |events| {
            assert!(MainContext::thread_default().is_some());
            events.into_iter().for_each(|event| drop(sender.send(event)));
        });
    });
    (sink, receiver)
}

fn stop_plum(connection: &Handle<Connect>) {
    // SAFETY: the connection lives; the domain is owned and freed.
    unsafe {
        let domain = sys::virDomainLookupByName(connection.as_ptr(), c"plum".as_ptr());
        assert!(!domain.is_null());
        assert_eq!(sys::virDomainDestroy(domain), 0);
        sys::virDomainFree(domain);
    }
}

fn wait_for(receiver: &mpsc::Receiver<HostEvent>, wanted: Lifecycle) -> HostEvent {
    let end = Instant::now() + DEADLINE;
    loop {
        let event = receiver
            .recv_timeout(end.saturating_duration_since(Instant::now()))
            .unwrap();
        if matches!(&event, HostEvent::Lifecycle { change, .. } if *change == wanted) {
            return event;
        }
    }
}

fn subscribe(connection: &Handle<Connect>, sink: EventSink) -> Subscriptions {
    subscribe_all(connection, HostId::new(), Arc::default(), sink, |_| ())
}

#[test]
fn every_domain_event_of_libvirt_9_has_a_callback() {
    let known = (0..=26).filter(|id| trampoline::domain(*id).is_some());
    assert_eq!(known.count(), 27);
    let mut covered: Vec<Topic> = TOPICS
        .into_iter()
        .flat_map(|(topic, lesser)| [Some(topic), lesser])
        .flatten()
        .chain([LIFECYCLE])
        .filter(|topic| matches!(topic, Topic::Domain(_)))
        .collect();
    covered.dedup();
    assert_eq!(covered.len(), 27);
}

#[test]
fn all_ids_but_secrets_register_with_the_test_driver() {
    let subscriptions = subscribe(&connect(), channel().0);
    assert!(subscriptions.lifecycle());
    assert_eq!(
        subscriptions.shared.progress().missing,
        [Topic::Secret(0), Topic::Secret(1)]
    );
    assert_eq!(subscriptions.shared.progress().registrations.len(), 30);
}

#[test]
fn lifecycle_arrives_typed_and_numbered_on_the_thread_of_the_loop() {
    let connection = connect();
    let (sink, receiver) = listen();
    let _subscriptions = subscribe(&connection, sink);
    stop_plum(&connection);
    let HostEvent::Lifecycle { key, seq, name, id, .. } = wait_for(&receiver, Lifecycle::Stopped) else {
        unreachable!()
    };
    assert_eq!(key.uuid.to_string(), "11111111-2222-3333-4444-555555555555");
    assert_eq!((seq, name.as_str(), id), (1, "plum", None));
}

#[test]
fn dropping_one_subscription_does_not_silence_another() {
    let connection = connect();
    let (first_sink, first_receiver) = listen();
    let (second_sink, second_receiver) = listen();
    let first = subscribe(&connection, first_sink);
    let _second = subscribe(&connection, second_sink);
    drop(first);
    stop_plum(&connection);
    wait_for(&second_receiver, Lifecycle::Stopped);
    // Its last sender went with the subscription, so the channel ends without an event.
    assert_eq!(
        first_receiver.recv_timeout(DEADLINE),
        Err(mpsc::RecvTimeoutError::Disconnected)
    );
}

#[test]
fn nothing_stays_registered_after_drop_and_close() {
    let (gone, dropped) = mpsc::channel::<()>();
    let connection = connect();
    let guard = gone.clone();
    let subscriptions = subscribe_all(&connection, HostId::new(), Arc::default(), channel().0, move |_| {
        let _ = guard.send(());
    });
    drop(gone);
    let numbers: Vec<usize> = subscriptions
        .shared
        .progress()
        .registrations
        .iter()
        .map(|entry| entry.target)
        .collect();
    drop(subscriptions);
    // SAFETY: one more reference and its release, to read the count: the release returns what is left.
    let left = unsafe {
        sys::virConnectRef(connection.as_ptr());
        sys::virConnectClose(connection.as_ptr())
    };
    assert_eq!(left, 1, "libvirt still holds the connection");
    drop(connection);
    assert!(
        numbers
            .into_iter()
            .all(|number| registry::find(registry::opaque(number)).is_none())
    );
    // The closure of the caller is gone, and with it its sender.
    assert_eq!(
        dropped.recv_timeout(DEADLINE),
        Err(mpsc::RecvTimeoutError::Disconnected)
    );
    let _ = EventLoop::pending();
}
