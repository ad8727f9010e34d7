//! The names that Kusto gives to results that have none.

use crate::ast::{Expr, ExprKind};
use crate::error::{KqlError, Span};
use crate::types::Literal;

/// Functions whose result is named by their first argument alone.
const BY_ARGUMENT: &[&str] = &[
    "tostring",
    "toint",
    "tolong",
    "todouble",
    "toreal",
    "tobool",
    "toboolean",
    "todatetime",
    "totimespan",
    "totime",
    "todecimal",
    "toguid",
    "todynamic",
    "parse_json",
    "parsejson",
    "bin",
    "bin_at",
    "floor",
    "ceiling",
    "bin_auto",
    "split",
    "startofday",
    "startofweek",
    "startofmonth",
    "startofyear",
    "endofday",
    "endofweek",
    "endofmonth",
    "endofyear",
];

/// The name of a column made of this expression.
pub fn inferred(expr: &Expr) -> Option<String> {
    match &expr.kind {
        ExprKind::Call(name, arguments) if !BY_ARGUMENT.contains(&name.text.as_str()) => match arguments.as_slice() {
            [one] => Some(format!("{}_{}", name.text, of_argument(one)?)),
            _ => None,
        },
        _ => of_argument(expr),
    }
}

/// The name that an expression lends to a call or path around it: that of a column, also through conversions.
pub fn of_argument(expr: &Expr) -> Option<String> {
    match &expr.kind {
        ExprKind::Name(name) => Some(name.clone()),
        ExprKind::Member(base, name) => Some(format!("{}_{}", of_argument(base)?, name.text)),
        ExprKind::Index(base, index) => {
            let base = of_argument(base)?;
            match &index.kind {
                ExprKind::Literal(_, Literal::String(text)) => Some(format!("{base}_{text}")),
                ExprKind::Literal(_, Literal::Long(n)) => Some(format!("{base}_{n}")),
                ExprKind::Negate(inner) => match &inner.kind {
                    ExprKind::Literal(_, Literal::Long(n)) => Some(format!("{base}_{n}")),
                    _ => None,
                },
                _ => None,
            }
        }
        ExprKind::Call(name, arguments) if BY_ARGUMENT.contains(&name.text.as_str()) => of_argument(arguments.first()?),
        _ => None,
    }
}

/// A name that is not taken: `n`, `n1`, `n2` ...
pub fn unique(name: &str, taken: impl Fn(&str) -> bool) -> String {
    if !taken(name) {
        return name.to_owned();
    }
    let mut number = 1usize;
    loop {
        let candidate = format!("{name}{number}");
        if !taken(&candidate) {
            return candidate;
        }
        number += 1;
    }
}

/// Functions of KQL that are known to exist, for telling a missing feature from a mistake.
const KUSTO: &[&str] = &[
    "activity_counts_metrics",
    "array_sort",
    "bag_zip",
    "bin_auto",
    "cluster",
    "convert_angle",
    "convert_energy",
    "convert_force",
    "convert_length",
    "convert_mass",
    "convert_speed",
    "convert_temperature",
    "convert_volume",
    "cursor_after",
    "cursor_current",
    "current_cluster_endpoint",
    "current_database",
    "current_principal",
    "current_principal_details",
    "current_principal_is_member_of",
    "database",
    "dcount_hll",
    "dcount_intersect",
    "datetime_local_to_utc",
    "datetime_utc_to_local",
    "estimate_data_size",
    "extent_id",
    "extent_tags",
    "external_table",
    "geo_distance_2points",
    "geo_info_from_ip_address",
    "geo_point_in_polygon",
    "geo_point_to_geohash",
    "getschema",
    "hash_combine",
    "hash_many",
    "hash_xxhash64",
    "hll",
    "hll_if",
    "hll_merge",
    "ingestion_time",
    "loggamma",
    "new_guid",
    "percentile_array_tdigest",
    "percentile_tdigest",
    "punycode_from_string",
    "punycode_to_string",
    "rand",
    "rank_tdigest",
    "schema_merge",
    "series_acos",
    "series_decompose",
    "series_decompose_anomalies",
    "series_decompose_forecast",
    "series_fft",
    "series_fir",
    "series_fit_2lines",
    "series_fit_line",
    "series_fit_poly",
    "series_iir",
    "series_ifft",
    "series_outliers",
    "series_pearson_correlation",
    "series_periods_detect",
    "series_periods_validate",
    "series_seasonal",
    "stored_query_result",
    "tdigest",
    "tdigest_merge",
    "toscalar",
    "unicode_codepoints_from_string",
    "welch_test",
    "zlib_compress_to_base64_string",
    "zlib_decompress_from_base64_string",
    "gzip_compress_to_base64_string",
    "gzip_decompress_from_base64_string",
    "parse_user_agent",
    "parse_xml",
    "parse_path",
    "parse_command_line",
    "row_rank",
    "row_window_session",
    "treepath",
    "buildschema",
];

/// Whether KQL has a function of that name.
pub fn is_kusto_function(name: &str) -> bool {
    KUSTO.contains(&name) || name.starts_with("geo_") || name.starts_with("series_") || name.starts_with("convert_")
}

/// What KQL has for a function of SQL or of another language.
pub fn of_other_languages(name: &str) -> Option<&'static str> {
    Some(match name.to_lowercase().as_str() {
        "lower" | "lcase" => "tolower()",
        "upper" | "ucase" => "toupper()",
        "len" | "length" | "char_length" | "character_length" => "strlen()",
        "concat" | "concat_ws" => "strcat(), or strcat_delim() with a separator",
        "substr" | "mid" | "left" => "substring(text, start, length), where the first character is 0",
        "right" => "substring(text, -length)",
        "ifnull" | "nvl" | "isnullorempty" => "coalesce()",
        "if" => "iff()",
        "nullif" => "iff(a == b, ..., a)",
        "date_trunc" | "date_bin" | "trunc" | "floor_time" => "bin(time, 1h), or startofday() and the like",
        "datediff" | "date_diff" | "timestampdiff" => "datetime_diff('hour', later, earlier)",
        "dateadd" | "date_add" => "datetime_add('hour', 1, time), or time + 1h",
        "current_timestamp" | "getdate" | "sysdate" | "utcnow" => "now()",
        "cast" | "convert" | "try_cast" => "tostring(), tolong(), todouble(), todatetime() or another of these",
        "instr" | "strpos" | "position" | "charindex" => "indexof(text, part)",
        "split_part" => "split(text, separator)[0]",
        "regexp_extract" | "regex_extract" => "extract(regex, group, text)",
        "regexp_replace" | "regex_replace" => "replace_regex(text, regex, by)",
        "string_agg" | "group_concat" | "array_agg" | "collect_list" => {
            "make_list(), or strcat_array(make_list(a), ', ')"
        }
        "collect_set" => "make_set()",
        "median" | "percentile_cont" => "percentile(a, 50)",
        "mean" => "avg()",
        "stddev" => "stdev()",
        "approx_distinct" | "approx_count_distinct" => "dcount()",
        "lag" => "prev(), behind sort",
        "lead" => "next(), behind sort",
        "any_value" => "take_any()",
        "json_extract" | "json_value" => "parse_json(text).member",
        _ => return None,
    })
}

/// A column that is not there, with what is most likely meant.
pub fn unknown_column(name: &str, span: &Span, known: &[&str]) -> KqlError {
    // Another spelling of a column is the likeliest mistake, since case matters here.
    let hint = match known.iter().find(|k| k.eq_ignore_ascii_case(name)) {
        Some(other) => format!("did you mean '{other}'? Upper and lower case differ in KQL"),
        None => match name.to_lowercase().as_str() {
            "null" => {
                "nulls are found by isnull() and isnotnull(); texts are never null: isempty(), isnotempty()".to_owned()
            }
            "true" | "false" => format!("write {}", name.to_lowercase()),
            _ if crate::aggregates::lookup(name).is_some() || crate::functions::lookup(name).is_some() => {
                format!("did you mean the function {name}()?")
            }
            _ => return KqlError::unknown("column", name, span, known.iter().copied()),
        },
    };
    KqlError::Unknown { what: "column", name: name.to_owned(), span: span.clone(), hint: Some(hint) }
}

/// An unknown name on the right of a comparison is most likely a text without its quotes.
pub fn unquoted(error: KqlError, right: &Expr) -> KqlError {
    match (error, &right.kind) {
        (KqlError::Unknown { what: "column", name, span, hint: None }, ExprKind::Name(_)) => {
            let hint = Some(format!("a text stands in quotes: '{name}'"));
            KqlError::Unknown { what: "column", name, span, hint }
        }
        (error, _) => error,
    }
}
