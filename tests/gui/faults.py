"""A daemon that is killed and comes back, machines that go while they are open, and names that want to do harm."""

import os
import subprocess
import time

from desktop import Vireo, wait

uri, control = os.environ["VIREO_URI"], os.environ["VIREO_CONTROL"]


def daemon(order):
    """Asks the test program to do something to the daemon and waits until it is done."""
    with open(control, "w") as file:
        file.write(order)
    wait(f"the daemon to {order}", lambda: not os.path.exists(control))


def virsh(*arguments):
    subprocess.run(["virsh", "-q", "-c", uri, *arguments], check=True, timeout=60)


with Vireo("--connect", uri, "--show-domain-performance", "leaving") as vireo:
    vireo.wait_log("machines listed")
    vireo.sees("leaving", "<b>bold &amp; %s")
    virsh("undefine", "leaving")
    vireo.sees("removed", limit=20)
    vireo.alive()

    daemon("kill")
    connected = vireo.log().count("host connected")
    time.sleep(1)
    vireo.alive()
    daemon("restart")
    wait("the connection to come back", lambda: vireo.log().count("host connected") > connected, 30)
    vireo.alive()

# A host that is not there is told, and disturbs nothing.
with Vireo("--connect", "qemu+tcp://127.0.0.1:1/session") as vireo:
    vireo.sees("127.0.0.1", limit=20)
    vireo.alive()
