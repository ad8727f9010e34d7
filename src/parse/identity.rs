//! The identity of a record: a 64-bit hash of everything but its time. NORMATIVE: archives store it, so it never changes.
//!
//! Let `h(text, seed)` be XXH3 (64 bits) of the text's UTF-8 bytes with that seed.
//!
//! * `R` = the resource id, ASCII upper case, without trailing `/`; `C` = the category's table name, or for
//!   [`Category::Other`] the category name as logged in ASCII upper case; `O` = the operation as it is.
//! * Properties are flattened to leaves: names of nested objects joined with `_`, the whole path in ASCII lower case. A
//!   leaf is worth `h(value, h(path, 4))`, where the value is a string's unescaped text, a number's raw text without a
//!   trailing `.0`, `true` or `false`, or an array's raw text without white space that means nothing. `null` and the empty
//!   string are worth 0. An object whose own path is longer than 1024 bytes counts as a leaf, like an array. Of leaves with the same path the last counts.
//! * In a Log Analytics row the path is the column name without its type suffix, so the same event has the same hash
//!   whichever way it was exported. Columns without a type suffix are no properties, except `Message`.
//! * A line of `IkeLogs.txt` without a time of its own has one leaf more: path `#line`, value its ordinal in decimal, since
//!   equal lines are then different events.
//! * `hash = mix(h(R,1) ^ rotl(h(C,2),21) ^ rotl(h(O,3),42), wrapping sum of the leaves)`, see [`mix`].

use super::json::{Scanner, Value, inner};
use super::text::{compact_into, plain, unescape_into};
use crate::model::Category;
use std::collections::HashSet;
use twox_hash::XxHash3_64;

/// XXH3 of `text` with `seed`.
#[inline]
pub(crate) fn h(text: &str, seed: u64) -> u64 {
    XxHash3_64::oneshot_with_seed(seed, text.as_bytes())
}

/// Hash of a leaf's path, which must be in ASCII lower case.
#[inline]
pub(crate) fn path(lower: &str) -> u64 {
    h(lower, 4)
}

/// What a leaf with this text is worth.
#[inline]
pub(crate) fn worth(text: &str, path: u64) -> u64 {
    if text.is_empty() { 0 } else { h(text, path) }
}

/// The final step: sum and base through the avalanche of XXH64.
#[inline]
pub(crate) fn mix(base: u64, leaves: u64) -> u64 {
    let mut x = base.wrapping_add(leaves.wrapping_mul(0x9e37_79b1_85eb_ca87));
    x ^= x >> 33;
    x = x.wrapping_mul(0xc2b2_ae3d_27d4_eb4f);
    x ^= x >> 29;
    x = x.wrapping_mul(0x1656_67b1_9e37_79f9);
    x ^ (x >> 32)
}

/// Hashes resource, category and operation, remembering the last of each: neighbours mostly share them.
#[derive(Debug, Default)]
pub(crate) struct Base {
    resource: Memo,
    category: Memo,
    operation: Memo,
    upper: String,
}

#[derive(Debug, Default)]
struct Memo {
    text: String,
    hash: Option<u64>,
}

impl Memo {
    #[inline]
    fn get(&mut self, text: &str, compute: impl FnOnce(&str) -> u64) -> u64 {
        match self.hash {
            Some(hash) if self.text == text => hash,
            _ => {
                let hash = compute(text);
                self.text.clear();
                self.text.push_str(text);
                self.hash = Some(hash);
                hash
            }
        }
    }
}

impl Base {
    /// The part of the hash that is not properties.
    pub(crate) fn get(&mut self, resource: &str, category: Category, category_name: &str, operation: &str) -> u64 {
        let upper = &mut self.upper;
        let mut upper_hash = |text: &str, seed| {
            upper.clear();
            upper.push_str(text);
            upper.make_ascii_uppercase();
            h(upper, seed)
        };
        let r = self.resource.get(resource, |id| upper_hash(id.trim_end_matches('/'), 1));
        let c = match category {
            Category::Other => upper_hash(category_name, 2),
            known => self.category.get(known.table(), |name| h(name, 2)),
        };
        let o = self.operation.get(operation, |name| h(name, 3));
        r ^ c.rotate_left(21) ^ o.rotate_left(42)
    }
}

/// A set of path hashes that is quick while it is small and not quadratic when it is not.
#[derive(Debug, Default)]
pub(crate) struct PathSet {
    few: Vec<u64>,
    many: HashSet<u64>,
}

impl PathSet {
    const FEW: usize = 48;

    /// Forgets all.
    pub(crate) fn clear(&mut self) {
        self.few.clear();
        if !self.many.is_empty() {
            self.many = HashSet::new();
        }
    }

    /// Whether it is there.
    #[inline]
    pub(crate) fn contains(&self, path: u64) -> bool {
        self.few.contains(&path) || (!self.many.is_empty() && self.many.contains(&path))
    }

    /// Adds it; `false` when it was there already.
    #[inline]
    pub(crate) fn insert(&mut self, path: u64) -> bool {
        if self.contains(path) {
            return false;
        }
        if self.few.len() < Self::FEW {
            self.few.push(path);
        } else {
            self.many.insert(path);
        }
        true
    }
}

/// Longer paths are not descended into, or a hostile key would be hashed again for each leaf below it.
const LONGEST_PATH: usize = 1024;

/// Collects the leaves of one record.
#[derive(Debug, Default)]
pub(crate) struct Leaves {
    found: Vec<(u64, u64)>,
    seen: PathSet,
    path: String,
    scratch: String,
}

impl Leaves {
    /// Starts a new record.
    pub(crate) fn clear(&mut self) {
        self.found.clear();
    }

    /// A leaf whose text is known.
    #[inline]
    pub(crate) fn text(&mut self, path: u64, text: &str) {
        self.found.push((path, worth(text, path)));
    }

    /// A property with any value. `name` is the raw inner text of its key (for the paths below an object).
    pub(crate) fn value(&mut self, path_hash: u64, name: &str, value: Value<'_>) {
        match value {
            Value::Object(raw) => {
                self.path.clear();
                unescape_into(&mut self.path, name);
                self.path.make_ascii_lowercase();
                if self.path.len() <= LONGEST_PATH {
                    self.object(raw)
                } else {
                    self.scalar(path_hash, Value::Array(raw))
                }
            }
            other => self.scalar(path_hash, other),
        }
    }

    fn scalar(&mut self, path_hash: u64, value: Value<'_>) {
        let worth = match value {
            Value::Null | Value::Object(_) => 0,
            Value::Bool(true) => h("true", path_hash),
            Value::Bool(false) => h("false", path_hash),
            Value::Number(raw) => h(raw.strip_suffix(".0").unwrap_or(raw), path_hash),
            Value::Plain("") | Value::Text("\"\"") => 0,
            Value::Plain(text) => h(text, path_hash),
            Value::Text(quoted) => h(inner(quoted), path_hash),
            Value::Escaped(quoted) => h(plain(quoted, &mut self.scratch), path_hash),
            Value::Array(raw) => {
                self.scratch.clear();
                compact_into(&mut self.scratch, raw);
                h(&self.scratch, path_hash)
            }
        };
        self.found.push((path_hash, worth));
    }

    /// The leaves of an object whose path is in `self.path`. Each byte is read once for finding the members of its own
    /// level and the levels above, at most [`super::json::MAX_DEPTH`] times; real configurations nest three deep.
    fn object(&mut self, raw: &str) {
        let mut scanner = Scanner::new(raw);
        let mut more = scanner.open(b'{', b'}');
        let parent = self.path.len();
        while let Ok(true) = more {
            // The text was checked before; should it fail here, the leaves end, which is the same for equal text.
            let Ok(key) = scanner.key() else { return };
            let Ok(value) = scanner.value(0) else { return };
            self.path.push('_');
            unescape_into(&mut self.path, key);
            self.path.get_mut(parent..).unwrap_or_default().make_ascii_lowercase();
            match value {
                Value::Object(nested) if self.path.len() <= LONGEST_PATH => self.object(nested),
                Value::Object(nested) => self.scalar(path(&self.path), Value::Array(nested)),
                scalar => self.scalar(path(&self.path), scalar),
            }
            self.path.truncate(parent);
            more = scanner.more(b'}');
        }
    }

    /// The wrapping sum of the leaves, of equal paths only the last.
    pub(crate) fn sum(&mut self) -> u64 {
        self.seen.clear();
        let mut sum = 0u64;
        for &(path, worth) in self.found.iter().rev() {
            if self.seen.insert(path) {
                sum = sum.wrapping_add(worth);
            }
        }
        sum
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn leaves(json: &str) -> u64 {
        let mut leaves = Leaves::default();
        leaves.value(path("p"), "P", Value::Object(json));
        leaves.sum()
    }

    #[test]
    fn order_white_space_and_case_of_keys_do_not_matter() {
        let one = leaves("{\"a\":1,\"B\":{\"c\":\"x\",\"d\":[1, 2]},\"n\":null,\"e\":\"\"}");
        for same in [
            "{\"b\":{\"d\":[ 1,2 ],\"C\":\"\\u0078\"},\"A\":1.0}",
            "{ \"b_c\" : \"x\", \"a\":\"1\", \"b_d\":\"[1,2]\" }",
            "{\"a\":7,\"b\":{\"c\":\"x\",\"d\":[1,2]},\"a\":1}",
        ] {
            assert_eq!(leaves(same), one, "{same}");
        }
        for other in [
            "{}",
            "{\"a\":1}",
            "{\"a\":2,\"B\":{\"c\":\"x\",\"d\":[1,2]}}",
            "{\"a\":\"x\",\"B\":{\"c\":1,\"d\":[1,2]}}",
        ] {
            assert_ne!(leaves(other), one, "{other}");
        }
    }

    /// Values written down once; a change of them would make archives disagree with themselves.
    #[test]
    fn golden() {
        let mut base = Base::default();
        let b = base.get("/subscriptions/s/gw/", Category::Ike, "IKEDiagnosticLog", "IKELogEvent");
        assert_eq!(b, base.get("/SUBSCRIPTIONS/S/GW", Category::Ike, "", "IKELogEvent"));
        let mut found = Leaves::default();
        found.text(path("message"), "hello");
        found.value(
            path("configuration"),
            "configuration",
            Value::Object("{\"GatewaySku\":\"VpnGw1\",\"Bgp\":{\"Asn\":65515}}"),
        );
        assert_eq!(path("message"), GOLDEN[0]);
        assert_eq!(b, GOLDEN[1]);
        assert_eq!(found.sum(), GOLDEN[2]);
        assert_eq!(mix(b, found.sum()), GOLDEN[3]);
        assert_eq!(base.get("", Category::Other, "AuditEvent", ""), GOLDEN[4]);
        assert_eq!(mix(0, 0), 0);
        // Long texts take another path through XXH3; this value is the reference implementation's.
        assert_eq!(h(&"hello".repeat(80), path("message")), 15_734_782_793_635_590_720);
    }

    const GOLDEN: [u64; 5] = [
        12_918_154_372_966_546_596,
        6_360_866_421_675_146_964,
        5_392_171_416_511_890_894,
        11_019_082_136_159_203_209,
        6_064_766_480_573_282_848,
    ];

    #[test]
    fn many_leaves_are_not_quadratic_and_dedupe() {
        let mut many = Leaves::default();
        for round in 0..2 {
            for i in 0..100_000u64 {
                many.text(i, if round == 0 { "old" } else { "new" });
            }
        }
        let sum = many.sum();
        many.clear();
        (0..100_000u64).for_each(|i| many.text(i, "new"));
        assert_eq!(many.sum(), sum);
    }
}
