//! What speaks against an order, said before it fails.

/// How much it weighs.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Weight {
    /// Something to know.
    Hint,
    /// It may fail or be slow.
    Warning,
    /// It can't be made like this.
    Error,
}

/// What the program can do about a problem.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Remedy {
    /// Start a network.
    StartNetwork(String),
    /// Start a pool.
    StartPool(String),
    /// Make the storage pool that every host is expected to have.
    MakePool,
    /// Look closer at what the host lacks.
    CheckHost,
    /// Take another name.
    Rename(String),
    /// Give the hypervisor's user these rights; the exact commands, one each.
    Grant(Vec<String>),
    /// Copy the image into a pool.
    CopyToPool(String),
    /// Take less memory, in bytes.
    Memory(u64),
    /// Take a smaller disk, in bytes.
    Capacity(u64),
}

/// Something that speaks against an order.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Problem {
    /// How much it weighs.
    pub weight: Weight,
    /// Where it belongs: `name`, `source`, `os`, `memory`, `cpus`, `disk`, `network`, `firmware`, `host`.
    pub row: &'static str,
    /// What it is, a whole sentence, translated.
    pub text: String,
    /// What can be done about it.
    pub remedy: Option<Remedy>,
}
