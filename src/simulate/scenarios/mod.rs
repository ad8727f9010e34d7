//! The scenarios, each in its file and all in one list, and what they share.

mod healthy;
mod mixed;
mod sample;

use super::format::HOUR;
use super::options::{Scenario, SimulateOptions};
use super::plan::{Gateway, Plan};

mod cast;

/// A scenario: a name, a line about it, and how to plan it.
pub(super) struct Entry {
    /// Which one it is.
    pub(super) scenario: Scenario,
    /// The name used on the command line.
    pub(super) name: &'static str,
    /// One line for people.
    pub(super) summary: &'static str,
    /// Makes the plan.
    plan: fn(&SimulateOptions) -> Plan,
}

/// Every scenario.
static ENTRIES: [Entry; 3] = [mixed::ENTRY, healthy::ENTRY, sample::ENTRY];

/// The entry of a scenario.
pub(super) fn of(scenario: Scenario) -> &'static Entry {
    ENTRIES.iter().find(|e| e.scenario == scenario).unwrap_or(&ENTRIES[0])
}

/// The plan of what the options ask for.
pub(super) fn plan(options: &SimulateOptions) -> Plan {
    (of(options.scenario).plan)(options)
}

/// A plan for these gateways with what the options say about everything else.
fn plan_of(options: &SimulateOptions, gateways: Vec<Gateway>) -> Plan {
    Plan {
        seed: options.seed,
        start: start_of(options),
        days: options.days,
        ike_rate: if options.ike_rate.is_finite() { options.ike_rate.max(0.0) } else { 1.0 },
        size: options.size,
        dirt: options.dirt,
        gateways,
        forced: Vec::new(),
    }
}

/// The asked start, cut to the hour: blobs are by the hour.
fn start_of(options: &SimulateOptions) -> crate::model::Ticks {
    options.start - options.start.rem_euclid(HOUR)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_scenario_is_registered_once() {
        for scenario in Scenario::ALL {
            assert_eq!(ENTRIES.iter().filter(|e| e.scenario == scenario).count(), 1, "{scenario:?}");
        }
        assert_eq!(ENTRIES.len(), Scenario::ALL.len());
    }
}
