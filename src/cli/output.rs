//! Where results go and how they look.

use std::path::PathBuf;

use clap::Args;

use super::CliError;
use crate::render::{Format, TimeZone};
use crate::shell::{Look, Output};

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

    /// Time zone that table, vertical, markdown and html show: UTC, local, +09:00 or a name [default: UTC]
    #[arg(long, value_name = "ZONE", value_parser = TimeZone::parse, help_heading = "Output")]
    tz: Option<TimeZone>,
}

fn parse_format(text: &str) -> Result<Format, String> {
    Format::from_name(text).ok_or_else(|| {
        let names: Vec<_> = Format::ALL.iter().map(|f| f.name()).collect();
        format!("expected one of {}", names.join(", "))
    })
}

impl OutputArgs {
    /// The place and the look of results.
    pub fn output(&self) -> Result<Output, CliError> {
        let look = Look {
            format: self.format,
            max_rows: self.max_rows,
            csv_safe: self.csv_safe,
            tz: self.tz.clone().unwrap_or_default(),
            ..Look::default()
        };
        Output::new(look, self.output.as_deref())
    }
}
