//! Tabular operators, one file each or one for a tight family.

mod apply;
mod columns;
mod evaluate;
mod expand;
mod find;
mod invoke;
mod join;
mod nested;
mod others;
mod parse;
mod rows;
mod schema;
mod search;
mod series;
mod summarize;
mod union;

use super::Planner;
use super::relation::Relation;
use crate::ast::Operator;
use crate::error::{KqlError, Span};

impl Planner<'_> {
    /// The rows behind an operator.
    pub(super) fn operator(&mut self, rows: Relation, operator: &Operator, span: &Span) -> Result<Relation, KqlError> {
        match operator {
            Operator::Where(condition) => self.filter(rows, condition),
            Operator::Project(columns) => self.project(rows, columns),
            Operator::Extend(columns) => self.extend(rows, columns, span),
            Operator::Serialize(columns) => {
                let rows = Relation { serialized: true, ..rows };
                if columns.is_empty() { Ok(rows) } else { self.extend(rows, columns, span) }
            }
            Operator::ProjectAway(patterns) => self.project_away(rows, patterns),
            Operator::ProjectKeep(patterns) => self.project_keep(rows, patterns),
            Operator::ProjectRename(names) => self.project_rename(rows, names),
            Operator::ProjectReorder(patterns) => self.project_reorder(rows, patterns),
            Operator::Sort(keys) => self.sort(rows, keys),
            Operator::Take(count) | Operator::Sample(count) => self.take(rows, count),
            Operator::Top(count, key) => {
                let sorted = self.sort(rows, std::slice::from_ref(key))?;
                self.take(sorted, count)
            }
            Operator::TopNested(levels) if levels.iter().any(|l| l.others.is_some()) => {
                self.top_nested_with_others(rows, levels, span)
            }
            Operator::TopNested(levels) => self.top_nested(rows, levels, span),
            Operator::Count(name) => self.count(rows, name.as_ref()),
            Operator::Distinct(columns) => self.distinct(rows, columns, span),
            Operator::SampleDistinct(count, of) => {
                let distinct = self.distinct(rows, std::slice::from_ref(of), span)?;
                self.take(distinct, count)
            }
            Operator::Summarize { aggregates, by } => {
                self.summarize(rows, aggregates, by.as_deref().unwrap_or(&[]), span)
            }
            Operator::Join(join) => self.join(rows, join, false, span),
            Operator::Lookup(join) => self.join(rows, join, true, span),
            Operator::Union(union) => {
                Self::alone(&rows, "union", span)?;
                self.union(Some(rows), union)
            }
            Operator::Parse(parse) => self.parse(rows, parse, span),
            Operator::ParseKv(parse) => self.parse_kv(rows, parse, span),
            Operator::MvExpand(expand) => self.mv_expand(rows, expand, span),
            Operator::MvApply(expand, query) => self.mv_apply(rows, expand, query, span),
            Operator::MakeSeries(series) => self.make_series(rows, series, span),
            Operator::Search(search) => self.search(rows, search, span),
            Operator::As(name) => {
                self.bind_name(&name.text, super::Binding::Table(Box::new(rows.clone())));
                Ok(rows)
            }
            Operator::Invoke(call) => self.invoke_on(rows, call),
            Operator::GetSchema => self.get_schema(&rows),
            Operator::Evaluate(evaluate) => self.evaluate(rows, evaluate, span),
            Operator::Partition(partition) => self.partition(rows, partition, span),
            Operator::Render(render) => {
                self.render = Some(render.clone());
                Ok(rows)
            }
        }
    }

    /// Operators that see whole tables cannot work group by group.
    fn alone(rows: &Relation, operator: &str, span: &Span) -> Result<(), KqlError> {
        match rows.groups.is_empty() {
            true => Ok(()),
            false => Err(KqlError::unsupported(span, format!("{operator} inside mv-apply and partition"))),
        }
    }
}
