//! Why each tunnel went down: the first rule that fires decides, and what no rule can decide is unknown.

use super::case::{Evidence, Logs, add_gateway_events};
use super::groups::{Group, Holdings, groups};
use super::rules::{self, Rule, Stage};
use super::tunnels::{Interruption, Kind, history};
use super::{GatewayEvent, IkeSign, TunnelEvent};

/// Why a tunnel went down.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Cause {
    /// Azure serviced the instance, and the gateway log says so.
    Maintenance,
    /// It looks like that, but nothing says so.
    MaintenanceSuspected,
    /// The gateway was reset.
    GatewayReset,
    /// Somebody changed a configuration.
    ConfigurationChange,
    /// The peer no longer answered.
    DpdTimeout,
    /// The peer ended it.
    PeerDisconnect,
    /// Key, certificate or identity do not match.
    Authentication,
    /// No proposal fits.
    PolicyMismatch,
    /// No traffic selector fits.
    Selectors,
    /// The peer does not answer negotiations.
    NegotiationTimeout,
    /// BGP and not the tunnel.
    BgpOnly,
    /// The logs do not tell.
    Unknown,
}

impl Cause {
    /// The name in tables.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Maintenance => "maintenance",
            Self::MaintenanceSuspected => "maintenance_suspected",
            Self::GatewayReset => "gateway_reset",
            Self::ConfigurationChange => "configuration_change",
            Self::DpdTimeout => "dpd_timeout",
            Self::PeerDisconnect => "peer_disconnect",
            Self::Authentication => "authentication",
            Self::PolicyMismatch => "policy_mismatch",
            Self::Selectors => "selectors",
            Self::NegotiationTimeout => "negotiation_timeout",
            Self::BgpOnly => "bgp_only",
            Self::Unknown => "unknown",
        }
    }

    /// Whether somebody meant it to happen: announced or ordered.
    pub fn is_planned(self) -> bool {
        matches!(self, Self::Maintenance | Self::GatewayReset | Self::ConfigurationChange)
    }

    /// Where to look: `azure`, `peer`, `both` (settings that must agree), `path` (what lies between) or `unknown`.
    pub fn side(self) -> &'static str {
        match self {
            Self::Maintenance | Self::MaintenanceSuspected | Self::GatewayReset | Self::ConfigurationChange => "azure",
            Self::PeerDisconnect => "peer",
            Self::Authentication | Self::PolicyMismatch | Self::Selectors => "both",
            Self::DpdTimeout | Self::NegotiationTimeout | Self::BgpOnly => "path",
            Self::Unknown => "unknown",
        }
    }

    /// The next step, with Microsoft's page for it.
    pub fn advice(self) -> &'static str {
        match self {
            Self::Maintenance => {
                "Nothing to repair. If 10 to 15 seconds hurt, use active-active mode and choose a maintenance window: \
                 https://learn.microsoft.com/azure/vpn-gateway/customer-controlled-gateway-maintenance"
            }
            Self::MaintenanceSuspected => {
                "Ask Azure support or Service Health whether the gateway was serviced at this time; a gateway reset looks the \
                 same: https://learn.microsoft.com/azure/vpn-gateway/troubleshoot-vpn-with-azure-diagnostics"
            }
            Self::GatewayReset => {
                "Look in the activity log who reset the gateway: https://learn.microsoft.com/azure/vpn-gateway/reset-gateway"
            }
            Self::ConfigurationChange => {
                "Compare the configurations (config_changes) and look in the activity log who changed it: \
                 https://learn.microsoft.com/azure/vpn-gateway/troubleshoot-vpn-with-azure-diagnostics"
            }
            Self::DpdTimeout => {
                "Look for loss between the device and Azure, and compare the DPD timeouts of both sides: \
                 https://learn.microsoft.com/azure/vpn-gateway/vpn-gateway-about-vpn-devices"
            }
            Self::PeerDisconnect => {
                "Read the on-premises device's own log at this time: lifetimes, idle timeout, a restart: \
                 https://learn.microsoft.com/azure/vpn-gateway/vpn-gateway-troubleshoot-site-to-site-disconnected-intermittently"
            }
            Self::Authentication => {
                "Compare the pre-shared keys of both sides, and the device's IKE identity with the local network gateway: \
                 https://learn.microsoft.com/azure/vpn-gateway/vpn-gateway-troubleshoot-site-to-site-cannot-connect"
            }
            Self::PolicyMismatch => {
                "Compare both sides' IPsec/IKE policies (ike_failures shows the offers): \
                 https://learn.microsoft.com/azure/vpn-gateway/vpn-gateway-ipsecikepolicy-rm-powershell"
            }
            Self::Selectors => {
                "Compare the address ranges of both sides and the setting for policy-based traffic selectors: \
                 https://learn.microsoft.com/azure/vpn-gateway/vpn-gateway-connect-multiple-policybased-rm-ps"
            }
            Self::NegotiationTimeout => {
                "Test whether UDP 500 and 4500 reach the device and its answers reach Azure: \
                 https://learn.microsoft.com/azure/vpn-gateway/vpn-gateway-troubleshoot-site-to-site-cannot-connect"
            }
            Self::BgpOnly => {
                "Look at the BGP session's timers, addresses and prefix limit: \
                 https://learn.microsoft.com/azure/vpn-gateway/bgp-diagnostics"
            }
            Self::Unknown => {
                "Read the rows around this time in ike_log and the device's own log: \
                 https://learn.microsoft.com/azure/vpn-gateway/troubleshoot-vpn-with-azure-diagnostics"
            }
        }
    }
}

/// How well a cause is founded.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Grade {
    /// A row says it.
    Logged,
    /// Rows taken together tell it.
    Inferred,
    /// It only looks like it.
    Pattern,
}

impl Grade {
    /// The name in tables.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Logged => "logged",
            Self::Inferred => "inferred",
            Self::Pattern => "pattern",
        }
    }
}

/// An interruption with its cause.
#[derive(Debug, Clone, PartialEq)]
pub struct Disconnect<'a> {
    /// The interruption.
    pub interruption: Interruption<'a>,
    /// Why.
    pub cause: Cause,
    /// How well that is founded; `None` when it is unknown.
    pub grade: Option<Grade>,
    /// 0 to 1; a rank, not a measured probability.
    pub confidence: f64,
    /// The rule that decided.
    pub rule: Option<&'static Rule>,
    /// The rows that decided it, nearest first.
    pub evidence: Vec<Evidence<'a>>,
}

/// What went down and why.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Explained<'a> {
    /// By time, gateway, peer.
    pub disconnects: Vec<Disconnect<'a>>,
    /// Events of whole instances, that no tunnel's own surroundings explain; indexes into `disconnects`.
    pub events: Vec<Group<'a>>,
}

/// More rows than this prove no more.
const MOST_EVIDENCE: usize = 6;

/// Explains every interruption in the tunnel log.
///
/// `ike` needs only the telling rows of the peers and times concerned: [`super::case::NEGOTIATIONS_BEFORE`] before each
/// disconnect to [`super::case::NEGOTIATIONS_AFTER`] after it. Without them failing negotiations are not noticed.
pub fn explain<'a>(tunnels: &[TunnelEvent<'a>], gateway: &[GatewayEvent<'a>], ike: &[IkeSign<'a>]) -> Explained<'a> {
    let interruptions = history(tunnels).interruptions;
    let logs = Logs::new(gateway, ike, &interruptions);
    let mut cases: Vec<_> = interruptions.iter().map(|i| logs.case(*i)).collect();
    let own: Vec<_> = cases.iter().map(|case| rules::decide(case, Stage::Tunnel)).collect();
    // What nothing explains so far may be an event of the whole gateway.
    let events = groups(&interruptions, |index| own.get(index).is_some_and(Option::is_none));
    add_gateway_events(&mut cases, &events, gateway, &Holdings::new(tunnels));
    let disconnects = cases.iter().zip(own).map(|(case, own)| {
        let decided = own.or_else(|| rules::decide(case, Stage::Gateway));
        let Some(decided) = decided else {
            let evidence = vec![case.own.clone()];
            let interruption = case.interruption;
            return Disconnect {
                interruption,
                cause: Cause::Unknown,
                grade: None,
                confidence: 0.0,
                rule: None,
                evidence,
            };
        };
        let mut evidence = decided.evidence;
        evidence.sort_by_key(|e| e.time.abs_diff(case.interruption.disconnected_at));
        evidence.truncate(MOST_EVIDENCE);
        Disconnect {
            interruption: case.interruption,
            cause: decided.rule.cause,
            grade: Some(decided.rule.grade),
            confidence: decided.confidence,
            rule: Some(decided.rule),
            evidence,
        }
    });
    Explained { disconnects: disconnects.collect(), events }
}

/// Failovers among the interruptions, as events: one failover of a gateway moves many tunnels.
pub fn failovers<'a>(disconnects: &[Disconnect<'a>], within: i64) -> Vec<Group<'a>> {
    let interruptions: Vec<_> = disconnects.iter().map(|d| d.interruption).collect();
    groups(&interruptions, |index| interruptions.get(index).is_some_and(|i| i.kind(within) == Kind::Failover))
}
