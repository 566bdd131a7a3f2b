//! The programs that are measured: this one again, as one part.

use std::io::{BufRead, BufReader, Read};
use std::process::{Child, ChildStdin, Command, Stdio};
use std::thread;

use serde::{Deserialize, Serialize};

/// What a process does.
#[derive(Debug, Clone, Copy, PartialEq, Eq, clap::ValueEnum)]
pub enum Part {
    /// The library alone: decodes, draws nothing.
    Floor,
    /// The helper and the program's side of it, without drawing.
    Link,
    /// The helper and the widget in a window.
    Screen,
    /// Opens displays and closes them: time to the first picture.
    Open,
    /// Types: time until the server has it.
    Keys,
    /// Shows a test picture, to be looked at.
    Show,
    /// Opens and closes: what is left behind.
    Leave,
}

impl Part {
    pub fn name(self) -> &'static str {
        match self {
            Self::Floor => "floor",
            Self::Link => "link",
            Self::Screen => "screen",
            Self::Open => "open",
            Self::Keys => "keys",
            Self::Show => "show",
            Self::Leave => "leave",
        }
    }
}

/// One thing that was measured.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Figure {
    pub name: String,
    /// At most this; nothing where nothing is promised.
    pub target: Option<f64>,
    pub samples: Vec<f64>,
}

impl Figure {
    pub fn new(name: &str, target: Option<f64>, samples: Vec<f64>) -> Self {
        Self {
            name: name.to_owned(),
            target,
            samples,
        }
    }

    /// Hands it to the process that prints the table.
    pub fn tell(&self) {
        println!("{}", serde_json::to_string(self).expect("plain values"));
    }
}

fn command(part: Part) -> Command {
    let mut command = Command::new(std::env::current_exe().expect("this program"));
    command.args(["--part", part.name()]);
    command
}

/// Lets a part measure itself.
pub fn figures(part: Part, runs: usize) -> Vec<Figure> {
    let output = command(part)
        .args(["--runs", &runs.to_string()])
        .stderr(Stdio::inherit())
        .output()
        .expect("this program");
    assert!(output.status.success(), "{}: {}", part.name(), output.status);
    let text = String::from_utf8_lossy(&output.stdout);
    text.lines()
        .filter_map(|line| serde_json::from_str(line).ok())
        .collect()
}

/// A part that runs until it is told to stop.
pub struct Running {
    child: Child,
    stdin: Option<ChildStdin>,
    stdout: BufReader<std::process::ChildStdout>,
}

impl Running {
    /// Starts it and waits for its first picture.
    pub fn start(part: Part, port: u16) -> Self {
        let mut child = command(part)
            .args(["--port", &port.to_string()])
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .expect("this program");
        let stdin = child.stdin.take();
        let stdout = BufReader::new(child.stdout.take().expect("a pipe"));
        let mut running = Self { child, stdin, stdout };
        assert_eq!(running.line(), "ready", "{} has a picture", part.name());
        running
    }

    pub fn pid(&self) -> u32 {
        self.child.id()
    }

    fn line(&mut self) -> String {
        let mut line = String::new();
        self.stdout.read_line(&mut line).expect("a pipe");
        line.trim().to_owned()
    }

    /// Stops it. Returns how many pictures it has finished since the start.
    pub fn stop(mut self) -> u64 {
        drop(self.stdin.take());
        let frames = self.line().parse().expect("a number");
        let _ = self.child.wait();
        frames
    }
}

/// Calls `stop` on the main loop when the process that measures closes the pipe.
pub fn when_told(stop: impl FnOnce() + Send + 'static) {
    thread::spawn(move || {
        let _ = std::io::stdin().read(&mut [0]);
        glib::MainContext::default().invoke(stop);
    });
}

/// Says that the first picture is there.
pub fn ready() {
    println!("ready");
}
