//! Statements whose results the program itself needs, whole.

use std::sync::Arc;

use arrow::array::RecordBatch;
use arrow::datatypes::{Schema, SchemaRef};

use super::{AnyStatement, Engine, EngineError, Event, Measures, Params};

impl Engine {
    /// Runs a statement of the program's own and gathers its result, which must be small.
    pub async fn collect(&self, sql: &str, params: Params) -> Result<(SchemaRef, Vec<RecordBatch>), EngineError> {
        let (mut schema, mut batches): (SchemaRef, _) = (Arc::new(Schema::empty()), Vec::new());
        for statement in self.parse(sql)? {
            let (of, rows) = self.gather(statement, params.clone()).await?;
            schema = of;
            batches.extend(rows);
        }
        Ok((schema, batches))
    }

    /// Runs one statement and gathers its result, the last where KQL has several. The caller bounds it: memory is the
    /// result's.
    pub async fn gather(
        &self,
        statement: impl Into<AnyStatement>,
        params: Params,
    ) -> Result<(SchemaRef, Vec<RecordBatch>), EngineError> {
        let last = self.gather_all(statement, params).await?.pop();
        Ok(last.unwrap_or_else(|| (Arc::new(Schema::empty()), Vec::new())))
    }

    /// The same with all results.
    pub async fn gather_all(
        &self,
        statement: impl Into<AnyStatement>,
        params: Params,
    ) -> Result<Vec<(SchemaRef, Vec<RecordBatch>)>, EngineError> {
        let mut results: Vec<(SchemaRef, Vec<RecordBatch>)> = Vec::new();
        let mut running = self.run(statement, params);
        let mut measures = None;
        while let Some(event) = running.next().await {
            match event {
                Event::Started(schema, m) => {
                    measures = Some(m);
                    results.push((schema, Vec::new()));
                }
                Event::Batch(batch) => results.last_mut().into_iter().for_each(|(_, rows)| rows.push(batch.clone())),
                Event::Noted(_) | Event::Charted(_) | Event::Finished => {}
                Event::Failed(e) => return Err(e),
            }
        }
        self.unread.lock().extend(measures.iter().flat_map(Measures::failed));
        Ok(results)
    }

    /// Archives that lie in exports and were not read as such, as far as they were met.
    pub fn archives_met(&self) -> Vec<String> {
        self.data.counts().archives_met()
    }

    /// Why blobs were left out of what was gathered so far, each once.
    pub fn unread(&self) -> Vec<String> {
        self.unread.lock().iter().cloned().collect()
    }
}
