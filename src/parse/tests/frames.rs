//! A record in a frame that is known must be what scanning it would have made of it, and a reject stay the same reject.

use super::chunks::Random;
use super::*;

/// Notes what `alike` says.
#[derive(Default)]
struct Alike(Vec<u64>);

impl Sink for Alike {
    fn record(&mut self, _: Position, record: &Record<'_>) {
        self.0.push(record.alike);
    }
    fn reject(&mut self, reject: Reject) {
        panic!("{reject:?}");
    }
}

fn line(time: &str, message: &str, instance: &str) -> String {
    format!(
        r#"{{"time":"{time}","resourceId":"/SUBSCRIPTIONS/s/RESOURCEGROUPS/g/PROVIDERS/MICROSOFT.NETWORK/VIRTUALNETWORKGATEWAYS/gw","category":"IKEDiagnosticLog","operationName":"IKELogEvent","level":"Informational","location":"westeurope","properties":{{"message":"{message}","instance":"{instance}"}}}}"#
    )
}

const TIME: &str = "2026-03-01T07:00:01.1234567Z";

/// What a unit is by itself, which is scanned, and after others, which may have made its frame known.
fn alone_and_after(before: &str, unit: &[u8]) -> (Seen, Seen) {
    let alone = parse([unit, b"\n"].concat());
    let mut after = parse([before.as_bytes(), unit, b"\n"].concat());
    let (count, lines) = (before.lines().count(), before.lines().count() as u64);
    // What came before, and how far it moved the unit, is taken off.
    after.records = after.records.split_off(count);
    after.account.records -= lines;
    after.account.lines -= lines;
    after.account.bytes -= before.len() as u64;
    for record in &mut after.records {
        record.at.line -= lines;
        record.at.offset -= before.len() as u64;
    }
    for reject in &mut after.rejects {
        reject.line -= lines;
        reject.offset -= before.len() as u64;
    }
    after.end.0 -= before.len() as u64;
    after.end.1 -= lines;
    (alone, after)
}

/// Both instances, so that two frames are known.
fn known() -> String {
    let (one, two) = (line(TIME, "first", "GatewayTenantWorker_IN_0"), line(TIME, "", "GatewayTenantWorker_IN_1"));
    format!("{one}\n{two}\n{one}\n{two}\n")
}

#[test]
fn records_in_a_frame_are_what_scanning_makes_of_them() {
    let zero = "GatewayTenantWorker_IN_0";
    let good = line(TIME, "m", zero);
    let mut units: Vec<Vec<u8>> = ["m", "", "a \\u0041\\n\\\" end", "日本", "ends with a slash \\\\", "\\ud83d\\ude00"]
        .iter()
        .flat_map(|m| [line("2026-03-02T00:00:00.0000000Z", m, zero), line(TIME, m, "GatewayTenantWorker_IN_1")])
        .map(String::into_bytes)
        .collect();
    // A message that holds what could be the frame's end, a torn escape, control characters, no message at all.
    for message in [
        r#"a","instance":"GatewayTenantWorker_IN_0"}}"#,
        r#"a","evil":"x"#,
        r#"a" "#,
        r"a\",
        r"a\u12",
        r"a\x",
        "a\tb",
        "a\u{1}",
    ] {
        units.push(line(TIME, message, zero).into_bytes());
    }
    for (from, to) in [
        (TIME, "2026-02-30T07:00:01.1234567Z"),
        (TIME, " 2026-03-01T07:00:01.123456Z"),
        (TIME, "\t2026-03-01T07:00:01.123456Z"),
        (TIME, "2026-03-01T07:00:01Z"),
        (TIME, "\",\"time\":\"2026-03-01 07:00:01Z"),
        (r#""message":"m""#, r#""message":null"#),
        (r#""message":"m""#, r#""message":{"m":1}"#),
        (r#""message":"m""#, r#""message":"m","message":"n""#),
        (r#""message":"m""#, r#""message":"m","Message":"n""#),
        (r#""message":"m""#, r#""x":"m""#),
        (r#""level""#, r#""message":"top","level""#),
        (r#""level""#, r#""time":"2026-03-01T08:00:00.0000000Z","level""#),
        ("}}", "}} "),
        ("}}", "}},"),
        ("}}", "}}}"),
        ("}}", "}"),
    ] {
        units.push(good.replacen(from, to, 1).into_bytes());
    }
    units.push([&line(TIME, "", zero).as_bytes()[..300], &b"\xff"[..], &good.as_bytes()[300..]].concat());
    let bad = good.replace("\"m\"", "\"m?\"").bytes().map(|b| if b == b'?' { 0xc3 } else { b }).collect();
    units.push(bad);
    for unit in units {
        let (alone, after) = alone_and_after(&known(), &unit);
        assert_eq!(after, alone, "{}", String::from_utf8_lossy(&unit));
        // Its own frame, too, must be learned right: the same unit again is the same record again.
        if alone.records.len() == 1 {
            let text = String::from_utf8(unit).unwrap();
            let (_, again) = alone_and_after(&format!("{}{text}\n", known()), text.as_bytes());
            assert_eq!(again, alone, "{text}");
        }
    }
}

#[test]
fn whatever_bytes_change() {
    let mut random = Random(0x2545_f491_4f6c_dd1d);
    let good = line(TIME, "a message \\u0041 with\\n escapes", "GatewayTenantWorker_IN_1").into_bytes();
    let pieces: [&[u8]; 10] = [b"\"", b"\\", b",", b"{", b"}}", b"\x80", b"\r", b"Z", b"\"message\":\"", b"\\u00"];
    for _ in 0..20_000 {
        let mut unit = good.clone();
        for _ in 0..=random.below(2) {
            let at = random.below(unit.len());
            match random.below(3) {
                0 => unit[at] ^= 1 << random.below(8),
                1 => drop(unit.drain(at..(at + random.below(8)).min(unit.len()))),
                _ => drop(unit.splice(at..at, pieces[random.below(pieces.len())].iter().copied())),
            }
        }
        if unit.contains(&b'\n') || unit.trim_ascii().is_empty() || !unit.starts_with(b"{\"") {
            continue;
        }
        let (alone, after) = alone_and_after(&known(), &unit);
        assert_eq!(after, alone, "{}", String::from_utf8_lossy(&unit));
    }
}

#[test]
fn records_that_are_alike_say_so() {
    let mut alike = Alike::default();
    let other = line(TIME, "x", "GatewayTenantWorker_IN_0").replace("Informational", "Error");
    Parser::new(SourceHints::default(), ParseOptions::default()).push(
        format!("{}{other}\n{}", known(), known()).as_bytes(),
        true,
        &mut alike,
    );
    let [zero, one, a, b, error, rest @ ..] = &alike.0[..] else { panic!("{:?}", alike.0) };
    assert_eq!(([a, b], rest), ([zero, one], &[*zero, *one, *zero, *one][..]));
    assert!(zero != one && zero != error && one != error && ![zero, one, error].contains(&&0), "{:?}", alike.0);
    // What nobody shares is not looked for for ever, and what a source has many of is still told right.
    let many: String = (0..500).map(|i| line(TIME, "m", &format!("IN_{i}")) + "\n").collect();
    let mut alike = Alike::default();
    Parser::new(SourceHints::default(), ParseOptions::default()).push((many + &known()).as_bytes(), true, &mut alike);
    assert_eq!(alike.0.len(), 504);
    assert_eq!(alike.0[100..], [0; 404], "given up");
}
