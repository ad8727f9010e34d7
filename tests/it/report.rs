//! Reports: their numbers, their formats, what they keep back, and that they only show.

mod browser;
mod hostile;

use std::fs;
use std::path::{Path, PathBuf};

use serde_json::Value;

use crate::support::{arg, read_json, root, rows, sample, temp, tunnelql};

fn json(data: &Path, more: &[&str]) -> Value {
    let mut arguments = vec!["report", "--format", "json", "--now", "2026-03-20", "--data"];
    let data = arg(data);
    arguments.push(&data);
    arguments.extend(more);
    tunnelql(arguments).json()
}

fn section<'a>(report: &'a Value, id: &str) -> &'a Vec<Value> {
    let sections = report["sections"].as_array().unwrap();
    sections.iter().find(|s| s["id"] == id).unwrap_or_else(|| panic!("no section {id}"))["blocks"].as_array().unwrap()
}

fn facts(blocks: &[Value]) -> &Value {
    &blocks.iter().find(|b| b["type"] == "facts").unwrap()["values"]
}

/// The rows of the table that has a column.
fn table<'a>(blocks: &'a [Value], column: &str) -> &'a Vec<Value> {
    let found = blocks.iter().filter(|b| b["type"] == "table").find(|b| b["rows"][0].get(column).is_some());
    found.unwrap_or_else(|| panic!("no table with {column}"))["rows"].as_array().unwrap()
}

/// The group of a cause, from the simulator's words.
fn group(incident: &Value) -> &'static str {
    match incident["cause"].as_str().unwrap() {
        "planned_maintenance" | "gateway_reset" => "maintenance",
        "configuration_change" => "change",
        "psk_mismatch" | "policy_mismatch" | "traffic_selectors" => "settings",
        "dpd_timeout" | "peer_disconnect" | "negotiation_timeout" => "peer",
        other => panic!("a cause that this test does not know: {other}"),
    }
}

fn agrees_with_truth(data: &Path, truth: &Value) {
    let report = json(data, &[]);
    let incidents = truth["incidents"].as_array().unwrap();
    let summary = section(&report, "summary");
    assert_eq!(facts(summary)["disconnects"], incidents.len());
    let open = incidents.iter().filter(|i| i["reconnected_at"].is_null()).count();
    assert_eq!(facts(summary)["open"], open);
    for row in table(summary, "group") {
        let n = incidents.iter().filter(|i| row["group"] == group(i)).count();
        assert_eq!(row["disconnects"], n, "{row}");
    }
    let ticks = |v: &Value| tunnelql::model::parse_iso(v.as_str().unwrap()).unwrap();
    let mut told: Vec<_> = table(section(&report, "incidents"), "incident_id")
        .iter()
        .map(|r| (ticks(&r["disconnected_at"]), r["remote_ip"].as_str().unwrap().to_owned()))
        .collect();
    let mut true_ones: Vec<_> =
        incidents.iter().map(|i| (ticks(&i["disconnected_at"]), i["remote_ip"].as_str().unwrap().to_owned())).collect();
    told.sort();
    true_ones.sort();
    assert_eq!(told, true_ones);
    let account = facts(section(&report, "quality"));
    for key in ["bytes", "lines", "records", "blank"] {
        assert_eq!(account[key], truth["account"][key], "{key}");
    }
    let p2s = facts(section(&report, "p2s"));
    assert_eq!((&p2s["sessions"], &p2s["failed"]), (&truth["p2s_sessions"]["total"], &truth["p2s_sessions"]["failed"]));
}

#[test]
fn the_samples_report_states_the_truth() {
    agrees_with_truth(&sample("blobs"), &read_json(&root().join("sample_data/blobs.truth.json")));
}

#[test]
fn a_simulated_reports_numbers_are_the_truths() {
    let folder = temp();
    let out = folder.path().join("made");
    let options = [
        "--scenario",
        "mixed",
        "--days",
        "3",
        "--gateways",
        "3",
        "--ike-rate",
        "0.02",
        "--seed",
        "4",
        "--dirt",
        "none",
    ];
    tunnelql(["simulate", &arg(&out)].into_iter().chain(options)).ok();
    agrees_with_truth(&out, &read_json(&out.with_extension("truth.json")));
}

/// Each section of a report over some data, word for word, in Markdown. `UPDATE_GOLDEN=1` writes them anew. Of a
/// section with more than `most` lines its beginning, its end, and a digest of all.
fn look_as_they_did(kind: &str, data: &Path, now: &str, most: usize) {
    let names = tunnelql::report::section_names();
    let whole = tunnelql(["report", "--format", "markdown", "--now", now, "--data", &arg(data)]).ok();
    let parts: Vec<&str> = whole.split("\n## ").collect();
    assert_eq!(parts.len(), names.len() + 1, "{whole}");
    for (name, part) in names.iter().zip(&parts[1..]) {
        let mut part =
            part.replace(&arg(root()), "ROOT").replace(&arg(data.parent().unwrap()), "FOLDER").trim_end().to_owned()
                + "\n";
        let lines: Vec<&str> = part.lines().collect();
        if lines.len() > most {
            let digest = tunnelql::model::hex(ring::digest::digest(&ring::digest::SHA256, part.as_bytes()).as_ref());
            let (first, last) = (lines[..most / 2].join("\n"), lines[lines.len() - most / 2..].join("\n"));
            part = format!("{first}\n\n({} lines, SHA-256 {digest})\n\n{last}\n", lines.len());
        }
        let path = root().join(format!("tests/it/report/golden/{kind}-{name}.md"));
        if std::env::var_os("UPDATE_GOLDEN").is_some() {
            fs::create_dir_all(path.parent().unwrap()).unwrap();
            fs::write(&path, &part).unwrap();
        }
        assert_eq!(part, fs::read_to_string(&path).unwrap_or_default(), "{}", path.display());
    }
}

#[test]
fn sections_look_as_they_did() {
    look_as_they_did("sample", &sample("blobs"), "2026-03-20", usize::MAX);
    look_as_they_did("empty", &empty(), "2026-03-20", usize::MAX);
}

/// Weeks of many interruptions: lists are longer than what is shown of them, and months follow each other.
#[test]
fn weeks_look_as_they_did_and_stay_below_a_size() {
    let folder = temp();
    let (export, archive) = (folder.path().join("weeks"), folder.path().join("archive"));
    let options = ["--days", "50", "--gateways", "2", "--ike-rate", "0.0002", "--seed", "9", "--start", "2026-02-10"];
    tunnelql(["simulate", &arg(&export)].into_iter().chain(options)).ok();
    tunnelql(["import", &arg(&export), "--archive", &arg(&archive)]).ok();
    look_as_they_did("large", &archive, "2026-04-01", 300);

    let incidents = read_json(&export.with_extension("truth.json"))["incidents"].as_array().unwrap().len();
    let page = folder.path().join("page.html");
    let report = ["report", "--now", "2026-04-01", "--max-size", "150KB", "--data", &arg(&archive), "-o", &arg(&page)];
    tunnelql(report).ok();
    let page = fs::read_to_string(page).unwrap();
    assert!(page.len() <= 150 << 10, "{}", page.len());
    // The numbers are those of all, and what is left out is counted.
    assert!(page.contains(&format!("tunnels went down {incidents} times")), "{incidents}");
    assert!(page.matches("more rows; this shows all").count() >= 4);
}

/// One record of another category: gateways and tunnels of which nothing is known.
fn empty() -> PathBuf {
    let folder = root().join("target/tmp/report-empty");
    fs::create_dir_all(&folder).unwrap();
    let record = r#"{"time":"2026-03-01T07:00:01.0000000Z","resourceId":"/SUBSCRIPTIONS/9B58FFEE-0F4A-429B-995F-CECA99457095/RESOURCEGROUPS/RG-SYNTHETIC/PROVIDERS/MICROSOFT.NETWORK/VIRTUALNETWORKGATEWAYS/GW-QUIET","operationName":"StaticRouteUpdate","category":"RouteDiagnosticLog","properties":{"message":"Static route updated"}}"#;
    fs::write(folder.join("quiet.json"), format!("{record}\n")).unwrap();
    folder
}

#[test]
fn languages_formats_and_mistakes() {
    let (folder, data) = (temp(), arg(sample("blobs")));
    let page = folder.path().join("r.html");
    let run = |more: &[&str]| tunnelql(["report", "--data", &data, "--now", "2026-03-20"].iter().chain(more).copied());
    run(&["-o", &arg(&page), "--lang-ui", "ja", "--tz", "Asia/Tokyo", "--title", "題 <b>"]).ok();
    let html = fs::read_to_string(&page).unwrap();
    assert!(html.contains("<html lang=\"ja\">") && html.contains("題 &lt;b&gt;") && html.contains("最初に行うこと"));
    // 01:12:30 UTC.
    assert!(html.contains("2026-03-10 10:12:30") && html.len() < 400_000);
    let only = run(&["--section", "bgp", "--section", "p2s", "--format", "markdown"]).ok();
    assert!(only.contains("\n## BGP\n") && only.matches("\n## ").count() == 2, "{only}");
    let error = run(&["--section", "sumary"]).fails(2);
    assert!(error.contains("there is no section 'sumary'") && error.contains("did you mean summary?"), "{error}");
    assert!(run(&["-o", &arg(folder.path().join("r.pdf"))]).fails(2).contains("no format is known by the ending .pdf"));
    assert!(run(&["--redact", "names"]).fails(2).contains("'names' cannot be redacted"));
    let error = run(&["-o", &arg(folder.path().join("no/such/r.html"))]).fails(3);
    assert!(error.contains("no/such/r.html") && !error.contains(".tunnelql-"), "{error}");
    assert!(run(&["--param", "x=1"]).fails(2).contains("<FILE>"));
    let redacted = run(&["--section", "bgp", "--lang-ui", "ja", "--redact", "all", "--format", "markdown"]).ok();
    assert!(redacted.contains("仮名に置き換えた項目: アドレス、ユーザー名、サブスクリプション"), "{redacted}");
}

#[test]
fn what_is_redacted_is_nowhere() {
    let (folder, data) = (temp(), arg(sample("blobs")));
    let secrets = |text: &str| {
        for secret in
            ["203.0.113.", "192.0.2.", "172.16.201.", "10.17.255.254", "@example.com", "9B58FFEE-0F4A", "9b58ffee-0f4a"]
        {
            assert!(
                !text.contains(secret),
                "{secret} in {}",
                text.split(secret).next().unwrap().chars().rev().take(80).collect::<String>()
            );
        }
    };
    for format in ["html", "markdown", "json"] {
        secrets(&tunnelql(["report", "--data", &data, "--format", format, "--redact", "all"]).ok());
    }
    let own = arg(root().join("sample_data/reports/weekly.md"));
    secrets(&tunnelql(["report", &own, "--data", &data, "--redact", "all", "--format", "markdown"]).ok());
    let id = incident("policy_mismatch");
    let explained = tunnelql(["explain-incident", &id, "--data", &data, "--redact", "all"]).ok();
    secrets(&explained);
    assert!(explained.contains("240.0.0.") && explained.contains("IKE proposals"), "{explained}");
    // A bundle is redacted without being asked, its rows too.
    let out = folder.path().join("bundle");
    tunnelql(["bundle", "--incident", &id, "--data", &data, "-o", &arg(&out)]).ok();
    let manifest = read_json(&out.join("manifest.json"));
    assert_eq!(manifest["incident"], id.as_str());
    for file in manifest["files"].as_array().unwrap() {
        let bytes = fs::read(out.join(file["name"].as_str().unwrap())).unwrap();
        let digest = ring::digest::digest(&ring::digest::SHA256, &bytes);
        let hash: String = digest.as_ref().iter().map(|b| format!("{b:02x}")).collect();
        assert_eq!(file["sha256"], hash.as_str());
        if !file["name"].as_str().unwrap().ends_with(".parquet") {
            secrets(&String::from_utf8(bytes).unwrap());
        }
    }
    assert!(
        manifest["rows"]["tunnel_log"].as_u64().unwrap() >= 4 && manifest["rows"]["ike_log"].as_u64().unwrap() > 50,
        "{manifest}"
    );
    let parquet = parquet_text(&out.join("ike_log.parquet"));
    secrets(&parquet);
    // Its logs tell the same again.
    let logs = arg(out.join("logs"));
    let told = tunnelql(["query", "--data", &logs, "--format", "csv", "-c", "SELECT count(*) FROM ike_log"]).ok();
    assert_eq!(told, format!("count(*)\n{}\n", manifest["rows"]["ike_log"]));
    let causes = "SELECT count(*) AS n FROM disconnects WHERE cause = 'policy_mismatch' AND remote_ip LIKE '240.%'";
    assert_ne!(tunnelql(["query", "--data", &logs, "--format", "csv", "-c", causes]).ok(), "n\n0\n");
    assert!(parquet.contains("Remote 240.0.0.") && parquet.contains("Policy match error"), "{}", &parquet[..400]);
}

/// Where nothing was looked at, nothing is good.
#[test]
fn no_data_is_no_good_news() {
    let data = arg(sample("blobs"));
    let report = |range: &[&str]| {
        tunnelql(["report", "--data", &data, "--format", "markdown"].iter().chain(range).copied()).ok()
    };
    let nothing = report(&["--since", "2026-04-01", "--until", "2026-04-02"]);
    assert!(!nothing.contains('✓'), "{nothing}");
    for says in [
        "- There is no data from 2026-04-01 00:00:00 to 2026-04-02 00:00:00: nothing can be said of this time.",
        "> **!** There is no data from 2026-04-01",
        "The data reaches from 2026-03-10 01:00:00 to 2026-03-11 10:00:00",
        "--now data",
        "> **!** There are no rows of IKEDiagnosticLog",
    ] {
        assert!(nothing.contains(says), "{says} is not in {nothing}");
    }
    let some = report(&["--since", "2026-03-11T03:00:00Z", "--until", "2026-03-11T09:00:00Z"]);
    assert!(
        some.contains("- Time range: 2026-03-11 03:00:00 to 2026-03-11 09:00:00\n- Data in it: 2026-03-11 0"),
        "{some}"
    );
    let folder = temp();
    fs::write(folder.path().join("notes.txt"), "no log at all\n").unwrap();
    let said = tunnelql(["query", "--data", &arg(folder.path()), "-c", "SELECT count(*) FROM tunnel_log"]);
    assert!(said.stderr.contains("notes.txt holds no record that is known"), "{}", said.stderr);
    let said = tunnelql(["report", "--data", &arg(folder.path()), "--section", "summary"]);
    assert!(said.stderr.contains("holds no record that is known"), "{}", said.stderr);
}

/// 203.0.113.1 is down from 05:10:24 to 05:27:40, and nothing else is at that time.
#[test]
fn an_outage_that_runs_when_the_time_begins_counts() {
    let data = sample("blobs");
    let range = |from: &str, to: &str| {
        json(&data, &["--since", &format!("2026-03-11T{from}Z"), "--until", &format!("2026-03-11T{to}Z")])
    };
    let verdict = |report: &Value| section(report, "summary")[0].clone();
    for (from, to, open) in [("05:15:00", "05:20:00", 1), ("05:15:00", "06:00:00", 0)] {
        let report = range(from, to);
        let facts = facts(section(&report, "summary"));
        assert_eq!((&facts["disconnects"], &facts["open"]), (&1.into(), &open.into()), "{report}");
        let verdict = verdict(&report);
        assert_ne!(verdict["tone"], "good", "{verdict}");
        assert!(verdict["text"].as_str().unwrap().contains("1 of them were down already"), "{verdict}");
        let row = &table(section(&report, "incidents"), "incident_id")[0];
        assert_eq!(row["cause"], "authentication", "{row}");
    }
    // From the beginning of the time until the peer is back.
    let down = &facts(section(&range("05:20:00", "06:00:00"), "summary"))["down_s"].clone();
    assert_eq!(*down, 460, "{down}");
    // What had ended before does not count; of the rest no row tells.
    let after = verdict(&range("05:28:00", "06:00:00"));
    assert_eq!(after["tone"], "warning", "{after}");
    assert!(!after["text"].as_str().unwrap().contains("went down once"), "{after}");
}

/// All values of a Parquet file as a text.
fn parquet_text(path: &Path) -> String {
    use parquet::arrow::arrow_reader::ParquetRecordBatchReaderBuilder;
    let reader = ParquetRecordBatchReaderBuilder::try_new(fs::File::open(path).unwrap()).unwrap().build().unwrap();
    let mut out = String::new();
    for batch in reader.map(Result::unwrap) {
        for column in batch.columns() {
            for row in 0..batch.num_rows() {
                out.push_str(&arrow::util::display::array_value_to_string(column, row).unwrap());
                out.push('\n');
            }
        }
    }
    out
}

fn incident(cause: &str) -> String {
    let sql = format!("SELECT incident_id FROM disconnects WHERE cause = '{cause}' ORDER BY disconnected_at LIMIT 1");
    rows(&[&sample("blobs")], &sql, &[])[0]["incident_id"].as_str().unwrap().to_owned()
}

#[test]
fn an_incident_is_argued_by_id_and_by_time() {
    let data = arg(sample("blobs"));
    let id = incident("policy_mismatch");
    assert!(id.len() == 14 && id.starts_with("i-"), "{id}");
    let by_id = tunnelql(["explain-incident", &id, "--data", &data, "--now", "2026-03-20"]).ok();
    for says in [
        "Policy match error",
        "203.0.113.6",
        "Evidence",
        "AES-CBC-128/Md5/DhGroup14",
        "What to do:",
        "this disconnect",
        &id,
    ] {
        assert!(by_id.contains(says), "{says} is not in {by_id}");
    }
    let at = ["--at", "2026-03-11T02:35:21Z", "--peer", "203.0.113.6", "--now", "2026-03-20"];
    let by_time = tunnelql(["explain-incident", "--data", &data].into_iter().chain(at)).ok();
    assert_eq!(by_id, by_time);
    // The id does not depend on what else is there.
    let narrow = ["--since", "2026-03-11", "--until", "2026-03-11T03:00:00Z"];
    let found = rows(
        &[&sample("blobs")],
        &format!("SELECT count(*) AS n FROM disconnects WHERE incident_id = '{id}'"),
        &narrow,
    );
    assert_eq!(found[0]["n"], 1);
    let error = tunnelql(["explain-incident", "i-000000000000", "--data", &data]).fails(1);
    assert!(error.contains("there is no incident 'i-000000000000'"), "{error}");
    let error = tunnelql(["explain-incident", "--data", &data, "--at", "2026-03-11T20:00:00Z"]).fails(1);
    assert!(error.contains("no tunnel was down within an hour of 2026-03-11T20:00:00"), "{error}");
    tunnelql(["explain-incident", "--data", &data]).fails(2);
}

#[test]
fn own_reports_run_their_blocks_and_name_their_mistakes() {
    let (folder, data) = (temp(), arg(sample("blobs")));
    let report = |text: &str, more: &[&str]| {
        let path = folder.path().join("own.md");
        fs::write(&path, text).unwrap();
        let file = arg(&path);
        tunnelql(["report", &file, "--data", &data, "--format", "markdown"].iter().chain(more).copied())
    };
    let mine = |name: &str| arg(root().join("sample_data/reports").join(name));
    let run = |name: &str, more: &[&str]| {
        tunnelql(["report", &mine(name), "--data", &data, "--format", "markdown"].iter().chain(more).copied())
    };
    let weekly = run("weekly.md", &[]).ok();
    assert!(
        weekly.starts_with("# Weekly report on VPN tunnels\n") && weekly.contains("| VPNGW-TOKYO | 203.0.113.1 |"),
        "{weekly}"
    );
    assert!(weekly.contains("maintenance") && weekly.contains('█'), "{weekly}");
    let peer = run("peer.md", &["--param", "peer=203.0.113.6"]).ok();
    assert!(peer.contains("policy\\_mismatch") || peer.contains("policy_mismatch"), "{peer}");
    assert!(!peer.contains("203.0.113.5"), "{peer}");
    let kusto = run("kusto.md", &[]).ok();
    assert!(kusto.contains("| TunnelDiagnosticLog | 26 |"), "{kusto}");
    // What the page draws: pictures without a style of their own, since its policy would not apply it.
    let page = folder.path().join("own.html");
    let charts = "| n | size |\n|---|--:|\n| a | 12 |\n\n```bash\nls\n```\n\n```sql chart=bars\nSELECT cause, count(*) AS n FROM disconnects GROUP BY 1\n```\n\n\
                  ```sql chart=timeline\nSELECT * FROM tunnel_sessions\n```\n\n```sql chart=bars\nSELECT cause, 1 AS n FROM disconnects WHERE false\n```\n\n\
                  ```kql\nIKEDiagnosticLog | summarize n = count() by bin(TimeGenerated, 1h) | render timechart\n```\n";
    let text = report(charts, &[]).ok();
    assert!(text.contains("| n | size |\n|---|---:|\n| a | 12 |") && text.contains("```bash\nls\n```"), "{text}");
    assert!(text.contains("No rows") && text.contains('⡆'), "{text}");
    tunnelql(["report", &arg(folder.path().join("own.md")), "--data", &data, "-o", &arg(&page)]).ok();
    let html = fs::read_to_string(&page).unwrap();
    assert!(html.contains("id=\"chart-1\"") && html.contains("id=\"chart-2\"") && html.contains("svg.chart .l{"));
    assert!(html.matches("<style>").count() == 1 && !html.contains(" style=\"") && html.contains("class=\"up\""));
    let markdown = report("a <script>alert(1)</script> b\n\n<div>x</div>\n\n- one `two`\n- three\n", &[]).ok();
    assert!(!markdown.contains("<script") && markdown.contains("- one two\n- three\n"), "{markdown}");
    // Every result of a block, and pseudonyms in the user's own words too.
    let both = report("```kql\nTunnelDiagnosticLog | count; P2SDiagnosticLog | count\n```\n", &[]).ok();
    assert!(both.contains("| 26 |") && both.contains("| 94 |"), "{both}");
    let words = "# To 203.0.113.1\n\nof 203.0.113.1\n\n```sql rows=1 title=\"To 203.0.113.1\"\nSELECT time AS \"at 203.0.113.1\" FROM tunnel_log WHERE remote_ip = '203.0.113.1'\n```\n";
    let hidden = report(words, &["--redact", "all"]).ok();
    assert!(!hidden.contains("203.0.113.1") && hidden.contains("240."), "{hidden}");
    for (text, code, says) in [
        ("# t\n\n```sql\nSELECT 1\n```\n\n```sql\nSELECT nothing\nFROM disconnects\n```\n", 1, "own.md:8: block 2: "),
        ("```sql\nSELECT 1;\nSELEC 2\n```\n", 1, "own.md:3: block 1: "),
        ("```kql\ndisconnects | wher x\n```\n", 1, "own.md:2: block 1: "),
        ("```sql chrat=bars\nSELECT 1\n```\n", 2, "own.md:1: block 1: there is no hint 'chrat'"),
        ("```sql\nCREATE TABLE x AS SELECT 1\n```\n", 2, "own.md:1: block 1: a report's statements only ask; CREATE"),
        ("```sql\nCOPY (SELECT 1) TO 'x.csv'\n```\n", 2, "COPY"),
        ("```sql chart=bars\nSELECT 1 AS n\n```\n", 1, "own.md:1: block 1: a bars chart needs"),
    ] {
        let error = report(text, &[]).fails(code);
        assert!(error.contains(says), "{text}: {error}");
    }
    assert!(tunnelql(["report", "no/such.md", "--data", &data]).fails(3).contains("cannot read the report no/such.md"));
}

/// The peer is down for 9 min 35 s when the range ends, in the middle of an hour.
#[test]
fn availability_keeps_to_the_range() {
    let data = arg(sample("blobs"));
    let sql = "SELECT sum(down_s) AS down, sum(up_s + down_s + no_data_s) > 0 AS told FROM availability WHERE remote_ip = '203.0.113.1'";
    let range = ["--since", "2026-03-11T05:05:00Z", "--until", "2026-03-11T05:20:00Z"];
    let all = [&["query", "--data", &data, "--format", "csv", "-c", sql][..], &range].concat();
    assert_eq!(tunnelql(all).ok(), "down,told\n575,true\n");
}
