//! The names nearest to one that is not known: of commands here, of everything in a statement in the engine.

use super::complete::Vocabulary;
use crate::engine::nearest::{did_you_mean, nearest};

/// What to say to a command that is not known: `did you mean .tables?`. With its dot or backslash, or without.
pub fn unknown_command(name: &str, vocabulary: &Vocabulary) -> String {
    let bare = name.trim_start_matches(['.', '\\']);
    let names = vocabulary.commands.iter().map(|c| c.name.as_str());
    let near: Vec<String> = nearest(bare, names, 3).into_iter().map(|n| format!(".{n}")).collect();
    did_you_mean(&near).unwrap_or_else(|| ".help lists the commands".to_owned())
}

/// What to say to a table or view that a command does not know.
pub fn unknown_table(name: &str, vocabulary: &Vocabulary) -> String {
    let names: Vec<String> = vocabulary.tables.iter().map(|t| t.full_name()).collect();
    let near = nearest(name, names.iter().map(String::as_str), 3);
    did_you_mean(&near).unwrap_or_else(|| ".tables lists them".to_owned())
}

/// What to say to a function that a command does not know.
pub fn unknown_function(name: &str, vocabulary: &Vocabulary) -> String {
    let tables = vocabulary.table_functions.iter().map(|f| f.name.as_str());
    let near = nearest(name, vocabulary.functions.iter().map(|f| f.name.as_str()).chain(tables), 3);
    did_you_mean(&near).unwrap_or_else(|| ".functions lists them".to_owned())
}

#[cfg(test)]
mod tests {
    use super::super::complete::tests::vocabulary;
    use super::*;

    #[test]
    fn what_is_meant() {
        let v = vocabulary();
        assert_eq!(unknown_command(".tabels", &v), "did you mean .tables?");
        assert_eq!(unknown_command("\\formt", &v), "did you mean .format?");
        assert_eq!(unknown_command(".zzz", &v), ".help lists the commands");
        assert_eq!(unknown_table("tunel_log", &v), "did you mean tunnel_log?");
        assert_eq!(unknown_table("zzz", &v), ".tables lists them");
        assert_eq!(unknown_function("ike_remot_ip", &v), "did you mean ike_remote_ip or ike_remote_port?");
    }
}
