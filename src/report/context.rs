//! What sections ask: the engine, each statement once, with pseudonyms in what comes back.

use std::collections::HashMap;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use tokio::sync::Mutex;

use super::redact::Redactor;
use super::say::{Say, Word};
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
    /// Lists are as many times shorter than usual.
    shorter: AtomicUsize,
}

/// An outage that began so long before the range, and goes on in it, is told.
pub const LOOK_BACK: Duration = Duration::from_secs(7 * 86_400);

/// Statements that several sections share.
pub const DISCONNECTS: &str = "SELECT * FROM disconnects ORDER BY disconnected_at, gateway, remote_ip, from_instance";
/// Each gateway and hour with a row of it in any log.
pub const HOURS: &str = "SELECT * FROM log_hours ORDER BY resource_id, hour";
/// From when to when there is data, whatever the session's range. Not of an archive's own files, whose times are those of imports.
const FILES: &str = "SELECT min(min_time) AS first, max(max_time) AS last FROM system.files \
    WHERE kind <> 'archive' OR table_name IS NOT NULL";
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
        // Sections ask of the same rows again and again.
        engine.keep_readings();
        engine.look_back(LOOK_BACK);
        let redactor = Arc::new(Redactor::new(options.redact));
        let context = Self {
            engine,
            options,
            say: options.say.clone(),
            redactor,
            known: Mutex::default(),
            shorter: AtomicUsize::new(1),
        };
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

    /// Makes lists so many times shorter than usual.
    pub fn shorten(&self, times: usize) {
        self.shorter.store(times.max(1), Ordering::Relaxed);
    }

    /// How many of a list are shown, of which `usual` are when there is room.
    pub fn at_most(&self, usual: usize) -> usize {
        const LEAST: usize = 3;
        (usual / self.shorter.load(Ordering::Relaxed)).max(LEAST.min(usual))
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

    /// Whether a log has any row in the report's time.
    pub async fn has_rows(&self, log: Log) -> Result<bool, ReportError> {
        Ok(self.rows(HOURS).await?.iter().any(|hour| hour.count(log.rows()) > 0))
    }

    /// The times that were asked for, as far as they are, in nanoseconds.
    pub fn asked(&self) -> (Option<i64>, Option<i64>) {
        let (range, nanos) = (self.engine.range(), |ticks: i64| ticks.saturating_mul(100));
        (range.start.map(nanos), range.end.map(nanos))
    }

    /// That there is nothing to tell of, as a sentence.
    pub fn no_data(&self) -> String {
        let say = &self.say;
        match self.asked() {
            (None, None) => say.word(Word::NoRowsAtAll),
            (Some(from), None) => say.fill(Word::NoRowsSince, &[&say.time(from)]),
            (None, Some(to)) => say.fill(Word::NoRowsUntil, &[&say.time(to)]),
            (Some(from), Some(to)) => say.fill(Word::NoRowsBetween, &[&say.time(from), &say.time(to)]),
        }
    }

    /// From when to when there are rows of any log within the report's time, in nanoseconds.
    pub async fn data_span(&self) -> Result<Option<(i64, i64)>, ReportError> {
        let hours = self.rows(HOURS).await?;
        let first = hours.iter().filter_map(|r| r.time("first_time")).min();
        Ok(first.zip(hours.iter().filter_map(|r| r.time("last_time")).max()))
    }

    /// From when to when there is data at all, whatever was asked for: what logs and listings say.
    pub async fn whole_span(&self) -> Result<Option<(i64, i64)>, ReportError> {
        let rows = self.rows(FILES).await?;
        Ok(rows.first().and_then(|r| r.time("first").zip(r.time("last"))))
    }

    /// From when to when the report tells, in nanoseconds: the session's range where it has ends, else the data's.
    pub async fn span(&self) -> Result<Option<(i64, i64)>, ReportError> {
        let (from, to) = self.asked();
        let data = self.data_span().await?;
        Ok(data.map(|(first, last)| (from.unwrap_or(first), to.unwrap_or(last).max(first.saturating_add(1)))))
    }
}

/// A log of a gateway.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Log {
    /// Tunnels.
    Tunnel,
    /// The gateway itself.
    Gateway,
    /// Negotiations.
    Ike,
    /// BGP and routes.
    Route,
    /// Point-to-site.
    P2s,
}

impl Log {
    /// All of them; those that a report lacks most come first.
    pub const ALL: [Self; 5] = [Self::Tunnel, Self::Gateway, Self::Ike, Self::Route, Self::P2s];

    /// The column of `log_hours` that counts its rows.
    fn rows(self) -> &'static str {
        match self {
            Self::Tunnel => "tunnel_rows",
            Self::Gateway => "gateway_rows",
            Self::Ike => "ike_rows",
            Self::Route => "route_rows",
            Self::P2s => "p2s_rows",
        }
    }

    /// What is not known without it.
    pub fn without(self) -> Word {
        match self {
            Self::Tunnel => Word::WithoutTunnelLog,
            Self::Gateway => Word::WithoutGatewayLog,
            Self::Ike => Word::WithoutIkeLog,
            Self::Route => Word::WithoutRouteLog,
            Self::P2s => Word::WithoutP2sLog,
        }
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
