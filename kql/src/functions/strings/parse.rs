//! Structured text taken apart: CSV, URLs, paths.

use percent_encoding::percent_decode_str;

use crate::call::{Call, Function};
use crate::error::KqlError;
use crate::functions::bind::{Want, simple};
use crate::functions::{Kernel, function};
use crate::types::{Kind, Typed};
use crate::values::json::{Json, set};

/// The functions of this file.
pub static LIST: &[Function] = &[
    function(
        "parse_csv",
        &[],
        |c| dynamic(c, "kql_parse_csv", |b| b.dynamics(|r| csv(b.text(0, r)))),
        ("parse_csv(text)", "The fields of the first record of CSV text."),
        Some((r#"parse_csv('a,"b,c"')"#, r#"["a","b,c"]"#)),
    ),
    function(
        "parse_url",
        &["parseurl"],
        |c| dynamic(c, "kql_parse_url", |b| b.dynamics(|r| url(b.text(0, r)))),
        ("parse_url(text)", "A URL's parts as a bag."),
        Some(("tostring(parse_url('https://a.b:1/c').Port)", "1")),
    ),
    function(
        "parse_urlquery",
        &["parseurlquery"],
        |c| {
            dynamic(c, "kql_parse_urlquery", |b| {
                b.dynamics(|r| Json::Bag(vec![("Query Parameters".to_owned(), parameters(b.text(0, r)))]))
            })
        },
        ("parse_urlquery(text)", "The parameters of a URL's query as a bag."),
        Some(("parse_urlquery('a=1&b=2')", r#"{"Query Parameters":{"a":"1","b":"2"}}"#)),
    ),
    function(
        "parse_path",
        &[],
        |c| dynamic(c, "kql_parse_path", |b| b.dynamics(|r| path(b.text(0, r)))),
        ("parse_path(text)", "A file path's parts as a bag."),
        Some((r#"parse_path(@"C:\temp\a.txt").Extension"#, r#""txt""#)),
    ),
];

fn dynamic(call: &Call<'_>, name: &'static str, kernel: Kernel) -> Result<Typed, KqlError> {
    simple(call, name, &[Want::Text], 1, Kind::Dynamic, kernel)
}

fn csv(text: &str) -> Json {
    let (mut fields, mut field) = (Vec::new(), String::new());
    let mut quoted = false;
    let mut characters = text.chars().peekable();
    while let Some(c) = characters.next() {
        match c {
            '"' if quoted && characters.peek() == Some(&'"') => {
                characters.next();
                field.push('"');
            }
            '"' if quoted => quoted = false,
            '"' if field.is_empty() => quoted = true,
            ',' if !quoted => fields.push(Json::Text(std::mem::take(&mut field))),
            // The first record is all that is read.
            '\n' if !quoted => break,
            '\r' if !quoted && characters.peek() == Some(&'\n') => {}
            _ => field.push(c),
        }
    }
    fields.push(Json::Text(field));
    Json::Array(fields)
}

fn decoded(text: &str) -> String {
    percent_decode_str(&text.replace('+', " ")).decode_utf8_lossy().into_owned()
}

fn parameters(query: &str) -> Json {
    let mut bag = Vec::new();
    for pair in query.trim_start_matches('?').split('&').filter(|p| !p.is_empty()) {
        let (key, value) = pair.split_once('=').unwrap_or((pair, ""));
        set(&mut bag, decoded(key), Json::Text(decoded(value)));
    }
    Json::Bag(bag)
}

fn bag<const N: usize>(entries: [(&str, Json); N]) -> Json {
    Json::Bag(entries.into_iter().map(|(k, v)| (k.to_owned(), v)).collect())
}

fn string(text: &str) -> Json {
    Json::Text(text.to_owned())
}

fn url(text: &str) -> Json {
    let (scheme, rest) = text.split_once("://").unwrap_or(("", text));
    let (rest, fragment) = rest.split_once('#').unwrap_or((rest, ""));
    let (rest, query) = rest.split_once('?').unwrap_or((rest, ""));
    let (authority, path) = match rest.find('/') {
        Some(at) => rest.split_at_checked(at).unwrap_or((rest, "")),
        None => (rest, ""),
    };
    let (user, place) = authority.rsplit_once('@').unwrap_or(("", authority));
    let (name, password) = user.split_once(':').unwrap_or((user, ""));
    // The colons of an address in brackets separate no port.
    let (host, port) = match place.rsplit_once(':') {
        Some((host, port)) if port.bytes().all(|b| b.is_ascii_digit()) => (host, port),
        _ => (place, ""),
    };
    bag([
        ("Scheme", string(scheme)),
        ("Host", string(host)),
        ("Port", string(port)),
        ("Path", string(path)),
        ("Username", string(name)),
        ("Password", string(password)),
        ("Query Parameters", parameters(query)),
        ("Fragment", string(fragment)),
    ])
}

fn path(text: &str) -> Json {
    let (scheme, rest) = text.split_once("://").unwrap_or(("", text));
    let cut = rest.rfind(['/', '\\']);
    let directory = cut.and_then(|at| rest.get(..at)).unwrap_or_default();
    let named = cut.and_then(|at| rest.get(at + 1..)).unwrap_or(rest);
    let (file, stream) = named.split_once(':').unwrap_or((named, ""));
    let drive = directory.split(['/', '\\']).next().unwrap_or_default();
    let root = if drive.len() == 2 && drive.ends_with(':') { drive } else { "" };
    let folder = directory.rsplit(['/', '\\']).next().unwrap_or_default();
    let extension = file.rsplit_once('.').map_or("", |(_, e)| e);
    bag([
        ("Scheme", string(scheme)),
        ("RootPath", string(root)),
        ("DirectoryPath", string(directory)),
        ("DirectoryName", string(folder)),
        ("Filename", string(file)),
        ("Extension", string(extension)),
        ("AlternateDataStreamName", string(stream)),
    ])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn fields() {
        for (text, expected) in [
            ("", r#"[""]"#),
            ("aa,b,cc", r#"["aa","b","cc"]"#),
            (r#"aa,"b,""b""#, r#"["aa","b,\"b"]"#),
            ("a,b\nc", r#"["a","b"]"#),
        ] {
            assert_eq!(csv(text).to_string(), expected);
        }
    }

    #[test]
    fn urls() {
        assert_eq!(
            url("scheme://username:password@host:1234/this/is/a/path?k1=v1&k2=v2#fragment").to_string(),
            r#"{"Scheme":"scheme","Host":"host","Port":"1234","Path":"/this/is/a/path","Username":"username","Password":"password","Query Parameters":{"k1":"v1","k2":"v2"},"Fragment":"fragment"}"#
        );
        for odd in ["", "://", "@:", "é://ü#?", "a:b:c", "[::1]:80/x"] {
            url(odd);
            path(odd);
        }
    }

    #[test]
    fn paths() {
        for (text, expected) in [
            (
                r"C:\temp\file.txt",
                r#"{"Scheme":"","RootPath":"C:","DirectoryPath":"C:\\temp","DirectoryName":"temp","Filename":"file.txt","Extension":"txt","AlternateDataStreamName":""}"#,
            ),
            (
                "file://C:/temp/file.txt:some.exe",
                r#"{"Scheme":"file","RootPath":"C:","DirectoryPath":"C:/temp","DirectoryName":"temp","Filename":"file.txt","Extension":"txt","AlternateDataStreamName":"some.exe"}"#,
            ),
            (
                "/usr/lib/file",
                r#"{"Scheme":"","RootPath":"","DirectoryPath":"/usr/lib","DirectoryName":"lib","Filename":"file","Extension":"","AlternateDataStreamName":""}"#,
            ),
        ] {
            assert_eq!(path(text).to_string(), expected);
        }
    }
}
