"""Further starts hand what they want to the Vireo that runs, over D-Bus, and end."""

import os
import subprocess

from desktop import Vireo, wait

URI = "test:///default"
# What a host is called that nobody gave a name.
NAME = "Test"


def start(*arguments):
    done = subprocess.run([os.environ["VIREO"], *arguments], timeout=30, capture_output=True, text=True)
    assert "window mapped" not in done.stderr, "a second window was opened by a second program"
    return done


def title():
    """The title of the window: the machine in front."""
    return vireo.app[0].name


with Vireo("--demo") as vireo:
    vireo.wait_log("machines listed")
    vireo.sees("web-1")
    assert title() == "Vireo", title()

    # Another host joins those that are there; the same one again does not.
    assert start("--connect", URI).returncode == 0
    vireo.sees(f"{NAME}, Connected")
    assert start("--connect", URI).returncode == 0
    wait("the host in the list", lambda: NAME in vireo.names())
    assert vireo.names().count(NAME) == 1, vireo.names()

    # A machine's page, by name, by number and by UUID: one tab each time the same.
    assert start("--connect", URI, "--show-domain-performance", "test").returncode == 0
    wait("the machine in front", lambda: title() == "test")
    vireo.sees("Overview")
    vireo.focus()
    vireo.keys("ctrl+w")
    wait("the list in front", lambda: title() == "Vireo")
    for words in ("1", "6695eb01-f6a4-8304-79aa-97f2502e193f"):
        assert start("--connect", URI, "--show-domain-console", words).returncode == 0
        wait(f"the machine {words} in front", lambda: title() == "test")
    vireo.keys("ctrl+w")
    wait("the list in front", lambda: title() == "Vireo")

    # What the host that was named does not have is said, and nothing else of that name is opened.
    assert start("--connect", URI, "--show-domain-console", "web-1").returncode == 0
    vireo.sees(f"{NAME} has no machine named web-1")
    assert title() == "Vireo", title()

    # A host that can't be reached disturbs nothing; a wrong command line is refused where it was typed.
    assert start("--connect", "qemu+tcp://127.0.0.1:1/session", "--show-domain-console", "vm").returncode == 0
    vireo.sees("127.0.0.1 · User Session")
    refused = start("--show-domain-console", "test")
    assert refused.returncode == 2 and "--connect" in refused.stderr, refused
    risky = start("--connect", "qemu+ssh://host/system?command=/tmp/x")
    assert risky.returncode == 2 and "/tmp/x" in risky.stderr, risky
    vireo.alive()
