//! Tunnels over time.

pub(super) mod transition;
