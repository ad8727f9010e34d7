//! What a key or column name means. Classified once and remembered by its ordinal in the object, since exporters write the
//! same keys in the same order in every record.

use super::identity;
use super::text::{escape_into, unescape_into};

/// What a top-level key of a record, or a column of a Log Analytics row, is for.
// As wide as a register for the same reason as [`super::json::Value`]: keys are copied with every member.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[repr(u64)]
pub(crate) enum Top {
    /// `time`.
    Time,
    /// `TimeGenerated`, also with ` [UTC]`.
    TimeGenerated,
    /// `TimeGenerated [..]` in a zone that is not said precisely enough.
    TimeOtherZone,
    /// `resourceId`.
    ResourceId,
    /// `_ResourceId`.
    ResourceIdLower,
    /// `operationName`.
    Operation,
    /// `category`.
    Category,
    /// `level`.
    Level,
    /// `properties`.
    Properties,
    /// `message`.
    Message,
    /// `AdditionalFields`: the columns past the limit of a table.
    AdditionalFields,
    /// `SubscriptionId`.
    SubscriptionId,
    /// `ResourceGroup`.
    ResourceGroup,
    /// `ResourceProvider`.
    ResourceProvider,
    /// `ResourceType`.
    ResourceType,
    /// `Resource`.
    Resource,
    /// A column that says nothing that the record does not say otherwise (`Type`, `TableName`).
    Derived,
    /// Anything else.
    Other,
}

/// What a property is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[repr(u32)]
pub(crate) enum Property {
    /// `message`.
    Message,
    /// `instance`.
    Instance,
    /// `remoteIP`.
    RemoteIp,
    /// `status`.
    Status,
    /// `stateChangeReason`.
    StateChangeReason,
    /// `operationStatus`.
    OperationStatus,
    /// `configuration`.
    Configuration,
    /// `configuration_*`, a column that the flattening of `configuration` made.
    ConfigurationMember,
    /// Anything else.
    Rest,
}

/// What Log Analytics appended to a column name.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[repr(u32)]
pub(crate) enum Suffix {
    /// Nothing.
    None,
    /// `_s`, `_g` or `_t`: a string, GUID or time.
    Text,
    /// `_d`: a number.
    Number,
    /// `_b`: a boolean.
    Bool,
}

/// A key as a property name.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Name {
    /// What it is for.
    pub property: Property,
    /// How many bytes of the raw key are the name (the rest is the type suffix).
    pub length: usize,
    /// Its type suffix.
    pub suffix: Suffix,
    /// Hash of the name in lower case.
    pub path: u64,
}

/// All that is known of a key.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Key {
    /// As a top-level key or column.
    pub top: Top,
    /// As a property, the whole key being the name.
    pub whole: Name,
    /// As a column of a Log Analytics row, without type suffix.
    pub column: Name,
}

/// Length of `configuration_`.
pub(crate) const CONFIGURATION_PREFIX: usize = "configuration_".len();

impl Key {
    /// Classifies the raw inner text of a JSON key.
    pub(crate) fn classify(raw: &str) -> Self {
        let mut decoded = String::new();
        unescape_into(&mut decoded, raw);
        let whole =
            Name { property: property(&decoded), length: raw.len(), suffix: Suffix::None, path: path_of(&decoded) };
        let mut column = whole;
        // A raw key that ends in a suffix also ends in it when decoded, so the name can be cut from the raw text.
        if let Some((name, suffix)) = split_suffix(raw) {
            decoded.clear();
            unescape_into(&mut decoded, name);
            column = Name { property: property(&decoded), length: name.len(), suffix, path: path_of(&decoded) };
        }
        let prefix = decoded.get(..CONFIGURATION_PREFIX).unwrap_or_default();
        if decoded.len() > CONFIGURATION_PREFIX
            && prefix.eq_ignore_ascii_case("configuration_")
            && raw.get(..CONFIGURATION_PREFIX) == Some(prefix)
        {
            column.property = Property::ConfigurationMember;
        }
        decoded.clear();
        unescape_into(&mut decoded, raw);
        Self { top: top(&decoded), whole, column }
    }
}

fn path_of(name: &str) -> u64 {
    identity::path(&name.to_ascii_lowercase())
}

fn split_suffix(raw: &str) -> Option<(&str, Suffix)> {
    let (name, suffix) = match raw.as_bytes() {
        [.., b'_', b's' | b'g' | b't'] => (raw.get(..raw.len() - 2)?, Suffix::Text),
        [.., b'_', b'd'] => (raw.get(..raw.len() - 2)?, Suffix::Number),
        [.., b'_', b'b'] => (raw.get(..raw.len() - 2)?, Suffix::Bool),
        _ => return None,
    };
    (!name.is_empty()).then_some((name, suffix))
}

fn top(name: &str) -> Top {
    const NAMES: [(&str, Top); 18] = [
        ("time", Top::Time),
        ("timegenerated", Top::TimeGenerated),
        ("timegenerated [utc]", Top::TimeGenerated),
        ("resourceid", Top::ResourceId),
        ("_resourceid", Top::ResourceIdLower),
        ("operationname", Top::Operation),
        ("category", Top::Category),
        ("level", Top::Level),
        ("properties", Top::Properties),
        ("message", Top::Message),
        ("additionalfields", Top::AdditionalFields),
        ("subscriptionid", Top::SubscriptionId),
        ("resourcegroup", Top::ResourceGroup),
        ("resourceprovider", Top::ResourceProvider),
        ("resourcetype", Top::ResourceType),
        ("resource", Top::Resource),
        ("type", Top::Derived),
        ("tablename", Top::Derived),
    ];
    if let Some((_, top)) = NAMES.iter().find(|(known, _)| known.eq_ignore_ascii_case(name)) {
        return *top;
    }
    let zoned = name.get(.."timegenerated [".len()).is_some_and(|start| start.eq_ignore_ascii_case("timegenerated ["));
    if zoned { Top::TimeOtherZone } else { Top::Other }
}

fn property(name: &str) -> Property {
    const NAMES: [(&str, Property); 7] = [
        ("message", Property::Message),
        ("instance", Property::Instance),
        ("remoteip", Property::RemoteIp),
        ("status", Property::Status),
        ("statechangereason", Property::StateChangeReason),
        ("operationstatus", Property::OperationStatus),
        ("configuration", Property::Configuration),
    ];
    NAMES.iter().find(|(known, _)| known.eq_ignore_ascii_case(name)).map_or(Property::Rest, |(_, property)| *property)
}

/// Remembers the keys of the previous object by their ordinal.
#[derive(Debug, Default)]
pub(crate) struct KeyCache {
    known: Vec<(String, Key)>,
}

impl KeyCache {
    /// Beyond these an object is not an exporter's usual one, and remembering it would only cost memory.
    const MOST_KEYS: usize = 1024;
    const LONGEST_KEY: usize = 256;

    /// The meaning of the `ordinal`-th key of an object.
    #[inline]
    pub(crate) fn get(&mut self, ordinal: usize, raw: &str) -> Key {
        match self.known.get(ordinal) {
            Some((known, key)) if known == raw => *key,
            _ => self.learn(ordinal, raw),
        }
    }

    fn learn(&mut self, ordinal: usize, raw: &str) -> Key {
        // Optional keys shift the ordinals; the same key is then mostly one of the neighbours.
        let near = ordinal.saturating_sub(2)..ordinal.saturating_add(3).min(self.known.len());
        let neighbour = self.known.get(near).unwrap_or_default().iter().find(|(known, _)| known == raw);
        let key = neighbour.map_or_else(|| Key::classify(raw), |(_, key)| *key);
        if raw.len() <= Self::LONGEST_KEY && ordinal <= self.known.len() && ordinal < Self::MOST_KEYS {
            match self.known.get_mut(ordinal) {
                Some((known, old)) => {
                    known.clear();
                    known.push_str(raw);
                    *old = key;
                }
                None => self.known.push((raw.to_owned(), key)),
            }
        }
        key
    }
}

/// The columns of a table, classified once for all its rows.
#[derive(Debug, Default)]
pub(crate) struct Columns {
    /// Raw inner JSON text of the name, and its meaning.
    pub keys: Vec<(String, Key)>,
}

impl Columns {
    /// Columns of these names (plain text).
    pub(crate) fn new<'n>(names: impl Iterator<Item = &'n str>) -> Self {
        let keys = names.map(|name| {
            let mut raw = String::new();
            escape_into(&mut raw, name.trim());
            let key = Key::classify(&raw);
            (raw, key)
        });
        Self { keys: keys.collect() }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn top_level_keys_in_any_case() {
        for (raw, want) in [
            ("time", Top::Time),
            ("TIME", Top::Time),
            ("timeGenerated", Top::TimeGenerated),
            ("TimeGenerated [UTC]", Top::TimeGenerated),
            ("TimeGenerated [Local Time]", Top::TimeOtherZone),
            ("TimeGenerated [JST]", Top::TimeOtherZone),
            ("ResourceId", Top::ResourceId),
            ("_ResourceId", Top::ResourceIdLower),
            ("Op\\u0065rationName", Top::Operation),
            ("TenantId", Top::Other),
            ("", Top::Other),
            ("\u{e9}", Top::Other),
        ] {
            assert_eq!(Key::classify(raw).top, want, "{raw}");
        }
    }

    #[test]
    fn columns_lose_one_suffix() {
        for (raw, name, suffix, property) in [
            ("instance_s", "instance", Suffix::Text, Property::Instance),
            ("remoteIP_s", "remoteIP", Suffix::Text, Property::RemoteIp),
            ("Message", "Message", Suffix::None, Property::Message),
            ("a_s_d", "a_s", Suffix::Number, Property::Rest),
            ("x_b", "x", Suffix::Bool, Property::Rest),
            ("_s", "_s", Suffix::None, Property::Rest),
            ("TenantId", "TenantId", Suffix::None, Property::Rest),
            ("configuration_GatewaySku_s", "configuration_GatewaySku", Suffix::Text, Property::ConfigurationMember),
            ("configuration_s", "configuration", Suffix::Text, Property::Configuration),
            ("configuration_", "configuration_", Suffix::None, Property::Rest),
        ] {
            let column = Key::classify(raw).column;
            assert_eq!((&raw[..column.length], column.suffix, column.property), (name, suffix, property), "{raw}");
            assert_eq!(column.path, identity::path(&name.to_ascii_lowercase()), "{raw}");
        }
    }

    #[test]
    fn the_cache_answers_as_the_classifier_does() {
        let mut cache = KeyCache::default();
        for round in [["time", "category", "level"], ["category", "time", "x_s"], ["time", "category", "level"]] {
            for (ordinal, raw) in round.into_iter().enumerate() {
                let (got, want) = (cache.get(ordinal, raw), Key::classify(raw));
                assert_eq!((got.top, got.whole.path, got.column.path), (want.top, want.whole.path, want.column.path));
            }
        }
        assert_eq!(cache.get(5000, "level").top, Top::Level);
        assert_eq!(cache.known.len(), 3);
    }
}
