//! `ike_proposal_diff(offered[, accepted])`.

use std::sync::Arc;

use arrow::array::{Array, ArrayRef, AsArray, BooleanArray, StringArray, StringBuilder};
use arrow::datatypes::{DataType, Fields};
use datafusion::common::{Result, ScalarValue};
use datafusion::logical_expr::{ColumnarValue, ScalarFunctionArgs};

use super::super::doc::{Example, FunctionDoc, Kind, Section};
use super::super::parts::{TextLists, field, list_of, lists, structs};
use super::super::scalar::{Spec, udf, wrong_arguments};
use super::super::text::{text_type, views};
use super::super::{Function, Make};
use crate::domain::ike::{ProposalDiff, proposal_diff};

pub(in super::super) const FUNCTION: Function = Function { doc: &DOC, make: Make::Scalar(|| udf(&SPEC)) };

static DOC: FunctionDoc = FunctionDoc {
    name: "ike_proposal_diff",
    kind: Kind::Scalar,
    section: Section::Ike,
    syntax: "ike_proposal_diff(offered[, accepted])",
    meaning: "Whether a proposal that one side offers is acceptable to the other, and if none is, where the nearest differ. \
              Spellings of one algorithm are equal (AES-CBC-256 and AES256, DhGroup14 and PFS2048); an attribute that the log \
              does not print is not compared. A list whose phase nothing tells counts as quick mode.",
    arguments: &[
        ("offered", "A message or text with the proposals of one side, for example what the peer sent."),
        (
            "accepted",
            "The same of the other side. Null or left out: what Azure takes by default as responder (route-based).",
        ),
    ],
    returns: "A struct: phase (main or quick), agrees, common (list of the proposals in both), nearest_offered and \
              nearest_accepted (where there is none in common), differs (list of structs: attribute, offered, accepted: every \
              value of it that would be taken), explanation (all of it in words).",
    nulls: "Null when offered is null or has no whole proposal, when accepted has none, and when the two are for different \
            phases. Never an error.",
    examples: &[
        Example {
            sql: "SELECT d['agrees'], d['differs'] FROM (SELECT ike_proposal_diff('Received Ike payload: Policy1:Cipher=AES-CBC-256 Integrity=SHA384 DhGroup=DhGroupECP384') AS d)",
            result: "false | [{attribute: integrity, offered: SHA384, accepted: [SHA1, SHA256]}, {attribute: dh_group, offered: DhGroupECP384, accepted: [DhGroup2]}]",
        },
        Example {
            sql: "SELECT ike_proposal_diff('Policy1:Cipher=DES Integrity=Md5 Policy2:Cipher=AES256 Integrity=SHA256', 'Policy1:Cipher=AES-CBC-256 Integrity=SHA256')['explanation']",
            result: "1 of 2 offered quick-mode proposals is accepted by the other side's list; the first is AES256/SHA256.",
        },
    ],
    source: "Microsoft, \"About VPN devices and IPsec/IKE parameters for Site-to-Site VPN Gateway connections\"; RFC 5903 (groups \
             19 and 20).",
};

static SPEC: Spec = Spec { doc: &DOC, coerce, returns: || DataType::Struct(fields()), call };

fn coerce(types: &[DataType]) -> Result<Vec<DataType>> {
    if types.is_empty() || types.len() > 2 {
        return wrong_arguments(&DOC);
    }
    types.iter().map(|given| text_type(&DOC, given)).collect()
}

fn difference_fields() -> Fields {
    Fields::from(vec![
        field("attribute", DataType::Utf8),
        field("offered", DataType::Utf8),
        field("accepted", list_of(DataType::Utf8)),
    ])
}

fn fields() -> Fields {
    let text = |name| field(name, DataType::Utf8);
    Fields::from(vec![
        text("phase"),
        field("agrees", DataType::Boolean),
        field("common", list_of(DataType::Utf8)),
        text("nearest_offered"),
        text("nearest_accepted"),
        field("differs", list_of(DataType::Struct(difference_fields()))),
        text("explanation"),
    ])
}

fn call(args: &ScalarFunctionArgs) -> Result<ColumnarValue> {
    let constant = args.args.iter().all(|a| matches!(a, ColumnarValue::Scalar(_)));
    let rows = if constant { 1 } else { args.number_rows };
    let offered = views(&args.args[0].to_array(rows)?)?;
    let accepted = args.args.get(1).map(|a| views(&a.to_array(rows)?)).transpose()?;
    let accepted = accepted.as_ref().map(|a| a.as_string_view());
    let offered = offered.as_string_view();
    let diffs: Vec<Option<ProposalDiff>> = (0..rows)
        .map(|row| {
            let offered = offered.is_valid(row).then(|| offered.value(row))?;
            proposal_diff(offered, accepted.filter(|a| a.is_valid(row)).map(|a| a.value(row)))
        })
        .collect();
    let result = result(&diffs)?;
    Ok(if constant {
        ColumnarValue::Scalar(ScalarValue::try_from_array(&result, 0)?)
    } else {
        ColumnarValue::Array(result)
    })
}

fn result(diffs: &[Option<ProposalDiff>]) -> Result<ArrayRef> {
    let text = |get: fn(&ProposalDiff) -> Option<&str>| -> ArrayRef {
        Arc::new(diffs.iter().map(|d| d.as_ref().and_then(get)).collect::<StringArray>())
    };
    let agrees: BooleanArray = diffs.iter().map(|d| d.as_ref().map(|d| d.agrees)).collect();
    let mut common = TextLists::default();
    let (mut attribute, mut offered, mut accepted) = (StringBuilder::new(), StringBuilder::new(), TextLists::default());
    let mut lengths = Vec::with_capacity(diffs.len());
    for diff in diffs {
        common.push(diff.as_ref().map(|d| d.common.iter().map(String::as_str)));
        lengths.push(diff.as_ref().map(|d| d.differs.len()));
        for d in diff.iter().flat_map(|d| &d.differs) {
            attribute.append_value(d.attribute);
            offered.append_value(&d.offered);
            accepted.push(Some(d.accepted.iter().map(String::as_str)));
        }
    }
    let differs: Vec<ArrayRef> = vec![Arc::new(attribute.finish()), Arc::new(offered.finish()), accepted.finish()?];
    let valid = vec![true; differs[0].len()];
    let columns: Vec<ArrayRef> = vec![
        text(|d| Some(d.phase.as_str())),
        Arc::new(agrees),
        common.finish()?,
        text(|d| d.nearest_offered.as_deref()),
        text(|d| d.nearest_accepted.as_deref()),
        lists(structs(difference_fields(), differs, valid)?, &lengths)?,
        text(|d| Some(&d.explanation)),
    ];
    structs(fields(), columns, diffs.iter().map(Option::is_some).collect())
}
