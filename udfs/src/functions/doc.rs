//! What is written about a function, as data: shown by `system.functions` and `tunnelql functions`, collected in
//! `FUNCTIONS.md`, and its examples run as tests.

use datafusion::logical_expr::{DocSection, Documentation};

/// What kind of function it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Kind {
    /// One value a row.
    Scalar,
    /// A table, in `FROM`.
    Table,
    /// One value a row, from the rows around it, with `OVER`.
    Window,
    /// One value a group.
    Aggregate,
}

impl Kind {
    /// The lower-case name used in tables.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Scalar => "scalar",
            Self::Table => "table",
            Self::Window => "window",
            Self::Aggregate => "aggregate",
        }
    }
}

/// A statement and what it gives: cells joined by ` | `, rows by line breaks, nulls as `NULL`.
#[derive(Debug, Clone, Copy)]
pub struct Example {
    /// One SQL statement that needs no data.
    pub sql: &'static str,
    /// Its result.
    pub result: &'static str,
}

/// A function's documentation.
#[derive(Debug, Clone, Copy)]
pub struct FunctionDoc {
    /// SQL name.
    pub name: &'static str,
    /// Kind.
    pub kind: Kind,
    /// Chapter of the reference.
    pub section: Section,
    /// How it is called.
    pub syntax: &'static str,
    /// What it says, with units and time zone where there are any.
    pub meaning: &'static str,
    /// Names and meanings of the arguments.
    pub arguments: &'static [(&'static str, &'static str)],
    /// Type of the result, and the meaning of its parts where it has some.
    pub returns: &'static str,
    /// What nulls, and input that is not understood, give.
    pub nulls: &'static str,
    /// Examples, at least one.
    pub examples: &'static [Example],
    /// Where the rule comes from: a page of Microsoft's, an RFC, published logs.
    pub source: &'static str,
}

/// A chapter of the reference.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Section {
    /// Messages of IKEDiagnosticLog.
    Ike,
    /// Messages of P2SDiagnosticLog.
    P2s,
    /// Names and ids of Azure.
    Azure,
    /// Tunnels over time.
    Tunnel,
    /// JSON texts.
    Json,
}

impl Section {
    /// Every chapter, in the reference's order.
    pub const ALL: &[Self] = &[Self::Ike, Self::Tunnel, Self::P2s, Self::Azure, Self::Json];

    /// The chapter's title.
    pub fn title(self) -> &'static str {
        match self {
            Self::Ike => "IKE messages",
            Self::Tunnel => "Tunnels over time",
            Self::P2s => "Point-to-site messages",
            Self::Azure => "Azure names",
            Self::Json => "JSON",
        }
    }
}

impl FunctionDoc {
    /// The same in DataFusion's form, which `SHOW FUNCTIONS` and other programs show.
    pub fn to_datafusion(&self) -> Documentation {
        let section = DocSection { include: true, label: self.section.title(), description: None };
        let description = format!("{} {} {} Source: {}", self.meaning, self.returns, self.nulls, self.source);
        let mut builder = Documentation::builder(section, description, self.syntax).with_sql_example(self.example());
        for (name, meaning) in self.arguments {
            builder = builder.with_argument(*name, *meaning);
        }
        builder.build()
    }

    /// The examples, each result as a comment below its statement.
    pub fn example(&self) -> String {
        let mut out = String::new();
        for example in self.examples {
            if !out.is_empty() {
                out.push('\n');
            }
            out.push_str(example.sql);
            for line in example.result.lines() {
                out.push_str("\n-- ");
                out.push_str(line);
            }
        }
        out
    }

    /// All of it as lines of plain text.
    pub fn text(&self) -> String {
        let mut out = format!("{}\n  {} function\n\n{}\n\n", self.syntax, self.kind.as_str(), self.meaning);
        for (name, meaning) in self.arguments {
            out.push_str(&format!("  {name}: {meaning}\n"));
        }
        out.push_str(&format!("\nReturns: {}\nNulls: {}\nSource: {}\n\n", self.returns, self.nulls, self.source));
        out.push_str(&self.example());
        out.push('\n');
        out
    }
}
