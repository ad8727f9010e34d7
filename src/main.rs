//! The `tunnelql` command: parse the arguments, run, and turn an error into text and an exit code, here and nowhere else.

use std::io::Write;
use std::process::ExitCode;

use tunnelql::cli::{arguments, run};

#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

fn main() -> ExitCode {
    let (code, text) = match run(arguments()) {
        Ok(()) => (0, String::new()),
        Err(e) => (e.exit.code(), e.text),
    };
    if !text.is_empty() {
        // Nothing can be done about a broken stderr.
        let _ = writeln!(std::io::stderr(), "tunnelql: {}", tunnelql::render::terminal_lines(&text));
    }
    // A cancelled query's threads may still compute; the process does not wait for them.
    ExitCode::from(code)
}
