//! Storage pools and volumes as a user wants them: what each kind of pool needs, new pools and volumes as values, and what
//! is brought to a volume or taken from it. What a host has is in [`facts`](crate::model::facts).

mod found;
mod kind;
mod pool;
mod transfer;
mod usual;
mod volume;

pub use found::FoundSource;
pub use kind::{Build, Field, Finding, PoolKind, pool_kind, pool_kinds};
pub use pool::{AdapterWish, AuthKind, AuthWish, NewPool, PoolProblem, SecretWish};
pub use transfer::{Brought, Checksum, IfUsed, Origin, Reach, shown_address};
pub use usual::{SYSTEM_IMAGES, first_by_use, is_for_media, is_session, usual_folder, usual_order, usual_pool};
pub use volume::{Encryption, NewVolume, Resize, VolumeRef, Wipe};
