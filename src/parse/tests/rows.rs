//! Log Analytics rows: columns, suffixes, flattened configuration, rows in tables.

use super::*;

const HEAD: &str = r#"{"TimeGenerated":"2026-03-01T07:00:01Z","Category":"IKEDiagnosticLog""#;

fn row(more: &str) -> Seen {
    parse(format!("{HEAD}{more}}}"))
}

#[test]
fn columns_become_properties() {
    let seen = row(
        r#","Message":"m","instance_s":"i","remoteIP_s":"1.2.3.4","status_s":"","Extra_d":5.5,"Flag_b":"True","Id_g":"g","When_t":"w","TenantId":"t","SourceSystem":"","CorrelationId":null,"ResultType":"x","Type":"AzureDiagnostics","TableName":"P","Resource":"GW","Level":"Warning""#,
    );
    let r = seen.one();
    assert_eq!((r.message.as_deref(), &r.texts), (Some("m"), &["i", "1.2.3.4", "", "", ""].map(String::from)));
    assert_eq!(r.level, "Warning");
    assert_eq!(r.properties, r#"{"Extra":5.5,"Flag":true,"Id":"g","When":"w","TenantId":"t","ResultType":"x"}"#);
}

#[test]
fn configuration_is_put_together() {
    for (more, want) in [
        (
            r#","configuration_GatewaySku_s":"VpnGw1","configuration_Bgp_Asn_d":65515,"configuration_Empty_s":"","configuration_On_b":false"#,
            r#"{"GatewaySku":"VpnGw1","Bgp_Asn":65515,"On":false}"#,
        ),
        (r#","configuration_s":"{\"a\":1}""#, r#"{"a":1}"#),
        (r#","configuration_s":"{\"a\":1 }","configuration_b_s":"2""#, r#"{"a":1,"b":"2"}"#),
        (r#","configuration_s":"{ }","configuration_b_s":"2""#, r#"{"b":"2"}"#),
        (r#","configuration_s":"text""#, r#""text""#),
        (r#","configuration_s":"text","configuration_b_s":"2""#, r#"{"configuration":"text","b":"2"}"#),
        (r#","AdditionalFields":{"configuration_x_d":1}"#, r#"{"x":1}"#),
    ] {
        assert_eq!(row(more).one().configuration, want, "{more}");
    }
}

#[test]
fn additional_fields() {
    for (fields, instance, properties) in [
        (r#"{"instance_s":"i","other_d":1}"#, "i", r#"{"other":1}"#),
        (r#""{\"instance_s\":\"i\",\"other_d\":\"1\"}""#, "i", r#"{"other":"1"}"#),
        (r#""{}""#, "", ""),
        (r#""""#, "", ""),
        (r#""text""#, "", r#"{"AdditionalFields":"text"}"#),
    ] {
        let seen = row(&format!(",\"AdditionalFields\":{fields}"));
        assert_eq!((seen.one().texts[0].as_str(), seen.one().properties.as_str()), (instance, properties), "{fields}");
    }
}

#[test]
fn resource_ids() {
    let id = |name: &str| {
        format!("/SUBSCRIPTIONS/S/RESOURCEGROUPS/G/PROVIDERS/MICROSOFT.NETWORK/VIRTUALNETWORKGATEWAYS/{name}")
    };
    let parts = r#","SubscriptionId":"S","ResourceGroup":"G","ResourceProvider":"MICROSOFT.NETWORK","ResourceType":"VIRTUALNETWORKGATEWAYS","Resource":"BUILT""#;
    for (more, want) in [
        (format!(",\"ResourceId\":\"{}\",\"_ResourceId\":\"{}\"", id("A"), id("a")), id("A")),
        (format!(",\"_ResourceId\":\"{}\",\"ResourceId\":\"\"", id("a")), id("a")),
        (format!("{parts},\"ResourceId\":\"{}\"", id("A")), id("A")),
        (parts.to_owned(), id("BUILT")),
        (parts.replace("\"S\"", "\"\""), String::new()),
    ] {
        assert_eq!(row(&more).one().resource_id, want, "{more}");
    }
}

#[test]
fn what_makes_a_row() {
    for (line, properties) in [
        (r#"{"TimeGenerated":"2026-03-01T07:00:01Z","category":"IKEDiagnosticLog","x_s":"1"}"#, r#"{"x":"1"}"#),
        (
            r#"{"timeGenerated":"2026-03-01T07:00:01Z","category":"IKEDiagnosticLog","x_s":"1","properties":{}}"#,
            r#"{"x_s":"1"}"#,
        ),
        (r#"{"time":"2026-03-01T07:00:01Z","category":"IKEDiagnosticLog","x_s":"1"}"#, r#"{"x_s":"1"}"#),
    ] {
        assert_eq!(parse(line).one().properties, properties, "{line}");
    }
}

#[test]
fn tables_with_traps() {
    let columns =
        r#""columns":[{"name":"TimeGenerated","type":"datetime"},{"name":"OperationName"},{"name":"instance_s"}]"#;
    let rows = r#""rows":[["2026-03-01T07:00:01Z","IKELogEvent","a"],["2026-03-01T07:00:02Z","IKELogEvent"],["2026-03-01T07:00:03Z","IKELogEvent",null]]"#;
    for table in [format!("{{\"name\":\"P\",{columns},{rows}}}"), format!("{{{rows},\"x\":[1],{columns}}}")] {
        let seen = parse(format!("{{\"tables\":[{table},{table}]}}"));
        account(6, 0, 4, 2)(&seen);
        assert_eq!(seen.codes(), [RejectCode::WrongFieldCount; 2]);
        assert_eq!(seen.records.iter().map(|r| r.texts[0].as_str()).collect::<Vec<_>>(), ["a", "", "a", ""]);
        assert_eq!(seen.records.iter().map(|r| r.at.line).collect::<Vec<_>>(), [1, 3, 4, 6]);
    }
    let seen = parse(format!(
        "{{\"tables\":[{{{columns},{rows}}}],\"error\":{{\"code\":\"PartialError\",\"message\":\"too late\"}}}}"
    ));
    assert_eq!(seen.codes(), [RejectCode::WrongFieldCount, RejectCode::PartialResult]);
    assert_eq!(seen.rejects[1].detail, "PartialError: too late");
    let seen = parse(format!("{{\"tables\":[{{{rows}}}]}}"));
    assert_eq!(seen.codes(), [RejectCode::WrongFieldCount; 3], "no columns at all");
    let seen =
        parse(format!("{{\"tables\":[{{{columns},\"rows\":[[\"2026-03-01T07:00:01Z\",\"IKELogEvent\",\"a\"],[\"2026"));
    assert_eq!((seen.records.len(), seen.codes()), (1, vec![RejectCode::Truncated]));
}

#[test]
fn rows_before_the_columns_are_held_within_the_limit() {
    let rows = ["[\"2026-03-01T07:00:01Z\",\"IKELogEvent\"]"; 10].join(",");
    let text = format!(
        "{{\"tables\":[{{\"rows\":[{rows}],\"columns\":[{{\"name\":\"TimeGenerated\"}},{{\"name\":\"OperationName\"}}]}}]}}"
    );
    let options = ParseOptions { max_unit_bytes: 200, ..ParseOptions::default() };
    let seen = parse_with(SourceHints::default(), options, &text);
    account(10, 0, 5, 5)(&seen);
    assert!(seen.codes().iter().all(|c| *c == RejectCode::TooLong));
}
