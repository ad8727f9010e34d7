//! Files in made-up surroundings.

use std::collections::HashMap;
use std::fs;

use super::*;

struct World {
    root: tempfile::TempDir,
    variables: HashMap<String, String>,
}

impl World {
    fn new() -> Self {
        World { root: tempfile::tempdir().unwrap(), variables: HashMap::new() }
    }

    fn path(&self, relative: &str) -> PathBuf {
        self.root.path().join(relative)
    }

    fn write(self, relative: &str, text: &str) -> Self {
        let path = self.path(relative);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, text).unwrap();
        self
    }

    fn set(mut self, name: &str, value: &str) -> Self {
        self.variables.insert(name.to_owned(), value.to_owned());
        self
    }

    /// From `home/work/deep`.
    fn load(&self, profile: Option<&str>) -> Result<Config, String> {
        let variables = self.variables.clone();
        fs::create_dir_all(self.path("home/work/deep")).unwrap();
        let around = Surroundings {
            directory: Some(self.path("home/work/deep")),
            home: Some(self.path("home")),
            settings: Some(self.path("home/.config")),
            variables: Box::new(move |name| variables.get(name).cloned()),
        };
        Config::load(profile, &around).map_err(|e| e.0.replace(self.root.path().to_str().unwrap(), ""))
    }

    fn value(&self, profile: Option<&str>, name: &str) -> (String, String) {
        let config = self.load(profile).unwrap();
        let value = config.get(name).unwrap();
        let root = self.root.path().to_str().unwrap();
        (value.texts.join(" ").replace(root, ""), value.origin.to_string().replace(root, ""))
    }
}

const USER: &str = "home/.config/tunnelql/config.toml";
const PROJECT: &str = "home/work/.tunnelql.toml";

#[test]
fn nothing_is_nothing() {
    assert_eq!(World::new().load(None), Ok(Config::default()));
    // Empty variables and empty files say nothing.
    let world = World::new().set("TUNNELQL_TZ", "").write(USER, "").write(PROJECT, "# only a comment\n");
    let config = world.load(None).unwrap();
    assert_eq!(config.get("tz"), None);
    assert_eq!(config.files().count(), 2);
}

#[test]
fn the_strongest_says_it() {
    let all = || {
        World::new()
            .write(USER, "tz = 'A'\n[profile.prod]\ntz = 'B'\n")
            .write(PROJECT, "\ntz = 'C'\n[profile.prod]\nformat = 'csv'\ntz = 'D'\n")
    };
    let ours = |value: &str, origin: &str| (value.to_owned(), origin.to_owned());
    let user = World::new().write(USER, "tz = 'A'\n[profile.prod]\ntz = 'B'\n");
    assert_eq!(user.value(None, "tz"), ours("A", "/home/.config/tunnelql/config.toml:1"));
    assert_eq!(user.value(Some("prod"), "tz"), ours("B", "/home/.config/tunnelql/config.toml:3 (profile prod)"));
    assert_eq!(all().value(None, "tz"), ours("C", "/home/work/.tunnelql.toml:2"));
    assert_eq!(all().value(Some("prod"), "tz"), ours("D", "/home/work/.tunnelql.toml:5 (profile prod)"));
    let by_variable = all().set("TUNNELQL_PROFILE", "prod");
    assert_eq!(by_variable.value(None, "tz").0, "D");
    assert_eq!(all().set("TUNNELQL_TZ", "E").value(Some("prod"), "tz"), ours("E", "$TUNNELQL_TZ"));
    // The profile chosen comes before what holds without it, whichever file it is in.
    let mixed = World::new().write(USER, "[profile.prod]\ntz = 'B'\n").write(PROJECT, "tz = 'C'\n");
    assert_eq!(mixed.value(Some("prod"), "tz").0, "B");
    let config = all().load(Some("prod")).unwrap();
    assert_eq!(config.profile(), Some("prod"));
    let origin = |name: &str| config.get(name).unwrap().origin.clone();
    assert!(!origin("tz").is_stronger_than(&origin("format")));
}

#[test]
fn the_nearest_project_counts_and_none_above_the_home() {
    let above = World::new().write(".tunnelql.toml", "tz = 'above'\n");
    assert_eq!(above.load(None).unwrap().get("tz"), None);
    let near = World::new().write("home/.tunnelql.toml", "tz = 'home'\n");
    assert_eq!(near.value(None, "tz").0, "home");
    let nearer = near.write("home/work/deep/.tunnelql.toml", "tz = 'deep'\n");
    assert_eq!(nearer.value(None, "tz").0, "deep");
}

#[test]
fn places_are_relative_to_their_file() {
    let data = "data = ['./archive', 'export', '/abs', '~/x', 'https://a.blob.core.windows.net/b', '-']\n";
    let world = World::new().write(PROJECT, data);
    assert_eq!(
        world.value(None, "data").0,
        "/home/work/archive /home/work/export /abs /home/x https://a.blob.core.windows.net/b -"
    );
    assert_eq!(World::new().write(PROJECT, "data = 'one'").value(None, "data").0, "/home/work/one");
    assert_eq!(World::new().set("TUNNELQL_DATA", "./as is").value(None, "data").0, "./as is");
}

#[test]
fn errors_name_the_line_and_what_is_meant() {
    for (text, want) in [
        ("\n\ntimezone = 1\n", ":3: unknown setting 'timezone'; expected one of data, since"),
        ("formt = 'csv'\n", ":1: unknown setting 'formt'; did you mean format?"),
        ("memory-limit = '1GB'\n", ":1: unknown setting 'memory-limit'; did you mean memory_limit?"),
        ("[profile.prod]\ntz = 'UTC'\nthread = 3\n", ":3: unknown setting 'thread'; did you mean threads?"),
        ("[profiles.prod]\n", ":1: unknown setting 'profiles'; did you mean profile?"),
        ("profile = 'prod'\n", ":1: profiles are tables: [profile.NAME]"),
        ("[profile]\nprod = 1\n", ":2: a profile is a table: [profile.NAME]"),
        ("threads = 'four'\n", ":1: threads: expected a whole number from 0 on, found string"),
        ("threads = -1\n", ":1: threads: expected a whole number from 0 on, found integer"),
        ("keep_unknown = 'yes'\n", ":1: keep_unknown: expected true or false, found string"),
        ("data = []\n", ":1: data: expected a text or a list of texts, found array"),
        ("data = ['a', 1]\n", ":1: data: expected a text or a list of texts, found array"),
        ("tz = 'a'\ntz = 'b'\n", ":2: duplicate key"),
        ("tz = \n", ":1: "),
        ("\u{1b}[2J", ":1: "),
    ] {
        let error = World::new().write(PROJECT, text).load(None).unwrap_err();
        assert!(error.starts_with(&format!("/home/work/.tunnelql.toml{want}")), "{text:?}: {error}");
    }
    let count = World::new().set("TUNNELQL_MAX_ROWS", "many").load(None).unwrap_err();
    assert_eq!(count, "$TUNNELQL_MAX_ROWS: expected a whole number from 0 on, found 'many'");
}

#[test]
fn only_ones_own_file_names_programs() {
    for text in ["pager = 'rm -rf ~'\n", "editor = 'x'\n", "[profile.p]\npager = 'x'\n"] {
        let error = World::new().write(PROJECT, text).load(None).unwrap_err();
        assert!(error.contains("may stand only in your own settings file or the environment"), "{error}");
        assert!(World::new().write(USER, text).load(None).is_ok());
    }
    assert_eq!(World::new().set("TUNNELQL_PAGER", "less").value(None, "pager").0, "less");
}

#[test]
fn an_unknown_profile_is_an_error() {
    let world = World::new().write(USER, "[profile.prod]\n[profile.lab]\n");
    assert_eq!(world.load(Some("prd")).unwrap_err(), "there is no profile 'prd'; did you mean prod?");
    assert_eq!(world.load(Some("x")).unwrap_err(), "there is no profile 'x'; there are lab, prod");
    assert_eq!(World::new().load(Some("x")).unwrap_err(), "there is no profile 'x'; there is no settings file");
}

#[test]
fn every_setting_has_a_plain_name_and_a_meaning() {
    for setting in SETTINGS {
        assert!(setting.name.bytes().all(|b| b.is_ascii_lowercase() || b == b'_'), "{}", setting.name);
        assert!(!setting.meaning.is_empty() && setting.variable().starts_with("TUNNELQL_"));
    }
}
