//! Time, category and resource of a record, from what it says and what its path says.

use super::assemble::Mode;
use super::json::Value;
use super::record_builder::{Problem, category_of_operation};
use super::times::parse_us;
use crate::model::{Category, RejectCode, ResourceId, Ticks, parse_iso};

/// The time of a record. `other_zone`: there is one, but in a zone that cannot be known.
pub(crate) fn time(mode: Mode, found: Option<(Value<'_>, &str)>, other_zone: bool) -> Result<Ticks, Problem> {
    let Some((value, text)) = found else {
        if other_zone {
            let detail = "the time zone of TimeGenerated is not UTC: re-export in UTC";
            return Err(Problem::new(RejectCode::BadTime, detail));
        }
        return Err(Problem::new(RejectCode::NoTime, ""));
    };
    let ticks = match value {
        Value::Text(_) | Value::Escaped(_) | Value::Plain(_) if mode == Mode::Row => {
            parse_iso(text).or_else(|| parse_us(text))
        }
        Value::Text(_) | Value::Escaped(_) | Value::Plain(_) => parse_iso(text),
        _ => None,
    };
    ticks.ok_or_else(|| Problem::new(RejectCode::BadTime, text))
}

/// The category and its name as logged.
pub(crate) fn category<'a>(
    logged: &'a str,
    hint: Option<Category>,
    operation: &str,
    keep_unknown: bool,
) -> Result<(Category, &'a str), Problem> {
    if logged.is_empty() {
        let category = hint.or_else(|| category_of_operation(operation));
        return category.map(|c| (c, c.azure_name())).ok_or_else(|| Problem::new(RejectCode::NoCategory, operation));
    }
    match Category::from_azure_name(logged) {
        Some(category) => Ok((category, logged)),
        None if keep_unknown => Ok((Category::Other, logged)),
        None => Err(Problem::new(RejectCode::UnknownCategory, logged)),
    }
}

/// The resource id that the columns subscription, group, provider, type and name spell; empty unless all are there.
pub(crate) fn build_id<'a>(parts: [&str; 5], out: &'a mut String) -> &'a str {
    out.clear();
    if parts.iter().all(|part| !part.is_empty()) {
        for (before, part) in ["/SUBSCRIPTIONS/", "/RESOURCEGROUPS/", "/PROVIDERS/", "/", "/"].into_iter().zip(parts) {
            out.push_str(before);
            out.push_str(part);
        }
    }
    out
}

/// Checks resource ids, remembering the last one.
#[derive(Debug, Default)]
pub(crate) struct Resource {
    checked: String,
    is_gateway: bool,
    type_name: String,
}

impl Resource {
    /// `category`, or what becomes of it for a resource that is no VPN gateway. An empty id says nothing and is allowed.
    pub(crate) fn check(&mut self, id: &str, category: Category, keep_unknown: bool) -> Result<Category, Problem> {
        if id.is_empty() {
            return Ok(category);
        }
        if self.checked != id {
            let parsed = ResourceId::parse(id);
            self.is_gateway = parsed.is_vpn_gateway();
            self.type_name.clear();
            self.type_name.push_str(parsed.resource_type);
            self.checked.clear();
            self.checked.push_str(id);
        }
        match (self.is_gateway, keep_unknown) {
            (true, _) => Ok(category),
            (false, true) => Ok(Category::Other),
            (false, false) => Err(Problem::new(RejectCode::NotAVpnGateway, &self.type_name)),
        }
    }
}
