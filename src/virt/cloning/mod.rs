//! Copying machines: reading what there is to copy, and carrying a plan out.

mod making;
mod original;
mod template;

pub(crate) use making::carry_out;
pub(crate) use original::original;
pub(crate) use template::{refuse, set as set_template};
