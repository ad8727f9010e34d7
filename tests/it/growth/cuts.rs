//! Every byte position at which a growing file can be caught, in one import: each position is a gateway of its own.

use std::fs;
use std::path::Path;

use serde_json::Value;

use super::{import, n, record, sound, temp, write};
use crate::support::rows;

fn all(archive: &Path) -> Vec<Value> {
    let sql = "SELECT * FROM tunnel_log ORDER BY source, source_line";
    rows(&[archive], sql, &[])
}

fn spread(root: &Path, texts: &[String]) {
    for (i, text) in texts.iter().enumerate() {
        let path = root.join(format!("cut-{i:05}.json"));
        // What does not grow is left alone, as Azure does.
        if fs::metadata(&path).map(|m| m.len()).ok() != Some(text.len() as u64) {
            write(&path, text);
        }
    }
}

/// Imports every prefix of `text(gateway)`, then a longer prefix (`steps` - 1 times), then the whole, and compares with an
/// import of the whole at once. `records` is how many there are in one text.
fn check(what: &str, text: impl Fn(&str) -> String, records: usize, steps: usize, seed: u64) {
    let length = text("GW00000").len();
    let gateway = |i: usize| format!("GW{i:05}");
    let whole: Vec<String> = (0..=length).map(|i| text(&gateway(i))).collect();
    assert!(whole.iter().all(|t| t.len() == length && t.is_ascii()));
    let dir = temp();
    let (export, archive) = (dir.path().join("export"), dir.path().join("archive"));
    let mut ends: Vec<usize> = (0..=length).collect();
    let mut state = seed;
    for _ in 0..steps {
        spread(&export, &whole.iter().zip(&ends).map(|(t, end)| t[..*end].to_owned()).collect::<Vec<_>>());
        import(&archive, &export, &[]);
        sound(&archive);
        for end in &mut ends {
            state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
            *end += (state >> 33) as usize % (length - *end + 1);
        }
    }
    spread(&export, &whole);
    let last = import(&archive, &export, &[]);
    assert_eq!(n(&last["sources"], "rewritten"), 0, "{what}: a file that only grew is no rewrite: {last}");
    sound(&archive);

    let at_once = dir.path().join("at-once");
    import(&at_once, &export, &[]);
    let (grown, expected) = (all(&archive), all(&at_once));
    assert_eq!(expected.len(), records * (length + 1), "{what}");
    for (row, other) in grown.iter().zip(&expected) {
        assert_eq!(row, other, "{what}");
    }
    assert_eq!(grown.len(), expected.len(), "{what}");
    let rejects = rows(&[&archive], "SELECT * FROM system.rejects LIMIT 3", &[]);
    assert!(rejects.is_empty(), "{what}: {rejects:?}");
    fs::remove_dir_all(&export).unwrap();
}

fn three(gateway: &str, separator: &str, last: &str) -> String {
    [record(gateway, 1), record(gateway, 2), record(gateway, 3)].join(separator) + last
}

#[test]
fn every_cut_of_three_lines() {
    check("LF", |gw| three(gw, "\n", "\n"), 3, 1, 1);
}

#[test]
fn every_cut_and_a_second_one_without_a_last_line_end() {
    check("LF, open end", |gw| three(gw, "\n", ""), 3, 2, 2);
}

#[test]
fn every_cut_of_crlf_and_blank_lines() {
    check("CR LF", |gw| three(gw, "\r\n \r\n", "\r\n"), 3, 2, 3);
}

#[test]
fn every_cut_of_log_analytics_rows() {
    let row = |gw: &str, i: u32| {
        format!(
            "{{\"TimeGenerated\":\"2026-03-01T07:00:0{i}.1234567Z\",\"ResourceId\":\"/SUBSCRIPTIONS/S/RESOURCEGROUPS/R/\
             PROVIDERS/MICROSOFT.NETWORK/VIRTUALNETWORKGATEWAYS/{gw}\",\"Category\":\"TunnelDiagnosticLog\",\
             \"OperationName\":\"TunnelConnected\",\"remoteIP_s\":\"192.0.2.{i}\",\"Type\":\"AzureDiagnostics\"}}\n"
        )
    };
    check("rows", |gw| (1..4).map(|i| row(gw, i)).collect(), 3, 1, 4);
}
