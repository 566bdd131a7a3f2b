"""The hardware of a machine as a screen reader says it: every control of every page has a name that is said once."""

from desktop import Vireo, wait
from names import closed, complaints


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


def main():
    with Vireo("--demo", "--show-domain-performance", "gitlab") as vireo:
        vireo.wait_log("machines listed")
        vireo.focus()
        vireo.press("Hardware", "toggle button", "radio button", "push button")
        lines = wait("the pages", lambda: pages(vireo))
        names_of_all_pages(vireo, lines)
        vireo.alive()


if __name__ == "__main__":
    main()
