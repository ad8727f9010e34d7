//! A strict JSON scanner (RFC 8259) that borrows: it finds values and checks them, and copies nothing.
//!
//! Written by hand because a record needs only a handful of its values, the rest as raw text, and because a line that
//! ends early (a torn tail) must be told apart from a line that is wrong.

use super::special::special_at;

/// How deep arrays and objects may nest, the outermost included.
pub(crate) const MAX_DEPTH: u32 = 128;

/// What is wrong with a text that should be JSON.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Fault {
    /// It ends before the value does; more bytes could make it valid.
    Early,
    /// No continuation can make it valid.
    Bad,
    /// It nests deeper than [`MAX_DEPTH`].
    TooDeep,
}

/// What is between the quotes of a string.
#[inline]
pub(crate) fn inner(quoted: &str) -> &str {
    quoted.get(1..quoted.len().wrapping_sub(1)).unwrap_or_default()
}

/// A value: scalars ready for use, arrays and objects as raw, already checked text.
///
/// Values are copied a lot. The tag is as wide as a register, since a tag of one byte is written as a byte and read back as
/// a word, for which the processor must wait: a fifth of all time was spent so.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[repr(u64)]
pub(crate) enum Value<'a> {
    /// `null`.
    Null,
    /// `true` or `false`.
    Bool(bool),
    /// A number's raw text.
    Number(&'a str),
    /// A string without escapes, with its quotes.
    Text(&'a str),
    /// A string with escapes, as it stands, with its quotes.
    Escaped(&'a str),
    /// An array's raw text.
    Array(&'a str),
    /// An object's raw text.
    Object(&'a str),
    /// Text that did not come from JSON (a CSV field), without quotes and escapes.
    Plain(&'a str),
}

/// Reads one JSON text from front to back.
#[derive(Debug, Clone)]
pub(crate) struct Scanner<'a> {
    text: &'a str,
    at: usize,
}

impl<'a> Scanner<'a> {
    /// Starts before the first byte.
    #[inline]
    pub(crate) fn new(text: &'a str) -> Self {
        Self { text, at: 0 }
    }

    /// How many bytes are read.
    pub(crate) fn at(&self) -> usize {
        self.at
    }

    #[inline]
    fn slice(&self, from: usize) -> &'a str {
        // Both ends are next to an ASCII byte, so this is never a cut character.
        self.text.get(from..self.at).unwrap_or_default()
    }

    /// The next byte, if any.
    #[inline]
    pub(crate) fn peek(&self) -> Option<u8> {
        self.text.as_bytes().get(self.at).copied()
    }

    /// Passes white space.
    #[inline]
    pub(crate) fn space(&mut self) {
        while let Some(b' ' | b'\n' | b'\r' | b'\t') = self.peek() {
            self.at += 1;
        }
    }

    /// Nothing but white space may follow.
    pub(crate) fn end(&mut self) -> Result<(), Fault> {
        self.space();
        if self.at == self.text.len() { Ok(()) } else { Err(Fault::Bad) }
    }

    #[inline]
    fn expect(&mut self, byte: u8) -> Result<(), Fault> {
        match self.peek() {
            Some(b) if b == byte => {
                self.at += 1;
                Ok(())
            }
            Some(_) => Err(Fault::Bad),
            None => Err(Fault::Early),
        }
    }

    /// Passes the opening `open`; `false` when the container is empty, whose end is then passed too.
    #[inline]
    pub(crate) fn open(&mut self, open: u8, close: u8) -> Result<bool, Fault> {
        self.expect(open)?;
        self.space();
        match self.peek() {
            Some(b) if b == close => {
                self.at += 1;
                Ok(false)
            }
            Some(_) => Ok(true),
            None => Err(Fault::Early),
        }
    }

    /// Passes a key and its colon. Returns its inner text, escapes as they stand.
    #[inline]
    pub(crate) fn key(&mut self) -> Result<&'a str, Fault> {
        let start = self.at;
        self.string()?;
        let key = inner(self.slice(start));
        self.space();
        self.expect(b':')?;
        self.space();
        Ok(key)
    }

    /// After a member: `true` when another follows, `false` when the container ends here.
    #[inline]
    pub(crate) fn more(&mut self, close: u8) -> Result<bool, Fault> {
        self.space();
        match self.peek() {
            Some(b',') => {
                self.at += 1;
                self.space();
                Ok(true)
            }
            Some(b) if b == close => {
                self.at += 1;
                Ok(false)
            }
            Some(_) => Err(Fault::Bad),
            None => Err(Fault::Early),
        }
    }

    /// Passes a string; says whether it has escapes.
    #[inline]
    fn string(&mut self) -> Result<bool, Fault> {
        self.expect(b'"')?;
        let bytes = self.text.as_bytes();
        let mut escaped = false;
        loop {
            self.at = special_at(bytes, self.at);
            match bytes.get(self.at) {
                Some(b'"') => {
                    self.at += 1;
                    return Ok(escaped);
                }
                Some(b'\\') => {
                    escaped = true;
                    self.escape()?;
                }
                Some(_) => return Err(Fault::Bad),
                None => return Err(Fault::Early),
            }
        }
    }

    fn escape(&mut self) -> Result<(), Fault> {
        let bytes = self.text.as_bytes();
        match bytes.get(self.at + 1) {
            Some(b'"' | b'\\' | b'/' | b'b' | b'f' | b'n' | b'r' | b't') => {
                self.at += 2;
                Ok(())
            }
            Some(b'u') => {
                for i in 2..6 {
                    match bytes.get(self.at + i) {
                        Some(b) if b.is_ascii_hexdigit() => {}
                        Some(_) => return Err(Fault::Bad),
                        None => return Err(Fault::Early),
                    }
                }
                self.at += 6;
                Ok(())
            }
            Some(_) => Err(Fault::Bad),
            None => Err(Fault::Early),
        }
    }

    fn literal(&mut self, word: &str) -> Result<(), Fault> {
        let rest = self.text.as_bytes().get(self.at..).unwrap_or_default();
        let word = word.as_bytes();
        if rest.starts_with(word) {
            self.at += word.len();
            Ok(())
        } else if word.starts_with(rest) {
            Err(Fault::Early)
        } else {
            Err(Fault::Bad)
        }
    }

    fn digits(&mut self) -> Result<(), Fault> {
        let start = self.at;
        while self.peek().is_some_and(|b| b.is_ascii_digit()) {
            self.at += 1;
        }
        if self.at > start {
            return Ok(());
        }
        Err(if self.peek().is_none() { Fault::Early } else { Fault::Bad })
    }

    fn number(&mut self) -> Result<&'a str, Fault> {
        let start = self.at;
        if self.peek() == Some(b'-') {
            self.at += 1;
        }
        if self.peek() == Some(b'0') {
            self.at += 1;
        } else {
            self.digits()?;
        }
        if self.peek() == Some(b'.') {
            self.at += 1;
            self.digits()?;
        }
        if matches!(self.peek(), Some(b'e' | b'E')) {
            self.at += 1;
            if matches!(self.peek(), Some(b'+' | b'-')) {
                self.at += 1;
            }
            self.digits()?;
        }
        Ok(self.slice(start))
    }

    /// Passes a value; `depth` is the number of containers around it.
    #[inline]
    pub(crate) fn value(&mut self, depth: u32) -> Result<Value<'a>, Fault> {
        match self.peek() {
            Some(b'"') => {
                let start = self.at;
                let escaped = self.string()?;
                let quoted = self.slice(start);
                Ok(if escaped { Value::Escaped(quoted) } else { Value::Text(quoted) })
            }
            Some(b'{' | b'[') => self.container(depth),
            _ => self.scalar(),
        }
    }

    fn scalar(&mut self) -> Result<Value<'a>, Fault> {
        match self.peek() {
            Some(b'-' | b'0'..=b'9') => Ok(Value::Number(self.number()?)),
            Some(b't') => self.literal("true").map(|()| Value::Bool(true)),
            Some(b'f') => self.literal("false").map(|()| Value::Bool(false)),
            Some(b'n') => self.literal("null").map(|()| Value::Null),
            Some(_) => Err(Fault::Bad),
            None => Err(Fault::Early),
        }
    }

    /// Passes an array or object. A stack of one bit a level (set = object) instead of recursion.
    fn container(&mut self, outer: u32) -> Result<Value<'a>, Fault> {
        let start = self.at;
        let object = self.peek() == Some(b'{');
        let (mut depth, mut objects) = (0u32, 0u128);
        'value: loop {
            // Here a value begins.
            match self.peek() {
                Some(open @ (b'{' | b'[')) => {
                    if outer + depth >= MAX_DEPTH {
                        return Err(Fault::TooDeep);
                    }
                    let is_object = open == b'{';
                    if self.open(open, if is_object { b'}' } else { b']' })? {
                        depth += 1;
                        objects = objects << 1 | u128::from(is_object);
                        if is_object {
                            self.key()?;
                        }
                        continue 'value;
                    }
                }
                Some(b'"') => {
                    self.string()?;
                }
                _ => {
                    self.scalar()?;
                }
            }
            // Here a value has ended.
            loop {
                if depth == 0 {
                    let raw = self.slice(start);
                    return Ok(if object { Value::Object(raw) } else { Value::Array(raw) });
                }
                let is_object = objects & 1 == 1;
                if self.more(if is_object { b'}' } else { b']' })? {
                    if is_object {
                        self.key()?;
                    }
                    continue 'value;
                }
                depth -= 1;
                objects >>= 1;
            }
        }
    }
}

/// Whether `text` is one JSON number and nothing else.
pub(crate) fn is_number(text: &str) -> bool {
    let mut scanner = Scanner::new(text);
    scanner.number().is_ok() && scanner.at == text.len()
}

/// Whether `text` is one valid JSON object, possibly among white space.
pub(crate) fn is_object(text: &str) -> bool {
    let mut scanner = Scanner::new(text);
    scanner.space();
    matches!(scanner.value(0), Ok(Value::Object(_))) && scanner.end().is_ok()
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

    fn check(text: &str) -> Result<(), Fault> {
        let mut scanner = Scanner::new(text);
        scanner.space();
        scanner.value(0)?;
        scanner.end()
    }

    #[test]
    fn valid() {
        for text in [
            "{}",
            "[]",
            " [ ] ",
            "null",
            "true",
            "false",
            "0",
            "-0",
            "-0.5e+10",
            "1E5",
            "12.25",
            "\"\"",
            "\"\\u00e9\\n\\\"\"",
            "{\"a\":{\"b\":[1,{\"c\":null}]},\"d\":\"\u{e9}\"}",
            "[[],{},\"\\ud800\"]",
            "{\"a\":1,\"a\":2}",
            "\"\u{7f}\"",
        ] {
            assert_eq!(check(text), Ok(()), "{text}");
            assert!(text.contains("\\ud800") || serde_json::from_str::<serde_json::Value>(text).is_ok(), "{text}");
        }
    }

    #[test]
    fn bad() {
        for text in [
            "hello",
            "{a:1}",
            "{\"a\" 1}",
            "{\"a\":1,}",
            "[1,]",
            "[1 2]",
            "{\"a\":01}",
            "+1",
            "1.",
            ".5",
            "1e",
            "\"\\x\"",
            "\"\\u12g4\"",
            "\"a\nb\"",
            "\"\u{1}\"",
            "{}}",
            "{} x",
            "[}",
            "{\"a\":]",
            "nul1",
            "'a'",
            "{\"a\":1}\u{0}",
            "NaN",
            "\u{a0}1",
            "// c",
        ] {
            let bad = check(text);
            // `1.` and `1e` could still go on.
            assert!(matches!(bad, Err(Fault::Bad)) || matches!(text, "1." | "1e"), "{text}: {bad:?}");
        }
    }

    #[test]
    fn every_true_prefix_of_an_object_ends_early() {
        let text = "{\"a\\u00e9\\n\":[1.5e-3,true,false,null,{}],\"b\":\"x\",\"c\":{\"d\":[]}}";
        for cut in 0..text.len() {
            assert_eq!(check(&text[..cut]), Err(Fault::Early), "{}", &text[..cut]);
        }
    }

    #[test]
    fn depth() {
        let nest = |n: usize| "[".repeat(n) + &"]".repeat(n);
        assert_eq!(check(&nest(MAX_DEPTH as usize)), Ok(()));
        assert_eq!(check(&nest(MAX_DEPTH as usize + 1)), Err(Fault::TooDeep));
        assert_eq!(check(&"{\"a\":".repeat(1_000_000)), Err(Fault::TooDeep));
    }

    #[test]
    fn numbers_alone() {
        for (text, want) in [("1", true), ("-1.5e3", true), ("", false), ("1 ", false), ("01", false), ("0x1", false)] {
            assert_eq!(is_number(text), want, "{text}");
        }
    }
}
