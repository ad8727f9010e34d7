//! Files of an archive with a byte that changed: whatever it is, a query ends, with rows or with an error that says so.

use std::sync::Arc;

use arrow::datatypes::DataType;
use datafusion::logical_expr::{Volatility, create_udf};
use tunnelql::engine::{Engine, EngineError, EngineOptions, Event, Params};
use tunnelql::store::Location;

use crate::support::{arg, import, sample, temp};

/// How a query ends; `None` when it does not end but breaks.
fn end(engine: &Engine, sql: &str) -> Option<Result<(), EngineError>> {
    let statement = engine.parse(sql).unwrap().remove(0);
    let mut running = engine.run(statement, Params::new());
    loop {
        match engine.handle().block_on(running.next())? {
            Event::Finished => return Some(Ok(())),
            Event::Failed(e) => return Some(Err(e)),
            _ => {}
        }
    }
}

#[test]
fn a_query_ends_whichever_byte_of_a_file_changed() {
    let folder = temp();
    let archive = folder.path().join("archive");
    import(&archive, &sample("edge/duplicates.json"), &[]);
    let table = archive.join("category=ike");
    let day = std::fs::read_dir(&table).unwrap().next().unwrap().unwrap().path();
    let file = std::fs::read_dir(day).unwrap().next().unwrap().unwrap().path();
    let sound = std::fs::read(&file).unwrap();
    let one = "SELECT time, message FROM ike_log WHERE session_id = '4c923528-efd7-4290-87ba-95e55299a1fc' LIMIT 1";
    let queries = ["SELECT * FROM ike_log", one];
    let (mut told, mut read) = (0, 0);
    // One session for all: what broke in one statement is nothing to the next.
    let data = vec![Location::parse(&arg(&archive)).unwrap()];
    let engine = Engine::new(&EngineOptions { data, threads: 1, ..EngineOptions::default() }).unwrap();
    for (i, at) in (0..sound.len()).step_by(11).enumerate() {
        let mut bytes = sound.clone();
        bytes[at] ^= 1 << (i % 8);
        std::fs::write(&file, bytes).unwrap();
        for sql in queries {
            match end(&engine, sql) {
                None => panic!("byte {at} of {}, bit {}: '{sql}' broke", sound.len(), i % 8),
                Some(Ok(())) => read += 1,
                Some(Err(EngineError::Damaged(text) | EngineError::Storage(text))) => {
                    assert!(!text.is_empty());
                    told += 1;
                }
                Some(Err(EngineError::Query(mistake))) => {
                    panic!("byte {at}: '{sql}' is said to be wrong: {mistake}")
                }
            }
        }
    }
    assert!(told > 50 && read > 50, "{told} told, {read} read");
}

#[test]
fn a_panic_is_an_error_and_not_the_end_of_the_rows() {
    let data = vec![Location::parse(&arg(sample("edge/duplicates.json"))).unwrap()];
    let engine = Engine::new(&EngineOptions { data, threads: 2, ..EngineOptions::default() }).unwrap();
    let breaks = |_: &[_]| panic!("broken on purpose");
    engine.context().register_udf(create_udf(
        "breaks",
        vec![DataType::Int64],
        DataType::Int64,
        Volatility::Volatile,
        Arc::new(breaks),
    ));
    let Some(Err(EngineError::Damaged(text))) = end(&engine, "SELECT breaks(source_line) FROM ike_log") else {
        panic!("it did not end with an error")
    };
    assert!(text.contains("broken on purpose") && text.contains("tunnelql verify"), "{text}");
    assert!(matches!(end(&engine, "SELECT source_line FROM ike_log"), Some(Ok(()))), "the session goes on");
}
