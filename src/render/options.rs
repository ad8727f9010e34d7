//! How a result should look, and what came of it.

use super::zone::TimeZone;

/// How to render. The default writes everything, in Unicode, without colour.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RenderOptions {
    /// Columns of the terminal that a table must fit into; `None` is unlimited and cuts nothing.
    pub width: Option<usize>,
    /// Rows shown at most; `None` shows all. Further rows are still counted in the [`Summary`].
    pub max_rows: Option<usize>,
    /// How a null looks in table, vertical, Markdown and HTML. CSV always leaves it empty, TSV writes `\N`, JSON `null`.
    pub null: String,
    /// Box drawing characters and `…`; otherwise `+-|` and `...`. The data is never changed by it.
    pub unicode: bool,
    /// ANSI attributes for headers and nulls in table and vertical.
    pub color: bool,
    /// CSV and TSV: put `'` before texts a spreadsheet would run as a formula. This changes the data, so it is off
    /// unless asked for.
    pub csv_safe: bool,
    /// The output is a terminal: what would act on it is made visible, also in formats that keep data exact elsewhere.
    pub terminal: bool,
    /// Time zone of the formats for people: table, vertical, Markdown, HTML. The others are always UTC.
    pub tz: TimeZone,
    /// Table: records, one line for each value, when a table of this width would leave columns out or make them too narrow.
    pub auto_vertical: bool,
    /// HTML: markup that stands above the table as it is.
    pub figure: Option<String>,
    /// Table: widths of the columns from the first on; 0 is fitted.
    pub column_widths: Vec<usize>,
}

impl Default for RenderOptions {
    fn default() -> Self {
        RenderOptions {
            width: None,
            max_rows: None,
            null: "NULL".to_owned(),
            unicode: true,
            color: false,
            csv_safe: false,
            terminal: false,
            tz: TimeZone::utc(),
            auto_vertical: false,
            figure: None,
            column_widths: Vec::new(),
        }
    }
}

/// How many rows a renderer saw.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Summary {
    /// Rows received.
    pub rows: u64,
    /// Rows in the output; fewer than `rows` only when `max_rows` cut.
    pub shown: u64,
}

impl Summary {
    /// Whether `max_rows` kept rows out of the output.
    pub fn is_cut(&self) -> bool {
        self.shown < self.rows
    }

    /// The line below a result: `120 rows`, `120 rows (40 shown)`. `columns` is (shown, all), said when they differ;
    /// `zone` is the time zone of the times when it is not UTC.
    pub(crate) fn footer(&self, columns: Option<(usize, usize)>, zone: Option<&str>) -> String {
        let noun = if self.rows == 1 { "row" } else { "rows" };
        let mut notes = Vec::new();
        if self.is_cut() {
            notes.push(format!("{} shown", self.shown));
        }
        if let Some((shown, all)) = columns.filter(|(shown, all)| shown < all) {
            notes.push(format!("{shown} of {all} columns shown"));
        }
        if let Some(zone) = zone {
            notes.push(format!("times in {zone}"));
        }
        match notes.is_empty() {
            true => format!("{} {noun}", self.rows),
            false => format!("{} {noun} ({})", self.rows, notes.join(", ")),
        }
    }
}

/// Counts rows against `max_rows` for formats that show the first rows.
#[derive(Debug)]
pub(crate) struct Limit {
    max: u64,
    summary: Summary,
}

impl Limit {
    pub(crate) fn new(max_rows: Option<usize>) -> Self {
        Limit { max: max_rows.map_or(u64::MAX, |n| n as u64), summary: Summary::default() }
    }

    /// Counts `rows` more and says how many of them, from the first, still fit.
    pub(crate) fn admit(&mut self, rows: usize) -> usize {
        let room = self.max.saturating_sub(self.summary.shown);
        let admitted = usize::try_from(room).unwrap_or(usize::MAX).min(rows);
        self.summary.rows += rows as u64;
        self.summary.shown += admitted as u64;
        admitted
    }

    pub(crate) fn summary(&self) -> Summary {
        self.summary
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn footers() {
        for (rows, shown, columns, want) in [
            (0, 0, None, "0 rows"),
            (1, 1, None, "1 row"),
            (120, 120, None, "120 rows"),
            (120, 40, None, "120 rows (40 shown)"),
            (2, 2, Some((12, 20)), "2 rows (12 of 20 columns shown)"),
            (2, 2, Some((20, 20)), "2 rows"),
            (120, 40, Some((12, 20)), "120 rows (40 shown, 12 of 20 columns shown)"),
        ] {
            assert_eq!(Summary { rows, shown }.footer(columns, None), want);
        }
    }

    #[test]
    fn the_limit_admits_across_batches() {
        let mut limit = Limit::new(Some(5));
        assert_eq!([limit.admit(3), limit.admit(3), limit.admit(3)], [3, 2, 0]);
        assert_eq!(limit.summary(), Summary { rows: 9, shown: 5 });
    }
}
