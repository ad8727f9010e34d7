//! Golden texts: each format on an empty batch and on rows with nulls, nested values, Japanese and hostile text.

use super::*;

#[test]
fn rows_in_every_text_format() {
    for (format, want) in [
        (Format::Table, TABLE),
        (Format::Vertical, VERTICAL),
        (Format::Markdown, MARKDOWN),
        (Format::Csv, CSV),
        (Format::Tsv, TSV),
        (Format::Json, JSON),
        (Format::Ndjson, NDJSON),
    ] {
        assert_eq!(render(format, &mixed(), RenderOptions::default()), want, "{format:?}");
    }
}

#[test]
fn no_rows_in_every_text_format() {
    for (format, want) in [
        (Format::Table, TABLE_EMPTY),
        (Format::Vertical, "0 rows\n"),
        (Format::Markdown, "| time | 名前 | n | ratio | list | place |\n| --- | --- | ---: | ---: | --- | --- |\n"),
        (Format::Csv, "time,名前,n,ratio,list,place\n"),
        (Format::Tsv, "time\t名前\tn\tratio\tlist\tplace\n"),
        (Format::Json, "[]\n"),
        (Format::Ndjson, ""),
    ] {
        assert_eq!(render(format, &mixed().slice(0, 0), RenderOptions::default()), want, "{format:?}");
    }
}

#[test]
fn a_page_has_its_rows_and_nothing_that_acts() {
    let page = render(Format::Html, &mixed(), RenderOptions::default());
    assert!(page.starts_with("<!DOCTYPE html>") && page.ends_with("</html>\n"));
    let (head, body) = page.split_once("<table>").unwrap();
    assert!(head.contains("content=\"default-src 'none'; style-src 'unsafe-inline'\""));
    assert!(head.contains("prefers-color-scheme: dark") && !page.contains("<script"));
    assert_eq!(body, HTML_BODY);
    let empty = render(Format::Html, &mixed().slice(0, 0), RenderOptions::default());
    assert!(empty.contains("<tbody>\n</tbody>\n</table>\n<p>0 rows</p>\n"));
}

#[test]
fn json_is_json_with_the_same_values() {
    let parsed: serde_json::Value =
        serde_json::from_str(&render(Format::Json, &mixed(), RenderOptions::default())).unwrap();
    assert_eq!(parsed[2]["名前"], "=1+\"x\",\u{1b}[2J\n|\t\u{202e}\\");
    assert_eq!(parsed[1]["n"], i64::MAX);
    assert_eq!(parsed[0]["place"]["up"], true);
    let lines = render(Format::Ndjson, &mixed(), RenderOptions::default());
    let lines: Vec<serde_json::Value> = lines.lines().map(|l| serde_json::from_str(l).unwrap()).collect();
    assert_eq!(serde_json::Value::Array(lines), parsed);
}

#[test]
fn csv_reads_back_with_the_same_texts() {
    let text = render(Format::Csv, &mixed(), RenderOptions::default());
    let schema = Schema::new(
        mixed().schema().fields().iter().map(|f| Field::new(f.name(), DataType::Utf8, true)).collect::<Vec<_>>(),
    );
    let reader = arrow::csv::ReaderBuilder::new(Arc::new(schema)).with_header(true).build(text.as_bytes()).unwrap();
    let rows: Vec<RecordBatch> = reader.map(Result::unwrap).collect();
    assert_eq!(rows[0].num_rows(), 3);
    assert_eq!(rows[0].column(1).as_string::<i32>().value(2), "=1+\"x\",\u{1b}[2J\n|\t\u{202e}\\");
}

#[test]
fn a_column_name_is_as_hostile_as_a_value() {
    let rows = batch(vec![("<i>\u{1b}[2J|\n\",", Arc::new(Int8Array::from(vec![1])))]);
    for (format, want) in [
        (Format::Markdown, "| &lt;i&gt;\\x1b\\[2J\\|\\n\", |\n| ---: |\n| 1 |\n"),
        (Format::Csv, "\"<i>\u{1b}[2J|\n\"\",\"\n1\n"),
        (Format::Tsv, "<i>\u{1b}[2J|\\n\",\n1\n"),
        (Format::Ndjson, "{\"<i>\\u001b[2J|\\n\\\",\":1}\n"),
    ] {
        assert_eq!(render(format, &rows, RenderOptions::default()), want, "{format:?}");
    }
    for format in [Format::Table, Format::Vertical, Format::Html] {
        let text = render(format, &rows, RenderOptions::default());
        assert!(!text.contains('\u{1b}') && (format != Format::Html || !text.contains("<i>")), "{format:?}");
    }
}

#[test]
fn a_null_can_be_told_from_an_empty_text() {
    let one = batch(vec![("s", Arc::new(StringArray::from(vec![None, Some("")])) as ArrayRef)]);
    let two = batch(vec![("s", one.column(0).clone()), ("t", one.column(0).clone())]);
    assert_eq!(render(Format::Csv, &two, RenderOptions::default()), "s,t\n,\n\"\",\"\"\n");
    // A line of its own would be skipped by readers.
    assert_eq!(render(Format::Csv, &one, RenderOptions::default()), "s\n\"\"\n\"\"\n");
    assert_eq!(render(Format::Tsv, &two, RenderOptions::default()), "s\tt\n\\N\t\\N\n\t\n");
    let null = RenderOptions { null: "-|<".to_owned(), ..Default::default() };
    assert_eq!(render(Format::Markdown, &one, null), "| s |\n| --- |\n| -\\|&lt; |\n|  |\n");
}

#[test]
fn formulas_are_disarmed_only_on_request_and_only_in_texts() {
    let texts: ArrayRef = Arc::new(StringArray::from(vec!["=1+1", "-2,\"x\"", "plain"]));
    let rows = batch(vec![("=s", texts), ("n", Arc::new(Int8Array::from(vec![-1, 2, 3])))]);
    let safe = RenderOptions { csv_safe: true, ..Default::default() };
    assert_eq!(render(Format::Csv, &rows, RenderOptions::default()), "=s,n\n=1+1,-1\n\"-2,\"\"x\"\"\",2\nplain,3\n");
    assert_eq!(render(Format::Csv, &rows, safe.clone()), "'=s,n\n'=1+1,-1\n\"'-2,\"\"x\"\"\",2\nplain,3\n");
    assert_eq!(render(Format::Tsv, &rows, safe.clone()), "'=s\tn\n'=1+1\t-1\n'-2,\"x\"\t2\nplain\t3\n");

    // A union holds both: each value goes by its own type.
    let ids = vec![0, 1].into();
    let fields =
        UnionFields::try_new([0, 1], [Field::new("s", DataType::Utf8, true), Field::new("n", DataType::Int8, true)]);
    let children: Vec<ArrayRef> =
        vec![Arc::new(StringArray::from(vec!["=1", ""])), Arc::new(Int8Array::from(vec![0, -1]))];
    let union = UnionArray::try_new(fields.unwrap(), ids, None, children).unwrap();
    assert_eq!(render(Format::Csv, &batch(vec![("u", Arc::new(union))]), safe), "u\n'=1\n-1\n");
}

#[test]
fn columns_of_one_name_stay_apart_in_json() {
    let n: ArrayRef = Arc::new(Int8Array::from(vec![1]));
    let rows = batch(vec![("n", n.clone()), ("n", n.clone()), ("n_1", n)]);
    assert_eq!(render(Format::Ndjson, &rows, RenderOptions::default()), "{\"n\":1,\"n_2\":1,\"n_1\":1}\n");
}

#[test]
fn ascii_and_colour() {
    let rows = batch(vec![("s", Arc::new(StringArray::from(vec![None, Some("é")])))]);
    let ascii = RenderOptions { unicode: false, ..Default::default() };
    assert_eq!(render(Format::Table, &rows, ascii), ASCII);
    let color = RenderOptions { color: true, ..Default::default() };
    let text = render(Format::Table, &rows, color.clone());
    assert!(text.contains("\x1b[2mNULL\x1b[0m") && text.contains("\x1b[1ms\x1b[0m"));
    let mut plain = text;
    for code in ["\x1b[0m", "\x1b[1m", "\x1b[2m"] {
        plain = plain.replace(code, "");
    }
    assert_eq!(plain, render(Format::Table, &rows, RenderOptions::default()));
    assert!(render(Format::Vertical, &rows, color).contains("\x1b[2mNULL\x1b[0m"));
}

const TABLE: &str = r#"┌─────────────────────────────┬──────────────────────────────┬─────────────────────┬────────┬───────────┬──────────────────────────┐
│ time                        │ 名前                         │                   n │  ratio │ list      │ place                    │
│ timestamp                   │ varchar                      │              bigint │ double │ list      │ struct                   │
├─────────────────────────────┼──────────────────────────────┼─────────────────────┼────────┼───────────┼──────────────────────────┤
│ 2026-03-01 07:00:01.1234567 │ 東京<b>                      │                  -5 │    1.0 │ [1, NULL] │ {ip: 10.0.0.1, up: true} │
│ NULL                        │ NULL                         │ 9223372036854775807 │    NaN │ NULL      │ {ip: |, up: NULL}        │
│ 1970-01-01 00:00:00         │ =1+"x",\x1b[2J\n|\t\u{202e}\ │                NULL │   0.25 │ []        │ {ip: \x1b, up: false}    │
└─────────────────────────────┴──────────────────────────────┴─────────────────────┴────────┴───────────┴──────────────────────────┘
3 rows
"#;

const VERTICAL: &str = r#"─[ RECORD 1 ]────────────────────────────────
time  │ 2026-03-01 07:00:01.1234567
名前  │ 東京<b>
n     │ -5
ratio │ 1.0
list  │ [1, NULL]
place │ {ip: 10.0.0.1, up: true}
─[ RECORD 2 ]────────────────────────────────
time  │ NULL
名前  │ NULL
n     │ 9223372036854775807
ratio │ NaN
list  │ NULL
place │ {ip: |, up: NULL}
─[ RECORD 3 ]────────────────────────────────
time  │ 1970-01-01 00:00:00
名前  │ =1+"x",\x1b[2J\n|\t\u{202e}\
n     │ NULL
ratio │ 0.25
list  │ []
place │ {ip: \x1b, up: false}
3 rows
"#;

const MARKDOWN: &str = r#"| time | 名前 | n | ratio | list | place |
| --- | --- | ---: | ---: | --- | --- |
| 2026-03-01 07:00:01.1234567 | 東京&lt;b&gt; | -5 | 1.0 | \[1, NULL\] | {ip: 10.0.0.1, up: true} |
| NULL | NULL | 9223372036854775807 | NaN | NULL | {ip: \|, up: NULL} |
| 1970-01-01 00:00:00 | =1+"x",\x1b\[2J\n\|\t\u{202e}\\ | NULL | 0.25 | \[\] | {ip: \x1b, up: false} |
"#;

const JSON: &str = r#"[
{"time":"2026-03-01T07:00:01.1234567Z","名前":"東京<b>","n":-5,"ratio":1.0,"list":[1,null],"place":{"ip":"10.0.0.1","up":true}},
{"time":null,"名前":null,"n":9223372036854775807,"ratio":"NaN","list":null,"place":{"ip":"|","up":null}},
{"time":"1970-01-01T00:00:00Z","名前":"=1+\"x\",\u001b[2J\n|\t\u202e\\","n":null,"ratio":0.25,"list":[],"place":{"ip":"\u001b","up":false}}
]
"#;

const NDJSON: &str = r#"{"time":"2026-03-01T07:00:01.1234567Z","名前":"東京<b>","n":-5,"ratio":1.0,"list":[1,null],"place":{"ip":"10.0.0.1","up":true}}
{"time":null,"名前":null,"n":9223372036854775807,"ratio":"NaN","list":null,"place":{"ip":"|","up":null}}
{"time":"1970-01-01T00:00:00Z","名前":"=1+\"x\",\u001b[2J\n|\t\u202e\\","n":null,"ratio":0.25,"list":[],"place":{"ip":"\u001b","up":false}}
"#;

const CSV: &str = concat!(
    "time,名前,n,ratio,list,place\n",
    "2026-03-01T07:00:01.1234567Z,東京<b>,-5,1.0,\"[1,null]\",\"{\"\"ip\"\":\"\"10.0.0.1\"\",\"\"up\"\":true}\"\n",
    ",,9223372036854775807,NaN,,\"{\"\"ip\"\":\"\"|\"\",\"\"up\"\":null}\"\n",
    "1970-01-01T00:00:00Z,\"=1+\"\"x\"\",\u{1b}[2J\n",
    "|\t\u{202e}\\\",,0.25,[],\"{\"\"ip\"\":\"\"\\u001b\"\",\"\"up\"\":false}\"\n",
);

const TSV: &str = concat!(
    "time\t名前\tn\tratio\tlist\tplace\n",
    "2026-03-01T07:00:01.1234567Z\t東京<b>\t-5\t1.0\t[1,null]\t{\"ip\":\"10.0.0.1\",\"up\":true}\n",
    "\\N\t\\N\t9223372036854775807\tNaN\t\\N\t{\"ip\":\"|\",\"up\":null}\n",
    "1970-01-01T00:00:00Z\t=1+\"x\",\u{1b}[2J\\n|\\t\u{202e}\\\\\t\\N\t0.25\t[]\t{\"ip\":\"\\\\u001b\",\"up\":false}\n",
);

const HTML_BODY: &str = concat!(
    "\n",
    "<thead>\n",
    "<tr><th>time<small>timestamp</small></th><th>名前<small>varchar</small></th><th class=\"n\">n<small>bigint</small></th><th class=\"n\">ratio<small>double</small></th><th>list<small>list</small></th><th>place<small>struct</small></th></tr>\n",
    "</thead>\n",
    "<tbody>\n",
    "<tr><td>2026-03-01 07:00:01.1234567</td><td>東京&lt;b&gt;</td><td class=\"n\">-5</td><td class=\"n\">1.0</td><td>[1, NULL]</td><td>{ip: 10.0.0.1, up: true}</td></tr>\n",
    "<tr><td class=\"null\">NULL</td><td class=\"null\">NULL</td><td class=\"n\">9223372036854775807</td><td class=\"n\">NaN</td><td class=\"null\">NULL</td><td>{ip: |, up: NULL}</td></tr>\n",
    "<tr><td>1970-01-01 00:00:00</td><td>=1+&quot;x&quot;,\\x1b[2J\n",
    "|\t\\u{202e}\\</td><td class=\"n null\">NULL</td><td class=\"n\">0.25</td><td>[]</td><td>{ip: \\x1b, up: false}</td></tr>\n",
    "</tbody>\n",
    "</table>\n",
    "<p>3 rows</p>\n",
    "</body>\n",
    "</html>\n",
);

const TABLE_EMPTY: &str = r#"┌───────────┬─────────┬────────┬────────┬──────┬────────┐
│ time      │ 名前    │      n │  ratio │ list │ place  │
│ timestamp │ varchar │ bigint │ double │ list │ struct │
├───────────┼─────────┼────────┼────────┼──────┼────────┤
└───────────┴─────────┴────────┴────────┴──────┴────────┘
0 rows
"#;

const ASCII: &str = r#"+---------+
| s       |
| varchar |
+---------+
| NULL    |
| é       |
+---------+
2 rows
"#;
