//! Tests of the whole layer, on plain bytes. All sources here are synthetic, apart from message texts that were published.

#![allow(clippy::unwrap_used)]

mod chunks;
mod detection;
mod frames;
mod lines;
mod other_formats;
mod rows;
mod same_event;

use super::{Format, ParseOptions, Parser, SourceHints};
use crate::model::{Account, Category, Position, Record, Reject, RejectCode, Sink, Ticks};

/// A record with its own texts.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Owned {
    pub at: Position,
    pub ticks: Ticks,
    pub category: Category,
    pub category_name: String,
    pub resource_id: String,
    pub operation: String,
    pub level: String,
    pub message: Option<String>,
    /// Instance, remote address, status, reason, operation status.
    pub texts: [String; 5],
    pub configuration: String,
    pub properties: String,
    pub hash: u64,
}

#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct Seen {
    pub records: Vec<Owned>,
    pub rejects: Vec<Reject>,
    pub account: Account,
    pub format: Option<Format>,
    pub end: (u64, u64, bool),
}

impl Seen {
    pub fn codes(&self) -> Vec<RejectCode> {
        self.rejects.iter().map(|r| r.code).collect()
    }

    pub fn one(&self) -> &Owned {
        assert_eq!((self.records.len(), self.rejects.len()), (1, 0), "{self:#?}");
        &self.records[0]
    }
}

impl Sink for Seen {
    fn record(&mut self, at: Position, r: &Record<'_>) {
        self.records.push(Owned {
            at,
            ticks: r.ticks,
            category: r.category,
            category_name: r.category_name.into(),
            resource_id: r.resource_id.into(),
            operation: r.operation.into(),
            level: r.level.into(),
            message: r.message.map(Into::into),
            texts: [r.instance, r.remote_ip, r.status, r.state_change_reason, r.operation_status].map(Into::into),
            configuration: r.configuration.into(),
            properties: r.properties.into(),
            hash: r.hash,
        });
    }

    fn reject(&mut self, reject: Reject) {
        self.rejects.push(reject);
    }
}

/// Feeds `bytes` in chunks of `chunk` bytes, as a caller with a growing buffer does, and checks the account at each step.
pub(super) fn feed(mut parser: Parser, bytes: &[u8], chunk: usize) -> Seen {
    let mut seen = Seen::default();
    let (mut buffer, mut given, start) = (Vec::new(), 0, parser.offset());
    loop {
        let next = (given + chunk).min(bytes.len());
        buffer.extend_from_slice(&bytes[given..next]);
        given = next;
        let eof = given == bytes.len();
        let taken = parser.push(&buffer, eof, &mut seen);
        buffer.drain(..taken);
        let account = parser.account();
        assert!(account.balances(), "{account:?}");
        assert_eq!((account.records, account.rejects), (seen.records.len() as u64, seen.rejects.len() as u64));
        if eof {
            assert_eq!(account.bytes, bytes.len() as u64);
            assert_eq!(account.torn_bytes, buffer.len() as u64, "what is not taken is the torn tail");
            assert_eq!(parser.offset(), start + account.bytes - account.torn_bytes);
            break;
        }
        assert_eq!(account.bytes, (given - buffer.len()) as u64);
    }
    seen.account = parser.account();
    seen.format = parser.format();
    seen.end = (parser.offset(), parser.lines(), parser.open_end());
    seen
}

/// Parses all at once without hints.
pub(super) fn parse(bytes: impl AsRef<[u8]>) -> Seen {
    parse_with(SourceHints::default(), ParseOptions::default(), bytes)
}

pub(super) fn parse_with(hints: SourceHints, options: ParseOptions, bytes: impl AsRef<[u8]>) -> Seen {
    feed(Parser::new(hints, options), bytes.as_ref(), usize::MAX / 2)
}

pub(super) fn account(lines: u64, blank: u64, records: u64, rejects: u64) -> impl Fn(&Seen) {
    move |seen| {
        let a = seen.account;
        assert_eq!((a.lines, a.blank, a.records, a.rejects), (lines, blank, records, rejects), "{seen:#?}");
    }
}

/// The smallest good record.
pub(super) const GOOD: &str = r#"{"time":"2026-03-01T07:00:01Z","category":"IKEDiagnosticLog","operationName":"IKELogEvent","properties":{"message":"m"}}"#;
