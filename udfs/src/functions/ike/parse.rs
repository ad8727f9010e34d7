//! `ike_parse(message[, field ...])`.

use std::sync::{Arc, LazyLock};

use arrow::array::{Array, ArrayRef, StructArray};
use arrow::datatypes::{DataType, Field as ArrowField, FieldRef, Fields};
use datafusion::common::{Result, ScalarValue, exec_err, plan_err};
use datafusion::logical_expr::{
    ColumnarValue, Documentation, ReturnFieldArgs, ScalarFunctionArgs, ScalarUDF, ScalarUDFImpl, Signature, Volatility,
};

use super::super::doc::{Example, FunctionDoc, Kind, Section};
use super::super::scalar::wrong_arguments;
use super::super::text::{map, text_type};
use super::super::{Function, Make};
use super::fields::{FIELDS, Field, columns};

pub(in super::super) const FUNCTION: Function = Function { doc: &DOC, make: Make::Scalar(udf) };

static DOC: FunctionDoc = FunctionDoc {
    name: "ike_parse",
    kind: Kind::Scalar,
    section: Section::Ike,
    syntax: "ike_parse(message[, field ...])",
    meaning: "All that an IKE message says, in one struct. Understands the four families of messages (classic, \
              structured, packet, bare), any port, IPv6, redacted addresses, and numbers printed decimal or hexadecimal.",
    arguments: &[
        ("message", "A message of IKEDiagnosticLog."),
        ("field", "Constant name of a field; with some of them the struct has only these, which is faster."),
    ],
    returns: "A struct of family, message_type, session_id, remote_ip, remote_port, local_ip, local_port, direction, \
              exchange, event, i_cookie, r_cookie, tunnel_id, ts_id, close_status, notify, error_code, body, conn_type, \
              sa_type, failure_direction, sa_established, error_message, severity and message_id. The fields up to \
              error_code have a function of their own, ike_ and their name, which says what they mean. body: the text after \
              prefix and tags. conn_type, sa_type, failure_direction, sa_established, error_message: as named in structured \
              messages. severity: the word in leading parentheses. message_id: what a packet and its answer share.",
    nulls: "Null for a null message; each field is null where the message does not say. A text that is no IKE message has the \
            family other and is its own event. Never an error.",
    examples: &[
        Example {
            sql: "SELECT ike_parse('[SEND][SA_AUTH] Sending SA AUTH message for tunnelId 0x3 and tsId 0x37', 'exchange', 'ts_id')",
            result: "{exchange: SA_AUTH, ts_id: 55}",
        },
        Example {
            sql: "SELECT ike_parse('IkeCleanupQMNegotiation called with error 13868 and flags a')['error_code']",
            result: "13868",
        },
    ],
    source: "published log lines; Microsoft, \"Troubleshoot Azure VPN Gateway using diagnostic logs\" and the 2026 article on \
             tunnels that cannot connect.",
};

/// The function, of which there is one.
pub(super) fn shared() -> Arc<ScalarUDF> {
    static UDF: LazyLock<Arc<ScalarUDF>> = LazyLock::new(|| {
        let signature = Signature::user_defined(Volatility::Immutable);
        Arc::new(ScalarUDF::from(IkeParse { signature }))
    });
    Arc::clone(&UDF)
}

fn udf() -> ScalarUDF {
    shared().as_ref().clone()
}

/// The function `ike_parse`.
#[derive(Debug, PartialEq, Eq, Hash)]
pub(super) struct IkeParse {
    signature: Signature,
}

/// The fields that constants name, all when there are none.
fn wanted<'a>(names: impl ExactSizeIterator<Item = Option<&'a ScalarValue>>) -> Result<Vec<&'static Field>> {
    if names.len() == 0 {
        return Ok(FIELDS.iter().collect());
    }
    let mut out: Vec<&'static Field> = Vec::with_capacity(names.len());
    for name in names {
        let Some(name) = name.and_then(|n| n.try_as_str().flatten()) else {
            return plan_err!("the fields of ike_parse must be constant texts");
        };
        let Some(field) = Field::of_name(name) else {
            let known: Vec<_> = FIELDS.iter().map(|f| f.name).collect();
            return plan_err!("ike_parse has no field '{name}'; there are {}", known.join(", "));
        };
        if out.iter().any(|other| other.name == field.name) {
            return plan_err!("ike_parse is asked for the field '{name}' twice");
        }
        out.push(field);
    }
    Ok(out)
}

fn arrow_fields(fields: &[&'static Field]) -> Fields {
    fields.iter().map(|field| field.arrow()).collect()
}

impl ScalarUDFImpl for IkeParse {
    fn name(&self) -> &str {
        DOC.name
    }

    fn signature(&self) -> &Signature {
        &self.signature
    }

    fn coerce_types(&self, types: &[DataType]) -> Result<Vec<DataType>> {
        let [text, fields @ ..] = types else { return wrong_arguments(&DOC) };
        let mut out = vec![text_type(&DOC, text)?];
        for field in fields {
            out.push(text_type(&DOC, field)?);
        }
        Ok(out)
    }

    fn return_type(&self, _: &[DataType]) -> Result<DataType> {
        exec_err!("the type of ike_parse depends on its constants")
    }

    fn return_field_from_args(&self, args: ReturnFieldArgs<'_>) -> Result<FieldRef> {
        let names = args.scalar_arguments.get(1..).unwrap_or_default();
        let fields = wanted(names.iter().copied())?;
        Ok(Arc::new(ArrowField::new(self.name(), DataType::Struct(arrow_fields(&fields)), true)))
    }

    fn invoke_with_args(&self, args: ScalarFunctionArgs) -> Result<ColumnarValue> {
        let [text, names @ ..] = args.args.as_slice() else { return wrong_arguments(&DOC) };
        let fields = wanted(names.iter().map(|name| match name {
            ColumnarValue::Scalar(scalar) => Some(scalar),
            ColumnarValue::Array(_) => None,
        }))?;
        let types = arrow_fields(&fields);
        map(text, |texts| {
            let columns = columns(texts, &fields)?;
            Ok(Arc::new(StructArray::try_new(types.clone(), columns, texts.nulls().cloned())?) as ArrayRef)
        })
    }

    fn documentation(&self) -> Option<&Documentation> {
        static DOCUMENTATION: LazyLock<Documentation> = LazyLock::new(|| DOC.to_datafusion());
        Some(&DOCUMENTATION)
    }
}
