//! JSON Lines: what a line may be, and how sources begin and end.

use super::*;
use RejectCode::*;

#[test]
fn every_field_of_a_record() {
    let line = r#"{"TIME":"2026-03-01T07:00:01.1234567Z","resourceId":"/S/x","Category":"tunneldiagnosticlog","operationname":"TunnelConnected","LEVEL":4,"location":"westeurope","resultType":null,"Properties":{"Message":"a\u00e9\"\n","instance":"GatewayTenantWorker_IN_0","REMOTEIP":"198.51.100.7","status":"Connected","stateChangeReason":"x\\y","operationStatus":12.0,"configuration":{ "a" : [1] },"other":{"b":"\u0041"},"list":[ ]}}"#;
    let options = ParseOptions { keep_unknown: true, ..ParseOptions::default() };
    let seen = parse_with(SourceHints::default(), options, line);
    let r = seen.one();
    assert_eq!(crate::model::format_ticks(r.ticks), "2026-03-01T07:00:01.1234567Z");
    assert_eq!(
        (r.category, r.category_name.as_str()),
        (Category::Other, "tunneldiagnosticlog"),
        "not a gateway's resource"
    );
    assert_eq!((r.resource_id.as_str(), r.operation.as_str(), r.level.as_str()), ("/S/x", "TunnelConnected", "4"));
    assert_eq!(r.message.as_deref(), Some("aé\"\n"));
    assert_eq!(r.texts, ["GatewayTenantWorker_IN_0", "198.51.100.7", "Connected", "x\\y", "12.0"]);
    assert_eq!(r.configuration, r#"{ "a" : [1] }"#);
    assert_eq!(r.properties, r#"{"other":{"b":"\u0041"},"list":[ ],"location":"westeurope","resultType":null}"#);
    assert_eq!(seen.format, Some(Format::JsonLines));
}

#[test]
fn rejects_by_line() {
    let time = r#""time":"2026-03-01T07:00:01Z""#;
    let ike = r#""category":"IKEDiagnosticLog""#;
    let deep = format!("{{{time},\"x\":{}{}}}", "[".repeat(200), "]".repeat(200));
    for (line, code) in [
        ("hello", NotJson),
        ("{\"a\":tru}", NotJson),
        ("{\"a\":1} x", NotJson),
        ("{\"a\":1", NotJson),
        ("{\"a\":\"\t\"}", NotJson),
        ("{\"a\":01}", NotJson),
        ("[1,2]", NotAnObject),
        ("\"text\"", NotAnObject),
        ("null", NotAnObject),
        (deep.as_str(), TooDeep),
        ("{}", NoTime),
        ("{\"time\":null}", NoTime),
        ("{\"time\":\"\"}", NoTime),
        ("{\"time\":\"yesterday\"}", BadTime),
        ("{\"time\":1772348401}", BadTime),
        (&format!("{{{time}}}"), NoCategory),
        (&format!("{{{time},\"category\":\"AuditEvent\"}}"), UnknownCategory),
        (&format!("{{{time},\"category\":5}}"), BadValue),
        (&format!("{{{time},{ike},\"operationName\":[1]}}"), BadValue),
        (&format!("{{{time},{ike},\"resourceId\":{{}}}}"), BadValue),
        (
            &format!(
                "{{{time},{ike},\"resourceId\":\"/SUBSCRIPTIONS/s/RESOURCEGROUPS/g/PROVIDERS/MICROSOFT.NETWORK/AZUREFIREWALLS/f\"}}"
            ),
            NotAVpnGateway,
        ),
    ] {
        let text = format!("{GOOD}\n{line}\n{GOOD}\n");
        let seen = parse(&text);
        assert_eq!(seen.codes(), [code], "{line}");
        account(3, 0, 2, 1)(&seen);
        let reject = &seen.rejects[0];
        assert_eq!(
            (reject.line, reject.offset, reject.length),
            (2, GOOD.len() as u64 + 1, line.len() as u64),
            "{line}"
        );
        assert!(line.starts_with(&reject.excerpt));
    }
    let seen = parse([GOOD.as_bytes(), b"\n{\"a\":\"\xff\"}\n"].concat());
    assert_eq!(seen.codes(), [NotUtf8]);
}

#[test]
fn unknown_things_are_kept_on_request() {
    let options = ParseOptions { keep_unknown: true, ..ParseOptions::default() };
    for (more, name) in [
        (r#""category":"AuditEvent""#, "AuditEvent"),
        (r#""category":"IKEDiagnosticLog","resourceId":"/a/b""#, "IKEDiagnosticLog"),
    ] {
        let seen = parse_with(
            SourceHints::default(),
            options.clone(),
            format!("{{\"time\":\"2026-03-01T07:00:01Z\",{more}}}"),
        );
        assert_eq!((seen.one().category, seen.one().category_name.as_str()), (Category::Other, name));
    }
}

#[test]
fn hints_and_operations_stand_in() {
    let id = "/SUBSCRIPTIONS/s/RESOURCEGROUPS/g/PROVIDERS/MICROSOFT.NETWORK/VIRTUALNETWORKGATEWAYS/gw";
    let hints = SourceHints { category: Some(Category::Route), resource_id: id.into(), fallback_ticks: Some(1) };
    let seen = parse_with(hints.clone(), ParseOptions::default(), "{\"time\":\"2026-03-01T07:00:01Z\"}");
    assert_eq!((seen.one().category, seen.one().category_name.as_str()), (Category::Route, "RouteDiagnosticLog"));
    assert_eq!(seen.one().resource_id, id);
    let seen = parse_with(hints, ParseOptions::default(), "{\"level\":1}");
    assert_eq!(seen.codes(), [NoTime], "the fallback time is for lines of text only");
    for (operation, category) in [
        ("TunnelConnected", Category::Tunnel),
        ("tunneldisconnected", Category::Tunnel),
        ("IKELogEvent", Category::Ike),
        ("P2SLogEvent", Category::P2s),
        ("BgpWhatever", Category::Route),
        ("StaticRouteUpdate", Category::Route),
        ("ValidateGatewayConfiguration", Category::Gateway),
    ] {
        let seen = parse(format!("{{\"time\":\"2026-03-01T07:00:01Z\",\"operationName\":\"{operation}\"}}"));
        assert_eq!(seen.one().category, category, "{operation}");
    }
}

#[test]
fn properties_in_other_shapes() {
    let head = r#"{"time":"2026-03-01T07:00:01Z","category":"IKEDiagnosticLog","properties":"#;
    for (rest, message, properties) in [
        (r#"{"message":"m"}}"#, Some("m"), ""),
        (r#""{\"message\":\"m\\n\",\"x\":1}"}"#, Some("m\n"), r#"{"x":1}"#),
        (r#"" {\u0022message\u0022 : 7 } "}"#, Some("7"), ""),
        (r#"null,"message":"top"}"#, Some("top"), ""),
        (r#"{"message":null},"Message":"top"}"#, Some("top"), ""),
        (r#"{"message":""},"message":"top"}"#, Some(""), r#"{"_message":"top"}"#),
        (r#""plain text"}"#, None, r#"{"properties":"plain text"}"#),
        (r#"[1]}"#, None, r#"{"properties":[1]}"#),
        (r#"{"a":1,"A":2,"a":3}}"#, None, r#"{"a":3}"#),
        (r#"{"message":"x","MESSAGE":{"y":1}}}"#, Some(r#"{"y":1}"#), ""),
        (
            r#"{"location":"p","_location":"q"},"location":"t"}"#,
            None,
            r#"{"location":"p","_location":"q","__location":"t"}"#,
        ),
        (r#"{"a":1},"properties":{"b":2}}"#, None, r#"{"b":2}"#),
        (r#"{"a":1},"properties":"{\"b\":2}"}"#, None, r#"{"b":2}"#),
        (r#"{"a":1},"properties":null}"#, None, ""),
        (r#"{"lone":"\ud800"}}"#, None, r#"{"lone":"\ud800"}"#),
        (r#"{},"x":1,"x":2}"#, None, r#"{"x":2}"#),
    ] {
        let seen = parse(format!("{head}{rest}"));
        let record = seen.one();
        assert_eq!((record.message.as_deref(), record.properties.as_str()), (message, properties), "{rest}");
    }
    let seen = parse(format!(r#"{head}{{"message":"m","configuration":"{{\"a\":1}}","x":1}}}}"#));
    assert_eq!(seen.one().configuration, r#"{"a":1}"#);
    let lean = ParseOptions { want_rest: false, ..ParseOptions::default() };
    let lean = parse_with(
        SourceHints::default(),
        lean,
        format!(r#"{head}{{"message":"m","configuration":{{"a":1}},"x":1}}}}"#),
    );
    assert_eq!((lean.one().configuration.as_str(), lean.one().properties.as_str()), ("", ""));
    assert_eq!(
        lean.one().hash,
        seen.one().hash,
        "leaving texts out, or holding them in a string, does not change the hash"
    );
}

#[test]
fn beginnings_and_ends() {
    let good = GOOD;
    for (text, lines, blank, records, rejects, torn, open_end) in [
        (String::new(), 0, 0, 0, 0, 0, false),
        ("\u{feff}".into(), 0, 0, 0, 0, 0, false),
        ("\n \r\n\n".into(), 3, 3, 0, 0, 0, false),
        (format!("\u{feff}{good}\r\n\r\n{good}\r\n"), 3, 1, 2, 0, 0, false),
        (format!("{good}\n{good}"), 2, 0, 2, 0, 0, true),
        (format!("{good}\n{good}\r"), 2, 0, 2, 0, 0, true),
        (format!("{good}\n{}", &good[..40]), 1, 0, 1, 0, 40, false),
        (good[..40].into(), 0, 0, 0, 0, 40, false),
        (format!("{good}\n\"tex"), 1, 0, 1, 0, 4, false),
        (format!("{good}\nhello"), 2, 0, 1, 1, 0, true),
        (format!("{good}\n{{}}"), 2, 0, 1, 1, 0, true),
        (format!("{good}\n  "), 1, 0, 1, 0, 2, false),
        (format!("garbage\n{good}\n"), 2, 0, 1, 1, 0, false),
        (format!("garbage\n{}", &good[..40]), 1, 0, 0, 1, 40, false),
    ] {
        let seen = parse(&text);
        account(lines, blank, records, rejects)(&seen);
        assert_eq!((seen.account.torn_bytes, seen.end.2), (torn, open_end), "{text}");
        assert_eq!(seen.end.1, lines);
    }
    // A character cut in two is a torn tail as well.
    let cut = format!("{good}\n{{\"a\":\"é").into_bytes();
    let seen = parse(&cut[..cut.len() - 1]);
    assert_eq!((seen.account.lines, seen.account.torn_bytes), (1, 7));
}

/// A blob that grows: whatever the cut, two runs find what one run does.
#[test]
fn resuming_at_any_byte() {
    let text = format!("\u{feff}{GOOD}\r\n\r\nbad line\n  {GOOD} \n{GOOD}\nnull\n{GOOD}");
    let whole = parse(&text);
    for cut in 0..=text.len() {
        let (before, after) = text.as_bytes().split_at(cut);
        let first = parse(before);
        let Some(format) = first.format.filter(|f| f.resumable()) else { continue };
        let (offset, lines, open_end) = first.end;
        let second =
            Parser::resume(format, SourceHints::default(), ParseOptions::default(), offset, lines, open_end, None);
        let second = feed(second, &text.as_bytes()[offset as usize..], usize::MAX / 2);
        assert_eq!(after.len() as u64 + first.account.torn_bytes, second.account.bytes);
        // A piece of this one is a bad line of its own.
        let inside = text.find("bad line").unwrap();
        if (inside + 1..inside + 8).contains(&cut) {
            continue;
        }
        let mut both = first.clone();
        both.records.extend(second.records.clone());
        both.rejects.extend(second.rejects.clone());
        assert_eq!((&both.records, &both.rejects), (&whole.records, &whole.rejects), "cut at {cut}");
        assert_eq!(second.end, whole.end, "cut at {cut}");
    }
}

#[test]
fn long_lines_are_passed_over() {
    let options = ParseOptions { max_unit_bytes: 200, ..ParseOptions::default() };
    let long = format!("{}{}", GOOD.trim_end_matches('}'), " ".repeat(300));
    for (text, want) in [
        (format!("{GOOD}\n{long}\n{GOOD}\n"), [TooLong].as_slice()),
        (format!("{GOOD}\n{long}"), &[TooLong]),
        (format!("{GOOD}\n{}\n{long}\r\n{long}\n", "x".repeat(200)), &[NotJson, TooLong, TooLong]),
    ] {
        for chunk in [1, 50, 10_000] {
            let seen = feed(Parser::new(SourceHints::default(), options.clone()), text.as_bytes(), chunk);
            assert_eq!(seen.codes(), want, "{chunk}");
            let reject = seen.rejects.last().unwrap();
            assert!(reject.length >= long.len() as u64 && reject.excerpt.starts_with(&long[..100]), "{reject:?}");
        }
    }
}
