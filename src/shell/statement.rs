//! One statement from its start to its last row: progress meanwhile, what is kept of it, and what is said after it.

use std::time::{Duration, Instant};

use super::last::LastResult;
use super::progress::{self, Line};
use super::{Exit, Failure, Shell, Stats, talk, times};
use crate::engine::{AnyStatement, Event, Measures, Params, QUIET, QueryStats};
use crate::render::Format;

/// Blobs that could not be read and are named.
const FAILED_SHOWN: usize = 20;

impl Shell {
    /// Runs a statement and writes its result. `text` is what it was parsed from, for errors that point there; `stem`
    /// names its file where each result has one of its own.
    pub(super) async fn statement(
        &mut self,
        statement: impl Into<AnyStatement>,
        text: &str,
        params: Params,
        stem: &str,
    ) -> Result<(), Failure> {
        if self.explains {
            return self.explain(statement, text, params, stem).await;
        }
        let started = Instant::now();
        let mut running = self.engine.run(statement, params);
        let mut begun = None;
        let mut render = None;
        let mut kept = None;
        let mut measures: Option<Measures> = None;
        let mut line = Line::default();
        let mut tick = tokio::time::interval_at((started + QUIET).into(), Duration::from_millis(150));
        loop {
            let event = tokio::select! {
                event = running.next() => event,
                _ = tick.tick(), if line.is_visible() => {
                    let stats = measures.as_ref().map(Measures::read).unwrap_or_default();
                    line.show(&progress::query_line(&stats, started.elapsed()));
                    continue;
                }
            };
            match event {
                Some(Event::Started(schema, m)) => {
                    measures = Some(m);
                    // Statements such as CREATE VIEW have no result.
                    if !schema.fields().is_empty() {
                        begun = Some(match render.take() {
                            Some(render) => self.output.begin_charted(schema.clone(), stem, &render)?,
                            None => self.output.begin(schema.clone(), stem)?,
                        });
                        kept = self.keeps_results.then(|| LastResult::new(schema));
                    }
                }
                Some(Event::Batch(batch)) => {
                    if let Some(begun) = &mut begun {
                        line.clear();
                        begun.write(&batch)?;
                    }
                    if let Some(kept) = &mut kept {
                        kept.add(&batch);
                    }
                }
                Some(Event::Charted(asked)) => render = Some(asked),
                Some(Event::Noted(note)) => {
                    line.clear();
                    talk(&note);
                }
                Some(Event::Failed(e)) => {
                    drop(line);
                    self.faults(&[]);
                    return Err(Failure::pointed(e, text));
                }
                Some(Event::Finished) | None => break,
            }
        }
        drop(line);
        let (summary, note) = begun.map(|b| b.finish()).transpose()?.unwrap_or_default();
        if kept.is_some() {
            self.last = kept;
        }
        if let Some(note) = note {
            talk(&note);
        }
        let failed = measures.as_ref().map(Measures::failed).unwrap_or_default();
        // Several scans, and several statements, may meet the same blob.
        let failed: Vec<String> = failed.into_iter().filter(|e| self.unread.insert(e.clone())).collect();
        self.faults(&failed);
        self.tell_archives();
        if let Some(text) = measures.as_ref().and_then(Measures::nothing_recognized) {
            talk(&text);
        }
        let ms = u64::try_from(started.elapsed().as_millis()).unwrap_or(u64::MAX);
        let stats = QueryStats { rows: summary.rows, ms, ..measures.map(|m| m.read()).unwrap_or_default() };
        if stats.files_total > 0 {
            self.say_where_data_is();
        }
        self.after(&stats);
        Ok(())
    }

    /// Writes what a statement would read: as text, or as JSON.
    pub(super) async fn explain(
        &mut self,
        statement: impl Into<AnyStatement>,
        text: &str,
        params: Params,
        stem: &str,
    ) -> Result<(), Failure> {
        let explanation = self.engine.explain(statement, params).await.map_err(|e| Failure::pointed(e, text))?;
        self.tell_archives();
        let text = match self.output.format() {
            Format::Json | Format::Ndjson => {
                let json = serde_json::to_string(&explanation);
                json.map_err(|e| Failure::new(Exit::Storage, e.to_string()))? + "\n"
            }
            _ => crate::render::terminal_lines(&explanation.to_string()) + "\n",
        };
        self.output.text(&text, stem)
    }

    /// Archives that were met in exports, each once.
    fn tell_archives(&mut self) {
        for place in self.engine.archives_met() {
            if self.archives_told.insert(place.clone()) {
                super::tell_archive(&place);
            }
        }
    }

    /// What storage did not give at once, or not at all.
    fn faults(&self, failed: &[String]) {
        super::busy(self.engine.sent().repeated);
        if let Some(trouble) = self.options.store.cache.as_ref().and_then(|cache| cache.trouble()) {
            talk(&trouble);
        }
        for error in failed.iter().take(FAILED_SHOWN) {
            talk(&format!("left out: {error}"));
        }
        if failed.len() > FAILED_SHOWN {
            talk(&format!("left out: {} more", failed.len() - FAILED_SHOWN));
        }
    }

    /// Nothing was found because of the time range: the usual mistake with data of long ago.
    fn say_where_data_is(&self) {
        let Some(data) = self.engine.data_beside_range() else { return };
        let hint = if self.interactive {
            ".now newest counts .last from its end"
        } else {
            "--now data counts --last from its end"
        };
        talk(&format!(
            "there is no data {}: it reaches from {}; {hint}",
            times::range_text(self.engine.range()),
            times::range_text(data)
        ));
    }

    /// Time and counters, as far as they are wanted.
    fn after(&self, stats: &QueryStats) {
        let seconds = stats.ms as f64 / 1000.0;
        let files = || {
            use indicatif::HumanBytes;
            let mut text = format!(
                "read {} of {} files, {} of {}",
                stats.files_read,
                stats.files_total,
                HumanBytes(stats.bytes_read),
                HumanBytes(stats.bytes_total)
            );
            if stats.bytes_spilled > 0 {
                text.push_str(&format!(", {} spilled", HumanBytes(stats.bytes_spilled)));
            }
            text
        };
        let wire = match stats.requests.total() {
            0 => String::new(),
            1 => format!(", 1 request, {}", indicatif::HumanBytes(stats.bytes_received)),
            n => format!(", {n} requests, {}", indicatif::HumanBytes(stats.bytes_received)),
        };
        match (self.timing, self.stats) {
            (_, Stats::Json) => talk(&serde_json::to_string(stats).unwrap_or_default()),
            (true, Stats::Text) => talk(&format!("{seconds:.3} s, {}{wire}", files())),
            (false, Stats::Text) => talk(&format!("{}{wire}", files())),
            (true, Stats::Off) => talk(&format!("{seconds:.3} s{wire}")),
            (false, Stats::Off) => {}
        }
    }
}
