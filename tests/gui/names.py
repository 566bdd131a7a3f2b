"""What a screen reader says: every control of every window has a name, said once, and no picture is announced by its type."""

import re

from desktop import Vireo, wait

import pyatspi

# Names of types, which GTK 4.8 gives to what has no other name.
TYPE = re.compile(r"^(Gtk|Adw|Vireo|Vte)[A-Z]\w+$")
# Parts that belong to libadwaita and GTK, without a way to name them in the versions that we may use.
FOREIGN = [
    ("page tab list", "view switcher of a window of preferences"),
    ("combo box", "list that shows the choice of a row"),
    ("AdwTabBar", "buttons in tabs, which have a tooltip"),
    ("AdwTabBox", "buttons in tabs, which have a tooltip"),
]


def on_screen(node):
    """Whether it has room; with GTK 4.8 only windows say that they are showing."""
    try:
        place = node.queryComponent().getExtents(pyatspi.WINDOW_COORDS)
    except NotImplementedError:
        return True
    return place.width > 0 and place.height > 0


def walk(node, above=()):
    for child in node:
        if child is None or not on_screen(child):
            continue
        yield child, above
        if not any(word in (child.getRoleName(), child.name) for word, _ in FOREIGN):
            yield from walk(child, (*above, child.getRoleName()))


def complaints(window):
    """Everything that a screen reader would stumble over, and the names of the controls."""
    wrong, names = [], []
    for node, above in walk(window):
        role, name = node.getRoleName(), node.name
        place = " > ".join([*above[-4:], role])
        focusable = node.getState().contains(pyatspi.STATE_FOCUSABLE)
        nameless = not name.strip() or TYPE.match(name)
        if role in ("image", "icon") and nameless and "text" not in above:
            wrong.append(f"an image without a name that is not hidden either: {place}")
        # What scrolls takes the focus only where nothing in it can.
        if not focusable or role in ("scroll pane", "frame", "dialog", "alert"):
            continue
        if nameless:
            wrong.append(f"no name ({name!r}, {node.description!r}): {place}")
            continue
        names.append(name)
        half = len(name) // 2
        if name.startswith("_") or len(name) % 2 and name[half] == " " and name[:half] == name[half + 1 :]:
            wrong.append(f"named twice: {name!r}: {place}")
    return wrong, names


def check(vireo, title, *expected):
    """Looks at the window or dialog with this title, and that these controls are in it."""
    window = wait(f"the window {title!r}", lambda: next((w for w in vireo.app if w.name == title), None))
    missing = set(expected)
    try:
        wait(f"the controls of {title!r}", lambda: not missing.difference(complaints(window)[1]), 20)
    finally:
        wrong, names = complaints(window)
        if missing.difference(names):
            print(f"{title} lacks {sorted(missing.difference(names))}, it has {names}")
    assert not wrong, f"{title}:\n" + "\n".join(wrong)


def open_menu(vireo, name):
    """Opens the menu of a button: not by the button, which has no action, but by the toggle within that has its name."""
    toggle = wait(f"the menu {name!r}", lambda: [node for node in vireo.all() if node.name == name][-1])
    toggle.queryAction().doAction(0)


def closed(vireo, title):
    vireo.keys("Escape")
    wait(f"{title!r} to close on Escape", lambda: all(w.name != title for w in vireo.app), 20)


def main():
    with Vireo("--demo", "--show-domain-performance", "gitlab") as vireo:
        vireo.wait_log("machines listed")
        vireo.focus()
        check(vireo, "gitlab", "Pause", "Shut down", "Other ways to end", "Overview", "Console", "5 min", "Copy the UUID", "Start with the host", "Title")

        for entry, title, controls in [
            ("Title…", "Title of gitlab", ["Title", "Cancel", "Save"]),
            ("Description…", "Description of gitlab", ["Description", "Cancel", "Save"]),
            ("Tags…", "Tags of gitlab", ["New tag", "Remove the tag dev", "Add the tag web", "Cancel", "Save"]),
            ("Core Dump…", "Write a core dump of gitlab", ["File on the host", "Cancel", "Write"]),
        ]:
            open_menu(vireo, "More about this machine")
            vireo.press(entry, "menu item")
            check(vireo, title, *controls)
            closed(vireo, title)

        open_menu(vireo, "Other ways to end")
        vireo.press("Force Off", "menu item")
        check(vireo, "Force off gitlab?", "Cancel", "Force Off", "Don't ask again")
        closed(vireo, "Force off gitlab?")
        vireo.keys("ctrl+w")

        vireo.keys("ctrl+f")
        check(vireo, "Vireo", "Search machines", "Save This Search", "Hosts and tags", "All Machines", "Machines", "gitlab, Code and builds, Running", "Main Menu", "Group by Host", "New Machine")
        vireo.type("nothing like this")
        check(vireo, "Vireo", "Clear Search")
        vireo.keys("Escape")

        for keys, title, controls in [
            ("ctrl+comma", "Preferences", ["Style", "Live pictures", "Interval", "Forcing off"]),
            ("ctrl+question", "Keyboard Shortcuts", ["Select all"]),
            ("ctrl+shift+n", "Add Host", ["Hypervisor", "Host name or address", "Address (URI)", "Test", "Blue", "Advanced", "Cancel", "Add"]),
        ]:
            vireo.keys(keys)
            check(vireo, title, *controls)
            closed(vireo, title)

        open_menu(vireo, "Main Menu")
        vireo.press("About Vireo", "menu item")
        # What is in it is libadwaita's.
        wait("About", lambda: any(w.name == "About" for w in vireo.app), 20)
        closed(vireo, "About")
        vireo.alive()


if __name__ == "__main__":
    main()
