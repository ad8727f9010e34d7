//! One blob from its bytes to records: fetch, decompress, parse. Import and queries over raw exports both read here.

mod gunzip;

use std::sync::Arc;

use gunzip::{Gunzip, Inflated};

use crate::model::{Account, Fingerprint, Position, Record, Reject, RejectCode, Sink, Ticks};
use crate::parse::{Format, ParseOptions, Parser, SourceHints};
use crate::store::{Blob, BlobReader, Counters, StoreError};

/// Where an earlier run stopped reading a blob.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Resume {
    /// Format found then.
    pub format: Format,
    /// Bytes of the decoded source that are done.
    pub offset: u64,
    /// Units that are done.
    pub lines: u64,
    /// The last unit had no line end after it.
    pub open_end: bool,
    /// Time of the last unit, for lines that inherit it.
    pub last_ticks: Option<Ticks>,
    /// The format can be continued at the offset; otherwise it is read again from the beginning and skipped up to it.
    pub resumable: bool,
    /// The last bytes before the offset.
    pub tail: Vec<u8>,
}

/// Reads one blob. Memory is bounded by a few pieces and the longest unit, whatever the blob's size.
pub struct SourceReader {
    reader: BlobReader,
    parser: Parser,
    gunzip: Option<Gunzip>,
    /// Decoded bytes that the parser has not taken yet.
    buffer: Vec<u8>,
    /// Compressed bytes that are not decoded yet.
    raw: Vec<u8>,
    started: bool,
    done: bool,
    /// Units before this offset were taken by an earlier run.
    skip_before: u64,
    /// Decoded bytes that the parser has taken in this run.
    fed: u64,
    skipped: Skipped,
    /// What this layer adds to the parser's account: a damaged end.
    extra: Account,
    /// The first bytes, when they were read, and the last that are done.
    head: Vec<u8>,
    tail: Vec<u8>,
}

/// Units read again only to get past them.
#[derive(Debug, Clone, Copy, Default)]
struct Skipped {
    records: u64,
    rejects: u64,
    account: Account,
}

impl SourceReader {
    /// Opens a blob, at its beginning or where an earlier run stopped.
    pub async fn open(
        blob: &Blob,
        resume: Option<Resume>,
        options: ParseOptions,
        counters: Arc<Counters>,
    ) -> Result<Self, StoreError> {
        let hints = SourceHints {
            category: blob.info.category,
            resource_id: blob.info.resource_id.clone(),
            fallback_ticks: blob.info.hours.map(|h| h.start).or((!blob.stdin).then_some(blob.modified)),
        };
        let mut tail = Vec::new();
        let (parser, offset, skip_before) = match resume {
            Some(r) if r.resumable => {
                tail = r.tail;
                (Parser::resume(r.format, hints, options, r.offset, r.lines, r.open_end, r.last_ticks), r.offset, 0)
            }
            Some(r) => (Parser::new(hints, options), 0, r.offset),
            None => (Parser::new(hints, options), 0, 0),
        };
        let reader = BlobReader::open(blob, offset, counters).await?;
        Ok(Self {
            reader,
            parser,
            gunzip: None,
            buffer: Vec::new(),
            raw: Vec::new(),
            // Only the first bytes of a blob can say that it is compressed.
            started: offset > 0,
            done: false,
            skip_before,
            fed: 0,
            skipped: Skipped::default(),
            extra: Account::default(),
            head: Vec::new(),
            tail,
        })
    }

    /// Reads and parses the next piece. `false` at the end.
    pub async fn step(&mut self, sink: &mut (dyn Sink + Send)) -> Result<bool, StoreError> {
        if self.done {
            return Ok(false);
        }
        let mut eof = false;
        if self.gunzip.is_none() {
            let before = self.buffer.len();
            eof = self.reader.read(&mut self.buffer).await? == 0;
            if !self.started && !eof {
                self.started = true;
                if self.buffer[before..].starts_with(&gunzip::MAGIC) {
                    self.raw = std::mem::take(&mut self.buffer);
                    self.gunzip = Some(Gunzip::default());
                }
            }
        }
        let mut damage = None;
        if let Some(gunzip) = &mut self.gunzip {
            if self.raw.is_empty() && self.reader.read(&mut self.raw).await? == 0 {
                (eof, damage) = (true, gunzip.finish(&mut self.buffer));
            } else {
                match gunzip.inflate(&mut self.raw, &mut self.buffer) {
                    Inflated::More => {}
                    Inflated::Damaged(what) => (eof, damage) = (true, Some(what)),
                }
            }
        }
        self.feed(eof && damage.is_none(), sink);
        if let Some(what) = damage {
            self.damaged_end(what, sink);
        }
        self.done = eof;
        Ok(!eof)
    }

    /// Gives the parser what is there. Units that an earlier run took are fed apart, so that the account can tell them off.
    fn feed(&mut self, eof: bool, sink: &mut (dyn Sink + Send)) {
        let mut apart = true;
        loop {
            let before = usize::try_from(self.skip_before.saturating_sub(self.fed)).unwrap_or(usize::MAX);
            let crossing = apart && before > 0 && self.buffer.len() > before;
            let part = if crossing { &self.buffer[..before] } else { &self.buffer[..] };
            let mut skipping = Skipping { sink, before: self.skip_before, skipped: &mut self.skipped };
            let taken = self.parser.push(part, eof && !crossing, &mut skipping).min(part.len());
            self.fed += taken as u64;
            if self.skip_before > 0 && self.fed <= self.skip_before {
                self.skipped.account = self.parser.account();
                // A torn end is counted, but was taken by nobody.
                self.skipped.account.bytes -= self.skipped.account.torn_bytes;
            }
            self.remember(taken);
            self.buffer.drain(..taken);
            if !crossing {
                return;
            }
            // A parser that must see more to end a unit gets more.
            apart = taken > 0;
        }
    }

    /// Keeps the ends of what is done, up to the parser's offset: a torn end is not done.
    fn remember(&mut self, taken: usize) {
        let torn = usize::try_from(self.parser.account().torn_bytes).unwrap_or(usize::MAX);
        let done = &self.buffer[..taken.min(self.buffer.len()).saturating_sub(torn)];
        let room = Fingerprint::BYTES.saturating_sub(self.head.len());
        self.head.extend_from_slice(&done[..done.len().min(room)]);
        self.tail.extend_from_slice(&done[done.len().saturating_sub(Fingerprint::BYTES)..]);
        let over = self.tail.len().saturating_sub(Fingerprint::BYTES);
        self.tail.drain(..over);
    }

    /// The first bytes of the source as far as they are done; empty after a resume.
    pub fn head(&self) -> &[u8] {
        &self.head
    }

    /// A compressed stream that breaks off: what is left of a unit belongs to one reject.
    fn damaged_end(&mut self, what: String, sink: &mut (dyn Sink + Send)) {
        let length = self.buffer.len() as u64;
        sink.reject(Reject {
            code: RejectCode::Truncated,
            line: self.parser.lines() + 1,
            offset: self.parser.offset(),
            length,
            detail: what,
            excerpt: Reject::excerpt(&self.buffer),
        });
        self.extra += Account { bytes: length, lines: 1, rejects: 1, ..Account::default() };
        self.buffer.clear();
    }

    /// What became of the bytes so far. After a resume it counts only what is new.
    pub fn account(&self) -> Account {
        let mut account = self.parser.account();
        let skipped = &self.skipped;
        account.bytes -= skipped.account.bytes;
        account.blank -= skipped.account.blank;
        account.records -= skipped.records;
        account.rejects -= skipped.rejects;
        account.lines -= skipped.account.blank + skipped.records + skipped.rejects;
        account += self.extra;
        account
    }

    /// Where a later run can go on; `None` as long as the format is unknown.
    pub fn position(&self) -> Option<Resume> {
        Some(Resume {
            format: self.parser.format()?,
            offset: self.parser.offset() + self.extra.bytes,
            lines: self.parser.lines() + self.extra.lines,
            open_end: self.parser.open_end(),
            last_ticks: self.parser.last_ticks(),
            resumable: self.parser.resumable() && self.gunzip.is_none(),
            tail: self.tail.clone(),
        })
    }

    /// Reads into a buffer that another reader has left behind: a fresh one for each blob would be cleared by the
    /// operating system each time. For a reader that has not begun.
    pub fn reuse(&mut self, mut buffer: Vec<u8>) {
        buffer.clear();
        self.buffer = buffer;
    }

    /// The buffer, for the next reader.
    pub fn into_buffer(self) -> Vec<u8> {
        self.buffer
    }

    /// Whether everything was read.
    pub fn is_done(&self) -> bool {
        self.done
    }

    /// Whether the blob is gzip-compressed.
    pub fn is_compressed(&self) -> bool {
        self.gunzip.is_some()
    }
}

/// Lets only units pass that begin at or after an offset.
struct Skipping<'a> {
    sink: &'a mut (dyn Sink + Send),
    before: u64,
    skipped: &'a mut Skipped,
}

impl Sink for Skipping<'_> {
    fn record(&mut self, at: Position, record: &Record<'_>) {
        if at.offset < self.before {
            self.skipped.records += 1;
        } else {
            self.sink.record(at, record);
        }
    }

    fn reject(&mut self, reject: Reject) {
        if reject.offset < self.before {
            self.skipped.rejects += 1;
        } else {
            self.sink.reject(reject);
        }
    }
}
