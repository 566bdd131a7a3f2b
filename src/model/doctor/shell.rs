//! Commands as a shell reads them.

use super::{Case, Fix, Remedy};

/// A text as a shell reads it as one word.
pub(super) fn quoted(text: &str) -> String {
    let plain = |c: char| c.is_ascii_alphanumeric() || "/._-+:@".contains(c);
    if !text.is_empty() && text.chars().all(plain) {
        return text.to_owned();
    }
    format!("'{}'", text.replace('\'', r"'\''"))
}

impl Fix {
    /// The commands that do it, to be copied: what the window does with a button the command line does, too. None where
    /// nothing is to be typed.
    #[must_use]
    pub fn commands(&self, case: &Case) -> Vec<String> {
        let vireo = |words: &[&str]| {
            let words: Vec<String> = words.iter().map(|word| quoted(word)).collect();
            format!("vireo --connect {} {}", quoted(&case.uri), words.join(" "))
        };
        match self {
            Self::Run(command) => vec![command.clone()],
            Self::Do(remedy) => match remedy {
                Remedy::StartNetwork(name) => vec![vireo(&["network", "start", name])],
                Remedy::NetworkAutostart(name) => vec![vireo(&["network", "autostart", name])],
                Remedy::DefineNetwork => vec![vireo(&["network", "create", "default"])],
                Remedy::StartPool(name) => vec![vireo(&["pool", "start", name])],
                Remedy::BuildPool(name) => {
                    // libvirt builds none that runs.
                    let words: &[&str] = match runs(case, name) {
                        true => &["stop", "build", "start"],
                        false => &["build", "start"],
                    };
                    words.iter().map(|word| vireo(&["pool", word, name])).collect()
                }
                Remedy::PoolAutostart(name) => vec![vireo(&["pool", "autostart", name])],
                Remedy::DefinePool(folder) => {
                    let words = ["pool", "define", "default", "--target", folder];
                    vec![vireo(
                        &[words.as_slice(), &["--build", "--start", "--autostart"]].concat(),
                    )]
                }
                Remedy::Reconnect => Vec::new(),
            },
        }
    }
}

/// Whether this pool runs, for all that is known.
fn runs(case: &Case, pool: &str) -> bool {
    let pools = case.facts.as_ref().and_then(|facts| facts.pools.as_deref());
    let mut pools = pools.unwrap_or_default().iter();
    pools.any(|there| there.name == pool && there.active)
}
