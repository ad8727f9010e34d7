//! One event, exported in every way: the same record and the same hash.

use super::super::formats::ALL;
use super::*;

fn sample(format: Format) -> Vec<Owned> {
    parse(ALL.iter().find(|d| d.format == format).unwrap().sample).records
}

/// The samples hold the same three events.
#[test]
fn the_same_record_in_every_format() {
    let want = sample(Format::JsonLines);
    assert_eq!(want.len(), 3);
    for format in
        [Format::Records, Format::LogAnalyticsRows, Format::LogAnalyticsTables, Format::AzArray, Format::PortalCsv]
    {
        let got = sample(format);
        assert_eq!(got.len(), want.len(), "{format}");
        for (got, want) in got.iter().zip(&want) {
            let head = |o: &Owned| {
                (o.category, o.category_name.clone(), o.resource_id.clone(), o.operation.clone(), o.level.clone())
            };
            assert_eq!(head(got), head(want), "{format}");
            assert_eq!((&got.message, &got.texts), (&want.message, &want.texts), "{format}");
            assert_eq!(got.hash, want.hash, "{format}: {got:#?} {want:#?}");
            // The portal writes milliseconds only.
            let precision = if format == Format::PortalCsv { 10_000 } else { 1 };
            assert_eq!(got.ticks / precision, want.ticks / precision, "{format}");
            let json = |text: &str| {
                serde_json::from_str::<serde_json::Value>(if text.is_empty() { "{}" } else { text }).unwrap()
            };
            let (mut rest, want_rest) = (json(&got.properties), json(&want.properties));
            rest.as_object_mut().unwrap().remove("TenantId");
            assert_eq!(rest, want_rest, "{format}");
            if format == Format::Records {
                assert_eq!(json(&got.configuration), json(&want.configuration));
            }
            assert_eq!(got.configuration.is_empty(), want.configuration.is_empty(), "{format}");
        }
    }
}

#[test]
fn the_hash_is_of_what_the_event_is() {
    let base = r#"{"time":"2026-03-01T07:00:01Z","resourceId":"/SUBSCRIPTIONS/S/RESOURCEGROUPS/G/PROVIDERS/MICROSOFT.NETWORK/VIRTUALNETWORKGATEWAYS/GW","category":"IKEDiagnosticLog","operationName":"IKELogEvent","level":"Error","properties":{"message":"m","instance":"i","n":1}}"#;
    let hash = |text: &str| parse(text).one().hash;
    for (from, to, same) in [
        ("07:00:01", "08:00:02", true),
        ("Error", "Warning", true),
        ("/GW\"", "/gw/\"", true),
        ("IKEDiagnosticLog", "ikediagnosticlog", true),
        ("\"level\"", "\"location\":\"x\",\"level\"", true),
        ("\"message\":\"m\",\"instance\":\"i\"", "\"INSTANCE\":\"i\",\"message\":\"m\"", true),
        ("\"n\":1", "\"n\":1.0", true),
        ("\"n\":1", "\"n\":\"1\"", true),
        ("\"n\":1", "\"n\":1,\"z\":null,\"e\":\"\"", true),
        ("\"message\":\"m\"", "\"message\":\"\\u006d\"", true),
        ("\"n\":1", "\"n\":2", false),
        ("\"n\":1", "\"k\":1", false),
        ("\"n\":1", "\"k\":{\"n\":1}", false),
        ("\"message\":\"m\",\"instance\":\"i\"", "\"message\":\"i\",\"instance\":\"m\"", false),
        ("/GW\"", "/GX\"", false),
        ("IKELogEvent", "IkeLogEvent", false),
        ("IKEDiagnosticLog", "P2SDiagnosticLog", false),
    ] {
        assert!(base.contains(from), "{from}");
        assert_eq!(hash(base) == hash(&base.replace(from, to)), same, "{from} -> {to}");
    }
}

/// Written down once: archives hold such values.
#[test]
fn golden_hashes() {
    let hashes: Vec<u64> = sample(Format::JsonLines).iter().map(|r| r.hash).collect();
    assert_eq!(hashes, GOLDEN);
}

const GOLDEN: [u64; 3] = [6_535_125_429_265_805_937, 9_340_976_645_454_153_043, 515_944_752_546_795_667];
