//! Settings files, the environment and flags, as whole processes see them.

use std::path::Path;
use std::process::Command;

use serde_json::Value;

use crate::support::{Output, arg, command, finish, sample, temp};

/// A home with a user's file and a project in it.
struct Home(tempfile::TempDir);

impl Home {
    fn new(user: &str, project: &str) -> Self {
        let home = temp();
        let write = |path: &str, text: &str| {
            let path = home.path().join(path);
            std::fs::create_dir_all(path.parent().unwrap()).unwrap();
            std::fs::write(path, text).unwrap();
        };
        write(".config/tunnelql/config.toml", user);
        write("project/.tunnelql.toml", project);
        Home(home)
    }

    fn command(&self, args: &[&str]) -> Command {
        let mut command = command();
        command.env("HOME", self.0.path()).env("XDG_CONFIG_HOME", self.0.path().join(".config"));
        command.current_dir(self.0.path().join("project")).args(args);
        command
    }

    fn run(&self, args: &[&str]) -> Output {
        finish(&mut self.command(args))
    }

    /// A setting's value and origin by `config show`.
    fn shown(&self, name: &str, args: &[&str]) -> (String, String) {
        let all = self.run(&[&["config", "show", "--format", "json"], args].concat()).json();
        let found = all.as_array().unwrap().iter().find(|s| s["setting"] == name).unwrap();
        let text = |v: &Value| v.as_str().unwrap_or_default().replace(self.0.path().to_str().unwrap(), "");
        (text(&found["value"]), text(&found["origin"]))
    }
}

const COUNT: &str = "SELECT count(*) AS n FROM tunnel_log";
const FIRST: &str = "SELECT min(time) AS t FROM tunnel_log";

#[test]
fn every_command_obeys_and_flags_win() {
    let data = arg(sample("blobs"));
    let user = format!(
        "data = '{data}'\nformat = 'csv'\ntz = 'UTC'\n\n[profile.tokyo]\ntz = 'Asia/Tokyo'\nformat = 'markdown'\n"
    );
    let home = Home::new(&user, "");
    let csv = home.run(&["query", "-c", COUNT]).ok();
    assert!(csv.starts_with("n\n"), "{csv}");
    let ndjson = home.run(&["query", "--format", "ndjson", "-c", COUNT]).ok();
    assert!(ndjson.starts_with("{\"n\":"), "{ndjson}");
    assert!(home.run(&["status"]).ok().starts_with("table_name,kind,rows"));

    let tokyo = home.run(&["query", "--profile", "tokyo", "-c", FIRST]).ok();
    assert!(tokyo.starts_with("| t (Asia/Tokyo) |") && tokyo.contains("+09:00"), "{tokyo}");
    assert_eq!(home.run(&["--profile", "tokyo", "query", "-c", FIRST]).ok(), tokyo);
    let by_variable = finish(home.command(&["query", "-c", FIRST]).env("TUNNELQL_PROFILE", "tokyo")).ok();
    assert_eq!(by_variable, tokyo);
    let by_flag = home.run(&["query", "--profile", "tokyo", "--tz", "+01:00", "-c", FIRST]).ok();
    assert!(by_flag.starts_with("| t (+01:00) |"), "{by_flag}");
    // Machines get UTC, whatever people see.
    let machine = home.run(&["query", "--profile", "tokyo", "--format", "json", "-c", FIRST]).json();
    assert!(machine[0]["t"].as_str().unwrap().ends_with('Z'));
}

#[test]
fn a_range_of_the_settings_holds_until_a_flag_says_another() {
    let data = arg(sample("blobs"));
    let home = Home::new(&format!("data = '{data}'\nformat = 'csv'\nsince = '2026-03-11'\n"), "");
    let count = |args: &[&str]| home.run(&[&["query", "-c", COUNT], args].concat()).ok();
    let all = count(&["--since", "2026-01-01"]);
    let later = count(&[]);
    assert_ne!(all, later);
    assert_eq!(count(&["--last", "1000d", "--now", "2026-04-01"]), all);
    // The environment is stronger than the file, also where it says the range in another way.
    let last = finish(home.command(&["query", "--now", "2026-04-01", "-c", COUNT]).env("TUNNELQL_LAST", "1000d")).ok();
    assert_eq!(last, all);
}

#[test]
fn show_says_where_each_value_comes_from_and_no_secret() {
    let home = Home::new(
        "tz = 'UTC'\n[profile.prod]\nthreads = 2\n",
        "data = 'https://acct.blob.core.windows.net/logs?sv=1&sig=SECRET'\ntz = 'Asia/Tokyo'\n",
    );
    let ours = |value: &str, origin: &str| (value.to_owned(), origin.to_owned());
    assert_eq!(home.shown("tz", &[]), ours("Asia/Tokyo", "/project/.tunnelql.toml:2"));
    assert_eq!(
        home.shown("threads", &["--profile", "prod"]),
        ours("2", "/.config/tunnelql/config.toml:3 (profile prod)")
    );
    assert_eq!(home.shown("late_margin", &[]), ours("6h", "default"));
    assert_eq!(home.shown("data", &[]).0, "https://acct.blob.core.windows.net/logs?***");
    let all = home.run(&["config", "show"]).ok();
    assert!(!all.contains("SECRET") && all.contains("memory_limit"), "{all}");
    let path = home.run(&["config", "path"]).ok();
    assert!(path.trim_end().ends_with(".config/tunnelql/config.toml"), "{path}");
}

#[test]
fn mistakes_are_errors_with_their_place() {
    let query: &[&str] = &["query", "-c", "SELECT 1"];
    for (user, project, wants) in [
        ("formt = 'csv'\n", "", &["config.toml:1: unknown setting 'formt'; did you mean format?"][..]),
        ("", "\n\npager = 'sh -c evil'\n", &[".tunnelql.toml:3: 'pager' may stand only in your own settings file"]),
        (
            "tz = 'Europe/Berln'\n",
            "",
            &["config.toml:1: tz: 'Europe/Berln' is no time zone", "did you mean Europe/Berlin?"],
        ),
        ("memory_limit = 'much'\n", "", &["config.toml:1: memory_limit: 'much' is no size"]),
        ("last = 'always'\n", "", &["config.toml:1: last: ", "is no duration"]),
        ("format = 'xml'\n", "", &["config.toml:1: format: expected one of table"]),
    ] {
        let error = Home::new(user, project).run(query).fails(2);
        assert!(wants.iter().all(|w| error.contains(w)), "{wants:?}: {error}");
    }
    let unknown = Home::new("[profile.prod]\n", "").run(&["query", "--profile", "prd", "-c", "SELECT 1"]).fails(2);
    assert!(unknown.contains("there is no profile 'prd'; did you mean prod?"), "{unknown}");
    // What needs no settings works while they are wrong, so that help can be had.
    Home::new("formt = 1\n", "").run(&["help", "config"]).ok();
}

#[test]
fn the_archive_of_an_import_may_be_set() {
    let home = Home::new("", "data = './archive'\n");
    home.run(&["import", &arg(sample("blobs"))]).ok();
    assert!(Path::new(home.0.path()).join("project/archive/_delta_log").is_dir());
    home.run(&["verify"]).ok();
    let several = Home::new("", "data = ['a', 'b']\n").run(&["import", &arg(sample("blobs"))]).fails(2);
    assert!(several.contains("several places") && several.contains("--archive"), "{several}");
}
