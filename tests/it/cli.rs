//! The command line from the outside: exit codes, what goes to stdout and what to stderr, and files.

mod ends;
mod input;
mod mistakes;
mod output;
mod scripts;

use crate::support::{Output, arg, command, finish, sample};

/// A query over the sample blobs.
fn blobs(args: &[&str]) -> Output {
    finish(command().args(["query", "--data", &arg(sample("blobs"))]).args(args))
}

/// A query that needs no data.
fn query(args: &[&str]) -> Output {
    finish(command().arg("query").args(args))
}

/// The text with everything that differs from machine to machine and run to run replaced.
fn masked(text: &str, paths: &[&std::path::Path]) -> String {
    let mut text = text.to_owned();
    for path in paths {
        text = text.replace(&arg(path), "[PATH]");
    }
    text.replace(&arg(crate::support::root()), "[ROOT]")
}
