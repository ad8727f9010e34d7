//! What goes in: statements, parameters, time ranges, sources, names in any case.

use std::io::Write;

use insta::assert_snapshot;
use serde_json::json;

use super::{blobs, query};
use crate::support::{arg, import, rows, sample, temp, tunnelql, tunnelql_with_stdin};

#[test]
fn statements_from_arguments_files_and_standard_input() {
    let folder = temp();
    let (one, two) = (folder.path().join("one.sql"), folder.path().join("two.sql"));
    std::fs::write(&one, "-- a comment; with a semicolon\nSELECT 3 AS n;\nSELECT ';' AS n;\n").unwrap();
    std::fs::write(&two, "\u{feff}SELECT 5 AS n").unwrap();
    let out = query(&["--format", "csv", "-c", "SELECT 1 AS n;;", "-c", "SELECT 2 AS n", "-f", &arg(&one)]);
    assert_eq!(out.ok(), "n\n1\nn\n2\nn\n3\nn\n;\n");
    let out = tunnelql_with_stdin(["query", "--format", "csv", "-f", "-", "-f", &arg(&one)], b"SELECT 4 AS n");
    assert_eq!(out.ok(), "n\n4\nn\n3\nn\n;\n");
    // A byte order mark is what editors on Windows put there.
    assert_eq!(query(&["--format", "csv", "-f", &arg(&two)]).ok(), "n\n5\n");
    std::fs::write(&two, "SELECT 1;\nSELEC 2").unwrap();
    let out = query(&["--format", "csv", "-f", &arg(&two)]);
    // A text that cannot be parsed does not run in part.
    assert_eq!(out.stdout, "");
    let text = out.fails(1);
    assert!(text.contains("two.sql") && text.contains("LINE 2: SELEC 2"), "{text}");
    std::fs::write(&two, b"SELECT '\xff'").unwrap();
    query(&["-f", &arg(&two)]).fails(3);
}

#[test]
fn statements_before_a_wrong_one_have_their_results() {
    let out = query(&["--format", "csv", "-c", "SELECT 1 AS n", "-c", "SELECT nix"]);
    assert_eq!(out.stdout, "n\n1\n");
    out.fails(1);
}

#[test]
fn parameters_are_values_and_never_text_of_the_statement() {
    let injection = "' OR 1=1; DROP TABLE ike_log; --";
    let sql = "SELECT $p AS p, (SELECT count(*) FROM tunnel_log WHERE gateway = $p) AS n";
    let out = blobs(&["--format", "ndjson", "-c", sql, "--param", &format!("p={injection}")]).json();
    assert_eq!(out, json!({"p": injection, "n": 0}));
    let out = blobs(&["--format", "ndjson", "-c", sql, "--param", "p=VPNGW-TOKYO"]).json();
    let typo = query(&["-c", "SELECT $pe AS e", "--param", "p=1", "--param", "pe=2"]);
    assert!(typo.stderr.contains("no statement uses $p\n"), "{}", typo.stderr);
    assert!(out["n"].as_u64().unwrap() > 0);

    let types = "SELECT arrow_typeof($i) AS i, arrow_typeof($d) AS d, arrow_typeof($b) AS b, arrow_typeof($t) AS t, \
                 arrow_typeof($s) AS s, arrow_typeof($z) AS z, $z AS text";
    let given = ["i=42", "d=1.5", "b=true", "t=2026-03-01T07:00:00Z", "s:text=42", "z=007"];
    let mut args = vec!["--format", "ndjson", "-c", types];
    args.extend(given.iter().flat_map(|g| ["--param", g]));
    assert_snapshot!(query(&args).ok(), @r#"{"i":"Int64","d":"Float64","b":"Boolean","t":"Timestamp(ns, \"UTC\")","s":"Utf8","z":"Utf8","text":"007"}"#);

    let since = "SELECT count(*) AS n FROM tunnel_log WHERE time >= $t AND instance = $i";
    let found = blobs(&["--format", "ndjson", "-c", since, "--param", "t=2026-03-11", "--param", "i=0"]).json();
    let literal = "SELECT count(*) AS n FROM tunnel_log WHERE time >= '2026-03-11' AND instance = 0";
    assert_eq!(found, blobs(&["--format", "ndjson", "-c", literal]).json());

    assert_snapshot!(query(&["-c", "SELECT $a AS a, $b AS b", "--param", "a=5"]).fails(1), @"tunnelql: the statement has parameters without a value; give --param b=VALUE");
}

#[test]
fn time_ranges() {
    let count = |args: &[&str]| {
        let sql = "SELECT count(*) AS n, min(time) AS a, max(time) AS b FROM AzureDiagnostics";
        let sql = &sql.replace("time", "TimeGenerated");
        blobs(&[&["--format", "ndjson", "-c", sql], args].concat()).json()
    };
    let all = count(&[]);
    assert_eq!(all["n"], 1955);
    let first = count(&["--until", "2026-03-11"]);
    let second = count(&["--since", "2026-03-11"]);
    // Ranges are half-open: nothing is in both, nothing in neither.
    assert_eq!(first["n"].as_u64().unwrap() + second["n"].as_u64().unwrap(), 1955);
    assert!(first["b"].as_str() < Some("2026-03-11") && second["a"].as_str() >= Some("2026-03-11"));
    assert_eq!(count(&["--last", "10h", "--now", "2026-03-11T10:00:00Z"])["n"], second["n"]);
    assert_eq!(count(&["--since", "10h", "--now", "2026-03-11T10:00:00Z"])["n"], second["n"]);
    assert_eq!(count(&["--since", "2026-03-11T09:00:00+09:00"])["n"], second["n"]);
    let hour = count(&["--since", "2026-03-10T03:00:00Z", "--until", "2026-03-10T04:00:00Z"]);
    let filter = "SELECT count(*) AS n FROM AzureDiagnostics WHERE TimeGenerated >= '2026-03-10T03:00:00Z' \
                  AND TimeGenerated < '2026-03-10T04:00:00Z'";
    assert_eq!(hour["n"], blobs(&["--format", "ndjson", "-c", filter]).json()["n"]);

    let clock = "SELECT now() AS now, current_date AS today, now() - INTERVAL '1 hour' AS before";
    let out = query(&["--format", "ndjson", "--now", "2026-03-11T10:00:00.5Z", "-c", clock]).ok();
    assert_snapshot!(out, @r#"{"now":"2026-03-11T10:00:00.500Z","today":"2026-03-11","before":"2026-03-11T09:00:00.500Z"}"#);
}

#[test]
fn a_range_beside_the_data_says_so() {
    let folder = temp();
    let archive = folder.path().join("archive");
    import(&archive, &sample("blobs"), &[]);
    let place = arg(&archive);
    let run = |text: &str, more: &[&str]| {
        let all = [&["query", "--data", &place, "--format", "csv", "-c", text], more].concat();
        let out = tunnelql(all);
        assert_eq!(out.code, 0, "{}", out.stderr);
        (out.stdout, out.stderr)
    };
    let count = "SELECT count(*) AS n FROM tunnel_log";
    let (rows, said) = run(count, &["--since", "2026-04-01"]);
    assert_eq!(rows, "n\n0\n");
    assert!(said.contains("there is no data since 2026-04-01: it reaches from 2026-03-10 "), "{said}");
    assert!(run(count, &["--until", "2026-03-10"]).1.contains("there is no data until 2026-03-10: "));
    assert_eq!(run(count, &["--since", "2026-03-11"]).1, "");
    assert_eq!(run("SELECT 1 AS n", &["--since", "2026-04-01"]).1, "");
    // The newest data, not the import.
    let (rows, said) = run(&format!(".now newest\n.last 1d\n{count}"), &[]);
    assert!(rows != "n\n0\n" && said.is_empty(), "{rows}{said}");
}

#[test]
fn names_in_any_case() {
    let one = |sql: &str| blobs(&["--format", "csv", "-c", sql]).ok();
    for sql in [
        "SELECT count(TimeGenerated) AS n FROM AzureDiagnostics",
        "SELECT count(timegenerated) AS n FROM AZUREDIAGNOSTICS",
        "SELECT COUNT(d.TIMEGENERATED) AS n FROM azurediagnostics AS d WHERE d.category = d.CATEGORY",
        "SELECT count(\"TimeGenerated\") AS n FROM \"AzureDiagnostics\"",
        "WITH x AS (SELECT TIMEGENERATED FROM AzureDiagnostics) SELECT count(*) AS n FROM x",
    ] {
        assert_eq!(one(sql), "n\n1955\n", "{sql}");
    }
    assert_eq!(
        one("SELECT Status, COUNT(*) AS n FROM Tunnel_Log GROUP BY STATUS ORDER BY status"),
        one("SELECT status, count(*) AS n FROM tunnel_log GROUP BY status ORDER BY status")
    );
    assert_eq!(one("SELECT count(*) AS n FROM ikediagnosticlog"), "n\n1804\n");
    assert_eq!(one("SELECT count(*) AS n FROM SYSTEM.IMPORTS"), "n\n33\n");
}

#[test]
fn what_the_tables_say_about_themselves() {
    let described = blobs(&["--format", "ndjson", "-c", "DESCRIBE Tunnel_Log"]).ok();
    assert_eq!(described.lines().count(), 17);
    for line in described.lines() {
        let column: serde_json::Value = serde_json::from_str(line).unwrap();
        assert!(column["description"].as_str().unwrap().ends_with('.'), "{line}");
    }
    let undescribed = "SELECT table_schema, table_name, column_name FROM information_schema.columns \
                       WHERE description IS NULL OR description = ''";
    assert_eq!(blobs(&["--format", "ndjson", "-c", undescribed]).ok(), "");
    let columns = "SELECT table_name, count(*) AS n FROM information_schema.columns WHERE table_schema = 'logs' \
                   AND table_name LIKE '%\\_log' GROUP BY 1 ORDER BY 1";
    assert_snapshot!(blobs(&["--format", "csv", "-c", columns]).ok(), @r"
    table_name,n
    gateway_log,16
    ike_log,30
    other_log,15
    p2s_log,19
    route_log,16
    tunnel_log,17
    ");
    let tables = blobs(&["--format", "csv", "-c", "SHOW TABLES"]).ok();
    for table in
        ["logs,ike_log", "logs,AzureDiagnostics", "system,imports", "system,rejects", "information_schema,columns"]
    {
        assert!(tables.contains(&format!("tunnelql,{table},")), "{table}: {tables}");
    }
    let functions =
        blobs(&["--format", "csv", "-c", "SELECT kind FROM system.functions WHERE name = 'json_text'"]).ok();
    assert_eq!(functions, "kind\nscalar\n");
}

#[test]
fn sources_of_an_import() {
    let folder = temp();
    let lines = std::fs::read(sample("edge/crlf-bom.json")).unwrap();
    let archive = |name: &str| folder.path().join(name);
    let count =
        |name: &str| rows(&[&archive(name)], "SELECT source, count(*) AS n FROM ike_log GROUP BY 1 ORDER BY 1", &[]);

    let out =
        tunnelql_with_stdin(["import", "--summary", "json", "--archive", &arg(archive("stdin")), "-"], &lines).json();
    assert_eq!((&out["records"], &out["rows"], &out["rejects"]), (&json!(3), &json!(3), &json!(0)));
    assert_eq!(out["bytes"], lines.len());
    let again =
        tunnelql_with_stdin(["import", "--summary", "json", "--archive", &arg(archive("stdin")), "-"], &lines).json();
    assert_eq!((&again["rows"], &again["duplicates"]), (&json!(0), &json!(3)), "the same input adds nothing");

    let mut gz = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::default());
    gz.write_all(&lines).unwrap();
    let gz = gz.finish().unwrap();
    // By its first bytes, whatever its name.
    for name in ["compressed.json.gz", "compressed.json"] {
        let file = folder.path().join(name);
        std::fs::write(&file, &gz).unwrap();
        let done = import(&archive(&format!("{name}-archive")), &file, &[]);
        assert_eq!((&done["rows"], &done["bytes"]), (&json!(3), &json!(lines.len())));
    }
    let out =
        tunnelql_with_stdin(["import", "--summary", "json", "--archive", &arg(archive("gz-stdin")), "-"], &gz).json();
    assert_eq!(out["rows"], 3);

    // The tool expands a glob that the shell did not.
    let glob = arg(sample("edge")) + "/re*.json";
    let done = import(&archive("glob"), std::path::Path::new(&glob), &[]);
    assert_eq!(done["sources"]["listed"], 4, "{done}");
    let raw = tunnelql(["query", "--format", "csv", "--data", &glob, "-c", "SELECT count(*) AS n FROM system.imports"]);
    assert_eq!(raw.ok(), "n\n4\n");

    // A source that is named twice counts once, and one in a folder of that name with odd characters as well.
    let odd = folder.path().join("odd [name] #1 %41 ü");
    std::fs::create_dir(&odd).unwrap();
    std::fs::write(odd.join("a b.json"), &lines).unwrap();
    let out = tunnelql([
        "import",
        "--summary",
        "json",
        "--archive",
        &arg(archive("odd")),
        &arg(&odd),
        &arg(odd.join("a b.json")),
    ]);
    let out = out.json();
    assert_eq!((&out["sources"]["listed"], &out["rows"], &out["duplicates"]), (&json!(1), &json!(3), &json!(0)));
    assert_eq!(count("odd"), [json!({"source": arg(odd.join("a b.json")), "n": 3})]);
}

#[test]
fn unknown_records_are_kept_only_when_asked_for() {
    let folder = temp();
    for (name, more, other) in [("without", &[][..], 0u64), ("with", &["--keep-unknown"], 2)] {
        let archive = folder.path().join(name);
        let done = import(&archive, &sample("edge/unknown-category.json"), more);
        let found = rows(&[&archive], "SELECT category FROM other_log", &[]);
        assert_eq!(
            (found.len() as u64, done["rows_by_table"]["other_log"].as_u64().unwrap_or(0)),
            (other, other),
            "{done}"
        );
    }
}
