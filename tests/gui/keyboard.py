"""Without a mouse: the list has the focus from the start, Return presses the button that does no harm, Escape closes."""

from desktop import Vireo, wait
from names import on_screen, open_menu


def title(vireo):
    return vireo.app[0].name


def open_now(vireo, name):
    return any(window.name == name for window in vireo.app)


with Vireo("--demo") as vireo:
    vireo.wait_log("list filled")
    vireo.focus()
    # The first lines are the host and build-arm64.
    vireo.keys("Down", "Return")
    wait("the first machine's tab", lambda: title(vireo) == "build-arm64", 20)

    open_menu(vireo, "More about this machine")
    vireo.press("Title…", "menu item")
    wait("the dialog", lambda: open_now(vireo, "Title of build-arm64"), 20)
    vireo.keys("ctrl+a")
    vireo.type("Cross builds")
    vireo.keys("Return")
    wait("the dialog to close", lambda: not open_now(vireo, "Title of build-arm64"), 20)
    vireo.keys("ctrl+w")
    wait("the list", lambda: title(vireo) == "Vireo", 20)
    vireo.sees("build-arm64, Cross builds", limit=20)

    # The question before something is lost: Return keeps it.
    vireo.keys("Down", "Return")
    wait("the next machine's tab", lambda: title(vireo) == "db-primary", 20)
    open_menu(vireo, "Other ways to end")
    vireo.press("Force Off", "menu item")
    wait("the question", lambda: open_now(vireo, "Force off db-primary?"), 20)
    vireo.keys("Return")
    wait("the question to close", lambda: not open_now(vireo, "Force off db-primary?"), 20)
    vireo.sees("Shut down", "Running")

    def menu_is_open():
        return any(node.name == "About Vireo" and on_screen(node) for node in vireo.all())

    vireo.keys("F10")
    wait("the main menu", menu_is_open, 20)
    vireo.keys("Escape")
    wait("the main menu to close", lambda: not menu_is_open(), 20)
    vireo.alive()
