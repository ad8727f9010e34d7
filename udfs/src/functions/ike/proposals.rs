//! `ike_proposals(message)`.

use std::sync::Arc;

use arrow::array::{Array, ArrayRef, BooleanArray, Int32Array, StringViewArray};
use arrow::datatypes::{DataType, Fields};
use datafusion::common::Result;

use super::super::doc::{Example, FunctionDoc, Kind, Section};
use super::super::parts::{PieceColumns, field, list_of, lists, structs};
use super::super::scalar::{Spec, udf};
use super::super::text::{map, one_text};
use super::super::{Function, Make};
use crate::domain::ike::{Phase, proposals};

pub(in super::super) const FUNCTION: Function = Function { doc: &DOC, make: Make::Scalar(|| udf(&SPEC)) };

static DOC: FunctionDoc = FunctionDoc {
    name: "ike_proposals",
    kind: Kind::Scalar,
    section: Section::Ike,
    syntax: "ike_proposals(message)",
    meaning: "The proposals that a message lists, main mode (Ike payload) or quick mode (IPSec payload), in their order. \
              Attributes may stand in any order and without a space between them, as logs have it.",
    arguments: &[("message", "A message of IKEDiagnosticLog.")],
    returns: "A list of structs: index (the number after Policy), phase (main or quick; null when nothing tells), cipher, \
              integrity, dh_group, pfs_group (as logged; open sets), complete (false where the log cut the proposal), text \
              (all of it, with attributes that are not known).",
    nulls: "Null for a null message and for one without proposals; never an error.",
    examples: &[Example {
        sql: "SELECT ike_proposals('[RECEIVED]Received IPSec payload: Policy1:Cipher=DESIntegrity=Md5')",
        result: "[{index: 1, phase: quick, cipher: DES, integrity: Md5, dh_group: NULL, pfs_group: NULL, complete: true, text: Cipher=DESIntegrity=Md5}]",
    }],
    source: "published log lines.",
};

static SPEC: Spec = Spec {
    doc: &DOC,
    coerce: |types| one_text(&DOC, types),
    returns: || list_of(DataType::Struct(fields())),
    call: |args| map(&args.args[0], kernel),
};

fn fields() -> Fields {
    let text = |name| field(name, DataType::Utf8View);
    Fields::from(vec![
        field("index", DataType::Int32),
        text("phase"),
        text("cipher"),
        text("integrity"),
        text("dh_group"),
        text("pfs_group"),
        field("complete", DataType::Boolean),
        text("text"),
    ])
}

fn kernel(texts: &StringViewArray) -> Result<ArrayRef> {
    let (mut index, mut complete, mut lengths) = (Vec::new(), Vec::new(), Vec::with_capacity(texts.len()));
    let mut pieces = PieceColumns::<6>::new(texts);
    for (row, text) in texts.iter().enumerate() {
        let list = text.map(proposals).unwrap_or_default();
        lengths.push((!list.is_empty()).then_some(list.len()));
        for p in &list {
            index.push(i32::try_from(p.index).ok());
            complete.push(p.complete);
            let values = [p.phase.map(Phase::as_str), p.cipher, p.integrity, p.dh_group, p.pfs_group, Some(p.text)];
            pieces.push(row, values)?;
        }
    }
    let mut columns = pieces.finish();
    columns.insert(0, Arc::new(Int32Array::from(index)));
    columns.insert(6, Arc::new(BooleanArray::from(complete)));
    let valid = vec![true; columns[0].len()];
    lists(structs(fields(), columns, valid)?, &lengths)
}
