//! Causes of disconnects in words, and in the groups that a reader asks for.

use super::say::{Lang, Say, Word};

/// What a reader asks: whose matter is it?
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Group {
    /// Azure's maintenance, announced or suspected, and resets.
    Maintenance,
    /// Somebody changed the configuration.
    Change,
    /// Settings of both sides that do not agree.
    Settings,
    /// The device, or what lies between.
    Peer,
    /// Nobody knows.
    Unknown,
}

impl Group {
    /// Every group, in the order in which they are told.
    pub const ALL: [Self; 5] = [Self::Maintenance, Self::Change, Self::Settings, Self::Peer, Self::Unknown];

    /// The group of a cause in `disconnects`.
    pub fn of(cause: &str) -> Self {
        match cause {
            "maintenance" | "maintenance_suspected" | "gateway_reset" => Self::Maintenance,
            "configuration_change" => Self::Change,
            "authentication" | "policy_mismatch" | "selectors" => Self::Settings,
            "dpd_timeout" | "peer_disconnect" | "negotiation_timeout" => Self::Peer,
            _ => Self::Unknown,
        }
    }

    /// The stable name.
    pub fn key(self) -> &'static str {
        match self {
            Self::Maintenance => "maintenance",
            Self::Change => "change",
            Self::Settings => "settings",
            Self::Peer => "peer",
            Self::Unknown => "unknown",
        }
    }

    /// The class of what is drawn of it.
    pub fn class(self) -> &'static str {
        match self {
            Self::Maintenance => "down-maintenance",
            Self::Change => "down-change",
            Self::Settings => "down-settings",
            Self::Peer => "down-peer",
            Self::Unknown => "down-unknown",
        }
    }

    /// Its name.
    pub fn word(self) -> Word {
        match self {
            Self::Maintenance => Word::GroupMaintenance,
            Self::Change => Word::GroupChange,
            Self::Settings => Word::GroupSettings,
            Self::Peer => Word::GroupPeer,
            Self::Unknown => Word::GroupUnknown,
        }
    }
}

macro_rules! named {
    ($(#[$meaning:meta])* $function:ident: $($name:literal => $word:ident,)*) => {
        $(#[$meaning])*
        pub fn $function(name: &str) -> Option<Word> {
            match name {
                $($name => Some(Word::$word),)*
                _ => None,
            }
        }
    };
}

named! {
    /// The word for a value of one of the analysis tables' closed sets.
    known:
    "maintenance" => CauseMaintenance,
    "maintenance_suspected" => CauseMaintenanceSuspected,
    "gateway_reset" => CauseGatewayReset,
    "configuration_change" => CauseConfigurationChange,
    "dpd_timeout" => CauseDpdTimeout,
    "peer_disconnect" => CausePeerDisconnect,
    "authentication" => CauseAuthentication,
    "policy_mismatch" => CausePolicyMismatch,
    "selectors" => CauseSelectors,
    "negotiation_timeout" => CauseNegotiationTimeout,
    "bgp_only" => CauseBgpOnly,
    "unknown" => CauseUnknown,
    "failover" => KindFailover,
    "reconnect" => KindReconnect,
    "outage" => KindOutage,
    "open" => KindOpen,
    "logged" => GradeLogged,
    "inferred" => GradeInferred,
    "pattern" => GradePattern,
    "azure" => SideAzure,
    "peer" => SidePeer,
    "both" => SideBoth,
    "path" => SidePath,
    "authentication_failed" => OutcomeAuthentication,
    "timed_out" => OutcomeTimedOut,
    "selectors_unacceptable" => OutcomeSelectors,
    "tunnel" => BgpWithTunnel,
    "disconnected" => P2sDisconnected,
    "failed" => P2sFailed,
    "connected" => P2sConnected,
}

named! {
    /// What to do about a cause, in the report's own words.
    advice_word:
    "maintenance" => AdviceMaintenance,
    "maintenance_suspected" => AdviceMaintenanceSuspected,
    "gateway_reset" => AdviceGatewayReset,
    "configuration_change" => AdviceConfigurationChange,
    "dpd_timeout" => AdviceDpdTimeout,
    "peer_disconnect" => AdvicePeerDisconnect,
    "authentication" => AdviceAuthentication,
    "policy_mismatch" => AdvicePolicyMismatch,
    "selectors" => AdviceSelectors,
    "negotiation_timeout" => AdviceNegotiationTimeout,
    "bgp_only" => AdviceBgpOnly,
    "unknown" => AdviceUnknown,
}

impl Say {
    /// The word for a value of a closed set; the value itself where there is none.
    pub fn known(&self, value: &str) -> String {
        known(value).map_or_else(|| value.replace('_', " "), |word| self.word(word))
    }

    /// The next step after a cause, and Microsoft's page for it, which stands in the table's text.
    pub fn advice(&self, cause: &str, text: &str) -> (String, Option<String>) {
        let url = text.find("https://").and_then(|at| text.get(at..)).map(|url| match self.lang {
            Lang::En => url.to_owned(),
            Lang::Ja => url.replacen("learn.microsoft.com/", "learn.microsoft.com/ja-jp/", 1),
        });
        (advice_word(cause).map_or_else(|| text.to_owned(), |word| self.word(word)), url)
    }
}

#[cfg(test)]
mod tests {
    use tunnelql_udfs::domain::history::causes::Cause;

    use super::*;

    #[test]
    fn every_cause_has_words_and_english_says_what_the_table_does() {
        let (en, ja) = (Say::default(), Say { lang: Lang::Ja, ..Say::default() });
        for cause in [
            Cause::Maintenance,
            Cause::MaintenanceSuspected,
            Cause::GatewayReset,
            Cause::ConfigurationChange,
            Cause::DpdTimeout,
            Cause::PeerDisconnect,
            Cause::Authentication,
            Cause::PolicyMismatch,
            Cause::Selectors,
            Cause::NegotiationTimeout,
            Cause::BgpOnly,
            Cause::Unknown,
        ] {
            let name = cause.as_str();
            assert!(known(name).is_some(), "{name}");
            let (text, url) = en.advice(name, cause.advice());
            assert_eq!(format!("{}: {}", text.trim_end_matches('.'), url.unwrap()), cause.advice());
            let (text, url) = ja.advice(name, cause.advice());
            assert!(!text.is_ascii() && url.unwrap().starts_with("https://learn.microsoft.com/ja-jp/azure/"), "{name}");
        }
    }
}
