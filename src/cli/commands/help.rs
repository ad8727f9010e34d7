//! `tunnelql help`.

use std::io::Write;

use clap::Args;

use super::super::help::{TOPICS, topic};
use super::super::{CliError, command};
use crate::config::nearest;

/// Explain a topic or a command at length.
#[derive(Debug, Args)]
pub struct Help {
    /// A topic or a command; without one, what there is
    #[arg(value_name = "TOPIC")]
    topic: Option<String>,
}

impl Help {
    pub fn run(&self) -> Result<(), CliError> {
        let text = match &self.topic {
            None => overview(),
            Some(name) => about(name)?,
        };
        let mut out = std::io::stdout();
        out.write_all(text.as_bytes()).and_then(|()| out.flush()).map_err(|e| CliError::output("stdout", &e))
    }
}

fn overview() -> String {
    let mut text = command().render_help().to_string();
    text.push_str("\nTopics of 'tunnelql help TOPIC':\n");
    for topic in TOPICS {
        text.push_str(&format!("  {:12} {}\n", topic.name, topic.title()));
    }
    text
}

fn about(name: &str) -> Result<String, CliError> {
    if let Some(topic) = topic(name) {
        return Ok(topic.text.to_owned());
    }
    let mut command = command();
    command.build();
    let names: Vec<String> = command.get_subcommands().map(|c| c.get_name().to_owned()).collect();
    if let Some(found) = command.find_subcommand_mut(name) {
        return Ok(found.render_long_help().to_string());
    }
    let known = || TOPICS.iter().map(|t| t.name).chain(names.iter().map(String::as_str));
    let hint = nearest(name, known()).map_or_else(
        || format!("topics are {}", TOPICS.iter().map(|t| t.name).collect::<Vec<_>>().join(", ")),
        |near| format!("did you mean {near}?"),
    );
    Err(CliError::usage(format!("there is no help on '{name}'; {hint}")))
}
