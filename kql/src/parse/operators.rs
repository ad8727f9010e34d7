//! The operators behind `|`.

use chumsky::prelude::*;

use super::Rule;
use super::evaluate::{evaluate, partition};
use super::expression::column;
use super::items::{
    any_word, kind, list, mark, name, new_name, parameters, pattern, place, text, type_of, typed_name, word,
};
use super::pipeline::{options, search, union, wrong};
use super::slips::known_operator;
use crate::ast::{
    Expr, ExprKind, Join, JoinKind, MakeSeries, MvColumn, MvExpand, Name, NestedLevel, Operator, Parse, ParseKind,
    ParseKv, ParsePart, Pipeline, Render, Series, SortKey, Source,
};
use crate::error::nearest;
use crate::lex::Token;
use crate::types::{Kind, Literal};

/// Every operator that is read.
pub const OPERATORS: &[&str] = &[
    "as",
    "count",
    "distinct",
    "evaluate",
    "extend",
    "filter",
    "getschema",
    "invoke",
    "join",
    "limit",
    "lookup",
    "make-series",
    "mv-apply",
    "mv-expand",
    "mvexpand",
    "order",
    "parse",
    "parse-kv",
    "parse-where",
    "partition",
    "project",
    "project-away",
    "project-keep",
    "project-rename",
    "project-reorder",
    "render",
    "sample",
    "sample-distinct",
    "search",
    "serialize",
    "sort",
    "summarize",
    "take",
    "top",
    "top-nested",
    "union",
    "where",
];

/// Operators that are KQL and are refused by name.
const REFUSED: &[&str] = &[
    "assert-schema",
    "consume",
    "execute-and-cache",
    "facet",
    "find",
    "fork",
    "graph-mark-components",
    "graph-match",
    "graph-shortest-paths",
    "graph-to-table",
    "graph-where-edges",
    "graph-where-nodes",
    "macro-expand",
    "make-graph",
    "mvapply",
    "project-by-names",
    "project-smart",
    "reduce",
    "scan",
    "top-hitters",
];

/// One operator.
pub fn operator<'t>(
    pipeline: &Rule<'t, Pipeline>,
    expr: &Rule<'t, Expr>,
    inner: &Rule<'t, Pipeline>,
) -> Rule<'t, Operator> {
    let columns = || list(column(expr));
    let either = |a: &'static str, b: &'static str| choice((word(a), word(b)));
    let rows = choice((
        either("where", "filter").ignore_then(expr.clone()).map(Operator::Where),
        either("take", "limit").ignore_then(expr.clone()).map(Operator::Take),
        either("sort", "order")
            .ignore_then(parameters(&[]))
            .ignore_then(word("by"))
            .ignore_then(list(sort_key(expr)))
            .map(Operator::Sort),
        word("top")
            .ignore_then(expr.clone())
            .then_ignore(parameters(&[]))
            .then_ignore(word("by"))
            .then(sort_key(expr))
            .map(|(n, key)| Operator::Top(n, key)),
        word("count").ignore_then(word("as").ignore_then(new_name()).or_not()).map(Operator::Count),
        word("distinct").ignore_then(parameters(&[])).ignore_then(columns()).map(Operator::Distinct),
        word("sample").ignore_then(expr.clone()).map(Operator::Sample),
        word("sample-distinct")
            .ignore_then(expr.clone())
            .then_ignore(word("of"))
            .then(expr.clone())
            .map(|(n, of)| Operator::SampleDistinct(n, of)),
        word("serialize")
            .ignore_then(columns().or_not())
            .map(|columns| Operator::Serialize(columns.unwrap_or_default())),
        search_operator(pipeline, expr),
        top_nested(expr),
    ))
    .boxed();
    let projections = choice((
        word("project").ignore_then(columns().or_not()).map(|c| Operator::Project(c.unwrap_or_default())),
        word("extend").ignore_then(columns()).map(Operator::Extend),
        word("project-away").ignore_then(list(pattern())).map(Operator::ProjectAway),
        word("project-keep").ignore_then(list(pattern())).map(Operator::ProjectKeep),
        word("project-rename")
            .ignore_then(list(new_name().then_ignore(mark("=")).then(name())))
            .map(Operator::ProjectRename),
        word("project-reorder").ignore_then(list(reordered())).map(Operator::ProjectReorder),
        word("getschema").to(Operator::GetSchema),
        word("as").ignore_then(parameters(&[])).ignore_then(new_name()).map(Operator::As),
        word("invoke").ignore_then(expr.clone()).map(Operator::Invoke),
    ))
    .boxed();
    let groups = choice((
        summarize(expr),
        make_series(expr),
        word("join").ignore_then(join(pipeline, expr, JoinKind::InnerUnique)).map(|j| Operator::Join(Box::new(j))),
        word("lookup").ignore_then(join(pipeline, expr, JoinKind::LeftOuter)).map(|j| Operator::Lookup(Box::new(j))),
        word("union").ignore_then(union(pipeline)).map(Operator::Union),
        partition(inner, expr),
        evaluate(expr),
    ))
    .boxed();
    let values = choice((
        word("parse").ignore_then(parse(expr, false)).map(Operator::Parse),
        word("parse-where").ignore_then(parse(expr, true)).map(Operator::Parse),
        parse_kv(expr),
        either("mv-expand", "mvexpand").ignore_then(expanded(expr)).map(Operator::MvExpand),
        word("mv-apply")
            .ignore_then(expanded(expr))
            .then_ignore(word("on"))
            .then(inner.clone().delimited_by(mark("("), mark(")")))
            .map(|(expand, query)| Operator::MvApply(expand, Box::new(query))),
        render(expr),
    ))
    .boxed();
    // A label here would hide what `unknown` says.
    choice((rows, projections, groups, values, unknown())).boxed()
}

/// Words that begin no operator that is read.
fn unknown<'t>() -> Rule<'t, Operator> {
    any_word()
        .try_map(|name, span| {
            let word = name.text.as_str();
            if OPERATORS.contains(&word) {
                // Its own rule says what is wrong with it.
                return Err(Rich::custom(span, format!("the operator '{word}' is not complete")));
            }
            if REFUSED.contains(&word) {
                return Err(Rich::custom(span, format!("unsupported:the operator '{word}'")));
            }
            if let Some(known) = known_operator(word) {
                return Err(Rich::custom(span, format!("unknown operator '{word}'; {known}")));
            }
            Err(Rich::custom(
                span,
                match nearest(word, OPERATORS.iter().copied()) {
                    Some(near) => format!("unknown operator '{word}'; did you mean '{near}'?"),
                    None => format!("unknown operator '{word}'; after '|' stands an operator such as where, project, extend, summarize or join"),
                },
            ))
        })
        .boxed()
}

fn sort_key<'t>(expr: &Rule<'t, Expr>) -> Rule<'t, SortKey> {
    let order = choice((word("asc").to(true), word("desc").to(false)));
    let nulls = word("nulls").ignore_then(choice((word("first").to(true), word("last").to(false))));
    expr.clone()
        .then(order.or_not())
        .then(nulls.or_not())
        .map(|((expr, order), nulls_first)| SortKey { expr, ascending: order.unwrap_or(false), nulls_first })
        .boxed()
}

fn reordered<'t>() -> Rule<'t, (Name, Option<bool>)> {
    pattern().then(choice((word("asc").to(true), word("desc").to(false))).or_not()).boxed()
}

fn search_operator<'t>(pipeline: &Rule<'t, Pipeline>, expr: &Rule<'t, Expr>) -> Rule<'t, Operator> {
    word("search").ignore_then(search(pipeline, expr)).map(Operator::Search).boxed()
}

fn top_nested<'t>(expr: &Rule<'t, Expr>) -> Rule<'t, Operator> {
    let others = word("with").ignore_then(word("others")).ignore_then(mark("=")).ignore_then(expr.clone());
    let order = choice((word("asc").to(true), word("desc").to(false)));
    let count = word("of").not().ignore_then(expr.clone());
    let level = word("top-nested")
        .ignore_then(count.or_not())
        .then_ignore(word("of"))
        .then(column(expr))
        .then(others.or_not())
        .then_ignore(word("by"))
        .then(column(expr))
        .then(order.or_not())
        .map(|((((count, key), others), aggregate), order)| NestedLevel {
            count,
            key,
            others,
            aggregate,
            ascending: order.unwrap_or(false),
        });
    list(level).map(Operator::TopNested).boxed()
}

fn summarize<'t>(expr: &Rule<'t, Expr>) -> Rule<'t, Operator> {
    let by = word("by").ignore_then(list(column(expr)));
    let aggregates = word("by").not().ignore_then(list(column(expr)));
    word("summarize")
        .ignore_then(parameters(&[]))
        .ignore_then(aggregates.or_not())
        .then(by.or_not())
        .try_map(|(aggregates, by), span| match (&aggregates, &by) {
            (None, None) => Err(Rich::custom(span, "summarize needs an aggregate such as count(), or 'by' and a key")),
            _ => Ok(Operator::Summarize { aggregates: aggregates.unwrap_or_default(), by }),
        })
        .boxed()
}

fn make_series<'t>(expr: &Rule<'t, Expr>) -> Rule<'t, Operator> {
    let series = column(expr)
        .then(word("default").ignore_then(mark("=")).ignore_then(expr.clone()).or_not())
        .map(|(aggregate, default)| Series { aggregate, default });
    let from = word("from").ignore_then(expr.clone()).or_not();
    let to = word("to").ignore_then(expr.clone()).or_not();
    let spans = from.then(to).then_ignore(word("step")).then(expr.clone()).map(|((from, to), step)| (from, to, step));
    let old = word("in").ignore_then(word("range")).ignore_then(
        expr.clone()
            .then_ignore(mark(","))
            .then(expr.clone())
            .then_ignore(mark(","))
            .then(expr.clone())
            .delimited_by(mark("("), mark(")"))
            .try_map(|_, span| {
                Err(Rich::custom(span, "unsupported:make-series 'in range(...)'; write from, to and step"))
            }),
    );
    let old = old.map(|((from, to), step): ((Expr, Expr), Expr)| (Some(from), Some(to), step));
    word("make-series")
        .ignore_then(parameters(&["kind"]))
        .then(list(series))
        .then_ignore(word("on"))
        .then(expr.clone())
        .then(choice((old, spans)))
        .then(word("by").ignore_then(list(column(expr))).or_not())
        .try_map(|((((parameters, series), on), (from, to, step)), by), _| {
            let nonempty = parameters.iter().any(|(k, v)| k.text == "kind" && v.text == "nonempty");
            if let Some((_, value)) = parameters.into_iter().find(|(k, v)| k.text == "kind" && v.text != "nonempty") {
                return Err(wrong(&value, "nonempty"));
            }
            let (by, nonempty) = (by.unwrap_or_default(), nonempty);
            Ok(Operator::MakeSeries(Box::new(MakeSeries { series, on, nonempty, from, to, step, by })))
        })
        .boxed()
}

fn join<'t>(pipeline: &Rule<'t, Pipeline>, expr: &Rule<'t, Expr>, default: JoinKind) -> Rule<'t, Join> {
    let table = choice((
        pipeline.clone().delimited_by(mark("("), mark(")")),
        expr.clone().map(|e| {
            let span = e.span.clone();
            Pipeline { source: Source::Expr(Box::new(e)), operators: Vec::new(), span }
        }),
    ));
    parameters(&["kind"])
        .then(table)
        .then_ignore(word("on"))
        .then(list(expr.clone()))
        .try_map(move |((parameters, right), on), _| {
            let mut kind = default;
            for (key, value) in parameters {
                if key.text != "kind" {
                    continue;
                }
                kind = match (value.text.as_str(), default) {
                    ("leftouter", _) => JoinKind::LeftOuter,
                    ("inner", _) => JoinKind::Inner,
                    (_, JoinKind::LeftOuter) => return Err(wrong(&value, "leftouter or inner")),
                    ("innerunique", _) => JoinKind::InnerUnique,
                    ("rightouter", _) => JoinKind::RightOuter,
                    ("fullouter" | "outer", _) => JoinKind::FullOuter,
                    ("leftsemi", _) => JoinKind::LeftSemi,
                    ("rightsemi", _) => JoinKind::RightSemi,
                    ("leftanti" | "anti" | "leftantisemi", _) => JoinKind::LeftAnti,
                    ("rightanti" | "rightantisemi", _) => JoinKind::RightAnti,
                    _ => {
                        let kinds = "innerunique, inner, leftouter, rightouter, fullouter, leftsemi, rightsemi, leftanti or rightanti";
                        return Err(wrong(&value, kinds));
                    }
                };
            }
            Ok(Join { kind, right, on })
        })
        .boxed()
}

/// The tables of a `union` and of `search in (...)`.
pub fn union_tables<'t>(pipeline: &Rule<'t, Pipeline>) -> Rule<'t, Vec<Pipeline>> {
    let piece = select! {
        Token::Word(text) => text,
        Token::Punctuation("*") => "*".to_owned(),
    };
    let wild = piece
        .repeated()
        .at_least(1)
        .collect::<Vec<String>>()
        .filter(|pieces| pieces.iter().any(|p| p == "*"))
        .map_with(|pieces, e| {
            let span = place(e.span());
            let source = Source::Pattern(Name { text: pieces.concat(), span: span.clone() });
            Pipeline { source, operators: Vec::new(), span }
        });
    let boundary = choice((
        just(Token::Punctuation(",")).ignored(),
        just(Token::Punctuation("|")).ignored(),
        just(Token::Punctuation(")")).ignored(),
        just(Token::Punctuation(";")).ignored(),
        end(),
    ))
    .rewind();
    // A table without brackets has no operators of its own: the next `|` is behind the union.
    let plain = simple_table(pipeline);
    list(choice((wild.then_ignore(boundary), plain))).boxed()
}

fn simple_table<'t>(pipeline: &Rule<'t, Pipeline>) -> Rule<'t, Pipeline> {
    let grouped = pipeline.clone().delimited_by(mark("("), mark(")"));
    let arguments = pipeline.clone().separated_by(mark(",")).collect::<Vec<_>>().delimited_by(mark("("), mark(")"));
    let named = name().then(arguments.or_not()).map_with(|(name, arguments), e| {
        let span = place(e.span());
        let kind = match arguments {
            None => ExprKind::Name(name.text),
            Some(arguments) => ExprKind::Call(
                name,
                arguments
                    .into_iter()
                    .map(|query| match query {
                        Pipeline { source: Source::Expr(expr), operators, .. } if operators.is_empty() => *expr,
                        query => {
                            let span = query.span.clone();
                            Expr::new(ExprKind::Query(Box::new(query)), span)
                        }
                    })
                    .collect(),
            ),
        };
        Pipeline { source: Source::Expr(Box::new(Expr::new(kind, span.clone()))), operators: Vec::new(), span }
    });
    choice((grouped, named)).boxed()
}

fn parse<'t>(expr: &Rule<'t, Expr>, filter: bool) -> Rule<'t, Parse> {
    let column = new_name()
        .then(mark(":").ignore_then(kind()).or_not())
        .map(|(name, kind)| ParsePart::Column(name, kind.unwrap_or(Kind::String)));
    let part = choice((mark("*").to(ParsePart::Skip), text().map(|t| ParsePart::Text(t.text)), column));
    parameters(&["kind", "flags"])
        .then(expr.clone())
        .then_ignore(word("with"))
        .then(part.repeated().at_least(1).collect::<Vec<_>>())
        .try_map(move |((parameters, value), parts), _| {
            let mut parse = Parse { filter, kind: ParseKind::Simple, flags: None, value, parts };
            for (key, value) in parameters {
                match (key.text.as_str(), value.text.as_str()) {
                    ("kind", "simple") => parse.kind = ParseKind::Simple,
                    ("kind", "relaxed") => parse.kind = ParseKind::Relaxed,
                    ("kind", "regex") => parse.kind = ParseKind::Regex,
                    ("flags", _) => parse.flags = Some(value),
                    ("kind", _) => return Err(wrong(&value, "simple, relaxed or regex")),
                    _ => {}
                }
            }
            Ok(parse)
        })
        .boxed()
}

fn parse_kv<'t>(expr: &Rule<'t, Expr>) -> Rule<'t, Operator> {
    word("parse-kv")
        .ignore_then(expr.clone())
        .then_ignore(word("as"))
        .then(list(typed_name()).delimited_by(mark("("), mark(")")))
        .then(word("with").ignore_then(options(expr)).or_not())
        .map(|((value, columns), options)| {
            Operator::ParseKv(ParseKv { value, columns, options: options.unwrap_or_default() })
        })
        .boxed()
}

fn expanded<'t>(expr: &Rule<'t, Expr>) -> Rule<'t, MvExpand> {
    let named = new_name().then_ignore(mark("=")).or_not().then(expr.clone());
    let item =
        named.then(word("to").ignore_then(type_of()).or_not()).map(|((name, expr), to)| MvColumn { name, expr, to });
    parameters(&["bagexpansion", "kind", "with_itemindex"])
        .then(list(item))
        .then(word("limit").ignore_then(expr.clone()).or_not())
        .try_map(|((parameters, columns), limit), _| {
            let mut expand = MvExpand { as_array: false, index: None, columns, limit };
            for (key, value) in parameters {
                match (key.text.as_str(), value.text.as_str()) {
                    ("with_itemindex", _) => expand.index = Some(value),
                    ("kind" | "bagexpansion", "array") => expand.as_array = true,
                    ("kind" | "bagexpansion", "bag") => expand.as_array = false,
                    ("kind" | "bagexpansion", _) => return Err(wrong(&value, "bag or array")),
                    _ => {}
                }
            }
            Ok(expand)
        })
        .boxed()
}

fn render<'t>(expr: &Rule<'t, Expr>) -> Rule<'t, Operator> {
    let value = |e: &Expr| match &e.kind {
        ExprKind::Literal(_, Literal::String(text)) => text.clone(),
        ExprKind::Literal(_, Literal::Long(n)) => n.to_string(),
        ExprKind::Literal(_, Literal::Real(n)) => n.to_string(),
        ExprKind::Literal(_, Literal::Bool(b)) => b.to_string(),
        ExprKind::Name(name) => name.clone(),
        _ => String::new(),
    };
    let property = name().then_ignore(mark("=")).then(list(expr.clone()));
    let single = name()
        .then_ignore(mark("="))
        .then(expr.clone())
        .then(mark(",").ignore_then(expr.clone().then_ignore(mark("=").not())).repeated().collect::<Vec<_>>());
    let bracketed = single.separated_by(mark(",")).collect::<Vec<_>>().delimited_by(mark("("), mark(")"));
    let modern = word("with").ignore_then(bracketed).map(move |all| {
        all.into_iter()
            .map(|((key, first), more)| {
                let all: Vec<String> = std::iter::once(&first).chain(&more).map(value).collect();
                (key.text, all.join(","))
            })
            .collect::<Vec<_>>()
    });
    let old = property.repeated().collect::<Vec<_>>().map(move |all| {
        all.into_iter()
            .map(|(key, values)| (key.text, values.iter().map(value).collect::<Vec<_>>().join(",")))
            .collect()
    });
    word("render")
        .ignore_then(any_word())
        .then(choice((modern, old)))
        .map(|(chart, properties)| Operator::Render(Render { chart: chart.text, properties }))
        .boxed()
}
