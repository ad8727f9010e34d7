//! What Azure offers and takes without a custom policy.
//!
//! Source: Microsoft, "About VPN devices and IPsec/IKE parameters for Site-to-Site VPN Gateway connections".

use super::Phase;

/// Which side of a negotiation the gateway has.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Role {
    /// As responder only: the gateway takes it and does not offer it.
    Responder,
    /// As initiator and as responder.
    Both,
}

impl Role {
    /// The stable lower-case name used in tables.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Responder => "responder",
            Self::Both => "both",
        }
    }
}

/// The kind of gateway.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum GatewayType {
    /// Route-based (dynamic).
    RouteBased,
    /// Policy-based (static): IKEv1 only.
    PolicyBased,
}

impl GatewayType {
    /// The stable lower-case name used in tables.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::RouteBased => "route_based",
            Self::PolicyBased => "policy_based",
        }
    }
}

/// One default proposal, in the spelling of the logs.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct DefaultProposal {
    /// Which gateways have it.
    pub gateway_type: GatewayType,
    /// Which negotiation it is for.
    pub phase: Phase,
    /// Whether the gateway offers it, too.
    pub role: Role,
    /// Place in the list, from 1.
    pub position: u8,
    /// Encryption.
    pub cipher: &'static str,
    /// Integrity.
    pub integrity: &'static str,
    /// Diffie-Hellman group; main mode only.
    pub dh_group: Option<&'static str>,
    /// PFS group, `None` as text where there is none; quick mode only.
    pub pfs_group: Option<&'static str>,
}

impl DefaultProposal {
    /// SA lifetime in seconds.
    pub fn lifetime_seconds(&self) -> u32 {
        match (self.phase, self.gateway_type) {
            (Phase::Main, _) => 28_800,
            (Phase::Quick, GatewayType::RouteBased) => 27_000,
            (Phase::Quick, GatewayType::PolicyBased) => 3_600,
        }
    }

    /// SA lifetime in kilobytes; `None` where none is set.
    pub fn lifetime_kilobytes(&self) -> Option<u32> {
        (self.phase == Phase::Quick && self.gateway_type == GatewayType::RouteBased).then_some(102_400_000)
    }
}

const fn main_mode(
    gateway_type: GatewayType,
    position: u8,
    cipher: &'static str,
    integrity: &'static str,
) -> DefaultProposal {
    DefaultProposal {
        gateway_type,
        phase: Phase::Main,
        role: Role::Both,
        position,
        cipher,
        integrity,
        dh_group: Some("DhGroup2"),
        pfs_group: None,
    }
}

const fn quick_mode(
    gateway_type: GatewayType,
    role: Role,
    position: u8,
    cipher: &'static str,
    integrity: &'static str,
    pfs_group: &'static str,
) -> DefaultProposal {
    DefaultProposal {
        gateway_type,
        phase: Phase::Quick,
        role,
        position,
        cipher,
        integrity,
        dh_group: None,
        pfs_group: Some(pfs_group),
    }
}

macro_rules! defaults {
    (
        route main: $($position:literal $cipher:literal $integrity:literal,)*;
        route quick: $($role:ident $q_position:literal $q_cipher:literal $q_integrity:literal $pfs:literal,)*;
        policy: $($p_position:literal $p_cipher:literal $p_integrity:literal,)*;
    ) => {
        /// Every default proposal: route-based main mode, route-based quick mode, then policy-based gateways.
        pub const DEFAULTS: &[DefaultProposal] = &[
            $(main_mode(GatewayType::RouteBased, $position, $cipher, $integrity),)*
            $(quick_mode(GatewayType::RouteBased, Role::$role, $q_position, $q_cipher, $q_integrity, $pfs),)*
            $(main_mode(GatewayType::PolicyBased, $p_position, $p_cipher, $p_integrity),)*
            $(quick_mode(GatewayType::PolicyBased, Role::Both, $p_position, $p_cipher, $p_integrity, "None"),)*
        ];
    };
}

defaults! {
    route main:
        1 "AES-CBC-256" "SHA1",
        2 "AES-CBC-256" "SHA256",
        3 "AES-CBC-128" "SHA1",
        4 "AES-CBC-128" "SHA256",
        5 "3DES" "SHA1",
        6 "3DES" "SHA256",;
    route quick:
        Both 1 "AES-GCM-256" "AES-GCM-256" "None",
        Both 2 "AES-CBC-256" "SHA1" "None",
        Both 3 "3DES" "SHA1" "None",
        Both 4 "AES-CBC-256" "SHA256" "None",
        Both 5 "AES-CBC-128" "SHA1" "None",
        Both 6 "3DES" "SHA256" "None",
        Responder 7 "DES" "SHA1" "None",
        Responder 8 "AES-CBC-256" "SHA1" "PFS1",
        Responder 9 "AES-CBC-256" "SHA1" "PFS2",
        Responder 10 "AES-CBC-256" "SHA1" "PFS14",
        Responder 11 "AES-CBC-128" "SHA1" "PFS1",
        Responder 12 "AES-CBC-128" "SHA1" "PFS2",
        Responder 13 "AES-CBC-128" "SHA1" "PFS14",
        Responder 14 "3DES" "SHA1" "PFS1",
        Responder 15 "3DES" "SHA1" "PFS2",
        Responder 16 "3DES" "SHA1" "PFS14",
        Responder 17 "3DES" "SHA256" "PFS2",
        Responder 18 "AES-CBC-256" "SHA256" "PFS1",
        Responder 19 "AES-CBC-256" "SHA256" "PFS2",
        Responder 20 "AES-CBC-256" "SHA256" "PFS14",
        Responder 21 "AES-CBC-256" "SHA1" "PFS24",
        Responder 22 "AES-CBC-256" "SHA256" "PFS24",
        Responder 23 "AES-CBC-128" "SHA256" "None",
        Responder 24 "AES-CBC-128" "SHA256" "PFS1",
        Responder 25 "AES-CBC-128" "SHA256" "PFS2",
        Responder 26 "AES-CBC-128" "SHA256" "PFS14",;
    policy:
        1 "AES-CBC-256" "SHA256",
        2 "AES-CBC-256" "SHA1",
        3 "AES-CBC-128" "SHA1",
        4 "3DES" "SHA1",;
}

#[cfg(test)]
mod tests {
    use std::collections::HashSet;

    use super::*;

    #[test]
    fn lists_are_numbered_and_without_doubles() {
        for gateway_type in [GatewayType::RouteBased, GatewayType::PolicyBased] {
            for phase in [Phase::Main, Phase::Quick] {
                let list: Vec<_> =
                    DEFAULTS.iter().filter(|d| d.gateway_type == gateway_type && d.phase == phase).collect();
                assert!(list.iter().enumerate().all(|(i, d)| usize::from(d.position) == i + 1));
                assert!(list.iter().all(|d| d.dh_group.is_some() == (phase == Phase::Main)));
                let unique: HashSet<_> = list.iter().map(|d| (d.cipher, d.integrity, d.pfs_group)).collect();
                assert_eq!(unique.len(), list.len());
            }
        }
        assert_eq!(DEFAULTS.len(), 6 + 26 + 4 + 4);
        assert_eq!(DEFAULTS.iter().filter(|d| d.role == Role::Responder).count(), 20);
    }
}
