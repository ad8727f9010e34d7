//! Sources that change between imports: append blobs that grow in the middle of a line, files that are rewritten,
//! copied, compressed or left alone. All lines here are synthetic.

use std::fs;
use std::io::Write;
use std::path::{Path, PathBuf};
use std::time::SystemTime;

use serde_json::Value;

use crate::support::{self, arg, finish, import, rows, temp, tunnelql};

mod cuts;

/// Where an export has its blob of one gateway and hour.
fn blob(root: &Path, gateway: &str) -> PathBuf {
    root.join(format!(
        "insights-logs-tunneldiagnosticlog/resourceId=/SUBSCRIPTIONS/00000000-0000-0000-0000-000000000000/\
         RESOURCEGROUPS/RG-SYNTHETIC/PROVIDERS/MICROSOFT.NETWORK/VIRTUALNETWORKGATEWAYS/{gateway}/\
         y=2026/m=03/d=01/h=07/m=00/PT1H.json"
    ))
}

/// A record of a gateway, without a line end. Different numbers give different records.
fn record(gateway: &str, number: u32) -> String {
    format!(
        "{{\"time\":\"2026-03-01T07:{:02}:{:02}.1234567Z\",\"resourceId\":\"/SUBSCRIPTIONS/S/RESOURCEGROUPS/R/PROVIDERS/\
         MICROSOFT.NETWORK/VIRTUALNETWORKGATEWAYS/{gateway}\",\"category\":\"TunnelDiagnosticLog\",\"operationName\":\
         \"TunnelConnected\",\"properties\":{{\"remoteIP\":\"192.0.2.{}\",\"status\":\"Connected\"}}}}",
        number / 60 % 60,
        number % 60,
        number % 100 + 100
    )
}

fn lines(numbers: std::ops::Range<u32>) -> String {
    numbers.map(|n| record("GW", n) + "\n").collect()
}

fn write(path: &Path, text: impl AsRef<[u8]>) {
    fs::create_dir_all(path.parent().unwrap()).unwrap();
    fs::write(path, text).unwrap();
}

fn append(path: &Path, text: &str) {
    fs::OpenOptions::new().append(true).open(path).unwrap().write_all(text.as_bytes()).unwrap();
}

fn n(value: &Value, name: &str) -> u64 {
    value[name].as_u64().unwrap_or_else(|| panic!("{name} in {value}"))
}

fn sound(archive: &Path) {
    let out = tunnelql(["verify", "--json", "--data", &arg(archive)]);
    assert_eq!(out.code, 0, "{}", out.stderr);
}

/// Newest version in the archive's log.
fn version(archive: &Path) -> usize {
    let entries = fs::read_dir(archive.join("_delta_log")).unwrap();
    entries.filter(|e| e.as_ref().unwrap().path().extension().is_some_and(|x| x == "json")).count() - 1
}

/// The source line and the number that is in the record, of every row, in the order of time.
fn numbers(archive: &Path) -> Vec<(u64, u64)> {
    let sql = "SELECT source_line, CAST(date_part('minute', time) * 60 + date_part('second', time) AS BIGINT) AS n \
               FROM tunnel_log ORDER BY time, source";
    rows(&[archive], sql, &[]).iter().map(|r| (n(r, "source_line"), n(r, "n"))).collect()
}

#[test]
fn only_the_growth_is_read_and_line_numbers_go_on() {
    let dir = temp();
    let (export, archive) = (dir.path().join("export"), dir.path().join("archive"));
    let path = blob(&export, "GW");
    let whole = |n| record("GW", n);
    // What is appended, and how many records, torn bytes and bytes to read come of it.
    let torn = whole(5)[..100].to_owned();
    let steps = [
        ("whole lines", lines(1..4), 3, 0),
        ("more whole lines", lines(4..5), 1, 0),
        ("a torn line", torn.clone(), 0, 100),
        ("nothing but more of it", whole(5)[100..150].to_owned(), 0, 150),
        ("its rest and another", format!("{}\n{}\n", &whole(5)[150..], whole(6)), 2, 0),
        ("a complete record without a line end", whole(7), 1, 0),
        ("its line end and another", format!("\n{}", whole(8)), 1, 0),
        ("only the line end", "\n".to_owned(), 0, 0),
        ("a CR LF line", format!("{}\r\n", whole(9)), 1, 0),
        ("a record without its CR LF", whole(10), 1, 0),
        ("CR", "\r".to_owned(), 0, 0),
        ("LF and another", format!("\n{}\n", whole(11)), 1, 0),
        ("a blank line and garbage", "\nsynthetic garbage\n".to_owned(), 0, 0),
        ("the last", lines(12..13), 1, 0),
    ];
    write(&path, "");
    let (mut size, mut done, mut total, mut previous) = (0, 0, 0, None);
    for (what, text, records, torn_bytes) in steps {
        append(&path, &text);
        size += text.len() as u64;
        let account = import(&archive, &export, &[]);
        assert_eq!(n(&account, "rows"), records, "{what}: {account}");
        assert_eq!(n(&account, "records"), records, "{what}: {account}");
        assert_eq!(n(&account, "torn_bytes"), torn_bytes, "{what}: {account}");
        assert_eq!(n(&account, "bytes_read"), size - done, "{what}: only what is new: {account}");
        assert_eq!(n(&account["sources"], "grown") + n(&account["sources"], "new"), 1, "{what}: {account}");
        done = size - torn_bytes;
        total += records;
        previous = Some(version(&archive));
        sound(&archive);
    }
    let expected: Vec<(u64, u64)> = (1..12).map(|i| (i, i)).chain([(14, 12)]).collect();
    assert_eq!(numbers(&archive), expected, "blank and garbage are lines 12 and 13");
    assert_eq!(total, 12);

    let pieces = rows(&[&archive], "SELECT start_byte, end_byte FROM system.imports ORDER BY imported_at", &[]);
    for pair in pieces.windows(2) {
        assert_eq!(pair[0]["end_byte"], pair[1]["start_byte"], "{pair:?}");
    }
    assert_eq!(n(pieces.last().unwrap(), "end_byte"), size);

    // Nothing new: nothing is opened and nothing is committed.
    let again = import(&archive, &export, &[]);
    assert_eq!((n(&again, "bytes_read"), n(&again, "commits"), n(&again["sources"], "unchanged")), (0, 0, 1));
    assert_eq!(Some(version(&archive)), previous);

    // Another archive that sees the whole file at once has the same rows.
    let at_once = dir.path().join("at-once");
    import(&at_once, &export, &[]);
    assert_eq!(numbers(&at_once), expected);
}

#[test]
fn an_unchanged_file_is_not_opened() {
    let dir = temp();
    let (export, archive) = (dir.path().join("export"), dir.path().join("archive"));
    let path = blob(&export, "GW");
    write(&path, lines(0..3));
    import(&archive, &export, &[]);
    // Other contents under the same length and modification time: whoever opened the file would see them.
    let modified = fs::metadata(&path).unwrap().modified().unwrap();
    let mut file = fs::OpenOptions::new().write(true).open(&path).unwrap();
    file.write_all(lines(10..13).as_bytes()).unwrap();
    file.set_modified(modified).unwrap();
    drop(file);
    let account = import(&archive, &export, &[]);
    assert_eq!((n(&account, "rows"), n(&account["sources"], "unchanged"), n(&account, "bytes_read")), (0, 1, 0));
}

#[test]
fn a_rewritten_file_is_noticed_and_adds_only_what_is_new() {
    let long = lines(0..20);
    assert!(long.len() > 3000, "longer than what is remembered of its ends");
    // Before, after, sources rewritten, rows added.
    let cases: Vec<(&str, String, String, u64, u64)> = vec![
        ("other and shorter", lines(0..3), lines(10..12), 1, 2),
        ("shorter, a part of the old", lines(0..3), lines(0..2), 1, 0),
        ("same length", lines(0..3), lines(20..23), 1, 3),
        ("longer with another beginning", lines(0..3), lines(2..6), 1, 3),
        (
            "longer with another end of the old part",
            long.clone(),
            long.replacen("Connected\"}}\n", "Disconnec\"}}\n", 1),
            1,
            1,
        ),
        (
            "same beginning, other middle, longer",
            long.clone(),
            long[..long.len() - 300].to_owned() + &lines(30..33),
            1,
            3,
        ),
        ("touched only", lines(0..3), lines(0..3), 1, 0),
        ("became empty", lines(0..3), String::new(), 1, 0),
        ("was empty", String::new(), lines(0..3), 0, 3),
        ("was only a torn line", record("GW", 1)[..50].to_owned(), lines(2..4), 0, 2),
    ];
    for (what, before, after, rewritten, added) in cases {
        let dir = temp();
        let (export, archive) = (dir.path().join("export"), dir.path().join("archive"));
        let path = blob(&export, "GW");
        write(&path, &before);
        let first = import(&archive, &export, &[]);
        write(&path, &after);
        fs::File::options()
            .append(true)
            .open(&path)
            .unwrap()
            .set_modified(SystemTime::now() + std::time::Duration::from_secs(5))
            .unwrap();
        let account = import(&archive, &export, &[]);
        assert_eq!(n(&account["sources"], "rewritten"), rewritten, "{what}: {account}");
        if what != "same beginning, other middle, longer" {
            assert_eq!(n(&account, "rows"), added, "{what}: {account}");
        }
        sound(&archive);
        let again = import(&archive, &export, &[]);
        assert_eq!((n(&again, "bytes_read"), n(&again, "commits")), (0, 0), "{what}: {again}");
        // What was imported stays, and everything that is in the file now is there.
        let held = numbers(&archive).len() as u64;
        assert_eq!(held, n(&first, "rows") + n(&account, "rows"), "{what}");
        let now = dir.path().join("now");
        import(&now, &export, &[]);
        let there: std::collections::HashSet<u64> = numbers(&archive).into_iter().map(|r| r.1).collect();
        assert!(numbers(&now).iter().all(|r| there.contains(&r.1)), "{what}");
    }
}

#[test]
fn a_copy_under_another_path_adds_nothing() {
    let dir = temp();
    let (export, archive) = (dir.path().join("export"), dir.path().join("archive"));
    write(&blob(&export, "GW"), lines(0..5));
    assert_eq!(n(&import(&archive, &export, &[]), "rows"), 5);
    let copy = dir.path().join("elsewhere/copy of the blob.json");
    write(&copy, lines(0..5) + &lines(0..2));
    let account = import(&archive, &copy, &[]);
    assert_eq!((n(&account, "rows"), n(&account, "records"), n(&account, "duplicates")), (0, 7, 7), "{account}");
    assert_eq!(numbers(&archive).len(), 5);
    sound(&archive);
    let sources = rows(&[&archive], "SELECT DISTINCT source FROM system.imports", &[]);
    assert_eq!(sources.len(), 2, "the ledger knows both");
}

fn gzip(text: &str) -> Vec<u8> {
    let mut encoder = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::default());
    encoder.write_all(text.as_bytes()).unwrap();
    encoder.finish().unwrap()
}

#[test]
fn compressed_files_that_change() {
    let dir = temp();
    let (export, archive) = (dir.path().join("export"), dir.path().join("archive"));
    let path = blob(&export, "GW").with_file_name("PT1H.json.gz");
    let second = [gzip(&lines(0..4)), gzip(&lines(4..6))].concat();
    let cut = gzip(&lines(0..9));
    // Contents, rows added, whether the stream is whole.
    let steps: [(&str, Vec<u8>, u64, bool); 6] = [
        ("new", gzip(&lines(0..2)), 2, true),
        ("more lines", gzip(&lines(0..4)), 2, true),
        ("a second member", second.clone(), 2, true),
        ("cut off", cut[..cut.len() - 6].to_vec(), 3, false),
        ("whole again", cut, 0, true),
        ("shorter", gzip(&lines(0..1)), 0, true),
    ];
    for (what, bytes, added, whole) in steps {
        write(&path, bytes);
        let account = import(&archive, &export, &[]);
        assert_eq!(n(&account, "rows"), added, "{what}: {account}");
        assert_eq!(n(&account, "rejects") == 0, whole, "{what}: {account}");
        sound(&archive);
        assert_eq!(n(&import(&archive, &export, &[]), "bytes_read"), 0, "{what}");
    }
    let found: Vec<u64> = numbers(&archive).into_iter().map(|r| r.1).collect();
    assert_eq!(found, (0..9).collect::<Vec<u64>>());
}

#[test]
fn strict_commits_nothing_when_there_are_rejects() {
    let dir = temp();
    let (export, archive) = (dir.path().join("export"), dir.path().join("archive"));
    let strict = || {
        finish(
            support::command()
                .args(["import", "--strict", "--summary", "json", "--archive"])
                .arg(&archive)
                .arg(&export),
        )
    };
    write(&blob(&export, "GW"), lines(0..3) + "synthetic garbage\n");
    let said = strict().fails(6);
    assert!(said.contains("nothing was imported") && said.contains("line 4"), "{said}");
    let held = || rows(&[&archive], "SELECT count(*) AS n FROM tunnel_log", &[])[0]["n"].as_u64().unwrap();
    assert!(!archive.exists(), "not even an empty archive");

    // The same over an archive that holds something: its version stays.
    write(&blob(&export, "GW"), lines(0..3));
    assert_eq!(n(&strict().json(), "rows"), 3);
    let before = version(&archive);
    append(&blob(&export, "GW"), &(lines(3..5) + "synthetic garbage\n"));
    let said = strict().fails(6);
    assert!(said.contains("1 lines are no record") && said.contains("line 6"), "{said}");
    assert_eq!((version(&archive), held()), (before, 3));
    // Without it the same growth is taken and the reject kept.
    let account = import(&archive, &export, &[]);
    assert_eq!((n(&account, "rows"), n(&account, "rejects")), (2, 1));
    sound(&archive);
    // A torn end is no reject.
    append(&blob(&export, "GW"), &record("GW", 7)[..80]);
    assert_eq!(n(&strict().json(), "torn_bytes"), 80);
}
