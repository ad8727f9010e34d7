//! The time zone that people are shown times in. Machines always get UTC.

use std::fmt;
use std::str::FromStr;

use arrow::array::timezone::Tz;

/// A time zone by name or offset. The default is UTC.
#[derive(Clone, Default)]
pub struct TimeZone {
    /// `None` is UTC.
    other: Option<(String, Tz)>,
}

impl TimeZone {
    /// UTC.
    pub fn utc() -> Self {
        Self::default()
    }

    /// The zone of `UTC`, `local`, an offset such as `+09:00` or a name such as `Europe/Berlin` in any case; or what is wrong,
    /// with the nearest name.
    pub fn parse(text: &str) -> Result<Self, String> {
        let text = text.trim();
        match text.to_ascii_lowercase().as_str() {
            "utc" | "z" | "gmt" | "etc/utc" | "+00:00" => return Ok(Self::utc()),
            "local" => return Self::local(),
            _ => {}
        }
        if text.starts_with(['+', '-'])
            && let Some(zone) = offset(text)
        {
            return Ok(zone);
        }
        let known = chrono_tz::TZ_VARIANTS.iter().map(|zone| zone.name());
        match known.clone().find(|name| name.eq_ignore_ascii_case(text)) {
            Some(name) => Self::named(name),
            None => {
                // Whoever writes a city means its zone.
                let wanted = text.replace(' ', "_").to_ascii_lowercase();
                let last = |name: &str| name.rsplit('/').next().unwrap_or(name).to_ascii_lowercase();
                let city = known.clone().find(|name| last(name) == wanted);
                let near = known
                    .map(|name| (strsim::jaro_winkler(&name.to_ascii_lowercase(), &wanted), name))
                    .filter(|(likeness, _)| *likeness > 0.8)
                    .max_by(|a, b| a.0.total_cmp(&b.0))
                    .map(|(_, name)| name);
                let hint = city.or(near).map_or_else(String::new, |name| format!("; did you mean {name}?"));
                Err(format!(
                    "'{text}' is no time zone; expected UTC, local, +09:00 or a name such as Europe/Berlin{hint}"
                ))
            }
        }
    }

    fn named(name: &str) -> Result<Self, String> {
        let zone = Tz::from_str(name).map_err(|e| format!("'{name}' is no time zone: {e}"))?;
        Ok(Self { other: Some((name.to_owned(), zone)) })
    }

    fn local() -> Result<Self, String> {
        let from_environment = std::env::var("TZ").ok().map(|tz| tz.trim_start_matches(':').to_owned());
        if let Some(name) = from_environment.filter(|name| !name.is_empty() && !name.eq_ignore_ascii_case("local"))
            && let Ok(zone) = Self::parse(&name)
        {
            return Ok(zone);
        }
        match iana_time_zone::get_timezone() {
            Ok(name) => Self::parse(&name),
            Err(_) => Err("this machine does not say its time zone; name one, for example Europe/Berlin".to_owned()),
        }
    }

    /// The zone to compute with; `None` is UTC.
    pub(crate) fn get(&self) -> Option<Tz> {
        self.other.as_ref().map(|(_, zone)| *zone)
    }

    /// Whether it is UTC.
    pub fn is_utc(&self) -> bool {
        self.other.is_none()
    }

    /// The name: `UTC`, `+09:00`, `Europe/Berlin`.
    pub fn name(&self) -> &str {
        self.other.as_ref().map_or("UTC", |(name, _)| name)
    }
}

/// `+9`, `+09`, `+0900` and `+09:00`, up to 14 hours, which is the farthest there is.
fn offset(text: &str) -> Option<TimeZone> {
    let (sign, digits) = text.split_at_checked(1)?;
    let (hours, minutes) = match digits.split_once(':') {
        Some(parts) => parts,
        None if digits.len() == 4 => digits.split_at_checked(2)?,
        None => (digits, "00"),
    };
    let number = |t: &str| t.parse::<u32>().ok().filter(|_| t.len() <= 2 && t.bytes().all(|b| b.is_ascii_digit()));
    let (hours, minutes) = (number(hours)?, number(minutes)?);
    if hours * 60 + minutes > 14 * 60 || minutes > 59 {
        return None;
    }
    if hours + minutes == 0 {
        return Some(TimeZone::utc());
    }
    let name = format!("{sign}{hours:02}:{minutes:02}");
    TimeZone::named(&name).ok()
}

impl PartialEq for TimeZone {
    fn eq(&self, other: &Self) -> bool {
        self.name() == other.name()
    }
}

impl Eq for TimeZone {}

impl fmt::Debug for TimeZone {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "TimeZone({})", self.name())
    }
}

impl FromStr for TimeZone {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        Self::parse(text)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn zones_by_name_and_by_offset() {
        for (text, name) in [
            ("UTC", "UTC"),
            ("z", "UTC"),
            ("+00", "UTC"),
            ("europe/berlin", "Europe/Berlin"),
            (" Asia/Tokyo ", "Asia/Tokyo"),
            ("+9", "+09:00"),
            ("-0330", "-03:30"),
            ("+05:45", "+05:45"),
        ] {
            assert_eq!(TimeZone::parse(text).unwrap().name(), name);
        }
    }

    #[test]
    fn what_is_no_zone_says_what_is_near() {
        for (text, near) in
            [("Berlin", "Europe/Berlin"), ("Europe/Berln", "Europe/Berlin"), ("new york", "America/New_York")]
        {
            let error = TimeZone::parse(text).unwrap_err();
            assert!(error.ends_with(&format!("did you mean {near}?")), "{error}");
        }
        for text in ["", "+", "+15:00", "+9:99", "+é", "\u{1b}[2J", "+09:00:00", "-"] {
            assert!(TimeZone::parse(text).is_err(), "{text:?}");
        }
    }
}
