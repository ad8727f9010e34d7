//! `evaluate narrow()`: each cell as a row of its own.

use datafusion::common::{Column as Field, UnnestOptions};
use datafusion::logical_expr::{LogicalPlanBuilder, lit};

use super::super::super::Planner;
use super::super::super::relation::{Key, Relation, field};
use super::super::rows::{numbered, plain};
use crate::ast::Evaluate;
use crate::error::{KqlError, Span};
use crate::kernels::lists;
use crate::types::{Kind, Literal, Typed};

impl Planner<'_> {
    pub(in super::super) fn narrow(
        &mut self,
        rows: Relation,
        evaluate: &Evaluate,
        span: &Span,
    ) -> Result<Relation, KqlError> {
        if let Some(argument) = evaluate.arguments.first() {
            return Err(KqlError::typed(&argument.span, "narrow takes no arguments"));
        }
        if evaluate.schema.is_some() {
            return Err(KqlError::unsupported(span, "an output schema of narrow"));
        }
        let order = rows.order.clone();
        let rows = numbered(self, Relation { order, ..rows })?;
        let Some(number) = rows.hidden.last().cloned() else {
            return Err(KqlError::typed(span, "narrow needs rows"));
        };
        let mut texts = Vec::new();
        let mut known: Vec<String> = Vec::new();
        for column in rows.columns.clone() {
            // Times as the plugin prints them.
            let value = rows.value(&column);
            let text = match column.kind {
                Kind::Datetime => {
                    let format = Typed::of(Literal::String("yyyy-MM-dd HH:mm:ss.fffffff".to_owned()), Kind::String);
                    self.call("format_datetime", span, &[value, format])?
                }
                _ => self.convert(value, Kind::String, span)?,
            };
            texts.push(text);
            known.push(column.name);
        }
        let names = serde_json::to_string(&known).map_err(|e| KqlError::Engine(e.to_string()))?;
        let values = self.call("pack_array", span, &texts)?;
        let (name, value, index) = (self.fresh("name"), self.fresh("value"), self.fresh("index"));
        let mut rows = rows.hide(vec![
            (name.clone(), lists::elements(Typed::of(Literal::Dynamic(names), Kind::Dynamic).expr, false)),
            (value.clone(), lists::elements(values.expr, false)),
        ])?;
        rows = rows.hide(vec![(index.clone(), lists::indexes(vec![field(&name)]))])?;
        let unnested = [&name, &value, &index].map(Field::new_unqualified).to_vec();
        let plan = LogicalPlanBuilder::from(rows.plan.clone())
            .unnest_columns_with_options(unnested, UnnestOptions::new().with_preserve_nulls(false))?
            .build()?;
        let mut rows = rows.with_plan(plan);
        rows.order = [&number, &index].map(|f| Key { field: f.clone(), ascending: true, nulls_first: true }).to_vec();
        let text = |planner: &Self, field_name: &str| {
            planner.convert(Typed::new(field(field_name), Kind::Dynamic), Kind::String, span).map(|t| t.expr)
        };
        let row = datafusion::logical_expr::cast(field(&number), Kind::Long.data_type()) - lit(1i64);
        let columns = vec![
            (plain("Row", Kind::Long), row),
            (plain("Column", Kind::String), text(self, &name)?),
            (plain("Value", Kind::String), text(self, &value)?),
        ];
        rows.project(columns)
    }
}
