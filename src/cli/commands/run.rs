//! `tunnelql run`.

use std::io::Write;

use clap::Args;

use super::super::CliError;
use super::query::{Mode, SessionArgs, run_sources};
use crate::render::terminal_lines;
use crate::shell::{Source, find_query, list_queries, query_table, talk};

/// Run a query that has a name; without one, list them.
#[derive(Debug, Args)]
pub struct Run {
    /// Its name, or the end of it when only one query has it: worst-tunnels
    #[arg(value_name = "NAME")]
    name: Option<String>,

    /// Write the query's text instead of running it
    #[arg(long)]
    show: bool,

    /// Say what it would read and which requests that takes, instead of running it
    #[arg(long, visible_alias = "explain", conflicts_with_all = ["chart", "stats"])]
    dry_run: bool,

    #[command(flatten)]
    session: SessionArgs,
}

impl Run {
    pub fn run(&self) -> Result<(), CliError> {
        let write = |text: &str| {
            let mut out = std::io::stdout();
            let text = terminal_lines(text.trim_end()) + "\n";
            out.write_all(text.as_bytes()).and_then(|()| out.flush()).map_err(|e| CliError::output("stdout", &e))
        };
        let Some(name) = &self.name else { return write(&query_table()) };
        let query = find_query(name)?;
        if self.show {
            return write(&query.text);
        }
        // A folder that someone else filled may hold a query of a name that is built in as well.
        if query.file.is_some() && list_queries().iter().any(|q| q.name == query.name && q.file.is_none()) {
            talk(&format!("tunnelql: running {}, not the built-in query of that name", query.origin()));
        }
        let label = query.file.as_ref().map_or_else(|| query.name.clone(), |f| f.display().to_string());
        let source = Source { stem: query.name.clone(), ..Source::named(&label, &query.text) };
        // Queries ask; a file found by its name runs no programs.
        run_sources(&[source], &self.session, Mode { explains: self.dry_run, ..Mode::default() })
    }
}
