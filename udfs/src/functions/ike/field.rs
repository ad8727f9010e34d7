//! The functions of [`super::fields`] as DataFusion sees them.

use std::hash::{Hash, Hasher};

use arrow::datatypes::DataType;
use datafusion::common::{Result, ScalarValue, exec_err, plan_err};
use datafusion::logical_expr::{
    ColumnarValue, Documentation, ScalarFunctionArgs, ScalarUDF, ScalarUDFImpl, Signature, Volatility,
};

use super::super::doc::FunctionDoc;
use super::super::scalar::wrong_arguments;
use super::super::text::{map, text_type};
use super::fields::{FIELDS, Field, columns, of_struct};

/// The function of one field. Alone it parses and builds nothing else; of several on one message in one step of a query
/// [`super::share`] makes one `ike_parse` and gives them its result.
pub(in super::super) struct IkeField {
    pub field: &'static Field,
    doc: &'static FunctionDoc,
    signature: Signature,
    documentation: Documentation,
}

/// Every function of the table.
pub(in super::super) fn udfs() -> impl Iterator<Item = (&'static FunctionDoc, ScalarUDF)> {
    FIELDS.iter().filter_map(|field| {
        let doc = field.doc?;
        let signature = Signature::user_defined(Volatility::Immutable);
        Some((doc, ScalarUDF::from(IkeField { field, doc, signature, documentation: doc.to_datafusion() })))
    })
}

// Names are unique.
impl PartialEq for IkeField {
    fn eq(&self, other: &Self) -> bool {
        self.field.name == other.field.name
    }
}

impl Eq for IkeField {}

impl Hash for IkeField {
    fn hash<H: Hasher>(&self, state: &mut H) {
        self.field.name.hash(state);
    }
}

impl std::fmt::Debug for IkeField {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(self.doc.name)
    }
}

impl ScalarUDFImpl for IkeField {
    fn name(&self) -> &str {
        self.doc.name
    }

    fn signature(&self) -> &Signature {
        &self.signature
    }

    fn coerce_types(&self, types: &[DataType]) -> Result<Vec<DataType>> {
        match types {
            [DataType::Struct(fields)] => {
                let fits = |f: &arrow::datatypes::FieldRef| {
                    f.name() == self.field.name && f.data_type() == &self.field.data_type()
                };
                if !fields.iter().any(fits) {
                    return plan_err!(
                        "{} takes a message or what ike_parse gives, with the field {}",
                        self.doc.name,
                        self.field.name
                    );
                }
                Ok(types.to_vec())
            }
            [text] => Ok(vec![text_type(self.doc, text)?]),
            _ => wrong_arguments(self.doc),
        }
    }

    fn return_type(&self, _: &[DataType]) -> Result<DataType> {
        Ok(self.field.data_type())
    }

    fn invoke_with_args(&self, args: ScalarFunctionArgs) -> Result<ColumnarValue> {
        let [argument] = args.args.as_slice() else { return wrong_arguments(self.doc) };
        match argument {
            ColumnarValue::Array(array) if matches!(array.data_type(), DataType::Struct(_)) => {
                Ok(ColumnarValue::Array(of_struct(array, self.field)?))
            }
            ColumnarValue::Scalar(scalar @ ScalarValue::Struct(_)) => {
                let column = of_struct(&scalar.to_array()?, self.field)?;
                Ok(ColumnarValue::Scalar(ScalarValue::try_from_array(&column, 0)?))
            }
            text => map(text, |texts| match columns(texts, &[self.field])?.pop() {
                Some(column) => Ok(column),
                None => exec_err!("{} made no column", self.doc.name),
            }),
        }
    }

    fn documentation(&self) -> Option<&Documentation> {
        Some(&self.documentation)
    }
}
