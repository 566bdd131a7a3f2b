//! GTK, libadwaita and relm4: windows, pages and dialogs. Sees `virt` only through [`crate::virt::client`].

pub mod about;
pub mod actions;
pub mod app;
pub mod auth;
pub mod confirm;
pub mod core;
pub mod edit;
pub mod errors;
pub mod format;
pub mod hardware;
pub mod host;
pub mod jobs;
pub mod keyring;
pub mod launch;
pub mod manager;
pub mod menu;
pub mod message;
pub mod notifications;
pub mod preferences;
pub mod shortcuts;
pub mod stalls;
pub mod text;
pub mod vm;
pub mod widgets;
pub mod wish;
pub mod xml;
