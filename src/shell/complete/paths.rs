//! Paths of files, as the folder holds them.

use std::path::PathBuf;

use super::{Candidate, Kind};

/// A folder of more entries is not listed to its end: it would be no help, and might take long.
const MOST: usize = 2_000;

/// Files and folders that begin with what is typed. A place in a URL is nobody's to list while someone types.
pub fn paths(typed: &str) -> Vec<Candidate> {
    if typed.contains("://") {
        return Vec::new();
    }
    let (folder, name) = match typed.rfind(['/', std::path::MAIN_SEPARATOR]) {
        Some(at) => (typed.get(..=at).unwrap_or_default(), typed.get(at + 1..).unwrap_or_default()),
        None => ("", typed),
    };
    let home = || std::env::var_os("HOME").map(PathBuf::from);
    let place = match folder.strip_prefix("~/") {
        Some(rest) => home().map(|h| h.join(rest)),
        None if folder.is_empty() => Some(PathBuf::from(".")),
        None => Some(PathBuf::from(folder)),
    };
    let Some(Ok(entries)) = place.map(std::fs::read_dir) else { return Vec::new() };
    let mut out = Vec::new();
    for entry in entries.take(MOST).filter_map(Result::ok) {
        // What is no text cannot be typed, and what acts on a terminal is not shown on one.
        let Ok(file) = entry.file_name().into_string() else { continue };
        let hidden = file.starts_with('.') && !name.starts_with('.');
        if hidden || !file.starts_with(name) || file.chars().any(char::is_control) {
            continue;
        }
        let is_folder = std::fs::metadata(entry.path()).is_ok_and(|m| m.is_dir());
        let display = format!("{file}{}", if is_folder { "/" } else { "" });
        out.push(Candidate { replacement: format!("{folder}{display}"), display, kind: Kind::Path });
    }
    out.sort_by(|a, b| a.display.cmp(&b.display));
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn files_and_folders() {
        let folder = tempfile::tempdir().unwrap();
        for name in ["one.sql", "on two.sql", ".hidden", "other"] {
            std::fs::write(folder.path().join(name), "").unwrap();
        }
        std::fs::create_dir(folder.path().join("only")).unwrap();
        let at = |name: &str| -> Vec<String> {
            let base = format!("{}/", folder.path().display());
            let found = paths(&format!("{base}{name}"));
            found.into_iter().map(|c| c.replacement.strip_prefix(&base).unwrap().to_owned()).collect()
        };
        assert_eq!(at("on"), ["on two.sql", "one.sql", "only/"]);
        assert_eq!(at(".h"), [".hidden"]);
        assert_eq!(at(""), ["on two.sql", "one.sql", "only/", "other"]);
        assert!(at("nowhere/x").is_empty() && paths("az://container/x").is_empty());
    }
}
