//! What definitions cost: reading, changing and writing one of 40 kB, and reading three thousand.
//!
//! `cargo bench --bench xml`. The promises: under 1 ms for the one, under 1 s for the many.

use std::fs;
use std::hint::black_box;
use std::path::Path;
use std::time::{Duration, Instant};

use vireo::model::xml::domain::{Domain, DomainChange};
use vireo::model::xml::{differences, merge, read_domain};

const ROUNDS: usize = 301;

fn main() {
    let machine = of_40_kb();
    let changes = [
        DomainChange::Memory(1 << 20),
        DomainChange::AddDisk("/x.qcow2".into()),
        DomainChange::Title("t".into()),
    ];
    println!("a definition of {:.1} kB", machine.len() as f64 / 1000.0);
    let edit = |changes: &[DomainChange]| {
        let domain = Domain::parse(black_box(&machine)).expect("well-formed");
        let after = DomainChange::apply_all(changes, &domain).expect("possible");
        black_box(after.document().to_string());
    };
    report("read", || {
        drop(black_box(Domain::parse(black_box(&machine)).expect("well-formed")))
    });
    report("read, change one value, write", || edit(&changes[..1]));
    report("read, make three changes, write", || edit(&changes));
    let base = Domain::parse(&machine).expect("well-formed");
    let ours = DomainChange::apply_all(&changes, &base).expect("possible");
    report("compare two", || {
        drop(black_box(differences(base.document(), ours.document())))
    });
    report("merge three", || {
        drop(black_box(merge(base.document(), ours.document(), base.document())))
    });

    let many = corpus();
    let bytes: usize = many.iter().map(String::len).sum();
    let per = 3000_usize.div_ceil(many.len());
    let start = Instant::now();
    for _ in 0..per {
        for text in &many {
            black_box(read_domain(black_box(text)).expect("a machine"));
        }
    }
    let count = per * many.len();
    println!(
        "{count} definitions ({:.1} kB on average) for the list: {:.0} ms",
        bytes as f64 / many.len() as f64 / 1000.0,
        ms(start.elapsed())
    );
    let start = Instant::now();
    for _ in 0..3000 {
        black_box(Domain::parse(black_box(&machine)).expect("a machine"));
    }
    println!("3000 definitions of 40 kB as documents: {:.0} ms", ms(start.elapsed()));
}

fn ms(time: Duration) -> f64 {
    time.as_secs_f64() * 1000.0
}

/// Median and worst of many rounds.
fn report(what: &str, mut round: impl FnMut()) {
    let mut times: Vec<_> = (0..ROUNDS)
        .map(|_| {
            let start = Instant::now();
            round();
            start.elapsed()
        })
        .collect();
    times.sort();
    println!(
        "{what:<34} {:>8.3} ms, worst {:.3} ms",
        ms(times[ROUNDS / 2]),
        ms(times[ROUNDS - 1])
    );
}

/// A machine with many devices, as libvirt writes them.
fn of_40_kb() -> String {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let text = fs::read_to_string(root.join("tests/corpus/libvirt/qemu-disk-many.xml")).expect("in the corpus");
    let nic = |n: usize| {
        format!(
            "    <interface type='network'>\n      <mac address='52:54:00:00:01:{n:02x}'/>\n      <source network='default'/>\n      \
             <model type='virtio'/>\n      <address type='pci' domain='0x0000' bus='0x{n:02x}' slot='0x01' function='0x0'/>\n    </interface>\n"
        )
    };
    let more = 40_000_usize.saturating_sub(text.len()) / nic(0).len();
    let nics: String = (0..more.min(255)).map(nic).collect();
    text.replace("  </devices>", &format!("{nics}  </devices>"))
}

fn corpus() -> Vec<String> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/corpus/libvirt");
    let files = fs::read_dir(root)
        .expect("the corpus")
        .map(|entry| entry.expect("an entry").path());
    files
        .filter_map(|path| fs::read_to_string(path).ok())
        .filter(|text| text.starts_with("<domain"))
        .collect()
}
