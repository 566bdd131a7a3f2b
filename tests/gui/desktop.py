"""A user at the window: what a screen reader sees, and a mouse and a keyboard."""

import os
import subprocess
import sys
import time

import pyatspi

LIMIT = 60


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


class Vireo:
    """A running Vireo."""

    def __init__(self, *arguments):
        self.log_path = os.path.join(os.environ["XDG_RUNTIME_DIR"], f"vireo-{time.monotonic_ns()}.log")
        self.process = subprocess.Popen(
            [os.environ["VIREO"], *arguments],
            stdout=subprocess.DEVNULL,
            stderr=open(self.log_path, "w"),
            env=dict(os.environ, NO_COLOR="1"),
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

    def find(self, name, *roles, limit=LIMIT):
        def ready():
            for node in self.all():
                if node.name == name and (not roles or node.getRoleName() in roles):
                    return node
            return None

        return wait(f"{roles or 'something'} named {name!r}", ready, limit)

    def press(self, name, *roles):
        """Activates a button or a menu item."""
        node = self.find(name, *(roles or ("push button", "toggle button", "menu item")))
        node.queryAction().doAction(0)

    def window(self):
        return wait(
            "the window",
            lambda: subprocess.run(
                ["xdotool", "search", "--onlyvisible", "--pid", str(self.process.pid)],
                capture_output=True,
                text=True,
                check=True,
            ).stdout.split()[-1],
        )

    def focus(self):
        subprocess.run(["xdotool", "windowfocus", "--sync", self.window()], check=True, timeout=20)

    def keys(self, *keys):
        subprocess.run(["xdotool", "key", "--delay", "60", *keys], check=True, timeout=20)

    def type(self, text):
        subprocess.run(["xdotool", "type", "--delay", "30", text], check=True, timeout=60)

    def click_at(self, across, down):
        """Clicks at a place of the window, in shares of its size. The move and the click are two calls: one would lose
        the click."""
        geometry = subprocess.run(
            ["xdotool", "getwindowgeometry", "--shell", self.window()], capture_output=True, text=True, check=True
        ).stdout
        place = {key: int(value) for key, value in (line.split("=") for line in geometry.split())}
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
