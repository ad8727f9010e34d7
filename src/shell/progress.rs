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
    format!(
        "read {} of {} in {} of {} files, {}/s{left}{spilled}",
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

/// A spinner for a query.
pub fn spinner() -> ProgressBar {
    if !std::io::stderr().is_terminal() {
        return ProgressBar::hidden();
    }
    let bar = ProgressBar::new_spinner();
    let style = ProgressStyle::with_template("{spinner} {elapsed} {msg}");
    bar.set_style(style.unwrap_or_else(|_| ProgressStyle::default_spinner()));
    bar
}
