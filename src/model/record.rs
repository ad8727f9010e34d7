//! One log record, the same whatever format it came in.

use super::{Category, Reject, Ticks};

/// Where a unit (a line, an array element, a CSV record) stands in its source.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Default)]
pub struct Position {
    /// One-based ordinal of the unit in the source; for line formats the line number.
    pub line: u64,
    /// Byte offset of the unit's first byte in the decoded (decompressed) source.
    pub offset: u64,
}

/// A record as the parser hands it over. It borrows from the parser's buffers and lives for one [`Sink::record`] call.
///
/// Texts are unescaped. An empty text stands for an absent value where that cannot mean anything else;
/// `message` tells absent (`None`) from empty.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Record<'a> {
    /// When the event happened: 100 ns ticks since 1970-01-01T00:00:00Z.
    pub ticks: Ticks,
    /// Which log it belongs to.
    pub category: Category,
    /// The category's name as logged (interesting for [`Category::Other`]).
    pub category_name: &'a str,
    /// Azure resource id as logged; empty when neither the record nor the path has one.
    pub resource_id: &'a str,
    /// `operationName`, for example `TunnelConnected`.
    pub operation: &'a str,
    /// `level`; empty when absent.
    pub level: &'a str,
    /// `properties.message`, byte for byte after JSON unescaping.
    pub message: Option<&'a str>,
    /// `properties.instance`, for example `GatewayTenantWorker_IN_0`; empty when absent.
    pub instance: &'a str,
    /// `properties.remoteIP`; empty when absent.
    pub remote_ip: &'a str,
    /// `properties.status`; empty when absent.
    pub status: &'a str,
    /// `properties.stateChangeReason`; empty when absent.
    pub state_change_reason: &'a str,
    /// `properties.operationStatus`; empty when absent.
    pub operation_status: &'a str,
    /// `properties.configuration` as JSON text; empty when absent.
    pub configuration: &'a str,
    /// Every other property and every top-level key without a field of its own, as one JSON object; empty when none.
    pub properties: &'a str,
    /// Identity of the record apart from its time: equal for equal resource, category, operation and properties,
    /// whatever the key order and the format. Stored in archives, so its definition never changes.
    pub hash: u64,
    /// Records with the same number other than 0 come from one source and differ in time, message and hash alone.
    pub alike: u64,
}

impl Record<'static> {
    /// A record that says nothing.
    pub const EMPTY: Self = Self {
        ticks: 0,
        category: Category::Other,
        category_name: "",
        resource_id: "",
        operation: "",
        level: "",
        message: None,
        instance: "",
        remote_ip: "",
        status: "",
        state_change_reason: "",
        operation_status: "",
        configuration: "",
        properties: "",
        hash: 0,
        alike: 0,
    };
}

/// Takes what a parser finds, in source order.
pub trait Sink {
    /// A good record.
    fn record(&mut self, at: Position, record: &Record<'_>);
    /// A unit that is no record.
    fn reject(&mut self, reject: Reject);
}
