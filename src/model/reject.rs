//! Why a unit of input is no record: stable numbered codes, never reused.

/// The reason of a reject. The number is stable: it is stored in archives and written in scripts.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum RejectCode {
    /// The line is no JSON.
    NotJson,
    /// The line is JSON, but not an object.
    NotAnObject,
    /// The unit is not UTF-8.
    NotUtf8,
    /// There is no time, neither in the record nor to be inherited.
    NoTime,
    /// The time is there but cannot be read.
    BadTime,
    /// There is no category, neither in the record nor in the path.
    NoCategory,
    /// The category is not one that a VPN gateway writes.
    UnknownCategory,
    /// The resource is not a VPN gateway.
    NotAVpnGateway,
    /// The unit is longer than the limit.
    TooLong,
    /// The document or the compressed stream ends early or is damaged.
    Truncated,
    /// A CSV record or a table row has not as many fields as the header has columns.
    WrongFieldCount,
    /// A known key has a value of an impossible type, for example a number as `category`.
    BadValue,
    /// The source is of no format that is known.
    UnknownFormat,
    /// The response carries a partial error: rows are missing that the query should have brought.
    PartialResult,
    /// The JSON nests deeper than the limit.
    TooDeep,
}

impl RejectCode {
    /// Every code.
    pub const ALL: [Self; 15] = [
        Self::NotJson,
        Self::NotAnObject,
        Self::NotUtf8,
        Self::NoTime,
        Self::BadTime,
        Self::NoCategory,
        Self::UnknownCategory,
        Self::NotAVpnGateway,
        Self::TooLong,
        Self::Truncated,
        Self::WrongFieldCount,
        Self::BadValue,
        Self::UnknownFormat,
        Self::PartialResult,
        Self::TooDeep,
    ];

    /// The stable number.
    pub fn number(self) -> u16 {
        match self {
            Self::NotJson => 1,
            Self::NotAnObject => 2,
            Self::NotUtf8 => 3,
            Self::NoTime => 4,
            Self::BadTime => 5,
            Self::NoCategory => 6,
            Self::UnknownCategory => 7,
            Self::NotAVpnGateway => 8,
            Self::TooLong => 9,
            Self::Truncated => 10,
            Self::WrongFieldCount => 11,
            Self::BadValue => 12,
            Self::UnknownFormat => 13,
            Self::PartialResult => 14,
            Self::TooDeep => 15,
        }
    }

    /// The meaning in words, for people.
    pub fn meaning(self) -> &'static str {
        match self {
            Self::NotJson => "not valid JSON",
            Self::NotAnObject => "JSON, but not an object",
            Self::NotUtf8 => "not valid UTF-8",
            Self::NoTime => "no time",
            Self::BadTime => "unreadable time",
            Self::NoCategory => "no category",
            Self::UnknownCategory => "not a category of a VPN gateway",
            Self::NotAVpnGateway => "not a VPN gateway's resource",
            Self::TooLong => "longer than the limit",
            Self::Truncated => "ends early or is damaged",
            Self::WrongFieldCount => "number of fields differs from the header",
            Self::BadValue => "value of an impossible type",
            Self::UnknownFormat => "unknown format",
            Self::PartialResult => "the response says that rows are missing",
            Self::TooDeep => "nested too deeply",
        }
    }
}

/// A unit that is no record, with all that is needed to find and show it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Reject {
    /// Why.
    pub code: RejectCode,
    /// One-based ordinal of the unit.
    pub line: u64,
    /// Byte offset of its first byte in the decoded source.
    pub offset: u64,
    /// Its length in bytes.
    pub length: u64,
    /// What was found, if more can be said than the code does; may be empty.
    pub detail: String,
    /// The beginning of the unit, at most [`Reject::EXCERPT_BYTES`] bytes, invalid UTF-8 replaced.
    pub excerpt: String,
}

impl Reject {
    /// How much of a rejected unit is kept.
    pub const EXCERPT_BYTES: usize = 512;

    /// The beginning of `unit` as text.
    pub fn excerpt(unit: &[u8]) -> String {
        String::from_utf8_lossy(&unit[..unit.len().min(Self::EXCERPT_BYTES)]).into_owned()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_are_unique() {
        let mut numbers: Vec<_> = RejectCode::ALL.iter().map(|c| c.number()).collect();
        numbers.sort_unstable();
        numbers.dedup();
        assert_eq!(numbers.len(), RejectCode::ALL.len());
    }
}
