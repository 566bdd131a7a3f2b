//! What can be asked of a host about networks, packet filters, host interfaces and secrets.
