//! One JSON object a line for each finding and for each that has ended; nothing at all without any.

use super::Spec;
use super::document::{findings, one_line, resolved};

pub(super) const SPEC: Spec = Spec {
    name: "ndjson",
    extensions: &["ndjson", "jsonl"],
    write: |outcome, _| {
        let items = findings(outcome).into_iter().chain(resolved(outcome));
        items.map(|item| one_line(&item) + "\n").collect()
    },
};
