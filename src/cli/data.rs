//! Arguments that several commands share: which data, which times, how much memory.

use std::path::PathBuf;
use std::sync::Arc;

use clap::{Args, ValueEnum};

use super::{CliError, settings};
use crate::engine::{EngineOptions, Prices};
use crate::model::Ticks;
use crate::shell::{before, cache_folder, clock, newest_of, talk, time, time_text};
pub use crate::shell::{duration, size as parse_size};
use crate::store::{Cache, Location, RETRIES, StoreOptions};
use crate::tables::{OnBlobError, RawOptions, TimeRange};

/// The default archive.
pub const DEFAULT_ARCHIVE: &str = "./tunnelql-archive";

/// Which data.
#[derive(Debug, Args)]
pub struct DataArgs {
    /// Archive, export folder, file, glob or URL; may be repeated [default: $TUNNELQL_DATA, else ./tunnelql-archive]
    #[arg(long, value_name = "PATH", help_heading = "Data")]
    pub data: Vec<String>,

    /// Only records from this time on: ISO date or time (UTC), or how long ago (12h, 7d)
    #[arg(long, value_name = "TIME", help_heading = "Data")]
    since: Option<String>,

    /// Only records before this time
    #[arg(long, value_name = "TIME", help_heading = "Data")]
    until: Option<String>,

    /// Only records of the last so long (30d, 12h)
    #[arg(long, value_name = "DURATION", conflicts_with = "since", help_heading = "Data")]
    last: Option<String>,

    /// What now() says and what --last and --since count from: ISO time (UTC), or data for the newest record's
    #[arg(long, value_name = "TIME", help_heading = "Data")]
    now: Option<String>,

    /// Raw exports: how long after an event its record may arrive [default: 6h]
    #[arg(long, value_name = "DURATION", help_heading = "Data")]
    late_margin: Option<String>,

    /// Raw exports: keep records of other categories and resources in other_log instead of rejecting them
    #[arg(long, help_heading = "Data")]
    keep_unknown: bool,

    /// Raw exports: what a blob that cannot be read means: fail, or go on, name it and end with exit code 3 [default: stop]
    #[arg(long, value_name = "WHAT", help_heading = "Data")]
    on_blob_error: Option<OnBlobErrorArg>,

    /// Keep what is read of blob storage on disk: a folder, on for the usual one, or off [default: off]
    #[arg(long, value_name = "FOLDER", help_heading = "Data")]
    cache: Option<String>,

    /// What the cache may take of the disk [default: 2GB]
    #[arg(long, value_name = "SIZE", help_heading = "Data")]
    cache_size: Option<String>,

    /// Refuse, before it starts, a statement that would read more, for example 500MB
    #[arg(long, value_name = "SIZE", help_heading = "Limits")]
    max_bytes: Option<String>,

    /// Price of 10,000 list and 10,000 read requests, for the estimate of --dry-run [default: 0.055 0.0044 USD]
    #[arg(long, value_name = "LIST READ [CURRENCY]", help_heading = "Data")]
    prices: Option<Prices>,
}

/// What a blob that cannot be read means.
#[derive(Debug, Clone, Copy, ValueEnum)]
pub enum OnBlobErrorArg {
    Stop,
    Skip,
}

impl OnBlobErrorArg {
    /// The argument's or the setting's.
    pub fn resolve(named: Option<Self>) -> Result<OnBlobError, CliError> {
        let of = |text: &str| match text {
            "stop" => Ok(Self::Stop),
            "skip" => Ok(Self::Skip),
            _ => Err(format!("expected stop or skip, found '{text}'")),
        };
        let found = match named {
            Some(named) => Some(named),
            None => settings::parsed("on_blob_error", of)?,
        };
        Ok(if let Some(Self::Skip) = found { OnBlobError::Skip } else { OnBlobError::Stop })
    }
}

/// Where the cache is that an argument, a setting or nothing names; `None` for none.
pub fn cache(named: Option<&str>, size: Option<&str>) -> Result<Option<Cache>, CliError> {
    let named = named.or_else(|| settings::get("cache").map(|v| v.text()));
    let folder = match named {
        None | Some("off" | "false" | "") => return Ok(None),
        Some("on" | "true") => cache_folder()
            .ok_or_else(|| CliError::usage("there is no home folder for a cache; name a folder with --cache"))?,
        Some(url) if url.contains("://") => {
            return Err(CliError::usage("a cache is a folder of this machine; expected on, off or a folder's path"));
        }
        Some(folder) => PathBuf::from(folder),
    };
    const USUAL: usize = 2 << 30;
    let size = match size {
        Some(size) => parse_size(size)?,
        None => settings::parsed("cache_size", parse_size)?.unwrap_or(USUAL),
    };
    Ok(Some(Cache::new(&folder, size as u64)))
}

/// How much memory and how many threads.
#[derive(Debug, Args)]
pub struct LimitArgs {
    /// Memory to keep under, for example 512MB or 2GB
    #[arg(long, value_name = "SIZE", help_heading = "Limits")]
    pub memory_limit: Option<String>,

    /// Threads [default: one a processor]
    #[arg(long, value_name = "N", help_heading = "Limits")]
    pub threads: Option<usize>,

    /// How often a request to blob storage is repeated after a fault that may pass; 0 for never [default: 10]
    #[arg(long, value_name = "N", help_heading = "Limits")]
    pub retries: Option<usize>,
}

impl LimitArgs {
    /// Bytes, or the default.
    pub fn memory(&self, default: usize) -> Result<usize, CliError> {
        match self.memory_limit.as_deref() {
            Some(size) => parse_size(size),
            None => Ok(settings::parsed("memory_limit", parse_size)?.unwrap_or(default)),
        }
    }

    /// How stores are used, without a cache.
    pub fn store(&self) -> Result<StoreOptions, CliError> {
        let retries = match self.retries {
            Some(n) => n,
            None => settings::parsed("retries", str::parse::<usize>)?.unwrap_or(RETRIES),
        };
        Ok(StoreOptions { retries, ..StoreOptions::default() })
    }

    /// Threads, or one a processor.
    pub fn threads(&self) -> Result<usize, CliError> {
        let set = || settings::parsed("threads", str::parse::<usize>);
        match self.threads.map_or_else(set, |n| Ok(Some(n)))? {
            Some(0) => Err(CliError::usage("--threads must be at least 1")),
            Some(n) => Ok(n),
            None => Ok(std::thread::available_parallelism().map_or(2, usize::from)),
        }
    }
}

/// The places that `--data`, the environment or the default name.
pub fn places(data: &[String], store: &StoreOptions) -> Result<Vec<Location>, CliError> {
    let named: Vec<String> = match (data, settings::get("data")) {
        ([], Some(set)) => set.texts.clone(),
        ([], None) => vec![DEFAULT_ARCHIVE.to_owned()],
        (named, _) => named.to_vec(),
    };
    named.iter().map(|place| Ok(Location::parse_with(place, store)?)).collect()
}

impl DataArgs {
    /// Options for a session.
    pub fn engine_options(&self, limits: &LimitArgs) -> Result<EngineOptions, CliError> {
        let defaults = EngineOptions::default();
        let cache = cache(self.cache.as_deref(), self.cache_size.as_deref())?;
        let store = StoreOptions { cache: cache.map(Arc::new), ..limits.store()? };
        let mut options = EngineOptions {
            data: places(&self.data, &store)?,
            raw: RawOptions {
                late_margin: match &self.late_margin {
                    Some(text) => duration("--late-margin", text)?,
                    None => settings::parsed("late_margin", |t| duration("late_margin", t))?
                        .unwrap_or(RawOptions::default().late_margin),
                },
                on_blob_error: OnBlobErrorArg::resolve(self.on_blob_error)?,
                keep_unknown: self.keep_unknown || settings::flag("keep_unknown").unwrap_or_default(),
            },
            memory_limit: limits.memory(defaults.memory_limit)?,
            threads: limits.threads()?,
            store,
            max_bytes: match &self.max_bytes {
                Some(size) => Some(parse_size(size)? as u64),
                None => settings::parsed("max_bytes", parse_size)?.map(|size| size as u64),
            },
            prices: match &self.prices {
                Some(prices) => prices.clone(),
                None => settings::parsed("prices", str::parse::<Prices>)?.unwrap_or_default(),
            },
            ..defaults
        };
        let now = match self.now.as_deref() {
            None => None,
            Some("data" | "newest") => {
                let newest = newest_of(&options)?;
                talk(&format!("now is {}, the end of the data", time_text(newest)));
                Some(newest)
            }
            Some(text) => Some(time("--now", text, clock())?),
        };
        let reference = now.unwrap_or_else(clock);
        let ago = |name, text: &str| Ok::<_, CliError>(before(reference, duration(name, text)?));
        let at = |name: &'static str, text: &Option<String>| -> Result<Option<Ticks>, CliError> {
            text.as_deref().map(|text| time(name, text, reference)).transpose()
        };
        let set_at =
            |name: &'static str| settings::parsed(name, |t| at(name, &Some(t.to_owned()))).map(Option::flatten);
        let start = match (&self.last, &self.since) {
            (Some(last), _) => Some(ago("--last", last)?),
            (None, Some(_)) => at("--since", &self.since)?,
            // Of two settings the stronger one holds.
            (None, None) => match (settings::get("last"), settings::get("since")) {
                (Some(last), Some(since)) if since.origin.is_stronger_than(&last.origin) => set_at("since")?,
                (Some(_), _) => settings::parsed("last", |t| ago("last", t))?,
                (None, _) => set_at("since")?,
            },
        };
        let end = if self.until.is_some() { at("--until", &self.until)? } else { set_at("until")? };
        // What a clock that was set has not seen yet is not of the last so long.
        let end = end.or_else(|| now.filter(|_| self.last.is_some()));
        if let (Some(s), Some(e)) = (start, end)
            && s >= e
        {
            return Err(CliError::usage("the time range is empty: it begins where or after it ends"));
        }
        (options.range, options.now) = (TimeRange { start, end }, now);
        Ok(options)
    }
}

/// Options for a session that works on one archive.
pub fn archive_options(data: Option<&String>, limits: &LimitArgs) -> Result<(Location, EngineOptions), CliError> {
    let named: Vec<String> = data.cloned().into_iter().collect();
    let data = places(&named, &limits.store()?)?;
    let Some(place) = data.first().cloned() else { return Err(CliError::usage("name an archive with --data")) };
    let defaults = EngineOptions::default();
    let (memory_limit, threads) = (limits.memory(defaults.memory_limit)?, limits.threads()?);
    Ok((place, EngineOptions { data, memory_limit, threads, ..defaults }))
}
