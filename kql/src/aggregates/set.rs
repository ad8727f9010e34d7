//! Collecting different values: an aggregate of its own, since a set stays small where a list of all values would not.

use std::collections::HashSet;
use std::fmt;
use std::hash::{Hash, Hasher};

use datafusion::arrow::array::{Array, ArrayRef, AsArray};
use datafusion::arrow::datatypes::DataType;
use datafusion::common::{Result, exec_err};
use datafusion::logical_expr::function::AccumulatorArgs;
use datafusion::logical_expr::utils::AggregateOrderSensitivity;
use datafusion::logical_expr::{Accumulator, AggregateUDF, AggregateUDFImpl, Expr, Signature, Volatility};
use datafusion::scalar::ScalarValue;

use crate::functions::Batch;
use crate::types::Kind;
use crate::values::json::{self, Json};

struct MakeSet {
    kind: Kind,
    most: usize,
    signature: Signature,
}

impl fmt::Debug for MakeSet {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("MakeSet").field("kind", &self.kind).field("most", &self.most).finish_non_exhaustive()
    }
}

impl PartialEq for MakeSet {
    fn eq(&self, other: &Self) -> bool {
        self.kind == other.kind && self.most == other.most
    }
}

impl Eq for MakeSet {}

impl Hash for MakeSet {
    fn hash<H: Hasher>(&self, state: &mut H) {
        self.kind.hash(state);
        self.most.hash(state);
    }
}

impl AggregateUDFImpl for MakeSet {
    fn name(&self) -> &str {
        "kql_make_set"
    }

    fn signature(&self) -> &Signature {
        &self.signature
    }

    fn return_type(&self, _: &[DataType]) -> Result<DataType> {
        Ok(Kind::Dynamic.data_type())
    }

    fn accumulator(&self, _: AccumulatorArgs) -> Result<Box<dyn Accumulator>> {
        Ok(Box::new(Values { kind: self.kind, most: self.most, items: Vec::new(), seen: HashSet::new(), bytes: 0 }))
    }

    fn order_sensitivity(&self) -> AggregateOrderSensitivity {
        AggregateOrderSensitivity::Insensitive
    }

    fn default_value(&self, _: &DataType) -> Result<ScalarValue> {
        Ok(ScalarValue::Utf8View(Some("[]".to_owned())))
    }
}

/// The values so far as JSON text, in the order of their first appearance.
struct Values {
    kind: Kind,
    most: usize,
    items: Vec<Box<str>>,
    seen: HashSet<Box<str>>,
    bytes: usize,
}

impl fmt::Debug for Values {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Values").field("items", &self.items.len()).finish_non_exhaustive()
    }
}

impl Values {
    fn add(&mut self, text: &str) {
        if self.items.len() < self.most && !self.seen.contains(text) {
            self.bytes += 2 * text.len();
            self.items.push(text.into());
            self.seen.insert(text.into());
        }
    }

    fn add_item(&mut self, item: &Json, text: &mut String) {
        text.clear();
        item.write(text);
        self.add(text);
    }

    fn text(&self) -> ScalarValue {
        ScalarValue::Utf8View(Some(format!("[{}]", self.items.join(","))))
    }
}

impl Accumulator for Values {
    fn update_batch(&mut self, values: &[ArrayRef]) -> Result<()> {
        let Some(array) = values.first() else { return exec_err!("make_set misses its argument") };
        let batch = Batch::of(array, self.kind)?;
        let mut text = String::new();
        for row in 0..batch.rows() {
            if self.items.len() >= self.most {
                break;
            }
            if array.is_null(row) && self.kind != Kind::String {
                continue;
            }
            match batch.json(0, row) {
                // Arrays among the values are laid flat, as the engine does.
                Json::Array(items) => items.iter().for_each(|i| self.add_item(i, &mut text)),
                item => self.add_item(&item, &mut text),
            }
        }
        Ok(())
    }

    fn evaluate(&mut self) -> Result<ScalarValue> {
        Ok(self.text())
    }

    fn size(&self) -> usize {
        size_of_val(self) + self.bytes + self.items.len() * 6 * size_of::<usize>()
    }

    fn state(&mut self) -> Result<Vec<ScalarValue>> {
        Ok(vec![self.text()])
    }

    fn merge_batch(&mut self, states: &[ArrayRef]) -> Result<()> {
        let Some(states) = states.first().and_then(|s| s.as_string_view_opt()) else {
            return exec_err!("make_set expected the text of a set");
        };
        let mut text = String::new();
        for state in states.iter().flatten() {
            if let Some(Json::Array(items)) = json::parse(state) {
                items.iter().for_each(|i| self.add_item(i, &mut text));
            }
        }
        Ok(())
    }
}

/// The different values of an expression, at most so many.
pub fn set(expr: Expr, kind: Kind, most: usize) -> Expr {
    let signature = Signature::any(1, Volatility::Immutable);
    AggregateUDF::from(MakeSet { kind, most, signature }).call(vec![expr])
}
