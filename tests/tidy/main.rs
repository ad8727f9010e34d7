//! The rules of the house that a compiler does not hold. Each rule is a function from files to findings, so that it is
//! also tried on made-up files that break it.
#![allow(clippy::unwrap_used, missing_docs)]

mod layers;
mod registration;
mod text;
mod versions;

use std::path::Path;

/// A file of the repository.
pub struct File {
    /// Path below the root, with slashes.
    pub path: String,
    pub text: String,
}

impl File {
    pub fn new(path: &str, text: &str) -> Self {
        Self { path: path.to_owned(), text: text.to_owned() }
    }

    pub fn is_rust(&self) -> bool {
        self.path.ends_with(".rs")
    }

    /// Lines with their numbers, without those that are only comment.
    pub fn code(&self) -> impl Iterator<Item = (usize, &str)> {
        self.text.lines().enumerate().map(|(i, l)| (i + 1, l)).filter(|(_, l)| !l.trim_start().starts_with("//"))
    }
}

/// Every text file that people wrote: without build output, sample data and locks.
pub fn repository() -> Vec<File> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let mut files = Vec::new();
    walk(root, root, &mut files);
    assert!(files.len() > 100, "only {} files found", files.len());
    files
}

fn walk(root: &Path, folder: &Path, into: &mut Vec<File>) {
    for entry in std::fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        let name = path.file_name().unwrap().to_str().unwrap().to_owned();
        // In a linked worktree `.git` is a file.
        if name == ".git" {
            continue;
        }
        if path.is_dir() {
            if !["target", "sample_data", "node_modules"].contains(&name.as_str()) {
                walk(root, &path, into);
            }
        } else if !["Cargo.lock", ".git"].contains(&name.as_str())
            && let Ok(text) = std::fs::read_to_string(&path)
        {
            let path = path.strip_prefix(root).unwrap().to_str().unwrap().replace('\\', "/");
            into.push(File { path, text });
        }
    }
}

/// Fails with every finding at once.
#[track_caller]
pub fn assert_none(findings: &[String]) {
    assert!(findings.is_empty(), "{} findings:\n  {}", findings.len(), findings.join("\n  "));
}
