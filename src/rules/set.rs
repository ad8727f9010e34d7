//! Which rules there are: the built-in ones, those of files, and what is set of them.

use std::path::{Path, PathBuf};

use super::RuleError;
use super::builtin::BUILTIN;
use super::file::{RuleFile, Setting, parse};
use super::rule::{Rule, Severity};
use crate::engine::nearest::{did_you_mean, nearest};

/// Rules, each id once, the built-in ones first.
#[derive(Debug, Clone)]
pub struct RuleSet(Vec<Rule>);

impl RuleSet {
    /// The built-in rules.
    pub fn builtin() -> Result<Self, RuleError> {
        let mut set = Self(Vec::new());
        for (name, text) in BUILTIN {
            set.add(parse(&format!("{name}.toml"), text)?)?;
        }
        Ok(set)
    }

    /// The built-in rules and those of files and folders, of which the later replaces the earlier of the same id.
    pub fn load(places: &[PathBuf]) -> Result<Self, RuleError> {
        let mut set = Self::builtin()?;
        // Settings count whichever file they stand in, so they come after all rules.
        let (mut files, mut settings) = (Vec::new(), Vec::new());
        for place in places {
            files.extend(in_place(place)?);
        }
        for path in files {
            let text = std::fs::read_to_string(&path)
                .map_err(|e| RuleError(format!("cannot read {}: {e}", path.display())))?;
            let file = parse(&path.display().to_string(), &text)?;
            settings.extend(file.settings.clone());
            set.add(RuleFile { settings: Vec::new(), ..file })?;
        }
        for setting in settings {
            set.apply(&setting)?;
        }
        Ok(set)
    }

    fn add(&mut self, file: RuleFile) -> Result<(), RuleError> {
        if let Some(rule) = file.rule {
            match self.0.iter_mut().find(|r| r.id == rule.id) {
                Some(old) => *old = rule,
                None => self.0.push(rule),
            }
        }
        file.settings.iter().try_for_each(|setting| self.apply(setting))
    }

    /// All of them.
    pub fn rules(&self) -> &[Rule] {
        &self.0
    }

    fn find(&mut self, id: &str) -> Result<&mut Rule, String> {
        match self.0.iter().position(|r| r.id == id) {
            Some(at) => Ok(&mut self.0[at]),
            None => {
                let hint = did_you_mean(&nearest(id, self.0.iter().map(|r| r.id.as_str()), 2));
                let hint = hint.unwrap_or_else(|| "tunnelql check --list lists them".to_owned());
                Err(format!("there is no rule '{id}'; {hint}"))
            }
        }
    }

    fn apply(&mut self, setting: &Setting) -> Result<(), RuleError> {
        let at = |text: String| RuleError(format!("{}: {text}", setting.place));
        let rule = self.find(&setting.rule).map_err(at)?;
        if setting.name == "severity" {
            let names = Severity::ALL.map(Severity::name).join(", ");
            let found = || at(format!("severity: expected {names}, found '{}'", setting.value));
            rule.severity = Severity::from_name(&setting.value).ok_or_else(found)?;
            return Ok(());
        }
        set_param(rule, &setting.name, &setting.value).map_err(at)
    }

    /// Sets what the command line says: `tunnel-down.down_for=10m`.
    pub fn set(&mut self, argument: &str) -> Result<(), RuleError> {
        let wrong = || RuleError(format!("--param '{argument}': expected RULE.NAME=VALUE"));
        let (name, value) = argument.split_once('=').ok_or_else(wrong)?;
        let (rule, name) = name.trim().split_once('.').ok_or_else(wrong)?;
        let at = |text: String| RuleError(format!("--param {rule}.{name}: {text}"));
        set_param(self.find(rule).map_err(at)?, name, value).map_err(at)
    }

    /// Keeps some: those of `only`, or all when it is empty, without those of `skip`.
    pub fn choose(mut self, only: &[String], skip: &[String]) -> Result<Self, RuleError> {
        // As people write lists: a comma, a space.
        let ids = |given: &[String]| -> Vec<String> {
            given.iter().map(|id| id.trim().to_owned()).filter(|id| !id.is_empty()).collect()
        };
        let (only, skip) = (ids(only), ids(skip));
        for (option, ids) in [("--only", &only), ("--skip", &skip)] {
            for id in ids {
                self.find(id).map_err(|e| RuleError(format!("{option}: {e}")))?;
            }
        }
        self.0.retain(|rule| (only.is_empty() || only.contains(&rule.id)) && !skip.contains(&rule.id));
        match self.0.is_empty() {
            true => Err(RuleError("no rule is left to check".to_owned())),
            false => Ok(self),
        }
    }
}

/// Gives a parameter of a rule another value.
pub fn set_param(rule: &mut Rule, name: &str, value: &str) -> Result<(), String> {
    let known: Vec<String> = rule.params.iter().map(|p| p.name.clone()).collect();
    match rule.params.iter_mut().find(|p| p.name == name) {
        Some(param) => param.set(value),
        None => {
            let hint = did_you_mean(&nearest(name, known.iter().map(String::as_str), 1));
            let hint = hint.unwrap_or_else(|| match known.is_empty() {
                true => "it has none".to_owned(),
                false => format!("it has {}", known.join(", ")),
            });
            Err(format!("{} has no parameter '{name}'; {hint}", rule.id))
        }
    }
}

/// The files of a place: itself, or the `.toml` files in a folder, by name.
fn in_place(place: &Path) -> Result<Vec<PathBuf>, RuleError> {
    let fails = |e: std::io::Error| RuleError(format!("--rules {}: {e}", place.display()));
    if !std::fs::metadata(place).map_err(fails)?.is_dir() {
        return Ok(vec![place.to_owned()]);
    }
    let mut files = Vec::new();
    for entry in std::fs::read_dir(place).map_err(fails)? {
        let path = entry.map_err(fails)?.path();
        if path.extension().is_some_and(|e| e == "toml") && path.is_file() {
            files.push(path);
        }
    }
    files.sort();
    match files.is_empty() {
        true => Err(RuleError(format!("--rules {}: there is no .toml file in it", place.display()))),
        false => Ok(files),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rules_are_set_and_chosen() {
        let mut set = RuleSet::builtin().unwrap();
        set.set("tunnel-down.down_for=10m").unwrap();
        let rule = set.find("tunnel-down").unwrap();
        assert!(rule.params.iter().any(|p| p.name == "down_for" && p.value == "10m"));
        for (argument, says) in [
            ("tunnel-down", "expected RULE.NAME=VALUE"),
            ("tunnel-dwn.down_for=1m", "did you mean tunnel-down?"),
            ("tunnel-down.downfor=1m", "did you mean down_for?"),
            ("tunnel-down.down_for=soon", "'soon' is not a duration"),
        ] {
            let error = set.set(argument).unwrap_err().0;
            assert!(error.contains(says), "{error}");
        }
        let some = set.clone().choose(&["flapping".into(), " bgp-down".into()], &["bgp-down".into()]).unwrap();
        assert_eq!(some.rules().iter().map(|r| r.id.as_str()).collect::<Vec<_>>(), ["flapping"]);
        assert!(set.clone().choose(&["flaping".into()], &[]).unwrap_err().0.contains("did you mean flapping?"));
        assert!(set.choose(&["flapping".into()], &["flapping".into()]).unwrap_err().0.contains("no rule is left"));
    }

    #[test]
    fn files_add_replace_and_set() {
        let folder = tempfile::tempdir().unwrap();
        let write = |name: &str, text: &str| std::fs::write(folder.path().join(name), text).unwrap();
        let rule = "title = \"T\"\nseverity = \"info\"\nkey = [\"x\"]\nmessage = \"{x}\"\nquery = \"SELECT 1 AS x\"\n";
        write("a.toml", "[set.mine]\nseverity = \"critical\"\n[set.flapping]\ncount = 7\n");
        write("b.toml", &format!("id = \"mine\"\n{rule}"));
        write("c.toml", &format!("id = \"bgp-down\"\n{rule}"));
        write("d.txt", "no rule");
        let builtin = RuleSet::builtin().unwrap().rules().len();
        let mut set = RuleSet::load(&[folder.path().to_owned()]).unwrap();
        assert_eq!(set.rules().len(), builtin + 1);
        assert_eq!(set.find("mine").unwrap().severity, Severity::Critical);
        assert_eq!(set.find("bgp-down").unwrap().title, "T");
        assert!(set.find("flapping").unwrap().params.iter().any(|p| p.name == "count" && p.value == "7"));
        write("a.toml", "[set.nothing]\nx = 1\n");
        let error = RuleSet::load(&[folder.path().to_owned()]).unwrap_err().0;
        assert!(error.contains("a.toml:2: there is no rule 'nothing'"), "{error}");
        assert!(RuleSet::load(&[folder.path().join("none.toml")]).unwrap_err().0.contains("none.toml"));
    }
}
