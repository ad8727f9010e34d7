//! What a column's type means for display: its short name, its alignment, its name among others.

use std::borrow::Cow;
use std::collections::HashSet;

use arrow::datatypes::{DataType, Schema};

use super::zone::TimeZone;

pub(crate) use crate::schema::type_name;

/// Whether values are numbers, which are aligned to the right.
pub(crate) fn is_number(data_type: &DataType) -> bool {
    match data_type {
        DataType::Dictionary(_, values) => is_number(values),
        DataType::RunEndEncoded(_, values) => is_number(values.data_type()),
        other => other.is_numeric(),
    }
}

/// The zone that the schema's times are shown in, when it is not UTC and there are any.
pub(crate) fn shown_zone<'a>(schema: &Schema, tz: &'a TimeZone) -> Option<&'a TimeZone> {
    (!tz.is_utc() && schema.fields().iter().any(|f| has_zone(f.data_type()))).then_some(tz)
}

/// Whether values are instants, or hold some.
pub(crate) fn has_zone(data_type: &DataType) -> bool {
    match data_type {
        DataType::Timestamp(_, zone) => zone.is_some(),
        DataType::Dictionary(_, values) => has_zone(values),
        DataType::RunEndEncoded(_, values) => has_zone(values.data_type()),
        DataType::List(item) | DataType::LargeList(item) | DataType::FixedSizeList(item, _) => {
            has_zone(item.data_type())
        }
        DataType::Struct(fields) => fields.iter().any(|f| has_zone(f.data_type())),
        DataType::Map(entries, _) => has_zone(entries.data_type()),
        _ => false,
    }
}

/// The schema's column names made unique: the second `name` becomes `name_1`, the third `name_2`, skipping names that
/// are taken. JSON objects and most readers of Parquet need unique names; SQL results need not have them.
pub(crate) fn unique_names(schema: &Schema) -> Vec<String> {
    unique(schema.fields().iter().map(|f| f.name().as_str()))
}

/// See [`unique_names`].
pub(crate) fn unique<'a>(names: impl Iterator<Item = &'a str> + Clone) -> Vec<String> {
    let mut taken: HashSet<Cow<'a, str>> = names.clone().map(Cow::Borrowed).collect();
    let mut used: HashSet<&'a str> = HashSet::new();
    names
        .map(|name| {
            if used.insert(name) {
                return name.to_owned();
            }
            let mut n = 1_u64;
            loop {
                let candidate = format!("{name}_{n}");
                if taken.insert(Cow::Owned(candidate.clone())) {
                    return candidate;
                }
                n += 1;
            }
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use arrow::datatypes::{Field, TimeUnit};

    use super::*;

    #[test]
    fn names_become_unique_and_never_collide() {
        for (names, want) in [
            (vec!["a", "b"], vec!["a", "b"]),
            (vec!["a", "a", "a"], vec!["a", "a_1", "a_2"]),
            (vec!["a", "a", "a_1"], vec!["a", "a_2", "a_1"]),
            (vec!["", ""], vec!["", "_1"]),
        ] {
            assert_eq!(unique(names.into_iter()), want);
        }
    }

    #[test]
    fn encodings_share_a_name_and_an_alignment() {
        let dictionary = |v| DataType::Dictionary(Box::new(DataType::Int32), Box::new(v));
        let run = DataType::RunEndEncoded(
            Arc::new(Field::new("run_ends", DataType::Int32, false)),
            Arc::new(Field::new("values", DataType::Int64, true)),
        );
        for (data_type, name, number) in [
            (DataType::Utf8, "varchar", false),
            (DataType::Utf8View, "varchar", false),
            (dictionary(DataType::LargeUtf8), "varchar", false),
            (dictionary(DataType::Float64), "double", true),
            (run, "bigint", true),
            (DataType::Decimal128(10, 2), "decimal(10,2)", true),
            (DataType::Timestamp(TimeUnit::Nanosecond, Some("UTC".into())), "timestamp", false),
            (DataType::Boolean, "boolean", false),
        ] {
            assert_eq!((type_name(&data_type).as_ref(), is_number(&data_type)), (name, number));
        }
    }
}
