//! Values that completion offers, gathered from an archive.

use std::time::{Duration, Instant};

use tunnelql::engine::EngineOptions;
use tunnelql::shell::complete::{Gatherer, Values, Vocabulary, complete};
use tunnelql::store::Location;

use crate::support::{arg, import, sample, temp};

#[test]
fn values_come_from_the_newest_day_of_an_archive() {
    let folder = temp();
    let archive = folder.path().join("archive");
    import(&archive, &sample("blobs"), &[]);
    let options = EngineOptions { data: vec![Location::parse(&arg(&archive)).unwrap()], ..EngineOptions::default() };
    let values = Values::default();
    let mut gatherer = Gatherer::new(values.clone());
    gatherer.start(&options);
    let begin = Instant::now();
    while gatherer.is_running() {
        assert!(begin.elapsed() < Duration::from_secs(100), "still gathering");
        std::thread::sleep(Duration::from_millis(20));
    }
    let engine = tunnelql::engine::Engine::new(&options).unwrap();
    // A view of the session is known with its columns.
    let statement = engine.parse("CREATE VIEW \"Mine\" AS SELECT 1 AS first_column").unwrap().remove(0);
    let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
    runtime.block_on(async {
        let mut running = engine.run(statement, Vec::new());
        while let Some(event) = running.next().await {
            assert!(!matches!(event, tunnelql::engine::Event::Failed(_)));
        }
    });
    let vocabulary = Vocabulary { values, ..Vocabulary::of(&engine) };
    let at = |text: &str| -> Vec<String> {
        complete(text, text.len(), &vocabulary).1.into_iter().map(|c| c.replacement).collect()
    };
    assert_eq!(at("SELECT * FROM mi"), ["\"Mine\""]);
    assert_eq!(at("SELECT * FROM \"Mine\" WHERE fir")[..1], ["first_column"]);
    assert_eq!(at("SELECT * FROM tunnel_log WHERE status = 'con"), ["'Connected'", "'Disconnected'"]);
    let peers = at("SELECT * FROM ike_log WHERE remote_ip = '203");
    assert!(!peers.is_empty() && peers.iter().all(|p| p.starts_with("'203")), "{peers:?}");
    let gateways = at("SELECT * FROM disconnects WHERE gateway IN (");
    assert!(gateways.first().is_some_and(|g| g.starts_with("'VPNGW")), "{gateways:?}");
}
