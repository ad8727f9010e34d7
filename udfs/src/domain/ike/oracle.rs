//! A second reading of the messages, slow and with regular expressions, written from the published lines. The parser must
//! agree with it on simulated and mutated messages.
//!
//! `ORACLE_MESSAGES` says how many are tried (default 50,000; a million take about a minute).

use std::sync::LazyLock;

use regex::Regex;

use super::golden::{PREFIX, PUBLISHED, STRUCTURED};
use super::{IkeMessage, parse};

/// What both can say.
#[derive(Debug, PartialEq, Eq, Default)]
struct Said<'a> {
    session_id: Option<&'a str>,
    remote: Option<(&'a str, u16)>,
    local: Option<(&'a str, u16)>,
    direction: Option<&'a str>,
    exchange: Option<&'a str>,
    event: Option<&'a str>,
    i_cookie: Option<&'a str>,
    r_cookie: Option<&'a str>,
    tunnel_id: Option<u64>,
    ts_id: Option<u64>,
    close_status: Option<&'a str>,
    notify: Option<&'a str>,
    error_code: Option<u32>,
    ike_event: Option<&'a str>,
}

impl<'a> From<IkeMessage<'a>> for Said<'a> {
    fn from(m: IkeMessage<'a>) -> Self {
        Self {
            session_id: m.session_id,
            remote: m.remote_ip.zip(m.remote_port),
            local: m.local_ip.zip(m.local_port),
            direction: m.direction,
            exchange: m.exchange,
            event: m.event,
            i_cookie: m.i_cookie,
            r_cookie: m.r_cookie,
            tunnel_id: m.tunnel_id,
            ts_id: m.ts_id,
            close_status: m.close_status,
            notify: m.notify,
            error_code: m.error_code,
            ike_event: m.ike_event,
        }
    }
}

struct Rules {
    prefix: Regex,
    ends: Regex,
    tags: Regex,
    packet: Regex,
    tunnel_id: Regex,
    ts_id: Regex,
    i_cookie: Regex,
    r_cookie: Regex,
    status: Regex,
    notify: Regex,
    error: Regex,
    key: Regex,
}

static RULES: LazyLock<Rules> = LazyLock::new(|| {
    let rule = |text: &str| Regex::new(text).unwrap();
    let address = r"(?:<[A-Za-z]+>|[0-9A-Za-z*.]+|[0-9a-f:]*:[0-9a-f:]*:[0-9a-f]+)";
    let number = r"(0x[0-9A-Fa-f]+|[0-9]+)(?:[^0-9A-Za-z]|$)";
    let cookie = r"(0x[0-9A-Fa-f]+)(?:[^0-9A-Za-z]|$)";
    Rules {
        prefix: rule(&format!(
            r"^ *(?:SESSION_ID :\{{([0-9A-Fa-f-]{{36}})\}} )?(?:Remote ({address}):([0-9]+): ?)?(?:Local ({address}):([0-9]+): ?)?"
        )),
        ends: rule(&format!(r"^ *(?:Remote ({address}):([0-9]+): ?)?(?:Local ({address}):([0-9]+): ?)?")),
        tags: rule(r"^ *(?:\[(SEND|RECEIVED|RECEIVE|LOCAL_MSG|LOCAL)\])?(?:\[(SA_INIT|SA_AUTH|NOTIFY)\])?"),
        packet: rule(r"^\[(SEND|RECV) Network Packet\]"),
        // A number ends where no letter or digit follows; a cut one is none.
        tunnel_id: rule(&format!(r"(?:^|[^A-Za-z0-9_])tunnel ?Id {number}")),
        ts_id: rule(&format!(r"(?:^|[^A-Za-z0-9_])[tT]s[iI]d {number}")),
        i_cookie: rule(&format!(r"(?:^|[^A-Za-z0-9_])[iI]Cookie(?: |: | : ){cookie}")),
        r_cookie: rule(&format!(r"(?:^|[^A-Za-z0-9_])[rR]Cookie(?: |: | : ){cookie}")),
        status: rule(r"IKE Tunnel closed.* with status (.+)$"),
        notify: rule(r"Notify Message - (.+)$"),
        error: rule(&format!(r"(?:^| )error (?:code )?{number}")),
        key: rule(r"\[([A-Za-z_]+)\] "),
    }
});

fn number(text: &str) -> Option<u64> {
    match text.strip_prefix("0x") {
        Some(hex) => u64::from_str_radix(hex, 16).ok(),
        None => text.parse().ok(),
    }
}

fn code(text: &str) -> Option<u32> {
    let n = u32::try_from(number(text)?).ok()?;
    Some(if n & 0xFFFF_0000 == 0x8007_0000 { n & 0xFFFF } else { n })
}

fn endpoint(text: &str) -> Option<(&str, u16)> {
    let (ip, port) = text.rsplit_once(':')?;
    Some((ip, port.parse().ok()?))
}

fn slow(text: &str) -> Said<'_> {
    let rules = &*RULES;
    if text.starts_with('(') {
        return structured(text);
    }
    let group = |rule: &Regex, of: usize, text| -> Option<&str> {
        rule.captures(text).and_then(|c| c.get(of)).map(|m| m.as_str())
    };
    let mut said = Said::default();
    let prefix = rules.prefix.captures(text).unwrap();
    let get = |n: usize| prefix.get(n).map(|m| m.as_str());
    said.session_id = get(1);
    said.remote = get(2).zip(get(3).and_then(|p| p.parse().ok()));
    said.local = get(4).zip(get(5).and_then(|p| p.parse().ok()));
    let begun = said.session_id.or(get(2)).or(get(4)).is_some();
    let rest = if begun { &text[prefix.get(0).unwrap().end()..] } else { text };
    said.event = Some(rest).filter(|event| !event.is_empty());
    let body = if let Some(packet) = rules.packet.captures(rest.trim_start()) {
        said.direction = packet.get(1).map(|m| m.as_str());
        // What the ends are called may follow the tag instead; of each the first counts.
        let body = &rest.trim_start()[packet.get(0).unwrap().end()..];
        let ends = rules.ends.captures(body).unwrap();
        let end = |ip, port| ends.get(ip).map(|m| m.as_str()).zip(ends.get(port).and_then(|p| p.as_str().parse().ok()));
        said.remote = said.remote.or_else(|| end(1, 2));
        said.local = said.local.or_else(|| end(3, 4));
        rest
    } else {
        let tags = rules.tags.captures(rest).unwrap();
        said.direction = tags.get(1).map(|m| m.as_str());
        said.exchange = tags.get(2).map(|m| m.as_str());
        &rest[tags.get(0).unwrap().end()..]
    };
    said.tunnel_id = group(&rules.tunnel_id, 1, body).and_then(number);
    said.ts_id = group(&rules.ts_id, 1, body).and_then(number);
    said.i_cookie = group(&rules.i_cookie, 1, body);
    said.r_cookie = group(&rules.r_cookie, 1, body);
    said.close_status = group(&rules.status, 1, body).map(str::trim);
    said.notify = group(&rules.notify, 1, body).map(str::trim);
    said.error_code = group(&rules.error, 1, body).and_then(code);
    said
}

fn structured(text: &str) -> Said<'_> {
    let keys: Vec<_> = RULES.key.captures_iter(text).collect();
    let mut said = Said::default();
    for (at, key) in keys.iter().enumerate() {
        let name = &key[1];
        let last = name == "ErrorMessage" || at + 1 == keys.len();
        let end = if last { text.len() } else { keys[at + 1].get(0).unwrap().start() };
        let value = text[key.get(0).unwrap().end()..end].trim();
        match name {
            "Remote" => said.remote = endpoint(value),
            "Local" => said.local = endpoint(value),
            "SESSION_ID" => said.session_id = value.strip_prefix('{').and_then(|v| v.strip_suffix('}')),
            "TunnelId" => said.tunnel_id = number(value),
            "TSId" => said.ts_id = number(value),
            "IkeEvent" => said.ike_event = Some(value),
            "ErrorCode" => said.error_code = code(value),
            _ => {}
        }
        if name == "ErrorMessage" {
            break;
        }
    }
    said.event = said.ike_event;
    said
}

/// xorshift64: the same messages every time.
struct Random(u64);

impl Random {
    fn bits(&mut self) -> u64 {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        self.0
    }

    fn below(&mut self, n: usize) -> usize {
        (self.bits() % n as u64) as usize
    }

    fn one<'t>(&mut self, of: &[&'t str]) -> &'t str {
        of[self.below(of.len())]
    }

    fn address(&mut self) -> String {
        match self.below(8) {
            0 => "<IPaddress>".to_owned(),
            1 => format!("{}.x.x.x", self.below(256)),
            2 => format!("2001:db8:0:{:x}:0:0:0:{:x}", self.below(0xFFFF), self.below(0xFFFF)),
            3 => format!("2001:db8::{:x}", 1 + self.below(0xFFF)),
            _ => format!("{}.{}.{}.{}", self.below(256), self.below(256), self.below(256), self.below(256)),
        }
    }

    fn id(&mut self) -> String {
        let n = self.below(1 << 20);
        if self.below(2) == 0 { format!("0x{n:x}") } else { n.to_string() }
    }

    fn guid(&mut self) -> String {
        let (a, b) = (self.bits(), self.bits());
        let text = format!(
            "{:08x}-{:04x}-{:04x}-{:04x}-{:012x}",
            a >> 32,
            a >> 16 & 0xFFFF,
            a & 0xFFFF,
            b >> 48,
            b & 0xFFFF_FFFF_FFFF
        );
        if self.below(4) == 0 { text.to_ascii_uppercase() } else { text }
    }

    /// A message in one of the published shapes, with values of its own.
    fn message(&mut self) -> String {
        if self.below(6) == 0 {
            return self.structured();
        }
        let mut out = String::new();
        if self.below(4) > 0 {
            out += &format!("SESSION_ID :{{{}}} ", self.guid());
        }
        if self.below(5) > 0 {
            let port = self.below(65536);
            out += &format!("Remote {}:{port}: ", self.address());
        }
        if self.below(5) > 0 {
            let port = self.one(&["500", "4500"]);
            out += &format!("Local {}:{port}: ", self.address());
        }
        let (id, ts, i, r) = (self.id(), self.id(), self.bits(), self.bits());
        if self.below(8) == 0 {
            let way = self.one(&["SEND", "RECV"]);
            let (mut ends, port) = (String::new(), self.below(65536));
            if !out.contains("Remote") && self.below(2) == 0 {
                ends += &format!("Remote {}:{port}: ", self.address());
            }
            if !out.contains("Local") && self.below(2) == 0 {
                ends += &format!("Local {}:500: ", self.address());
            }
            return out
                + &format!("[{way} Network Packet] {ends}ICookie : 0x{i:016X} RCookie : 0x{r:016X} Messid : {ts}");
        }
        out += self.one(&["", " "]);
        out += self.one(&["", "[SEND]", "[RECEIVED]", "[RECEIVE]", "[LOCAL_MSG]", "[LOCAL]"]);
        out += self.one(&["", "[SA_INIT]", "[SA_AUTH]", "[NOTIFY]"]);
        out += self.one(&["", " "]);
        out += &match self.below(9) {
            0 => format!("Sending IKE SA_INIT packet with tunnelId {id}, iCookie 0x{i:X} and rCookie 0x0"),
            1 => format!(
                "Sending Ike payload for tunnel Id {id}: Auth:PreShared Key- Policy1:Cipher=3DES Integrity=SHA1"
            ),
            2 => format!("Received SA INIT iCookie 0x{i:x} and Generated new rCookie 0x{r:x}"),
            3 => format!("Sending SA AUTH message for tunnelId {id} and tsId {ts}"),
            4 => format!(
                "Proposed Traffic Selector payload will be (Final Negotiated) - [Tsid 0x{:x}  ]Number of TSIs 1: StartAddress 10.0.0.0",
                self.below(9999)
            ),
            5 => {
                format!("Sending Notify Message - {}", self.one(&["Policy Mismatch", "Authentication failed", "x  y"]))
            }
            6 => format!(
                "IKE Tunnel closed for tunnelId {id} with status {}",
                self.one(&["Policy match error", "error text", "x"])
            ),
            7 => format!("IkeCleanup{}Negotiation called with error {id} and flags a", self.one(&["QM", "MM"])),
            _ => format!(
                "Receiving MM Packet for tunnel Id {id} iCookie 0x{i:X} and rCookie 0x{r:X}: Receiving MM Nonce"
            ),
        };
        out
    }

    fn structured(&mut self) -> String {
        let (guid, remote, local, id, ts, error) =
            (self.guid(), self.address(), self.address(), self.below(999), self.below(999), self.id());
        let event = self.one(&["SA_DELETE", "SA_NEGOTIATION_FAILED", "NEW_EVENT"]);
        let port = self.below(65536);
        format!(
            "(Error)[Remote] {remote}:{port} [Local] {local}:4500 [SESSION_ID] {{{guid}}} [ConnType] IKEv2-S2S [TunnelId] {id} \
             [TSId] {ts} [IkeEvent] {event} [SA_type] QM_SA [FailureDirection] Outbound [SAEstablished] true \
             [ErrorCode] {error} [ErrorMessage] Main mode [TunnelId] 7 delete."
        )
    }
}

/// Where the addresses stand in a message that begins with them.
fn ends(text: &str) -> Option<std::ops::Range<usize>> {
    let from = text.find("Remote ")?;
    let to = text.find("Local ").filter(|at| *at > from)?;
    let close = to + text.get(to..)?.find(": ")?;
    Some(from..close + 2)
}

/// What [`super::Values`] tells apart, one name that it knows and one that it does not.
const VALUES: [&str; 10] = [
    "tunnel_id",
    "ts_id",
    "i_cookie",
    "r_cookie",
    "error_code",
    "close_status",
    "notify",
    "message_id",
    "message_type",
    "remote_ip",
];

/// The message without the values in its text, and the one of that name.
fn without_other_values<'a>(m: &IkeMessage<'a>, name: &str) -> (IkeMessage<'a>, String) {
    let value = match name {
        "tunnel_id" => format!("{:?}", m.tunnel_id),
        "ts_id" => format!("{:?}", m.ts_id),
        "i_cookie" => format!("{:?}", m.i_cookie),
        "r_cookie" => format!("{:?}", m.r_cookie),
        "error_code" => format!("{:?}", m.error_code),
        "close_status" => format!("{:?}", m.close_status),
        "notify" => format!("{:?}", m.notify),
        "message_id" => format!("{:?}", m.message_id),
        "message_type" => m.message_type().as_str().to_owned(),
        _ => String::new(),
    };
    let mut rest = IkeMessage { tunnel_id: None, ts_id: None, i_cookie: None, r_cookie: None, ..*m };
    (rest.error_code, rest.close_status, rest.notify, rest.message_id) = (None, None, None, None);
    (rest, value)
}

#[test]
fn agrees_with_the_slow_parser() {
    let count = std::env::var("ORACLE_MESSAGES").ok().and_then(|n| n.parse().ok()).unwrap_or(50_000);
    let mut random = Random(0x2545_F491_4F6C_DD1D);
    let (mut reader, mut last) = (super::Reader::default(), String::new());
    let mut readers_of_one: Vec<_> =
        VALUES.iter().map(|name| (name, super::Reader::of(super::Values::of(name)))).collect();
    let mut fields = [0usize; 6];
    for n in 0..count {
        let mut text = random.message();
        // Half of them are bent where both must still agree: cut short, or with a value replaced.
        if n % 2 == 1 {
            match random.below(3) {
                0 => {
                    // Behind the addresses: what a cut one is worth, each parser may see differently.
                    let keep = text.find("ICookie").or(text.find(": [").map(|at| at + 3)).unwrap_or(text.len());
                    text.truncate(keep + random.below(text.len() + 1 - keep));
                }
                1 => text = text.replacen("0x", "0x0", 1),
                _ => text += random.one(&[" and more", ", tsId 5", " [Tsid 0x9 ]", " x=y"]),
            }
        }
        // A reader is fast where the addresses are those of the message before; and then they are not quite.
        if random.below(2) == 0
            && let Some(of_text) = ends(&text)
            && let Some(of_last) = ends(&last)
        {
            let mut again = last.get(of_last).unwrap_or_default().to_owned();
            if random.below(4) == 0 {
                again = again.replacen(random.one(&["1", "2"]), random.one(&["3", "4"]), 1);
            }
            text.replace_range(of_text, &again);
        }
        if text.is_empty() || text.trim() != text {
            continue;
        }
        last.clone_from(&text);
        let found = reader.parse(&text);
        let (name, reader) = &mut readers_of_one[random.below(VALUES.len())];
        let (alone, wanted) = (reader.parse(&text), without_other_values(&found, name));
        assert_eq!(without_other_values(&alone, name), wanted, "{name}: {text}");
        let found = Said::from(found);
        let wanted = slow(&text);
        for (count, there) in fields.iter_mut().zip([
            wanted.session_id.is_some(),
            wanted.remote.is_some(),
            wanted.tunnel_id.is_some(),
            wanted.i_cookie.is_some(),
            wanted.close_status.is_some(),
            wanted.error_code.is_some(),
        ]) {
            *count += usize::from(there);
        }
        assert_eq!(found, wanted, "message {n}: {text}");
    }
    assert!(fields.iter().all(|n| *n > count / 100), "the messages say something: {fields:?}");
}

#[test]
fn agrees_on_published_lines() {
    let mut reader = super::Reader::default();
    for (text, ..) in PUBLISHED {
        for text in [(*text).to_owned(), format!("{PREFIX}{text}")] {
            assert_eq!(Said::from(parse(&text)), slow(&text), "{text}");
            assert_eq!(reader.parse(&text), parse(&text), "{text}");
        }
    }
    let text = STRUCTURED.replace("guid", "8cb5875d-4c80-434b-8702-d78ac5b3d154");
    assert_eq!(Said::from(parse(&text)), slow(&text));
}
