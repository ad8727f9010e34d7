//! Disconnects that belong together, as a person would tell them: one maintenance is one story however many tunnels it moved.

use super::causes::Group;
use super::context::Gateways;
use super::document::Inline;
use super::incident::Incident;
use super::say::{Say, Word};

/// Some disconnects of one gateway with one cause, near in time.
pub struct Story<'a> {
    /// The first of them.
    pub first: Incident<'a>,
    /// When it began.
    pub from: i64,
    last: i64,
    gateway: String,
    peers: Vec<&'a str>,
    count: i64,
    open: bool,
    longest_ms: i64,
    total_ms: i64,
}

/// The two instances are serviced within this time.
const TOGETHER: i64 = 90 * 60 * 1_000_000_000;

/// Stories in the order of their beginnings. The incidents are in the order of time.
pub fn stories<'a>(incidents: &[Incident<'a>], gateways: &Gateways, end: i64) -> Vec<Story<'a>> {
    let mut out: Vec<Story<'a>> = Vec::new();
    let mut newest: std::collections::HashMap<(String, &str, &str), usize> = std::collections::HashMap::new();
    for i in incidents {
        let (cause, peer) = (i.row.text("cause"), i.row.text("remote_ip"));
        // What concerns the gateway is one story for all peers.
        let whose = if i.group() == Group::Maintenance { "" } else { peer };
        let key = (i.row.text("resource_id").to_ascii_uppercase(), cause, whose);
        let known = newest.get(&key).and_then(|at| out.get_mut(*at)).filter(|s| i.from() - s.last <= TOGETHER);
        let ms = i.down_ms(end);
        match known {
            Some(story) => {
                story.count += 1;
                story.last = i.from();
                story.open |= i.is_open();
                story.longest_ms = story.longest_ms.max(ms);
                story.total_ms += ms;
                if !story.peers.contains(&peer) {
                    story.peers.push(peer);
                }
            }
            None => {
                newest.insert(key, out.len());
                out.push(Story {
                    first: *i,
                    from: i.from(),
                    last: i.from(),
                    gateway: gateways.of(i.row),
                    peers: vec![peer],
                    count: 1,
                    open: i.is_open(),
                    longest_ms: ms,
                    total_ms: ms,
                });
            }
        }
    }
    out
}

/// Peers that are named in one line.
const MOST_PEERS: usize = 3;

impl Story<'_> {
    /// The least is told first: what is down still, then what somebody can do something about, the longest first.
    pub fn rank(&self) -> (bool, bool, std::cmp::Reverse<i64>, i64) {
        let nobody = self.first.group() == Group::Maintenance;
        (!self.open, nobody, std::cmp::Reverse(self.total_ms), self.from)
    }

    /// Whether somebody should do something.
    pub fn asks_for_something(&self) -> bool {
        self.open || self.first.row.text("cause") != "maintenance"
    }

    /// The story in a line.
    pub fn line(&self, say: &Say, linked: bool) -> Vec<Inline> {
        let mut peers: Vec<String> = self.peers.iter().take(MOST_PEERS).map(|p| (*p).to_owned()).collect();
        if self.peers.len() > MOST_PEERS {
            peers.push(say.fill(Word::NMore, &[&(self.peers.len() - MOST_PEERS).to_string()]));
        }
        let cause = say.known(self.first.row.text("cause"));
        let what = format!("{} · {}", self.gateway, peers.join(", "));
        let n = say.count(self.count, Word::OneDisconnect, Word::NDisconnects);
        let length = match self.open {
            true => say.word(Word::StillDown),
            false => say.fill(Word::LongestIs, &[&say.millis(self.longest_ms)]),
        };
        let when = say.time(self.from);
        let head = match linked {
            true => Inline::Link { text: when, anchor: self.first.id().to_owned() },
            false => Inline::Text(when),
        };
        let text = say.fill(Word::StoryLine, &[&what, &n, &length]);
        vec![head, Inline::Text(" ".to_owned()), Inline::Strong(cause), Inline::Text(text)]
    }
}
