//! Making machines: new ones, copies, and those that come from elsewhere.
