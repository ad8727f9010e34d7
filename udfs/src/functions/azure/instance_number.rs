//! `instance_number(name)`.

use std::sync::Arc;

use arrow::array::{ArrayRef, Int32Array, StringViewArray};
use arrow::datatypes::DataType;
use datafusion::common::Result;

use super::super::doc::{Example, FunctionDoc, Kind, Section};
use super::super::scalar::{Spec, udf};
use super::super::text::{map, one_text};
use super::super::{Function, Make};
use crate::domain::instance;

pub(in super::super) const FUNCTION: Function = Function { doc: &DOC, make: Make::Scalar(|| udf(&SPEC)) };

static DOC: FunctionDoc = FunctionDoc {
    name: "instance_number",
    kind: Kind::Scalar,
    section: Section::Azure,
    syntax: "instance_number(name)",
    meaning: "The number of a gateway instance.",
    arguments: &[("name", "The instance's name, for example GatewayTenantWorker_IN_1, or the number alone.")],
    returns: "An integer, usually 0 or 1.",
    nulls: "Null for null and for every other text; never an error.",
    examples: &[Example {
        sql: "SELECT instance_number('GatewayTenantWorker_IN_1'), instance_number('worker')",
        result: "1 | NULL",
    }],
    source: "the column instance_s of published logs.",
};

static SPEC: Spec = Spec {
    doc: &DOC,
    coerce: |types| one_text(&DOC, types),
    returns: || DataType::Int32,
    call: |args| map(&args.args[0], kernel),
};

fn kernel(texts: &StringViewArray) -> Result<ArrayRef> {
    let numbers: Int32Array = texts.iter().map(|name| instance::number(name?).map(i32::from)).collect();
    Ok(Arc::new(numbers))
}
