//! Which gateway a row is about. Names repeat: a `hub-gw` stands in many a subscription, and Azure takes no notice of case.
//! The kernels therefore know a gateway by its resource id in capitals, and rows get its name back on the way out.

use std::sync::Arc;

use arrow::array::{Array, AsArray, RecordBatch, StringViewArray, StringViewBuilder, UInt32Array};
use arrow::compute::take;
use arrow::datatypes::SchemaRef;
use datafusion::common::Result;
use hashbrown::HashMap;
use parking_lot::Mutex;

use super::columns::{Column, Kind, column};
use crate::model::ResourceId;

/// The column of each analysis table that holds a gateway, also while it is a key.
pub const GATEWAY: &str = "gateway";

/// The last column of each analysis table.
pub const RESOURCE_ID: Column =
    column("resource_id", Kind::Text, "The gateway's resource id as logged: what tells gateways of one name apart.");

/// How a gateway is spelt in the logs.
struct Spelling {
    name: String,
    resource_id: String,
}

/// The gateways met so far, by key.
#[derive(Default)]
pub struct Gateways(Mutex<HashMap<String, Spelling>>);

impl Gateways {
    /// Turns the resource ids in a column into keys.
    pub fn keyed(&self, batch: &RecordBatch, at: usize) -> Result<RecordBatch> {
        let Some(ids) = batch.column(at).as_string_view_opt() else { return Ok(batch.clone()) };
        let (mut keys, mut known) = (Vec::new(), HashMap::new());
        let mut last: Option<(&str, u32)> = None;
        let numbers: UInt32Array = ids
            .iter()
            .map(|id| {
                let id = id?;
                // Neighbours mostly are of one gateway, and of one place.
                if let Some((_, number)) = last.filter(|(known, _)| std::ptr::eq(*known, id) || *known == id) {
                    return Some(number);
                }
                let number = *known.entry(id).or_insert_with(|| {
                    keys.push(self.key(id));
                    keys.len() as u32 - 1
                });
                last = Some((id, number));
                Some(number)
            })
            .collect();
        let keys = StringViewArray::from_iter_values(keys);
        let mut columns = batch.columns().to_vec();
        columns[at] = take(&keys, &numbers, None)?;
        Ok(RecordBatch::try_new(batch.schema(), columns)?)
    }

    /// The key of a resource id.
    pub fn key(&self, id: &str) -> String {
        let key = id.trim_end_matches('/').to_ascii_uppercase();
        let mut known = self.0.lock();
        // Of several spellings the least: which is met first depends on threads.
        if known.get(&key).is_none_or(|spelling| id < spelling.resource_id.as_str()) {
            let spelling = Spelling { name: ResourceId::parse(id).name.to_owned(), resource_id: id.to_owned() };
            known.insert(key.clone(), spelling);
        }
        drop(known);
        key
    }

    /// Rows with names for keys, and with the resource id as their last column.
    pub fn named(&self, batch: &RecordBatch, schema: &SchemaRef) -> Result<RecordBatch> {
        let at = batch.schema().index_of(GATEWAY)?;
        let keys = batch.column(at).as_string_view();
        let known = self.0.lock();
        let (mut names, mut ids) =
            (StringViewBuilder::with_capacity(keys.len()), StringViewBuilder::with_capacity(keys.len()));
        for key in keys {
            let spelling = key.and_then(|key| known.get(key));
            names.append_option(spelling.map(|s| s.name.as_str()).filter(|name| !name.is_empty()));
            ids.append_option(spelling.map(|s| s.resource_id.as_str()));
        }
        let mut columns = batch.columns().to_vec();
        columns[at] = Arc::new(names.finish());
        columns.push(Arc::new(ids.finish()));
        Ok(RecordBatch::try_new(Arc::clone(schema), columns)?)
    }
}
