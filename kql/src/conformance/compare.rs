//! The rules of comparison.

use serde_json::{Map, Value};

use crate::values::{datetime, timespan};

/// Ok, or what differs.
pub fn compare(case: &Value, rows: &[Map<String, Value>]) -> Result<(), String> {
    let expected = case["expected"].as_array().unwrap();
    let columns: Vec<(&str, &str)> =
        case["columns"].as_array().unwrap().iter().map(|c| (c[0].as_str().unwrap(), c[1].as_str().unwrap())).collect();
    let wanted: Vec<&[Value]> = expected.iter().skip(1).map(|r| r.as_array().unwrap().as_slice()).collect();
    if let Some(first) = rows.first() {
        let names: Vec<&str> = first["\u{0}names"].as_array().unwrap().iter().map(|n| n.as_str().unwrap()).collect();
        let expected_names: Vec<&str> = columns.iter().map(|(n, _)| *n).collect();
        if names != expected_names {
            return Err(format!("columns {names:?}, expected {expected_names:?}"));
        }
    }
    if rows.len() != wanted.len() {
        return Err(format!("{} rows, expected {}: {}", rows.len(), wanted.len(), shown(rows)));
    }
    let loose: Vec<&str> =
        case["arrays_any_order"].as_array().map_or(Vec::new(), |a| a.iter().filter_map(Value::as_str).collect());
    let printed = case["printed"].as_bool().unwrap_or(false);
    let same = |row: &Map<String, Value>, cells: &[Value]| {
        columns
            .iter()
            .zip(cells)
            .all(|((name, kind), cell)| same_cell(&row[*name], cell, kind, loose.contains(name), printed))
    };
    let ordered = case["ordered"].as_bool().unwrap_or(false);
    let keys: Vec<&str> =
        case["order_by"].as_array().map_or(Vec::new(), |a| a.iter().filter_map(Value::as_str).collect());
    let key = |cells: &[Value]| -> Vec<String> {
        columns.iter().zip(cells).filter(|((n, _), _)| keys.contains(n)).map(|(_, c)| c.to_string()).collect()
    };
    let mut used = vec![false; rows.len()];
    for (position, cells) in wanted.iter().enumerate() {
        let found = (0..rows.len()).find(|i| {
            let may_stand_here = !ordered
                || *i == position
                || (!keys.is_empty() && key(cells) == wanted.get(*i).map(|w| key(w)).unwrap_or_default());
            !used[*i] && may_stand_here && same(&rows[*i], cells)
        });
        match found {
            Some(i) => used[i] = true,
            None => {
                let wanted = serde_json::to_string(&wanted).unwrap();
                return Err(format!(
                    "row {position} differs: {}\n    expected {}",
                    shown(rows),
                    wanted.chars().take(1500).collect::<String>()
                ));
            }
        }
    }
    Ok(())
}

fn shown(rows: &[Map<String, Value>]) -> String {
    let rows: Vec<Vec<&Value>> = rows
        .iter()
        .map(|r| r["\u{0}names"].as_array().unwrap().iter().map(|n| &r[n.as_str().unwrap()]).collect())
        .collect();
    serde_json::to_string(&rows).unwrap().chars().take(1500).collect()
}

fn same_cell(found: &Value, wanted: &Value, kind: &str, any_order: bool, printed: bool) -> bool {
    let Some(text) = wanted.as_str() else { return found.is_null() };
    match kind {
        "bool" => found.as_bool().is_some_and(|b| {
            text.eq_ignore_ascii_case(if b { "true" } else { "false" }) || text == if b { "1" } else { "0" }
        }),
        "int" | "long" => found.as_i64().map(|n| n.to_string()).as_deref() == Some(text),
        "real" | "decimal" => {
            let found = match found {
                Value::String(s) => s.clone(),
                Value::Number(n) => n.to_string(),
                _ => return false,
            };
            same_number(&found, text, printed)
        }
        "datetime" => found.as_str().and_then(datetime::parse).is_some_and(|f| datetime::parse(text) == Some(f)),
        "timespan" => found.as_str().and_then(timespan::parse).is_some_and(|f| timespan::parse(text) == Some(f)),
        "dynamic" => match serde_json::from_str::<Value>(text) {
            Ok(wanted) => same_json(found, &wanted, any_order),
            Err(_) => found.as_str() == Some(text),
        },
        "guid" => found.as_str().is_some_and(|f| f.eq_ignore_ascii_case(text)),
        _ => found.as_str().is_some_and(|f| same_text(f, text, printed)),
    }
}

fn same_text(found: &str, wanted: &str, printed: bool) -> bool {
    if found == wanted {
        return true;
    }
    if printed && found.split_whitespace().eq(wanted.split_whitespace()) {
        return true;
    }
    if let (Ok(a @ (Value::Object(_) | Value::Array(_))), Ok(b)) =
        (serde_json::from_str::<Value>(found), serde_json::from_str::<Value>(wanted))
    {
        return same_json(&a, &b, false);
    }
    // The last digits of a long real are free.
    found.len() > 12 && found.contains('.') && same_number(found, wanted, false)
}

fn same_number(found: &str, wanted: &str, printed: bool) -> bool {
    if found == wanted {
        return true;
    }
    let (Ok(a), Ok(b)) = (found.parse::<f64>(), wanted.parse::<f64>()) else { return false };
    let digits = wanted.split_once('.').map_or(0, |(_, d)| d.len());
    let slack = if printed { 0.51 * 10f64.powi(-i32::try_from(digits).unwrap()) } else { 0.0 };
    (a.is_nan() && b.is_nan()) || a == b || (a - b).abs() <= (1e-9 * b.abs()).max(slack).max(1e-300)
}

fn same_json(a: &Value, b: &Value, any_order: bool) -> bool {
    match (a, b) {
        (Value::Array(a), Value::Array(b)) if a.len() == b.len() => {
            if !any_order {
                return a.iter().zip(b).all(|(a, b)| same_json(a, b, any_order));
            }
            let mut used = vec![false; b.len()];
            a.iter().all(|a| {
                let found = (0..b.len()).find(|i| !used[*i] && same_json(a, &b[*i], any_order));
                found.is_some_and(|i| {
                    used[i] = true;
                    true
                })
            })
        }
        (Value::Object(a), Value::Object(b)) => {
            a.len() == b.len() && a.iter().all(|(k, v)| b.get(k).is_some_and(|w| same_json(v, w, any_order)))
        }
        (Value::Number(_), Value::Number(_)) => same_number(&a.to_string(), &b.to_string(), false),
        (Value::String(a), Value::String(b)) => {
            a == b
                || datetime::parse(a).is_some_and(|t| a.len() > 9 && datetime::parse(b) == Some(t))
                || timespan::parse(a).is_some_and(|t| a.contains(':') && timespan::parse(b) == Some(t))
        }
        (a, b) => a == b,
    }
}
