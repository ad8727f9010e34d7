//! `tunnelql status`.

use clap::Args;

use super::super::data::{DataArgs, LimitArgs};
use super::super::output::OutputArgs;
use super::super::{CliError, Exit};
use super::supervise;
use crate::engine::{Engine, Event, Params};
use crate::shell::STATUS;

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

impl Status {
    pub fn run(&self) -> Result<(), CliError> {
        let engine = Engine::new(&self.data.engine_options(&self.limits)?)?;
        let mut output = self.output.output()?;
        let statements = engine.parse(STATUS)?;
        supervise(None, async {
            for statement in statements {
                let mut running = engine.run(statement, Params::new());
                let mut begun = None;
                while let Some(event) = running.next().await {
                    match event {
                        Event::Started(schema, _) => begun = Some(output.begin(schema, "status")?),
                        Event::Batch(batch) => {
                            if let Some(begun) = &mut begun {
                                begun.write(&batch)?;
                            }
                        }
                        Event::Failed(e) => return Err(e.into()),
                        Event::Noted(_) | Event::Charted(_) => {}
                        Event::Finished => break,
                    }
                }
                match begun {
                    Some(begun) => begun.finish()?,
                    None => return Err(CliError::new(Exit::Query, "the status query gave no result")),
                };
            }
            Ok(())
        })
    }
}
