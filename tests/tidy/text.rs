//! What every file says and does not say.

use crate::{File, assert_none, repository};

const MOST_LINES: usize = 500;

/// Not in code, not even in tests: a way to leave something unfinished or to talk while debugging. In two parts, so that
/// this file does not find itself.
const UNFINISHED: &[&str] = &[concat!("todo", "!("), concat!("unimplemented", "!("), concat!("dbg", "!(")];

/// Not in any text: reminders, names of machines and of package registries. What is written speaks of the project.
const FORBIDDEN: &[&str] = &[
    concat!("crates", ".io"),
    concat!("npm", "js"),
    concat!("pypi", ".org"),
    concat!("python", "hosted"),
    concat!("/", "work/"),
    concat!("/", "root/"),
    concat!("fix", "me"),
    concat!("as you ", "asked"),
    concat!("as re", "quested"),
    concat!("the ", "assistant"),
    concat!("this ", "conversation"),
    concat!("co-auth", "ored-by"),
];

/// Module files say what they are for.
fn undocumented(files: &[File]) -> Vec<String> {
    let documented = |t: &str| t.starts_with("//!") || t.starts_with("#![doc");
    files
        .iter()
        .filter(|f| f.is_rust() && !documented(&f.text))
        .map(|f| format!("{}: begins without //!", f.path))
        .collect()
}

fn too_long(files: &[File]) -> Vec<String> {
    let long = |f: &&File| f.is_rust() && f.text.lines().count() > MOST_LINES;
    files.iter().filter(long).map(|f| format!("{}: {} lines", f.path, f.text.lines().count())).collect()
}

fn unfinished(files: &[File]) -> Vec<String> {
    let mut findings = Vec::new();
    for file in files.iter().filter(|f| f.is_rust()) {
        for (number, line) in file.code() {
            if let Some(what) = UNFINISHED.iter().find(|u| line.contains(**u)) {
                findings.push(format!("{}:{number}: {what}", file.path));
            }
        }
    }
    findings
}

fn is_emoji(c: char) -> bool {
    matches!(c, '\u{1f000}'..='\u{1faff}' | '\u{2705}' | '\u{274c}' | '\u{2728}' | '\u{fe0f}')
}

fn forbidden(files: &[File]) -> Vec<String> {
    let mut findings = Vec::new();
    for file in files {
        for (number, line) in file.text.lines().enumerate() {
            let lower = line.to_ascii_lowercase();
            for word in FORBIDDEN.iter().filter(|w| lower.contains(**w)) {
                findings.push(format!("{}:{}: says '{word}'", file.path, number + 1));
            }
            // In code they are test data: what a table does with wide characters.
            if !file.is_rust() && line.contains(is_emoji) {
                findings.push(format!("{}:{}: an emoji", file.path, number + 1));
            }
        }
    }
    findings
}

#[test]
fn modules_begin_with_their_purpose() {
    assert_none(&undocumented(&repository()));
}

#[test]
fn files_stay_small() {
    assert_none(&too_long(&repository()));
}

#[test]
fn nothing_is_left_unfinished() {
    assert_none(&unfinished(&repository()));
}

#[test]
fn texts_speak_of_the_project() {
    assert_none(&forbidden(&repository()));
}

#[test]
fn violations_are_found() {
    let bad = File::new("src/a.rs", &format!("fn f() {{ {}) }}\n", UNFINISHED[0]));
    assert_eq!(undocumented(&[File::new("src/a.rs", "fn f() {}")]).len(), 1);
    assert_eq!(unfinished(&[bad]).len(), 1);
    assert_eq!(too_long(&[File::new("src/a.rs", &"\n".repeat(MOST_LINES + 1))]).len(), 1);
    let text = format!("See {}.\nA {} for later\n", FORBIDDEN[0].to_uppercase(), FORBIDDEN[6]);
    assert_eq!(forbidden(&[File::new("README.md", &text)]).len(), 2);
    assert_eq!(forbidden(&[File::new("README.md", "Done \u{2705}")]).len(), 1);
    let good = File::new("src/a.rs", "//! Good.\n// A comment may say todo.\nfn f() {}\n");
    for rule in [undocumented, too_long, unfinished, forbidden] {
        assert_none(&rule(std::slice::from_ref(&good)));
    }
}
