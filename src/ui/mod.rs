//! GTK, libadwaita and relm4: windows, pages and dialogs. Sees `virt` only through [`crate::virt::client`].

pub mod core;
