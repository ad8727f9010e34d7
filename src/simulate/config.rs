//! The configurations of gateways and connections that the gateway log carries, and how they change.

use serde::Serialize;

use super::rng::Rng;
use super::truth::Changed;

#[derive(Debug, Clone, Serialize)]
#[serde(rename_all = "PascalCase")]
struct GatewayConfig {
    gateway_sku: String,
    gateway_mode: &'static str,
    #[serde(rename = "VIPAddress")]
    vip_address: String,
    #[serde(rename = "VPNClientAddressPool")]
    vpn_client_address_pool: String,
    bgp_configuration: BgpConfiguration,
    connection_traffic_type: &'static str,
    enable_private_ip_address: bool,
}

#[derive(Debug, Clone, Serialize)]
#[serde(rename_all = "PascalCase")]
struct BgpConfiguration {
    gateway_config: Asn,
}

#[derive(Debug, Clone, Serialize)]
#[serde(rename_all = "PascalCase")]
struct Asn {
    asn: u32,
}

#[derive(Debug, Clone, Serialize)]
#[serde(rename_all = "PascalCase")]
struct ConnectionConfig {
    connection_name: String,
    connection_traffic_type: &'static str,
    remote_site: String,
    routing_weight: u32,
    dpd_timeout_seconds: u32,
    /// Counts the pre-shared keys set so far; the key itself is never logged.
    shared_key_version: u32,
    use_policy_based_traffic_selectors: bool,
    ipsec_policy: Policy,
}

#[derive(Debug, Clone, Serialize)]
#[serde(rename_all = "PascalCase")]
struct Policy {
    ike_encryption: &'static str,
    ike_integrity: &'static str,
    dh_group: &'static str,
    pfs_group: &'static str,
}

/// What a connection's change is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Touch {
    /// Anything that leaves the tunnel working.
    Harmless,
    /// A new pre-shared key.
    Key,
    /// Another IPsec policy.
    Policy,
    /// Other traffic selectors.
    Selectors,
}

/// The configurations of one gateway as they stand.
#[derive(Debug, Clone)]
pub(super) struct Configs {
    gateway: GatewayConfig,
    connections: Vec<ConnectionConfig>,
}

impl Configs {
    /// The configurations at the beginning; connections as (name, remote address).
    pub(super) fn new(sku: &str, vip: &str, asn: u32, index: u64, connections: &[(String, String)]) -> Self {
        Self {
            gateway: GatewayConfig {
                gateway_sku: sku.to_owned(),
                gateway_mode: "IPsecIKEv2",
                vip_address: vip.to_owned(),
                vpn_client_address_pool: format!("172.16.{}.0/24", 200 + index % 50),
                bgp_configuration: BgpConfiguration { gateway_config: Asn { asn } },
                connection_traffic_type: "Both",
                enable_private_ip_address: false,
            },
            connections: connections
                .iter()
                .map(|(name, ip)| ConnectionConfig {
                    connection_name: name.clone(),
                    connection_traffic_type: "IPsec",
                    remote_site: ip.clone(),
                    routing_weight: 10,
                    dpd_timeout_seconds: 45,
                    shared_key_version: 1,
                    use_policy_based_traffic_selectors: false,
                    ipsec_policy: Policy {
                        ike_encryption: "AES256",
                        ike_integrity: "SHA256",
                        dh_group: "DHGroup2",
                        pfs_group: "None",
                    },
                })
                .collect(),
        }
    }

    /// The gateway's configuration as JSON.
    pub(super) fn gateway_json(&self) -> String {
        serde_json::to_string(&self.gateway).unwrap_or_default()
    }

    /// A connection's configuration as JSON.
    pub(super) fn connection_json(&self, connection: usize) -> String {
        self.connections.get(connection).and_then(|c| serde_json::to_string(c).ok()).unwrap_or_default()
    }

    /// Changes the gateway's configuration.
    pub(super) fn change_gateway(&mut self, rng: &mut Rng) -> Vec<Changed> {
        let config = &mut self.gateway;
        match rng.below(3) {
            0 => {
                let new = if config.gateway_sku == "VpnGw2AZ" { "VpnGw3AZ" } else { "VpnGw2AZ" };
                vec![swap("GatewaySku", &mut config.gateway_sku, new.to_owned())]
            }
            1 => {
                let wide = config.vpn_client_address_pool.ends_with("/23");
                let base = config.vpn_client_address_pool.split('/').next().unwrap_or_default();
                let new = format!("{base}/{}", if wide { "24" } else { "23" });
                vec![swap("VPNClientAddressPool", &mut config.vpn_client_address_pool, new)]
            }
            _ => {
                let asn = &mut config.bgp_configuration.gateway_config.asn;
                let new = *asn + 1;
                vec![swap("BgpConfiguration.GatewayConfig.Asn", asn, new)]
            }
        }
    }

    /// Changes a connection's configuration.
    pub(super) fn change_connection(&mut self, connection: usize, touch: Touch, rng: &mut Rng) -> Vec<Changed> {
        let Some(config) = self.connections.get_mut(connection) else { return Vec::new() };
        match touch {
            Touch::Harmless if rng.chance(0.5) => {
                let new = config.routing_weight + 5;
                vec![swap("RoutingWeight", &mut config.routing_weight, new)]
            }
            Touch::Harmless => {
                let new = if config.dpd_timeout_seconds == 45 { 30 } else { 45 };
                vec![swap("DpdTimeoutSeconds", &mut config.dpd_timeout_seconds, new)]
            }
            Touch::Key => {
                let new = config.shared_key_version + 1;
                vec![swap("SharedKeyVersion", &mut config.shared_key_version, new)]
            }
            Touch::Policy => {
                let policy = &mut config.ipsec_policy;
                let strong = policy.dh_group == "ECP384";
                let (group, integrity) = if strong { ("DHGroup2", "SHA256") } else { ("ECP384", "SHA384") };
                vec![
                    swap("IpsecPolicy.DhGroup", &mut policy.dh_group, group),
                    swap("IpsecPolicy.IkeIntegrity", &mut policy.ike_integrity, integrity),
                ]
            }
            Touch::Selectors => {
                let new = !config.use_policy_based_traffic_selectors;
                vec![swap("UsePolicyBasedTrafficSelectors", &mut config.use_policy_based_traffic_selectors, new)]
            }
        }
    }
}

fn swap<T: ToString>(path: &'static str, slot: &mut T, new: T) -> Changed {
    let changed = Changed { path, old: slot.to_string(), new: new.to_string() };
    *slot = new;
    changed
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

    #[test]
    fn every_change_changes_the_json_and_says_so() {
        let mut rng = Rng::stream(1, &[]);
        let mut configs = Configs::new("VpnGw1AZ", "192.0.2.1", 65515, 0, &[("c".into(), "203.0.113.1".into())]);
        for _ in 0..20 {
            let before = configs.gateway_json();
            let changed = configs.change_gateway(&mut rng);
            assert!(changed.iter().all(|c| c.old != c.new) && before != configs.gateway_json());
            for touch in [Touch::Harmless, Touch::Key, Touch::Policy, Touch::Selectors] {
                let before = configs.connection_json(0);
                let changed = configs.change_connection(0, touch, &mut rng);
                assert!(
                    !changed.is_empty()
                        && changed.iter().all(|c| c.old != c.new)
                        && before != configs.connection_json(0)
                );
            }
        }
        assert!(configs.change_connection(9, Touch::Key, &mut rng).is_empty());
    }
}
