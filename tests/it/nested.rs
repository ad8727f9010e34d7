//! Archives that lie in the folder of an export, on the local disk and in a container: no table of theirs is taken for logs.

use std::process::Command;

use serde_json::Value;

use crate::azurite::Azurite;
use crate::support::{arg, command, finish, sample, temp};

const COUNT: &str = "SELECT count(*) AS n FROM tunnel_log";
const LATER: &str = "SELECT count(*) AS n FROM tunnel_log WHERE time >= '2026-03-10T05:00:00Z'";

/// The same questions of a folder with an export and an archive made of it, and of one with an archive alone.
fn holds(new: impl Fn() -> Command, both: &str, alone: &str) {
    let run = |args: &[&str]| finish(new().args(args));
    let imported: Value = run(&["import", "--summary", "json", "--archive", &format!("{both}/archive"), both]).json();
    let rows = imported["rows"].as_u64().unwrap();
    assert!(rows > 10, "{imported}");
    // The archive that is written to is not told of, and its files are no sources.
    let again = run(&["import", "--summary", "json", "--archive", &format!("{both}/archive"), both]);
    assert!(!again.stderr.contains("is an archive"), "{}", again.stderr);
    let again = again.json();
    assert_eq!((&again["rows"], &again["sources"]["listed"]), (&0.into(), &imported["sources"]["listed"]), "{again}");

    let told =
        |place: &str| format!("{place} is an archive and was not read as an export; query it with --data {place}\n");
    let told_of_both = told(&format!("{both}/archive"));
    // In each way of listing, and once for all statements.
    let out = run(&[
        "query",
        "--format",
        "csv",
        "--data",
        both,
        "-c",
        COUNT,
        "-c",
        LATER,
        "-c",
        "SELECT * FROM system.rejects",
    ]);
    assert_eq!(out.stderr.matches(&told_of_both).count(), 1, "{}", out.stderr);
    assert_eq!(out.stderr.lines().filter(|l| l.contains("archive")).count(), 1, "{}", out.stderr);
    assert!(out.clone().ok().starts_with(&format!("n\n{rows}\n")), "{}", out.stdout);
    // Both named: each record counts once, and nothing is left to say.
    let out = run(&["query", "--format", "csv", "--data", both, "--data", &format!("{both}/archive"), "-c", COUNT]);
    assert!(!out.stderr.contains("was not read"), "{}", out.stderr);
    assert_eq!(out.ok(), format!("n\n{rows}\n"));
    let folder = temp();
    let other = arg(folder.path().join("other"));
    let imported = run(&["import", "--summary", "json", "--archive", &other, both]);
    assert!(imported.stderr.contains(&told_of_both), "{}", imported.stderr);
    let imported = imported.json();
    assert_eq!((&imported["rows"], &imported["rejects"]), (&rows.into(), &0.into()), "{imported}");
    assert_eq!(imported["archives"][0], format!("{both}/archive"));

    // Nothing but an archive.
    finish(new().args(["import", "--archive", &format!("{alone}/archive"), both])).ok();
    let hint = format!(
        "there is no export at {alone}, but an archive is below it: {alone}/archive; query it with --data {alone}/archive"
    );
    for sql in [COUNT, LATER] {
        let text = run(&["query", "--data", alone, "-c", sql]).fails(3);
        assert!(text.contains(&hint), "{text}");
    }
    let made = arg(folder.path().join("made"));
    let text = run(&["import", "--archive", &made, alone]).fails(3);
    assert!(text.contains(&hint), "{text}");
    assert!(!std::path::Path::new(&made).exists());
    let tested = run(&["storage", "test", alone]).ok();
    assert!(tested.contains(&format!("no archive itself, but one is below it: {alone}/archive")), "{tested}");
}

#[test]
fn local_folders() {
    let folder = temp();
    let (both, alone) = (folder.path().join("both"), folder.path().join("alone"));
    for file in crate::azurite::files(&sample("blobs/insights-logs-tunneldiagnosticlog")) {
        let to = both.join(file.strip_prefix(sample("blobs")).unwrap());
        std::fs::create_dir_all(to.parent().unwrap()).unwrap();
        std::fs::copy(file, to).unwrap();
    }
    std::fs::create_dir_all(&alone).unwrap();
    holds(command, &arg(&both), &arg(&alone));
    // A glob that passes the archive by says nothing of it.
    let glob = format!("{}/**/PT1H.json", arg(&both));
    let out = finish(command().args(["query", "--format", "csv", "--data", &glob, "-c", COUNT]));
    assert!(!out.stderr.contains("is an archive"), "{}", out.stderr);
    out.ok();
    let out = finish(command().args(["query", "--format", "csv", "--data", &format!("{}/*", arg(&both)), "-c", COUNT]));
    assert_eq!(out.stderr.matches("is an archive").count(), 1, "{}", out.stderr);
    out.ok();
}

#[test]
fn folders_of_a_container() {
    let Some(azurite) = Azurite::find() else { return };
    let container = azurite.container();
    let folder = sample("blobs/insights-logs-tunneldiagnosticlog");
    azurite.upload_folder(&container, "both/insights-logs-tunneldiagnosticlog/", &folder);
    let at = |name: &str| format!("az://{container}/{name}");
    holds(|| azurite.command(), &at("both"), &at("alone"));
    // With a cache as well, whose listings know it.
    let cache = temp();
    for _ in 0..2 {
        let mut query = azurite.command();
        query.args([
            "query",
            "--format",
            "csv",
            "--data",
            &at("both"),
            "-c",
            LATER,
            "--until",
            "2026-03-11",
            "--cache",
        ]);
        let out = finish(query.arg(cache.path()));
        assert_eq!(out.stderr.matches("is an archive").count(), 1, "{}", out.stderr);
        out.ok();
    }
}
