//! Imports go down only.

use crate::{File, assert_none, repository};

/// Each layer with those that it may import, lowest first.
const LAYERS: &[(&str, &[&str])] = &[
    ("config", &[]),
    ("model", &[]),
    ("parse", &["model"]),
    ("store", &["model"]),
    ("source", &["model", "parse", "store"]),
    ("schema", &["model"]),
    ("archive", &["model", "schema", "store"]),
    ("import", &["archive", "model", "parse", "schema", "source", "store"]),
    ("tables", &["archive", "model", "schema", "source", "store"]),
    ("engine", &["archive", "model", "schema", "store", "tables"]),
    ("render", &["schema"]),
    ("rules", &["engine", "model", "render", "store", "tables"]),
    ("shell", &["archive", "config", "engine", "import", "model", "render", "store", "tables"]),
    ("report", &["engine", "model", "render"]),
    ("simulate", &["model"]),
    (
        "cli",
        &[
            "archive", "config", "engine", "import", "model", "render", "report", "rules", "shell", "simulate",
            "store", "tables",
        ],
    ),
];

/// Where a layer is needed in one place only: file or folder, and what it may import besides.
const EXCEPTIONS: &[(&str, &str)] = &[("src/tables/raw/", "parse"), ("src/tables/system/", "parse")];

/// Crates that only these layers name.
const CRATES: &[(&str, &[&str])] = &[
    ("deltalake", &["archive"]),
    ("object_store", &["archive", "engine", "store"]),
    ("parquet", &["archive", "render"]),
    ("datafusion", &["archive", "cli", "engine", "import", "shell", "tables"]),
    ("arrow", &["archive", "cli", "engine", "import", "render", "report", "rules", "schema", "shell", "tables"]),
    ("clap", &["cli"]),
    ("rustyline", &["shell"]),
    ("toml", &["config", "rules"]),
    ("reqwest", &["rules"]),
];

/// The identifier at the beginning of `text`.
fn word(text: &str) -> &str {
    let end = text.find(|c: char| !c.is_alphanumeric() && c != '_').unwrap_or(text.len());
    &text[..end]
}

/// What follows each `before::` in a line, at the beginning of a path.
fn after<'a>(line: &'a str, before: &'a str) -> impl Iterator<Item = &'a str> {
    line.match_indices(before).filter_map(move |(at, _)| {
        let inside = line[..at].ends_with(|c: char| c.is_alphanumeric() || c == '_' || c == ':');
        (!inside).then(|| &line[at + before.len()..])
    })
}

/// The first words of `a`, `{a, b::c}` or `{a::{..}, b}` on one line.
fn heads(path: &str) -> Vec<&str> {
    let Some(list) = path.strip_prefix('{') else { return vec![word(path)] };
    let (mut depth, mut start, mut out) = (0, 0, Vec::new());
    for (i, c) in list.char_indices() {
        match c {
            '{' => depth += 1,
            '}' if depth == 0 => {
                out.push(word(list[start..i].trim()));
                return out;
            }
            '}' => depth -= 1,
            ',' if depth == 0 => {
                out.push(word(list[start..i].trim()));
                start = i + 1;
            }
            _ => {}
        }
    }
    out.push(word(list[start..].trim()));
    out
}

/// How many modules deep a file is: 1 for `src/archive/mod.rs`.
fn depth(path: &str) -> usize {
    let parts = path.matches('/').count();
    if path.ends_with("/mod.rs") { parts - 1 } else { parts }
}

/// What a line imports of the crate's layers: `crate::x`, and `super::super::x` that climbs to the root.
fn imported<'a>(line: &'a str, path: &str) -> Vec<&'a str> {
    let mut found: Vec<&str> = after(line, "crate::").flat_map(heads).collect();
    for rest in after(line, "super::") {
        let mut rest = rest;
        let mut climbs = 1;
        while let Some(more) = rest.strip_prefix("super::") {
            (rest, climbs) = (more, climbs + 1);
        }
        if climbs >= depth(path) {
            found.extend(heads(rest));
        }
    }
    found
}

fn check(files: &[File]) -> Vec<String> {
    let mut findings = Vec::new();
    for file in files.iter().filter(|f| f.is_rust()) {
        let Some(below) = file.path.strip_prefix("src/") else { continue };
        let Some((layer, _)) = below.split_once('/') else { continue };
        let Some((_, allowed)) = LAYERS.iter().find(|(name, _)| *name == layer) else {
            findings.push(format!("{}: '{layer}' is no layer; add it to the table", file.path));
            continue;
        };
        for (number, line) in file.code() {
            for other in imported(line, &file.path) {
                let known = LAYERS.iter().any(|(name, _)| *name == other);
                let excepted = EXCEPTIONS.iter().any(|(at, what)| file.path.starts_with(at) && *what == other);
                if known && other != layer && !allowed.contains(&other) && !excepted {
                    findings.push(format!("{}:{number}: {layer} imports {other}", file.path));
                }
            }
            for (name, layers) in CRATES {
                if after(line, &format!("{name}::")).next().is_some() && !layers.contains(&layer) {
                    findings.push(format!("{}:{number}: {layer} names the crate {name}", file.path));
                }
            }
        }
    }
    // Nothing of the workspace's other crates knows the root; `crate::` in them is their own.
    for file in files.iter().filter(|f| f.path.starts_with("udfs/") || f.path.starts_with("kql/")) {
        for (number, line) in file.code() {
            let root = line.split(|c: char| !c.is_alphanumeric() && c != '_' && c != '-').any(|w| w == "tunnelql");
            if root {
                findings.push(format!("{}:{number}: names the root crate", file.path));
            }
        }
    }
    findings
}

#[test]
fn imports_go_down_only() {
    assert_none(&check(&repository()));
}

#[test]
fn the_table_has_no_way_up() {
    for (i, (layer, allowed)) in LAYERS.iter().enumerate() {
        for other in *allowed {
            let at = LAYERS.iter().position(|(name, _)| name == other).unwrap();
            assert!(at < i, "{layer} -> {other}");
        }
    }
    let allows = |a: &str, b: &str| LAYERS.iter().any(|(name, allowed)| *name == a && allowed.contains(&b));
    assert!(!allows("import", "tables") && !allows("tables", "import"));
}

/// The crate's front page lists the layers as the table does.
#[test]
fn the_library_lists_the_layers_in_order() {
    let files = repository();
    let library = files.iter().find(|f| f.path == "src/lib.rs").unwrap();
    let listed: Vec<&str> =
        library.text.lines().filter_map(|l| l.strip_prefix("pub mod ")?.strip_suffix(';')).collect();
    let expected: Vec<&str> = LAYERS.iter().map(|(name, _)| *name).collect();
    assert_eq!(listed, expected);
}

#[test]
fn violations_are_found() {
    let cases = [
        ("src/import/a.rs", "use crate::tables::Data;", "import imports tables"),
        ("src/tables/a.rs", "    let x = crate::import::import();", "tables imports import"),
        ("src/tables/a.rs", "use crate::parse::Format;", "tables imports parse"),
        ("src/model/mod.rs", "use super::parse::json;", "model imports parse"),
        ("src/model/a/b.rs", "use super::super::super::cli::run;", "model imports cli"),
        ("src/schema/a.rs", "use crate::{model::Time, archive::{X, Y}};", "schema imports archive"),
        ("src/render/a.rs", "use crate::model::Ticks;", "render imports model"),
        ("src/parse/a.rs", "fn f(a: arrow::array::ArrayRef) {}", "parse names the crate arrow"),
        ("src/new/mod.rs", "", "'new' is no layer"),
        ("udfs/src/a.rs", "use tunnelql::model;", "names the root crate"),
        ("kql/Cargo.toml", "tunnelql = { path = \"..\" }", "names the root crate"),
    ];
    for (path, line, expected) in cases {
        let findings = check(&[File::new(path, line)]);
        assert!(findings.len() == 1 && findings[0].contains(expected), "{line}: {findings:?}");
    }
}

#[test]
fn what_is_allowed_is_not_found() {
    let cases = [
        ("src/tables/raw/feed.rs", "use crate::parse::Format;"),
        ("src/tables/system/imports.rs", "format: crate::parse::Format::name,"),
        ("src/import/a.rs", "//! See [`crate::tables::Data`]."),
        ("src/render/formats/a.rs", "use super::super::archive::X;"),
        ("src/render/formats/a.rs", "use crate::render::Format;"),
        ("udfs/src/a.rs", "use crate::domain::ike; use tunnelql_udfs::x;"),
        ("src/main.rs", "use tunnelql::cli::run;"),
    ];
    for (path, line) in cases {
        assert_none(&check(&[File::new(path, line)]));
    }
}
