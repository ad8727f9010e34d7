//! Settings from the environment and from files, each with where it comes from.
//!
//! Flags of the command line come before everything here. Then, the first that says something counts:
//!
//! 1. the environment, `TUNNELQL_*`
//! 2. the chosen profile in the project's file, then in the user's
//! 3. the project's file: `.tunnelql.toml` in the working directory or the nearest parent that has one, up to the home
//! 4. the user's file: `tunnelql/config.toml` in `$XDG_CONFIG_HOME` or `~/.config`
//!
//! A project's file may have come with somebody else's data, so it cannot name programs to run.
//!
//! | module | holds |
//! |---|---|
//! | `settings` | the one list of settings |
//! | `file` | one file to values with their lines |
//! | `surroundings` | where files are looked for, and the environment |

mod file;
mod settings;
mod surroundings;

#[cfg(test)]
mod tests;

pub use settings::{Kind, SETTINGS, Setting};
pub use surroundings::{Lookup, Surroundings};

use std::fmt;
use std::path::{Path, PathBuf};

use file::File;

/// The environment variable that chooses a profile.
pub const PROFILE_VARIABLE: &str = "TUNNELQL_PROFILE";

/// Where a value comes from, the strongest first.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub enum Origin {
    /// A variable of the environment.
    Environment(String),
    /// The chosen profile in a file.
    Profile {
        /// 0 for the project's file, 1 for the user's.
        rank: u8,
        /// Path and line, `/a/b.toml:3`.
        place: String,
        /// The profile.
        name: String,
    },
    /// A file outside its profiles.
    File {
        /// 0 for the project's file, 1 for the user's.
        rank: u8,
        /// Path and line.
        place: String,
    },
}

impl Origin {
    /// Whether one says it before the other.
    pub fn is_stronger_than(&self, other: &Origin) -> bool {
        self.rank() < other.rank()
    }

    fn rank(&self) -> u8 {
        match self {
            Origin::Environment(_) => 0,
            Origin::Profile { rank, .. } => 1 + rank,
            Origin::File { rank, .. } => 3 + rank,
        }
    }
}

impl fmt::Display for Origin {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Origin::Environment(name) => write!(f, "${name}"),
            Origin::Profile { place, name, .. } => write!(f, "{place} (profile {name})"),
            Origin::File { place, .. } => f.write_str(place),
        }
    }
}

/// A value that was set.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Value {
    /// One text, or several where the setting is a list.
    pub texts: Vec<String>,
    /// Where it was set.
    pub origin: Origin,
}

impl Value {
    /// The only text, or the first.
    pub fn text(&self) -> &str {
        self.texts.first().map_or("", String::as_str)
    }
}

/// Why settings cannot be used.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ConfigError(pub String);

impl fmt::Display for ConfigError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl std::error::Error for ConfigError {}

/// All that is set.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Config {
    values: Vec<(&'static Setting, Value)>,
    files: Vec<PathBuf>,
    profile: Option<String>,
}

impl Config {
    /// Reads the files there are. `profile` is the one of the command line, which comes before `TUNNELQL_PROFILE`.
    pub fn load(profile: Option<&str>, around: &Surroundings) -> Result<Self, ConfigError> {
        let from_environment = around.variable(PROFILE_VARIABLE);
        let profile = profile.map(str::to_owned).or(from_environment);
        let (project, user) = (around.project_file(), around.user_file());
        // In the home folder of someone who keeps settings there both are looked for, but no file counts twice.
        let project = project.filter(|p| Some(p) != user.as_ref());
        let mut files = Vec::new();
        for (rank, path) in [(0, project), (1, user)] {
            let Some(path) = path else { continue };
            if let Some(file) = File::read(&path, rank == 0, around)? {
                files.push((rank, file));
            }
        }
        if let Some(name) = &profile {
            known_profile(name, &files)?;
        }
        let mut values = Vec::new();
        for setting in SETTINGS {
            if let Some(value) = find(setting, &files, profile.as_deref(), around)? {
                values.push((setting, value));
            }
        }
        let files = files.into_iter().map(|(_, file)| file.path).collect();
        Ok(Config { values, files, profile })
    }

    /// What is set for a name.
    pub fn get(&self, name: &str) -> Option<&Value> {
        self.values.iter().find(|(setting, _)| setting.name == name).map(|(_, value)| value)
    }

    /// The files that were read.
    pub fn files(&self) -> impl Iterator<Item = &Path> {
        self.files.iter().map(PathBuf::as_path)
    }

    /// The chosen profile.
    pub fn profile(&self) -> Option<&str> {
        self.profile.as_deref()
    }
}

fn known_profile(name: &str, files: &[(u8, File)]) -> Result<(), ConfigError> {
    let known: Vec<&str> = files.iter().flat_map(|(_, f)| f.profiles.iter().map(|(n, _)| n.as_str())).collect();
    if known.contains(&name) {
        return Ok(());
    }
    let hint = match (known.is_empty(), nearest(name, known.iter().copied())) {
        (true, _) => match files.is_empty() {
            true => "; there is no settings file".to_owned(),
            false => "; no settings file has profiles".to_owned(),
        },
        (false, Some(near)) => format!("; did you mean {near}?"),
        (false, None) => format!("; there are {}", known.join(", ")),
    };
    Err(ConfigError(format!("there is no profile '{name}'{hint}")))
}

fn find(
    setting: &'static Setting,
    files: &[(u8, File)],
    profile: Option<&str>,
    around: &Surroundings,
) -> Result<Option<Value>, ConfigError> {
    let variable = setting.variable();
    if let Some(text) = around.variable(&variable) {
        setting.kind.check_text(&text).map_err(|what| ConfigError(format!("${variable}: {what}")))?;
        return Ok(Some(Value { texts: vec![text], origin: Origin::Environment(variable) }));
    }
    for (rank, file) in files {
        let section = file.profiles.iter().find(|(name, _)| Some(name.as_str()) == profile);
        if let Some((name, entries)) = section
            && let Some(entry) = entries.iter().find(|e| e.setting.name == setting.name)
        {
            let origin = Origin::Profile { rank: *rank, place: file.place(entry.line), name: name.clone() };
            return Ok(Some(Value { texts: entry.texts.clone(), origin }));
        }
    }
    for (rank, file) in files {
        if let Some(entry) = file.entries.iter().find(|e| e.setting.name == setting.name) {
            let origin = Origin::File { rank: *rank, place: file.place(entry.line) };
            return Ok(Some(Value { texts: entry.texts.clone(), origin }));
        }
    }
    Ok(None)
}

/// The name most like a mistyped one, if any is.
pub fn nearest<'a>(name: &str, known: impl Iterator<Item = &'a str>) -> Option<&'a str> {
    let name = name.to_ascii_lowercase().replace('-', "_");
    known
        .map(|candidate| (strsim::normalized_damerau_levenshtein(&name, &candidate.to_ascii_lowercase()), candidate))
        .filter(|(likeness, _)| *likeness > 0.65)
        .max_by(|a, b| a.0.total_cmp(&b.0))
        .map(|(_, candidate)| candidate)
}
