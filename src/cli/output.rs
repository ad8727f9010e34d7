//! Where results go and how they look.

use std::fs::File;
use std::io::{BufWriter, IsTerminal, Write};
use std::path::{Path, PathBuf};

use arrow::datatypes::SchemaRef;
use clap::Args;

use super::CliError;
use crate::render::{Format, PlanText, RenderOptions, Renderer, TimeZone, is_plan, renderer};

/// How results are written.
#[derive(Debug, Args)]
pub struct OutputArgs {
    /// Format: table, vertical, csv, tsv, json, ndjson, markdown, html, parquet or arrow [default: table, or by the file's ending]
    #[arg(long, value_name = "FORMAT", value_parser = parse_format, help_heading = "Output")]
    format: Option<Format>,

    /// Write to a file instead of stdout
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

/// Rows of a table that fit a glance; more are counted, not shown.
const GLANCE: usize = 40;

/// The place that results are written to, one after the other.
pub struct Output {
    format: Format,
    file: Option<PathBuf>,
    options: RenderOptions,
    results: u32,
}

impl Output {
    /// Resolves the arguments against the terminal.
    pub fn new(args: &OutputArgs) -> Result<Self, CliError> {
        let by_name = args.output.as_deref().and_then(Format::from_extension);
        let format = args.format.or(by_name).unwrap_or(Format::Table);
        let to_terminal = args.output.is_none() && std::io::stdout().is_terminal();
        if format.is_binary() && to_terminal {
            return Err(CliError::usage(format!("{} is binary; write it to a file with -o FILE", format.name())));
        }
        let for_people = matches!(format, Format::Table | Format::Vertical);
        let max_rows = match args.max_rows {
            Some(0) => None,
            Some(n) => Some(n),
            None => (to_terminal && for_people).then_some(GLANCE),
        };
        let width = to_terminal.then(|| terminal_width().unwrap_or(80));
        let color = to_terminal && std::env::var_os("NO_COLOR").is_none_or(|v| v.is_empty()) && !dumb();
        let options = RenderOptions {
            width,
            max_rows,
            color,
            csv_safe: args.csv_safe,
            terminal: to_terminal,
            tz: args.tz.clone().unwrap_or_default(),
            // Whoever asks for a table gets one.
            auto_vertical: to_terminal && args.format.is_none(),
            ..RenderOptions::default()
        };
        Ok(Self { format, file: args.output.clone(), options, results: 0 })
    }

    /// The name of the place, for errors.
    pub fn name(&self) -> String {
        self.file.as_ref().map_or_else(|| "stdout".to_owned(), |f| f.display().to_string())
    }

    /// The format of the results.
    pub fn format(&self) -> Format {
        self.format
    }

    /// Begins the next result.
    pub fn begin(&mut self, schema: SchemaRef) -> Result<Box<dyn Renderer>, CliError> {
        self.results += 1;
        if self.results > 1 && self.format.is_binary() {
            return Err(CliError::usage(format!("a {} file holds one result; give one statement", self.format.name())));
        }
        let out: Box<dyn Write + Send> = match &self.file {
            None => Box::new(BufWriter::with_capacity(1 << 16, std::io::stdout())),
            Some(path) => Box::new(BufWriter::with_capacity(1 << 16, self.open(path)?)),
        };
        if self.format == Format::Table && is_plan(&schema) {
            return Ok(Box::new(PlanText::new(out)));
        }
        renderer(self.format, schema, out, self.options.clone()).map_err(|e| CliError::render(&self.name(), &e))
    }

    fn open(&self, path: &Path) -> Result<File, CliError> {
        let mut options = File::options();
        options.write(true).create(true);
        // A second result of a script goes after the first.
        if self.results > 1 {
            options.append(true)
        } else {
            options.truncate(true)
        };
        options.open(path).map_err(|e| CliError::output(&path.display().to_string(), &e))
    }
}

fn dumb() -> bool {
    std::env::var_os("TERM").is_some_and(|t| t == "dumb")
}

fn terminal_width() -> Option<usize> {
    terminal_size::terminal_size().map(|(w, _)| usize::from(w.0))
}
