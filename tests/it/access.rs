//! Getting at storage: which way in is taken, what goes wrong and what is said of it, and that no secret is ever shown.

mod account;
mod network;
mod remedies;
mod secrets;
mod sign_in;

use std::process::Command;

use serde_json::Value;

use crate::support::{command, finish};

/// A command with variables.
fn with(variables: &[(&str, &str)]) -> Command {
    let mut command = command();
    command.envs(variables.iter().copied());
    command
}

/// The steps of `storage test`, and whether all went well.
#[track_caller]
fn steps(command: &mut Command, place: &str, more: &[&str]) -> (Vec<Value>, bool) {
    let out = finish(command.args(["storage", "test", "--format", "json", place]).args(more));
    assert!([0, 3].contains(&out.code), "{}\n{}", out.stdout, out.stderr);
    let steps: Vec<Value> =
        serde_json::from_str(&out.stdout).unwrap_or_else(|e| panic!("{e}: {}{}", out.stdout, out.stderr));
    let failed = steps.iter().any(|s| s["outcome"] == "failed");
    assert_eq!(failed, out.code == 3, "{steps:?}");
    (steps, out.code == 0)
}

/// The one step of a name.
#[track_caller]
fn step<'a>(steps: &'a [Value], name: &str) -> &'a Value {
    steps.iter().find(|s| s["step"] == name).unwrap_or_else(|| panic!("no step {name}: {steps:?}"))
}

/// Outcome and texts of a step in one line.
#[track_caller]
fn said(steps: &[Value], name: &str) -> String {
    let step = step(steps, name);
    let text = |key: &str| step[key].as_str().unwrap_or_default().to_owned();
    format!("{}: {} -> {}", text("outcome"), text("detail"), text("remedy"))
}
