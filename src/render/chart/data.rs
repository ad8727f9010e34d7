//! Columns of a result as a chart needs them: times, numbers and texts.

use arrow::array::{Array, AsArray};
use arrow::compute::cast;
use arrow::datatypes::{DataType, Float64Type, Int64Type, Schema, TimeUnit};
use arrow::record_batch::RecordBatch;

use super::ChartError;
use crate::render::RenderError;
use crate::render::escape;
use crate::render::types::type_name;
use crate::render::value::{ColumnText, Look, Style};
use crate::render::zone::TimeZone;

/// Longer labels are cut anyway.
const MOST_LABEL_CHARS: usize = 120;

/// A column's name, its place, and its values once they are read.
pub(super) struct Column<T> {
    pub(super) name: String,
    index: usize,
    pub(super) values: Vec<Option<T>>,
}

/// The columns by what they are.
pub(super) struct Columns {
    /// Nanoseconds since 1970.
    pub(super) times: Vec<Column<i64>>,
    /// Finite or not; texts of the exact values are made only for bars.
    pub(super) numbers: Vec<Column<f64>>,
    pub(super) texts: Vec<Column<String>>,
    /// The exact texts of the first number.
    pub(super) exact: Vec<String>,
    pub(super) rows: usize,
    all: Vec<String>,
}

/// What a type is for a chart. Encodings count as their values.
pub(super) fn plain(data_type: &DataType) -> &DataType {
    match data_type {
        DataType::Dictionary(_, values) => plain(values),
        DataType::RunEndEncoded(_, values) => plain(values.data_type()),
        other => other,
    }
}

impl Columns {
    pub(super) fn new(schema: &Schema) -> Self {
        let mut columns = Columns {
            times: Vec::new(),
            numbers: Vec::new(),
            texts: Vec::new(),
            exact: Vec::new(),
            rows: 0,
            all: Vec::new(),
        };
        for (index, field) in schema.fields().iter().enumerate() {
            let name = || escaped(field.name());
            columns.all.push(format!("{} {}", name(), type_name(field.data_type())));
            match plain(field.data_type()) {
                DataType::Timestamp(..) | DataType::Date32 | DataType::Date64 => {
                    columns.times.push(Column { name: name(), index, values: Vec::new() });
                }
                DataType::Duration(_) => columns.numbers.push(Column { name: name(), index, values: Vec::new() }),
                t if t.is_numeric() => columns.numbers.push(Column { name: name(), index, values: Vec::new() }),
                DataType::Utf8 | DataType::LargeUtf8 | DataType::Utf8View | DataType::Boolean => {
                    columns.texts.push(Column { name: name(), index, values: Vec::new() });
                }
                _ => {}
            }
        }
        columns
    }

    /// The columns in words, for errors.
    pub(super) fn found(&self) -> String {
        if self.all.is_empty() { "no column".to_owned() } else { self.all.join(", ") }
    }

    pub(super) fn time(&self, name: &str) -> Option<&Column<i64>> {
        self.times.iter().find(|c| c.name.eq_ignore_ascii_case(name))
    }

    pub(super) fn text(&self, name: &str) -> Option<&Column<String>> {
        self.texts.iter().find(|c| c.name.eq_ignore_ascii_case(name))
    }

    pub(super) fn number(&self, name: &str) -> Option<&Column<f64>> {
        self.numbers.iter().find(|c| c.name.eq_ignore_ascii_case(name))
    }

    pub(super) fn read(&mut self, batches: &[RecordBatch], tz: &TimeZone) -> Result<(), ChartError> {
        let failed = |e: RenderError| ChartError::Render(e);
        for batch in batches {
            if batch.num_columns() != self.all.len() {
                let (want, got) = (self.all.len(), batch.num_columns());
                let text = format!("a batch has {got} columns where the result has {want}");
                return Err(failed(RenderError::Unsupported(text)));
            }
            self.rows += batch.num_rows();
            for column in &mut self.times {
                column.values.extend(times(batch.column(column.index)).map_err(failed)?);
            }
            for (n, column) in self.numbers.iter_mut().enumerate() {
                let array = batch.column(column.index);
                column.values.extend(numbers(array).map_err(failed)?);
                if n == 0 {
                    self.exact.extend(texts(array, tz).map_err(failed)?.into_iter().map(Option::unwrap_or_default));
                }
            }
            for column in &mut self.texts {
                column.values.extend(texts(batch.column(column.index), tz).map_err(failed)?);
            }
        }
        Ok(())
    }
}

pub(super) fn escaped(text: &str) -> String {
    let end = text.char_indices().nth(MOST_LABEL_CHARS).map_or(text.len(), |(at, _)| at);
    let mut out = String::new();
    escape::terminal(text.get(..end).unwrap_or(text), &mut out);
    out
}

pub(super) fn times(array: &dyn Array) -> Result<Vec<Option<i64>>, RenderError> {
    let zone = match plain(array.data_type()) {
        DataType::Timestamp(_, zone) => zone.clone(),
        _ => None,
    };
    // Times beyond what nanoseconds reach become null.
    let nanos = cast(array, &DataType::Timestamp(TimeUnit::Nanosecond, zone))?;
    let nanos = cast(&nanos, &DataType::Int64)?;
    Ok(nanos.as_primitive::<Int64Type>().iter().collect())
}

pub(super) fn numbers(array: &dyn Array) -> Result<Vec<Option<f64>>, RenderError> {
    let seconds = match plain(array.data_type()) {
        DataType::Duration(TimeUnit::Second) => Some(1.0),
        DataType::Duration(TimeUnit::Millisecond) => Some(1e3),
        DataType::Duration(TimeUnit::Microsecond) => Some(1e6),
        DataType::Duration(TimeUnit::Nanosecond) => Some(1e9),
        _ => None,
    };
    let whole = if seconds.is_some() { Some(cast(array, &DataType::Int64)?) } else { None };
    let floats = cast(whole.as_deref().unwrap_or(array), &DataType::Float64)?;
    let per = seconds.unwrap_or(1.0);
    Ok(floats.as_primitive::<Float64Type>().iter().map(|v| v.map(|v| v / per)).collect())
}

pub(super) fn texts(array: &dyn Array, tz: &TimeZone) -> Result<Vec<Option<String>>, RenderError> {
    let column = ColumnText::new(array, Look::new(Style::Display, tz))?;
    let text = |row| {
        let mut out = String::new();
        column.write(row, &mut out);
        escaped(&out)
    };
    Ok((0..array.len()).map(|row| (!column.is_null(row)).then(|| text(row))).collect())
}
