//! Where results go and how they look.

use std::path::PathBuf;

use clap::Args;

use super::{CliError, settings};
use crate::render::chart::ChartKind;
use crate::render::{Format, TimeZone};
use crate::shell::{Look, Output, usual_pager};

/// How results are written.
#[derive(Debug, Args)]
pub struct OutputArgs {
    /// Format: table, vertical, csv, tsv, json, ndjson, markdown, html, parquet or arrow [default: table, or by the file's ending]
    #[arg(long, value_name = "FORMAT", value_parser = parse_format, help_heading = "Output")]
    format: Option<Format>,

    /// Write to a file instead of stdout, or a file for each statement into a folder (out/)
    #[arg(short, long, value_name = "FILE", help_heading = "Output")]
    output: Option<PathBuf>,

    /// Show at most so many rows; 0 shows all [default: 40 for tables on a terminal, else all]
    #[arg(long, value_name = "N", help_heading = "Output")]
    max_rows: Option<usize>,

    /// csv and tsv: put a quote before texts that a spreadsheet would take for a formula
    #[arg(long, help_heading = "Output")]
    csv_safe: bool,

    /// Draw tables and charts with ASCII characters alone [default: where the locale's characters are not UTF-8]
    #[arg(long, help_heading = "Output")]
    ascii: bool,

    /// Time zone that table, vertical, markdown and html show: UTC, local, +09:00 or a name [default: UTC]
    #[arg(long, value_name = "ZONE", value_parser = TimeZone::parse, help_heading = "Output")]
    tz: Option<TimeZone>,

    /// Draw the result with characters: timeline, series, bars or histogram [default: what the columns allow]
    #[arg(
        long,
        value_name = "KIND",
        value_parser = parse_chart,
        num_args = 0..=1,
        require_equals = true,
        default_missing_value = "auto",
        conflicts_with = "format",
        help_heading = "Output"
    )]
    chart: Option<ChartChoice>,
}

/// A kind, or the choice by columns.
#[derive(Debug, Clone, Copy)]
struct ChartChoice(Option<ChartKind>);

fn parse_chart(text: &str) -> Result<ChartChoice, String> {
    if text.eq_ignore_ascii_case("auto") {
        return Ok(ChartChoice(None));
    }
    ChartKind::from_name(text).map(|kind| ChartChoice(Some(kind))).ok_or_else(|| {
        let names: Vec<_> = ChartKind::ALL.iter().map(|k| k.name()).collect();
        format!("expected auto, {}", names.join(", "))
    })
}

fn parse_format(text: &str) -> Result<Format, String> {
    Format::from_name(text).ok_or_else(|| {
        let names: Vec<_> = Format::ALL.iter().map(|f| f.name()).collect();
        format!("expected one of {}", names.join(", "))
    })
}

/// Whether the locale names characters that are not UTF-8. One that names none, such as C, says nothing of the terminal.
fn locale_is_not_utf8() -> bool {
    // The first that is set counts, as in setlocale(3).
    let set = |name: &&str| std::env::var(name).ok().filter(|v| !v.is_empty());
    ["LC_ALL", "LC_CTYPE", "LANG"].iter().find_map(set).is_some_and(|locale| names_other_than_utf8(&locale))
}

fn names_other_than_utf8(locale: &str) -> bool {
    let Some((_, characters)) = locale.split_once('.') else { return false };
    let characters = characters.split('@').next().unwrap_or_default();
    !["utf-8", "utf8"].iter().any(|utf8| characters.eq_ignore_ascii_case(utf8))
}

impl OutputArgs {
    /// The place and the look of results.
    pub fn output(&self) -> Result<Output, CliError> {
        let max_rows = match self.max_rows {
            Some(n) => Some(n),
            None => settings::parsed("max_rows", str::parse::<usize>)?,
        };
        let tz = match &self.tz {
            Some(tz) => tz.clone(),
            None => settings::parsed("tz", TimeZone::parse)?.unwrap_or_default(),
        };
        let look = Look {
            format: self.format,
            usual_format: settings::parsed("format", parse_format)?,
            max_rows,
            csv_safe: self.csv_safe,
            ascii: self.ascii || settings::flag("ascii").unwrap_or_else(locale_is_not_utf8),
            tz,
            pager: usual_pager(settings::get("pager").map(|v| v.text())),
            chart: self.chart.map(|ChartChoice(kind)| kind),
            ..Look::default()
        };
        Output::new(look, self.output.as_deref())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn locales() {
        for (locale, other) in [
            ("C", false),
            ("POSIX", false),
            ("ja_JP", false),
            ("en_US.UTF-8", false),
            ("C.utf8", false),
            ("de_DE.UTF-8@euro", false),
            ("ja_JP.eucJP", true),
            ("de_DE.ISO-8859-15@euro", true),
        ] {
            assert_eq!(names_other_than_utf8(locale), other, "{locale}");
        }
    }
}
