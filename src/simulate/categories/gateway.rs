//! GatewayDiagnosticLog: configuration changes and maintenance.

use crate::model::Category;
use crate::simulate::format::{guid, text};

use super::{Hour, Lines, head, within};

/// Writes the hour's rows.
pub(super) fn write(hour: &Hour<'_>, to: &mut impl Lines) -> std::io::Result<()> {
    let mut line = Vec::new();
    for row in within(&hour.gateway.gateway_rows, |r| r.at, hour.from, hour.to) {
        line.clear();
        head(&mut line, hour, row.at, Category::Gateway, row.operation, "Informational");
        if !row.message.is_empty() {
            text(&mut line, "\"message\":\"");
            text(&mut line, row.message);
            text(&mut line, "\",");
        }
        text(&mut line, "\"operationStatus\":\"Success\",");
        if let Some(configuration) = &row.configuration {
            text(&mut line, "\"configuration\":");
            text(&mut line, configuration);
            text(&mut line, ",");
        }
        text(&mut line, "\"clientOperationId\":\"");
        line.extend_from_slice(&guid(row.ids.0, row.ids.1, false));
        text(&mut line, "\",\"correlationRequestId\":\"");
        line.extend_from_slice(&guid(row.ids.1, row.ids.0, false));
        text(&mut line, "\"}}\n");
        to.record(row.at, &line)?;
    }
    Ok(())
}
