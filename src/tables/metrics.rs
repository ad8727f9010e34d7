//! `AzureMetrics`, with exactly the columns and types of Log Analytics, and without rows: exports of a gateway's diagnostic
//! logs hold no metrics. Published queries over it run, and whoever asks is told why there is nothing.
//!
//! Source: Microsoft Learn, "AzureMetrics" table reference.

use std::sync::Arc;

use arrow::datatypes::{DataType, Field, Schema, TimeUnit};
use datafusion::catalog::TableProvider;
use datafusion::datasource::empty::EmptyTable;
use datafusion::logical_expr::LogicalPlan;

use Kind::{Int, Long, Real, Text, Time};

/// The table's name.
pub const NAME: &str = "AzureMetrics";

const NOTE: &str = "AzureMetrics is always empty: exports of gateway diagnostics hold logs and no metrics";

#[derive(Clone, Copy)]
enum Kind {
    Time,
    Text,
    Real,
    Long,
    Int,
}

impl Kind {
    fn data_type(self) -> DataType {
        match self {
            Time => DataType::Timestamp(TimeUnit::Nanosecond, Some("UTC".into())),
            Text => DataType::Utf8View,
            Real => DataType::Float64,
            Long => DataType::Int64,
            Int => DataType::Int32,
        }
    }
}

const COLUMNS: &[(&str, Kind, &str)] = &[
    (
        "TimeGenerated",
        Time,
        "When the record was made (UTC). The table is always empty: exports of gateway diagnostics hold logs and no metrics.",
    ),
    ("Average", Real, "The average of the values in the time range."),
    ("_BilledSize", Real, "The record's size in bytes."),
    ("CallerIpAddress", Text, "Deprecated."),
    ("Category", Text, "Deprecated."),
    ("Confidence", Text, "Deprecated."),
    ("CorrelationId", Text, "Deprecated."),
    ("Count", Real, "The number of samples in the time range."),
    ("Description", Text, "Deprecated."),
    ("DurationMs", Long, "Deprecated."),
    ("FirstReportedDateTime", Text, "Deprecated."),
    ("IndicatorThreatType", Text, "Deprecated."),
    ("IsActive", Text, "Deprecated."),
    ("_IsBillable", Text, "Whether taking in the record is billed."),
    ("LastReportedDateTime", Text, "Deprecated."),
    ("MaliciousIP", Text, "Deprecated."),
    ("Maximum", Real, "The largest value in the time range."),
    ("MetricName", Text, "The metric's name."),
    ("Minimum", Real, "The smallest value in the time range."),
    ("OperationName", Text, "Deprecated."),
    ("OperationVersion", Text, "Deprecated."),
    ("RemoteIPCountry", Text, "Deprecated."),
    ("RemoteIPLatitude", Real, "Deprecated."),
    ("RemoteIPLongitude", Real, "Deprecated."),
    ("Resource", Text, "The name of the resource that the metric is about."),
    ("ResourceGroup", Text, "The resource's group."),
    ("ResourceId", Text, "The resource's path."),
    ("_ResourceId", Text, "The resource's path in lower case."),
    ("ResourceProvider", Text, "The resource's provider."),
    ("ResultDescription", Text, "Deprecated."),
    ("ResultSignature", Text, "Deprecated."),
    ("ResultType", Text, "Deprecated."),
    ("Severity", Int, "Deprecated."),
    ("SourceSystem", Text, "What collected the record."),
    ("SubscriptionId", Text, "The resource's subscription."),
    ("_SubscriptionId", Text, "The subscription that the record belongs to."),
    ("TimeGrain", Text, "The length of the time range, such as PT1M."),
    ("TLPLevel", Text, "Deprecated."),
    ("Total", Real, "The sum of the values in the time range."),
    ("Type", Text, "The table's name."),
    ("UnitName", Text, "The metric's unit."),
];

/// Whether it is the table's name, in any case.
pub fn is_table(name: &str) -> bool {
    name.eq_ignore_ascii_case(NAME)
}

/// The columns with their types.
pub fn column_types() -> impl Iterator<Item = (&'static str, DataType)> {
    COLUMNS.iter().map(|(name, kind, _)| (*name, kind.data_type()))
}

/// What a column holds.
pub fn meaning(column: &str) -> Option<&'static str> {
    COLUMNS.iter().find(|(name, ..)| *name == column).map(|(_, _, meaning)| *meaning)
}

/// The table.
pub fn provider() -> Arc<dyn TableProvider> {
    let fields: Vec<Field> = column_types().map(|(name, data_type)| Field::new(name, data_type, true)).collect();
    Arc::new(EmptyTable::new(Arc::new(Schema::new(fields))))
}

/// Why a table can have no rows, when it cannot.
pub fn empty_table(name: &str) -> Option<&'static str> {
    is_table(name).then_some(NOTE)
}

/// The same of the tables that a plan reads.
pub fn empty_note(plan: &LogicalPlan) -> Option<&'static str> {
    use datafusion::common::tree_node::TreeNodeRecursion;
    let mut found = false;
    let walked = plan.apply_with_subqueries(|node| {
        match node {
            LogicalPlan::TableScan(scan) if is_table(scan.table_name.table()) => found = true,
            LogicalPlan::TableScan(scan) => {
                found |= scan.source.get_logical_plan().is_some_and(|inner| empty_note(&inner).is_some());
            }
            _ => {}
        }
        Ok(if found { TreeNodeRecursion::Stop } else { TreeNodeRecursion::Continue })
    });
    (walked.is_ok() && found).then_some(NOTE)
}
