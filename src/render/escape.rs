//! Text made safe for the place it goes to. Every function is total and appends to `out`.
//!
//! Log messages come from machines on the other side of a tunnel: they may hold terminal escapes, bidirectional
//! overrides, HTML or spreadsheet formulas.

/// Whether a character is invisible or acts on what surrounds it: controls, bidirectional marks, line separators,
/// zero-width space, byte order mark, tag characters. The joiners U+200C and U+200D stay, scripts and emoji need them.
fn acts_on_display(c: char) -> bool {
    matches!(c,
        '\u{0}'..='\u{1f}' | '\u{7f}'..='\u{9f}' | '\u{61c}' | '\u{200b}' | '\u{200e}' | '\u{200f}'
        | '\u{2028}'..='\u{202e}' | '\u{2060}' | '\u{2066}'..='\u{206f}' | '\u{feff}' | '\u{fff9}'..='\u{fffb}'
        | '\u{e0000}'..='\u{e007f}')
}

/// Whether `special` is false for every byte. Looks at all of them without branching, which compilers turn into vector
/// instructions; most texts have nothing special, so stopping early would not pay.
fn has_none(text: &str, special: impl Fn(u8) -> bool) -> bool {
    !text.bytes().fold(false, |any, b| any | special(b))
}

/// Whether every byte is printable ASCII: nothing to make visible, and one column a byte.
pub(crate) fn is_printable_ascii(text: &str) -> bool {
    has_none(text, |b| !(0x20..0x7f).contains(&b))
}

/// Appends a character that acts on display as a visible escape: `\n`, `\x1b`, `\u{202e}`.
fn push_visible(c: char, out: &mut String) {
    match c {
        '\n' => out.push_str("\\n"),
        '\r' => out.push_str("\\r"),
        '\t' => out.push_str("\\t"),
        c if (c as u32) < 0x80 => {
            out.push_str("\\x");
            push_hex(u32::from(c), 2, out);
        }
        c => {
            out.push_str("\\u{");
            push_hex(u32::from(c), 1, out);
            out.push('}');
        }
    }
}

/// Appends lower-case hexadecimal digits of `n`, at least `digits` of them.
fn push_hex(n: u32, digits: u32, out: &mut String) {
    let needed = (32 - n.leading_zeros()).div_ceil(4).max(digits);
    for place in (0..needed).rev() {
        out.push(char::from_digit((n >> (4 * place)) & 0xf, 16).unwrap_or('0'));
    }
}

/// Appends `text`, copying whole runs and giving each character of which `special` is true to `replace`.
fn push_replacing(text: &str, out: &mut String, special: impl Fn(char) -> bool, replace: impl Fn(char, &mut String)) {
    let mut copied = 0;
    for (at, c) in text.char_indices().filter(|(_, c)| special(*c)) {
        out.push_str(text.get(copied..at).unwrap_or_default());
        replace(c, out);
        copied = at + c.len_utf8();
    }
    out.push_str(text.get(copied..).unwrap_or_default());
}

/// For a terminal: controls, ANSI escapes and bidirectional overrides become visible. A backslash stays as it is.
pub(crate) fn terminal(text: &str, out: &mut String) {
    if is_printable_ascii(text) {
        return out.push_str(text);
    }
    push_replacing(text, out, acts_on_display, push_visible);
}

/// Finished text for a terminal: line breaks and tabs are its layout and stay, everything else as in [`terminal`].
pub(crate) fn terminal_layout(text: &str, out: &mut String) {
    push_replacing(text, out, |c| acts_on_display(c) && !matches!(c, '\n' | '\t'), push_visible);
}

/// For HTML text and quoted attributes. Line breaks and tabs stay (the page shows them), other controls become visible.
pub(crate) fn html(text: &str, out: &mut String) {
    if has_none(text, |b| !(0x20..0x7f).contains(&b) || matches!(b, b'&' | b'<' | b'>' | b'"' | b'\'')) {
        return out.push_str(text);
    }
    let special = |c| matches!(c, '&' | '<' | '>' | '"' | '\'') || (acts_on_display(c) && !matches!(c, '\n' | '\t'));
    push_replacing(text, out, special, |c, out| match c {
        '&' => out.push_str("&amp;"),
        '<' => out.push_str("&lt;"),
        '>' => out.push_str("&gt;"),
        '"' => out.push_str("&quot;"),
        '\'' => out.push_str("&#39;"),
        c => push_visible(c, out),
    });
}

/// For XML text and quoted attributes: as [`html`], and without the two code points that no XML document may have.
pub(crate) fn xml(text: &str, out: &mut String) {
    if !text.contains(['\u{fffe}', '\u{ffff}']) {
        return html(text, out);
    }
    let mut visible = String::with_capacity(text.len());
    push_replacing(text, &mut visible, |c| matches!(c, '\u{fffe}' | '\u{ffff}'), push_visible);
    html(&visible, out);
}

/// For a cell of a GitHub Markdown table: no HTML, no markup, no cell or row end. `_` is escaped only where it could
/// begin or end emphasis, so that names such as `remote_ip` stay readable.
pub(crate) fn markdown(text: &str, out: &mut String) {
    let plain = |b: u8| {
        b.is_ascii_alphanumeric() || matches!(b, b' '..=b'#' | b'%' | b'\''..=b')' | b'+'..=b';' | b'=' | b'?' | b'@')
    };
    if has_none(text, |b| !plain(b)) {
        return out.push_str(text);
    }
    let mut previous_in_word = false;
    let mut rest = text.chars().peekable();
    while let Some(c) = rest.next() {
        match c {
            '&' => out.push_str("&amp;"),
            '<' => out.push_str("&lt;"),
            '>' => out.push_str("&gt;"),
            '_' if previous_in_word && rest.peek().is_some_and(|next| next.is_alphanumeric()) => out.push('_'),
            '\\' | '|' | '`' | '*' | '_' | '[' | ']' | '~' | '$' => {
                out.push('\\');
                out.push(c);
            }
            c if acts_on_display(c) => push_visible(c, out),
            c => out.push(c),
        }
        previous_in_word = c.is_alphanumeric();
    }
}

/// For a line of Markdown outside of tables: as in [`markdown`], and nothing at its beginning makes it a heading, a quote, a list
/// or a rule.
pub(crate) fn markdown_line(text: &str, out: &mut String) {
    let begins = text.trim_start();
    let digits = begins.bytes().take_while(u8::is_ascii_digit).count();
    let numbered = digits > 0 && begins.get(digits..).is_some_and(|rest| rest.starts_with(['.', ')']));
    if numbered {
        let (number, rest) = begins.split_at_checked(digits).unwrap_or((begins, ""));
        out.push_str(number);
        out.push('\\');
        return markdown(rest, out);
    }
    if begins.starts_with(['#', '+', '-', '=']) {
        out.push('\\');
    }
    markdown(begins, out);
}

/// Whether a text is a web address that a page may lead to: `http` and `https` only, nothing that runs, nothing invisible.
pub(crate) fn is_web_address(text: &str) -> bool {
    let rest = text.strip_prefix("https://").or_else(|| text.strip_prefix("http://"));
    rest.is_some_and(|rest| {
        !rest.is_empty() && rest.bytes().all(|b| b.is_ascii_graphic() && !b"\"'<>`\\(){}|^".contains(&b))
    })
}

/// For a CSV field after RFC 4180: quoted when it holds a comma, quote or line break, or is empty (a bare empty field
/// is a null). The data is exact.
pub(crate) fn csv(text: &str, out: &mut String) {
    if !text.is_empty() && has_none(text, |b| matches!(b, b',' | b'"' | b'\n' | b'\r')) {
        return out.push_str(text);
    }
    out.push('"');
    push_replacing(text, out, |c| c == '"', |_, out| out.push_str("\"\""));
    out.push('"');
}

/// For a TSV field: tab, line breaks and backslash become `\t`, `\n`, `\r`, `\\`. The data is exact; a bare `\N` is a null.
pub(crate) fn tsv(text: &str, out: &mut String) {
    if has_none(text, |b| matches!(b, b'\t' | b'\n' | b'\r' | b'\\')) {
        return out.push_str(text);
    }
    push_replacing(
        text,
        out,
        |c| matches!(c, '\t' | '\n' | '\r' | '\\'),
        |c, out| match c {
            '\\' => out.push_str("\\\\"),
            c => push_visible(c, out),
        },
    );
}

/// Whether a spreadsheet would take the text for a formula: it begins with `=`, `+`, `-`, `@` (or their full-width
/// forms), a tab or a line break.
pub(crate) fn is_formula(text: &str) -> bool {
    text.starts_with(['=', '+', '-', '@', '\t', '\r', '\n', '\u{ff1d}', '\u{ff0b}', '\u{ff0d}', '\u{ff20}'])
}

/// Appends a text that is JSON on one line, so that nothing in it acts on a display; any other text as a JSON string.
pub(crate) fn json_value(text: &str, out: &mut String) {
    if serde_json::from_str::<serde::de::IgnoredAny>(text).is_err() {
        return json(text, out);
    }
    for c in text.trim().chars() {
        match c {
            // Valid JSON has line breaks between values only.
            '\n' | '\r' | '\t' => out.push(' '),
            c if acts_on_display(c) => {
                let mut units = [0u16; 2];
                for unit in c.encode_utf16(&mut units) {
                    out.push_str(&format!("\\u{unit:04x}"));
                }
            }
            c => out.push(c),
        }
    }
}

/// A JSON string with its quotes. Characters that act on display are written as `\u....`, which is the same data and
/// keeps a terminal safe.
pub(crate) fn json(text: &str, out: &mut String) {
    out.push('"');
    if has_none(text, |b| !(0x20..0x7f).contains(&b) || b == b'"' || b == b'\\') {
        out.push_str(text);
    } else {
        push_replacing(
            text,
            out,
            |c| matches!(c, '"' | '\\') || acts_on_display(c),
            |c, out| match c {
                '"' => out.push_str("\\\""),
                '\\' => out.push_str("\\\\"),
                '\n' | '\r' | '\t' => push_visible(c, out),
                c => {
                    for unit in c.encode_utf16(&mut [0; 2]) {
                        out.push_str("\\u");
                        push_hex(u32::from(*unit), 4, out);
                    }
                }
            },
        );
    }
    out.push('"');
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

    fn run(escape: fn(&str, &mut String), text: &str) -> String {
        let mut out = String::new();
        escape(text, &mut out);
        out
    }

    /// Synthetic payloads: what a peer could put into a log message to act on the reader.
    const HOSTILE: [&str; 12] = [
        "\u{1b}[2J\u{1b}]0;title\u{7}",
        "a\r\nb\tc\u{0}\u{7f}",
        "\u{9b}31m\u{85}",
        "user\u{202e}gnp.exe\u{2066}x\u{2069}\u{200f}\u{61c}",
        "\u{2028}\u{2029}\u{feff}\u{200b}\u{e0041}",
        "<script>alert('x')</script>\"&amp;",
        "a|b\\|c`d`*e*__f__[g](javascript:h)![i](http://j)~k~$l$",
        "=cmd|'/C calc'!A0",
        "\"quoted\",\"two\"",
        "日本語\u{1b}テキスト",
        "e\u{301}\u{200d}👩\u{200d}💻",
        "",
    ];

    #[test]
    fn nothing_that_acts_on_display_survives() {
        for escape in [terminal, html, markdown, json] {
            for text in HOSTILE {
                let out = run(escape, text);
                assert!(!out.chars().any(|c| acts_on_display(c) && c != '\n' && c != '\t'), "{text:?} gave {out:?}");
            }
        }
        for text in HOSTILE {
            assert!(!run(terminal, text).contains(['\n', '\t']), "{text:?}");
            assert!(!run(markdown, text).contains(['\n', '\t']), "{text:?}");
        }
    }

    #[test]
    fn what_acts_on_display_is_known_by_code_point() {
        // C0, DEL, C1; marks, embeddings, overrides, isolates; separators; invisible: first and last of each range.
        for c in
            "\u{0}\u{1b}\u{1f}\u{7f}\u{80}\u{9b}\u{9f}\u{61c}\u{200b}\u{200e}\u{200f}\u{2028}\u{2029}\u{202a}\u{202e}\
                  \u{2060}\u{2066}\u{2069}\u{206f}\u{fff9}\u{fffb}\u{feff}\u{e0001}\u{e007f}"
                .chars()
        {
            assert!(acts_on_display(c), "{c:?}");
            assert!(!run(terminal, &format!("a{c}b")).contains(c), "{c:?}");
        }
        for c in " ~\u{a0}é東\u{301}\u{200c}\u{200d}\u{fe0f}👩".chars() {
            assert!(!acts_on_display(c), "{c:?}");
        }
    }

    #[test]
    fn terminal_shows_what_was_there() {
        for (text, want) in [
            ("plain", "plain"),
            ("日本語 é 👩\u{200d}💻", "日本語 é 👩\u{200d}💻"),
            ("\u{1b}[31mred\n\tx\r", "\\x1b[31mred\\n\\tx\\r"),
            ("a\u{202e}b\u{85}c\u{0}", "a\\u{202e}b\\u{85}c\\x00"),
            ("C:\\new", "C:\\new"),
        ] {
            assert_eq!(run(terminal, text), want);
        }
    }

    #[test]
    fn html_has_no_markup_left() {
        assert_eq!(
            run(html, "<a href=\"x\" b='y'>&</a>\n"),
            "&lt;a href=&quot;x&quot; b=&#39;y&#39;&gt;&amp;&lt;/a&gt;\n"
        );
        for text in HOSTILE {
            assert!(!run(html, text).contains(['<', '>', '"', '\'']), "{text:?}");
        }
    }

    #[test]
    fn xml_has_only_what_a_document_may_have() {
        assert_eq!(run(xml, "a\u{fffe}<b>\u{ffff}\u{1b}\n"), "a\\u{fffe}&lt;b&gt;\\u{ffff}\\x1b\n");
        for text in HOSTILE {
            let allowed =
                |c: char| matches!(c, '\t' | '\n' | ' '..='\u{d7ff}' | '\u{e000}'..='\u{fffd}' | '\u{10000}'..);
            let out = run(xml, text);
            assert!(out.chars().all(allowed) && !out.contains(['<', '>', '"', '\'']), "{out:?}");
        }
    }

    #[test]
    fn markdown_has_no_markup_left() {
        for (text, want) in [
            ("a|b", "a\\|b"),
            ("a\nb", "a\\nb"),
            ("a\\nb", "a\\\\nb"),
            ("<b>&", "&lt;b&gt;&amp;"),
            ("![x](y)", "!\\[x\\](y)"),
            ("remote_ip __x__", "remote_ip \\_\\_x\\_\\_"),
            ("*a* `b` ~c~ $d$", "\\*a\\* \\`b\\` \\~c\\~ \\$d\\$"),
        ] {
            assert_eq!(run(markdown, text), want);
        }
    }

    #[test]
    fn markdown_lines_are_no_blocks() {
        for (text, want) in [
            ("# a", "\\# a"),
            ("  - a", "\\- a"),
            ("1. a", "1\\. a"),
            ("12) a", "12\\) a"),
            ("> a", "&gt; a"),
            ("    code", "code"),
            ("1.2.3.4", "1\\.2.3.4"),
            ("plain", "plain"),
        ] {
            assert_eq!(run(markdown_line, text), want);
        }
        for text in HOSTILE {
            assert!(!run(markdown_line, text).contains(['<', '\n']), "{text:?}");
        }
    }

    #[test]
    fn addresses_that_may_be_followed() {
        assert!(is_web_address("https://learn.microsoft.com/azure/x?y=1#z"));
        for text in [
            "javascript:alert(1)",
            "data:text/html,x",
            "https://",
            "https://a b",
            "https://a\"onclick=",
            "//x",
            "JAVASCRIPT:x",
            "https://x/(y)",
        ] {
            assert!(!is_web_address(text), "{text}");
        }
    }

    #[test]
    fn csv_quotes_only_where_needed() {
        for (text, want) in [
            ("plain", "plain"),
            ("", "\"\""),
            ("a,b", "\"a,b\""),
            ("a\"b", "\"a\"\"b\""),
            ("\"", "\"\"\"\""),
            ("a\nb", "\"a\nb\""),
            ("a\rb", "\"a\rb\""),
            ("=1+1", "=1+1"),
        ] {
            assert_eq!(run(csv, text), want);
        }
    }

    #[test]
    fn tsv_keeps_one_line_and_can_be_undone() {
        for text in HOSTILE {
            let out = run(tsv, text);
            assert!(!out.contains(['\t', '\n', '\r']), "{text:?}");
            let mut undone = String::new();
            let mut chars = out.chars();
            while let Some(c) = chars.next() {
                undone.push(match c {
                    '\\' => match chars.next().unwrap() {
                        't' => '\t',
                        'n' => '\n',
                        'r' => '\r',
                        '\\' => '\\',
                        other => panic!("unknown escape {other}"),
                    },
                    c => c,
                });
            }
            assert_eq!(undone, text);
        }
    }

    #[test]
    fn json_reads_back_as_the_same_text() {
        for text in HOSTILE {
            let back: String = serde_json::from_str(&run(json, text)).unwrap();
            assert_eq!(back, text);
        }
    }

    #[test]
    fn formulas_are_recognised() {
        for text in ["=1", "+1", "-1", "@x", "\tx", "\r=1", "\n=1", "＝1"] {
            assert!(is_formula(text), "{text:?}");
        }
        for text in ["", "1", "a=1", " x", "'=1"] {
            assert!(!is_formula(text), "{text:?}");
        }
    }
}
