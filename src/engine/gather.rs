//! Statements whose results the program itself needs, whole.

use std::sync::Arc;

use arrow::array::RecordBatch;
use arrow::datatypes::{Schema, SchemaRef};

use super::{AnyStatement, Engine, EngineError, Event, Measures, Params, Render};

/// A whole result.
#[derive(Debug)]
pub struct Gathered {
    /// What its rows are.
    pub schema: SchemaRef,
    /// Its rows.
    pub batches: Vec<RecordBatch>,
    /// The chart that its statement asks for.
    pub render: Option<Render>,
}

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
        Ok(last.map_or_else(|| (Arc::new(Schema::empty()), Vec::new()), |all| (all.schema, all.batches)))
    }

    /// The same with all results, and the charts that they ask for.
    pub async fn gather_all(
        &self,
        statement: impl Into<AnyStatement>,
        params: Params,
    ) -> Result<Vec<Gathered>, EngineError> {
        let mut results: Vec<Gathered> = Vec::new();
        let mut render = None;
        let mut running = self.run(statement, params);
        let mut measures = None;
        while let Some(event) = running.next().await {
            match event {
                Event::Started(schema, m) => {
                    measures = Some(m);
                    results.push(Gathered { schema, batches: Vec::new(), render: render.take() });
                }
                Event::Batch(batch) => results.last_mut().into_iter().for_each(|all| all.batches.push(batch.clone())),
                Event::Charted(asked) => render = Some(asked),
                Event::Noted(_) | Event::Finished => {}
                Event::Failed(e) => return Err(e),
            }
        }
        self.unread.lock().extend(measures.iter().flat_map(Measures::failed));
        if let Some(text) = measures.as_ref().and_then(Measures::nothing_recognized) {
            *self.unrecognized.lock() = Some(text);
        }
        Ok(results)
    }

    /// Archives that lie in exports and were not read as such, as far as they were met.
    pub fn archives_met(&self) -> Vec<String> {
        self.data.counts().archives_met()
    }

    /// What is to be said when files were gathered from of which none holds a record.
    pub fn unrecognized(&self) -> Option<String> {
        self.unrecognized.lock().clone()
    }

    /// Why blobs were left out of what was gathered so far, each once.
    pub fn unread(&self) -> Vec<String> {
        self.unread.lock().iter().cloned().collect()
    }
}
