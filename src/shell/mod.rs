//! The shell: a session that runs statements and commands, whoever gives them. A person at a terminal, a script (`-f`),
//! an argument (`-c`) and a pipe go through the same [`Shell`], so that dot commands work in all of them.
//!
//! | module | holds |
//! |---|---|
//! | `script`, `header` | a text to its items; what its comments declare |
//! | `language` | the one place where a text becomes a statement |
//! | `batch`, `statement` | running a text, running one statement |
//! | `commands` | one file for each dot command, and the list of them |
//! | `output`, `last` | where results go; the last one kept |
//! | `times`, `newest` | times as people write them; the end of the data |
//! | `queries` | queries that have a name |
//! | `complete`, `highlight` | what could stand at the cursor, a statement in colours |
//! | `hints`, `pointing` | the names nearest to a wrong one, an error with its place in the statement |
//! | `editor`, `interactive`, `history`, `folders` | the line editor, its loop, what outlives it |
//! | `failure` | what goes wrong, with its exit code |

mod batch;
pub mod commands;
pub mod complete;
mod editor;
mod failure;
mod folders;
pub mod functions;
mod header;
pub mod highlight;
pub mod hints;
mod history;
mod importing;
mod interactive;
mod language;
mod last;
mod newest;
mod output;
mod pager;
mod pointing;
pub mod progress;
mod queries;
mod script;
mod sizes;
mod statement;
mod times;
mod vocabulary;

pub use batch::{OnError, Source};
pub use failure::{Exit, Failure, expired};
pub use folders::cache as cache_folder;
pub use header::declared;
pub use importing::{import_into, unread};
pub use interactive::interact;
pub use language::Lang;
use newest::newest;
pub use newest::newest_of;
pub use output::{Look, Output};
pub use pager::{interrupted, usual as usual_pager};
pub use pointing::{pointed, pointed_to};
pub use queries::{Named, find as find_query, list as list_queries, table as query_table};
pub use sizes::size;
pub use times::{before, clock, duration, range_text, text as time_text, time};

use std::path::PathBuf;
use std::time::Duration;

use crate::engine::{Engine, EngineError, EngineOptions, Params};
use crate::model::Ticks;
use crate::store::Location;
use crate::tables::TimeRange;

/// What there is: from the archive's log alone; raw blobs are listed, not read.
pub const STATUS: &str = "SELECT coalesce(table_name, CASE kind WHEN 'archive' THEN 'ledger and rejects' ELSE 'unknown' END) AS table_name, \
                      kind, sum(rows) AS rows, count(*) AS files, sum(bytes) AS bytes, min(min_time) AS first, max(max_time) AS last \
                      FROM system.files GROUP BY 1, 2 ORDER BY kind, 1";

/// What is said of a statement besides its result.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum Stats {
    /// Nothing.
    #[default]
    Off,
    /// A line for people.
    Text,
    /// A line of JSON for programs.
    Json,
}

/// How a shell begins.
pub struct ShellOptions {
    /// The data, limits and times.
    pub engine: EngineOptions,
    /// Where results go and how they look.
    pub output: Output,
    /// Values of `$name`.
    pub params: Params,
    /// What is said of each statement.
    pub stats: Stats,
    /// What a failure means for what comes after.
    pub on_error: OnError,
    /// Someone sits there and may be asked.
    pub interactive: bool,
    /// Statements are explained instead of run.
    pub explains: bool,
    /// Whether `.shell` and `.edit` may run programs.
    pub programs: bool,
    /// The editor that is set.
    pub editor: Option<String>,
}

/// A session with everything that commands change.
pub struct Shell {
    engine: Engine,
    options: EngineOptions,
    output: Output,
    params: Params,
    lang: Lang,
    timing: bool,
    stats: Stats,
    on_error: OnError,
    interactive: bool,
    explains: bool,
    programs: bool,
    editor: Option<String>,
    /// `.last`: how long before now the range begins, and how that was written. The range moves with the clock where a statement is repeated.
    last_range: Option<(Duration, String)>,
    /// Rows of the last statement.
    last: Option<LastResult>,
    keeps_results: bool,
    /// The last statement's text.
    last_statement: Option<String>,
    /// Results since the script began, for names of files.
    results: u32,
    /// What someone finds in the line editor next.
    next_input: Option<String>,
    /// What was typed, oldest first.
    history: Vec<String>,
    /// Files that are being read by `.read`.
    reading: Vec<PathBuf>,
    failed: Option<(Exit, u32)>,
    /// Blobs that could not be read and were left out, of all statements.
    unread: std::collections::BTreeSet<String>,
    /// Archives in exports that were told of.
    archives_told: std::collections::BTreeSet<String>,
    done: bool,
}

use last::LastResult;

impl Shell {
    /// Opens a session. Data is looked at when a statement needs it.
    pub fn new(options: ShellOptions) -> Result<Self, Failure> {
        Ok(Self {
            engine: Engine::new(&options.engine)?,
            options: options.engine,
            output: options.output,
            params: options.params,
            lang: Lang::default(),
            timing: options.interactive,
            stats: options.stats,
            on_error: options.on_error,
            interactive: options.interactive,
            explains: options.explains,
            programs: options.programs,
            editor: options.editor,
            last_range: None,
            last: None,
            keeps_results: options.interactive,
            last_statement: None,
            results: 0,
            next_input: None,
            history: Vec::new(),
            reading: Vec::new(),
            failed: None,
            unread: std::collections::BTreeSet::new(),
            archives_told: std::collections::BTreeSet::new(),
            done: false,
        })
    }

    /// The session that statements run in.
    pub fn engine(&self) -> &Engine {
        &self.engine
    }

    /// The language of statements.
    pub fn lang(&self) -> Lang {
        self.lang
    }

    /// Takes statements in another language.
    pub fn set_lang(&mut self, lang: Lang) {
        self.lang = lang;
    }

    /// What now() says: the pinned time or the clock.
    fn now(&self) -> Ticks {
        self.options.now.unwrap_or_else(clock)
    }

    /// Shows other times in every later statement.
    async fn set_range(&mut self, range: TimeRange) -> Result<(), Failure> {
        let range = times::checked(range)?;
        self.options.range = range;
        let lost = self.engine.set_range(range, &self.params).await?;
        report_lost(lost);
        Ok(())
    }

    /// The last so long, which a clock that was set ends.
    fn range_of_last(&self, ago: Duration) -> TimeRange {
        TimeRange { start: Some(before(self.now(), ago)), end: self.options.now }
    }

    /// Looks at the data anew, and lets `.last` count from now.
    async fn refresh(&mut self) -> Result<(), Failure> {
        if let Some((ago, _)) = self.last_range {
            self.options.range = self.range_of_last(ago);
            // Views are planned again below, with both changes.
            self.engine.set_range_of_new(self.options.range);
        }
        let lost = self.engine.refresh(&self.params).await?;
        report_lost(lost);
        Ok(())
    }

    /// Goes on with other data, and with what the session has made for itself.
    async fn open(&mut self, places: Vec<Location>) -> Result<(), Failure> {
        let options = EngineOptions { data: places, ..self.options.clone() };
        let engine = Engine::new(&options)?;
        let lost = engine.adopt(&self.engine, &self.params).await?;
        (self.engine, self.options) = (engine, options);
        report_lost(lost);
        Ok(())
    }

    /// Runs a query of the shell's own and shows its result like that of a statement.
    async fn show(&mut self, sql: &str, params: Params) -> Result<(), Failure> {
        let statements = self.engine.parse(sql).map_err(|e| Failure::pointed(e, sql))?;
        for statement in statements {
            self.results += 1;
            let stem = format!("result-{}", self.results);
            self.statement(statement, sql, params.clone(), &stem).await?;
        }
        Ok(())
    }

    /// The rows of a query of the shell's own as texts; nulls are empty.
    async fn texts(&self, sql: &str, params: Params) -> Result<Vec<Vec<String>>, Failure> {
        use arrow::util::display::{ArrayFormatter, FormatOptions};
        let (_, batches) = self.engine.collect(sql, params).await?;
        let mut rows = Vec::new();
        for batch in &batches {
            let options = FormatOptions::default();
            let columns = batch.columns().iter().map(|c| ArrayFormatter::try_new(c.as_ref(), &options));
            let columns =
                columns.collect::<Result<Vec<_>, _>>().map_err(|e| Failure::new(Exit::Query, e.to_string()))?;
            rows.extend((0..batch.num_rows()).map(|i| columns.iter().map(|c| c.value(i).to_string()).collect()));
        }
        Ok(rows)
    }

    /// Called when a statement was cancelled: nothing of it is left.
    fn cancelled(&mut self) -> Result<(), Failure> {
        self.output.forget_once();
        self.reading.clear();
        Ok(self.engine.renew_threads()?)
    }

    /// Text on stdout, for commands whose answer is no table.
    fn print(&self, text: &str) -> Result<(), Failure> {
        use std::io::IsTerminal;
        match std::io::stdout().is_terminal() {
            true => self.print_drawn(&crate::render::terminal_lines(text)),
            false => self.print_drawn(text),
        }
    }

    /// Text on stdout in which nothing is left to be made visible; through the pager when it is longer than the screen.
    fn print_drawn(&self, text: &str) -> Result<(), Failure> {
        use std::io::Write;
        let mut out = self.output.stdout();
        let mut text = text.to_owned();
        if !text.ends_with('\n') {
            text.push('\n');
        }
        out.write_all(text.as_bytes()).and_then(|()| out.flush()).map_err(|e| Failure::output("stdout", &e))
    }
}

fn report_lost(lost: Vec<(String, EngineError)>) {
    for (view, error) in lost {
        talk(&format!("the view {view} could not be kept: {error}"));
    }
}

/// A line on stderr; what a log or a path says cannot act on a terminal.
pub fn talk(text: &str) {
    use std::io::Write;
    // Nothing can be done about a broken stderr.
    let text = crate::store::redact(text);
    let _ = writeln!(std::io::stderr(), "{}", crate::render::terminal_lines(&text));
}

/// Says that an archive lies in an export.
pub fn tell_archive(place: &str) {
    talk(&format!("{place} is an archive and was not read as an export; query it with --data {place}"));
}

/// Says that requests had to be repeated.
fn busy(repeated: u64) {
    if repeated > 0 {
        let (count, was) =
            if repeated == 1 { ("1 request", "was") } else { (&*format!("{repeated} requests"), "were") };
        talk(&format!("storage was busy or broke off: {count} {was} repeated"));
    }
}
