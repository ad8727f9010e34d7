//! `tunnelql report`.

use std::io::Write;
use std::path::{Path, PathBuf};

use clap::Args;

use super::super::data::{DataArgs, LimitArgs, parse_size};
use super::super::{CliError, Exit, settings};
use super::{supervise, write_file};
use crate::engine::{Engine, Params, parse_param};
use crate::render::TimeZone;
use crate::report::{self, Context, Lang, Redaction, ReportFormat, ReportOptions, Say};
use crate::shell::{talk, tell_archive};

/// Write a report: what went down, why, and what to do; one page that opens anywhere.
#[derive(Debug, Args)]
pub struct Report {
    /// A report of your own: a Markdown file with sql and kql blocks; see 'tunnelql help reports'
    #[arg(value_name = "FILE", conflicts_with = "section")]
    file: Option<PathBuf>,

    /// Value for $NAME in an own report's statements, or NAME:TYPE=VALUE; may be repeated
    #[arg(long, value_name = "NAME=VALUE", requires = "file", help_heading = "Report")]
    param: Vec<String>,

    /// Only this section; may be repeated [default: all]
    #[arg(long, value_name = "NAME", help_heading = "Report")]
    section: Vec<String>,

    /// Write to a file instead of stdout; its ending (.html, .md, .json) is the format
    #[arg(short, long, value_name = "FILE", help_heading = "Output")]
    output: Option<PathBuf>,

    /// Format: html, markdown or json [default: by the file's ending, else html]
    #[arg(long, value_name = "FORMAT", value_parser = parse_format, help_heading = "Output")]
    format: Option<ReportFormat>,

    /// Open the written file in the browser
    #[arg(long, requires = "output", help_heading = "Output")]
    open: bool,

    /// Shorten lists until a page in HTML is no larger; what is left out is counted [default: 2,000,000 bytes]
    #[arg(long, value_name = "SIZE", conflicts_with = "file", help_heading = "Report")]
    max_size: Option<String>,

    #[command(flatten)]
    look: ReportArgs,
    #[command(flatten)]
    data: DataArgs,
    #[command(flatten)]
    limits: LimitArgs,
}

/// How a report is told.
#[derive(Debug, Args)]
pub struct ReportArgs {
    /// Title instead of the usual one
    #[arg(long, value_name = "TEXT", help_heading = "Report")]
    title: Option<String>,

    /// Language of the report: en or ja
    #[arg(long, value_name = "LANGUAGE", value_parser = parse_lang, default_value = "en", help_heading = "Report")]
    lang_ui: Lang,

    /// Replace addresses, users and subscriptions by pseudonyms: ips, users, subscriptions, all or none
    #[arg(long, value_name = "KINDS", value_parser = Redaction::parse, help_heading = "Report")]
    redact: Option<Redaction>,

    /// Time zone of the report: UTC, local, +09:00 or a name [default: UTC]
    #[arg(long, value_name = "ZONE", value_parser = TimeZone::parse, help_heading = "Report")]
    tz: Option<TimeZone>,
}

fn parse_format(text: &str) -> Result<ReportFormat, String> {
    ReportFormat::from_name(text).ok_or_else(|| {
        let names: Vec<_> = ReportFormat::ALL.iter().map(|f| f.name()).collect();
        format!("expected one of {}", names.join(", "))
    })
}

fn parse_lang(text: &str) -> Result<Lang, String> {
    Lang::from_code(text).ok_or_else(|| "expected en or ja".to_owned())
}

impl ReportArgs {
    /// Whether anything is said of what to keep back.
    pub fn says_what_to_redact(&self) -> bool {
        self.redact.is_some()
    }

    /// The options, without sections.
    pub fn options(&self) -> Result<ReportOptions, CliError> {
        let zone = match &self.tz {
            Some(zone) => zone.clone(),
            None => settings::parsed("tz", TimeZone::parse)?.unwrap_or_default(),
        };
        Ok(ReportOptions {
            title: self.title.clone(),
            say: Say { lang: self.lang_ui, zone },
            redact: self.redact.unwrap_or_default(),
            ..ReportOptions::default()
        })
    }
}

impl Report {
    pub fn run(&self) -> Result<(), CliError> {
        let format = self.chosen_format()?;
        let options = ReportOptions {
            sections: self.section.clone(),
            most_bytes: self.max_size.as_deref().map_or(Ok(report::MOST_BYTES), parse_size)?,
            ..self.look.options()?
        };
        let engine = Engine::new(&self.data.engine_options(&self.limits)?)?;
        let params =
            self.param.iter().map(|p| parse_param(p).map_err(CliError::usage)).collect::<Result<Params, _>>()?;
        let own = self.file.as_deref().map(read).transpose()?;
        let document = supervise(None, async {
            match &own {
                None => Ok(report::build(&engine, &options).await?),
                Some((name, text)) => {
                    let context = Context::new(&engine, &options).await?;
                    Ok(report::own_report(&context, name, text, &params).await?)
                }
            }
        })?;
        let text = format.render(&document);
        let Some(path) = &self.output else {
            let mut out = std::io::stdout();
            out.write_all(text.as_bytes()).and_then(|()| out.flush()).map_err(|e| CliError::output("stdout", &e))?;
            return complete(&engine);
        };
        write_file(path, text.as_bytes())?;
        if self.open {
            open(path)?;
        }
        complete(&engine)
    }

    fn chosen_format(&self) -> Result<ReportFormat, CliError> {
        let ending = self.output.as_deref().and_then(Path::extension).and_then(|e| e.to_str());
        match (self.format, ending) {
            (Some(format), _) => Ok(format),
            (None, None) => Ok(ReportFormat::Html),
            (None, Some(ending)) => ReportFormat::from_name(ending).ok_or_else(|| {
                CliError::usage(format!(
                    "no format is known by the ending .{ending}; expected .html, .md or .json, or --format"
                ))
            }),
        }
    }
}

/// Blobs that `--on-blob-error skip` left out are named, and are a failure: what was written is without them.
pub fn complete(engine: &Engine) -> Result<(), CliError> {
    const SHOWN: usize = 10;
    engine.archives_met().iter().for_each(|place| tell_archive(place));
    if let Some(text) = engine.unrecognized() {
        talk(&text);
    }
    let unread = engine.unread();
    unread.iter().take(SHOWN).for_each(|error| talk(&format!("left out: {error}")));
    match unread.len() {
        0 => Ok(()),
        1 => Err(CliError::new(Exit::Storage, "1 blob could not be read; what was written is without it")),
        n => {
            Err(CliError::new(Exit::Storage, format!("{n} blobs could not be read; what was written is without them")))
        }
    }
}

/// A report file with its name for errors.
fn read(path: &Path) -> Result<(String, String), CliError> {
    let name = path.display().to_string();
    let text = std::fs::read_to_string(path);
    let text = text.map_err(|e| CliError::new(Exit::Storage, format!("cannot read the report {name}: {e}")))?;
    Ok((name, text))
}

/// Opens a file in the browser, with the program that the system has for that. It outlives this process.
fn open(path: &Path) -> Result<(), CliError> {
    let full = std::path::absolute(path).map_err(|e| CliError::output(&path.display().to_string(), &e))?;
    let (program, arguments): (&str, &[&str]) = match std::env::consts::OS {
        "macos" => ("open", &[]),
        "windows" => ("explorer", &[]),
        _ => ("xdg-open", &[]),
    };
    let null = std::process::Stdio::null;
    let started = std::process::Command::new(program)
        .args(arguments)
        .arg(&full)
        .stdin(null())
        .stdout(null())
        .stderr(null())
        .spawn();
    if let Err(e) = started {
        // The report is there all the same.
        talk(&format!("tunnelql: cannot open {} with {program}: {e}", full.display()));
    }
    Ok(())
}
