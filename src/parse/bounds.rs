//! Finds where a JSON value ends, however many chunks it spans, without judging it: each byte is looked at once.

use super::special::special_at;

/// What a stretch of input brought.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Found {
    /// The value ends before this index.
    End(usize),
    /// It goes on after the stretch.
    More,
    /// At this index it cannot be a value: brackets do not match, or a string holds a line break.
    Broken(usize),
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum State {
    Start,
    Scalar,
    Container,
    InString,
    Escape,
}

/// The state between stretches.
#[derive(Debug, Clone)]
pub(crate) struct Bounds {
    state: State,
    depth: u64,
    /// One bit a level, set for objects; only the innermost 128 levels are known, deeper values are rejected later anyway.
    objects: u128,
}

impl Bounds {
    /// Before the value's first byte.
    pub(crate) fn new() -> Self {
        Self { state: State::Start, depth: 0, objects: 0 }
    }

    /// Looks at `bytes[from..]`.
    pub(crate) fn feed(&mut self, bytes: &[u8], from: usize) -> Found {
        let mut at = from;
        while let Some(&byte) = bytes.get(at) {
            match self.state {
                State::InString => {
                    at = special_at(bytes, at);
                    match bytes.get(at) {
                        None => return Found::More,
                        Some(b'"') if self.depth == 0 => return Found::End(at + 1),
                        Some(b'"') => self.state = State::Container,
                        Some(b'\\') => self.state = State::Escape,
                        // A torn document followed by another one looks like this.
                        Some(b'\n' | b'\r') => return Found::Broken(at),
                        Some(_) => {}
                    }
                }
                State::Escape => self.state = State::InString,
                State::Scalar => {
                    if matches!(byte, b',' | b']' | b'}' | b' ' | b'\n' | b'\r' | b'\t') {
                        return Found::End(at);
                    }
                }
                State::Start | State::Container => match byte {
                    b'"' => self.state = State::InString,
                    b'{' | b'[' => {
                        self.depth += 1;
                        self.objects = self.objects << 1 | u128::from(byte == b'{');
                        self.state = State::Container;
                    }
                    b'}' | b']' if self.state == State::Container => {
                        let known = self.depth <= 128;
                        if known && (self.objects & 1 == 1) != (byte == b'}') {
                            return Found::Broken(at);
                        }
                        self.depth -= 1;
                        self.objects >>= 1;
                        if self.depth == 0 {
                            return Found::End(at + 1);
                        }
                    }
                    _ if self.state == State::Start => self.state = State::Scalar,
                    _ => {}
                },
            }
            at += 1;
        }
        Found::More
    }

    /// Whether a value that the source's end cuts here is whole all the same.
    pub(crate) fn may_end(&self) -> bool {
        self.state == State::Scalar
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ends_are_found_in_any_chunks() {
        let deep = "[".repeat(300) + &"]".repeat(300);
        for value in [
            "{}",
            "[]",
            "\"a\\\"b\"",
            "{\"a\":[1,{\"]\":\"}\"}],\"b\":\"\\\\\"}",
            "12",
            "null",
            "[[{}],\"\u{e9}\"]",
            &deep,
        ] {
            let text = format!("{value},more");
            for chunk in [1, 2, 3, 7, 1000] {
                let mut bounds = Bounds::new();
                let (mut seen, mut end) = (0, None);
                while end.is_none() {
                    let next = (seen + chunk).min(text.len());
                    match bounds.feed(&text.as_bytes()[..next], seen) {
                        Found::End(at) => end = Some(at),
                        Found::More => seen = next,
                        Found::Broken(at) => panic!("{text} broken at {at}"),
                    }
                }
                assert_eq!(end, Some(value.len()), "{value} by {chunk}");
            }
        }
    }

    #[test]
    fn damage_is_seen() {
        for (text, at) in [("{]", 1), ("[{\"a\":1]", 7), ("{\"a\n", 3)] {
            assert_eq!(Bounds::new().feed(text.as_bytes(), 0), Found::Broken(at), "{text}");
        }
        assert_eq!(Bounds::new().feed(b"{\"a", 0), Found::More);
    }
}
