//! What `parse` computes: the groups of one regular expression.

use std::sync::Arc;

use datafusion::arrow::array::{Array, ArrayRef, AsArray, StringBuilder, StructArray};
use datafusion::arrow::compute::cast;
use datafusion::arrow::datatypes::{DataType, Field, Fields};
use datafusion::common::{Result, exec_datafusion_err};
use datafusion::logical_expr::{
    ColumnarValue, Expr, ScalarFunctionArgs, ScalarUDF, ScalarUDFImpl, Signature, Volatility,
};
use regex::RegexBuilder;

/// A struct of the groups `c0`, `c1` ..., all null when nothing matches.
pub fn captured(value: Expr, pattern: String, groups: usize) -> Expr {
    ScalarUDF::from(Pattern { pattern, groups, signature: Signature::any(1, Volatility::Immutable) }).call(vec![value])
}

/// The fields of such a struct.
pub fn fields(count: usize) -> Fields {
    (0..count).map(|i| Field::new(format!("c{i}"), DataType::Utf8, true)).collect()
}

#[derive(Debug, PartialEq, Eq, Hash)]
struct Pattern {
    pattern: String,
    groups: usize,
    signature: Signature,
}

impl ScalarUDFImpl for Pattern {
    fn name(&self) -> &'static str {
        "kql_parse"
    }

    fn display_name(&self, args: &[Expr]) -> Result<String> {
        let args: Vec<String> = args.iter().map(|a| a.schema_name().to_string()).collect();
        Ok(format!("kql_parse({}, {})", args.join(", "), self.pattern))
    }

    fn signature(&self) -> &Signature {
        &self.signature
    }

    fn return_type(&self, _: &[DataType]) -> Result<DataType> {
        Ok(DataType::Struct(fields(self.groups)))
    }

    fn invoke_with_args(&self, args: ScalarFunctionArgs) -> Result<ColumnarValue> {
        let rows = args.number_rows;
        let mut args = args.args.into_iter();
        let value = args.next().ok_or_else(|| exec_datafusion_err!("a text expected"))?.into_array(rows)?;
        let value = cast(&value, &DataType::Utf8)?;
        let value = value.as_string::<i32>();
        let regex = RegexBuilder::new(&self.pattern)
            .size_limit(4 << 20)
            .build()
            .map_err(|e| exec_datafusion_err!("parse: {e}"))?;
        let mut columns: Vec<StringBuilder> = (0..self.groups).map(|_| StringBuilder::new()).collect();
        let mut found = regex.capture_locations();
        for row in 0..rows {
            let text = if value.is_null(row) { "" } else { value.value(row) };
            let matched = regex.captures_read(&mut found, text).is_some();
            for (group, column) in columns.iter_mut().enumerate() {
                match (matched, found.get(group + 1)) {
                    (true, Some((from, to))) => column.append_value(text.get(from..to).unwrap_or_default()),
                    (true, None) => column.append_value(""),
                    (false, _) => column.append_null(),
                }
            }
        }
        let arrays: Vec<ArrayRef> = columns.iter_mut().map(|c| Arc::new(c.finish()) as ArrayRef).collect();
        Ok(ColumnarValue::Array(Arc::new(StructArray::try_new(fields(self.groups), arrays, None)?)))
    }
}
