//! One disconnect as it is told: facts, evidence, advice.

use super::causes::Group;
use super::context::Gateways;
use super::document::{Block, Cell, Column, Entry, Fact, Inline, Table, Tone};
use super::say::{Say, Word};
use super::value::{Row, Value, field, field_text, field_time};

/// A disconnect.
#[derive(Clone, Copy)]
pub struct Incident<'a> {
    /// The row of `disconnects`.
    pub row: Row<'a>,
}

impl<'a> Incident<'a> {
    /// What names it.
    pub fn id(&self) -> &'a str {
        self.row.text("incident_id")
    }

    /// When the tunnel went down.
    pub fn from(&self) -> i64 {
        self.row.time("disconnected_at").unwrap_or(0)
    }

    /// When it came back.
    pub fn to(&self) -> Option<i64> {
        self.row.time("reconnected_at")
    }

    /// Milliseconds without it, until `end` when it is still down.
    pub fn down_ms(&self, end: i64) -> i64 {
        self.row.int("down_ms").unwrap_or_else(|| end.saturating_sub(self.from()).max(0) / 1_000_000)
    }

    /// Whether it does not come back in the data.
    pub fn is_open(&self) -> bool {
        self.to().is_none()
    }

    /// Whose matter it is.
    pub fn group(&self) -> Group {
        Group::of(self.row.text("cause"))
    }

    /// How bad it is.
    pub fn tone(&self) -> Tone {
        match (self.is_open(), self.group()) {
            (true, _) => Tone::Bad,
            (_, Group::Maintenance) => Tone::Plain,
            _ if self.row.text("kind") == "outage" => Tone::Bad,
            _ => Tone::Warning,
        }
    }

    /// Peer and instance.
    pub fn tunnel(&self, say: &Say) -> String {
        tunnel_name(self.row.text("remote_ip"), self.row.int("from_instance"), say)
    }

    /// One line.
    pub fn title(&self, say: &Say, gateways: &Gateways) -> String {
        format!(
            "{} · {} · {} · {}",
            say.time(self.from()),
            gateways.of(self.row),
            self.tunnel(say),
            say.known(self.row.text("cause"))
        )
    }

    /// How long, in words.
    pub fn length(&self, say: &Say) -> String {
        match self.row.int("down_ms") {
            None => say.word(Word::StillDown),
            Some(0) => say.word(Word::TakenOver),
            Some(ms) => say.millis(ms),
        }
    }

    /// From which instance to which.
    pub fn instances(&self) -> String {
        let name = |n: Option<i64>| n.map_or_else(|| "–".to_owned(), |n| n.to_string());
        format!("{} → {}", name(self.row.int("from_instance")), name(self.row.int("to_instance")))
    }

    /// Its facts.
    pub fn facts(&self, say: &Say, gateways: &Gateways) -> Vec<Fact> {
        let row = self.row;
        let known = |key: &'static str, label: Word| Fact {
            key,
            label: say.word(label),
            text: say.known(row.text(key)),
            value: row.get(key).clone(),
            tone: Tone::Plain,
        };
        let fact = |key: &'static str, label: Word, text: String, value: Value| Fact {
            key,
            label: say.word(label),
            text,
            value,
            tone: Tone::Plain,
        };
        let mut facts = vec![
            fact("gateway", Word::Gateway, gateways.of(row), row.get("gateway").clone()),
            fact("remote_ip", Word::Peer, row.text("remote_ip").to_owned(), row.get("remote_ip").clone()),
            fact("disconnected_at", Word::WentDown, say.exact_time(self.from()), row.get("disconnected_at").clone()),
            fact(
                "reconnected_at",
                Word::CameBack,
                self.to().map_or_else(|| say.word(Word::StillDown), |t| say.exact_time(t)),
                row.get("reconnected_at").clone(),
            ),
            Fact { tone: self.tone(), ..fact("down_ms", Word::DownTime, self.length(say), row.get("down_ms").clone()) },
            fact("instances", Word::Instances, self.instances(), Value::Text(self.instances())),
            known("kind", Word::KindOf),
            known("cause", Word::Cause),
            known("grade", Word::Grade),
            known("side", Word::WhereToLook),
        ];
        if !row.text("state_change_reason").is_empty() {
            let reason = row.text("state_change_reason").to_owned();
            facts.push(fact("state_change_reason", Word::LoggedReason, reason, row.get("state_change_reason").clone()));
        }
        if row.count("repeated") > 0 {
            let n = super::say::grouped(row.count("repeated"));
            facts.push(fact("repeated", Word::Repeated, n, row.get("repeated").clone()));
        }
        facts
    }

    /// The rows that decided it.
    pub fn evidence(&self, say: &Say) -> Option<Table> {
        evidence(self.row.list("evidence"), say)
    }

    /// The next step.
    pub fn advice(&self, say: &Say) -> Vec<Inline> {
        advice(self.row.text("cause"), self.row.text("advice"), say)
    }

    /// The statement that shows the row.
    pub fn query(&self) -> String {
        format!("SELECT * FROM disconnects WHERE incident_id = '{}'", self.id())
    }

    /// All of it but the ladder.
    pub fn entry(&self, say: &Say, gateways: &Gateways, failing: Option<&str>) -> Entry {
        let mut blocks = vec![Block::Facts(self.facts(say, gateways))];
        blocks.push(Block::Items(vec![self.advice(say)]));
        if let Some(table) = self.evidence(say) {
            blocks.push(Block::Table(table));
        }
        if let Some(anchor) = failing {
            let link = Inline::Link { text: say.word(Word::SeeNegotiation), anchor: anchor.to_owned() };
            blocks.push(Block::Items(vec![vec![link]]));
        }
        blocks.push(Block::Code(self.query()));
        Entry { id: self.id().to_owned(), title: self.title(say, gateways), tone: self.tone(), blocks }
    }
}

/// A tunnel: the peer and Azure's instance.
pub fn tunnel_name(peer: &str, instance: Option<i64>, say: &Say) -> String {
    match instance {
        Some(n) => say.fill(Word::TunnelName, &[peer, &n.to_string()]),
        None => peer.to_owned(),
    }
}

/// Advice with its page.
pub fn advice(cause: &str, text: &str, say: &Say) -> Vec<Inline> {
    let (words, url) = say.advice(cause, text);
    let mut line = vec![Inline::Strong(say.word(Word::Advice)), Inline::Text(format!(" {words} "))];
    if let Some(url) = url {
        line.push(Inline::Url { text: say.word(Word::MicrosoftPage), url });
    }
    line
}

/// A message is shown up to here; the log has it whole.
const MOST_LETTERS: usize = 2_000;

/// A text that is not too long for a table.
pub fn cut(text: &str) -> String {
    match text.char_indices().nth(MOST_LETTERS) {
        Some((at, _)) => format!("{}…", text.get(..at).unwrap_or_default()),
        None => text.to_owned(),
    }
}

/// Rows of logs that prove something.
pub fn evidence(rows: &[Value], say: &Say) -> Option<Table> {
    if rows.is_empty() {
        return None;
    }
    let cells = |row: &Value| {
        let time = field(row, "time");
        vec![
            Cell::shown(field_time(time).map_or_else(String::new, |t| say.exact_time(t)), time.clone()),
            Cell::text(field_text(field(row, "table"))),
            Cell::text(cut(field_text(field(row, "message")))),
        ]
    };
    Some(Table {
        caption: say.word(Word::Evidence),
        columns: vec![
            Column::text("time", say.word(Word::Time)),
            Column::text("table", say.word(Word::LogTable)),
            Column::text("message", say.word(Word::Message)),
        ],
        rows: rows.iter().map(cells).collect(),
        ..Table::default()
    })
}
