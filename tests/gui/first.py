"""The first start of a new user: what is found on the computer decides what opens."""

import os

from desktop import Vireo

found = os.environ["VIREO_FOUND"]
# Where it looks: for programs, and for the socket of the user's own daemon.
around = {"nothing": {"PATH": "/nonexistent"}, "qemu": {"XDG_RUNTIME_DIR": os.environ.get("VIREO_RUN", "")}}[found]


def start():
    return Vireo(GSETTINGS_BACKEND="keyfile", **around)


with start() as vireo:
    if found == "nothing":
        # Neither a daemon nor QEMU: the demo.
        vireo.wait_log("machines listed")
        vireo.sees("Demo", "web-1")
        assert "This Computer" not in vireo.names(), vireo.names()
        assert "uri=test:" in vireo.log(), vireo.log()
    else:
        # QEMU, but no daemon of the system: the user's own.
        vireo.wait_log("machines listed")
        vireo.sees("This Computer", "my-own")
        assert "Demo" not in vireo.names(), vireo.names()
        assert "uri=qemu:///session " in vireo.log(), vireo.log()
    vireo.alive()

# The second start asks nobody again: what was found is kept, and the demo is not opened behind anybody's back.
with start() as vireo:
    if found == "nothing":
        vireo.sees("No Host Yet", "Open the Demo", limit=20)
        assert "host connected" not in vireo.log(), vireo.log()
        vireo.press("Open the Demo")
        vireo.sees("web-1")
    else:
        vireo.wait_log("machines listed")
        vireo.sees("This Computer", "my-own")
    vireo.alive()
assert os.path.exists(os.path.join(os.environ["XDG_CONFIG_HOME"], "glib-2.0/settings/keyfile"))
