//! The number of a gateway instance.

/// The instance's number: 0 for `GatewayTenantWorker_IN_0`, 1 for `GatewayTenantWorker_IN_1`, and the number itself
/// when the name is nothing else. `None` for every other name.
pub fn number(name: &str) -> Option<u8> {
    let name = name.trim();
    let digits_at = name.bytes().rposition(|b| !b.is_ascii_digit()).map_or(0, |last| last + 1);
    let head = name.get(..digits_at)?.as_bytes();
    let marker = head.len().checked_sub(4).and_then(|at| head.get(at..));
    if head.is_empty() || marker.is_some_and(|marker| marker.eq_ignore_ascii_case(b"_IN_")) {
        name.get(digits_at..)?.parse().ok()
    } else {
        None
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_instances_have_numbers() {
        for (name, wanted) in [
            ("GatewayTenantWorker_IN_0", Some(0)),
            ("GatewayTenantWorker_IN_1", Some(1)),
            ("gatewaytenantworker_in_1", Some(1)),
            ("0", Some(0)),
            (" 1 ", Some(1)),
            ("GatewayTenantWorker_IN_12", Some(12)),
            ("GatewayTenantWorker_IN_256", None),
            ("GatewayTenantWorker_IN_", None),
            ("GatewayTenantWorker_1", None),
            ("Worker1", None),
            ("+1", None),
            ("-1", None),
            ("", None),
            ("é1", None),
            ("€_IN_1", Some(1)),
        ] {
            assert_eq!(number(name), wanted, "{name}");
        }
    }
}
