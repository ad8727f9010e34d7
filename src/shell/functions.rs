//! What functions there are, in words: for `tunnelql functions` and `.functions`.

use datafusion::logical_expr::Documentation;
use tunnelql_udfs::{FunctionDoc, Section, documentation};

use super::Failure;
use crate::engine::{Engine, EngineOptions};
use crate::tables::table_functions;

/// Every function of ours in a line, by chapter.
pub fn list() -> String {
    let all = documentation();
    let (chapter, tables) = table_functions();
    let names = all.iter().map(|doc| doc.name).chain(tables.iter().map(|(name, _)| *name));
    let width = names.map(str::len).max().unwrap_or_default();
    let mut out = format!("{chapter}\n");
    for (name, doc) in &tables {
        out.push_str(&format!("  {name:width$}  {}\n", first_sentence(&doc.description)));
    }
    out.push('\n');
    for section in Section::ALL {
        let functions: Vec<&&FunctionDoc> = all.iter().filter(|doc| doc.section == *section).collect();
        if functions.is_empty() {
            continue;
        }
        out.push_str(&format!("{}\n", section.title()));
        for doc in functions {
            let brief = first_sentence(doc.meaning);
            out.push_str(&format!("  {:width$}  {brief}\n", doc.name));
        }
        out.push('\n');
    }
    out.push_str(
        "tunnelql functions NAME says all about one. The table system.functions also lists those of DataFusion.",
    );
    out
}

/// Up to the first full stop or colon that ends a clause.
fn first_sentence(text: &str) -> &str {
    let end = [". ", ": "].iter().filter_map(|stop| text.find(stop)).min();
    end.and_then(|end| text.get(..end)).unwrap_or(text).trim_end_matches('.')
}

/// All about one function.
pub fn one(name: &str) -> Result<String, Failure> {
    if let Some(doc) = documentation().into_iter().find(|doc| doc.name.eq_ignore_ascii_case(name)) {
        return Ok(doc.text());
    }
    let (_, tables) = table_functions();
    if let Some((_, doc)) = tables.iter().find(|(own, _)| own.eq_ignore_ascii_case(name)) {
        return Ok(plain(doc, "table function, and a table without its parentheses"));
    }
    let engine = Engine::new(&EngineOptions::default())?;
    let state = engine.context().state();
    let lower = name.to_ascii_lowercase();
    let scalar = state.scalar_functions().get(&lower).map(|f| (f.documentation(), "scalar"));
    let aggregate = || state.aggregate_functions().get(&lower).map(|f| (f.documentation(), "aggregate"));
    let window = || state.window_functions().get(&lower).map(|f| (f.documentation(), "window"));
    match scalar.or_else(aggregate).or_else(window) {
        Some((Some(doc), kind)) => Ok(plain(doc, &format!("{kind} function of DataFusion"))),
        Some((None, kind)) => Ok(format!("{lower}\n  {kind} function of DataFusion, without documentation")),
        None => {
            let mut like: Vec<&str> =
                documentation().into_iter().map(|doc| doc.name).filter(|n| n.contains(&lower)).collect();
            like.extend(tables.iter().map(|(name, _)| *name).filter(|n| n.contains(&lower)));
            like.extend(state.scalar_functions().keys().map(String::as_str).filter(|n| n.contains(&lower)));
            like.sort_unstable();
            like.dedup();
            like.truncate(10);
            let hint = if like.is_empty() {
                "tunnelql functions lists them".to_owned()
            } else {
                format!("there are {}", like.join(", "))
            };
            Err(Failure::usage(format!("there is no function '{name}'; {hint}")))
        }
    }
}

fn plain(doc: &Documentation, kind: &str) -> String {
    let mut out = format!("{}\n  {kind}\n\n{}\n", doc.syntax_example, doc.description.trim());
    for (name, meaning) in doc.arguments.iter().flatten() {
        out.push_str(&format!("\n  {name}: {meaning}"));
    }
    if let Some(example) = &doc.sql_example {
        out.push_str(&format!("\n\n{}\n", example.trim()));
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lists_each_and_explains_each() {
        let all = list();
        for doc in documentation() {
            assert!(all.contains(&format!("  {} ", doc.name)), "{}", doc.name);
            assert!(one(&doc.name.to_ascii_uppercase()).is_ok_and(|text| text.contains(doc.nulls)), "{}", doc.name);
        }
        for (name, doc) in table_functions().1 {
            assert!(all.contains(&format!("  {name} ")), "{name}");
            assert!(one(name).is_ok_and(|text| text.contains(&doc.syntax_example)), "{name}");
        }
        assert!(all.lines().all(|line| line.len() < 200), "{all}");
        assert!(one("date_trunc").is_ok_and(|text| text.contains("scalar function of DataFusion")));
        assert!(one("row_number").is_ok_and(|text| text.contains("window function")));
        assert!(one("remote").is_err_and(|e| e.text.contains("ike_remote_ip, ike_remote_port")));
        assert!(one("\u{1b}[2J").is_err());
    }

    #[test]
    fn sentences() {
        assert_eq!(first_sentence("One. Two."), "One");
        assert_eq!(first_sentence("The port: 500, or 4500."), "The port");
        assert_eq!(first_sentence("Ports 500."), "Ports 500");
    }
}
