//! `tunnelql query`.

use std::time::Duration;

use clap::{Args, ValueEnum};

use super::super::data::{DataArgs, LimitArgs, duration};
use super::super::output::OutputArgs;
use super::super::{CliError, settings};
use super::supervise;
use crate::engine::{Params, parse_param};
use crate::shell::{Lang, OnError, Shell, ShellOptions, Source, Stats, talk};

/// Run statements and dot commands over archives and raw exports.
#[derive(Debug, Args)]
pub struct Query {
    /// SQL text or a dot command; several statements are separated by semicolons; may be repeated
    #[arg(short, long = "command", value_name = "SQL", allow_hyphen_values = true)]
    command: Vec<String>,

    /// Script, - for standard input; may be repeated
    #[arg(short, long, value_name = "FILE")]
    file: Vec<String>,

    /// Say what each statement would read, of how much, and which filters skip what, instead of running it
    #[arg(long, conflicts_with_all = ["chart", "stats"])]
    explain: bool,

    /// Language of the statements: sql or kql [default: by the file's name, else sql]
    #[arg(long, value_name = "LANGUAGE")]
    lang: Option<String>,

    #[command(flatten)]
    session: SessionArgs,
}

/// A session that runs statements: how, over which data, to where and within which limits.
#[derive(Debug, Args)]
pub struct SessionArgs {
    #[command(flatten)]
    pub script: ScriptArgs,
    #[command(flatten)]
    pub data: DataArgs,
    #[command(flatten)]
    pub output: OutputArgs,
    #[command(flatten)]
    pub limits: LimitArgs,
}

/// How a script is run.
#[derive(Debug, Args)]
pub struct ScriptArgs {
    /// Value for $NAME in the statement, typed by what it looks like, or NAME:TYPE=VALUE
    #[arg(long, value_name = "NAME=VALUE")]
    param: Vec<String>,

    /// When a statement fails: end, or say so and go on; the first failure decides the exit code
    #[arg(long, value_name = "WHAT", default_value = "stop")]
    on_error: OnErrorArg,

    /// Give up after so long, for example 90s; holds for all statements together
    #[arg(long, value_name = "DURATION", help_heading = "Limits")]
    timeout: Option<String>,

    /// After each statement, a line of JSON on stderr: rows, ms, files and bytes read of how many
    #[arg(long, help_heading = "Output")]
    stats: bool,
}

#[derive(Debug, Clone, Copy, ValueEnum)]
enum OnErrorArg {
    Stop,
    Continue,
}

impl ScriptArgs {
    /// Whether counters are wanted.
    pub fn has_stats(&self) -> bool {
        self.stats
    }

    /// The time limit: the argument's or the setting's.
    pub fn timeout(&self) -> Result<Option<Duration>, CliError> {
        match self.timeout.as_deref() {
            Some(text) => duration("--timeout", text).map(Some),
            None => settings::parsed("timeout", |t| duration("timeout", t)),
        }
    }

    /// What a failure means.
    pub fn on_error(&self) -> OnError {
        match self.on_error {
            OnErrorArg::Stop => OnError::Stop,
            OnErrorArg::Continue => OnError::Continue,
        }
    }

    /// Values of parameters.
    pub fn params(&self) -> Result<Params, CliError> {
        self.param.iter().map(|p| parse_param(p).map_err(CliError::usage)).collect()
    }
}

impl Query {
    pub fn run(&self) -> Result<(), CliError> {
        let mut sources: Vec<Source> = self.command.iter().map(|c| Source::argument(c)).collect();
        for file in &self.file {
            sources.push(Source::read(file)?);
        }
        if sources.is_empty() {
            return Err(CliError::usage("nothing to run; give SQL with -c, or a file with -f (- for standard input)"));
        }
        run_sources(
            &sources,
            &self.session,
            Mode {
                programs: true,
                explains: self.explain,
                lang: self.lang.as_deref().map(Lang::from_name).transpose()?.unwrap_or_default(),
            },
        )
    }
}

/// What texts may do and what is done with them.
#[derive(Debug, Clone, Copy, Default)]
pub struct Mode {
    /// They may run programs.
    pub programs: bool,
    /// Statements are explained instead of run.
    pub explains: bool,
    /// The language of statements, where no file's name says another.
    pub lang: Lang,
}

/// Runs texts one after the other in one session.
pub fn run_sources(sources: &[Source], session: &SessionArgs, mode: Mode) -> Result<(), CliError> {
    let script = &session.script;
    let (params, timeout) = (script.params()?, script.timeout()?);
    let mut shell = Shell::new(ShellOptions {
        output: session.output.output()?,
        engine: session.data.engine_options(&session.limits)?,
        params: params.clone(),
        stats: if script.stats { Stats::Json } else { Stats::Off },
        on_error: script.on_error(),
        interactive: false,
        explains: mode.explains,
        programs: mode.programs,
        editor: settings::get("editor").map(|v| v.text().to_owned()),
    })?;
    shell.set_lang(mode.lang);
    if sources.iter().all(Source::is_blank) {
        return Err(CliError::usage("there is no statement to run"));
    }
    sources.iter().try_for_each(|source| shell.check(source))?;
    for (name, _) in &params {
        if !sources.iter().any(|source| source.may_use(name)) {
            talk(&format!("tunnelql: no statement uses ${name}"));
        }
    }
    supervise(timeout, async {
        for source in sources {
            shell.run(source, &script.param).await?;
        }
        shell.outcome()
    })
}
