//! Every word that a report says, in each language, in one table: a word that is missing in one of them does not compile.
//! The Japanese terms are those of Microsoft's own documents.

/// A language of reports.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Lang {
    /// English.
    #[default]
    En,
    /// Japanese.
    Ja,
}

impl Lang {
    /// Every language.
    pub const ALL: [Self; 2] = [Self::En, Self::Ja];

    /// The code after BCP 47.
    pub fn code(self) -> &'static str {
        match self {
            Self::En => "en",
            Self::Ja => "ja",
        }
    }

    /// The language of a code.
    pub fn from_code(code: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|lang| lang.code().eq_ignore_ascii_case(code))
    }
}

macro_rules! words {
    ($($name:ident: $en:literal | $ja:literal;)*) => {
        /// A word or sentence. `{0}`, `{1}` stand for values.
        #[derive(Debug, Clone, Copy, PartialEq, Eq)]
        #[allow(missing_docs)]
        pub enum Word { $($name,)* }

        impl Word {
            /// All of them.
            pub const ALL: &[Self] = &[$(Self::$name,)*];

            /// What it is in a language.
            pub fn text(self, lang: Lang) -> &'static str {
                match (self, lang) {
                    $((Self::$name, Lang::En) => $en, (Self::$name, Lang::Ja) => $ja,)*
                }
            }
        }
    };
}

words! {
    // The page
    ReportTitle: "VPN gateway report" | "VPN Gateway レポート";
    RangeIs: "Time range: {0} to {1}" | "対象期間: {0} ～ {1}";
    DataIs: "Data in it: {0} to {1}" | "期間内のデータ: {0} ～ {1}";
    DataReaches: "The data reaches from {0} to {1}: --since and --until choose a time in it, and --now data makes --last count from its end." | "データの期間は {0} ～ {1} です。--since と --until でその中の期間を指定できます。--now data を付けると --last はデータの末尾から数えます。";
    NoRowsAtAll: "There is no data: no log has a row, and nothing can be said." | "データがありません。どのログにも行がなく、何も判断できません。";
    NoRowsSince: "There is no data since {0}: nothing can be said of this time." | "{0} 以降のデータがありません。この期間については何も判断できません。";
    NoRowsUntil: "There is no data until {0}: nothing can be said of this time." | "{0} までのデータがありません。この期間については何も判断できません。";
    NoRowsBetween: "There is no data from {0} to {1}: nothing can be said of this time." | "{0} から {1} までのデータがありません。この期間については何も判断できません。";
    MadeAt: "Made {0} by tunnelql {1}" | "作成日時: {0} (tunnelql {1})";
    TimesIn: "Times in {0}" | "時刻のタイム ゾーン: {0}";
    RedactedIs: "Replaced by pseudonyms: {0}" | "仮名に置き換えた項目: {0}";
    Unread: "Blobs that could not be read, without which this was made: {0}" | "読み取れず、含まれていない BLOB の数: {0}";
    AlsoDown: "Also down then: {0}" | "同じ時刻に停止していたもの: {0}";
    NearestIs: "Nothing was down at {0}; this is the nearest." | "{0} に停止していたトンネルはありません。最も近いものを示します。";
    Contents: "Contents" | "目次";
    MoreRows: "{0} more rows; this shows all:" | "ほか {0} 行。次のクエリですべて表示できます:";
    FilterHint: "Filter rows" | "行の絞り込み";
    SortHint: "Sort by this column" | "この列で並べ替え";
    ZoomIn: "Zoom in" | "拡大";
    ZoomOut: "Zoom out" | "縮小";
    ZoomAll: "Show all" | "全体を表示";
    MoveEarlier: "Earlier" | "前へ";
    MoveLater: "Later" | "次へ";
    NothingFound: "No rows" | "該当する行はありません";
    NMore: "{0} more" | "ほか {0} 件";
    ListComma: ", " | "、";
    Yes: "yes" | "はい";
    NotCounted: "not counted" | "集計なし";
    // Sections
    SectionSummary: "Summary" | "概要";
    SectionAvailability: "Availability" | "可用性";
    SectionTimeline: "Timeline" | "タイムライン";
    SectionIncidents: "Incidents" | "インシデント";
    SectionFailovers: "Failovers and maintenance" | "フェールオーバーとメンテナンス";
    SectionNegotiations: "Failing negotiations" | "失敗したネゴシエーション";
    SectionConfiguration: "Configuration changes" | "構成の変更";
    SectionBgp: "BGP" | "BGP";
    SectionP2s: "Point-to-site" | "ポイント対サイト";
    SectionQuality: "Data quality" | "データの品質";
    // Columns and labels
    Time: "Time" | "時刻";
    Month: "Month" | "月";
    Gateway: "Gateway" | "ゲートウェイ";
    Peer: "Peer" | "接続先";
    Instance: "Instance" | "インスタンス";
    Instances: "Instance" | "インスタンス";
    Connection: "Connection" | "接続";
    Operation: "Operation" | "操作";
    User: "User" | "ユーザー";
    Protocol: "Protocol" | "プロトコル";
    Authentication: "Authentication" | "認証";
    Message: "Message" | "メッセージ";
    LogTable: "Log" | "ログ";
    Begin: "Begin" | "開始";
    End: "End" | "終了";
    Length: "Length" | "長さ";
    Number: "Number" | "件数";
    Code: "Code" | "コード";
    Reason: "Reason" | "理由";
    ExampleSource: "For example in" | "例";
    FirstSeen: "First" | "最初";
    LastSeen: "Last" | "最後";
    WentDown: "Went down" | "切断";
    CameBack: "Came back" | "再接続";
    DownTime: "Down" | "切断時間";
    DownTimeSum: "Down, all tunnels" | "切断時間の合計 (全トンネル)";
    KindOf: "Kind" | "種類";
    Cause: "Cause" | "原因";
    Grade: "Founded" | "根拠";
    WhereToLook: "Where to look" | "確認する側";
    LoggedReason: "Reason as logged" | "ログに記録された理由";
    Repeated: "Logged again while down" | "切断中の重複記録";
    Incident: "Incident" | "インシデント";
    EventId: "Event" | "イベント";
    Evidence: "Evidence" | "根拠となるログ";
    Advice: "What to do:" | "対処:";
    MicrosoftPage: "Microsoft's page" | "Microsoft のドキュメント";
    SeeNegotiation: "The negotiations that failed meanwhile" | "切断中に失敗したネゴシエーション";
    StillDown: "still down" | "切断中";
    TakenOver: "taken over without a gap" | "中断なく引き継ぎ";
    TunnelName: "{0}, instance {1}" | "{0} (インスタンス {1})";
    Disconnects: "Disconnects" | "切断数";
    Interruptions: "Peer without a tunnel" | "全断";
    Availability: "Availability" | "可用性";
    PlannedDown: "Planned" | "計画的な停止";
    UnplannedDown: "Unplanned" | "計画外の停止";
    NoData: "No data" | "データなし";
    MeanRepair: "Mean repair" | "平均復旧時間";
    DownNow: "Down at the end" | "期間終了時に切断中";
    PeersDown: "Peers without a tunnel for" | "全断時間の合計";
    LongestDisconnect: "Longest disconnect" | "最長の切断";
    WorstPeer: "Worst tunnel" | "最も停止した接続先";
    WhoseMatter: "Caused by" | "区分";
    // Groups, causes, kinds, grades, sides
    GroupMaintenance: "Azure maintenance" | "Azure のメンテナンス";
    GroupChange: "configuration change" | "構成の変更";
    GroupSettings: "settings that differ" | "設定の不一致";
    GroupPeer: "peer or path" | "接続先または経路";
    GroupUnknown: "unknown" | "不明";
    CauseMaintenance: "maintenance" | "メンテナンス";
    CauseMaintenanceSuspected: "maintenance suspected" | "メンテナンスの疑い";
    CauseGatewayReset: "gateway reset" | "ゲートウェイのリセット";
    CauseConfigurationChange: "configuration change" | "構成の変更";
    CauseDpdTimeout: "peer stopped answering (DPD)" | "接続先の応答なし (DPD タイムアウト)";
    CausePeerDisconnect: "disconnected by the peer" | "接続先による切断";
    CauseAuthentication: "authentication failed" | "認証エラー";
    CausePolicyMismatch: "policy mismatch" | "ポリシーの不一致";
    CauseSelectors: "traffic selectors differ" | "トラフィック セレクターの不一致";
    CauseNegotiationTimeout: "negotiation timed out" | "ネゴシエーションのタイムアウト";
    CauseBgpOnly: "BGP alone" | "BGP のみ";
    CauseUnknown: "unknown" | "不明";
    KindFailover: "failover" | "フェールオーバー";
    KindReconnect: "reconnect" | "再接続";
    KindOutage: "outage" | "停止";
    KindOpen: "still down" | "切断中";
    GradeLogged: "a log row says it" | "ログに記録あり";
    GradeInferred: "rows together tell it" | "複数のログから判断";
    GradePattern: "it looks like it" | "パターンから推定";
    SideAzure: "Azure" | "Azure";
    SidePeer: "peer" | "接続先";
    SideBoth: "settings of both sides" | "双方の設定";
    SidePath: "the path between" | "経路";
    BgpWithTunnel: "with its tunnel" | "トンネルとともに切断";
    OutcomeAuthentication: "authentication failed" | "認証エラー";
    OutcomeTimedOut: "timed out" | "タイムアウト";
    OutcomeSelectors: "traffic selectors unacceptable" | "トラフィック セレクターの不一致";
    // Summary
    VerdictQuiet: "From {0} to {1} no tunnel went down." | "{0} から {1} までの間、切断されたトンネルはありません。";
    VerdictMain: "From {0} to {1}: {2}, and {3}. Causes: {4}." | "{0} から {1} まで: {2}、{3}。内訳: {4}。";
    VerdictOpen: " {0} are still down at the end." | " 期間終了時に {0} 件が切断中です。";
    VerdictBefore: " {0} of them were down already when this time begins." | " うち {0} 件は期間の開始時にすでに切断中でした。";
    GroupCount: "{0} {1}" | "{1} {0} 件";
    StoryLine: " · {0}: {1}, {2}." | " · {0}: {1}、{2}。";
    OneDisconnect: "a tunnel went down once" | "トンネルの切断 1 件";
    NDisconnects: "tunnels went down {0} times" | "トンネルの切断 {0} 件";
    OneInterruption: "once a peer had no tunnel at all" | "接続先の全断 1 件";
    NInterruptions: "{0} times a peer had no tunnel at all" | "接続先の全断 {0} 件";
    GroupsCaption: "Disconnects by what caused them" | "切断の区分";
    DoFirst: "What to do first" | "最初に行うこと";
    NothingToDo: "Nothing: all of it was announced maintenance." | "対処は不要です。すべて通知されたメンテナンスによるものです。";
    WhatHappened: "What happened" | "発生した事象";
    LongestIs: "longest {0}" | "最長 {0}";
    EventsLeftOut: "{0} further events are told under Incidents." | "ほか {0} 件の事象は「インシデント」を参照してください。";
    // Availability
    AvailabilityIntro: "Up while any tunnel to the peer stands, of the time of which the logs tell. Planned: announced maintenance, resets and changes of configuration." | "接続先へのトンネルが 1 本でも接続されていれば稼働とみなします。ログのある時間だけを対象とします。計画的な停止とは、通知されたメンテナンス、リセット、構成の変更による停止です。";
    AvailabilityCaption: "Availability by month (UTC)" | "月別の可用性 (UTC)";
    NoTunnelRows: "There are no rows of the tunnel log in this time." | "この期間にはトンネル ログがありません。";
    HeatCaption: "How long each peer had no tunnel, by day." | "接続先ごとの 1 日あたりの全断時間。";
    HeatAlternative: "Map of {0} peers by {1} days; the table above has the sums." | "{0} 件の接続先と {1} 日のマップ。合計は上の表にあります。";
    HeatNone: "none" | "なし";
    HeatSeconds: "under a minute" | "1 分未満";
    HeatMinutes: "1 to 10 minutes" | "1 ～ 10 分";
    HeatTens: "10 to 60 minutes" | "10 ～ 60 分";
    HeatHours: "an hour or more" | "1 時間以上";
    DownFor: "without a tunnel for {0}" | "全断 {0}";
    DaysAreUtc: "Days in UTC" | "日付は UTC";
    PeersLeftOut: "{0} peers that were down less are left out." | "停止の少ない {0} 件の接続先は省略しました。";
    // Timeline
    TimelineCaption: "A lane for each tunnel: a thin line while it stands, a block while it is down." | "トンネルごとの状態。細い線は接続中、ブロックは切断中を表します。";
    TimelineAlternative: "Timeline from {0} to {1} with {2} disconnects; the table of incidents has each of them." | "{0} から {1} までのタイムライン (切断 {2} 件)。各切断はインシデントの表にあります。";
    LegendUp: "connected" | "接続中";
    LegendFailover: "failover" | "フェールオーバー";
    LegendMaintenance: "maintenance" | "メンテナンス";
    LegendConfig: "configuration change" | "構成の変更";
    LegendSilent: "no log rows" | "ログなし";
    SilentTip: "No log rows of this gateway from {0} to {1}" | "{0} から {1} まで、このゲートウェイのログはありません";
    DownsLeftOut: "{0} shorter disconnects are not drawn." | "短い切断 {0} 件は省略しました。";
    LanesLeftOut: "{0} further tunnels are not drawn." | "ほか {0} 本のトンネルは省略しました。";
    MaintenanceAnnounced: "maintenance announced" | "メンテナンスの通知";
    MaintenanceSuspected: "maintenance suspected" | "メンテナンスの疑い";
    // Incidents
    NoDisconnects: "No tunnel went down." | "切断されたトンネルはありません。";
    IncidentsIntro: "Every time a tunnel went down. 'Founded' says how far the cause can be trusted." | "トンネルの切断の一覧です。「根拠」は原因の確からしさを示します。";
    IncidentsCaption: "Disconnects" | "切断の一覧";
    StoriesLeftOut: "{0} of {1} disconnects have no story here, so that the page stays short: told are those that are down still, then the longest that somebody can do something about. This tells any other:" | "ページを短く保つため、{1} 件中 {0} 件の詳細は省略しました。切断中のもの、次に対処の必要な長いものを優先して記載しています。ほかの切断は次のコマンドで確認できます:";
    LanesCaption: "A lane for each tunnel: a line while it stands." | "トンネルごとの状態。線は接続中を表します。";
    LanesAlternative: "When {2} tunnels stood, from {0} to {1}." | "{0} から {1} までの {2} 本のトンネルの接続状態。";
    RedactIps: "addresses" | "アドレス";
    RedactUsers: "user names" | "ユーザー名";
    RedactSubscriptions: "subscriptions" | "サブスクリプション";
    // Failovers
    FailoversIntro: "A failover moves tunnels to the gateway's other instance, mostly for maintenance; the instances take turns." | "フェールオーバーでは、トンネルがゲートウェイのもう一方のインスタンスに移動します。多くはメンテナンスによるもので、2 つのインスタンスは順番に処理されます。";
    FailoversCaption: "Failovers" | "フェールオーバーの一覧";
    NoFailovers: "There was no failover." | "フェールオーバーはありません。";
    TunnelsMoved: "Tunnels moved" | "移動したトンネル";
    LongestGap: "Longest gap" | "最長の中断";
    MaintenanceCaption: "Maintenance" | "メンテナンスの一覧";
    NoMaintenance: "There was no maintenance, and nothing that looks like one." | "メンテナンスおよびその疑いはありません。";
    Announced: "Announced" | "通知";
    OnlySuspected: "suspected only" | "疑いのみ";
    TunnelsDown: "Disconnects" | "切断数";
    Turns: "Turns (instance)" | "処理の順番 (インスタンス)";
    // Negotiations
    NoFailures: "No negotiation failed." | "失敗したネゴシエーションはありません。";
    NegotiationsIntro: "A failing negotiation repeats every few seconds with the same result. Each shape is told by one sample." | "失敗したネゴシエーションは数秒ごとに同じ結果で繰り返されます。パターンごとに 1 つの例を示します。";
    ShapesCaption: "Shapes of failing negotiations" | "失敗のパターン";
    Shape: "Shape" | "パターン";
    Initiator: "Begun by" | "開始側";
    Outcome: "Outcome" | "結果";
    ErrorCode: "Error code" | "エラー コード";
    Negotiations: "Negotiations" | "ネゴシエーション数";
    RetriesEvery: "Repeats every" | "再試行の間隔";
    StoppedAt: "It stopped here: {0}" | "停止した箇所: {0}";
    LadderAlternative: "Negotiation between {0} and {1} in {2} steps" | "{0} と {1} のネゴシエーション ({2} ステップ)";
    LadderMore: "{0} further messages are left out." | "ほか {0} 件のメッセージは省略しました。";
    MainMode: "Main mode (IKE): who offers what" | "メイン モード (IKE) の提案";
    QuickMode: "Quick mode (IPsec): who offers what" | "クイック モード (IPsec) の提案";
    Proposal: "Proposal" | "提案";
    PeerOffers: "Peer offers" | "接続先の提案";
    AzureOffers: "Azure offers" | "Azure の提案";
    AzureDefault: "Azure's default" | "Azure の既定値";
    ProposalsAgree: "Both sides have {0}: the proposals are not what fails." | "双方に {0} があります。提案は失敗の原因ではありません。";
    ProposalsDiffer: "No proposal is in both lists. The peer's nearest is {0}. Set {1} on the device, or a custom IPsec/IKE policy with {0} on the Azure connection, where Azure supports it." | "共通の提案がありません。接続先の最も近い提案は {0} です。デバイスに {1} を設定するか、Azure がサポートしている場合は、Azure の接続に {0} のカスタム IPsec/IKE ポリシーを設定してください。";
    AttributeDiffers: "{0}: the peer offers {1}; Azure takes {2}" | "{0}: 接続先は {1}、Azure が受け入れるのは {2}";
    // Configuration
    NoChanges: "No configuration was applied in this time." | "この期間に適用された構成はありません。";
    ChangesCaption: "Configurations that were applied" | "適用された構成";
    WhatChanged: "What changed" | "変更点";
    WentDownAfter: "Disconnects within 5 minutes after" | "5 分以内の切断数";
    FirstAfter: "The first of them" | "最初の切断";
    FirstConfiguration: "the first in the data: nothing to compare with" | "データ内で最初の構成のため比較できません";
    SameAgain: "the same configuration again" | "同じ構成の再適用";
    FirstsLeftOut: "{0} configurations are the first of their kind in the data, and nothing went down after them; they are left out." | "データ内で最初の構成で、その後に切断のなかった {0} 件は省略しました。";
    // BGP
    NoBgp: "There are no BGP events in this time." | "この期間に BGP のイベントはありません。";
    BgpVerdict: "BGP neighbours: {0}. Sessions lost: {1}, of these without their tunnel going down: {2}." | "BGP ピア: {0}。切断されたセッション: {1}。うち、トンネルの切断を伴わないもの: {2}。";
    BgpCaption: "BGP sessions that were lost" | "切断された BGP セッション";
    BgpPeer: "BGP peer" | "BGP ピア";
    // Point-to-site
    NoP2s: "There are no point-to-site connections in this time." | "この期間にポイント対サイト接続はありません。";
    P2sSessions: "Connections" | "接続数";
    P2sConnected: "Connected" | "接続成功";
    P2sDisconnected: "Disconnected" | "切断済み";
    P2sFailed: "Failed" | "接続失敗";
    P2sUsers: "Users" | "ユーザー数";
    P2sWaysCaption: "Connections by protocol and authentication" | "プロトコルと認証の種類別の接続";
    P2sFailuresCaption: "Users whose connections failed" | "接続に失敗したユーザー";
    MedianLength: "Median length" | "接続時間の中央値";
    // Data quality
    QualityIntro: "What was read, and what of it could be used." | "読み取ったデータと、そのうち使用できたデータです。";
    Sources: "Sources" | "ソース";
    Bytes: "Bytes" | "バイト数";
    Lines: "Lines" | "行数";
    BlankLines: "Blank" | "空行";
    Records: "Records" | "レコード";
    Rejects: "Rejects" | "拒否";
    Duplicates: "Duplicates" | "重複";
    RowsAdded: "Rows added" | "追加された行";
    TornBytes: "Bytes of torn lines" | "不完全な行のバイト数";
    LateRecords: "Late records, IKE log apart" | "遅延レコード (IKE ログを除く)";
    GapsCaption: "Hours without a row of the gateway in any log" | "ゲートウェイのログがまったくない時間帯";
    NoGaps: "Every gateway has rows in every hour." | "すべてのゲートウェイで、すべての時間帯にログがあります。";
    RejectsCaption: "What is no record" | "レコードとして読み取れなかったもの";
    CannotKnow: "What this report cannot know" | "このレポートではわからないこと";
    WithoutTunnelLog: "There are no rows of TunnelDiagnosticLog: nothing is known of tunnels that went down." | "TunnelDiagnosticLog がないため、トンネルの切断はわかりません。";
    WithoutGatewayLog: "There are no rows of GatewayDiagnosticLog: maintenance and changes of configuration are not seen." | "GatewayDiagnosticLog がないため、メンテナンスと構成の変更はわかりません。";
    WithoutIkeLog: "There are no rows of IKEDiagnosticLog: why a negotiation failed is not seen." | "IKEDiagnosticLog がないため、ネゴシエーションの失敗の理由はわかりません。";
    WithoutRouteLog: "There are no rows of RouteDiagnosticLog: BGP and routes are not seen." | "RouteDiagnosticLog がないため、BGP とルートの状態はわかりません。";
    WithoutP2sLog: "There are no rows of P2SDiagnosticLog: point-to-site connections are not seen." | "P2SDiagnosticLog がないため、ポイント対サイト接続はわかりません。";
    OpenAtEnd: "{0} disconnects have no reconnect before the end of the data: the tunnel may have come back since." | "{0} 件の切断は期間内に再接続がありません。その後に再接続している可能性があります。";
    GapsHide: "Where a gateway logged nothing, a disconnect and its reconnect may both be missing; such time counts as no data, not as up." | "ログのない時間帯では、切断と再接続の両方が失われている可能性があります。その時間は稼働ではなく「データなし」として扱います。";
    BeginUnknown: "A tunnel that went down before the first row and came back before it is not seen." | "最初のログより前に切断され再接続したトンネルはわかりません。";
    BeginBefore: "An outage that began more than 7 days before this time is not seen, unless it is logged again." | "この期間の 7 日より前に始まった停止は、再び記録されない限りわかりません。";
    MaintenanceNotLogged: "Azure does not log every maintenance: one that only looks like it is called suspected." | "Azure はすべてのメンテナンスを記録するわけではありません。パターンだけから判断したものは「疑い」としています。";
    ConfidenceIsRank: "Causes are decided by rules over log rows. What no rule decides is called unknown, not guessed." | "原因はログに対するルールで判断しています。判断できないものは推測せず「不明」としています。";
    PseudonymsNote: "Addresses in 240.0.0.0/4 and 100::/64 are pseudonyms; the same value has the same pseudonym everywhere in this report." | "240.0.0.0/4 と 100::/64 のアドレスは仮名です。同じ値には常に同じ仮名が使われます。";
    // One incident, own reports
    IncidentIs: "Incident {0}" | "インシデント {0}";
    IncidentSays: "{0} lost its tunnel to {1} ({2}): {3}." | "{0} の {1} へのトンネルが切断されました ({2})。原因: {3}。";
    AroundIt: "Around it" | "前後の記録";
    AroundCaption: "Rows of the tunnel, gateway and route logs from 5 minutes before to 5 minutes after" | "前後 5 分間のトンネル、ゲートウェイ、ルートのログ";
    ThisRow: "this disconnect" | "この切断";
    // What to do, as the engine's tables say it
    AdviceMaintenance: "Nothing to repair. If 10 to 15 seconds hurt, use active-active mode and choose a maintenance window." | "対処は不要です。10 ～ 15 秒の中断が問題になる場合は、アクティブ/アクティブ モードを使用し、メンテナンス期間を構成してください。";
    AdviceMaintenanceSuspected: "Ask Azure support or Service Health whether the gateway was serviced at this time; a gateway reset looks the same." | "この時刻にゲートウェイのメンテナンスがあったかどうか、Azure サポートまたは Service Health で確認してください。ゲートウェイのリセットも同じように見えます。";
    AdviceGatewayReset: "Look in the activity log who reset the gateway." | "ゲートウェイをリセットしたユーザーをアクティビティ ログで確認してください。";
    AdviceConfigurationChange: "Compare the configurations (config_changes) and look in the activity log who changed it." | "構成を比較し (config_changes)、変更したユーザーをアクティビティ ログで確認してください。";
    AdviceDpdTimeout: "Look for loss between the device and Azure, and compare the DPD timeouts of both sides." | "デバイスと Azure の間のパケット損失を調べ、双方の DPD タイムアウトを比較してください。";
    AdvicePeerDisconnect: "Read the on-premises device's own log at this time: lifetimes, idle timeout, a restart." | "この時刻のオンプレミス デバイスのログで、有効期間、アイドル タイムアウト、再起動を確認してください。";
    AdviceAuthentication: "Compare the pre-shared keys of both sides, and the device's IKE identity with the local network gateway." | "双方の事前共有キーを比較し、デバイスの IKE ID とローカル ネットワーク ゲートウェイを確認してください。";
    AdvicePolicyMismatch: "Compare both sides' IPsec/IKE policies (ike_failures shows the offers)." | "双方の IPsec/IKE ポリシーを比較してください (提案は ike_failures で確認できます)。";
    AdviceSelectors: "Compare the address ranges of both sides and the setting for policy-based traffic selectors." | "双方のアドレス範囲と、ポリシー ベースのトラフィック セレクターの設定を比較してください。";
    AdviceNegotiationTimeout: "Test whether UDP 500 and 4500 reach the device and its answers reach Azure." | "UDP 500 と 4500 がデバイスに届き、その応答が Azure に届くことを確認してください。";
    AdviceBgpOnly: "Look at the BGP session's timers, addresses and prefix limit." | "BGP セッションのタイマー、アドレス、プレフィックス数の上限を確認してください。";
    AdviceUnknown: "Read the rows around this time in ike_log and the device's own log." | "この時刻の前後の ike_log とデバイスのログを確認してください。";
}

#[cfg(test)]
mod tests {
    use super::*;

    fn places(text: &str) -> Vec<&str> {
        let mut found: Vec<_> = text.split('{').skip(1).filter_map(|t| t.split('}').next()).collect();
        found.sort_unstable();
        found
    }

    #[test]
    fn every_word_is_there_in_every_language() {
        // Names and abbreviations that are the same everywhere.
        let same = ["BGP", "Azure"];
        // The middle dot between parts of a line.
        let is_plain = |text: &str| text.chars().all(|c| c.is_ascii() || c == '·');
        for word in Word::ALL {
            let (en, ja) = (word.text(Lang::En), word.text(Lang::Ja));
            assert!(!en.is_empty() && !ja.is_empty(), "{word:?}");
            let mut both = (places(en), places(ja));
            both.0.dedup();
            both.1.dedup();
            assert_eq!(both.0, both.1, "{word:?}: {en} / {ja}");
            assert!(!ja.is_ascii() || same.contains(&ja), "{word:?} is not translated: {ja}");
            assert!(is_plain(en), "{word:?}: {en}");
        }
    }

    #[test]
    fn languages_by_code() {
        assert_eq!(Lang::from_code("JA"), Some(Lang::Ja));
        assert_eq!(Lang::from_code("de"), None);
    }
}
