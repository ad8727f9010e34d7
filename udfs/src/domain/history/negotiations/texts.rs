//! Texts that come again and again, each kept once and known by a number.

use std::hash::BuildHasher;

use hashbrown::hash_table::Entry as Place;
use hashbrown::{DefaultHashBuilder, HashMap, HashTable};

use super::Failure;
use super::failure;

/// A text of [`Texts`]; as everywhere, an empty one is one that the log does not have.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default)]
pub(super) struct Text(u32);

impl Text {
    /// The empty text.
    pub(super) const NONE: Self = Self(0);

    /// Whether it is not [`Text::NONE`].
    pub(super) fn is_some(self) -> bool {
        self != Self::NONE
    }
}

/// A text's number, and half of its hash: growing the table reads no text again.
#[derive(Debug, Clone, Copy)]
struct Entry {
    text: u32,
    hash: u32,
}

impl Entry {
    /// Tables take the place from the low bits, and tell neighbours apart by the high ones.
    fn spread(hash: u32) -> u64 {
        u64::from(hash) << 32 | u64::from(hash)
    }
}

/// The texts.
#[derive(Debug, Clone, Default)]
pub(super) struct Texts {
    /// One after another.
    all: String,
    /// Where each ends, from number 1 on.
    ends: Vec<usize>,
    known: HashTable<Entry>,
    hasher: DefaultHashBuilder,
    /// What texts say of failures: reading one takes much longer than knowing it again.
    failures: HashMap<Text, Option<Failure>>,
}

fn get<'a>(all: &'a str, ends: &[usize], n: u32) -> &'a str {
    let end_of = |n: Option<usize>| n.and_then(|n| ends.get(n)).copied().unwrap_or(0);
    let n = n as usize;
    all.get(end_of(n.checked_sub(2))..end_of(n.checked_sub(1))).unwrap_or_default()
}

impl Texts {
    /// The number of a text.
    pub(super) fn keep(&mut self, text: &str) -> Text {
        if text.is_empty() {
            return Text::NONE;
        }
        let Self { all, ends, known, hasher, .. } = self;
        let hash = hasher.hash_one(text) as u32;
        let place = known.entry(
            Entry::spread(hash),
            |known| known.hash == hash && get(all, ends, known.text) == text,
            |known| Entry::spread(known.hash),
        );
        match place {
            Place::Occupied(known) => Text(known.get().text),
            // Four thousand million texts do not fit into memory.
            Place::Vacant(free) => u32::try_from(ends.len() + 1).map_or(Text::NONE, |number| {
                free.insert(Entry { text: number, hash });
                all.push_str(text);
                ends.push(all.len());
                Text(number)
            }),
        }
    }

    /// Makes room for about as many texts as others are.
    fn reserve(&mut self, others: &Self) {
        self.all.reserve(others.all.len());
        self.ends.reserve(others.ends.len());
        self.known.reserve(others.known.len(), |known| Entry::spread(known.hash));
    }

    /// The text of a number.
    pub(super) fn get(&self, text: Text) -> &str {
        get(&self.all, &self.ends, text.0)
    }

    /// Whether a text is to take a known one's place: of several the least, since rows come in any order.
    pub(super) fn is_less(&self, text: &str, known: Text) -> bool {
        !text.is_empty() && (!known.is_some() || text < self.get(known))
    }

    /// What a text says of a failure.
    pub(super) fn failure(&mut self, text: &str) -> Option<Failure> {
        if text.is_empty() {
            return None;
        }
        let key = self.keep(text);
        *self.failures.entry(key).or_insert_with(|| failure::from_text(text))
    }

    /// About how much memory it takes.
    pub(super) fn bytes(&self) -> usize {
        let numbers = self.ends.capacity() * size_of::<usize>() + self.known.capacity() * (size_of::<Entry>() + 1);
        self.all.capacity() + numbers + self.failures.capacity() * 8
    }
}

/// Numbers of other texts as numbers of these, each looked up once.
pub(super) struct Moved<'a> {
    from: &'a Texts,
    to: &'a mut Texts,
    numbers: Vec<Text>,
}

impl<'a> Moved<'a> {
    pub(super) fn new(from: &'a Texts, to: &'a mut Texts) -> Self {
        to.reserve(from);
        let numbers = vec![Text::NONE; from.ends.len() + 1];
        Self { from, to, numbers }
    }

    /// The same text's number there.
    pub(super) fn number(&mut self, text: Text) -> Text {
        let Some(known) = self.numbers.get_mut(text.0 as usize) else { return Text::NONE };
        if text.is_some() && !known.is_some() {
            *known = self.to.keep(self.from.get(text));
        }
        *known
    }
}
