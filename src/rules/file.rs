//! A rule's file: from TOML to a [`Rule`], with every mistake named by file and line.

use std::ops::Range;

use toml::de::DeTable;

use super::RuleError;
use super::message::Template;
use super::params::{GIVEN, Param, ParamType, duration};
use super::reader::{Document, Fields};
use super::rule::{Example, Kind, Language, Rule, Severity};
use crate::model::parse_iso;

const KEYS: &[&str] = &[
    "id", "title", "severity", "kind", "lang", "query", "window", "key", "message", "advice", "url", "params",
    "example", "set",
];
const PARAM_KEYS: &[&str] = &["type", "default", "meaning"];
const EXAMPLE_KEYS: &[&str] = &["name", "now", "findings", "message", "params", "records"];

/// What a file says: a rule, or settings of rules, or both.
#[derive(Debug, Clone, Default)]
pub struct RuleFile {
    /// The rule, when the file has one.
    pub rule: Option<Rule>,
    /// Settings of any rules.
    pub settings: Vec<Setting>,
}

/// A setting of a rule: `[set.tunnel-down]` with `down_for = "10m"` or `severity = "warning"`.
#[derive(Debug, Clone)]
pub struct Setting {
    /// The rule.
    pub rule: String,
    /// The parameter, or `severity`.
    pub name: String,
    /// Its value as written.
    pub value: String,
    /// Where it stands.
    pub place: String,
}

/// Reads a file's text; `label` names it in errors.
pub fn parse(label: &str, text: &str) -> Result<RuleFile, RuleError> {
    let document = Document { label, text };
    let root = document.parse()?;
    let fields = Fields::known(document, root.get_ref(), 0..0, "key", KEYS)?;
    let settings = settings(document, &fields)?;
    // A file of settings only is no rule; anything else that a rule has makes it one.
    let has_rule = KEYS.iter().any(|key| *key != "set" && fields.has(key));
    if !has_rule && settings.is_empty() {
        return Err(fields.error("id", "there is neither a rule nor a [set.RULE] in it"));
    }
    let rule = has_rule.then(|| rule(document, &fields)).transpose()?;
    Ok(RuleFile { rule, settings })
}

/// One of some words.
fn word<T: Copy>(
    fields: &Fields<'_, '_>,
    key: &str,
    all: &[T],
    name: impl Fn(T) -> &'static str,
) -> Result<Option<T>, RuleError> {
    let Some(text) = fields.text(key)? else { return Ok(None) };
    let found = all.iter().copied().find(|one| name(*one) == text.text);
    found.map(Some).ok_or_else(|| {
        let names: Vec<_> = all.iter().map(|one| name(*one)).collect();
        fields.error(key, &format!("{key}: expected {}, found '{}'", names.join(", "), text.text))
    })
}

fn template(fields: &Fields<'_, '_>, key: &str) -> Result<Option<Template>, RuleError> {
    let Some(text) = fields.text(key)? else { return Ok(None) };
    let line = text.text.split_whitespace().collect::<Vec<_>>().join(" ");
    Template::parse(&line).map(Some).map_err(|e| fields.error(key, &format!("{key}: {e}")))
}

fn rule(document: Document<'_>, fields: &Fields<'_, '_>) -> Result<Rule, RuleError> {
    let id = fields.needed("id")?.text;
    if id.len() > 80 || !id.chars().all(|c| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '-') {
        return Err(fields.error("id", &format!("id: '{id}' has other than small letters, digits and hyphens")));
    }
    let severity = word(fields, "severity", &Severity::ALL, Severity::name)?;
    let window = match fields.text("window")? {
        Some(text) => Some(duration(&text.text).ok_or_else(|| {
            fields.error("window", &format!("window: '{}' is not a duration such as 1h or 30d", text.text))
        })?),
        None => None,
    };
    let key = fields.texts("key")?;
    if key.is_empty() {
        return Err(fields.error("key", "'key' is missing: the columns that name a finding"));
    }
    let needed = |key: &str| fields.error(key, &format!("'{key}' is missing"));
    Ok(Rule {
        title: fields.needed("title")?.text,
        severity: severity.ok_or_else(|| needed("severity"))?,
        kind: word(fields, "kind", &Kind::ALL, Kind::name)?.unwrap_or_default(),
        language: word(fields, "lang", &Language::ALL, Language::name)?.unwrap_or_default(),
        query: fields.needed("query")?,
        window,
        key,
        message: template(fields, "message")?.ok_or_else(|| needed("message"))?,
        advice: template(fields, "advice")?,
        url: fields.text("url")?.map(|t| t.text),
        params: params(document, fields)?,
        examples: examples(document, fields)?,
        origin: document.label.to_owned(),
        id,
    })
}

fn params(document: Document<'_>, fields: &Fields<'_, '_>) -> Result<Vec<Param>, RuleError> {
    let mut all = Vec::new();
    for (name, table, span) in fields.tables("params")? {
        let inner = Fields::known(document, table, span.clone(), "key of a parameter", PARAM_KEYS)?;
        if GIVEN.contains(&name) || name.is_empty() || name.contains(|c: char| !c.is_alphanumeric() && c != '_') {
            let text =
                format!("'{name}' cannot be a parameter: letters, digits and underscores, and not since or until");
            return Err(document.error(&span, &text));
        }
        let kind = word(&inner, "type", &ParamType::ALL, ParamType::name)?;
        let kind = kind.ok_or_else(|| inner.error("type", "'type' is missing"))?;
        let default = inner.scalar("default")?.ok_or_else(|| inner.error("default", "'default' is missing"))?;
        let meaning = inner.text("meaning")?.map(|t| t.text).unwrap_or_default();
        let mut param = Param { name: name.to_owned(), kind, value: String::new(), meaning };
        param.set(&default).map_err(|e| inner.error("default", &e))?;
        all.push(param);
    }
    Ok(all)
}

fn examples(document: Document<'_>, fields: &Fields<'_, '_>) -> Result<Vec<Example>, RuleError> {
    let one = |(table, span): (&DeTable<'_>, Range<usize>)| {
        let inner = Fields::known(document, table, span, "key of an example", EXAMPLE_KEYS)?;
        let now = inner.needed("now")?;
        let now = parse_iso(&now.text).ok_or_else(|| {
            inner.error("now", &format!("now: '{}' is not a time such as 2026-03-01T07:00:00Z", now.text))
        })?;
        let records = inner.text("records")?.unwrap_or_else(|| super::reader::Text { text: String::new(), line: 1 });
        Ok(Example {
            name: inner.needed("name")?.text,
            now,
            findings: inner.count("findings")?.ok_or_else(|| inner.error("findings", "'findings' is missing"))?,
            message: inner.text("message")?.map(|t| t.text),
            params: values(document, &inner, "params")?,
            records: records.text,
            line: records.line,
        })
    };
    fields.list("example")?.into_iter().map(one).collect()
}

/// The simple values of a table.
fn values(document: Document<'_>, fields: &Fields<'_, '_>, key: &str) -> Result<Vec<(String, String)>, RuleError> {
    let Some((table, span)) = fields.table(key)? else { return Ok(Vec::new()) };
    let names: Vec<&str> = table.iter().map(|(name, _)| name.get_ref().as_ref()).collect();
    let inner = Fields::known(document, table, span, "key", &names)?;
    let one = |name: &&str| Ok(((*name).to_owned(), inner.scalar(name)?.unwrap_or_default()));
    names.iter().map(one).collect()
}

fn settings(document: Document<'_>, fields: &Fields<'_, '_>) -> Result<Vec<Setting>, RuleError> {
    let mut all = Vec::new();
    for (rule, table, span) in fields.tables("set")? {
        let names: Vec<&str> = table.iter().map(|(name, _)| name.get_ref().as_ref()).collect();
        let inner = Fields::known(document, table, span, "key", &names)?;
        for name in names {
            let value = inner.scalar(name)?.unwrap_or_default();
            let place = inner.place(name);
            all.push(Setting { rule: rule.to_owned(), name: name.to_owned(), value, place });
        }
    }
    Ok(all)
}

#[cfg(test)]
mod tests {
    use super::*;

    const GOOD: &str = "id = \"a-b\"\ntitle = \"T\"\nseverity = \"info\"\nkey = [\"x\"]\nmessage = \"{x}\"\nquery = '''\nSELECT 1 AS x'''\n";

    fn fails(text: &str) -> String {
        parse("f.toml", text).unwrap_err().0
    }

    #[test]
    fn a_rule_is_read() {
        let more = "window = \"7d\"\n[params.n]\ntype = \"integer\"\ndefault = 5\n[[example]]\nname = \"e\"\nnow = \
                    \"2026-03-01\"\nfindings = 1\nparams = { n = 3 }\nrecords = '''\n{}\n'''\n[set.other]\ncount = 3\n";
        let file = parse("f.toml", &format!("{GOOD}{more}")).unwrap();
        let rule = file.rule.unwrap();
        assert_eq!((rule.query.line, rule.query.text.as_str()), (7, "SELECT 1 AS x"));
        assert_eq!(rule.params[0].value, "5");
        assert_eq!(rule.examples[0].params, [("n".to_owned(), "3".to_owned())]);
        let setting = &file.settings[0];
        assert_eq!(
            (setting.rule.as_str(), setting.value.as_str(), setting.place.as_str()),
            ("other", "3", "f.toml:21")
        );
    }

    #[test]
    fn mistakes_have_their_line() {
        for (text, wanted) in [
            (format!("{GOOD}messge = 1\n"), "f.toml:8: unknown key 'messge'; did you mean message?"),
            (format!("{GOOD}[params.n]\ntype = \"int\"\n"), "f.toml:9: type: expected duration, integer"),
            (
                format!("{GOOD}[params.n]\ntype = \"integer\"\ndefault = \"x\"\n"),
                "f.toml:10: n: 'x' is not a whole number",
            ),
            (format!("{GOOD}[params.since]\n"), "f.toml:8: 'since' cannot be a parameter"),
            (format!("{GOOD}[params.n]\ntyp = 1\n"), "f.toml:9: unknown key of a parameter 'typ'; did you mean type?"),
            (format!("{GOOD}[[example]]\nnow = \"x\"\n"), "f.toml:9: now: 'x' is not a time"),
            (GOOD.replace("info", "bad"), "f.toml:3: severity: expected info, warning, critical, found 'bad'"),
            (GOOD.replace("{x}", "{x"), "f.toml:5: message: a lone '{'"),
            (GOOD.replace("a-b", "A B"), "f.toml:1: id: 'A B' has other than"),
            (GOOD.replace("key = [\"x\"]", "key = 5"), "f.toml:4: key: expected a list of texts, found integer"),
            ("[x".to_owned(), "f.toml:1: "),
            (String::new(), "neither a rule nor"),
            ("title = \"only\"".to_owned(), "'id' is missing"),
        ] {
            let error = fails(&text);
            assert!(error.contains(wanted), "{wanted}: {error}");
        }
    }
}
