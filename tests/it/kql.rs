//! KQL through the whole process: tables, charts, the clock, what is read.

use std::path::Path;

use serde_json::Value;

use crate::support::{Output, arg, command, finish, import, sample, temp};

fn kql(data: &Path, query: &str, more: &[&str]) -> Output {
    let data = arg(data);
    finish(command().args(["query", "--lang", "kql", "--data", &data, "-c", query]).args(more))
}

const ALL: &[&str] = &["--now", "data"];

#[test]
fn metrics_are_a_table_without_rows_and_that_is_said() {
    let data = sample("blobs");
    // Microsoft's queries over metrics, in essence.
    for query in [
        "AzureMetrics | where TimeGenerated > ago(24h) | where MetricName == 'P2SBandwidth' \
         | summarize by Average, bin(TimeGenerated, 1h), Resource | render timechart",
        "AzureMetrics | summarize max(Maximum), avg(Total), min(Minimum), sum(Count) by MetricName, UnitName",
    ] {
        let out = kql(&data, query, &["--format", "csv"]);
        assert_eq!(out.stderr.matches("AzureMetrics is always empty").count(), 1, "{}", out.stderr);
        assert_eq!(out.ok().lines().count(), 1, "{query}");
    }
    let described =
        finish(command().args(["query", "--data", &arg(&data), "--format", "csv", "-c", "DESCRIBE AzureMetrics"]));
    assert!(described.stderr.contains("AzureMetrics is always empty"), "{}", described.stderr);
    let described = described.ok();
    assert!(described.contains("always empty") && described.lines().count() == 42, "{described}");
    let schema = kql(&data, "AzureMetrics | getschema | project ColumnName, ColumnType", &["--format", "csv"]).ok();
    for column in ["TimeGenerated,datetime", "Average,real", "DurationMs,long", "Severity,int", "_ResourceId,string"] {
        assert!(schema.lines().any(|l| l == column), "{column}: {schema}");
    }
    let unknown = kql(&data, "Heartbeat | take 1", &[]).fails(1);
    assert!(unknown.contains("unknown table 'Heartbeat'"), "{unknown}");
    // Other tables need no word of it.
    let other = kql(&data, "TunnelDiagnosticLog | count", &["--format", "csv"]);
    assert!(!other.stderr.contains("empty"), "{}", other.stderr);
}

#[test]
fn vpn_queries_that_people_published_run() {
    let folder = Path::new(concat!(env!("CARGO_MANIFEST_DIR"), "/../shared/kql/vpn-dev"));
    let Ok(entries) = std::fs::read_dir(folder) else {
        println!("no published queries beside the repository: nothing was run");
        return;
    };
    let mut ran = 0;
    for entry in entries {
        let path = entry.unwrap().path();
        let file = arg(&path);
        let out = finish(command().args(["query", "--data", &arg(sample("blobs")), "--format", "csv", "-f", &file]));
        out.ok();
        ran += 1;
    }
    assert!(ran > 0);
}

#[test]
fn now_can_be_the_end_of_the_data() {
    let data = sample("blobs");
    let recent = |more: &[&str]| kql(&data, "TunnelDiagnosticLog | where TimeGenerated > ago(2d) | count", more);
    let today = recent(&["--format", "csv"]);
    assert!(today.stderr.contains("now() is 20"), "{}", today.stderr);
    assert_eq!(today.ok(), "Count\n0\n");
    let newest = recent(&["--format", "csv", "--now", "data"]);
    assert!(newest.stderr.contains("the end of the data"), "{}", newest.stderr);
    let count: u64 = newest.ok().lines().nth(1).unwrap().parse().unwrap();
    assert!(count > 0);
    // The newest record of an archive itself, and --last counts from there.
    let folder = temp();
    import(folder.path(), &data, &[]);
    let sql = |more: &[&str]| {
        let data = arg(folder.path());
        finish(command().args(["query", "--data", &data, "--format", "csv", "--now", "data", "-c"]).args(more)).ok()
    };
    let all = "SELECT max(time) < now() AS before, now() - max(time) <= interval '2 milliseconds' AS near FROM \
               (SELECT time FROM tunnel_log UNION ALL SELECT time FROM ike_log UNION ALL SELECT time FROM p2s_log \
                UNION ALL SELECT time FROM gateway_log UNION ALL SELECT time FROM route_log)";
    assert_eq!(sql(&[all]), "before,near\ntrue,true\n");
    let last = sql(&["SELECT count(*) > 0 AS some FROM ike_log", "--last", "1d"]);
    assert_eq!(last, "some\ntrue\n");
    let empty = temp();
    let none = finish(command().args(["query", "--data", &arg(empty.path()), "--now", "data", "-c", "SELECT 1"]));
    assert!(none.fails(2).contains("no data to count from"));
}

#[test]
fn what_let_binds_holds_for_the_rest_of_a_text() {
    let data = sample("blobs");
    let out = kql(
        &data,
        "let peer = '203.0.113.2';\nlet T = TunnelDiagnosticLog | where remoteIP_s == peer;\nT | count;\nprint p = peer;\n\
         T | summarize n = count() by remoteIP_s | project remoteIP_s",
        &["--format", "csv"],
    );
    assert_eq!(out.ok(), "Count\n26\np\n203.0.113.2\nremoteIP_s\n203.0.113.2\n".replace("26", &count_of_peer(&data)));
    // Another text knows nothing of it, and an error says its own line.
    let data = arg(&data);
    let out = finish(command().args([
        "query",
        "--lang",
        "kql",
        "--data",
        &data,
        "-c",
        "let a = 1; print a",
        "-c",
        "print 1;\nprint\n  a",
    ]));
    let error = out.fails(1);
    assert!(error.contains("unknown column 'a'") && error.contains("LINE 3"), "{error}");
}

fn count_of_peer(data: &Path) -> String {
    let sql = "SELECT count(*) FROM tunnel_log WHERE remote_ip = '203.0.113.2'";
    let out = finish(command().args(["query", "--data", &arg(data), "--format", "csv", "-c", sql])).ok();
    out.lines().nth(1).unwrap().to_owned()
}

#[test]
fn charts_stand_above_the_rows_in_html_and_nowhere_in_data() {
    let data = sample("blobs");
    let query = "TunnelDiagnosticLog | summarize Drops = count() by bin(TimeGenerated, 1d), status_s \
                 | sort by TimeGenerated asc, status_s asc | render columnchart with (title='Drops <each> day', kind=stacked)";
    let html = kql(&data, query, &["--format", "html"]).ok();
    let (before, after) = html.split_once("<table>").unwrap();
    assert!(before.contains("<figure><svg ") && before.contains("Drops &lt;each&gt; day"), "{before}");
    assert!(before.contains("<rect ") && before.contains("UTC") && after.contains("</table>"));
    assert!(!html.contains("<script") && html.contains("default-src 'none'"));
    let plain = query.split("| render").next().unwrap();
    for format in ["csv", "json", "table", "markdown"] {
        let drawn = kql(&data, query, &["--format", format]).ok();
        assert_eq!(drawn, kql(&data, plain, &["--format", format]).ok(), "{format}");
    }
    // What cannot be drawn says why, and the rows are there.
    let none = kql(&data, "print a = 'x' | render timechart", &["--format", "html"]).ok();
    assert!(none.contains("no chart: this chart needs") && none.contains("<td>x</td>"), "{none}");
    let other = kql(&data, "print a = 1 | render treemap", &["--format", "html"]);
    assert!(other.stderr.contains("render treemap is not drawn"), "{}", other.stderr);
    let empty = kql(&data, "print a = 1 | take 0 | render card", &["--format", "html"]).ok();
    assert!(empty.contains("0 rows") && !empty.contains("no chart"), "{empty}");
}

/// The scans of an explanation, without what names the filters.
fn scans(out: Output) -> Vec<Value> {
    let mut json = out.json();
    let scans = json["scans"].as_array_mut().unwrap();
    for scan in scans.iter_mut() {
        scan.as_object_mut().unwrap().remove("filters");
    }
    std::mem::take(scans)
}

#[test]
fn kql_reads_the_files_that_its_sql_twin_reads() {
    let folder = temp();
    import(folder.path(), &sample("blobs"), &[]);
    let pairs = [
        (
            "AzureDiagnostics | where TimeGenerated > datetime(2026-03-11) | where Category == 'IKEDiagnosticLog' \
             | where _ResourceId has 'vpngw-osaka' | project TimeGenerated, Message",
            "SELECT \"TimeGenerated\", \"Message\" FROM AzureDiagnostics WHERE TimeGenerated > TIMESTAMP '2026-03-11T00:00:00Z' \
             AND Category = 'IKEDiagnosticLog' AND _ResourceId LIKE '%vpngw-osaka%'",
        ),
        (
            "AzureDiagnostics | where TimeGenerated > datetime(2026-03-11) | where Category == 'TunnelDiagnosticLog' \
             | where remoteIP_s == '203.0.113.1' | summarize count() by status_s",
            "SELECT status_s, count(*) FROM AzureDiagnostics WHERE TimeGenerated > TIMESTAMP '2026-03-11T00:00:00Z' \
             AND Category = 'TunnelDiagnosticLog' AND remoteIP_s = '203.0.113.1' GROUP BY 1",
        ),
        (
            "ike_log | where ['time'] between (datetime(2026-03-10) .. datetime(2026-03-11)) and remote_ip == '203.0.113.1' | count",
            "SELECT count(*) FROM ike_log WHERE time BETWEEN TIMESTAMP '2026-03-10T00:00:00Z' AND TIMESTAMP '2026-03-11T00:00:00Z' \
             AND remote_ip = '203.0.113.1'",
        ),
    ];
    for place in [folder.path().to_owned(), sample("blobs")] {
        for (kql_text, sql_text) in pairs {
            let of = |lang: &str, text: &str| {
                let data = arg(&place);
                let args = ["query", "--explain", "--format", "json", "--lang", lang, "--data", &data, "-c", text];
                scans(finish(command().args(args)))
            };
            let (kql, sql) = (of("kql", kql_text), of("sql", sql_text));
            assert!(!kql.is_empty() && kql == sql, "{kql_text}\n{kql:#?}\n{sql:#?}");
            let read: u64 = kql.iter().filter_map(|s| s["left"].as_u64()).sum();
            let whole: u64 = kql.iter().filter_map(|s| s["total"].as_u64()).sum();
            assert!(read < whole, "{kql_text}: {read} of {whole}");
        }
    }
    // The dot command says the same, of what let has bound as well.
    let text = "let day = datetime(2026-03-11);\nTunnelDiagnosticLog | where TimeGenerated > day | count;\n.explain\n";
    let out = kql(folder.path(), text, &["--format", "csv"]).ok();
    assert!(out.contains("tunnel_log from archive") && out.contains("leaves"), "{out}");
}

#[test]
fn bags_and_pivots_of_logs() {
    let data = sample("blobs");
    let pivot = "TunnelDiagnosticLog | evaluate pivot(status_s, count(), remoteIP_s) | sort by remoteIP_s asc | take 1";
    let out = kql(&data, pivot, &["--format", "csv"]).ok();
    assert!(out.starts_with("remoteIP_s,Connected,Disconnected\n") && out.lines().count() == 2, "{out}");
    let bag = "GatewayDiagnosticLog | where OperationName == 'SetGatewayConfiguration' | take 1 | project d = todynamic(AdditionalFields) \
               | evaluate bag_unpack(d) | getschema | count";
    let out = kql(&data, bag, &[&["--format", "csv"], ALL].concat()).ok();
    let columns: u64 = out.lines().nth(1).unwrap().parse().unwrap();
    assert!(columns > 1, "{out}");
}
