//! KQL over a plain DataFusion session: `cargo run -p tunnelql-kql --example plain`.

use std::sync::Arc;

use datafusion::arrow::array::{Int64Array, RecordBatch, StringArray};
use datafusion::prelude::{SessionConfig, SessionContext};
use tunnelql_kql::{Options, configure, plan};

#[tokio::main(flavor = "multi_thread")]
async fn main() -> Result<(), Box<dyn std::error::Error>> {
    let mut config = SessionConfig::new();
    configure(&mut config);
    let context = SessionContext::new_with_config(config);
    let peers: Arc<StringArray> = Arc::new(vec![Some("203.0.113.1"), Some("203.0.113.2"), None].into());
    let drops: Arc<Int64Array> = Arc::new(vec![3, 1, 2].into());
    context.register_batch("Tunnels", RecordBatch::try_from_iter([("Peer", peers as _), ("Drops", drops as _)])?)?;
    let query = "Tunnels | where Drops > 1 | summarize Worst = max(Drops) by Peer | sort by Worst";
    for planned in plan(&context.state(), query, &Options::default()).await? {
        context.execute_logical_plan(planned.plan).await?.show().await?;
    }
    Ok(())
}
