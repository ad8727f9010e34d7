//! Functions over the lists that `array_agg` collects.

use std::fmt;
use std::hash::{Hash, Hasher};
use std::sync::Arc;

use datafusion::arrow::array::{Array, ArrayRef, AsArray, ListArray};
use datafusion::arrow::datatypes::{DataType, Field, FieldRef};
use datafusion::common::{Result, exec_err};
use datafusion::logical_expr::{
    ColumnarValue, Expr, ReturnFieldArgs, ScalarFunctionArgs, ScalarUDF, ScalarUDFImpl, Signature, Volatility,
};

use crate::functions::Batch;
use crate::types::Kind;

/// Computes one value a list: the lists, the kind of their items, and settings.
pub type OfLists = fn(&[Lists], &Settings) -> Result<ArrayRef>;

/// What a function is told while planning.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Settings {
    /// How many items at most.
    pub most: Option<usize>,
    /// Percentiles wanted.
    pub percentiles: Vec<f64>,
}

/// Lists of one kind.
pub struct Lists {
    lists: ListArray,
    /// Their items, one behind the other.
    pub items: Batch,
}

impl Lists {
    /// How many lists.
    pub fn len(&self) -> usize {
        self.lists.len()
    }

    /// Where the items of a list are; of null there are none.
    pub fn range(&self, row: usize) -> std::ops::Range<usize> {
        if row >= self.lists.len() || self.lists.is_null(row) {
            return 0..0;
        }
        let offsets = self.lists.value_offsets();
        let at = |i: usize| offsets.get(i).and_then(|o| usize::try_from(*o).ok()).unwrap_or(0);
        at(row)..at(row + 1)
    }

    /// All items.
    pub fn values(&self) -> &ArrayRef {
        self.lists.values()
    }
}

struct ListFunction {
    name: &'static str,
    of: OfLists,
    /// Of the items of each argument.
    kinds: Vec<Kind>,
    output: Kind,
    settings: Settings,
    signature: Signature,
}

impl fmt::Debug for ListFunction {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ListFunction")
            .field("name", &self.name)
            .field("settings", &self.settings)
            .finish_non_exhaustive()
    }
}

// A name stands for one function.
impl PartialEq for ListFunction {
    fn eq(&self, other: &Self) -> bool {
        self.name == other.name
            && self.kinds == other.kinds
            && self.output == other.output
            && self.settings == other.settings
    }
}

// Percentiles are never NaN.
impl Eq for ListFunction {}

impl Hash for ListFunction {
    fn hash<H: Hasher>(&self, state: &mut H) {
        self.name.hash(state);
        self.kinds.hash(state);
        self.settings.most.hash(state);
        self.settings.percentiles.iter().for_each(|p| p.to_bits().hash(state));
    }
}

impl ScalarUDFImpl for ListFunction {
    fn name(&self) -> &str {
        self.name
    }

    fn signature(&self) -> &Signature {
        &self.signature
    }

    fn return_type(&self, _: &[DataType]) -> Result<DataType> {
        Ok(self.output.data_type())
    }

    fn return_field_from_args(&self, _: ReturnFieldArgs) -> Result<FieldRef> {
        Ok(Arc::new(Field::new(self.name, self.output.data_type(), self.output != Kind::String)))
    }

    fn invoke_with_args(&self, args: ScalarFunctionArgs) -> Result<ColumnarValue> {
        let rows = args.number_rows;
        let mut lists = Vec::with_capacity(args.args.len());
        for (value, kind) in args.args.into_iter().zip(&self.kinds) {
            let array = value.into_array(rows)?;
            let Some(list) = array.as_list_opt::<i32>() else {
                return exec_err!("{}() expected a list, found {}", self.name, array.data_type());
            };
            lists.push(Lists { items: Batch::of(list.values(), *kind)?, lists: list.clone() });
        }
        Ok(ColumnarValue::Array((self.of)(&lists, &self.settings)?))
    }
}

/// The call of a function over lists, given with the kind of their items.
pub fn call(name: &'static str, of: OfLists, output: Kind, args: Vec<(Expr, Kind)>, settings: Settings) -> Expr {
    let (exprs, kinds): (Vec<Expr>, Vec<Kind>) = args.into_iter().unzip();
    let signature = Signature::variadic_any(Volatility::Immutable);
    ScalarUDF::from(ListFunction { name, of, kinds, output, settings, signature }).call(exprs)
}
