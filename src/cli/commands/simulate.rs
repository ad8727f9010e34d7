//! `tunnelql simulate`.

use std::path::PathBuf;

use clap::Args;

use super::super::data::parse_size;
use super::super::{CliError, Exit, progress};
use super::supervise_blocking;
use crate::model::parse_iso;
use crate::shell::talk;
use crate::simulate::{Dirt, Scenario, SimulateOptions, simulate};

/// Write synthetic exports in Azure's layout; the truth goes beside the folder, as FOLDER.truth.json.
#[derive(Debug, Args)]
pub struct Simulate {
    /// Folder to write; new or empty
    #[arg(value_name = "FOLDER")]
    out: PathBuf,

    /// Days to cover
    #[arg(long, value_name = "N", default_value_t = 7)]
    days: u32,

    /// Gateways to invent
    #[arg(long, value_name = "N", default_value_t = 3)]
    gateways: u32,

    /// Equal seeds give equal bytes
    #[arg(long, value_name = "N", default_value_t = 1)]
    seed: u64,

    /// First day (UTC)
    #[arg(long, value_name = "DATE", default_value = "2026-03-01")]
    start: String,

    /// What happens: mixed, healthy, or sample (the fixed story of sample_data)
    #[arg(long, value_name = "NAME", value_parser = parse_scenario, default_value = "mixed")]
    scenario: Scenario,

    /// How unclean the exports are: none, some or heavy
    #[arg(long, value_name = "NAME", value_parser = parse_dirt, default_value = "some")]
    dirt: Dirt,

    /// How much IKE chatter; 1 gives a few MB a gateway and day
    #[arg(long, value_name = "FACTOR", default_value_t = 1.0)]
    ike_rate: f64,

    /// About how much to write in all, for example 2GB; overrides --ike-rate. Incidents and the other logs are written in
    /// any case, which is about 2 MB a gateway and day
    #[arg(long, value_name = "SIZE")]
    size: Option<String>,

    /// Threads; the bytes do not depend on it [default: one a processor]
    #[arg(long, value_name = "N")]
    threads: Option<usize>,
}

fn parse_scenario(text: &str) -> Result<Scenario, String> {
    Scenario::from_name(text).ok_or_else(|| format!("expected one of {}", Scenario::ALL.map(Scenario::name).join(", ")))
}

fn parse_dirt(text: &str) -> Result<Dirt, String> {
    Dirt::from_name(text).ok_or_else(|| format!("expected one of {}", Dirt::NAMES.join(", ")))
}

impl Simulate {
    pub fn run(self) -> Result<(), CliError> {
        let mut options = SimulateOptions::new(self.out.clone());
        options.days = self.days;
        options.gateways = self.gateways;
        options.seed = self.seed;
        options.start = parse_iso(&self.start).ok_or_else(|| {
            CliError::usage(format!("--start '{}' is no date; expected for example 2026-03-01", self.start))
        })?;
        options.scenario = self.scenario;
        options.dirt = self.dirt;
        if !(self.ike_rate.is_finite() && self.ike_rate >= 0.0) {
            return Err(CliError::usage("--ike-rate must be a number from 0"));
        }
        options.ike_rate = self.ike_rate;
        options.size = self.size.as_deref().map(parse_size).transpose()?.map(|s| s as u64);
        if let Some(threads) = self.threads {
            options.threads = threads;
        }
        let bar = progress::steps_bar();
        let shown = bar.clone();
        let summary = supervise_blocking(move || {
            let on_progress = |bytes, done, total| {
                shown.set_length(total);
                shown.set_position(done);
                shown.set_message(indicatif::HumanBytes(bytes).to_string());
            };
            simulate(&options, &on_progress).map_err(|e| match e.kind() {
                std::io::ErrorKind::InvalidInput | std::io::ErrorKind::AlreadyExists => CliError::usage(e.to_string()),
                _ => CliError::new(Exit::Storage, e.to_string()),
            })
        });
        bar.finish_and_clear();
        let s = summary?;
        talk(&format!(
            "wrote {} files, {}, {} lines: {} distinct records, {} duplicates, {} blank, {} garbage, {} torn\ntruth: {}",
            s.files,
            indicatif::HumanBytes(s.bytes),
            s.lines,
            s.records,
            s.duplicates,
            s.blank,
            s.garbage,
            s.torn,
            s.truth.display()
        ));
        Ok(())
    }
}
