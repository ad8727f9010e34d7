//! Golden lines, field by field.
//!
//! `PUBLISHED` are lines and bodies from published logs, with the addresses as published; long lists are cut where the
//! reference cuts them. Everything else is synthetic and says so.

use super::{Family, IkeMessage};

pub(super) const CLASSIC: IkeMessage<'static> = IkeMessage {
    family: Family::Classic,
    session_id: None,
    remote_ip: None,
    remote_port: None,
    local_ip: None,
    local_port: None,
    direction: None,
    exchange: None,
    event: None,
    body: None,
    i_cookie: None,
    r_cookie: None,
    tunnel_id: None,
    ts_id: None,
    close_status: None,
    notify: None,
    error_code: None,
    ike_event: None,
    conn_type: None,
    sa_type: None,
    failure_direction: None,
    sa_established: None,
    error_message: None,
    severity: None,
    message_id: None,
};
const BARE: IkeMessage<'static> = IkeMessage { family: Family::Bare, ..CLASSIC };
const SEND: IkeMessage<'static> = IkeMessage { direction: Some("SEND"), ..CLASSIC };
const RECEIVED: IkeMessage<'static> = IkeMessage { direction: Some("RECEIVED"), ..CLASSIC };
const LOCAL: IkeMessage<'static> = IkeMessage { direction: Some("LOCAL_MSG"), ..CLASSIC };
const I: Option<&str> = Some("0xCBF235637168FA00");
const R: Option<&str> = Some("0x69284B72D78CBC71");
pub(super) const PREFIX: &str =
    "SESSION_ID :{8cb5875d-4c80-434b-8702-d78ac5b3d154} Remote 77.98.70.226:59780: Local 51.124.63.204:4500: ";

/// Text, the fields apart from event and body, and the body. The event is the whole text.
pub(super) type Line = (&'static str, IkeMessage<'static>, &'static str);

pub(super) const PUBLISHED: &[Line] = &[
    (
        "[SEND][SA_INIT] Sending IKE SA_INIT packet with tunnelId 0x3, iCookie 0xCBF235637168FA00 and rCookie 0x0",
        IkeMessage { exchange: Some("SA_INIT"), tunnel_id: Some(3), i_cookie: I, r_cookie: Some("0x0"), ..SEND },
        "Sending IKE SA_INIT packet with tunnelId 0x3, iCookie 0xCBF235637168FA00 and rCookie 0x0",
    ),
    (
        "[SEND]Sending Ike payload for tunnel Id 0x3: Auth:PreShared Key- Policy1:Cipher=AES-CBC-256 Integrity=SHA1 DhGroup=DhGroup2 Policy2:...",
        IkeMessage { tunnel_id: Some(3), ..SEND },
        "Sending Ike payload for tunnel Id 0x3: Auth:PreShared Key- Policy1:Cipher=AES-CBC-256 Integrity=SHA1 DhGroup=DhGroup2 Policy2:...",
    ),
    (
        "[RECEIVED][SA_INIT] Received IKE SA Init response message with iCookie 0xCBF235637168FA00 rCookie 0x69284B72D78CBC71",
        IkeMessage { exchange: Some("SA_INIT"), i_cookie: I, r_cookie: R, ..RECEIVED },
        "Received IKE SA Init response message with iCookie 0xCBF235637168FA00 rCookie 0x69284B72D78CBC71",
    ),
    (
        "[RECEIVED][SA_INIT] Received SA INIT iCookie 0xA3C9358D2737DA5D rCookie 0x0",
        IkeMessage {
            exchange: Some("SA_INIT"),
            i_cookie: Some("0xA3C9358D2737DA5D"),
            r_cookie: Some("0x0"),
            ..RECEIVED
        },
        "Received SA INIT iCookie 0xA3C9358D2737DA5D rCookie 0x0",
    ),
    (
        "[LOCAL_MSG][SA_INIT] Received SA INIT iCookie 0xA3C9358D2737DA5D and Generated new rCookie 0x70C9D10B840827BC",
        IkeMessage {
            exchange: Some("SA_INIT"),
            i_cookie: Some("0xA3C9358D2737DA5D"),
            r_cookie: Some("0x70C9D10B840827BC"),
            ..LOCAL
        },
        "Received SA INIT iCookie 0xA3C9358D2737DA5D and Generated new rCookie 0x70C9D10B840827BC",
    ),
    (
        "[RECEIVED]Received Ike payload: Policy1:Cipher=AES-CBC-256 Integrity=SHA256 DhGroup=DhGroup2",
        RECEIVED,
        "Received Ike payload: Policy1:Cipher=AES-CBC-256 Integrity=SHA256 DhGroup=DhGroup2",
    ),
    (
        "[RECEIVED] Receiving MM Packet for tunnel Id 0x3 iCookie 0xCBF235637168FA00 and rCookie 0x69284B72D78CBC71: Receiving MM Nonce",
        IkeMessage { tunnel_id: Some(3), i_cookie: I, r_cookie: R, ..RECEIVED },
        "Receiving MM Packet for tunnel Id 0x3 iCookie 0xCBF235637168FA00 and rCookie 0x69284B72D78CBC71: Receiving MM Nonce",
    ),
    (
        "[SEND][SA_AUTH] Sending SA AUTH message for tunnelId 0x3 and tsId 0x37",
        IkeMessage { exchange: Some("SA_AUTH"), tunnel_id: Some(3), ts_id: Some(0x37), ..SEND },
        "Sending SA AUTH message for tunnelId 0x3 and tsId 0x37",
    ),
    (
        "[RECEIVED][SA_AUTH] Received IKE AUTH message",
        IkeMessage { exchange: Some("SA_AUTH"), ..RECEIVED },
        "Received IKE AUTH message",
    ),
    (
        "[SEND]Sending IPSec policy Payload for tunnel Id 0x3, tsId 0x37: Policy1:Integrity=AES-GCM-256 Cipher=AES-GCM-256 Policy2:Integrity=SHA1 Cipher=AES-CBC-256 ...",
        IkeMessage { tunnel_id: Some(3), ts_id: Some(0x37), ..SEND },
        "Sending IPSec policy Payload for tunnel Id 0x3, tsId 0x37: Policy1:Integrity=AES-GCM-256 Cipher=AES-GCM-256 Policy2:Integrity=SHA1 Cipher=AES-CBC-256 ...",
    ),
    (
        "[RECEIVED]Received IPSec payload: Policy1:Cipher=DESIntegrity=Md5",
        RECEIVED,
        "Received IPSec payload: Policy1:Cipher=DESIntegrity=Md5",
    ),
    (
        " Proposed(send) Traffic Selector payload will be- [Tsid 0x37 ]Number of TSIs 1: StartAddress 0.0.0.0 EndAddress 255.255.255.255 PortStart 0 PortEnd 65535 Protocol 0 Number of TSRs 1:StartAddress ...",
        IkeMessage { ts_id: Some(0x37), ..CLASSIC },
        "Proposed(send) Traffic Selector payload will be- [Tsid 0x37 ]Number of TSIs 1: StartAddress 0.0.0.0 EndAddress 255.255.255.255 PortStart 0 PortEnd 65535 Protocol 0 Number of TSRs 1:StartAddress ...",
    ),
    (
        "[SEND] Proposed Traffic Selector payload will be (Final Negotiated) - [Tsid 0x729  ]Number of TSIs 2: StartAddress 10.20.0.0 EndAddress 10.20.255.255 PortStart 0 PortEnd 65535 Protocol 0, StartAddress ... Number of TSRs 1:StartAddress ...",
        IkeMessage { ts_id: Some(0x729), ..SEND },
        "Proposed Traffic Selector payload will be (Final Negotiated) - [Tsid 0x729  ]Number of TSIs 2: StartAddress 10.20.0.0 EndAddress 10.20.255.255 PortStart 0 PortEnd 65535 Protocol 0, StartAddress ... Number of TSRs 1:StartAddress ...",
    ),
    (
        "[SEND][NOTIFY] Sending Notify Message - Policy Mismatch",
        IkeMessage { exchange: Some("NOTIFY"), notify: Some("Policy Mismatch"), ..SEND },
        "Sending Notify Message - Policy Mismatch",
    ),
    (
        "[RECEIVED][NOTIFY] Received Notify Message - Authentication failed",
        IkeMessage { exchange: Some("NOTIFY"), notify: Some("Authentication failed"), ..RECEIVED },
        "Received Notify Message - Authentication failed",
    ),
    (
        "[LOCAL_MSG] IKE Tunnel closed for tunnelId 0x3 with status IKE authentication credentials are unacceptable",
        IkeMessage {
            tunnel_id: Some(3),
            close_status: Some("IKE authentication credentials are unacceptable"),
            ..LOCAL
        },
        "IKE Tunnel closed for tunnelId 0x3 with status IKE authentication credentials are unacceptable",
    ),
    (
        "[LOCAL_MSG] IKE Tunnel closed for tunnelId 0x3 with status Policy match error",
        IkeMessage { tunnel_id: Some(3), close_status: Some("Policy match error"), ..LOCAL },
        "IKE Tunnel closed for tunnelId 0x3 with status Policy match error",
    ),
    (
        "IkeCleanupQMNegotiation called with error 13868 and flags a",
        IkeMessage { error_code: Some(13868), ..BARE },
        "IkeCleanupQMNegotiation called with error 13868 and flags a",
    ),
    (
        "IkeFindPayloadInPacket failed with Windows error 13843(ERROR_IPSEC_IKE_INVALID_PAYLOAD)",
        IkeMessage { error_code: Some(13843), ..BARE },
        "IkeFindPayloadInPacket failed with Windows error 13843(ERROR_IPSEC_IKE_INVALID_PAYLOAD)",
    ),
];

/// Published, with `guid` in the place of the session's GUID.
pub(super) const STRUCTURED: &str = "(Error)[Remote] 184.x.x.x:4500 [Local] 40.x.x.x:4500 [SESSION_ID] {guid} [ConnType] IKEv2-S2S [TunnelId] 1 [TSId] 684 [IkeEvent] SA_DELETE [SA_type] QM_SA [FailureDirection] Outbound [SAEstablished] true [ErrorCode] 13885 [ErrorMessage] Main mode SA lifetime expired or peer sent a main mode delete.";

/// Synthetic: published shapes bent by the traps that are known.
pub(super) const BENT: &[Line] = &[
    ("", IkeMessage { family: Family::Other, ..CLASSIC }, ""),
    ("something new", IkeMessage { family: Family::Other, ..CLASSIC }, "something new"),
    ("[MSG] [default] [OVPN_1] hello", IkeMessage { family: Family::Other, ..CLASSIC }, "[default] [OVPN_1] hello"),
    ("[UNKNOWN_TAG][MORE] text", IkeMessage { family: Family::Other, ..CLASSIC }, "text"),
    (
        "[UNKNOWN][SA_INIT] tunnel ID: 7",
        IkeMessage { exchange: Some("SA_INIT"), tunnel_id: Some(7), ..CLASSIC },
        "tunnel ID: 7",
    ),
    ("[LOCAL]text", IkeMessage { direction: Some("LOCAL"), ..CLASSIC }, "text"),
    (
        "[RECEIVE] [SA_AUTH]text",
        IkeMessage { direction: Some("RECEIVE"), exchange: Some("SA_AUTH"), ..CLASSIC },
        "text",
    ),
    ("[SEND][SA_INIT][EXTRA]   text", IkeMessage { exchange: Some("SA_INIT"), ..SEND }, "text"),
    ("[NOTIFY] text", IkeMessage { exchange: Some("NOTIFY"), ..CLASSIC }, "text"),
    ("[SEND]", SEND, ""),
    ("[SEND", IkeMessage { family: Family::Other, ..CLASSIC }, "[SEND"),
    (
        "[SEND]tunnelId=12,tsId:0X1f;iCookie=0xab rCookie:69284B72D78CBC71",
        IkeMessage {
            tunnel_id: Some(12),
            ts_id: Some(31),
            i_cookie: Some("0xab"),
            r_cookie: Some("69284B72D78CBC71"),
            ..SEND
        },
        "tunnelId=12,tsId:0X1f;iCookie=0xab rCookie:69284B72D78CBC71",
    ),
    (
        "[SEND] [TunnelId] 1 [TSId] 684",
        IkeMessage { tunnel_id: Some(1), ts_id: Some(684), ..SEND },
        "[TunnelId] 1 [TSId] 684",
    ),
    (
        "[SEND] tunnelId none, tsId 0xfffffffffffffffff, iCookie and rCookie bad",
        SEND,
        "tunnelId none, tsId 0xfffffffffffffffff, iCookie and rCookie bad",
    ),
    ("[SEND] tunnelId none tunnelId 5", IkeMessage { tunnel_id: Some(5), ..SEND }, "tunnelId none tunnelId 5"),
    ("[SEND] mytunnelId 5 xtsId 6", SEND, "mytunnelId 5 xtsId 6"),
    (
        "[LOCAL_MSG] IKE Tunnel closed for tunnelId 0x3 with status 0x35E9",
        IkeMessage { tunnel_id: Some(3), close_status: Some("0x35E9"), error_code: Some(13801), ..LOCAL },
        "IKE Tunnel closed for tunnelId 0x3 with status 0x35E9",
    ),
    ("[LOCAL_MSG] IKE Tunnel closed with status ", LOCAL, "IKE Tunnel closed with status "),
    ("[LOCAL_MSG] answered with status OK", LOCAL, "answered with status OK"),
    (
        "[LOCAL_MSG] failed, Error Code: 0x80073613",
        IkeMessage { error_code: Some(13843), ..LOCAL },
        "failed, Error Code: 0x80073613",
    ),
    (
        "[LOCAL_MSG] failed, HRESULT 0x800735E9",
        IkeMessage { error_code: Some(13801), ..LOCAL },
        "failed, HRESULT 0x800735E9",
    ),
    ("[LOCAL_MSG] failed, errors 5", LOCAL, "failed, errors 5"),
    (
        "[SEND][NOTIFY]Sending Notify Message -",
        IkeMessage { exchange: Some("NOTIFY"), ..SEND },
        "Sending Notify Message -",
    ),
    (
        "IkeCleanupMMNegotiation called with error 0x35ED and flags b",
        IkeMessage { error_code: Some(13805), ..BARE },
        "IkeCleanupMMNegotiation called with error 0x35ED and flags b",
    ),
    ("Ike payload", IkeMessage { family: Family::Other, ..CLASSIC }, "Ike payload"),
    ("Remote peer went away", IkeMessage { family: Family::Other, ..CLASSIC }, "Remote peer went away"),
    ("(Warning)[SEND] text", IkeMessage { severity: Some("Warning"), ..SEND }, "text"),
    ("(Info)[NEW] text", IkeMessage { family: Family::Other, severity: Some("Info"), ..CLASSIC }, "text"),
    ("(note) text", IkeMessage { family: Family::Other, ..CLASSIC }, "(note) text"),
    (
        "[RECV Network Packet] ICookie : 0xCBF235637168FA00 Messid : 0x1",
        IkeMessage { family: Family::Packet, direction: Some("RECV"), i_cookie: I, message_id: Some("0x1"), ..CLASSIC },
        "ICookie : 0xCBF235637168FA00 Messid : 0x1",
    ),
    (
        "[SEND Network Packet] Remote 203.0.113.5:500: Local 192.0.2.4:4500: Messid : 7",
        IkeMessage {
            family: Family::Packet,
            remote_ip: Some("203.0.113.5"),
            remote_port: Some(500),
            local_ip: Some("192.0.2.4"),
            local_port: Some(4500),
            message_id: Some("7"),
            ..SEND
        },
        "Messid : 7",
    ),
    ("[SEND Network Packet]Messid:2", IkeMessage { family: Family::Packet, message_id: Some("2"), ..SEND }, "Messid:2"),
];
