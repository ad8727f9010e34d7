//! The parser alone: what it reads, what it says.

use super::parse;

/// What is wrong with a query, with its place.
fn wrong(text: &str) -> String {
    match parse(text) {
        Ok(_) => "nothing".to_owned(),
        Err(errors) => {
            errors.iter().map(|e| format!("{:?} {e}", e.span().unwrap_or_default())).collect::<Vec<_>>().join("; ")
        }
    }
}

#[test]
fn queries_are_read() {
    for query in [
        "T",
        "T | where a == 1 and b has 'x' or not(c) | project a, B = b * 2, ['odd name']",
        "let x = 5; let f = (a:long, t:(*)) { t | where v > a }; f(x, T | take 5)",
        "T | join kind=leftouter hint.strategy=broadcast (U | where a > 1) on $left.a == $right.b, c",
        "T | parse kind=regex flags=Ui s with * 'a' b:long @'\\d+' c | render timechart with (title='x', ycolumns=a, b)",
        "T | mv-expand kind=array a to typeof(long), b = c limit 5",
        "T | mv-apply x = d on (where x > 1 | summarize s = sum(x))",
        "T | make-series n = count() default = 0, avg(b) on t from ago(1d) to now() step 1h by k",
        "T | top-nested 2 of a by sum(b), top-nested of c by count()",
        "union withsource=s A, (B | where x > 1), C* | count",
        "T | union B | where x in ((U | project a)) and y between (1 .. 5) and z !in~ ('a', 'b')",
        "search in (A, B) 'x' and col:'y'",
        "print a = 1, strcat('a', \"b\"), -1.5h",
        "range x from 1 to 10 step 2 | where x % 2 == 0",
        "datatable(a:long, b:dynamic)[1, dynamic([1]), -2, dynamic(null),]",
        "T | summarize by Average, bin(TimeGenerated, 1h) | sort by a asc nulls first, b",
        "set notruncation; T\n| count // comment",
        "T | project-reorder a* asc, b | project-away *_x, c | project-rename d = e",
        "T | evaluate pivot(a, count()) | partition by x (top 1 by y)",
        "T | extend (a, b) = f(x) | serialize rn = row_number()",
        "T | extend first_x = d.first[0].['a b'][\"c\"] | as hint.materialized=true U",
    ] {
        assert_eq!(wrong(query), "nothing", "{query}");
    }
}

#[test]
fn errors_name_place_and_alternatives() {
    for (query, told) in [
        ("T | wher a == 1", "4..8 unknown operator 'wher'; did you mean 'where'?"),
        ("T | facet by a", "4..9 not supported: the operator 'facet'"),
        ("T | extend first = 1", "11..16 'first' is a keyword; as a name it is written ['first']"),
        ("T | where a = 1", "12..13 "),
        ("T | project a b", "14..15 "),
        ("T | where", "9..9 "),
        (
            "T | wher a | tak 5",
            "4..8 unknown operator 'wher'; did you mean 'where'?; 13..16 unknown operator 'tak'; did you mean 'take'?",
        ),
        ("T | extend (", "11..12 '(' is never closed"),
        ("datatable(s:string)[null]", "20..24 "),
    ] {
        let found = wrong(query);
        assert!(found.starts_with(told), "{query}: {found}");
    }
}

#[test]
fn depth_is_limited() {
    let chain = format!("print {}1", "1 + ".repeat(20_000));
    assert!(parse(&chain).is_ok());
    let deep = format!("print {}1{}", "(".repeat(100), ")".repeat(100));
    assert_eq!(wrong(&deep), "nothing");
    assert_ne!(wrong(&format!("print {}1{}", "(".repeat(10_000), ")".repeat(10_000))), "nothing");
    assert_ne!(wrong(&format!("print {}", "union (".repeat(100))), "nothing");
    assert_eq!(wrong(&format!("print {}1", "-".repeat(10))), "nothing");
    let _ = parse(&format!("print {}1", "-".repeat(20_000)));
}

/// Whether a query is refused for a time that nanoseconds cannot hold.
fn beyond(text: &str) -> bool {
    text.contains("between 1677") || text.contains("10675199.02:48:05.4775807")
}

#[test]
fn the_reference_queries_are_read() {
    let Ok(text) = std::fs::read_to_string(concat!(env!("CARGO_MANIFEST_DIR"), "/../../shared/kql/engine-dev.jsonl"))
    else {
        println!("no reference queries here: nothing is read");
        return;
    };
    let mut refused = Vec::new();
    for line in text.lines() {
        let case: serde_json::Value = serde_json::from_str(line).unwrap();
        let query = case["query"].as_str().unwrap();
        if !case["expected"].is_null() && wrong(query) != "nothing" && !beyond(&wrong(query)) {
            refused.push(format!("{query}\n    {}", wrong(query)));
        }
    }
    assert!(refused.is_empty(), "{}", refused.join("\n"));
}
