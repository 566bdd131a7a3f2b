//! A container that runs a program of the host, where the daemon may make one.

use std::time::Duration;

use vireo::model::creation::{Container, NetworkWish, Order, Source, Surroundings, plan};
use vireo::model::facts::GuestKind;
use vireo::model::job::Job;

use crate::support::{Host, SystemDaemon, block_on, on_main, skipped};

const LIMIT: Duration = Duration::from_secs(60);

#[test]
fn a_container_runs_a_program_of_the_host() {
    on_main(|| {
        let Some(daemon) = SystemDaemon::start() else { return };
        let uri = daemon.uri().replacen("qemu+unix:///system", "lxc+unix:///system", 1);
        let may = daemon.virsh_at(&uri, &["version"]);
        if let Err(words) = may {
            skipped(&format!("needs the LXC driver of libvirt, which says: {words}"));
            return;
        }
        let host = Host::connect(&uri);
        let order = Order {
            name: "box".to_owned(),
            source: Source::Container(Container::Application {
                init: "/bin/sleep 600".to_owned(),
            }),
            kind: GuestKind {
                hypervisor: "lxc".to_owned(),
                ..GuestKind::default()
            },
            memory: Some(64 << 20),
            cpus: Some(1),
            network: NetworkWish::None,
            start: true,
            ..Order::default()
        };
        let asked = order.clone();
        let facts = host
            .ask(async move |client| client.creation_facts(asked, None).await)
            .unwrap();
        let plan = plan(&order, &Surroundings::new(&facts)).unwrap_or_else(|problem| panic!("{}", problem.text));
        let (job, _watch) = Job::new();
        let client = host.client.clone();
        let made = block_on(
            "a container",
            LIMIT,
            async move { client.create_machine(plan, job).await },
        );
        match made {
            Ok(_) => {
                let state = daemon.virsh_at(&uri, &["domstate", "box"]).unwrap();
                assert_eq!(state.trim(), "running");
                daemon.virsh_at(&uri, &["destroy", "box"]).unwrap();
            }
            // Where control groups are not ours, nobody can start one; what was made must be gone then.
            Err(error) => {
                skipped(&format!("not tested to the end: {}", error.message));
                assert!(error.message.contains("cgroup"), "{}", error.message);
                let all = daemon.virsh_at(&uri, &["list", "--all", "--name"]).unwrap();
                assert_eq!(all.trim(), "", "nothing stays");
            }
        }
        host.close();
    });
}
