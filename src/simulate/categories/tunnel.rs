//! TunnelDiagnosticLog: tunnels connected and disconnected.

use crate::model::Category;
use crate::simulate::format::text;
use crate::simulate::plan::instance_name;

use super::{Hour, Lines, head, within};

/// Writes the hour's rows.
pub(super) fn write(hour: &Hour<'_>, to: &mut impl Lines) -> std::io::Result<()> {
    let mut line = Vec::new();
    for row in within(&hour.gateway.tunnel_rows, |r| r.at, hour.from, hour.to) {
        let Some(peer) = hour.gateway.peers.get(row.peer) else { continue };
        let (operation, status) =
            if row.up { ("TunnelConnected", "Connected") } else { ("TunnelDisconnected", "Disconnected") };
        line.clear();
        head(&mut line, hour, row.at, Category::Tunnel, operation, "Informational");
        text(&mut line, "\"instance\":\"");
        text(&mut line, instance_name(row.instance));
        text(&mut line, "\",\"remoteIP\":\"");
        text(&mut line, &peer.ip);
        text(&mut line, "\",\"status\":\"");
        text(&mut line, status);
        text(&mut line, "\",\"stateChangeReason\":\"");
        text(&mut line, row.reason);
        text(&mut line, "\"}}\n");
        to.record(row.at, &line)?;
    }
    Ok(())
}
