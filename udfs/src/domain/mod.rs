//! Facts about VPN gateway messages in plain Rust: no arrow, no DataFusion.
//!
//! Every parser here is total: any text gives an answer, and what a text does not say is `None`. Nothing is copied; the
//! results borrow from the message.

pub mod history;
pub mod ike;
pub mod instance;
pub mod p2s;
pub mod resource;
pub mod route;
