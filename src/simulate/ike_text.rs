//! The wording of IKE messages.
//!
//! The wording of classic, structured and bare messages is the published one. Of packet messages only the beginning
//! and the end are published; what stands between is made up.

use super::format::{decimal, hex, text};
use super::plan::{Gateway, Peer};

/// How the two ends of a tunnel are spelt in messages.
#[derive(Debug, Clone)]
pub(super) struct Ends {
    /// `203.0.113.1:500`.
    pub(super) remote: String,
    pub(super) local: String,
    /// ` Remote 203.0.113.1:500: Local 192.0.2.1:500: `.
    pub(super) classic: String,
}

impl Ends {
    /// The ends of a peer's tunnel to an instance.
    pub(super) fn new(gateway: &Gateway, peer: &Peer, instance: u8) -> Self {
        let remote = format!("{}:{}", peer.ip, peer.remote_port);
        let local = format!("{}:{}", gateway.local_ips[usize::from(instance & 1)], peer.local_port);
        let classic = format!(" Remote {remote}: Local {local}: ");
        Self { remote, local, classic }
    }
}

/// A dead-peer-detection packet.
pub(super) fn packet(out: &mut Vec<u8>, ends: &Ends, send: bool, cookies: (u64, u64), id: u64) {
    text(out, if send { "[SEND Network Packet]" } else { "[RECV Network Packet]" });
    text(out, &ends.classic);
    text(out, "Exchange Type : INFORMATIONAL Length : 80 iCookie : ");
    hex(out, cookies.0);
    text(out, " rCookie : ");
    hex(out, cookies.1);
    text(out, " Messid : ");
    decimal(out, id);
}

/// A packet that could not be read.
pub(super) fn invalid_payload(out: &mut Vec<u8>) {
    text(out, "IkeFindPayloadInPacket failed with Windows error 13843(ERROR_IPSEC_IKE_INVALID_PAYLOAD)");
}

/// Azure's main-mode offer, in its documented order.
pub(super) const MAIN_OFFER: &str = "Policy1:Cipher=AES-CBC-256 Integrity=SHA1 DhGroup=DhGroup2 \
    Policy2:Cipher=AES-CBC-256 Integrity=SHA256 DhGroup=DhGroup2 Policy3:Cipher=AES-CBC-128 Integrity=SHA1 DhGroup=DhGroup2 \
    Policy4:Cipher=AES-CBC-128 Integrity=SHA256 DhGroup=DhGroup2 Policy5:Cipher=3DES Integrity=SHA1 DhGroup=DhGroup2 \
    Policy6:Cipher=3DES Integrity=SHA256 DhGroup=DhGroup2";
/// Azure's quick-mode offer as initiator, in its documented order.
pub(super) const QUICK_OFFER: &str = "Policy1:Integrity=AES-GCM-256 Cipher=AES-GCM-256 Policy2:Integrity=SHA1 Cipher=AES-CBC-256 \
    Policy3:Integrity=SHA1 Cipher=3DES Policy4:Integrity=SHA256 Cipher=AES-CBC-256 \
    Policy5:Integrity=SHA1 Cipher=AES-CBC-128 Policy6:Integrity=SHA256 Cipher=3DES";
/// Main-mode policies that Azure takes.
pub(super) const MAIN_CHOICES: [&str; 3] = [
    "Policy1:Cipher=AES-CBC-256 Integrity=SHA256 DhGroup=DhGroup2",
    "Policy1:Cipher=AES-CBC-256 Integrity=SHA1 DhGroup=DhGroup2",
    "Policy1:Cipher=AES-CBC-128 Integrity=SHA256 DhGroup=DhGroup2",
];
/// Main-mode policies that it does not.
pub(super) const MAIN_MISFITS: [&str; 3] = [
    "Policy1:Cipher=AES-CBC-256 Integrity=SHA384 DhGroup=DhGroupECP384",
    "Policy1:Cipher=AES-CBC-128 Integrity=Md5 DhGroup=DhGroup14 Policy2:Cipher=DES Integrity=Md5 DhGroup=DhGroup14",
    "Policy1:Cipher=AES-GCM-256 Integrity=SHA384 DhGroup=DhGroup14",
];
/// Quick-mode policies, without a separator, as they are logged.
pub(super) const QUICK_CHOICES: [&str; 3] = [
    "Policy1:Cipher=AES-CBC-256Integrity=SHA256",
    "Policy1:Cipher=AES-GCM-256Integrity=AES-GCM-256",
    "Policy1:Cipher=AES-CBC-256Integrity=SHA1",
];

/// The text of a Windows IKE error, as structured messages give it.
pub(super) fn error_text(code: u64) -> &'static str {
    match code {
        13885 => "Main mode SA lifetime expired or peer sent a main mode delete",
        13886 => "Main mode SA assumed to be invalid because peer stopped responding",
        13801 => "IKE authentication credentials are unacceptable",
        13868 => "Policy match error",
        13999 => "Traffic selectors unacceptable",
        _ => "Negotiation timed out",
    }
}

/// The traffic selectors of one side: everything, or some networks of a policy-based device.
pub(super) fn selector_list(out: &mut Vec<u8>, count: u64, lan: u8) {
    decimal(out, count);
    text(out, ":");
    for n in 0..count {
        text(out, if n == 0 { " StartAddress " } else { ", StartAddress " });
        if count == 1 {
            text(out, "0.0.0.0 EndAddress 255.255.255.255");
        } else {
            let address = |out: &mut Vec<u8>, last: &str| {
                text(out, "10.");
                decimal(out, u64::from(lan));
                text(out, ".");
                decimal(out, n * 16);
                text(out, last);
            };
            address(out, ".0");
            text(out, " EndAddress ");
            address(out, ".255");
        }
        text(out, " PortStart 0 PortEnd 65535 Protocol 0");
    }
}
