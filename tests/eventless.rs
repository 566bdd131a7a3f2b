//! A host whose driver tells of no changes: libvirt's driver for VMware Player, which asks a program `vmrun`. Ours plays that
//! program, so that machines start and stop without anybody telling.

mod support;

use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::Path;
use std::process::Command;
use std::time::Duration;

use support::{Host, on_main, skipped};
use vireo::model::deletion::Keep;
use vireo::model::domain::DomainState;
use vireo::model::error::Kind;
use vireo::model::event::HostEvent;
use vireo::model::host::ConnectionStatus;
use vireo::model::sample::{Interest, StatGroups};

const URI: &str = "vmwareplayer:///session";
const FOLDER: &str = "VIREO_TEST_VMWARE";
const NAME: &str = "host_without_events_is_polled_while_somebody_looks";

/// The programs that the driver calls: `vmrun … list` names one machine if the file `running` is there.
fn install(folder: &Path) {
    let program = |name: &str, text: &str| {
        let path = folder.join(name);
        fs::write(&path, text).unwrap();
        fs::set_permissions(&path, fs::Permissions::from_mode(0o755)).unwrap();
    };
    program(
        "vmplayer",
        "#!/bin/sh\necho 'VMware Player 16.1.0 build-17198959' >&2\n",
    );
    let machine = folder.join("one.vmx");
    program(
        "vmrun",
        &format!(
            "#!/bin/sh\ncd '{}'\n[ \"$3\" = list ] || exit 1\necho x >>asked\n\
             if [ -e running ]; then echo 'Total running VMs: 1'; echo '{}'; else echo 'Total running VMs: 0'; fi\n",
            folder.display(),
            machine.display()
        ),
    );
    fs::write(
        machine,
        ".encoding = \"UTF-8\"\nconfig.version = \"8\"\nvirtualHW.version = \"4\"\ndisplayName = \"one\"\n\
         memsize = \"512\"\nguestOS = \"other\"\nuuid.bios = \"50 11 5e 16 9b dc 49 d7-f1 71 53 c4 d7 f9 17 10\"\n",
    )
    .unwrap();
    fs::write(
        folder.join("vmware.log"),
        "Log for VMware Player pid=1234 version=16.1.0\n",
    )
    .unwrap();
    fs::write(folder.join("running"), "").unwrap();
}

/// In a process of its own, for the sake of its `PATH`.
#[test]
fn host_without_events_is_polled_while_somebody_looks() {
    on_main(|| {
        if let Some(folder) = std::env::var_os(FOLDER) {
            return poll(Path::new(&folder));
        }
        let folder = tempfile::tempdir().unwrap();
        install(folder.path());
        let path = std::env::var("PATH").unwrap_or_default();
        let output = Command::new(std::env::current_exe().unwrap())
            .args(["--exact", NAME, "--nocapture"])
            .env("PATH", format!("{}:{path}", folder.path().display()))
            .env(FOLDER, folder.path())
            .output()
            .unwrap();
        let text = String::from_utf8_lossy(&output.stderr);
        assert!(output.status.success(), "{text}");
        eprint!("{text}");
    });
}

fn poll(folder: &Path) {
    let host = Host::new(URI);
    let connected = host.wait("the connection", 20, 0, |event| match event {
        HostEvent::Listed { .. } => Some(true),
        HostEvent::Connection {
            status: ConnectionStatus::Failed { error, .. },
            ..
        } => {
            assert_eq!(error.kind, Kind::Unsupported, "{error:?}");
            Some(false)
        }
        _ => None,
    });
    if !connected {
        skipped("needs a libvirt with a driver for VMware Player");
        return host.end();
    }
    let (listed, uuid) = (host.list(), host.only_machine());
    assert_eq!(listed[0].state, DomainState::Running);
    host.wait("that it tells nothing", 20, 0, |event| match event {
        HostEvent::HostInfo { info, .. } => (!info.features.events).then_some(()),
        _ => None,
    });
    host.client.set_poll_interval(Duration::from_millis(300));
    let look = |shown: bool| {
        host.client.set_interest(Interest {
            list: StatGroups {
                cpu: shown,
                ..StatGroups::default()
            },
            visible: shown.then_some(uuid).into_iter().collect(),
            ..Interest::default()
        });
    };
    let state = |wanted: DomainState, seen: usize| {
        host.wait("the state", 10, seen, |event| match event {
            HostEvent::Listed { domains, .. } => (domains[0].state == wanted).then_some(()),
            _ => None,
        });
    };
    let asked = || fs::read(folder.join("asked")).unwrap().len();
    look(true);
    fs::remove_file(folder.join("running")).unwrap();
    state(DomainState::Off, host.seen());
    // Nobody looks: the host is left in peace.
    look(false);
    let pause = |time| {
        let start = std::time::Instant::now();
        support::until("time to pass", 20, || (start.elapsed() >= time).then_some(()));
    };
    pause(Duration::from_secs(1));
    fs::write(folder.join("running"), "").unwrap();
    let (before, seen) = (asked(), host.seen());
    pause(Duration::from_secs(2));
    assert_eq!(asked(), before);
    // The next look is at once.
    look(true);
    state(DomainState::Running, seen);
    let seen = host.seen();
    fs::remove_file(folder.join("running")).unwrap();
    state(DomainState::Off, seen);
    // It knows nothing of what goes with machines elsewhere, and deletes them all the same.
    let left = host.ask(async move |client| {
        let about = client.belongings(uuid).await?;
        assert_eq!((about.saved, about.snapshots, about.checkpoints), (false, 0, 0));
        client.undefine(uuid, Keep::default()).await?;
        client.list().await
    });
    assert_eq!(left.unwrap(), []);
    host.end();
}
