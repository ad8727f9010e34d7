//! Texts that are never null: what a table, an outer join or a failed match leaves null is an empty text.

use std::sync::Arc;

use datafusion::arrow::array::{ArrayRef, AsArray, StringViewArray};
use datafusion::arrow::compute::cast;
use datafusion::arrow::datatypes::{DataType, Field, FieldRef};
use datafusion::common::{Result, exec_datafusion_err};
use datafusion::logical_expr::{
    ColumnarValue, Expr, ReturnFieldArgs, ScalarFunctionArgs, ScalarUDF, ScalarUDFImpl, Signature, Volatility,
};
use datafusion::scalar::ScalarValue;

const NAME: &str = "kql_text";

/// The text with an empty one for null. Unlike `coalesce`, which is planned as a CASE, it copies no text, and nothing at
/// all where no null is.
pub fn call(text: Expr) -> Expr {
    ScalarUDF::from(NeverNull { signature: Signature::any(1, Volatility::Immutable) }).call(vec![text])
}

/// What was wrapped by [`call`], or the expression as it is.
pub fn unwrapped(expr: Expr) -> Expr {
    match expr {
        Expr::ScalarFunction(mut function) if function.func.name() == NAME => match function.args.pop() {
            Some(inner) => inner,
            None => Expr::ScalarFunction(function),
        },
        other => other,
    }
}

#[derive(Debug, PartialEq, Eq, Hash)]
struct NeverNull {
    signature: Signature,
}

impl ScalarUDFImpl for NeverNull {
    fn name(&self) -> &'static str {
        NAME
    }

    fn signature(&self) -> &Signature {
        &self.signature
    }

    fn return_type(&self, _: &[DataType]) -> Result<DataType> {
        Ok(DataType::Utf8View)
    }

    fn return_field_from_args(&self, _: ReturnFieldArgs) -> Result<FieldRef> {
        Ok(Arc::new(Field::new(NAME, DataType::Utf8View, false)))
    }

    fn invoke_with_args(&self, args: ScalarFunctionArgs) -> Result<ColumnarValue> {
        let value = args.args.into_iter().next().ok_or_else(|| exec_datafusion_err!("{NAME}() takes a text"))?;
        Ok(match value {
            ColumnarValue::Array(array) => ColumnarValue::Array(without_nulls(&cast(&array, &DataType::Utf8View)?)),
            ColumnarValue::Scalar(value) => {
                let text = value.try_as_str().flatten().unwrap_or_default();
                ColumnarValue::Scalar(ScalarValue::Utf8View(Some(text.to_owned())))
            }
        })
    }
}

#[allow(unsafe_code)]
fn without_nulls(array: &ArrayRef) -> ArrayRef {
    let Some(texts) = array.as_string_view_opt().cloned() else { return Arc::clone(array) };
    let (views, buffers, nulls) = texts.into_parts();
    let Some(nulls) = nulls.filter(|nulls| nulls.null_count() > 0) else { return Arc::clone(array) };
    // The view of zeros is the empty text. No text is looked at.
    let views: Vec<u128> = views.iter().zip(&nulls).map(|(view, valid)| if valid { *view } else { 0 }).collect();
    if cfg!(debug_assertions) {
        return Arc::new(StringViewArray::new(views.into(), buffers, None));
    }
    // SAFETY: every view is one of a valid array over the same buffers, or the empty text. Debug builds, and with them all
    // tests, take the branch above, which checks each view.
    Arc::new(unsafe { StringViewArray::new_unchecked(views.into(), buffers, None) })
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use datafusion::arrow::array::Array;

    use super::*;

    #[test]
    fn nulls_are_empty_and_all_else_stays() {
        let long = "a text that is too long to stand in its view";
        let array: ArrayRef = Arc::new(StringViewArray::from(vec![Some("a"), None, Some(long), Some(""), None]));
        for (array, wanted) in [
            (Arc::clone(&array), vec!["a", "", long, "", ""]),
            (array.slice(1, 3), vec!["", long, ""]),
            (array.slice(2, 1), vec![long]),
            (array.slice(0, 0), vec![]),
        ] {
            let found = without_nulls(&array);
            assert_eq!(found.null_count(), 0);
            assert_eq!(found.as_string_view().iter().flatten().collect::<Vec<_>>(), wanted);
        }
    }

    #[test]
    fn nothing_is_copied_without_nulls() {
        let array: ArrayRef = Arc::new(StringViewArray::from(vec!["a", "b"]));
        assert!(Arc::ptr_eq(&array, &without_nulls(&array)));
    }
}
