"""The hardware of a machine as a screen reader says it, and without a mouse: every control of every page has a name that is
said once, an edit is typed and applied with keys alone, and what was not applied is not lost when its tab or Vireo ends."""

from desktop import Vireo, wait
from names import closed, complaints

import pyatspi


def pages(vireo):
    """The list of pages."""
    lists = [node for node in vireo.all() if node.getRoleName() == "list" and node.name == "Hardware"]
    return lists[0] if lists and len(lists[0]) > 12 else None


def around(node):
    """The list and the page beside it, without what is behind them."""
    while node.name != "AdwLeaflet":
        node = node.parent
    return node


def look(window, place, wrong):
    """Collects what a screen reader would stumble over."""
    wrong += [f"{place}: {text}" for text in complaints(window)[0]]


def dialog(vireo, title):
    return wait(f"the window {title!r}", lambda: next((w for w in vireo.app if w.name == title), None))


def focused(node):
    """The name of what has the keyboard below a node; windows that GTK does not show have no focus."""
    for child in node:
        if child is None:
            continue
        if child.getState().contains(pyatspi.STATE_FOCUSED) and child.getRoleName() not in ("frame", "dialog"):
            inner = focused(child)
            return inner or child.name or child.getRoleName()
        inner = focused(child)
        if inner:
            return inner
    return None


def tab_to(vireo, names, key="Tab", limit=60):
    """Presses Tab until the keyboard is on something with one of these names."""
    seen = []
    for _ in range(limit):
        name = wait("something that has the keyboard", lambda: focused(vireo.app[0]), 20)
        if name in names:
            return
        seen.append(name)
        vireo.keys(key)
    raise AssertionError(f"no way to {names} with {key}: {seen}")


def names_of_all_pages(vireo, lines):
    wrong = []
    names = [line.name for line in lines]
    assert names[:2] == ["Overview", "Operating System"] and "Disk 1, vda · gitlab.qcow2" in names, names
    for index, name in enumerate(names):
        lines.querySelection().selectChild(index)
        look(around(lines), name, wrong)

    vireo.press("Add Hardware…", "push button")
    look(dialog(vireo, "Add Hardware"), "Add Hardware", wrong)
    vireo.focus_dialog()
    closed(vireo, "Add Hardware")
    vireo.focus()
    assert not wrong, "\n".join(sorted(set(wrong)))


def memory_by_keys(vireo, lines):
    """From the list of pages to the entry, and never a mouse."""
    tab_to(vireo, [line.name for line in lines])
    vireo.keys("Home")
    tab_to(vireo, ["Memory"], "Down", len(lines))
    vireo.keys("Tab")
    # Past the list in one step: to the button below it and into the page.
    tab_to(vireo, ["Memory"], limit=8)
    vireo.keys("ctrl+a")
    vireo.type("3 GiB")
    vireo.sees("1 change · 1 takes effect now")


def main():
    with Vireo("--demo", "--show-domain-performance", "gitlab") as vireo:
        vireo.wait_log("machines listed")
        vireo.focus()
        vireo.press("Hardware", "toggle button", "radio button", "push button")
        lines = wait("the pages", lambda: pages(vireo))
        names_of_all_pages(vireo, lines)
        memory_by_keys(vireo, lines)

        # What was not applied is asked about.
        for keys in ("ctrl+w", "ctrl+q"):
            vireo.keys(keys)
            vireo.answer("Discard changes?", "Cancel")
            vireo.sees("1 change · 1 takes effect now")
            vireo.focus()

        tab_to(vireo, ["Apply"])
        vireo.keys("space")
        vireo.sees("1 change applied")
        vireo.sees_not("takes effect now")
        vireo.keys("ctrl+w")
        wait("the list", lambda: vireo.app[0].name == "Vireo", 20)
        vireo.alive()


if __name__ == "__main__":
    main()
