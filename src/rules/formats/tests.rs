//! Every format on one outcome, with texts that want to act.

use serde_json::{Map, Value, json};

use super::*;
use crate::engine::EngineError;
use crate::rules::Finding;
use crate::rules::outcome::{Failed, Resolved, Told};
use crate::rules::rule::Kind;
use crate::rules::run::RunError;

const HOSTILE: &str = "\u{1b}[2Jpeer <b>\"x\" & 'y'</b> ]]>\n\u{202e}<!channel> \u{0}\u{fffe}";

fn map(value: Value) -> Map<String, Value> {
    value.as_object().cloned().unwrap_or_default()
}

fn outcome() -> Outcome {
    let finding = |rule: &str, severity, message: &str| Finding {
        rule: rule.to_owned(),
        title: format!("Title of {rule}"),
        severity,
        kind: Kind::Condition,
        message: message.to_owned(),
        advice: Some("look".to_owned()),
        url: None,
        key: map(json!({ "gateway": message })),
        row: map(json!({ "gateway": message, "n": 1 })),
        rows: 2,
    };
    let told = |finding, new| Told { finding, new, since: 0 };
    Outcome {
        rules: ["a", "b", "c", "d"].map(|id| (id.to_owned(), format!("Title of {id}"))).to_vec(),
        findings: vec![
            told(finding("a", Severity::Critical, HOSTILE), true),
            told(finding("b", Severity::Info, "small"), true),
            told(finding("c", Severity::Critical, "known"), false),
        ],
        resolved: vec![Resolved {
            rule: "c".to_owned(),
            title: String::new(),
            severity: Severity::Warning,
            message: "was so".to_owned(),
            key: Map::new(),
            since: 0,
        }],
        failed: vec![Failed {
            rules: vec!["d".to_owned()],
            error: RunError { error: EngineError::Storage("x".to_owned()), text: "no <file>".to_owned() },
        }],
        more: vec![("b".to_owned(), 7)],
        remembers: true,
        blind: false,
        now: 0,
    }
}

fn written(name: &str) -> String {
    CheckFormat::from_name(name).unwrap().write(&outcome(), Some(Severity::Warning))
}

#[test]
fn nothing_acts_on_a_display() {
    for format in CheckFormat::all() {
        let text = written(format.name());
        assert!(!text.contains(['\u{1b}', '\u{202e}', '\u{0}']), "{}: {text:?}", format.name());
    }
}

#[test]
fn text_tells_news_on_a_line_each() {
    let text = written("text");
    let lines: Vec<&str> = text.lines().collect();
    assert!(lines[0].starts_with("CRITICAL a: \\x1b[2Jpeer <b>") && lines[0].ends_with("(the first of 2)"), "{text}");
    assert_eq!(
        lines[1..],
        ["    look", "INFO b: small (the first of 2)", "    look", "b: 7 more rows", "RESOLVED c: was so"]
    );
    let mut quiet = Outcome { remembers: true, ..Outcome::default() };
    assert_eq!(CheckFormat::default().write(&quiet, None), "");
    quiet.remembers = false;
    assert_eq!(CheckFormat::default().write(&quiet, None), "0 rules: no findings\n");
}

#[test]
fn json_is_the_same_data() {
    let document: Value = serde_json::from_str(&written("json")).unwrap();
    assert_eq!(document["findings"][0]["message"], HOSTILE);
    assert_eq!(document["findings"][0]["row"]["n"], 1);
    assert_eq!(document["findings"][2]["status"], "standing");
    assert_eq!(document["resolved"][0]["status"], "resolved");
    assert_eq!(document["failed"][0], json!({ "rules": ["d"], "error": "no <file>" }));
    assert_eq!(document["more"][0]["rows"], 7);
    let lines: Vec<Value> = written("ndjson").lines().map(|l| serde_json::from_str(l).unwrap()).collect();
    assert_eq!(lines.len(), 4);
    let empty: Value =
        serde_json::from_str(&CheckFormat::from_name("json").unwrap().write(&Outcome::default(), None)).unwrap();
    assert_eq!(empty["findings"], json!([]));
}

#[test]
fn junit_counts_failures_and_errors() {
    let text = written("junit");
    assert!(!text.contains('\u{fffe}'), "no XML document may have it: {text:?}");
    assert!(text.contains("<testsuites tests=\"4\" failures=\"1\" errors=\"1\">"), "{text}");
    assert!(text.contains("&lt;b&gt;&quot;x&quot; &amp; &#39;y&#39;&lt;/b&gt; ]]&gt;"), "{text}");
    assert!(text.contains("<system-out>STANDING c: known\n    look\nRESOLVED c: was so\n</system-out>"), "{text}");
    assert!(text.contains(">no &lt;file&gt;</error>"), "{text}");
}

#[test]
fn what_is_posted_pings_nobody() {
    let document: Value = serde_json::from_str(&news(&outcome())).unwrap();
    let text = document["text"].as_str().unwrap();
    assert!(text.contains("&lt;!channel&gt;") && !text.contains('<'), "{text}");
    assert_eq!(document["new"].as_array().unwrap().len(), 2);
    assert_eq!(document["resolved"].as_array().unwrap().len(), 1);
    assert_eq!(document["version"], 1);
    let mut many = outcome();
    let one = many.resolved.remove(0);
    many.resolved = vec![one; 30];
    let document: Value = serde_json::from_str(&news(&many)).unwrap();
    let text = document["text"].as_str().unwrap();
    assert_eq!((text.lines().count(), text.lines().last()), (21, Some("and 12 more")));
    assert_eq!(document["resolved"].as_array().unwrap().len(), 30);
}

#[test]
fn files_choose_formats() {
    for (file, name) in
        [("a.XML", "junit"), ("a.json", "json"), ("a.jsonl", "ndjson"), ("a.log", "text"), ("a", "text")]
    {
        assert_eq!(CheckFormat::of_file(Path::new(file)).name(), name);
    }
}
