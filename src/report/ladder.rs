//! A negotiation as a ladder: who sent what, one step below the other, and where it stopped.
//!
//! Rows of one negotiation are milliseconds apart, and rows of one moment stand in no order. Within a moment the steps are put
//! into the order of the protocol.

use tunnelql_udfs::domain::ike::{Direction, MessageType, Selector, SelectorList, parse, proposals, traffic_selectors};

/// How far rows may be apart to be of one moment.
const MOMENT_NANOS: i64 = 3_000_000;

/// Where a step goes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Way {
    /// From Azure to the peer.
    Sent,
    /// From the peer to Azure.
    Received,
    /// Nowhere: Azure's gateway says something of itself.
    Local,
}

impl Way {
    /// The name in JSON.
    pub fn name(self) -> &'static str {
        match self {
            Self::Sent => "sent",
            Self::Received => "received",
            Self::Local => "local",
        }
    }
}

/// A step.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Step {
    /// Nanoseconds since 1970, UTC.
    pub time: i64,
    /// Where it goes.
    pub way: Way,
    /// What it is, in the protocol's terms.
    pub label: String,
    /// Cookies, proposals, selectors; empty for nothing.
    pub detail: String,
    /// It says that the negotiation fails.
    pub fails: bool,
    /// The whole message.
    pub message: String,
}

/// A negotiation.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Ladder {
    /// The session, or what else names it.
    pub name: String,
    /// Azure's side: gateway and address.
    pub azure: String,
    /// The peer's address.
    pub peer: String,
    /// Steps in the order of the protocol.
    pub steps: Vec<Step>,
    /// Steps that were left out.
    pub more: usize,
}

/// Steps that are shown; a negotiation with more is a log of something else.
pub const MOST_STEPS: usize = 40;

impl Ladder {
    /// From messages with their times, in any order.
    pub fn new(name: &str, azure: &str, peer: &str, messages: impl IntoIterator<Item = (i64, String)>) -> Self {
        let mut steps: Vec<(u8, Step)> = messages.into_iter().map(|(time, message)| step(time, message)).collect();
        steps.sort_by(|a, b| (a.1.time, a.0, &a.1.message).cmp(&(b.1.time, b.0, &b.1.message)));
        let mut from = 0;
        while from < steps.len() {
            let mut to = from + 1;
            while to < steps.len() && steps[to].1.time - steps[to - 1].1.time <= MOMENT_NANOS {
                to += 1;
            }
            steps[from..to].sort_by_key(|(rank, step)| (*rank, step.time));
            from = to;
        }
        let more = steps.len().saturating_sub(MOST_STEPS);
        steps.truncate(MOST_STEPS);
        Self {
            name: name.to_owned(),
            azure: azure.to_owned(),
            peer: peer.to_owned(),
            steps: steps.into_iter().map(|(_, step)| step).collect(),
            more,
        }
    }

    /// The step at which it fails.
    pub fn stopped_at(&self) -> Option<&Step> {
        self.steps.iter().find(|s| s.fails)
    }
}

/// Messages beyond this are cut in what is shown; the log has them whole.
const MOST_DETAIL: usize = 240;

fn cut(text: &str) -> String {
    match text.char_indices().nth(MOST_DETAIL) {
        Some((at, _)) => format!("{}…", text.get(..at).unwrap_or_default()),
        None => text.to_owned(),
    }
}

/// The list of proposals, one after the other and short.
fn offers(message: &str) -> String {
    let list = proposals(message);
    let texts: Vec<String> = list
        .iter()
        .map(|p| {
            let parts = [p.cipher, p.integrity, p.dh_group, p.pfs_group];
            parts.into_iter().flatten().collect::<Vec<_>>().join("/")
        })
        .filter(|t| !t.is_empty())
        .collect();
    texts.join(", ")
}

/// A step and its place within a moment.
fn step(time: i64, message: String) -> (u8, Step) {
    use MessageType as T;
    let m = parse(&message);
    let sent = m.direction_kind() == Some(Direction::Send);
    let way = match m.direction_kind() {
        Some(Direction::Send) => Way::Sent,
        Some(Direction::Received) => Way::Received,
        Some(Direction::Local) | None => Way::Local,
    };
    let cookies = || {
        let parts = [("iCookie", m.i_cookie), ("rCookie", m.r_cookie)];
        parts.iter().filter_map(|(n, c)| Some(format!("{n} {}", (*c)?))).collect::<Vec<_>>().join(" ")
    };
    let body = || m.body.unwrap_or(&message).trim().to_owned();
    let (rank, way, label, detail, fails) = match m.message_type() {
        T::SaInitSent => (1, Way::Sent, "SA_INIT".to_owned(), cookies(), false),
        T::SaInitReceived => (1, Way::Received, "SA_INIT".to_owned(), cookies(), false),
        T::RCookieGenerated => (4, Way::Local, "rCookie".to_owned(), cookies(), false),
        T::PolicyPayload => (if sent { 2 } else { 4 }, way, "IKE proposals".to_owned(), offers(&message), false),
        T::SaInitResponseReceived => (3, Way::Received, "SA_INIT response".to_owned(), cookies(), false),
        T::MainModePacket => (5, Way::Received, "MM packet".to_owned(), body(), false),
        T::Auth => (6, way, "IKE_AUTH".to_owned(), body(), false),
        T::IpsecPolicyPayload => (if sent { 7 } else { 9 }, way, "IPsec proposals".to_owned(), offers(&message), false),
        T::TrafficSelectors => {
            let way = if way == Way::Local { Way::Sent } else { way };
            (8, way, "Traffic selectors".to_owned(), selectors(&message).unwrap_or_else(body), false)
        }
        T::QuickModePacket => (10, way, "QM packet".to_owned(), body(), false),
        T::Packet => (10, way, "Packet".to_owned(), body(), false),
        T::Other => (10, way, "Message".to_owned(), body(), false),
        T::Notify => {
            let said = m.notify.map_or_else(body, str::to_owned);
            let fails = is_refusal(&said);
            (11, way, "NOTIFY".to_owned(), said, fails)
        }
        T::NegotiationFailed | T::FunctionFailed | T::Cleanup => {
            (12, Way::Local, "Failed".to_owned(), failure(m.error_code, m.error_message, body), true)
        }
        T::TunnelClosed => (13, Way::Local, "Closed".to_owned(), m.close_status.map_or_else(body, str::to_owned), true),
        T::SaDelete => (14, Way::Local, "SA deleted".to_owned(), failure(m.error_code, m.error_message, body), false),
    };
    let (detail, message) = (cut(&detail), super::incident::cut(&message));
    (rank, Step { time, way, label, detail, fails, message })
}

/// Whether a notification refuses; others only inform, such as NAT detection.
fn is_refusal(notify: &str) -> bool {
    let plain: String = notify.chars().filter(char::is_ascii_alphanumeric).map(|c| c.to_ascii_lowercase()).collect();
    ["mismatch", "fail", "unacceptable", "noproposal", "nopolicy", "invalid", "unsupported", "error", "notfound"]
        .iter()
        .any(|word| plain.contains(word))
}

fn failure(code: Option<u32>, text: Option<&str>, body: impl Fn() -> String) -> String {
    match (code, text) {
        (Some(code), Some(text)) => format!("{code}: {text}"),
        _ => body(),
    }
}

fn selectors(message: &str) -> Option<String> {
    let found = traffic_selectors(message)?;
    let one = |s: &Selector<'_>| {
        let range = || format!("{}-{}", s.start_address.unwrap_or("?"), s.end_address.unwrap_or("?"));
        s.cidr().map_or_else(range, |c| c.to_string())
    };
    let list = |side: &SelectorList<'_>| side.selectors.iter().map(one).collect::<Vec<_>>().join(" ");
    Some(format!("{} ↔ {}", list(&found.initiator), list(&found.responder)))
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Bodies as published, in an order in which they were.
    #[test]
    fn steps_of_one_moment_stand_in_the_protocols_order() {
        let ms = 1_000_000;
        let ladder = Ladder::new(
            "s",
            "gw",
            "peer",
            [
                (2 * ms, "[LOCAL_MSG] IKE Tunnel closed for tunnelId 0x3 with status Policy match error"),
                (0, "[SEND]Sending Ike payload for tunnel Id 0x3: Auth:PreShared Key- Policy1:Cipher=AES-CBC-256 Integrity=SHA1 DhGroup=DhGroup2"),
                (ms, "[RECEIVED][NOTIFY] Received Notify Message - Policy Mismatch"),
                (1, "[SEND][SA_INIT] Sending IKE SA_INIT packet with tunnelId 0x3, iCookie 0xCBF235637168FA00 and rCookie 0x0"),
                (ms, "[RECEIVED]Received Ike payload: Policy1:Cipher=DES Integrity=Md5 DhGroup=DhGroup14"),
                (900 * ms, "something else entirely"),
            ]
            .map(|(t, m)| (t, m.to_owned())),
        );
        let labels: Vec<_> = ladder.steps.iter().map(|s| (s.label.as_str(), s.way)).collect();
        assert_eq!(
            labels,
            [
                ("SA_INIT", Way::Sent),
                ("IKE proposals", Way::Sent),
                ("IKE proposals", Way::Received),
                ("NOTIFY", Way::Received),
                ("Closed", Way::Local),
                ("Message", Way::Local),
            ]
        );
        assert_eq!(ladder.steps[1].detail, "AES-CBC-256/SHA1/DhGroup2");
        assert_eq!(ladder.steps[0].detail, "iCookie 0xCBF235637168FA00 rCookie 0x0");
        assert_eq!(ladder.stopped_at().unwrap().detail, "Policy Mismatch");
    }

    #[test]
    fn too_many_steps_are_counted() {
        let many = (0..100).map(|i| (i, format!("row {i}")));
        let ladder = Ladder::new("s", "", "", many);
        assert_eq!((ladder.steps.len(), ladder.more), (MOST_STEPS, 100 - MOST_STEPS));
    }
}
