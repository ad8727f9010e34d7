//! `.range`.

use super::{Args, Argument, Command};
use crate::shell::{Failure, Shell};

pub const COMMAND: Command = Command {
    name: "range",
    aliases: &[],
    usage: "[TABLE]",
    brief: "Say from when to when there is data, with gaps",
    help: "Shows for each log from when to when there is data and the gaps of more than a day, from the lists of files alone: nothing is read. With a table, lists its gaps. The session's time range does not narrow it.",
    arguments: &[Argument::Table],
    run: |shell, args| Box::pin(run(shell, args)),
};

/// Each file with the newest event of all that begin before it: a file may lie within another's times.
const FILES: &str = "SELECT table_name, min_time, max_time, rows, bytes, max(max_time) OVER (PARTITION BY table_name \
                     ORDER BY min_time, max_time ROWS BETWEEN UNBOUNDED PRECEDING AND 1 PRECEDING) AS before \
                     FROM system.files WHERE table_name IS NOT NULL AND min_time IS NOT NULL";

async fn run(shell: &mut Shell, args: Args) -> Result<(), Failure> {
    match args.optional()? {
        None => {
            let sql = format!(
                "SELECT table_name, min(min_time) AS first, max(max_time) AS last, \
                 max(max_time) - min(min_time) AS span, \
                 count(*) FILTER (WHERE min_time - before > INTERVAL '1 day') AS gaps, \
                 max(min_time - before) FILTER (WHERE min_time - before > INTERVAL '1 day') AS longest_gap, \
                 count(*) AS files, sum(rows) AS rows, sum(bytes) AS bytes FROM ({FILES}) GROUP BY 1 ORDER BY 1"
            );
            shell.show(&sql, Vec::new()).await
        }
        Some(table) => {
            let sql = format!(
                "SELECT table_name, before AS no_data_from, min_time AS no_data_to, min_time - before AS gap \
                 FROM ({FILES}) WHERE min_time - before > INTERVAL '1 day' AND table_name = $table ORDER BY before"
            );
            shell.show(&sql, vec![("table".to_owned(), table.to_ascii_lowercase().as_str().into())]).await
        }
    }
}
