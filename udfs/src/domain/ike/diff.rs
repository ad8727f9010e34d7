//! What two sides' proposals have in common, and where they differ.

use std::borrow::Cow;
use std::collections::{HashMap, HashSet};
use std::fmt::Write;

use super::{DEFAULTS, GatewayType, Phase, Proposal, proposals};

/// An attribute in which two proposals differ, with the values as logged.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Difference {
    /// `cipher`, `integrity`, `dh_group` or `pfs_group`.
    pub attribute: &'static str,
    /// What is offered.
    pub offered: String,
    /// Every value of that attribute that would be taken, in the order of the list.
    pub accepted: Vec<String>,
}

/// The comparison of two lists of proposals.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ProposalDiff {
    /// Which negotiation the lists are for.
    pub phase: Phase,
    /// Whether a proposal stands in both lists.
    pub agrees: bool,
    /// Those that do, as offered, the first preferred one first.
    pub common: Vec<String>,
    /// Without a common one: the offered proposal that comes nearest.
    pub nearest_offered: Option<String>,
    /// And what it comes near to.
    pub nearest_accepted: Option<String>,
    /// Where those two differ.
    pub differs: Vec<Difference>,
    /// All of it in words.
    pub explanation: String,
}

/// The attributes of a proposal that can be compared. One that the log does not print is `None` and fits everything.
#[derive(Clone, Copy)]
struct Terms<'a> {
    cipher: &'a str,
    integrity: &'a str,
    dh_group: Option<&'a str>,
    pfs_group: Option<&'a str>,
}

impl<'a> Terms<'a> {
    fn of(p: &Proposal<'a>) -> Option<Self> {
        let (cipher, integrity) = (p.cipher?, p.integrity?);
        p.complete.then_some(Self { cipher, integrity, dh_group: p.dh_group, pfs_group: p.pfs_group })
    }

    fn attributes(&self) -> [(&'static str, Option<&'a str>); 4] {
        [
            ("cipher", Some(self.cipher)),
            ("integrity", Some(self.integrity)),
            ("dh_group", self.dh_group),
            ("pfs_group", self.pfs_group),
        ]
    }

    /// Attributes in which the two differ.
    fn differences(&self, other: &Self) -> impl Iterator<Item = (&'static str, &'a str)> {
        self.attributes().into_iter().zip(other.attributes()).filter_map(|((name, a), (_, b))| {
            let (a, b) = (a?, b?);
            (canonical(a) != canonical(b)).then_some((name, a))
        })
    }

    fn text(&self) -> String {
        let mut out = format!("{}/{}", self.cipher, self.integrity);
        for group in [self.dh_group, self.pfs_group].into_iter().flatten() {
            let _ = write!(out, "/{group}");
        }
        out
    }
}

/// A value without its spellings: logs, Azure's documentation and devices write the same algorithm in many ways
/// (`AES-CBC-256`, `AES256`; `AES-GCM-256`, `GCMAES256`; `DhGroup14`, `DHGroup2048`, `PFS2048`; groups 19 and 20 are the
/// elliptic curves of RFC 5903). Unknown values compare by letters and digits alone.
fn canonical(value: &str) -> Cow<'static, str> {
    let mut plain: String = value.chars().filter(char::is_ascii_alphanumeric).map(|c| c.to_ascii_lowercase()).collect();
    for prefix in ["dhgroup", "pfsgroup", "group", "pfs", "hmac"] {
        if let Some(rest) = plain.strip_prefix(prefix).filter(|rest| !rest.is_empty()) {
            plain = rest.to_owned();
            break;
        }
    }
    Cow::Borrowed(match plain.as_str() {
        "aes128" | "aescbc128" => "aes-cbc-128",
        "aes192" | "aescbc192" => "aes-cbc-192",
        "aes256" | "aescbc256" => "aes-cbc-256",
        "gcmaes128" | "aesgcm128" | "aes128gcm" => "aes-gcm-128",
        "gcmaes192" | "aesgcm192" | "aes192gcm" => "aes-gcm-192",
        "gcmaes256" | "aesgcm256" | "aes256gcm" => "aes-gcm-256",
        "des3" | "3des" | "tripledes" => "3des",
        "sha" | "sha1" => "sha1",
        "14" | "2048" => "14",
        "19" | "ecp256" => "ecp256",
        "20" | "ecp384" => "ecp384",
        _ => return Cow::Owned(plain),
    })
}

/// Compares the proposals that a text offers with those that another accepts, or with Azure's route-based defaults (as
/// responder) when there is no other. `None` when either text has no whole proposal, or when the two are for different
/// negotiations. A list whose phase is not told counts as quick mode.
pub fn proposal_diff(offered: &str, accepted: Option<&str>) -> Option<ProposalDiff> {
    let (phase, offered) = terms(offered)?;
    let (taker, accepted) = match accepted {
        Some(accepted) => {
            let (other, accepted) = terms(accepted)?;
            if other != phase {
                return None;
            }
            ("the other side's list", accepted)
        }
        None => ("Azure's default", defaults(phase)),
    };
    Some(compare(phase, &offered, &accepted, taker))
}

fn terms(text: &str) -> Option<(Phase, Vec<Terms<'_>>)> {
    let list = proposals(text);
    let phase = list.iter().find_map(|p| p.phase).unwrap_or(Phase::Quick);
    let list: Vec<_> = list.iter().filter_map(Terms::of).collect();
    (!list.is_empty()).then_some((phase, list))
}

fn defaults(phase: Phase) -> Vec<Terms<'static>> {
    DEFAULTS
        .iter()
        .filter(|d| d.gateway_type == GatewayType::RouteBased && d.phase == phase)
        .map(|d| Terms { cipher: d.cipher, integrity: d.integrity, dh_group: d.dh_group, pfs_group: d.pfs_group })
        .collect()
}

fn compare(phase: Phase, offered: &[Terms<'_>], accepted: &[Terms<'_>], taker: &str) -> ProposalDiff {
    let mut index = Index::new(accepted);
    let mut common = Vec::new();
    // The first of those with the fewest differences: both lists are in order of preference.
    let mut nearest: Option<(u32, &Terms<'_>, usize)> = None;
    for o in offered {
        let Some((differences, at)) = index.nearest(o) else { continue };
        if differences == 0 {
            common.push(o.text());
        } else if nearest.is_none_or(|(fewest, ..)| differences < fewest) {
            nearest = Some((differences, o, at));
        }
    }
    let mut out = ProposalDiff {
        phase,
        agrees: !common.is_empty(),
        common,
        nearest_offered: None,
        nearest_accepted: None,
        differs: Vec::new(),
        explanation: String::new(),
    };
    let mode = phase.as_str();
    if let Some(first) = out.common.first() {
        out.explanation = format!(
            "{} of {} offered {mode}-mode proposals {} accepted by {taker}; the first is {first}.",
            out.common.len(),
            offered.len(),
            if out.common.len() == 1 { "is" } else { "are" },
        );
        return out;
    }
    if let Some((o, a)) = nearest.and_then(|(_, o, at)| Some((o, accepted.get(at)?))) {
        out.differs = o
            .differences(a)
            .map(|(attribute, value)| Difference {
                attribute,
                offered: value.to_owned(),
                accepted: values(accepted, attribute),
            })
            .collect();
        let (o, a) = (o.text(), a.text());
        out.explanation = format!(
            "None of {} offered {mode}-mode proposals is accepted by {taker}. Nearest: offered {o}, accepted {a}.",
            offered.len()
        );
        for d in &out.differs {
            let _ = write!(
                out.explanation,
                " {} {} is offered, {} accepted.",
                d.attribute,
                d.offered,
                d.accepted.join(", ")
            );
        }
        let _ = write!(out.explanation, " Offer {a}, or accept {o}.");
        (out.nearest_offered, out.nearest_accepted) = (Some(o), Some(a));
    }
    out
}

/// The values of an attribute in a list, each once.
fn values(list: &[Terms<'_>], attribute: &str) -> Vec<String> {
    let mut known = HashSet::new();
    let all = list.iter().flat_map(Terms::attributes).filter(|(name, _)| *name == attribute);
    all.filter_map(|(_, value)| value.filter(|v| known.insert(canonical(v)))).map(str::to_owned).collect()
}

/// Finds what comes nearest in a list without comparing with each: a log may offer thousands, and so may a text that
/// somebody made up.
struct Index {
    /// A number for each value, however it is spelled.
    numbers: HashMap<Cow<'static, str>, u32>,
    /// Which attributes a proposal has, and the values of some of them (0 for the others), to the first such proposal.
    first: HashMap<(u8, [u32; ATTRIBUTES]), usize>,
    /// Which attributes the proposals have: few of the many sets.
    kinds: Vec<u8>,
}

const ATTRIBUTES: usize = 4;
/// Sets of attributes, as bits.
const SETS: u8 = 1 << ATTRIBUTES;

impl Index {
    fn new(list: &[Terms<'_>]) -> Self {
        let mut index = Self { numbers: HashMap::new(), first: HashMap::new(), kinds: Vec::new() };
        for (at, terms) in list.iter().enumerate() {
            let (has, values) = index.numbered(terms);
            if !index.kinds.contains(&has) {
                index.kinds.push(has);
            }
            for set in (0..SETS).filter(|set| set & !has == 0) {
                index.first.entry((has, only(values, set))).or_insert(at);
            }
        }
        index
    }

    /// Which attributes are there, and the numbers of their values from 1.
    fn numbered(&mut self, terms: &Terms<'_>) -> (u8, [u32; ATTRIBUTES]) {
        let mut has = 0;
        let values = terms.attributes().map(|(_, value)| value);
        let mut bit = 1;
        let numbers = values.map(|value| {
            let number = value.map_or(0, |value| {
                has |= bit;
                let next = u32::try_from(self.numbers.len() + 1).unwrap_or(u32::MAX);
                *self.numbers.entry(canonical(value)).or_insert(next)
            });
            bit <<= 1;
            number
        });
        (has, numbers)
    }

    /// The fewest differences, and the first proposal that has no more.
    fn nearest(&mut self, terms: &Terms<'_>) -> Option<(u32, usize)> {
        let (has, values) = self.numbered(terms);
        let pairs = (0..SETS).flat_map(|agree| self.kinds.iter().map(move |theirs| (agree, *theirs)));
        let found = pairs.filter_map(|(agree, theirs)| {
            // An attribute that one of the two does not print agrees with everything.
            let at = *self.first.get(&(theirs, only(values, agree & has & theirs)))?;
            Some(((SETS - 1 - agree).count_ones(), at))
        });
        found.min()
    }
}

/// The values of the attributes in a set, 0 for the others.
fn only(values: [u32; ATTRIBUTES], set: u8) -> [u32; ATTRIBUTES] {
    let mut bit = 1;
    values.map(|value| {
        let kept = if set & bit == 0 { 0 } else { value };
        bit <<= 1;
        kept
    })
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

    #[test]
    fn what_azure_takes_by_default() {
        // The first two are published, the others synthetic.
        for (offered, wanted) in [
            (
                "[RECEIVED]Received Ike payload: Policy1:Cipher=AES-CBC-256 Integrity=SHA256 DhGroup=DhGroup2",
                Some(true),
            ),
            ("[RECEIVED]Received IPSec payload: Policy1:Cipher=DESIntegrity=Md5", Some(false)),
            ("IPSec payload: Policy1:Cipher=DES Integrity=SHA1", Some(true)),
            ("IPSec payload: Policy1:Cipher=GCMAES256 Integrity=GCMAES256", Some(true)),
            ("IPSec payload: Policy1:Cipher=AES256 Integrity=SHA256 PfsGroup=PFS2048", Some(true)),
            ("IPSec payload: Policy1:Cipher=AES256 Integrity=SHA256 PfsGroup=ECP384", Some(false)),
            ("Ike payload: Policy1:Cipher=AES-CBC-256 Integrity=SHA384 DhGroup=DhGroupECP384", Some(false)),
            ("Ike payload: Policy1:Cipher=AES-CBC-256 Integrity=SHA1", None),
            ("Policy1:Cipher=AES-CBC-256 Integrity=SHA1", Some(true)),
            ("", None),
        ] {
            assert_eq!(proposal_diff(offered, None).map(|d| d.agrees), wanted, "{offered}");
        }
    }

    #[test]
    fn differences_in_data_and_words() {
        let text = "Ike payload: Policy1:Cipher=AES-CBC-256 Integrity=SHA384 DhGroup=DhGroupECP384";
        let diff = proposal_diff(text, None).unwrap();
        assert_eq!((diff.phase, diff.agrees, diff.common.len()), (Phase::Main, false, 0));
        assert_eq!(diff.nearest_offered.as_deref(), Some("AES-CBC-256/SHA384/DhGroupECP384"));
        assert_eq!(diff.nearest_accepted.as_deref(), Some("AES-CBC-256/SHA1/DhGroup2"));
        let list = |values: &[&str]| values.iter().map(|v| (*v).to_owned()).collect::<Vec<_>>();
        let differs: Vec<_> = diff.differs.iter().map(|d| (d.attribute, d.offered.as_str(), &d.accepted)).collect();
        assert_eq!(
            differs,
            [("integrity", "SHA384", &list(&["SHA1", "SHA256"])), ("dh_group", "DhGroupECP384", &list(&["DhGroup2"]))]
        );
        assert_eq!(
            diff.explanation,
            "None of 1 offered main-mode proposals is accepted by Azure's default. Nearest: offered \
             AES-CBC-256/SHA384/DhGroupECP384, accepted AES-CBC-256/SHA1/DhGroup2. integrity SHA384 is offered, SHA1, \
             SHA256 accepted. dh_group DhGroupECP384 is offered, DhGroup2 accepted. Offer AES-CBC-256/SHA1/DhGroup2, or \
             accept AES-CBC-256/SHA384/DhGroupECP384."
        );
    }

    #[test]
    fn two_lists() {
        let a = "Policy1:Cipher=AES-CBC-256 Integrity=SHA256 Policy2:Cipher=AES-GCM-256 Integrity=AES-GCM-256";
        let b = "Policy1:Cipher=GCMAES256 Integrity=GCMAES256";
        let diff = proposal_diff(a, Some(b)).unwrap();
        assert_eq!(diff.common, ["AES-GCM-256/AES-GCM-256"]);
        assert_eq!(
            diff.explanation,
            "1 of 2 offered quick-mode proposals is accepted by the other side's list; the first is AES-GCM-256/AES-GCM-256."
        );
        // Main and quick mode cannot be compared, nor can a list with nothing.
        assert_eq!(proposal_diff(a, Some("Policy1:Cipher=DES Integrity=SHA1 DhGroup=DhGroup2")), None);
        assert_eq!(proposal_diff(a, Some("nothing")), None);
    }

    #[test]
    fn spellings_of_one_value() {
        for same in [
            &["AES-CBC-256", "AES256", "aes_cbc_256"][..],
            &["GCMAES256", "AES-GCM-256"],
            &["DhGroup14", "DHGroup2048", "PFS14", "PFS2048", "14"],
            &["DhGroupECP384", "ECP384", "group20"],
            &["Md5", "MD5", "HMAC-MD5"],
            &["None", "none"],
            &["NEW-1", "new1"],
        ] {
            assert!(same.windows(2).all(|pair| canonical(pair[0]) == canonical(pair[1])), "{same:?}");
        }
        assert_ne!(canonical("DhGroup1"), canonical("DhGroup14"));
        assert_ne!(canonical("3DES"), canonical("DES"));
    }

    /// Each with each, as it is defined.
    fn slow(offered: &[Terms<'_>], accepted: &[Terms<'_>]) -> Vec<Option<(usize, usize)>> {
        let nearest = |o: &Terms<'_>| {
            let all = accepted.iter().enumerate().map(|(at, a)| (o.differences(a).count(), at));
            all.min()
        };
        offered.iter().map(nearest).collect()
    }

    #[test]
    fn the_index_says_what_comparing_with_each_says() {
        let words = ["AES256", "aes-cbc-256", "AES128", "DES", "14", "PFS2048", "ECP384", "SHA1", "sha"];
        let mut random = 7u64;
        let mut next = |n: usize| {
            random = random.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
            (random >> 33) as usize % n
        };
        for round in 0..300 {
            let mut list = |most: usize| -> Vec<Terms<'static>> {
                let length = next(most);
                let mut one = || words[next(words.len())];
                let mut terms = Vec::new();
                for i in 0..length {
                    let (cipher, integrity, dh, pfs) = (one(), one(), one(), one());
                    let has = (i * 7 + round) % 4;
                    terms.push(Terms {
                        cipher,
                        integrity,
                        dh_group: (has & 1 == 0).then_some(dh),
                        pfs_group: (has & 2 == 0).then_some(pfs),
                    });
                }
                terms
            };
            let (offered, accepted) = (list(9), list(9));
            let mut index = Index::new(&accepted);
            let fast: Vec<_> =
                offered.iter().map(|o| index.nearest(o).map(|(count, at)| (count as usize, at))).collect();
            assert_eq!(fast, slow(&offered, &accepted), "round {round}");
        }
    }

    #[test]
    fn long_lists_take_no_longer_than_their_length() {
        let list = |word: &str| -> String {
            (0..20_000).map(|i| format!("Policy{i}:Cipher={word}{i} Integrity={word}X{i} ")).collect()
        };
        let begin = std::time::Instant::now();
        let diff = proposal_diff(&list("AA"), Some(&list("BB"))).unwrap();
        assert!(!diff.agrees && diff.differs.len() == 2 && diff.differs[0].accepted.len() == 20_000);
        // Four hundred million comparisons take minutes.
        assert!(begin.elapsed() < std::time::Duration::from_secs(20), "{:?}", begin.elapsed());
    }
}
