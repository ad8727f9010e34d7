//! Functions over messages of P2SDiagnosticLog.

pub(super) mod parse;
