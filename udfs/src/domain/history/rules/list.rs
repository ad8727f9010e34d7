//! Every rule, in the order in which they are asked.

use super::Log::{Gateway, Ike, Tunnel};
use super::{Cause, Example, Failure, Grade, Notice, Reason, Rule, Stage, Test};

const fn example(says: &'static str, rows: &'static [(i64, super::Log, &'static str)]) -> Example {
    Example { says, rows }
}

const REFERENCE: &str = "Microsoft Learn, Troubleshoot Azure VPN Gateway using diagnostic logs";
const WINDOWS: &str = "Windows system error codes 13000 to 13999, and the reference above";

/// Back on the same instance within seconds, whatever the reason says.
const QUICK_BACK: Example =
    example("a glitch", &[(0, Tunnel, "-0 DPD timed out"), (20, Tunnel, "+0 RemotelyTriggered")]);
const PEER_ENDED: Example =
    example("the peer ended it", &[(0, Tunnel, "-0 RemotelyTriggered"), (9, Tunnel, "+0 LocallyTriggered")]);
const SILENT: Example = example("no word at all", &[(0, Tunnel, "-0"), (900, Tunnel, "+0")]);
const MOVED: Example = example("over to the other instance", &[(0, Tunnel, "-0 GlobalStandby"), (12, Tunnel, "+1")]);
const CONFIG_1: &str = "SetConnectionConfiguration {\"ConnectionName\":\"c\",\"Site\":\"203.0.113.1\",\"Weight\":1}";
const CONFIG_2: &str = "SetConnectionConfiguration {\"ConnectionName\":\"c\",\"Site\":\"203.0.113.1\",\"Weight\":2}";
const OTHER_1: &str = "SetConnectionConfiguration {\"ConnectionName\":\"d\",\"Site\":\"203.0.113.2\",\"Weight\":1}";
const OTHER_2: &str = "SetConnectionConfiguration {\"ConnectionName\":\"d\",\"Site\":\"203.0.113.2\",\"Weight\":2}";

const fn says_ike(name: &'static str, cause: Cause, failure: Failure, fires: &'static [Example]) -> Rule {
    Rule {
        name,
        stage: Stage::Tunnel,
        cause,
        grade: Grade::Logged,
        confidence: 0.98,
        reason: "The tunnel's reason is the status text with which the negotiation was closed.",
        source: WINDOWS,
        test: Test::ReasonIs(Reason::Ike(failure)),
        fires,
        quiet: &[QUICK_BACK, PEER_ENDED, SILENT],
    }
}

const fn fails_ike(
    name: &'static str,
    cause: Cause,
    failure: Failure,
    fires: &'static [Example],
    quiet: &'static [Example],
) -> Rule {
    Rule {
        name,
        stage: Stage::Tunnel,
        cause,
        grade: Grade::Inferred,
        confidence: 0.9,
        reason: "While the tunnel was down, the peer's negotiations failed with this result again and again. Whoever ended \
                 the tunnel, it could not come back for this reason.",
        source: REFERENCE,
        test: Test::NegotiationsFail(failure),
        fires,
        quiet,
    }
}

/// Every rule, in the order in which they are asked; [`Stage::Tunnel`] is asked before [`Stage::Gateway`].
pub const RULES: &[Rule] = &[
    says_ike(
        "reason_authentication",
        Cause::Authentication,
        Failure::Authentication,
        &[example("in words", &[(0, Tunnel, "-0 IKE authentication credentials are unacceptable")])],
    ),
    says_ike(
        "reason_policy_mismatch",
        Cause::PolicyMismatch,
        Failure::PolicyMismatch,
        &[example("in words", &[(0, Tunnel, "-0 Policy match error"), (900, Tunnel, "+0")])],
    ),
    says_ike(
        "reason_selectors",
        Cause::Selectors,
        Failure::Selectors,
        &[example("in words", &[(0, Tunnel, "-0 Traffic selectors unacceptable"), (900, Tunnel, "+1")])],
    ),
    says_ike(
        "reason_negotiation_timeout",
        Cause::NegotiationTimeout,
        Failure::TimedOut,
        &[example("in words", &[(0, Tunnel, "-0 Negotiation timed out")])],
    ),
    Rule {
        name: "reason_dpd",
        stage: Stage::Tunnel,
        cause: Cause::DpdTimeout,
        grade: Grade::Logged,
        confidence: 0.95,
        reason: "The tunnel's reason says that dead-peer detection got no answer.",
        source: REFERENCE,
        test: Test::ReasonIs(Reason::Dpd),
        fires: &[
            QUICK_BACK,
            example(
                "also when a failover comes meanwhile",
                &[(0, Tunnel, "-0 DPD timed out"), (5, Gateway, "HostMaintenanceEvent"), (30, Tunnel, "+1")],
            ),
        ],
        quiet: &[PEER_ENDED, MOVED, SILENT],
    },
    Rule {
        name: "reason_bgp",
        stage: Stage::Tunnel,
        cause: Cause::BgpOnly,
        grade: Grade::Logged,
        confidence: 0.8,
        reason: "The tunnel's reason speaks of BGP. BGP that is lost while the tunnel stands is in bgp_sessions.",
        source: "No published reason text does; kept for those that will",
        test: Test::ReasonIs(Reason::Bgp),
        fires: &[example("made up", &[(0, Tunnel, "-0 BGP session lost")])],
        quiet: &[QUICK_BACK, SILENT],
    },
    fails_ike(
        "negotiations_authentication",
        Cause::Authentication,
        Failure::Authentication,
        &[
            example(
                "the peer ended it and has another key since",
                &[(0, Tunnel, "-0 RemotelyTriggered"), (5, Ike, "13801 "), (9, Ike, "13801 "), (900, Tunnel, "+0")],
            ),
            example(
                "a changed key: the change is evidence, the failing key the cause",
                &[
                    (-600, Gateway, CONFIG_1),
                    (-9, Gateway, CONFIG_2),
                    (0, Tunnel, "-0 LocallyTriggered"),
                    (3, Ike, " IKE authentication credentials are unacceptable"),
                ],
            ),
        ],
        &[
            PEER_ENDED,
            example(
                "negotiations of later do not count",
                &[(0, Tunnel, "-0 RemotelyTriggered"), (90, Tunnel, "+0"), (95, Ike, "13801 ")],
            ),
        ],
    ),
    fails_ike(
        "negotiations_policy_mismatch",
        Cause::PolicyMismatch,
        Failure::PolicyMismatch,
        &[example("for ever", &[(0, Tunnel, "-0 RemotelyTriggered"), (2, Ike, "13868 Policy match error")])],
        &[example("another failure first", &[(0, Tunnel, "-0"), (1, Ike, "13801 "), (2, Ike, "13868 ")])],
    ),
    fails_ike(
        "negotiations_selectors",
        Cause::Selectors,
        Failure::Selectors,
        &[example("no common ranges", &[(0, Tunnel, "-0 LocallyTriggered"), (2, Ike, "13999 "), (400, Tunnel, "+0")])],
        &[example("the SA itself", &[(0, Tunnel, "-0 RemotelyTriggered"), (0, Ike, "SA_DELETE 13999 ")])],
    ),
    fails_ike(
        "negotiations_timeout",
        Cause::NegotiationTimeout,
        Failure::TimedOut,
        &[example("nobody answers", &[(0, Tunnel, "-0 RemotelyTriggered"), (20, Ike, "13805 Negotiation timed out")])],
        &[example("back in seconds", &[(0, Tunnel, "-0 RemotelyTriggered"), (20, Ike, "13805 "), (25, Tunnel, "+0")])],
    ),
    Rule {
        name: "configuration_changed",
        stage: Stage::Tunnel,
        cause: Cause::ConfigurationChange,
        grade: Grade::Inferred,
        confidence: 0.85,
        reason: "The gateway ended the tunnel itself, minutes at most after a configuration that concerns it had changed. \
                 Comparing gateway events with tunnel events shows that.",
        source: REFERENCE,
        test: Test::ConfigurationChanged,
        fires: &[example(
            "a new weight",
            &[
                (-999, Gateway, CONFIG_1),
                (-40, Gateway, CONFIG_2),
                (0, Tunnel, "-0 LocallyTriggered"),
                (9, Tunnel, "+0"),
            ],
        )],
        quiet: &[
            example(
                "the same configuration again",
                &[(-999, Gateway, CONFIG_1), (-40, Gateway, CONFIG_1), (0, Tunnel, "-0 LocallyTriggered")],
            ),
            example(
                "another connection's",
                &[
                    (-5000, Tunnel, "+0/2"),
                    (-4000, Tunnel, "-0/2 x"),
                    (-999, Gateway, OTHER_1),
                    (-40, Gateway, OTHER_2),
                    (0, Tunnel, "-0 LocallyTriggered"),
                ],
            ),
            example(
                "the peer ended it",
                &[(-999, Gateway, CONFIG_1), (-40, Gateway, CONFIG_2), (0, Tunnel, "-0 RemotelyTriggered")],
            ),
        ],
    },
    Rule {
        name: "deleted_dpd",
        stage: Stage::Tunnel,
        cause: Cause::DpdTimeout,
        grade: Grade::Inferred,
        confidence: 0.85,
        reason: "The tunnel gives no reason that is known, but its SA was given up in the same moment since the peer had \
                 stopped responding (13886).",
        source: WINDOWS,
        test: Test::DeletedWith(13886),
        fires: &[example("no reason", &[(0, Ike, "SA_DELETE 13886 "), (0, Tunnel, "-0"), (20, Tunnel, "+0")])],
        quiet: &[SILENT, example("later", &[(0, Tunnel, "-0"), (9, Ike, "SA_DELETE 13886 ")])],
    },
    Rule {
        name: "reason_remote",
        stage: Stage::Tunnel,
        cause: Cause::PeerDisconnect,
        grade: Grade::Logged,
        confidence: 0.9,
        reason: "The tunnel's reason says that the other side ended it, and nothing kept it from coming back.",
        source: REFERENCE,
        test: Test::ReasonIs(Reason::Remote),
        fires: &[PEER_ENDED],
        quiet: &[QUICK_BACK, MOVED, SILENT],
    },
    Rule {
        name: "reset_announced",
        stage: Stage::Gateway,
        cause: Cause::GatewayReset,
        grade: Grade::Logged,
        confidence: 0.95,
        reason: "The gateway log names a reset.",
        source: REFERENCE,
        test: Test::Announced(Notice::Reset),
        fires: &[example("in words", &[(-9, Gateway, "ResetGateway"), (0, Tunnel, "-0 LocallyTriggered")])],
        quiet: &[MOVED, QUICK_BACK],
    },
    Rule {
        name: "maintenance_announced",
        stage: Stage::Gateway,
        cause: Cause::Maintenance,
        grade: Grade::Logged,
        confidence: 0.98,
        reason: "The gateway log announces maintenance of the host or an upgrade of the gateway, and this is the nearest event \
                 to that.",
        source: REFERENCE,
        test: Test::Announced(Notice::Maintenance),
        fires: &[
            example(
                "minutes before",
                &[(-300, Gateway, "HostMaintenanceEvent"), (0, Tunnel, "-0 GlobalStandby"), (12, Tunnel, "+1")],
            ),
            example(
                "just after, both instances active",
                &[(0, Tunnel, "-0 StandbyChanged"), (6, Gateway, "X Upgrade gateway started"), (12, Tunnel, "+0")],
            ),
        ],
        quiet: &[
            MOVED,
            example(
                "an hour before",
                &[(-3600, Gateway, "HostMaintenanceEvent"), (0, Tunnel, "-0 GlobalStandby"), (12, Tunnel, "+1")],
            ),
            example(
                "of the event before",
                &[
                    (0, Tunnel, "-1 GlobalStandby"),
                    (9, Tunnel, "+0"),
                    (290, Gateway, "HostMaintenanceEvent"),
                    (300, Tunnel, "-0 GlobalStandby"),
                    (310, Tunnel, "+1"),
                ],
            ),
        ],
    },
    Rule {
        name: "primary_changed_alone",
        stage: Stage::Gateway,
        cause: Cause::GatewayReset,
        grade: Grade::Inferred,
        confidence: 0.6,
        reason: "The gateway ended the tunnels itself and made its other instance the primary one, and the log announces no \
                 maintenance: somebody had it done.",
        source: REFERENCE,
        test: Test::PrimaryChangedAlone,
        fires: &[example(
            "primary changed",
            &[(0, Tunnel, "-0 LocallyTriggered"), (5, Gateway, "GatewayTenantPrimaryChanged"), (40, Tunnel, "+1")],
        )],
        quiet: &[
            example(
                "for maintenance",
                &[
                    (-9, Gateway, "HostMaintenanceEvent"),
                    (0, Tunnel, "-0 LocallyTriggered"),
                    (5, Gateway, "GatewayTenantPrimaryChanged"),
                    (40, Tunnel, "+1"),
                ],
            ),
            example("not logged", &[(0, Tunnel, "-0 LocallyTriggered"), (40, Tunnel, "+1")]),
        ],
    },
    Rule {
        name: "instance_left",
        stage: Stage::Gateway,
        cause: Cause::MaintenanceSuspected,
        grade: Grade::Pattern,
        confidence: 0.5,
        reason: "The tunnels left an instance, and no row says why: usually maintenance, of which not every one is logged; a \
                 gateway reset looks the same. The other instance's turn minutes before or after makes it likelier.",
        source: REFERENCE,
        test: Test::InstanceLeft,
        fires: &[
            MOVED,
            example("a minute and a half", &[(0, Tunnel, "-0"), (95, Tunnel, "+1")]),
            example(
                "every tunnel of an active instance",
                &[
                    (0, Tunnel, "-0 LocallyTriggered"),
                    (1, Tunnel, "-0/2 LocallyTriggered"),
                    (30, Tunnel, "+0"),
                    (31, Tunnel, "+0/2"),
                ],
            ),
        ],
        quiet: &[
            QUICK_BACK,
            SILENT,
            example(
                "one of two tunnels",
                &[(-900, Tunnel, "+0/2"), (0, Tunnel, "-0 LocallyTriggered"), (30, Tunnel, "+0")],
            ),
        ],
    },
];
