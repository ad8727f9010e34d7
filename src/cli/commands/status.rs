//! `tunnelql status`.

use clap::Args;

use super::super::data::{DataArgs, LimitArgs};
use super::super::output::{Output, OutputArgs};
use super::super::{CliError, Exit};
use super::supervise;
use crate::engine::{Engine, Event, Params};

/// Say what an archive or an export holds: tables, rows, files, bytes and times.
#[derive(Debug, Args)]
pub struct Status {
    #[command(flatten)]
    data: DataArgs,
    #[command(flatten)]
    output: OutputArgs,
    #[command(flatten)]
    limits: LimitArgs,
}

/// From the archive's log alone; raw blobs are listed, not read.
const STATUS: &str = "SELECT coalesce(table_name, CASE kind WHEN 'archive' THEN 'ledger and rejects' ELSE 'unknown' END) AS table_name, \
                      kind, sum(rows) AS rows, count(*) AS files, sum(bytes) AS bytes, min(min_time) AS first, max(max_time) AS last \
                      FROM system.files GROUP BY 1, 2 ORDER BY kind, 1";

impl Status {
    pub fn run(&self) -> Result<(), CliError> {
        let engine = Engine::new(&self.data.engine_options(&self.limits)?)?;
        let mut output = Output::new(&self.output)?;
        let statements = engine.parse(STATUS)?;
        supervise(None, async {
            for statement in statements {
                let mut running = engine.run(statement, Params::new());
                let mut renderer = None;
                while let Some(event) = running.next().await {
                    let failed = |e| CliError::render("stdout", &e);
                    match event {
                        Event::Started(schema, _) => renderer = Some(output.begin(schema)?),
                        Event::Batch(batch) => {
                            if let Some(r) = &mut renderer {
                                r.write(&batch).map_err(failed)?;
                            }
                        }
                        Event::Failed(e) => return Err(e.into()),
                        Event::Finished => break,
                    }
                }
                match renderer.map(|r| r.finish()) {
                    Some(Ok(_)) => {}
                    Some(Err(e)) => return Err(CliError::render("stdout", &e)),
                    None => return Err(CliError::new(Exit::Query, "the status query gave no result")),
                }
            }
            Ok(())
        })
    }
}
