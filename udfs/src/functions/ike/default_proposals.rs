//! `ike_default_proposals()`.

use std::sync::Arc;

use arrow::array::{ArrayRef, Int32Array, RecordBatch, StringArray};
use arrow::datatypes::{DataType, Field, Schema};
use datafusion::catalog::{MemTable, TableFunctionArgs, TableFunctionImpl, TableProvider};
use datafusion::common::Result;

use super::super::doc::{Example, FunctionDoc, Kind, Section};
use super::super::scalar::wrong_arguments;
use super::super::{Function, Make};
use crate::domain::ike::{DEFAULTS, DefaultProposal};

pub(in super::super) const FUNCTION: Function =
    Function { doc: &DOC, make: Make::Table(|| Arc::new(DefaultProposals)) };

static DOC: FunctionDoc = FunctionDoc {
    name: "ike_default_proposals",
    kind: Kind::Table,
    section: Section::Ike,
    syntax: "ike_default_proposals()",
    meaning: "What Azure offers and takes where the connection has no custom IPsec/IKE policy, in the spelling of the logs.",
    arguments: &[],
    returns: "A table: gateway_type (route_based or policy_based; the latter speaks IKEv1 only), phase (main or quick), role \
              (both: offered and taken; responder: only taken), position (from 1), cipher, integrity, dh_group (main mode), \
              pfs_group (quick mode; None without), lifetime_seconds, lifetime_kilobytes.",
    nulls: "dh_group is null in quick mode, pfs_group in main mode, lifetime_kilobytes where none is set.",
    examples: &[Example {
        sql: "SELECT cipher, integrity, dh_group, lifetime_seconds FROM ike_default_proposals() WHERE gateway_type = 'policy_based' AND phase = 'main' ORDER BY position",
        result: "AES-CBC-256 | SHA256 | DhGroup2 | 28800\nAES-CBC-256 | SHA1 | DhGroup2 | 28800\nAES-CBC-128 | SHA1 | DhGroup2 | 28800\n3DES | SHA1 | DhGroup2 | 28800",
    }],
    source: "Microsoft, \"About VPN devices and IPsec/IKE parameters for Site-to-Site VPN Gateway connections\".",
};

#[derive(Debug)]
struct DefaultProposals;

impl TableFunctionImpl for DefaultProposals {
    fn call_with_args(&self, args: TableFunctionArgs) -> Result<Arc<dyn TableProvider>> {
        if !args.exprs().is_empty() {
            return wrong_arguments(&DOC);
        }
        let text = |name: &str, get: fn(&DefaultProposal) -> Option<&'static str>| {
            let values: StringArray = DEFAULTS.iter().map(get).collect();
            (Field::new(name, DataType::Utf8, true), Arc::new(values) as ArrayRef)
        };
        let number = |name: &str, get: fn(&DefaultProposal) -> Option<u32>| {
            let values: Int32Array = DEFAULTS.iter().map(|d| i32::try_from(get(d)?).ok()).collect();
            (Field::new(name, DataType::Int32, true), Arc::new(values) as ArrayRef)
        };
        let (fields, columns): (Vec<_>, Vec<_>) = [
            text("gateway_type", |d| Some(d.gateway_type.as_str())),
            text("phase", |d| Some(d.phase.as_str())),
            text("role", |d| Some(d.role.as_str())),
            number("position", |d| Some(d.position.into())),
            text("cipher", |d| Some(d.cipher)),
            text("integrity", |d| Some(d.integrity)),
            text("dh_group", |d| d.dh_group),
            text("pfs_group", |d| d.pfs_group),
            number("lifetime_seconds", |d| Some(d.lifetime_seconds())),
            number("lifetime_kilobytes", DefaultProposal::lifetime_kilobytes),
        ]
        .into_iter()
        .unzip();
        let schema = Arc::new(Schema::new(fields));
        let batch = RecordBatch::try_new(Arc::clone(&schema), columns)?;
        Ok(Arc::new(MemTable::try_new(schema, vec![vec![batch]])?))
    }
}
