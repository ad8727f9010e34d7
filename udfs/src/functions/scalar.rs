//! The one form of nearly all scalar functions: documentation, types and a kernel.

use std::hash::{Hash, Hasher};

use arrow::datatypes::DataType;
use datafusion::common::{Result, plan_err};
use datafusion::logical_expr::{
    ColumnarValue, Documentation, ScalarFunctionArgs, ScalarUDF, ScalarUDFImpl, Signature, Volatility,
};

use super::doc::FunctionDoc;

/// What makes a scalar function.
pub(super) struct Spec {
    pub doc: &'static FunctionDoc,
    /// Given the types of the arguments, those that the kernel takes, or an error.
    pub coerce: fn(&[DataType]) -> Result<Vec<DataType>>,
    /// The type of the result.
    pub returns: fn() -> DataType,
    pub call: fn(&ScalarFunctionArgs) -> Result<ColumnarValue>,
}

/// A function as DataFusion sees it.
pub(super) fn udf(spec: &'static Spec) -> ScalarUDF {
    let signature = Signature::user_defined(Volatility::Immutable);
    ScalarUDF::from(Scalar { spec, signature, documentation: spec.doc.to_datafusion() })
}

/// The error for the wrong number of arguments.
pub(super) fn wrong_arguments<T>(doc: &FunctionDoc) -> Result<T> {
    plan_err!("wrong number of arguments; call it as {}", doc.syntax)
}

struct Scalar {
    spec: &'static Spec,
    signature: Signature,
    documentation: Documentation,
}

// Names are unique.
impl PartialEq for Scalar {
    fn eq(&self, other: &Self) -> bool {
        self.name() == other.name()
    }
}

impl Eq for Scalar {}

impl Hash for Scalar {
    fn hash<H: Hasher>(&self, state: &mut H) {
        self.name().hash(state);
    }
}

impl std::fmt::Debug for Scalar {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(self.name())
    }
}

impl ScalarUDFImpl for Scalar {
    fn name(&self) -> &str {
        self.spec.doc.name
    }

    fn signature(&self) -> &Signature {
        &self.signature
    }

    fn coerce_types(&self, types: &[DataType]) -> Result<Vec<DataType>> {
        (self.spec.coerce)(types)
    }

    fn return_type(&self, _: &[DataType]) -> Result<DataType> {
        Ok((self.spec.returns)())
    }

    fn invoke_with_args(&self, args: ScalarFunctionArgs) -> Result<ColumnarValue> {
        (self.spec.call)(&args)
    }

    fn documentation(&self) -> Option<&Documentation> {
        Some(&self.documentation)
    }
}
