//! Timespans as text: `[-][d.]hh:mm:ss[.fffffff]`.

const SECOND: i64 = 1_000_000_000;

/// Nanoseconds of `1.5h`, `2` (days) or `[-][d.]hh:mm[:ss[.fffffff]]`.
pub fn parse(text: &str) -> Option<i64> {
    let text = text.trim();
    if let Some(nanos) = crate::lex::with_unit(text) {
        return Some(nanos);
    }
    let (sign, body) = match text.strip_prefix('-') {
        Some(body) => (-1, body),
        None => (1, text),
    };
    let number = |t: &str, most: i64| {
        (!t.is_empty() && t.bytes().all(|b| b.is_ascii_digit()))
            .then(|| t.parse::<i64>().ok())
            .flatten()
            .filter(|n| *n <= most)
    };
    let Some((head, rest)) = body.split_once(':') else {
        // A bare number counts days.
        return number(body, 106_751).map(|days| sign * days * 86_400 * SECOND);
    };
    let (days, hours) =
        head.split_once('.').map_or((0, number(head, 23)), |(d, h)| (number(d, 106_751).unwrap_or(-1), number(h, 23)));
    let (minutes, seconds) = rest.split_once(':').unwrap_or((rest, "0"));
    let (seconds, fraction) = seconds.split_once('.').unwrap_or((seconds, "0"));
    if days < 0 || fraction.is_empty() || fraction.len() > 7 || !fraction.bytes().all(|b| b.is_ascii_digit()) {
        return None;
    }
    let ticks: i64 = format!("{fraction:0<7}").parse().ok()?;
    let whole = ((days * 24 + hours?) * 60 + number(minutes, 59)?) * 60 + number(seconds, 59)?;
    whole.checked_mul(SECOND)?.checked_add(ticks * 100)?.checked_mul(sign)
}

/// Kusto's own text of a timespan.
pub fn format(nanos: i64) -> String {
    let all = nanos.unsigned_abs();
    let (seconds, ticks) = (all / 1_000_000_000, all % 1_000_000_000 / 100);
    let (days, h, m, s) = (seconds / 86_400, seconds / 3600 % 24, seconds / 60 % 60, seconds % 60);
    let sign = if nanos < 0 { "-" } else { "" };
    let days = if days > 0 { format!("{days}.") } else { String::new() };
    let fraction = if ticks > 0 { format!(".{ticks:07}") } else { String::new() };
    format!("{sign}{days}{h:02}:{m:02}:{s:02}{fraction}")
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

    #[test]
    fn there_and_back() {
        for text in ["00:00:00", "1.02:00:00", "-00:00:00.0000001", "10:20:30.1230000"] {
            assert_eq!(format(parse(text).unwrap()), text);
        }
        assert_eq!(parse("1d"), parse("1.00:00:00"));
        assert_eq!(parse("12:30"), parse("12:30:00"));
        for wrong in ["", "x", "25:00:00", "1:2:3:4", "1.x:00:00", "00:00:00.", "99999999999d"] {
            assert_eq!(parse(wrong), None, "{wrong}");
        }
    }
}
