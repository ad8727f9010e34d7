//! One copy of what the whole program shares: a second arrow is another type with the same name.

use std::collections::BTreeMap;
use std::path::Path;

use crate::assert_none;

/// Crates of which there is one version, and how it begins.
const ONE: &[(&str, &str)] = &[
    ("arrow", "59."),
    ("arrow-array", "59."),
    ("arrow-schema", "59."),
    ("parquet", "59."),
    ("object_store", "0.13."),
    ("datafusion", "55."),
    ("datafusion-common", "55."),
    ("datafusion-execution", "55."),
    ("deltalake", "1."),
];

fn versions(lock: &str) -> BTreeMap<&str, Vec<&str>> {
    let mut found: BTreeMap<&str, Vec<&str>> = BTreeMap::new();
    for package in lock.split("[[package]]").skip(1) {
        let value =
            |key: &str| package.lines().find_map(|l| l.strip_prefix(key)?.strip_prefix(" = \"")?.strip_suffix('"'));
        if let (Some(name), Some(version)) = (value("name"), value("version")) {
            found.entry(name).or_default().push(version);
        }
    }
    found
}

fn check(lock: &str) -> Vec<String> {
    let found = versions(lock);
    ONE.iter()
        .filter_map(|(name, begins)| match found.get(name).map(Vec::as_slice) {
            Some([version]) if version.starts_with(begins) => None,
            other => Some(format!("{name}: expected one version {begins}x, found {:?}", other.unwrap_or_default())),
        })
        .collect()
}

#[test]
fn one_version_of_each() {
    assert_none(&check(&std::fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join("Cargo.lock")).unwrap()));
}

#[test]
fn a_second_or_newer_version_is_found() {
    let package = |name: &str, version: &str| format!("[[package]]\nname = \"{name}\"\nversion = \"{version}\"\n\n");
    let good: String = ONE.iter().map(|(name, begins)| package(name, &format!("{begins}1.0"))).collect();
    assert_none(&check(&good));
    assert_eq!(check(&(good.clone() + &package("arrow", "60.0.0"))).len(), 1);
    assert_eq!(check(&good.replace("0.13.", "0.14.")).len(), 1);
    assert_eq!(check("").len(), ONE.len());
}
