//! The event loop driven as libvirt drives it: callbacks of C, registered from foreign threads, on a context with a thread
//! of its own.

use std::ffi::{c_int, c_void};
use std::io::{Read, Write};
use std::os::fd::{AsRawFd, IntoRawFd};
use std::os::unix::net::UnixStream;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::mpsc::{self, Receiver, Sender};
use std::sync::{Arc, Mutex};
use std::thread::{JoinHandle, ThreadId};
use std::time::{Duration, Instant};

use glib::{ControlFlow, MainContext, MainLoop, Priority};
use vireo::virt::event_loop::{EventLoop, InstallError, Table};

const READABLE: c_int = 1;
const WRITABLE: c_int = 2;
const ERROR: c_int = 4;
const HANGUP: c_int = 8;
const DEADLINE: Duration = Duration::from_secs(30);

/// A call of a callback: number, descriptor (−1 for timers), events.
type Fired = (c_int, c_int, c_int);
type Action = Box<dyn Fn(Fired) + Send + Sync>;

/// What stands behind the opaque pointer; owned by libvirt's side until `free`.
struct Probe {
    action: Action,
    inside: AtomicBool,
    freed: Sender<ThreadId>,
}

unsafe extern "C" fn on_handle(watch: c_int, fd: c_int, events: c_int, opaque: *mut c_void) {
    // SAFETY: libvirt's side gives back the pointer that `probe` made, before `free`.
    let probe = unsafe { &*opaque.cast::<Probe>() };
    let outer = probe.inside.swap(true, Ordering::SeqCst);
    (probe.action)((watch, fd, events));
    probe.inside.store(outer, Ordering::SeqCst);
}

unsafe extern "C" fn on_timeout(timer: c_int, opaque: *mut c_void) {
    // SAFETY: same contract, same opaque pointer.
    unsafe { on_handle(timer, -1, 0, opaque) };
}

unsafe extern "C" fn free(opaque: *mut c_void) {
    // SAFETY: the pointer came from `Box::into_raw` and is freed once.
    let probe = unsafe { Box::from_raw(opaque.cast::<Probe>()) };
    assert!(!probe.inside.load(Ordering::SeqCst), "freed below its own callback");
    let _ = probe.freed.send(std::thread::current().id());
}

/// A table on a context that its own thread runs.
struct Loop {
    table: Table,
    context: MainContext,
    main_loop: MainLoop,
    thread: Option<JoinHandle<()>>,
    freed: (Sender<ThreadId>, Mutex<Receiver<ThreadId>>),
}

impl Loop {
    fn new() -> Self {
        let context = MainContext::new();
        let main_loop = MainLoop::new(Some(&context), false);
        let (running, own) = (main_loop.clone(), context.clone());
        let thread = std::thread::spawn(move || own.with_thread_default(|| running.run()).unwrap());
        let (sender, receiver) = mpsc::channel();
        let this = Self {
            table: Table::new(&context),
            context,
            main_loop,
            thread: Some(thread),
            freed: (sender, Mutex::new(receiver)),
        };
        this.settle();
        this
    }

    fn probe(&self, action: impl Fn(Fired) + Send + Sync + 'static) -> *mut c_void {
        let probe = Probe {
            action: Box::new(action),
            inside: AtomicBool::new(false),
            freed: self.freed.0.clone(),
        };
        Box::into_raw(Box::new(probe)).cast()
    }

    fn handle(&self, fd: c_int, events: c_int, action: impl Fn(Fired) + Send + Sync + 'static) -> c_int {
        let opaque = self.probe(action);
        // SAFETY: the callbacks take the pointer that `probe` made until `free` drops it.
        let watch = unsafe { self.table.add_handle(fd, events, Some(on_handle), opaque, Some(free)) };
        assert!(watch > 0);
        watch
    }

    fn timeout(&self, interval_ms: c_int, action: impl Fn(Fired) + Send + Sync + 'static) -> c_int {
        let opaque = self.probe(action);
        // SAFETY: the callbacks take the pointer that `probe` made until `free` drops it.
        let timer = unsafe {
            self.table
                .add_timeout(interval_ms, Some(on_timeout), opaque, Some(free))
        };
        assert!(timer > 0);
        timer
    }

    /// Runs on the loop's thread, behind everything of the loop that is ready, and waits for it.
    fn at_rest<R: Send + 'static>(&self, work: impl FnOnce() -> R + Send + 'static) -> R {
        let (sender, receiver) = mpsc::channel();
        self.context.invoke_with_priority(Priority::LOW, move || {
            let _ = sender.send(work());
        });
        receiver.recv_timeout(DEADLINE).unwrap()
    }

    /// Waits until nothing is ready.
    fn settle(&self) {
        self.at_rest(|| ());
    }

    /// Waits for `count` frees, all on the loop's thread.
    fn wait_freed(&self, count: usize) {
        let thread = self.at_rest(|| std::thread::current().id());
        for _ in 0..count {
            assert_eq!(self.freed.1.lock().unwrap().recv_timeout(DEADLINE).unwrap(), thread);
        }
        self.settle();
        assert!(self.freed.1.lock().unwrap().try_recv().is_err(), "freed once too often");
    }
}

impl Drop for Loop {
    fn drop(&mut self) {
        self.main_loop.quit();
        if let Some(thread) = self.thread.take() {
            let _ = thread.join();
        }
    }
}

/// A socket whose callback reports and reads one byte.
struct Pipe {
    near: UnixStream,
    far: UnixStream,
}

impl Pipe {
    fn new() -> Self {
        let (near, far) = UnixStream::pair().unwrap();
        near.set_nonblocking(true).unwrap();
        Self { near, far }
    }

    fn fd(&self) -> c_int {
        self.near.as_raw_fd()
    }

    fn write(&self) {
        (&self.far).write_all(b"x").unwrap();
    }

    /// Reports to `sender` and takes one byte away.
    fn reader(&self, sender: &Sender<Fired>) -> impl Fn(Fired) + Send + Sync + use<> {
        let near = Mutex::new(self.near.try_clone().unwrap());
        let sender = Mutex::new(sender.clone());
        move |fired| {
            let _ = near.lock().unwrap().read(&mut [0; 1]);
            sender.lock().unwrap().send(fired).unwrap();
        }
    }
}

fn next(receiver: &Receiver<Fired>) -> Fired {
    receiver.recv_timeout(DEADLINE).unwrap()
}

#[test]
fn only_the_handle_that_is_ready_fires() {
    let (it, (sender, receiver)) = (Loop::new(), mpsc::channel());
    let pipes: Vec<Pipe> = (0..31).map(|_| Pipe::new()).collect();
    let watches: Vec<c_int> = pipes
        .iter()
        .map(|pipe| it.handle(pipe.fd(), READABLE, pipe.reader(&sender)))
        .collect();
    pipes[1].write();
    assert_eq!(next(&receiver), (watches[1], pipes[1].fd(), READABLE));
    // Removed before the next poll.
    it.table.remove_handle(watches[0]);
    pipes[0].write();
    pipes[2].write();
    assert_eq!(next(&receiver).0, watches[2]);
    // Removed while the loop sleeps.
    it.settle();
    it.table.remove_handle(watches[1]);
    it.settle();
    assert!(receiver.try_recv().is_err());
    // All but the last go, the last fires four times.
    watches[2..30]
        .iter()
        .for_each(|watch| assert_eq!(it.table.remove_handle(*watch), 0));
    for _ in 0..4 {
        pipes[30].write();
        assert_eq!(next(&receiver).0, watches[30]);
    }
    it.table.remove_handle(watches[30]);
    it.wait_freed(31);
    assert_eq!(it.table.pending(), 0);
}

#[test]
fn handle_removed_by_another_ones_callback_does_not_fire() {
    let (it, (sender, receiver)) = (Loop::new(), mpsc::channel::<Fired>());
    let (a, b) = (Pipe::new(), Pipe::new());
    let watches = Arc::new(Mutex::new(Vec::<c_int>::new()));
    for pipe in [&a, &b] {
        let (table, all, report) = (it.table.clone(), watches.clone(), pipe.reader(&sender));
        let watch = it.handle(pipe.fd(), 0, move |fired| {
            report(fired);
            let others = all.lock().unwrap().clone();
            others
                .iter()
                .filter(|other| **other != fired.0)
                .for_each(|other| _ = table.remove_handle(*other));
        });
        watches.lock().unwrap().push(watch);
    }
    a.write();
    b.write();
    // Both are armed in one turn of the loop, so one poll finds both ready.
    let (table, all) = (it.table.clone(), watches.lock().unwrap().clone());
    it.at_rest(move || all.iter().for_each(|watch| table.update_handle(*watch, READABLE)));
    let first = next(&receiver).0;
    it.wait_freed(1);
    assert!(receiver.try_recv().is_err());
    it.table.remove_handle(first);
    it.wait_freed(1);
}

#[test]
fn handle_that_removes_itself_is_freed_after_its_callback() {
    let (it, (sender, receiver)) = (Loop::new(), mpsc::channel());
    let pipe = Pipe::new();
    let (table, report) = (it.table.clone(), pipe.reader(&sender));
    it.handle(pipe.fd(), READABLE, move |fired| {
        assert_eq!(table.remove_handle(fired.0), 0);
        report(fired);
    });
    pipe.write();
    pipe.write();
    next(&receiver);
    it.wait_freed(1);
    assert!(receiver.try_recv().is_err());
}

#[test]
fn removing_an_unknown_or_removed_number_fails_and_updating_it_does_not_rearm() {
    let (it, (sender, receiver)) = (Loop::new(), mpsc::channel());
    let pipe = Pipe::new();
    let watch = it.handle(pipe.fd(), 0, pipe.reader(&sender));
    let timer = it.timeout(-1, move |fired| sender.send(fired).unwrap());
    assert_eq!((it.table.remove_handle(watch), it.table.remove_timeout(timer)), (0, 0));
    it.table.update_handle(watch, READABLE);
    it.table.update_timeout(timer, 0);
    pipe.write();
    it.wait_freed(2);
    assert!(receiver.try_recv().is_err());
    assert_eq!(
        (it.table.remove_handle(watch), it.table.remove_timeout(timer)),
        (-1, -1)
    );
    assert_eq!((it.table.remove_handle(99), it.table.remove_timeout(0)), (-1, -1));
}

#[test]
fn disabled_handle_is_silent_until_it_is_enabled_again() {
    let (it, (sender, receiver)) = (Loop::new(), mpsc::channel());
    let pipe = Pipe::new();
    let watch = it.handle(pipe.fd(), READABLE, pipe.reader(&sender));
    it.table.update_handle(watch, 0);
    pipe.write();
    it.settle();
    assert!(receiver.try_recv().is_err());
    it.table.update_handle(watch, READABLE);
    assert_eq!(next(&receiver).0, watch);
    it.table.remove_handle(watch);
    it.wait_freed(1);
}

#[test]
fn same_descriptor_twice_calls_the_right_callback() {
    let (it, (sender, receiver)) = (Loop::new(), mpsc::channel());
    let pipe = Pipe::new();
    let silent = it.handle(pipe.fd(), 0, |_| panic!("has no events"));
    let (table, report) = (it.table.clone(), Mutex::new(sender.clone()));
    let writer = it.handle(pipe.fd(), WRITABLE, move |fired| {
        table.update_handle(fired.0, 0);
        report.lock().unwrap().send(fired).unwrap();
    });
    assert_eq!(next(&receiver), (writer, pipe.fd(), WRITABLE));
    let reader = it.handle(pipe.fd(), READABLE, pipe.reader(&sender));
    pipe.write();
    assert_eq!(next(&receiver), (reader, pipe.fd(), READABLE));
    [silent, writer, reader]
        .into_iter()
        .for_each(|watch| assert_eq!(it.table.remove_handle(watch), 0));
    it.wait_freed(3);
}

#[test]
fn handle_watching_only_for_input_still_hears_the_hangup() {
    let (it, (sender, receiver)) = (Loop::new(), mpsc::channel());
    let (reader, writer) = std::io::pipe().unwrap();
    let table = it.table.clone();
    it.handle(reader.as_raw_fd(), READABLE, move |fired| {
        table.remove_handle(fired.0);
        sender.send(fired).unwrap();
    });
    drop(writer);
    assert_ne!(next(&receiver).2 & HANGUP, 0);
    it.wait_freed(1);
}

#[test]
fn descriptor_closed_behind_the_loops_back_is_an_error_and_no_spin() {
    let (it, (sender, receiver)) = (Loop::new(), mpsc::channel());
    // A high number that no other test opens meanwhile.
    let fd = Pipe::new().near.into_raw_fd();
    // SAFETY: a descriptor of our own.
    let high = unsafe { libc::fcntl(fd, libc::F_DUPFD, 900) };
    assert!(high >= 900);
    // SAFETY: a descriptor of our own.
    unsafe { libc::close(fd) };
    let table = it.table.clone();
    let watch = it.handle(high, 0, move |fired| {
        table.remove_handle(fired.0);
        sender.send(fired).unwrap();
    });
    // SAFETY: a descriptor of our own.
    unsafe { libc::close(high) };
    it.table.update_handle(watch, READABLE);
    assert_ne!(next(&receiver).2 & ERROR, 0);
    it.wait_freed(1);
}

#[test]
fn add_refuses_what_can_not_work() {
    let it = Loop::new();
    let null = std::ptr::null_mut();
    // SAFETY: no callback can be called, as every addition is refused.
    unsafe {
        assert_eq!(it.table.add_handle(-1, READABLE, Some(on_handle), null, None), -1);
        assert_eq!(it.table.add_handle(100_000, READABLE, Some(on_handle), null, None), -1);
        assert_eq!(it.table.add_handle(0, READABLE, None, null, None), -1);
        assert_eq!(it.table.add_timeout(0, None, null, None), -1);
    }
    assert_eq!(it.table.pending(), 0);
}

#[test]
fn numbers_stay_positive_and_unique_at_the_end_of_the_range() {
    let it = Loop::new();
    let first = it.timeout(-1, |_| ());
    it.table.set_last_id(c_int::MAX - 1);
    let last = it.timeout(-1, |_| ());
    let wrapped = it.timeout(-1, |_| ());
    assert_eq!((first, last, wrapped), (1, c_int::MAX, 2));
    [first, last, wrapped]
        .into_iter()
        .for_each(|timer| assert_eq!(it.table.remove_timeout(timer), 0));
    it.wait_freed(3);
}

#[test]
fn timer_follows_its_updates() {
    let (it, (sender, receiver)) = (Loop::new(), mpsc::channel());
    let timers: Vec<c_int> = (0..31)
        .map(|_| {
            let sender = Mutex::new(sender.clone());
            it.timeout(-1, move |fired| sender.lock().unwrap().send(fired).unwrap())
        })
        .collect();
    it.settle();
    assert!(receiver.try_recv().is_err(), "−1 means disabled");
    let start = Instant::now();
    it.table.update_timeout(timers[1], 50);
    assert_eq!(next(&receiver).0, timers[1]);
    assert!(start.elapsed() >= Duration::from_millis(49));
    assert_eq!(next(&receiver).0, timers[1], "it fires again and again");
    it.table.update_timeout(timers[1], -1);
    it.settle();
    while receiver.try_recv().is_ok() {}
    // Removed before it is due, another one fires.
    it.table.update_timeout(timers[0], 20);
    it.table.remove_timeout(timers[0]);
    it.table.update_timeout(timers[2], 40);
    assert_eq!(next(&receiver).0, timers[2]);
    // A long one becomes immediate.
    it.table.update_timeout(timers[2], -1);
    it.table.update_timeout(timers[3], 3_600_000);
    it.table.update_timeout(timers[3], 0);
    while next(&receiver).0 != timers[3] {}
    timers[1..]
        .iter()
        .for_each(|timer| assert_eq!(it.table.remove_timeout(*timer), 0));
    it.wait_freed(31);
}

#[test]
fn timer_that_is_put_off_again_and_again_fires_once_it_is_not() {
    let (it, (sender, receiver)) = (Loop::new(), mpsc::channel());
    let sender = Mutex::new(sender);
    let timer = it.timeout(60, move |fired| sender.lock().unwrap().send(fired).unwrap());
    let start = Instant::now();
    let mut last = start;
    while start.elapsed() < Duration::from_millis(300) {
        // Late by the machine's fault, it has fired by right.
        assert!(receiver.try_recv().is_err() || last.elapsed() >= Duration::from_millis(59));
        last = Instant::now();
        it.table.update_timeout(timer, 60);
        std::thread::sleep(Duration::from_millis(5));
    }
    assert_eq!(next(&receiver).0, timer);
    assert!(last.elapsed() >= Duration::from_millis(59), "{:?}", last.elapsed());
    assert_eq!(next(&receiver).0, timer, "it fires again and again");
    // A shorter interval counts at once, whatever the timer was put off to.
    it.table.update_timeout(timer, 3_600_000);
    it.table.update_timeout(timer, 7_200_000);
    while receiver.try_recv().is_ok() {}
    it.table.update_timeout(timer, 20);
    assert_eq!(next(&receiver).0, timer);
    it.table.remove_timeout(timer);
    it.wait_freed(1);
}

#[test]
fn what_each_call_of_libvirt_does_to_its_socket_and_keepalive_wakes_nobody() {
    let (it, (sender, receiver)) = (Loop::new(), mpsc::channel());
    let pipe = Pipe::new();
    let watch = it.handle(pipe.fd(), READABLE, pipe.reader(&sender));
    let timer = it.timeout(5_000, |_| ());
    // SAFETY: no arguments.
    let thread = it.at_rest(|| unsafe { libc::syscall(libc::SYS_gettid) });
    let sleeps = || -> u64 {
        let status = std::fs::read_to_string(format!("/proc/self/task/{thread}/status")).unwrap();
        let line = status
            .lines()
            .find_map(|line| line.strip_prefix("voluntary_ctxt_switches:"));
        line.unwrap().trim().parse().unwrap()
    };
    it.settle();
    let before = sleeps();
    for _ in 0..1_000 {
        it.table.update_handle(watch, 0);
        it.table.update_timeout(timer, 5_000);
        it.table.update_handle(watch, READABLE);
    }
    assert!(sleeps() - before < 20, "woken {} times", sleeps() - before);
    // It still works, and what comes while nobody watches is told afterwards.
    it.table.update_handle(watch, 0);
    pipe.write();
    it.settle();
    assert!(receiver.try_recv().is_err());
    it.table.update_handle(watch, READABLE);
    assert_eq!(next(&receiver).0, watch);
    it.table.remove_handle(watch);
    it.table.remove_timeout(timer);
    it.wait_freed(2);
}

#[test]
fn timer_removed_by_another_ones_callback_does_not_fire() {
    let (it, (sender, receiver)) = (Loop::new(), mpsc::channel());
    let timers = Arc::new(Mutex::new(Vec::<c_int>::new()));
    for _ in 0..2 {
        let (table, all, sender) = (it.table.clone(), timers.clone(), Mutex::new(sender.clone()));
        let timer = it.timeout(-1, move |fired| {
            all.lock()
                .unwrap()
                .iter()
                .for_each(|timer| _ = table.remove_timeout(*timer));
            sender.lock().unwrap().send(fired).unwrap();
        });
        timers.lock().unwrap().push(timer);
    }
    let (table, all) = (it.table.clone(), timers.lock().unwrap().clone());
    it.at_rest(move || all.iter().for_each(|timer| table.update_timeout(*timer, 0)));
    next(&receiver);
    it.wait_freed(2);
    assert!(receiver.try_recv().is_err());
}

#[test]
fn nested_loop_in_a_callback_that_removed_itself_does_not_free_below_it() {
    let (it, (sender, receiver)) = (Loop::new(), mpsc::channel());
    let (table, context) = (it.table.clone(), it.context.clone());
    it.timeout(0, move |fired| {
        table.remove_timeout(fired.0);
        // Enough turns for the reaper; `free` asserts that it does not run in here.
        while context.iteration(false) {}
        sender.send(fired).unwrap();
    });
    next(&receiver);
    it.wait_freed(1);
    assert_eq!(it.table.pending(), 0);
}

#[test]
fn armed_zero_timer_and_readable_socket_let_redraws_happen() {
    let it = Loop::new();
    let pipe = Pipe::new();
    pipe.write();
    let busy = Arc::new(AtomicUsize::new(0));
    let (one, two) = (busy.clone(), busy.clone());
    let timer = it.timeout(0, move |_| _ = one.fetch_add(1, Ordering::Relaxed));
    let watch = it.handle(pipe.fd(), READABLE, move |_| _ = two.fetch_add(1, Ordering::Relaxed));
    let (sender, frames) = mpsc::channel();
    let redraw = glib::source::timeout_source_new(Duration::from_millis(5), None, Priority::from(120), move || {
        let _ = sender.send(());
        ControlFlow::Continue
    });
    redraw.attach(Some(&it.context));
    for _ in 0..20 {
        frames.recv_timeout(DEADLINE).unwrap();
    }
    assert!(busy.load(Ordering::Relaxed) > 20, "the busy sources ran, too");
    redraw.destroy();
    it.table.remove_timeout(timer);
    it.table.remove_handle(watch);
    it.wait_freed(2);
}

#[test]
fn frees_are_not_starved_by_an_armed_zero_timer() {
    let it = Loop::new();
    let busy = it.timeout(0, |_| ());
    let idle = it.timeout(-1, |_| ());
    it.table.remove_timeout(idle);
    it.freed.1.lock().unwrap().recv_timeout(DEADLINE).unwrap();
    it.table.remove_timeout(busy);
    it.wait_freed(1);
}

#[test]
fn four_threads_adding_updating_and_removing_leave_nothing_behind() {
    const ROUNDS: usize = 500;
    let it = Loop::new();
    std::thread::scope(|scope| {
        for _ in 0..4 {
            scope.spawn(|| {
                let pipe = Pipe::new();
                pipe.write();
                for _ in 0..ROUNDS {
                    let watch = it.handle(pipe.fd(), READABLE, |_| ());
                    let timer = it.timeout(0, |_| ());
                    it.table.update_handle(watch, 0);
                    it.table.update_handle(watch, READABLE | WRITABLE);
                    it.table.update_timeout(timer, 1);
                    assert_eq!((it.table.remove_handle(watch), it.table.remove_timeout(timer)), (0, 0));
                }
            });
        }
    });
    it.wait_freed(4 * ROUNDS * 2);
    assert_eq!(it.table.pending(), 0);
}

#[test]
fn drained_waits_for_the_last_free() {
    let it = Loop::new();
    let timer = it.timeout(-1, |_| ());
    let (sender, receiver) = mpsc::channel();
    let (table, context) = (it.table.clone(), it.context.clone());
    it.at_rest(move || {
        context.spawn_local(async move {
            table.drained().await;
            sender.send(table.pending()).unwrap();
        });
    });
    it.settle();
    assert!(receiver.try_recv().is_err());
    it.table.remove_timeout(timer);
    assert_eq!(receiver.recv_timeout(DEADLINE), Ok(0));
    it.wait_freed(1);
}

unsafe extern "C" fn on_lifecycle(
    _: virt_sys::virConnectPtr,
    _: virt_sys::virDomainPtr,
    event: c_int,
    _: c_int,
    opaque: *mut c_void,
) -> c_int {
    // SAFETY: the pointer came from `Box::into_raw` and lives until it is freed.
    let sender = unsafe { &*opaque.cast::<Sender<(c_int, ThreadId)>>() };
    sender.send((event, std::thread::current().id())).unwrap();
    0
}

unsafe extern "C" fn free_sender(opaque: *mut c_void) {
    // SAFETY: the pointer came from `Box::into_raw` and is freed once.
    drop(unsafe { Box::from_raw(opaque.cast::<Sender<(c_int, ThreadId)>>()) });
}

/// The only test that installs the loop for the process.
#[test]
fn events_of_the_test_driver_arrive_on_the_loops_thread_and_everything_drains() {
    let it = Loop::new();
    assert_eq!(EventLoop::install(&it.context), Ok(()));
    assert_eq!(EventLoop::install(&it.context), Err(InstallError::Installed));
    let thread = it.at_rest(|| std::thread::current().id());
    let (sender, receiver) = mpsc::channel::<(c_int, ThreadId)>();
    // SAFETY: live objects of ours, terminated strings, callbacks with the signatures of libvirt.
    unsafe {
        let connection = virt_sys::virConnectOpen(c"test:///default".as_ptr());
        assert!(!connection.is_null());
        let callback = std::mem::transmute::<
            *const (),
            unsafe extern "C" fn(virt_sys::virConnectPtr, virt_sys::virDomainPtr, *mut c_void),
        >(on_lifecycle as *const ());
        let opaque = Box::into_raw(Box::new(sender)).cast();
        let id = virt_sys::virConnectDomainEventRegisterAny(
            connection,
            std::ptr::null_mut(),
            0,
            Some(callback),
            opaque,
            Some(free_sender),
        );
        assert!(id >= 0);
        let domain = virt_sys::virDomainLookupByName(connection, c"test".as_ptr());
        assert_eq!(virt_sys::virDomainSuspend(domain), 0);
        assert_eq!(virt_sys::virDomainResume(domain), 0);
        assert_eq!(receiver.recv_timeout(DEADLINE), Ok((3, thread)));
        assert_eq!(receiver.recv_timeout(DEADLINE), Ok((4, thread)));
        assert!(EventLoop::pending() > 0);
        virt_sys::virDomainFree(domain);
        assert!(virt_sys::virConnectDomainEventDeregisterAny(connection, id) >= 0);
        // Not 0 while the loop is still leaving the last callback: libvirt then lets go by itself.
        assert!(virt_sys::virConnectClose(connection) >= 0);
    }
    let (done, drained) = mpsc::channel();
    let context = it.context.clone();
    it.at_rest(move || {
        context.spawn_local(async move {
            EventLoop::drained().await;
            done.send(EventLoop::pending()).unwrap();
        });
    });
    assert_eq!(drained.recv_timeout(DEADLINE), Ok(0));
}
