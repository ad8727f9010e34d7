//! Rows of the logs as the kernels take them.

use std::sync::Arc;

use arrow::array::{
    Array, AsArray, BooleanArray, Int32Array, Int64Array, RecordBatch, StringViewArray, TimestampNanosecondArray,
};
use arrow::compute::filter_record_batch;
use arrow::datatypes::{Int32Type, Int64Type, TimestampNanosecondType};
use datafusion::common::{Result, internal_datafusion_err};
use datafusion::logical_expr::{Expr, col};
use futures::StreamExt;
use hashbrown::HashSet;
use tunnelql_udfs::domain::history::case::Evidence;
use tunnelql_udfs::domain::history::causes::{Explained, explain};
use tunnelql_udfs::domain::history::signs::{Keeper, Kept, window};
use tunnelql_udfs::domain::history::tunnels::history;
use tunnelql_udfs::domain::history::{GatewayEvent, IkeSign, MINUTE, Place, TunnelEvent};

use super::columns::{Cell, time};
use super::windows::in_windows;
use super::work::{Work, at};
use crate::model::Category;

/// The columns of a batch.
pub struct Input<'a>(pub &'a RecordBatch);

impl<'a> Input<'a> {
    pub fn texts(&self, name: &str) -> Result<Texts<'a>> {
        let array = self.0.column_by_name(name).and_then(|a| a.as_string_view_opt());
        array.map(Texts).ok_or_else(|| internal_datafusion_err!("no text column {name}"))
    }

    pub fn times(&self, name: &str) -> Result<&'a TimestampNanosecondArray> {
        let array = self.0.column_by_name(name).and_then(|a| a.as_primitive_opt::<TimestampNanosecondType>());
        array.ok_or_else(|| internal_datafusion_err!("no time column {name}"))
    }

    pub fn int64(&self, name: &str) -> Result<&'a Int64Array> {
        let array = self.0.column_by_name(name).and_then(|a| a.as_primitive_opt::<Int64Type>());
        array.ok_or_else(|| internal_datafusion_err!("no column {name}"))
    }

    pub fn int32(&self, name: &str) -> Result<&'a Int32Array> {
        let array = self.0.column_by_name(name).and_then(|a| a.as_primitive_opt::<Int32Type>());
        array.ok_or_else(|| internal_datafusion_err!("no column {name}"))
    }

    /// Where each row stands.
    pub fn places(&self) -> Result<impl Fn(usize) -> Place<'a> + use<'a>> {
        let (source, line) = (self.texts("source")?, self.int64("source_line")?);
        Ok(move |i| Place { source: source.get(i), line: some(line, i).unwrap_or_default() })
    }
}

/// A text column.
#[derive(Clone, Copy)]
pub struct Texts<'a>(&'a StringViewArray);

impl<'a> Texts<'a> {
    /// The text, empty for a null.
    pub fn get(self, i: usize) -> &'a str {
        if self.0.is_valid(i) { self.0.value(i) } else { "" }
    }
}

/// A number, `None` for a null.
pub fn some<T: arrow::datatypes::ArrowPrimitiveType>(
    array: &arrow::array::PrimitiveArray<T>,
    i: usize,
) -> Option<T::Native> {
    array.is_valid(i).then(|| array.value(i))
}

const TUNNEL: &[&str] = &[
    "time",
    "gateway",
    "instance",
    "operation",
    "remote_ip",
    "status",
    "state_change_reason",
    "source",
    "source_line",
];

/// The tunnel log.
pub async fn tunnel_batch(work: &Work) -> Result<Arc<RecordBatch>> {
    let read = async {
        let Some(range) = work.looked_back() else {
            return work.collect(work.plan(Category::Tunnel, TUNNEL, None).await?).await;
        };
        let longer = work.collect(work.plan_of(Category::Tunnel, TUNNEL, None, range).await?).await?;
        going_on(&longer, work.times().0)
    };
    work.once("rows of tunnel_log", RecordBatch::get_array_memory_size, read).await
}

/// The rows from `start` on, and those before it with which an outage began that goes on at the start.
fn going_on(batch: &RecordBatch, start: i64) -> Result<RecordBatch> {
    let events = tunnel_events(batch)?;
    let history = history(&events);
    let begun: HashSet<_> = history
        .interruptions
        .iter()
        .filter(|i| i.disconnected_at < start && i.reconnected_at.is_none_or(|back| back > start))
        .map(|i| (i.gateway, i.remote_ip, i.from_instance, i.disconnected_at))
        .collect();
    let input = Input(batch);
    let (times, instances) = (input.times("time")?, input.int32("instance")?);
    let (gateway, remote_ip) = (input.texts("gateway")?, input.texts("remote_ip")?);
    let is_kept = |i: usize| {
        let time = some(times, i)?;
        Some(time >= start || begun.contains(&(gateway.get(i), remote_ip.get(i), some(instances, i), time)))
    };
    let kept: BooleanArray = (0..batch.num_rows()).map(|i| Some(is_kept(i) == Some(true))).collect();
    Ok(filter_record_batch(batch, &kept)?)
}

/// Since when the first outage goes on that began before the session's range.
fn since(work: &Work, tunnels: &[TunnelEvent<'_>]) -> Option<i64> {
    let start = work.times().0;
    tunnels.iter().map(|e| e.time).filter(|time| *time < start).min().map(|time| time.saturating_sub(BEFORE))
}

/// What is read before an outage that began before the range: its cause.
const BEFORE: i64 = 15 * MINUTE;

/// Rows that say that a tunnel is connected or disconnected; others tell nothing.
pub fn tunnel_events(batch: &RecordBatch) -> Result<Vec<TunnelEvent<'_>>> {
    let input = Input(batch);
    let (times, instances, place) = (input.times("time")?, input.int32("instance")?, input.places()?);
    let (gateway, remote_ip) = (input.texts("gateway")?, input.texts("remote_ip")?);
    let (operation, status) = (input.texts("operation")?, input.texts("status")?);
    let reason = input.texts("state_change_reason")?;
    let connected = |i: usize| {
        // The operation decides where the two differ.
        let (operation, status) = (operation.get(i), status.get(i));
        let said = |text: &str, connected, disconnected| {
            text.eq_ignore_ascii_case(connected)
                .then_some(true)
                .or_else(|| text.eq_ignore_ascii_case(disconnected).then_some(false))
        };
        said(operation, "TunnelConnected", "TunnelDisconnected").or_else(|| said(status, "Connected", "Disconnected"))
    };
    let event = |i| {
        Some(TunnelEvent {
            time: some(times, i)?,
            place: place(i),
            gateway: gateway.get(i),
            remote_ip: remote_ip.get(i),
            instance: some(instances, i),
            connected: connected(i)?,
            reason: reason.get(i),
        })
    };
    Ok((0..batch.num_rows()).filter_map(event).collect())
}

const GATEWAY: &[&str] =
    &["time", "gateway", "operation", "operation_status", "message", "configuration", "source", "source_line"];

/// The gateway log.
pub async fn gateway_batch(work: &Work) -> Result<Arc<RecordBatch>> {
    gateway_batch_since(work, None).await
}

/// The gateway log from `since` on, when that is before the session's range.
async fn gateway_batch_since(work: &Work, since: Option<i64>) -> Result<Arc<RecordBatch>> {
    let range = work.range_since(since);
    let read = async { work.collect(work.plan_of(Category::Gateway, GATEWAY, None, range).await?).await };
    let name = if since.is_some() { "earlier rows of gateway_log" } else { "rows of gateway_log" };
    work.once(name, RecordBatch::get_array_memory_size, read).await
}

/// Its rows.
pub fn gateway_events(batch: &RecordBatch) -> Result<Vec<GatewayEvent<'_>>> {
    let input = Input(batch);
    let (times, place, gateway) = (input.times("time")?, input.places()?, input.texts("gateway")?);
    let (operation, message) = (input.texts("operation")?, input.texts("message")?);
    let (status, configuration) = (input.texts("operation_status")?, input.texts("configuration")?);
    let event = |i| {
        Some(GatewayEvent {
            time: some(times, i)?,
            place: place(i),
            gateway: gateway.get(i),
            operation: operation.get(i),
            message: message.get(i),
            configuration: configuration.get(i),
            status: status.get(i),
        })
    };
    Ok((0..batch.num_rows()).filter_map(event).collect())
}

const SIGNS: &[&str] = &[
    "time",
    "gateway",
    "instance",
    "remote_ip",
    "event",
    "close_status",
    "notify",
    "error_code",
    "message",
    "source",
    "source_line",
];

/// More ranges than this cost more to compare with than they save.
const MOST_RANGES: usize = 24;

/// The rows of the IKE log that tell of failures, as few as prove something about a disconnect.
async fn kept_signs(work: &Work, tunnels: &[TunnelEvent<'_>]) -> Result<Arc<Vec<Kept>>> {
    let bytes = |signs: &Vec<Kept>| signs.iter().map(Kept::bytes).sum();
    work.once("failures of ike_log", bytes, read_signs(work, tunnels)).await
}

async fn read_signs(work: &Work, tunnels: &[TunnelEvent<'_>]) -> Result<Vec<Kept>> {
    let interruptions = history(tunnels).interruptions;
    let all: Vec<_> = interruptions.iter().map(window).collect();
    let windows = ranges(all.clone(), MOST_RANGES);
    let (Some((first, _)), Some((_, last))) = (windows.first(), windows.last()) else { return Ok(Vec::new()) };
    let telling: Expr =
        col("error_code").is_not_null().or(col("close_status").is_not_null()).or(col("notify").is_not_null());
    let between = |(from, to): &(i64, i64)| col("time").gt_eq(at(*from)).and(col("time").lt_eq(at(*to)));
    // The whole span too, since that is what hours of raw exports are chosen by.
    let mut filter = telling.and(between(&(*first, *last)));
    // Each file looks at all of them, which must leave out something for that.
    let covered = windows.iter().fold(0_i64, |sum, (from, to)| sum.saturating_add(to.saturating_sub(*from)));
    let few = covered < last.saturating_sub(*first) / 2;
    if let Some(any) = windows.iter().map(between).reduce(Expr::or).filter(|_| few) {
        filter = filter.and(any);
    }
    // Few ranges choose files and pages, all of them rows.
    filter = filter.and(in_windows(col("time"), ranges(all, usize::MAX)));
    let mut keeper = Keeper::new(&interruptions);
    let range = work.range_since(since(work, tunnels));
    let mut stream = work.stream(work.plan_of(Category::Ike, SIGNS, Some(filter), range).await?).await?;
    while let Some(batch) = stream.next().await {
        signs(&batch?)?.iter().for_each(|sign| keeper.push(sign));
    }
    Ok(keeper.finish())
}

/// Spans joined where they overlap, and the nearest of them until there are few enough.
fn ranges(mut spans: Vec<(i64, i64)>, most: usize) -> Vec<(i64, i64)> {
    spans.sort_unstable();
    let mut gaps: Vec<i64> = Vec::new();
    let mut end = i64::MIN;
    for (from, to) in &spans {
        if *from > end && end != i64::MIN {
            gaps.push(from - end);
        }
        end = end.max(*to);
    }
    gaps.sort_unstable_by(|a, b| b.cmp(a));
    // The widest gaps stay, one fewer than there may be ranges; of equal ones perhaps some more.
    let least = gaps.get(most.saturating_sub(1)).copied().unwrap_or(0);
    let mut out: Vec<(i64, i64)> = Vec::new();
    for (from, to) in spans {
        match out.last_mut() {
            Some((_, end)) if from.saturating_sub(*end) <= least => *end = (*end).max(to),
            _ => out.push((from, to)),
        }
    }
    out
}

fn signs(batch: &RecordBatch) -> Result<Vec<IkeSign<'_>>> {
    let input = Input(batch);
    let (times, place, gateway) = (input.times("time")?, input.places()?, input.texts("gateway")?);
    let (remote_ip, instances, codes) =
        (input.texts("remote_ip")?, input.int32("instance")?, input.int64("error_code")?);
    let (event, message) = (input.texts("event")?, input.texts("message")?);
    let (close_status, notify) = (input.texts("close_status")?, input.texts("notify")?);
    let sign = |i| {
        Some(IkeSign {
            time: some(times, i)?,
            place: place(i),
            gateway: gateway.get(i),
            remote_ip: remote_ip.get(i),
            instance: some(instances, i),
            event: event.get(i),
            close_status: close_status.get(i),
            notify: notify.get(i),
            error_code: some(codes, i),
            message: message.get(i),
        })
    };
    Ok((0..batch.num_rows()).filter_map(sign).collect())
}

/// Reads the logs and explains every disconnect, then hands all of it to `then`. Without `causes` the IKE log is not
/// read, and causes that only it tells are not found.
pub async fn explained<T>(
    work: &Work,
    causes: bool,
    then: impl FnOnce(&[TunnelEvent<'_>], &[GatewayEvent<'_>], &Explained<'_>) -> Result<T>,
) -> Result<T> {
    let (tunnel_batch, gateway_batch) = if work.looked_back().is_none() {
        futures::try_join!(tunnel_batch(work), gateway_batch(work))?
    } else {
        // Outages that went on when the range began decide how far back the other log is read.
        let tunnel_batch = tunnel_batch(work).await?;
        let since = since(work, &tunnel_events(&tunnel_batch)?);
        (tunnel_batch, gateway_batch_since(work, since).await?)
    };
    let tunnels = tunnel_events(&tunnel_batch)?;
    let gateway = gateway_events(&gateway_batch)?;
    let kept = if causes { kept_signs(work, &tunnels).await? } else { Arc::default() };
    let signs: Vec<_> = kept.iter().map(Kept::sign).collect();
    let explained = explain(&tunnels, &gateway, &signs);
    then(&tunnels, &gateway, &explained)
}

/// Evidence as a cell.
pub fn evidence(rows: &[Evidence<'_>]) -> Cell {
    let row = |e: &Evidence<'_>| vec![e.table.into(), time(e.time), e.message.as_ref().into()];
    Cell::Structs(rows.iter().map(row).collect())
}

#[cfg(test)]
mod tests {
    use super::ranges;

    #[test]
    fn few_ranges_cover_all_spans() {
        let spans = vec![(50, 60), (0, 10), (5, 12), (20, 30), (100, 110)];
        assert_eq!(ranges(spans.clone(), 9), [(0, 12), (20, 30), (50, 60), (100, 110)]);
        assert_eq!(ranges(spans.clone(), 3), [(0, 30), (50, 60), (100, 110)]);
        assert_eq!(ranges(spans, 1), [(0, 110)]);
        assert_eq!(ranges(Vec::new(), 3), []);
    }
}
