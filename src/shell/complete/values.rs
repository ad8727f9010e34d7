//! Values of columns: gateways, peers, operations. Gathered in the background after the prompt is up, from the newest day;
//! a keystroke takes what is there by then and waits for nothing.

use std::collections::BTreeSet;
use std::sync::Arc;
use std::time::Duration;

use arrow::array::{AsArray, RecordBatch};
use arrow::compute::cast;
use arrow::datatypes::DataType;
use hashbrown::HashMap;
use parking_lot::RwLock;
use tokio::sync::oneshot;

use crate::engine::{Engine, EngineOptions, Event, Params};

/// Values kept of a column. More are no help in a list.
const MOST: usize = 1_000;

/// Rows that are looked at of a table.
const ROWS: usize = 200_000;

/// How long one table may take, and all of them.
const ONE_TABLE: Duration = Duration::from_secs(10);

/// Memory that gathering may take.
const MEMORY: usize = 64 << 20;

/// The tables whose values are gathered, each with its time and the columns.
const GATHERED: &[(&str, &str, &[&str])] = &[
    (
        "tunnel_log",
        "time",
        &[
            "gateway",
            "remote_ip",
            "operation",
            "level",
            "status",
            "state_change_reason",
            "instance_name",
            "resource_group",
        ],
    ),
    ("gateway_log", "time", &["gateway", "operation", "level", "operation_status", "instance_name", "resource_group"]),
    ("route_log", "time", &["gateway", "operation", "level", "peer", "prefix", "instance_name", "resource_group"]),
    ("p2s_log", "time", &["gateway", "operation", "level", "event", "user_name", "client_ip", "assigned_ip"]),
    (
        "ike_log",
        "time",
        &[
            "gateway",
            "operation",
            "level",
            "remote_ip",
            "local_ip",
            "family",
            "direction",
            "exchange",
            "event",
            "close_status",
            "notify",
            "instance_name",
        ],
    ),
    (
        "AzureDiagnostics",
        "TimeGenerated",
        &[
            "Resource",
            "ResourceGroup",
            "Category",
            "OperationName",
            "Level",
            "remoteIP_s",
            "status_s",
            "stateChangeReason_s",
            "instance_s",
        ],
    ),
];

/// Values by column and table.
#[derive(Debug, Default)]
struct Known {
    columns: HashMap<String, HashMap<String, Arc<[String]>>>,
    /// Counts how often everything was forgotten: what was asked for before is not written after.
    generation: u64,
}

/// Values by column and table. Cheap to clone; all clones are the same.
#[derive(Debug, Clone, Default)]
pub struct Values(Arc<RwLock<Known>>);

impl Values {
    /// Values of a column; where the table has none, those that the column has in another table.
    pub fn get(&self, table: Option<&str>, column: &str) -> Arc<[String]> {
        // Never waits: whoever writes now has something to offer at the next keystroke.
        let Some(known) = self.0.try_read() else { return Arc::default() };
        let Some(tables) = known.columns.get(&column.to_ascii_lowercase()) else { return Arc::default() };
        let own = table.and_then(|t| tables.get(&t.to_ascii_lowercase()));
        let most = || {
            tables.iter().max_by_key(|(name, values)| (values.len(), std::cmp::Reverse(name.as_str()))).map(|(_, v)| v)
        };
        own.or_else(most).cloned().unwrap_or_default()
    }

    /// Sets a column's values.
    pub fn put(&self, table: &str, column: &str, values: impl IntoIterator<Item = String>) {
        self.put_in(self.generation(), table, column, values);
    }

    fn put_in(&self, generation: u64, table: &str, column: &str, values: impl IntoIterator<Item = String>) {
        let values: Arc<[String]> = values.into_iter().take(MOST).collect();
        let mut known = self.0.write();
        if known.generation == generation {
            known.columns.entry(column.to_ascii_lowercase()).or_default().insert(table.to_ascii_lowercase(), values);
        }
    }

    fn generation(&self) -> u64 {
        self.0.read().generation
    }

    /// Forgets everything: the data is another.
    pub fn clear(&self) {
        let mut known = self.0.write();
        known.columns.clear();
        known.generation += 1;
    }

    fn has(&self, table: &str, column: &str) -> bool {
        self.0
            .read()
            .columns
            .get(&column.to_ascii_lowercase())
            .is_some_and(|t| t.contains_key(&table.to_ascii_lowercase()))
    }
}

/// Gathers values in the background. Dropping it stops it.
///
/// It has a session of its own with one thread and little memory, so that it takes nothing from statements and their
/// counters stay theirs.
#[derive(Debug, Default)]
pub struct Gatherer {
    values: Values,
    stop: Option<oneshot::Sender<()>>,
    thread: Option<std::thread::JoinHandle<()>>,
}

impl Gatherer {
    /// What gathers into `values`.
    pub fn new(values: Values) -> Self {
        Self { values, stop: None, thread: None }
    }

    /// Goes on gathering, if there is anything left to gather and nothing does yet. For when the prompt waits for input.
    pub fn start(&mut self, options: &EngineOptions) {
        if self.thread.as_ref().is_some_and(|t| !t.is_finished()) {
            return;
        }
        let values = self.values.clone();
        if options.data.is_empty()
            || GATHERED.iter().all(|(table, _, columns)| columns.iter().all(|c| values.has(table, c)))
        {
            return;
        }
        let options = EngineOptions { threads: 1, memory_limit: MEMORY.min(options.memory_limit), ..options.clone() };
        let (stop, stopped) = oneshot::channel();
        let generation = values.generation();
        let spawned = std::thread::Builder::new()
            .name("values".to_owned())
            .spawn(move || gather(&options, &values, generation, stopped));
        // Without a thread there are no values, and nobody minds.
        self.thread = spawned.ok();
        self.stop = Some(stop);
    }

    /// Stops, at once as far as the caller is concerned; what is known stays. For when a statement runs.
    pub fn stop(&mut self) {
        // It may have ended by itself.
        let _ = self.stop.take().map(|stop| stop.send(()));
        self.thread = None;
    }

    /// Stops and forgets. For when the data or the time range changes.
    pub fn restart(&mut self) {
        self.stop();
        self.values.clear();
    }

    /// Whether it is at work.
    pub fn is_running(&self) -> bool {
        self.thread.as_ref().is_some_and(|t| !t.is_finished())
    }
}

impl Drop for Gatherer {
    fn drop(&mut self) {
        self.stop();
    }
}

fn gather(options: &EngineOptions, values: &Values, generation: u64, mut stopped: oneshot::Receiver<()>) {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build();
    let (Ok(runtime), Ok(engine)) = (runtime, Engine::new(options)) else { return };
    runtime.block_on(async {
        for (table, time, columns) in GATHERED {
            if columns.iter().all(|c| values.has(table, c)) {
                continue;
            }
            let work = tokio::time::timeout(ONE_TABLE, of_table(&engine, options, table, time, columns));
            let found = tokio::select! {
                biased;
                _ = &mut stopped => return,
                found = work => found,
            };
            // A table that takes too long or fails offers nothing; the others may.
            let found = found.ok().flatten().unwrap_or_else(|| vec![BTreeSet::new(); columns.len()]);
            for (column, found) in columns.iter().zip(found) {
                values.put_in(generation, table, column, found);
            }
        }
    });
}

/// Each column's values in the newest day.
async fn of_table(
    engine: &Engine,
    options: &EngineOptions,
    table: &str,
    time: &str,
    columns: &[&str],
) -> Option<Vec<BTreeSet<String>>> {
    // An archive knows from its statistics; of an export all would have to be read, and its first rows are taken.
    let mut archives = false;
    for place in &options.data {
        archives |= place.is_archive().await.ok()?;
    }
    let mut filter = String::new();
    if archives {
        let newest =
            run(engine, &format!("SELECT CAST(max({time}) - INTERVAL '1 day' AS VARCHAR) FROM {table}"), |_| false)
                .await?;
        let day = newest.iter().flat_map(texts).flatten().flatten().next();
        if let Some(day) = day {
            filter = format!("WHERE {time} >= TIMESTAMP '{}'", day.replace('\'', ""));
        }
    }
    let list = columns.iter().map(|c| format!("\"{c}\"")).collect::<Vec<_>>().join(", ");
    let mut found = vec![BTreeSet::new(); columns.len()];
    let sql = format!("SELECT {list} FROM {table} {filter} LIMIT {ROWS}");
    run(engine, &sql, |batch| {
        for (set, column) in found.iter_mut().zip(texts(batch)) {
            for value in column.into_iter().flatten().filter(|v| !v.is_empty()) {
                // A known value is not copied a second time.
                if set.len() < MOST && !set.contains(&value) {
                    set.insert(value);
                }
            }
        }
        true
    })
    .await?;
    Some(found)
}

/// A batch's columns as texts.
fn texts(batch: &RecordBatch) -> Vec<Vec<Option<String>>> {
    let of = |column: &arrow::array::ArrayRef| {
        let column = cast(column, &DataType::Utf8).ok()?;
        let column = column.as_string_opt::<i32>()?;
        // Neighbouring rows often say the same.
        let mut before: Option<&str> = None;
        let news = column.iter().filter(|v| {
            let new = *v != before || v.is_none();
            before = *v;
            new && v.is_some()
        });
        Some(news.map(|v| v.map(str::to_owned)).collect())
    };
    batch.columns().iter().map(|c| of(c).unwrap_or_default()).collect()
}

/// Runs a statement; batches that `take` has not taken are returned.
async fn run(engine: &Engine, sql: &str, mut take: impl FnMut(&RecordBatch) -> bool) -> Option<Vec<RecordBatch>> {
    let statement = engine.parse(sql).ok()?.pop()?;
    let mut running = engine.run(statement, Params::new());
    let mut kept = Vec::new();
    loop {
        match running.next().await? {
            Event::Batch(batch) => {
                if !take(&batch) {
                    kept.push(batch);
                }
            }
            Event::Noted(_) | Event::Charted(_) => {}
            Event::Finished => return Some(kept),
            Event::Failed(_) => return None,
            Event::Started(..) => {}
        }
    }
}

#[cfg(test)]
mod tests {
    use std::time::Instant;

    use super::*;
    use crate::store::Location;

    fn options() -> EngineOptions {
        let sample = concat!(env!("CARGO_MANIFEST_DIR"), "/sample_data/blobs");
        EngineOptions { data: vec![Location::parse(sample).unwrap()], ..EngineOptions::default() }
    }

    #[test]
    fn values_of_the_sample() {
        let values = Values::default();
        let mut gatherer = Gatherer::new(values.clone());
        gatherer.start(&options());
        gatherer.start(&options());
        let begin = Instant::now();
        while gatherer.is_running() && begin.elapsed() < Duration::from_secs(60) {
            std::thread::sleep(Duration::from_millis(20));
        }
        let has = |table: Option<&str>, column: &str, value: &str| values.get(table, column).iter().any(|v| v == value);
        assert!(has(Some("tunnel_log"), "status", "Connected"), "{values:?}");
        assert!(has(None, "gateway", "VPNGW-TOKYO"), "{values:?}");
        assert!(has(Some("failovers"), "REMOTE_IP", "203.0.113.10") || !values.get(None, "remote_ip").is_empty());
        assert!(has(Some("azurediagnostics"), "OperationName", "TunnelDisconnected"), "{values:?}");
        // Nothing is left to do.
        gatherer.start(&options());
        assert!(!gatherer.is_running());
        gatherer.restart();
        assert!(values.get(None, "gateway").is_empty());
    }

    #[test]
    fn stopping_waits_for_nothing() {
        let mut gatherer = Gatherer::new(Values::default());
        for _ in 0..5 {
            gatherer.start(&options());
            let begin = Instant::now();
            gatherer.stop();
            assert!(begin.elapsed() < Duration::from_millis(50), "{:?}", begin.elapsed());
        }
    }

    #[test]
    fn other_tables_help_out() {
        let values = Values::default();
        values.put("a", "x", ["1".to_owned()]);
        values.put("b", "X", ["1".to_owned(), "2".to_owned()]);
        assert_eq!(values.get(Some("A"), "x").len(), 1);
        assert_eq!(values.get(Some("c"), "x").len(), 2);
        assert_eq!(values.get(None, "y").len(), 0);
    }
}
