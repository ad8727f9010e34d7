//! Record documents, CSV and IKE text.

use super::*;
use RejectCode::*;

#[test]
fn record_documents() {
    let g = GOOD;
    for (text, records, codes) in [
        (format!("{{\"records\":[{g},{g}]}}"), 2, vec![]),
        (format!("{{\"a\":{{\"b\":[]}},\"Records\":[{g}],\"c\":\"]\"}}"), 1, vec![]),
        (format!("{{\"records\":[{g}]}}\n{{\"records\":[{g}]}}{{\"records\":[]}}"), 2, vec![]),
        (format!("[{g}, {g}]"), 2, vec![]),
        (format!("{{\"records\":[{g},5,{{}},{{\"a\":x}},\"s\"]}}"), 1, vec![NotAnObject, NoTime, NotJson, NotAnObject]),
        (format!("{{\"records\":[{g},{g}"), 2, vec![Truncated]),
        (format!("{{\"records\":[{g},{}", &g[..30]), 1, vec![Truncated]),
        (format!("{{\"records\":[{g}]"), 1, vec![Truncated]),
        (format!("{{\"records\":[{g},{}\n{{\"records\":[{g}]}}\n", &g[..15]), 2, vec![Truncated]),
        (format!("{{\"records\":[{g}{g}]}}\n{{\"records\":[{g}]}}\n"), 2, vec![Truncated]),
        (format!("{{\"records\":[{g}]}} trailing"), 1, vec![NotJson]),
        ("{\n \"time\": \"2026-03-01T07:00:01Z\",\n \"category\": \"IKEDiagnosticLog\"\n}\n".repeat(3), 3, vec![]),
    ] {
        let seen = parse(&text);
        assert_eq!((seen.records.len(), seen.codes()), (records, codes), "{text}");
    }
    let text = format!("{{\"records\":[\n{g},\n {g}]}}");
    let places: Vec<_> = parse(&text).records.iter().map(|r| (r.at.line, r.at.offset)).collect();
    assert_eq!(places, [(1, 13), (2, 13 + g.len() as u64 + 3)]);
}

#[test]
fn csv_records() {
    let text = "\u{feff}\"TimeGenerated [UTC]\",Category,\"Message\",x_d,y_b,configuration_A_s\r\n\
        \"2/25/2025, 9:19:25.391 AM\",IKEDiagnosticLog,\"two\r\nlines, \"\"quoted\"\"\",7,True,v\r\n\
        \r\n\
        2025-02-25T09:19:25Z,IKEDiagnosticLog,,,False,\r\n\
        \"2/25/2025, 9:19:25 AM\",IKEDiagnosticLog\r\n\
        nonsense,IKEDiagnosticLog,,,,\r\n\
        \"2/25/2025, 9:19:25 AM\",IKEDiagnosticLog,,,,last";
    let seen = parse(text);
    account(5, 0, 3, 2)(&seen);
    assert_eq!(seen.codes(), [WrongFieldCount, BadTime]);
    let first = &seen.records[0];
    assert_eq!(crate::model::format_ticks(first.ticks), "2025-02-25T09:19:25.3910000Z");
    assert_eq!(first.message.as_deref(), Some("two\r\nlines, \"quoted\""));
    assert_eq!((first.properties.as_str(), first.configuration.as_str()), (r#"{"x":7,"y":true}"#, r#"{"A":"v"}"#));
    assert_eq!((first.at.line, first.at.offset), (1, text.find("\"2/25").unwrap() as u64));
    assert_eq!((seen.records[1].message.as_deref(), seen.records[1].properties.as_str()), (None, r#"{"y":false}"#));
    assert_eq!(seen.records[2].at, Position { line: 5, offset: text.rfind("\"2/25").unwrap() as u64 });
    let open = parse("TimeGenerated,Message\n2025-02-25T09:19:25Z,\"open\n");
    assert_eq!(open.codes(), [Truncated]);
    let bad = parse(b"TimeGenerated,Message\n2025-02-25T09:19:25Z,\xff\n");
    assert_eq!(bad.codes(), [NotUtf8]);
    assert_eq!(parse("TimeGenerated,Message\n").account.lines, 0);
}

#[test]
fn csv_in_another_time_zone() {
    for header in ["TimeGenerated [Local Time]", "TimeGenerated [JST]", "\"TimeGenerated [UTC+09:00]\""] {
        let seen = parse(format!("{header},Category\n\"2/25/2025, 9:19:25 AM\",IKEDiagnosticLog\n"));
        assert_eq!(seen.codes(), [BadTime], "{header}");
        assert!(seen.rejects[0].detail.contains("UTC"), "{header}");
    }
}

#[test]
fn ike_lines() {
    // Message texts as published; times are synthetic.
    let text = "[SEND] before any time\n\
        2026-03-01T07:00:01.5Z [RECEIVED][NOTIFY] Received Notify Message - Authentication failed\n\
        [RECEIVED][NOTIFY] Received Notify Message - Authentication failed\n\
        [RECEIVED][NOTIFY] Received Notify Message - Authentication failed\r\n\
        \n\
        [03/01/2026 07:00:02 AM]  Proposed(send) Traffic Selector payload will be- [Tsid 0x37 ]Number of TSIs 1:\n\
        unfamiliar";
    let seen = parse(text);
    account(7, 1, 5, 1)(&seen);
    assert_eq!((seen.codes(), seen.end.2), (vec![NoTime], true));
    let r = &seen.records;
    assert_eq!(
        (r[0].category, r[0].operation.as_str(), r[0].category_name.as_str()),
        (Category::Ike, "IKELogEvent", "IKEDiagnosticLog")
    );
    assert_eq!(r[0].message.as_deref(), Some("[RECEIVED][NOTIFY] Received Notify Message - Authentication failed"));
    assert!(r[0].ticks == r[1].ticks && r[0].message == r[1].message && r[1].message == r[2].message);
    assert!(r[0].hash != r[1].hash && r[1].hash != r[2].hash, "equal lines without a time are different events");
    assert!(r[3].message.as_deref().unwrap().starts_with(" Proposed(send)"), "the body's own space stays");
    assert_eq!((r[4].message.as_deref(), r[4].ticks), (Some("unfamiliar"), r[3].ticks));
    let hints = SourceHints { fallback_ticks: Some(77), resource_id: "/x".into(), ..SourceHints::default() };
    assert_eq!(parse_with(hints, ParseOptions::default(), text).codes(), [NotAVpnGateway; 6]);
    let hints = SourceHints { fallback_ticks: Some(77), ..SourceHints::default() };
    assert_eq!(parse_with(hints, ParseOptions::default(), text).records[0].ticks, 77);
}

#[test]
fn ike_lines_resume_with_the_inherited_time() {
    let text = "2026-03-01T07:00:01.5Z [SEND] a\n[SEND] b\n";
    let whole = parse(text);
    let cut = text.find("[SEND] b").unwrap();
    let mut first = Parser::new(SourceHints::default(), ParseOptions::default());
    let mut seen = Seen::default();
    assert_eq!(first.push(&text.as_bytes()[..cut], true, &mut seen), cut);
    let (offset, lines, ticks) = (first.offset(), first.lines(), first.last_ticks());
    let second = Parser::resume(
        Format::IkeLogs,
        SourceHints::default(),
        ParseOptions::default(),
        offset,
        lines,
        first.open_end(),
        ticks,
    );
    let second = feed(second, &text.as_bytes()[cut..], 5);
    assert_eq!(second.records, whole.records[1..]);
}
