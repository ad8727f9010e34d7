//! Walks through JSON documents of any size and brings out the values that a policy asks for, in bounded memory.

use super::bounds::{Bounds, Found};
use super::core::Passed;

/// What to do with a value that is about to begin.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Action {
    /// Go into the object or array; its members are asked about with this tag as their parent.
    Descend(u8),
    /// Bring it out whole.
    Capture(u8),
    /// Pass over it.
    Skip,
}

/// Tells what to do with a value, from its parent's tag ([`ROOT`] for a document), its raw key (empty in arrays) and its
/// first byte.
pub(crate) type Policy = fn(parent: u8, key: &str, first: u8) -> Action;

/// The parent of documents.
pub(crate) const ROOT: u8 = 0;

/// What the walk comes upon. Indices are into the buffer of the call.
#[derive(Debug)]
pub(crate) enum Event {
    /// A captured value.
    Value(u8, usize, usize),
    /// A captured value that is longer than the limit.
    TooLong(Passed),
    /// The end of a descended container.
    Close(u8),
    /// No more can be told without more bytes; at the end of the source: all is done.
    Pause,
    /// The document is damaged, or ends early.
    Broken(Damage),
}

/// A damaged stretch of a document.
#[derive(Debug)]
pub(crate) struct Damage {
    /// Where it begins, or where what is still in the buffer of it begins.
    pub start: usize,
    /// Where it shows; from here on something sound may be looked for.
    pub seek: usize,
    /// What of it was given back already.
    pub passed: Option<Passed>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Expect {
    Value,
    ValueOrEnd,
    KeyOrEnd,
    Key,
    Colon,
    CommaOrEnd,
}

#[derive(Debug)]
struct Open {
    bounds: Bounds,
    action: Action,
    /// Where the value begins, while it is in the buffer.
    start: usize,
    /// What was given back of a value that is passed over or too long to be held.
    passed: Option<Passed>,
}

/// The walk.
#[derive(Debug)]
pub(crate) struct Walker {
    policy: Policy,
    stack: Vec<(u8, bool)>,
    expect: Expect,
    key: String,
    open: Option<Open>,
    at: usize,
    longest: usize,
}

impl Walker {
    /// Before the first document.
    pub(crate) fn new(policy: Policy, longest: usize) -> Self {
        Self { policy, stack: Vec::new(), expect: Expect::Value, key: String::new(), open: None, at: 0, longest }
    }

    /// Starts anew at `at`, after damage.
    pub(crate) fn restart(&mut self, at: usize) {
        *self = Self { at, ..Self::new(self.policy, self.longest) };
    }

    /// How many bytes of the buffer are done with; the next call's buffer begins after them.
    pub(crate) fn release(&mut self) -> usize {
        let keep = match &self.open {
            Some(open) if open.passed.is_none() => open.start,
            _ => self.at,
        };
        self.at -= keep;
        if let Some(open) = &mut self.open {
            open.start = open.start.saturating_sub(keep);
        }
        keep
    }

    /// Goes on to the next event. `base` is the absolute offset of the buffer's first byte.
    pub(crate) fn next(&mut self, buf: &[u8], eof: bool, base: u64) -> Event {
        loop {
            if let Some(open) = self.open.take() {
                match self.value(open, buf, eof, base) {
                    Some(event) => return event,
                    None => continue,
                }
            }
            while buf.get(self.at).is_some_and(|b| matches!(b, b' ' | b'\n' | b'\r' | b'\t')) {
                self.at += 1;
            }
            let Some(&byte) = buf.get(self.at) else {
                let whole = self.stack.is_empty() && self.expect == Expect::Value;
                return if eof && !whole { self.broken(self.at) } else { Event::Pause };
            };
            let (parent, in_object) = self.stack.last().copied().unwrap_or((ROOT, false));
            match (self.expect, byte) {
                (Expect::KeyOrEnd | Expect::CommaOrEnd, b'}') if in_object => return self.close(),
                (Expect::ValueOrEnd | Expect::CommaOrEnd, b']') if !in_object => return self.close(),
                (Expect::CommaOrEnd, b',') => {
                    self.at += 1;
                    self.expect = if in_object { Expect::Key } else { Expect::Value };
                }
                (Expect::Key | Expect::KeyOrEnd, b'"') => {
                    let mut bounds = Bounds::new();
                    match bounds.feed(buf, self.at) {
                        Found::End(end) if end - self.at <= self.longest => {
                            let raw = buf.get(self.at + 1..end - 1).unwrap_or_default();
                            self.key = String::from_utf8_lossy(raw).into_owned();
                            self.at = end;
                            self.expect = Expect::Colon;
                        }
                        Found::Broken(seek) if seek - self.at <= self.longest => return self.broken(seek),
                        Found::More if buf.len() - self.at <= self.longest => {
                            return if eof { self.broken(buf.len()) } else { Event::Pause };
                        }
                        _ => return self.broken(self.at + self.longest),
                    }
                }
                (Expect::Colon, b':') => {
                    self.at += 1;
                    self.expect = Expect::Value;
                }
                (Expect::Value | Expect::ValueOrEnd, _) => {
                    let key = if in_object { self.key.as_str() } else { "" };
                    match ((self.policy)(parent, key, byte), byte) {
                        (_, b',' | b':' | b'}' | b']') => return self.broken(self.at),
                        (Action::Descend(tag), b'{' | b'[') => {
                            self.at += 1;
                            self.stack.push((tag, byte == b'{'));
                            self.expect = if byte == b'{' { Expect::KeyOrEnd } else { Expect::ValueOrEnd };
                        }
                        (action, _) => {
                            let start = self.at;
                            self.open = Some(Open { bounds: Bounds::new(), action, start, passed: None });
                        }
                    }
                }
                _ => return self.broken(self.at),
            }
        }
    }

    fn close(&mut self) -> Event {
        self.at += 1;
        let tag = self.stack.pop().map_or(ROOT, |(tag, _)| tag);
        self.after_value();
        Event::Close(tag)
    }

    fn after_value(&mut self) {
        self.expect = if self.stack.is_empty() { Expect::Value } else { Expect::CommaOrEnd };
    }

    fn broken(&self, seek: usize) -> Event {
        Event::Broken(Damage { start: self.at, seek, passed: None })
    }

    /// Goes on with a value that is not descended into.
    fn value(&mut self, mut open: Open, buf: &[u8], eof: bool, base: u64) -> Option<Event> {
        let found = match open.bounds.feed(buf, self.at) {
            Found::More if eof && open.bounds.may_end() => Found::End(buf.len()),
            found => found,
        };
        let new = |open: &Open| Passed::new(base + open.start as u64);
        match found {
            Found::End(end) => {
                self.at = end;
                self.after_value();
                let Action::Capture(tag) = open.action else { return None };
                if end - open.start <= self.longest && open.passed.is_none() {
                    return Some(Event::Value(tag, open.start, end));
                }
                let mut passed = open.passed.take().unwrap_or_else(|| new(&open));
                passed.add(buf.get(open.start..end).unwrap_or_default());
                Some(Event::TooLong(passed))
            }
            Found::More if !eof => {
                self.at = buf.len();
                let held = matches!(open.action, Action::Capture(_)) && open.passed.is_none();
                if !held || buf.len() - open.start > self.longest {
                    let mut passed = open.passed.take().unwrap_or_else(|| new(&open));
                    passed.add(buf.get(open.start..).unwrap_or_default());
                    open.passed = Some(passed);
                    open.start = buf.len();
                }
                self.open = Some(open);
                Some(Event::Pause)
            }
            Found::Broken(seek) => Some(Event::Broken(Damage { start: open.start, seek, passed: open.passed })),
            Found::More => Some(Event::Broken(Damage { start: open.start, seek: buf.len(), passed: open.passed })),
        }
    }
}
