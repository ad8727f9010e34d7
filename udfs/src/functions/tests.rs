//! The functions as queries see them: every example, the reference, and how often messages are parsed.

use std::collections::HashSet;
use std::path::Path;
use std::sync::Arc;

use arrow::array::{ArrayRef, RecordBatch, StringArray};
use arrow::compute::cast;
use arrow::datatypes::DataType;
use arrow::util::display::{ArrayFormatter, FormatOptions};
use datafusion::prelude::{SessionConfig, SessionContext};

use super::ike::fields::parses_taken;
use super::*;

/// Runs a statement on this thread alone. Cells joined by ` | `, rows by line breaks.
fn run(context: &SessionContext, sql: &str) -> Result<String, String> {
    let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
    runtime.block_on(async {
        let frame = context.sql(sql).await.map_err(|e| e.to_string())?;
        let batches = frame.collect().await.map_err(|e| e.to_string())?;
        let mut rows = Vec::new();
        let options = FormatOptions::default().with_null("NULL");
        for batch in &batches {
            let columns: Vec<_> =
                batch.columns().iter().map(|c| ArrayFormatter::try_new(c, &options).unwrap()).collect();
            for row in 0..batch.num_rows() {
                let cells: Vec<_> = columns.iter().map(|c| c.value(row).to_string()).collect();
                rows.push(cells.join(" | "));
            }
        }
        Ok(rows.join("\n"))
    })
}

fn context() -> SessionContext {
    let context = SessionContext::new_with_config(SessionConfig::new().with_target_partitions(1));
    register_all(&context);
    context
}

#[test]
fn every_example_gives_its_result() {
    let context = context();
    let mut examples = 0;
    for doc in documentation() {
        for example in doc.examples {
            assert_eq!(run(&context, example.sql).as_deref(), Ok(example.result), "{}: {}", doc.name, example.sql);
            examples += 1;
        }
    }
    assert!(examples >= 28, "only {examples} examples");
}

#[test]
fn every_function_is_documented() {
    let docs = documentation();
    let names: HashSet<_> = docs.iter().map(|doc| doc.name).collect();
    assert_eq!(names.len(), docs.len());
    let of_kind = |kind| docs.iter().filter(|doc| doc.kind == kind).count();
    assert_eq!(of_kind(Kind::Scalar), scalar_functions().len());
    assert_eq!(of_kind(Kind::Table), table_functions().len());
    assert_eq!(of_kind(Kind::Window), window_functions().len());
    assert_eq!(of_kind(Kind::Aggregate), aggregate_functions().len());
    for function in scalar_functions() {
        assert!(names.contains(function.name()), "{}", function.name());
        assert!(function.documentation().is_some_and(|d| d.sql_example.is_some()), "{}", function.name());
    }
    for doc in docs {
        assert!(!doc.examples.is_empty(), "{} has no example", doc.name);
        assert!(doc.syntax.starts_with(doc.name), "{}", doc.syntax);
        for text in [doc.meaning, doc.returns, doc.nulls, doc.source] {
            assert!(text.ends_with('.') && text.len() > 5 && !text.contains("  "), "{}: {text}", doc.name);
        }
        assert_eq!(doc.text().matches(doc.meaning).count(), 1);
    }
}

#[test]
fn the_reference_is_fresh() {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("FUNCTIONS.md");
    let fresh = reference();
    if std::env::var_os("UPDATE").is_some() {
        std::fs::write(&path, &fresh).unwrap();
    }
    let written = std::fs::read_to_string(&path).unwrap_or_default();
    assert!(
        written == fresh,
        "udfs/FUNCTIONS.md is stale; write it anew with: UPDATE=1 cargo test --workspace --lib reference_is_fresh"
    );
}

const MESSAGES: [Option<&str>; 6] = [
    Some(
        "SESSION_ID :{8CB5875D-4c80-434b-8702-d78ac5b3d154} Remote 77.98.70.226:59780: Local 51.124.63.204:4500: \
         [SEND][SA_INIT] Sending IKE SA_INIT packet with tunnelId 0x3, iCookie 0xCBF235637168FA00 and rCookie 0x0",
    ),
    None,
    Some("[LOCAL_MSG] IKE Tunnel closed for tunnelId 0x3 with status Policy match error"),
    Some("IkeCleanupQMNegotiation called with error 13868 and flags a"),
    Some(""),
    Some("Remote [2001:db8::1]:500: Local 2001:db8::2:500: [RECEIVE][SA_AUTH] Received IKE AUTH message"),
];

/// The table `m` with a column `message` of some type: the messages above, `times` over, in batches of their number.
fn with_messages(context: &SessionContext, data_type: &DataType, times: usize) {
    let text: ArrayRef = Arc::new(StringArray::from(MESSAGES.to_vec()));
    let batch = RecordBatch::try_from_iter([("message", cast(&text, data_type).unwrap())]).unwrap();
    let schema = batch.schema();
    let table = datafusion::datasource::MemTable::try_new(schema, vec![vec![batch; times]]).unwrap();
    let _ = context.deregister_table("m");
    context.register_table("m", Arc::new(table)).unwrap();
}

fn text_types() -> Vec<DataType> {
    let dictionary = |values: DataType| DataType::Dictionary(DataType::Int32.into(), values.into());
    vec![
        DataType::Utf8,
        DataType::Utf8View,
        DataType::LargeUtf8,
        dictionary(DataType::Utf8),
        dictionary(DataType::Utf8View),
        dictionary(DataType::LargeUtf8),
    ]
}

/// The eight fields that are most asked for.
const EIGHT: &str = "ike_session_id(message) AS s, ike_remote_ip(message) AS r, ike_local_ip(message) AS l, \
                     ike_direction(message) AS d, ike_exchange(message) AS e, ike_i_cookie(message) AS i, \
                     ike_r_cookie(message) AS rc, ike_close_status(message) AS c";

#[test]
fn every_physical_type_gives_the_same() {
    let context = context();
    for data_type in text_types() {
        with_messages(&context, &data_type, 1);
        assert_eq!(
            run(&context, &format!("SELECT {EIGHT} FROM m")).unwrap(),
            "8cb5875d-4c80-434b-8702-d78ac5b3d154 | 77.98.70.226 | 51.124.63.204 | SEND | SA_INIT | 0xCBF235637168FA00 | 0x0 | NULL\n\
             NULL | NULL | NULL | NULL | NULL | NULL | NULL | NULL\n\
             NULL | NULL | NULL | LOCAL_MSG | NULL | NULL | NULL | Policy match error\n\
             NULL | NULL | NULL | NULL | NULL | NULL | NULL | NULL\n\
             NULL | NULL | NULL | NULL | NULL | NULL | NULL | NULL\n\
             NULL | 2001:db8::1 | 2001:db8::2 | RECEIVED | SA_AUTH | NULL | NULL | NULL",
            "{data_type}"
        );
        // Each function alone gives what it gives together with the others.
        for function in EIGHT.split(", ") {
            let call = function.split(" AS ").next().unwrap();
            let field = call.trim_start_matches("ike_").split('(').next().unwrap();
            assert_eq!(
                run(&context, &format!("SELECT {call} FROM m")).unwrap(),
                run(&context, &format!("SELECT ike_parse(message)['{field}'] FROM m")).unwrap(),
                "{call} of {data_type}"
            );
        }
        for call in ["ike_proposals", "ike_traffic_selectors", "ike_error", "ike_proposal_diff", "p2s_parse"] {
            assert!(run(&context, &format!("SELECT {call}(message) FROM m")).is_ok(), "{call} of {data_type}");
        }
    }
}

#[test]
fn a_message_is_parsed_once_however_many_fields_are_asked_for() {
    const ROWS: usize = 100 * (MESSAGES.len() - 1);
    for (leaf_pushdown, data_type) in [(true, DataType::Utf8View), (false, DataType::Utf8)] {
        let mut config = SessionConfig::new().with_target_partitions(1);
        config.options_mut().optimizer.enable_leaf_expression_pushdown = leaf_pushdown;
        let context = SessionContext::new_with_config(config);
        register_all(&context);
        with_messages(&context, &data_type, 100);
        for (sql, wanted) in [
            (format!("SELECT {EIGHT} FROM m"), ROWS),
            ("SELECT ike_session_id(message) FROM m".to_owned(), ROWS),
            (format!("SELECT count(*) FROM (SELECT {EIGHT} FROM m) GROUP BY s, r, l, d, e, i, rc, c"), ROWS),
            ("SELECT ike_direction(message), ike_family(message), count(*) FROM m GROUP BY 1, 2".to_owned(), ROWS),
            ("SELECT ike_parse(message), ike_family(message), ike_event(message) FROM m".to_owned(), ROWS),
            ("SELECT message FROM m WHERE ike_tunnel_id(message) = 3 OR ike_ts_id(message) = 3".to_owned(), ROWS),
            ("SELECT 1 FROM m ORDER BY ike_family(message), ike_event(message)".to_owned(), ROWS),
            // The filter and what is shown are two steps, and the second sees a fifth of the rows.
            (
                "SELECT ike_family(message), ike_event(message) FROM m WHERE ike_error_code(message) = 13868"
                    .to_owned(),
                ROWS + ROWS / 5,
            ),
        ] {
            parses_taken();
            run(&context, &sql).unwrap();
            assert_eq!(parses_taken(), wanted, "{sql}, leaf pushdown {leaf_pushdown}");
        }
    }
}

/// A scan that filters roughly keeps the filter above it, and must not be given it once more in its rewritten form.
#[test]
fn filters_of_a_scan_are_not_doubled() {
    let context = context();
    let folder = std::env::temp_dir().join(format!("udfs-scan-{}", std::process::id()));
    std::fs::create_dir_all(&folder).unwrap();
    with_messages(&context, &DataType::Utf8View, 10);
    let path = folder.join("m.parquet").display().to_string();
    run(&context, &format!("COPY m TO '{path}' STORED AS PARQUET")).unwrap();
    run(&context, &format!("CREATE EXTERNAL TABLE p STORED AS PARQUET LOCATION '{path}'")).unwrap();
    let sql = "SELECT message FROM p WHERE ike_family(message) = 'classic' AND ike_exchange(message) = 'SA_INIT'";
    let plan = run(&context, &format!("EXPLAIN FORMAT INDENT {sql}")).unwrap();
    assert!(!plan.contains("ike_parse") && plan.contains("ike_family"), "{plan}");
    assert_eq!(run(&context, sql).unwrap().lines().count(), 10);
    parses_taken();
    run(&context, &format!("SELECT {EIGHT} FROM p")).unwrap();
    assert_eq!(parses_taken(), 10 * (MESSAGES.len() - 1));
    std::fs::remove_dir_all(&folder).unwrap();
}

#[test]
fn each_value_of_a_dictionary_is_parsed_once() {
    let context = context();
    let text: ArrayRef = Arc::new(StringArray::from(["[SEND] a", "[RECEIVED] b"].repeat(500)));
    let message = cast(&text, &DataType::Dictionary(DataType::Int16.into(), DataType::Utf8.into())).unwrap();
    let batch = RecordBatch::try_from_iter([("message", message)]).unwrap();
    context.register_batch("m", batch).unwrap();
    parses_taken();
    let found =
        run(&context, "SELECT ike_direction(message), ike_event(message), count(*) FROM m GROUP BY 1, 2 ORDER BY 1");
    assert_eq!(found.as_deref(), Ok("RECEIVED | [RECEIVED] b | 500\nSEND | [SEND] a | 500"));
    assert_eq!(parses_taken(), 2);
}

#[test]
fn constants_and_nulls() {
    let context = context();
    for (sql, wanted) in [
        ("SELECT ike_direction('[SEND] x'), ike_direction(NULL), ike_parse(NULL) IS NULL", "SEND | NULL | true"),
        ("SELECT ike_direction(ike_parse('[SEND] x')), ike_direction(ike_parse(NULL))", "SEND | NULL"),
        (
            "SELECT ike_proposals(NULL), ike_traffic_selectors(NULL), ike_error(NULL), p2s_parse(NULL)",
            "NULL | NULL | NULL | NULL",
        ),
        (
            "SELECT ike_proposal_diff(NULL), azure_resource(NULL), azure_resource('x'), instance_number(NULL)",
            "NULL | NULL | NULL | NULL",
        ),
        ("SELECT ike_proposal_diff('Policy1:Cipher=DES Integrity=SHA1', NULL)['agrees']", "true"),
        (
            "SELECT ike_error(CAST(13868 AS SMALLINT))['code'], ike_error(-2147011053)['code'], ike_error(1)['name']",
            "13868 | 13843 | NULL",
        ),
        (
            "SELECT count(*), count(DISTINCT phase) FROM ike_default_proposals() WHERE gateway_type = 'route_based'",
            "32 | 2",
        ),
    ] {
        assert_eq!(run(&context, sql).as_deref(), Ok(wanted), "{sql}");
    }
}

#[test]
fn wrong_calls_say_how_it_is_called() {
    let context = context();
    for (sql, wanted) in [
        ("SELECT ike_direction()", "ike_direction(message)"),
        ("SELECT ike_direction(1)", "ike_direction takes a text, not Int64"),
        ("SELECT ike_direction(ike_parse('x', 'family'))", "with the field direction"),
        ("SELECT ike_parse('x', 'nothing')", "ike_parse has no field 'nothing'; there are family"),
        ("SELECT ike_parse('x', 'family', 'family')", "twice"),
        ("SELECT ike_parse(m, m) FROM (SELECT 'x' AS m UNION ALL SELECT 'y')", "must be constant texts"),
        ("SELECT ike_proposal_diff('a', 'b', 'c')", "ike_proposal_diff(offered[, accepted])"),
        ("SELECT * FROM ike_default_proposals(1)", "ike_default_proposals()"),
        ("SELECT json_text('{}')", "json_text(json, key[, key ...])"),
        ("SELECT ike_error(1.5)", "ike_error takes a text or a whole number, not Float64"),
    ] {
        let error = run(&context, sql).unwrap_err();
        assert!(error.contains(wanted), "{sql}: {error}");
    }
}
