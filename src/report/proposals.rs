//! What both sides offer, beside Azure's defaults, and what to set.

use tunnelql_udfs::domain::ike::{DEFAULTS, GatewayType, Phase, proposal_diff, proposals};

use super::document::{Block, Cell, Column, Table, Tone};
use super::say::{Say, Word};
use super::value::{Row, Value};

/// One proposal and who has it.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Line {
    text: String,
    azure: bool,
    peer: bool,
    default: bool,
}

fn same(a: &str, b: &str) -> bool {
    let plain = |c: &char| c.is_ascii_alphanumeric() || *c == '/';
    let letters = |t: &str| t.chars().filter(plain).map(|c| c.to_ascii_lowercase()).collect::<String>();
    letters(a) == letters(b)
}

fn texts(list: &str) -> Vec<String> {
    let text = |p: &tunnelql_udfs::domain::ike::Proposal<'_>| {
        [p.cipher, p.integrity, p.dh_group, p.pfs_group].into_iter().flatten().collect::<Vec<_>>().join("/")
    };
    proposals(list).iter().map(text).filter(|t| !t.is_empty()).collect()
}

/// Lines that a report shows of one list; a peer may offer hundreds.
const MOST_LINES: usize = 24;

fn lines(sent: &str, received: &str, phase: Phase) -> (Vec<Line>, usize) {
    let mut lines: Vec<Line> = Vec::new();
    let mut add = |text: String, mark: fn(&mut Line)| {
        let at = lines.iter().position(|l| same(&l.text, &text)).unwrap_or_else(|| {
            lines.push(Line { text, azure: false, peer: false, default: false });
            lines.len() - 1
        });
        if let Some(line) = lines.get_mut(at) {
            mark(line);
        }
    };
    texts(received).into_iter().for_each(|t| add(t, |l| l.peer = true));
    texts(sent).into_iter().for_each(|t| add(t, |l| l.azure = true));
    for d in DEFAULTS.iter().filter(|d| d.gateway_type == GatewayType::RouteBased && d.phase == phase) {
        let text: Vec<_> = [Some(d.cipher), Some(d.integrity), d.dh_group, d.pfs_group].into_iter().flatten().collect();
        add(text.join("/"), |l| l.default = true);
    }
    let more = lines.len().saturating_sub(MOST_LINES);
    lines.truncate(MOST_LINES);
    (lines, more)
}

/// The comparison for both negotiations of a failing shape, where the peer has offered anything.
pub fn blocks(row: Row<'_>, say: &Say) -> Vec<Block> {
    let mut out = Vec::new();
    for (phase, title, sent, received) in [
        (Phase::Main, Word::MainMode, "sent_ike_proposals", "received_ike_proposals"),
        (Phase::Quick, Word::QuickMode, "sent_ipsec_proposals", "received_ipsec_proposals"),
    ] {
        let (sent, received) = (row.text(sent), row.text(received));
        if !received.is_empty() {
            out.extend(compared(phase, title, sent, received, say));
        }
    }
    out
}

fn compared(phase: Phase, title: Word, sent: &str, received: &str, say: &Say) -> Vec<Block> {
    let (lines, more) = lines(sent, received, phase);
    let mark = |yes: bool| Cell::shown(if yes { "●" } else { "" }, Value::Bool(yes));
    let rows = lines.iter().map(|l| {
        let agrees = l.peer && (l.azure || (sent.is_empty() && l.default));
        let tone = if agrees { Tone::Good } else { Tone::Plain };
        vec![Cell::text(l.text.clone()).toned(tone), mark(l.peer), mark(l.azure), mark(l.default)]
    });
    let mut caption = say.word(title);
    if more > 0 {
        caption = format!("{caption} ({})", say.fill(Word::NMore, &[&more.to_string()]));
    }
    let table = Table {
        caption,
        columns: vec![
            Column::text("proposal", say.word(Word::Proposal)),
            Column::text("peer", say.word(Word::PeerOffers)),
            Column::text("azure", say.word(Word::AzureOffers)),
            Column::text("default", say.word(Word::AzureDefault)),
        ],
        rows: rows.collect(),
        ..Table::default()
    };
    let mut out = vec![Block::Table(table)];
    let prefix = |list: &str| match phase {
        Phase::Main => format!("Ike payload: {list}"),
        Phase::Quick => format!("IPSec payload: {list}"),
    };
    let accepted = (!sent.is_empty()).then(|| prefix(sent));
    let Some(diff) = proposal_diff(&prefix(received), accepted.as_deref()) else { return out };
    if let Some(first) = diff.common.first() {
        out.push(Block::Verdict(Tone::Good, say.fill(Word::ProposalsAgree, &[first])));
        return out;
    }
    if let (Some(offered), Some(wanted)) = (&diff.nearest_offered, &diff.nearest_accepted) {
        out.push(Block::Verdict(Tone::Bad, say.fill(Word::ProposalsDiffer, &[offered, wanted])));
        let items = diff.differs.iter().map(|d| {
            let accepted = d.accepted.join(", ");
            vec![super::document::Inline::Text(say.fill(Word::AttributeDiffers, &[d.attribute, &d.offered, &accepted]))]
        });
        out.push(Block::Items(items.collect()));
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    const SENT: &str = "Policy1:Cipher=AES-CBC-256 Integrity=SHA1 DhGroup=DhGroup2 Policy2:Cipher=AES-CBC-256 Integrity=SHA256 DhGroup=DhGroup2";

    #[test]
    fn who_has_what() {
        let received = "Policy1:Cipher=AES-CBC-256 Integrity=Md5 DhGroup=DhGroup14 Policy2:Cipher=AES-CBC-256 Integrity=SHA1 DhGroup=DhGroup2";
        let (lines, more) = lines(SENT, received, Phase::Main);
        let of = |text: &str| lines.iter().find(|l| l.text == text).map(|l| (l.peer, l.azure, l.default)).unwrap();
        assert_eq!(of("AES-CBC-256/Md5/DhGroup14"), (true, false, false));
        assert_eq!(of("AES-CBC-256/SHA1/DhGroup2"), (true, true, true));
        assert_eq!(of("AES-CBC-256/SHA256/DhGroup2"), (false, true, true));
        assert_eq!(more, 0);
    }

    #[test]
    fn what_to_set_is_said() {
        let say = Say::default();
        let blocks =
            compared(Phase::Main, Word::MainMode, SENT, "Policy1:Cipher=DES Integrity=SHA1 DhGroup=DhGroup2", &say);
        let texts = format!("{blocks:?}");
        assert!(texts.contains("DES/SHA1/DhGroup2") && texts.contains("AES-CBC-256/SHA1/DhGroup2"), "{texts}");
        let agreed = compared(
            Phase::Main,
            Word::MainMode,
            "",
            "Policy1:Cipher=AES-CBC-256 Integrity=SHA1 DhGroup=DhGroup2",
            &say,
        );
        assert!(matches!(agreed.last(), Some(Block::Verdict(Tone::Good, _))), "{agreed:?}");
    }
}
