//! What really happened and what was really written: the file beside the exports, against which others are judged.
//!
//! Everything is a struct and not a loose JSON value, so that the order of the keys is fixed.

use std::collections::BTreeMap;
use std::io::{BufWriter, Write};
use std::path::{Path, PathBuf};

use serde::{Serialize, Serializer};

use crate::model::{RejectCode, Ticks, format_ticks};

use super::options::Dirt;

/// Most entries of the list of negotiations, and of the list of P2S sessions.
pub(super) const LIST_LIMIT: usize = 5000;
/// With more blobs than this the list of files is left out.
pub(super) const FILE_LIMIT: usize = 20_000;

/// Writes ticks as text.
pub(super) fn as_time<S: Serializer>(ticks: &Ticks, to: S) -> Result<S::Ok, S::Error> {
    to.serialize_str(&format_ticks(*ticks))
}

fn as_time_or_null<S: Serializer>(ticks: &Option<Ticks>, to: S) -> Result<S::Ok, S::Error> {
    match ticks {
        Some(t) => as_time(t, to),
        None => to.serialize_none(),
    }
}

/// What happened at one gateway, apart from its rows.
#[derive(Debug, Clone, Default)]
pub(super) struct Story {
    pub(super) tunnels: Vec<Tunnel>,
    pub(super) incidents: Vec<Incident>,
    pub(super) config_changes: Vec<ConfigChange>,
    pub(super) maintenance: Vec<Maintenance>,
    pub(super) bgp: Vec<BgpFlap>,
}

/// A connection of a gateway.
#[derive(Debug, Clone, Serialize)]
pub(super) struct Tunnel {
    pub(super) gateway: String,
    pub(super) remote_ip: String,
    /// `active-standby` or `active-active`.
    pub(super) mode: &'static str,
    /// Instances that hold a tunnel at the beginning.
    pub(super) instances: Vec<&'static str>,
    pub(super) nat: bool,
    pub(super) bgp_peer: Option<String>,
}

/// One interruption of one tunnel.
#[derive(Debug, Clone, Serialize)]
pub(super) struct Incident {
    pub(super) id: String,
    /// Interruptions with one reason (a maintenance, a twin drop) share the group.
    pub(super) group: String,
    /// `failover` (ends on the other instance), `instance_restart` (active-active, the instance itself went away),
    /// `same_instance_drop` or `outage` (negotiations fail meanwhile).
    pub(super) kind: &'static str,
    /// `planned_maintenance`, `gateway_reset`, `dpd_timeout`, `peer_disconnect`, `configuration_change`,
    /// `psk_mismatch`, `policy_mismatch`, `traffic_selectors` or `negotiation_timeout`.
    pub(super) cause: &'static str,
    pub(super) gateway: String,
    pub(super) remote_ip: String,
    pub(super) from_instance: &'static str,
    /// Null when it never comes back.
    pub(super) to_instance: Option<&'static str>,
    #[serde(serialize_with = "as_time")]
    pub(super) disconnected_at: Ticks,
    /// Null when it never comes back.
    #[serde(serialize_with = "as_time_or_null")]
    pub(super) reconnected_at: Option<Ticks>,
    /// Whether the gateway log tells of the maintenance or the change of the primary instance.
    pub(super) logged: bool,
    pub(super) state_change_reason: &'static str,
    /// The configuration change behind it, if any.
    #[serde(serialize_with = "as_time_or_null")]
    pub(super) config_change_at: Option<Ticks>,
    /// Further `TunnelDisconnected` rows between the two moments.
    pub(super) repeated_disconnects: u32,
    /// Sessions of the first failing attempts.
    pub(super) failing_sessions: Vec<String>,
    /// The outage to take the sessions from.
    #[serde(skip)]
    pub(super) outage: Option<usize>,
}

/// A row with a configuration.
#[derive(Debug, Clone, Serialize)]
pub(super) struct ConfigChange {
    #[serde(serialize_with = "as_time")]
    pub(super) time: Ticks,
    pub(super) gateway: String,
    pub(super) operation: &'static str,
    /// Null for the gateway's own configuration.
    pub(super) connection: Option<String>,
    /// What differs from the configuration logged before; empty for the first one and for a mere repetition.
    pub(super) changed: Vec<Changed>,
}

/// One differing value.
#[derive(Debug, Clone, Serialize)]
pub(super) struct Changed {
    pub(super) path: &'static str,
    pub(super) old: String,
    pub(super) new: String,
}

/// A maintenance: one instance after the other.
#[derive(Debug, Clone, Serialize)]
pub(super) struct Maintenance {
    pub(super) group: String,
    pub(super) gateway: String,
    pub(super) logged: bool,
    pub(super) turns: Vec<Turn>,
}

/// An instance's turn in a maintenance.
#[derive(Debug, Clone, Serialize)]
pub(super) struct Turn {
    #[serde(serialize_with = "as_time")]
    pub(super) at: Ticks,
    /// The instance that was serviced.
    pub(super) instance: &'static str,
    /// Tunnels interrupted.
    pub(super) tunnels: u32,
}

/// A BGP session lost and found.
#[derive(Debug, Clone, Serialize)]
pub(super) struct BgpFlap {
    pub(super) gateway: String,
    pub(super) peer: String,
    pub(super) instance: &'static str,
    #[serde(serialize_with = "as_time")]
    pub(super) disconnected_at: Ticks,
    #[serde(serialize_with = "as_time_or_null")]
    pub(super) connected_at: Option<Ticks>,
    /// Whether it went with its tunnel.
    pub(super) with_tunnel: bool,
}

/// A negotiation that was written out.
#[derive(Debug, Clone, Serialize)]
pub(super) struct Negotiation {
    pub(super) session_id: String,
    pub(super) gateway: String,
    pub(super) remote_ip: String,
    /// `azure` or `peer`.
    pub(super) initiator: &'static str,
    pub(super) outcome: &'static str,
    /// `main` or `child`.
    pub(super) phase: &'static str,
    #[serde(serialize_with = "as_time")]
    pub(super) first: Ticks,
    #[serde(serialize_with = "as_time")]
    pub(super) last: Ticks,
}

/// All negotiations.
#[derive(Debug, Clone, Default, Serialize)]
pub(super) struct Negotiations {
    pub(super) total: u64,
    pub(super) by_outcome: BTreeMap<&'static str, u64>,
    pub(super) by_initiator: BTreeMap<&'static str, u64>,
    /// Whether `list` has them all.
    pub(super) list_is_complete: bool,
    pub(super) list: Vec<Negotiation>,
}

/// A user's visit.
#[derive(Debug, Clone, Serialize)]
pub(super) struct P2sSession {
    pub(super) connection: String,
    pub(super) gateway: String,
    pub(super) user: String,
    /// `connected` or `failed`.
    pub(super) outcome: &'static str,
    #[serde(serialize_with = "as_time")]
    pub(super) started_at: Ticks,
    /// Null when it failed or goes on.
    #[serde(serialize_with = "as_time_or_null")]
    pub(super) disconnected_at: Option<Ticks>,
}

/// All P2S sessions that begin in the simulation.
#[derive(Debug, Clone, Default, Serialize)]
pub(super) struct P2sSessions {
    pub(super) total: u64,
    pub(super) connected: u64,
    pub(super) failed: u64,
    pub(super) list_is_complete: bool,
    pub(super) list: Vec<P2sSession>,
}

/// Rejects by code number.
pub(super) type Rejects = BTreeMap<u16, u64>;

/// The account of one blob.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
pub(super) struct FileAccount {
    /// Relative to the folder, with forward slashes.
    pub(super) path: String,
    pub(super) bytes: u64,
    pub(super) lines: u64,
    pub(super) blank: u64,
    pub(super) records: u64,
    pub(super) rejects: Rejects,
    pub(super) torn_bytes: u64,
}

impl FileAccount {
    /// Counts one reject.
    pub(super) fn reject(&mut self, code: RejectCode) {
        *self.rejects.entry(code.number()).or_default() += 1;
    }
}

/// The account of everything.
#[derive(Debug, Clone, Default, Serialize)]
pub(super) struct Account {
    pub(super) files: u64,
    pub(super) bytes: u64,
    pub(super) lines: u64,
    pub(super) blank: u64,
    pub(super) records: u64,
    pub(super) rejects: Rejects,
    pub(super) duplicates: u64,
    pub(super) rows: u64,
    /// By Azure's name of the category.
    pub(super) rows_by_category: BTreeMap<&'static str, u64>,
    /// Records that stand in a later hour's blob only.
    pub(super) late: u64,
    pub(super) torn_files: u64,
    pub(super) torn_bytes: u64,
}

impl Account {
    /// Adds a blob.
    pub(super) fn add(&mut self, file: &FileAccount) {
        self.files += 1;
        self.bytes += file.bytes;
        self.lines += file.lines;
        self.blank += file.blank;
        self.records += file.records;
        self.torn_bytes += file.torn_bytes;
        self.torn_files += u64::from(file.torn_bytes > 0);
        for (code, n) in &file.rejects {
            *self.rejects.entry(*code).or_default() += n;
        }
    }
}

/// The options that decide the bytes.
#[derive(Debug, Clone, Serialize)]
pub(super) struct Asked {
    pub(super) scenario: &'static str,
    pub(super) days: u32,
    pub(super) gateways: usize,
    #[serde(serialize_with = "as_time")]
    pub(super) start: Ticks,
    pub(super) ike_rate: f64,
    pub(super) size: Option<u64>,
    pub(super) dirt: Dirt,
}

/// The whole file.
#[derive(Debug, Clone, Serialize)]
pub(super) struct Truth {
    pub(super) synthetic: bool,
    pub(super) note: &'static str,
    pub(super) seed: u64,
    pub(super) options: Asked,
    pub(super) account: Account,
    /// Left out when there are more than 20,000.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) files: Option<Vec<FileAccount>>,
    pub(super) tunnels: Vec<Tunnel>,
    pub(super) incidents: Vec<Incident>,
    pub(super) negotiations: Negotiations,
    pub(super) config_changes: Vec<ConfigChange>,
    pub(super) maintenance: Vec<Maintenance>,
    pub(super) bgp: Vec<BgpFlap>,
    pub(super) p2s_sessions: P2sSessions,
}

/// Where the truth of `out` goes: beside it, never inside, or an import of `out` would read it.
/// `None` when `out` has no name to build on, as `/`.
pub(super) fn path_beside(out: &Path) -> Option<PathBuf> {
    let full = std::path::absolute(out).ok()?;
    // "demo/." and "demo/" mean "demo"; "x/.." has no name of its own.
    let mut name = full.file_name()?.to_os_string();
    name.push(".truth.json");
    Some(match out.file_name() {
        Some(_) => out.with_file_name(name),
        None => full.with_file_name(name),
    })
}

/// Writes the truth.
pub(super) fn write(path: &Path, truth: &Truth) -> std::io::Result<()> {
    let mut to = BufWriter::new(std::fs::File::create(path)?);
    serde_json::to_writer_pretty(&mut to, truth)?;
    to.write_all(b"\n")?;
    to.flush()
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

    #[test]
    fn the_truth_stands_beside() {
        for (out, want) in [
            ("./demo", "./demo.truth.json"),
            ("demo/", "demo.truth.json"),
            ("/a/b.c", "/a/b.c.truth.json"),
            ("a/./b/.", "a/./b.truth.json"),
        ] {
            assert_eq!(path_beside(Path::new(out)).as_deref(), Some(Path::new(want)), "{out}");
        }
        assert_eq!(path_beside(Path::new("/")), None);
        let here = path_beside(Path::new(".")).unwrap();
        let cwd = std::env::current_dir().unwrap();
        assert!(!here.starts_with(&cwd) && here.parent() == cwd.parent());
    }
}
