//! The second run of a question makes no read requests.

use serde_json::Value;

use super::{COUNT, DAY, Wire, blob_name, export, lines};
use crate::proxy::{Harm, Seen};
use crate::support::{arg, finish, temp, tunnelql};

fn status(cache: &str) -> Value {
    tunnelql(["cache", "status", "--json", "--cache", cache]).json()
}

#[test]
fn the_same_question_is_paid_for_once() {
    let Some(wire) = Wire::new(|_| Harm::None) else { return };
    let container = wire.azurite.container();
    export(&wire.azurite, &container, &["GW1"], 4, 3);
    let (place, folder) = (format!("az://{container}"), temp());
    let cache = arg(folder.path());
    let cached = ["--cache", cache.as_str()];
    let plain = wire.query(&place, DAY, &[]);
    assert_eq!(status(&cache)["entries"], 0, "off unless it is asked for");
    let first = wire.query(&place, DAY, &cached);
    assert_eq!((plain.value(), first.value()), (72, 72));
    assert_eq!(first.stats["requests"]["read"], 31);
    let again = wire.query(&place, DAY, &cached);
    assert_eq!(again.value(), 72);
    assert_eq!(wire.proxy.count(Seen::is_read), 0, "{:?}", wire.proxy.seen());
    assert_eq!((&again.stats["requests"]["read"], &again.stats["bytes_read"]), (&0.into(), &first.stats["bytes_read"]));
    assert_eq!(again.stats["bytes_cached"], first.stats["bytes_read"]);
    // Whether it is an archive; the hours are long over, so that their listing is kept.
    assert_eq!(wire.proxy.seen().len(), 1, "{:?}", wire.proxy.seen());

    // A blob that grew is another blob. Without a range of time nothing is known of what there is, and it is listed.
    assert_eq!(wire.query(&place, COUNT, &cached).value(), 4 * 72);
    wire.azurite.append(&container, &blob_name("GW1", 3, 5), lines("GW9", "2026-03-03", 5, 2).as_bytes());
    let grown = wire.query(&place, COUNT, &cached);
    assert_eq!((grown.value(), wire.proxy.count(Seen::is_read)), (4 * 72 + 2, 1));

    // Nothing in it tells what was read, and it is its owner's alone.
    let kept = status(&cache);
    assert!(kept["entries"].as_u64() > Some(96) && kept["bytes"].as_u64() > Some(1000), "{kept}");
    let names: Vec<String> = crate::azurite::files(folder.path()).iter().map(arg).collect();
    assert!(names.iter().all(|n| !n.contains(&container) && !n.contains("PT1H") && !n.contains("GW1")), "{names:?}");
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt;
        let own = std::fs::read_dir(folder.path()).unwrap().next().unwrap().unwrap();
        assert_eq!(own.metadata().unwrap().permissions().mode() & 0o077, 0);
    }
    let cleared = tunnelql(["cache", "clear", "--cache", &cache]).ok();
    assert!(cleared.starts_with(&format!("deleted {} entries", kept["entries"])), "{cleared}");
    assert_eq!(status(&cache)["entries"], 0);
    assert_eq!(wire.query(&place, DAY, &cached).stats["requests"]["read"], 31);
}

/// What `--dry-run` says.
fn bill(wire: &Wire, place: &str, sql: &str, more: &[&str]) -> Value {
    let mut command = wire.command();
    command.args(["query", "--dry-run", "--format", "json", "--data", place, "-c", sql]).args(more);
    finish(&mut command).json()["bill"].clone()
}

#[test]
fn what_the_cache_has_is_foretold() {
    let Some(wire) = Wire::new(|_| Harm::None) else { return };
    let container = wire.azurite.container();
    export(&wire.azurite, &container, &["GW1"], 4, 3);
    let (place, folder) = (format!("az://{container}"), temp());
    let cached = ["--cache", folder.path().to_str().unwrap()];
    let before = bill(&wire, &place, DAY, &cached);
    assert_eq!((&before["read"], &before["read_cached"], &before["bytes_cached"]), (&31.into(), &0.into(), &0.into()));
    let stats = wire.query(&place, DAY, &cached).stats;
    let after = bill(&wire, &place, DAY, &cached);
    assert_eq!((&after["read"], &after["read_cached"]), (&0.into(), &31.into()), "{after}");
    assert_eq!(after["bytes_cached"], stats["bytes_read"], "{after}");
    // What is asked of all of it is there in part.
    let all = bill(&wire, &place, COUNT, &cached);
    assert_eq!((&all["read"], &all["read_cached"], &all["read_total"]), (&65.into(), &31.into(), &96.into()), "{all}");
    let mut command = wire.command();
    let text = finish(command.args(["query", "--dry-run", "--data", &place, "-c", DAY]).args(cached)).ok();
    assert!(text.contains("not asked for, since the cache has it: 31 to read, "), "{text}");
    let mut command = wire.command();
    let text = finish(command.args(["query", "--data", &place, "-c", &format!("EXPLAIN {DAY}")]).args(cached)).ok();
    assert!(text.contains("the cache has it: 31 to read"), "{text}");
    // Of another tag there is nothing.
    wire.azurite.append(&container, &blob_name("GW1", 3, 5), b"\n");
    let grown = bill(&wire, &place, COUNT, &cached);
    assert_eq!((&grown["read"], &grown["read_cached"]), (&66.into(), &30.into()), "{grown}");

    // An archive: its log is read to say anything at all, and is part of the bill.
    let archive = format!("az://{}/archive", wire.azurite.container());
    finish(wire.azurite.command().args(["import", "--archive", &archive, &place])).ok();
    let sql = "SELECT count(DISTINCT remote_ip) AS n FROM tunnel_log";
    let cold = bill(&wire, &archive, sql, &[]);
    let (log, bytes) = (&cold["opening"], cold["bytes"].as_u64().unwrap());
    assert!(log["read"].as_u64() > Some(0) && log["list"].as_u64() > Some(0), "{cold}");
    assert!(log["bytes"].as_u64() > Some(500) && log["bytes"].as_u64() < Some(bytes), "{cold}");
    let folder = temp();
    let cached = ["--cache", folder.path().to_str().unwrap()];
    let stats = wire.query(&archive, sql, &cached).stats;
    assert_eq!(
        (&cold["list"], &cold["read"]),
        (&stats["requests"]["list"], &stats["requests"]["read"]),
        "{cold} {stats}"
    );
    let warm = bill(&wire, &archive, sql, &cached);
    // Whether there is a checkpoint is asked each time.
    let again = wire.query(&archive, sql, &cached).stats;
    assert_eq!((&warm["read"], &warm["read_cached"]), (&warm["opening"]["read"], &4.into()), "{warm}");
    assert_eq!(warm["read"], again["requests"]["read"], "{warm} {again}");
}

#[test]
fn damage_eviction_and_neighbours_do_no_harm() {
    let Some(wire) = Wire::new(|_| Harm::None) else { return };
    let container = wire.azurite.container();
    export(&wire.azurite, &container, &["GW1"], 2, 20);
    let (place, folder) = (format!("az://{container}"), temp());
    let cache = arg(folder.path());
    let cached = ["--cache", cache.as_str()];
    assert_eq!(wire.query(&place, COUNT, &cached).value(), 960);
    for (i, file) in crate::azurite::files(folder.path()).iter().enumerate() {
        let mut bytes = std::fs::read(file).unwrap();
        match i % 3 {
            0 => bytes.truncate(bytes.len() / 2),
            1 => *bytes.last_mut().unwrap() ^= 1,
            _ => continue,
        }
        std::fs::write(file, bytes).unwrap();
    }
    assert_eq!(wire.query(&place, COUNT, &cached).value(), 960);
    assert!((24..=40).contains(&wire.proxy.count(Seen::is_read)), "the damaged ones only");
    // A cache that is too small for the question, and several processes that make room in it.
    tunnelql(["cache", "clear", "--cache", &cache]).ok();
    let small = ["--cache", cache.as_str(), "--cache-size", "60KB"];
    std::thread::scope(|scope| {
        for _ in 0..3 {
            scope.spawn(|| {
                let mut command = wire.command();
                command.args(["query", "--format", "csv", "--data", &place, "-c", COUNT]).args(small);
                assert_eq!(finish(&mut command).ok(), "n\n960\n");
            });
        }
    });
    wire.query(&place, COUNT, &small);
    assert!(status(&cache)["bytes"].as_u64() <= Some(60 << 10), "{}", status(&cache));
    // One that cannot be written is said once and does not stop anything.
    let file = folder.path().join("file");
    std::fs::write(&file, "x").unwrap();
    let answer = wire.query(&place, COUNT, &["--cache", file.to_str().unwrap()]);
    assert_eq!(answer.value(), 960);
    assert_eq!(answer.output.stderr.matches("cannot be written").count(), 1, "{}", answer.output.stderr);
}
