//! Text arguments of any physical type, and texts that are pieces of them.

use std::sync::Arc;

use arrow::array::{Array, ArrayRef, AsArray, ByteView, MAX_INLINE_VIEW_LEN, StringViewArray};
use arrow::buffer::{BooleanBuffer, Buffer, NullBuffer, ScalarBuffer};
use arrow::compute::{cast, take};
use arrow::datatypes::DataType;
use datafusion::common::{Result, ScalarValue, exec_err, plan_err};
use datafusion::logical_expr::ColumnarValue;

use super::doc::FunctionDoc;
use super::scalar::wrong_arguments;

/// The type in which a text argument is taken: as it is, dictionaries too.
pub(super) fn text_type(doc: &FunctionDoc, given: &DataType) -> Result<DataType> {
    match given {
        DataType::Null => Ok(DataType::Utf8View),
        DataType::Utf8 | DataType::LargeUtf8 | DataType::Utf8View => Ok(given.clone()),
        DataType::Dictionary(_, values) if values.is_string() => Ok(given.clone()),
        other => plan_err!("{} takes a text, not {other}", doc.name),
    }
}

/// The types of exactly one text argument.
pub(super) fn one_text(doc: &FunctionDoc, given: &[DataType]) -> Result<Vec<DataType>> {
    match given {
        [text] => Ok(vec![text_type(doc, text)?]),
        _ => wrong_arguments(doc),
    }
}

/// Applies a kernel to a text argument. A constant is computed once, and so is each value of a dictionary.
pub(super) fn map(
    argument: &ColumnarValue,
    kernel: impl Fn(&StringViewArray) -> Result<ArrayRef>,
) -> Result<ColumnarValue> {
    match argument {
        ColumnarValue::Scalar(scalar) => {
            let result = kernel(views(&scalar.to_array()?)?.as_string_view())?;
            Ok(ColumnarValue::Scalar(ScalarValue::try_from_array(&result, 0)?))
        }
        ColumnarValue::Array(array) => {
            let dictionary = array.as_any_dictionary_opt();
            // A dictionary may be far larger than the few rows that are left of a batch.
            if let Some(dictionary) = dictionary.filter(|d| d.values().len() <= d.keys().len()) {
                let result = kernel(views(dictionary.values())?.as_string_view())?;
                return Ok(ColumnarValue::Array(take(&result, dictionary.keys(), None)?));
            }
            Ok(ColumnarValue::Array(kernel(views(array)?.as_string_view())?))
        }
    }
}

/// The texts as views; for plain texts no byte is copied.
pub(super) fn views(array: &ArrayRef) -> Result<ArrayRef> {
    if array.data_type() == &DataType::Utf8View {
        return Ok(Arc::clone(array));
    }
    Ok(cast(array, &DataType::Utf8View)?)
}

/// Builds texts most of which are pieces of an input's texts: those are not copied but point into the input's buffers.
pub(super) struct Pieces<'a> {
    input: &'a StringViewArray,
    views: Vec<u128>,
    /// A bit a row, set where there is a text.
    valid: Vec<u64>,
    /// The bits of the last rows, which do not fill a word yet.
    word: u64,
    /// Texts that are no pieces, and those of an input whose buffers cannot be shared.
    own: Vec<u8>,
    /// The number of the block of `own`: behind the input's buffers, which the output has in their order.
    own_block: u32,
}

impl<'a> Pieces<'a> {
    pub fn new(input: &'a StringViewArray, capacity: usize) -> Self {
        let own_block = u32::try_from(input.data_buffers().len()).unwrap_or(u32::MAX);
        let views = Vec::with_capacity(capacity);
        let valid = Vec::with_capacity(capacity.div_ceil(64));
        Self { input, views, valid, word: 0, own: Vec::new(), own_block }
    }

    /// Appends pieces which may lie in the input's texts, of which `row` is the first's.
    #[inline]
    pub fn extend<'p>(&mut self, row: usize, pieces: impl Iterator<Item = Option<&'p str>>) -> Result<()> {
        for (at, piece) in pieces.enumerate() {
            self.push(row + at, piece)?;
        }
        Ok(())
    }

    /// Appends `piece`, which may lie in the input's text of that row.
    #[inline(always)]
    pub fn push(&mut self, row: usize, piece: Option<&str>) -> Result<()> {
        let view = match piece {
            None => 0,
            Some(piece) if piece.len() <= MAX_INLINE_VIEW_LEN as usize => short_view(piece.as_bytes()),
            Some(piece) => match self.place(row, piece) {
                Some((block, offset)) => long_view(piece, block, offset),
                None => self.copy(piece)?,
            },
        };
        self.word |= u64::from(piece.is_some()) << (self.views.len() % 64);
        self.views.push(view);
        if self.views.len().is_multiple_of(64) {
            self.valid.push(std::mem::take(&mut self.word));
        }
        Ok(())
    }

    /// The view of a text that is no piece of the input and does not fit into its view.
    #[cold]
    fn copy(&mut self, piece: &str) -> Result<u128> {
        let offset = u32::try_from(self.own.len());
        self.own.extend_from_slice(piece.as_bytes());
        match (offset, i32::try_from(self.own.len())) {
            (Ok(offset), Ok(_)) => Ok(long_view(piece, self.own_block, offset)),
            _ => exec_err!("the texts of one batch are longer than 2 GiB"),
        }
    }

    /// Where in the input's buffers a piece of a row's text lies; `None` when it is none.
    #[inline]
    fn place(&self, row: usize, piece: &str) -> Option<(u32, u32)> {
        let view = ByteView::from(*self.input.views().get(row)?);
        let buffer = self.input.data_buffers().get(view.buffer_index as usize)?;
        let text_at = buffer.as_ptr() as usize + view.offset as usize;
        let inside = (piece.as_ptr() as usize).checked_sub(text_at)?;
        let fits = inside + piece.len() <= view.length as usize;
        Some((view.buffer_index, view.offset.checked_add(u32::try_from(inside).ok()?)?)).filter(|_| fits)
    }

    #[allow(unsafe_code)]
    pub fn finish(mut self) -> ArrayRef {
        if !self.views.len().is_multiple_of(64) {
            self.valid.push(self.word);
        }
        let mut buffers = self.input.data_buffers().to_vec();
        if !self.own.is_empty() {
            buffers.push(Buffer::from(self.own));
        }
        let nulls = NullBuffer::new(BooleanBuffer::new(Buffer::from_vec(self.valid), 0, self.views.len()));
        let (views, nulls) = (ScalarBuffer::from(self.views), Some(nulls).filter(|nulls| nulls.null_count() > 0));
        if cfg!(debug_assertions) {
            return Arc::new(StringViewArray::new(views, buffers, nulls));
        }
        // SAFETY: every view was made from a `&str`: short ones hold their text, longer ones have the block and
        // offset of the input's text that they lie in, or of their copy in `own`, which stands behind the input's buffers.
        // Nulls have the empty view. Debug builds, and with them all tests, take the branch above, which checks each view;
        // checking here as well costs a quarter of parsing a message into eight fields.
        Arc::new(unsafe { StringViewArray::new_unchecked(views, buffers, nulls) })
    }
}

/// [`make_view`] of a text that does not fit into its view.
#[inline]
fn long_view(text: &str, block: u32, offset: u32) -> u128 {
    let prefix = text.as_bytes().first_chunk().map_or(0, |first| u32::from_le_bytes(*first));
    ByteView { length: text.len() as u32, prefix, buffer_index: block, offset }.as_u128()
}

/// [`make_view`] of a text that its view holds. That one jumps by length, which differs from text to text and cannot be
/// predicted; here texts of several lengths go one way, and their halves may overlap.
#[inline]
fn short_view(text: &[u8]) -> u128 {
    let shift = |at: usize| 8 * at as u32;
    let bits = if let (Some(first), Some(last)) = (text.first_chunk(), text.last_chunk()) {
        u128::from(u64::from_le_bytes(*first)) | u128::from(u32::from_le_bytes(*last)) << shift(text.len() - 4)
    } else if let (Some(first), Some(last)) = (text.first_chunk(), text.last_chunk()) {
        u128::from(u32::from_le_bytes(*first)) | u128::from(u32::from_le_bytes(*last)) << shift(text.len() - 4)
    } else {
        text.iter().rev().fold(0, |bits, b| bits << 8 | u128::from(*b))
    };
    bits << 32 | text.len() as u128
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use arrow::array::builder::make_view;
    use arrow::array::{DictionaryArray, LargeStringArray, StringArray, UInt8Array};

    use super::*;

    const LONG: &str = "a text that is longer than an inline view";

    fn all_types(values: &[Option<&str>]) -> Vec<ArrayRef> {
        let text: ArrayRef = Arc::new(StringArray::from(values.to_vec()));
        let keys: UInt8Array = (0..values.len()).map(|at| Some(at as u8)).collect();
        let of_views = DictionaryArray::new(keys, cast(&text, &DataType::Utf8View).unwrap());
        vec![
            Arc::clone(&text),
            Arc::new(LargeStringArray::from(values.to_vec())),
            cast(&text, &DataType::Utf8View).unwrap(),
            cast(&text, &DataType::Dictionary(DataType::Int32.into(), DataType::Utf8.into())).unwrap(),
            Arc::new(of_views),
        ]
    }

    /// The text without its first and last character; static for an empty one.
    fn inner(texts: &StringViewArray) -> Result<ArrayRef> {
        let mut out = Pieces::new(texts, texts.len());
        for (row, text) in texts.iter().enumerate() {
            out.push(row, text.map(|t| t.get(1..t.len().saturating_sub(1)).unwrap_or("nothing is in this text")))?;
        }
        Ok(out.finish())
    }

    #[test]
    fn views_are_what_arrow_makes() {
        let text = "abcdefghijklmnopqrstuvwxyz";
        for to in 0..text.len() {
            let piece = &text[..to];
            let wanted = make_view(piece.as_bytes(), 3, 5);
            let view = if to <= 12 { short_view(piece.as_bytes()) } else { long_view(piece, 3, 5) };
            assert_eq!(view, wanted, "{piece}");
        }
    }

    #[test]
    fn every_physical_type_gives_the_same() {
        let values = [Some(LONG), None, Some("short"), Some(""), Some(LONG)];
        let wanted = [
            LONG.get(1..LONG.len() - 1),
            None,
            Some("hor"),
            Some("nothing is in this text"),
            LONG.get(1..LONG.len() - 1),
        ];
        for array in all_types(&values) {
            for from in 0..values.len() {
                let sliced = array.slice(from, values.len() - from);
                let ColumnarValue::Array(found) = map(&ColumnarValue::Array(sliced), inner).unwrap() else { panic!() };
                let found: Vec<_> = found.as_string_view().iter().collect();
                assert_eq!(found, wanted[from..], "{} from {from}", array.data_type());
            }
            for (at, wanted) in wanted.iter().enumerate() {
                let scalar = ScalarValue::try_from_array(&array, at).unwrap();
                let ColumnarValue::Scalar(found) = map(&ColumnarValue::Scalar(scalar), inner).unwrap() else {
                    panic!()
                };
                assert_eq!(found, ScalarValue::Utf8View(wanted.map(str::to_owned)));
            }
        }
    }

    #[test]
    fn pieces_are_not_copied() {
        let texts: ArrayRef = Arc::new(StringViewArray::from(vec![LONG]));
        let found = inner(texts.as_string_view()).unwrap();
        let (from, to) = (texts.as_string_view().data_buffers(), found.as_string_view().data_buffers());
        assert_eq!(to.len(), 1);
        assert_eq!(from[0].as_ptr(), to[0].as_ptr());
    }

    #[test]
    fn a_large_dictionary_is_not_computed_for_a_few_rows() {
        let values: ArrayRef = Arc::new(StringArray::from(vec!["xax", "xbx", "xcx"]));
        let array: ArrayRef = Arc::new(DictionaryArray::new(UInt8Array::from(vec![2]), values));
        let rows = std::cell::Cell::new(0);
        let counting = |texts: &StringViewArray| {
            rows.set(texts.len());
            inner(texts)
        };
        let ColumnarValue::Array(found) = map(&ColumnarValue::Array(array), counting).unwrap() else { panic!() };
        assert_eq!((found.as_string_view().value(0), rows.get()), ("c", 1));
    }
}
