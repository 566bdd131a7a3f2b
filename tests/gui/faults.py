"""A daemon that is killed and comes back, machines that go while they are open, and names that want to do harm."""

import os
import socket
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
    vireo.sees("was lost", limit=20)
    vireo.alive()
    order("restart")
    wait("the connection to come back", lambda: vireo.log().count("host connected") > connected, 30)
    vireo.alive()

# A host that is not there is told, and disturbs nothing.
with Vireo("--connect", "qemu+tcp://127.0.0.1:1/session") as vireo:
    vireo.sees("127.0.0.1", limit=20)
    vireo.alive()

# A port that takes the connection and never says a word: Cancel is there at once and ends the waiting, and nothing keeps
# Vireo from ending while it waits again.
with socket.create_server(("127.0.0.1", 0)) as silent:
    silent.settimeout(20)
    with Vireo("--connect", f"qemu+tcp://127.0.0.1:{silent.getsockname()[1]}/session") as vireo:
        waiting = [silent.accept()]
        vireo.sees("Connecting to", "127.0.0.1 · User Session")
        vireo.press("Cancel")
        vireo.sees("Is Not Connected", limit=5)
        vireo.press("Connect")
        waiting.append(silent.accept())
        vireo.sees("Connecting to", "127.0.0.1 · User Session")
        vireo.focus()
        begin = time.monotonic()
        vireo.keys("ctrl+q")
        vireo.process.wait(10)
        took = time.monotonic() - begin
        assert vireo.process.returncode == 0 and took < 4, (vireo.process.returncode, took)
        vireo.quiet()
