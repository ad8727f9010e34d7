//! Properties that hold for any input: chunks do not matter, nothing panics, every byte is accounted for.

use super::super::formats::ALL;
use super::*;

/// The samples, and sources full of traps.
fn sources() -> Vec<Vec<u8>> {
    let mut out: Vec<Vec<u8>> = ALL.iter().map(|d| d.sample.as_bytes().to_vec()).collect();
    let records = "{\"records\":[{\"time\":\"2026-03-01T07:00:01Z\"}, 5, {\"a\":tru}, {}]}";
    for text in [
        format!("\u{feff}{GOOD}\r\n\r\nbad\n{GOOD}\n{{\"a\":"),
        format!("{{\"x\":[1,{{\"y\":\"]\"}}],\"records\":[{GOOD}],\"z\":\"\\\"}}\"}}\n{records}\n\n{{\"records\":[{GOOD},{{\"a\n{{\"records\":[{GOOD}]}}\n{{\"records\":[{GOOD}"),
        format!("{{\"records\":[{GOOD} {GOOD}]}}\n{{\"other\":{{\"k\":[\n{{\"records\":[]}}]\n}}}}}}\n{{\"records\":[{GOOD}]}}"),
        format!("[{GOOD},\n[1,2],\"s\",12,{GOOD}] [{GOOD}]"),
        "{\n\"time\":\"2026-03-01T07:00:01Z\",\n\"category\":\"IKEDiagnosticLog\"\n}\n{\n\"time\":1\n]\n{\n}\n".to_owned(),
        "{\"tables\":[{\"rows\":[[\"2026-03-01T07:00:01Z\",\"IKELogEvent\"],[1],{}],\"columns\":[{\"name\":\"TimeGenerated\"},{\"name\":\"OperationName\"}]},{\"rows\":[[1]]}],\"error\":{\"code\":\"PartialError\",\"message\":\"late\"}}".to_owned(),
        "TimeGenerated,OperationName,Message\n\n\"2026-03-01T07:00:01Z\",IKELogEvent,\"a\r\n\"\"b\"\"\"\r\n\r\nx,y\n,,\n2026-03-01T07:00:01Z,IKELogEvent,\"open\nend".to_owned(),
        "[SEND] no time\n03/01/2026-07:00:02.500 x\n\n y\n[RECEIVED] z".to_owned(),
        "neither\nnor\n".to_owned(),
    ] {
        out.push(text.into_bytes());
    }
    let mut bad = b"[SEND]\xff\n".to_vec();
    bad.extend_from_slice(b"[SEND]\xc3");
    out.push(bad);
    out
}

/// Says first what little differs, since whole outcomes are long.
fn same(parts: &Seen, whole: &Seen) {
    assert_eq!((parts.account, parts.end, parts.format), (whole.account, whole.end, whole.format));
    for (one, other) in parts.rejects.iter().zip(&whole.rejects) {
        assert_eq!(one, other);
    }
}

#[test]
fn chunks_do_not_matter() {
    for max_unit_bytes in [1 << 20, 150, 40] {
        let options = ParseOptions { max_unit_bytes, ..ParseOptions::default() };
        for source in sources() {
            let whole = feed(Parser::new(SourceHints::default(), options.clone()), &source, usize::MAX / 2);
            for chunk in [1, 2, 3, 7, 64, 300, 1000] {
                let parts = feed(Parser::new(SourceHints::default(), options.clone()), &source, chunk);
                let text = String::from_utf8_lossy(&source);
                same(&parts, &whole);
                assert_eq!(parts, whole, "chunks of {chunk}, limit {max_unit_bytes}: {text}");
            }
        }
    }
}

/// xorshift: the same inputs in every run.
pub(super) struct Random(pub u64);

impl Random {
    pub fn below(&mut self, n: usize) -> usize {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        (self.0 % n.max(1) as u64) as usize
    }
}

#[test]
fn mutated_sources_are_accounted_for() {
    let mut random = Random(0x9e37_79b9_7f4a_7c15);
    let sources = sources();
    let pieces: Vec<&[u8]> = vec![
        b"\"",
        b"\\",
        b"{",
        b"}",
        b"[",
        b"]",
        b",",
        b":",
        b"\n",
        b"\r\n",
        b"\0",
        b"\xff",
        b"\xc3",
        b"\\u",
        b"1e",
        b"\xef\xbb\xbf",
        b"null",
        b"\"records\":[",
    ];
    for round in 0..20_000 {
        let mut bytes = sources[random.below(sources.len())].clone();
        for _ in 0..=random.below(4) {
            let at = random.below(bytes.len());
            match random.below(5) {
                0 if !bytes.is_empty() => bytes[at] ^= 1 << random.below(8),
                1 => bytes.truncate(at),
                2 => bytes.splice(at..at, pieces[random.below(pieces.len())].iter().copied()).for_each(drop),
                3 => drop(bytes.drain(at..(at + random.below(40)).min(bytes.len()))),
                _ => {
                    let from = random.below(bytes.len());
                    let part = bytes[from..(from + random.below(60)).min(bytes.len())].to_vec();
                    bytes.splice(at..at, part).for_each(drop);
                }
            }
        }
        let options = ParseOptions {
            max_unit_bytes: if round % 3 == 0 { 100 } else { 1 << 20 },
            keep_unknown: round % 2 == 0,
            ..ParseOptions::default()
        };
        // `feed` checks the account after every call.
        let whole = feed(Parser::new(SourceHints::default(), options.clone()), &bytes, usize::MAX / 2);
        for record in &whole.records {
            for json in [&record.properties, &record.configuration] {
                let valid = json.is_empty() || super::super::json::is_object(json) || json == &record.configuration;
                assert!(valid, "{json}");
            }
        }
        if round % 8 == 0 {
            let chunk = 1 + random.below(50);
            let parts = feed(Parser::new(SourceHints::default(), options), &bytes, chunk);
            same(&parts, &whole);
            assert_eq!(parts, whole, "{chunk}: {}", String::from_utf8_lossy(&bytes));
        }
    }
}

/// One unit over many chunks; should it be read again from its beginning with every chunk, this takes minutes, not moments.
#[test]
fn a_long_unit_over_many_chunks() {
    let long = format!(
        "{{\"time\":\"2026-03-01T07:00:01Z\",\"category\":\"IKEDiagnosticLog\",\"x\":\"{}\"}}",
        "y".repeat(8 << 20)
    );
    for source in [
        format!("{GOOD}\n{long}\n"),
        format!("{{\"records\":[{GOOD},{long}]}}"),
        format!("TimeGenerated,Category,x\n2026-03-01T07:00:01Z,IKEDiagnosticLog,\"{}\"\n", "z".repeat(8 << 20)),
    ] {
        let mut parser = Parser::new(SourceHints::default(), ParseOptions::default());
        let mut seen = Seen::default();
        // A caller that moves its window without copying; each push sees all that is not taken.
        let (mut from, mut to) = (0, 0);
        while to < source.len() {
            to = (to + 512).min(source.len());
            from += parser.push(&source.as_bytes()[from..to], to == source.len(), &mut seen);
        }
        assert!(seen.rejects.is_empty() && !seen.records.is_empty());
        assert_eq!((from, parser.account().bytes), (source.len(), source.len() as u64));
    }
}
