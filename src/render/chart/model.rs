//! A chart before it is drawn: the same for the terminal and for SVG.

use std::collections::HashMap;

use arrow::datatypes::{DataType, Schema};
use arrow::record_batch::RecordBatch;

use super::axis::Span;
use super::data::{escaped, numbers, plain, texts, times};
use super::hint::{Hint, Shape, Stacking};
use super::unroll::unrolled;
use super::{ChartError, axis};
use crate::render::types::type_name;
use crate::render::zone::TimeZone;

/// More series than these are no overview; the others are counted.
const MOST_SERIES: usize = 24;
/// More bars than these neither.
const MOST_LABELS: usize = 200;
/// Parts of the axis of time into which rows are counted.
const PARTS: usize = 60;

/// What the horizontal axis measures.
#[derive(Debug, Clone, PartialEq)]
pub enum Scale {
    /// Nanoseconds since 1970.
    Time,
    /// Numbers.
    Number,
    /// Texts, in their order; a point's place is the text's number.
    Labels(Vec<String>),
}

/// One series.
#[derive(Debug, Clone, PartialEq)]
pub struct Line {
    /// Its name.
    pub name: String,
    /// Places and values, by place. No value is a gap.
    pub points: Vec<(f64, Option<f64>)>,
}

/// What is drawn.
#[derive(Debug, Clone, PartialEq)]
pub struct Chart {
    /// How points are shown.
    pub shape: Shape,
    /// What stands on what.
    pub stacking: Stacking,
    /// The title; may be empty.
    pub title: String,
    /// What the horizontal axis measures.
    pub scale: Scale,
    /// What it is called.
    pub x_title: String,
    /// What the vertical axis is called; may be empty.
    pub y_title: String,
    /// Ends of the vertical axis, where they are said.
    pub y_ends: (Option<f64>, Option<f64>),
    /// The series.
    pub lines: Vec<Line>,
    /// Names and values of a card.
    pub facts: Vec<(String, String)>,
    /// Whether series are named beside the chart.
    pub legend: bool,
    /// What is not in the picture, in words.
    pub notes: Vec<String>,
}

/// A column's values.
enum Values {
    Times(Vec<Option<i64>>),
    Numbers(Vec<Option<f64>>),
    Texts(Vec<Option<String>>),
}

/// What a type is good for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Use {
    Time,
    Number,
    Text,
}

fn use_of(data_type: &DataType) -> Option<Use> {
    match plain(data_type) {
        DataType::Timestamp(..) | DataType::Date32 | DataType::Date64 => Some(Use::Time),
        DataType::Duration(_) => Some(Use::Number),
        t if t.is_numeric() => Some(Use::Number),
        DataType::Utf8 | DataType::LargeUtf8 | DataType::Utf8View | DataType::Boolean => Some(Use::Text),
        _ => None,
    }
}

/// The columns that a chart takes, by their places.
struct Chosen {
    x: usize,
    ys: Vec<usize>,
    series: Vec<usize>,
}

impl Chart {
    /// The chart of some rows. Fails where the columns are not what it needs, and where there is no row.
    pub fn of(schema: &Schema, batches: &[RecordBatch], hint: &Hint, tz: &TimeZone) -> Result<Self, ChartError> {
        let flat = unrolled(schema, batches)?;
        let (schema, batches) = match &flat {
            Some((schema, batch)) => (schema, std::slice::from_ref(batch)),
            None => (schema, batches),
        };
        if batches.iter().all(|b| b.num_rows() == 0) {
            return Err(ChartError::Empty);
        }
        let mut chart = Self {
            shape: hint.shape,
            stacking: hint.stacking,
            title: hint.title.as_deref().map(escaped).unwrap_or_default(),
            scale: Scale::Number,
            x_title: String::new(),
            y_title: hint.y_title.as_deref().map(escaped).unwrap_or_default(),
            y_ends: (hint.y_min, hint.y_max),
            lines: Vec::new(),
            facts: Vec::new(),
            legend: hint.legend,
            notes: Vec::new(),
        };
        if hint.shape == Shape::Card {
            chart.facts = facts(schema, batches, tz)?;
            return Ok(chart);
        }
        let chosen = choose(schema, hint)?;
        let x_name = schema.field(chosen.x).name();
        chart.x_title = hint.x_title.as_deref().map_or_else(|| escaped(x_name), escaped);
        if let ([y], true) = (chosen.ys.as_slice(), chart.y_title.is_empty()) {
            chart.y_title = escaped(schema.field(*y).name());
        }
        let read = |index: usize| read(schema, batches, index, tz);
        let names = series_names(schema, &chosen, &read)?;
        let x = read(chosen.x)?;
        let rows = names.len();
        let places = chart.places(x, rows, hint.shape)?;
        if hint.shape == Shape::Occurrences {
            chart.count(&places, &names);
            return Ok(chart);
        }
        let mut lines: Vec<Line> = Vec::new();
        let mut known: HashMap<String, usize> = HashMap::new();
        let mut left_out = 0usize;
        for index in &chosen.ys {
            let Values::Numbers(values) = read(*index)? else { continue };
            let column = escaped(schema.field(*index).name());
            for (row, value) in values.into_iter().enumerate() {
                let Some(Some(place)) = places.get(row) else { continue };
                let name = match (names.get(row).map(String::as_str).unwrap_or_default(), chosen.ys.len()) {
                    ("", _) => column.clone(),
                    (series, 1) => series.to_owned(),
                    (series, _) => format!("{series}: {column}"),
                };
                let position = *known.entry(name.clone()).or_insert_with(|| {
                    lines.push(Line { name, points: Vec::new() });
                    lines.len() - 1
                });
                let value = value.filter(|v| v.is_finite());
                left_out += usize::from(value.is_none());
                if let Some(line) = lines.get_mut(position) {
                    line.points.push((*place, value));
                }
            }
        }
        chart.lines = lines;
        chart.finish(hint, left_out);
        Ok(chart)
    }

    /// Where each row stands on the horizontal axis.
    fn places(&mut self, x: Values, rows: usize, shape: Shape) -> Result<Vec<Option<f64>>, ChartError> {
        let upright =
            matches!(shape, Shape::Lines | Shape::Areas | Shape::Points | Shape::Occurrences | Shape::Columns);
        let places: Vec<Option<f64>> = match x {
            Values::Times(all) if upright => {
                self.scale = Scale::Time;
                all.into_iter().map(|t| t.map(|t| t as f64)).collect()
            }
            Values::Numbers(all) if upright && shape != Shape::Columns => {
                self.scale = Scale::Number;
                all.into_iter().map(|n| n.filter(|n| n.is_finite())).collect()
            }
            other => {
                let texts: Vec<String> = match other {
                    Values::Texts(all) => all.into_iter().map(|t| t.unwrap_or_else(|| "NULL".to_owned())).collect(),
                    Values::Numbers(all) => {
                        all.into_iter().map(|n| n.map_or_else(|| "NULL".to_owned(), |n| n.to_string())).collect()
                    }
                    Values::Times(all) => {
                        let span = Span::of(all.iter().flatten().copied());
                        let step = span.map_or(1, |s| s.step(all.len().clamp(2, 50)));
                        let label = |t: i64| axis::time_label(t, step, &TimeZone::utc());
                        all.into_iter().map(|t| t.map_or_else(|| "NULL".to_owned(), label)).collect()
                    }
                };
                let (mut labels, mut known): (Vec<String>, HashMap<String, usize>) = (Vec::new(), HashMap::new());
                let places = texts
                    .into_iter()
                    .map(|text| {
                        let place = *known.entry(text.clone()).or_insert_with(|| {
                            labels.push(text);
                            labels.len() - 1
                        });
                        (place < MOST_LABELS).then_some(place as f64)
                    })
                    .collect();
                if labels.len() > MOST_LABELS {
                    self.notes.push(format!("{} more of {} left out", labels.len() - MOST_LABELS, self.x_title));
                    labels.truncate(MOST_LABELS);
                }
                self.scale = Scale::Labels(labels);
                places
            }
        };
        debug_assert_eq!(places.len(), rows);
        let missing = places.iter().filter(|p| p.is_none()).count();
        if missing > 0 && !matches!(self.scale, Scale::Labels(_)) {
            self.notes.push(format!("{missing} rows without {} left out", self.x_title));
        }
        if places.iter().all(Option::is_none) {
            return Err(ChartError::Columns(format!("no row has a {}", self.x_title)));
        }
        Ok(places)
    }

    /// How many rows of each series fall into each part of the axis.
    fn count(&mut self, places: &[Option<f64>], names: &[String]) {
        let some = || places.iter().flatten().map(|p| *p as i64);
        let Some(span) = Span::of(some()) else { return };
        let step = span.step(PARTS);
        let part = |t: f64| (t as i64).div_euclid(step) * step;
        let all: std::collections::BTreeSet<i64> = some().map(|t| part(t as f64)).collect();
        let mut lines: Vec<(String, HashMap<i64, f64>)> = Vec::new();
        for (place, name) in places.iter().zip(names) {
            let Some(place) = place else { continue };
            let name = if name.is_empty() { "rows" } else { name };
            let position = lines.iter().position(|(n, _)| n == name).unwrap_or_else(|| {
                lines.push((name.to_owned(), HashMap::new()));
                lines.len() - 1
            });
            if let Some((_, counts)) = lines.get_mut(position) {
                *counts.entry(part(*place)).or_default() += 1.0;
            }
        }
        let line = |(name, counts): (String, HashMap<i64, f64>)| Line {
            name,
            points: all.iter().map(|t| (*t as f64, Some(counts.get(t).copied().unwrap_or(0.0)))).collect(),
        };
        self.lines = lines.into_iter().map(line).collect();
        self.shape = Shape::Columns;
        self.y_title = "rows".to_owned();
        self.limit();
    }

    fn finish(&mut self, hint: &Hint, left_out: usize) {
        // What stands on others stands there everywhere: nothing is zero.
        if self.stacking != Stacking::None && matches!(self.shape, Shape::Lines | Shape::Areas) {
            let mut places: Vec<f64> = self.lines.iter().flat_map(|l| &l.points).map(|(x, _)| *x).collect();
            places.sort_by(f64::total_cmp);
            places.dedup();
            for line in &mut self.lines {
                line.points.sort_by(|(a, _), (b, _)| a.total_cmp(b));
                let own = std::mem::take(&mut line.points);
                let value = |x: f64| own.binary_search_by(|(a, _)| a.total_cmp(&x)).ok().and_then(|at| own.get(at));
                line.points =
                    places.iter().map(|x| (*x, Some(value(*x).and_then(|(_, v)| *v).unwrap_or(0.0)))).collect();
            }
        }
        for line in &mut self.lines {
            line.points.sort_by(|(a, _), (b, _)| a.total_cmp(b));
            // One bar for each place: values of one place are added up.
            if matches!(self.scale, Scale::Labels(_)) || self.shape == Shape::Columns {
                let mut merged: Vec<(f64, Option<f64>)> = Vec::new();
                for (place, value) in line.points.drain(..) {
                    match merged.last_mut() {
                        Some((last, sum)) if *last == place => {
                            *sum = match (*sum, value) {
                                (Some(a), Some(b)) => Some(a + b),
                                (a, b) => a.or(b),
                            };
                        }
                        _ => merged.push((place, value)),
                    }
                }
                line.points = merged;
            }
            if hint.accumulates {
                let mut sum = 0.0;
                for (_, value) in &mut line.points {
                    if let Some(value) = value {
                        sum += *value;
                        *value = sum;
                    }
                }
            }
        }
        if left_out > 0 {
            let noun = if left_out == 1 { "row has" } else { "rows have" };
            self.notes.push(format!("{left_out} {noun} no value"));
        }
        self.limit();
    }

    fn limit(&mut self) {
        if self.lines.len() > MOST_SERIES {
            self.notes.push(format!("{} more series left out", self.lines.len() - MOST_SERIES));
            self.lines.truncate(MOST_SERIES);
        }
    }
}

/// The columns of a chart: those that it names, and what fits besides.
fn choose(schema: &Schema, hint: &Hint) -> Result<Chosen, ChartError> {
    let all: Vec<(usize, Use)> =
        schema.fields().iter().enumerate().filter_map(|(i, f)| Some((i, use_of(f.data_type())?))).collect();
    let named = |name: &str| {
        let found = all.iter().find(|(i, _)| schema.field(*i).name() == name);
        found.copied().ok_or_else(|| {
            ChartError::Columns(format!(
                "there is no column '{}' to draw; found {}",
                escaped(name),
                found_columns(schema)
            ))
        })
    };
    let of = |wanted: Use| all.iter().find(|(_, u)| *u == wanted).copied();
    let needs = |what: &str| ChartError::Columns(format!("this chart needs {what}; found {}", found_columns(schema)));
    let x = match (&hint.x, hint.shape) {
        (Some(name), _) => named(name)?,
        (None, Shape::Occurrences) => of(Use::Time).ok_or_else(|| needs("a time column"))?,
        (None, Shape::Lines | Shape::Areas) => match of(Use::Time) {
            Some(time) => time,
            None => *all.first().ok_or_else(|| needs("two columns"))?,
        },
        // Of numbers only the first one is a place.
        (None, Shape::Points) => match all.first() {
            Some(first) if first.1 != Use::Text => *first,
            _ => of(Use::Time).or_else(|| of(Use::Number)).ok_or_else(|| needs("two numeric columns"))?,
        },
        (None, _) => *all.first().ok_or_else(|| needs("two columns"))?,
    };
    let mut series = Vec::new();
    for name in &hint.series {
        series.push(named(name)?.0);
    }
    let mut ys = Vec::new();
    for name in &hint.ys {
        let (index, kind) = named(name)?;
        if kind != Use::Number {
            return Err(ChartError::Columns(format!("'{}' is no number", escaped(name))));
        }
        ys.push(index);
    }
    if ys.is_empty() {
        let is_y = |(i, u): &&(usize, Use)| *u == Use::Number && *i != x.0 && !series.contains(i);
        ys = all.iter().filter(is_y).map(|(i, _)| *i).collect();
    }
    if ys.is_empty() && hint.shape != Shape::Occurrences {
        return Err(needs("a numeric column for the values"));
    }
    if hint.series.is_empty() {
        let is_series = |(i, u): &&(usize, Use)| *u == Use::Text && *i != x.0;
        series = all.iter().filter(is_series).map(|(i, _)| *i).collect();
        // Where a row is a thing that happened, the first text says what.
        if hint.shape == Shape::Occurrences {
            series.truncate(1);
        }
    }
    Ok(Chosen { x: x.0, ys, series })
}

fn found_columns(schema: &Schema) -> String {
    let column =
        |f: &std::sync::Arc<arrow::datatypes::Field>| format!("{} {}", escaped(f.name()), type_name(f.data_type()));
    schema.fields().iter().map(column).collect::<Vec<_>>().join(", ")
}

fn read(schema: &Schema, batches: &[RecordBatch], index: usize, tz: &TimeZone) -> Result<Values, ChartError> {
    let kind = use_of(schema.field(index).data_type());
    let mut values = match kind {
        Some(Use::Time) => Values::Times(Vec::new()),
        Some(Use::Number) => Values::Numbers(Vec::new()),
        _ => Values::Texts(Vec::new()),
    };
    for batch in batches {
        let array = batch.column(index);
        match &mut values {
            Values::Times(all) => all.extend(times(array).map_err(ChartError::Render)?),
            Values::Numbers(all) => all.extend(numbers(array).map_err(ChartError::Render)?),
            Values::Texts(all) => all.extend(texts(array, tz).map_err(ChartError::Render)?),
        }
    }
    Ok(values)
}

/// The name of each row's series; empty without one.
fn series_names(
    schema: &Schema,
    chosen: &Chosen,
    read: &dyn Fn(usize) -> Result<Values, ChartError>,
) -> Result<Vec<String>, ChartError> {
    let mut names: Vec<String> = Vec::new();
    let mut rows = 0;
    for index in &chosen.series {
        let texts: Vec<Option<String>> = match read(*index)? {
            Values::Texts(all) => all,
            Values::Numbers(all) => all.into_iter().map(|n| n.map(|n| n.to_string())).collect(),
            Values::Times(all) => {
                all.into_iter().map(|t| t.map(|t| axis::time_label(t, 1, &TimeZone::utc()))).collect()
            }
        };
        rows = texts.len();
        names.resize(rows, String::new());
        for (name, text) in names.iter_mut().zip(texts) {
            if !name.is_empty() {
                name.push(' ');
            }
            name.push_str(text.as_deref().unwrap_or("NULL"));
        }
    }
    if chosen.series.is_empty() {
        rows = match read(chosen.x)? {
            Values::Times(all) => all.len(),
            Values::Numbers(all) => all.len(),
            Values::Texts(all) => all.len(),
        };
        names.resize(rows, String::new());
    }
    debug_assert!(schema.fields().len() > chosen.x && names.len() == rows);
    Ok(names)
}

fn facts(schema: &Schema, batches: &[RecordBatch], tz: &TimeZone) -> Result<Vec<(String, String)>, ChartError> {
    let Some(first) = batches.iter().find(|b| b.num_rows() > 0) else { return Err(ChartError::Empty) };
    let first = first.slice(0, 1);
    let fact = |(field, column): (&std::sync::Arc<arrow::datatypes::Field>, &arrow::array::ArrayRef)| {
        let value = texts(column, tz).map_err(ChartError::Render)?.into_iter().next().flatten();
        Ok((escaped(field.name()), value.unwrap_or_else(|| "NULL".to_owned())))
    };
    schema.fields().iter().zip(first.columns()).map(fact).collect()
}
