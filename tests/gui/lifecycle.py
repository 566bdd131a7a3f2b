"""A real guest is started, paused, resumed, shut down and forced off by Vireo's own menus and buttons. Each time the list
says so and another client sees it, too. At last the daemon freezes, and Vireo still ends when it is asked to."""

import os
import subprocess
import time

from desktop import Vireo, order, wait

uri, log = os.environ["VIREO_URI"], os.environ["VIREO_SERIAL_LOG"]


def serial():
    with open(log, errors="replace") as file:
        return file.read()


def virsh(*arguments):
    command = ["virsh", "-q", "-c", uri, *arguments]
    return subprocess.run(command, check=True, timeout=60, capture_output=True, text=True).stdout.strip()


def is_now(name, row, state, limit=30):
    """The list and another client agree on a machine."""
    vireo.sees_in_row(name, row, limit)
    wait(f"virsh to see {name} {state}", lambda: virsh("domstate", name) == state, limit)


with Vireo("--connect", uri) as vireo:
    vireo.focus()
    is_now("vm", "Off", "shut off")

    # The context menu of the list.
    vireo.choose(vireo.row("vm"), "Start")
    is_now("vm", "Running", "running")
    vireo.choose(vireo.row("vm"), "Pause")
    is_now("vm", "Paused", "paused")
    vireo.choose(vireo.row("vm"), "Resume")
    is_now("vm", "Running", "running")

    # The bar below the list, for two machines: the one that runs is not started again.
    number = virsh("domid", "vm")
    vireo.click(vireo.row("empty"))
    vireo.keys("ctrl+a")
    wait("both to be selected", lambda: vireo.selected() == 2)
    vireo.press("Start", "push button")
    is_now("empty", "Running", "running")
    assert virsh("domid", "vm") == number, "a machine that ran was started anew"

    # Forcing off asks first, and a no is a no.
    vireo.click(vireo.row("empty"))
    wait("one to be selected", lambda: vireo.selected() == 1)
    vireo.press("Force Off", "push button")
    vireo.answer("Force off empty?", "Cancel")
    vireo.choose(vireo.row("empty"), "Force Off")
    assert virsh("domstate", "empty") == "running"
    vireo.answer("Force off empty?", "Force Off")
    is_now("empty", "Off", "shut off")
    assert virsh("domstate", "vm") == "running"

    # The buttons of the machine's own tab, with a guest that hears the power button.
    wait("the guest to boot", lambda: "vireo guest ready" in serial())
    vireo.open_tab(vireo.row("vm"))
    vireo.press("Pause", "push button", within=vireo.tab)
    wait("virsh to see the pause", lambda: virsh("domstate", "vm") == "paused", 30)
    vireo.press("Resume", "push button", within=vireo.tab)
    wait("virsh to see it go on", lambda: virsh("domstate", "vm") == "running", 30)
    vireo.press_split("Shut down", within=vireo.tab)
    vireo.answer("Shut down vm?", "Shut Down")
    wait("the guest to shut down", lambda: virsh("domstate", "vm") == "shut off")
    vireo.find("Start", within=vireo.tab)
    vireo.keys("ctrl+w")
    is_now("vm", "Off", "shut off")
    vireo.alive()

    # A daemon that doesn't answer any more does not keep Vireo from ending.
    order("stop")
    begin = time.monotonic()
    vireo.keys("ctrl+q")
    vireo.process.wait(10)
    took = time.monotonic() - begin
    order("cont")
    assert vireo.process.returncode == 0, vireo.process.returncode
    assert took < 4, f"it took {took:.1f} s to end beside a frozen host"
    vireo.quiet()
