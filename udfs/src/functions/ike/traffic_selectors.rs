//! `ike_traffic_selectors(message)`.

use std::sync::Arc;

use arrow::array::{
    Array, ArrayRef, BooleanArray, Int32Array, Int64Array, StringBuilder, StringViewArray, UInt16Builder,
};
use arrow::compute::cast;
use arrow::datatypes::{DataType, Fields};
use datafusion::common::Result;

use super::super::doc::{Example, FunctionDoc, Kind, Section};
use super::super::parts::{PieceColumns, field, list_of, lists, structs};
use super::super::scalar::{Spec, udf};
use super::super::text::{map, one_text};
use super::super::{Function, Make};
use crate::domain::ike::{SelectorList, TrafficSelectors, traffic_selectors};

pub(in super::super) const FUNCTION: Function = Function { doc: &DOC, make: Make::Scalar(|| udf(&SPEC)) };

static DOC: FunctionDoc = FunctionDoc {
    name: "ike_traffic_selectors",
    kind: Kind::Scalar,
    section: Section::Ike,
    syntax: "ike_traffic_selectors(message)",
    meaning: "The networks that the two sides want in the tunnel, as the message lists them.",
    arguments: &[("message", "A message of IKEDiagnosticLog.")],
    returns: "A struct: ts_id (Azure's number), negotiated (true when both sides agreed, false for a proposal), initiator and \
              responder (lists of structs: cidr where the range is one network, start_address, end_address, port_start, \
              port_end (0 to 65535 is any), protocol (IP protocol number, 0 is any)), initiator_announced and \
              responder_announced (how many the message says there are), complete (false where the log cut a list).",
    nulls: "Null for a null message and for one without selectors; parts that are missing or redacted are null. Never an error.",
    examples: &[Example {
        sql: "SELECT s['ts_id'], s['initiator'][1]['cidr'], s['initiator_announced'], s['complete'] FROM (SELECT ike_traffic_selectors('[SEND] Proposed Traffic Selector payload will be (Final Negotiated) - [Tsid 0x729  ]Number of TSIs 2: StartAddress 10.20.0.0 EndAddress 10.20.255.255 PortStart 0 PortEnd 65535 Protocol 0, StartAddress ...') AS s)",
        result: "1833 | 10.20.0.0/16 | 2 | false",
    }],
    source: "published log lines; RFC 7296, section 2.9 (TSi and TSr).",
};

static SPEC: Spec = Spec {
    doc: &DOC,
    coerce: |types| one_text(&DOC, types),
    returns: || DataType::Struct(fields()),
    call: |args| map(&args.args[0], kernel),
};

fn selector_fields() -> Fields {
    Fields::from(vec![
        field("cidr", DataType::Utf8),
        field("start_address", DataType::Utf8View),
        field("end_address", DataType::Utf8View),
        field("port_start", DataType::Int32),
        field("port_end", DataType::Int32),
        field("protocol", DataType::Int32),
    ])
}

fn fields() -> Fields {
    let list = || list_of(DataType::Struct(selector_fields()));
    Fields::from(vec![
        field("ts_id", DataType::Int64),
        field("negotiated", DataType::Boolean),
        field("initiator", list()),
        field("responder", list()),
        field("initiator_announced", DataType::Int32),
        field("responder_announced", DataType::Int32),
        field("complete", DataType::Boolean),
    ])
}

/// The selectors of one side of all rows.
struct Side<'a> {
    addresses: PieceColumns<'a, 2>,
    cidr: StringBuilder,
    numbers: [UInt16Builder; 3],
    lengths: Vec<Option<usize>>,
    announced: Vec<Option<i32>>,
}

impl<'a> Side<'a> {
    fn new(texts: &'a StringViewArray) -> Self {
        Self {
            addresses: PieceColumns::new(texts),
            cidr: StringBuilder::new(),
            numbers: Default::default(),
            lengths: Vec::with_capacity(texts.len()),
            announced: Vec::with_capacity(texts.len()),
        }
    }

    fn push(&mut self, row: usize, list: Option<&SelectorList<'_>>) -> Result<()> {
        self.lengths.push(list.map(|list| list.selectors.len()));
        self.announced.push(list.and_then(|list| i32::try_from(list.announced?).ok()));
        for s in list.iter().flat_map(|list| &list.selectors) {
            self.addresses.push(row, [s.start_address, s.end_address])?;
            self.cidr.append_option(s.cidr().map(|cidr| cidr.to_string()));
            let values = [s.port_start, s.port_end, s.protocol.map(u16::from)];
            self.numbers.iter_mut().zip(values).for_each(|(column, value)| column.append_option(value));
        }
        Ok(())
    }

    /// The lists and how many were announced.
    fn finish(mut self) -> Result<(ArrayRef, ArrayRef)> {
        let mut columns: Vec<ArrayRef> = vec![Arc::new(self.cidr.finish())];
        columns.extend(self.addresses.finish());
        for mut numbers in self.numbers {
            columns.push(cast(&numbers.finish(), &DataType::Int32)?);
        }
        let valid = vec![true; self.lengths.iter().flatten().sum()];
        Ok((
            lists(structs(selector_fields(), columns, valid)?, &self.lengths)?,
            Arc::new(Int32Array::from(self.announced)),
        ))
    }
}

fn kernel(texts: &StringViewArray) -> Result<ArrayRef> {
    let found: Vec<Option<TrafficSelectors<'_>>> = texts.iter().map(|text| traffic_selectors(text?)).collect();
    let (mut initiator, mut responder) = (Side::new(texts), Side::new(texts));
    for (row, found) in found.iter().enumerate() {
        initiator.push(row, found.as_ref().map(|f| &f.initiator))?;
        responder.push(row, found.as_ref().map(|f| &f.responder))?;
    }
    let ((initiator, initiator_announced), (responder, responder_announced)) =
        (initiator.finish()?, responder.finish()?);
    let ts_id: Int64Array = found.iter().map(|f| i64::try_from(f.as_ref()?.ts_id?).ok()).collect();
    let negotiated: BooleanArray = found.iter().map(|f| Some(f.as_ref()?.negotiated)).collect();
    let complete: BooleanArray = found.iter().map(|f| Some(f.as_ref()?.complete())).collect();
    let columns: Vec<ArrayRef> = vec![
        Arc::new(ts_id),
        Arc::new(negotiated),
        initiator,
        responder,
        initiator_announced,
        responder_announced,
        Arc::new(complete),
    ];
    structs(fields(), columns, found.iter().map(Option::is_some).collect())
}
