//! Hosts on the other side of a network that wants to know who is there: ssh as a program and inside libvirt, passwords
//! over TCP, certificates. All servers are real and on the loopback interface.

mod support;

#[path = "remote/builtin.rs"]
mod builtin;
#[path = "remote/certificates.rs"]
mod certificates;
#[path = "remote/faults.rs"]
mod faults;
#[path = "remote/host.rs"]
mod host;
#[path = "remote/polkit.rs"]
mod polkit;
#[path = "remote/roads.rs"]
mod roads;
#[path = "remote/sasl.rs"]
mod sasl;
#[path = "remote/screens.rs"]
mod screens;
#[path = "remote/server.rs"]
mod server;
#[path = "remote/silent.rs"]
mod silent;
#[path = "remote/ssh.rs"]
mod ssh;
