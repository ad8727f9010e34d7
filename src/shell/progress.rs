//! Progress on stderr, only on a terminal.

use std::io::IsTerminal;
use std::time::Duration;

use indicatif::{HumanBytes, HumanDuration, ProgressBar, ProgressStyle};

/// A bar for work measured in bytes. Draws nothing when stderr is no terminal.
pub fn bytes_bar(total: u64) -> ProgressBar {
    if !std::io::stderr().is_terminal() {
        return ProgressBar::hidden();
    }
    let bar = ProgressBar::new(total);
    let style =
        ProgressStyle::with_template("{wide_bar} {bytes}/{total_bytes} {binary_bytes_per_sec} left {eta} {msg}");
    bar.set_style(style.unwrap_or_else(|_| ProgressStyle::default_bar()));
    bar
}

/// A bar for work measured in steps.
pub fn steps_bar() -> ProgressBar {
    if !std::io::stderr().is_terminal() {
        return ProgressBar::hidden();
    }
    let bar = ProgressBar::new(0);
    let style = ProgressStyle::with_template("{wide_bar} {pos}/{len} left {eta} {msg}");
    bar.set_style(style.unwrap_or_else(|_| ProgressStyle::default_bar()));
    bar
}

/// A line for a query: what it has read of how much, how fast, and how long that will go on. What follows the reading,
/// such as a last sort, is not in it.
pub fn query_line(stats: &crate::engine::QueryStats, elapsed: Duration) -> String {
    let seconds = elapsed.as_secs_f64().max(0.001);
    let rate = stats.bytes_read as f64 / seconds;
    // Of Parquet files only the needed columns are read, so that files tell the share better than bytes.
    let share = stats.files_read.saturating_sub(1) as f64 / stats.files_total.max(1) as f64;
    let left = if share > 0.02 {
        format!(", left {}", HumanDuration(Duration::from_secs_f64(seconds * (1.0 - share) / share)))
    } else {
        String::new()
    };
    let spilled = match stats.bytes_spilled {
        0 => String::new(),
        n => format!(", {} spilled", HumanBytes(n)),
    };
    let time = HumanDuration(Duration::from_secs(elapsed.as_secs()));
    if stats.files_total == 0 {
        return format!("{time:#}{spilled}");
    }
    format!(
        "{time:#} read {} of {} in {} of {} files, {}/s{left}{spilled}",
        HumanBytes(stats.bytes_read),
        HumanBytes(stats.bytes_total),
        stats.files_read,
        stats.files_total,
        HumanBytes(rate as u64)
    )
}

/// A bar that goes when it is dropped, also when what it tells of is cancelled.
pub struct Bar(pub ProgressBar);

impl Drop for Bar {
    fn drop(&mut self) {
        self.0.finish_and_clear();
    }
}

/// One line about a running statement, drawn anew in its place and gone when it is dropped. indicatif's lines are padded
/// to the terminal's width, so that the `^C` of whoever cancels would push the line up out of reach.
pub struct Line {
    terminal: bool,
    shown: bool,
    turn: usize,
}

impl Line {
    /// A line on stderr; nothing when that is no terminal.
    pub fn new() -> Self {
        Self { terminal: std::io::stderr().is_terminal(), shown: false, turn: 0 }
    }

    /// Whether anyone sees it.
    pub fn is_visible(&self) -> bool {
        self.terminal
    }

    /// Shows a text.
    pub fn show(&mut self, text: &str) {
        const TURNS: [char; 4] = ['|', '/', '-', '\\'];
        let turn = TURNS.get(self.turn % TURNS.len()).copied().unwrap_or(' ');
        self.turn += 1;
        self.shown = true;
        let width = super::output::terminal_width().unwrap_or(80).saturating_sub(6);
        let cut: String = text.chars().take(width).collect();
        self.write(&format!("\r\x1b[2K{turn} {cut}"));
    }

    /// Takes it away.
    pub fn clear(&mut self) {
        if std::mem::take(&mut self.shown) {
            self.write("\r\x1b[2K");
        }
    }

    fn write(&self, text: &str) {
        use std::io::Write;
        let mut out = std::io::stderr();
        // Nothing can be done about a broken stderr.
        let _ = out.write_all(text.as_bytes()).and_then(|()| out.flush());
    }
}

impl Drop for Line {
    fn drop(&mut self) {
        self.clear();
    }
}
