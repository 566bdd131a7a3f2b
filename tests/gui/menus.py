"""Context menus: grey entries say why they are grey, and a menu that goes leaves the keyboard where it was and Vireo alive."""

from desktop import Vireo, wait


def entries():
    """What the open menus offer: words, whether it can be chosen, and what is said about it."""
    found = {}
    for node in vireo.all():
        if node.getRoleName() == "menu item":
            sensitive = any(state.value_nick == "sensitive" for state in node.getState().getStates())
            found[node.name] = (sensitive, node.description)
    return found


with Vireo("--demo") as vireo:
    vireo.wait_log("machines listed")
    vireo.sees("web-1")
    vireo.focus()

    # One that runs.
    vireo.click(vireo.row("db-primary"), button=3)
    vireo.find("Copy UUID", "menu item")
    menu = entries()
    assert menu["Start"] == (False, "The machine is on already."), menu
    assert menu["Rename…"] == (False, "Only a machine that is off can be renamed."), menu
    assert menu["Pause"] == (True, ""), menu

    # The submenu, left by Escape: once the whole program ended with it.
    vireo.press("More Power Actions", "menu item")
    assert entries()["Wake Up"] == (False, "The machine is not asleep."), entries()
    vireo.point(vireo.row("gitlab"))
    vireo.keys("Escape")
    wait("the menu to close", lambda: not entries())
    assert vireo.selected() == 1

    # The keyboard is still in the list.
    vireo.keys("shift+Down")
    wait("a second machine to be selected", lambda: vireo.selected() == 2)

    # Two at once, one of them running: the bar's menu knows what holds for both.
    vireo.keys("ctrl+a")
    wait("all machines to be selected", lambda: vireo.selected() == 17)
    vireo.click(vireo.find("More Actions", "push button"))
    vireo.find("Copy UUID", "menu item")
    menu = entries()
    assert menu["Rename…"] == (False, "Only for one machine at a time"), menu
    assert menu["Tags…"][0] and menu["Restore"][0] and menu["Force Off"][0], menu
    vireo.keys("Escape")
    wait("the menu to close", lambda: not entries())
    vireo.alive()
