"""Names that want to do harm, in each place that shows a name: list, tab, window, dialogs, jobs."""

import os
from xml.sax.saxutils import escape

from desktop import Vireo, wait

# What the host says, and what is to be read.
NAMES = {
    "<b>bold &amp; %s _under": "<b>bold &amp; %s _under",
    "\u202egnp.exe \u200bafter\u0085end": "\u2068\ufffdgnp.exe \ufffdafter\ufffdend\u2069",
    "שרת-1": "\u2068שרת-1\u2069",
}

path = os.path.join(os.environ["XDG_RUNTIME_DIR"], "world.xml")
with open(path, "w") as file:
    domains = "".join(
        f"<domain type='test'><name>{escape(name)}</name><memory>65536</memory><vcpu>1</vcpu><os><type>hvm</type></os></domain>"
        for name in [*NAMES, "x" * 10_000]
    )
    file.write(f"<?xml version='1.0' encoding='UTF-8'?><node>{domains}</node>")

with Vireo("--connect", f"test://{path}") as vireo:
    vireo.wait_log("machines listed")
    for shown in NAMES.values():
        vireo.row(shown)
        vireo.choose(vireo.row(shown), "Force Off")
        vireo.answer(f"Force off {shown}?", "Cancel")
        for entry, title in (("Title…", "Title of"), ("Tags…", "Tags of"), ("Description…", "Description of")):
            vireo.choose(vireo.row(shown), entry)
            vireo.answer(f"{title} {shown}", "Cancel")
        vireo.choose(vireo.row(shown), "Open")
        wait("the window's title", lambda: vireo.app[0].name == shown)
        assert any(node.name == shown for node in vireo.all() if node.getRoleName() == "label"), "no tab says it"
        vireo.act("win.close-tab")
        wait("the list in front", lambda: vireo.app[0].name == "Vireo")
        vireo.choose(vireo.row(shown), "Save")
        vireo.sees_in_row(shown, "Off · memory saved")
        if not any(f"Saving {shown}" in text for text in vireo.texts()):
            vireo.press("Jobs", "push button", "toggle button")
        vireo.sees(f"Saving {shown}")
    # No window grows with a name.
    assert vireo.box(vireo.app[0])[2] <= 1400, vireo.box(vireo.app[0])
    vireo.alive()
