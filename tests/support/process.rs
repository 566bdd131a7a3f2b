//! A server that a test needs.

use std::os::unix::process::CommandExt;
use std::process::{Child, Command, Stdio};

/// Ends a process when the test program is gone, however that ended.
const GUARD: &str =
    r#"trap '' HUP INT TERM; read -r _; kill -KILL "$1" 2>/dev/null; kill -CONT "$1" 2>/dev/null; true"#;

/// A process that ends with its value, or with the test program.
#[derive(Debug)]
pub struct Process {
    child: Child,
    guard: Child,
}

impl Process {
    /// Takes care of a process.
    pub fn new(child: Child) -> Self {
        let guard = Command::new("sh")
            .args(["-c", GUARD, "sh", &child.id().to_string()])
            .stdin(Stdio::piped())
            .process_group(0)
            .spawn()
            .expect("sh");
        Self { child, guard }
    }

    /// Its number.
    pub fn pid(&self) -> u32 {
        self.child.id()
    }
}

impl Drop for Process {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
        drop(self.guard.stdin.take());
        let _ = self.guard.wait();
    }
}
