//! The rows before, numbers of rows, running sums, sessions.

use std::sync::Arc;

use datafusion::arrow::array::{
    Array, ArrayRef, AsArray, BooleanArray, DurationNanosecondArray, Float64Array, Int64Array, TimestampNanosecondArray,
};
use datafusion::arrow::compute::kernels::cmp::not_distinct;
use datafusion::arrow::compute::{cast, interleave};
use datafusion::arrow::datatypes::{DataType, Float64Type, Int64Type};
use datafusion::common::{Result, exec_err};
use datafusion::logical_expr::{Expr, lit};

use super::evaluate::{self, Rows};
use crate::call::{Call, Function};
use crate::error::KqlError;
use crate::functions::bind::{Want, argument, as_kind, check, count, wrong};
use crate::functions::function;
use crate::types::{Kind, Literal, Typed};

/// The functions of this file.
pub static LIST: &[Function] = &[
    function(
        "prev",
        &[],
        |c| near(c, "kql_prev", |values, rows| shifted(values, rows, -1)),
        ("prev(value, [offset], [default])", "The value so many rows before, 1 unless told otherwise."),
        None,
    ),
    function(
        "next",
        &[],
        |c| near(c, "kql_next", |values, rows| shifted(values, rows, 1)),
        ("next(value, [offset], [default])", "The value so many rows behind, 1 unless told otherwise."),
        None,
    ),
    function(
        "row_number",
        &[],
        row_number,
        ("row_number([start], [restart])", "The number of the row, from 1 or the start, again where restart holds."),
        None,
    ),
    function(
        "row_cumsum",
        &[],
        row_cumsum,
        ("row_cumsum(number, [restart])", "The sum up to the row, again from it where restart holds."),
        None,
    ),
    function(
        "row_rank_dense",
        &[],
        |c| rank(c, "kql_row_rank_dense", |values, rows| ranks(values, rows, true)),
        ("row_rank_dense(value, [restart])", "How many different values there were up to the row."),
        None,
    ),
    function(
        "row_rank_min",
        &[],
        |c| rank(c, "kql_row_rank_min", |values, rows| ranks(values, rows, false)),
        ("row_rank_min(value, [restart])", "The number of the first row with the row's value."),
        None,
    ),
    function(
        "row_window_session",
        &[],
        session,
        (
            "row_window_session(datetime, most_from_first, most_between, [restart])",
            "The first datetime of the session that the row belongs to.",
        ),
        None,
    ),
];

/// The restart condition, false when there is none.
fn restart(call: &Call<'_>, index: usize) -> Result<Expr, KqlError> {
    if call.args.len() <= index {
        return Ok(lit(false));
    }
    check(call, index, Want::Bool)?;
    Ok(argument(call, index)?.expr.clone())
}

fn near(call: &Call<'_>, name: &'static str, rows: Rows) -> Result<Typed, KqlError> {
    count(call, 1, 3)?;
    let value = argument(call, 0)?;
    let offset = match call.args.get(1) {
        None => lit(1i64),
        Some(_) => {
            check(call, 1, Want::Whole)?;
            as_kind(argument(call, 1)?, Kind::Long)?.expr
        }
    };
    let default = match call.args.get(2) {
        None => Typed::of(Literal::Null, value.kind),
        Some(default) => {
            let given = &default.value;
            let fits = given.kind == value.kind
                || given.literal == Some(Literal::Null)
                || (given.kind.is_number() && value.kind.is_number());
            if !fits {
                return Err(wrong(call, 2, format!("expected a {} as the value, found a {}", value.kind, given.kind)));
            }
            match (&given.literal, value.kind) {
                (Some(Literal::Long(n)), Kind::Int) => Typed::of(Literal::Long(*n), Kind::Int),
                (_, Kind::Int) => crate::functions::convert::to(given, Kind::Int)?,
                (_, kind) => crate::functions::convert::to(given, kind)?,
            }
        }
    };
    let args = vec![value.expr.clone(), offset, default.expr];
    Ok(Typed::new(evaluate::call(name, rows, value.kind, args), value.kind))
}

fn row_number(call: &Call<'_>) -> Result<Typed, KqlError> {
    count(call, 0, 2)?;
    let start = match call.args.first() {
        None => lit(1i64),
        Some(_) => {
            check(call, 0, Want::Whole)?;
            as_kind(argument(call, 0)?, Kind::Long)?.expr
        }
    };
    let args = vec![start, restart(call, 1)?];
    Ok(Typed::new(evaluate::call("kql_row_number", numbers, Kind::Long, args), Kind::Long))
}

fn row_cumsum(call: &Call<'_>) -> Result<Typed, KqlError> {
    count(call, 1, 2)?;
    let value = argument(call, 0)?;
    let (kind, name, rows): (_, _, Rows) = match value.kind {
        Kind::Int | Kind::Long => (Kind::Long, "kql_row_cumsum_long", sums),
        Kind::Real => (Kind::Real, "kql_row_cumsum_real", real_sums),
        Kind::Timespan => (Kind::Timespan, "kql_row_cumsum_timespan", span_sums),
        other => return Err(wrong(call, 0, format!("expected a number or timespan, found a {other}"))),
    };
    let args = vec![as_kind(value, kind)?.expr, restart(call, 1)?];
    Ok(Typed::new(evaluate::call(name, rows, kind, args), kind))
}

fn rank(call: &Call<'_>, name: &'static str, rows: Rows) -> Result<Typed, KqlError> {
    count(call, 1, 2)?;
    let args = vec![argument(call, 0)?.expr.clone(), restart(call, 1)?];
    Ok(Typed::new(evaluate::call(name, rows, Kind::Long, args), Kind::Long))
}

fn session(call: &Call<'_>) -> Result<Typed, KqlError> {
    count(call, 3, 4)?;
    check(call, 0, Want::Datetime)?;
    check(call, 1, Want::Timespan)?;
    check(call, 2, Want::Timespan)?;
    let expr = |i| argument(call, i).map(|a| a.expr.clone());
    let args = vec![expr(0)?, expr(1)?, expr(2)?, restart(call, 3)?];
    Ok(Typed::new(evaluate::call("kql_row_window_session", sessions, Kind::Datetime, args), Kind::Datetime))
}

fn column(values: &[ArrayRef], index: usize) -> Result<&ArrayRef> {
    match values.get(index) {
        Some(column) => Ok(column),
        None => exec_err!("a window function misses argument {}", index + 1),
    }
}

fn longs(values: &[ArrayRef], index: usize) -> Result<Int64Array> {
    Ok(cast(column(values, index)?, &DataType::Int64)?.as_primitive::<Int64Type>().clone())
}

fn truths(values: &[ArrayRef], index: usize) -> Result<BooleanArray> {
    Ok(cast(column(values, index)?, &DataType::Boolean)?.as_boolean().clone())
}

fn holds(condition: &BooleanArray, row: usize) -> bool {
    condition.is_valid(row) && condition.value(row)
}

fn shifted(values: &[ArrayRef], rows: usize, direction: i64) -> Result<ArrayRef> {
    let offsets = longs(values, 1)?;
    let from = |row: usize| {
        let offset = if offsets.is_valid(row) { offsets.value(row) } else { return None };
        let at = i64::try_from(row).ok()?.checked_add(offset.checked_mul(direction)?)?;
        usize::try_from(at).ok().filter(|at| *at < rows)
    };
    let places: Vec<(usize, usize)> = (0..rows).map(|row| from(row).map_or((1, row), |at| (0, at))).collect();
    let (value, default) = (column(values, 0)?, column(values, 2)?);
    let default = cast(default, value.data_type())?;
    Ok(interleave(&[value.as_ref(), default.as_ref()], &places)?)
}

fn numbers(values: &[ArrayRef], rows: usize) -> Result<ArrayRef> {
    let (starts, restarts) = (longs(values, 0)?, truths(values, 1)?);
    let mut next: Option<i64> = None;
    let number = |row: usize| {
        let start = starts.is_valid(row).then(|| starts.value(row));
        let current = if holds(&restarts, row) { start } else { next.or(start) };
        next = current.map(|n| n.wrapping_add(1));
        current
    };
    Ok(Arc::new((0..rows).map(number).collect::<Int64Array>()))
}

fn running(values: &[ArrayRef], rows: usize) -> Result<Vec<i64>> {
    let (terms, restarts) = (longs(values, 0)?, truths(values, 1)?);
    let mut sum = 0i64;
    Ok((0..rows)
        .map(|row| {
            if holds(&restarts, row) {
                sum = 0;
            }
            if terms.is_valid(row) {
                sum = sum.wrapping_add(terms.value(row));
            }
            sum
        })
        .collect())
}

fn sums(values: &[ArrayRef], rows: usize) -> Result<ArrayRef> {
    Ok(Arc::new(Int64Array::from(running(values, rows)?)))
}

fn span_sums(values: &[ArrayRef], rows: usize) -> Result<ArrayRef> {
    Ok(Arc::new(DurationNanosecondArray::from(running(values, rows)?)))
}

fn real_sums(values: &[ArrayRef], rows: usize) -> Result<ArrayRef> {
    let terms = cast(column(values, 0)?, &DataType::Float64)?;
    let (terms, restarts) = (terms.as_primitive::<Float64Type>(), truths(values, 1)?);
    let mut sum = 0.0;
    let running = (0..rows).map(|row| {
        if holds(&restarts, row) {
            sum = 0.0;
        }
        if terms.is_valid(row) {
            sum += terms.value(row);
        }
        sum
    });
    Ok(Arc::new(running.collect::<Vec<f64>>().into_iter().map(Some).collect::<Float64Array>()))
}

fn ranks(values: &[ArrayRef], rows: usize, dense: bool) -> Result<ArrayRef> {
    let (value, restarts) = (column(values, 0)?, truths(values, 1)?);
    if rows == 0 {
        return Ok(Arc::new(Int64Array::from(Vec::<i64>::new())));
    }
    let same = not_distinct(&value.slice(0, rows - 1), &value.slice(1, rows - 1))?;
    let (mut rank, mut number) = (0i64, 0i64);
    let ranked = (0..rows).map(|row| {
        if holds(&restarts, row) {
            (rank, number) = (0, 0);
        }
        number += 1;
        let repeated = rank > 0 && row > 0 && holds(&same, row - 1);
        if !repeated {
            rank = if dense { rank + 1 } else { number };
        }
        rank
    });
    Ok(Arc::new(ranked.collect::<Vec<i64>>().into_iter().map(Some).collect::<Int64Array>()))
}

fn sessions(values: &[ArrayRef], rows: usize) -> Result<ArrayRef> {
    let (times, from_first, between) = (longs(values, 0)?, longs(values, 1)?, longs(values, 2)?);
    let restarts = truths(values, 3)?;
    let (mut start, mut before): (Option<i64>, Option<i64>) = (None, None);
    let of = |row: usize| {
        let Some(time) = times.is_valid(row).then(|| times.value(row)) else {
            (start, before) = (None, None);
            return None;
        };
        let reaches = |from: Option<i64>, most: &Int64Array| match from {
            Some(from) if most.is_valid(row) => time.saturating_sub(from) >= most.value(row),
            Some(_) => false,
            None => true,
        };
        if holds(&restarts, row) || reaches(start, &from_first) || reaches(before, &between) {
            start = Some(time);
        }
        before = Some(time);
        start
    };
    Ok(Arc::new((0..rows).map(of).collect::<TimestampNanosecondArray>().with_timezone("UTC")))
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;
    use datafusion::arrow::array::StringViewArray;

    fn of(values: &[i64]) -> ArrayRef {
        Arc::new(Int64Array::from(values.to_vec()))
    }

    fn no(rows: usize) -> ArrayRef {
        Arc::new(BooleanArray::from(vec![false; rows]))
    }

    #[test]
    fn neighbours() {
        let values: [ArrayRef; 3] = [
            Arc::new(StringViewArray::from(vec!["a", "b", "c"])),
            of(&[1, 1, 2]),
            Arc::new(StringViewArray::from(vec!["-", "-", "-"])),
        ];
        let texts = |d| shifted(&values, 3, d).unwrap().as_string_view().iter().flatten().collect::<String>();
        assert_eq!(texts(-1), "-aa");
        assert_eq!(texts(1), "bc-");
        let extreme: [ArrayRef; 3] = [of(&[1]), of(&[i64::MIN]), of(&[9])];
        assert_eq!(shifted(&extreme, 1, -1).unwrap().as_primitive::<Int64Type>().value(0), 9);
    }

    #[test]
    fn numbers_and_sums_restart() {
        let restart: ArrayRef = Arc::new(BooleanArray::from(vec![false, false, true, false]));
        let sum = sums(&[of(&[1, 2, 3, 4]), Arc::clone(&restart)], 4).unwrap();
        assert_eq!(sum.as_primitive::<Int64Type>().values(), &[1, 3, 3, 7]);
        let number = numbers(&[of(&[5, 5, 5, 5]), restart], 4).unwrap();
        assert_eq!(number.as_primitive::<Int64Type>().values(), &[5, 6, 5, 6]);
    }

    #[test]
    fn ranking() {
        let values = [of(&[7, 7, 9, 9, 10]), no(5)];
        assert_eq!(ranks(&values, 5, true).unwrap().as_primitive::<Int64Type>().values(), &[1, 1, 2, 2, 3]);
        assert_eq!(ranks(&values, 5, false).unwrap().as_primitive::<Int64Type>().values(), &[1, 1, 3, 3, 5]);
        assert_eq!(ranks(&[of(&[]), no(0)], 0, true).unwrap().len(), 0);
    }

    #[test]
    fn sessions_begin_anew() {
        let found = sessions(&[of(&[0, 4, 8, 30, 32]), of(&[10; 5]), of(&[5; 5]), no(5)], 5).unwrap();
        let found = cast(&found, &DataType::Int64).unwrap();
        assert_eq!(found.as_primitive::<Int64Type>().values(), &[0, 0, 0, 30, 30]);
    }
}
