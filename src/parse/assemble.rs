//! The common mapping: members of a record or of a Log Analytics row become the fields of one [`Record`].

use super::frame::{Frames, Identity, Places};
use super::identity::{Base, Leaves, mix};
use super::json::{Value, inner, is_number};
use super::keys::{Property, Suffix, Top};
use super::record_builder::{Member, Problem, object_text};
use super::resolve::{Resource, build_id, category, time};
use super::rest::{Rest, write_configuration};
use super::text::unescape_into;
use super::{ParseOptions, SourceHints, identity};
use crate::model::{Category, Position, Record, RejectCode, Sink, Ticks};

/// Which of the two layouts a unit has.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Mode {
    /// Storage account: what belongs to the event is in `properties`.
    Record,
    /// Log Analytics: flat columns with type suffixes.
    Row,
}

/// A text that is there as it stands, or had to be unescaped into the arena.
#[derive(Debug, Clone, Copy)]
#[repr(u64)]
enum Slot<'a> {
    Absent,
    Borrowed(&'a str),
    Arena(usize, usize),
}

impl<'a> Slot<'a> {
    /// The text of a value; raw JSON text for what is no string, nothing for `null`.
    #[inline]
    fn of(value: Value<'a>, arena: &mut String) -> Self {
        match value {
            Value::Null => Self::Absent,
            Value::Escaped(quoted) => {
                let start = arena.len();
                unescape_into(arena, inner(quoted));
                Self::Arena(start, arena.len())
            }
            Value::Text(quoted) => Self::Borrowed(inner(quoted)),
            Value::Bool(true) => Self::Borrowed("true"),
            Value::Bool(false) => Self::Borrowed("false"),
            Value::Number(raw) | Value::Array(raw) | Value::Object(raw) | Value::Plain(raw) => Self::Borrowed(raw),
        }
    }

    #[inline]
    fn get<'b>(self, arena: &'b str) -> Option<&'b str>
    where
        'a: 'b,
    {
        match self {
            Self::Absent => None,
            Self::Borrowed(text) => Some(text),
            Self::Arena(from, to) => arena.get(from..to),
        }
    }

    #[inline]
    fn text<'b>(self, arena: &'b str) -> &'b str
    where
        'a: 'b,
    {
        self.get(arena).unwrap_or_default()
    }
}

/// The values at the top of a unit that have a use of their own.
#[derive(Default)]
struct Tops<'a> {
    time: Option<Value<'a>>,
    generated: Option<Value<'a>>,
    other_zone: Option<Value<'a>>,
    resource: Option<Value<'a>>,
    resource_lower: Option<Value<'a>>,
    operation: Option<Value<'a>>,
    category: Option<Value<'a>>,
    level: Option<Value<'a>>,
    message: Option<Value<'a>>,
    /// Subscription, group, provider, type, name.
    parts: [Option<Value<'a>>; 5],
}

impl<'a> Tops<'a> {
    fn of(tops: &[Member<'a>]) -> Self {
        let mut out = Self::default();
        for member in tops {
            let value = Some(member.value).filter(|v| !is_empty(*v));
            match member.key.top {
                Top::Time => out.time = value,
                // `TimeGenerated` and its zoned spellings are different keys, so an empty one overrides nothing.
                Top::TimeGenerated => out.generated = value.or(out.generated),
                Top::TimeOtherZone => out.other_zone = value.or(out.other_zone),
                Top::ResourceId => out.resource = value,
                Top::ResourceIdLower => out.resource_lower = value,
                Top::Operation => out.operation = value,
                Top::Category => out.category = value,
                Top::Level => out.level = value,
                Top::Message => out.message = Some(member.value).filter(|v| *v != Value::Null),
                Top::SubscriptionId => out.parts[0] = value,
                Top::ResourceGroup => out.parts[1] = value,
                Top::ResourceProvider => out.parts[2] = value,
                Top::ResourceType => out.parts[3] = value,
                Top::Resource => out.parts[4] = value,
                _ => {}
            }
        }
        out
    }
}

/// Whether a value says nothing.
pub(crate) fn is_empty(value: Value<'_>) -> bool {
    matches!(value, Value::Null | Value::Plain("") | Value::Text("\"\""))
}

fn string_or(value: Option<Value<'_>>, what: &str) -> Result<(), Problem> {
    match value {
        None | Some(Value::Text(_) | Value::Escaped(_) | Value::Plain(_) | Value::Null) => Ok(()),
        Some(_) => Err(Problem::new(RejectCode::BadValue, &format!("{what} is not a string"))),
    }
}

/// Assembles records of one source.
#[derive(Debug)]
pub(crate) struct Assembly {
    hints: SourceHints,
    keep_unknown: bool,
    want_rest: bool,
    arena: String,
    leaves: Leaves,
    base: Base,
    resource: Resource,
    built_id: String,
    rest: Rest,
    configuration: String,
    frames: Frames,
}

impl Assembly {
    pub(crate) fn new(hints: SourceHints, options: &ParseOptions) -> Self {
        Self {
            hints,
            keep_unknown: options.keep_unknown,
            want_rest: options.want_rest,
            arena: String::new(),
            leaves: Leaves::default(),
            base: Base::default(),
            resource: Resource::default(),
            built_id: String::new(),
            rest: Rest::default(),
            configuration: String::new(),
            frames: Frames::default(),
        }
    }

    /// Hands over a record that differs from an earlier one in time and message alone; `false` when it has to be scanned.
    #[inline]
    pub(crate) fn framed(&mut self, at: Position, unit: &[u8], sink: &mut dyn Sink) -> bool {
        let record = self.frames.record(unit);
        if let Some(record) = &record {
            sink.record(at, record);
        }
        record.is_some()
    }

    /// A line of `IkeLogs.txt`.
    pub(crate) fn ike_line(
        &mut self,
        at: Position,
        ticks: Ticks,
        message: &str,
        ordinal: Option<u64>,
        sink: &mut dyn Sink,
    ) -> Result<(), Problem> {
        let category_name = Category::Ike.azure_name();
        let resource_id = self.hints.resource_id.as_str();
        let category = self.resource.check(resource_id, Category::Ike, self.keep_unknown)?;
        self.leaves.clear();
        self.leaves.text(identity::path("message"), message);
        if let Some(ordinal) = ordinal {
            self.leaves.text(identity::path("#line"), &ordinal.to_string());
        }
        let operation = "IKELogEvent";
        let base = self.base.get(resource_id, category, category_name, operation);
        let hash = mix(base, self.leaves.sum());
        let record = Record {
            ticks,
            category,
            category_name,
            resource_id,
            operation,
            message: Some(message),
            hash,
            ..Record::EMPTY
        };
        sink.record(at, &record);
        Ok(())
    }

    /// Assembles a record of `tops` and `properties` (for a row: the members of `AdditionalFields`, to which the columns
    /// are added). `nested_read` says that `properties` or `AdditionalFields` itself was understood; `unit` is the text that
    /// all of it was read from, if it is one text.
    #[allow(clippy::too_many_arguments)]
    pub(crate) fn assemble<'a>(
        &mut self,
        at: Position,
        unit: Option<&'a str>,
        mode: Mode,
        tops: &[Member<'a>],
        properties: &mut Vec<Member<'a>>,
        nested_read: bool,
        sink: &mut dyn Sink,
    ) -> Result<(), Problem> {
        let found = Tops::of(tops);
        let arena = &mut self.arena;
        arena.clear();
        let mut slot = |value: Option<Value<'a>>| value.map_or(Slot::Absent, |v| Slot::of(v, arena));

        let time_value = found.time.or(found.generated);
        let time_slot = slot(time_value);
        let category_slot = slot(found.category);
        let operation_slot = slot(found.operation);
        let level_slot = slot(found.level);
        let resource_slot = slot(found.resource.or(found.resource_lower));
        let build = mode == Mode::Row && found.resource.or(found.resource_lower).is_none();
        let part_slots = build.then(|| found.parts.map(&mut slot));
        let ticks = time(mode, time_value.map(|v| (v, time_slot.text(&self.arena))), found.other_zone.is_some())?;

        // Now that the time is known to be good the rest is worth doing.
        if !nested_read {
            let holder = if mode == Mode::Row { Top::AdditionalFields } else { Top::Properties };
            // Not an object: kept as a property of that name, so that nothing is lost.
            let odd = tops.iter().rev().find(|m| m.key.top == holder && !is_empty(m.value));
            properties.extend(odd);
        }
        if mode == Mode::Row {
            columns(tops, properties);
        }
        let mut slots = [Slot::Absent; 6];
        let mut configuration: Option<Member<'a>> = None;
        let mut flattened = false;
        let mut logged: Option<(&'a str, u64)> = None;
        self.leaves.clear();
        for member in properties.iter() {
            let name = if mode == Mode::Row { member.key.column } else { member.key.whole };
            let index = match name.property {
                Property::Message => 0,
                Property::Instance => 1,
                Property::RemoteIp => 2,
                Property::Status => 3,
                Property::StateChangeReason => 4,
                Property::OperationStatus => 5,
                Property::Configuration => {
                    configuration = Some(*member).filter(|m| m.value != Value::Null);
                    continue;
                }
                other => {
                    flattened |= other == Property::ConfigurationMember;
                    self.leaves.value(name.path, member.raw.get(..name.length).unwrap_or_default(), member.value);
                    continue;
                }
            };
            let text = Slot::of(member.value, &mut self.arena);
            slots[index] = text;
            if index == 0 {
                logged = quoted(member.value).map(|message| (message, name.path));
            }
            match member.value {
                Value::Text(_) | Value::Escaped(_) | Value::Plain(_) => {
                    self.leaves.text(name.path, text.text(&self.arena))
                }
                other => self.leaves.value(name.path, member.raw.get(..name.length).unwrap_or_default(), other),
            }
        }
        let mut top_message_used = mode == Mode::Row;
        if let (Mode::Record, Slot::Absent, Some(value)) = (mode, slots[0], found.message) {
            slots[0] = Slot::of(value, &mut self.arena);
            self.leaves.text(identity::path("message"), slots[0].text(&self.arena));
            top_message_used = true;
        }
        self.configuration.clear();
        if configuration.is_some() || flattened {
            let mut scratch = String::new();
            let object = configuration.and_then(|m| object_text(m.value, &mut scratch));
            if let Some(member) = configuration {
                let value = object.map_or(member.value, Value::Object);
                self.leaves.value(identity::path("configuration"), "configuration", value);
            }
            if self.want_rest {
                let columns = properties.iter().filter(|_| flattened);
                write_configuration(&mut self.configuration, object, configuration.map(|m| m.value), columns);
            }
        }

        // Everything is read; from here on the arena only lends.
        let arena = self.arena.as_str();
        let operation = operation_slot.text(arena);
        string_or(found.category, "category")?;
        string_or(found.operation, "operationName")?;
        let (kind, category_name) =
            category(category_slot.text(arena), self.hints.category, operation, self.keep_unknown)?;
        string_or(found.resource.or(found.resource_lower), "resourceId")?;
        let built = match part_slots {
            Some(slots) => build_id(slots.map(|s| s.text(arena)), &mut self.built_id),
            None => "",
        };
        let resource_id = [resource_slot.text(arena), built, self.hints.resource_id.as_str()];
        let resource_id = resource_id.into_iter().find(|id| !id.is_empty()).unwrap_or_default();
        let kind = self.resource.check(resource_id, kind, self.keep_unknown)?;
        let base = self.base.get(resource_id, kind, category_name, operation);
        let leaves = self.leaves.sum();
        let rest = if self.want_rest { self.rest.write(mode, properties, tops, top_message_used) } else { "" };
        let mut record = Record {
            ticks,
            category: kind,
            category_name,
            resource_id,
            operation,
            level: level_slot.text(arena),
            message: slots[0].get(arena),
            instance: slots[1].text(arena),
            remote_ip: slots[2].text(arena),
            status: slots[3].text(arena),
            state_change_reason: slots[4].text(arena),
            operation_status: slots[5].text(arena),
            configuration: &self.configuration,
            properties: rest,
            hash: mix(base, leaves),
            alike: 0,
        };
        if let (Some(unit), Mode::Record, Some((message, path))) = (unit, mode, logged)
            && let Some(Value::Text(time)) = found.time
        {
            let places = Places { unit, time, message };
            record.alike = self.frames.learn(places, &record, Identity { base, leaves, path });
        }
        sink.record(at, &record);
        Ok(())
    }
}

/// A string as it stands, with its quotes; `None` for what is none.
fn quoted(value: Value<'_>) -> Option<&str> {
    match value {
        Value::Text(quoted) | Value::Escaped(quoted) => Some(quoted),
        _ => None,
    }
}

/// Adds the columns of a row that are properties. Exporters other than REST write every value as a string; the type
/// suffix tells what it was, so that the event is the same whichever way it came.
fn columns<'a>(tops: &[Member<'a>], properties: &mut Vec<Member<'a>>) {
    // Columns that are empty do not exist for this event.
    properties.retain(|m| !is_empty(m.value));
    for member in tops {
        let column = member.key.column;
        let is_property = match member.key.top {
            Top::Message => true,
            Top::Other => column.suffix != Suffix::None || column.property == Property::ConfigurationMember,
            _ => false,
        };
        if is_property && !is_empty(member.value) {
            properties.push(Member { value: typed(member.value, column.suffix), ..*member });
        }
    }
}

fn typed(value: Value<'_>, suffix: Suffix) -> Value<'_> {
    let text = match value {
        Value::Text(quoted) => inner(quoted),
        Value::Plain(text) => text,
        _ => return value,
    };
    match suffix {
        Suffix::Number if is_number(text) => Value::Number(text),
        Suffix::Bool if text.eq_ignore_ascii_case("true") => Value::Bool(true),
        Suffix::Bool if text.eq_ignore_ascii_case("false") => Value::Bool(false),
        _ => value,
    }
}
