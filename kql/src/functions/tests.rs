//! What holds for every function.
#![allow(clippy::unwrap_used)]

use std::collections::HashSet;

use super::{FUNCTIONS, lookup};
use crate::call::{Argument, Call};
use crate::types::{Kind, Literal, Typed};

/// Numbers that follow from a seed.
struct Dice(u64);

impl Dice {
    fn roll(&mut self, sides: usize) -> usize {
        self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        usize::try_from(self.0 >> 33).unwrap() % sides
    }
}

fn odd_values() -> Vec<Typed> {
    let deep = format!("{}1{}", "[".repeat(90), "]".repeat(90));
    let mut values = Vec::new();
    for text in [
        "",
        "a",
        "é",
        "\u{1F600}\u{0301}x",
        "a,b",
        "(",
        "[",
        "\\",
        "\0",
        "$.a[0]",
        "%",
        "1.2.3.4/24",
        "::1",
        "hour",
        "regex",
        "yyyy-MM",
        "0x7fffffffffffffff",
        "-9223372036854775808",
        "1e400",
        "2262-04-12",
        "106751.23:59:59",
        "KB",
        "{\"a\":",
    ] {
        values.push(Typed::of(Literal::String(text.to_owned()), Kind::String));
    }
    for number in [0, 1, -1, 2, 3, 64, 1000, i64::MAX, i64::MIN, i64::from(i32::MAX) + 1] {
        values.push(Typed::of(Literal::Long(number), Kind::Long));
        values.push(Typed::of(Literal::Timespan(number), Kind::Timespan));
        values.push(Typed::of(Literal::Datetime(number), Kind::Datetime));
        values.push(Typed::of(Literal::Decimal(i128::from(number) * 1_000_000_000_000), Kind::Decimal));
    }
    for number in [0, -1, 5, i64::from(i32::MAX), i64::from(i32::MIN)] {
        values.push(Typed::of(Literal::Long(number), Kind::Int));
    }
    for number in [0.0, -0.0, 1.5, -2.5, 1e300, f64::MIN_POSITIVE, f64::NAN, f64::INFINITY, f64::NEG_INFINITY] {
        values.push(Typed::of(Literal::Real(number), Kind::Real));
    }
    for json in
        ["1", "\"a\"", "[]", "{}", "[1,null,\"x\",1.5,[2],{}]", "{\"a\":{\"b\":[1]}}", "[true,false]", "[3,1]", &deep]
    {
        values.push(Typed::of(Literal::Dynamic(json.to_owned()), Kind::Dynamic));
    }
    for kind in [
        Kind::Bool,
        Kind::Int,
        Kind::Long,
        Kind::Real,
        Kind::Decimal,
        Kind::Datetime,
        Kind::Timespan,
        Kind::Guid,
        Kind::Dynamic,
    ] {
        values.push(Typed::of(Literal::Null, kind));
    }
    values.push(Typed::of(Literal::Bool(true), Kind::Bool));
    values.push(Typed::of(Literal::Bool(false), Kind::Bool));
    values
}

#[test]
fn nothing_panics_on_odd_values() {
    let values = odd_values();
    let (mut dice, mut unbound) = (Dice(7), 0);
    for function in FUNCTIONS.iter() {
        let mut bound = 0;
        for _ in 0..600 {
            let args: Vec<Argument> = (0..dice.roll(5))
                .map(|_| Argument { value: values[dice.roll(values.len())].clone(), span: 0..0, name: None })
                .collect();
            let now = if dice.roll(2) == 0 { i64::MAX } else { 0 };
            let call = Call { name: function.name, span: 0..0, args: &args, now };
            if let Ok(value) = (function.bind)(&call) {
                bound += 1;
                if let Some(literal) = &value.literal {
                    assert!(
                        *literal != Literal::Null || value.kind != Kind::String,
                        "{}: a null string",
                        function.name
                    );
                }
            }
        }
        unbound += usize::from(bound == 0);
    }
    // Those that want particular constants, such as the name of a period.
    assert!(unbound < FUNCTIONS.len() / 10, "{unbound} functions took none of the arguments");
}

#[test]
fn aggregates_bind_or_refuse_odd_values() {
    let values = odd_values();
    let mut dice = Dice(11);
    for aggregate in crate::aggregates::AGGREGATES.iter() {
        let mut bound = 0;
        for _ in 0..1000 {
            let args: Vec<Argument> = (0..dice.roll(4))
                .map(|_| Argument { value: values[dice.roll(values.len())].clone(), span: 0..0, name: None })
                .collect();
            let call = Call { name: aggregate.name, span: 0..0, args: &args, now: 0 };
            bound += usize::from((aggregate.bind)(&call).is_ok_and(|columns| !columns.is_empty()));
        }
        assert!(bound > 0, "{} took none of the arguments", aggregate.name);
    }
}

#[test]
fn no_name_stands_for_two_functions() {
    let mut names = HashSet::new();
    for function in FUNCTIONS.iter() {
        for name in function.aliases.iter().chain([&function.name]) {
            assert!(names.insert(*name), "{name}");
            assert_eq!(lookup(name).map(|f| f.name), Some(function.name));
        }
    }
    assert!(lookup("no_such_function").is_none());
}

#[test]
fn every_function_is_documented() {
    for function in FUNCTIONS.iter() {
        assert!(function.doc.syntax.starts_with(&format!("{}(", function.name)), "{}", function.doc.syntax);
        assert!(function.doc.meaning.ends_with('.'), "{}", function.name);
    }
}

/// The first cell of what a query gives.
async fn first_cell(query: &str) -> Result<String, String> {
    let context = datafusion::prelude::SessionContext::new();
    let options = crate::Options { now: 0, ..crate::Options::default() };
    let planned = crate::plan(&context.state(), query, &options).await.map_err(|e| e.to_string())?;
    let planned = planned.into_iter().next_back().ok_or("nothing was planned")?;
    let frame = datafusion::dataframe::DataFrame::new(context.state(), planned.plan);
    let batches = frame.collect().await.map_err(|e| e.to_string())?;
    let batch = batches.iter().find(|b| b.num_rows() > 0).ok_or("no row")?;
    let options = datafusion::arrow::util::display::FormatOptions::default();
    let cell = datafusion::arrow::util::display::ArrayFormatter::try_new(batch.column(0), &options);
    Ok(cell.map_err(|e| e.to_string())?.value(0).to_string())
}

#[tokio::test]
async fn examples_are_true() {
    let mut wrong = Vec::new();
    for function in FUNCTIONS.iter() {
        let Some((example, expected)) = function.doc.example else { continue };
        let found = first_cell(&format!("print x = {example}")).await;
        if found.as_deref() != Ok(expected) {
            wrong.push(format!("{example}: {found:?}, expected {expected}"));
        }
    }
    for aggregate in crate::aggregates::AGGREGATES.iter() {
        let Some((example, expected)) = aggregate.doc.example else {
            wrong.push(format!("{} has no example", aggregate.name));
            continue;
        };
        let found = first_cell(&format!("datatable(x:long)[1,2,3,4] | summarize {example}")).await;
        if found.as_deref() != Ok(expected) {
            wrong.push(format!("{example}: {found:?}, expected {expected}"));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

/// The reference for people, made of what the functions say of themselves.
fn reference() -> String {
    let mut out = String::from(
        "# KQL functions\n\nMade from the documentation in the code; do not edit. `UPDATE=1 cargo test --workspace --lib \
         reference` writes it.\nWhat is not here is refused by its name. `dcount` and the percentiles are exact.\n",
    );
    let mut section = |title: &str, docs: Vec<(&[&str], &crate::call::Doc)>| {
        out.push_str(&format!("\n## {title}\n\n| function | what it gives | example |\n|---|---|---|\n"));
        let cell = |text: &str| text.replace('|', "\\|");
        for (aliases, doc) in docs {
            let also = if aliases.is_empty() { String::new() } else { format!(" Also `{}`.", aliases.join("`, `")) };
            let example = doc.example.map_or(String::new(), |(e, v)| format!("`{}` is `{}`", cell(e), cell(v)));
            out.push_str(&format!("| `{}` | {}{also} | {example} |\n", cell(doc.syntax), cell(doc.meaning)));
        }
    };
    let mut functions: Vec<_> = FUNCTIONS.iter().collect();
    functions.sort_by_key(|f| f.name);
    section("Scalar functions", functions.into_iter().map(|f| (f.aliases, &f.doc)).collect());
    let mut aggregates: Vec<_> = crate::aggregates::AGGREGATES.iter().collect();
    aggregates.sort_by_key(|f| f.name);
    section(
        "Aggregates, over `datatable(x:long)[1,2,3,4]`",
        aggregates.into_iter().map(|f| (f.aliases, &f.doc)).collect(),
    );
    out
}

#[test]
fn the_reference_is_current() {
    let path = concat!(env!("CARGO_MANIFEST_DIR"), "/FUNCTIONS.md");
    let reference = reference();
    if std::env::var_os("UPDATE").is_some() {
        std::fs::write(path, &reference).unwrap();
    }
    let written = std::fs::read_to_string(path).unwrap_or_default();
    assert!(written == reference, "FUNCTIONS.md is not what the functions say: UPDATE=1 writes it");
}
