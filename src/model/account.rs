//! The import account: pure arithmetic that must close for every source and in total.

use std::ops::AddAssign;

/// What became of the bytes of a source. Both equations hold at every moment:
/// `lines = blank + records + rejects` and `bytes = all lines with their separators + torn_bytes`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, serde::Serialize, serde::Deserialize)]
pub struct Account {
    /// Bytes of the decoded (decompressed) source that were looked at.
    pub bytes: u64,
    /// Units: lines of line formats (a CSV header is none), elements of documents.
    pub lines: u64,
    /// Lines with nothing but white space.
    pub blank: u64,
    /// Good records.
    pub records: u64,
    /// Units that are no record; each is kept with a code.
    pub rejects: u64,
    /// Bytes of an unfinished last line, left for the next time.
    pub torn_bytes: u64,
}

impl Account {
    /// Whether the lines add up.
    pub fn balances(&self) -> bool {
        self.lines == self.blank + self.records + self.rejects && self.torn_bytes <= self.bytes
    }
}

impl AddAssign for Account {
    fn add_assign(&mut self, other: Self) {
        self.bytes += other.bytes;
        self.lines += other.lines;
        self.blank += other.blank;
        self.records += other.records;
        self.rejects += other.rejects;
        self.torn_bytes += other.torn_bytes;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sums_balance() {
        let one = Account { bytes: 10, lines: 3, blank: 1, records: 1, rejects: 1, torn_bytes: 2 };
        let mut sum = one;
        sum += one;
        assert!(one.balances() && sum.balances());
        assert_eq!(sum.lines, 6);
        assert!(!Account { lines: 1, ..Account::default() }.balances());
    }
}
