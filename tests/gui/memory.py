"""What Vireo remembers from one start to the next, in a real settings file."""

import json
import os
import uuid

from desktop import Vireo, geometry, wait

folder = os.path.join(os.environ["XDG_CONFIG_HOME"], "glib-2.0/settings")
keyfile = os.path.join(folder, "keyfile")
os.makedirs(folder)


def world(name, *machines):
    """A host that was added earlier: the test driver with these machines, all of them off."""
    path = os.path.join(os.environ["XDG_RUNTIME_DIR"], f"{name}.xml")
    with open(path, "w") as file:
        domains = "".join(
            f"<domain type='test'><name>{machine}</name><memory>65536</memory><vcpu>1</vcpu>"
            "<os><type>hvm</type></os></domain>"
            for machine in machines
        )
        file.write(f"<node>{domains}</node>")
    return json.dumps({"id": str(uuid.uuid4()), "name": name, "uri": f"test://{path}"})


def start():
    vireo = Vireo(GSETTINGS_BACKEND="keyfile")
    wait("both hosts", lambda: vireo.log().count("machines listed") >= 2)
    vireo.focus()
    return vireo


def size(vireo):
    frame = geometry(vireo.window())
    return frame["WIDTH"], frame["HEIGHT"]


def end(vireo):
    vireo.alive()
    vireo.keys("ctrl+q")
    assert vireo.process.wait(10) == 0


def choose_column(vireo, title):
    vireo.choose(vireo.heading("Name"), title, "menu item", "check menu item", "check box")
    vireo.keys("Escape")


hosts = [world("alpha", "a1", "a2", "a3"), world("beta", "b1", "b2")]
with open(keyfile, "w") as file:
    file.write("[io/github/vireo_vm/Vireo]\nwelcomed=true\nhosts=[%s]\n" % ", ".join(repr(host) for host in hosts))

# A user arranges everything anew …
with start() as vireo:
    wait("all lines", lambda: vireo.names() == ["alpha", "a1", "a2", "a3", "beta", "b1", "b2"])
    vireo.resize(1111, 666)
    wait("the size", lambda: size(vireo) == (1111, 666))
    assert "Tags" in vireo.columns() and "Autostart" not in vireo.columns(), vireo.columns()
    choose_column(vireo, "Tags")
    wait("a column to go", lambda: "Tags" not in vireo.columns())
    choose_column(vireo, "Autostart")
    wait("a column to come", lambda: "Autostart" in vireo.columns())
    vireo.drag(vireo.heading("CPU"), vireo.heading("State"))
    wait("a column to move", lambda: vireo.columns()[:3] == ["Name", "CPU", "State"])
    vireo.click(vireo.heading("Name"))
    wait("the order", lambda: vireo.order() == ("Name", "Sorted downwards"))
    vireo.click(vireo.row("beta"))
    vireo.keys("Return")
    wait("a host to fold", lambda: vireo.names() == ["alpha", "a3", "a2", "a1", "beta"])
    vireo.keys("F9")
    columns = vireo.columns()
    end(vireo)

# … and finds it so.
with start() as vireo:
    wait("the lines as they were", lambda: vireo.names() == ["alpha", "a3", "a2", "a1", "beta"])
    assert size(vireo) == (1111, 666), size(vireo)
    assert vireo.columns() == columns, (vireo.columns(), columns)
    assert vireo.order() == ("Name", "Sorted downwards"), vireo.order()
    left = vireo.box(vireo.row("alpha"))[0]
    vireo.keys("F9")
    wait("the sidebar", lambda: vireo.box(vireo.row("alpha"))[0] > left + 150)
    vireo.keys("ctrl+g")
    wait("one list of all", lambda: vireo.names() == ["b2", "b1", "a3", "a2", "a1"])
    shown = vireo.box(vireo.row("a1"))[0]
    end(vireo)

with start() as vireo:
    wait("one list of all again", lambda: vireo.names() == ["b2", "b1", "a3", "a2", "a1"])
    wait("the sidebar again", lambda: vireo.box(vireo.row("a1"))[0] == shown)
    end(vireo)

# A settings file that is broken costs what it held, not the start.
with open(keyfile, "w") as file:
    file.write("[io/github/vireo_vm/Vireo]\nwelcomed=true\nhosts=['{broken', 'nonsense]\nwindow-width='wide'\n")
with Vireo(GSETTINGS_BACKEND="keyfile") as vireo:
    vireo.sees("No Host Yet")
    assert vireo.process.poll() is None
