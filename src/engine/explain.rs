//! What a statement will read, or did read, in plain words and numbers.

use std::fmt;
use std::sync::Arc;

use arrow::array::{RecordBatch, StringArray};
use arrow::datatypes::SchemaRef;
use serde::Serialize;

use super::QueryStats;
use crate::store::{Requests, Sent};
use crate::tables::reading::{Reading, Readings, ScanRequests, Unit, size};

/// What a statement will read.
#[derive(Debug, Clone, Default, PartialEq, Serialize)]
pub struct Explanation {
    /// Each scan of each place, and the tables that decide while the statement runs.
    #[serde(flatten)]
    pub readings: Readings,
    /// What it takes of remote stores; `None` for local data.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub bill: Option<Bill>,
}

/// What a statement takes of remote stores. Reads of archives are an estimate, and bytes the most that can be read.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Bill {
    /// Requests for listings and reads, and those that everything would take.
    #[serde(flatten)]
    pub requests: ScanRequests,
    /// Bytes at most, without those that the cache has.
    pub bytes: u64,
    /// What the logs of archives have taken already.
    pub opening: Opening,
    /// What the transactions cost, about.
    pub cost: f64,
    /// In which currency.
    pub currency: String,
}

/// What opening the data has taken: whether places are archives, and their logs. It is part of the bill.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize)]
pub struct Opening {
    /// Pages of listings.
    pub list: u64,
    /// Reads.
    pub read: u64,
    /// Bytes read.
    pub bytes: u64,
    /// Bytes that the cache had.
    pub bytes_cached: u64,
}

/// What transactions cost, for 10,000 of them. The defaults are Azure's list prices of block blobs in the hot tier with
/// local redundancy; regions, tiers and contracts differ.
#[derive(Debug, Clone, PartialEq)]
pub struct Prices {
    /// Pages of listings.
    pub list: f64,
    /// Reads.
    pub read: f64,
    /// In which currency.
    pub currency: String,
}

impl Default for Prices {
    fn default() -> Self {
        Self { list: 0.055, read: 0.0044, currency: "USD".to_owned() }
    }
}

impl std::str::FromStr for Prices {
    type Err = String;

    /// `LIST READ [CURRENCY]`.
    fn from_str(text: &str) -> Result<Self, String> {
        let mut words = text.split_whitespace();
        let mut number = || words.next()?.parse::<f64>().ok().filter(|n| n.is_finite() && *n >= 0.0);
        match (number(), number(), words.next(), words.next()) {
            (Some(list), Some(read), currency, None) => {
                Ok(Self { list, read, currency: currency.unwrap_or("USD").to_owned() })
            }
            _ => Err(format!(
                "'{text}' are no prices; expected LIST READ [CURRENCY] of 10,000 requests: '0.055 0.0044 USD'"
            )),
        }
    }
}

impl Explanation {
    /// What scans decided, with what it takes to find that out.
    pub(super) fn new(readings: Readings, opened: Sent, prices: &Prices) -> Self {
        let scans: Vec<_> = readings.scans.iter().filter_map(|s| Some((s.requests?, s.left_bytes))).collect();
        let sum = |of: fn(&ScanRequests) -> u64| scans.iter().map(|(r, _)| of(r)).sum::<u64>();
        let Requests { list, read, .. } = opened.requests;
        let opening = Opening { list, read, bytes: opened.contents, bytes_cached: opened.cached };
        let requests = ScanRequests {
            list: opening.list + sum(|r| r.list),
            read: opening.read + sum(|r| r.read),
            list_total: opening.list + sum(|r| r.list_total),
            read_total: opening.read + sum(|r| r.read_total),
            read_cached: sum(|r| r.read_cached),
            bytes_cached: opening.bytes_cached + sum(|r| r.bytes_cached),
        };
        let bill = (opened.requests.total() > 0 || !scans.is_empty()).then(|| Bill {
            requests,
            bytes: opening.bytes + scans.iter().map(|(r, bytes)| bytes.saturating_sub(r.bytes_cached)).sum::<u64>(),
            opening,
            cost: (requests.list as f64 * prices.list + requests.read as f64 * prices.read) / 10_000.0,
            currency: prices.currency.clone(),
        });
        Self { readings, bill }
    }
}

impl fmt::Display for Bill {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let ScanRequests { list, read, list_total, read_total, read_cached, bytes_cached } = self.requests;
        writeln!(
            f,
            "requests: {list} of {list_total} to list, about {read} of {read_total} to read, at most {}; an estimate of \
             their price is {:.6} {} (--prices), without what leaving the region costs",
            size(self.bytes),
            self.cost,
            self.currency
        )?;
        if self.opening.list + self.opening.read > 0 {
            let Opening { list, read, bytes, .. } = self.opening;
            writeln!(f, "  of these, opening the data took {list} to list and {read} to read, {}", size(bytes))?;
        }
        if bytes_cached > 0 {
            writeln!(f, "  not asked for, since the cache has it: {read_cached} to read, {}", size(bytes_cached))?;
        }
        Ok(())
    }
}

impl fmt::Display for Explanation {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Readings { scans, later } = &self.readings;
        if scans.is_empty() && later.is_empty() && self.bill.is_none() {
            return f.write_str("reads no logs\n");
        }
        for scan in scans {
            write_scan(scan, f)?;
        }
        for table in later {
            writeln!(
                f,
                "{table}: what it reads of the logs is decided while it runs; EXPLAIN ANALYZE says what that was"
            )?;
        }
        self.bill.iter().try_for_each(|bill| bill.fmt(f))
    }
}

fn write_scan(scan: &Reading, f: &mut fmt::Formatter<'_>) -> fmt::Result {
    let Reading { table, place, total, total_bytes, left, left_bytes, .. } = scan;
    let unit = unit(scan.unit, *total);
    writeln!(f, "{table} from {place}: {left} of {total} {unit}, {} of {}", size(*left_bytes), size(*total_bytes))?;
    for effect in &scan.filters {
        write!(f, "  {}: ", effect.filter)?;
        match (effect.leaves, &effect.note) {
            (Some(leaves), Some(note)) => writeln!(f, "leaves {leaves} of {total} {unit}, {note}")?,
            (Some(leaves), None) => writeln!(f, "leaves {leaves} of {total} {unit}")?,
            (None, Some(note)) => writeln!(f, "skips none: {note}")?,
            (None, None) => writeln!(f, "skips none")?,
        }
    }
    if scan.filters.is_empty() && *left > 1 {
        writeln!(f, "  no filter: all of it; a range of time (--last, --since, WHERE time >= ...) reads less")?;
    }
    Ok(())
}

fn unit(unit: Unit, count: u64) -> &'static str {
    match (unit, count) {
        (Unit::Files, 1) => "file",
        (Unit::Files, _) => "files",
        (Unit::Blobs, 1) => "blob",
        (Unit::Blobs, _) => "blobs",
    }
}

/// What was read, as one more row of `EXPLAIN ANALYZE`; `None` where the rows have another shape.
pub(super) fn as_plan_row(schema: &SchemaRef, readings: Readings, read: &QueryStats) -> Option<RecordBatch> {
    // What was decided meanwhile is among the scans by now.
    let decided = Explanation { readings: Readings { later: Vec::new(), ..readings }, bill: None };
    let mut text = decided.to_string();
    text.push_str(&format!(
        "read: {} of {} files and blobs, {} of {}",
        read.files_read,
        read.files_total,
        size(read.bytes_read),
        size(read.bytes_total)
    ));
    if read.requests.total() > 0 {
        let Requests { list, read, .. } = read.requests;
        text.push_str(&format!("; requests: {list} to list, {read} to read"));
    }
    if read.bytes_spilled > 0 {
        text.push_str(&format!("; {} written to disk for lack of memory", size(read.bytes_spilled)));
    }
    plan_row(schema, "What was read", &text)
}

/// What remote stores are asked for, as one more row of `EXPLAIN`; `None` for local data, and where the rows have another
/// shape.
pub(super) fn bill_as_plan_row(schema: &SchemaRef, explained: &Explanation) -> Option<RecordBatch> {
    explained.bill.as_ref().and_then(|bill| plan_row(schema, "What it takes", bill.to_string().trim_end()))
}

fn plan_row(schema: &SchemaRef, name: &str, text: &str) -> Option<RecordBatch> {
    let column = |text: &str| Arc::new(StringArray::from(vec![text])) as _;
    RecordBatch::try_new(Arc::clone(schema), vec![column(name), column(text)]).ok()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::tables::reading::FilterEffect;

    #[test]
    fn words_and_numbers() {
        assert_eq!(Explanation::default().to_string(), "reads no logs\n");
        let effect = |filter: &str, leaves, note: Option<&str>| FilterEffect {
            filter: filter.to_owned(),
            leaves,
            note: note.map(str::to_owned),
        };
        let scan = Reading {
            table: "tunnel_log".to_owned(),
            place: "archive /a".to_owned(),
            unit: Unit::Files,
            total: 40,
            total_bytes: 5 << 20,
            left: 3,
            left_bytes: 1000,
            filters: vec![effect("time >= 'T'", Some(3), None), effect("f(time) = 1", None, Some("why"))],
            requests: None,
        };
        let readings = Readings { scans: vec![scan], later: vec!["disconnects"] };
        let text = Explanation { readings: readings.clone(), bill: None }.to_string();
        assert_eq!(
            text,
            "tunnel_log from archive /a: 3 of 40 files, 1000 bytes of 5.0 MB\n  \
             time >= 'T': leaves 3 of 40 files\n  \
             f(time) = 1: skips none: why\n\
             disconnects: what it reads of the logs is decided while it runs; EXPLAIN ANALYZE says what that was\n"
        );
        let json = serde_json::to_value(Explanation { readings, bill: None }).unwrap();
        assert_eq!(json["scans"][0]["unit"], "files");
        assert_eq!(json["scans"][0]["filters"][0]["leaves"], 3);
        assert_eq!(json["later"][0], "disconnects");
    }

    #[test]
    fn the_bill_is_summed_and_priced() {
        let requests =
            ScanRequests { list: 2, read: 20, list_total: 3, read_total: 900, read_cached: 4, bytes_cached: 48 };
        let scan = |requests| Reading {
            table: "t".to_owned(),
            place: "raw exports".to_owned(),
            unit: Unit::Blobs,
            total: 900,
            total_bytes: 9000,
            left: 20,
            left_bytes: 2048,
            filters: Vec::new(),
            requests,
        };
        let readings = Readings { scans: vec![scan(Some(requests)), scan(None)], later: Vec::new() };
        let asked = Requests { list: 1, other: 1, ..Requests::default() };
        let opening = Sent { requests: asked, contents: 1000, ..Sent::default() };
        let prices: Prices = "100 10 EUR".parse().unwrap();
        let bill = Explanation::new(readings.clone(), opening, &prices).bill.unwrap();
        assert_eq!((bill.requests.list, bill.requests.read, bill.bytes), (3, 20, 3000));
        assert!((bill.cost - 0.05).abs() < 1e-9);
        let text = bill.to_string();
        assert!(text.starts_with("requests: 3 of 4 to list, about 20 of 900 to read, at most 2.9 KB; "), "{text}");
        assert!(text.contains("opening the data took 1 to list and 0 to read, 1000 bytes\n"), "{text}");
        assert!(text.contains("the cache has it: 4 to read, 48 bytes\n"), "{text}");
        assert!(text.contains("0.050000 EUR"), "{text}");
        let local = Readings { scans: vec![scan(None)], later: Vec::new() };
        assert_eq!(Explanation::new(local, Sent::default(), &prices).bill, None);
        for bad in ["", "1", "a b", "1 2 EUR x", "-1 2"] {
            assert!(bad.parse::<Prices>().is_err(), "{bad}");
        }
        assert_eq!("0.055 0.0044".parse::<Prices>().unwrap(), Prices::default());
    }

    #[test]
    fn sizes_read_well() {
        for (bytes, want) in
            [(0, "0 bytes"), (1023, "1023 bytes"), (1024, "1.0 KB"), (1 << 20, "1.0 MB"), (u64::MAX, "16384.0 PB")]
        {
            assert_eq!(size(bytes), want);
        }
    }
}
