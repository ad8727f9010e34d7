//! What a record puts into each column.

use tunnelql_udfs::domain::{ike, instance, p2s, route};

use super::ColumnId;
use crate::model::{Position, Record, ResourceId};

/// A record with what is derived from it, computed only for what a column asks for.
pub struct Row<'a> {
    pub record: &'a Record<'a>,
    pub at: Position,
    pub source: &'a str,
    messages: &'a mut ike::Reader,
    resource: Option<ResourceId<'a>>,
    ike: Option<ike::IkeMessage<'a>>,
    p2s: Option<p2s::P2sMessage<'a>>,
    route: Option<route::RouteMessage<'a>>,
}

fn some(text: &str) -> Option<&str> {
    (!text.is_empty()).then_some(text)
}

impl<'a> Row<'a> {
    pub fn new(record: &'a Record<'a>, at: Position, source: &'a str, messages: &'a mut ike::Reader) -> Self {
        Self { record, at, source, messages, resource: None, ike: None, p2s: None, route: None }
    }

    fn message(&self) -> &'a str {
        self.record.message.unwrap_or_default()
    }

    fn resource(&mut self) -> ResourceId<'a> {
        let record = self.record;
        *self.resource.get_or_insert_with(|| ResourceId::parse(record.resource_id))
    }

    fn ike(&mut self) -> &ike::IkeMessage<'a> {
        let (message, messages) = (self.record.message.unwrap_or_default(), &mut *self.messages);
        self.ike.get_or_insert_with(|| messages.parse(message))
    }

    fn p2s(&mut self) -> p2s::P2sMessage<'a> {
        let message = self.message();
        *self.p2s.get_or_insert_with(|| p2s::parse(message))
    }

    fn route(&mut self) -> route::RouteMessage<'a> {
        let (message, operation) = (self.message(), self.record.operation);
        *self.route.get_or_insert_with(|| route::parse(message, operation))
    }

    /// The value of a text column; `None` is null.
    pub fn text(&mut self, id: ColumnId) -> Option<&'a str> {
        use ColumnId as C;
        let r = self.record;
        let ike_log = r.category == crate::model::Category::Ike;
        match id {
            C::Gateway => some(self.resource().name),
            C::ResourceGroup => some(self.resource().resource_group),
            C::SubscriptionId => some(self.resource().subscription_id),
            C::ResourceType => some(self.resource().resource_type),
            C::ResourceId => some(r.resource_id),
            C::InstanceName => some(r.instance),
            C::Operation => some(r.operation),
            C::Level => some(r.level),
            C::Message => r.message,
            C::Properties => some(r.properties),
            C::Source => some(self.source),
            C::RemoteIp if ike_log => self.ike().remote_ip,
            C::RemoteIp => some(r.remote_ip),
            C::Status => some(r.status),
            C::StateChangeReason => some(r.state_change_reason),
            C::OperationStatus => some(r.operation_status),
            C::Configuration => some(r.configuration),
            C::Peer => self.route().peer,
            C::Prefix => self.route().prefix,
            C::Family => self.record.message.map(|_| self.ike().family.as_str()),
            C::SessionId => self.ike().session_id,
            C::LocalIp => self.ike().local_ip,
            C::Direction => self.ike().direction_kind().map(ike::Direction::as_str),
            C::Exchange => self.ike().exchange,
            C::Event if ike_log => self.ike().event,
            C::Event => self.p2s().event,
            C::ICookie => self.ike().i_cookie,
            C::RCookie => self.ike().r_cookie,
            C::CloseStatus => self.ike().close_status,
            C::Notify => self.ike().notify,
            C::ConnectionId => self.p2s().connection_id,
            C::UserName => self.p2s().user_name,
            C::ClientIp => self.p2s().client_ip,
            C::AssignedIp => self.p2s().assigned_ip,
            C::CategoryName => some(r.category_name),
            C::Time
            | C::Instance
            | C::SourceLine
            | C::RemotePort
            | C::LocalPort
            | C::TunnelId
            | C::TsId
            | C::ErrorCode => None,
        }
    }

    /// The value of a number column; `None` is null.
    pub fn number(&mut self, id: ColumnId) -> Option<i64> {
        use ColumnId as C;
        match id {
            C::Instance => instance::number(self.record.instance).map(i64::from),
            C::SourceLine => i64::try_from(self.at.line).ok(),
            C::RemotePort => self.ike().remote_port.map(i64::from),
            C::LocalPort => self.ike().local_port.map(i64::from),
            C::TunnelId => self.ike().tunnel_id.and_then(|n| i64::try_from(n).ok()),
            C::TsId => self.ike().ts_id.and_then(|n| i64::try_from(n).ok()),
            C::ErrorCode => self.ike().error_code.map(i64::from),
            _ => None,
        }
    }
}
