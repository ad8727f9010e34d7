//! What the data lacks, and what the report therefore cannot know.

use futures::FutureExt;
use futures::future::BoxFuture;

use super::super::ReportError;
use super::super::context::{Context, DISCONNECTS, HOURS, Log};
use super::super::document::{Block, Cell, Column, Fact, Inline, Tone};
use super::super::say::{Word, grouped};
use super::super::value::Value;
use super::timeline::silences;
use super::{Spec, capped};

pub const SECTION: Spec = Spec { name: "quality", title: Word::SectionQuality, build };

const ACCOUNT: &str = "SELECT count(DISTINCT source) AS sources, sum(bytes) AS bytes, sum(lines) AS lines, sum(blank) AS blank, \
    sum(records) AS records, sum(rejects) AS rejects, sum(duplicates) AS duplicates, sum(rows) AS rows, \
    sum(torn_bytes) AS torn_bytes FROM system.imports";
const REJECTS: &str = "SELECT code, reason, count(*) AS n, min(source) AS example FROM system.rejects GROUP BY 1, 2 ORDER BY n DESC, code";
/// Records that stand in the blob of an hour after their own. The IKE log is left out: it is by far the longest.
const LATE: &str = "SELECT count(*) AS n FROM (SELECT time, source FROM gateway_log UNION ALL SELECT time, source FROM tunnel_log \
    UNION ALL SELECT time, source FROM route_log UNION ALL SELECT time, source FROM p2s_log) \
    WHERE position('/y=' IN lower(source)) > 0 AND position(to_char(date_trunc('hour', time), '/y=%Y/m=%m/d=%d/h=%H/') IN lower(source)) = 0";
const MOST_GAPS: usize = 60;

fn build<'a>(context: &'a Context<'a>) -> BoxFuture<'a, Result<Vec<Block>, ReportError>> {
    async move {
        let say = &context.say;
        let account = context.rows(ACCOUNT).await?;
        let late = context.rows(LATE).await?.first().map_or(0, |r| r.count("n"));
        let Some(row) = account.first() else { return Ok(Vec::new()) };
        let fact = |key: &'static str, label: Word, bad: bool| {
            let value = row.get(key).clone();
            let n = row.int(key);
            let tone = if bad && n.is_some_and(|n| n > 0) { Tone::Warning } else { Tone::Plain };
            Fact {
                key,
                label: say.word(label),
                text: n.map_or_else(|| say.word(Word::NotCounted), grouped),
                value,
                tone,
            }
        };
        let mut blocks = vec![
            Block::Text(say.word(Word::QualityIntro)),
            Block::Facts(vec![
                fact("sources", Word::Sources, false),
                fact("bytes", Word::Bytes, false),
                fact("lines", Word::Lines, false),
                fact("records", Word::Records, false),
                fact("blank", Word::BlankLines, false),
                fact("rejects", Word::Rejects, true),
                fact("duplicates", Word::Duplicates, false),
                fact("rows", Word::RowsAdded, false),
                fact("torn_bytes", Word::TornBytes, true),
                Fact {
                    key: "late",
                    label: say.word(Word::LateRecords),
                    text: grouped(late),
                    value: Value::Int(late),
                    tone: Tone::Plain,
                },
            ]),
        ];
        blocks.push(gaps(context).await?);
        let rejects = context.rows(REJECTS).await?;
        if !rejects.is_empty() {
            let columns = vec![
                Column::number("code", say.word(Word::Code)),
                Column::text("reason", say.word(Word::Reason)),
                Column::number("n", say.word(Word::Number)),
                Column::text("example", say.word(Word::ExampleSource)),
            ];
            let rows = rejects.iter().map(|r| {
                vec![
                    Cell::int(r.count("code")),
                    Cell::text(r.text("reason")),
                    Cell::int(r.count("n")),
                    Cell::text(r.text("example")),
                ]
            });
            blocks.push(Block::Table(capped(
                say.word(Word::RejectsCaption),
                columns,
                rows.collect(),
                40,
                "SELECT * FROM system.rejects",
            )));
        }
        blocks.push(Block::Heading(say.word(Word::CannotKnow)));
        blocks.push(Block::Items(unknowable(context).await?.into_iter().map(|t| vec![Inline::Text(t)]).collect()));
        Ok(blocks)
    }
    .boxed()
}

async fn gaps(context: &Context<'_>) -> Result<Block, ReportError> {
    let say = &context.say;
    let (hours, span) = (context.rows(HOURS).await?, context.span().await?);
    let Some((from, to)) = span else {
        // Not having looked is no good news.
        return Ok(Block::Verdict(Tone::Warning, context.no_data()));
    };
    let gaps = silences(&hours, from, to);
    let gateways = context.gateways().await?;
    let name = |id: &str| {
        hours
            .iter()
            .find(|r| r.text("resource_id").eq_ignore_ascii_case(id))
            .map_or_else(String::new, |r| gateways.of(r))
    };
    let mut all: Vec<(i64, i64, String)> =
        gaps.iter().flat_map(|(id, spans)| spans.iter().map(|(a, b)| (*a, *b, name(id)))).collect();
    if all.is_empty() {
        return Ok(Block::Verdict(Tone::Good, say.word(Word::NoGaps)));
    }
    all.sort_by_key(|(a, b, name)| (std::cmp::Reverse(b - a), name.clone(), *a));
    let columns = vec![
        Column::text("gateway", say.word(Word::Gateway)),
        Column::text("from", say.word(Word::Begin)),
        Column::text("to", say.word(Word::End)),
        Column::number("length_ms", say.word(Word::Length)),
    ];
    let rows = all.into_iter().map(|(a, b, name)| {
        let ms = (b - a) / 1_000_000;
        vec![
            Cell::text(name),
            Cell::shown(say.time(a), Value::Time(a)),
            Cell::shown(say.time(b), Value::Time(b)),
            Cell::shown(say.millis(ms), Value::Int(ms)),
        ]
    });
    let query =
        "SELECT resource_id, date_trunc('hour', time) AS hour, count(*) FROM tunnel_log GROUP BY 1, 2 ORDER BY 1, 2";
    Ok(Block::Table(capped(say.word(Word::GapsCaption), columns, rows.collect(), context.at_most(MOST_GAPS), query)))
}

async fn unknowable(context: &Context<'_>) -> Result<Vec<String>, ReportError> {
    let say = &context.say;
    let mut out = Vec::new();
    for log in Log::ALL {
        if !context.has_rows(log).await? {
            out.push(say.word(log.without()));
        }
    }
    let open = context.rows(DISCONNECTS).await?.iter().filter(|r| r.time("reconnected_at").is_none()).count();
    if open > 0 {
        out.push(say.fill(Word::OpenAtEnd, &[&open.to_string()]));
    }
    let begin = if context.engine().range().start.is_some() { Word::BeginBefore } else { Word::BeginUnknown };
    out.extend([Word::GapsHide, begin, Word::MaintenanceNotLogged, Word::ConfidenceIsRank].map(|w| say.word(w)));
    if context.options.redact.is_any() {
        out.push(say.word(Word::PseudonymsNote));
    }
    Ok(out)
}
