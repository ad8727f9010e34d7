//! `ike_session_id(message)` and the like: one function a field, declared in one table.

use arrow::array::{Array, ArrayRef, AsArray, BooleanBuilder, Int32Builder, Int64Builder, StringViewArray};
use arrow::datatypes::{DataType, Field as ArrowField, FieldRef};
use datafusion::common::Result;
use std::sync::Arc;

use super::super::doc::{Example, FunctionDoc, Kind, Section};
use super::super::text::Pieces;
use crate::domain::ike::{self, Direction, IkeMessage, Values, lower_case_id};

/// Appends a field of some messages, of which the first is of that row. A text comes out of a message in two instructions,
/// so that calling a function for each would take longer than what it does.
type Texts = for<'a> fn(&mut Pieces<'_>, usize, &[Option<IkeMessage<'a>>]) -> Result<()>;

/// How a field is taken out of a message.
#[derive(Clone, Copy)]
pub(in super::super) enum Get {
    Text(Texts),
    Int32(fn(&IkeMessage<'_>) -> Option<i32>),
    Int64(fn(&IkeMessage<'_>) -> Option<i64>),
    Bool(fn(&IkeMessage<'_>) -> Option<bool>),
}

/// A field of [`IkeMessage`] as SQL shows it.
pub(in super::super) struct Field {
    /// Name in the struct that `ike_parse` gives; the same as the archive's column.
    pub name: &'static str,
    pub get: Get,
    /// The function that gives it alone; `None` where there is none.
    pub doc: Option<&'static FunctionDoc>,
}

impl Field {
    pub fn data_type(&self) -> DataType {
        match self.get {
            Get::Text(_) => DataType::Utf8View,
            Get::Int32(_) => DataType::Int32,
            Get::Int64(_) => DataType::Int64,
            Get::Bool(_) => DataType::Boolean,
        }
    }

    pub fn arrow(&self) -> FieldRef {
        Arc::new(ArrowField::new(self.name, self.data_type(), true))
    }

    /// The field of that name.
    pub fn of_name(name: &str) -> Option<&'static Self> {
        FIELDS.iter().find(|field| field.name == name)
    }
}

fn signed(n: Option<u64>) -> Option<i64> {
    n.and_then(|n| i64::try_from(n).ok())
}

const PUBLISHED: &str = "published log lines, and the columns of Microsoft's sample query in \"Troubleshoot Azure VPN \
                         Gateway using diagnostic logs\".";

/// A text of each message.
macro_rules! text {
    ($of:expr) => {
        Get::Text(|out, first, messages| out.extend(first, messages.iter().map(|m| m.as_ref().and_then($of))))
    };
}

/// The session ids in lower case.
fn ids(out: &mut Pieces<'_>, first: usize, messages: &[Option<IkeMessage<'_>>]) -> Result<()> {
    let mut buffer = [0; 64];
    for (row, message) in (first..).zip(messages) {
        let id = message.as_ref().and_then(|m| m.session_id);
        out.push(row, id.map(|id| lower_case_id(id, &mut buffer)))?;
    }
    Ok(())
}

macro_rules! fields {
    ($($name:ident $get:expr, $meaning:literal, $message:literal => $result:literal;)* ; $($only:ident $only_get:expr;)*) => {
        /// Every field: first those with a function of their own, then those that `ike_parse` alone has.
        pub(in super::super) const FIELDS: &[Field] = &[
            $(Field {
                name: stringify!($name),
                get: $get,
                doc: Some(&FunctionDoc {
                    name: concat!("ike_", stringify!($name)),
                    kind: Kind::Scalar,
                    section: Section::Ike,
                    syntax: concat!("ike_", stringify!($name), "(message)"),
                    meaning: $meaning,
                    arguments: &[("message", "A message of IKEDiagnosticLog, or what ike_parse gives.")],
                    returns: concat!("The field ", stringify!($name), " of ike_parse, with the values of the column of that name in ike_log, where there is one."),
                    nulls: "Null when the message is null or does not say; never an error.",
                    examples: &[Example {
                        sql: concat!("SELECT ike_", stringify!($name), "('", $message, "')"),
                        result: $result,
                    }],
                    source: PUBLISHED,
                }),
            },)*
            $(Field { name: stringify!($only), get: $only_get, doc: None },)*
        ];
    };
}

fields! {
    family text!(|m| Some(m.family.as_str())),
        "The shape of the message: classic, structured, packet, bare or other.",
        "IkeCleanupQMNegotiation called with error 13868 and flags a" => "bare";
    message_type text!(|m| Some(m.message_type().as_str())),
        "What the message says, one of a closed set: sa_init_sent, sa_init_received, sa_init_response_received, r_cookie_generated, policy_payload, ipsec_policy_payload, traffic_selectors, main_mode_packet, quick_mode_packet, auth, notify, tunnel_closed, sa_delete, negotiation_failed, cleanup, function_failed, packet or other.",
        "[SEND][SA_AUTH] Sending SA AUTH message for tunnelId 0x3 and tsId 0x37" => "auth";
    session_id Get::Text(ids),
        "The session's GUID in lower case, which joins all messages of one negotiation.",
        "SESSION_ID :{8CB5875D-4C80-434B-8702-D78AC5B3D154} Remote 77.98.70.226:59780: Local 51.124.63.204:4500: [SEND] x" => "8cb5875d-4c80-434b-8702-d78ac5b3d154";
    remote_ip text!(|m| m.remote_ip),
        "The peer's address as logged, IPv6 without brackets. Azure may have redacted it.",
        "Remote 77.98.70.226:59780: Local 51.124.63.204:4500: [SEND] x" => "77.98.70.226";
    remote_port Get::Int32(|m| m.remote_port.map(i32::from)),
        "The peer's UDP port: 500, 4500 with NAT traversal, or any behind address translation.",
        "Remote 77.98.70.226:59780: Local 51.124.63.204:4500: [SEND] x" => "59780";
    local_ip text!(|m| m.local_ip),
        "The gateway's address as logged.",
        "(Error)[Remote] 184.x.x.x:4500 [Local] 40.x.x.x:4500 [IkeEvent] SA_DELETE" => "40.x.x.x";
    local_port Get::Int32(|m| m.local_port.map(i32::from)),
        "The gateway's UDP port.",
        "Remote 77.98.70.226:59780: Local 51.124.63.204:4500: [SEND] x" => "4500";
    direction text!(|m| m.direction_kind().map(Direction::as_str)),
        "SEND, RECEIVED or LOCAL_MSG as the gateway sees it; the rarer tags RECEIVE, RECV and LOCAL are counted to these.",
        "[RECEIVE][SA_AUTH] Received IKE AUTH message" => "RECEIVED";
    exchange text!(|m| m.exchange),
        "The second tag: SA_INIT, SA_AUTH, NOTIFY; an open set.",
        "[RECEIVED][SA_AUTH] Received IKE AUTH message" => "SA_AUTH";
    event text!(|m| m.event),
        "What Microsoft's published query calls Event: all that follows the addresses. Also right where that query fails, with ports that do not end in 500. The IkeEvent of structured messages.",
        "Remote 77.98.70.226:59780: Local 51.124.63.204:4500: [RECEIVED][SA_AUTH] Received IKE AUTH message" => "[RECEIVED][SA_AUTH] Received IKE AUTH message";
    i_cookie text!(|m| m.i_cookie),
        "The initiator's cookie (SPI), hexadecimal as logged.",
        "[SEND][SA_INIT] Sending IKE SA_INIT packet with tunnelId 0x3, iCookie 0xCBF235637168FA00 and rCookie 0x0" => "0xCBF235637168FA00";
    r_cookie text!(|m| m.r_cookie),
        "The responder's cookie (SPI), hexadecimal as logged; 0x0 in the first packet of a negotiation.",
        "[SEND][SA_INIT] Sending IKE SA_INIT packet with tunnelId 0x3, iCookie 0xCBF235637168FA00 and rCookie 0x0" => "0x0";
    tunnel_id Get::Int64(|m| signed(m.tunnel_id)),
        "Azure's number of the tunnel, whether it is printed decimal or hexadecimal.",
        "[SEND]Sending Ike payload for tunnel Id 0x1F: Auth:PreShared Key-" => "31";
    ts_id Get::Int64(|m| signed(m.ts_id)),
        "Azure's number of the traffic selector, whether it is printed decimal or hexadecimal.",
        "[SEND][SA_AUTH] Sending SA AUTH message for tunnelId 0x3 and tsId 0x37" => "55";
    close_status text!(|m| m.close_status),
        "Why the tunnel was closed: the text after with status, an open set of Windows message texts; ike_error explains it.",
        "[LOCAL_MSG] IKE Tunnel closed for tunnelId 0x3 with status Policy match error" => "Policy match error";
    notify text!(|m| m.notify),
        "The notification that was sent or received, for example Policy Mismatch.",
        "[SEND][NOTIFY] Sending Notify Message - Policy Mismatch" => "Policy Mismatch";
    error_code Get::Int64(|m| m.error_code.map(i64::from)),
        "The Windows code that the message prints, however it is printed: decimal, hexadecimal or as HRESULT. Texts that merely name an error give none; see ike_error.",
        "IkeCleanupQMNegotiation called with error 0x362C and flags a" => "13868";
    ;
    body text!(|m| m.body);
    conn_type text!(|m| m.conn_type);
    sa_type text!(|m| m.sa_type);
    failure_direction text!(|m| m.failure_direction);
    sa_established Get::Bool(|m| m.sa_established);
    error_message text!(|m| m.error_message);
    severity text!(|m| m.severity);
    message_id text!(|m| m.message_id);
}

/// Messages that are parsed before their fields are taken out, one field after the other: few enough to stay in the
/// nearest cache.
const CHUNK: usize = 32;

/// Parses each text once and gives the wanted fields as columns.
pub(in super::super) fn columns(texts: &StringViewArray, fields: &[&'static Field]) -> Result<Vec<ArrayRef>> {
    count_parses(texts.len() - texts.null_count());
    let mut builders: Vec<_> = fields.iter().map(|field| Builder::new(field, texts)).collect();
    // Read in place: a message is as large as what it is read from.
    let mut chunk: [Option<IkeMessage<'_>>; CHUNK] = [None; CHUNK];
    let wanted = fields.iter().map(|field| Values::of(field.name)).collect();
    let (mut reader, mut first) = (ike::Reader::of(wanted), 0);
    while first < texts.len() {
        let end = texts.len().min(first + CHUNK);
        for (slot, row) in chunk.iter_mut().zip(first..end) {
            if texts.is_valid(row) {
                reader.parse_into(texts.value(row), slot.get_or_insert_default());
            } else {
                *slot = None;
            }
        }
        for builder in &mut builders {
            builder.extend(first, chunk.get(..end - first).unwrap_or_default())?;
        }
        first = end;
    }
    Ok(builders.into_iter().map(Builder::finish).collect())
}

enum Builder<'a> {
    Text(Pieces<'a>, Texts),
    Int32(Int32Builder, fn(&IkeMessage<'_>) -> Option<i32>),
    Int64(Int64Builder, fn(&IkeMessage<'_>) -> Option<i64>),
    Bool(BooleanBuilder, fn(&IkeMessage<'_>) -> Option<bool>),
}

impl<'a> Builder<'a> {
    fn new(field: &Field, texts: &'a StringViewArray) -> Self {
        let rows = texts.len();
        match field.get {
            Get::Text(get) => Self::Text(Pieces::new(texts, rows), get),
            Get::Int32(get) => Self::Int32(Int32Builder::with_capacity(rows), get),
            Get::Int64(get) => Self::Int64(Int64Builder::with_capacity(rows), get),
            Get::Bool(get) => Self::Bool(BooleanBuilder::with_capacity(rows), get),
        }
    }

    /// Appends the field of some rows, the first of which is `first`.
    fn extend(&mut self, first: usize, messages: &[Option<IkeMessage<'_>>]) -> Result<()> {
        match self {
            Self::Text(out, get) => get(out, first, messages)?,
            Self::Int32(out, get) => out.extend(messages.iter().map(|m| m.as_ref().and_then(*get))),
            Self::Int64(out, get) => out.extend(messages.iter().map(|m| m.as_ref().and_then(*get))),
            Self::Bool(out, get) => messages.iter().for_each(|m| out.append_option(m.as_ref().and_then(*get))),
        }
        Ok(())
    }

    fn finish(self) -> ArrayRef {
        match self {
            Self::Text(out, _) => out.finish(),
            Self::Int32(mut out, _) => Arc::new(out.finish()),
            Self::Int64(mut out, _) => Arc::new(out.finish()),
            Self::Bool(mut out, _) => Arc::new(out.finish()),
        }
    }
}

/// The field of what `ike_parse` gave.
pub(in super::super) fn of_struct(parsed: &ArrayRef, field: &Field) -> Result<ArrayRef> {
    let parsed = parsed.as_struct();
    let Some(column) = parsed.column_by_name(field.name) else {
        return datafusion::common::exec_err!("the struct has no field {}", field.name);
    };
    match parsed.nulls().filter(|nulls| nulls.null_count() > 0) {
        // What lies behind a null of the struct is not part of the value.
        Some(_) => Ok(arrow::compute::nullif(column, &arrow::compute::is_null(parsed)?)?),
        None => Ok(Arc::clone(column)),
    }
}

#[cfg(test)]
thread_local! {
    static PARSED: std::cell::Cell<usize> = const { std::cell::Cell::new(0) };
}

/// Messages parsed on this thread since the last call.
#[cfg(test)]
pub(in super::super) fn parses_taken() -> usize {
    PARSED.replace(0)
}

#[cfg(test)]
fn count_parses(messages: usize) {
    PARSED.set(PARSED.get() + messages);
}

#[cfg(not(test))]
fn count_parses(_: usize) {}
