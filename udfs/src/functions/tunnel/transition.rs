//! `tunnel_transition(operation, instance, time[, within]) OVER (PARTITION BY gateway, remote_ip ORDER BY time)`.

use std::collections::HashMap;
use std::sync::{Arc, LazyLock};

use arrow::array::{Array, ArrayRef, AsArray, Int32Builder, Int64Builder, StringViewBuilder, StructArray};
use arrow::buffer::NullBuffer;
use arrow::compute::cast;
use arrow::datatypes::{DataType, Field, FieldRef, Fields, Int32Type, IntervalUnit, TimeUnit, TimestampNanosecondType};
use datafusion::common::{Result, ScalarValue, exec_err, plan_err};
use datafusion::logical_expr::function::{PartitionEvaluatorArgs, WindowUDFFieldArgs};
use datafusion::logical_expr::{
    Documentation, LimitEffect, PartitionEvaluator, Signature, Volatility, WindowUDF, WindowUDFImpl,
};
use datafusion::physical_plan::PhysicalExpr;

use super::super::doc::{Example, FunctionDoc, Kind, Section};
use super::super::interval::{constant_text, interval_nanos};
use super::super::{Function, Make};
use crate::domain::history::tunnels::{WITHIN, history};
use crate::domain::history::{Place, TunnelEvent};
use crate::domain::instance;

/// What became of a tunnel that went down.
#[derive(Debug, PartialEq, Eq, Hash)]
struct TunnelTransition {
    signature: Signature,
}

/// The window function `tunnel_transition`.
fn tunnel_transition() -> WindowUDF {
    WindowUDF::from(TunnelTransition { signature: Signature::variadic_any(Volatility::Immutable) })
}

pub(in super::super) const FUNCTION: Function = Function { doc: &DOC, make: Make::Window(tunnel_transition) };

static DOC: FunctionDoc = FunctionDoc {
    name: "tunnel_transition",
    kind: Kind::Window,
    section: Section::Tunnel,
    syntax: "tunnel_transition(operation, instance, time[, within]) OVER (PARTITION BY gateway, remote_ip ORDER BY time)",
    meaning: "What became of a tunnel that went down, over any relation with one row a change of state. The partition is one \
              peer of one gateway. The rows' own times count, not their order.",
    arguments: &[
        ("operation", "TunnelConnected or TunnelDisconnected, or Connected or Disconnected; in any case"),
        ("instance", "Number of the gateway instance, or its name as logged; may be null"),
        ("time", "Time of the row"),
        ("within", "Constant interval that counts as seconds: INTERVAL '60 seconds' by default"),
    ],
    returns: "A struct for a row that says disconnected: kind (failover: back on the other instance within the window; \
              reconnect: on the same one; outage: later; open: never), gap_ms (milliseconds down; null while it is down, 0 \
              when the other instance had taken over before), from_instance, to_instance.",
    nulls: "Null for every other row, for a disconnect that repeats while the tunnel is down, and for rows without a time.",
    examples: &[Example {
        sql: "SELECT t['kind'], t['gap_ms'], t['from_instance'], t['to_instance'] FROM (SELECT tunnel_transition(operation, \
              instance, time) OVER (PARTITION BY remote_ip ORDER BY time) AS t FROM (VALUES ('203.0.113.1', \
              'TunnelDisconnected', 0, TIMESTAMP '2026-03-10T01:00:00'), ('203.0.113.1', 'TunnelConnected', 1, TIMESTAMP \
              '2026-03-10T01:00:12')) AS log(remote_ip, operation, instance, time)) WHERE t IS NOT NULL",
        result: "failover | 12000 | 0 | 1",
    }],
    source: "Microsoft Learn, \"Troubleshoot Azure VPN Gateway using diagnostic logs\": the other instance means failover, the \
             same one a glitch.",
};

fn fields() -> Fields {
    Fields::from(vec![
        Field::new("kind", DataType::Utf8View, true),
        Field::new("gap_ms", DataType::Int64, true),
        Field::new("from_instance", DataType::Int32, true),
        Field::new("to_instance", DataType::Int32, true),
    ])
}

impl WindowUDFImpl for TunnelTransition {
    fn name(&self) -> &'static str {
        "tunnel_transition"
    }

    fn signature(&self) -> &Signature {
        &self.signature
    }

    fn field(&self, args: WindowUDFFieldArgs<'_>) -> Result<FieldRef> {
        if !(3..=4).contains(&args.input_fields().len()) {
            return plan_err!("tunnel_transition takes operation, instance, time and perhaps a window");
        }
        Ok(Arc::new(Field::new(args.name(), DataType::Struct(fields()), true)))
    }

    fn partition_evaluator(&self, _: PartitionEvaluatorArgs<'_>) -> Result<Box<dyn PartitionEvaluator>> {
        Ok(Box::new(Evaluator))
    }

    fn documentation(&self) -> Option<&Documentation> {
        static DOCUMENTATION: LazyLock<Documentation> = LazyLock::new(|| DOC.to_datafusion());
        Some(&DOCUMENTATION)
    }

    fn limit_effect(&self, _: &[Arc<dyn PhysicalExpr>]) -> LimitEffect {
        // The answer to a disconnect may be any later row.
        LimitEffect::Unknown
    }
}

/// Sees a whole partition at once: with an input that is sorted by the partition, one peer at a time is in memory.
#[derive(Debug)]
struct Evaluator;

impl PartitionEvaluator for Evaluator {
    fn evaluate_all(&mut self, values: &[ArrayRef], rows: usize) -> Result<ArrayRef> {
        let [operation, instance, time, rest @ ..] = values else {
            return exec_err!("tunnel_transition takes operation, instance and time");
        };
        let operation = cast(operation, &DataType::Utf8View)?;
        let operation = operation.as_string_view();
        let time = cast(time, &DataType::Timestamp(TimeUnit::Nanosecond, None))?;
        let time = time.as_primitive::<TimestampNanosecondType>();
        let instances = numbers(instance)?;
        let within = match rest.first() {
            Some(array) if !array.is_empty() => window(&ScalarValue::try_from_array(array, 0)?)?,
            _ => WITHIN,
        };
        let event = |i: usize| {
            let said = if operation.is_valid(i) { operation.value(i) } else { "" };
            let connected = if is(said, "Connected") {
                true
            } else if is(said, "Disconnected") {
                false
            } else {
                return None;
            };
            Some(TunnelEvent {
                time: time.is_valid(i).then(|| time.value(i))?,
                place: Place { source: "", line: i64::try_from(i).ok()? },
                instance: instances.get(i).copied().flatten(),
                connected,
                ..TunnelEvent::default()
            })
        };
        let events: Vec<TunnelEvent<'_>> = (0..rows).filter_map(event).collect();
        let mut found: HashMap<(i64, Option<i32>), _> =
            history(&events).interruptions.into_iter().map(|i| ((i.disconnected_at, i.from_instance), i)).collect();
        let mut kind = StringViewBuilder::with_capacity(rows);
        // Partitions may be many and small: a builder's default room would be most of their memory.
        let numbers = || Int32Builder::with_capacity(rows);
        let (mut gap, mut from, mut to) = (Int64Builder::with_capacity(rows), numbers(), numbers());
        let mut valid = Vec::with_capacity(rows);
        let mut rest = events.iter().peekable();
        for i in 0..rows {
            let own = rest.next_if(|e| usize::try_from(e.place.line) == Ok(i)).filter(|e| !e.connected);
            let told = own.and_then(|e| found.remove(&(e.time, e.instance)));
            valid.push(told.is_some());
            kind.append_option(told.map(|i| i.kind(within).as_str()));
            gap.append_option(told.and_then(|i| i.gap()).map(|gap| gap.div_euclid(1_000_000)));
            from.append_option(told.and_then(|i| i.from_instance));
            to.append_option(told.and_then(|i| i.to_instance));
        }
        let arrays: Vec<ArrayRef> =
            vec![Arc::new(kind.finish()), Arc::new(gap.finish()), Arc::new(from.finish()), Arc::new(to.finish())];
        Ok(Arc::new(StructArray::try_new(fields(), arrays, Some(NullBuffer::from(valid)))?))
    }
}

fn is(said: &str, word: &str) -> bool {
    let tail = match said.get(..6) {
        Some(head) if head.eq_ignore_ascii_case("Tunnel") => said.get(6..).unwrap_or_default(),
        _ => said,
    };
    tail.eq_ignore_ascii_case(word)
}

/// Instances by number or by name; `None` for everything else.
fn numbers(array: &ArrayRef) -> Result<Vec<Option<i32>>> {
    if array.data_type().is_string() || matches!(array.data_type(), DataType::Dictionary(..)) {
        let texts = cast(array, &DataType::Utf8View)?;
        return Ok(texts.as_string_view().iter().map(|t| t.and_then(instance::number).map(i32::from)).collect());
    }
    let numbers = cast(array, &DataType::Int32)?;
    Ok(numbers.as_primitive::<Int32Type>().iter().collect())
}

fn window(value: &ScalarValue) -> Result<i64> {
    if value.is_null() {
        return Ok(WITHIN);
    }
    let read = interval_nanos(value).or_else(|| {
        // A text that says an interval.
        interval_nanos(&value.cast_to(&DataType::Interval(IntervalUnit::MonthDayNano)).ok()?)
    });
    match read.filter(|n| *n > 0) {
        Some(nanos) => Ok(nanos),
        None => exec_err!(
            "the window of tunnel_transition cannot be {}; for example INTERVAL '60 seconds'",
            constant_text(value)
        ),
    }
}
