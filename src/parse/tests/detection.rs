//! Which format a source is taken for.

use super::super::formats::ALL;
use super::*;

#[test]
fn every_format_is_listed_and_its_sample_detects_as_itself() {
    for format in Format::ALL {
        let definition = ALL.iter().find(|d| d.format == format).unwrap();
        assert_eq!(Format::from_name(format.name()), Some(format));
        assert_eq!(format.to_string(), definition.name);
        let hints = SourceHints { fallback_ticks: Some(0), ..SourceHints::default() };
        let seen = parse_with(hints, ParseOptions::default(), definition.sample);
        assert_eq!(seen.format, Some(format));
        assert_eq!(seen.rejects, [], "{format}");
        assert!(seen.records.len() >= 3, "{format}");
    }
    assert_eq!(ALL.len(), Format::ALL.len());
    assert_eq!(Format::from_name("parquet"), None);
}

#[test]
fn by_content() {
    use Format::*;
    let row = r#"{"TimeGenerated":"2026-03-01T07:00:01Z","Category":"IKEDiagnosticLog"}"#;
    let late = format!("{}{GOOD}\n", "garbage\n".repeat(15));
    let pretty = "{\n \"time\": \"2026-03-01T07:00:01Z\",\n \"category\": \"IKEDiagnosticLog\"\n}\n";
    let padded = format!("{{\"x\":\"{}\",\"records\":[]}}", "y".repeat(30_000));
    for (text, want) in [
        (GOOD, Some(JsonLines)),
        ("\n\n{\"a\":1}\n", Some(JsonLines)),
        (late.as_str(), Some(JsonLines)),
        ("{\"records\":[]}", Some(Records)),
        ("  { \"Extra\": {\"records\":[]},\n \"RECORDS\" : [", Some(Records)),
        (&padded, Some(Records)),
        ("{\"records\":5}", Some(JsonLines)),
        (&format!("[{GOOD}]"), Some(Records)),
        (pretty, Some(Records)),
        (&pretty.repeat(3), Some(Records)),
        (row, Some(LogAnalyticsRows)),
        (&format!("{row}\n{GOOD}\n"), Some(LogAnalyticsRows)),
        (&row[..60], Some(LogAnalyticsRows)),
        (&format!("[{row}]"), Some(AzArray)),
        (&format!("[\n {row},\n {row}"), Some(AzArray)),
        ("[]\n", Some(AzArray)),
        ("{\"tables\":[", Some(LogAnalyticsTables)),
        ("{\"error\":{\"code\":\"x\"},\"tables\":[]}", Some(LogAnalyticsTables)),
        ("\"TimeGenerated [UTC]\",Message\n", Some(PortalCsv)),
        ("Category,TimeGenerated", Some(PortalCsv)),
        ("\u{feff}TimeGenerated [Local Time],x\r\n", Some(PortalCsv)),
        ("[2026-03-01T07:00:01Z] Remote 1.2.3.4:500: Local 5.6.7.8:500: x\n", Some(IkeLogs)),
        ("one\ntwo\n\n[SEND]three\n", Some(IkeLogs)),
        ("(Error)[Remote] a [Local] b [IkeEvent] SA_DELETE", Some(IkeLogs)),
        ("\u{89}PNG\r\n\u{1a}\n\0\0", None),
        ("Dear reader,\nnothing here\n", None),
        ("<html>\n{\"a\":1}\n</html>\n", None),
        ("<?xml version=\"1.0\"?><Error/>", None),
        ("a,b,c\n1,2,3\n", None),
        ("{\n  \"name\"", None),
        ("{\n", None),
        ("{", Some(JsonLines)),
        ("\r\n{", Some(JsonLines)),
    ] {
        let seen = parse(text);
        assert_eq!(seen.format, want, "{text}");
        if want.is_none() {
            account(1, 0, 0, 1)(&seen);
            assert_eq!(seen.codes(), [RejectCode::UnknownFormat]);
            assert_eq!(seen.rejects[0].length, text.len() as u64);
        }
    }
}

#[test]
fn utf_16_is_named() {
    for bytes in [&b"\xff\xfe{\0\"\0"[..], b"\xfe\xff\0{\0\"", b"{\0\"\0t\0"] {
        let seen = parse(bytes);
        assert_eq!(seen.codes(), [RejectCode::UnknownFormat]);
        assert!(seen.rejects[0].detail.contains("UTF-16"));
    }
}

#[test]
fn few_bytes_are_not_enough() {
    let mut parser = Parser::new(SourceHints::default(), ParseOptions::default());
    let mut seen = Seen::default();
    for few in ["", "\u{feff}", "{", "{\"rec", "{\"time\":\"2026"] {
        assert_eq!(
            Parser::new(SourceHints::default(), ParseOptions::default()).push(
                &few.as_bytes()[..few.len().min(2)],
                false,
                &mut seen
            ),
            0
        );
    }
    assert_eq!(parser.push(&GOOD.as_bytes()[..50], false, &mut seen), 0);
    assert_eq!(parser.format(), None);
    assert_eq!(parser.push(GOOD.as_bytes(), true, &mut seen), GOOD.len());
    assert_eq!(parser.push(b"more", true, &mut seen), 0, "after the end nothing is taken");
    assert_eq!(seen.records.len(), 1);
    let mut big = Parser::new(SourceHints::default(), ParseOptions::default());
    assert_eq!(big.push(&vec![b'x'; 70_000], false, &mut seen), 70_000);
    assert_eq!(big.push(b"y", true, &mut seen), 1);
    assert_eq!((big.account().rejects, big.account().bytes), (1, 70_001));
}
