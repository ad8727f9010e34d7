//! Azure resource ids.

/// The parts of an Azure resource id, as logged. Every part is empty when the id does not have it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct ResourceId<'a> {
    /// After `/SUBSCRIPTIONS/`.
    pub subscription_id: &'a str,
    /// After `/RESOURCEGROUPS/`.
    pub resource_group: &'a str,
    /// After `/PROVIDERS/`, for example `MICROSOFT.NETWORK`.
    pub provider: &'a str,
    /// For example `VIRTUALNETWORKGATEWAYS`.
    pub resource_type: &'a str,
    /// The resource's own name.
    pub name: &'a str,
}

impl<'a> ResourceId<'a> {
    /// Splits an id such as
    /// `/SUBSCRIPTIONS/<guid>/RESOURCEGROUPS/<rg>/PROVIDERS/MICROSOFT.NETWORK/VIRTUALNETWORKGATEWAYS/<name>`,
    /// in any case, with or without the leading slash. Never fails: what is not there is empty.
    pub fn parse(id: &'a str) -> Self {
        let mut out = Self::default();
        let mut parts = id.split('/').filter(|p| !p.is_empty());
        while let Some(key) = parts.next() {
            let Some(value) = parts.next() else { break };
            if key.eq_ignore_ascii_case("subscriptions") {
                out.subscription_id = value;
            } else if key.eq_ignore_ascii_case("resourcegroups") {
                out.resource_group = value;
            } else if key.eq_ignore_ascii_case("providers") {
                out.provider = value;
                out.resource_type = parts.next().unwrap_or_default();
                out.name = parts.next().unwrap_or_default();
                break;
            }
        }
        out
    }

    /// Whether this is a resource that writes VPN gateway logs: a virtual network gateway, or one of Virtual WAN's.
    pub fn is_vpn_gateway(&self) -> bool {
        ["virtualnetworkgateways", "vpngateways", "p2svpngateways"]
            .iter()
            .any(|t| self.resource_type.eq_ignore_ascii_case(t))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn resource_id_in_any_case() {
        let id = ResourceId::parse(
            "/subscriptions/S/resourceGroups/rg/providers/Microsoft.Network/virtualNetworkGateways/gw",
        );
        assert_eq!((id.subscription_id, id.resource_group, id.provider), ("S", "rg", "Microsoft.Network"));
        assert_eq!((id.resource_type, id.name), ("virtualNetworkGateways", "gw"));
        assert!(id.is_vpn_gateway());
    }

    #[test]
    fn odd_ids_do_not_fail() {
        for odd in ["", "/", "//", "/SUBSCRIPTIONS", "/SUBSCRIPTIONS/", "x/y/z", "/PROVIDERS/A", "ü/é"] {
            assert!(!ResourceId::parse(odd).is_vpn_gateway(), "{odd}");
        }
    }
}
