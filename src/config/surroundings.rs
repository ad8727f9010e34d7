//! Where settings are looked for.

use std::path::{Path, PathBuf};

/// The project's file.
const PROJECT_FILE: &str = ".tunnelql.toml";
/// The user's file below the folder of settings.
const USER_FILE: &str = "tunnelql/config.toml";

/// Finds a variable of the environment.
pub type Lookup = Box<dyn Fn(&str) -> Option<String>>;

/// The working directory, the home and the environment; made up in tests.
pub struct Surroundings {
    /// Where the search for a project's file begins.
    pub directory: Option<PathBuf>,
    /// The user's home.
    pub home: Option<PathBuf>,
    /// The folder of settings: `$XDG_CONFIG_HOME`, else `~/.config`.
    pub settings: Option<PathBuf>,
    /// Looks up a variable of the environment.
    pub variables: Lookup,
}

impl Surroundings {
    /// Those of this process.
    pub fn of_process() -> Self {
        let folder = |name: &str| std::env::var_os(name).filter(|v| !v.is_empty()).map(PathBuf::from);
        let home = folder("HOME").or_else(|| folder("USERPROFILE"));
        // A relative path there is to be ignored, as the specification of XDG folders has it.
        let settings = folder("XDG_CONFIG_HOME").filter(|p| p.is_absolute());
        Surroundings {
            directory: std::env::current_dir().ok(),
            settings: settings.or_else(|| home.as_ref().map(|h| h.join(".config"))),
            home,
            variables: Box::new(|name| std::env::var(name).ok()),
        }
    }

    /// A variable; an empty one is none.
    pub(super) fn variable(&self, name: &str) -> Option<String> {
        (self.variables)(name).filter(|v| !v.is_empty())
    }

    /// The nearest project's file, from the working directory up to the home, or to the root outside of it.
    pub(super) fn project_file(&self) -> Option<PathBuf> {
        for folder in self.directory.as_deref()?.ancestors() {
            let file = folder.join(PROJECT_FILE);
            if file.is_file() {
                return Some(file);
            }
            if Some(folder) == self.home.as_deref() {
                break;
            }
        }
        None
    }

    /// The user's file, whether it is there or not.
    pub fn user_file(&self) -> Option<PathBuf> {
        self.settings.as_ref().map(|folder| folder.join(USER_FILE))
    }

    /// A place as a file in `folder` means it: relative to itself, with `~` for the home. URLs and `-` stay.
    pub(super) fn place(&self, folder: &Path, text: &str) -> String {
        if text.contains("://") || text == "-" {
            return text.to_owned();
        }
        let path = match (text.strip_prefix("~/"), &self.home) {
            (Some(rest), Some(home)) => home.join(rest),
            // Joining an absolute path gives just that one.
            _ => folder.join(text.strip_prefix("./").unwrap_or(text)),
        };
        path.to_string_lossy().into_owned()
    }
}
