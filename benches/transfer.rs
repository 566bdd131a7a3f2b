//! What it costs to bring a file to a volume and back, beside virsh: time by the clock, time of the processor, and memory, of the
//! whole client.
//!
//! `cargo bench --bench transfer`. The promise: within 10 % of `virsh vol-upload`, with a memory that does not grow with the file.

use std::fs::File;
use std::io::Write;
use std::mem::MaybeUninit;
use std::path::Path;
use std::process::{Command, Stdio};
use std::time::Instant;

#[path = "../tests/support/mod.rs"]
mod support;

use support::Daemon;

const MIB: usize = 1 << 20;
const LARGE: usize = 1024 * MIB;
const SMALL: usize = 128 * MIB;
const ROUNDS: usize = 5;

/// What one run of a client took.
#[derive(Clone, Copy)]
struct Cost {
    wall: f64,
    cpu: f64,
    /// The most memory that it had at once, in KiB.
    memory: i64,
}

/// Runs a client and waits for its end.
#[expect(clippy::zombie_processes, reason = "wait4 waits for it, and tells what it cost")]
fn run(mut command: Command) -> Cost {
    let begin = Instant::now();
    let child = command.stdout(Stdio::null()).spawn().expect("the client");
    let pid = libc::pid_t::try_from(child.id()).expect("a process");
    let mut status = 0;
    let mut usage = MaybeUninit::<libc::rusage>::zeroed();
    // SAFETY: a child of ours that nobody else waits for; both places are ours.
    let waited = unsafe { libc::wait4(pid, &raw mut status, 0, usage.as_mut_ptr()) };
    assert!(waited == pid && status == 0, "{command:?} failed");
    // SAFETY: filled by the call; plain numbers.
    let usage = unsafe { usage.assume_init() };
    let seconds = |time: libc::timeval| time.tv_sec as f64 + time.tv_usec as f64 / 1e6;
    Cost {
        wall: begin.elapsed().as_secs_f64(),
        cpu: seconds(usage.ru_utime) + seconds(usage.ru_stime),
        memory: usage.ru_maxrss,
    }
}

fn fill(path: &Path, bytes: usize) {
    let mut file = File::create(path).expect("a file");
    let mut state = 1_u64;
    let piece: Vec<u8> = std::iter::repeat_with(|| {
        state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1);
        (state >> 33) as u8
    })
    .take(MIB)
    .collect();
    for _ in 0..bytes / MIB {
        file.write_all(&piece).expect("room");
    }
}

/// The one in the middle.
fn median(costs: &[Cost], of: impl Fn(&Cost) -> f64) -> f64 {
    let mut values: Vec<f64> = costs.iter().map(of).collect();
    values.sort_by(f64::total_cmp);
    values.get(values.len() / 2).copied().unwrap_or(f64::NAN)
}

fn main() {
    let daemon = Daemon::start();
    let uri = daemon.uri_qemu();
    let target = daemon.directory().join("data/images");
    daemon.virsh(
        &uri,
        &["pool-define-as", "images", "dir", "--target", &target.to_string_lossy()],
    );
    daemon.virsh(&uri, &["pool-build", "images"]);
    daemon.virsh(&uri, &["pool-start", "images"]);
    let (large, small) = (daemon.directory().join("large"), daemon.directory().join("small"));
    fill(&large, LARGE);
    fill(&small, SMALL);
    let back = daemon.directory().join("back");
    let vireo = |arguments: &[&str]| {
        let mut command = Command::new(env!("CARGO_BIN_EXE_vireo"));
        command
            .args(["--connect", &uri, "--allow-risky-uri", "volume"])
            .args(arguments);
        command.env("XDG_STATE_HOME", daemon.directory()).stderr(Stdio::null());
        run(command)
    };
    let virsh = |arguments: &[&str]| {
        let mut command = daemon.virsh_command(&uri);
        command.args(arguments);
        run(command)
    };
    let delete = || daemon.virsh(&uri, &["vol-delete", "--pool", "images", "a"]);
    let (large, small) = (large.to_string_lossy(), small.to_string_lossy());
    let back = back.to_string_lossy();
    let mut costs: [Vec<Cost>; 5] = Default::default();
    for _ in 0..ROUNDS {
        daemon.virsh(
            &uri,
            &["vol-create-as", "images", "a", &LARGE.to_string(), "--allocation", "0"],
        );
        costs[0].push(virsh(&["vol-upload", "--pool", "images", "a", &large, "--sparse"]));
        delete();
        costs[1].push(vireo(&["upload", "images", "a", &large]));
        costs[2].push(virsh(&["vol-download", "--pool", "images", "a", &back, "--sparse"]));
        costs[3].push(vireo(&["download", "images", "a", &back]));
        delete();
        costs[4].push(vireo(&["upload", "images", "a", &small]));
        delete();
    }
    println!(
        "{:<28} {:>9} {:>9} {:>11}",
        "1 GiB, medians", "wall, s", "CPU, s", "memory, MiB"
    );
    let names = [
        "upload, virsh",
        "upload, Vireo",
        "download, virsh",
        "download, Vireo",
        "upload of 128 MiB, Vireo",
    ];
    for (name, costs) in names.iter().zip(&costs) {
        println!(
            "{name:<28} {:>9.2} {:>9.2} {:>11.1}",
            median(costs, |cost| cost.wall),
            median(costs, |cost| cost.cpu),
            median(costs, |cost| cost.memory as f64 / 1024.0)
        );
    }
}
