//! `p2s_parse(message)`.

use arrow::array::{Array, ArrayRef, StringViewArray};
use arrow::datatypes::{DataType, Fields};
use datafusion::common::Result;

use super::super::doc::{Example, FunctionDoc, Kind, Section};
use super::super::parts::{PieceColumns, field, structs};
use super::super::scalar::{Spec, udf};
use super::super::text::{map, one_text};
use super::super::{Function, Make};
use crate::domain::p2s;

pub(in super::super) const FUNCTION: Function = Function { doc: &DOC, make: Make::Scalar(|| udf(&SPEC)) };

static DOC: FunctionDoc = FunctionDoc {
    name: "p2s_parse",
    kind: Kind::Scalar,
    section: Section::P2s,
    syntax: "p2s_parse(message)",
    meaning: "All that a point-to-site message says.",
    arguments: &[("message", "A message of P2SDiagnosticLog.")],
    returns: "A struct: connection_id (the client connection), protocol (OVPN, IKEv2 or SSTP), event (connect_request, \
              authentication_succeeded, authentication_failed, connected, connection_failed, disconnect_request, disconnected, \
              statistics or other), user_name and client_ip (as Azure masked them), assigned_ip (the address the client was given).",
    nulls: "Null for a null message; each field is null where the message does not say. Never an error.",
    examples: &[Example {
        sql: "SELECT p2s_parse('[MSG] [default] [OVPN_1] Connection successful. Username=***tosouser@contoso.com IP=10.0.0.1')",
        result: "{connection_id: OVPN_1, protocol: OVPN, event: connected, user_name: ***tosouser@contoso.com, client_ip: NULL, assigned_ip: 10.0.0.1}",
    }],
    source: "published log lines of OpenVPN clients.",
};

static SPEC: Spec = Spec {
    doc: &DOC,
    coerce: |types| one_text(&DOC, types),
    returns: || DataType::Struct(fields()),
    call: |args| map(&args.args[0], kernel),
};

fn fields() -> Fields {
    ["connection_id", "protocol", "event", "user_name", "client_ip", "assigned_ip"]
        .map(|name| field(name, DataType::Utf8View))
        .to_vec()
        .into()
}

fn kernel(texts: &StringViewArray) -> Result<ArrayRef> {
    let mut columns = PieceColumns::<6>::new(texts);
    for (row, text) in texts.iter().enumerate() {
        let m = text.map(p2s::parse).unwrap_or_default();
        columns.push(row, [m.connection_id, m.protocol, m.event, m.user_name, m.client_ip, m.assigned_ip])?;
    }
    structs(fields(), columns.finish(), (0..texts.len()).map(|row| texts.is_valid(row)).collect())
}
