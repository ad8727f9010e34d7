//! Archives that lie within an export: a folder with a Delta log below it is no export, and its files are no logs.

use std::collections::BTreeSet;

use object_store::ObjectMeta;
use object_store::path::Path;

use super::listing::matches;
use super::tags::is_written_once;
use super::{Location, StoreError};

/// The folder of an archive's log.
const LOG: &str = "_delta_log";

/// Archives that a listing has met.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Nested(BTreeSet<Path>);

impl Nested {
    /// Takes notice of what lies at a path, if that is an archive's log or in one.
    pub fn note(&mut self, path: &Path) {
        let parts: Vec<_> = path.parts().collect();
        if let Some(at) = parts.iter().position(|part| part.as_ref() == LOG) {
            self.0.insert(parts.into_iter().take(at).collect());
        }
    }

    /// The archive whose data file this seems to be, by its name alone.
    pub fn of_data_file(path: &Path) -> Self {
        let parts: Vec<_> = path.parts().collect();
        // category=C/date=D/part-U.parquet
        let archive = parts.len().checked_sub(3).filter(|_| is_written_once(path));
        Self(archive.into_iter().map(|at| parts.iter().take(at).cloned().collect()).collect())
    }

    /// Those of another listing as well.
    pub fn extend(&mut self, other: Self) {
        self.0.extend(other.0);
    }

    /// Whether there is none.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// Whether a path lies in one.
    pub fn holds(&self, path: &Path) -> bool {
        self.0.iter().any(|archive| path.prefix_matches(archive))
    }

    /// Their places, as people write them: those of which the place would have taken files. A glob may pass them by.
    pub fn places(&self, at: &Location) -> Vec<String> {
        let file = |archive: &Path| ObjectMeta {
            location: archive.clone().join("category=ike").join("date=2026-01-01").join("part-0.zstd.parquet"),
            last_modified: chrono::DateTime::default(),
            size: 1,
            e_tag: None,
            version: None,
        };
        self.0.iter().filter(|archive| matches(at, &file(archive))).map(|archive| at.display(archive)).collect()
    }
}

/// There is nothing but archives.
pub fn only_archives(at: &Location, archives: &[String]) -> StoreError {
    let (named, some) = (archives.join(", "), archives.first().map(String::as_str).unwrap_or_default());
    let what = if archives.len() == 1 { "an archive is" } else { "archives are" };
    StoreError::new(format!("there is no export at {at}, but {what} below it: {named}; query it with --data {some}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn logs_tell_archives() {
        let mut nested = Nested::default();
        for path in ["x/y=2026/PT1H.json", "x/a/_delta_log/0.json", "x/a/_delta_log/1.json", "b/_delta_log"] {
            nested.note(&path.into());
        }
        let at = |text: &str| Location::parse(text).unwrap();
        assert_eq!(nested.places(&at("/")), ["/b", "/x/a"]);
        assert!(nested.holds(&"x/a/category=ike/p.parquet".into()) && !nested.holds(&"x/ab/c".into()));
        assert_eq!(nested.places(&at("/x/*")), ["/x/a"]);
        assert!(nested.places(&at("/**/PT1H.json")).is_empty());
        let error = only_archives(&at("/x"), &nested.places(&at("/x/*"))).to_string();
        assert_eq!(error, "there is no export at /x, but an archive is below it: /x/a; query it with --data /x/a");
    }
}
