//! Every column of every log table: name, type and meaning in one list, and the tables as lists of them.
//!
//! A new column is one line in [`ColumnId`], one in [`COLUMNS`], one in the tables that have it and one in
//! `row.rs`; the tests here notice what was forgotten.

use std::sync::{Arc, LazyLock};

use arrow::datatypes::{DataType, Field, Schema, SchemaRef, TimeUnit};

use crate::model::Category;
use ColumnId as C;

/// How a column is stored and shown.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// Text.
    Text,
    /// 32-bit integer.
    Int32,
    /// 64-bit integer.
    Int64,
    /// A time in UTC, to 100 ns.
    Time,
}

impl Kind {
    /// The Arrow type that queries see.
    pub fn data_type(self) -> DataType {
        match self {
            Self::Text => DataType::Utf8View,
            Self::Int32 => DataType::Int32,
            Self::Int64 => DataType::Int64,
            Self::Time => DataType::Timestamp(TimeUnit::Nanosecond, Some("UTC".into())),
        }
    }
}

/// A column of the log tables.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Column {
    /// Which one.
    pub id: ColumnId,
    /// SQL name.
    pub name: &'static str,
    /// Type.
    pub kind: Kind,
    /// Meaning, unit and origin, in one sentence.
    pub meaning: &'static str,
}

macro_rules! columns {
    ($($id:ident $name:literal $kind:ident $meaning:literal;)*) => {
        /// Names every column once.
        #[allow(missing_docs)] // each one's meaning stands in COLUMNS
        #[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
        pub enum ColumnId { $($id,)* }

        /// Every column, in the order of [`ColumnId`].
        pub const COLUMNS: &[Column] =
            &[$(Column { id: C::$id, name: $name, kind: Kind::$kind, meaning: $meaning },)*];
    };
}

columns! {
    Time "time" Time "When the event happened, UTC, with all seven digits (100 ns) that Azure logs; late records keep their own time.";
    Gateway "gateway" Text "Name of the virtual network gateway as logged (Azure writes it in upper case); null when unknown.";
    Instance "instance" Int32 "Gateway instance 0 or 1; null when the record names none.";
    InstanceName "instance_name" Text "Full name of the gateway instance, for example GatewayTenantWorker_IN_0.";
    Operation "operation" Text "Azure's OperationName, for example TunnelConnected or IKELogEvent.";
    Level "level" Text "Severity as logged, for example Informational, Warning or Error.";
    Message "message" Text "The log text, byte for byte as logged.";
    Properties "properties" Text "Everything else the record carried, as one JSON object; null when nothing is left.";
    ResourceGroup "resource_group" Text "Resource group of the gateway as logged.";
    SubscriptionId "subscription_id" Text "Azure subscription of the gateway as logged.";
    ResourceType "resource_type" Text "VIRTUALNETWORKGATEWAYS, VPNGATEWAYS or P2SVPNGATEWAYS as logged.";
    ResourceId "resource_id" Text "Full Azure resource id as logged.";
    Source "source" Text "Blob or file that the record came from: the proof.";
    SourceLine "source_line" Int64 "Line of the record in its source, from 1; for documents and CSV the ordinal of the element or record.";
    RemoteIp "remote_ip" Text "Address of the on-premises device or client, as logged (Azure redacts some).";
    Status "status" Text "Tunnel state after the event: Connected or Disconnected.";
    StateChangeReason "state_change_reason" Text "Why the tunnel changed state, free text from Azure, for example DPD timed out or RemotelyTriggered.";
    OperationStatus "operation_status" Text "Result of the gateway operation, for example Success or Failure.";
    Configuration "configuration" Text "Configuration that the gateway operation applied, as JSON.";
    Peer "peer" Text "BGP peer or next hop found in the route message; null where none is recognised.";
    Prefix "prefix" Text "Network prefix (CIDR) found in the route message; null where none is recognised.";
    Family "family" Text "Form of the IKE message: classic, structured, packet, bare or other; null without a message.";
    SessionId "session_id" Text "Identifier of the IKE session (GUID, lower case).";
    RemotePort "remote_port" Int32 "UDP port of the remote side: 500, 4500 with NAT traversal, or a translated port.";
    LocalIp "local_ip" Text "Address of the Azure gateway in the IKE message.";
    LocalPort "local_port" Int32 "UDP port of the Azure gateway: 500 or 4500.";
    Direction "direction" Text "SEND, RECEIVED or LOCAL_MSG; the rarer tags RECEIVE, RECV and LOCAL are counted to these.";
    Exchange "exchange" Text "Second tag of the IKE message, for example SA_INIT, SA_AUTH or NOTIFY.";
    Event "event" Text "IKE: what Microsoft's published query calls Event, the message after its addresses (structured messages: the IkeEvent). P2S: kind of event, for example connected.";
    ICookie "i_cookie" Text "IKE initiator cookie (SPI) as logged, hexadecimal.";
    RCookie "r_cookie" Text "IKE responder cookie (SPI) as logged, hexadecimal; 0x0 in the first packet of a negotiation.";
    TunnelId "tunnel_id" Int64 "Azure's number of the IKE tunnel.";
    TsId "ts_id" Int64 "Azure's number of the traffic selector.";
    CloseStatus "close_status" Text "Why the IKE tunnel was closed, the text after 'with status'.";
    Notify "notify" Text "IKE notify that was sent or received, for example Policy Mismatch.";
    ErrorCode "error_code" Int64 "Windows IKE error code in decimal, for example 13868, however it was printed.";
    ConnectionId "connection_id" Text "Identifier of the point-to-site connection.";
    UserName "user_name" Text "Point-to-site user, masked as Azure left it.";
    ClientIp "client_ip" Text "Public address of the point-to-site client, as Azure redacted it.";
    AssignedIp "assigned_ip" Text "Address given to the point-to-site client.";
    CategoryName "category" Text "Azure's category name, for records kept by --keep-unknown.";
}

impl ColumnId {
    /// Name, type and meaning.
    pub fn column(self) -> &'static Column {
        &COLUMNS[self as usize]
    }
}

/// The columns between the leading and the trailing common ones.
fn own_columns(category: Category) -> &'static [ColumnId] {
    match category {
        Category::Gateway => &[C::OperationStatus, C::Configuration],
        Category::Tunnel => &[C::RemoteIp, C::Status, C::StateChangeReason],
        Category::Route => &[C::Peer, C::Prefix],
        Category::Ike => &[
            C::Family,
            C::SessionId,
            C::RemoteIp,
            C::RemotePort,
            C::LocalIp,
            C::LocalPort,
            C::Direction,
            C::Exchange,
            C::Event,
            C::ICookie,
            C::RCookie,
            C::TunnelId,
            C::TsId,
            C::CloseStatus,
            C::Notify,
            C::ErrorCode,
        ],
        Category::P2s => &[C::ConnectionId, C::Event, C::UserName, C::ClientIp, C::AssignedIp],
        Category::Other => &[C::CategoryName],
    }
}

/// The columns of a category's table, in the order of `SELECT *`: what one reads first stands first.
pub fn table_columns(category: Category) -> Vec<&'static Column> {
    const HEAD: &[ColumnId] = &[C::Time, C::Gateway, C::Instance, C::Operation, C::Level];
    const TAIL: &[ColumnId] = &[
        C::Message,
        C::Properties,
        C::ResourceGroup,
        C::SubscriptionId,
        C::ResourceType,
        C::ResourceId,
        C::InstanceName,
        C::Source,
        C::SourceLine,
    ];
    HEAD.iter().chain(own_columns(category)).chain(TAIL).map(|id| id.column()).collect()
}

/// The Arrow schema of a category's table as queries see it.
pub fn table_schema(category: Category) -> SchemaRef {
    static SCHEMAS: LazyLock<Vec<SchemaRef>> = LazyLock::new(|| {
        let field = |c: &'static Column| Field::new(c.name, c.kind.data_type(), true);
        Category::ALL
            .iter()
            .map(|&category| Arc::new(Schema::new(table_columns(category).into_iter().map(field).collect::<Vec<_>>())))
            .collect()
    });
    Arc::clone(&SCHEMAS[category as usize])
}

#[cfg(test)]
mod tests {
    use std::collections::HashSet;

    use super::*;

    #[test]
    fn every_column_is_in_a_table_and_named_once() {
        let used: HashSet<_> = Category::ALL.iter().flat_map(|&c| table_columns(c)).map(|c| c.id).collect();
        let names: HashSet<_> = COLUMNS.iter().map(|c| c.name).collect();
        assert_eq!(used.len(), COLUMNS.len());
        assert_eq!(names.len(), COLUMNS.len());
        for (i, column) in COLUMNS.iter().enumerate() {
            assert_eq!(column.id as usize, i);
            assert!(column.meaning.len() > 10 && column.meaning.ends_with('.'), "{}", column.name);
        }
    }

    #[test]
    fn schemas_follow_the_categories() {
        for (i, &category) in Category::ALL.iter().enumerate() {
            assert_eq!(category as usize, i);
            assert_eq!(table_schema(category).field(0).name(), "time");
        }
        assert!(table_schema(Category::Ike).field_with_name("session_id").is_ok());
    }
}
