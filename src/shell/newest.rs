//! The end of the data: what `--now data` and `.now newest` count from.

use super::Failure;
use crate::engine::{Engine, EngineError, EngineOptions, Params};
use crate::model::Ticks;
use crate::tables::TimeRange;

/// Not of the archive's own files, whose times are those of imports.
const NEWEST: &str = "SELECT max(max_time) AS newest FROM system.files \
                      WHERE kind <> 'archive' OR table_name IS NOT NULL";

/// The moment after the newest record: what an archive's log says, and for raw exports the end of their newest hour. Nothing but
/// the log and listings is read.
pub async fn newest(engine: &Engine) -> Result<Ticks, Failure> {
    use arrow::array::AsArray;
    use arrow::datatypes::{DataType, Int64Type, TimeUnit};
    let (_, batches) = engine.collect(NEWEST, Params::new()).await?;
    let failed = |e: arrow::error::ArrowError| Failure::from(EngineError::query(e.to_string()));
    for batch in &batches {
        let Some(column) = batch.columns().first() else { continue };
        let nanos = arrow::compute::cast(column, &DataType::Timestamp(TimeUnit::Nanosecond, Some("UTC".into())));
        let nanos = arrow::compute::cast(&nanos.map_err(failed)?, &DataType::Int64).map_err(failed)?;
        if let Some(nanos) = nanos.as_primitive::<Int64Type>().iter().flatten().max() {
            // The next microsecond, so that the newest record is before it.
            return Ok(nanos.div_euclid(100).saturating_add(10));
        }
    }
    Err(Failure::usage("there is no data to count from"))
}

/// The same of data that no session has opened yet.
pub fn newest_of(options: &EngineOptions) -> Result<Ticks, Failure> {
    let options = EngineOptions { range: TimeRange::default(), now: None, ..options.clone() };
    let engine = Engine::new(&options)?;
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .map_err(|e| Failure::new(super::Exit::Storage, format!("cannot start: {e}")))?;
    runtime.block_on(newest(&engine))
}
