//! Which consoles of a machine can be opened as text.

use crate::model::domain::ConsoleInfo;

/// The consoles that can be opened through libvirt. The first `<console>` of a machine with serial ports is the first port
/// under another name, so it is left out.
#[must_use]
pub fn text_consoles(all: &[ConsoleInfo]) -> Vec<ConsoleInfo> {
    all.iter().filter(|console| is_offered(all, console)).cloned().collect()
}

/// Whether a console is one of [`text_consoles`].
#[must_use]
pub fn is_offered(all: &[ConsoleInfo], console: &ConsoleInfo) -> bool {
    let has_serial = all.iter().any(|console| console.kind == "serial");
    console.backend == "pty" && !(has_serial && console.kind == "console" && console.port == 0)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn console(kind: &str, port: u32, backend: &str) -> ConsoleInfo {
        ConsoleInfo {
            alias: Some(format!("{kind}{port}")),
            kind: kind.to_owned(),
            port,
            backend: backend.to_owned(),
        }
    }

    #[test]
    fn console_zero_is_not_offered_beside_the_serial_port_that_it_is() {
        let all = [
            console("serial", 0, "pty"),
            console("console", 0, "pty"),
            console("console", 1, "pty"),
        ];
        let offered = text_consoles(&all);
        assert_eq!(offered, vec![all[0].clone(), all[2].clone()]);
    }

    #[test]
    fn only_what_libvirt_can_open_is_offered() {
        assert!(text_consoles(&[console("serial", 0, "tcp"), console("serial", 1, "file")]).is_empty());
        assert_eq!(text_consoles(&[console("console", 0, "pty")]).len(), 1);
    }
}
