//! `ike_error(code_or_text)`.

use std::sync::Arc;

use arrow::array::{Array, ArrayRef, Int64Array, StringArray, StringViewArray};
use arrow::compute::cast;
use arrow::datatypes::{DataType, Fields};
use datafusion::common::{Result, plan_err};
use datafusion::logical_expr::{ColumnarValue, ScalarFunctionArgs};

use super::super::doc::{Example, FunctionDoc, Kind, Section};
use super::super::parts::{field, structs};
use super::super::scalar::{Spec, udf, wrong_arguments};
use super::super::text::{map, text_type};
use super::super::{Function, Make};
use crate::domain::ike::{ErrorFact, FoundError, error};

pub(in super::super) const FUNCTION: Function = Function { doc: &DOC, make: Make::Scalar(|| udf(&SPEC)) };

static DOC: FunctionDoc = FunctionDoc {
    name: "ike_error",
    kind: Kind::Scalar,
    section: Section::Ike,
    syntax: "ike_error(code_or_text)",
    meaning: "What an error of the IKE log means, what usually causes it and what to check. Understands it whichever way it is \
              printed: decimal or hexadecimal code, HRESULT, 13843(NAME), symbolic name, status text, state change reason, or a \
              whole message with one of these; in any case.",
    arguments: &[("code_or_text", "A number or a text, for example error_code, close_status or message of ike_log.")],
    returns: "A struct: code (decimal Windows code), hex, name (symbolic name), meaning, usual_cause, what_to_check, side \
              (where to look first: peer, azure, both, or path for the network between).",
    nulls: "Null for null and for a text that stands for no error. A code that is not known gives code and hex alone. Never an \
            error.",
    examples: &[
        Example {
            sql: "SELECT ike_error('Policy match error')['code'], ike_error(13801)['name'], ike_error('0x80073613')['meaning']",
            result: "13868 | ERROR_IPSEC_IKE_AUTH_FAIL | Invalid payload received.",
        },
        Example {
            sql: "SELECT e['usual_cause'], e['side'] FROM (SELECT ike_error('[LOCAL_MSG] IKE Tunnel closed for tunnelId 0x3 with status IKE authentication credentials are unacceptable') AS e)",
            result: "The pre-shared keys of the two sides differ, or the peer's certificate is not accepted. | both",
        },
    ],
    source: "Microsoft, System Error Codes (12000-15999), Network Watcher VPN troubleshooting overview, \"Troubleshoot Azure VPN \
             Gateway using diagnostic logs\".",
};

static SPEC: Spec = Spec { doc: &DOC, coerce, returns: || DataType::Struct(fields()), call };

fn coerce(types: &[DataType]) -> Result<Vec<DataType>> {
    match types {
        [number] if number.is_integer() => Ok(vec![number.clone()]),
        [other] => match text_type(&DOC, other) {
            Ok(text) => Ok(vec![text]),
            Err(_) => plan_err!("{} takes a text or a whole number, not {other}", DOC.name),
        },
        _ => wrong_arguments(&DOC),
    }
}

fn fields() -> Fields {
    let text = |name| field(name, DataType::Utf8);
    Fields::from(vec![
        field("code", DataType::Int64),
        text("hex"),
        text("name"),
        text("meaning"),
        text("usual_cause"),
        text("what_to_check"),
        text("side"),
    ])
}

fn call(args: &ScalarFunctionArgs) -> Result<ColumnarValue> {
    let argument = &args.args[0];
    if !argument.data_type().is_integer() {
        return map(argument, kernel);
    }
    // Numbers are few and small; as texts they take the one way that all spellings take.
    let texts = match argument {
        ColumnarValue::Scalar(scalar) => ColumnarValue::Scalar(scalar.cast_to(&DataType::Utf8View)?),
        ColumnarValue::Array(array) => ColumnarValue::Array(cast(array, &DataType::Utf8View)?),
    };
    map(&texts, kernel)
}

fn kernel(texts: &StringViewArray) -> Result<ArrayRef> {
    let mut found: Vec<Option<FoundError>> = Vec::with_capacity(texts.len());
    // Neighbouring rows often carry the same text.
    let mut last: Option<(&str, Option<FoundError>)> = None;
    for text in texts {
        found.push(text.and_then(|text| match last {
            Some((before, known)) if before == text => known,
            _ => {
                let now = error(text);
                last = Some((text, now));
                now
            }
        }));
    }
    let facts = |get: fn(&'static ErrorFact) -> Option<&'static str>| -> ArrayRef {
        Arc::new(found.iter().map(|f| f.and_then(|f| get(f.fact?))).collect::<StringArray>())
    };
    let code: Int64Array = found.iter().map(|f| f.map(|f| i64::from(f.code))).collect();
    let hex: StringArray = found.iter().map(|f| f.map(|f| format!("0x{:X}", f.code))).collect();
    let columns: Vec<ArrayRef> = vec![
        Arc::new(code),
        Arc::new(hex),
        facts(|f| f.name),
        facts(|f| Some(f.meaning)),
        facts(|f| Some(f.usual_cause)),
        facts(|f| Some(f.what_to_check)),
        facts(|f| Some(f.side)),
    ];
    structs(fields(), columns, found.iter().map(Option::is_some).collect())
}
