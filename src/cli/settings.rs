//! The settings of this process: read once, before the command runs.

use std::fmt::Display;
use std::sync::OnceLock;

use super::CliError;
use crate::config::{Config, ConfigError, Surroundings, Value};

static CURRENT: OnceLock<Config> = OnceLock::new();

/// Reads the environment and the files, with the profile of the command line.
pub fn load(profile: Option<&str>) -> Result<(), CliError> {
    let config =
        Config::load(profile, &Surroundings::of_process()).map_err(|ConfigError(text)| CliError::usage(text))?;
    // A second load would be one of the same process and the same files.
    let _ = CURRENT.set(config);
    Ok(())
}

/// All that is set; nothing before [`load`].
pub fn current() -> &'static Config {
    CURRENT.get_or_init(Config::default)
}

/// What is set for a name.
pub fn get(name: &str) -> Option<&'static Value> {
    current().get(name)
}

/// What is set for a name that is on or off.
pub fn flag(name: &str) -> Option<bool> {
    get(name).map(|v| v.text() == "true")
}

/// What a setting means; an error says where it stands.
pub fn parsed<T, E: Display>(name: &str, parse: impl Fn(&str) -> Result<T, E>) -> Result<Option<T>, CliError> {
    let Some(value) = get(name) else { return Ok(None) };
    let wrong = |e: E| CliError::usage(format!("{}: {name}: {e}", value.origin));
    parse(value.text()).map(Some).map_err(wrong)
}
