//! What a gateway's logs tell together: tunnels' lives, why they ended, negotiations, sessions.
//!
//! Every kernel here takes slices of small plain structs in any order and gives the same answer for each order: it sorts
//! by time and then by the position in the source, since rows of one moment arrive shuffled. Times are nanoseconds since
//! 1970, UTC. Texts borrow from the input; an empty text is one that the log does not have.
//!
//! What the events mean follows Microsoft's article "Troubleshoot Azure VPN Gateway using diagnostic logs" and "About
//! zone-redundant and highly available gateways".

pub mod announcements;
pub mod availability;
pub mod bgp;
pub mod case;
pub mod causes;
pub mod config;
pub mod failure;
pub mod flaps;
pub mod groups;
pub mod maintenance;
pub mod negotiations;
pub mod p2s_sessions;
pub mod reason;
pub mod rules;
pub mod signs;
pub mod tunnels;

/// Nanoseconds in a second.
pub const SECOND: i64 = 1_000_000_000;
/// Nanoseconds in a minute.
pub const MINUTE: i64 = 60 * SECOND;

/// Where a row stands: the tie-breaker of rows that share a time.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default)]
pub struct Place<'a> {
    /// Blob or file.
    pub source: &'a str,
    /// Line in it.
    pub line: i64,
}

/// A row of `TunnelDiagnosticLog`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct TunnelEvent<'a> {
    /// When it happened.
    pub time: i64,
    /// Where it stands.
    pub place: Place<'a>,
    /// What tells the gateway from all others: its resource id in one spelling, or its name where that suffices.
    pub gateway: &'a str,
    /// The on-premises device's address.
    pub remote_ip: &'a str,
    /// The gateway instance; `None` when the row names none.
    pub instance: Option<i32>,
    /// Connected or disconnected.
    pub connected: bool,
    /// `stateChangeReason`, free text.
    pub reason: &'a str,
}

/// A row of `GatewayDiagnosticLog`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct GatewayEvent<'a> {
    /// When it happened.
    pub time: i64,
    /// Where it stands.
    pub place: Place<'a>,
    /// What tells the gateway from all others: its resource id in one spelling, or its name where that suffices.
    pub gateway: &'a str,
    /// `OperationName`.
    pub operation: &'a str,
    /// The text; configuration rows have none.
    pub message: &'a str,
    /// The applied configuration as JSON.
    pub configuration: &'a str,
    /// Result of the operation.
    pub status: &'a str,
}

/// A telling row of `IKEDiagnosticLog`: one with a close status, a notify or an error code.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct IkeSign<'a> {
    /// When it happened.
    pub time: i64,
    /// Where it stands.
    pub place: Place<'a>,
    /// What tells the gateway from all others: its resource id in one spelling, or its name where that suffices.
    pub gateway: &'a str,
    /// The peer.
    pub remote_ip: &'a str,
    /// The gateway instance.
    pub instance: Option<i32>,
    /// What happened: [`SA_DELETE`](failure::SA_DELETE) and the like; other events are not told apart.
    pub event: &'a str,
    /// Why the IKE tunnel was closed.
    pub close_status: &'a str,
    /// The notify sent or received.
    pub notify: &'a str,
    /// Windows error code.
    pub error_code: Option<i64>,
    /// The whole message.
    pub message: &'a str,
}
