//! Blocks as plain text: ladders in Markdown, and everything at a terminal. Not escaped; whoever writes it out does that.

use unicode_width::UnicodeWidthStr;

use super::ladder::{Ladder, Way};
use super::say::{Say, Word};

/// Columns of an arrow.
const ARROW: usize = 18;

fn padded(text: &str, width: usize) -> String {
    format!("{text}{}", " ".repeat(width.saturating_sub(text.width())))
}

/// A negotiation with arrows of characters, in lines of about `width` columns.
pub fn ladder(ladder: &Ladder, say: &Say, width: usize) -> String {
    let mut out = format!(
        "{:12}  {} {:ARROW$}{}\n",
        "",
        padded(&format!("{} {}", say.word(Word::SideAzure), ladder.azure), 24),
        "",
        format_args!("{} {}", say.word(Word::SidePeer), ladder.peer)
    );
    for step in &ladder.steps {
        let sign = if step.fails { "x" } else { " " };
        let arrow = match step.way {
            Way::Sent => format!("{}>", "-".repeat(ARROW - 1)),
            Way::Received => format!("<{}", "-".repeat(ARROW - 1)),
            Way::Local => padded("*", ARROW),
        };
        let head = format!("{} {sign} {arrow} {}", say.clock(step.time), step.label);
        let room = width.saturating_sub(head.width() + 3).max(20);
        let detail = super::pictures::svg::fitted(&step.detail, room);
        out.push_str(head.trim_end());
        if !detail.is_empty() {
            out.push_str(&format!(": {detail}"));
        }
        out.push('\n');
    }
    if ladder.more > 0 {
        out.push_str(&say.fill(Word::LadderMore, &[&ladder.more.to_string()]));
        out.push('\n');
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_ladder_of_characters() {
        let messages = [
            (0, "[SEND][SA_INIT] Sending IKE SA_INIT packet with tunnelId 0x3, iCookie 0xCB and rCookie 0x0"),
            (1_000_000_000, "[RECEIVED][NOTIFY] Received Notify Message - Policy Mismatch"),
        ];
        let drawn = Ladder::new("s", "GW 192.0.2.1", "203.0.113.6", messages.map(|(t, m)| (t, m.to_owned())));
        let text = ladder(&drawn, &Say::default(), 100);
        assert!(text.contains("00:00:00.000   -----------------> SA_INIT: iCookie 0xCB rCookie 0x0\n"), "{text}");
        assert!(text.contains("00:00:01.000 x <----------------- NOTIFY: Policy Mismatch\n"), "{text}");
    }
}
