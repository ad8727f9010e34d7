//! Window functions of DataFusion over a function of all rows.

use std::fmt;
use std::hash::{Hash, Hasher};
use std::sync::Arc;

use datafusion::arrow::array::ArrayRef;
use datafusion::arrow::datatypes::{Field, FieldRef};
use datafusion::common::Result;
use datafusion::logical_expr::function::{PartitionEvaluatorArgs, WindowUDFFieldArgs};
use datafusion::logical_expr::{
    Expr, LimitEffect, PartitionEvaluator, Signature, Volatility, WindowUDF, WindowUDFImpl,
};
use datafusion::physical_plan::PhysicalExpr;

use crate::types::Kind;

/// Computes all rows: the arguments as columns, and how many rows.
pub type Rows = fn(&[ArrayRef], usize) -> Result<ArrayRef>;

struct KqlWindow {
    name: &'static str,
    rows: Rows,
    output: Kind,
    signature: Signature,
}

impl fmt::Debug for KqlWindow {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("KqlWindow").field("name", &self.name).finish_non_exhaustive()
    }
}

// A name stands for one function.
impl PartialEq for KqlWindow {
    fn eq(&self, other: &Self) -> bool {
        self.name == other.name && self.output == other.output
    }
}

impl Eq for KqlWindow {}

impl Hash for KqlWindow {
    fn hash<H: Hasher>(&self, state: &mut H) {
        self.name.hash(state);
        self.output.hash(state);
    }
}

#[derive(Debug)]
struct Evaluator(Rows);

impl PartitionEvaluator for Evaluator {
    fn evaluate_all(&mut self, values: &[ArrayRef], rows: usize) -> Result<ArrayRef> {
        (self.0)(values, rows)
    }
}

impl WindowUDFImpl for KqlWindow {
    fn name(&self) -> &str {
        self.name
    }

    fn signature(&self) -> &Signature {
        &self.signature
    }

    fn partition_evaluator(&self, _: PartitionEvaluatorArgs) -> Result<Box<dyn PartitionEvaluator>> {
        Ok(Box::new(Evaluator(self.rows)))
    }

    fn field(&self, args: WindowUDFFieldArgs) -> Result<FieldRef> {
        Ok(Arc::new(Field::new(args.name(), self.output.data_type(), self.output != Kind::String)))
    }

    fn limit_effect(&self, _: &[Arc<dyn PhysicalExpr>]) -> LimitEffect {
        LimitEffect::Unknown
    }
}

/// The call of a window function.
pub fn call(name: &'static str, rows: Rows, output: Kind, args: Vec<Expr>) -> Expr {
    let signature = Signature::variadic_any(Volatility::Immutable);
    WindowUDF::from(KqlWindow { name, rows, output, signature }).call(args)
}
