//! A host itself: what it says of itself, how loaded it is, its devices as a tree.

mod about;
mod device;
mod given;
mod held;
mod load;
mod tree;

pub use about::{CellPages, FreePages, NodeAbout, PageGoal};
pub use device::{DeviceCall, NodeDeviceFact, mediated_xml, port_xml};
pub use given::{Given, assign, companions, given};
pub use held::{Hold, HostUses, holds};
pub use load::{CpuTimes, MemoryUse, NodeHistory, NodeLoad, NodeShare};
pub use tree::{Arrangement, Branch, Category, Line, arrange, group_title};
