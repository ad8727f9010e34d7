//! The report as one JSON object, with stable names and plain values in place of words.

use serde_json::{Value as Json, json};

use super::document::{Block, Document, Entry, Section, Table};

/// The whole report.
pub fn render(document: &Document) -> String {
    let sections: Vec<Json> = document.sections.iter().map(section).collect();
    let whole = json!({
        "title": document.title,
        "language": document.say.lang.code(),
        "time_zone": document.say.zone.name(),
        "about": document.about,
        "sections": sections,
    });
    // A tree of plain values always has a text.
    let mut text = serde_json::to_string_pretty(&whole).unwrap_or_default();
    text.push('\n');
    text
}

fn section(section: &Section) -> Json {
    json!({"id": section.id, "title": section.title, "blocks": section.blocks.iter().map(block).collect::<Vec<_>>()})
}

fn block(block: &Block) -> Json {
    match block {
        Block::Heading(text) => json!({"type": "heading", "text": text}),
        Block::Text(text) => json!({"type": "text", "text": text}),
        Block::Paragraph(parts) => {
            json!({"type": "text", "text": parts.iter().map(|part| part.text()).collect::<String>()})
        }
        Block::Verdict(tone, text) => json!({"type": "verdict", "tone": tone.name(), "text": text}),
        Block::Facts(facts) => {
            let values: serde_json::Map<String, Json> =
                facts.iter().map(|f| (f.key.to_owned(), f.value.json())).collect();
            json!({"type": "facts", "values": values})
        }
        Block::Items(items) => {
            let lines = items.iter().map(|item| item.iter().map(|part| part.text()).collect::<String>());
            json!({"type": "items", "lines": lines.collect::<Vec<_>>()})
        }
        Block::Table(table) => self::table(table),
        Block::Picture(picture) => {
            json!({"type": "picture", "text": picture.alternative, "caption": picture.caption})
        }
        Block::Ladder(ladder) => {
            let steps = ladder.steps.iter().map(|s| {
                json!({
                    "time": super::value::iso(s.time), "way": s.way.name(), "what": s.label, "detail": s.detail,
                    "fails": s.fails, "message": s.message,
                })
            });
            json!({
                "type": "negotiation", "session": ladder.name, "azure": ladder.azure, "peer": ladder.peer,
                "steps": steps.collect::<Vec<_>>(), "left_out": ladder.more,
            })
        }
        Block::Entries(entries) => json!({"type": "entries", "entries": entries.iter().map(entry).collect::<Vec<_>>()}),
        Block::Chart(drawn) => json!({"type": "chart", "text": drawn.text}),
        Block::Code(text) => json!({"type": "code", "language": "sql", "text": text}),
        Block::Source { language, text } => json!({"type": "code", "language": language, "text": text}),
    }
}

fn table(table: &Table) -> Json {
    let row = |cells: &Vec<super::document::Cell>| {
        let of = table.columns.iter().zip(cells);
        Json::Object(of.map(|(column, cell)| (column.key.clone(), cell.value.json())).collect())
    };
    let more = table.more.as_ref().map(|more| json!({"rows": more.rows, "query": more.query}));
    json!({"type": "table", "caption": table.caption, "rows": table.rows.iter().map(row).collect::<Vec<_>>(), "left_out": more})
}

fn entry(entry: &Entry) -> Json {
    json!({
        "id": entry.id, "title": entry.title, "tone": entry.tone.name(),
        "blocks": entry.blocks.iter().map(block).collect::<Vec<_>>(),
    })
}
