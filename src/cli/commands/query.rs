//! `tunnelql query`.

use std::io::Read;
use std::sync::Arc;
use std::time::Instant;

use clap::Args;
use datafusion::sql::parser::Statement;
use indicatif::ProgressBar;

use super::super::data::{DataArgs, LimitArgs, duration};
use super::super::output::{Output, OutputArgs};
use super::super::{CliError, Exit, progress};
use super::supervise;
use crate::engine::{Engine, EngineError, Event, Measures, Params, QUIET, QueryStats, parse_param};
use crate::shell;

/// Run SQL over archives and raw exports.
#[derive(Debug, Args)]
pub struct Query {
    /// SQL text; several statements are separated by semicolons; may be repeated
    #[arg(short, long = "command", value_name = "SQL", allow_hyphen_values = true)]
    command: Vec<String>,

    /// File with SQL, - for standard input; may be repeated
    #[arg(short, long, value_name = "FILE")]
    file: Vec<String>,

    /// Value for $NAME in the statement, typed by what it looks like, or NAME:TYPE=VALUE
    #[arg(long, value_name = "NAME=VALUE")]
    param: Vec<String>,

    /// Give up after so long, for example 90s
    #[arg(long, value_name = "DURATION", help_heading = "Limits")]
    timeout: Option<String>,

    /// After each statement, a line of JSON on stderr: rows, ms, files and bytes read of how many
    #[arg(long, help_heading = "Output")]
    stats: bool,

    #[command(flatten)]
    data: DataArgs,
    #[command(flatten)]
    output: OutputArgs,
    #[command(flatten)]
    limits: LimitArgs,
}

impl Query {
    pub fn run(&self) -> Result<(), CliError> {
        let texts = self.texts()?;
        let params =
            self.param.iter().map(|p| parse_param(p).map_err(CliError::usage)).collect::<Result<Params, _>>()?;
        let timeout = self.timeout.as_deref().map(|t| duration("--timeout", t)).transpose()?;
        let mut output = Output::new(&self.output)?;
        let engine = Engine::new(&self.data.engine_options(&self.limits)?)?;
        let mut statements = Vec::new();
        for (name, text) in texts {
            let text: Arc<str> = text.into();
            let parsed = engine.parse(&text).map_err(|e| named(&name, pointed(e, &text)))?;
            statements.extend(parsed.into_iter().map(|s| (name.clone(), Arc::clone(&text), s)));
        }
        if statements.is_empty() {
            return Err(CliError::usage("there is no statement to run"));
        }
        for (name, _) in &params {
            let used = |(_, _, s): &(String, Arc<str>, Statement)| {
                s.to_string().split('$').skip(1).any(|rest| is_word(rest, name))
            };
            if !statements.iter().any(used) {
                talk(&format!("tunnelql: no statement uses ${name}"));
            }
        }
        supervise(timeout, async {
            for (name, text, statement) in statements {
                let done = self.one(&engine, statement, &text, params.clone(), &mut output).await;
                done.map_err(|e| named(&name, e))?;
            }
            Ok(())
        })
    }

    /// Each text with what errors in it begin with.
    fn texts(&self) -> Result<Vec<(String, String)>, CliError> {
        let mut texts: Vec<(String, String)> = self.command.iter().map(|c| (String::new(), c.clone())).collect();
        for file in &self.file {
            let mut text = String::new();
            let read = if file == "-" {
                std::io::stdin().read_to_string(&mut text).map(|_| ())
            } else {
                std::fs::read_to_string(file).map(|t| text = t)
            };
            read.map_err(|e| CliError::new(Exit::Storage, format!("cannot read {file}: {e}")))?;
            // Editors on Windows begin a file with a byte order mark, which is no part of a statement.
            let statements = text.strip_prefix('\u{feff}').unwrap_or(&text).to_owned();
            texts.push((format!("{file}: "), statements));
        }
        if texts.is_empty() {
            return Err(CliError::usage("nothing to run; give SQL with -c, or a file with -f (- for standard input)"));
        }
        Ok(texts)
    }

    async fn one(
        &self,
        engine: &Engine,
        statement: Statement,
        text: &str,
        params: Params,
        output: &mut Output,
    ) -> Result<(), CliError> {
        let started = Instant::now();
        let mut running = engine.run(statement, params);
        let mut renderer = None;
        let mut measures: Option<Measures> = None;
        let spinner = progress::spinner();
        let mut tick = tokio::time::interval_at((started + QUIET).into(), std::time::Duration::from_millis(150));
        loop {
            let event = tokio::select! {
                event = running.next() => event,
                _ = tick.tick(), if !spinner.is_hidden() => {
                    if let Some(measures) = &measures {
                        spinner.set_message(progress::query_line(&measures.read(), started.elapsed()));
                    }
                    spinner.tick();
                    continue;
                }
            };
            let name = output.name();
            let failed = |e| CliError::render(&name, &e);
            match event {
                Some(Event::Started(schema, m)) => {
                    measures = Some(m);
                    // Statements such as CREATE VIEW have no result.
                    if !schema.fields().is_empty() {
                        renderer = Some(output.begin(schema)?);
                    }
                }
                Some(Event::Batch(batch)) => {
                    if let Some(renderer) = &mut renderer {
                        clear(&spinner);
                        renderer.write(&batch).map_err(failed)?;
                    }
                }
                Some(Event::Failed(e)) => {
                    clear(&spinner);
                    return Err(pointed(e, text));
                }
                Some(Event::Finished) | None => break,
            }
        }
        clear(&spinner);
        let name = output.name();
        let summary = renderer.map(|r| r.finish()).transpose().map_err(|e| CliError::render(&name, &e))?;
        let rows = summary.as_ref().map_or(0, |s| s.rows);
        if let Some(s) = summary.filter(|s| s.is_cut() && !is_table(output)) {
            talk(&format!("{} rows, {} shown", s.rows, s.shown));
        }
        if self.stats {
            let ms = u64::try_from(started.elapsed().as_millis()).unwrap_or(u64::MAX);
            let stats = QueryStats { rows, ms, ..measures.map(|m| m.read()).unwrap_or_default() };
            talk(&serde_json::to_string(&stats).unwrap_or_default());
        }
        Ok(())
    }
}

/// An error with the line of the text that it is in.
fn pointed(error: EngineError, text: &str) -> CliError {
    CliError { text: shell::pointed(&error, text), ..error.into() }
}

/// An error that says in which text it is.
fn named(name: &str, error: CliError) -> CliError {
    if error.text.is_empty() { error } else { CliError { text: format!("{name}{}", error.text), ..error } }
}

/// Whether `text` begins with `word` as a whole.
fn is_word(text: &str, word: &str) -> bool {
    text.strip_prefix(word).is_some_and(|rest| !rest.starts_with(|c: char| c.is_alphanumeric() || c == '_'))
}

fn is_table(output: &Output) -> bool {
    use crate::render::Format;
    matches!(output.format(), Format::Table | Format::Vertical)
}

fn clear(spinner: &ProgressBar) {
    spinner.finish_and_clear();
}

/// A line on stderr.
pub(super) fn talk(text: &str) {
    use std::io::Write;
    // Nothing can be done about a broken stderr.
    let _ = writeln!(std::io::stderr(), "{text}");
}
