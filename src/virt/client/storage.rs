//! What can be asked of a host about storage pools and their volumes.
