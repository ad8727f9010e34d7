//! What the error codes and status texts of IKE logs mean, and what to do about them.
//!
//! The gateways print Windows codes: their names and texts are those of `winerror.h` (Microsoft, System Error Codes
//! 12000-15999). Causes and checks are from Microsoft's VPN gateway articles (Network Watcher VPN troubleshooting
//! overview, "Troubleshoot Azure VPN Gateway using diagnostic logs", tunnel-cannot-connect article of 2026).

use super::scan::error_code;

/// A code with its facts.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ErrorFact {
    /// The Windows code, decimal.
    pub code: u32,
    /// Its symbolic name; `None` where Windows publishes none.
    pub name: Option<&'static str>,
    /// What it says.
    pub meaning: &'static str,
    /// What is usually behind it.
    pub usual_cause: &'static str,
    /// What to look at.
    pub what_to_check: &'static str,
    /// Where to look first: `peer` (the device on premises), `azure` (the gateway and its connection), `both`, or
    /// `path` (the network between them).
    pub side: &'static str,
    /// Texts that stand for it in logs, in lower case, without what [`plain`] takes away.
    texts: &'static [&'static str],
}

macro_rules! facts {
    ($($code:literal $name:expr, $side:literal, $meaning:literal, $cause:literal, $check:literal, [$($text:literal),*];)*) => {
        /// Every code that the function knows.
        pub const ERRORS: &[ErrorFact] = &[$(ErrorFact {
            code: $code, name: $name, meaning: $meaning, usual_cause: $cause, what_to_check: $check, side: $side,
            texts: &[$($text),*],
        },)*];
    };
}

facts! {
    1460 Some("ERROR_TIMEOUT"), "path", "The operation returned because the timeout period expired.",
        "The peer did not answer in time.",
        "Whether the peer is up and UDP 500 and 4500 pass in both directions.",
        ["timeoutperiodexpired", "errortimeout"];
    13801 Some("ERROR_IPSEC_IKE_AUTH_FAIL"), "both", "IKE authentication credentials are unacceptable.",
        "The pre-shared keys of the two sides differ, or the peer's certificate is not accepted.",
        "The shared key of the connection and of the device, character by character; certificates and their chain; the peer's identity.",
        ["ikeauthenticationcredentialsareunacceptable", "authenticationfailed", "pskauthverificationfailed"];
    13802 Some("ERROR_IPSEC_IKE_ATTRIB_FAIL"), "both", "IKE security attributes are unacceptable.",
        "The two sides' security attributes do not fit.",
        "The IPsec/IKE policy of the connection and the proposals of the device.",
        ["ikesecurityattributesareunacceptable"];
    13805 Some("ERROR_IPSEC_IKE_TIMED_OUT"), "path", "Negotiation timed out.",
        "The peer does not answer: it is down, unreachable, or something between drops UDP 500 or 4500.",
        "The peer's address in the local network gateway, the device's log, firewalls and address translation on the path.",
        ["negotiationtimedout"];
    13806 Some("ERROR_IPSEC_IKE_NO_CERT"), "both", "IKE failed to find a valid machine certificate.",
        "Certificate authentication is configured and no valid certificate is there.",
        "The certificates of the connection and of the device, and when they expire.",
        ["ikefailedtofindvalidmachinecertificate"];
    13807 Some("ERROR_IPSEC_IKE_SA_DELETED"), "peer", "IKE SA deleted by peer before establishment completed.",
        "The peer gave up: it did not accept a later message, or was reset or reconfigured.",
        "The device's log at that time.",
        ["ikesadeletedbypeerbeforeestablishmentcompleted"];
    13808 Some("ERROR_IPSEC_IKE_SA_REAPED"), "azure", "IKE SA deleted before establishment completed.",
        "The gateway cleaned up a negotiation that did not come to its end.",
        "The earlier messages of the session: which one stayed without an answer.",
        ["ikesadeletedbeforeestablishmentcompleted"];
    13813 Some("ERROR_IPSEC_IKE_DROP_NO_RESPONSE"), "path", "No response from peer.",
        "The peer does not answer: it is down, unreachable, or something between drops UDP 500 or 4500.",
        "The peer's address in the local network gateway, the device's log, firewalls and address translation on the path.",
        ["noresponsefrompeer"];
    13816 Some("ERROR_IPSEC_IKE_ERROR"), "both", "Unknown error occurred.",
        "Windows gives no reason.",
        "The other messages of the session and the device's log.",
        ["unknownerroroccurred"];
    13822 Some("ERROR_IPSEC_IKE_DH_FAIL"), "both", "Failure in Diffie-Hellman computation.",
        "The two sides use different Diffie-Hellman or PFS groups.",
        "The DH group and the PFS group on both sides.",
        ["failureindiffiehellmancomputation"];
    13824 Some("ERROR_IPSEC_IKE_INVALID_HEADER"), "peer", "Invalid header.",
        "A packet that is no proper IKE, or was damaged or fragmented on its way.",
        "The device's IKE version and firmware, fragmentation and MTU on the path.",
        ["invalidheader"];
    13825 Some("ERROR_IPSEC_IKE_NO_POLICY"), "azure", "No policy configured.",
        "The gateway has no connection for this peer.",
        "Whether a connection with the peer's address exists on the gateway, and its IKE version.",
        ["nopolicyconfigured"];
    13826 Some("ERROR_IPSEC_IKE_INVALID_SIGNATURE"), "both", "Failed to verify signature.",
        "The pre-shared keys of the two sides differ.",
        "The shared key of the connection and of the device, character by character.",
        ["failedtoverifysignature"];
    13834 Some("ERROR_IPSEC_IKE_PROCESS_ERR_ID"), "peer", "Error processing ID payload.",
        "The peer names itself in a way that the gateway does not expect; often address translation before the device.",
        "The device's local identity (it should be its public address) and the address in the local network gateway.",
        ["errorprocessingidpayload"];
    13840 Some("ERROR_IPSEC_IKE_PROCESS_ERR_NOTIFY"), "both", "Error processing Notify payload.",
        "The peer sent a notification that refuses something, often a lifetime.",
        "SA lifetimes on both sides, and the notify message just before.",
        ["errorprocessingnotifypayload", "processinglifetimechangeqmnotify"];
    13843 Some("ERROR_IPSEC_IKE_INVALID_PAYLOAD"), "peer", "Invalid payload received.",
        "The peer sent something that the gateway cannot read; often proposals or selectors that do not fit.",
        "IKE version, proposals and traffic selectors of the device. Alone and without a disconnect it is harmless.",
        ["invalidpayloadreceived"];
    13846 Some("ERROR_IPSEC_IKE_INVALID_COOKIE"), "peer", "Invalid cookie received.",
        "The peer still uses an SA that the gateway no longer knows, for example after a failover or reset.",
        "Dead-peer detection on the device, so that it notices and negotiates anew.",
        ["invalidcookiereceived"];
    13864 Some("ERROR_IPSEC_IKE_DH_FAILURE"), "both", "Diffie-Hellman failure.",
        "The two sides use different Diffie-Hellman or PFS groups.",
        "The DH group and the PFS group on both sides.",
        ["diffiehellmanfailure"];
    13865 Some("ERROR_IPSEC_IKE_INVALID_GROUP"), "both", "Invalid Diffie-Hellman group.",
        "The peer offers a Diffie-Hellman group that the gateway does not take.",
        "The DH group and the PFS group on both sides.",
        ["invaliddiffiehellmangroup"];
    13868 Some("ERROR_IPSEC_IKE_POLICY_MATCH"), "both", "Policy match error.",
        "No proposal of one side is acceptable to the other: encryption, integrity, DH or PFS group differ.",
        "Compare the offered and the received proposals (ike_proposal_diff); a custom IPsec/IKE policy must be the same on both sides.",
        ["policymatcherror", "policymismatch", "noproposalchosen"];
    13880 Some("ERROR_IPSEC_IKE_INVALID_MAJOR_VERSION"), "both", "The recipient cannot handle the version of IKE specified in the header.",
        "One side speaks IKEv1 and the other IKEv2.",
        "The IKE version of the connection (policy-based gateways: IKEv1 only) and of the device.",
        ["cannothandleversionofikespecifiedintheheader"];
    13884 Some("ERROR_IPSEC_IKE_QM_LIMIT"), "both", "Reached maximum quick mode limit for the main mode. New main mode will be started.",
        "The peer negotiates quick modes too often under one main mode.",
        "Quick-mode lifetimes and the number of traffic selectors on both sides.",
        ["reachedmaximumquickmodelimitforthemainmode"];
    13885 Some("ERROR_IPSEC_IKE_MM_EXPIRED"), "peer", "Main mode SA lifetime expired or peer sent a main mode delete.",
        "An ordinary rekey, or the peer closed the tunnel on purpose (reset, reconfiguration, idle timeout).",
        "Whether a new negotiation followed at once; else the device's log at that time, its idle timeout and lifetimes.",
        ["mainmodesalifetimeexpiredorpeersentamainmodedelete"];
    13886 Some("ERROR_IPSEC_IKE_PEER_MM_ASSUMED_INVALID"), "path", "Main mode SA assumed to be invalid because peer stopped responding.",
        "Dead-peer detection: the peer did not answer for the DPD timeout (default 45 s).",
        "The peer's uplink and load, UDP 500 and 4500 on the path, and the DPD timeouts on both sides.",
        ["mainmodesaassumedtobeinvalidbecausepeerstoppedresponding", "dpdtimedout"];
    13999 None, "both", "Traffic selectors are unacceptable.",
        "The two sides want different networks in the tunnel.",
        "Address spaces of virtual network and local network gateway, the device's networks, and policy-based traffic selectors (ike_traffic_selectors).",
        ["trafficselectorsunacceptable", "trafficselectorsareunacceptable", "tsunacceptable"];
}

/// What [`error`] found: a code, and its facts when they are known.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct FoundError {
    /// The Windows code; HRESULTs of facility Win32 are unwrapped.
    pub code: u32,
    /// `None` for a code that is not in [`ERRORS`].
    pub fact: Option<&'static ErrorFact>,
}

/// The error that a text stands for: a decimal or hexadecimal code, an HRESULT (also as a negative decimal),
/// `13843(NAME)`, a symbolic name, a status text, or a whole IKE message that has one of these. Case does not matter.
/// `None` when the text stands for none.
pub fn error(text: &str) -> Option<FoundError> {
    let text = text.trim();
    let of_code = |code| FoundError { code, fact: ERRORS.iter().find(|fact| fact.code == code) };
    // A number alone, or one that a name in parentheses follows.
    let number = text.split('(').next().unwrap_or_default().trim_end();
    if number.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'-')
        && let Some(code) = error_code(number.as_bytes(), 0)
    {
        return Some(of_code(code));
    }
    let message = super::parse(text);
    if let Some(code) = message.error_code {
        return Some(of_code(code));
    }
    if let Some(fact) = by_name(text) {
        return Some(FoundError { code: fact.code, fact: Some(fact) });
    }
    let said = message.close_status.or(message.notify).or(message.error_message).unwrap_or(text);
    by_text(said).map(|fact| FoundError { code: fact.code, fact: Some(fact) })
}

/// The fact whose symbolic name stands in the text as a word of its own.
fn by_name(text: &str) -> Option<&'static ErrorFact> {
    text.split(|c: char| !c.is_ascii_alphanumeric() && c != '_')
        .find_map(|word| ERRORS.iter().find(|fact| fact.name.is_some_and(|name| name.eq_ignore_ascii_case(word))))
}

/// The fact one of whose texts stands in `text`; of several the longest.
fn by_text(text: &str) -> Option<&'static ErrorFact> {
    let text = plain(text);
    ERRORS
        .iter()
        .flat_map(|fact| fact.texts.iter().map(move |known| (known.len(), *known, fact)))
        .filter(|(_, known, _)| text.contains(known))
        .max_by_key(|(length, ..)| *length)
        .map(|(.., fact)| fact)
}

/// Lower case without spaces, underscores and hyphens, which differ from one log to another.
fn plain(text: &str) -> String {
    let seen = text.chars().filter(|c| !c.is_ascii_whitespace() && !matches!(c, '_' | '-'));
    seen.map(|c| c.to_ascii_lowercase()).collect()
}

#[cfg(test)]
mod tests {
    use super::super::golden::STRUCTURED;
    use super::*;

    fn code(text: &str) -> Option<u32> {
        error(text).map(|found| found.code)
    }

    #[test]
    fn whichever_way_it_is_printed() {
        for (text, wanted) in [
            ("13801", Some(13801)),
            (" 13801 ", Some(13801)),
            ("0x35E9", Some(13801)),
            ("0x000035e9", Some(13801)),
            ("0x80073613", Some(13843)),
            ("-2147011053", Some(13843)),
            ("13843(ERROR_IPSEC_IKE_INVALID_PAYLOAD)", Some(13843)),
            ("error_ipsec_ike_policy_match", Some(13868)),
            ("ERROR_IPSEC_IKE_TIMED_OUT / 0x000035ed", Some(13805)),
            ("Policy match error", Some(13868)),
            ("POLICY  MATCH ERROR.", Some(13868)),
            ("Policy Mismatch", Some(13868)),
            ("IKE authentication credentials are unacceptable", Some(13801)),
            ("Authentication failed", Some(13801)),
            ("DPD timed out", Some(13886)),
            ("DPDTimedOut", Some(13886)),
            ("dpd_timed_out", Some(13886)),
            ("Negotiation timed out", Some(13805)),
            ("IkeCleanupQMNegotiation called with error 13868 and flags a", Some(13868)),
            ("[LOCAL_MSG] IKE Tunnel closed for tunnelId 0x3 with status Policy match error", Some(13868)),
            ("[SEND][NOTIFY] Sending Notify Message - Policy Mismatch", Some(13868)),
            (STRUCTURED, Some(13885)),
            ("99999", Some(99999)),
            ("", None),
            ("hello", None),
            ("0x", None),
            ("tunnelId 0x5b4", None),
            ("RemotelyTriggered", None),
            ("\u{e9}", None),
        ] {
            assert_eq!(code(text), wanted, "{text}");
        }
        assert_eq!(error("99999"), Some(FoundError { code: 99999, fact: None }));
    }

    #[test]
    fn every_fact_is_found_by_all_that_stands_for_it() {
        for fact in ERRORS {
            let win32 = 0x8007_0000 | fact.code;
            for text in [
                fact.code.to_string(),
                format!("{:#x}", fact.code),
                format!("0x{:08X}", fact.code),
                format!("{win32:#X}"),
                fact.name.unwrap_or("13999").to_ascii_lowercase(),
                fact.meaning.to_ascii_uppercase(),
            ] {
                let text = text.replace("0X", "0x");
                let found = error(&text);
                // Not every meaning is also a text of the logs.
                if text == fact.meaning.to_ascii_uppercase() && found.is_none() {
                    continue;
                }
                assert_eq!(found, Some(FoundError { code: fact.code, fact: Some(fact) }), "{text}");
            }
            for text in fact.texts {
                assert_eq!(code(text), Some(fact.code), "{text}");
                assert_eq!(plain(text), *text);
            }
            assert!(["peer", "azure", "both", "path"].contains(&fact.side), "{}", fact.code);
            for sentence in [fact.meaning, fact.usual_cause, fact.what_to_check] {
                assert!(sentence.ends_with('.') && sentence.len() > 10, "{}: {sentence}", fact.code);
            }
        }
        assert!(ERRORS.windows(2).all(|pair| pair[0].code < pair[1].code), "sorted by code");
    }
}
