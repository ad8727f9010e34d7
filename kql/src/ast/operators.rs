//! Tabular operators.

use super::{Expr, Name, Pipeline};
use crate::types::Kind;

/// What stands behind a `|`.
#[derive(Debug, Clone)]
pub enum Operator {
    /// `where`
    Where(Expr),
    /// `project`
    Project(Vec<Expr>),
    /// `extend`
    Extend(Vec<Expr>),
    /// `project-away`: names, possibly with `*`
    ProjectAway(Vec<Name>),
    /// `project-keep`
    ProjectKeep(Vec<Name>),
    /// `project-rename`: new and old names
    ProjectRename(Vec<(Name, Name)>),
    /// `project-reorder`: patterns, each with an order of what it matches
    ProjectReorder(Vec<(Name, Option<bool>)>),
    /// `sort by`
    Sort(Vec<SortKey>),
    /// `take`
    Take(Expr),
    /// `top`
    Top(Expr, SortKey),
    /// `top-nested`
    TopNested(Vec<NestedLevel>),
    /// `count`
    Count(Option<Name>),
    /// `distinct`
    Distinct(Vec<Expr>),
    /// `summarize`
    Summarize {
        /// The aggregates.
        aggregates: Vec<Expr>,
        /// The keys; `None` without `by`.
        by: By,
    },
    /// `join`
    Join(Box<Join>),
    /// `lookup`
    Lookup(Box<Join>),
    /// `union`
    Union(Union),
    /// `parse` and `parse-where`
    Parse(Parse),
    /// `parse-kv`
    ParseKv(ParseKv),
    /// `mv-expand`
    MvExpand(MvExpand),
    /// `mv-apply`
    MvApply(MvExpand, Box<Pipeline>),
    /// `make-series`
    MakeSeries(Box<MakeSeries>),
    /// `serialize`
    Serialize(Vec<Expr>),
    /// `search`
    Search(Search),
    /// `as`
    As(Name),
    /// `invoke`
    Invoke(Expr),
    /// `getschema`
    GetSchema,
    /// `sample`
    Sample(Expr),
    /// `sample-distinct n of x`
    SampleDistinct(Expr, Expr),
    /// `evaluate`
    Evaluate(Evaluate),
    /// `partition by x ( ... )`
    Partition(Partition),
    /// `render`
    Render(Render),
}

/// Keys of a `summarize`.
pub type By = Option<Vec<Expr>>;

/// One key of a sort.
#[derive(Debug, Clone)]
pub struct SortKey {
    /// The value.
    pub expr: Expr,
    /// `asc`.
    pub ascending: bool,
    /// `nulls first`, when it is said.
    pub nulls_first: Option<bool>,
}

/// One level of `top-nested`.
#[derive(Debug, Clone)]
pub struct NestedLevel {
    /// How many; all when `None`.
    pub count: Option<Expr>,
    /// The key.
    pub key: Expr,
    /// `with others = ...`.
    pub others: Option<Expr>,
    /// What counts.
    pub aggregate: Expr,
    /// `asc`.
    pub ascending: bool,
}

/// How rows meet.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum JoinKind {
    /// The default: one left row of each key.
    InnerUnique,
    /// `inner`
    Inner,
    /// `leftouter`
    LeftOuter,
    /// `rightouter`
    RightOuter,
    /// `fullouter`
    FullOuter,
    /// `leftsemi`
    LeftSemi,
    /// `rightsemi`
    RightSemi,
    /// `leftanti`
    LeftAnti,
    /// `rightanti`
    RightAnti,
}

/// `join` and `lookup`.
#[derive(Debug, Clone)]
pub struct Join {
    /// How.
    pub kind: JoinKind,
    /// With what.
    pub right: Pipeline,
    /// Names, or equalities of `$left.a == $right.b`.
    pub on: Vec<Expr>,
}

/// `union`.
#[derive(Debug, Clone)]
pub struct Union {
    /// Only common columns.
    pub inner: bool,
    /// A column for the name of the source.
    pub with_source: Option<Name>,
    /// Missing tables are skipped.
    pub fuzzy: bool,
    /// The tables.
    pub tables: Vec<Pipeline>,
}

/// How `parse` reads.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ParseKind {
    /// Constants as they stand, all columns or none.
    Simple,
    /// Constants as they stand, each column for itself.
    Relaxed,
    /// Constants are regular expressions.
    Regex,
}

/// A piece of a pattern.
#[derive(Debug, Clone)]
pub enum ParsePart {
    /// `*`
    Skip,
    /// A constant.
    Text(String),
    /// A column.
    Column(Name, Kind),
}

/// `parse` and `parse-where`.
#[derive(Debug, Clone)]
pub struct Parse {
    /// Whether rows that do not match are dropped.
    pub filter: bool,
    /// How.
    pub kind: ParseKind,
    /// Flags of the regular expression.
    pub flags: Option<Name>,
    /// What is read.
    pub value: Expr,
    /// The pattern.
    pub parts: Vec<ParsePart>,
}

/// `parse-kv`.
#[derive(Debug, Clone)]
pub struct ParseKv {
    /// What is read.
    pub value: Expr,
    /// The columns.
    pub columns: Vec<(Name, Kind)>,
    /// `pair_delimiter`, `kv_delimiter`, `quote`, `escape`, `greedy`, `regex`.
    pub options: Vec<(Name, Expr)>,
}

/// A column that is expanded.
#[derive(Debug, Clone)]
pub struct MvColumn {
    /// Its new name.
    pub name: Option<Name>,
    /// The value.
    pub expr: Expr,
    /// `to typeof(...)`.
    pub to: Option<Kind>,
}

/// `mv-expand`, and the first part of `mv-apply`.
#[derive(Debug, Clone)]
pub struct MvExpand {
    /// Objects become pairs in arrays.
    pub as_array: bool,
    /// A column for the position.
    pub index: Option<Name>,
    /// The columns.
    pub columns: Vec<MvColumn>,
    /// At most so many rows of each.
    pub limit: Option<Expr>,
}

/// One series of `make-series`.
#[derive(Debug, Clone)]
pub struct Series {
    /// The aggregate.
    pub aggregate: Expr,
    /// The value of empty bins.
    pub default: Option<Expr>,
}

/// `make-series`.
#[derive(Debug, Clone)]
pub struct MakeSeries {
    /// The series.
    pub series: Vec<Series>,
    /// The axis.
    pub on: Expr,
    /// `kind=nonempty`: a series of defaults for no rows at all.
    pub nonempty: bool,
    /// First bin.
    pub from: Option<Expr>,
    /// End, which is not included.
    pub to: Option<Expr>,
    /// Width of a bin.
    pub step: Expr,
    /// The keys.
    pub by: Vec<Expr>,
}

/// `search`.
#[derive(Debug, Clone)]
pub struct Search {
    /// `kind=case_sensitive`.
    pub case_sensitive: bool,
    /// `in (A, B)`.
    pub tables: Option<Vec<Pipeline>>,
    /// What is sought.
    pub predicate: Expr,
}

/// `evaluate plugin(...) : (schema)`.
#[derive(Debug, Clone)]
pub struct Evaluate {
    /// The plugin.
    pub plugin: Name,
    /// Its arguments, some with names.
    pub arguments: Vec<Expr>,
    /// The columns of its result, where they are said.
    pub schema: Option<OutputSchema>,
}

/// The columns that a plugin gives.
#[derive(Debug, Clone)]
pub struct OutputSchema {
    /// `*`: those of its input, before the others.
    pub all: bool,
    /// Names and types.
    pub columns: Vec<(Name, Kind)>,
}

/// `find`.
#[derive(Debug, Clone)]
pub struct Find {
    /// The column for the name of the table.
    pub with_source: Option<Name>,
    /// `in (A, B)`.
    pub tables: Option<Vec<Pipeline>>,
    /// What is sought.
    pub predicate: Expr,
    /// `project`: the columns of the result, some with a type.
    pub columns: Option<Vec<(Name, Option<Kind>)>>,
}

/// `partition by`.
#[derive(Debug, Clone)]
pub struct Partition {
    /// The key.
    pub by: Expr,
    /// What is done with each part.
    pub query: Pipeline,
}

/// A chart that the query asks for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Render {
    /// `timechart`, `barchart` ...
    pub chart: String,
    /// `title`, `kind`, `xcolumn` ... with their values as text.
    pub properties: Vec<(String, String)>,
}
