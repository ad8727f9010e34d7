//! What can be asked of the simulator.

use std::path::PathBuf;

use crate::model::Ticks;

use super::scenarios;

/// What to simulate, and where to write it.
#[derive(Debug, Clone)]
pub struct SimulateOptions {
    /// The folder to write; it may exist, but must be empty. The truth goes beside it as `<out>.truth.json`.
    pub out: PathBuf,
    /// Days to cover.
    pub days: u32,
    /// Gateways to invent.
    pub gateways: u32,
    /// Equal options with equal seeds give equal bytes.
    pub seed: u64,
    /// Where time begins; cut to the full hour.
    pub start: Ticks,
    /// What happens.
    pub scenario: Scenario,
    /// Multiplies the IKE chatter (dead-peer detection, rekeys of child SAs). 1 gives a few MB for a gateway and day.
    pub ike_rate: f64,
    /// About how many bytes to write in all: overrides `ike_rate`. Cannot go below what the incidents themselves need.
    pub size: Option<u64>,
    /// How unclean the exports are.
    pub dirt: Dirt,
    /// Worker threads; the bytes do not depend on it. 0 counts as 1.
    pub threads: usize,
}

impl SimulateOptions {
    /// 2026-03-01T00:00:00Z.
    pub const DEFAULT_START: Ticks = 1_772_323_200 * crate::model::TICKS_PER_SECOND;

    /// The defaults: a mixed week of three gateways from 2026-03-01, seed 1, some dirt.
    pub fn new(out: PathBuf) -> Self {
        Self {
            out,
            days: 7,
            gateways: 3,
            seed: 1,
            start: Self::DEFAULT_START,
            scenario: Scenario::Mixed,
            ike_rate: 1.0,
            size: None,
            dirt: Dirt::default_dirt(),
            threads: std::thread::available_parallelism().map_or(1, std::num::NonZero::get),
        }
    }
}

/// A story for the simulator to tell.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Scenario {
    /// Every kind of incident, now and then.
    #[default]
    Mixed,
    /// No incident at all: rekeys, chatter, routes and users only.
    Healthy,
    /// The fixed story of `sample_data/blobs`: brings its own days, gateways, start, rate and dirt.
    Sample,
}

impl Scenario {
    /// Every scenario, in the order in which they are listed to people.
    pub const ALL: [Self; 3] = [Self::Mixed, Self::Healthy, Self::Sample];

    /// The name used on the command line.
    pub fn name(self) -> &'static str {
        scenarios::of(self).name
    }

    /// One line about it.
    pub fn summary(self) -> &'static str {
        scenarios::of(self).summary
    }

    /// The scenario called `name`; `None` when there is none.
    pub fn from_name(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|s| s.name() == name)
    }
}

/// How unclean the exports are. Rates are per good record, 0 to 1.
#[derive(Debug, Clone, Copy, PartialEq, serde::Serialize)]
pub struct Dirt {
    /// Records delivered twice, in the same blob or in a later one.
    pub duplicates: f64,
    /// Records delivered in a later hour's blob, at most 90 minutes after their time.
    pub late: f64,
    /// Whether neighbouring lines change places.
    pub shuffle: bool,
    /// Probability that the newest blob of a gateway's category ends in an unfinished record.
    pub torn: f64,
    /// Lines that are no record, and, as often again, blank lines.
    pub garbage: f64,
}

impl Dirt {
    /// The names that [`Dirt::from_name`] knows.
    pub const NAMES: [&'static str; 3] = ["none", "some", "heavy"];

    /// Clean exports.
    pub fn none() -> Self {
        Self { duplicates: 0.0, late: 0.0, shuffle: false, torn: 0.0, garbage: 0.0 }
    }

    /// What one can expect of a real export.
    pub fn default_dirt() -> Self {
        Self { duplicates: 0.002, late: 0.002, shuffle: true, torn: 0.5, garbage: 0.0005 }
    }

    /// Far worse than real.
    pub fn heavy() -> Self {
        Self { duplicates: 0.05, late: 0.03, shuffle: true, torn: 1.0, garbage: 0.02 }
    }

    /// `none`, `some` or `heavy`; `None` for other names.
    pub fn from_name(name: &str) -> Option<Self> {
        match name {
            "none" => Some(Self::none()),
            "some" => Some(Self::default_dirt()),
            "heavy" => Some(Self::heavy()),
            _ => None,
        }
    }
}

/// What was written.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SimulateSummary {
    /// Blobs.
    pub files: u64,
    /// Bytes in them.
    pub bytes: u64,
    /// Distinct good records.
    pub records: u64,
    /// Lines, whatever is in them; an unfinished last line is none.
    pub lines: u64,
    /// Good records that repeat another one.
    pub duplicates: u64,
    /// Blank lines.
    pub blank: u64,
    /// Lines that are no record.
    pub garbage: u64,
    /// Blobs that end in an unfinished record.
    pub torn: u64,
    /// Where the truth was written.
    pub truth: PathBuf,
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

    #[test]
    fn names_lead_back() {
        for scenario in Scenario::ALL {
            assert_eq!(Scenario::from_name(scenario.name()), Some(scenario));
            assert!(!scenario.summary().is_empty());
        }
        for name in Dirt::NAMES {
            assert!(Dirt::from_name(name).is_some(), "{name}");
        }
        assert_eq!((Scenario::from_name("x"), Dirt::from_name("x")), (None, None));
        assert_eq!(crate::model::parse_iso("2026-03-01").unwrap(), SimulateOptions::DEFAULT_START);
    }
}
