//! Queries that have a name: the user's own, those of a project's folder, and the gallery that is built in.

use std::path::{Path, PathBuf};

use super::language::Lang;
use super::script::Items;
use super::{Exit, Failure, folders, header};

/// A query with a name.
#[derive(Debug, Clone)]
pub struct Named {
    /// Its name.
    pub name: String,
    /// Its text.
    pub text: String,
    /// Its file; none for those that are built in.
    pub file: Option<PathBuf>,
}

impl Named {
    /// What it is for, in a line.
    pub fn about(&self) -> &str {
        header::about(self.head())
    }

    /// The comments before its first statement.
    pub fn head(&self) -> &str {
        Items::new(&self.text).next(Lang::Sql).map_or("", |item| item.head)
    }

    /// Where it is from.
    pub fn origin(&self) -> String {
        self.file.as_ref().map_or_else(|| "built in".to_owned(), |f| f.display().to_string())
    }
}

macro_rules! built_in {
    ($($name:literal,)*) => {
        const BUILT_IN: &[(&str, &str)] =
            &[$(($name, include_str!(concat!("../../sample_data/queries/", $name, ".sql"))),)*];
    };
}

built_in! {
    "microsoft_1_gateway_log",
    "microsoft_2_tunnel_log",
    "microsoft_3_route_log",
    "microsoft_4_ike_log",
    "microsoft_5_p2s_log",
    "month_changes_before_outages",
    "month_failing_shapes",
    "month_failovers",
    "month_mean_time_to_repair",
    "month_worst_tunnels",
    "tip_failed_p2s_connections",
    "tip_failover_or_glitch",
    "tip_gateway_events_before_disconnects",
    "tip_one_failing_negotiation",
    "tip_who_initiates",
}

/// Folders with named queries: the user's own, then the working folder's.
fn folders() -> Vec<PathBuf> {
    folders::config().map(|c| c.join("queries")).into_iter().chain([PathBuf::from("queries")]).collect()
}

/// Where `.save` puts a query.
pub fn file_for(name: &str) -> Result<PathBuf, Failure> {
    check(name)?;
    let folder =
        folders::config().ok_or_else(|| Failure::new(Exit::Storage, "there is no home folder to save it in"))?;
    Ok(folder.join("queries").join(format!("{name}.sql")))
}

/// A name is no path.
fn check(name: &str) -> Result<(), Failure> {
    let good = |c: char| c.is_alphanumeric() || matches!(c, '_' | '-');
    match !name.is_empty() && name.chars().all(good) {
        true => Ok(()),
        false => Err(Failure::usage(format!("'{name}' is no name of a query; expected letters, digits, - and _"))),
    }
}

fn in_folder(folder: &Path) -> Vec<Named> {
    let Ok(entries) = std::fs::read_dir(folder) else { return Vec::new() };
    let one = |path: PathBuf| {
        let name = path.file_stem()?.to_str()?.to_owned();
        (path.extension()? == "sql").then_some(())?;
        let text = std::fs::read_to_string(&path).ok()?;
        Some(Named { name, text, file: Some(path) })
    };
    let mut found: Vec<Named> = entries.filter_map(|e| one(e.ok()?.path())).collect();
    found.sort_by(|a, b| a.name.cmp(&b.name));
    found
}

/// Every named query; of two with one name, the first is run.
pub fn list() -> Vec<Named> {
    let built_in =
        BUILT_IN.iter().map(|(name, text)| Named { name: (*name).to_owned(), text: (*text).to_owned(), file: None });
    folders().iter().flat_map(|f| in_folder(f)).chain(built_in).collect()
}

/// The query of a name; `-` and `_` are the same, and the end of a name after one of them is enough when only one query
/// has it.
pub fn find(name: &str) -> Result<Named, Failure> {
    check(name)?;
    let plain = |name: &str| name.replace('-', "_").to_lowercase();
    let wanted = plain(name);
    let mut all = list();
    if let Some(at) = all.iter().position(|q| plain(&q.name) == wanted) {
        return Ok(all.swap_remove(at));
    }
    let ending = format!("_{wanted}");
    let mut ends: Vec<Named> = all.iter().filter(|q| plain(&q.name).ends_with(&ending)).cloned().collect();
    match (ends.pop(), ends.is_empty()) {
        (Some(one), true) => Ok(one),
        (Some(one), false) => {
            let names: Vec<_> = ends.iter().chain([&one]).map(|q| q.name.as_str()).collect();
            Err(Failure::usage(format!("'{name}' may be {}", names.join(" or "))))
        }
        (None, _) => {
            let near = super::commands::nearest(&wanted, all.iter().map(|q| q.name.as_str()));
            let hint = near.map(|n| format!("; did you mean {n}?")).unwrap_or_default();
            Err(Failure::usage(format!("there is no query '{name}'{hint} 'tunnelql run' lists them")))
        }
    }
}

/// A table of all of them, for people.
pub fn table() -> String {
    let all = list();
    let width = all.iter().map(|q| q.name.chars().count()).max().unwrap_or_default();
    let line = |q: &Named| format!("{:width$}  {}\n", q.name, q.about());
    all.iter().map(line).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_gallery_is_whole_and_says_what_each_is_for() {
        let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("sample_data/queries");
        let files: Vec<String> = in_folder(&folder).into_iter().map(|q| q.name).collect();
        let listed: Vec<&str> = BUILT_IN.iter().map(|(name, _)| *name).collect();
        assert_eq!(files, listed, "every file of sample_data/queries is in the list, in order");
        for (name, _) in BUILT_IN {
            let query = find(name).unwrap();
            assert!(!query.about().is_empty(), "{name}");
            header::declared(query.head()).unwrap();
        }
        assert_eq!(find("worst-tunnels").unwrap().name, "month_worst_tunnels");
        assert!(find("month_worst_tunnel").unwrap_err().text.contains("did you mean month_worst_tunnels"));
        for bad in ["../x", "", "a b", "/etc/passwd"] {
            assert!(find(bad).is_err(), "{bad}");
        }
    }
}
