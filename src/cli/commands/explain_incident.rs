//! `tunnelql explain-incident`.

use std::io::{IsTerminal, Write};

use clap::Args;

use super::super::CliError;
use super::super::data::{DataArgs, LimitArgs};
use super::report::ReportArgs;
use super::supervise;
use crate::engine::Engine;
use crate::report::{self, Asked, Context, ReportFormat};
use crate::shell::{clock, time};

/// Tell the argument for one incident: what happened around it, what proves the cause, what to do.
#[derive(Debug, Args)]
pub struct ExplainIncident {
    /// Its id, from a report or from disconnects.incident_id
    #[arg(value_name = "ID", required_unless_present = "at", conflicts_with = "at")]
    id: Option<String>,

    /// A time at which the tunnel was down: ISO time (UTC), or how long ago
    #[arg(long, value_name = "TIME")]
    at: Option<String>,

    /// Address of the peer, where several were down at that time
    #[arg(long, value_name = "IP", requires = "at")]
    peer: Option<String>,

    #[command(flatten)]
    look: ReportArgs,
    #[command(flatten)]
    data: DataArgs,
    #[command(flatten)]
    limits: LimitArgs,
}

impl ExplainIncident {
    pub fn run(&self) -> Result<(), CliError> {
        let options = self.look.options()?;
        let engine_options = self.data.engine_options(&self.limits)?;
        let now = engine_options.now.unwrap_or_else(clock);
        let engine = Engine::new(&engine_options)?;
        let asked = match (&self.id, &self.at) {
            (Some(id), _) => Asked::Id(id.clone()),
            (None, Some(at)) => Asked::At { time: time("--at", at, now)?, peer: self.peer.clone() },
            (None, None) => return Err(CliError::usage("name an incident by its id, or by --at and --peer")),
        };
        let document = supervise(None, async {
            let context = Context::new(&engine, &options).await?;
            Ok(report::explain(&context, &asked).await?)
        })?;
        let width = match std::io::stdout().is_terminal() {
            true => terminal_size::terminal_size().map_or(100, |(width, _)| usize::from(width.0)),
            false => 120,
        };
        let text = ReportFormat::Terminal(width).render(&document);
        let mut out = std::io::stdout();
        out.write_all(text.as_bytes()).and_then(|()| out.flush()).map_err(|e| CliError::output("stdout", &e))
    }
}
