//! Structs and lists of texts, built row by row.

use std::sync::Arc;

use arrow::array::{Array, ArrayRef, ListArray, StringBuilder, StringViewArray, StructArray};
use arrow::buffer::{NullBuffer, OffsetBuffer};
use arrow::datatypes::{DataType, Field, FieldRef, Fields};
use datafusion::common::Result;

use super::text::Pieces;

/// A nullable field.
pub(super) fn field(name: &str, data_type: DataType) -> FieldRef {
    Arc::new(Field::new(name, data_type, true))
}

/// A list of such items.
pub(super) fn list_of(item: DataType) -> DataType {
    DataType::List(field("item", item))
}

/// A struct with these fields; its nulls are those rows of which `valid` is false.
pub(super) fn structs(fields: Fields, columns: Vec<ArrayRef>, valid: Vec<bool>) -> Result<ArrayRef> {
    Ok(Arc::new(StructArray::try_new(fields, columns, Some(NullBuffer::from(valid)))?))
}

/// Lists of so many items each, the items one after the other in `items`; `None` is a null.
pub(super) fn lists(items: ArrayRef, lengths: &[Option<usize>]) -> Result<ArrayRef> {
    let offsets = OffsetBuffer::from_lengths(lengths.iter().map(|length| length.unwrap_or_default()));
    let nulls: NullBuffer = lengths.iter().map(Option::is_some).collect::<Vec<_>>().into();
    Ok(Arc::new(ListArray::try_new(field("item", items.data_type().clone()), offsets, items, Some(nulls))?))
}

/// Lists of texts that are made, not taken from the input.
#[derive(Default)]
pub(super) struct TextLists {
    texts: StringBuilder,
    lengths: Vec<Option<usize>>,
}

impl TextLists {
    pub fn push<'t>(&mut self, texts: Option<impl IntoIterator<Item = &'t str>>) {
        self.lengths.push(texts.map(|texts| {
            let mut length = 0;
            for text in texts {
                self.texts.append_value(text);
                length += 1;
            }
            length
        }));
    }

    pub fn finish(mut self) -> Result<ArrayRef> {
        lists(Arc::new(self.texts.finish()), &self.lengths)
    }
}

/// Columns of pieces of the input's texts, one for each of some names.
pub(super) struct PieceColumns<'a, const N: usize>([Pieces<'a>; N]);

impl<'a, const N: usize> PieceColumns<'a, N> {
    pub fn new(input: &'a StringViewArray) -> Self {
        Self(std::array::from_fn(|_| Pieces::new(input, input.len())))
    }

    /// Appends a row of values found in the input's text of row `row`.
    pub fn push(&mut self, row: usize, values: [Option<&str>; N]) -> Result<()> {
        self.0.iter_mut().zip(values).try_for_each(|(column, value)| column.push(row, value))
    }

    pub fn finish(self) -> Vec<ArrayRef> {
        self.0.into_iter().map(Pieces::finish).collect()
    }
}
