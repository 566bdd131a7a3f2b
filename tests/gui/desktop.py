"""A user at the window: what a screen reader sees, and a mouse and a keyboard."""

import os
import subprocess
import sys
import time

import pyatspi

LIMIT = float(os.environ.get("VIREO_PATIENCE", 60))


# What a heading says about itself.
SORTED = ("Sorted upwards", "Sorted downwards")


def wait(what, ready, limit=LIMIT):
    """Asks `ready` until it gives something true; objects that vanish while they are looked at are nothing new."""
    end = time.monotonic() + limit
    while True:
        try:
            found = ready()
        except Exception:  # the bus raises anything when a widget goes away
            found = None
        if found:
            return found
        if time.monotonic() > end:
            raise AssertionError(f"waited {limit} s in vain for {what}")
        time.sleep(0.1)


def settled(ask):
    """An answer that was not disturbed by something going away meanwhile; it may well be an empty one."""
    return wait("a quiet moment", lambda: (ask(),))[0]


def order(words):
    """Asks the test program for something that only it can do, and waits until it is done."""
    control = os.environ["VIREO_CONTROL"]
    with open(control, "w") as file:
        file.write(words)
    wait(f"the test program to do {words!r}", lambda: not os.path.exists(control))


def geometry(window):
    """Place and size of a window on the screen."""
    told = subprocess.run(
        ["xdotool", "getwindowgeometry", "--shell", window], capture_output=True, text=True, check=True, timeout=20
    ).stdout
    return {key: int(value) for key, value in (line.split("=") for line in told.split())}


def top(node):
    """Extents of the window that a node is in."""
    while node.parent.getRoleName() != "application":
        node = node.parent
    return node.queryComponent().getExtents(pyatspi.WINDOW_COORDS)


def labels(node, *roles):
    """All names below a node in order, or those of some roles."""
    found = []
    for child in node:
        if child is not None:
            if child.name and (not roles or child.getRoleName() in roles):
                found.append(child.name)
            found += labels(child, *roles)
    return found


def words(row):
    """What a line of the list says, its name first."""
    return f"{row.name}, {row.description}".split(", ")


class Vireo:
    """A running Vireo, with these arguments and, beside ours, these variables."""

    def __init__(self, *arguments, **variables):
        self.log_path = os.path.join(os.environ["XDG_RUNTIME_DIR"], f"vireo-{time.monotonic_ns()}.log")
        self.process = subprocess.Popen(
            [os.environ["VIREO"], *arguments],
            stdout=subprocess.DEVNULL,
            stderr=open(self.log_path, "w"),
            env=dict(os.environ, NO_COLOR="1", **variables),
        )
        self.wait_log("window mapped")
        self.app = wait("the application on the accessibility bus", self._find)

    def _find(self):
        desktop = pyatspi.Registry.getDesktop(0)
        for app in desktop:
            if app is not None and app.get_process_id() == self.process.pid:
                return app
        return None

    def log(self):
        with open(self.log_path, errors="replace") as file:
            return file.read()

    def wait_log(self, text, limit=LIMIT):
        def ready():
            if self.process.poll() is not None:
                print(self.log(), file=sys.stderr)
                sys.exit(f"Vireo ended with {self.process.returncode} before it said {text!r}")
            return text in self.log()

        return wait(f"log line {text!r}", ready, limit)

    def all(self, node=None, depth=0):
        """Everything that is showing."""
        node = self.app if node is None else node
        for child in node:
            if child is None:
                continue
            yield child
            if depth < 40:
                yield from self.all(child, depth + 1)

    def texts(self):
        """All labels on screen."""
        found = set()
        for node in self.all():
            try:
                if node.name:
                    found.add(node.name)
            except Exception:
                continue
        return found

    def sees(self, *words, limit=LIMIT):
        for word in words:
            wait(f"{word!r} on screen", lambda word=word: any(word in text for text in self.texts()), limit)

    def sees_not(self, word, limit=LIMIT):
        wait(f"{word!r} to go", lambda: not any(word in text for text in self.texts()), limit)

    def find(self, name, *roles, within=None, limit=LIMIT):
        def ready():
            for node in self.all(within and within()):
                if node.name == name and (not roles or node.getRoleName() in roles):
                    return node
            return None

        return wait(f"{roles or 'something'} named {name!r}", ready, limit)

    def press(self, name, *roles, within=None):
        """Activates a button or a menu item."""
        roles = roles or ("push button", "toggle button", "menu item")

        def ready():
            for node in self.all(within and within()):
                # The button of a menu has its name from a widget around it that can't be pressed.
                if node.name == name and node.getRoleName() in roles and node.queryAction().nActions:
                    return node
            return None

        wait(f"{roles} named {name!r} to press", ready).queryAction().doAction(0)

    def act(self, name):
        """Activates an action of the main window, as its shortcut would, without the keyboard."""
        actions = self.app[0].queryAction()
        place = next(index for index in range(actions.nActions) if actions.getName(index) == name)
        actions.doAction(place)

    def press_split(self, name, within=None):
        """Activates the greater half of a split button, which is a group with a name."""
        group = self.find(name, within=within)
        halves = [node for node in self.all(group) if node.getRoleName() == "push button"]
        (halves or [group])[0].queryAction().doAction(0)

    def tab(self):
        """The tab that was opened last. Those behind it are on the bus, too."""
        view = next(node for node in self.all() if node.name == "AdwTabView")
        return list(view[0])[-1]

    def answer(self, question, button):
        """Waits for a question and clicks one of its buttons."""

        def ready():
            for window in self.app:
                if window is not None and any(question == text for text in labels(window)):
                    for node in self.all(window):
                        # The bus tells the label of such a button twice, once with its mnemonic.
                        if node.getRoleName() == "push button" and button in [node.name, *labels(node)]:
                            return node
            return None

        wait(f"{question!r} with a button {button!r}", ready).queryAction().doAction(0)
        wait(f"{question!r} to go", lambda: question not in self.texts())

    # --- the list ---------------------------------------------------------------------------------------------------

    def rows(self):
        """The lines of the list, as nodes."""
        lists = [node for node in self.all() if node.getRoleName() == "list" and node.name == "Machines"]
        return [line for lines in lists for line in lines if line is not None and line.name]

    def headings(self):
        """The headings of the columns in the order of the screen, as nodes."""
        header = next(node for node in self.all() if node.description in SORTED).parent
        shown = [(node.queryComponent().getExtents(pyatspi.WINDOW_COORDS).x, node) for node in header]
        return [node for _, node in sorted(shown, key=lambda pair: pair[0])]

    def heading(self, title):
        """The heading of a column that shows."""
        return wait(f"the heading {title!r}", lambda: next(node for node in self.headings() if node.name == title))

    def columns(self):
        """The titles of the columns that show."""
        return settled(lambda: [node.name for node in self.headings()])

    def order(self):
        """By which column the list is sorted, and how, in the words of its heading."""
        node = settled(lambda: next(node for node in self.all() if node.description in SORTED))
        return node.name, node.description

    def names(self):
        """The names in the list from top to bottom, hosts included."""
        return settled(lambda: [words(row)[0] for row in self.rows()])

    def row(self, name, limit=LIMIT):
        """The line of a machine; a click on it is a click on its middle."""

        def ready():
            return next((row for row in self.rows() if words(row)[0] == name), None)

        return wait(f"the line of {name!r}", ready, limit)

    def sees_in_row(self, name, word, limit=LIMIT):
        """Waits until the line of a machine says `word`."""
        wait(f"{word!r} in the line of {name!r}", lambda: word in words(self.row(name, 1)), limit)

    def selected(self):
        """What the bar below the list says is selected, as a number."""
        for text in self.texts():
            if text.endswith(" selected"):
                return int(text.split()[0])
        return 0

    # --- mouse and keyboard -----------------------------------------------------------------------------------------

    def windows(self):
        """The windows of the program, the newest last; menus and tooltips have no name and are none."""
        search = ["xdotool", "search", "--onlyvisible", "--all", "--pid", str(self.process.pid), "--name", "."]
        found = subprocess.run(search, capture_output=True, text=True, timeout=20).stdout.split()
        return sorted(found, key=int)

    def window(self):
        """The main window."""
        return wait("the window", self.windows)[0]

    def focus(self):
        subprocess.run(["xdotool", "windowfocus", "--sync", self.window()], check=True, timeout=20)

    def resize(self, width, height):
        command = ["xdotool", "windowsize", "--sync", self.window(), str(width), str(height)]
        subprocess.run(command, check=True, timeout=20)

    def focus_dialog(self):
        """Gives the keyboard to the newest window: there is no window manager that would."""
        newest = wait("a dialog", lambda: self.windows()[1:])[-1]
        subprocess.run(["xdotool", "windowfocus", "--sync", newest], check=True, timeout=20)

    def box(self, node, window=None):
        """Left, top, width and height of something on the screen, once it is laid out. GTK tells places within the
        window without its shadow, which is the same on all sides."""

        def ready():
            extents = node.queryComponent().getExtents(pyatspi.WINDOW_COORDS)
            return extents if extents.width > 0 and extents.height > 0 else None

        box = wait(f"a place for {node.name!r}", ready)
        frame, within = geometry(window or self.window()), top(node)
        across = frame["X"] + (frame["WIDTH"] - within.width) // 2
        down = frame["Y"] + (frame["HEIGHT"] - within.height) // 2
        return across + box.x, down + box.y, box.width, box.height

    def place(self, node, window=None):
        """The middle of something, on the screen."""
        left, upper, width, height = self.box(node, window)
        return left + width // 2, upper + height // 2

    def point(self, node, window=None):
        """Puts the pointer on something."""
        x, y = self.place(node, window)
        # Never from the same place: where a menu just was, GTK notices only by a move that it is gone.
        move = ["xdotool", "mousemove", str(x + 9), str(y), "mousemove", str(x), str(y)]
        subprocess.run(move, check=True, timeout=20)
        # A click in the same moment as the move is lost.
        time.sleep(0.2)

    def scroll_to(self, row):
        """Turns the wheel over the list until a line is in the middle of what shows."""
        pane = row.parent.parent
        for _ in range(60):
            (_, upper, _, height), (_, middle) = self.box(pane), self.place(row)
            if upper + 10 < middle < upper + height - 10:
                return
            self.point(pane)
            subprocess.run(["xdotool", "click", "4" if middle < upper + 20 else "5"], check=True, timeout=20)
        raise AssertionError(f"{row.name} can't be scrolled into view")

    def click(self, node, button=1, repeat=1, window=None):
        """Clicks on something."""
        if node.getRoleName() == "list item" and node.parent.name == "Machines":
            self.scroll_to(node)
        self.point(node, window)
        click = ["xdotool", "click", "--repeat", str(repeat), "--delay", "60", str(button)]
        subprocess.run(click, check=True, timeout=20)

    def choose(self, row, entry, *roles):
        """Chooses an entry of the context menu of a line or a heading. Without a window manager the first click after a dialog or menu that
        ended without the mouse can be lost: GTK does not hear then that the pointer is over the window again."""
        for last in (False, False, True):
            self.click(row, button=3)
            try:
                found = self.find(entry, *(roles or ("menu item",)), limit=LIMIT if last else 3)
            except AssertionError:
                if last:
                    raise
            else:
                found.queryAction().doAction(0)
                return

    def open_tab(self, row):
        """Opens the tab of a line by a double click, which can lose its first click as in choose."""

        def tabs():
            return len(next(node for node in self.all() if node.name == "AdwTabView")[0])

        before = tabs()
        for last in (False, False, True):
            self.click(row, repeat=2)
            try:
                wait("a tab", lambda: tabs() > before, LIMIT if last else 3)
                return
            except AssertionError:
                if last:
                    raise

    def drag(self, start, end):
        """Drags one thing to the place of another."""
        self.point(start)
        (from_x, _), (x, y) = self.place(start), self.place(end)
        subprocess.run(["xdotool", "mousedown", "1"], check=True, timeout=20)
        for step in range(1, 11):
            between = from_x + (x - from_x) * step // 10
            subprocess.run(["xdotool", "mousemove", str(between), str(y)], check=True, timeout=20)
        subprocess.run(["xdotool", "mouseup", "1"], check=True, timeout=20)

    def keys(self, *keys):
        subprocess.run(["xdotool", "key", "--delay", "60", *keys], check=True, timeout=20)

    def type(self, text):
        subprocess.run(["xdotool", "type", "--delay", "30", text], check=True, timeout=60)

    def click_at(self, across, down):
        """Clicks at a place of the window, in shares of its size. The move and the click are two calls: one would lose
        the click."""
        place = geometry(self.window())
        x = place["X"] + int(place["WIDTH"] * across)
        y = place["Y"] + int(place["HEIGHT"] * down)
        subprocess.run(["xdotool", "mousemove", str(x), str(y)], check=True, timeout=20)
        time.sleep(0.3)
        subprocess.run(["xdotool", "click", "1"], check=True, timeout=20)

    def picture(self, name):
        folder = os.environ.get("VIREO_PICTURES", "target/screenshots")
        os.makedirs(folder, exist_ok=True)
        subprocess.run(["import", "-window", "root", f"{folder}/{name}.png"], check=True, timeout=30)

    def alive(self):
        """Runs, and nothing was complained about."""
        assert self.process.poll() is None, f"Vireo ended with {self.process.returncode}:\n{self.log()}"
        self.quiet()

    def quiet(self):
        """Nothing was complained about."""
        for line in self.log().splitlines():
            complains = any(word in line for word in ("CRITICAL", "panicked", "Gtk-WARNING", "Pango-WARNING"))
            assert not complains, self.log()

    def quit(self):
        self.process.terminate()
        self.process.wait(20)

    def __enter__(self):
        return self

    def __exit__(self, kind, *_):
        if kind:
            print(self.log(), file=sys.stderr)
            try:
                self.picture("failed-" + os.path.basename(sys.argv[0]).removesuffix(".py"))
                print(sorted(self.texts()), file=sys.stderr)
            except Exception as error:
                print(error, file=sys.stderr)
        if self.process.poll() is None:
            self.quit()
