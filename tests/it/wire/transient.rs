//! Faults that pass are repeated and said once; those that do not are named, or left out by request.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::time::Duration;

use super::{COUNT, Wire, blob_name, export, lines};
use crate::azurite::Azurite;
use crate::proxy::{Harm, Proxy, Seen};
use crate::support::{arg, finish, temp};

fn said(stderr: &str) -> Option<usize> {
    let line = stderr.lines().find(|l| l.starts_with("storage was busy or broke off: "))?;
    assert_eq!(stderr.matches("storage was busy").count(), 1, "{stderr}");
    line.split(' ').nth(6)?.parse().ok()
}

#[test]
fn every_kind_of_fault_passes() {
    let harms: [(&str, Harm); 6] = [
        ("busy", Harm::Status(503)),
        ("too many", Harm::Status(429)),
        ("timeout", Harm::Status(408)),
        ("hang up", Harm::HangUp),
        ("cut at once", Harm::Cut(0)),
        ("cut", Harm::Cut(700)),
    ];
    for (name, harm) in harms {
        // Each list and every third read fails, the first time.
        let count = AtomicUsize::new(0);
        let wire = Wire::new(move |seen| {
            let cut = matches!(harm, Harm::Cut(_));
            let chosen =
                (seen.is_list() && !cut) || (seen.is_read() && count.fetch_add(1, Ordering::Relaxed).is_multiple_of(3));
            if chosen && seen.before == 0 { harm } else { Harm::None }
        });
        let Some(wire) = wire else { return };
        let container = wire.azurite.container();
        export(&wire.azurite, &container, &["GW1"], 1, 20);
        let answer = wire.query(&format!("az://{container}"), COUNT, &[]);
        assert_eq!(answer.value(), 480, "{name}");
        let fired = wire.proxy.count(|s| s.harmed);
        assert!(fired >= 7, "{name}: {fired}");
        assert_eq!(answer.stats["retries"], fired, "{name}: {}", answer.stats);
        assert_eq!(said(&answer.output.stderr), Some(fired), "{name}: {}", answer.output.stderr);
    }
}

#[test]
fn a_large_blob_goes_on_where_it_broke() {
    // 9 MB come in ranges; the second breaks off twice, and the last comes slowly.
    let wire = Wire::new(|seen| match seen.range.as_deref() {
        Some(range) if range.starts_with("bytes=41942") => Harm::Cut(1_000_000),
        Some(range) if range.starts_with("bytes=83885") => Harm::Slow(200_000, Duration::from_millis(20)),
        _ => Harm::None,
    });
    let Some(wire) = wire else { return };
    let container = wire.azurite.container();
    let text = lines("GW1", "2026-03-01", 4, 25_000);
    assert!(text.len() > 9 << 20);
    wire.azurite.create(&container, &blob_name("GW1", 1, 4));
    text.as_bytes().chunks(3 << 20).for_each(|b| wire.azurite.append(&container, &blob_name("GW1", 1, 4), b));
    let answer =
        wire.query(&format!("az://{container}"), "SELECT count(DISTINCT state_change_reason) FROM tunnel_log", &[]);
    assert_eq!(answer.value(), 25_000);
    let reads: Vec<Seen> = wire.proxy.seen().into_iter().filter(Seen::is_read).collect();
    assert!(reads.iter().filter(|s| s.harmed).count() >= 2, "{reads:?}");
    assert!(reads.iter().any(|s| s.range.as_deref().is_some_and(|r| r.starts_with("bytes=519"))), "{reads:?}");
    assert_eq!(answer.stats["bytes_read"], text.len(), "each byte counts once");
}

#[test]
fn one_bound_holds_for_refusals_and_for_bodies_that_break_off() {
    // A blob of which every answer brings a little more, and others that are refused in between.
    let harms: [(&str, fn(usize) -> Harm); 3] = [
        ("cut", |_| Harm::Cut(300)),
        ("cut at once", |_| Harm::Cut(0)),
        ("either", |n| if n % 2 == 0 { Harm::Cut(300) } else { Harm::Status(503) }),
    ];
    for (name, harm) in harms {
        let wire = Wire::new(move |seen| if seen.is_read() { harm(seen.before) } else { Harm::None });
        let Some(wire) = wire else { return };
        let container = wire.azurite.container();
        let text = lines("GW1", "2026-03-01", 4, 40);
        wire.azurite.upload(&container, &blob_name("GW1", 1, 4), text.as_bytes());
        for retries in [0, 1, 3] {
            let given = retries.to_string();
            let answer = wire.query(&format!("az://{container}"), COUNT, &["--retries", &given]);
            let error = answer.output.fails(3);
            assert!(error.contains("PT1H.json"), "{name}: {error}");
            assert_eq!(wire.proxy.count(Seen::is_read), retries + 1, "{name}, --retries {retries}: {error}");
        }
    }
}

#[test]
fn without_retries_a_fault_is_final() {
    let Some(wire) = Wire::new(|seen| if seen.is_read() { Harm::Status(503) } else { Harm::None }) else { return };
    let container = wire.azurite.container();
    export(&wire.azurite, &container, &["GW1"], 1, 1);
    let answer = wire.query(&format!("az://{container}"), COUNT, &["--retries", "0"]);
    let text = answer.output.fails(3);
    assert!(text.contains("PT1H.json") && text.contains("ServerBusy"), "{text}");
}

#[test]
fn a_blob_that_cannot_be_read_is_named_or_left_out() {
    // One is refused for ever, another disappears behind the first bytes.
    let healed = Arc::new(AtomicBool::new(false));
    let is_healed = Arc::clone(&healed);
    let wire = Wire::new(move |seen| match seen.is_read() && !is_healed.load(Ordering::Relaxed) {
        true if seen.target.contains("h%3D05") || seen.target.contains("h=05") => Harm::Status(403),
        _ => Harm::None,
    });
    let Some(wire) = wire else { return };
    let container = wire.azurite.container();
    export(&wire.azurite, &container, &["GW1"], 1, 10);
    let place = format!("az://{container}");
    let text = wire.query(&place, COUNT, &[]).output.fails(3);
    assert!(text.contains("h=05/m=00/PT1H.json"), "{text}");

    let skip = ["--on-blob-error", "skip"];
    let left_out = wire.query(&place, COUNT, &skip);
    assert_eq!(left_out.output.stdout, "n\n230\n");
    assert_eq!(left_out.stats["blobs_failed"], 1, "{}", left_out.stats);
    let text = left_out.output.fails(3);
    assert!(text.contains("left out: cannot read az://") && text.contains("h=05/m=00/PT1H.json"), "{text}");
    assert!(text.contains("1 blob could not be read; the results are without"), "{text}");

    // An import leaves it to the next one.
    let folder = temp();
    let archive = arg(folder.path().join("a"));
    let import = |more: &[&str]| {
        finish(wire.command().args(["import", "--summary", "json", "--archive", &archive]).args(more).arg(&place))
    };
    assert!(import(&[]).fails(3).contains("h=05/m=00/PT1H.json"));
    let first = import(&skip);
    let account: serde_json::Value = serde_json::from_str(&first.stdout).unwrap();
    assert_eq!((account["rows"].as_u64(), account["failed"].as_array().map(Vec::len)), (Some(230), Some(1)));
    assert!(first.fails(3).contains("one source could not be read and is left to the next import"));
    healed.store(true, Ordering::Relaxed);
    let second = import(&skip).json();
    assert_eq!(
        (&second["rows"], &second["sources"]["new"], &second["sources"]["unchanged"]),
        (&10.into(), &1.into(), &23.into())
    );
    finish(wire.command().args(["verify", "--data", &archive])).ok();
}

#[test]
fn a_blob_that_changes_while_it_is_read_gives_its_beginning_or_an_error() {
    let text = lines("GW1", "2026-03-01", 4, 30_000);
    let bytes = text.as_bytes();
    let cut = bytes.len() - 1_000_000;
    let whole_lines = bytes[..cut].iter().filter(|b| **b == b'\n').count();
    let name = blob_name("GW1", 1, 4);
    for replaces in [false, true] {
        let Some(azurite) = Azurite::find() else { return };
        let container = azurite.container();
        let upload = |bytes: &[u8]| {
            azurite.create(&container, &name);
            bytes.chunks(3 << 20).for_each(|b| azurite.append(&container, &name, b));
        };
        upload(&bytes[..cut]);
        // With the first read the rest is appended, or the blob is made anew and shorter.
        let (host, to, blob, rest) =
            (azurite.host().to_owned(), container.clone(), name.clone(), bytes[cut..].to_vec());
        let done = Arc::new(AtomicBool::new(false));
        let was_done = Arc::clone(&done);
        let writer = azurite.neighbour();
        let proxy = Proxy::before(&host, move |seen| {
            if seen.is_read() && !done.swap(true, Ordering::SeqCst) {
                if replaces {
                    writer.create(&to, &blob);
                }
                writer.append(&to, &blob, &rest);
            }
            Harm::None
        });
        let mut command = azurite.command();
        command.env("AZURITE_BLOB_STORAGE_URL", format!("http://{}", proxy.host));
        let out =
            finish(command.args(["query", "--format", "csv", "--data", &format!("az://{container}"), "-c", COUNT]));
        assert!(was_done.load(Ordering::SeqCst));
        if replaces {
            let text = out.fails(3);
            assert!(text.contains(&name) && text.contains("was replaced while it was read"), "{text}");
        } else {
            // The listed length, and no torn row.
            assert_eq!(out.ok(), format!("n\n{whole_lines}\n"));
        }
    }
}
