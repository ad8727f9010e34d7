//! How a negotiation fails: the classes that matter to an engineer, from Windows' codes or from their texts.

/// The `[IkeEvent]` of an SA that is taken down.
pub const SA_DELETE: &str = "SA_DELETE";

/// A class of failures.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Failure {
    /// Pre-shared key, certificate or identity do not match (13801, 13826).
    Authentication,
    /// No proposal fits (13868, 13822, 13825).
    PolicyMismatch,
    /// No traffic selector fits (13999).
    Selectors,
    /// The peer did not answer (13805, 1460).
    TimedOut,
    /// Something else failed.
    Other,
}

impl Failure {
    /// The outcome of a negotiation that ends so.
    pub fn outcome(self) -> &'static str {
        match self {
            Self::Authentication => "authentication_failed",
            Self::PolicyMismatch => "policy_mismatch",
            Self::Selectors => "selectors_unacceptable",
            Self::TimedOut => "timed_out",
            Self::Other => "other",
        }
    }
}

/// Codes that say that an SA came to its end, not that a negotiation failed: deleted by the peer before it stood, lifetime
/// over or deleted by the peer, peer no longer answers.
const ENDS: [i64; 3] = [13807, 13885, 13886];

/// Whether the code means that an SA ended.
pub fn is_end(code: i64) -> bool {
    ENDS.contains(&code)
}

/// The class of a Windows IKE error code; `None` for 0 and for codes that only mean that an SA ended.
///
/// Source: Windows system error codes 13000 to 13999; DPD is [`is_end`], since the SA stood until then.
pub fn from_code(code: i64) -> Option<Failure> {
    match code {
        0 => None,
        13801 | 13826 => Some(Failure::Authentication),
        13822 | 13825 | 13868 => Some(Failure::PolicyMismatch),
        13999 => Some(Failure::Selectors),
        1460 | 13805 => Some(Failure::TimedOut),
        code if is_end(code) => None,
        _ => Some(Failure::Other),
    }
}

/// Lower-case phrases and what they mean; the first that is found counts.
const PHRASES: [(&str, Option<Failure>); 14] = [
    ("lifetime expired", None),
    ("main mode delete", None),
    ("stopped responding", None),
    ("dpd", None),
    ("deleted by peer", None),
    ("traffic selector", Some(Failure::Selectors)),
    ("ts_unacceptable", Some(Failure::Selectors)),
    ("policy match error", Some(Failure::PolicyMismatch)),
    ("policy mismatch", Some(Failure::PolicyMismatch)),
    ("no proposal chosen", Some(Failure::PolicyMismatch)),
    ("credentials are unacceptable", Some(Failure::Authentication)),
    ("authentication failed", Some(Failure::Authentication)),
    ("timed out", Some(Failure::TimedOut)),
    ("timeout", Some(Failure::TimedOut)),
];

/// The class of a status text or a notify; `None` when it tells of no failure that is known.
///
/// The texts are an open set, Windows' own message texts: an unknown one is not a failure of some class.
pub fn from_text(text: &str) -> Option<Failure> {
    PHRASES.iter().find(|(phrase, _)| contains(text, phrase)).and_then(|(_, failure)| *failure)
}

/// The same of a text without spaces, underscores and hyphens, in lower case, or of a Windows code that stands in it.
pub fn from_squeezed(text: &str) -> Option<Failure> {
    let squeezed = |phrase: &str| phrase.replace([' ', '_', '-'], "");
    let by_code = || {
        let digits = text.trim_start_matches(|c: char| !c.is_ascii_digit());
        from_code(digits.parse().ok()?).filter(|failure| *failure != Failure::Other)
    };
    let by_text = PHRASES.iter().find(|(phrase, _)| text.contains(&squeezed(phrase)));
    by_text.map_or_else(by_code, |(_, failure)| *failure)
}

/// Whether a status text says that an SA ended, and not that a negotiation failed.
pub fn text_is_end(text: &str) -> bool {
    PHRASES.iter().any(|(phrase, failure)| failure.is_none() && contains(text, phrase))
}

/// Whether `text` has `phrase` (which is in lower case) in it, in any case.
pub(super) fn contains(text: &str, phrase: &str) -> bool {
    let (text, phrase) = (text.as_bytes(), phrase.as_bytes());
    let Some(first) = phrase.first() else { return true };
    let Some(last_start) = text.len().checked_sub(phrase.len()) else { return false };
    // Few places begin with the phrase's first letter.
    let mut starts = memchr::memchr2_iter(*first, first.to_ascii_uppercase(), &text[..=last_start]);
    starts.any(|at| text[at..at + phrase.len()].eq_ignore_ascii_case(phrase))
}

/// The class of a telling row; codes say more than texts. `None` for rows that tell of no failure.
pub fn of(event: &str, code: Option<i64>, close_status: &str, notify: &str) -> Option<Failure> {
    read(event, code, [close_status, notify], from_text)
}

/// The same of texts that `from_text` reads.
pub(super) fn read(
    event: &str,
    code: Option<i64>,
    texts: [&str; 2],
    from_text: impl FnMut(&str) -> Option<Failure>,
) -> Option<Failure> {
    if event == SA_DELETE {
        return None;
    }
    let by_code = code.and_then(from_code);
    if by_code.is_some_and(|failure| failure != Failure::Other) {
        return by_code;
    }
    texts.into_iter().find_map(from_text).or(by_code)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn codes_and_texts() {
        for (code, text, wanted) in [
            (Some(13801), "", Some(Failure::Authentication)),
            (Some(13868), "", Some(Failure::PolicyMismatch)),
            (Some(13999), "", Some(Failure::Selectors)),
            (Some(1460), "", Some(Failure::TimedOut)),
            (Some(13843), "", Some(Failure::Other)),
            (Some(13885), "Main mode SA lifetime expired or peer sent a main mode delete.", None),
            (Some(13886), "", None),
            (None, "IKE authentication credentials are unacceptable", Some(Failure::Authentication)),
            (None, "Policy match error", Some(Failure::PolicyMismatch)),
            (None, "POLICY MISMATCH", Some(Failure::PolicyMismatch)),
            (None, "Traffic selectors unacceptable", Some(Failure::Selectors)),
            (None, "Negotiation timed out", Some(Failure::TimedOut)),
            (None, "DPD timed out", None),
            (None, "RemotelyTriggered", None),
            (Some(13843), "Policy match error", Some(Failure::PolicyMismatch)),
            (None, "", None),
            (Some(0), "", None),
        ] {
            assert_eq!(of("", code, text, ""), wanted, "{code:?} {text}");
            assert_eq!(of("", code, "", text), wanted, "{code:?} {text}");
        }
        assert_eq!(of(SA_DELETE, Some(13801), "", ""), None);
    }
}
