//! A blob in the making: lines wait in a small window, change places there, and go to the file.

use std::fs::File;
use std::io::Write;
use std::path::PathBuf;

use crate::model::{Category, RejectCode, Ticks};

use super::dirt::{Carried, DayDirt};
use super::plan::{Deed, Forced};
use super::truth::FileAccount;

/// Bytes that are collected before they are written.
const CHUNK: usize = 1 << 20;

/// Buffers that are used again for every blob.
#[derive(Debug, Default)]
pub(super) struct Buffers {
    window: Vec<u8>,
    spans: Vec<Span>,
    out: Vec<u8>,
}

#[derive(Debug, Clone, Copy)]
struct Span {
    start: usize,
    end: usize,
    good: bool,
}

/// An hour's blob of one category.
pub(super) struct Blob<'b> {
    pub(super) category: Category,
    pub(super) hour: u32,
    pub(super) from: Ticks,
    /// Counts as it goes; its path is filled in by whoever needs it.
    pub(super) account: FileAccount,
    /// Where to write; nowhere when only the size is wanted.
    path: Option<PathBuf>,
    file: Option<File>,
    buffers: &'b mut Buffers,
    due: std::iter::Peekable<std::vec::IntoIter<Carried>>,
    forced: Vec<Forced>,
    records: u64,
    held: Vec<(u8, Vec<u8>)>,
    limit: usize,
    begun: bool,
}

impl<'b> Blob<'b> {
    /// An empty blob; the file is made with the first line.
    pub(super) fn new(
        dirt: &mut DayDirt<'_>,
        category: Category,
        hour: u32,
        from: Ticks,
        path: Option<PathBuf>,
        buffers: &'b mut Buffers,
    ) -> Self {
        buffers.window.clear();
        buffers.spans.clear();
        buffers.out.clear();
        Self {
            category,
            hour,
            from,
            account: FileAccount::default(),
            path,
            file: None,
            buffers,
            due: dirt.due(category, hour).into_iter().peekable(),
            forced: dirt.forced(category, hour),
            records: 0,
            held: Vec::new(),
            limit: 16,
            begun: false,
        }
    }

    /// Writes what arrives before `at`, then the record itself with its dirt.
    #[inline]
    pub(super) fn record(&mut self, dirt: &mut DayDirt<'_>, at: Ticks, line: &[u8]) -> std::io::Result<()> {
        while let Some(due) = self.due.next_if(|d| d.arrival <= at) {
            self.good(&due.line);
        }
        dirt.record(self, at, line);
        if self.buffers.spans.len() >= self.limit {
            self.turn_out(dirt)?;
        }
        Ok(())
    }

    /// Writes everything that is left and closes the file.
    pub(super) fn finish(mut self, dirt: &mut DayDirt<'_>) -> std::io::Result<FileAccount> {
        while let Some(due) = self.due.next() {
            self.good(&due.line);
            if self.buffers.spans.len() >= self.limit {
                self.turn_out(dirt)?;
            }
        }
        for (_, line) in std::mem::take(&mut self.held) {
            self.good(&line);
        }
        self.turn_out(dirt)?;
        self.flush()?;
        Ok(self.account)
    }

    /// The deed demanded of the record that comes now.
    pub(super) fn next_forced(&mut self) -> Option<Deed> {
        let nth = self.records;
        self.records += 1;
        self.forced.iter().find(|f| f.nth == nth).map(|f| f.deed)
    }

    /// A good record, with its newline.
    #[inline]
    pub(super) fn good(&mut self, line: &[u8]) {
        self.account.records += 1;
        self.put(line, true);
    }

    /// A good record to be written again a few windows later.
    pub(super) fn hold(&mut self, line: &[u8], windows: u8) {
        self.held.push((windows, line.to_vec()));
    }

    /// A blank line.
    pub(super) fn blank(&mut self, line: &[u8]) {
        self.account.blank += 1;
        self.put(line, false);
    }

    /// A line that is no record.
    pub(super) fn garbage(&mut self, code: RejectCode, line: &[u8]) {
        self.account.reject(code);
        self.put(line, false);
    }

    #[inline]
    fn put(&mut self, line: &[u8], good: bool) {
        let start = self.buffers.window.len();
        self.buffers.window.extend_from_slice(line);
        self.buffers.spans.push(Span { start, end: start + line.len(), good });
        self.account.lines += 1;
        self.account.bytes += line.len() as u64;
    }

    /// Shuffles the window and passes it on.
    fn turn_out(&mut self, dirt: &mut DayDirt<'_>) -> std::io::Result<()> {
        let mut waiting = std::mem::take(&mut self.held);
        waiting.retain_mut(|(windows, line)| {
            let now = *windows == 0;
            *windows = windows.saturating_sub(1);
            if now {
                self.good(line);
            }
            !now
        });
        self.held = waiting;
        let Buffers { window, spans, out } = &mut *self.buffers;
        if dirt.shuffles() {
            for last in (1..spans.len()).rev() {
                spans.swap(last, dirt.rng.below(last as u64 + 1) as usize);
            }
            self.limit = 8 + dirt.rng.below(40) as usize;
        }
        // A blob begins with a record: readers tell the format by the first line.
        if !self.begun
            && let Some(first) = spans.iter().position(|s| s.good)
        {
            spans.swap(0, first);
            self.begun = true;
        }
        for span in spans.iter() {
            out.extend_from_slice(window.get(span.start..span.end).unwrap_or_default());
        }
        spans.clear();
        window.clear();
        if out.len() >= CHUNK {
            self.flush()?;
        }
        Ok(())
    }

    fn flush(&mut self) -> std::io::Result<()> {
        if let (Some(path), false) = (&self.path, self.buffers.out.is_empty()) {
            let file = match &mut self.file {
                Some(file) => file,
                none => none.insert(create(path)?),
            };
            file.write_all(&self.buffers.out)?;
        }
        self.buffers.out.clear();
        Ok(())
    }
}

fn create(path: &std::path::Path) -> std::io::Result<File> {
    if let Some(folder) = path.parent() {
        std::fs::create_dir_all(folder)?;
    }
    File::create(path)
}
