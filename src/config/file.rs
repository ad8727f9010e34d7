//! One settings file. What it says is checked as a whole: a mistyped name must not go unnoticed.

use std::ops::Range;
use std::path::{Path, PathBuf};

use toml::Spanned;
use toml::de::{DeTable, DeValue};

use super::settings::{Kind, SETTINGS, Setting, find};
use super::{ConfigError, Surroundings, nearest};

/// The key under which profiles stand.
const PROFILES: &str = "profile";

/// A value and its line.
pub(super) struct Entry {
    pub(super) setting: &'static Setting,
    pub(super) texts: Vec<String>,
    pub(super) line: usize,
}

/// A file's values.
pub(super) struct File {
    pub(super) path: PathBuf,
    pub(super) entries: Vec<Entry>,
    pub(super) profiles: Vec<(String, Vec<Entry>)>,
}

impl File {
    /// Reads a file; `None` when there is none. A project's file may not name programs.
    pub(super) fn read(path: &Path, is_project: bool, around: &Surroundings) -> Result<Option<Self>, ConfigError> {
        let text = match std::fs::read_to_string(path) {
            Ok(text) => text,
            Err(e) if matches!(e.kind(), std::io::ErrorKind::NotFound | std::io::ErrorKind::NotADirectory) => {
                return Ok(None);
            }
            Err(e) => return Err(ConfigError(format!("cannot read {}: {e}", path.display()))),
        };
        let reader = Reader { path, text: &text, is_project, around };
        reader.file().map(Some)
    }

    /// The place of a line.
    pub(super) fn place(&self, line: usize) -> String {
        format!("{}:{line}", self.path.display())
    }
}

struct Reader<'a> {
    path: &'a Path,
    text: &'a str,
    is_project: bool,
    around: &'a Surroundings,
}

impl Reader<'_> {
    fn file(&self) -> Result<File, ConfigError> {
        let table = DeTable::parse(self.text).map_err(|e| self.error(e.span().unwrap_or_default(), e.message()))?;
        let mut file = File { path: self.path.to_owned(), entries: Vec::new(), profiles: Vec::new() };
        for (key, value) in table.get_ref() {
            if key.get_ref() != PROFILES {
                file.entries.push(self.entry(key.get_ref(), key.span(), value)?);
                continue;
            }
            let profiles = self.table(value, "profiles are tables: [profile.NAME]")?;
            for (name, value) in profiles {
                let entries = self.table(value, "a profile is a table: [profile.NAME]")?;
                let entries = entries.iter().map(|(k, v)| self.entry(k.get_ref(), k.span(), v));
                file.profiles.push((name.get_ref().to_string(), entries.collect::<Result<_, _>>()?));
            }
        }
        Ok(file)
    }

    fn table<'t>(&self, value: &'t Spanned<DeValue<'_>>, expected: &str) -> Result<&'t DeTable<'t>, ConfigError> {
        value.get_ref().as_table().ok_or_else(|| self.error(value.span(), expected))
    }

    fn entry(&self, key: &str, span: Range<usize>, value: &Spanned<DeValue<'_>>) -> Result<Entry, ConfigError> {
        let Some(setting) = find(key) else {
            let names = SETTINGS.iter().map(|s| s.name).chain([PROFILES]);
            let hint = match nearest(key, names.clone()) {
                Some(near) => format!("did you mean {near}?"),
                None => format!("expected one of {}", names.collect::<Vec<_>>().join(", ")),
            };
            return Err(self.error(span, &format!("unknown setting '{key}'; {hint}")));
        };
        if setting.kind == Kind::Program && self.is_project {
            let text = format!(
                "'{key}' may stand only in your own settings file or the environment: a project's file may have come with \
                 somebody else's data, and must not run programs"
            );
            return Err(self.error(span, &text));
        }
        let texts = self.texts(setting, value).ok_or_else(|| {
            let found = value.get_ref().type_str();
            self.error(value.span(), &format!("{key}: expected {}, found {found}", setting.kind.expects()))
        })?;
        Ok(Entry { setting, texts, line: self.line(span.start) })
    }

    /// `None` when the value is of another kind.
    fn texts(&self, setting: &Setting, value: &Spanned<DeValue<'_>>) -> Option<Vec<String>> {
        let folder = self.path.parent().unwrap_or(Path::new(""));
        let value = value.get_ref();
        match setting.kind {
            Kind::Text | Kind::Program => value.as_str().map(|t| vec![t.to_owned()]),
            Kind::Flag => value.as_bool().map(|b| vec![b.to_string()]),
            Kind::Count => {
                let number = value.as_integer().filter(|n| n.radix() == 10)?;
                let digits = number.as_str().replace('_', "");
                digits.parse::<u32>().ok().map(|n| vec![n.to_string()])
            }
            Kind::Places => {
                let place = |v: &DeValue<'_>| v.as_str().map(|t| self.around.place(folder, t));
                match value.as_array() {
                    Some(list) if !list.is_empty() => list.iter().map(|v| place(v.get_ref())).collect(),
                    Some(_) => None,
                    None => place(value).map(|p| vec![p]),
                }
            }
        }
    }

    fn line(&self, at: usize) -> usize {
        let before = self.text.get(..at).unwrap_or(self.text);
        before.bytes().filter(|b| *b == b'\n').count() + 1
    }

    fn error(&self, span: Range<usize>, text: &str) -> ConfigError {
        ConfigError(format!("{}:{}: {text}", self.path.display(), self.line(span.start)))
    }
}
