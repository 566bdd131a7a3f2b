//! A network that really lends addresses, under a libvirtd with all rights: who has one keeps it with a click.

use vireo::ui::network::Topic;

use crate::desk::Desk;
use crate::support::SystemDaemon;
use crate::support::widgets::{on_gtk, screenshot, until};

const NETWORK: &str = "<network><name>lab</name><forward mode='nat'/><bridge name='virbr77'/>\
    <ip address='10.77.0.1' prefix='24'><dhcp><range start='10.77.0.100' end='10.77.0.199'/></dhcp></ip></network>";

#[test]
fn an_address_that_is_lent_is_reserved_while_the_network_runs() {
    on_gtk(|| {
        let Some(daemon) = SystemDaemon::start() else { return };
        let desk = Desk::at(1100, 800, &daemon.uri());
        let uuid = desk
            .ask(|client| async move { client.define_network(NETWORK.to_owned(), true).await })
            .expect("a network");
        desk.ask(move |client| async move { client.start_network(uuid).await })
            .expect("to start");
        daemon.inside(
            "ip link add vireo0 type veth peer name vireo1 && ip link set vireo0 master virbr77 up \
             && ip link set vireo1 address 52:54:00:00:00:07 up",
        );
        daemon.inside("busybox udhcpc -i vireo1 -n -q -f -s /bin/true -t 30 -T 1 -x hostname:seven");
        desk.sees("NAT · 10.77.0.0/24");
        desk.page.enter(Topic::Network("lab".to_owned()));
        desk.sees("Lent addresses");
        desk.sees("seven · 52:54:00:00:00:07");
        screenshot("network-lease");
        let hosts = || daemon.inside("cat /var/lib/libvirt/dnsmasq/lab.hostsfile 2>/dev/null || true");
        assert!(!hosts().contains("52:54:00:00:00:07"));
        desk.click("Reserve");
        // dnsmasq was told, and the definition of the next start says it, too.
        until("dnsmasq to know", || hosts().contains("52:54:00:00:00:07,10.77.0.1"));
        let kept = daemon.virsh(&["net-dumpxml", "--inactive", "lab"]);
        assert!(
            kept.contains("mac='52:54:00:00:00:07'") && kept.contains("name='seven'"),
            "{kept}"
        );
        desk.sees("1 reserved address");
        desk.sees("Reserved");
        assert!(
            desk.has_text("Virtual networks"),
            "the new network stands below its heading"
        );
        assert!(desk.network("lab").is_some_and(|network| network.active));
    });
}
