//! Keywords by the place that they fit.

use crate::engine::lex::Dialect;

/// A statement begins with one of these.
pub const STATEMENT: &[&str] = &[
    "SELECT",
    "WITH",
    "EXPLAIN",
    "EXPLAIN ANALYZE",
    "DESCRIBE",
    "SHOW TABLES",
    "SHOW COLUMNS FROM",
    "SHOW FUNCTIONS",
    "CREATE VIEW",
    "CREATE TABLE",
    "DROP VIEW",
    "DROP TABLE",
    "COPY",
    "SET",
    "VALUES",
];

/// After a table.
pub const RELATION: &[&str] = &[
    "WHERE",
    "JOIN",
    "LEFT JOIN",
    "ON",
    "AS",
    "GROUP BY",
    "ORDER BY",
    "LIMIT",
    "HAVING",
    "INNER JOIN",
    "RIGHT JOIN",
    "FULL JOIN",
    "CROSS JOIN",
    "USING",
    "UNION",
    "UNION ALL",
    "EXCEPT",
    "INTERSECT",
    "QUALIFY",
    "WINDOW",
];

/// Where a value is expected.
pub const OPERAND: &[&str] =
    &["CASE", "NOT", "CAST", "EXISTS", "INTERVAL", "NULL", "TRUE", "FALSE", "TIMESTAMP", "DATE"];

/// Only behind SELECT.
pub const SELECTED: &[&str] = &["DISTINCT", "ALL"];

/// After a value, wherever it stands.
pub const OPERATOR: &[&str] = &[
    "AND",
    "OR",
    "IN",
    "NOT IN",
    "LIKE",
    "NOT LIKE",
    "ILIKE",
    "BETWEEN",
    "IS NULL",
    "IS NOT NULL",
    "IS DISTINCT FROM",
    "WHEN",
    "THEN",
    "ELSE",
    "END",
];

/// Types, after `::` and in a CAST.
pub const TYPES: &[&str] =
    &["BIGINT", "BOOLEAN", "DATE", "DOUBLE", "INTEGER", "INTERVAL", "SMALLINT", "TIMESTAMP", "TIME", "VARCHAR"];

/// What more may follow a value, by the clause that it stands in.
pub fn after_value(clause: &str) -> &'static [&'static str] {
    match clause {
        "SELECT" => &["FROM", "AS", "OVER", "FILTER"],
        "WHERE" | "ON" | "USING" => {
            &["GROUP BY", "ORDER BY", "LIMIT", "HAVING", "JOIN", "LEFT JOIN", "WHERE", "UNION", "UNION ALL"]
        }
        "GROUP" => &["HAVING", "ORDER BY", "LIMIT", "UNION ALL"],
        "HAVING" | "QUALIFY" => &["ORDER BY", "LIMIT", "UNION ALL"],
        "ORDER" => &["ASC", "DESC", "NULLS FIRST", "NULLS LAST", "LIMIT", "ROWS", "RANGE"],
        "PARTITION" => &["ORDER BY", "ROWS"],
        _ => &[],
    }
}

/// What follows a keyword that does not stand alone.
pub fn follows(keyword: &str) -> Option<&'static [&'static str]> {
    Some(match keyword.to_ascii_uppercase().as_str() {
        "GROUP" | "ORDER" | "PARTITION" => &["BY"],
        "LEFT" | "RIGHT" | "FULL" => &["JOIN", "OUTER JOIN", "SEMI JOIN", "ANTI JOIN"],
        "INNER" | "CROSS" | "OUTER" | "SEMI" | "ANTI" => &["JOIN"],
        "IS" => &["NULL", "NOT NULL", "DISTINCT FROM", "TRUE", "FALSE"],
        "NULLS" => &["FIRST", "LAST"],
        "UNION" | "EXCEPT" | "INTERSECT" => &["ALL", "SELECT", "DISTINCT"],
        "CREATE" => &["VIEW", "TABLE", "OR REPLACE VIEW"],
        "DROP" => &["VIEW", "TABLE"],
        "SHOW" => &["TABLES", "COLUMNS FROM", "FUNCTIONS", "ALL"],
        "EXPLAIN" => &["SELECT", "ANALYZE", "WITH", "VERBOSE"],
        "ANALYZE" | "VERBOSE" => &["SELECT", "WITH"],
        "INSERT" => &["INTO"],
        _ => return None,
    })
}

/// Words that are no names: they end an item, and are no alias.
const RESERVED: &[&str] = &[
    "ALL",
    "AND",
    "ANY",
    "AS",
    "ASC",
    "BETWEEN",
    "BY",
    "CASE",
    "CAST",
    "CREATE",
    "CROSS",
    "DESC",
    "DESCRIBE",
    "DISTINCT",
    "DROP",
    "ELSE",
    "END",
    "EXCEPT",
    "EXISTS",
    "EXPLAIN",
    "FALSE",
    "FILTER",
    "FROM",
    "FULL",
    "GROUP",
    "HAVING",
    "ILIKE",
    "IN",
    "INNER",
    "INSERT",
    "INTERSECT",
    "INTERVAL",
    "INTO",
    "IS",
    "JOIN",
    "LATERAL",
    "LEFT",
    "LIKE",
    "LIMIT",
    "NATURAL",
    "NOT",
    "NULL",
    "NULLS",
    "OFFSET",
    "ON",
    "OR",
    "ORDER",
    "OUTER",
    "OVER",
    "PARTITION",
    "QUALIFY",
    "RANGE",
    "RECURSIVE",
    "RIGHT",
    "ROWS",
    "SELECT",
    "SET",
    "SHOW",
    "THEN",
    "TRUE",
    "UNION",
    "USING",
    "VALUES",
    "WHEN",
    "WHERE",
    "WINDOW",
    "WITH",
];

/// Whether a word of SQL is no name.
pub fn is_reserved(word: &str) -> bool {
    RESERVED.iter().any(|k| k.eq_ignore_ascii_case(word))
}

/// Words that are keywords in some places and names in others.
const SOMETIMES: &[&str] = &[
    "ANALYZE",
    "ANTI",
    "COLUMNS",
    "COPY",
    "FIRST",
    "FUNCTIONS",
    "LAST",
    "REPLACE",
    "SEMI",
    "TABLE",
    "TABLES",
    "VERBOSE",
    "VIEW",
];

/// Words of the Kusto Query Language: operators after a bar, and what stands in them.
pub const KQL: &[&str] = &[
    "where",
    "project",
    "extend",
    "summarize",
    "take",
    "top",
    "sort by",
    "order by",
    "count",
    "distinct",
    "join",
    "union",
    "project-away",
    "project-keep",
    "project-rename",
    "project-reorder",
    "mv-expand",
    "mv-apply",
    "parse",
    "parse-where",
    "parse-kv",
    "make-series",
    "render",
    "limit",
    "lookup",
    "sample",
    "sample-distinct",
    "serialize",
    "evaluate",
    "search",
    "as",
    "filter",
    "getschema",
    "invoke",
    "partition by",
    "top-nested",
];

/// Words that begin a query besides a table's name.
pub const KQL_SOURCES: &[&str] = &["let", "print", "union", "search", "find", "range", "datatable", "set"];

/// Kinds of joins.
pub const KQL_JOINS: &[&str] =
    &["innerunique", "inner", "leftouter", "rightouter", "fullouter", "leftsemi", "rightsemi", "leftanti", "rightanti"];

/// Charts that are drawn.
pub const KQL_CHARTS: &[&str] = &[
    "timechart",
    "linechart",
    "areachart",
    "columnchart",
    "barchart",
    "piechart",
    "scatterchart",
    "timepivot",
    "card",
    "table",
];

/// Properties of charts.
pub const KQL_RENDER: &[&str] = &[
    "title=",
    "kind=",
    "xcolumn=",
    "ycolumns=",
    "series=",
    "xtitle=",
    "ytitle=",
    "ymin=",
    "ymax=",
    "legend=",
    "accumulate=",
];

/// What else is a keyword there.
pub const KQL_INNER: &[&str] = &[
    "and",
    "or",
    "not",
    "by",
    "asc",
    "desc",
    "in",
    "has",
    "contains",
    "startswith",
    "endswith",
    "between",
    "matches regex",
    "let",
    "kind",
    "on",
    "nulls",
    "first",
    "last",
    "true",
    "false",
    "has_any",
    "has_all",
    "has_cs",
    "contains_cs",
    "startswith_cs",
    "endswith_cs",
    "hasprefix",
    "hassuffix",
    "with",
    "from",
    "to",
    "step",
    "of",
];

/// Whether a word is a keyword of KQL that begins an operator or a query.
pub fn begins_kql(word: &str) -> bool {
    KQL.iter().chain(KQL_SOURCES).any(|k| k.split(' ').next() == Some(word))
}

/// Whether a word is a keyword of KQL inside an operator.
pub fn is_inside_kql(word: &str) -> bool {
    let bare = word.trim_start_matches('!').trim_end_matches('~');
    KQL_INNER.iter().any(|k| k.split(' ').any(|k| k == bare))
}

/// Whether a word is shown as a keyword.
pub fn is_keyword(word: &str, dialect: Dialect) -> bool {
    match dialect {
        Dialect::Sql => is_reserved(word) || SOMETIMES.iter().any(|k| k.eq_ignore_ascii_case(word)),
        Dialect::Kql => KQL.iter().chain(KQL_INNER).any(|k| k.split(' ').any(|k| k == word)),
    }
}
