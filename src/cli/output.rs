//! Where results go and how they look.

use std::fs::File;
use std::io::{BufWriter, IsTerminal, Write};
use std::path::{Path, PathBuf};

use arrow::datatypes::SchemaRef;
use clap::Args;

use super::pager::{self, Paged};
use super::{CliError, settings};
use crate::render::chart::{ChartKind, ChartOptions, ChartRenderer};
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

/// Lines of a chart where the screen has more, or is none.
const MOST_CHART_LINES: usize = 24;

/// Rows of a table that fit a glance; more are counted, not shown.
const GLANCE: usize = 40;

/// The place that results are written to, one after the other.
pub struct Output {
    format: Format,
    file: Option<PathBuf>,
    options: RenderOptions,
    results: u32,
    /// For results longer than so many lines.
    pager: Option<(String, usize)>,
    chart: Option<ChartOptions>,
}

impl Output {
    /// Resolves the arguments against the terminal.
    pub fn new(args: &OutputArgs) -> Result<Self, CliError> {
        let by_name = args.output.as_deref().and_then(Format::from_extension);
        let format = args.format.or(by_name).or(settings::parsed("format", parse_format)?);
        let (format, named) = (format.unwrap_or(Format::Table), format.is_some());
        let to_terminal = args.output.is_none() && std::io::stdout().is_terminal();
        if format.is_binary() && to_terminal {
            return Err(CliError::usage(format!("{} is binary; write it to a file with -o FILE", format.name())));
        }
        let for_people = matches!(format, Format::Table | Format::Vertical);
        let set = || settings::parsed("max_rows", str::parse::<usize>);
        let max_rows = match args.max_rows.map_or_else(set, |n| Ok(Some(n)))? {
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
            tz: match &args.tz {
                Some(tz) => tz.clone(),
                None => settings::parsed("tz", TimeZone::parse)?.unwrap_or_default(),
            },
            // Whoever asks for a table gets one.
            auto_vertical: to_terminal && !named,
            ..RenderOptions::default()
        };
        let lines = terminal_size::terminal_size().map_or(24, |(_, h)| usize::from(h.0));
        let pager = pager::command().filter(|_| to_terminal && !dumb()).map(|command| (command, lines));
        let chart = args.chart.map(|ChartChoice(kind)| ChartOptions {
            width: width.unwrap_or(80),
            // The prompt and the row count take lines, too.
            height: if to_terminal { lines.saturating_sub(4).min(MOST_CHART_LINES) } else { MOST_CHART_LINES },
            kind,
            ascii: false,
            color: options.color,
            tz: options.tz.clone(),
        });
        Ok(Self { format, file: args.output.clone(), options, results: 0, pager, chart })
    }

    /// The name of the place, for errors.
    pub fn name(&self) -> String {
        self.file.as_ref().map_or_else(|| "stdout".to_owned(), |f| f.display().to_string())
    }

    /// The format of the results.
    pub fn format(&self) -> Format {
        self.format
    }

    /// Writes a text where a result would go.
    pub fn text(&mut self, text: &str) -> Result<(), CliError> {
        let name = self.name();
        let mut out = self.place()?;
        out.write_all(text.as_bytes()).and_then(|()| out.flush()).map_err(|e| CliError::output(&name, &e))
    }

    /// Begins the next result.
    pub fn begin(&mut self, schema: SchemaRef) -> Result<Box<dyn Renderer>, CliError> {
        let out = self.place()?;
        if self.format == Format::Table && is_plan(&schema) {
            return Ok(Box::new(PlanText::new(out)));
        }
        if let Some(chart) = &self.chart {
            return Ok(Box::new(ChartRenderer::new(schema, out, chart.clone())));
        }
        renderer(self.format, schema, out, self.options.clone()).map_err(|e| CliError::render(&self.name(), &e))
    }

    /// The place of the next result.
    fn place(&mut self) -> Result<Box<dyn Write + Send>, CliError> {
        self.results += 1;
        if self.results > 1 && self.format.is_binary() {
            return Err(CliError::usage(format!("a {} file holds one result; give one statement", self.format.name())));
        }
        Ok(match &self.file {
            None => match self.pager.clone() {
                Some((command, lines)) => Box::new(Paged::new(command, lines, Box::new(std::io::stdout()))),
                None => Box::new(BufWriter::with_capacity(1 << 16, std::io::stdout())),
            },
            Some(path) => Box::new(BufWriter::with_capacity(1 << 16, self.open(path)?)),
        })
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
