//! Text columns of one table over common blocks of text.
//!
//! A view points into a block, so what is said often is stored once, and what is part of a message already stored (its
//! session id, its cookies, its event) is not stored again. Blocks are shared by all columns of the table.

use std::sync::Arc;

use arrow::array::builder::{NullBufferBuilder, make_view};
use arrow::array::{ArrayRef, ByteView, MAX_INLINE_VIEW_LEN, StringViewArray};
use arrow::buffer::{Buffer, ScalarBuffer};
use hashbrown::HashMap;

use crate::model::part_of;

/// Size of the first block and of the largest: small tables waste little, large ones have few blocks.
const BLOCK: (usize, usize) = (4 << 10, 256 << 10);
/// Distinct values remembered per column.
const MAX_SEEN: usize = 16 << 10;

/// The blocks of one table.
#[derive(Default)]
pub struct Blocks {
    full: Vec<Buffer>,
    open: Vec<u8>,
    bytes: usize,
}

/// Where a text was stored.
#[derive(Debug, Clone, Copy)]
pub struct Stored {
    block: u32,
    offset: u32,
}

impl Blocks {
    /// Blocks that are there already, full; what is stored goes into new ones behind them.
    pub fn after(full: &[Buffer]) -> Self {
        Self { full: full.to_vec(), ..Self::default() }
    }

    /// Stores a text. `None` when there are more than 2^32 blocks or the text has more than 2^31 bytes: neither fits a
    /// view, and memory ends before.
    pub fn store(&mut self, text: &str) -> Option<Stored> {
        if i32::try_from(text.len()).is_err() {
            return None;
        }
        if self.open.capacity() - self.open.len() < text.len() {
            let size = (self.open.capacity() * 2).clamp(BLOCK.0, BLOCK.1).max(text.len());
            let full = std::mem::replace(&mut self.open, Vec::with_capacity(size));
            self.full.push(Buffer::from(full));
        }
        let at = Stored { block: u32::try_from(self.full.len()).ok()?, offset: u32::try_from(self.open.len()).ok()? };
        self.open.extend_from_slice(text.as_bytes());
        self.bytes += text.len();
        Some(at)
    }

    /// Bytes of text stored.
    pub fn bytes(&self) -> usize {
        self.bytes
    }

    /// Ends the blocks; the next texts begin new ones.
    pub fn finish(&mut self) -> Arc<[Buffer]> {
        self.bytes = 0;
        let mut all = std::mem::take(&mut self.full);
        // Large tables come one after the other: the next begins with a large block.
        let next = Vec::with_capacity(if all.is_empty() { 0 } else { self.open.capacity() });
        all.push(Buffer::from(std::mem::replace(&mut self.open, next)));
        all.into()
    }
}

/// A text that is stored, and where: what lies in it can be pointed at.
#[derive(Debug, Clone, Copy)]
pub struct Whole<'a> {
    pub text: &'a str,
    pub at: Stored,
}

impl<'a> Whole<'a> {
    /// The text that a view over blocks shows; `None` when it is so short that it lies in the view itself.
    pub fn of_view(text: &'a str, view: u128) -> Option<Self> {
        let view = ByteView::from(view);
        let at = Stored { block: view.buffer_index, offset: view.offset };
        (view.length > MAX_INLINE_VIEW_LEN).then_some(Self { text, at })
    }

    /// The view of a part of it.
    fn view_of(&self, part: &str) -> Option<u128> {
        let at = part_of(self.text, part)?;
        Some(make_view(part.as_bytes(), self.at.block, self.at.offset + u32::try_from(at.start).ok()?))
    }
}

/// One column.
#[derive(Default)]
pub struct TextColumn {
    views: Vec<u128>,
    nulls: Option<NullBufferBuilder>,
    last: String,
    last_view: Option<u128>,
    seen: HashMap<String, u128>,
    /// Rows that are expected.
    expected: usize,
}

impl TextColumn {
    /// A column that will have about so many rows.
    pub fn expecting(rows: usize) -> Self {
        Self { expected: rows, ..Self::default() }
    }

    fn put(&mut self, view: u128) {
        if self.views.capacity() == 0 {
            self.views.reserve(self.expected);
        }
        self.views.push(view);
        if let Some(nulls) = &mut self.nulls {
            nulls.append_non_null();
        }
    }

    /// Appends a null.
    pub fn null(&mut self) {
        self.nulls
            .get_or_insert_with(|| {
                let mut nulls = NullBufferBuilder::new(self.expected.max(self.views.len()));
                nulls.append_n_non_nulls(self.views.len());
                nulls
            })
            .append_null();
        if self.views.capacity() == 0 {
            self.views.reserve(self.expected);
        }
        self.views.push(0);
    }

    /// Appends what the row before has.
    pub fn again(&mut self) {
        match self.views.last().copied() {
            Some(_) if self.last_is_null() => self.null(),
            Some(view) => self.put(view),
            None => self.null(),
        }
    }

    fn last_is_null(&self) -> bool {
        self.nulls.as_ref().is_some_and(|n| self.views.len().checked_sub(1).is_some_and(|i| !n.is_valid(i)))
    }

    /// Appends a text that differs from row to row: part of the whole, or stored anew. `false` when it does not fit.
    #[must_use]
    pub fn differing(&mut self, text: &str, whole: Option<Whole<'_>>, blocks: &mut Blocks) -> bool {
        let view = if text.len() <= MAX_INLINE_VIEW_LEN as usize {
            make_view(text.as_bytes(), 0, 0)
        } else if let Some(view) = whole.and_then(|w| w.view_of(text)) {
            view
        } else {
            let Some(at) = blocks.store(text) else { return false };
            make_view(text.as_bytes(), at.block, at.offset)
        };
        self.put(view);
        true
    }

    /// Appends the whole text itself.
    pub fn whole(&mut self, whole: Whole<'_>) {
        self.put(make_view(whole.text.as_bytes(), whole.at.block, whole.at.offset));
    }

    /// Appends a text that rows repeat: it is stored once. `false` when it does not fit.
    #[must_use]
    pub fn repeating(&mut self, text: &str, blocks: &mut Blocks) -> bool {
        if text.len() <= MAX_INLINE_VIEW_LEN as usize {
            self.put(make_view(text.as_bytes(), 0, 0));
            return true;
        }
        if let Some(view) = self.last_view.filter(|_| self.last == text) {
            self.put(view);
            return true;
        }
        let view = match self.seen.get(text) {
            Some(view) => *view,
            None => {
                let Some(at) = blocks.store(text) else { return false };
                let view = make_view(text.as_bytes(), at.block, at.offset);
                if self.seen.len() < MAX_SEEN {
                    self.seen.insert(text.to_owned(), view);
                }
                view
            }
        };
        text.clone_into(&mut self.last);
        self.last_view = Some(view);
        self.put(view);
        true
    }

    /// The column so far, over the finished blocks of its table; it is empty afterwards.
    #[allow(unsafe_code)]
    pub fn finish(&mut self, blocks: &Arc<[Buffer]>) -> ArrayRef {
        self.expected = self.views.len();
        self.last_view = None;
        self.seen.clear();
        let views = ScalarBuffer::from(std::mem::take(&mut self.views));
        let nulls = self.nulls.take().and_then(|mut n| n.finish());
        if cfg!(debug_assertions) {
            return Arc::new(StringViewArray::new(views, Arc::clone(blocks), nulls));
        }
        // SAFETY: every view was made from a `&str` by `make_view`, with the block and offset at which `Blocks` stored its
        // bytes, or a text that it is a part of; nulls have the empty view. Blocks are only ever appended to. Debug builds,
        // and with them all tests, take the branch above, which checks each view. Checking them here as well costs a third
        // of filling the table.
        Arc::new(unsafe { StringViewArray::new_unchecked(views, Arc::clone(blocks), nulls) })
    }
}

#[cfg(test)]
mod tests {
    use arrow::array::{Array, AsArray};

    use super::*;

    #[test]
    fn parts_point_into_the_whole_and_repeats_are_stored_once() {
        let mut blocks = Blocks::default();
        let (mut message, mut part, mut often) = (TextColumn::default(), TextColumn::default(), TextColumn::default());
        for table in 0..3 {
            let texts: Vec<String> = (0..500).map(|i| format!("row {i}: 東京 {}", "x".repeat(i * table))).collect();
            for text in &texts {
                let whole = Whole { text, at: blocks.store(text).unwrap() };
                message.whole(whole);
                assert!(part.differing(&text[3..], Some(whole), &mut blocks));
                assert!(often.repeating(["a text of some length", "short"][text.len() % 2], &mut blocks));
            }
            let stored: usize = texts.iter().map(String::len).sum();
            assert_eq!(blocks.bytes(), stored + "a text of some length".len());
            let all = blocks.finish();
            let (message, part, often) = (message.finish(&all), part.finish(&all), often.finish(&all));
            for (i, text) in texts.iter().enumerate() {
                assert_eq!(message.as_string_view().value(i), text);
                assert_eq!(part.as_string_view().value(i), &text[3..]);
                assert_eq!(often.as_string_view().value(i), ["a text of some length", "short"][text.len() % 2]);
            }
        }
        assert_eq!(blocks.bytes(), 0);
    }

    #[test]
    fn nulls_and_repeated_rows() {
        let mut blocks = Blocks::default();
        let mut column = TextColumn::default();
        column.again();
        assert!(column.repeating("", &mut blocks));
        column.again();
        column.null();
        column.again();
        assert!(column.differing("not part of anything", None, &mut blocks));
        column.again();
        let elsewhere = Whole { text: "a whole that holds something else", at: Stored { block: 0, offset: 0 } };
        assert!(column.differing("and neither is this text", Some(elsewhere), &mut blocks));
        let array = column.finish(&blocks.finish());
        let texts: Vec<Option<&str>> = array.as_string_view().iter().collect();
        let (one, two) = ("not part of anything", "and neither is this text");
        assert_eq!(texts, [None, Some(""), Some(""), None, None, Some(one), Some(one), Some(two)]);
        assert_eq!(array.null_count(), 3);
    }
}
