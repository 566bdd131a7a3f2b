//! What keeps machines from running, and what helps: facts in, findings out. Nothing here looks at anything itself.

mod case;
mod connection;
mod devices;
mod network;
mod package;
mod processor;
mod programs;
mod shell;
mod storage;
#[cfg(test)]
mod tests;

pub use case::{Case, Computer, Connected, Folder, KvmDevice, Program, Socket, SystemUnit, hypervisor_ids};
pub use package::Distribution;

/// What a finding is about, in the order of the page.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Area {
    /// The service and the way to it.
    Connection,
    /// Virtualisation in the processor.
    Processor,
    /// Virtual networks.
    Network,
    /// Storage pools and their folders.
    Storage,
    /// Giving devices away.
    Devices,
    /// What is installed.
    Programs,
}

/// How bad it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Verdict {
    /// It is well.
    Fine,
    /// Something is missing that not everybody needs.
    Note,
    /// It will get in the way.
    Warning,
    /// Machines cannot be made or started.
    Problem,
}

/// What helps.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Fix {
    /// Vireo can do it.
    Do(Remedy),
    /// A command that somebody with the rights has to type on the host.
    Run(String),
}

/// What Vireo can do about a finding.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Remedy {
    /// Start this network.
    StartNetwork(String),
    /// Have this network start with the host.
    NetworkAutostart(String),
    /// Define the usual network, start it, and have it start with the host.
    DefineNetwork,
    /// Start this pool.
    StartPool(String),
    /// Make the folder of this pool, which is missing, and start it.
    BuildPool(String),
    /// Have this pool start with the host.
    PoolAutostart(String),
    /// Define the usual pool in this folder, start it, and have it start with the host.
    DefinePool(String),
    /// Try to connect again.
    Reconnect,
}

/// One thing that was looked at.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Finding {
    /// What it is found by, in scripts and tests.
    pub id: &'static str,
    /// What it is about.
    pub area: Area,
    /// How bad it is.
    pub verdict: Verdict,
    /// What was found, a line.
    pub title: String,
    /// What it means and what helps, whole sentences; may be empty where all is well.
    pub text: String,
    /// What helps, the best first.
    pub fixes: Vec<Fix>,
}

impl Finding {
    fn new(id: &'static str, area: Area, verdict: Verdict, title: String) -> Self {
        Self {
            id,
            area,
            verdict,
            title,
            text: String::new(),
            fixes: Vec::new(),
        }
    }

    fn fine(id: &'static str, area: Area, title: String) -> Self {
        Self::new(id, area, Verdict::Fine, title)
    }

    fn text(mut self, text: String) -> Self {
        self.text = text;
        self
    }

    fn fix(mut self, remedy: Remedy) -> Self {
        self.fixes.push(Fix::Do(remedy));
        self
    }

    /// Has Vireo do it, where the connection allows that.
    fn fix_if_allowed(self, case: &Case, remedy: Remedy) -> Self {
        if case.may_change() { self.fix(remedy) } else { self }
    }

    fn run(mut self, command: impl Into<String>) -> Self {
        self.fixes.push(Fix::Run(command.into()));
        self
    }
}

impl Area {
    /// All, in the order of the page.
    pub const ALL: [Self; 6] = [
        Self::Connection,
        Self::Processor,
        Self::Network,
        Self::Storage,
        Self::Devices,
        Self::Programs,
    ];

    /// Its name.
    #[must_use]
    pub fn title(self) -> String {
        use crate::i18n::tr;
        match self {
            Self::Connection => tr("Connection"),
            Self::Processor => tr("Processor"),
            Self::Network => tr("Networks"),
            Self::Storage => tr("Storage"),
            Self::Devices => tr("Devices"),
            Self::Programs => tr("Programs"),
        }
    }
}

impl Verdict {
    /// Its name for programs, the same in every language.
    #[must_use]
    pub fn word(self) -> &'static str {
        match self {
            Self::Fine => "ok",
            Self::Note => "note",
            Self::Warning => "warning",
            Self::Problem => "problem",
        }
    }
}

/// Judges a host: every finding, in the order of the page, those that are well included.
#[must_use]
pub fn examine(case: &Case) -> Vec<Finding> {
    let mut all = connection::findings(case);
    all.extend(processor::findings(case));
    all.extend(network::findings(case));
    all.extend(storage::findings(case));
    all.extend(devices::findings(case));
    all.extend(programs::findings(case));
    all
}

/// The worst of them.
#[must_use]
pub fn worst(findings: &[Finding]) -> Verdict {
    let verdicts = findings.iter().map(|finding| finding.verdict);
    verdicts.max().unwrap_or(Verdict::Fine)
}
