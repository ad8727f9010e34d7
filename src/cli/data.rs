//! Arguments that several commands share: which data, which times, how much memory.

use clap::Args;

use super::{CliError, settings};
use crate::engine::EngineOptions;
use crate::model::Ticks;
pub use crate::shell::duration;
use crate::shell::{before, clock, time};
use crate::store::Location;
use crate::tables::{RawOptions, TimeRange};

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

    /// What now() says and what --last and --since count from: ISO time (UTC)
    #[arg(long, value_name = "TIME", help_heading = "Data")]
    now: Option<String>,

    /// Raw exports: how long after an event its record may arrive [default: 6h]
    #[arg(long, value_name = "DURATION", help_heading = "Data")]
    late_margin: Option<String>,

    /// Raw exports: keep records of other categories and resources in other_log instead of rejecting them
    #[arg(long, help_heading = "Data")]
    keep_unknown: bool,
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
}

impl LimitArgs {
    /// Bytes, or the default.
    pub fn memory(&self, default: usize) -> Result<usize, CliError> {
        match self.memory_limit.as_deref() {
            Some(size) => parse_size(size),
            None => Ok(settings::parsed("memory_limit", parse_size)?.unwrap_or(default)),
        }
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
pub fn places(data: &[String]) -> Result<Vec<Location>, CliError> {
    let named: Vec<String> = match (data, settings::get("data")) {
        ([], Some(set)) => set.texts.clone(),
        ([], None) => vec![DEFAULT_ARCHIVE.to_owned()],
        (named, _) => named.to_vec(),
    };
    named.iter().map(|place| Ok(Location::parse(place)?)).collect()
}

impl DataArgs {
    /// The time that `--now` gives.
    pub fn reference(&self) -> Result<Option<Ticks>, CliError> {
        self.now.as_deref().map(|t| time("--now", t, clock())).transpose()
    }

    /// Options for a session.
    pub fn engine_options(&self, limits: &LimitArgs) -> Result<EngineOptions, CliError> {
        let now = self.reference()?;
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
        if let (Some(s), Some(e)) = (start, end)
            && s >= e
        {
            return Err(CliError::usage("the time range is empty: it begins where or after it ends"));
        }
        let defaults = EngineOptions::default();
        Ok(EngineOptions {
            data: places(&self.data)?,
            raw: RawOptions {
                late_margin: match &self.late_margin {
                    Some(text) => duration("--late-margin", text)?,
                    None => settings::parsed("late_margin", |t| duration("late_margin", t))?
                        .unwrap_or(RawOptions::default().late_margin),
                },
                keep_unknown: self.keep_unknown || settings::flag("keep_unknown").unwrap_or_default(),
            },
            range: TimeRange { start, end },
            memory_limit: limits.memory(defaults.memory_limit)?,
            threads: limits.threads()?,
            now,
        })
    }
}

/// Options for a session that works on one archive.
pub fn archive_options(data: Option<&String>, limits: &LimitArgs) -> Result<(Location, EngineOptions), CliError> {
    let named: Vec<String> = data.cloned().into_iter().collect();
    let data = places(&named)?;
    let Some(place) = data.first().cloned() else { return Err(CliError::usage("name an archive with --data")) };
    let defaults = EngineOptions::default();
    let (memory_limit, threads) = (limits.memory(defaults.memory_limit)?, limits.threads()?);
    Ok((place, EngineOptions { data, memory_limit, threads, ..defaults }))
}

/// A size such as `512MB` or `2GiB`; both kinds of units are powers of 1024, as in most tools' memory options.
pub fn parse_size(text: &str) -> Result<usize, CliError> {
    let text = text.trim();
    let digits = text.find(|c: char| !c.is_ascii_digit() && c != '.').unwrap_or(text.len());
    let unit = match text[digits..].trim().to_ascii_lowercase().as_str() {
        "" | "b" => 1u64,
        "k" | "kb" | "kib" => 1 << 10,
        "m" | "mb" | "mib" => 1 << 20,
        "g" | "gb" | "gib" => 1 << 30,
        "t" | "tb" | "tib" => 1 << 40,
        _ => 0,
    };
    let bytes = text[..digits].parse::<f64>().ok().filter(|_| unit > 0).map(|n| n * unit as f64);
    match bytes {
        Some(b) if (1.0..1e18).contains(&b) => Ok(b as usize),
        _ => Err(CliError::usage(format!("'{text}' is no size; expected for example 512MB or 2GB"))),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sizes() {
        assert_eq!(parse_size("512MB").unwrap(), 512 << 20);
        assert_eq!(parse_size("1.5 gib").unwrap(), 3 << 29);
        assert_eq!(parse_size("100").unwrap(), 100);
        for bad in ["", "x", "-1", "5 parsecs", "0", "ü"] {
            assert!(parse_size(bad).is_err(), "{bad}");
        }
    }
}
