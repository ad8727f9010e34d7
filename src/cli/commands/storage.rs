//! `tunnelql storage`.

use std::io::Write;

use clap::{Args, Subcommand, ValueEnum};

use super::super::{CliError, Exit};
use super::supervise;
use crate::store::{Location, Outcome, Step, Trouble, probe};

/// Try a place where logs or archives are kept.
#[derive(Debug, Args)]
pub struct Storage {
    #[command(subcommand)]
    action: Action,
}

#[derive(Debug, Subcommand)]
enum Action {
    /// Say step by step what is tried, what it meets and what to do about it
    Test(Test),
}

#[derive(Debug, Args)]
struct Test {
    /// A URL, or a path
    #[arg(value_name = "URL")]
    place: String,

    /// Write a small blob as well, and delete it
    #[arg(long)]
    write: bool,

    /// Form of the steps
    #[arg(long, value_name = "FORMAT", default_value = "text")]
    format: Form,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum Form {
    Text,
    Json,
}

impl Storage {
    pub fn run(&self) -> Result<(), CliError> {
        match &self.action {
            Action::Test(test) => test.run(),
        }
    }
}

impl Test {
    fn run(&self) -> Result<(), CliError> {
        let mut steps = Vec::new();
        let mut unwritten = None;
        let mut each = |step: Step| {
            // Each at once: the next one may take a while.
            if self.format == Form::Text && unwritten.is_none() {
                unwritten = write_step(&step).err();
            }
            steps.push(step);
        };
        match Location::parse(&self.place) {
            Ok(place) if place.stdin => {
                return Err(CliError::usage("standard input is no storage; name a URL or a path"));
            }
            Ok(place) => supervise(None, async {
                probe(&place, self.write, &mut each).await;
                Ok(())
            })?,
            Err(e) => each(Step::failed("url", &Trouble { cause: e.to_string(), remedy: None })),
        }
        if let Some(e) = unwritten {
            return Err(CliError::output("stdout", &e));
        }
        if self.format == Form::Json {
            write_json(&steps).map_err(|e| CliError::output("stdout", &e))?;
        }
        let failed = steps.iter().filter(|s| s.outcome == Outcome::Failed).count();
        match failed {
            0 => Ok(()),
            1 => Err(CliError::new(Exit::Storage, "a step failed")),
            n => Err(CliError::new(Exit::Storage, format!("{n} steps failed"))),
        }
    }
}

fn write_step(step: &Step) -> std::io::Result<()> {
    let mut text =
        format!("{:8} {:11} {}\n", step.outcome.name(), step.name, crate::render::terminal_lines(&step.detail));
    if let Some(remedy) = &step.remedy {
        text.push_str(&format!("{:20} -> {remedy}\n", ""));
    }
    let mut out = std::io::stdout();
    out.write_all(text.as_bytes())?;
    out.flush()
}

fn write_json(steps: &[Step]) -> std::io::Result<()> {
    let rows: Vec<serde_json::Value> = steps
        .iter()
        .map(|s| {
            serde_json::json!({ "step": s.name, "outcome": s.outcome.name(), "detail": s.detail, "remedy": s.remedy })
        })
        .collect();
    writeln!(std::io::stdout(), "{}", serde_json::Value::from(rows))
}
