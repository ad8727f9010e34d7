//! Where the shell keeps what outlives it: never in the working folder.

use std::path::PathBuf;

/// For the history: `$XDG_STATE_HOME/tunnelql`, else `~/.local/state/tunnelql`.
pub fn state() -> Option<PathBuf> {
    folder("XDG_STATE_HOME", &[".local", "state"])
}

/// For what was read of remote stores: `$XDG_CACHE_HOME/tunnelql`, else `~/.cache/tunnelql`.
pub fn cache() -> Option<PathBuf> {
    folder("XDG_CACHE_HOME", &[".cache"])
}

fn folder(variable: &str, below_home: &[&str]) -> Option<PathBuf> {
    let named = std::env::var_os(variable).map(PathBuf::from).filter(|p| p.is_absolute());
    let home = || Some(PathBuf::from(std::env::var_os("HOME").or_else(|| std::env::var_os("USERPROFILE"))?));
    let base =
        named.or_else(|| Some(below_home.iter().fold(home().filter(|h| h.is_absolute())?, |p, part| p.join(part))))?;
    Some(base.join("tunnelql"))
}

/// For the startup file and named queries: the folder of the user's settings file.
pub fn config() -> Option<PathBuf> {
    let file = crate::config::Surroundings::of_process().user_file()?;
    file.parent().map(std::path::Path::to_owned)
}
