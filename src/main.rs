//! The `tunnelql` command: parse the arguments, run, and turn an error into text and an exit code, here and nowhere else.

use std::io::Write;
use std::process::ExitCode;

use tunnelql::cli::{arguments, run};
use tunnelql::store::redact;

#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

fn main() -> ExitCode {
    let arguments = arguments().unwrap_or_else(|e| misused(&e));
    let (code, text) = match run(arguments) {
        Ok(()) => (0, String::new()),
        Err(e) => (e.exit.code(), redact(&e.text)),
    };
    if !text.is_empty() {
        // Nothing can be done about a broken stderr.
        let _ = writeln!(std::io::stderr(), "tunnelql: {}", tunnelql::render::terminal_lines(&text));
    }
    // A cancelled query's threads may still compute; the process does not wait for them.
    ExitCode::from(code)
}

/// Says what is wrong with the arguments, or shows the help, and ends. Arguments are repeated there, and a URL among them may
/// carry a signature.
#[allow(clippy::exit, reason = "what clap does itself, with its exit codes")]
fn misused(error: &clap::Error) -> ! {
    let plain = error.render().to_string();
    match redact(&plain) == plain {
        true => error.exit(),
        false => {
            let _ = write!(std::io::stderr(), "{}", redact(&plain));
            std::process::exit(error.exit_code())
        }
    }
}
