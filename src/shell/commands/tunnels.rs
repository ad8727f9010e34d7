//! `.tunnels`.

use super::{Args, Command};
use crate::shell::{Failure, Shell};

pub const COMMAND: Command = Command {
    name: "tunnels",
    aliases: &[],
    usage: "",
    brief: "List the tunnels and how they stand",
    help: "Lists each tunnel (gateway and peer) with its last status, when and on which instance that was, and how often it connected and disconnected, in the session's time range.",
    arguments: &[],
    run: |shell, args| Box::pin(run(shell, args)),
};

const TUNNELS: &str = "SELECT gateway, remote_ip, last_value(status ORDER BY time) AS status, max(time) AS since, \
                       last_value(instance ORDER BY time) AS instance, \
                       count(*) FILTER (WHERE status = 'Connected') AS connected, \
                       count(*) FILTER (WHERE status = 'Disconnected') AS disconnected, min(time) AS first \
                       FROM tunnel_log GROUP BY gateway, resource_id, remote_ip ORDER BY gateway, remote_ip";

async fn run(shell: &mut Shell, args: Args) -> Result<(), Failure> {
    args.none()?;
    shell.show(TUNNELS, Vec::new()).await
}
