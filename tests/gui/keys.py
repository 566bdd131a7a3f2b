"""What is done most, with the keyboard; then headings that are clicked and dragged, tags for many, and searches that are kept."""

from desktop import Vireo, wait


def shows(*names):
    wait(f"{names} alone", lambda: [name for name in vireo.names() if name != "Demo"] == list(names))


def focused():
    """What has the keyboard: its role, and its name or that of what is inside."""
    for node in vireo.all():
        states = [state.value_nick for state in node.getState().getStates()]
        if "focused" in states and "focusable" in states:
            return node.getRoleName(), node.name
    return None


def title():
    return vireo.app[0].name


def menu_is_open():
    return any(node.getRoleName() == "menu item" and node.name == "Copy UUID" for node in vireo.all())


with Vireo("--demo") as vireo:
    vireo.wait_log("machines listed")
    vireo.sees("web-1")
    vireo.focus()

    # Tab comes to everything in the window once around. Within the list it goes from line to line, and later comes back
    # to the last one.
    reached = []
    for _ in range(80):
        vireo.keys("Tab")
        now = wait("something to have the keyboard", focused)
        if now in reached:
            break
        reached.append(now)
    else:
        raise AssertionError(f"Tab goes on and on: {reached}")
    for name in ("Hosts and Tags", "New Machine", "Group by Host", "Search", "Main Menu", "All Machines"):
        assert any(name in (found or "") for _, found in reached), (name, reached)
    assert any(role == "list item" for role, _ in reached), reached

    # Arrows with Shift select a range, Ctrl+A everything.
    vireo.click(vireo.row("build-arm64"))
    wait("one to be selected", lambda: vireo.selected() == 1)
    vireo.keys("shift+Down", "shift+Down")
    wait("three to be selected", lambda: vireo.selected() == 3)
    vireo.keys("ctrl+a")
    wait("all to be selected", lambda: vireo.selected() == 17)

    # Both keys for the menu.
    vireo.click(vireo.row("db-primary"))
    wait("one to be selected", lambda: vireo.selected() == 1)
    for key in ("Menu", "shift+F10"):
        vireo.keys(key)
        wait(f"the menu at {key}", menu_is_open)
        vireo.keys("Escape")
        wait("the menu to close", lambda: not menu_is_open())

    # Space starts what is off, and resumes what is paused.
    vireo.click(vireo.row("build-arm64"))
    vireo.keys("space")
    vireo.sees_in_row("build-arm64", "Running")

    # Typing searches; Ctrl+F opens the same; Escape ends it.
    vireo.click(vireo.row("gitlab"))
    vireo.type("replica")
    shows("db-replica")
    vireo.keys("Escape")
    wait("all machines", lambda: len(vireo.names()) == 18)
    vireo.keys("ctrl+f")
    vireo.type("tag:database")
    shows("db-primary", "db-replica")
    vireo.keys("Escape")
    wait("all machines", lambda: len(vireo.names()) == 18)

    # Return opens, Ctrl+W closes.
    vireo.click(vireo.row("gitlab"))
    vireo.keys("Return")
    wait("the machine in front", lambda: title() == "gitlab")
    vireo.keys("ctrl+w")
    wait("the list in front", lambda: title() == "Vireo")

    # F2 renames what is off.
    vireo.click(vireo.row("laptop-backup"))
    vireo.keys("F2")
    vireo.sees("Rename laptop-backup")
    vireo.focus_dialog()
    vireo.keys("ctrl+a")
    vireo.type("a-desk")
    vireo.keys("Return")
    vireo.sees_in_row("a-desk", "Off")
    assert "laptop-backup" not in vireo.names(), vireo.names()

    # Delete on a machine asks, and a no is a no; so does Delete on a host.
    vireo.focus()
    vireo.click(vireo.row("a-desk"))
    vireo.keys("Delete")
    vireo.sees("Disk images")
    vireo.answer("Delete a-desk?", "Cancel")
    vireo.focus()
    vireo.click(vireo.row("a-desk"))
    vireo.keys("Delete")
    vireo.sees("Disk images")
    vireo.answer("Delete a-desk?", "Delete")
    wait("the machine to go", lambda: "a-desk" not in vireo.names())
    vireo.focus()
    vireo.click(vireo.row("Demo"))
    vireo.keys("Delete")
    vireo.answer("Remove Demo from the list?", "Cancel")
    vireo.sees("db-primary")

    # A heading sorts, and again the other way; it says so.
    assert vireo.order() == ("Name", "Sorted upwards")
    upwards = vireo.names()[1:]
    vireo.click(vireo.heading("Name"))
    wait("the order to turn", lambda: vireo.order() == ("Name", "Sorted downwards"))
    wait("the names to turn", lambda: vireo.names()[1:] == upwards[::-1])
    vireo.click(vireo.heading("State"))
    wait("the order by state", lambda: vireo.order() == ("State", "Sorted upwards"))
    wait("trouble to come first", lambda: vireo.names()[1] == "k8s-lab")
    vireo.click(vireo.heading("Name"))
    wait("the order by name", lambda: vireo.names()[1:] == upwards)

    # A heading that is dragged takes its column along.
    columns = vireo.columns()
    assert columns[:3] == ["Name", "State", "CPU"], columns
    vireo.drag(vireo.heading("CPU"), vireo.heading("State"))
    wait("the column to move", lambda: vireo.columns()[:3] == ["Name", "CPU", "State"])
    vireo.alive()
