//! What a rule found: a row of its answer, with what names it, what it says and what to do.

use std::io::Write;
use std::sync::Arc;
use std::time::Duration;

use arrow::array::{Array, AsArray, RecordBatch};
use arrow::compute::cast;
use arrow::datatypes::{DataType, DurationNanosecondType, SchemaRef, TimeUnit};
use parking_lot::Mutex;
use serde_json::{Map, Value};

use super::message::{Cell, Template};
use super::rule::{Kind, Rule, Severity};
use crate::engine::nearest::{did_you_mean, nearest};
use crate::render::{Format, RenderOptions, renderer};

/// A finding.
#[derive(Debug, Clone, PartialEq)]
pub struct Finding {
    /// The rule's id.
    pub rule: String,
    /// The rule's title.
    pub title: String,
    /// How bad it is.
    pub severity: Severity,
    /// Whether it can end.
    pub kind: Kind,
    /// What is said of it.
    pub message: String,
    /// What to do.
    pub advice: Option<String>,
    /// Where to read more.
    pub url: Option<String>,
    /// The columns that name it.
    pub key: Map<String, Value>,
    /// Everything that the query says of it.
    pub row: Map<String, Value>,
    /// Rows of this name; the first one is told.
    pub rows: u64,
}

/// More findings of one rule are counted, not told.
pub const MOST_FINDINGS: usize = 1000;

/// Gathers the rows of a rule's answer.
pub struct Collector<'r> {
    rule: &'r Rule,
    schema: SchemaRef,
    found: Vec<Finding>,
    /// By key, where in `found`.
    places: std::collections::HashMap<String, usize>,
    /// Rows beyond the most.
    pub more: u64,
}

impl<'r> Collector<'r> {
    /// For an answer of this schema, if it has the columns that the rule speaks of.
    pub fn new(rule: &'r Rule, schema: SchemaRef) -> Result<Self, String> {
        let names: Vec<&str> = schema.fields().iter().map(|f| f.name().as_str()).collect();
        let shown = rule.message.columns().chain(rule.advice.iter().flat_map(Template::columns));
        for (what, column) in rule.key.iter().map(|k| ("key", k.as_str())).chain(shown.map(|c| ("message", c))) {
            if !names.contains(&column) {
                let hint = did_you_mean(&nearest(column, names.iter().copied(), 1));
                let hint = hint.unwrap_or_else(|| format!("it has {}", names.join(", ")));
                return Err(format!("the query has no column '{column}', which the rule's {what} names; {hint}"));
            }
        }
        Ok(Self { rule, schema, found: Vec::new(), places: std::collections::HashMap::new(), more: 0 })
    }

    /// Takes rows.
    pub fn push(&mut self, batch: &RecordBatch) -> Result<(), String> {
        let rows = as_json(&self.schema, batch)?;
        for (i, row) in rows.into_iter().enumerate() {
            let key: Map<String, Value> =
                self.rule.key.iter().map(|name| (name.clone(), row.get(name).cloned().unwrap_or_default())).collect();
            let name = identity(&self.rule.id, &self.rule.key, &key);
            if let Some(finding) = self.places.get(&name).and_then(|at| self.found.get_mut(*at)) {
                finding.rows += 1;
                continue;
            }
            if self.found.len() >= MOST_FINDINGS {
                self.more += 1;
                continue;
            }
            let cells = self.cells(batch, i, &row)?;
            let value = |name: &str| cells.iter().find(|(n, _)| *n == name).map(|(_, cell)| cell);
            let rule = self.rule;
            let message = rule.message.fill(value);
            let advice = rule.advice.as_ref().map(|a| a.fill(value)).filter(|text| !text.is_empty());
            self.places.insert(name, self.found.len());
            self.found.push(Finding {
                rule: rule.id.clone(),
                title: rule.title.clone(),
                severity: rule.severity,
                kind: rule.kind,
                message,
                advice,
                url: rule.url.clone(),
                key,
                row,
                rows: 1,
            });
        }
        Ok(())
    }

    /// What was found, in the order of the answer.
    pub fn finish(self) -> (Vec<Finding>, u64) {
        (self.found, self.more)
    }

    /// The values of a row that messages may show.
    fn cells(&self, batch: &RecordBatch, row: usize, json: &Map<String, Value>) -> Result<Vec<(&str, Cell)>, String> {
        let mut cells = Vec::new();
        for (field, column) in self.schema.fields().iter().zip(batch.columns()) {
            let value = json.get(field.name()).cloned().unwrap_or_default();
            let cell = match (column.data_type(), value) {
                (DataType::Timestamp(..), Value::String(iso)) => Cell::Time(iso),
                (DataType::Duration(_), _) if column.is_valid(row) => {
                    let nanos = cast(&column.slice(row, 1), &DataType::Duration(TimeUnit::Nanosecond));
                    let nanos = nanos.map_err(|e| e.to_string())?.as_primitive::<DurationNanosecondType>().value(0);
                    Cell::Length(Duration::from_nanos(nanos.unsigned_abs()))
                }
                (_, other) => Cell::Other(other),
            };
            cells.push((field.name().as_str(), cell));
        }
        Ok(cells)
    }
}

impl Finding {
    /// What names it among all findings of all rules.
    pub fn identity(&self) -> String {
        let names: Vec<String> = self.key.keys().cloned().collect();
        identity(&self.rule, &names, &self.key)
    }
}

/// A name for a finding, the same whatever order its columns come in.
pub fn identity(rule: &str, names: &[String], key: &Map<String, Value>) -> String {
    let mut parts: Vec<(&String, &Value)> = names.iter().filter_map(|name| key.get_key_value(name)).collect();
    parts.sort_by_key(|(name, _)| name.as_str());
    serde_json::json!([rule, parts]).to_string()
}

/// Rows as the JSON format writes them.
fn as_json(schema: &SchemaRef, batch: &RecordBatch) -> Result<Vec<Map<String, Value>>, String> {
    let written = Shared::default();
    let mut rows = renderer(Format::Ndjson, Arc::clone(schema), Box::new(written.clone()), RenderOptions::default())
        .map_err(|e| e.to_string())?;
    rows.write(batch).map_err(|e| e.to_string())?;
    rows.finish().map_err(|e| e.to_string())?;
    let text = written.0.lock();
    let rows = text.split(|b| *b == b'\n').filter(|line| !line.is_empty());
    rows.map(|line| serde_json::from_slice(line).map_err(|e| e.to_string())).collect()
}

/// Bytes that are read where they were written.
#[derive(Clone, Default)]
struct Shared(Arc<Mutex<Vec<u8>>>);

impl Write for Shared {
    fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
        self.0.lock().extend_from_slice(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> std::io::Result<()> {
        Ok(())
    }
}
