//! Graphical displays: the other side of `vireo-display`, the helper that speaks VNC and SPICE (`helper`). Here its process is
//! started, its messages are read on a thread of their own and checked, and its pictures are mapped.

#[allow(dead_code)] // Each of the two programs uses its half.
pub(crate) mod channel;
