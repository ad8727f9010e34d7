//! The built-in rules: one file each, listed once.

macro_rules! rules {
    ($($name:literal,)*) => {
        /// Every built-in rule: its id, which is its file's name, and the file's text.
        pub const BUILTIN: &[(&str, &str)] = &[$(($name, include_str!(concat!($name, ".toml"))),)*];
    };
}

rules! {
    "tunnel-down",
    "redundancy-lost",
    "flapping",
    "failover-unplanned",
    "negotiations-failing",
    "new-failure",
    "bgp-down",
    "config-change-drop",
    "gateway-silent",
    "p2s-authentication-failures",
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::rules::{RuleSet, test_rule};

    #[test]
    fn every_file_is_listed_and_named_by_its_id() {
        let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/src/rules/builtin");
        let mut files: Vec<String> = std::fs::read_dir(folder)
            .unwrap()
            .filter_map(|e| e.unwrap().file_name().to_str().and_then(|n| n.strip_suffix(".toml")).map(str::to_owned))
            .collect();
        files.sort();
        let mut names: Vec<&str> = BUILTIN.iter().map(|(name, _)| *name).collect();
        names.sort_unstable();
        assert_eq!(files, names);
        let set = RuleSet::builtin().unwrap();
        let ids: Vec<&str> = set.rules().iter().map(|r| r.id.as_str()).collect();
        assert_eq!(ids, BUILTIN.iter().map(|(name, _)| *name).collect::<Vec<_>>());
    }

    #[test]
    fn every_rule_says_what_to_do_and_explains_its_parameters() {
        for rule in RuleSet::builtin().unwrap().rules() {
            assert!(rule.advice.is_some(), "{}", rule.id);
            assert!(rule.params.iter().all(|p| p.meaning.ends_with('.')), "{}", rule.id);
            assert!(rule.examples.iter().any(|e| e.findings > 0), "{} has no example that fires", rule.id);
            assert!(rule.examples.iter().any(|e| e.findings == 0), "{} has no example that stays quiet", rule.id);
        }
    }

    #[test]
    fn every_example_holds() {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
        for rule in RuleSet::builtin().unwrap().rules() {
            for tried in runtime.block_on(test_rule(rule)).unwrap() {
                assert!(tried.wrong.is_none(), "{}: {}: {}", rule.id, tried.name, tried.wrong.unwrap_or_default());
            }
        }
    }
}
