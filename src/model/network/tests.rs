//! Tests of what is decided here.
