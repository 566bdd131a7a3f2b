"""A daemon that is killed and comes back, machines that go while they are open, and names that want to do harm."""

import os
import subprocess
import time

from desktop import Vireo, order, wait

uri = os.environ["VIREO_URI"]


def virsh(*arguments):
    subprocess.run(["virsh", "-q", "-c", uri, *arguments], check=True, timeout=60)


with Vireo("--connect", uri, "--show-domain-performance", "leaving") as vireo:
    vireo.wait_log("machines listed")
    vireo.sees("leaving", "<b>bold &amp; %s")
    virsh("undefine", "leaving")
    vireo.sees("removed", limit=20)
    vireo.alive()

    order("kill")
    connected = vireo.log().count("host connected")
    time.sleep(1)
    vireo.alive()
    order("restart")
    wait("the connection to come back", lambda: vireo.log().count("host connected") > connected, 30)
    vireo.alive()

# A host that is not there is told, and disturbs nothing.
with Vireo("--connect", "qemu+tcp://127.0.0.1:1/session") as vireo:
    vireo.sees("127.0.0.1", limit=20)
    vireo.alive()
