//! Gateways of one name are not one gateway, and one gateway may be spelt in several ways. The records are synthetic, with as
//! little in them as the questions need.

use std::fs;
use std::path::Path;

use serde_json::{Value, json};

use crate::support::{rows, temp};

fn record(time: &str, resource_group: &str, name: &str, instance: u8, connected: bool) -> Value {
    let id = format!(
        "/SUBSCRIPTIONS/S/RESOURCEGROUPS/{resource_group}/PROVIDERS/MICROSOFT.NETWORK/VIRTUALNETWORKGATEWAYS/{name}"
    );
    let status = if connected { "Connected" } else { "Disconnected" };
    json!({
        "time": format!("2026-03-01T{time}Z"), "resourceId": id, "operationName": format!("Tunnel{status}"),
        "category": "TunnelDiagnosticLog",
        "properties": {"instance": format!("GatewayTenantWorker_IN_{instance}"), "remoteIP": "203.0.113.1", "status": status},
    })
}

fn written(folder: &Path, records: &[Value]) -> std::path::PathBuf {
    let path = folder.join("tunnels.json");
    fs::write(&path, records.iter().map(|r| format!("{r}\n")).collect::<String>()).unwrap();
    path
}

#[test]
fn of_one_name_in_two_resource_groups() {
    let folder = temp();
    let data = written(
        folder.path(),
        &[
            record("01:00:00", "RG-A", "GW1", 0, false),
            record("01:00:05", "RG-B", "GW1", 1, true),
            record("02:00:05", "RG-B", "GW1", 1, false),
            record("02:30:05", "RG-A", "GW1", 0, true),
        ],
    );
    let sql = "SELECT gateway, resource_id LIKE '%RG-A%' AS a, down_ms, kind FROM disconnects ORDER BY disconnected_at";
    let found = rows(&[&data], sql, &[]);
    assert_eq!(
        found,
        [
            json!({"gateway": "GW1", "a": true, "down_ms": 5_405_000, "kind": "outage"}),
            json!({"gateway": "GW1", "a": false, "down_ms": null, "kind": "open"}),
        ]
    );
    assert_eq!(rows(&[&data], "SELECT count(*) AS n FROM failovers", &[]), [json!({"n": 0})]);
    let filtered = "SELECT count(*) AS n FROM disconnects WHERE gateway = 'GW1'";
    assert_eq!(rows(&[&data], filtered, &[]), [json!({"n": 2})]);
}

#[test]
fn of_one_resource_in_two_spellings() {
    let folder = temp();
    let data = written(
        folder.path(),
        &[record("01:00:00", "RG-A", "gw1", 0, false), record("01:00:05", "rg-a", "GW1", 1, true)],
    );
    let found = rows(&[&data], "SELECT gateway, kind, down_ms FROM disconnects", &[]);
    assert_eq!(found, [json!({"gateway": "gw1", "kind": "failover", "down_ms": 5000})]);
}
