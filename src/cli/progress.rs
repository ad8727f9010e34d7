//! Progress on stderr, only on a terminal.

use std::io::IsTerminal;

use indicatif::{HumanBytes, ProgressBar, ProgressStyle};

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

/// A line for a query, whose end cannot be told from what it has read.
pub fn query_line(stats: &crate::engine::QueryStats) -> String {
    let spilled = match stats.bytes_spilled {
        0 => String::new(),
        n => format!(", {} spilled", HumanBytes(n)),
    };
    format!(
        "read {} of {} in {} of {} files{spilled}",
        HumanBytes(stats.bytes_read),
        HumanBytes(stats.bytes_total),
        stats.files_read,
        stats.files_total
    )
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
