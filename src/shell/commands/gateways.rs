//! `.gateways`.

use super::{Args, Command};
use crate::shell::{Failure, Shell};

pub const COMMAND: Command = Command {
    name: "gateways",
    aliases: &[],
    usage: "",
    brief: "List the gateways in the data",
    help: "Lists each gateway with how many rows each log has of it and their times, in the session's time range. Of raw exports this reads everything.",
    arguments: &[],
    run: |shell, args| Box::pin(run(shell, args)),
};

const LOGS: &[&str] = &["gateway_log", "tunnel_log", "route_log", "ike_log", "p2s_log"];

async fn run(shell: &mut Shell, args: Args) -> Result<(), Failure> {
    args.none()?;
    let one = |log: &&str| {
        format!("SELECT gateway, resource_id, '{log}' AS log, count(*) AS n, min(time) AS a, max(time) AS z FROM {log} GROUP BY 1, 2")
    };
    let logs = LOGS.iter().map(one).collect::<Vec<_>>().join(" UNION ALL ");
    let counts = LOGS.iter().map(|log| format!("coalesce(sum(n) FILTER (WHERE log = '{log}'), 0) AS {log}"));
    let counts = counts.collect::<Vec<_>>().join(", ");
    let sql = format!(
        "SELECT gateway, min(a) AS first, max(z) AS last, {counts}, resource_id FROM ({logs}) \
         GROUP BY gateway, resource_id ORDER BY gateway, resource_id"
    );
    shell.show(&sql, Vec::new()).await
}
