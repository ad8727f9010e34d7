//! From the members of an object or the fields of a row to a [`Record`]: shared by all formats.

use super::assemble::{Assembly, Mode};
use super::json::{Fault, Scanner, Value, inner, is_object};
use super::keys::{Columns, Key, KeyCache, Top};
use super::text::plain;
use super::{ParseOptions, SourceHints};
use crate::model::{Category, Position, RejectCode, Sink, Ticks};

/// One key with its value.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Member<'a> {
    /// Raw inner text of the key.
    pub raw: &'a str,
    /// What the key means.
    pub key: Key,
    /// Its value.
    pub value: Value<'a>,
}

/// Why a unit is no record.
#[derive(Debug)]
pub(crate) struct Problem {
    /// The code.
    pub code: RejectCode,
    /// What was found.
    pub detail: String,
    /// The unit ends before it is complete: at the end of a growing source it is a torn tail and no reject.
    pub early: bool,
}

impl Problem {
    /// How much of a found value is told.
    const DETAIL_CHARS: usize = 200;

    /// A problem with a detail (cut to a bearable length).
    pub(crate) fn new(code: RejectCode, detail: &str) -> Self {
        Self { code, detail: detail.chars().take(Self::DETAIL_CHARS).collect(), early: false }
    }

    fn json(fault: Fault, at: usize) -> Self {
        let code = if fault == Fault::TooDeep { RejectCode::TooDeep } else { RejectCode::NotJson };
        let what = if fault == Fault::Early { "ends at byte" } else { "at byte" };
        Self { code, detail: format!("{what} {}", at + 1), early: fault == Fault::Early }
    }
}

/// Builds records and hands them to the sink. Holds buffers that are reused from record to record.
#[derive(Debug)]
pub(crate) struct RecordBuilder {
    assembly: Assembly,
    top_keys: KeyCache,
    property_keys: KeyCache,
    tops: Vec<Member<'static>>,
    properties: Vec<Member<'static>>,
    nested: String,
}

/// Hands the allocation of a list on to another lifetime; the list is empty on both sides.
fn recycle<'b>(mut list: Vec<Member<'_>>) -> Vec<Member<'b>> {
    list.clear();
    // Never called, as the list is empty; collecting in place keeps the allocation.
    list.into_iter().map(|m| Member { raw: "", key: m.key, value: Value::Null }).collect()
}

/// Checks that `unit` is UTF-8.
pub(crate) fn utf8(unit: &[u8]) -> Result<&str, Problem> {
    std::str::from_utf8(unit).map_err(|error| Problem {
        code: RejectCode::NotUtf8,
        detail: format!("at byte {}", error.valid_up_to() + 1),
        early: error.error_len().is_none(),
    })
}

impl RecordBuilder {
    /// A builder for one source.
    pub(crate) fn new(hints: SourceHints, options: &ParseOptions) -> Self {
        Self {
            assembly: Assembly::new(hints, options),
            top_keys: KeyCache::default(),
            property_keys: KeyCache::default(),
            tops: Vec::new(),
            properties: Vec::new(),
            nested: String::new(),
        }
    }

    /// A unit that should be a JSON object: a storage-account record or a Log Analytics row.
    pub(crate) fn object(&mut self, at: Position, unit: &[u8], sink: &mut dyn Sink) -> Result<(), Problem> {
        if self.assembly.framed(at, unit, sink) {
            return Ok(());
        }
        let text = utf8(unit)?;
        let mut tops = recycle(std::mem::take(&mut self.tops));
        let mut properties = recycle(std::mem::take(&mut self.properties));
        let mut nested = std::mem::take(&mut self.nested);
        let mut scanner = Scanner::new(text);
        let scanned = self.scan(&mut scanner, &mut tops, &mut properties);
        let result = match scanned {
            Err(fault) => Err(Problem::json(fault, scanner.at())),
            Ok(None) => Err(Problem::new(RejectCode::NotAnObject, "")),
            Ok(Some(mode)) => self.finish(at, Some(text), mode, &tops, properties, &mut nested, sink),
        };
        self.tops = recycle(tops);
        self.nested = nested;
        result
    }

    /// A row of a Log Analytics table given as a JSON array.
    pub(crate) fn array_row(
        &mut self,
        at: Position,
        unit: &[u8],
        columns: &Columns,
        sink: &mut dyn Sink,
    ) -> Result<(), Problem> {
        let text = utf8(unit)?;
        let mut scanner = Scanner::new(text);
        let mut count = 0;
        let mut tops = recycle(std::mem::take(&mut self.tops));
        let mut row = |scanner: &mut Scanner<'_>| -> Result<bool, Fault> {
            scanner.space();
            if scanner.peek() != Some(b'[') {
                scanner.value(0)?;
                scanner.end()?;
                return Ok(false);
            }
            let mut more = scanner.open(b'[', b']')?;
            while more {
                scanner.value(1)?;
                count += 1;
                more = scanner.more(b']')?;
            }
            scanner.end()?;
            Ok(true)
        };
        match row(&mut scanner) {
            Err(fault) => return Err(Problem::json(fault, scanner.at())),
            Ok(false) => return Err(Problem::new(RejectCode::NotAnObject, "a row of a table is an array")),
            Ok(true) => {}
        }
        if count != columns.keys.len() {
            return Err(wrong_count(count, columns));
        }
        // Read again now that it is known to be whole: rows come in documents, which are fetched by queries and small.
        let mut scanner = Scanner::new(text);
        scanner.space();
        let mut more = scanner.open(b'[', b']');
        for (raw, key) in &columns.keys {
            let (Ok(true), Ok(value)) = (more, scanner.value(1)) else { break };
            tops.push(Member { raw, key: *key, value });
            more = scanner.more(b']');
        }
        let result = self.row(at, &tops, sink);
        self.tops = recycle(tops);
        result
    }

    /// A row of a Log Analytics table given as text fields.
    pub(crate) fn text_row<'f>(
        &mut self,
        at: Position,
        fields: impl ExactSizeIterator<Item = &'f str>,
        columns: &Columns,
        sink: &mut dyn Sink,
    ) -> Result<(), Problem> {
        if fields.len() != columns.keys.len() {
            return Err(wrong_count(fields.len(), columns));
        }
        let mut tops = recycle(std::mem::take(&mut self.tops));
        for (field, (raw, key)) in fields.zip(&columns.keys) {
            tops.push(Member { raw, key: *key, value: Value::Plain(field) });
        }
        let result = self.row(at, &tops, sink);
        self.tops = recycle(tops);
        result
    }

    /// A bare IKE message with its time; `ordinal` when the time is not its own.
    pub(crate) fn ike_line(
        &mut self,
        at: Position,
        ticks: Ticks,
        message: &str,
        ordinal: Option<u64>,
        sink: &mut dyn Sink,
    ) -> Result<(), Problem> {
        self.assembly.ike_line(at, ticks, message, ordinal, sink)
    }

    fn row<'a>(&mut self, at: Position, tops: &[Member<'a>], sink: &mut dyn Sink) -> Result<(), Problem> {
        let properties = recycle(std::mem::take(&mut self.properties));
        let mut nested = std::mem::take(&mut self.nested);
        let result = self.finish(at, None, Mode::Row, tops, properties, &mut nested, sink);
        self.nested = nested;
        result
    }

    /// Reads and checks a whole JSON text. The members of `properties` are listed on the way, so that the common record
    /// is read once. `None` when it is valid but no object.
    fn scan<'a>(
        &mut self,
        scanner: &mut Scanner<'a>,
        tops: &mut Vec<Member<'a>>,
        properties: &mut Vec<Member<'a>>,
    ) -> Result<Option<Mode>, Fault> {
        scanner.space();
        if scanner.peek() != Some(b'{') {
            scanner.value(0)?;
            scanner.end()?;
            return Ok(None);
        }
        let (mut time, mut generated, mut has_properties) = (false, false, false);
        let mut more = scanner.open(b'{', b'}')?;
        while more {
            let raw = scanner.key()?;
            let key = self.top_keys.get(tops.len(), raw);
            let value = match key.top {
                Top::Properties if scanner.peek() == Some(b'{') => {
                    properties.clear();
                    list(scanner, 1, &mut self.property_keys, properties)?;
                    Value::Object("")
                }
                _ => scanner.value(1)?,
            };
            match key.top {
                Top::Time => time = true,
                Top::TimeGenerated | Top::TimeOtherZone => generated = true,
                Top::Properties => has_properties = true,
                _ => {}
            }
            tops.push(Member { raw, key, value });
            more = scanner.more(b'}')?;
        }
        scanner.end()?;
        Ok(Some(if generated && !time && !has_properties { Mode::Row } else { Mode::Record }))
    }

    /// Lists the properties that are not listed yet, and assembles the record.
    #[allow(clippy::too_many_arguments)]
    fn finish<'a>(
        &mut self,
        at: Position,
        unit: Option<&'a str>,
        mode: Mode,
        tops: &[Member<'a>],
        listed: Vec<Member<'a>>,
        nested: &mut String,
        sink: &mut dyn Sink,
    ) -> Result<(), Problem> {
        let holder = if mode == Mode::Row { Top::AdditionalFields } else { Top::Properties };
        let held = tops.iter().rev().find(|m| m.key.top == holder).map(|m| m.value);
        let mut properties: Vec<Member<'_>> = listed;
        // The last `properties` wins: an earlier object's members are listed already, and go when it was overridden.
        if mode == Mode::Record && !matches!(held, Some(Value::Object(_))) {
            properties.clear();
        }
        let inner = match held {
            // Listed while scanning.
            Some(Value::Object("")) | None => None,
            Some(value) => object_text(value, nested),
        };
        let read = inner.is_some() || matches!(held, None | Some(Value::Null | Value::Object("")));
        if let Some(object) = inner {
            let mut scanner = Scanner::new(object);
            scanner.space();
            // Checked before, so it is listed to the end.
            let _ = list(&mut scanner, 1, &mut self.property_keys, &mut properties);
        }
        let result = self.assembly.assemble(at, unit, mode, tops, &mut properties, read, sink);
        self.properties = recycle(properties);
        result
    }
}

fn wrong_count(count: usize, columns: &Columns) -> Problem {
    let detail = format!("{count} fields, {} columns", columns.keys.len());
    Problem::new(RejectCode::WrongFieldCount, &detail)
}

/// Lists the members of the object that `scanner` stands at.
fn list<'a>(
    scanner: &mut Scanner<'a>,
    depth: u32,
    keys: &mut KeyCache,
    out: &mut Vec<Member<'a>>,
) -> Result<(), Fault> {
    let mut more = scanner.open(b'{', b'}')?;
    let mut ordinal = 0;
    while more {
        let raw = scanner.key()?;
        let key = keys.get(ordinal, raw);
        let value = scanner.value(depth + 1)?;
        out.push(Member { raw, key, value });
        ordinal += 1;
        more = scanner.more(b'}')?;
    }
    Ok(())
}

/// The object that a value is, or that a string value holds as JSON text.
pub(crate) fn object_text<'a>(value: Value<'a>, scratch: &'a mut String) -> Option<&'a str> {
    let text = match value {
        Value::Object(raw) => return Some(raw),
        Value::Plain(text) => text,
        Value::Text(quoted) => inner(quoted),
        Value::Escaped(quoted) if inner(quoted).trim_start().starts_with(['{', '\\']) => plain(quoted, scratch),
        _ => return None,
    };
    is_object(text).then_some(text)
}

/// The category that an operation name belongs to.
///
/// Source: Microsoft Learn, "Azure VPN Gateway monitoring data reference", resource logs.
pub(crate) fn category_of_operation(operation: &str) -> Option<Category> {
    const NAMES: [(&str, Category); 12] = [
        ("TunnelConnected", Category::Tunnel),
        ("TunnelDisconnected", Category::Tunnel),
        ("IKELogEvent", Category::Ike),
        ("P2SLogEvent", Category::P2s),
        ("StaticRouteUpdate", Category::Route),
        ("SetGatewayConfiguration", Category::Gateway),
        ("SetConnectionConfiguration", Category::Gateway),
        ("HostMaintenanceEvent", Category::Gateway),
        ("GatewayTenantPrimaryChanged", Category::Gateway),
        ("MigrateCustomerSubscription", Category::Gateway),
        ("GatewayResourceMove", Category::Gateway),
        ("ValidateGatewayConfiguration", Category::Gateway),
    ];
    if let Some((_, category)) = NAMES.iter().find(|(name, _)| name.eq_ignore_ascii_case(operation)) {
        return Some(*category);
    }
    operation.get(..3).is_some_and(|start| start.eq_ignore_ascii_case("bgp")).then_some(Category::Route)
}
