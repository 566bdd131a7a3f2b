"""Another client starts a real guest; Vireo shows it, and a command typed on its serial console is answered."""

import os
import subprocess

from desktop import Vireo, wait

uri, log = os.environ["VIREO_URI"], os.environ["VIREO_SERIAL_LOG"]


def serial():
    with open(log, errors="replace") as file:
        return file.read()


with Vireo("--connect", uri) as vireo:
    vireo.wait_log("machines listed")
    vireo.sees("vm")
    subprocess.run(["virsh", "-q", "-c", uri, "start", "vm"], check=True, timeout=60)
    vireo.sees("Running", limit=20)
    vireo.wait_log("state shown")
    # A second start hands its wish to the window that is open and ends.
    subprocess.run(
        [os.environ["VIREO"], "--connect", uri, "--show-domain-console", "vm"],
        check=True,
        timeout=30,
        stderr=subprocess.DEVNULL,
    )
    wait("the guest to boot", lambda: "vireo guest ready" in serial())
    vireo.sees("Overview", limit=20)
    vireo.focus()
    vireo.click_at(0.5, 0.7)
    # Ctrl+W belongs to the shell while the terminal has the focus: it takes the last word, and the tab stays.
    vireo.type("echo answer-$((40+2)) wrong")
    vireo.keys("ctrl+w")
    vireo.type("\n")
    wait("the guest's answer", lambda: "answer-42" in serial(), 30)
    assert "answer-42 wrong" not in serial(), serial()
    vireo.picture("console-of-a-guest")
    subprocess.run(["virsh", "-q", "-c", uri, "destroy", "vm"], check=True, timeout=60)
    vireo.sees("Start", "Off", limit=20)
    vireo.alive()
