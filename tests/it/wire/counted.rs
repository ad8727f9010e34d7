//! Requests are counted, foretold and refused.

use std::fmt::Write;

use serde_json::Value;

use super::{COUNT, DAY, Wire, export, lines};
use crate::proxy::{Harm, Seen};
use crate::support::{finish, temp};

/// What the proxy counted is what `--stats` says.
#[track_caller]
fn assert_counted(wire: &Wire, stats: &Value) {
    let requests = &stats["requests"];
    assert_eq!(requests["list"], wire.proxy.count(Seen::is_list), "{stats}");
    assert_eq!(requests["read"], wire.proxy.count(Seen::is_read), "{stats}");
    assert_eq!(requests["write"], wire.proxy.count(|s| s.method == "PUT"), "{stats}");
    assert_eq!(requests["other"], wire.proxy.count(|s| s.method == "HEAD" || s.method == "DELETE"), "{stats}");
}

#[test]
fn a_day_of_an_export_takes_the_blobs_of_that_day() {
    let Some(wire) = Wire::new(|_| Harm::None) else { return };
    let container = wire.azurite.container();
    export(&wire.azurite, &container, &["GW1", "GW2"], 5, 2);
    let place = format!("az://{container}");
    let all = wire.query(&place, COUNT, &[]);
    assert_eq!(all.value(), 2 * 5 * 24 * 2);
    assert_counted(&wire, &all.stats);
    assert_eq!(all.stats["requests"]["read"], 240, "{}", all.stats);
    assert!(all.stats["bytes_received"].as_u64() > all.stats["bytes_read"].as_u64(), "{}", all.stats);

    let day = wire.query(&place, DAY, &[]);
    assert_eq!(day.value(), 2 * 24 * 2);
    assert_counted(&wire, &day.stats);
    // The day, the hour before it and six hours after it, of two gateways.
    assert_eq!(day.stats["requests"]["read"], 2 * (1 + 24 + 6), "{}", day.stats);
    // Is it an archive? What containers are there? And what is below the one folder there is.
    assert_eq!(day.stats["requests"]["list"], 3, "{}", day.stats);
    assert_eq!((&day.stats["retries"], &day.stats["blobs_failed"]), (&0.into(), &0.into()));

    let one = wire.query(&place, &format!("{DAY} AND gateway = 'GW2'"), &[]);
    assert_eq!((one.value(), one.stats["requests"]["read"].as_u64()), (48, Some(31)));

    // The bill before.
    wire.proxy.forget();
    let mut command = wire.command();
    command.args(["query", "--dry-run", "--format", "json", "--prices", "10 1 EUR", "--data", &place, "-c", DAY]);
    let bill = finish(&mut command).json()["bill"].clone();
    assert_eq!((bill["list"].as_u64(), bill["read"].as_u64()), (Some(3), Some(62)), "{bill}");
    assert_eq!((bill["list_total"].as_u64(), bill["read_total"].as_u64()), (Some(3), Some(240)), "{bill}");
    assert_eq!(bill["bytes"], day.stats["bytes_read"], "{bill}");
    assert!((bill["cost"].as_f64().unwrap() - (30.0 + 62.0) / 10_000.0).abs() < 1e-9, "{bill}");
    assert_eq!(wire.proxy.count(Seen::is_read), 0, "it reads no log");
    let mut command = wire.command();
    let text = finish(command.args(["query", "--explain", "--data", &place, "-c", DAY])).ok();
    assert!(text.contains("requests: 3 of 3 to list, about 62 of 240 to read, at most "), "{text}");
    assert!(text.contains(" USD (--prices)"), "{text}");
    let plan = wire.query(&place, &format!("EXPLAIN {DAY}"), &[]).output.ok();
    assert!(plan.contains("requests: 3 of 3 to list, about 62 of 240 to read"), "{plan}");
    assert_eq!(wire.proxy.count(Seen::is_read), 0);
    let plan = wire.query(&place, &format!("EXPLAIN ANALYZE {DAY}"), &[]).output.ok();
    assert!(plan.contains("requests: ") && plan.contains(" to list, 62 to read"), "{plan}");
}

#[test]
fn a_first_import_lists_its_source_once() {
    let Some(wire) = Wire::new(|_| Harm::None) else { return };
    let container = wire.azurite.container();
    export(&wire.azurite, &container, &["GW1"], 2, 1);
    let (place, folder) = (format!("az://{container}"), temp());
    for new in [48, 0] {
        wire.proxy.forget();
        let mut command = wire.command();
        command.args(["import", "--summary", "json", "--archive"]).arg(folder.path().join("archive")).arg(&place);
        let summary = finish(&mut command).json();
        assert_eq!((&summary["sources"]["listed"], &summary["sources"]["new"]), (&48.into(), &new.into()), "{summary}");
        // Is it an archive? And what is there.
        assert_eq!(wire.proxy.count(Seen::is_list), 2, "{summary}");
    }
}

#[test]
fn what_would_read_too_much_is_refused_before_it_starts() {
    let Some(wire) = Wire::new(|_| Harm::None) else { return };
    let container = wire.azurite.container();
    export(&wire.azurite, &container, &["GW1"], 4, 40);
    let place = format!("az://{container}");
    let refused = wire.query(&place, COUNT, &["--max-bytes", "500KB"]);
    let text = refused.output.fails(1);
    assert!(text.contains("would read up to 1.") && text.contains("--max-bytes allows 500.0 KB"), "{text}");
    assert!(text.contains("--last") && text.contains("--dry-run"), "{text}");
    assert_eq!(wire.proxy.count(Seen::is_read), 0);
    let hour = "SELECT count(*) AS n FROM tunnel_log WHERE time >= '2026-03-03' AND time < '2026-03-03T01:00:00Z'";
    assert_eq!(wire.query(&place, hour, &["--max-bytes", "500KB"]).value(), 40);
    // Tables that decide while they run, and statements that run while they are planned.
    for sql in ["SELECT * FROM flaps", "CREATE TABLE t AS SELECT * FROM tunnel_log", "SELECT * FROM system.rejects"] {
        let text = wire.query(&place, sql, &["--max-bytes", "500KB"]).output.fails(1);
        assert!(text.contains("--max-bytes allows"), "{sql}: {text}");
        assert_eq!(wire.proxy.count(Seen::is_read), 0, "{sql}");
    }
    // To look at the plan costs nothing, and the shell can change its mind.
    wire.query(&place, &format!("EXPLAIN {COUNT}"), &["--max-bytes", "500KB"]).output.ok();
    let mut command = wire.command();
    command.args(["query", "--data", &place, "-c", ".maxbytes 1KB", "-c", COUNT]);
    finish(&mut command).fails(1);
    let mut command = wire.command();
    command.args(["query", "--max-bytes", "1KB", "--data", &place, "-c", ".maxbytes off", "-c", COUNT]);
    finish(&mut command).ok();
    let mut command = wire.command();
    command.env("TUNNELQL_MAX_BYTES", "1KB").args(["query", "--data", &place, "-c", COUNT]);
    finish(&mut command).fails(1);
}

/// A year of days in an archive with a checkpoint, made by many imports.
fn year(wire: &Wire) -> String {
    let folder = temp();
    let start = chrono::NaiveDate::from_ymd_opt(2025, 1, 1).unwrap();
    let mut script = String::new();
    for part in 0..25 {
        let mut text = String::new();
        for day in (0..365).filter(|day| day % 25 == part) {
            text += &lines("GW1", &(start + chrono::TimeDelta::days(day)).to_string(), 12, 3);
        }
        let file = folder.path().join(format!("part-{part:02}.json"));
        std::fs::write(&file, text).unwrap();
        writeln!(script, ".import {}", file.display()).unwrap();
    }
    let archive = format!("az://{}/archive", wire.azurite.container());
    let first = folder.path().join("part-00.json");
    finish(wire.azurite.command().args(["import", "--archive", &archive]).arg(first)).ok();
    let file = folder.path().join("all.tql");
    std::fs::write(&file, script).unwrap();
    finish(wire.azurite.command().args(["query", "--data", &archive, "-f"]).arg(file)).ok();
    archive
}

#[test]
fn a_day_of_a_year_s_archive_takes_a_handful_of_requests() {
    let Some(wire) = Wire::new(|_| Harm::None) else { return };
    let archive = year(&wire);
    let files = "SELECT count(*) AS n FROM system.files WHERE table_name = 'tunnel_log'";
    assert_eq!(wire.query(&archive, files, &[]).value(), 365);
    let day = "SELECT count(*) AS n FROM tunnel_log WHERE time >= '2025-07-01' AND time < '2025-07-02'";
    let answer = wire.query(&archive, &day.replace("count(*)", "count(DISTINCT remote_ip)"), &[]);
    assert_eq!(answer.value(), 3);
    assert_counted(&wire, &answer.stats);
    println!("a day of a year's archive: {}", answer.stats["requests"]);
    let total: u64 = answer.stats["requests"].as_object().unwrap().values().map(|n| n.as_u64().unwrap()).sum();
    assert!(total <= 12, "{}", answer.stats);
    assert_eq!((&answer.stats["files_read"], &answer.stats["files_total"]), (&1.into(), &365.into()));
    // Foretold to the request.
    let mut command = wire.command();
    command.args(["query", "--dry-run", "--format", "json", "--data", &archive, "-c"]);
    let bill = finish(command.arg(day.replace("count(*)", "count(DISTINCT remote_ip)"))).json()["bill"].clone();
    assert_eq!((&bill["list"], &bill["read"]), (&answer.stats["requests"]["list"], &answer.stats["requests"]["read"]));
    // The second time from the cache.
    let cache = temp();
    let cached = ["--cache", cache.path().to_str().unwrap()];
    let first = wire.query(&archive, day, &cached);
    let again = wire.query(&archive, day, &cached);
    assert_eq!((first.value(), again.value()), (3, 3));
    assert_eq!(wire.proxy.count(Seen::is_read), 0, "{:?}", wire.proxy.seen());
    assert!(wire.proxy.count(Seen::is_list) <= 4, "{}", again.stats);
    // What is imported meanwhile is seen.
    let more = temp();
    std::fs::write(more.path().join("x.json"), lines("GW1", "2025-07-01", 13, 5)).unwrap();
    finish(wire.azurite.command().args(["import", "--archive", &archive]).arg(more.path())).ok();
    assert_eq!(wire.query(&archive, day, &cached).value(), 8);
}
