//! Dots in character cells: eight a cell as Braille, or one a cell in ASCII.

/// A field of dots; row 0 is the top.
pub(super) struct Canvas {
    columns: usize,
    rows: usize,
    ascii: bool,
    cells: Vec<u8>,
}

/// The bit of each dot of a Braille cell, by row and column.
const BRAILLE: [[u8; 2]; 4] = [[0x01, 0x08], [0x02, 0x10], [0x04, 0x20], [0x40, 0x80]];

impl Canvas {
    /// A field of so many character cells.
    pub(super) fn new(columns: usize, rows: usize, ascii: bool) -> Self {
        Canvas { columns, rows, ascii, cells: vec![0; columns * rows] }
    }

    /// Dots across and down.
    fn size(&self) -> (usize, usize) {
        if self.ascii { (self.columns, self.rows) } else { (self.columns * 2, self.rows * 4) }
    }

    /// The dot at a place given by parts of the whole, from the left and from the bottom.
    pub(super) fn place(&self, across: f64, up: f64) -> (usize, usize) {
        let (width, height) = self.size();
        let at = |part: f64, size: usize| (part.clamp(0.0, 1.0) * size.saturating_sub(1) as f64).round() as usize;
        (at(across, width), height.saturating_sub(1) - at(up, height).min(height.saturating_sub(1)))
    }

    pub(super) fn dot(&mut self, (x, y): (usize, usize)) {
        let (column, row, bit) = if self.ascii {
            (x, y, 1)
        } else {
            let bit = BRAILLE.get(y % 4).and_then(|bits| bits.get(x % 2)).copied().unwrap_or(0);
            (x / 2, y / 4, bit)
        };
        if column < self.columns
            && let Some(cell) = self.cells.get_mut(row * self.columns + column)
        {
            *cell |= bit;
        }
    }

    /// A straight line of dots.
    pub(super) fn line(&mut self, from: (usize, usize), to: (usize, usize)) {
        let steps = from.0.abs_diff(to.0).max(from.1.abs_diff(to.1)).max(1);
        let between = |a: usize, b: usize, n: usize| {
            let (a, b) = (a as f64, b as f64);
            (a + (b - a) * n as f64 / steps as f64).round() as usize
        };
        for n in 0..=steps {
            self.dot((between(from.0, to.0, n), between(from.1, to.1, n)));
        }
    }

    /// A row of cells as text, without blanks at its end.
    pub(super) fn row(&self, row: usize, out: &mut String) {
        let cells = self.cells.get(row * self.columns..(row + 1) * self.columns).unwrap_or_default();
        let end = cells.iter().rposition(|c| *c != 0).map_or(0, |last| last + 1);
        for cell in cells.iter().take(end) {
            out.push(match (cell, self.ascii) {
                (0, _) => ' ',
                (_, true) => '*',
                (bits, false) => char::from_u32(0x2800 + u32::from(*bits)).unwrap_or(' '),
            });
        }
    }
}
