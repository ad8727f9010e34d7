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
        ("T | extend a = ", "15..15 expected"),
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
fn usual_slips_are_told_with_what_to_write() {
    for (query, told) in [
        ("T | where a = 1", "12..13 '==' compares"),
        ("T | where a === 1", "14..15 two '='"),
        ("T | project a b", "14..15 a ',' is missing"),
        ("T | project a as b", "14..16 the name stands first: name = value"),
        ("T | where", "4..9 where needs a condition"),
        ("T | limit", "4..9 limit needs a number of rows: limit 10"),
        ("T | join", "4..8 join needs a table and a column"),
        ("T | join U", "10..10 the column is missing: join (T) on a"),
        ("T | join kind=inner (U | take 5) | count", "33..34 the column is missing"),
        ("T | take | count", "4..8 take needs a number"),
        ("T | project a,", "13..14 nothing stands behind"),
        ("T |", "2..3 nothing stands behind"),
        ("T | | count", "4..5 an operator is missing"),
        ("| count", "0..1 a table stands before"),
        ("T | where a == 1 || b == 2", "18..19 conditions are joined by the word or"),
        ("T | where a == 1 && b == 2", "17..19 conditions are joined by the word and"),
        ("T | where a == 1 & b == 2", "17..18 conditions are joined by the word and"),
        ("T | where a == 1, b == 2", "16..17 conditions are joined by the word and"),
        ("T | where a == 1 AND b == 2", "17..20 write and"),
        ("T | where a CONTAINS 'x'", "12..20 write contains"),
        ("T | where a contain 'x'", "12..19 unknown operator 'contain'; did you mean 'contains'?"),
        ("T | where a LIKE 'x%'", "12..16 texts are compared by contains"),
        ("T | where a is null", "12..14 nulls are found by isnull(a)"),
        ("T | where a not in ('x')", "12..15 the negation is written !in"),
        ("T | where not a == 'x'", "10..13 not is a function"),
        ("T | where !(a == 'x')", "10..11 the negation is a function"),
        ("T | where a == “x”", "15..18 '“' is no quote"),
        ("T | where a == ‘x’", "15..18 '‘' is no quote"),
        ("T | where a in 'x', 'y'", "15..18 the list of in stands in brackets"),
        ("T | where t between 1 and 2", "20..21 the ends of between stand in brackets"),
        ("T | where t between (1, 2)", "22..23 the ends of between are joined by two dots"),
        ("T | where t > ago(1 day)", "20..23 a timespan is written without a space: 1d"),
        ("T | where a == 1 /* why */", "17..19 a comment begins with //"),
        ("T | count()", "4..9 the operator count has no brackets"),
        ("T | summarize count() group by a", "22..27 groups are named by the word by"),
        ("T | summarize count(), by a", "21..22 no ',' stands before by"),
        ("T | where a == 1 order by b", "17..22 an operator begins with '|'"),
        ("T where a == 1", "2..7 an operator begins with '|'"),
        ("T | sort a", "9..10 by is missing: sort by a desc"),
        ("T | top 5 a", "10..11 by is missing"),
        ("T | select a", "4..10 unknown operator 'select'; project chooses columns"),
        ("T | extend a = case when b then 1 end", "20..24 case is a function"),
        ("select * from T", "0..6 this is SQL"),
        ("SELECT a FROM T", "0..6 this is SQL"),
        ("let x = 5\nT | take x", "8..9 a ';' is missing"),
        ("cluster('a').database('b').T", "0..7 not supported: cluster()"),
    ] {
        let found = wrong(query);
        assert!(found.starts_with(told), "{query}: {found}");
    }
    // What only looks like a slip is none.
    for query in [
        "select | where a == 1",
        "with | take 5",
        "T | summarize count by select",
        "T | where a == select",
        "print is = 1",
    ] {
        assert_eq!(wrong(query), "nothing", "{query}");
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
