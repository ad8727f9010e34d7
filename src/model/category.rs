//! The five diagnostic categories of Azure VPN Gateway, and the catch-all.

/// What kind of log a record belongs to.
///
/// Source: Microsoft Learn, "Azure VPN Gateway monitoring data reference", resource logs.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Category {
    /// `GatewayDiagnosticLog`: configuration changes and maintenance.
    Gateway,
    /// `TunnelDiagnosticLog`: tunnels connected and disconnected.
    Tunnel,
    /// `RouteDiagnosticLog`: static routes and BGP.
    Route,
    /// `IKEDiagnosticLog`: IKE negotiation messages.
    Ike,
    /// `P2SDiagnosticLog`: point-to-site clients.
    P2s,
    /// Any other category or resource, kept only on request (`--keep-unknown`).
    Other,
}

impl Category {
    /// Every category, in the order in which they are listed to people.
    pub const ALL: [Self; 6] = [Self::Gateway, Self::Tunnel, Self::Route, Self::Ike, Self::P2s, Self::Other];

    /// The five categories that Azure VPN Gateway writes.
    pub const VPN: [Self; 5] = [Self::Gateway, Self::Tunnel, Self::Route, Self::Ike, Self::P2s];

    /// Azure's name of the category; empty for [`Category::Other`], which has no single one.
    pub fn azure_name(self) -> &'static str {
        match self {
            Self::Gateway => "GatewayDiagnosticLog",
            Self::Tunnel => "TunnelDiagnosticLog",
            Self::Route => "RouteDiagnosticLog",
            Self::Ike => "IKEDiagnosticLog",
            Self::P2s => "P2SDiagnosticLog",
            Self::Other => "",
        }
    }

    /// The value of the archive's `category` partition.
    pub fn partition(self) -> &'static str {
        match self {
            Self::Gateway => "gateway",
            Self::Tunnel => "tunnel",
            Self::Route => "route",
            Self::Ike => "ike",
            Self::P2s => "p2s",
            Self::Other => "other",
        }
    }

    /// The SQL table that holds the category.
    pub fn table(self) -> &'static str {
        match self {
            Self::Gateway => "gateway_log",
            Self::Tunnel => "tunnel_log",
            Self::Route => "route_log",
            Self::Ike => "ike_log",
            Self::P2s => "p2s_log",
            Self::Other => "other_log",
        }
    }

    /// The category that Azure calls `name`, whatever its case. `None` for names that are not a VPN gateway's.
    pub fn from_azure_name(name: &str) -> Option<Self> {
        Self::VPN.into_iter().find(|c| c.azure_name().eq_ignore_ascii_case(name))
    }

    /// The category whose archive partition is `name`.
    pub fn from_partition(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|c| c.partition() == name)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_lead_back() {
        for category in Category::VPN {
            assert_eq!(Category::from_azure_name(&category.azure_name().to_ascii_uppercase()), Some(category));
        }
        for category in Category::ALL {
            assert_eq!(Category::from_partition(category.partition()), Some(category));
        }
        assert_eq!(Category::from_azure_name("AuditEvent"), None);
        assert_eq!(Category::from_azure_name(""), None);
    }
}
