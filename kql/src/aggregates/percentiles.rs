//! Percentiles by nearest rank: always a value that is there, never one between.

use std::cmp::Ordering;
use std::sync::Arc;

use datafusion::arrow::array::{ArrayRef, StringViewBuilder, UInt32Array};
use datafusion::arrow::compute::take;
use datafusion::common::Result;
use datafusion::functions_aggregate::expr_fn::array_agg;
use datafusion::logical_expr::Expr;

use super::aggregate;
use super::bind::{filtered, number_or, of_values, one};
use super::lists::{self, Lists, Settings};
use crate::call::{Aggregate, Call, Column};
use crate::error::KqlError;
use crate::functions::bind::{Want, argument, check, count, wrong};
use crate::types::{Kind, Literal, Typed};
use crate::values::json::{self, Json};

/// The aggregates of this file.
pub static LIST: &[Aggregate] = &[
    aggregate(
        "percentile",
        &[],
        |c| {
            count(c, 2, 2)?;
            several(c, 1, None)
        },
        ("percentile(number, percent)", "The value below or at which so many per cent of the values lie."),
        Some(("percentile(x, 50)", "2")),
    ),
    aggregate(
        "percentiles",
        &[],
        |c| {
            count(c, 2, usize::MAX)?;
            several(c, 1, None)
        },
        ("percentiles(number, percent, ...)", "Several percentiles, each a column."),
        Some(("percentiles(x, 75)", "3")),
    ),
    aggregate(
        "percentilew",
        &[],
        |c| {
            count(c, 3, 3)?;
            several(c, 2, Some(1))
        },
        ("percentilew(number, weight, percent)", "The percentile of values that count as often as their weight says."),
        Some(("percentilew(x, x, 50)", "3")),
    ),
    aggregate(
        "percentilesw",
        &[],
        |c| {
            count(c, 3, usize::MAX)?;
            several(c, 2, Some(1))
        },
        ("percentilesw(number, weight, percent, ...)", "Several weighted percentiles, each a column."),
        Some(("percentilesw(x, x, 50)", "3")),
    ),
    aggregate(
        "percentiles_array",
        &[],
        |c| {
            count(c, 2, usize::MAX)?;
            array(c, 1, None)
        },
        ("percentiles_array(number, percent, ...)", "Several percentiles as an array."),
        Some(("percentiles_array(x, 25, 75)", "[1,3]")),
    ),
    aggregate(
        "percentilesw_array",
        &[],
        |c| {
            count(c, 3, usize::MAX)?;
            array(c, 2, Some(1))
        },
        ("percentilesw_array(number, weight, percent, ...)", "Several weighted percentiles as an array."),
        Some(("percentilesw_array(x, x, 50)", "[3]")),
    ),
];

fn percent(call: &Call<'_>, index: usize, json: &Json) -> Result<f64, KqlError> {
    match json.number().filter(|p| (0.0..=100.0).contains(p)) {
        Some(percent) => Ok(percent),
        None => Err(wrong(call, index, format!("expected a number from 0 to 100, found {json}"))),
    }
}

/// The percentiles that the arguments from an index on name, one by one or in an array.
fn wanted(call: &Call<'_>, from: usize) -> Result<Vec<f64>, KqlError> {
    let mut percents = Vec::new();
    for (index, argument) in call.args.iter().enumerate().skip(from) {
        match &argument.value.literal {
            #[allow(clippy::cast_precision_loss)]
            Some(Literal::Long(n)) => percents.push(percent(call, index, &Json::Real(*n as f64))?),
            Some(Literal::Real(n)) => percents.push(percent(call, index, &Json::Real(*n))?),
            Some(Literal::Decimal(n)) => {
                #[allow(clippy::cast_precision_loss)]
                percents.push(percent(call, index, &Json::Real(*n as f64 / 1e18))?);
            }
            Some(Literal::Dynamic(text)) => match json::parse(text) {
                Some(Json::Array(items)) => {
                    for item in &items {
                        percents.push(percent(call, index, item)?);
                    }
                }
                _ => return Err(wrong(call, index, "expected an array of numbers from 0 to 100")),
            },
            _ => return Err(wrong(call, index, "expected a number that is known before the rows are read")),
        }
    }
    Ok(percents)
}

/// The collected values, and weights if any.
fn collected(call: &Call<'_>, weight: Option<usize>) -> Result<(Vec<(Expr, Kind)>, Kind), KqlError> {
    let kind = number_or(call, 0, &[Kind::Datetime, Kind::Timespan])?;
    let value = argument(call, 0)?.expr.clone();
    let Some(index) = weight else { return Ok((vec![(of_values(array_agg(value), None)?, kind)], kind)) };
    check(call, index, Want::Number)?;
    let weight = argument(call, index)?;
    // Both lists are of the same rows.
    let there = [value.clone().is_not_null(), weight.expr.clone().is_not_null()];
    let lists = vec![
        (filtered(array_agg(value), there.clone())?, kind),
        (filtered(array_agg(weight.expr.clone()), there)?, weight.kind),
    ];
    Ok((lists, kind))
}

fn several(call: &Call<'_>, from: usize, weight: Option<usize>) -> Result<Vec<Column>, KqlError> {
    let (lists, kind) = collected(call, weight)?;
    let name = call.args.first().and_then(|a| a.name.as_deref()).unwrap_or_default();
    let column = |percent: f64| {
        let settings = Settings { percentiles: vec![percent], ..Settings::default() };
        let expr = lists::call("kql_percentile", one_of, kind, lists.clone(), settings);
        let shown = format!("{percent}").replace('.', "_");
        Column { name: Some(format!("percentile_{name}_{shown}")), value: Typed::new(expr, kind) }
    };
    Ok(wanted(call, from)?.into_iter().map(column).collect())
}

fn array(call: &Call<'_>, from: usize, weight: Option<usize>) -> Result<Vec<Column>, KqlError> {
    let (lists, _) = collected(call, weight)?;
    let settings = Settings { percentiles: wanted(call, from)?, ..Settings::default() };
    let name = call.args.first().and_then(|a| a.name.as_deref()).unwrap_or_default();
    let expr = lists::call("kql_percentiles_array", all_of, Kind::Dynamic, lists, settings);
    let prefix = if weight.is_some() { "percentile" } else { "percentiles" };
    Ok(one(Some(format!("{prefix}_{name}")), expr, Kind::Dynamic))
}

fn order(lists: &Lists, a: usize, b: usize) -> Ordering {
    let items = &lists.items;
    match (items.kind(0), items.long(0, a), items.long(0, b)) {
        (_, Some(x), Some(y)) => x.cmp(&y),
        (Kind::Decimal, ..) => items.decimal(0, a).cmp(&items.decimal(0, b)),
        _ => items.real(0, a).unwrap_or(f64::NAN).total_cmp(&items.real(0, b).unwrap_or(f64::NAN)),
    }
}

/// The places of the percentiles among all items; none of an empty list.
#[allow(clippy::cast_precision_loss, clippy::cast_possible_truncation, clippy::cast_sign_loss)]
fn places(lists: &[Lists], row: usize, percents: &[f64]) -> Vec<Option<usize>> {
    let Some(values) = lists.first() else { return vec![None; percents.len()] };
    let mut items: Vec<usize> = values.range(row).collect();
    items.sort_unstable_by(|a, b| order(values, *a, *b));
    let Some(weights) = lists.get(1) else {
        let rank = |percent: f64| ((percent * items.len() as f64 / 100.0).ceil() as usize).saturating_sub(1);
        return percents.iter().map(|p| items.get(rank(*p)).copied()).collect();
    };
    // Both lists are of the same rows, but need not begin at the same place.
    let (first, other) = (values.range(row).start, weights.range(row).start);
    let weight = |item: usize| weights.items.real(0, item - first + other).filter(|w| *w > 0.0).unwrap_or(0.0);
    let total: f64 = items.iter().map(|i| weight(*i)).sum();
    let find = |percent: f64| {
        let mut sum = 0.0;
        let reached = items.iter().copied().filter(|i| weight(*i) > 0.0).find(|item| {
            sum += weight(*item);
            sum >= percent * total / 100.0
        });
        reached.or_else(|| items.iter().copied().rfind(|i| weight(*i) > 0.0))
    };
    percents.iter().map(|p| find(*p)).collect()
}

fn one_of(lists: &[Lists], settings: &Settings) -> Result<ArrayRef> {
    let Some(values) = lists.first() else { return Ok(Arc::new(UInt32Array::from(Vec::<u32>::new()))) };
    let chosen = (0..values.len()).map(|row| {
        let place = places(lists, row, &settings.percentiles).into_iter().next().flatten();
        place.and_then(|p| u32::try_from(p).ok())
    });
    Ok(take(values.values(), &chosen.collect::<UInt32Array>(), None)?)
}

fn all_of(lists: &[Lists], settings: &Settings) -> Result<ArrayRef> {
    let mut builder = StringViewBuilder::new();
    if let Some(values) = lists.first() {
        for row in 0..values.len() {
            let places = places(lists, row, &settings.percentiles);
            if places.iter().all(Option::is_none) {
                builder.append_null();
                continue;
            }
            let items = places.into_iter().map(|p| p.map_or(Json::Null, |p| values.items.json(0, p)));
            builder.append_value(Json::Array(items.collect()).to_string());
        }
    }
    Ok(Arc::new(builder.finish()))
}
