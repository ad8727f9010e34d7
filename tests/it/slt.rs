//! Runs the scripts of `tests/slt` against an engine over the sample blobs.

use std::fmt;

use arrow::util::display::{ArrayFormatter, FormatOptions};
use sqllogictest::{DB, DBOutput, DefaultColumnType, Runner};
use tunnelql::{
    engine::{Engine, EngineError, EngineOptions, Event, Params},
    store::Location,
};

use crate::support::{arg, root, sample};

/// An error that can be passed between threads.
#[derive(Debug)]
struct Failed(String);

impl fmt::Display for Failed {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl std::error::Error for Failed {}

impl From<EngineError> for Failed {
    fn from(e: EngineError) -> Self {
        Self(e.to_string())
    }
}

struct Session(Engine);

impl Session {
    fn new() -> Self {
        let data = vec![Location::parse(&arg(sample("blobs"))).unwrap()];
        let now = tunnelql::model::parse_iso("2026-03-12");
        Self(Engine::new(&EngineOptions { data, now, threads: 2, ..EngineOptions::default() }).unwrap())
    }
}

impl DB for Session {
    type Error = Failed;
    type ColumnType = DefaultColumnType;

    fn run(&mut self, sql: &str) -> Result<DBOutput<DefaultColumnType>, Failed> {
        let mut output = DBOutput::StatementComplete(0);
        for statement in self.0.parse(sql)? {
            let mut running = self.0.run(statement, Params::new());
            let (mut types, mut rows) = (Vec::new(), Vec::new());
            while let Some(event) = self.0.handle().block_on(running.next()) {
                match event {
                    Event::Started(schema, _) => types = vec![DefaultColumnType::Any; schema.fields().len()],
                    Event::Batch(batch) => {
                        let options = FormatOptions::default().with_null("NULL");
                        let columns = batch.columns().iter().map(|c| ArrayFormatter::try_new(c, &options).unwrap());
                        let columns: Vec<_> = columns.collect();
                        rows.extend(
                            (0..batch.num_rows())
                                .map(|i| columns.iter().map(|c| text(&c.value(i).to_string())).collect()),
                        );
                    }
                    Event::Failed(e) => return Err(e.into()),
                    Event::Noted(_) | Event::Charted(_) => {}
                    Event::Finished => break,
                }
            }
            output = if types.is_empty() { DBOutput::StatementComplete(0) } else { DBOutput::Rows { types, rows } };
        }
        Ok(output)
    }
}

/// Scripts cannot show an empty text.
fn text(value: &str) -> String {
    if value.is_empty() { "(empty)".to_owned() } else { value.to_owned() }
}

fn run(script: &str) {
    let mut runner = Runner::new(|| async { Ok(Session::new()) });
    if let Err(e) = runner.run_file(root().join("tests/slt").join(script)) {
        panic!("{}", e.display(false));
    }
}

#[test]
fn tables() {
    run("tables.slt");
}

#[test]
fn azure() {
    run("azure.slt");
}

#[test]
fn functions() {
    run("functions.slt");
}

#[test]
fn analysis() {
    run("analysis.slt");
}

#[test]
fn history() {
    run("history.slt");
}

#[test]
fn every_script_is_run() {
    let here = include_str!("slt.rs");
    for entry in std::fs::read_dir(root().join("tests/slt")).unwrap() {
        let name = entry.unwrap().file_name().into_string().unwrap();
        assert!(here.contains(&format!("run(\"{name}\")")), "{name}");
    }
}
