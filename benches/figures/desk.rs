//! A user in front of a window: mouse, keyboard and eyes, by xdotool and ImageMagick.

use std::process::Command;
use std::thread;
use std::time::{Duration, Instant};

use crate::bus::Bus;
use crate::program::Program;

const LIMIT: Duration = Duration::from_secs(10);

/// The window of a program, with the focus.
pub struct Desk {
    bus: Bus,
    window: String,
    left: i32,
    top: i32,
    width: i32,
    height: i32,
}

impl Desk {
    /// Finds the window of a program and gives it the focus; `None` without window.
    pub fn of(program: &Program) -> Option<Self> {
        let until = Instant::now() + LIMIT;
        let window = loop {
            if let Some(id) = window_of(program.pid()) {
                break id;
            }
            if Instant::now() > until {
                return None;
            }
            thread::sleep(Duration::from_millis(20));
        };
        let geometry = xdotool(&["getwindowgeometry", "--shell", &window]);
        let number = |name: &str| -> Option<i32> {
            let line = geometry.lines().find_map(|line| line.strip_prefix(name))?;
            line.strip_prefix('=')?.parse().ok()
        };
        let desk = Self {
            bus: Bus::of(program.pid(), LIMIT)?,
            left: number("X")?,
            top: number("Y")?,
            width: number("WIDTH")?,
            height: number("HEIGHT")?,
            window,
        };
        xdotool(&["windowfocus", "--sync", &desk.window]);
        Some(desk)
    }

    /// Puts the pointer at a place of the window, in shares of its size.
    pub fn point(&self, across: f64, down: f64) {
        self.point_at(
            (f64::from(self.width) * across) as i32,
            (f64::from(self.height) * down) as i32,
        );
    }

    fn point_at(&self, x: i32, y: i32) {
        let (x, y) = ((self.left + x).to_string(), (self.top + y).to_string());
        xdotool(&["mousemove", &x, &y]);
        // A click in the same moment is lost.
        thread::sleep(Duration::from_millis(100));
    }

    /// Clicks on what shows this label. False if there is none.
    pub fn click(&self, label: &str) -> bool {
        let found = self.aim(label);
        if found {
            self.click_here();
        }
        found
    }

    /// Clicks where the pointer is.
    pub fn click_here(&self) {
        xdotool(&["click", "1"]);
    }

    /// Puts the pointer on what shows this label. False if there is none.
    pub fn aim(&self, label: &str) -> bool {
        /// Width of the shadow that GTK 4.8 does not count among the coordinates of a window.
        const EDGE: i32 = 5;
        let Some((x, y, width, height)) = self.bus.place(label) else {
            return false;
        };
        self.point_at(x + width / 2 + EDGE, y + height / 2 + EDGE);
        true
    }

    /// Turns the wheel by so many notches, one a frame: down, or up for a negative number.
    pub fn wheel(&self, notches: i32) {
        let button = if notches > 0 { "5" } else { "4" };
        let count = notches.unsigned_abs().to_string();
        xdotool(&["click", "--repeat", &count, "--delay", "16", button]);
    }

    /// Presses keys, one after the other.
    pub fn keys(&self, keys: &[&str]) {
        let mut words = vec!["key", "--delay", "60"];
        words.extend_from_slice(keys);
        xdotool(&words);
    }

    /// Types as fast as a good typist.
    pub fn type_text(&self, text: &str) {
        xdotool(&["type", "--delay", "80", text]);
    }

    /// Takes the window from the screen.
    pub fn unmap(&self) {
        xdotool(&["windowunmap", "--sync", &self.window]);
    }

    /// Keeps what the screen looks like.
    pub fn keep(&self, name: &str) {
        let file = crate::place::results().join(format!("{name}.png"));
        let _ = Command::new("timeout")
            .args(["10", "import", "-silent", "-window", "root"])
            .arg(file)
            .status();
    }

    /// What the screen looks like, for comparison.
    pub fn picture(&self) -> Vec<u8> {
        let shot = Command::new("timeout")
            .args(["10", "import", "-silent", "-window", "root", "rgb:-"])
            .output();
        shot.map(|shot| shot.stdout).unwrap_or_default()
    }
}

impl Drop for Desk {
    fn drop(&mut self) {
        // The next window must not come up under the pointer.
        xdotool(&["mousemove", "99999", "99999"]);
    }
}

/// The visible window of a process.
pub fn window_of(pid: u32) -> Option<String> {
    let found = xdotool(&["search", "--onlyvisible", "--pid", &pid.to_string()]);
    found.split_whitespace().last().map(str::to_owned)
}

fn xdotool(words: &[&str]) -> String {
    let output = Command::new("timeout").args(["30", "xdotool"]).args(words).output();
    output
        .map(|output| String::from_utf8_lossy(&output.stdout).into_owned())
        .unwrap_or_default()
}
