//! `azure_resource(resource_id)`.

use std::sync::Arc;

use arrow::array::{Array, ArrayRef, BooleanArray, StringViewArray};
use arrow::datatypes::{DataType, Fields};
use datafusion::common::Result;

use super::super::doc::{Example, FunctionDoc, Kind, Section};
use super::super::parts::{PieceColumns, field, structs};
use super::super::scalar::{Spec, udf};
use super::super::text::{map, one_text};
use super::super::{Function, Make};
use crate::domain::resource::ResourceId;

pub(in super::super) const FUNCTION: Function = Function { doc: &DOC, make: Make::Scalar(|| udf(&SPEC)) };

static DOC: FunctionDoc = FunctionDoc {
    name: "azure_resource",
    kind: Kind::Scalar,
    section: Section::Azure,
    syntax: "azure_resource(resource_id)",
    meaning: "The parts of an Azure resource id, in the case as logged; with or without the leading slash.",
    arguments: &[("resource_id", "For example the column resource_id.")],
    returns: "A struct: subscription_id, resource_group, provider, resource_type, name, is_vpn_gateway (whether the resource \
              writes VPN gateway logs: a virtual network gateway, or a VPN or P2S gateway of Virtual WAN).",
    nulls: "Null for null and for a text that has none of the parts; each part is null where the id does not have it. Never an \
            error.",
    examples: &[Example {
        sql: "SELECT azure_resource('/SUBSCRIPTIONS/9B58/RESOURCEGROUPS/RG/PROVIDERS/MICROSOFT.NETWORK/VIRTUALNETWORKGATEWAYS/GW1')",
        result: "{subscription_id: 9B58, resource_group: RG, provider: MICROSOFT.NETWORK, resource_type: VIRTUALNETWORKGATEWAYS, name: GW1, is_vpn_gateway: true}",
    }],
    source: "Microsoft, Azure Resource Manager: resource ids; resource-log schema of VPN gateways.",
};

static SPEC: Spec = Spec {
    doc: &DOC,
    coerce: |types| one_text(&DOC, types),
    returns: || DataType::Struct(fields()),
    call: |args| map(&args.args[0], kernel),
};

fn fields() -> Fields {
    let mut fields: Vec<_> = ["subscription_id", "resource_group", "provider", "resource_type", "name"]
        .map(|name| field(name, DataType::Utf8View))
        .to_vec();
    fields.push(field("is_vpn_gateway", DataType::Boolean));
    fields.into()
}

fn kernel(texts: &StringViewArray) -> Result<ArrayRef> {
    let mut columns = PieceColumns::<5>::new(texts);
    let (mut is_gateway, mut valid) = (Vec::with_capacity(texts.len()), Vec::with_capacity(texts.len()));
    for (row, text) in texts.iter().enumerate() {
        let id = ResourceId::parse(text.unwrap_or_default());
        let parts = [id.subscription_id, id.resource_group, id.provider, id.resource_type, id.name]
            .map(|part| Some(part).filter(|part| !part.is_empty()));
        columns.push(row, parts)?;
        valid.push(parts.iter().any(Option::is_some));
        is_gateway.push(id.is_vpn_gateway());
    }
    let mut columns = columns.finish();
    columns.push(Arc::new(BooleanArray::from(is_gateway)));
    structs(fields(), columns, valid)
}
