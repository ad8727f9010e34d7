//! A field of the one row that an aggregate chose. DataFusion's own `get_field` would be moved below the aggregate's
//! input by its optimizer, which fails when the same column is taken twice.

use std::sync::Arc;

use datafusion::arrow::array::BooleanArray;
use datafusion::arrow::array::{Array, ArrayRef, AsArray};
use datafusion::arrow::compute::nullif;
use datafusion::arrow::datatypes::DataType;
use datafusion::common::{Result, exec_err};
use datafusion::logical_expr::{
    ColumnarValue, Expr, ScalarFunctionArgs, ScalarUDF, ScalarUDFImpl, Signature, Volatility,
};

use crate::types::Kind;

#[derive(Debug, PartialEq, Eq, Hash)]
struct RowField {
    index: usize,
    kind: Kind,
    signature: Signature,
}

impl ScalarUDFImpl for RowField {
    fn name(&self) -> &str {
        "kql_row_field"
    }

    fn signature(&self) -> &Signature {
        &self.signature
    }

    fn return_type(&self, _: &[DataType]) -> Result<DataType> {
        Ok(self.kind.data_type())
    }

    fn invoke_with_args(&self, args: ScalarFunctionArgs) -> Result<ColumnarValue> {
        let rows = args.number_rows;
        let Some(value) = args.args.into_iter().next() else { return exec_err!("a row is missing") };
        let array = value.into_array(rows)?;
        let Some(row) = array.as_struct_opt() else {
            return exec_err!("expected a row, found {}", array.data_type());
        };
        let Some(field) = row.columns().get(self.index) else {
            return exec_err!("a row has no field {}", self.index);
        };
        // Where there is no row, there is no field.
        let field: ArrayRef = match row.nulls() {
            Some(nulls) => nullif(field, &BooleanArray::new(!nulls.inner(), None))?,
            None => Arc::clone(field),
        };
        Ok(ColumnarValue::Array(field))
    }
}

/// The field of that index.
pub fn of(row: Expr, index: usize, kind: Kind) -> Expr {
    ScalarUDF::from(RowField { index, kind, signature: Signature::any(1, Volatility::Immutable) }).call(vec![row])
}
