//! `tunnelql check`.

use std::io::Write;
use std::path::PathBuf;

use clap::{Args, ValueEnum};

use super::super::data::{DataArgs, LimitArgs, duration};
use super::super::progress::Line;
use super::super::{CliError, Exit, settings};
use super::supervise;
use crate::engine::{Engine, EngineOptions, Params};
use crate::render::{json_text, terminal_line};
use crate::rules::formats::{CheckFormat, news};
use crate::rules::{
    Outcome, Rule, RuleError, RuleSet, SECRET_VARIABLE, Severity, State, StateError, StateLock, Webhook, WebhookError,
    reach, run, test_rule,
};
use crate::shell::{before, clock, range_text, talk};
use crate::tables::TimeRange;

/// What is asked about when nothing says so.
const USUAL_RANGE: std::time::Duration = std::time::Duration::from_secs(86_400);

/// Run rules over the logs and say what they find; without --last or --since, of the last day.
#[derive(Debug, Args)]
pub struct Check {
    /// File or folder of rules, which are added to the built-in ones or replace those of the same id; may be repeated
    #[arg(long, value_name = "PATH", help_heading = "Rules")]
    rules: Vec<PathBuf>,

    /// Only these rules; may be repeated
    #[arg(long, value_name = "ID", value_delimiter = ',', help_heading = "Rules")]
    only: Vec<String>,

    /// Without these rules; may be repeated
    #[arg(long, value_name = "ID", value_delimiter = ',', help_heading = "Rules")]
    skip: Vec<String>,

    /// Value for a parameter of a rule, for example tunnel-down.down_for=10m; may be repeated
    #[arg(long, value_name = "RULE.NAME=VALUE", help_heading = "Rules")]
    param: Vec<String>,

    /// List the rules with their parameters, and check nothing
    #[arg(long, conflicts_with = "test", help_heading = "Rules")]
    list: bool,

    /// Try the rules on their own examples, and check nothing
    #[arg(long, help_heading = "Rules")]
    test: bool,

    /// Exit with 5 when a finding is at least so bad
    #[arg(long, value_name = "LEVEL", default_value = "warning")]
    fail_on: FailOn,

    /// Remember in this file what was told: a standing finding is told once, and its end once
    #[arg(long, value_name = "FILE")]
    state: Option<PathBuf>,

    /// Post what is new to this URL as JSON, signed with $TUNNELQL_WEBHOOK_SECRET
    #[arg(long, value_name = "URL", env = "TUNNELQL_WEBHOOK_URL", hide_env_values = true)]
    webhook: Option<String>,

    /// Format: text, json, ndjson or junit [default: text, or by the file's ending]
    #[arg(long, value_name = "FORMAT", value_parser = parse_format, help_heading = "Output")]
    format: Option<CheckFormat>,

    /// Write to a file instead of stdout
    #[arg(short, long, value_name = "FILE", help_heading = "Output")]
    output: Option<PathBuf>,

    /// Give up after so long, for example 90s; holds for all rules together
    #[arg(long, value_name = "DURATION", help_heading = "Limits")]
    timeout: Option<String>,

    #[command(flatten)]
    data: DataArgs,
    #[command(flatten)]
    limits: LimitArgs,
}

#[derive(Debug, Clone, Copy, ValueEnum)]
enum FailOn {
    Info,
    Warning,
    Critical,
    Never,
}

impl FailOn {
    fn severity(self) -> Option<Severity> {
        match self {
            Self::Info => Some(Severity::Info),
            Self::Warning => Some(Severity::Warning),
            Self::Critical => Some(Severity::Critical),
            Self::Never => None,
        }
    }
}

fn parse_format(text: &str) -> Result<CheckFormat, String> {
    CheckFormat::from_name(text).ok_or_else(|| {
        let names: Vec<_> = CheckFormat::all().map(CheckFormat::name).collect();
        format!("expected one of {}", names.join(", "))
    })
}

impl From<RuleError> for CliError {
    fn from(e: RuleError) -> Self {
        Self::usage(e.0)
    }
}

impl From<StateError> for CliError {
    fn from(e: StateError) -> Self {
        let exit = if matches!(e, StateError::Damaged(_)) { Exit::Damaged } else { Exit::Storage };
        Self::new(exit, e.to_string())
    }
}

impl Check {
    pub fn run(&self) -> Result<(), CliError> {
        let mut set = RuleSet::load(&self.rules)?;
        self.param.iter().try_for_each(|param| set.set(param))?;
        let set = set.choose(&self.only, &self.skip)?;
        if self.list {
            return self.write(&list(set.rules(), self.format()));
        }
        let timeout = match self.timeout.as_deref() {
            Some(text) => Some(duration("--timeout", text)?),
            None => settings::parsed("timeout", |t| duration("timeout", t))?,
        };
        if self.test {
            return supervise(timeout, self.try_examples(set.rules()));
        }
        let secret = std::env::var(SECRET_VARIABLE).ok();
        let webhook = self.webhook.as_deref().filter(|url| !url.is_empty());
        let webhook = webhook.map(|url| Webhook::new(url, secret)).transpose();
        let webhook = webhook.map_err(|WebhookError(text)| CliError::usage(text))?;
        if let Some(path) = &self.state {
            // Minutes of work are lost on a file that cannot be read.
            State::read(path)?;
        }
        let options = self.options()?;
        supervise(timeout, self.check(set.rules(), options, webhook))
    }

    /// The session: the last day unless something else is asked for, and nothing from beyond a pinned now.
    fn options(&self) -> Result<EngineOptions, CliError> {
        let mut options = self.data.engine_options(&self.limits)?;
        let range = &mut options.range;
        range.end = match (range.end, options.now) {
            (Some(end), Some(now)) => Some(end.min(now)),
            (end, now) => end.or(now),
        };
        let reference = range.end.unwrap_or_else(clock);
        let start = *range.start.get_or_insert_with(|| before(reference, USUAL_RANGE));
        match start < reference {
            true => Ok(options),
            false => Err(CliError::usage("the time range is empty: it begins where or after it ends")),
        }
    }

    fn format(&self) -> CheckFormat {
        let by_file = || self.output.as_deref().map(CheckFormat::of_file).unwrap_or_default();
        self.format.unwrap_or_else(by_file)
    }

    async fn check(&self, rules: &[Rule], options: EngineOptions, webhook: Option<Webhook>) -> Result<(), CliError> {
        let engine = Engine::new(&options)?;
        // Many rules ask of the same rows.
        engine.keep_readings();
        let now = engine.now();
        let mut ran = Vec::new();
        let mut line = Line::default();
        for (i, rule) in rules.iter().enumerate() {
            if line.is_visible() {
                line.show(&format!("{} ({} of {})", rule.id, i + 1, rules.len()));
            }
            ran.push(run(&engine, rule, options.range).await);
        }
        drop(line);
        let mut outcome = Outcome::new(rules, ran, now);
        let sight = look(&engine, options.range, rules, &outcome).await;
        outcome.blind = sight == Sight::Nothing;
        // From here to the new state it is this check's turn.
        let mut turn = None;
        if let Some(path) = &self.state {
            let lock = StateLock::wait(path).await?;
            let mut state = State::read(path)?;
            state.compare(&mut outcome);
            turn = Some((lock, state, path));
        }
        let least = self.fail_on.severity();
        self.write(&self.format().write(&outcome, least))?;
        for failed in &outcome.failed {
            let noun = if failed.rules.len() == 1 { "rule" } else { "rules" };
            talk(&format!("tunnelql: {noun} {}: {}", failed.rules.join(", "), failed.error.text));
        }
        engine.set_range_of_new(options.range);
        let asked = range_text(options.range);
        match (sight, engine.data_beside_range()) {
            // With a state only news are said.
            (Sight::Nothing, data) if !outcome.remembers => {
                let data = data.map(|data| {
                    format!(": it reaches from {}; --now TIME checks it as if it were then", range_text(data))
                });
                let hint = data.unwrap_or_else(|| ", and nothing could be checked".to_owned());
                talk(&format!("there is no data {asked}{hint}"));
            }
            (Sight::Before, _) if !outcome.remembers => {
                talk(&format!("there is no data {asked}; rules were run on what is before it"));
            }
            _ => {}
        }
        if let Some(webhook) = webhook.filter(|_| outcome.has_news()) {
            // Without an answer nothing was told, and the next check tries again: the state stays as it is.
            webhook.post(news(&outcome)).await.map_err(|WebhookError(text)| CliError::new(Exit::Storage, text))?;
        }
        if let Some((_lock, state, path)) = turn {
            state.write(path)?;
        }
        let fails = outcome.fails(least);
        match outcome.failed.into_iter().next() {
            // It was said already.
            Some(failed) => Err(CliError { text: String::new(), ..failed.error.error.into() }),
            None if fails => Err(CliError::new(Exit::Findings, "")),
            None => Ok(()),
        }
    }

    async fn try_examples(&self, rules: &[Rule]) -> Result<(), CliError> {
        let (mut out, mut tried, mut wrong) = (String::new(), 0, 0);
        for rule in rules {
            let results = test_rule(rule).await.map_err(|e| CliError::new(Exit::Storage, e.0))?;
            if results.is_empty() {
                out.push_str(&format!("none   {}: it has no examples\n", rule.id));
            }
            for result in results {
                tried += 1;
                let name = terminal_line(&result.name);
                match result.wrong {
                    None => out.push_str(&format!("ok     {}: {name}\n", rule.id)),
                    Some(text) => {
                        wrong += 1;
                        let text = crate::render::terminal_lines(&text);
                        out.push_str(&format!("wrong  {}: {name}: {text}\n", rule.id));
                    }
                }
            }
        }
        out.push_str(&format!("{tried} examples of {} rules: {wrong} wrong\n", rules.len()));
        self.write(&out)?;
        if wrong > 0 { Err(CliError::new(Exit::Query, "")) } else { Ok(()) }
    }

    fn write(&self, text: &str) -> Result<(), CliError> {
        if let Some(path) = &self.output {
            return std::fs::write(path, text).map_err(|e| CliError::output(&path.display().to_string(), &e));
        }
        let mut out = std::io::stdout();
        out.write_all(text.as_bytes()).and_then(|()| out.flush()).map_err(|e| CliError::output("stdout", &e))
    }
}

/// Whether there is anything in which something could be found.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Sight {
    /// There is, or nobody can tell.
    Data,
    /// Not in the times that are asked about, but before, where rules look as well.
    Before,
    /// Nowhere.
    Nothing,
}

/// Looks for a row. What has findings, or could not be read, is told by itself.
async fn look(engine: &Engine, asked: TimeRange, rules: &[Rule], outcome: &Outcome) -> Sight {
    const ANY: &str = "SELECT 1 AS n FROM tunnel_log UNION ALL SELECT 1 FROM ike_log UNION ALL SELECT 1 FROM gateway_log \
                       UNION ALL SELECT 1 FROM route_log UNION ALL SELECT 1 FROM p2s_log LIMIT 1";
    if !outcome.findings.is_empty() || !outcome.failed.is_empty() {
        return Sight::Data;
    }
    for (range, sight) in [(asked, Sight::Data), (reach(rules, asked, engine.now()), Sight::Before)] {
        engine.set_range_of_new(range);
        match engine.collect(ANY, Params::new()).await {
            Ok((_, batches)) if batches.iter().all(|b| b.num_rows() == 0) => {}
            Ok(_) => return sight,
            Err(_) => return Sight::Data,
        }
    }
    Sight::Nothing
}

/// The rules, for people or as a JSON array.
fn list(rules: &[Rule], format: CheckFormat) -> String {
    if matches!(format.name(), "json" | "ndjson") {
        let one = |rule: &Rule| {
            let params = rule.params.iter().map(|p| {
                serde_json::json!({ "name": p.name, "type": p.kind.name(), "value": p.value, "meaning": p.meaning })
            });
            let rule = serde_json::json!({
                "id": rule.id, "title": rule.title, "severity": rule.severity.name(), "kind": rule.kind.name(),
                "lang": rule.language.name(), "window_seconds": rule.window.map(|w| w.as_secs()), "origin": rule.origin,
                "params": params.collect::<Vec<_>>(),
            });
            json_text(&rule.to_string())
        };
        let all: Vec<String> = rules.iter().map(one).collect();
        return match format.name() {
            "ndjson" => all.iter().map(|rule| format!("{rule}\n")).collect(),
            _ => format!("[\n{}\n]\n", all.join(",\n")),
        };
    }
    let width = rules.iter().map(|r| r.id.len()).max().unwrap_or(0);
    let mut out = String::new();
    for rule in rules {
        out.push_str(&format!("{:<8}  {:<width$}  {}\n", rule.severity.name(), rule.id, terminal_line(&rule.title)));
        for param in &rule.params {
            let (value, meaning) = (terminal_line(&param.value), terminal_line(&param.meaning));
            out.push_str(&format!("          {}={value}  {meaning}\n", param.name));
        }
    }
    out
}
