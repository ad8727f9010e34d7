//! What sections ask: the engine, each statement once, with pseudonyms in what comes back.

use std::collections::HashMap;
use std::sync::Arc;

use tokio::sync::Mutex;

use super::redact::Redactor;
use super::say::Say;
use super::value::{Row, Rows, field_text};
use super::{ReportError, ReportOptions};
use crate::engine::{Engine, EngineError, Params};

/// A report in the making.
pub struct Context<'a> {
    engine: &'a Engine,
    /// How it is to be.
    pub options: &'a ReportOptions,
    /// Words and times.
    pub say: Say,
    redactor: Arc<Redactor>,
    known: Mutex<HashMap<String, Arc<Rows>>>,
}

/// Statements that several sections share.
pub const DISCONNECTS: &str = "SELECT * FROM disconnects ORDER BY disconnected_at, gateway, remote_ip, from_instance";
/// Each gateway and hour with a row of it in any log.
pub const HOURS: &str = "SELECT resource_id, min(gateway) AS gateway, date_trunc('hour', time) AS hour, min(time) AS first, \
    max(time) AS last, count(*) AS n FROM (SELECT resource_id, gateway, time FROM gateway_log UNION ALL \
    SELECT resource_id, gateway, time FROM tunnel_log UNION ALL SELECT resource_id, gateway, time FROM route_log UNION ALL \
    SELECT resource_id, gateway, time FROM ike_log UNION ALL SELECT resource_id, gateway, time FROM p2s_log) \
    GROUP BY 1, 3 ORDER BY 1, 3";
/// Connected periods of tunnels.
pub const SESSIONS: &str =
    "SELECT * FROM tunnel_sessions ORDER BY gateway, remote_ip, instance, connected_at NULLS FIRST";
/// Maintenance, announced and suspected.
pub const MAINTENANCE: &str = "SELECT * FROM maintenance ORDER BY started_at, gateway";
/// Configurations that were applied.
pub const CHANGES: &str = "SELECT * FROM config_changes ORDER BY time, gateway";
/// Availability a day.
pub const DAYS: &str = "SELECT * FROM availability ORDER BY gateway, resource_id, remote_ip, bucket";

impl<'a> Context<'a> {
    /// Prepares a report.
    pub async fn new(engine: &'a Engine, options: &'a ReportOptions) -> Result<Self, ReportError> {
        let redactor = Arc::new(Redactor::new(options.redact));
        let context = Self { engine, options, say: options.say.clone(), redactor, known: Mutex::default() };
        context.learn().await?;
        Ok(context)
    }

    /// Values that stand in texts without a sign of what they are must be known before the first text is shown.
    async fn learn(&self) -> Result<(), ReportError> {
        let what = self.options.redact;
        let (mut users, mut subscriptions) = (Vec::new(), Vec::new());
        let silent = Redactor::default();
        let read = async |sql: &str, into: &mut Vec<String>| {
            let (schema, batches) = self.engine.collect(sql, Params::new()).await?;
            let rows = Rows::new(&schema, &batches, &silent).map_err(|e| EngineError::query(e.to_string()))?;
            into.extend(rows.iter().map(|r| r.text("v").to_owned()).filter(|t| !t.is_empty()));
            Ok::<_, EngineError>(())
        };
        if what.users {
            read("SELECT DISTINCT user_name AS v FROM p2s_log ORDER BY 1", &mut users).await?;
        }
        if what.subscriptions {
            for table in ["gateway_log", "tunnel_log", "route_log", "ike_log", "p2s_log"] {
                read(&format!("SELECT DISTINCT subscription_id AS v FROM {table} ORDER BY 1"), &mut subscriptions)
                    .await?;
            }
        }
        self.redactor.learn(&users, &subscriptions);
        Ok(())
    }

    /// The session.
    pub fn engine(&self) -> &'a Engine {
        self.engine
    }

    /// A text of the user's with pseudonyms.
    pub fn hidden(&self, text: &str) -> String {
        self.redactor.text(text).into_owned()
    }

    /// What gives pseudonyms.
    pub fn redactor(&self) -> &Arc<Redactor> {
        &self.redactor
    }

    /// The rows of a statement; each runs once.
    pub async fn rows(&self, sql: &str) -> Result<Arc<Rows>, ReportError> {
        let mut known = self.known.lock().await;
        if let Some(rows) = known.get(sql) {
            return Ok(Arc::clone(rows));
        }
        let rows = Arc::new(self.rows_with(sql, Params::new()).await?);
        known.insert(sql.to_owned(), Arc::clone(&rows));
        Ok(rows)
    }

    /// The rows of a statement with parameters.
    pub async fn rows_with(&self, sql: &str, params: Params) -> Result<Rows, ReportError> {
        let (schema, batches) = self.engine.collect(sql, params).await?;
        Rows::new(&schema, &batches, &self.redactor).map_err(|e| EngineError::query(e.to_string()).into())
    }

    /// From when to when the report tells, in nanoseconds: the session's range where it has ends, else the data's.
    pub async fn span(&self) -> Result<Option<(i64, i64)>, ReportError> {
        let hours = self.rows(HOURS).await?;
        let range = self.engine.range();
        let nanos = |ticks: i64| ticks.saturating_mul(100);
        let first = hours.iter().filter_map(|r| r.time("first")).min();
        let last = hours.iter().filter_map(|r| r.time("last")).max();
        Ok(first.zip(last).map(|(first, last)| {
            (range.start.map_or(first, nanos), range.end.map_or(last, nanos).max(first.saturating_add(1)))
        }))
    }
}

/// What tells gateways of one name apart: the name, and the resource group where the name alone is not enough.
pub fn gateway_names(rows: &Rows) -> HashMap<String, String> {
    let mut ids: HashMap<String, (String, String)> = HashMap::new();
    for row in rows.iter() {
        let id = row.text("resource_id");
        let group = id.split('/').skip_while(|p| !p.eq_ignore_ascii_case("resourcegroups")).nth(1).unwrap_or_default();
        ids.entry(id.to_ascii_uppercase())
            .or_insert_with(|| (field_text(row.get("gateway")).to_owned(), group.to_owned()));
    }
    let mut times: HashMap<String, usize> = HashMap::new();
    for (name, _) in ids.values() {
        *times.entry(name.to_ascii_uppercase()).or_default() += 1;
    }
    ids.iter()
        .map(|(id, (name, group))| {
            let alone = times.get(&name.to_ascii_uppercase()).is_none_or(|n| *n == 1);
            (id.clone(), if alone { name.clone() } else { format!("{name} ({group})") })
        })
        .collect()
}

impl Context<'_> {
    /// The name of a row's gateway.
    pub async fn gateways(&self) -> Result<Gateways, ReportError> {
        Ok(Gateways(gateway_names(&*self.rows(HOURS).await?)))
    }
}

/// Names of gateways by resource id.
pub struct Gateways(HashMap<String, String>);

impl Gateways {
    /// The name of the gateway that a row is about.
    pub fn of(&self, row: Row<'_>) -> String {
        let known = self.0.get(&row.text("resource_id").to_ascii_uppercase());
        known.cloned().unwrap_or_else(|| row.text("gateway").to_owned())
    }
}
