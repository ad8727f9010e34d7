//! What a session offers to completion: what the engine knows, and what the shell alone does.

use super::commands;
use super::complete::{Command, Values, Vocabulary};
use super::{Lang, Shell, queries};
use crate::engine::lex::Dialect;
use crate::render::Format;

/// Everything that can be written in a session, with the values that are known by now.
pub fn vocabulary(shell: &Shell, values: &Values) -> Vocabulary {
    Vocabulary {
        dialect: match shell.lang() {
            Lang::Sql => Dialect::Sql,
            Lang::Kql => Dialect::Kql,
        },
        commands: commands::ALL.iter().map(command).collect(),
        formats: Format::ALL.iter().map(|f| f.name().to_owned()).collect(),
        queries: queries::list().into_iter().map(|q| q.name).collect(),
        parameters: shell.params.iter().map(|(name, _)| name.clone()).collect(),
        values: values.clone(),
        ..Vocabulary::of(shell.engine())
    }
}

fn command(command: &commands::Command) -> Command {
    Command {
        name: command.name.to_owned(),
        aliases: command.aliases.iter().map(|a| (*a).to_owned()).collect(),
        brief: command.brief.to_owned(),
        arguments: command.arguments.to_vec(),
    }
}
