//! What a configuration record changes against the one before it.

use std::collections::BTreeMap;

use serde_json::Value;

use super::GatewayEvent;

/// The operations that apply a configuration.
pub const SET_GATEWAY: &str = "SetGatewayConfiguration";
/// The same for one connection.
pub const SET_CONNECTION: &str = "SetConnectionConfiguration";

/// A value that differs.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Difference {
    /// Keys joined by dots; elements of lists in brackets.
    pub path: String,
    /// Text of the value before; `None` when it was not there.
    pub old: Option<String>,
    /// Text of the value now; `None` when it is gone.
    pub new: Option<String>,
}

/// A record of a configuration.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ConfigRecord<'a> {
    /// Index of the event.
    pub event: usize,
    /// The connection, where the configuration or the message names it.
    pub connection: Option<String>,
    /// Whether a record of the same thing came before.
    pub has_previous: bool,
    /// What differs from it; empty for the first one and for a mere repetition.
    pub changed: Vec<Difference>,
    /// The address that the configuration names as the remote side; empty when it names none.
    pub remote: &'a str,
}

impl ConfigRecord<'_> {
    /// Whether something changed, or may have: nobody knows what came before the first record.
    pub fn may_change(&self) -> bool {
        !self.has_previous || !self.changed.is_empty()
    }
}

/// Keys that name a connection; compared without case.
const NAMES: [&str; 4] = ["connectionname", "connectionid", "name", "id"];

fn is_set(operation: &str) -> bool {
    operation.eq_ignore_ascii_case(SET_GATEWAY) || operation.eq_ignore_ascii_case(SET_CONNECTION)
}

/// Compares every configuration record with the one before of the same gateway, operation and connection. `addresses` are
/// the peers' addresses of a gateway, of which a configuration may name one.
pub fn records<'a>(events: &[GatewayEvent<'a>], addresses: &dyn Fn(&str) -> Vec<&'a str>) -> Vec<ConfigRecord<'a>> {
    let mut order: Vec<usize> =
        (0..events.len()).filter(|i| events.get(*i).is_some_and(|e| is_set(e.operation))).collect();
    order.sort_by_key(|i| events.get(*i).map(|e| (e.time, e.place, e.gateway, e.operation, e.configuration)));
    let mut before: BTreeMap<(&str, String, Option<String>), BTreeMap<String, String>> = BTreeMap::new();
    let mut known: BTreeMap<&str, Vec<&'a str>> = BTreeMap::new();
    let mut out = Vec::new();
    for index in order {
        let Some(event) = events.get(index) else { continue };
        let value: Option<Value> = serde_json::from_str(event.configuration).ok();
        let flat = value.as_ref().map(flatten).unwrap_or_default();
        let connection = if event.operation.eq_ignore_ascii_case(SET_CONNECTION) { name(&flat) } else { None };
        let key = (event.gateway, event.operation.to_ascii_lowercase(), connection.clone());
        // A record without a readable configuration says nothing about what changed, and is compared with nothing.
        let (has_previous, changed) = match (flat.is_empty(), before.get(&key)) {
            (true, _) | (_, None) => (false, Vec::new()),
            (false, Some(old)) => (true, differences(old, &flat)),
        };
        if !flat.is_empty() {
            before.insert(key, flat);
        }
        let addresses = known.entry(event.gateway).or_insert_with(|| addresses(event.gateway));
        let remote = addresses.iter().find(|ip| names_address(event.configuration, ip)).copied().unwrap_or_default();
        out.push(ConfigRecord { event: index, connection, has_previous, changed, remote });
    }
    out
}

/// Whether the text has the address in it, not as a part of a longer one.
fn names_address(text: &str, address: &str) -> bool {
    let part = |c: Option<char>| c.is_some_and(|c| c.is_ascii_alphanumeric() || c == '.' || c == ':');
    !address.is_empty()
        && text.match_indices(address).any(|(at, found)| {
            let before = text.get(..at).and_then(|t| t.chars().next_back());
            let after = text.get(at + found.len()..).and_then(|t| t.chars().next());
            !part(before) && !part(after)
        })
}

fn name(flat: &BTreeMap<String, String>) -> Option<String> {
    NAMES.iter().find_map(|key| flat.iter().find(|(path, _)| path.eq_ignore_ascii_case(key)).map(|(_, v)| v.clone()))
}

/// Every leaf of a JSON value with its path; an empty object or list is a leaf, too.
fn flatten(value: &Value) -> BTreeMap<String, String> {
    let mut out = BTreeMap::new();
    // Not recursive: depth is up to whoever wrote the log.
    let mut rest = vec![(String::new(), value)];
    while let Some((path, value)) = rest.pop() {
        match value {
            Value::Object(object) if !object.is_empty() => {
                let below = |key: &str| if path.is_empty() { key.to_owned() } else { format!("{path}.{key}") };
                rest.extend(object.iter().map(|(key, value)| (below(key), value)));
            }
            Value::Array(list) if !list.is_empty() => {
                rest.extend(list.iter().enumerate().map(|(i, value)| (format!("{path}[{i}]"), value)));
            }
            Value::String(text) => {
                out.insert(path, text.clone());
            }
            other => {
                out.insert(path, other.to_string());
            }
        }
    }
    out
}

fn differences(old: &BTreeMap<String, String>, new: &BTreeMap<String, String>) -> Vec<Difference> {
    let paths: std::collections::BTreeSet<&String> = old.keys().chain(new.keys()).collect();
    paths
        .into_iter()
        .filter(|path| old.get(*path) != new.get(*path))
        .map(|path| Difference { path: path.clone(), old: old.get(path).cloned(), new: new.get(path).cloned() })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn event(time: i64, operation: &'static str, configuration: &'static str) -> GatewayEvent<'static> {
        GatewayEvent { time, gateway: "GW", operation, configuration, ..GatewayEvent::default() }
    }

    #[test]
    fn each_record_is_compared_with_the_one_before_of_its_kind() {
        let events = [
            event(1, SET_GATEWAY, r#"{"Sku":"A","Bgp":{"Asn":1},"List":[1,2],"Gone":null}"#),
            event(2, SET_CONNECTION, r#"{"ConnectionName":"c1","RemoteSite":"203.0.113.1","Weight":1}"#),
            event(3, SET_CONNECTION, r#"{"ConnectionName":"c2","RemoteSite":"203.0.113.11","Weight":5}"#),
            event(5, SET_GATEWAY, r#"{"Sku":"A","Bgp":{"Asn":2},"List":[1,3],"New":{}}"#),
            event(4, SET_GATEWAY, r#"{"List":[1,2],"Gone":null,"Bgp":{"Asn":1},"Sku":"A"}"#),
            event(6, SET_CONNECTION, r#"{"ConnectionName":"c1","RemoteSite":"203.0.113.1","Weight":2}"#),
            event(7, SET_GATEWAY, "not json"),
            event(8, "HostMaintenanceEvent", ""),
        ];
        let found = records(&events, &|_| vec!["203.0.113.1", "203.0.113.11"]);
        let told: Vec<_> = found.iter().map(|r| (r.event, r.has_previous, r.changed.len(), r.remote)).collect();
        assert_eq!(
            told,
            [
                (0, false, 0, ""),
                (1, false, 0, "203.0.113.1"),
                (2, false, 0, "203.0.113.11"),
                (4, true, 0, ""),
                (3, true, 4, ""),
                (5, true, 1, "203.0.113.1"),
                (6, false, 0, "")
            ]
        );
        assert!(found[0].may_change() && !found[3].may_change() && found[4].may_change());
        let paths: Vec<_> =
            found[4].changed.iter().map(|c| (c.path.as_str(), c.old.as_deref(), c.new.as_deref())).collect();
        assert_eq!(
            paths,
            [
                ("Bgp.Asn", Some("1"), Some("2")),
                ("Gone", Some("null"), None),
                ("List[1]", Some("2"), Some("3")),
                ("New", None, Some("{}"))
            ]
        );
        assert_eq!(found[1].connection.as_deref(), Some("c1"));
    }
}
