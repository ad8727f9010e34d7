//! The generated reference, `FUNCTIONS.md`.

use std::fmt::Write;

use super::{Section, documentation};

/// The reference of all functions as Markdown.
pub fn reference() -> String {
    let mut out = String::from(
        "# Functions\n\n\
         Generated from the functions' own documentation by the crate's tests; change it there. Every example runs as a test.\n\
         In a result, ` | ` separates columns.\n",
    );
    let all = documentation();
    for section in Section::ALL {
        let functions: Vec<_> = all.iter().filter(|doc| doc.section == *section).collect();
        if functions.is_empty() {
            continue;
        }
        // Writing into a String cannot fail.
        let _ = write!(out, "\n## {}\n", section.title());
        for doc in functions {
            let _ =
                write!(out, "\n### {}\n\n`{}` ({})\n\n{}\n\n", doc.name, doc.syntax, doc.kind.as_str(), doc.meaning);
            for (name, meaning) in doc.arguments {
                let _ = writeln!(out, "- `{name}`: {meaning}");
            }
            if !doc.arguments.is_empty() {
                out.push('\n');
            }
            let _ = write!(out, "Returns: {}\n\nNulls: {}\n\n", doc.returns, doc.nulls);
            let _ = write!(out, "```sql\n{}\n```\n\nSource: {}\n", doc.example(), doc.source);
        }
    }
    out
}
