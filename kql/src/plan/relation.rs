//! Rows on their way through the operators: a plan, the columns that the query sees, and what the planner keeps besides.

use datafusion::common::Column as Field;
use datafusion::logical_expr::{Expr, LogicalPlan, LogicalPlanBuilder, SortExpr};

use crate::error::KqlError;
use crate::kernels::never_null;
use crate::types::{Kind, Typed};

/// A column that the query sees.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Column {
    /// Its name, which is its field's name in the plan.
    pub name: String,
    /// Its type.
    pub kind: Kind,
    /// A text column straight from a table, in which nulls stand for empty texts. Kept as it is as long as possible, since
    /// a table can skip files by its own columns only.
    pub raw: bool,
}

/// A key by which rows are ordered.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Key {
    /// The field.
    pub field: String,
    /// Smallest first.
    pub ascending: bool,
    /// Nulls before all others.
    pub nulls_first: bool,
}

/// Rows and what is known about them.
#[derive(Debug, Clone)]
pub struct Relation {
    /// Where they come from.
    pub plan: LogicalPlan,
    /// What the query sees.
    pub columns: Vec<Column>,
    /// Fields that the query does not see, which begin with `$`.
    pub hidden: Vec<String>,
    /// The order of the rows. Nothing is sorted before an operator needs it, or the end.
    pub order: Vec<Key>,
    /// Whether the order is one that the query asked for, so that row by row functions may be used.
    pub serialized: bool,
    /// Fields that tell apart groups of rows which do not know of each other: in `mv-apply` and `partition`.
    pub groups: Vec<String>,
    /// Columns of the outer query inside `mv-apply`: the same in every row of a group.
    pub outer: Vec<Column>,
}

/// A field by its exact name.
pub fn field(name: &str) -> Expr {
    Expr::Column(Field::new_unqualified(name))
}

impl Relation {
    /// Rows of a plan with no order.
    pub fn new(plan: LogicalPlan, columns: Vec<Column>) -> Self {
        Self {
            plan,
            columns,
            hidden: Vec::new(),
            order: Vec::new(),
            serialized: false,
            groups: Vec::new(),
            outer: Vec::new(),
        }
    }

    /// The column of that name.
    pub fn find(&self, name: &str) -> Option<&Column> {
        self.columns.iter().chain(&self.outer).find(|c| c.name == name)
    }

    /// The order as DataFusion's, group by group.
    pub fn sorts(&self) -> Vec<SortExpr> {
        self.order.iter().map(|k| field(&k.field).sort(k.ascending, k.nulls_first)).collect()
    }

    /// Replaces the plan by one with the same columns.
    pub fn with_plan(self, plan: LogicalPlan) -> Self {
        Self { plan, ..self }
    }

    /// A projection to `columns`, in which everything hidden stays.
    pub fn project(self, columns: Vec<(Column, Expr)>) -> Result<Self, KqlError> {
        let mut expressions = Vec::with_capacity(columns.len() + self.hidden.len());
        let mut kept = Vec::with_capacity(columns.len());
        for (column, expr) in columns {
            expressions.push(named(expr, &column.name));
            kept.push(column);
        }
        // An order by a column that goes away or is computed anew keeps what that column was.
        let mut order = self.order.clone();
        let mut copies = Vec::new();
        for key in order.iter_mut().filter(|k| !self.hidden.contains(&k.field)) {
            let is_same = |e: &Expr| match e {
                Expr::Column(c) => c.name == key.field,
                Expr::Alias(a) => matches!(a.expr.as_ref(), Expr::Column(c) if c.name == key.field),
                _ => false,
            };
            match expressions.iter().zip(&kept).find(|(e, _)| is_same(e)) {
                Some((_, column)) => key.field = column.name.clone(),
                None => {
                    let mut copy = format!("$by_{}", key.field);
                    while self.hidden.contains(&copy) || copies.iter().any(|(name, _)| *name == copy) {
                        copy.push('_');
                    }
                    copies.push((copy.clone(), field(&key.field)));
                    key.field = copy;
                }
            }
        }
        let outer: Vec<Column> =
            self.outer.iter().filter(|o| !kept.iter().any(|c| c.name == o.name)).cloned().collect();
        expressions.extend(outer.iter().map(|c| field(&c.name)));
        expressions.extend(self.hidden.iter().map(|h| field(h)));
        expressions.extend(copies.iter().map(|(name, expr)| named(expr.clone(), name)));
        let mut next = self;
        next.plan = LogicalPlanBuilder::from(next.plan).project(expressions)?.build()?;
        next.columns = kept;
        next.outer = outer;
        next.order = order;
        next.hidden.extend(copies.into_iter().map(|(name, _)| name));
        Ok(next)
    }

    /// Adds hidden fields.
    pub fn hide(self, fields: Vec<(String, Expr)>) -> Result<Self, KqlError> {
        if fields.is_empty() {
            return Ok(self);
        }
        let mut expressions: Vec<Expr> = self
            .columns
            .iter()
            .chain(&self.outer)
            .map(|c| &c.name)
            .chain(&self.hidden)
            .map(|name| field(name))
            .collect();
        expressions.extend(fields.iter().map(|(name, expr)| named(expr.clone(), name)));
        let mut next = self;
        next.plan = LogicalPlanBuilder::from(next.plan).project(expressions)?.build()?;
        next.hidden.extend(fields.into_iter().map(|(name, _)| name));
        Ok(next)
    }

    /// The same with no raw text columns, no order and nothing hidden: what joins and unions need.
    pub fn plain(self) -> Result<Self, KqlError> {
        if self.hidden.is_empty() && self.outer.is_empty() && !self.columns.iter().any(|c| c.raw) {
            return Ok(Self { order: Vec::new(), serialized: false, ..self });
        }
        let expressions: Vec<Expr> = self.columns.iter().map(|c| named(self.value(c).expr, &c.name)).collect();
        let plan = LogicalPlanBuilder::from(self.plan).project(expressions)?.build()?;
        let columns = self.columns.into_iter().map(|c| Column { raw: false, ..c }).collect();
        Ok(Self::new(plan, columns))
    }

    /// A column's value.
    pub fn value(&self, column: &Column) -> Typed {
        let expr = field(&column.name);
        let expr = if column.raw { never_null::call(expr) } else { expr };
        Typed::new(expr, column.kind)
    }

    /// Sorts now, with a limit if there is one.
    pub fn sorted(self, limit: Option<usize>) -> Result<Self, KqlError> {
        let sorts = self.sorts();
        // DataFusion's heap of no rows panics.
        if sorts.is_empty() || limit == Some(0) {
            return match limit {
                None => Ok(self),
                Some(n) => {
                    let plan = LogicalPlanBuilder::from(self.plan.clone()).limit(0, Some(n))?.build()?;
                    Ok(self.with_plan(plan))
                }
            };
        }
        let plan = LogicalPlanBuilder::from(self.plan.clone()).sort_with_limit(sorts, limit)?.build()?;
        Ok(self.with_plan(plan))
    }

    /// What the sources of rows know: rows stand in the order of this hidden field.
    pub fn ordered_by(mut self, name: String) -> Self {
        self.order = vec![Key { field: name.clone(), ascending: true, nulls_first: true }];
        if !self.hidden.contains(&name) {
            self.hidden.push(name);
        }
        self
    }
}

/// An expression under a name; a column under its own needs none.
pub fn named(expr: Expr, name: &str) -> Expr {
    match &expr {
        Expr::Column(c) if c.name == name && c.relation.is_none() => expr,
        _ => expr.alias(name),
    }
}
