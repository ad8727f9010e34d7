//! From JSON string text to plain text and back, into buffers that are reused.

use super::json::inner;

/// Appends what the inner text of a JSON string (without quotes, already checked) means. A lone surrogate becomes U+FFFD.
pub(crate) fn unescape_into(out: &mut String, escaped: &str) {
    let mut rest = escaped;
    while let Some(at) = memchr::memchr(b'\\', rest.as_bytes()) {
        out.push_str(rest.get(..at).unwrap_or_default());
        let code = rest.as_bytes().get(at + 1).copied().unwrap_or(b'\\');
        let mut used = 2;
        match code {
            b'b' => out.push('\u{8}'),
            b'f' => out.push('\u{c}'),
            b'n' => out.push('\n'),
            b'r' => out.push('\r'),
            b't' => out.push('\t'),
            b'u' => {
                let unit = hex(rest, at + 2);
                used = 6;
                let low = if (0xd800..0xdc00).contains(&unit) && rest.as_bytes().get(at + 6..at + 8) == Some(b"\\u") {
                    Some(hex(rest, at + 8)).filter(|low| (0xdc00..0xe000).contains(low))
                } else {
                    None
                };
                let scalar = match low {
                    Some(low) => {
                        used = 12;
                        0x1_0000 + ((unit - 0xd800) << 10) + (low - 0xdc00)
                    }
                    None => unit,
                };
                out.push(char::from_u32(scalar).unwrap_or(char::REPLACEMENT_CHARACTER));
            }
            other => out.push(char::from(other)),
        }
        rest = rest.get(at + used..).unwrap_or_default();
    }
    out.push_str(rest);
}

fn hex(text: &str, at: usize) -> u32 {
    text.get(at..at + 4).and_then(|h| u32::from_str_radix(h, 16).ok()).unwrap_or(0xfffd)
}

/// What a JSON string with escapes (and its quotes) means, unescaped into `scratch`, which is cleared first.
pub(crate) fn plain<'a>(quoted: &str, scratch: &'a mut String) -> &'a str {
    scratch.clear();
    unescape_into(scratch, inner(quoted));
    scratch
}

/// Appends `text` as the inner part of a JSON string.
pub(crate) fn escape_into(out: &mut String, text: &str) {
    let mut rest = text;
    while let Some(at) = rest.bytes().position(|b| b == b'"' || b == b'\\' || b < 0x20) {
        out.push_str(rest.get(..at).unwrap_or_default());
        let byte = rest.as_bytes().get(at).copied().unwrap_or_default();
        match byte {
            b'"' => out.push_str("\\\""),
            b'\\' => out.push_str("\\\\"),
            b'\n' => out.push_str("\\n"),
            b'\r' => out.push_str("\\r"),
            b'\t' => out.push_str("\\t"),
            _ => {
                out.push_str("\\u00");
                out.push(char::from_digit(u32::from(byte >> 4), 16).unwrap_or('0'));
                out.push(char::from_digit(u32::from(byte & 15), 16).unwrap_or('0'));
            }
        }
        rest = rest.get(at + 1..).unwrap_or_default();
    }
    out.push_str(rest);
}

/// Appends valid JSON text without the white space that means nothing.
pub(crate) fn compact_into(out: &mut String, json: &str) {
    let bytes = json.as_bytes();
    let (mut from, mut at, mut in_string) = (0, 0, false);
    while let Some(&byte) = bytes.get(at) {
        match byte {
            b'\\' if in_string => at += 1,
            b'"' => in_string = !in_string,
            b' ' | b'\n' | b'\r' | b'\t' if !in_string => {
                out.push_str(json.get(from..at).unwrap_or_default());
                from = at + 1;
            }
            _ => {}
        }
        at += 1;
    }
    out.push_str(json.get(from..).unwrap_or_default());
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

    #[test]
    fn unescapes_like_serde() {
        for inner in [
            "",
            "plain",
            "a\\n\\t\\r\\b\\f\\/\\\\\\\"z",
            "\\u00e9\\u20AC",
            "\\ud83d\\ude00!",
            "é\\u0041é",
            "\\\\u0041",
            "\\u0000",
        ] {
            let mut out = String::from("before");
            unescape_into(&mut out, inner);
            let want: String = serde_json::from_str(&format!("\"{inner}\"")).unwrap();
            assert_eq!(out, format!("before{want}"), "{inner}");
        }
    }

    #[test]
    fn lone_surrogates_are_replaced() {
        for (inner, want) in [
            ("\\ud800", "\u{fffd}"),
            ("\\ude00x", "\u{fffd}x"),
            ("\\ud800\\ud83d\\ude00", "\u{fffd}\u{1f600}"),
            ("\\ud800\\n", "\u{fffd}\n"),
            ("\\ud800\\u0041", "\u{fffd}A"),
        ] {
            let mut out = String::new();
            unescape_into(&mut out, inner);
            assert_eq!(out, want, "{inner}");
        }
    }

    #[test]
    fn escapes_round_trip() {
        for text in ["", "a", "\"\\\n\r\t\u{1}\u{1f}\u{7f}é\u{1f600}", "x\"y"] {
            let mut out = String::new();
            escape_into(&mut out, text);
            assert_eq!(serde_json::from_str::<String>(&format!("\"{out}\"")).unwrap(), text);
        }
    }

    #[test]
    fn compacts() {
        let mut out = String::new();
        compact_into(&mut out, "[ 1,\n {\"a b\" : \"c \\\" d\\\\\" } , \"\" ]");
        assert_eq!(out, "[1,{\"a b\":\"c \\\" d\\\\\"},\"\"]");
    }
}
