//! What reading an IKE message costs, beside looking at each of its bytes once.
//!
//! `cargo bench --workspace --bench ike`. The messages have published shapes and made-up values. `benches/functions.py`
//! compares the same eight fields with DuckDB's regular expressions.
#![allow(clippy::unwrap_used, clippy::print_stdout, reason = "a program for developers")]

use std::hint::black_box;
use std::sync::Arc;
use std::time::{Duration, Instant};

use arrow::array::{RecordBatch, StringViewArray};
use datafusion::prelude::SessionContext;
use tunnelql_udfs::domain::ike;

/// Few enough to stay in the cache: what is measured is the reading, not the memory.
const MESSAGES: usize = 4096;

fn messages() -> Vec<String> {
    let bodies = [
        "[SEND][SA_INIT] Sending IKE SA_INIT packet with tunnelId 0x{n}, iCookie 0x{c} and rCookie 0x0",
        "[SEND]Sending Ike payload for tunnel Id 0x{n}: Auth:PreShared Key- Policy1:Cipher=AES-CBC-256 Integrity=SHA1 \
         DhGroup=DhGroup2 Policy2:Cipher=AES-CBC-256 Integrity=SHA256 DhGroup=DhGroup2",
        "[RECEIVED][SA_INIT] Received IKE SA Init response message with iCookie 0x{c} rCookie 0x{c}",
        "[RECEIVED]Received Ike payload: Policy1:Cipher=AES-CBC-256 Integrity=SHA256 DhGroup=DhGroup2",
        "[SEND][SA_AUTH] Sending SA AUTH message for tunnelId 0x{n} and tsId 0x{n}",
        "[SEND] Proposed Traffic Selector payload will be (Final Negotiated) - [Tsid 0x{n}  ]Number of TSIs 1: StartAddress \
         10.20.0.0 EndAddress 10.20.255.255 PortStart 0 PortEnd 65535 Protocol 0 Number of TSRs 1:StartAddress 10.0.0.0 \
         EndAddress 10.0.255.255 PortStart 0 PortEnd 65535 Protocol 0",
        "[SEND][NOTIFY] Sending Notify Message - Policy Mismatch",
        "[LOCAL_MSG] IKE Tunnel closed for tunnelId 0x{n} with status Policy match error",
    ];
    (0..MESSAGES)
        .map(|n| {
            let body = bodies[n % bodies.len()].replace("{n}", &format!("{n:x}"));
            let body = body.replace("{c}", &format!("{:016X}", n as u64 * 0x9E37_79B9_7F4A_7C15));
            // The eight messages of a negotiation stand together.
            let (session, a, b) = (n / 8, n / 8 % 251, n / 8 % 13);
            format!(
                "SESSION_ID :{{8cb5875d-4c80-434b-8702-{session:012x}}} Remote 203.0.113.{a}:500: Local 192.0.2.{b}:500: {body}"
            )
        })
        .collect()
}

const FIELDS: [&str; 8] =
    ["session_id", "remote_ip", "local_ip", "direction", "exchange", "i_cookie", "r_cookie", "close_status"];

/// Says how fast `work` goes over `bytes` bytes in `rows` messages: the best of many runs, since a busy machine only adds.
///
/// Timed by hand: a benchmark library asks features of shared dependencies that nothing else needs, and `cargo test` and
/// `cargo run` would then each build DataFusion for themselves.
fn measure(name: &str, rows: usize, bytes: usize, mut work: impl FnMut()) {
    let until = Instant::now() + Duration::from_secs(2);
    let mut best = Duration::MAX;
    while Instant::now() < until {
        let started = Instant::now();
        work();
        best = best.min(started.elapsed());
    }
    let seconds = best.as_secs_f64();
    let (ns, gib) = (seconds * 1e9 / rows as f64, bytes as f64 / seconds / f64::from(1 << 30));
    println!("{name:<30} {ns:8.1} ns a message  {gib:6.2} GiB/s");
}

fn main() {
    let messages = messages();
    let bytes = messages.iter().map(String::len).sum();
    let measure = |name, work: &mut dyn FnMut()| measure(name, MESSAGES, bytes, work);
    let finder = memchr::memmem::Finder::new("~no message says this~");
    measure("find a text that is not there", &mut || {
        black_box(messages.iter().filter(|m| finder.find(m.as_bytes()).is_some()).count());
    });
    measure("parse", &mut || messages.iter().for_each(|m| drop(black_box(ike::parse(m)))));
    let mut reader = ike::Reader::default();
    measure("parse one after the other", &mut || messages.iter().for_each(|m| drop(black_box(reader.parse(m)))));
    measure("proposals", &mut || messages.iter().for_each(|m| drop(black_box(ike::proposals(m)))));
    measure("traffic selectors", &mut || messages.iter().for_each(|m| drop(black_box(ike::traffic_selectors(m)))));

    let context = SessionContext::new();
    tunnelql_udfs::register_all(&context);
    let column: StringViewArray = messages.iter().map(Some).collect();
    let batch = RecordBatch::try_from_iter([("message", Arc::new(column) as _)]).unwrap();
    context.register_batch("messages", batch).unwrap();
    let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
    let sums: Vec<String> = FIELDS.iter().map(|f| format!("sum(octet_length(ike_{f}(message)))")).collect();
    for (name, sql) in [
        ("eight fields in SQL", format!("SELECT {} FROM messages", sums.join(", "))),
        ("scan in SQL", "SELECT count(*) FROM messages WHERE message LIKE '%~no message says this~%'".to_owned()),
    ] {
        let frame = runtime.block_on(context.sql(&sql)).unwrap();
        measure(name, &mut || drop(black_box(runtime.block_on(frame.clone().collect()).unwrap())));
    }
}
