//! KQL over a plain DataFusion session: `cargo run -p tunnelql-kql --example plain`.

use std::sync::Arc;

use datafusion::arrow::array::{Int64Array, RecordBatch, StringArray};
use datafusion::arrow::util::pretty::pretty_format_batches;
use datafusion::common::TableReference;
use datafusion::prelude::{SessionConfig, SessionContext};
use tunnelql_kql::{Options, configure, plan};

#[tokio::main(flavor = "multi_thread")]
async fn main() -> Result<(), Box<dyn std::error::Error>> {
    use std::io::Write;
    Ok(writeln!(std::io::stdout(), "{}", answer().await?)?)
}

async fn answer() -> Result<String, Box<dyn std::error::Error>> {
    let mut config = SessionConfig::new();
    configure(&mut config);
    let context = SessionContext::new_with_config(config);
    let peers: Arc<StringArray> = Arc::new(vec![Some("203.0.113.1"), Some("203.0.113.2"), None].into());
    let drops: Arc<Int64Array> = Arc::new(vec![3, 1, 2].into());
    // Names have their case in KQL; a plain text would be read as SQL reads a name, which is in small letters.
    let name = TableReference::bare("Tunnels");
    context.register_batch(name, RecordBatch::try_from_iter([("Peer", peers as _), ("Drops", drops as _)])?)?;
    let query = "Tunnels | where Drops > 1 | summarize Worst = max(Drops) by Peer | sort by Worst";
    let mut rows = Vec::new();
    for planned in plan(&context.state(), query, &Options::default()).await? {
        rows.extend(context.execute_logical_plan(planned.plan).await?.collect().await?);
    }
    Ok(pretty_format_batches(&rows)?.to_string())
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    #[tokio::test]
    async fn it_answers() {
        let expected = "\
+-------------+-------+
| Peer        | Worst |
+-------------+-------+
| 203.0.113.1 | 3     |
|             | 2     |
+-------------+-------+";
        assert_eq!(super::answer().await.unwrap(), expected);
    }
}
