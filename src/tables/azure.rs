//! `AzureDiagnostics` and the five category names, with exactly the columns and types of Log Analytics.
//!
//! Source: Microsoft Learn, "AzureDiagnostics" table reference, and the published VPN gateway queries. Log Analytics
//! creates a suffixed column when the first event carries it; here all of them are always there, though empty.

use std::sync::Arc;

use arrow::datatypes::DataType;
use datafusion::catalog::TableProvider;
use datafusion::common::{Column, Result};
use datafusion::datasource::ViewTable;
use datafusion::functions::expr_fn::{lower, upper};
use datafusion::logical_expr::{Expr, LogicalPlan, LogicalPlanBuilder, cast, lit, try_cast};
use tunnelql_udfs::json_text;

use super::catalog::Data;
use crate::model::Category;
use crate::schema::columns::table_schema;

const ALL_CATEGORIES: &str = "AzureDiagnostics";

/// The names of the views.
pub fn view_names() -> impl Iterator<Item = &'static str> {
    std::iter::once(ALL_CATEGORIES).chain(Category::VPN.into_iter().map(Category::azure_name))
}

/// Whether it is one of them, in any case.
pub fn is_view(name: &str) -> bool {
    view_names().any(|v| v.eq_ignore_ascii_case(name))
}

/// The view of that name, in any case.
pub async fn view(data: &Data, name: &str) -> Result<Option<Arc<dyn TableProvider>>> {
    let categories: Vec<Category> = match Category::from_azure_name(name) {
        Some(category) => vec![category],
        None if name.eq_ignore_ascii_case(ALL_CATEGORIES) => Category::VPN.to_vec(),
        None => return Ok(None),
    };
    let mut all: Option<LogicalPlan> = None;
    for category in categories {
        let plan = LogicalPlanBuilder::from(data.log_plan(category).await?).project(columns(category))?.build()?;
        all = Some(match all {
            None => plan,
            Some(before) => LogicalPlanBuilder::from(before).union(plan)?.build()?,
        });
    }
    Ok(all.map(|plan| Arc::new(ViewTable::new(plan, None)) as Arc<dyn TableProvider>))
}

/// Where a column of Azure's comes from.
enum From {
    /// A column of the log table, where it has it.
    Column(&'static str),
    /// The same in upper case.
    Upper(&'static str),
    /// The same in lower case.
    Lower(&'static str),
    /// A key of `properties`.
    Property(&'static str),
    /// A path in `configuration`.
    Configuration(&'static [&'static str]),
    /// The same as a number.
    ConfigurationNumber(&'static [&'static str]),
    /// A constant.
    Text(&'static str),
    /// The category's name.
    Category,
}

const COLUMNS: &[(&str, From)] = &[
    ("TimeGenerated", From::Column("time")),
    ("Category", From::Category),
    ("OperationName", From::Column("operation")),
    ("Message", From::Column("message")),
    ("Level", From::Column("level")),
    ("Resource", From::Upper("gateway")),
    ("ResourceGroup", From::Upper("resource_group")),
    ("SubscriptionId", From::Lower("subscription_id")),
    ("ResourceProvider", From::Text("MICROSOFT.NETWORK")),
    ("ResourceType", From::Upper("resource_type")),
    ("ResourceId", From::Upper("resource_id")),
    ("_ResourceId", From::Lower("resource_id")),
    ("CorrelationId", From::Property("correlationId")),
    ("ResultType", From::Property("resultType")),
    ("ResultDescription", From::Property("resultDescription")),
    ("TenantId", From::Property("tenantId")),
    ("SourceSystem", From::Text("Azure")),
    ("Type", From::Text("AzureDiagnostics")),
    ("remoteIP_s", From::Column("remote_ip")),
    ("instance_s", From::Column("instance_name")),
    ("status_s", From::Column("status")),
    ("stateChangeReason_s", From::Column("state_change_reason")),
    ("operationStatus_s", From::Column("operation_status")),
    ("configuration_GatewaySku_s", From::Configuration(&["GatewaySku"])),
    ("configuration_GatewayMode_s", From::Configuration(&["GatewayMode"])),
    ("configuration_VIPAddress_s", From::Configuration(&["VIPAddress"])),
    ("configuration_VPNClientAddressPool_s", From::Configuration(&["VPNClientAddressPool"])),
    ("configuration_ConnectionTrafficType_s", From::Configuration(&["ConnectionTrafficType"])),
    (
        "configuration_BgpConfiguration_GatewayConfig_Asn_d",
        From::ConfigurationNumber(&["BgpConfiguration", "GatewayConfig", "Asn"]),
    ),
    ("ClientOperationId_g", From::Property("clientOperationId")),
    ("CorrelationRequestId_g", From::Property("correlationRequestId")),
    ("AdditionalFields", From::Column("properties")),
];

/// The columns of the views with their types.
pub fn column_types() -> impl Iterator<Item = (&'static str, DataType)> {
    COLUMNS.iter().map(|(name, from)| {
        let data_type = match from {
            From::Column("time") => DataType::Timestamp(arrow::datatypes::TimeUnit::Nanosecond, Some("UTC".into())),
            From::ConfigurationNumber(_) => DataType::Float64,
            _ => DataType::Utf8View,
        };
        (*name, data_type)
    })
}

/// What a column of the views holds.
pub fn meaning(column: &str) -> Option<&'static str> {
    let (_, from) = COLUMNS.iter().find(|(name, _)| *name == column)?;
    Some(match from {
        From::Column(c) | From::Upper(c) | From::Lower(c) => {
            crate::schema::columns::COLUMNS.iter().find(|known| known.name == *c)?.meaning
        }
        From::Property(_) => "From the record's properties; null when it has none.",
        From::Configuration(_) | From::ConfigurationNumber(_) => {
            "From the configuration that the gateway operation applied."
        }
        From::Text(_) => "The same in every row, as in Log Analytics.",
        From::Category => "Azure's name of the log.",
    })
}

fn columns(category: Category) -> Vec<Expr> {
    let table = table_schema(category);
    let text = DataType::Utf8View;
    // An IKE record's remote address stands in its message; Azure has no column for it.
    let has = |name: &str| table.field_with_name(name).is_ok() && !(category == Category::Ike && name == "remote_ip");
    let column = |name: &str| {
        if has(name) {
            Expr::Column(Column::from_name(name))
        } else {
            cast(lit(datafusion::common::ScalarValue::Null), text.clone())
        }
    };
    let path = |name: &str, keys: &[&str]| {
        let mut arguments = vec![column(name)];
        arguments.extend(keys.iter().map(|k| lit(*k)));
        json_text().call(arguments)
    };
    COLUMNS
        .iter()
        .map(|(name, from)| {
            let expr = match from {
                From::Column("time") => column("time"),
                From::Column(c) => column(c),
                From::Upper(c) => upper(column(c)),
                From::Lower(c) => lower(column(c)),
                From::Property(key) => path("properties", &[key]),
                From::Configuration(keys) => path("configuration", keys),
                From::ConfigurationNumber(keys) => try_cast(path("configuration", keys), DataType::Float64),
                From::Text(t) => lit(*t),
                From::Category => lit(category.azure_name()),
            };
            let is_text = !matches!(from, From::Column("time") | From::ConfigurationNumber(_));
            let expr = if is_text { cast(expr, text.clone()) } else { expr };
            expr.alias(*name)
        })
        .collect()
}
