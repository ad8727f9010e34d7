//! How a check's outcome is written: one file each, registered in the one list below.

mod document;
mod json;
mod junit;
mod ndjson;
mod text;

use std::path::Path;

pub use document::news;

use super::outcome::Outcome;
use super::rule::Severity;

/// What a format's file says about it.
struct Spec {
    /// The name in options.
    name: &'static str,
    /// Endings of files in lower case that mean this format.
    extensions: &'static [&'static str],
    write: fn(&Outcome, Option<Severity>) -> String,
}

/// A format of a check's outcome.
#[derive(Clone, Copy)]
pub struct CheckFormat(&'static Spec);

const FORMATS: &[Spec] = &[text::SPEC, json::SPEC, ndjson::SPEC, junit::SPEC];

impl CheckFormat {
    /// Every one.
    pub fn all() -> impl Iterator<Item = Self> {
        FORMATS.iter().map(Self)
    }

    /// Its name in options.
    pub fn name(self) -> &'static str {
        self.0.name
    }

    /// The format of a name, in any case.
    pub fn from_name(name: &str) -> Option<Self> {
        Self::all().find(|f| f.name().eq_ignore_ascii_case(name))
    }

    /// The format that a file's ending means; text for any other.
    pub fn of_file(path: &Path) -> Self {
        let ending = path.extension().and_then(|e| e.to_str()).unwrap_or_default().to_ascii_lowercase();
        Self::all().find(|f| f.0.extensions.contains(&ending.as_str())).unwrap_or_default()
    }

    /// The outcome in this format. Findings at or above `least` are failures, where the format knows such.
    pub fn write(self, outcome: &Outcome, least: Option<Severity>) -> String {
        (self.0.write)(outcome, least)
    }
}

impl Default for CheckFormat {
    fn default() -> Self {
        Self(&text::SPEC)
    }
}

impl std::fmt::Debug for CheckFormat {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(self.name())
    }
}

#[cfg(test)]
mod tests;
