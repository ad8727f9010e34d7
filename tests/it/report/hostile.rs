//! Logs that attack whoever reads the report.

use std::fs;
use std::path::{Path, PathBuf};

use serde_json::json;

/// What a peer or a user could put into a log to act on a page, a Markdown viewer, a spreadsheet or a terminal. Each would
/// call `attacked`, or fetch from a host that is not there.
pub const PAYLOADS: &[&str] = &[
    "<script>attacked()</script>",
    "</script><script>attacked()</script>",
    "<img src=x onerror=attacked()>",
    "<img src=http://attacker.invalid/a.png>",
    "<svg onload=attacked()>",
    "</svg><svg/onload=attacked()>",
    "</title><script>attacked()</script>",
    "</style><script>attacked()</script>",
    "\"><script>attacked()</script>",
    "' onmouseover='attacked()' x='",
    "\" autofocus onfocus=\"attacked()",
    "<iframe srcdoc='<script>parent.attacked()</script>'></iframe>",
    "<a href=javascript:attacked()>x</a>",
    "[x](javascript:attacked())",
    "![x](http://attacker.invalid/b.png)",
    "<style>@import 'http://attacker.invalid/c.css'</style>",
    "<link rel=stylesheet href=http://attacker.invalid/d.css>",
    "<meta http-equiv=refresh content='0;url=http://attacker.invalid/'>",
    "<base href=http://attacker.invalid/>",
    "<form action=http://attacker.invalid/><button autofocus>x</button></form>",
    "<!--",
    "<![CDATA[",
    "&lt;script&gt;attacked()&lt;/script&gt;",
    "|`*_[]()#",
    "```\n# broken out\n<script>attacked()</script>",
    "=cmd|'/C calc'!A0",
    "\u{1b}]0;attacked\u{7}\u{1b}[2J",
    "\u{202e}gnp.exe",
    "{{constructor.constructor('attacked()')()}}",
    "${attacked()}",
];

/// An export with every payload in every text that a report shows.
pub fn export(folder: &Path) -> PathBuf {
    let mut lines = Vec::new();
    for (i, payload) in PAYLOADS.iter().enumerate() {
        let (hour, minute) = (1 + i / 10, (i % 10) * 6);
        let time = |second: usize| format!("2026-03-01T{hour:02}:{minute:02}:{second:02}.0000000Z");
        let id = format!(
            "/SUBSCRIPTIONS/9B58FFEE-0F4A-429B-995F-CECA99457095/RESOURCEGROUPS/RG/PROVIDERS/MICROSOFT.NETWORK/VIRTUALNETWORKGATEWAYS/{}",
            payload.replace('/', "\u{2215}")
        );
        let mut add = |second: usize, category: &str, operation: &str, properties: serde_json::Value| {
            lines.push(json!({
                "time": time(second), "resourceId": id, "operationName": operation, "category": category, "properties": properties,
            }));
        };
        let tunnel = |status: &str| json!({"instance": "GatewayTenantWorker_IN_0", "remoteIP": payload, "status": status, "stateChangeReason": payload});
        add(1, "TunnelDiagnosticLog", "TunnelConnected", tunnel("Connected"));
        add(20, "TunnelDiagnosticLog", "TunnelDisconnected", tunnel("Disconnected"));
        add(40, "TunnelDiagnosticLog", "TunnelConnected", tunnel("Connected"));
        add(
            19,
            "GatewayDiagnosticLog",
            "SetConnectionConfiguration",
            json!({"message": payload, "configuration": {"x": payload}}),
        );
        add(
            21,
            "GatewayDiagnosticLog",
            "SetConnectionConfiguration",
            json!({"message": payload, "configuration": {"x": i}}),
        );
        add(
            22,
            "RouteDiagnosticLog",
            "BgpDisconnectedEvent",
            json!({"message": format!("BGP peer 10.0.0.1 {payload}")}),
        );
        let p2s = |text: String| json!({"message": format!("[MSG] [default] [OVPN_{i:026}] {text}")});
        add(23, "P2SDiagnosticLog", "P2SLogEvent", p2s("Connect request received. IP=0.1.2.3:4".into()));
        add(24, "P2SDiagnosticLog", "P2SLogEvent", p2s(format!("Connection failed. Username={payload}")));
        let ike = |text: String| json!({"message": format!("SESSION_ID :{{8cb5875d-4c80-434b-8702-{i:012}}} Remote 203.0.113.9:500: Local 192.0.2.1:500: {text}")});
        add(
            25,
            "IKEDiagnosticLog",
            "IKELogEvent",
            ike("[RECEIVED][SA_INIT] Received SA INIT iCookie 0x1 rCookie 0x0".into()),
        );
        add(
            25,
            "IKEDiagnosticLog",
            "IKELogEvent",
            ike(format!("[RECEIVED]Received Ike payload: Policy1:Cipher={payload} Integrity=x DhGroup=y")),
        );
        add(26, "IKEDiagnosticLog", "IKELogEvent", ike(format!("[SEND][NOTIFY] Sending Notify Message - {payload}")));
        add(
            27,
            "IKEDiagnosticLog",
            "IKELogEvent",
            ike(format!("[LOCAL_MSG] IKE Tunnel closed for tunnelId 0x3 with status Policy match error {payload}")),
        );
    }
    let path = folder.join("hostile.json");
    let text: String = lines.iter().map(|l| format!("{l}\n")).collect();
    // A line that is no record, for the rejects.
    fs::write(&path, text + "<script>attacked()</script>\n").unwrap();
    path
}
