//! Where the shell keeps what outlives it: never in the working folder.

use std::path::PathBuf;

/// A folder that the environment names, else one below the user's own.
fn folder(variable: &str, below_home: &[&str]) -> Option<PathBuf> {
    let named = std::env::var_os(variable).map(PathBuf::from).filter(|p| p.is_absolute());
    let mut base = match named {
        Some(path) => path,
        None => {
            let home = std::env::var_os("HOME").or_else(|| std::env::var_os("USERPROFILE"))?;
            let home = PathBuf::from(home);
            if !home.is_absolute() {
                return None;
            }
            below_home.iter().fold(home, |path, part| path.join(part))
        }
    };
    base.push("tunnelql");
    Some(base)
}

/// For the history: `$XDG_STATE_HOME/tunnelql`, else `~/.local/state/tunnelql`.
pub fn state() -> Option<PathBuf> {
    folder("XDG_STATE_HOME", &[".local", "state"])
}

/// For the startup file and named queries: `$XDG_CONFIG_HOME/tunnelql`, else `~/.config/tunnelql`.
pub fn config() -> Option<PathBuf> {
    folder("XDG_CONFIG_HOME", &[".config"])
}
