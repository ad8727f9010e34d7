//! What a message says, as one of a closed set of classes.

use super::scan::find_word;
use super::{Direction, Family, IkeMessage};

macro_rules! types {
    ($($(#[$meaning:meta])* $id:ident $name:literal;)*) => {
        /// What a message says. A closed set with stable names: whatever is not recognised is `Other`.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
        pub enum MessageType { $($(#[$meaning])* $id,)* }

        impl MessageType {
            /// Every type.
            pub const ALL: &[Self] = &[$(Self::$id,)*];

            /// The stable snake_case name used in tables.
            pub fn as_str(self) -> &'static str {
                match self { $(Self::$id => $name,)* }
            }
        }
    };
}

types! {
    /// The gateway begins a negotiation.
    SaInitSent "sa_init_sent";
    /// The peer begins a negotiation.
    SaInitReceived "sa_init_received";
    /// The peer answers the gateway's SA_INIT.
    SaInitResponseReceived "sa_init_response_received";
    /// The gateway makes its cookie (SPI) for a negotiation that the peer began.
    RCookieGenerated "r_cookie_generated";
    /// Main-mode proposals, offered or received.
    PolicyPayload "policy_payload";
    /// Quick-mode proposals, offered or received.
    IpsecPolicyPayload "ipsec_policy_payload";
    /// Traffic selectors, proposed or agreed on.
    TrafficSelectors "traffic_selectors";
    /// A main-mode packet with some payload.
    MainModePacket "main_mode_packet";
    /// A quick-mode packet with some payload.
    QuickModePacket "quick_mode_packet";
    /// An IKE_AUTH message.
    Auth "auth";
    /// A Notify message, sent or received.
    Notify "notify";
    /// The gateway closed the tunnel, with the reason.
    TunnelClosed "tunnel_closed";
    /// An SA was deleted (structured family).
    SaDelete "sa_delete";
    /// A negotiation failed (structured family).
    NegotiationFailed "negotiation_failed";
    /// The gateway throws the state of a negotiation away, with the error.
    Cleanup "cleanup";
    /// Another function of the gateway failed, for example on a payload that it could not read.
    FunctionFailed "function_failed";
    /// A packet as it passed.
    Packet "packet";
    /// None of these.
    Other "other";
}

/// Phrases stand at the beginning of a body; what follows may be a long list.
const HEAD_BYTES: usize = 128;

impl IkeMessage<'_> {
    /// Which class of message this is. Tags and phrases decide; a body without tags is recognised as well.
    pub fn message_type(&self) -> MessageType {
        match self.family {
            Family::Structured => match self.ike_event {
                Some(event) if event.eq_ignore_ascii_case("SA_DELETE") => MessageType::SaDelete,
                Some(event) if event.eq_ignore_ascii_case("SA_NEGOTIATION_FAILED") => MessageType::NegotiationFailed,
                _ => MessageType::Other,
            },
            Family::Packet => MessageType::Packet,
            Family::Bare if self.body.is_some_and(|body| body.starts_with("IkeCleanup")) => MessageType::Cleanup,
            Family::Bare => MessageType::FunctionFailed,
            Family::Other => MessageType::Other,
            Family::Classic => classic(self),
        }
    }
}

fn classic(m: &IkeMessage<'_>) -> MessageType {
    use MessageType as T;
    let body = m.body.unwrap_or_default().as_bytes();
    let head = body.get(..HEAD_BYTES).unwrap_or(body);
    let exchange = m.exchange.unwrap_or_default();
    macro_rules! says {
        ($($phrase:literal)|+) => { $(find_word(head, 0, $phrase).is_some())||+ };
    }
    if m.close_status.is_some() || says!(b"ike tunnel closed") {
        T::TunnelClosed
    } else if m.notify.is_some() || exchange == "NOTIFY" || says!(b"notify message") {
        T::Notify
    } else if says!(b"traffic selector") {
        T::TrafficSelectors
    } else if says!(b"ipsec policy payload" | b"ipsec payload") {
        T::IpsecPolicyPayload
    } else if says!(b"ike policy payload" | b"ike payload") {
        T::PolicyPayload
    } else if says!(b"mm packet") {
        T::MainModePacket
    } else if says!(b"qm packet") {
        T::QuickModePacket
    } else if exchange == "SA_AUTH" || says!(b"auth message") {
        T::Auth
    } else if exchange == "SA_INIT" || says!(b"sa init" | b"sa_init") {
        let sends = || find_word(head, 0, b"send") == Some(0);
        match m.direction_kind() {
            _ if says!(b"generated new rcookie") => T::RCookieGenerated,
            Some(Direction::Send) => T::SaInitSent,
            None if sends() => T::SaInitSent,
            _ if says!(b"response") => T::SaInitResponseReceived,
            Some(Direction::Received) => T::SaInitReceived,
            None if says!(b"receiv") => T::SaInitReceived,
            Some(Direction::Local) | None => T::Other,
        }
    } else {
        T::Other
    }
}

#[cfg(test)]
mod tests {
    use std::collections::HashSet;

    use super::super::golden::{PREFIX, PUBLISHED, STRUCTURED};
    use super::super::parse;
    use super::*;

    #[test]
    fn published_lines() {
        // In the order of PUBLISHED.
        let wanted = [
            "sa_init_sent",
            "policy_payload",
            "sa_init_response_received",
            "sa_init_received",
            "r_cookie_generated",
            "policy_payload",
            "main_mode_packet",
            "auth",
            "auth",
            "ipsec_policy_payload",
            "ipsec_policy_payload",
            "traffic_selectors",
            "traffic_selectors",
            "notify",
            "notify",
            "tunnel_closed",
            "tunnel_closed",
            "cleanup",
            "function_failed",
        ];
        assert_eq!(PUBLISHED.len(), wanted.len());
        for ((text, ..), wanted) in PUBLISHED.iter().zip(wanted) {
            assert_eq!(parse(text).message_type().as_str(), wanted, "{text}");
        }
        assert_eq!(parse(STRUCTURED).message_type(), MessageType::SaDelete);
    }

    #[test]
    fn bent_lines() {
        // Synthetic: published phrases without tags, in other case, and what is unknown.
        let far = format!("[SEND]{}Traffic Selector", "x ".repeat(HEAD_BYTES));
        for (text, wanted) in [
            ("Sending IKE SA_INIT packet with tunnelId 0x3", MessageType::SaInitSent),
            ("Received SA INIT iCookie 0xA3C9358D2737DA5D rCookie 0x0", MessageType::SaInitReceived),
            ("[RECEIVE][SA_INIT]RECEIVED IKE SA INIT RESPONSE MESSAGE", MessageType::SaInitResponseReceived),
            ("[LOCAL_MSG][SA_INIT] something new", MessageType::Other),
            ("[RECEIVED] Receiving QM Packet for tunnel Id 0x3", MessageType::QuickModePacket),
            ("[NOTIFY]", MessageType::Notify),
            ("[LOCAL_MSG] IKE Tunnel closed for tunnelId 0x3", MessageType::TunnelClosed),
            ("[SEND] something new", MessageType::Other),
            ("(Error)[Remote] 1.2.3.4:500 [IkeEvent] SA_NEGOTIATION_FAILED", MessageType::NegotiationFailed),
            ("(Error)[Remote] 1.2.3.4:500 [IkeEvent] NEW", MessageType::Other),
            ("(Error)[Remote] 1.2.3.4:500", MessageType::Other),
            ("IkeCleanupMMNegotiation called with error 13805 and flags b", MessageType::Cleanup),
            ("[SEND Network Packet] Messid : 1", MessageType::Packet),
            ("hello", MessageType::Other),
            ("", MessageType::Other),
            (PREFIX, MessageType::Other),
            (far.as_str(), MessageType::Other),
        ] {
            assert_eq!(parse(text).message_type(), wanted, "{text}");
        }
    }

    #[test]
    fn names_are_unique() {
        let names: HashSet<_> = MessageType::ALL.iter().map(|t| t.as_str()).collect();
        assert_eq!(names.len(), MessageType::ALL.len());
    }
}
