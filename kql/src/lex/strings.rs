//! String literals: `"..."`, `'...'`, verbatim `@"..."`, hidden `h"..."`, and multi-line between three backticks or tildes.

use crate::error::KqlError;

/// The value and length of the string literal at the beginning of `text`, when there is one. `at` is its place.
pub fn string(text: &str, at: usize) -> Result<Option<(String, usize)>, KqlError> {
    let hidden = usize::from(text.starts_with(['h', 'H']) && text.get(1..).is_some_and(begins));
    let body = text.get(hidden..).unwrap_or_default();
    let never = || KqlError::syntax(&(at..at + hidden + 1), "this string is never closed");
    for fence in ["```", "~~~"] {
        if let Some(inner) = body.strip_prefix(fence) {
            let end = inner.find(fence).ok_or_else(never)?;
            return Ok(Some((inner[..end].to_owned(), hidden + end + 6)));
        }
    }
    if let Some(inner) = body.strip_prefix('@')
        && let Some(quote) = inner.chars().next().filter(|c| *c == '"' || *c == '\'')
    {
        let (value, length) = verbatim(&inner[1..], quote).ok_or_else(never)?;
        return Ok(Some((value, hidden + 2 + length)));
    }
    let Some(quote) = body.chars().next().filter(|c| *c == '"' || *c == '\'') else { return Ok(None) };
    let mut value = String::new();
    let mut chars = body[1..].char_indices();
    while let Some((i, c)) = chars.next() {
        match c {
            _ if c == quote => return Ok(Some((value, hidden + 1 + i + 1))),
            '\n' | '\r' => return Err(never()),
            '\\' => {
                let place = at + hidden + 1 + i;
                let c = escape(&mut chars).ok_or_else(|| {
                    let text =
                        "unknown escape in a string; write \\\\ for a backslash, or @\"...\" for text as it stands";
                    KqlError::syntax(&(place..place + 2), text)
                })?;
                value.push(c);
            }
            _ => value.push(c),
        }
    }
    Err(never())
}

fn begins(text: &str) -> bool {
    text.starts_with(['"', '\''])
        || text.starts_with("@\"")
        || text.starts_with("@'")
        || text.starts_with("```")
        || text.starts_with("~~~")
}

fn verbatim(text: &str, quote: char) -> Option<(String, usize)> {
    let mut value = String::new();
    let mut chars = text.char_indices().peekable();
    while let Some((i, c)) = chars.next() {
        if c != quote {
            value.push(c);
        } else if chars.peek().is_some_and(|(_, next)| *next == quote) {
            chars.next();
            value.push(quote);
        } else {
            return Some((value, i + 1));
        }
    }
    None
}

fn escape(chars: &mut std::str::CharIndices<'_>) -> Option<char> {
    let (_, c) = chars.next()?;
    Some(match c {
        'n' => '\n',
        't' => '\t',
        'r' => '\r',
        'a' => '\u{7}',
        'b' => '\u{8}',
        'f' => '\u{c}',
        'v' => '\u{b}',
        '\\' | '"' | '\'' | '?' => c,
        '0'..='3' => return octal(c, chars),
        'x' => return code(2, chars),
        'u' => return code(4, chars),
        'U' => return code(8, chars),
        _ => return None,
    })
}

/// The character with a code of so many hexadecimal digits.
fn code(digits: usize, chars: &mut std::str::CharIndices<'_>) -> Option<char> {
    let mut value = 0u32;
    for _ in 0..digits {
        value = value.checked_mul(16)?.checked_add(chars.next()?.1.to_digit(16)?)?;
    }
    char::from_u32(value)
}

/// Up to three octal digits.
fn octal(first: char, chars: &mut std::str::CharIndices<'_>) -> Option<char> {
    let mut value = first.to_digit(8)?;
    for _ in 0..2 {
        let mut ahead = chars.clone();
        let Some(digit) = ahead.next().and_then(|(_, c)| c.to_digit(8)) else { break };
        value = value * 8 + digit;
        *chars = ahead;
    }
    char::from_u32(value)
}
