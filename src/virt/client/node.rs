//! What can be asked of a host about itself and its devices.
