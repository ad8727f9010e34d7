//! The session's settings. Each differs from DataFusion's default for a measured reason.

use std::sync::Arc;

use datafusion::execution::SessionStateBuilder;
use datafusion::execution::memory_pool::{FairSpillPool, TrackConsumersPool};
use datafusion::execution::runtime_env::RuntimeEnvBuilder;
use datafusion::prelude::{SessionConfig, SessionContext};
use object_store::ObjectStore;

use super::{EngineError, EngineOptions, clock};
use crate::store::{Counted, Memo};
use crate::tables::{Data, register};

/// The session over some data.
pub fn context(options: &EngineOptions, data: &Arc<Data>) -> Result<SessionContext, EngineError> {
    let mut config = SessionConfig::new()
        .with_target_partitions(options.threads.max(1))
        // Ours lists the meaning of each column, too.
        .with_information_schema(false)
        .with_default_catalog_and_schema("tunnelql", "logs")
        .with_create_default_catalog_and_schema(false);
    let o = config.options_mut();
    // Rows are filtered while they are decoded: selective questions read a third of the bytes.
    o.execution.parquet.pushdown_filters = true;
    o.execution.parquet.reorder_filters = true;
    // Re-inlines common subexpressions, so that a message would be parsed once per field.
    o.optimizer.enable_leaf_expression_pushdown = false;
    // Where in the statement a mistake is. Measured: planning takes no longer.
    o.sql_parser.collect_spans = true;
    o.execution.time_zone = Some("UTC".into());
    let spill_first = std::num::NonZeroUsize::MIN.saturating_add(4);
    let pool = TrackConsumersPool::new(FairSpillPool::new(options.memory_limit), spill_first);
    let runtime = RuntimeEnvBuilder::new()
        .with_memory_pool(Arc::new(pool))
        .build_arc()
        .map_err(|e| EngineError::Storage(format!("cannot set up the engine: {e}")))?;
    for place in &options.data {
        if let Ok(url) = place.store_key() {
            let counted = Counted::new(Arc::clone(&place.store), Arc::clone(&data.counts().archive));
            let store: Arc<dyn ObjectStore> =
                if place.is_local() { Arc::new(counted) } else { Arc::new(Memo::new(Arc::new(counted))) };
            runtime.register_object_store(&url, store);
        }
    }
    let state =
        SessionStateBuilder::new().with_config(config).with_runtime_env(runtime).with_default_features().build();
    let context = SessionContext::new_with_state(state);
    tunnelql_udfs::register_all(&context);
    if let Some(now) = options.now {
        for function in clock::pinned(now) {
            context.register_udf(function);
        }
    }
    register(&context, data)?;
    Ok(context)
}
