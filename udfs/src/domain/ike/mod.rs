//! The messages of `IKEDiagnosticLog`: four families of text in one column.
//!
//! The shapes come from published log lines and Microsoft's documentation; the values are open sets and kept as logged.

mod body;
mod classic;
mod defaults;
mod diff;
mod endpoint;
mod ends;
mod errors;
#[cfg(test)]
mod golden;
mod message_type;
#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod oracle;
mod parse;
mod proposals;
mod scan;
mod selectors;
mod starts;
mod structured;
#[cfg(test)]
mod tests;
mod values;

pub use defaults::{DEFAULTS, DefaultProposal, GatewayType, Role};
pub use diff::{Difference, ProposalDiff, proposal_diff};
pub(super) use endpoint::endpoint;
pub use errors::{ERRORS, ErrorFact, FoundError, error};
pub use message_type::MessageType;
pub use parse::{Reader, parse};
pub use proposals::{Phase, Proposal, proposals};
pub use selectors::{Cidr, Selector, SelectorList, TrafficSelectors, traffic_selectors};
pub use values::Values;

/// Which of the four shapes a message has.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
pub enum Family {
    /// `SESSION_ID :{guid} Remote ip:port: Local ip:port: [SEND][SA_INIT] text`, each part optional.
    Classic,
    /// `(Error)[Remote] ip:port [Local] ip:port ... [IkeEvent] SA_DELETE ... [ErrorMessage] text`.
    Structured,
    /// `[SEND Network Packet] ... Messid : id`.
    Packet,
    /// A function name and its trouble: `IkeCleanupQMNegotiation called with error 13868 and flags a`.
    Bare,
    /// None of these.
    #[default]
    Other,
}

impl Family {
    /// The stable lower-case name used in tables.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Classic => "classic",
            Self::Structured => "structured",
            Self::Packet => "packet",
            Self::Bare => "bare",
            Self::Other => "other",
        }
    }
}

/// Which way a message went, as the gateway sees it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Direction {
    /// The gateway sent it.
    Send,
    /// The gateway received it.
    Received,
    /// The gateway says something about itself.
    Local,
}

impl Direction {
    /// The direction that a bracket tag stands for: `SEND`, `RECEIVED`, `RECEIVE`, `RECV`, `LOCAL_MSG` or `LOCAL`.
    /// `None` for every other tag.
    pub fn from_tag(tag: &str) -> Option<Self> {
        match tag {
            "SEND" => Some(Self::Send),
            "RECEIVED" | "RECEIVE" | "RECV" => Some(Self::Received),
            "LOCAL_MSG" | "LOCAL" => Some(Self::Local),
            _ => None,
        }
    }

    /// The usual tag, which tables and SQL use: the rarer `RECEIVE`, `RECV` and `LOCAL` are counted to it.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Send => "SEND",
            Self::Received => "RECEIVED",
            Self::Local => "LOCAL_MSG",
        }
    }
}

/// What a message says. Every text borrows from the message and is as logged; what it does not say is `None`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct IkeMessage<'a> {
    /// The shape of the message.
    pub family: Family,
    /// The session's GUID without braces, in the case as logged; see [`lower_case_id`].
    pub session_id: Option<&'a str>,
    /// The peer's address; Azure may have redacted it (`<IPaddress>`, `184.x.x.x`). IPv6 stands without brackets.
    pub remote_ip: Option<&'a str>,
    /// The peer's UDP port. 500 and 4500 are usual; behind address translation it is any.
    pub remote_port: Option<u16>,
    /// The gateway's address, like `remote_ip`.
    pub local_ip: Option<&'a str>,
    /// The gateway's UDP port.
    pub local_port: Option<u16>,
    /// The direction tag as logged: `SEND`, `RECEIVED`, `RECEIVE`, `LOCAL_MSG`, `LOCAL`; `SEND` or `RECV` for packets.
    /// `None` when the first tag is none of these. [`IkeMessage::direction_kind`] gives it normalised.
    pub direction: Option<&'a str>,
    /// The second tag, an open set: `SA_INIT`, `SA_AUTH`, `NOTIFY`.
    pub exchange: Option<&'a str>,
    /// What Microsoft's published queries call `Event`: everything after the local port and its separator, tags
    /// included. The whole message without a prefix; the value of `[IkeEvent]` in the structured family.
    pub event: Option<&'a str>,
    /// The text after prefix and tags, trimmed at the start. `None` in the structured family and when empty.
    pub body: Option<&'a str>,
    /// The initiator's cookie (SPI), with its `0x`.
    pub i_cookie: Option<&'a str>,
    /// The responder's cookie (SPI), with its `0x`; `0x0` until the responder has answered.
    pub r_cookie: Option<&'a str>,
    /// The tunnel's number; hexadecimal in the classic family, decimal in the structured one.
    pub tunnel_id: Option<u64>,
    /// The traffic selector's number, written like `tunnel_id`.
    pub ts_id: Option<u64>,
    /// Why a tunnel was closed: the text after `with status `, an open set of Windows message texts.
    pub close_status: Option<&'a str>,
    /// The text after `Notify Message - `.
    pub notify: Option<&'a str>,
    /// The Windows code that the message prints (13801 for `13801`, `0x35E9` and the HRESULT `0x800735E9`).
    /// Texts that merely name an error give none.
    pub error_code: Option<u32>,
    /// `[IkeEvent]` of the structured family, for example `SA_DELETE`.
    pub ike_event: Option<&'a str>,
    /// `[ConnType]`, for example `IKEv2-S2S`.
    pub conn_type: Option<&'a str>,
    /// `[SA_type]`, for example `QM_SA`.
    pub sa_type: Option<&'a str>,
    /// `[FailureDirection]`, for example `Outbound`.
    pub failure_direction: Option<&'a str>,
    /// `[SAEstablished]`; `None` for values other than true and false.
    pub sa_established: Option<bool>,
    /// `[ErrorMessage]`, which runs to the end of the message.
    pub error_message: Option<&'a str>,
    /// The word in the leading parentheses, for example `Error`.
    pub severity: Option<&'a str>,
    /// `Messid` of the packet family; a request and its answer share it.
    pub message_id: Option<&'a str>,
}

impl IkeMessage<'_> {
    /// The direction without its spellings.
    pub fn direction_kind(&self) -> Option<Direction> {
        self.direction.and_then(Direction::from_tag)
    }
}

/// A session id in ASCII lower case, so that ids compare across the families; without allocation. One that is longer than
/// the buffer (a GUID has 36 bytes) stays as logged.
#[inline]
pub fn lower_case_id<'a>(id: &'a str, buffer: &'a mut [u8; 64]) -> &'a str {
    // Looks at all bytes: most ids are lower case already, and without an early end the loop becomes wide instructions.
    let upper = id.bytes().fold(false, |any, b| any | b.is_ascii_uppercase());
    match buffer.get_mut(..id.len()).filter(|_| upper) {
        Some(target) => {
            target.copy_from_slice(id.as_bytes());
            target.make_ascii_lowercase();
            std::str::from_utf8(target).unwrap_or(id)
        }
        None => id,
    }
}
