//! What the user manages, as plain values. No libvirt types and no widgets live here.

pub mod action;
pub mod credential;
pub mod demo;
pub mod domain;
pub mod error;
pub mod event;
pub mod facts;
pub mod hardware;
pub mod history;
pub mod host;
pub mod key;
pub mod load;
pub mod markup;
pub mod operation;
pub mod query;
pub mod sample;
pub mod schema;
pub mod series;
pub mod settings;
pub mod state;
pub mod store;
pub mod tags;
pub mod uri;
pub mod view;
pub mod xml;
