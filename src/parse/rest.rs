//! What has no field of its own, as JSON text put together from raw spans.

use super::assemble::{Mode, is_empty};
use super::identity::{PathSet, path};
use super::json::Value;
use super::keys::{CONFIGURATION_PREFIX, Property, Suffix, Top};
use super::record_builder::Member;
use super::text::{escape_into, unescape_into};

/// Writes `Record::properties`. Holds buffers that are reused from record to record.
#[derive(Debug, Default)]
pub(crate) struct Rest {
    out: String,
    names: PathSet,
    top_names: PathSet,
    shadowed: Vec<bool>,
    top_shadowed: Vec<bool>,
}

impl Rest {
    /// One object: the remaining properties in source order, then the top-level keys without a field of their own. Of
    /// equal keys the last counts; a top-level key that is also a property's gets a leading `_`. Empty when nothing remains.
    pub(crate) fn write(
        &mut self,
        mode: Mode,
        properties: &[Member<'_>],
        tops: &[Member<'_>],
        message_used: bool,
    ) -> &str {
        self.out.clear();
        let name = |m: &Member<'_>| if mode == Mode::Row { m.key.column } else { m.key.whole };
        shadowed(&mut self.names, &mut self.shadowed, properties.iter().map(|m| name(m).path));
        let remaining = |m: &Member<'_>| match m.key.top {
            Top::Other if mode == Mode::Row => {
                let column = m.key.column;
                let property = column.suffix != Suffix::None || column.property == Property::ConfigurationMember;
                !property && !is_empty(m.value)
            }
            Top::Other => true,
            Top::Message => !message_used,
            Top::AdditionalFields | Top::Derived | Top::Resource => mode == Mode::Record,
            Top::SubscriptionId | Top::ResourceGroup | Top::ResourceProvider | Top::ResourceType => {
                mode == Mode::Record
            }
            _ => false,
        };
        for (member, shadowed) in properties.iter().zip(&self.shadowed) {
            let name = name(member);
            if name.property == Property::Rest && !shadowed {
                begin(&mut self.out);
                write_member(&mut self.out, member.raw.get(..name.length).unwrap_or_default(), member.value);
            }
        }
        if tops.iter().any(remaining) {
            shadowed_tops(self, tops);
            for (member, shadowed) in tops.iter().zip(&self.top_shadowed) {
                if *shadowed || !remaining(member) {
                    continue;
                }
                begin(&mut self.out);
                if self.names.contains(member.key.whole.path) {
                    let free = free_name(member.raw, &self.names, &self.top_names);
                    write_member(&mut self.out, &free, member.value);
                } else {
                    write_member(&mut self.out, member.raw, member.value);
                }
            }
        }
        if !self.out.is_empty() {
            self.out.push('}');
        }
        &self.out
    }
}

fn shadowed_tops(rest: &mut Rest, tops: &[Member<'_>]) {
    shadowed(&mut rest.top_names, &mut rest.top_shadowed, tops.iter().map(|m| m.key.whole.path));
}

/// Marks the keys that a later equal key overrides.
fn shadowed(names: &mut PathSet, marks: &mut Vec<bool>, paths: impl DoubleEndedIterator<Item = u64>) {
    names.clear();
    marks.clear();
    marks.extend(paths.rev().map(|path| !names.insert(path)));
    marks.reverse();
}

fn free_name(raw: &str, names: &PathSet, top_names: &PathSet) -> String {
    let mut free = raw.to_owned();
    loop {
        free.insert(0, '_');
        let mut decoded = String::new();
        unescape_into(&mut decoded, &free);
        decoded.make_ascii_lowercase();
        let hash = path(&decoded);
        if !names.contains(hash) && !top_names.contains(hash) {
            return free;
        }
    }
}

#[inline]
fn begin(out: &mut String) {
    out.push(if out.is_empty() { '{' } else { ',' });
}

#[inline]
fn write_member(out: &mut String, raw_name: &str, value: Value<'_>) {
    out.push('"');
    out.push_str(raw_name);
    out.push_str("\":");
    write_value(out, value);
}

fn write_value(out: &mut String, value: Value<'_>) {
    match value {
        Value::Null => out.push_str("null"),
        Value::Bool(true) => out.push_str("true"),
        Value::Bool(false) => out.push_str("false"),
        Value::Text(raw) | Value::Escaped(raw) | Value::Number(raw) | Value::Array(raw) | Value::Object(raw) => {
            out.push_str(raw);
        }
        Value::Plain(text) => {
            out.push('"');
            escape_into(out, text);
            out.push('"');
        }
    }
}

/// Writes `Record::configuration`: the value as it stands, or the object that the columns `configuration_*` came from, or
/// both in one object. `object` is the value as an object, where it is one.
pub(crate) fn write_configuration<'m, 'a: 'm>(
    out: &mut String,
    object: Option<&str>,
    value: Option<Value<'_>>,
    columns: impl Iterator<Item = &'m Member<'a>>,
) {
    let mut columns = columns.filter(|m| m.key.column.property == Property::ConfigurationMember).peekable();
    if columns.peek().is_none() {
        match (object, value) {
            (Some(object), _) => out.push_str(object),
            (None, Some(value)) => write_value(out, value),
            (None, None) => {}
        }
        return;
    }
    // Spliced: the object's own members first, without its closing brace.
    match (object, value) {
        (Some(object), _) => {
            let open = object.trim().strip_suffix('}').unwrap_or_default().trim_end();
            out.push_str(if open == "{" { "" } else { open });
        }
        (None, Some(value)) => {
            begin(out);
            write_member(out, "configuration", value);
        }
        (None, None) => {}
    }
    for member in columns {
        begin(out);
        let name = member.raw.get(CONFIGURATION_PREFIX..member.key.column.length).unwrap_or_default();
        write_member(out, name, member.value);
    }
    out.push('}');
}
