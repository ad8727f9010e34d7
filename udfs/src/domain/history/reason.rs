//! `stateChangeReason`: free text without a public list, compared without case, spaces and underscores.

use super::failure::{self, Failure};

/// What a tunnel's reason for a change says.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Reason {
    /// The peer no longer answered dead-peer detection.
    Dpd,
    /// The peer ended it.
    Remote,
    /// The gateway ended it.
    Local,
    /// The active instance changed: `GlobalStandby`, `GlobalStandbyChanged`, `StandbyChanged`, `Standby changed`.
    Standby,
    /// The status text of a failed negotiation.
    Ike(Failure),
    /// It speaks of BGP.
    Bgp,
    /// Nothing, or nothing known.
    Unknown,
}

/// Reads a reason. Total.
pub fn reason(text: &str) -> Reason {
    let mut normal = [0u8; 48];
    let mut length = 0;
    for byte in text.bytes().filter(|b| !matches!(b, b' ' | b'_' | b'-')) {
        // What is longer than all known reasons can only be a status text.
        if let Some(slot) = normal.get_mut(length) {
            *slot = byte.to_ascii_lowercase();
            length += 1;
        }
    }
    match normal.get(..length).unwrap_or_default() {
        b"remotelytriggered" => Reason::Remote,
        b"locallytriggered" => Reason::Local,
        n if n.starts_with(b"dpd") => Reason::Dpd,
        n if n.windows(7).any(|w| w == b"standby") => Reason::Standby,
        _ if failure::contains(text, "stopped responding") => Reason::Dpd,
        n => match failure::from_text(text).or_else(|| failure::from_squeezed(std::str::from_utf8(n).ok()?)) {
            Some(failure) => Reason::Ike(failure),
            None if failure::contains(text, "bgp") => Reason::Bgp,
            None => Reason::Unknown,
        },
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn known_reasons_in_any_spelling() {
        for (text, wanted) in [
            ("DPD timed out", Reason::Dpd),
            ("DPDTimedOut", Reason::Dpd),
            ("RemotelyTriggered", Reason::Remote),
            ("locally_triggered", Reason::Local),
            ("GlobalStandby", Reason::Standby),
            ("GlobalStandbyChanged", Reason::Standby),
            ("Standby changed", Reason::Standby),
            ("Policy match error", Reason::Ike(Failure::PolicyMismatch)),
            ("IKE authentication credentials are unacceptable", Reason::Ike(Failure::Authentication)),
            ("Negotiation timed out", Reason::Ike(Failure::TimedOut)),
            ("Main mode SA assumed to be invalid because peer stopped responding", Reason::Dpd),
            ("BGP session lost", Reason::Bgp),
            ("PolicyMatchError", Reason::Ike(Failure::PolicyMismatch)),
            ("13801", Reason::Ike(Failure::Authentication)),
            ("Error 13868", Reason::Ike(Failure::PolicyMismatch)),
            ("Error 4", Reason::Unknown),
            ("", Reason::Unknown),
            ("Something new that nobody has ever seen, and longer than any reason known so far", Reason::Unknown),
        ] {
            assert_eq!(reason(text), wanted, "{text}");
        }
    }
}
