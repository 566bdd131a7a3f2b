"""Tags for several machines at once, and a search that is kept under a name, chosen and forgotten again."""

from desktop import Vireo, wait


def shows(*names):
    wait(f"{names} alone", lambda: [name for name in vireo.names() if name != "Demo"] == list(names))


def write(title, text):
    """Types into the entry of a dialog."""
    vireo.find(title, "entry", "text")
    vireo.focus_dialog()
    vireo.keys("ctrl+a")
    vireo.type(text)


with Vireo("--demo") as vireo:
    vireo.wait_log("machines listed")
    vireo.sees("web-1", "production")
    vireo.focus()

    # Tags for two that have others already.
    vireo.keys("ctrl+f")
    vireo.type("tag:web")
    shows("web-1", "web-2")
    vireo.click(vireo.row("web-1"))
    vireo.keys("ctrl+a")
    wait("both to be selected", lambda: vireo.selected() == 2)
    vireo.choose(vireo.row("web-1"), "Tags…")
    vireo.sees("Tags of 2 Machines")
    write("Tags", "front, spare")
    vireo.answer("Tags of 2 Machines", "Add")
    for name in ("web-1", "web-2"):
        for tag in ("web", "production", "front", "spare"):
            vireo.sees_in_row(name, tag)

    # Taken from one of them; the other one and other tags keep theirs.
    vireo.focus()
    vireo.choose(vireo.row("web-1"), "Tags…")
    vireo.sees("Tags of 2 Machines")
    write("Tags", "spare")
    vireo.answer("Tags of 2 Machines", "Remove")
    wait("the tag to go", lambda: not any("spare" in row.description for row in vireo.rows()))
    vireo.sees_in_row("web-1", "front")

    # The search gets a name …
    vireo.press("Save This Search")
    vireo.sees("Save Search")
    write("Name", "front ends")
    vireo.answer("Save Search", "Save")
    vireo.find("front ends", "list item")
    vireo.focus()
    vireo.click(vireo.row("web-1"))
    vireo.press("Search", "push button", "toggle button")
    wait("all machines", lambda: len(vireo.names()) == 18)

    # … is chosen …
    vireo.click(vireo.find("front ends", "list item"))
    shows("web-1", "web-2")
    vireo.click(vireo.find("All Machines", "list item"))
    wait("all machines", lambda: len(vireo.names()) == 18)

    # … and forgotten.
    vireo.click(vireo.find("front ends", "list item"), button=3)
    vireo.press("Remove Search", "menu item")
    vireo.sees_not("front ends")
    vireo.alive()
