//! What a query's predicates say about time, gateway and stored columns, for skipping whole files and blobs.

use datafusion::common::tree_node::{Transformed, TreeNode};
use datafusion::common::{Column, Result, ScalarValue};
use datafusion::logical_expr::{BinaryExpr, Expr, Operator, lit};

use crate::model::Ticks;
use crate::schema::physical::stored_name;

/// A half-open range of event times, in 100 ns ticks; `None` is unbounded.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct TimeRange {
    /// First tick.
    pub start: Option<Ticks>,
    /// First tick after the range.
    pub end: Option<Ticks>,
}

impl TimeRange {
    /// Whether an event time lies in the range.
    pub fn contains(&self, ticks: Ticks) -> bool {
        self.start.is_none_or(|s| s <= ticks) && self.end.is_none_or(|e| ticks < e)
    }

    /// What both have in common.
    pub fn intersect(self, other: Self) -> Self {
        let start = match (self.start, other.start) {
            (Some(a), Some(b)) => Some(a.max(b)),
            (a, b) => a.or(b),
        };
        let end = match (self.end, other.end) {
            (Some(a), Some(b)) => Some(a.min(b)),
            (a, b) => a.or(b),
        };
        Self { start, end }
    }
}

/// `time op literal` with the literal in nanoseconds, whichever side it stands on.
fn time_comparison(expr: &Expr) -> Option<(Operator, i64)> {
    let Expr::BinaryExpr(BinaryExpr { left, op, right }) = expr else { return None };
    let (column, op, value) = match (left.as_ref(), right.as_ref()) {
        (Expr::Column(c), Expr::Literal(v, _)) => (c, *op, v),
        (Expr::Literal(v, _), Expr::Column(c)) => (c, op.swap()?, v),
        _ => return None,
    };
    (column.name == "time").then_some(())?;
    Some((op, nanos(value)?))
}

fn nanos(value: &ScalarValue) -> Option<i64> {
    match value {
        ScalarValue::TimestampNanosecond(Some(v), _) => Some(*v),
        ScalarValue::TimestampMicrosecond(Some(v), _) => v.checked_mul(1_000),
        ScalarValue::TimestampMillisecond(Some(v), _) => v.checked_mul(1_000_000),
        ScalarValue::TimestampSecond(Some(v), _) => v.checked_mul(1_000_000_000),
        _ => None,
    }
}

/// The range of times that all filters together allow.
pub fn time_range<'a>(filters: impl IntoIterator<Item = &'a Expr>) -> TimeRange {
    let mut range = TimeRange::default();
    for filter in filters {
        range = range.intersect(range_of(filter));
    }
    range
}

fn range_of(expr: &Expr) -> TimeRange {
    match expr {
        Expr::BinaryExpr(BinaryExpr { left, op: Operator::And, right }) => range_of(left).intersect(range_of(right)),
        Expr::Between(b) if !b.negated && matches!(b.expr.as_ref(), Expr::Column(c) if c.name == "time") => {
            let bound = |e: &Expr| if let Expr::Literal(v, _) = e { nanos(v) } else { None };
            TimeRange {
                start: bound(&b.low).map(|n| n.div_euclid(100)),
                end: bound(&b.high).map(|n| n.div_euclid(100) + 1),
            }
        }
        other => match time_comparison(other) {
            // A tick is 100 ns; bounds between ticks are widened, since the filter itself still runs.
            Some((Operator::GtEq | Operator::Gt, n)) => TimeRange { start: Some(n.div_euclid(100)), end: None },
            Some((Operator::LtEq, n)) => TimeRange { start: None, end: Some(n.div_euclid(100) + 1) },
            // Not a tick more than needed: that one would be another hour's first.
            Some((Operator::Lt, n)) => {
                TimeRange { start: None, end: Some(n.div_euclid(100) + i64::from(n.rem_euclid(100) > 0)) }
            }
            Some((Operator::Eq, n)) => TimeRange { start: Some(n.div_euclid(100)), end: Some(n.div_euclid(100) + 1) },
            _ => TimeRange::default(),
        },
    }
}

/// The values that filters allow for a text column; empty when they do not say.
pub fn allowed_values(filters: &[Expr], column: &str) -> Vec<String> {
    let is_column = |e: &Expr| matches!(e, Expr::Column(c) if c.name == column);
    let text = |e: &Expr| match e {
        Expr::Literal(v, _) => v.try_as_str().flatten().map(str::to_owned),
        _ => None,
    };
    filters
        .iter()
        .flat_map(datafusion::logical_expr::utils::split_conjunction)
        .find_map(|filter| match filter {
            Expr::BinaryExpr(BinaryExpr { left, op: Operator::Eq, right }) if is_column(left) => {
                Some(vec![text(right)?])
            }
            Expr::BinaryExpr(BinaryExpr { left, op: Operator::Eq, right }) if is_column(right) => {
                Some(vec![text(left)?])
            }
            Expr::InList(list) if !list.negated && is_column(&list.expr) => list.list.iter().map(text).collect(),
            Expr::BinaryExpr(BinaryExpr { op: Operator::Or, .. }) => any_of(filter, &is_column, &text),
            _ => None,
        })
        .unwrap_or_default()
}

/// `a = 'x' OR a = 'y'`, which is what short lists become.
fn any_of(
    expr: &Expr,
    is_column: &dyn Fn(&Expr) -> bool,
    text: &dyn Fn(&Expr) -> Option<String>,
) -> Option<Vec<String>> {
    let Expr::BinaryExpr(BinaryExpr { left, op, right }) = expr else { return None };
    match op {
        Operator::Or => {
            let mut all = any_of(left, is_column, text)?;
            all.extend(any_of(right, is_column, text)?);
            Some(all)
        }
        Operator::Eq if is_column(left) => Some(vec![text(right)?]),
        _ => None,
    }
}

/// A filter over the table's columns as one over the archive's stored columns that lets at least the same rows pass;
/// `None` when it cannot be said in them.
pub fn stored_filter(filter: &Expr) -> Option<Expr> {
    if let Expr::BinaryExpr(BinaryExpr { left, op: op @ (Operator::And | Operator::Or), right }) = filter {
        let (left, right) = (stored_filter(left), stored_filter(right));
        return match (op, left, right) {
            (Operator::And, Some(a), Some(b)) => Some(a.and(b)),
            (Operator::And, a, b) => a.or(b),
            (Operator::Or, Some(a), Some(b)) => Some(a.or(b)),
            _ => None,
        };
    }
    if let Expr::Between(b) = filter
        && !b.negated
    {
        let low = b.expr.as_ref().clone().gt_eq(b.low.as_ref().clone());
        return stored_filter(&low.and(b.expr.as_ref().clone().lt_eq(b.high.as_ref().clone())));
    }
    if let Some((op, n)) = time_comparison(filter) {
        let micros = lit(ScalarValue::TimestampMicrosecond(Some(n.div_euclid(1000)), Some("UTC".into())));
        let time = Expr::Column(Column::from_name("time"));
        return match op {
            Operator::Gt | Operator::GtEq => Some(time.gt_eq(micros)),
            Operator::Lt | Operator::LtEq => Some(time.lt_eq(micros)),
            Operator::Eq => Some(time.eq(micros)),
            _ => None,
        };
    }
    if filter.column_refs().iter().any(|c| c.name == "time") {
        return None;
    }
    let renamed: Result<Transformed<Expr>> = filter.clone().transform(|e| {
        Ok(match e {
            Expr::Column(c) => Transformed::yes(Expr::Column(Column::from_name(stored_name(&c.name)))),
            other => Transformed::no(other),
        })
    });
    renamed.ok().map(|t| t.data)
}

#[cfg(test)]
mod tests {
    use datafusion::logical_expr::col;

    use super::*;

    fn at(ns: i64) -> Expr {
        lit(ScalarValue::TimestampNanosecond(Some(ns), Some("UTC".into())))
    }

    #[test]
    fn ranges_from_filters() {
        let time = || col("time");
        let range = |e: Expr| time_range([&e]);
        assert_eq!(
            range(time().gt_eq(at(1000)).and(time().lt(at(2000)))),
            TimeRange { start: Some(10), end: Some(20) }
        );
        assert_eq!(range(time().lt(at(2001))), TimeRange { start: None, end: Some(21) });
        assert_eq!(range(time().lt_eq(at(2000))), TimeRange { start: None, end: Some(21) });
        assert_eq!(range(time().lt(at(-1))), TimeRange { start: None, end: Some(0) });
        assert_eq!(range(at(1000).lt(time())), TimeRange { start: Some(10), end: None });
        assert_eq!(range(time().between(at(100), at(200))), TimeRange { start: Some(1), end: Some(3) });
        assert_eq!(range(time().gt(at(1)).or(time().lt(at(0)))), TimeRange::default());
        assert_eq!(range(col("level").eq(lit("x"))), TimeRange::default());
        assert!(TimeRange { start: Some(1), end: Some(3) }.contains(2));
        assert!(!TimeRange { start: Some(1), end: Some(3) }.contains(3));
    }

    #[test]
    fn stored_filters_let_at_least_the_same_rows_pass() {
        let stored = |e: Expr| stored_filter(&e).map(|e| e.to_string()).unwrap_or_default();
        assert!(stored(col("time").gt(at(1999))).contains("time >= TimestampMicrosecond(1"));
        assert!(stored(col("time").lt(at(1999))).contains("time <= TimestampMicrosecond(1"));
        assert_eq!(stored(!col("time").gt(at(1999))), "");
        assert!(stored(col("category").eq(lit("x"))).contains("category_name"));
        // Half of an OR that cannot be said makes the whole unsayable; half of an AND is left out.
        assert_eq!(stored(col("level").eq(lit("x")).or(col("time").not_eq(at(1)))), "");
        assert!(stored(col("level").eq(lit("x")).and(col("time").not_eq(at(1)))).starts_with("level"));
    }

    #[test]
    fn values_from_filters() {
        let values = |e: Expr| allowed_values(&[e], "gateway");
        assert_eq!(values(col("gateway").eq(lit("a"))), ["a"]);
        assert_eq!(values(col("level").eq(lit("z")).and(lit("a").eq(col("gateway")))), ["a"]);
        assert_eq!(values(col("gateway").in_list(vec![lit("a"), lit("b")], false)), ["a", "b"]);
        assert_eq!(values(col("gateway").eq(lit("a")).or(col("gateway").eq(lit("b")))), ["a", "b"]);
        assert!(values(col("gateway").not_eq(lit("a"))).is_empty());
        assert!(values(col("gateway").eq(lit("a")).or(col("level").eq(lit("b")))).is_empty());
    }
}
