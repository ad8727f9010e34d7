//! Functions over messages of IKEDiagnosticLog.

pub(super) mod default_proposals;
pub(super) mod error;
pub(super) mod field;
pub(super) mod fields;
pub(super) mod parse;
pub(super) mod proposal_diff;
pub(super) mod proposals;
pub(super) mod share;
pub(super) mod traffic_selectors;
