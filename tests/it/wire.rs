//! What goes over the wire to blob storage: counted, bounded before it is sent, kept for the second time, and repeated when
//! it fails. Against Azurite, with a proxy in between that counts for itself. Without Azurite these tests say that they
//! are skipped.

mod cached;
mod counted;
mod transient;

use std::process::Command;

use serde_json::Value;

use crate::azurite::Azurite;
use crate::proxy::{Harm, Proxy, Seen};
use crate::support::{Output, finish};

/// Azurite with a proxy before it.
struct Wire {
    azurite: Azurite,
    proxy: Proxy,
}

impl Wire {
    /// `None`, and says so, where there is no Azurite.
    fn new(decide: impl Fn(&Seen) -> Harm + Send + Sync + 'static) -> Option<Self> {
        let azurite = Azurite::find()?;
        let proxy = Proxy::before(azurite.host(), decide);
        Some(Self { azurite, proxy })
    }

    /// The binary, led through the proxy.
    fn command(&self) -> Command {
        let mut command = self.azurite.command();
        command.env("AZURITE_BLOB_STORAGE_URL", format!("http://{}", self.proxy.host));
        command
    }

    /// Runs one statement; the answer as CSV, and the line of `--stats`.
    fn query(&self, data: &str, sql: &str, more: &[&str]) -> Answer {
        self.proxy.forget();
        let mut command = self.command();
        command.args(["query", "--format", "csv", "--stats", "--data", data, "-c", sql]).args(more);
        let output = finish(&mut command);
        let stats = output.stderr.lines().find_map(|l| serde_json::from_str(l).ok()).unwrap_or(Value::Null);
        Answer { output, stats }
    }
}

struct Answer {
    output: Output,
    stats: Value,
}

impl Answer {
    /// The only value of an answer that was complete.
    #[track_caller]
    fn value(&self) -> u64 {
        self.output.clone().ok().lines().nth(1).and_then(|l| l.parse().ok()).unwrap_or_else(|| panic!("{self:?}"))
    }
}

impl std::fmt::Debug for Answer {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{:?}", self.output)
    }
}

const FOLDER: &str = "resourceId=/SUBSCRIPTIONS/9B58FFEE-0F4A-429B-995F-CECA99457095/RESOURCEGROUPS/RG/PROVIDERS/\
                      MICROSOFT.NETWORK/VIRTUALNETWORKGATEWAYS";

/// Where Azure puts an hour of a gateway.
fn blob_name(gateway: &str, day: u32, hour: u32) -> String {
    format!("{FOLDER}/{gateway}/y=2026/m=03/d={day:02}/h={hour:02}/m=00/PT1H.json")
}

/// `count` records of the tunnel log in an hour.
fn lines(gateway: &str, date: &str, hour: u32, count: usize) -> String {
    let resource = FOLDER.trim_start_matches("resourceId=");
    let line = |i: usize| {
        let (minute, second, digits) = (i / 60 % 60, i % 60, i % 10_000_000);
        format!(
            "{{\"time\":\"{date}T{hour:02}:{minute:02}:{second:02}.{digits:07}Z\",\"resourceId\":\"{resource}/{gateway}\",\
             \"category\":\"TunnelDiagnosticLog\",\"operationName\":\"TunnelConnected\",\"level\":\"Informational\",\
             \"location\":\"japaneast\",\"properties\":{{\"instance\":\"GatewayTenantWorker_IN_0\",\"remoteIP\":\
             \"203.0.113.{}\",\"status\":\"Connected\",\"stateChangeReason\":\"n {i}\"}}}}\n",
            i % 250
        )
    };
    (0..count).map(line).collect()
}

/// An export of some days with a record or more an hour.
fn export(azurite: &Azurite, container: &str, gateways: &[&str], days: u32, records: usize) {
    for gateway in gateways {
        for day in 1..=days {
            for hour in 0..24 {
                let text = lines(gateway, &format!("2026-03-{day:02}"), hour, records);
                azurite.upload(container, &blob_name(gateway, day, hour), text.as_bytes());
            }
        }
    }
}

const COUNT: &str = "SELECT count(*) AS n FROM tunnel_log";
const DAY: &str = "SELECT count(*) AS n FROM tunnel_log WHERE time >= '2026-03-03' AND time < '2026-03-04'";
