//! The names nearest to one that is not known.

use std::cmp::Ordering;

/// Names longer than this are no mistyped ones, and comparing takes the square of their length.
const LONGEST: usize = 80;

/// The known names that are most likely meant, the likeliest first, at most `most` of them; each once.
pub fn nearest<'a>(name: &str, known: impl IntoIterator<Item = &'a str>, most: usize) -> Vec<&'a str> {
    if name.is_empty() || name.len() > LONGEST {
        return Vec::new();
    }
    let wanted = plain(name);
    let mut found: Vec<(f64, &str)> =
        known.into_iter().filter_map(|candidate| Some((distance(&wanted, candidate)?, candidate))).collect();
    found.sort_by(|a, b| a.0.partial_cmp(&b.0).unwrap_or(Ordering::Equal).then(a.1.cmp(b.1)));
    found.dedup_by_key(|(_, candidate)| *candidate);
    // One that is but for its case the same, or one slip away, leaves no doubt.
    let best = found.first().map_or(0.0, |(distance, _)| *distance);
    found.retain(|(distance, _)| *distance <= best + 0.25);
    found.into_iter().take(most).map(|(_, candidate)| candidate).collect()
}

/// Lower case, without what people leave out or put in between words.
fn plain(name: &str) -> String {
    name.chars().filter(|c| !matches!(c, '_' | '-' | ' ')).flat_map(char::to_lowercase).collect()
}

/// From 0, the same, to about 1; `None` when they have nothing in common.
fn distance(wanted: &str, candidate: &str) -> Option<f64> {
    if candidate.len() > LONGEST {
        return None;
    }
    let candidate = plain(candidate);
    if wanted == candidate {
        return Some(0.0);
    }
    let longer = wanted.chars().count().max(candidate.chars().count());
    let shorter = wanted.chars().count().min(candidate.chars().count());
    let edits = strsim::osa_distance(wanted, &candidate);
    if edits <= (longer / 3).max(1) && edits < shorter {
        return Some(edits as f64 / longer as f64);
    }
    if shorter >= 3 && (candidate.starts_with(wanted) || wanted.starts_with(&candidate)) {
        return Some(0.4);
    }
    if shorter >= 4 && (candidate.contains(wanted) || wanted.contains(&candidate)) {
        return Some(0.5);
    }
    let likeness = strsim::jaro_winkler(wanted, &candidate);
    (shorter >= 4 && likeness >= 0.85).then_some(1.5 - likeness)
}

/// `did you mean a, b or c?`; `None` without a name.
pub fn did_you_mean<T: AsRef<str>>(names: &[T]) -> Option<String> {
    let (last, others) = names.split_last()?;
    let others: Vec<&str> = others.iter().map(AsRef::as_ref).collect();
    Some(match others.is_empty() {
        true => format!("did you mean {}?", last.as_ref()),
        false => format!("did you mean {} or {}?", others.join(", "), last.as_ref()),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_meant() {
        const TABLES: &[&str] = &[
            "tunnel_log",
            "ike_log",
            "gateway_log",
            "route_log",
            "p2s_log",
            "failovers",
            "flaps",
            "disconnects",
            "tunnel_sessions",
            "TunnelDiagnosticLog",
            "system.imports",
            "remote_ip",
            "remote_port",
            "state_change_reason",
        ];
        for (name, wanted) in [
            ("tunel_log", &["tunnel_log"][..]),
            ("TunnelLog", &["tunnel_log"]),
            ("tunnels", &["tunnel_log", "tunnel_sessions", "TunnelDiagnosticLog"]),
            ("failover", &["failovers"]),
            ("system.import", &["system.imports"]),
            ("remoteip", &["remote_ip"]),
            ("reason", &["state_change_reason"]),
            ("disconects", &["disconnects"]),
            ("remote", &["remote_ip", "remote_port"]),
            ("zzz", &[]),
            ("", &[]),
            ("x", &[]),
        ] {
            let found = nearest(name, TABLES.iter().copied(), 3);
            assert!(found.starts_with(&wanted[..wanted.len().min(1)]), "{name}: {found:?}");
            assert!(wanted.is_empty() == found.is_empty(), "{name}: {found:?}");
            assert!(wanted.len() < 2 || found.len() > 1, "{name}: {found:?}");
        }
        assert_eq!(nearest(&"x".repeat(100_000), TABLES.iter().copied(), 3), [""; 0]);
    }

    #[test]
    fn in_words() {
        assert_eq!(did_you_mean::<&str>(&[]), None);
        assert_eq!(did_you_mean(&["a"]).as_deref(), Some("did you mean a?"));
        assert_eq!(did_you_mean(&["a", "b", "c"]).as_deref(), Some("did you mean a, b or c?"));
    }
}
