//! Invents exports of Azure VPN gateways, and writes down what it invented.
//!
//! The exports have Azure's own layout and published wording; everything in them is synthetic and says so: the resource
//! group is `RG-SYNTHETIC`, addresses are from documentation ranges. Beside the folder stands the truth: every incident,
//! every count, every bit of dirt. Detectors and imports are judged against it, so nothing here knows their rules.
//!
//! A plan is made first (`scenarios`, `incidents`, `effects`), then written hour by hour (`run`, `categories`) and soiled on the
//! way (`dirt`, `blob`). Every random stream is named by the seed and what it is for (`rng`): equal options give equal
//! bytes on any machine and with any number of threads.

mod blob;
mod categories;
mod config;
mod dialogue;
mod dirt;
mod effects;
mod format;
mod ike_text;
mod incidents;
mod options;
mod plan;
mod rng;
mod rows;
mod run;
mod scenarios;
mod truth;

#[cfg(test)]
mod tests;

use std::io::{Error, ErrorKind, Result};
use std::path::Path;

use crate::model::Category;

pub use options::{Dirt, Scenario, SimulateOptions, SimulateSummary};

/// Writes exports under `options.out` and the truth beside it as `<out>.truth.json`.
///
/// `progress` is told, from any thread, the bytes written so far, the gateway-hours done and the gateway-hours in all.
///
/// # Errors
///
/// When `out` is a file or a folder with something in it, when it has no name to put the truth beside, when days or
/// gateways are 0 or too many, and when writing fails. What was written until then stays.
pub fn simulate(options: &SimulateOptions, progress: &(dyn Fn(u64, u64, u64) + Sync)) -> Result<SimulateSummary> {
    let truth_path = truth::path_beside(&options.out).ok_or_else(|| {
        Error::new(ErrorKind::InvalidInput, format!("{} has no name to put the truth beside", options.out.display()))
    })?;
    check(options)?;
    let plan = scenarios::plan(options);
    prepare(&options.out)?;
    let rate = match plan.size {
        Some(size) => rate_for(&plan, options.threads, size)?,
        None => plan.ike_rate,
    };
    let out = Some(options.out.as_path());
    let run = run::Run { plan: &plan, out, rate, days: plan.days, threads: options.threads, progress };
    let outcome = run.run()?;
    let (truth, torn) = tell(options, &plan, rate, outcome);
    truth::write(&truth_path, &truth)?;
    let account = &truth.account;
    Ok(SimulateSummary {
        files: account.files,
        bytes: account.bytes,
        records: account.rows,
        lines: account.lines,
        duplicates: account.duplicates,
        blank: account.blank,
        garbage: account.rejects.values().sum(),
        torn,
        truth: truth_path,
    })
}

/// Refuses what cannot be planned.
fn check(options: &SimulateOptions) -> Result<()> {
    let wrong = |what: &str| Err(Error::new(ErrorKind::InvalidInput, what.to_owned()));
    if options.days == 0 || options.days > 3660 {
        return wrong("days must be between 1 and 3660");
    }
    if options.gateways == 0 || options.gateways > 10_000 {
        return wrong("gateways must be between 1 and 10000");
    }
    // Far enough from the ends of time that no arithmetic on it can overflow.
    let years = 200 * 366 * format::DAY;
    if !(-years..years).contains(&options.start) {
        return wrong("start must be between 1770 and 2170");
    }
    Ok(())
}

/// Makes the folder; refuses one with something in it.
fn prepare(out: &Path) -> Result<()> {
    match std::fs::read_dir(out) {
        Ok(mut entries) => match entries.next() {
            None => Ok(()),
            Some(_) => Err(Error::new(
                ErrorKind::AlreadyExists,
                format!("{} is not empty: simulated exports must not mix with others", out.display()),
            )),
        },
        Err(error) if error.kind() == ErrorKind::NotFound => std::fs::create_dir_all(out),
        Err(error) => Err(error),
    }
}

/// The chatter rate that makes about `size` bytes: what the rest needs is found by doing it without writing.
fn rate_for(plan: &plan::Plan, threads: usize, size: u64) -> Result<f64> {
    let measure = |rate: f64, days: u32| -> Result<f64> {
        let run = run::Run { plan, out: None, rate, days, threads, progress: &|_, _, _| {} };
        Ok(run.run()?.files.values().map(|f| f.bytes).sum::<u64>() as f64)
    };
    // More than some days would take longer to measure than the answer is worth.
    let days = plan.days.min((1000 / plan.gateways.len().max(1) as u32).max(1));
    let fixed = measure(0.0, days)? * f64::from(plan.days) / f64::from(days);
    let slope = (measure(8.0, 1)? - measure(0.0, 1)?) / 8.0 * f64::from(plan.days);
    Ok(if slope > 0.0 { ((size as f64 - fixed) / slope).max(0.0) } else { plan.ike_rate })
}

/// Puts the truth together; also the number of blobs with a torn end.
fn tell(options: &SimulateOptions, plan: &plan::Plan, rate: f64, outcome: run::Outcome) -> (truth::Truth, u64) {
    let run::Outcome { files, deeds, findings } = outcome;
    let mut account = truth::Account::default();
    for file in files.values() {
        account.add(file);
    }
    account.duplicates = deeds.duplicates;
    account.late = deeds.late;
    account.rows = deeds.distinct.iter().sum();
    for (category, rows) in Category::VPN.into_iter().zip(deeds.distinct) {
        account.rows_by_category.insert(category.azure_name(), rows);
    }
    let files = (files.len() <= truth::FILE_LIMIT).then(|| {
        files.into_iter().map(|(key, file)| truth::FileAccount { path: run::path_of(plan, key), ..file }).collect()
    });
    let total = findings.outcomes.values().sum();
    let negotiations = truth::Negotiations {
        total,
        list_is_complete: total == findings.negotiations.len() as u64,
        by_outcome: findings.outcomes,
        by_initiator: findings.initiators,
        list: findings.negotiations,
    };
    let [connected, failed] = findings.p2s;
    let p2s_sessions = truth::P2sSessions {
        total: connected + failed,
        connected,
        failed,
        list_is_complete: connected + failed == findings.p2s_sessions.len() as u64,
        list: findings.p2s_sessions,
    };
    let torn = account.torn_files;
    let mut truth = truth::Truth {
        synthetic: true,
        note: "Synthetic data: no gateway, peer, user or incident in it is real.",
        seed: plan.seed,
        options: truth::Asked {
            scenario: options.scenario.name(),
            days: plan.days,
            gateways: plan.gateways.len(),
            start: plan.start,
            ike_rate: rate,
            size: plan.size,
            dirt: plan.dirt,
        },
        account,
        files,
        tunnels: Vec::new(),
        incidents: Vec::new(),
        negotiations,
        config_changes: Vec::new(),
        maintenance: Vec::new(),
        bgp: Vec::new(),
        p2s_sessions,
    };
    for gateway in &plan.gateways {
        let story = gateway.story.clone();
        truth.tunnels.extend(story.tunnels);
        truth.incidents.extend(story.incidents.into_iter().map(|i| with_sessions(plan, gateway, i)));
        truth.config_changes.extend(story.config_changes);
        truth.maintenance.extend(story.maintenance);
        truth.bgp.extend(story.bgp);
    }
    (truth, torn)
}

/// Adds to an outage the sessions of its first attempts on the instance it began on.
fn with_sessions(plan: &plan::Plan, gateway: &plan::Gateway, mut incident: truth::Incident) -> truth::Incident {
    const SAMPLE: usize = 5;
    if let Some(outage) = incident.outage.and_then(|o| gateway.outages.get(o)) {
        let until = outage.start.saturating_add(2 * format::HOUR);
        outage.attempts(plan.seed, gateway, outage.start, until, |header| {
            if incident.failing_sessions.len() < SAMPLE
                && plan::instance_name(header.instance) == incident.from_instance
            {
                let session = gateway.session(plan.seed, header.uid);
                incident.failing_sessions.push(session.iter().map(|b| char::from(*b)).collect());
            }
        });
    }
    incident
}
