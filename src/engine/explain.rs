//! What a statement will read, or did read, in plain words and numbers.

use std::fmt;
use std::sync::Arc;

use arrow::array::{RecordBatch, StringArray};
use arrow::datatypes::SchemaRef;
use serde::Serialize;

use super::QueryStats;
use crate::tables::reading::{Reading, Readings, Unit};

/// What a statement will read.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
pub struct Explanation {
    /// Each scan of each place, and the tables that decide while the statement runs.
    #[serde(flatten)]
    pub readings: Readings,
}

impl fmt::Display for Explanation {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Readings { scans, later } = &self.readings;
        if scans.is_empty() && later.is_empty() {
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
        Ok(())
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

/// Bytes in a unit that reads well.
fn size(bytes: u64) -> String {
    const UNITS: [&str; 5] = ["KB", "MB", "GB", "TB", "PB"];
    if bytes < 1024 {
        return format!("{bytes} bytes");
    }
    let mut value = bytes as f64 / 1024.0;
    let mut unit = 0;
    while value >= 1023.95 && unit + 1 < UNITS.len() {
        value /= 1024.0;
        unit += 1;
    }
    format!("{value:.1} {}", UNITS.get(unit).copied().unwrap_or_default())
}

/// What was read, as one more row of `EXPLAIN ANALYZE`; `None` where the rows have another shape.
pub(super) fn as_plan_row(schema: &SchemaRef, readings: Readings, read: &QueryStats) -> Option<RecordBatch> {
    // What was decided meanwhile is among the scans by now.
    let decided = Explanation { readings: Readings { later: Vec::new(), ..readings } };
    let mut text = decided.to_string();
    text.push_str(&format!(
        "read: {} of {} files and blobs, {} of {}",
        read.files_read,
        read.files_total,
        size(read.bytes_read),
        size(read.bytes_total)
    ));
    if read.bytes_spilled > 0 {
        text.push_str(&format!("; {} written to disk for lack of memory", size(read.bytes_spilled)));
    }
    let column = |text: &str| Arc::new(StringArray::from(vec![text])) as _;
    RecordBatch::try_new(Arc::clone(schema), vec![column("What was read"), column(&text)]).ok()
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
        };
        let readings = Readings { scans: vec![scan], later: vec!["disconnects"] };
        let text = Explanation { readings: readings.clone() }.to_string();
        assert_eq!(
            text,
            "tunnel_log from archive /a: 3 of 40 files, 1000 bytes of 5.0 MB\n  \
             time >= 'T': leaves 3 of 40 files\n  \
             f(time) = 1: skips none: why\n\
             disconnects: what it reads of the logs is decided while it runs; EXPLAIN ANALYZE says what that was\n"
        );
        let json = serde_json::to_value(Explanation { readings }).unwrap();
        assert_eq!(json["scans"][0]["unit"], "files");
        assert_eq!(json["scans"][0]["filters"][0]["leaves"], 3);
        assert_eq!(json["later"][0], "disconnects");
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
